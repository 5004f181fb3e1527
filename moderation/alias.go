package moderation

import (
	"slices"
	"time"
)

// Alias says that one thing has a second stable key: what a bridge carried to another network has a key there, and
// is the same submission. It is written once, in one batch with the first revision of the submission it names, and
// never changed.
type Alias struct {
	Event string    `json:"event"`
	ID    string    `json:"id"` // SubmissionID of the second key
	Rev   uint64    `json:"-"`  // stream sequence; 0 before it is stored
	Of    string    `json:"of"` // id of the submission
	At    time.Time `json:"at"`
}

// aliasesMost is how many aliases of a post are heeded.
const aliasesMost = 3

// names returns the ids that p has: its own first, then those of its aliases, each once.
func (p Post) names() []string {
	ids := []string{p.ID()}
	for _, key := range p.Aliases[:min(len(p.Aliases), aliasesMost)] {
		if id := SubmissionID(p.Event, key); key != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// known returns the submission that p is, or is another of, and those of its names that name nothing yet: both as of
// one moment. Copies are carried from one network to another, so two posts of one network that share an alias are two,
// however that came about.
func (r *Record) known(p Post) (s Submission, ok bool, free []string) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	rm := r.rooms[p.Event]
	if rm == nil {
		return s, false, p.names()
	}
	for i, id := range p.names() {
		named, taken := rm.submissions[id]
		if !taken {
			named, taken = rm.submissions[rm.aliases[id]]
		}
		switch {
		case !taken:
			free = append(free, id)
		case !ok && (i == 0 || named.Source != p.Source):
			s, ok = named, true
		}
	}
	return s, ok, free
}

// aliases returns an entry for each of ids, as a name of the submission of.
func aliases(event string, ids []string, of string, at time.Time) []Entry {
	var out []Entry
	for _, id := range ids {
		out = append(out, Entry{Alias: &Alias{Event: event, ID: id, Of: of, At: at}})
	}
	return out
}
