package ingest

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openfloor/openfloor/moderation"
)

// turns is Leases whose holder a test chooses.
type turns struct {
	mu   sync.Mutex
	turn chan context.CancelFunc // holds what ends the turn under way
	give chan struct{}           // one for each turn that may begin
	last string
}

func (l *turns) Hold(ctx context.Context, _, _ string, note func() string, read func(context.Context, string)) {
	for {
		select {
		case <-l.give:
		case <-ctx.Done():
			return
		}
		turn, cancel := context.WithCancel(ctx)
		l.turn <- cancel
		read(turn, l.last)
		cancel()
		l.mu.Lock()
		l.last = note()
		l.mu.Unlock()
		if ctx.Err() != nil {
			return
		}
	}
}

// paid is a source that costs something.
type paid struct{ script }

func (paid) Spent() (int, float64) { return 7, 0.035 }

func TestLeased(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		led := &ledger{cursors: map[string]string{}}
		l := &turns{turn: make(chan context.CancelFunc, 1), give: make(chan struct{}, 1), last: `{"received":40,"skipped":2,"last_post_at":"2026-11-20T18:00:00Z"}`}
		reads := 0
		source := paid{func(ctx context.Context, _ string, out Sink) error {
			reads++
			out.Skipped(1)
			if err := out.Deliver(ctx, []moderation.Post{post(reads)}, ""); err != nil {
				return err
			}
			return wait(ctx)
		}}
		s, err := NewSupervisor(Config{Intake: led, Cursors: led, Leases: l, Log: slog.New(slog.DiscardHandler), Factories: map[moderation.Source]Factory{
			moderation.FromMastodon: func(moderation.Event, moderation.SourceSetting) (Source, error) { return source, nil }}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		s.Set(panel(nil))
		time.Sleep(time.Minute)
		synctest.Wait()
		if h := s.Health("panel"); reads != 0 || len(s.Status()) != 0 || len(h) != 1 || !h[0].Elsewhere {
			t.Fatalf("before its turn: read %d times, %+v, %+v", reads, h, s.Status())
		}
		l.give <- struct{}{}
		synctest.Wait()
		want := []moderation.SourceStatus{{Event: "panel", Name: "mastodon@a.example", Rev: 1, State: "live", LastPostAt: time.Now(), Received: 41, Used: 7, Money: 0.035}}
		if d := cmp.Diff(want, s.Status()); d != "" {
			t.Errorf("in its turn: %s", d)
		}
		(<-l.turn)() // lost
		synctest.Wait()
		if len(s.Status()) != 0 {
			t.Errorf("after its turn: %+v", s.Status())
		}
		l.give <- struct{}{}
		synctest.Wait()
		if got := s.Status(); reads != 2 || len(got) != 1 || got[0].Received != 42 {
			t.Errorf("in its second turn: read %d times, %+v", reads, got)
		}
		if got := s.Totals()[moderation.FromMastodon]; got != (Totals{Received: 2, Skipped: 2}) {
			t.Errorf("in all: %+v", got)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestSpendsOnce keeps what was spent when the source is not running.
func TestSpendsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		source := paid{func(context.Context, string, Sink) error {
			return &NeedsAttention{Detail: "The budget is used up.", Err: errors.New("budget")}
		}}
		h := newHouse(t, map[moderation.Source]Factory{
			moderation.FromMastodon: func(moderation.Event, moderation.SourceSetting) (Source, error) { return source, nil }})
		defer h.stop()
		h.set(panel(nil))
		if got := h.one(t); got.State != Failed || got.Used != 7 || got.Money != 0.035 || got.Error != "The budget is used up." {
			t.Errorf("health %+v", got)
		}
		if got := h.Totals()[moderation.FromMastodon]; got.Faults != 1 {
			t.Errorf("totals %+v", got)
		}
		h.set(panel(func(e *moderation.Event) { e.Rev, e.Sources[0].Enabled = 2, false }))
		if got := h.one(t); got.State != Off || got.Used != 7 {
			t.Errorf("switched off: %+v", got)
		}
	})
}
