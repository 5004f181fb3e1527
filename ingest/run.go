package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/openfloor/openfloor/moderation"
)

// How long a source waits before it is tried again.
const (
	firstWait   = time.Second
	longestWait = 5 * time.Minute
	healthy     = time.Minute      // only who was live for so long starts at firstWait again
	failedWait  = 15 * time.Minute // somebody has to do something: perhaps they have
	orderedMost = time.Hour        // the longest wait that another side can order
)

var (
	errStopped = errors.New("the source stopped by itself")
	errPanic   = errors.New("the source broke on what it received")
	errStore   = errors.New("what came in cannot be stored now")
)

// run is one source of one event, from one Set to the next. Only loop's goroutine calls the Source.
type run struct {
	event   moderation.Event
	setting moderation.SourceSetting
	turn    int // of its Renew
	name    string
	intake  Intake
	cursors Cursors
	factory Factory
	leases  Leases   // nil: nobody else reads it
	gallery *Gallery // nil: no pictures of authors
	totals  *totals
	log     *slog.Logger
	cancel  context.CancelFunc
	done    chan struct{} // closed when loop has returned

	cursor string // as stored; of loop's goroutine

	mu      sync.Mutex
	health  Health
	since   time.Time // when it became live; zero: it is not
	spender Spender   // nil: it costs nothing, or is not running
}

var _ Sink = (*run)(nil)

func (r *run) report() Health {
	r.mu.Lock()
	h, spender := r.health, r.spender
	r.mu.Unlock()
	if spender != nil { // asked without the lock: it may be waiting for us with one of its own
		h.Used, h.Money = spender.Spent()
	}
	return h
}

// spends says which source is running; nil: none.
func (r *run) spends(s Source) {
	h := r.report()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.health.Used, r.health.Money = h.Used, h.Money
	r.spender, _ = s.(Spender)
}

func (r *run) update(f func(*Health)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(&r.health)
}

// loop runs the source while its event is open, again and again, and watches what is shown of it from then on, until
// ctx ends.
func (r *run) loop(ctx context.Context) {
	if !r.setting.Enabled || !r.event.Shut && !sleep(ctx, time.Until(r.event.OpensAt)) {
		return
	}
	defer r.idle(false)
	var source Source
	if r.closed() && !r.watches(&source) {
		return
	}
	if r.leases == nil {
		r.live(ctx, &source)
		return
	}
	r.idle(true)
	r.leases.Hold(ctx, r.event.Slug, r.name, r.note, func(ctx context.Context, last string) {
		r.takeOver(last)
		r.update(func(h *Health) { h.Elsewhere = false })
		defer r.idle(true)
		r.live(ctx, &source)
	})
}

// closed reports whether the event has closed.
func (r *run) closed() bool {
	return r.event.Shut || r.event.ClosesAt != nil && !time.Now().Before(*r.event.ClosesAt)
}

// idle says that nothing is read here; elsewhere: another process may do so.
func (r *run) idle(elsewhere bool) {
	state := Off
	if elsewhere && !r.closed() {
		state = Connecting
	}
	r.update(func(h *Health) { h.State, h.NextTryAt, h.Error, h.Elsewhere = state, time.Time{}, "", elsewhere })
}

// live reads the source until its event closes, and then watches it.
func (r *run) live(ctx context.Context, source *Source) {
	if !r.closed() {
		open, cancel := ctx, context.CancelFunc(func() {})
		if r.event.ClosesAt != nil {
			open, cancel = context.WithDeadline(ctx, *r.event.ClosesAt)
		}
		r.read(open, source)
		cancel()
		if ctx.Err() == nil {
			r.idle(false)
		}
	}
	if ctx.Err() == nil && r.watches(source) {
		r.watch(ctx, source)
	}
}

// watches reports whether the source can look again at what is shown, and makes it where there is none.
func (r *run) watches(source *Source) (watches bool) {
	if *source == nil && r.factory != nil {
		// What is wrong with a setting was said while the event was open.
		*source, _ = r.factory(r.event, r.setting)
	}
	_, watches = (*source).(Watcher)
	return watches
}

