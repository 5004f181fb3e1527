package moderation_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// merge asks for s to be merged into another.
func (h *hall) merge(s, into moderation.Submission) moderation.Submission {
	h.t.Helper()
	req := h.request(s, moderation.Merge)
	req.Into = into.ID
	return h.do(req)
}

// split asks for s to be split off again.
func (h *hall) split(s moderation.Submission) moderation.Submission {
	h.t.Helper()
	return h.do(h.request(s, moderation.Split))
}

// merged says what is merged into what, by the numbers of ask4, such as "1>0 2>0".
func (h *hall) merged(s [4]moderation.Submission) string {
	h.t.Helper()
	number := map[string]int{}
	for i, q := range s {
		number[q.ID] = i
	}
	var out []string
	for i, q := range s {
		if into := h.stored(q.ID).MergedInto; into != "" {
			out = append(out, fmt.Sprintf("%d>%d", i, number[into]))
		}
	}
	return strings.Join(out, " ")
}

func TestDeskMergeAndSplit(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.ask4()
	got := h.merge(s[1], s[0])
	if got.MergedInto != s[0].ID || got.State != moderation.Approved || h.queue() != "q0 q2 q3" {
		t.Errorf("merged into %q, %s, queue %q; want q1 in q0 and still approved", got.MergedInto, got.State, h.queue())
	}
	if h.stored(s[0].ID).Rev != s[0].Rev {
		t.Error("what it was merged into has a new revision")
	}
	if pool := h.record.Pool(s[0]); pool != (moderation.Pool{Similar: 1, Votes: 1}) || pool.Support() != 2 {
		t.Errorf("pool %+v, want one more with one more asker", pool)
	}
	again := h.merge(s[1], s[0])
	if again.Rev != got.Rev {
		t.Errorf("merged where it is: revision %d, want %d", again.Rev, got.Rev)
	}

	h.merge(s[2], s[0])
	h.merge(s[0], s[3])
	if m := h.merged(s); m != "0>3 1>3 2>3" {
		t.Errorf("what was merged into the merged one did not move along: %s", m)
	}
	if pool := h.record.Pool(s[3]); pool != (moderation.Pool{Similar: 3, Votes: 3}) {
		t.Errorf("pool %+v, want all three", pool)
	}
	h.split(s[2])
	if m := h.merged(s); m != "0>3 1>3" || h.queue() != "q2 q3" {
		t.Errorf("split off one that moved along: %s, queue %q", m, h.queue())
	}
	back := h.split(s[0])
	if m := h.merged(s); m != "1>0" || back.State != moderation.Approved || h.queue() != "q0 q2 q3" {
		t.Errorf("split again: %s, %s, queue %q; want q0 as it was, with q1", m, back.State, h.queue())
	}
	if again := h.split(s[0]); again.Rev != back.Rev {
		t.Error("splitting what is not merged made a revision")
	}
	into := h.request(s[3], moderation.Merge)
	into.Into = s[1].ID
	h.refused(into, moderation.ErrInvalid)
	h.stage(moderation.StageRequest{Now: &s[3].ID})
	into = h.request(s[3], moderation.Merge)
	into.Into = s[0].ID
	h.refused(into, moderation.ErrState)
	h.merge(s[2], s[3])
	if m := h.merged(s); m != "1>0 2>3" {
		t.Errorf("into the live one: %s", m)
	}
}

func TestDeskMergeLeavesNext(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.ask4()
	h.stage(moderation.StageRequest{Next: &s[1].ID})
	h.merge(s[1], s[0])
	h.split(s[1])
	if next := h.record.Stage("smw").Next; next != "" {
		t.Error("what was merged is still lined up, or again")
	}
}

func TestDeskUndoMerge(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.ask4()
	h.merge(s[1], s[0])
	got := h.merge(s[0], s[2])
	if m := h.merged(s); m != "0>2 1>2" {
		t.Fatalf("merged: %s", m)
	}
	if _, err := h.try(got, moderation.Undo, callum); !errors.Is(err, moderation.ErrStale) {
		t.Errorf("undoing somebody else's merge: %v, want ErrStale", err)
	}
	undone := h.act(got, moderation.Undo, priti)
	h.sync()
	if m := h.merged(s); m != "1>0" {
		t.Errorf("undone: %s, want q1 with q0 again", m)
	}
	h.act(undone, moderation.Undo, priti)
	h.sync()
	if m := h.merged(s); m != "0>2 1>2" {
		t.Errorf("undone twice: %s", m)
	}
	split := h.split(s[0])
	h.merge(s[2], s[3])
	if _, err := h.try(split, moderation.Undo, priti); !errors.Is(err, moderation.ErrState) {
		t.Errorf("back under what was merged itself since: %v, want ErrState", err)
	}
	if m := h.merged(s); m != "1>0 2>3" {
		t.Errorf("after that: %s", m)
	}
}

