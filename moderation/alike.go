package moderation

import (
	"cmp"
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/openfloor/openfloor/moderation/similar"
	"github.com/openfloor/openfloor/moderation/text"
)

// Bounds of what is suggested as a duplicate.
const (
	similarMost = 5    // ids that a submission names
	voiceMost   = 8    // newest texts of one voice that are compared, whatever the index finds
	voiceScore  = 0.45 // from here on two texts of one voice are suggested; similar.Threshold holds for others
	cutLeast    = 40   // bytes of folded text that the beginning of another has at least
	// compareMost is how many of one batch are compared with everything sent before. A hall never sends so many at once;
	// in a flood, of which the desk sees a part at best, only the same words are suggested of the rest.
	compareMost = 32
	alikeBehind = 1 << 16 // changes that wait for a lookup at most; beyond them the index is built anew
)

// alike finds what was sent before and asks the same. It is built at the first lookup, so that a process that only
// shows an event does not keep one, and brought up to date at each.
type alike struct {
	mu     sync.Mutex // guards what follows; taken before Record.mu
	index  *similar.Index
	voices map[string][]string   // who said it, by name, handle and key, to ids in order of arrival
	taken  map[string]Submission // received here, and not on the record yet
	same   map[uint64]string     // the newest id with these words, folded, by their hash
	seed   maphash.Seed          // of the hash

	behind []string // ids that changed since the last lookup; guarded by Record.mu
	built  bool     // whether behind is kept; guarded by Record.mu
}

// changed notes that a submission has to be looked at again. The caller holds Record.mu.
func (a *alike) changed(id string) {
	switch {
	case !a.built:
	case len(a.behind) >= alikeBehind:
		a.built, a.behind = false, nil
	default:
		a.behind = append(a.behind, id)
	}
}

// duplicable reports whether s may be suggested as what another one repeats.
func (s Submission) duplicable() bool { return !s.State.Gone() && s.MergedInto == "" && s.Text != "" }

// similarTo returns the ids of what asks the same as s, best first, at most five: of what is on the record and of
// what was received just before. Never s itself, nor what was withdrawn, erased or merged into another. The same
// words are always among them, from whomever; of one person, who may speak by several networks, also what is nearly
// the same. From then on s counts as received.
func (r *Record) similarTo(s Submission) []string {
	r.mu.RLock()
	rm := r.rooms[s.Event]
	r.mu.RUnlock()
	if rm == nil || s.Text == "" {
		return nil
	}
	a := &rm.alike
	a.mu.Lock()
	defer a.mu.Unlock()
	r.catchUp(rm)

	found := a.index.Similar(s.Text)
	known := map[string]bool{}
	for _, f := range found {
		known[f.ID] = true
	}
	var said []string
	for _, v := range voicesOf(s) {
		for _, id := range slices.Backward(a.voices[v]) {
			if !known[id] && len(said) < 3*voiceMost {
				said, known[id] = append(said, id), true
			}
		}
	}
	for _, f := range a.index.Compare(s.Text, said) {
		if f.Score < voiceScore && r.cutShort(rm, f.ID, s.Text) {
			f.Score = voiceScore
		}
		if f.Score >= voiceScore {
			found = append(found, f)
		}
	}
	slices.SortStableFunc(found, func(x, y similar.Found) int { return cmp.Compare(y.Score, x.Score) })

	var out []string
	r.mu.RLock()
	for _, f := range found {
		o, ok := rm.received(f.ID)
		if ok && o.duplicable() && s.couldRepeat(o, f.Score) && len(out) < similarMost {
			out = append(out, o.ID)
		}
	}
	_, onRecord := rm.submissions[s.ID]
	r.mu.RUnlock()
	if !onRecord && s.duplicable() {
		a.taken[s.ID] = s
		a.put(s)
	}
	return out
}

// sameWords is similarTo for when there is no time: it returns the newest submission with the same words, if any, and
// compares nothing else.
func (r *Record) sameWords(s Submission) []string {
	r.mu.RLock()
	rm := r.rooms[s.Event]
	r.mu.RUnlock()
	if rm == nil || s.Text == "" {
		return nil
	}
	a := &rm.alike
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.same == nil {
		return nil // nothing was ever compared
	}
	words := text.Fold(s.Text)
	h := maphash.String(a.seed, words)
	id := a.same[h]
	a.same[h], a.taken[s.ID] = s.ID, s
	r.mu.RLock()
	o, ok := rm.received(id)
	r.mu.RUnlock()
	if !ok || !o.duplicable() || !s.couldRepeat(o, 1) || text.Fold(o.Text) != words {
		return nil
	}
	return []string{id}
}

