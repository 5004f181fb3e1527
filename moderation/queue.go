package moderation

import (
	"slices"
	"strings"
)

// Queue returns the approved submissions of an event in rank order: what is still to be put to the panel. Stories
// stand beside it: they come onto the stage by name only.
func (r *Record) Queue(event string) []Submission {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.DeleteFunc(r.approved(event), func(s Submission) bool { return s.Kind == Story })
}

// approved returns everything that has a place in the order: the queue, and the stories among it.
func (r *Record) approved(event string) []Submission {
	rm := r.rooms[event]
	if rm == nil {
		return nil
	}
	var out []Submission
	for _, s := range rm.submissions {
		if s.State == Approved && s.MergedInto == "" {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, ByRank)
	return out
}

// ByRank orders submissions as the queue does: by rank, byte by byte, then by id.
func ByRank(a, b Submission) int {
	if c := strings.Compare(a.Rank, b.Rank); c != 0 {
		return c
	}
	return strings.Compare(a.ID, b.ID)
}

// Ends returns the lowest and the highest rank that a public submission of the event has; both empty where there
// is none.
func (r *Record) Ends(event string) (first, last string) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	rm := r.rooms[event]
	if rm == nil {
		return "", ""
	}
	for _, s := range rm.submissions {
		if s.Rank == "" || !s.State.Public() {
			continue
		}
		if first == "" || s.Rank < first {
			first = s.Rank
		}
		last = max(last, s.Rank)
	}
	return first, last
}

// Slot returns a rank that puts submission id directly after another of the queue, or, with an empty after, above
// everything that has a place: a rank between two that are taken, whoever has them, so that what comes back to its
// place finds it free. Stories have places too. It returns ErrNothing where id is there already, and a *Problem where
// after is not approved.
func (r *Record) Slot(event, id, after string) (string, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	queue := r.approved(event)
	at := slices.IndexFunc(queue, func(s Submission) bool { return s.ID == id })
	if at >= 0 {
		queue = slices.Delete(queue, at, at+1)
	}
	if after == "" {
		if at == 0 {
			return "", ErrNothing
		}
		first := ""
		for _, s := range r.rooms[event].submissions {
			if s.ID != id && s.Rank != "" && (first == "" || s.Rank < first) {
				first = s.Rank
			}
		}
		return RankBetween("", first, id), nil
	}
	i := slices.IndexFunc(queue, func(s Submission) bool { return s.ID == after })
	switch {
	case after == id:
		return "", Invalid("after", "It cannot come after itself.")
	case i < 0:
		return "", Invalid("after", "That one is not in the queue. Name an approved submission, or null for the top.")
	case at == i+1:
		return "", ErrNothing
	}
	return r.rankAfter(event, queue[i].Rank, id), nil
}

// RankAfter returns a rank for submission id directly after the rank low.
func (r *Record) RankAfter(event, low, id string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.rankAfter(event, low, id)
}

func (r *Record) rankAfter(event, low, id string) string {
	high := ""
	for _, s := range r.rooms[event].submissions {
		if s.ID != id && s.Rank > low && (high == "" || s.Rank < high) {
			high = s.Rank
		}
	}
	return RankBetween(low, high, id)
}
