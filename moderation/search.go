package moderation

import (
	"sync"

	"github.com/openfloor/openfloor/moderation/text"
)

// words holds the folded text, name and handle of what was looked for in, since folding costs far more than looking.
// It fills with the first search, so that a process in which nobody searches keeps none, and never has more entries
// than the event has submissions, each about as long as its text. What changes is forgotten at once, withdrawn and
// erased words with it.
type words struct {
	mu     sync.Mutex // guards folded; taken after Record.mu
	folded map[string]string
}

// changed forgets the words of a submission that says something else now. The caller holds Record.mu for writing.
func (w *words) changed(old, now Submission) {
	if old.Text == now.Text && old.Author.Name == now.Author.Name && old.Author.Handle == now.Author.Handle {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.folded, now.ID)
}

// words returns, for each submission of the chunk that is wanted, what may be looked for in it: text, name and handle,
// folded. It holds nobody up while it folds.
func (r *Record) words(event string, chunk []Submission, wanted func(Submission) bool) []string {
	r.mu.RLock()
	rm := r.rooms[event]
	r.mu.RUnlock()
	out := make([]string, len(chunk))
	if rm == nil {
		return out
	}
	rm.words.mu.Lock()
	for i, s := range chunk {
		out[i] = rm.words.folded[s.ID]
	}
	rm.words.mu.Unlock()
	var fresh []int
	for i, s := range chunk {
		if out[i] == "" && wanted(s) {
			out[i] = text.Fold(s.Text) + "\x00" + text.Fold(s.Author.Name) + "\x00" + text.Fold(s.Author.Handle)
			fresh = append(fresh, i)
		}
	}
	if len(fresh) == 0 {
		return out
	}
	r.mu.RLock() // so that nothing changes between looking and keeping
	defer r.mu.RUnlock()
	rm.words.mu.Lock()
	defer rm.words.mu.Unlock()
	if rm.words.folded == nil {
		rm.words.folded = map[string]string{}
	}
	for _, i := range fresh {
		if s := chunk[i]; rm.submissions[s.ID].Rev == s.Rev {
			rm.words.folded[s.ID] = out[i]
		}
	}
	return out
}
