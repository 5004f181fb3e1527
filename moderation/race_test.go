package moderation_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// interrupted is a floor on which something happens just before the next Put.
type interrupted struct {
	moderation.Floor
	first func()
}

func (f *interrupted) Put(ctx context.Context, op string, entries ...moderation.Entry) ([]moderation.Entry, error) {
	if do := f.first; do != nil {
		f.first = nil
		do()
	}
	return f.Floor.Put(ctx, op, entries...)
}

// interruptedDesk is a second desk of the hall whose next Put comes after do.
func (h *hall) interruptedDesk(do func()) *moderation.Desk {
	h.t.Helper()
	d, err := moderation.NewDesk(moderation.DeskConfig{Floor: &interrupted{h.floor, do}, Record: h.record, Secret: make([]byte, 32)})
	if err != nil {
		h.t.Fatal(err)
	}
	return d
}

// A submission is rejected while it is being lined up. It is not lined up when it is approved again: nothing comes
// onto the stage unless somebody says so.
func TestRejectedWhileLinedUpDoesNotComeBack(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.act(h.ask("1", "Why?"), moderation.Approve, priti)
	d := h.interruptedDesk(func() { s = h.act(s, moderation.Reject, priti) })
	st, err := d.SetStage(t.Context(), moderation.StageRequest{Op: "next", Event: "smw", Next: &s.ID, By: fiona})
	if err != nil {
		t.Fatal(err)
	}
	h.wait(st.Rev)
	if next := h.record.Stage("smw").Next; next != "" {
		t.Fatalf("a rejected submission is next")
	}
	s = h.act(s, moderation.Restore, priti)
	s = h.act(s, moderation.Approve, priti)
	last, err := h.floor.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h.wait(last)
	if next := h.record.Stage("smw").Next; next != "" {
		t.Errorf("approved again, it is next without anybody saying so")
	}
}

// asked is a floor that does something whenever it is asked how far it is.
type asked struct {
	moderation.Floor
	then func()
}

func (f *asked) Last(ctx context.Context) (uint64, error) {
	f.then()
	return f.Floor.Last(ctx)
}

