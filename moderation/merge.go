package moderation

import (
	"cmp"
	"errors"
	"slices"
)

// Merging makes trees of depth one: MergedInto always names the one that stands for all. Where something was merged
// into what was itself merged later, MergedUnder keeps that, so that it goes along when the two are split again.

// merge makes n one of those that a.Target stands for. Its state stays, for the day when it is split off again.
func (n *Submission) merge(a Action) error {
	t := a.Target
	switch {
	case t == nil:
		return Invalid("into", "There is no such submission in this event.")
	case t.ID == n.ID:
		return Invalid("into", "It cannot be merged into itself.")
	case n.MergedInto == t.ID:
		return ErrNothing
	case t.State.Gone():
		return Invalid("into", "That one was taken back. Choose another.")
	case t.MergedInto != "":
		return Invalid("into", "That one was merged into another itself. Choose the other one.")
	}
	n.MergedInto, n.MergedUnder = t.ID, ""
	return nil
}

// split makes n stand for itself again, in the state that it has had all along.
func (n *Submission) split() error {
	if n.MergedInto == "" {
		return ErrNothing
	}
	n.MergedInto, n.MergedUnder = "", ""
	return nil
}

// parent is what s was merged into by itself, before that was merged too.
func (s Submission) parent() string {
	if s.MergedUnder != "" {
		return s.MergedUnder
	}
	return s.MergedInto
}

// along returns s as it is once what it was merged under is under root.
func (s Submission) along(root string, c Change) Submission {
	parent := s.parent()
	s.MergedInto, s.MergedUnder, s.Change = root, "", c
	if parent != root {
		s.MergedUnder = parent
	}
	return s
}

// released returns s split off because what it was merged into is no more. What would become public while the event
// is frozen waits for a moderator.
func (s Submission) released(c Change, frozen bool) Submission {
	s.MergedInto, s.MergedUnder, s.Change = "", "", c
	if frozen && s.State.Public() {
		s.State, s.Reason, s.AnsweredAt = Held, "The event was frozen when what it was merged into was taken back.", nil
	}
	return s
}

// under returns those of pool, which are all merged into one submission, that came there with id.
func under(pool []Submission, id string) []Submission {
	var out []Submission
	ids := []string{id}
	for len(ids) > 0 {
		at := ids[0]
		ids = ids[1:]
		for _, s := range pool {
			if s.ID != id && s.parent() == at && !slices.ContainsFunc(out, func(o Submission) bool { return o.ID == s.ID }) {
				out, ids = append(out, s), append(ids, s.ID)
			}
		}
	}
	return out
}

// errLater says that what s is merged into is not settled yet: something else has to be put right first.
var errLater = errors.New("not settled yet")

// home returns what s belongs under if all is told: the submission that stands for what it was merged into; none
// where that was taken back, or where s itself came last in a ring of those that were merged into each other at the
// same moment.
func home(s Submission, find func(id string) (Submission, bool)) (root string, err error) {
	passed := []Submission{s}
	for at := s.MergedInto; ; {
		t, ok := find(at)
		switch {
		case !ok || t.State.Gone():
			return "", nil
		case t.MergedInto == "":
			return t.ID, nil
		}
		if i := slices.IndexFunc(passed, func(p Submission) bool { return p.ID == t.ID }); i >= 0 {
			last := slices.MaxFunc(passed[i:], func(a, b Submission) int { return cmp.Compare(a.Rev, b.Rev) })
			if last.ID == s.ID {
				return "", nil
			}
			return "", errLater
		}
		passed, at = append(passed, t), t.MergedInto
	}
}
