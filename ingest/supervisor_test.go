package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// script is a source that does what a test says.
type script func(ctx context.Context, from string, out Sink) error

func (s script) Run(ctx context.Context, from string, out Sink) error { return s(ctx, from, out) }

// ledger is an intake and cursors in memory.
type ledger struct {
	mu      sync.Mutex
	posts   []moderation.Post
	cursors map[string]string
	fail    error
	refuse  string // the key of a post that can never be stored
}

func (l *ledger) SubmitAll(_ context.Context, posts []moderation.Post) []moderation.Submitted {
	out := make([]moderation.Submitted, len(posts))
	for i, p := range posts {
		out[i].Duplicate, out[i].Err = l.submit(p)
	}
	return out
}

func (l *ledger) submit(p moderation.Post) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return false, l.fail
	}
	if p.Key == l.refuse {
		return false, fmt.Errorf("too large: %w", moderation.ErrInvalid)
	}
	for _, q := range l.posts {
		if q.MsgID() == p.MsgID() {
			return true, nil
		}
	}
	l.posts = append(l.posts, p)
	return false, nil
}

func (l *ledger) Cursor(_ context.Context, event, source string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cursors[event+" "+source], l.fail
}

func (l *ledger) SetCursor(_ context.Context, event, source, cursor string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cursors[event+" "+source] = cursor
	return l.fail
}

func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.posts)
}

// house is a supervisor that runs, within a bubble.
type house struct {
	*Supervisor
	led  *ledger
	stop func()
}

func newHouse(t *testing.T, factories map[moderation.Source]Factory) *house {
	t.Helper()
	l := &ledger{cursors: map[string]string{}}
	s, err := NewSupervisor(Config{Intake: l, Cursors: l, Factories: factories, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	return &house{s, l, func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v", err)
		}
	}}
}

func (h *house) set(e moderation.Event) { h.Set(e); synctest.Wait() }

func (h *house) after(d time.Duration) { time.Sleep(d); synctest.Wait() }

// one returns the health of an event's only source.
func (h *house) one(t *testing.T) Health {
	t.Helper()
	all := h.Health("panel")
	if len(all) != 1 {
		t.Fatalf("%d sources, want 1", len(all))
	}
	return all[0]
}

func mastodon(f script) map[moderation.Source]Factory {
	return map[moderation.Source]Factory{
		moderation.FromMastodon: func(moderation.Event, moderation.SourceSetting) (Source, error) { return f, nil },
	}
}

func panel(change func(*moderation.Event)) moderation.Event {
	e := moderation.Event{Slug: "panel", Rev: 1, Hashtags: []string{"x"}, OpensAt: time.Now().Add(-time.Hour),
		Sources: []moderation.SourceSetting{{Kind: moderation.FromMastodon, Server: "https://a.example", Enabled: true}}}
	if change != nil {
		change(&e)
	}
	return e
}

func post(i int) moderation.Post {
	return moderation.Post{Key: fmt.Sprintf("ap:%d", i), Text: fmt.Sprintf("post %d", i)}
}

func wait(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) }

func TestDeliverThenCursor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var from []string
		h := newHouse(t, mastodon(func(ctx context.Context, cursor string, out Sink) error {
			from = append(from, cursor)
			if err := out.Deliver(ctx, []moderation.Post{post(1), post(2), {Key: "ap:no text"}, {Text: "no key"}}, "two"); err != nil {
				return err
			}
			if len(from) == 1 {
				return errors.New("a fault that passes")
			}
			return wait(ctx)
		}))
		defer h.stop()
		h.set(panel(nil))
		if got := h.led.cursors["panel mastodon@a.example"]; got != "two" {
			t.Errorf("cursor %q, want two", got)
		}
		p := h.led.posts[0]
		if p.Event != "panel" || p.Source != moderation.FromMastodon || p.SeenAt.IsZero() || p.PostedAt.IsZero() {
			t.Errorf("post %+v: event, source and times are not filled in", p)
		}
		if s := h.one(t); s.State != BackingOff || s.Received != 2 || s.Skipped != 2 || s.Error != "a fault that passes" || s.NextTryAt.IsZero() {
			t.Errorf("health %+v", s)
		}
		h.after(2 * time.Second)
		if s := h.one(t); s.State != Live || s.Received != 2 || s.Error != "" || !s.NextTryAt.IsZero() {
			t.Errorf("health %+v, want live with nothing received twice", s)
		}
		if len(from) != 2 || from[1] != "two" {
			t.Errorf("started from %q, want the stored cursor at the second time", from)
		}
	})
}

func TestCursorStaysWhereIntakeFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := 0
		h := newHouse(t, mastodon(func(ctx context.Context, from string, out Sink) error {
			n++
			if err := out.Deliver(ctx, []moderation.Post{post(n)}, fmt.Sprint(n)); err != nil {
				return err
			}
			return wait(ctx)
		}))
		defer h.stop()
		h.led.mu.Lock()
		h.led.fail = fmt.Errorf("disk full: %w", moderation.ErrUnavailable)
		h.led.mu.Unlock()
		h.set(panel(nil))
		if s := h.one(t); s.State != BackingOff || strings.Contains(s.Error, "disk") || s.Error == "" {
			t.Errorf("health %+v, want backing off with plain words", s)
		}
		h.led.mu.Lock()
		h.led.fail = nil
		cursor := h.led.cursors["panel mastodon@a.example"]
		h.led.mu.Unlock()
		if cursor != "" || h.led.count() != 0 {
			t.Errorf("cursor %q with %d posts stored", cursor, h.led.count())
		}
		h.after(time.Minute)
		if h.led.count() != 1 || h.one(t).State != Live {
			t.Errorf("%d posts, health %+v; want it to go on when the store is back", h.led.count(), h.one(t))
		}
	})
}

// Sources go by the event's hours, so one that moves is told.
func TestMovedEventRestartsItsSources(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		starts := 0
		h := newHouse(t, mastodon(func(ctx context.Context, _ string, out Sink) error {
			starts++
			out.Alive()
			return wait(ctx)
		}))
		defer h.stop()
		day, later := time.Now().Add(24*time.Hour), time.Now().Add(48*time.Hour)
		for i, change := range []func(*moderation.Event){
			nil,
			func(e *moderation.Event) { e.StartsAt = &day },
			func(e *moderation.Event) { e.StartsAt, e.EndsAt = &day, &later },
			func(e *moderation.Event) { e.StartsAt, e.EndsAt = &later, &later },
		} {
			e := panel(change)
			e.Rev = uint64(i + 1)
			h.set(e)
			if starts != i+1 {
				t.Errorf("started %d times after %d changes of its hours, want once more for each", starts, i)
			}
			e.Rev, e.Title = uint64(i+1), "Another title"
			h.set(e)
			if starts != i+1 {
				t.Errorf("started again for another title")
			}
		}
	})
}

// A post that can never be stored must not hold up those after it.
func TestRefusedPostIsSkipped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, mastodon(func(ctx context.Context, _ string, out Sink) error {
			if err := out.Deliver(ctx, []moderation.Post{post(1), post(2), post(3)}, "three"); err != nil {
				return err
			}
			return wait(ctx)
		}))
		defer h.stop()
		h.led.refuse = "ap:2"
		h.set(panel(nil))
		if s := h.one(t); s.State != Live || s.Received != 2 || s.Skipped != 1 || h.led.cursors["panel mastodon@a.example"] != "three" {
			t.Errorf("health %+v, want the one post skipped and the others received", s)
		}
	})
}

func TestBackoffGrowsAndResets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var health atomic.Int64 // for how many seconds it is live before it fails
		var mu sync.Mutex       // guards starts
		var starts []time.Time
		h := newHouse(t, mastodon(func(_ context.Context, _ string, out Sink) error {
			mu.Lock()
			starts = append(starts, time.Now())
			mu.Unlock()
			if d := time.Duration(health.Load()) * time.Second; d > 0 {
				out.Alive()
				time.Sleep(d)
			}
			return errors.New("down")
		}))
		defer h.stop()
		// waits returns the waits between the tries that begin within d.
		waits := func(d time.Duration) []time.Duration {
			mu.Lock()
			starts = nil
			mu.Unlock()
			h.after(d)
			mu.Lock()
			defer mu.Unlock()
			var out []time.Duration
			for i := 1; i < len(starts); i++ {
				out = append(out, starts[i].Sub(starts[i-1])-time.Duration(health.Load())*time.Second)
			}
			return out
		}
		h.Set(panel(nil))
		first := waits(time.Hour)
		if n := len(first); n < 15 || n > 40 || first[0] > 2*time.Second || slices.Max(first) > longestWait || first[n-1] < longestWait/3 {
			t.Errorf("waits %v, want them to grow from about 1 s to at most 5 min", first)
		}
		health.Store(30)
		if w := waits(time.Hour)[1:]; slices.Min(w) < longestWait/3 {
			t.Errorf("waits %v after half a minute of health each, want long ones", w)
		}
		health.Store(120)
		if w := waits(time.Hour)[1:]; slices.Max(w) > 2*time.Second {
			t.Errorf("waits %v after two minutes of health each, want short ones", w)
		}
	})
}

