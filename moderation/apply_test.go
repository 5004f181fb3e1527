package moderation

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestApplyTable is the contract's table of states, action by action: what each leads to from every state, "same"
// where the outcome already holds, and nothing where it is refused.
func TestApplyTable(t *testing.T) {
	t.Parallel()
	const same, no = "same", ""
	//                          pending   held      approved  live      answered  rejected  withdrawn
	table := map[ActionName][7]string{
		Approve:    {"approved", "approved", same, no, no, no, no},
		Reject:     {"rejected", "rejected", "rejected", "rejected", "rejected", same, no},
		Hold:       {"held", same, "held", "held", "held", no, no},
		Restore:    {same, "pending", no, no, no, "pending", no},
		Return:     {no, no, same, "approved", "approved", no, no},
		AnswerIt:   {no, no, "answered", "answered", same, no, no},
		PutOnStage: {no, no, "live", same, "live", no, no},
		OffStage:   {no, no, same, "approved", no, no, no},
		Finish:     {no, no, no, "answered", same, no, no},
		Withdraw:   {"withdrawn", "withdrawn", "withdrawn", "withdrawn", "withdrawn", "withdrawn", same},
		Revised:    {"pending", "held", "pending", "pending", "pending", "rejected", no},
		Renamed:    {"pending", "held", "approved", "live", "answered", "rejected", no},
		Undo:       {"held", "held", "held", "held", "held", "held", no}, // held before it
		Edit:       {"pending", "held", "approved", "live", "answered", "rejected", no},
		NoteIt:     {"pending", "held", "approved", "live", "answered", "rejected", no},
		TagIt:      {"pending", "held", "approved", "live", "answered", "rejected", no},
		SetKind:    {"pending", "held", "approved", "live", "answered", "rejected", no},
		Move:       {no, no, "approved", no, no, no, no},
		Merge:      {"pending", "held", "approved", no, "answered", "rejected", no},
		Split:      {same, same, same, same, same, same, no},
		Paraphrase: {"pending", "held", "approved", "approved", "answered", "rejected", no}, // of the post
		FileIt:     {"pending", "held", "approved", "live", "answered", "rejected", no},
	}
	for action := range from {
		if _, ok := table[action]; !ok {
			t.Errorf("the table says nothing about %s", action)
		}
	}
	states := []State{Pending, Held, Approved, Live, Answered, Rejected, Withdrawn}
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for action, row := range table {
		for i, state := range states {
			t.Run(fmt.Sprintf("%s from %s", action, state), func(t *testing.T) {
				t.Parallel()
				s := Submission{ID: "a", Event: "e", State: state, Text: "Why?", Rank: "V", Change: Change{Action: Reject, By: Actor{Role: Moderator, Name: "Priti"}}}
				a := Action{Name: action, At: at, By: Actor{Role: Moderator, Name: "Priti"}, Rank: "W",
					Post: &Post{Text: "Why not?", Version: "2", Author: PostAuthor{Handle: "@new.example"}}, Before: &Submission{State: Held},
					Text: "Why else?", Kind: Story, Add: []string{"housing"}, Target: &Submission{ID: "b", State: Approved}, Prompt: new(2)}
				got, err := s.Apply(a)
				switch want := row[i]; want {
				case no:
					if !errors.Is(err, ErrState) {
						t.Errorf("got %q and error %v, want a wrong state", got.State, err)
					}
				case same:
					if !errors.Is(err, ErrNothing) {
						t.Errorf("got %q and error %v, want that nothing changes", got.State, err)
					}
				default:
					if err != nil || string(got.State) != want {
						t.Errorf("got %q and error %v, want %q", got.State, err, want)
					}
					if got.Change.Action != action || got.Change.By.Name != "Priti" || !got.Change.At.Equal(at) {
						t.Errorf("the change does not say who did what: %+v", got.Change)
					}
				}
				if diff := cmp.Diff(Submission{ID: "a", Event: "e", State: state, Text: "Why?", Rank: "V", Change: Change{Action: Reject, By: a.By}}, s); diff != "" {
					t.Errorf("Apply changed what it was given (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestApplyErasedIsGone(t *testing.T) {
	t.Parallel()
	for action := range from {
		if _, err := (Submission{State: Erased}).Apply(Action{Name: action}); !errors.Is(err, ErrGone) {
			t.Errorf("%s of an erased submission: got %v, want ErrGone", action, err)
		}
	}
}

func TestApplyFrozen(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		from   State
		action ActionName
		want   error
	}{
		{"nothing new becomes public", Pending, Approve, ErrState},
		{"what is public stays manageable", Approved, AnswerIt, nil},
		{"staging what is public", Approved, PutOnStage, nil},
		{"taking down", Live, Hold, nil},
		{"rejecting", Pending, Reject, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Submission{State: tt.from}.Apply(Action{Name: tt.action, Frozen: true})
			if !errors.Is(err, tt.want) {
				t.Errorf("%s from %s while frozen: got %v, want %v", tt.action, tt.from, err, tt.want)
			}
		})
	}
}

func TestApplyReasons(t *testing.T) {
	t.Parallel()
	rejected, err := Submission{State: Pending}.Apply(Action{Name: Reject})
	if err != nil {
		t.Fatal(err)
	}
	withReason, err := rejected.Apply(Action{Name: Reject, Reason: "Off topic"})
	if err != nil || withReason.Reason != "Off topic" {
		t.Errorf("a reason given afterwards: got %q, %v", withReason.Reason, err)
	}
	if _, err := withReason.Apply(Action{Name: Reject, Reason: "Off topic"}); !errors.Is(err, ErrNothing) {
		t.Errorf("the same reason again: got %v, want that nothing changes", err)
	}
	back, err := withReason.Apply(Action{Name: Restore})
	if err != nil || back.Reason != "" {
		t.Errorf("restored: reason %q, %v; want none", back.Reason, err)
	}
}

func TestApplyWithdrawForgets(t *testing.T) {
	t.Parallel()
	s := Submission{ID: "a", State: Live, Text: "my words", Original: "my first words", Note: "about them", URL: "https://x.example/1",
		Author: Author{Name: "Ana", Handle: "@ana", Key: "k"}, Tags: []string{"tag"}, Flags: []Flag{{Kind: FlagEmail}}}
	got, err := s.Apply(Action{Name: Withdraw, Past: []Outline{{Rev: 3}}})
	if err != nil {
		t.Fatal(err)
	}
	want := Submission{ID: "a", State: Withdrawn, Author: Author{Key: "k"}, Past: []Outline{{Rev: 3}}, Change: Change{Action: Withdraw}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what is left of it (-want +got):\n%s", diff)
	}
}

// TestApplyRenamed: the handle is the one that its author has now; the display name, which can be anything, is the one
// that somebody decided about, unless there was none.
func TestApplyRenamed(t *testing.T) {
	t.Parallel()
	pretends, busy := Flag{Kind: FlagUnicode, Detail: "in the name: …"}, Flag{Kind: FlagBusy}
	for _, c := range []struct {
		name      string
		was, want Author
	}{
		{"another handle", Author{Name: "Ana", Handle: "@ana.example", Key: "k"}, Author{Name: "Ana", Handle: "@new.example", Key: "k"}},
		{"nobody knew it", Author{Handle: "did:plc:ana"}, Author{Name: "Ana N.", Handle: "@new.example"}},
		{"the handle was its name", Author{Name: "ana.example", Handle: "@ana.example"}, Author{Name: "Ana N.", Handle: "@new.example"}},
	} {
		s := Submission{ID: "a", State: Live, Text: "Why?", Rank: "V", Version: "3", Author: c.was, Flags: []Flag{busy, pretends}}
		a := Action{Name: Renamed, Post: &Post{Version: "1", Author: PostAuthor{Name: "Ana N.", Handle: "@new.example"}}}
		got, err := s.Apply(a)
		if err != nil || got.Author != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got.Author, err, c.want)
		}
		if got.State != Live || got.Text != "Why?" || got.Rank != "V" || got.Version != "3" || len(got.Flags) != 1 || got.Flags[0] != busy {
			t.Errorf("%s: it changed more than its author: %+v", c.name, got)
		}
		if _, err := got.Apply(a); !errors.Is(err, ErrNothing) {
			t.Errorf("%s: again: %v, want that there is nothing to do", c.name, err)
		}
	}
}

func TestApplyRevised(t *testing.T) {
	t.Parallel()
	s := Submission{State: Approved, Text: "old", Version: "2026-11-20T18:09:00Z", Rank: "V"}
	if _, err := s.Apply(Action{Name: Revised, Post: &Post{Text: "older", Version: "2026-11-20T18:00:00Z"}}); !errors.Is(err, ErrNothing) {
		t.Errorf("an edit older than what is shown: got %v, want that nothing changes", err)
	}
	got, err := s.Apply(Action{Name: Revised, Post: &Post{Text: "new", Version: "2026-11-20T18:10:00Z"}})
	if err != nil || got.State != Pending || got.Text != "new" {
		t.Errorf("got %s %q, %v; want the new text pending", got.State, got.Text, err)
	}
}

func TestFlagText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want []string // kind and what is marked
	}{
		{"Call me on 07700 900142 and I’ll show you.", []string{"phone:07700 900142"}},
		{"Ring (01632) 960 120 or +44 7700 900142", []string{"phone:(01632) 960 120", "phone:+44 7700 900142"}},
		{"Write to ana.smith@calder.example.", []string{"email:ana.smith@calder.example"}},
		{"See https://westmere.example/ict-policy, it is public", []string{"link:https://westmere.example/ict-policy"}},
		{"Is westmere.example/ict fair?", []string{"link:westmere.example/ict"}},
		{"👋🏽 ŵ 07700900142", []string{"phone:07700900142"}},
		{"From 2009 to 2012 we had 1,500 posts an hour.", nil},
		{"Half of it.Then we stopped", nil},
		{"@ana@social.example what do you think?", nil},
		{"Version 1.2.3 costs 0.005", nil},
		{"Order 0123456789012345678", nil},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range FlagText(Event{}, tt.text) {
				got = append(got, f.Kind+":"+string([]rune(tt.text)[f.Span[0]:f.Span[1]]))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("flags of %q (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

func TestSubmissionIDIsStable(t *testing.T) {
	t.Parallel()
	a := SubmissionID("smw", "ap:https://social.example/1")
	if a != SubmissionID("smw", "ap:https://social.example/1") || len(a) != 26 {
		t.Errorf("id %q is not stable, or not 26 characters", a)
	}
	if a == SubmissionID("smw2", "ap:https://social.example/1") {
		t.Error("two events gave one id")
	}
}
