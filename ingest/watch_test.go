package ingest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// watched is a source that does what a test says, also where it only watches.
type watched struct {
	run, watch script
}

func (w watched) Run(ctx context.Context, from string, out Sink) error { return w.run(ctx, from, out) }
func (w watched) Watch(ctx context.Context, from string, out Sink) error {
	return w.watch(ctx, from, out)
}

func watching1(w watched) map[moderation.Source]Factory {
	return map[moderation.Source]Factory{
		moderation.FromMastodon: func(moderation.Event, moderation.SourceSetting) (Source, error) { return w, nil },
	}
}

// TestWatchedAfterClosing: what is shown is looked at once the event has closed, by whatever closed it, and after a
// restart; the source is off all the same, and says what is wrong with the looks.
func TestWatchedAfterClosing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var fail atomic.Pointer[error]
		var from atomic.Value
		var runs, looks atomic.Int64
		w := watched{
			run: func(ctx context.Context, _ string, out Sink) error {
				runs.Add(1)
				if err := out.Deliver(ctx, []moderation.Post{post(1)}, "one"); err != nil {
					return err
				}
				return wait(ctx)
			},
			watch: func(ctx context.Context, cursor string, out Sink) error {
				n := looks.Add(1)
				from.Store(cursor)
				if err := fail.Load(); err != nil {
					return *err
				}
				gone := post(int(n))
				gone.Deleted = true
				if err := out.Deliver(ctx, []moderation.Post{gone}, "two"); err != nil {
					return err
				}
				out.Alive()
				return wait(ctx)
			},
		}
		h := newHouse(t, watching1(w))
		defer h.stop()
		closes := time.Now().Add(time.Hour)
		e := panel(func(e *moderation.Event) { e.ClosesAt = &closes })
		h.set(e)
		if s := h.one(t); s.State != Live || looks.Load() != 0 {
			t.Errorf("open: %s with %d looks", s.State, looks.Load())
		}
		h.after(2 * time.Hour)
		if s := h.one(t); s.State != Off || looks.Load() != 1 || runs.Load() != 1 || from.Load() != "one" || s.Received != 2 || s.Error != "" {
			t.Errorf("closed: %+v, %d looks from %q, %d runs", s, looks.Load(), from.Load(), runs.Load())
		}
		if got := h.led.cursors["panel mastodon@a.example"]; got != "two" {
			t.Errorf("cursor %q, want two", got)
		}

		fail.Store(new(error(&NeedsAttention{Detail: "Set other credentials."})))
		e.Rev, e.Shut, e.ClosesAt = 2, true, nil
		h.set(e)
		if s := h.one(t); s.State != Off || s.Error != "Set other credentials." || looks.Load() != 2 || runs.Load() != 1 {
			t.Errorf("closed by hand, looks fail: %+v, %d looks, %d runs", s, looks.Load(), runs.Load())
		}
		fail.Store(nil)
		h.after(20 * time.Minute)
		if s := h.one(t); s.State != Off || s.Error != "" || looks.Load() != 3 {
			t.Errorf("looks work again: %+v, %d looks", s, looks.Load())
		}
		e.Rev, e.Shut = 3, false
		h.set(e)
		if s := h.one(t); s.State != Live || runs.Load() != 2 {
			t.Errorf("reopened: %+v, %d runs", s, runs.Load())
		}
	})
}

// TestWatchedWhileFailed: somebody has to do something before the source can go on. What is shown is looked at
// meanwhile, the state stays, and the source is tried again as often as without.
func TestWatchedWhileFailed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var runs, looks atomic.Int64
		var broken atomic.Pointer[error]
		w := watched{
			run: func(ctx context.Context, _ string, out Sink) error {
				if runs.Add(1) < 3 {
					return &NeedsAttention{Detail: "Raise the budget."}
				}
				out.Alive()
				return wait(ctx)
			},
			watch: func(ctx context.Context, _ string, out Sink) error {
				looks.Add(1)
				if err := broken.Load(); err != nil {
					return *err
				}
				gone := post(7)
				gone.Deleted = true
				if err := out.Deliver(ctx, []moderation.Post{gone}, ""); err != nil {
					return err
				}
				out.Alive()
				return wait(ctx)
			},
		}
		h := newHouse(t, watching1(w))
		defer h.stop()
		h.set(panel(nil))
		if s := h.one(t); s.State != Failed || s.Error != "Raise the budget." || looks.Load() != 1 || h.led.count() != 1 {
			t.Errorf("%+v, %d looks, %d delivered", s, looks.Load(), h.led.count())
		}
		broken.Store(new(errors.New("no answer")))
		h.after(17 * time.Minute)
		if s := h.one(t); s.State != Failed || runs.Load() != 2 || s.Error != "no answer" || looks.Load() < 2 {
			t.Errorf("%+v, %d runs, %d looks", s, runs.Load(), looks.Load())
		}
		h.after(17 * time.Minute)
		if s := h.one(t); s.State != Live || runs.Load() != 3 || s.Error != "" {
			t.Errorf("%+v, %d runs", s, runs.Load())
		}
	})
}

// TestNothingToWatch: a source that cannot look again is not even made once its event has closed.
func TestNothingToWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, mastodon(func(ctx context.Context, _ string, _ Sink) error {
			t.Error("a closed event is read")
			return wait(ctx)
		}))
		defer h.stop()
		h.set(panel(func(e *moderation.Event) { e.Shut = true }))
		h.after(24 * time.Hour)
		if s := h.one(t); s.State != Off || s.Error != "" {
			t.Errorf("%+v", s)
		}
	})
}
