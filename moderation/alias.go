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

// Named returns the submission that the first known of these ids names, be it its own or that of an alias.
func (r *Record) Named(event string, ids ...string) (Submission, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	rm := r.rooms[event]
	if rm == nil {
		return Submission{}, false
	}
	for _, id := range ids {
		if of, ok := rm.aliases[id]; ok {
			id = of
		}
		if s, ok := rm.submissions[id]; ok {
			return s, true
		}
	}
	return Submission{}, false
}

// unnamed returns those of ids that name nothing yet.
func (r *Record) unnamed(event string, ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		_, ok := r.Named(event, id)
		return ok
	})
}

// aliases returns an entry for each of ids, as a name of the submission of.
func aliases(event string, ids []string, of string, at time.Time) []Entry {
	var out []Entry
	for _, id := range ids {
		out = append(out, Entry{Alias: &Alias{Event: event, ID: id, Of: of, At: at}})
	}
	return out
}