// read runs the source again and again until ctx ends.
func (r *run) read(ctx context.Context, source *Source) {
	waits := newWaits()
	r.log.Info("source started")
	defer r.spends(nil)
	for ctx.Err() == nil {
		r.update(func(h *Health) { h.State, h.NextTryAt = Connecting, time.Time{} })
		err := r.once(ctx, source)
		if ctx.Err() != nil {
			break
		}
		r.mu.Lock()
		if !r.since.IsZero() && time.Since(r.since) >= healthy {
			waits.Reset()
		}
		r.since = time.Time{}
		r.mu.Unlock()
		state, wait := r.pause(err, waits)
		r.totals.add(r.setting.Kind, Totals{Faults: 1})
		r.update(func(h *Health) {
			h.State, h.NextTryAt, h.Error = state, time.Now().Add(wait), words(err)
		})
		r.log.Warn("source waits", "state", string(state), "wait", wait, "error", words(err))
		if !r.wait(ctx, state, wait, source) {
			break
		}
	}
	r.log.Info("source stopped", "cause", context.Cause(ctx))
}

// wait waits and reports whether ctx is still alive. While somebody has to do something, what is shown is watched.
func (r *run) wait(ctx context.Context, state State, d time.Duration, source *Source) bool {
	if _, watches := (*source).(Watcher); state == Failed && watches {
		waiting, cancel := context.WithTimeout(ctx, d)
		r.watch(waiting, source)
		cancel()
		return ctx.Err() == nil
	}
	return sleep(ctx, d)
}

// watch has the source look at what is shown, again and again until ctx ends. Its state stays as it is.
func (r *run) watch(ctx context.Context, source *Source) {
	waits := newWaits()
	for ctx.Err() == nil {
		r.spends(*source)
		err := r.guarded(source, func() error {
			from, err := r.from(ctx)
			if err != nil {
				return err
			}
			w, ok := (*source).(Watcher)
			if !ok {
				return errStopped // its maker changed its mind
			}
			return w.Watch(ctx, from, watching{r})
		})
		r.spends(nil)
		if ctx.Err() != nil {
			return
		}
		_, wait := r.pause(err, waits)
		r.log.Warn("what is shown is not watched", "wait", wait, "error", words(err))
		r.update(func(h *Health) { h.Error = words(err) })
		if !sleep(ctx, wait) || !r.watches(source) {
			return
		}
	}
}

// watching is the sink of a source that watches: what it delivers does not make it live.
type watching struct{ *run }

// Deliver implements Sink.
func (w watching) Deliver(ctx context.Context, posts []moderation.Post, cursor string) error {
	return w.deliver(ctx, posts, cursor)
}

// Alive implements Sink.
func (w watching) Alive() {
	w.update(func(h *Health) {
		if h.State == Off {
			h.Error = ""
		}
	})
}

func newWaits() *backoff.ExponentialBackOff {
	waits := backoff.NewExponentialBackOff()
	waits.InitialInterval, waits.Multiplier, waits.MaxInterval = firstWait, 2, longestWait
	return waits
}

// pause returns the state after err and how long to wait.
func (r *run) pause(err error, waits *backoff.ExponentialBackOff) (State, time.Duration) {
	if _, ok := errors.AsType[*NeedsAttention](err); ok {
		return Failed, jitter(failedWait)
	}
	if e, ok := errors.AsType[*RetryAfter](err); ok {
		return BackingOff, jitter(min(max(e.After, firstWait), orderedMost))
	}
	return BackingOff, min(waits.NextBackOff(), longestWait)
}

// once makes the source where there is none and runs it once.
func (r *run) once(ctx context.Context, source *Source) error {
	return r.guarded(source, func() error {
		if r.factory == nil {
			return errUnsupported(r.setting.Kind)
		}
		if *source == nil {
			made, err := r.factory(r.event, r.setting)
			if err != nil {
				return &NeedsAttention{Detail: err.Error(), Err: err}
			}
			*source = made
		}
		r.spends(*source)
		from, err := r.from(ctx)
		if err != nil {
			return err
		}
		if err := (*source).Run(ctx, from, r); err != nil {
			return err
		}
		return errStopped
	})
}