// A decision already made elsewhere is not confirmed to somebody who looked at what was before it.
func TestNothingToDoOnAnOldRevisionIsStale(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.act(h.ask("1", "Why?"), moderation.Approve, priti)
	late := moderation.NewRecord() // of a process that hears of the newest only when it asks
	hear := func() {
		ctx, stop := context.WithCancel(t.Context())
		_ = h.floor.Follow(ctx, func(rev moderation.Revision) error { late.Apply(rev); return nil }, late.Passed, stop)
	}
	hear()
	h.act(s, moderation.Reject, priti)
	d, err := moderation.NewDesk(moderation.DeskConfig{Floor: &asked{h.floor, hear}, Record: late, Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	cur, err := d.Act(t.Context(), moderation.ActRequest{Op: "again", Event: "smw", ID: s.ID, Rev: s.Rev, Action: moderation.Approve, By: callum})
	if cur.State != moderation.Rejected || err == nil {
		t.Errorf("approving what was approved and is rejected by now: %s, %v; want it rejected and stale", cur.State, err)
	}
}

// Approvals one after the other end in that order, also where the desk's record has yet to hear of the first.
func TestApprovedLaterIsLater(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	var all []moderation.Submission
	for i := range 40 {
		all = append(all, h.ask(string(rune('a'+i)), "Why?"))
	}
	last := ""
	for i, s := range all {
		got, err := h.try(s, moderation.Approve, priti) // and on, without waiting for the record
		if err != nil {
			t.Fatal(err)
		}
		if got.Rank <= last {
			t.Fatalf("approval %d has rank %q after %q", i, got.Rank, last)
		}
		last = got.Rank
	}
}

// refusing is a floor that erases nothing as long as it is told so.
type refusing struct {
	moderation.Floor
	down atomic.Bool
}

func (f *refusing) Erase(ctx context.Context, event, id string, rev uint64) error {
	if f.down.Load() {
		return moderation.ErrUnavailable
	}
	return f.Floor.Erase(ctx, event, id, rev)
}

// Words that could not be erased when they were taken back are erased as soon as they can be, without a restart.
func TestErasureIsTriedAgain(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.act(h.ask("1", "Why?"), moderation.Approve, priti)
	floor := &refusing{Floor: h.floor}
	floor.down.Store(true)
	d, err := moderation.NewDesk(moderation.DeskConfig{Floor: floor, Record: h.record, Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.Act(t.Context(), moderation.ActRequest{Op: "back", Event: "smw", ID: s.ID, Action: moderation.Withdraw, By: callum})
	if err != nil || got.State != moderation.Withdrawn {
		t.Fatalf("withdraw: %s, %v", got.State, err)
	}
	revisions := func() int {
		past, err := h.floor.History(t.Context(), "smw", s.ID)
		if err != nil {
			t.Fatal(err)
		}
		return len(past)
	}
	if n := revisions(); n != 3 {
		t.Fatalf("%d revisions while nothing can be erased, want 3", n)
	}
	floor.down.Store(false)
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	done := make(chan struct{})
	go func() { defer close(done); _ = d.Run(ctx) }()
	for revisions() != 1 && ctx.Err() == nil {
		runtime.Gosched()
	}
	stop()
	<-done
	if n := revisions(); n != 1 {
		t.Errorf("%d revisions are left, want the withdrawal alone", n)
	}
}

func TestUndoBringsBackWhenItWasAnswered(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.act(h.act(h.ask("1", "Why?"), moderation.Approve, priti), moderation.AnswerIt, priti)
	h.now = h.now.Add(time.Hour)
	got := h.act(h.act(s, moderation.Return, priti), moderation.Undo, priti)
	if got.State != moderation.Answered || got.AnsweredAt == nil || !got.AnsweredAt.Equal(*s.AnsweredAt) {
		t.Errorf("after undoing its return it is %s, answered at %v; want %v", got.State, got.AnsweredAt, s.AnsweredAt)
	}
}

func TestUndoAfterAnEditIsStale(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.act(h.ask("1", "Why?"), moderation.Approve, priti)
	p := moderation.Post{Event: "smw", Source: moderation.FromMastodon, Key: "1", Version: "2", Text: "Why not?"}
	if err := h.desk.Take(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	cur, err := h.try(h.stored(s.ID), moderation.Undo, priti)
	if !errors.Is(err, moderation.ErrStale) || cur.Text != "Why not?" {
		t.Errorf("undo after an edit: %q, %v; want what it is now and stale", cur.Text, err)
	}
}

// A moderator's search looks at thousands of texts; what happens meanwhile is shown meanwhile.
func TestListHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	r := moderation.NewRecord()
	r.Apply(moderation.Revision{Seq: 1, Entry: moderation.Entry{Event: &moderation.Event{Slug: "smw"}}})
	add := func(n int) {
		s := moderation.Submission{ID: fmt.Sprintf("%04d", n), Event: "smw", State: moderation.Pending, ReceivedAt: time.Unix(int64(n), 0)}
		r.Apply(moderation.Revision{Seq: uint64(n), Entry: moderation.Entry{Submission: &s}})
	}
	for n := 1000; n > 1; n-- { // not in the order in which they came
		add(n)
	}
	looked, newest := 0, 1000
	match := func(moderation.Submission) bool {
		if looked++; looked%100 == 0 {
			newest++
			add(newest) // would wait for ever for a list that holds the record
		}
		return true
	}
	page, more := r.List("smw", moderation.Filter{Limit: 900, Match: match})
	if len(page) != 900 || !more || page[0].ID != "1000" || page[899].ID != "0101" {
		t.Fatalf("%d of them from %s to %s, more %v; want 900 from 1000 to 0101", len(page), page[0].ID, page[len(page)-1].ID, more)
	}
	rest, more := r.List("smw", moderation.Filter{Limit: 900, Before: page[899].Position()})
	if len(rest) != 99 || more || rest[0].ID != "0100" || rest[98].ID != "0002" {
		t.Errorf("then %d, more %v; want the last 99", len(rest), more)
	}
}