// received returns a submission that is on the record, or was received just before. The caller holds the index's lock
// and Record.mu.
func (rm *room) received(id string) (Submission, bool) {
	s, ok := rm.submissions[id]
	if !ok {
		s, ok = rm.alike.taken[id]
	}
	return s, ok
}

// cutShort reports whether one of the two is the beginning of the other, as where a network allows fewer characters.
// The caller holds the index's lock.
func (r *Record) cutShort(rm *room, id, of string) bool {
	r.mu.RLock()
	o, _ := rm.received(id)
	r.mu.RUnlock()
	short, long := text.Fold(of), text.Fold(o.Text)
	if len(short) > len(long) {
		short, long = long, short
	}
	short = strings.TrimRight(short, "….")
	return len(short) >= cutLeast && strings.HasPrefix(long, short)
}

// couldRepeat reports whether s can be what o is already, given how much alike they are.
func (s Submission) couldRepeat(o Submission, score float64) bool {
	return o.ID != s.ID && o.ID != s.ParaphraseOf && o.ParaphraseOf != s.ID &&
		(o.Kind == s.Kind || score == 1) && // a story is no question, unless somebody pressed the wrong button
		(o.Prompt == nil || s.Prompt == nil || *o.Prompt == *s.Prompt) // "Yes!" to Q1 is not "Yes!" to Q2
}

// untaken says that what was received under this id could not be stored.
func (r *Record) untaken(event, id string) {
	r.mu.RLock()
	rm := r.rooms[event]
	r.mu.RUnlock()
	if rm == nil {
		return
	}
	a := &rm.alike
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, ok := a.taken[id]; ok {
		delete(a.taken, id)
		a.index.Remove(id)
	}
}

// catchUp brings the index to what the record knows. The caller holds the index's lock.
func (r *Record) catchUp(rm *room) {
	a := &rm.alike
	r.mu.Lock()
	whole := !a.built
	behind := a.behind
	a.built, a.behind = true, nil
	if whole {
		order := rm.order
		if rm.mixed {
			order = slices.SortedFunc(slices.Values(order), Position.compare)
		}
		behind = make([]string, 0, min(len(order), similar.DefaultMax))
		for _, p := range order[max(0, len(order)-similar.DefaultMax):] {
			behind = append(behind, p.ID)
		}
	}
	r.mu.Unlock()
	if whole {
		a.index, a.voices = similar.New(0), map[string][]string{}
		a.same, a.seed = map[uint64]string{}, maphash.MakeSeed()
		if a.taken == nil {
			a.taken = map[string]Submission{}
		}
		for _, id := range slices.Sorted(maps.Keys(a.taken)) {
			a.put(a.taken[id])
		}
	}
	for chunk := range slices.Chunk(behind, listChunk) { // so that others have the record in between
		r.mu.RLock()
		subs := make([]Submission, 0, len(chunk))
		for _, id := range chunk {
			subs = append(subs, rm.submissions[id])
		}
		r.mu.RUnlock()
		for _, s := range subs {
			delete(a.taken, s.ID)
			if s.duplicable() {
				a.put(s)
			} else {
				a.index.Remove(s.ID)
			}
		}
	}
}

// put makes the index know s as it is.
func (a *alike) put(s Submission) {
	if !a.index.Update(s.ID, s.Text) {
		return
	}
	if len(a.same) >= similar.DefaultMax {
		clear(a.same)
	}
	a.same[maphash.String(a.seed, text.Fold(s.Text))] = s.ID
	for _, v := range voicesOf(s) {
		ids := a.voices[v]
		if slices.Contains(ids, s.ID) {
			continue
		}
		if len(ids) == voiceMost {
			ids = slices.Delete(ids, 0, 1)
		}
		a.voices[v] = append(ids, s.ID)
	}
}

// voicesOf returns what somebody may be known by: the account, the name, and the handle without its server, so that
// @ana@social.example, ana.bsky.social and @ana are one.
func voicesOf(s Submission) (out []string) {
	if s.Author.Key != "" {
		out = append(out, "k"+s.Author.Key)
	}
	if n := text.Fold(s.Author.Name); n != "" {
		out = append(out, "n"+n)
	}
	h, _, _ := strings.Cut(strings.TrimPrefix(text.Fold(s.Author.Handle), "@"), "@")
	h, _, _ = strings.Cut(h, ".")
	if len(h) >= 3 {
		out = append(out, "h"+h)
	}
	return out
}