// from returns the cursor to begin at.
func (r *run) from(ctx context.Context) (string, error) {
	from, err := r.cursors.Cursor(ctx, r.event.Slug, r.name)
	if err != nil {
		return "", fmt.Errorf("read the cursor: %w: %w", errStore, err)
	}
	r.cursor = from
	return from, nil
}

// guarded calls f and turns a panic into an error; the source is then made anew.
func (r *run) guarded(source *Source, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			// What was panicked with may quote a post, so only the runtime's own words are logged.
			cause := fmt.Sprintf("%T", v)
			if e, ok := v.(runtime.Error); ok {
				cause = e.Error()
			}
			r.log.Error("source panicked", "cause", cause, "stack", string(debug.Stack()))
			*source, err = nil, errPanic
		}
	}()
	return f()
}

// Deliver implements Sink.
func (r *run) Deliver(ctx context.Context, posts []moderation.Post, cursor string) error {
	if err := r.deliver(ctx, posts, cursor); err != nil {
		return err
	}
	r.Alive()
	return nil
}

// deliver stores posts, and then the cursor.
func (r *run) deliver(ctx context.Context, posts []moderation.Post, cursor string) error {
	tidied := make([]moderation.Post, 0, len(posts))
	for _, p := range posts {
		p.Event = r.event.Slug
		if p.Source == "" {
			p.Source = r.setting.Kind
		}
		p, err := Tidy(p, time.Now())
		if err != nil {
			r.log.Debug("post skipped", "error", err)
			r.Skipped(1)
			continue
		}
		tidied = append(tidied, p)
	}
	r.gallery.Hang(ctx, tidied)
	if err := r.submit(ctx, tidied); err != nil {
		return err
	}
	if cursor != "" && cursor != r.cursor {
		if err := r.cursors.SetCursor(ctx, r.event.Slug, r.name, cursor); err != nil {
			return fmt.Errorf("store the cursor: %w: %w", errStore, err)
		}
		r.cursor = cursor
	}
	return nil
}

// submit stores posts and counts them. The error is the first of those that may be stored at another time.
func (r *run) submit(ctx context.Context, posts []moderation.Post) (failed error) {
	if len(posts) == 0 {
		return nil
	}
	stored, refused := 0, 0
	for i, done := range r.intake.SubmitAll(ctx, posts) {
		switch {
		case errors.Is(done.Err, moderation.ErrInvalid):
			r.log.Warn("post refused", "post", posts[i])
			refused++
		case done.Err != nil && failed == nil:
			failed = fmt.Errorf("submit %s: %w: %w", posts[i].ID(), errStore, done.Err)
		case done.Err == nil && !done.Duplicate:
			stored++
		}
	}
	if refused > 0 {
		r.Skipped(refused)
	}
	if stored > 0 {
		r.update(func(h *Health) { h.Received, h.LastPostAt = h.Received+stored, time.Now() })
		r.totals.add(r.setting.Kind, Totals{Received: stored})
	}
	return failed
}

// Alive implements Sink.
func (r *run) Alive() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.since.IsZero() {
		r.since = time.Now()
	}
	r.health.State, r.health.NextTryAt, r.health.Error = Live, time.Time{}, ""
}

// Skipped implements Sink.
func (r *run) Skipped(n int) {
	r.update(func(h *Health) { h.Skipped += n })
	r.totals.add(r.setting.Kind, Totals{Skipped: n})
}

// words returns what organisers are told about err. No source puts what it received into an error.
func words(err error) string {
	if errors.Is(err, errStore) {
		return "What came in cannot be stored now. It is fetched again as soon as the store answers."
	}
	s := err.Error()
	if r := []rune(s); len(r) > 300 {
		s = string(r[:300]) + "…"
	}
	return s
}

// jitter returns d and up to a tenth more, so that many who were told the same time do not come at once.
func jitter(d time.Duration) time.Duration { return d + rand.N(d/10+1) }

// sleep waits and reports whether ctx is still alive.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	return Sleep(ctx, d) == nil
}

func sameTime(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}
