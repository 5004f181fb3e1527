package moderation

import (
	"slices"
	"testing"
)

// Votes and support count people: whoever voted for two of what was merged, or voted for what they asked, is one.
func TestVotesArePeople(t *testing.T) {
	t.Parallel()
	votes := NewVotes()
	p := Pools{Votes: votes}
	sub := func(id, asker, into string) *Submission {
		return &Submission{ID: id, Event: "e", Author: Author{Key: asker}, MergedInto: into}
	}
	root := *sub("root", "ana", "")
	vote := func(id, voter string, want bool) { votes.Apply(Vote{Event: "e", ID: id, Voter: voter, For: want}) }
	want := func(step string, similar, n, support int) {
		t.Helper()
		if got := p.Of(root); got.Similar != similar || got.Votes != n || got.Support() != support {
			t.Errorf("%s: %+v with support %d, want %d merged, %d votes, support %d", step, got, got.Support(), similar, n, support)
		}
	}
	want("new", 0, 0, 1)
	vote("root", "cai", true)
	vote("root", "cai", true)
	want("one vote, pressed twice", 0, 1, 2)
	vote("root", "ana", true)
	want("its own asker too", 0, 2, 2)
	vote("other", "dai", true)
	want("a vote for something else", 0, 2, 2)
	p.Apply(nil, sub("a", "ben", "root"))
	want("merged with ben's", 1, 3, 3)
	vote("root", "ben", true)
	want("ben votes for it as well", 1, 3, 3)
	vote("a", "cai", true)
	vote("a", "eve", true)
	want("cai has voted for both, eve for the merged one", 1, 4, 4)
	vote("root", "cai", false)
	want("cai's other vote still counts", 1, 4, 4)
	vote("a", "cai", false)
	vote("root", "ana", false)
	want("cai and ana took theirs back", 1, 2, 3)
	votes.Drop("e", "a")
	p.Apply(sub("a", "ben", "root"), sub("a", "ben", ""))
	want("split, and the other one is gone", 0, 1, 2)
	if got := votes.Known("e"); len(got) != 2 || slices.Contains(got, "a") {
		t.Errorf("known: %q", got)
	}
}

func TestRecordVotedFor(t *testing.T) {
	t.Parallel()
	r := NewRecord()
	put := func(s Submission, rev uint64) {
		s.Event, s.State = "e", Approved
		r.Apply(Revision{Seq: rev, Entry: Entry{Submission: &s}})
	}
	put(Submission{ID: "root"}, 1)
	put(Submission{ID: "a", MergedInto: "root"}, 2)
	root, _ := r.Submission("e", "root")
	r.Votes().Apply(Vote{Event: "e", ID: "a", Voter: "cai", For: true})
	if got := r.VotedFor(root, "cai"); !slices.Equal(got, []string{"a"}) {
		t.Errorf("voted for what was merged in: %q", got)
	}
	r.Votes().Apply(Vote{Event: "e", ID: "root", Voter: "cai", For: true})
	if got := r.VotedFor(root, "cai"); !slices.Equal(got, []string{"root", "a"}) {
		t.Errorf("voted for both: %q", got)
	}
	if got := r.VotedFor(root, "dai"); len(got) != 0 {
		t.Errorf("voted for nothing: %q", got)
	}
	put(Submission{ID: "a", MergedInto: "root"}, 3)
	gone := Submission{ID: "a", Event: "e", State: Erased}
	r.Apply(Revision{Seq: 4, Entry: Entry{Submission: &gone}})
	if r.Votes().Has("e", "a", "cai") || r.Pool(root) != (Pool{Votes: 1}) {
		t.Errorf("erased: pool %+v", r.Pool(root))
	}
}