// What was merged into something that is taken back stands for itself again, with the same write.
func TestDeskWithdrawSplits(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.ask4()
	h.merge(s[1], s[0])
	h.merge(s[2], s[0])
	h.act(h.stored(s[3].ID), moderation.Hold, priti)
	h.merge(s[3], s[0])
	before, _ := h.floor.Last(t.Context())
	post := moderation.Post{Event: "smw", Source: moderation.FromMastodon, Key: "0", Deleted: true}
	if err := h.desk.Take(t.Context(), post); err != nil {
		t.Fatal(err)
	}
	h.sync()
	after, _ := h.floor.Last(t.Context())
	if m := h.merged(s); m != "" || h.queue() != "q1 q2" || after-before != 4 {
		t.Errorf("merged %q, queue %q, %d revisions; want all free, in their states, by one batch of 4", m, h.queue(), after-before)
	}
	if state := h.stored(s[3].ID).State; state != moderation.Held {
		t.Errorf("the held one is %s", state)
	}
	if c := h.stored(s[1].ID).Change; c.Action != moderation.Split || c.By.Role != moderation.RoleSource {
		t.Errorf("its history says %s by %s", c.Action, c.By.Role)
	}
	h.merge(s[1], s[2])
	withdrawn := h.act(h.stored(s[1].ID), moderation.Withdraw, priti)
	if withdrawn.MergedInto != "" || h.record.Pool(s[2]) != (moderation.Pool{}) {
		t.Errorf("a withdrawn one is still counted")
	}
}

// While the event is frozen nothing new becomes public, this way either.
func TestDeskWithdrawSplitsFrozen(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.ask4()
	h.merge(s[1], s[0])
	h.freeze(true)
	h.refused(h.request(s[1], moderation.Split), moderation.ErrState)
	h.act(h.stored(s[0].ID), moderation.Withdraw, priti)
	h.sync()
	if got := h.stored(s[1].ID); got.State != moderation.Held || got.MergedInto != "" || got.Reason == "" {
		t.Errorf("it is %s in %q for %q; want held, and why", got.State, got.MergedInto, got.Reason)
	}
}

// freeze freezes the event, or takes that back.
func (h *hall) freeze(frozen bool) {
	h.t.Helper()
	_, err := h.desk.ChangeEvent(h.t.Context(), moderation.EventRequest{Op: moderation.NewOp(), Action: moderation.ChangeEvent, Slug: "smw",
		Patch: fmt.Appendf(nil, `{"frozen":%t}`, frozen), By: priti})
	if err != nil {
		h.t.Fatal(err)
	}
	h.sync()
}

// Decisions about what is merged into what cross each other: each is stored, and together they come to something
// that can be.
func TestDeskCrossedMerges(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		first, second func(h *hall, s [4]moderation.Submission, d *moderation.Desk) error
		want          string
	}{
		{"into each other", mergeBy(0, 1), mergeBy(1, 0), "1>0"},
		{"in a ring", mergeBy(0, 1), func(h *hall, s [4]moderation.Submission, d *moderation.Desk) error {
			return errors.Join(mergeBy(1, 2)(h, s, d), mergeBy(2, 0)(h, s, d))
		}, "1>0 2>0"},
		{"the target is merged", mergeBy(0, 1), mergeBy(1, 2), "0>2 1>2"},
		{"the target is taken back", mergeBy(0, 1), func(h *hall, s [4]moderation.Submission, d *moderation.Desk) error {
			_, err := d.Act(h.t.Context(), moderation.ActRequest{Op: moderation.NewOp(), Event: "smw", ID: s[1].ID, Action: moderation.Withdraw, By: callum})
			return err
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, crash := range []bool{false, true} {
				h := newHall(t)
				s := h.ask4()
				mine := h.interruptedDesk(func() {
					if err := tt.second(h, s, h.desk); err != nil {
						t.Error(err)
					}
				})
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				if crash { // directly after the write: only Run is left to put it right
					mine = h.interruptedDesk(func() {
						if err := tt.second(h, s, h.desk); err != nil {
							t.Error(err)
						}
						h.floor.LoseAcks(1)
					})
				}
				err := tt.first(h, s, mine)
				if crash != errors.Is(err, moderation.ErrUnavailable) || !crash && err != nil {
					t.Fatalf("crash %t: %v", crash, err)
				}
				if crash {
					done := make(chan struct{})
					go func() { defer close(done); _ = h.desk.Run(ctx) }()
					deadline := time.Now().Add(10 * time.Second)
					for h.sync(); len(h.record.Strays("smw")) > 0 && time.Now().Before(deadline); h.sync() {
					}
					stop()
					<-done
				}
				h.sync()
				if m := h.merged(s); m != tt.want {
					t.Errorf("crash %t: %q, want %q", crash, m, tt.want)
				}
			}
		})
	}
}

// mergeBy returns a merge of one of ask4 into another.
func mergeBy(from, into int) func(*hall, [4]moderation.Submission, *moderation.Desk) error {
	return func(h *hall, s [4]moderation.Submission, d *moderation.Desk) error {
		req := h.request(s[from], moderation.Merge)
		req.Into = s[into].ID
		_, err := d.Act(h.t.Context(), req)
		return err
	}
}