func TestOrderedWaits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err      error
		state    State
		from, to time.Duration
	}{
		"retry after":   {&RetryAfter{After: 10 * time.Minute, Err: errors.New("429")}, BackingOff, 10 * time.Minute, 11 * time.Minute},
		"wrapped":       {fmt.Errorf("poll: %w", &RetryAfter{After: 10 * time.Minute, Err: errors.New("429")}), BackingOff, 10 * time.Minute, 11 * time.Minute},
		"for ever":      {&RetryAfter{After: 1e6 * time.Hour, Err: errors.New("429")}, BackingOff, time.Hour, 66 * time.Minute},
		"at once":       {&RetryAfter{Err: errors.New("429")}, BackingOff, time.Second, 2 * time.Second},
		"attention":     {&NeedsAttention{Detail: "Set a token.", Err: errors.New("401")}, Failed, failedWait, failedWait + failedWait/10},
		"stopped early": {nil, BackingOff, 0, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var starts atomic.Int64
				h := newHouse(t, mastodon(func(context.Context, string, Sink) error { starts.Add(1); return c.err }))
				defer h.stop()
				h.set(panel(nil))
				s := h.one(t)
				if wait := time.Until(s.NextTryAt); s.State != c.state || s.Error == "" || wait < c.from || wait > c.to {
					t.Errorf("health %+v, next try in %v; want %s and %v to %v", s, wait, c.state, c.from, c.to)
				}
				h.after(c.to)
				if starts.Load() < 2 {
					t.Error("it is not tried again")
				}
			})
		})
	}
}

func TestPanicsStayAtTheSource(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var made atomic.Int64
		h := newHouse(t, map[moderation.Source]Factory{
			moderation.FromMastodon: func(moderation.Event, moderation.SourceSetting) (Source, error) {
				made.Add(1)
				return script(func(context.Context, string, Sink) error {
					var none []int
					return fmt.Errorf("%d", none[made.Load()]) // out of range
				}), nil
			},
			moderation.FromBluesky: func(moderation.Event, moderation.SourceSetting) (Source, error) {
				return script(func(ctx context.Context, _ string, out Sink) error { out.Alive(); return wait(ctx) }), nil
			},
			moderation.FromFeed: func(moderation.Event, moderation.SourceSetting) (Source, error) { panic("secret words") },
		})
		defer h.stop()
		h.set(panel(func(e *moderation.Event) {
			e.Sources = append(e.Sources, moderation.SourceSetting{Kind: moderation.FromBluesky, Enabled: true},
				moderation.SourceSetting{Kind: moderation.FromFeed, Enabled: true})
		}))
		h.after(time.Minute)
		want := map[moderation.Source]State{moderation.FromMastodon: BackingOff, moderation.FromBluesky: Live, moderation.FromFeed: BackingOff}
		for _, s := range h.Health("panel") {
			if s.State != want[s.Kind] || strings.Contains(s.Error, "secret") {
				t.Errorf("%s is %s (%q), want %s", s.Kind, s.State, s.Error, want[s.Kind])
			}
		}
		if n := made.Load(); n < 3 {
			t.Errorf("made %d times: what panicked is not made anew", n)
		}
	})
}

func TestFactoryRefuses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, map[moderation.Source]Factory{
			moderation.FromMastodon: func(moderation.Event, moderation.SourceSetting) (Source, error) {
				return nil, errors.New("Set a hashtag.")
			},
		})
		defer h.stop()
		h.set(panel(func(e *moderation.Event) {
			e.Sources = append(e.Sources, moderation.SourceSetting{Kind: moderation.FromX, Enabled: true})
		}))
		all := h.Health("panel")
		if all[0].State != Failed || all[0].Error != "Set a hashtag." {
			t.Errorf("%+v, want what the factory says", all[0])
		}
		if all[1].State != Failed || !strings.Contains(all[1].Error, "cannot listen to x") {
			t.Errorf("%+v, want it said that there is no such source", all[1])
		}
	})
}

