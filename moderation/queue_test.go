package moderation_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/openfloor/openfloor/moderation"
)

// ask4 brings four questions into the queue and returns them.
func (h *hall) ask4() (s [4]moderation.Submission) {
	h.t.Helper()
	for i := range s {
		s[i] = h.act(h.ask(fmt.Sprint(i), fmt.Sprint("q", i)), moderation.Approve, priti)
	}
	return s
}

// request is what priti asks for about s as it is stored.
func (h *hall) request(s moderation.Submission, a moderation.ActionName) moderation.ActRequest {
	h.t.Helper()
	return moderation.ActRequest{Op: moderation.NewOp(), Event: "smw", ID: s.ID, Rev: h.stored(s.ID).Rev, Action: a, By: priti}
}

// do carries a request out.
func (h *hall) do(req moderation.ActRequest) moderation.Submission {
	h.t.Helper()
	got, err := h.desk.Act(h.t.Context(), req)
	if err != nil {
		h.t.Fatalf("%s %s: %v", req.Action, req.ID, err)
	}
	h.sync()
	return got
}

// sync waits until the record has everything.
func (h *hall) sync() {
	h.t.Helper()
	last, err := h.floor.Last(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	h.wait(last)
}

// refused says what the desk answers to a request that it does not carry out.
func (h *hall) refused(req moderation.ActRequest, want error) {
	h.t.Helper()
	if got, err := h.desk.Act(h.t.Context(), req); !errors.Is(err, want) {
		h.t.Errorf("%s of one that is %s: %v, want %v", req.Action, got.State, err, want)
	}
}

func TestDeskMove(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.ask4()
	move := func(i int, after string, want string) moderation.Submission {
		t.Helper()
		before, _ := h.floor.Last(t.Context())
		req := h.request(s[i], moderation.Move)
		req.After = after
		was := h.stored(s[i].ID).Rank
		got := h.do(req)
		if h.queue() != want {
			t.Errorf("moved q%d: queue %q, want %q", i, h.queue(), want)
		}
		after2, _ := h.floor.Last(t.Context())
		if n := after2 - before; got.Rank == was && n != 0 || got.Rank != was && n != 1 {
			t.Errorf("moved q%d: %d revisions, want that of the moved item alone, and none where it was there", i, n)
		}
		return got
	}
	move(3, "", "q3 q0 q1 q2")
	move(3, "", "q3 q0 q1 q2")
	move(3, s[1].ID, "q0 q1 q3 q2")
	move(3, s[1].ID, "q0 q1 q3 q2")
	move(0, s[2].ID, "q1 q3 q2 q0")
	moved := move(1, s[2].ID, "q3 q2 q1 q0")
	h.act(moved, moderation.Undo, priti)
	if h.queue() != "q1 q3 q2 q0" {
		t.Errorf("undone: queue %q", h.queue())
	}
	if _, err := h.try(h.stored(s[0].ID), moderation.Undo, callum); !errors.Is(err, moderation.ErrStale) {
		t.Errorf("undoing somebody else's move: %v, want ErrStale", err)
	}

	pending := h.ask("p", "not yet")
	for _, tt := range []struct {
		name  string
		s     moderation.Submission
		after string
		want  error
	}{
		{"what is not approved", pending, s[0].ID, moderation.ErrState},
		{"after what is not approved", s[0], pending.ID, moderation.ErrInvalid},
		{"after itself", s[0], s[0].ID, moderation.ErrInvalid},
		{"after nobody", s[0], "nosuchid", moderation.ErrInvalid},
	} {
		req := h.request(tt.s, moderation.Move)
		req.After = tt.after
		if _, err := h.desk.Act(t.Context(), req); !errors.Is(err, tt.want) {
			t.Errorf("moving %s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// Stories have a place in the order, and come onto the stage by name only.
func TestStoriesStandBesideTheQueue(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	told := h.act(h.ask("1", "told"), moderation.Approve, priti)
	req := h.request(told, moderation.SetKind)
	req.Kind = moderation.Story
	told = h.do(req)
	if h.queue() != "" {
		t.Errorf("a story alone: queue %q", h.queue())
	}
	if _, err := h.desk.SetStage(t.Context(), moderation.StageRequest{Op: moderation.NewOp(), Event: "smw", Take: true, By: fiona}); !errors.Is(err, moderation.ErrState) {
		t.Errorf("taking with nothing but a story: %v, want ErrState", err)
	}
	q1 := h.act(h.ask("2", "q1"), moderation.Approve, priti)
	q2 := h.act(h.ask("3", "q2"), moderation.Approve, priti)
	req = h.request(q2, moderation.Move)
	req.After = told.ID
	h.do(req)
	if h.queue() != "q2 q1" {
		t.Errorf("moved to after the story: queue %q", h.queue())
	}
	h.stage(moderation.StageRequest{Next: &told.ID})
	if st := h.stage(moderation.StageRequest{Take: true}); st.Now != told.ID {
		t.Errorf("taken %s, want the story that was lined up", st.Now)
	}
	h.stage(moderation.StageRequest{Take: true}) // the story goes back to the top of what has a place
	if st := h.stage(moderation.StageRequest{Take: true, Finish: true}); st.Now != q1.ID {
		t.Errorf("taken %s, want %s: no story is taken by itself", st.Now, q1.ID)
	}
	if st := h.stage(moderation.StageRequest{Take: true, Finish: true}); st.Now != "" {
		t.Errorf("taken %s after the last question", st.Now)
	}
	if h.stored(told.ID).State != moderation.Approved {
		t.Errorf("the story is %s", h.stored(told.ID).State)
	}
}

// An answered one keeps its place, and nothing is moved onto it.
func TestDeskMoveLeavesPlacesFree(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.ask4()
	answered := h.act(s[1], moderation.AnswerIt, priti)
	for range 50 { // to and fro through the gap that s[1] has left
		for _, i := range []int{0, 3} {
			req := h.request(s[i], moderation.Move)
			req.After = s[2].ID
			if i == 0 {
				req.After = ""
			}
			got := h.do(req)
			if got.Rank == answered.Rank {
				t.Fatalf("q%d is ranked %s, where the answered one is", i, got.Rank)
			}
		}
		req := h.request(s[3], moderation.Move)
		req.After = s[0].ID
		h.do(req)
	}
	if again := h.act(answered, moderation.Undo, priti); again.Rank != s[1].Rank {
		t.Errorf("brought back to rank %q, want %q", again.Rank, s[1].Rank)
	}
}

func TestDeskAmend(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.act(h.ask("1", "Call me on 07700 900142"), moderation.Approve, priti)
	if len(s.Flags) != 1 {
		t.Fatalf("flags %v", s.Flags)
	}
	edit := h.request(s, moderation.Edit)
	edit.Text = "Call me at ana@calder.example "
	got := h.do(edit)
	if got.Text != "Call me at ana@calder.example" || got.Original != s.Text || len(got.Flags) != 1 || got.Flags[0].Kind != moderation.FlagEmail {
		t.Errorf("edited: %q, originally %q, flags %v", got.Text, got.Original, got.Flags)
	}
	if again, err := h.desk.Act(t.Context(), edit); err != nil || again.Rev != got.Rev {
		t.Errorf("the same op again: revision %d, %v; want %d", again.Rev, err, got.Rev)
	}
	back := h.act(got, moderation.Undo, priti)
	if back.Text != s.Text || back.Original != "" || back.Flags[0].Kind != moderation.FlagPhone || back.State != moderation.Approved {
		t.Errorf("undone: %q, originally %q, flags %v, %s", back.Text, back.Original, back.Flags, back.State)
	}
	for _, tt := range []struct {
		name string
		set  func(*moderation.ActRequest)
		got  func(moderation.Submission) string
		want string
	}{
		{"note", func(r *moderation.ActRequest) { r.Action, r.Text = moderation.NoteIt, "Ask her first" }, func(s moderation.Submission) string { return s.Note }, "Ask her first"},
		{"kind", func(r *moderation.ActRequest) { r.Action, r.Kind = moderation.SetKind, moderation.Story }, func(s moderation.Submission) string { return string(s.Kind) }, "story"},
		{"tag", func(r *moderation.ActRequest) { r.Action, r.Add = moderation.TagIt, []string{"#phones"} }, func(s moderation.Submission) string { return fmt.Sprint(s.Tags) }, "[phones]"},
	} {
		was := tt.got(h.stored(s.ID))
		req := h.request(s, "")
		tt.set(&req)
		got := h.do(req)
		if tt.got(got) != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, tt.got(got), tt.want)
		}
		req.Rev, req.Op = got.Rev, moderation.NewOp()
		if again := h.do(req); again.Rev != got.Rev {
			t.Errorf("%s, as it is already: revision %d, want %d", tt.name, again.Rev, got.Rev)
		}
		if undone := h.act(got, moderation.Undo, priti); tt.got(undone) != was {
			t.Errorf("%s undone: %q, want %q", tt.name, tt.got(undone), was)
		}
	}
	x := moderation.Post{Event: "smw", Source: moderation.FromX, Key: "x:1", Text: "A post"}
	if err := h.desk.Take(t.Context(), x); err != nil {
		t.Fatal(err)
	}
	edit = h.request(h.stored(x.ID()), moderation.Edit)
	edit.Text = "Another"
	h.refused(edit, moderation.ErrState)
}
