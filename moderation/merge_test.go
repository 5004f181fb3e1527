package moderation

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

// TestApplyTableMerged says what may be done to something that was merged into another, in every state that it can
// have there.
func TestApplyTableMerged(t *testing.T) {
	t.Parallel()
	allowed := map[ActionName]bool{Withdraw: true, Undo: true, Revised: true, Renamed: true, Edit: true, NoteIt: true, TagIt: true, SetKind: true, FileIt: true, Merge: true, Split: true}
	for action := range from {
		for _, state := range []State{Pending, Held, Approved, Answered, Rejected} {
			t.Run(fmt.Sprintf("%s of %s", action, state), func(t *testing.T) {
				t.Parallel()
				s := Submission{ID: "a", State: state, Text: "Why?", MergedInto: "b", MergedUnder: "m", Change: Change{Action: Merge}}
				got, err := s.Apply(Action{Name: action, Rank: "W", Post: &Post{Text: "Why not?", Version: "2", Author: PostAuthor{Handle: "@new.example"}}, Before: &Submission{ID: "a", State: state},
					Text: "Why else?", Kind: Story, Add: []string{"housing"}, Target: &Submission{ID: "c", State: Approved}, Prompt: new(2)})
				if !allowed[action] {
					same := to[action] == state && errors.Is(err, ErrNothing)
					if !same && !errors.Is(err, ErrState) {
						t.Errorf("got %v, want a wrong state", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				want := map[ActionName]string{Withdraw: "", Undo: "", Split: "", Merge: "c"}
				into, moved := want[action]
				if !moved {
					into = "b"
				}
				if got.MergedInto != into || got.MergedUnder != "" && moved {
					t.Errorf("it is merged into %q under %q, want %q", got.MergedInto, got.MergedUnder, into)
				}
				if got.State != state && action != Withdraw && action != Revised {
					t.Errorf("it is %s, want the state that it had", got.State)
				}
			})
		}
	}
}

func TestApplyMergeInto(t *testing.T) {
	t.Parallel()
	s := Submission{ID: "a", State: Approved, MergedInto: "there"}
	tests := []struct {
		name   string
		target *Submission
		want   error
	}{
		{"another", &Submission{ID: "b", State: Pending}, nil},
		{"a live one", &Submission{ID: "b", State: Live}, nil},
		{"a rejected one", &Submission{ID: "b", State: Rejected}, nil},
		{"none", nil, ErrInvalid},
		{"itself", &Submission{ID: "a", State: Approved}, ErrInvalid},
		{"a merged one", &Submission{ID: "b", State: Approved, MergedInto: "c"}, ErrInvalid},
		{"a withdrawn one", &Submission{ID: "b", State: Withdrawn}, ErrInvalid},
		{"an erased one", &Submission{ID: "b", State: Erased}, ErrInvalid},
		{"where it is", &Submission{ID: "there", State: Approved}, ErrNothing},
	}
	for _, tt := range tests {
		if _, err := s.Apply(Action{Name: Merge, Target: tt.target}); !errors.Is(err, tt.want) {
			t.Errorf("into %s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestApplySplitFrozen(t *testing.T) {
	t.Parallel()
	for state, want := range map[State]error{Approved: ErrState, Answered: ErrState, Pending: nil, Rejected: nil} {
		if _, err := (Submission{State: state, MergedInto: "b"}).Apply(Action{Name: Split, Frozen: true}); !errors.Is(err, want) {
			t.Errorf("splitting off one that is %s while frozen: %v, want %v", state, err, want)
		}
	}
	s := Submission{State: Approved, MergedInto: "b"}
	if got := s.released(Change{}, true); got.State != Held || got.Reason == "" {
		t.Errorf("released while frozen it is %s for %q, want held, and why", got.State, got.Reason)
	}
	if got := s.released(Change{}, false); got.State != Approved || got.MergedInto != "" {
		t.Errorf("released it is %s in %q, want approved by itself", got.State, got.MergedInto)
	}
}

func TestPools(t *testing.T) {
	t.Parallel()
	sub := func(id, key, into string) *Submission {
		return &Submission{ID: id, Author: Author{Key: key}, MergedInto: into}
	}
	root := *sub("root", "ana", "")
	var p Pools
	step := func(old, s *Submission, want Pool, changed ...string) {
		t.Helper()
		if got := p.Apply(old, s); !slices.Equal(got, changed) {
			t.Errorf("changed %q, want %q", got, changed)
		}
		if got := p.Of(root); got != want {
			t.Errorf("pool %+v, want %+v", got, want)
		}
	}
	step(nil, &root, Pool{})
	step(nil, sub("a", "ben", "root"), Pool{Similar: 1, Votes: 1}, "root")
	step(nil, sub("b", "ben", "root"), Pool{Similar: 2, Votes: 1}, "root")
	step(nil, sub("c", "ana", "root"), Pool{Similar: 3, Votes: 1}, "root")
	step(nil, sub("d", "cai", "root"), Pool{Similar: 4, Votes: 2}, "root")
	step(sub("d", "cai", "root"), sub("d", "cai", "root"), Pool{Similar: 4, Votes: 2})
	step(sub("d", "cai", "root"), sub("d", "cai", "a"), Pool{Similar: 3, Votes: 1}, "root", "a")
	step(sub("b", "ben", "root"), sub("b", "ben", ""), Pool{Similar: 2, Votes: 1}, "root")
	step(sub("a", "ben", "root"), nil, Pool{Similar: 1, Votes: 0}, "root")
	paraphrase := Submission{ID: "p", ParaphraseOf: "post"}
	for i, key := range []string{"ana", "ben", ""} {
		p.Apply(nil, sub([]string{"post", "dup", "q"}[i], key, "p"))
	}
	if got, want := p.Of(paraphrase), (Pool{Similar: 3, Votes: 1}); got != want {
		t.Errorf("the pool of a paraphrase is %+v, want %+v: who asked the post is its own asker", got, want)
	}
	if got := (Pool{Similar: 1, Votes: 0}).Support(); got != 1 {
		t.Errorf("support %d, want its own asker", got)
	}
}

// What crossed each other at the same moment comes to an end: one of a ring goes free, everything else finds its way.
func TestHome(t *testing.T) {
	t.Parallel()
	subs := map[string]Submission{}
	for _, s := range []Submission{
		{ID: "root", Rev: 1, State: Approved},
		{ID: "a", Rev: 2, State: Approved, MergedInto: "root"},
		{ID: "b", Rev: 3, State: Approved, MergedInto: "a"},
		{ID: "gone", Rev: 4, State: Withdrawn},
		{ID: "c", Rev: 5, State: Approved, MergedInto: "gone"},
		{ID: "d", Rev: 6, State: Approved, MergedInto: "c"},
		{ID: "r1", Rev: 9, State: Approved, MergedInto: "r2"},
		{ID: "r2", Rev: 7, State: Approved, MergedInto: "r3"},
		{ID: "r3", Rev: 8, State: Approved, MergedInto: "r1"},
		{ID: "e", Rev: 10, State: Approved, MergedInto: "r2"},
		{ID: "f", Rev: 11, State: Approved, MergedInto: "nobody"},
	} {
		subs[s.ID] = s
	}
	find := func(id string) (Submission, bool) { s, ok := subs[id]; return s, ok }
	for id, want := range map[string]string{"a": "root", "b": "root", "c": "", "d": "", "r1": "", "r2": "later", "r3": "later", "e": "later", "f": ""} {
		got, err := home(subs[id], find)
		if err != nil {
			got = "later"
		}
		if got != want {
			t.Errorf("%s belongs under %q, want %q", id, got, want)
		}
	}
}