func TestRunsWhileOpen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int64
		h := newHouse(t, mastodon(func(ctx context.Context, _ string, out Sink) error {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			out.Alive()
			err := wait(ctx)
			time.Sleep(3 * time.Second) // slow to stop
			return err
		}))
		defer h.stop()
		state := func(want State, n int64, when string) {
			t.Helper()
			if s := h.one(t); s.State != want || running.Load() != n {
				t.Errorf("%s: %s with %d running, want %s with %d", when, s.State, running.Load(), want, n)
			}
		}
		opens, closes := time.Now().Add(time.Hour), time.Now().Add(3*time.Hour)
		e := panel(func(e *moderation.Event) { e.OpensAt, e.ClosesAt = opens, &closes })
		h.set(e)
		state(Off, 0, "before it opens")
		h.after(time.Hour)
		state(Live, 1, "open")

		e.Rev, e.Title = 2, "A new title"
		h.set(e)
		state(Live, 1, "another title")
		e.Rev, e.Hashtags = 3, []string{"y"}
		h.set(e)
		h.after(3 * time.Second)
		state(Live, 1, "another tag")
		if h.one(t).Hashtags[0] != "y" {
			t.Error("it shows the old tag")
		}
		old := e
		old.Rev, old.Shut = 2, true
		h.set(old)
		state(Live, 1, "an old revision")

		e.Rev, e.Shut = 4, true
		h.set(e)
		h.after(3 * time.Second)
		state(Off, 0, "closed by hand")
		e.Rev, e.Shut = 5, false
		h.set(e)
		state(Live, 1, "reopened")
		e.Rev, e.Sources = 6, []moderation.SourceSetting{{Kind: moderation.FromMastodon, Server: "https://a.example"}}
		h.set(e)
		h.after(3 * time.Second)
		state(Off, 0, "disabled")
		e.Rev, e.Sources = 7, nil
		h.set(e)
		if n := len(h.Health("panel")); n != 0 {
			t.Errorf("%d sources after the last was removed", n)
		}
		e.Rev, e.Sources = 8, panel(nil).Sources
		h.set(e)
		state(Live, 1, "added again")
		e.Rev, e.Sources = 9, nil
		h.set(e)
		e.Rev, e.Sources = 10, panel(nil).Sources
		h.set(e)
		h.after(3 * time.Second)
		state(Live, 1, "removed and added")
		h.after(2 * time.Hour)
		h.after(3 * time.Second)
		state(Off, 0, "after it closed")
		if most.Load() != 1 {
			t.Errorf("%d ran at once", most.Load())
		}
	})
}

func TestManyEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, mastodon(func(ctx context.Context, _ string, out Sink) error {
			if err := out.Deliver(ctx, []moderation.Post{post(1)}, "c"); err != nil {
				return err
			}
			return wait(ctx)
		}))
		defer h.stop()
		for i := range 50 {
			go h.Set(panel(func(e *moderation.Event) { e.Slug = fmt.Sprint("e", i) }))
		}
		h.after(time.Second)
		if n := h.led.count(); n != 50 {
			t.Errorf("%d posts, want the same post once for each of 50 events", n)
		}
		if h.Health("unknown") != nil {
			t.Error("an unknown event has sources")
		}
	})
}

func TestNewSupervisorNeeds(t *testing.T) {
	t.Parallel()
	if _, err := NewSupervisor(Config{}); err == nil {
		t.Error("an empty Config is accepted")
	}
}

func TestSourceName(t *testing.T) {
	t.Parallel()
	for server, want := range map[string]string{
		"": "mastodon", "https://a.example/": "mastodon@a.example", "http://127.0.0.1:80": "mastodon@127.0.0.1:80", "a.example": "mastodon@a.example",
	} {
		if got := SourceName(moderation.SourceSetting{Kind: moderation.FromMastodon, Server: server}); got != want {
			t.Errorf("SourceName of %q = %q, want %q", server, got, want)
		}
	}
}
