package display

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

func TestNewHubNeedsEpoch(t *testing.T) {
	t.Parallel()
	if _, err := NewHub(Config{}); err == nil {
		t.Error("a hub without an epoch: got no error")
	}
}

func TestBoardNeedsEvent(t *testing.T) {
	t.Parallel()
	h, err := NewHub(Config{Epoch: "e"})
	if err != nil {
		t.Fatal(err)
	}
	h.Apply(submission(sampleSubmission("a", 1, moderation.Approved))) // as in a replay, where the event was changed later
	if _, ok := h.Board("women-who-lead"); ok {
		t.Error("got a board of an event that is not known yet")
	}
	h.SetElsewhere("women-who-lead", 3)
	h.Apply(event(sampleEvent(2)))
	b, ok := h.Board("women-who-lead")
	if !ok {
		t.Fatal("no board of a known event")
	}
	if _, ok := b.View("everything"); ok {
		t.Error("got a view that does not exist")
	}
	if got := b.Public(); len(got.Queue) != 1 {
		t.Errorf("queue: got %d, want what came before the event, 1", len(got.Queue))
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHub(t, Config{})
		done := make(chan error, 2)
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() { done <- h.Wait(t.Context(), 3) }()
		go func() { done <- h.Wait(ctx, 9) }()
		synctest.Wait()
		h.Apply(moderation.Revision{Seq: 2}) // of a kind that nothing here shows
		synctest.Wait()
		if len(done) > 0 {
			t.Fatal("Wait came back too early")
		}
		h.Apply(stage(4, "", ""))
		if err := <-done; err != nil {
			t.Errorf("Wait: %v", err)
		}
		cancel(errors.New("the reason"))
		if err := <-done; err == nil || err.Error() != "the reason" {
			t.Errorf("Wait, cancelled: got %v", err)
		}
		if got := h.Seq(); got != 4 {
			t.Errorf("Seq: got %d, want 4", got)
		}
	})
}

// count returns the values of field in the counts messages after cursor.
func count(t *testing.T, v *View, cursor uint64, field string) []int {
	t.Helper()
	messages, ok := v.Next(cursor)
	if !ok {
		t.Fatal("the ring lost the cursor")
	}
	var out []int
	for _, m := range messages {
		var w struct {
			Type   string
			Counts map[string]*int
		}
		if err := json.Unmarshal(m.Body, &w); err != nil {
			t.Fatal(err)
		}
		if n := w.Counts[field]; w.Type == "counts" && n != nil {
			out = append(out, *n)
		}
	}
	return out
}

func TestCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, b := newHub(t, Config{Now: time.Now})
		v, mod := view(t, b, PublicView), view(t, b, ModerationView)
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error)
		go func() { ran <- h.Run(ctx) }()

		at := v.Snapshot().Index
		h.Apply(submission(sampleSubmission("a", 2, moderation.Pending)))
		if got := count(t, v, at, "received"); fmt.Sprint(got) != "[1]" {
			t.Errorf("a lone change: got %v, want it at once", got)
		}
		if got := count(t, v, at, "pending"); got != nil {
			t.Errorf("pending in the public view: got %v, want null", got)
		}
		if got := count(t, mod, 0, "pending"); fmt.Sprint(got) != "[1]" {
			t.Errorf("pending in the moderation view: got %v, want [1]", got)
		}

		// A second of 200 changes: at most four messages, and the last says how it ended.
		sent := 0
		last := v.ring.Newest()
		for i := range 200 {
			h.Apply(submission(sampleSubmission(fmt.Sprint("b", i), uint64(3+i), moderation.Pending)))
			time.Sleep(5 * time.Millisecond)
			synctest.Wait()
			if newest := v.ring.Newest(); newest > last {
				sent++
				last = newest
			}
		}
		if sent < 3 || sent > 4 {
			t.Errorf("counts in a second of 200 changes: got %d messages, want at most 4", sent)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := count(t, v, 0, "received"); fmt.Sprint(got) != "[201]" {
			t.Errorf("in the end: got %v, want [201]", got)
		}

		// Viewers: streams of the public view that are no screens, over all processes, once a second.
		leave := v.Join()
		if got := count(t, v, 0, "viewers"); fmt.Sprint(got) != "[1]" {
			t.Errorf("a first viewer: got %v, want [1] at once", got)
		}
		leaveMod := mod.Join()
		h.SetElsewhere("women-who-lead", 7)
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		if got := count(t, v, 0, "viewers"); fmt.Sprint(got) != "[1]" {
			t.Errorf("half a second later: got %v, want [1] still", got)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := count(t, v, 0, "viewers"); fmt.Sprint(got) != "[8]" {
			t.Errorf("with the others: got %v, want [8]", got)
		}
		leave()
		leaveMod()
		time.Sleep(time.Second)
		synctest.Wait()
		if got := b.Public().Counts.Viewers; got != 7 {
			t.Errorf("viewers after all left here: got %d, want 7", got)
		}
		cancel()
		if err := <-ran; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func TestEventClosesByTheClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, b := newHub(t, Config{Now: time.Now})
		e := sampleEvent(2)
		e.OpensAt, e.ClosesAt = time.Now().Add(time.Minute), ptr(time.Now().Add(time.Hour))
		h.Apply(event(e))
		v := view(t, b, PublicView)
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error)
		go func() { ran <- h.Run(ctx) }()
		for _, step := range []struct {
			after time.Duration
			want  string
		}{{time.Second, "draft"}, {time.Minute, "open"}, {time.Hour, "closed"}} {
			time.Sleep(step.after)
			synctest.Wait()
			var got struct{ Event struct{ State string } }
			if err := json.Unmarshal(v.mustSnapshot(), &got); err != nil {
				t.Fatal(err)
			}
			if got.Event.State != step.want {
				t.Errorf("%s later: the snapshot says %q, want %q", step.after, got.Event.State, step.want)
			}
		}
		if got := kinds(t, v, 0); got != "event" {
			t.Errorf("messages: got %s", got)
		}
		cancel()
		<-ran
	})
}

func TestReading(t *testing.T) {
	t.Parallel()
	h, b := newHub(t, Config{})
	for _, s := range []*moderation.Submission{
		sampleSubmission("c", 2, moderation.Approved), sampleSubmission("b", 3, moderation.Approved),
		sampleSubmission("x", 4, moderation.Answered), sampleSubmission("w", 5, moderation.Answered),
		sampleSubmission("a", 6, moderation.Live), sampleSubmission("p", 7, moderation.Pending),
		sampleSubmission("r", 8, moderation.Rejected),
	} {
		h.Apply(submission(s))
	}
	h.Apply(stage(9, "a", "p")) // p is not public: never shown as next
	got := b.Public()
	ids := func(items []PublicItem) (out string) {
		for _, it := range items {
			out += it.ID
		}
		return out
	}
	if got.Now == nil || got.Now.ID != "a" || got.Next != nil || got.Stage.Next != nil {
		t.Errorf("stage: got now %v, next %v", got.Now, got.Stage.Next)
	}
	if q, a := ids(got.Queue), ids(got.Answered); q != "bc" || a != "wx" {
		t.Errorf("queue %q, answered %q; want bc in rank order, and wx, newest first", q, a)
	}
	if got.Counts.Approved != 3 || got.Counts.Answered != 2 || got.Counts.Received != 7 || got.Counts.Pending != nil {
		t.Errorf("counts: got %+v", got.Counts)
	}
	if got.Seq != 9 || got.Epoch != "epoch-1" || got.Event.State != "open" {
		t.Errorf("seq %d, epoch %q, event %q", got.Seq, got.Epoch, got.Event.State)
	}
	if chair := b.Chair(); *chair.Now.Note != "note on a" || len(chair.Queue) != 2 {
		t.Errorf("chair: got %+v", chair)
	}
}
