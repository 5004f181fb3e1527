package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"sync"

	"github.com/openfloor/openfloor/moderation"
)

// Config is what a Supervisor needs. All fields are required but Leases and Gallery.
type Config struct {
	Intake    Intake
	Cursors   Cursors
	Factories map[moderation.Source]Factory // by kind; a kind that has none is shown as failed
	Leases    Leases                        // nil: no other process reads any source
	Gallery   *Gallery                      // nil: no pictures of authors are kept
	Log       *slog.Logger
}

// Supervisor runs the sources of all events.
type Supervisor struct {
	intake    Intake
	cursors   Cursors
	factories map[moderation.Source]Factory
	leases    Leases
	gallery   *Gallery
	totals    totals
	log       *slog.Logger
	wake      chan struct{} // holds one where want changed

	mu   sync.Mutex
	want map[string]moderation.Event // by slug, the newest revision
	turn map[renewal]int             // how often Renew was asked for
	runs map[runKey]*run             // of every setting of every event, whether it runs or not
	gone map[runKey]*run             // the last run of a removed setting, which may still be stopping
}

type runKey struct{ event, source string }

// renewal is what Renew was asked for.
type renewal struct {
	event string
	kind  moderation.Source
}

// NewSupervisor returns a Supervisor that runs nothing yet.
func NewSupervisor(c Config) (*Supervisor, error) {
	if c.Intake == nil || c.Cursors == nil || c.Log == nil {
		return nil, errors.New("supervisor: Intake, Cursors and Log are needed")
	}
	return &Supervisor{
		intake: c.Intake, cursors: c.Cursors, factories: c.Factories, leases: c.Leases, gallery: c.Gallery, log: c.Log,
		wake: make(chan struct{}, 1), want: map[string]moderation.Event{}, turn: map[renewal]int{}, runs: map[runKey]*run{}, gone: map[runKey]*run{},
	}, nil
}

// Set says what an event is now: created, changed, closed or reopened. An older revision than the one known is
// ignored. It does not block, may be called before Run and by any number of goroutines.
func (s *Supervisor) Set(e moderation.Event) {
	s.mu.Lock()
	known, ok := s.want[e.Slug]
	if !ok || e.Rev >= known.Rev {
		s.want[e.Slug] = e
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Renew says that the sources of a kind have other credentials for an event now: they are started anew. It does not
// block, may be called before Run and by any number of goroutines.
func (s *Supervisor) Renew(event string, kind moderation.Source) {
	s.mu.Lock()
	s.turn[renewal{event, kind}]++
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run starts, restarts and stops sources as Set says, until ctx ends; then it stops all of them, waits for them
// and returns nil. It is called once.
func (s *Supervisor) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	for {
		s.reconcile(ctx, &running)
		select {
		case <-s.wake:
		case <-ctx.Done():
			return nil
		}
	}
}

// Health returns how each source of an event is doing, in the order of kind and server.
func (s *Supervisor) Health(event string) []Health {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Health
	for k, r := range s.runs {
		if k.event == event {
			out = append(out, r.report())
		}
	}
	slices.SortFunc(out, func(a, b Health) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Server, b.Server))
	})
	return out
}

// Status returns how each source that this process reads is doing, of all events. What another process reads is
// its to tell.
func (s *Supervisor) Status() []moderation.SourceStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []moderation.SourceStatus
	for k, r := range s.runs {
		if h := r.report(); !h.Elsewhere {
			out = append(out, moderation.SourceStatus{Event: k.event, Name: k.source, Rev: s.want[k.event].Rev,
				State: string(h.State), Error: h.Error, NextTryAt: h.NextTryAt, LastPostAt: h.LastPostAt, Received: h.Received,
				Used: h.Used, Money: h.Money})
		}
	}
	slices.SortFunc(out, func(a, b moderation.SourceStatus) int {
		return cmp.Or(cmp.Compare(a.Event, b.Event), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// Totals returns what came in since the Supervisor was made, by kind. The numbers only grow.
func (s *Supervisor) Totals() map[moderation.Source]Totals { return s.totals.all() }

// reconcile makes the runs what the events want. A run that is to change is stopped, and its successor waits for
// it: one source is never read twice at once, and a source that is slow to stop holds up nothing else.
func (s *Supervisor) reconcile(ctx context.Context, running *sync.WaitGroup) {
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted := map[runKey]bool{}
	for slug, e := range s.want {
		for _, setting := range e.Sources {
			key := runKey{slug, SourceName(setting)}
			if wanted[key] {
				continue // the same place twice in one event
			}
			wanted[key] = true
			old, turn := s.runs[key], s.turn[renewal{slug, setting.Kind}]
			if old != nil && old.turn == turn && !old.differs(e, setting) {
				continue
			}
			if old == nil {
				old = s.gone[key]
				delete(s.gone, key)
			}
			r := s.newRun(key, e, setting, old)
			r.turn = turn
			s.runs[key] = r
			if old != nil {
				old.cancel()
			}
			var run context.Context
			run, r.cancel = context.WithCancel(ctx)
			running.Go(func() {
				defer close(r.done)
				if old != nil {
					<-old.done
				}
				r.loop(run)
			})
		}
	}
	for key, r := range s.runs {
		if !wanted[key] {
			r.cancel()
			s.gone[key] = r
			delete(s.runs, key)
			s.log.Info("source removed", "event", key.event, "source", key.source)
		}
	}
}

func (s *Supervisor) newRun(key runKey, e moderation.Event, setting moderation.SourceSetting, old *run) *run {
	r := &run{
		event: e, setting: setting, name: key.source, intake: s.intake, cursors: s.cursors,
		factory: s.factories[setting.Kind], leases: s.leases, gallery: s.gallery, totals: &s.totals, done: make(chan struct{}),
		log: s.log.With("event", key.event, "source", key.source),
	}
	r.health = Health{Kind: setting.Kind, Server: setting.Server, Hashtags: hashtags(e, setting), Enabled: setting.Enabled, State: Off}
	if old != nil {
		h := old.report()
		r.health.LastPostAt, r.health.Received, r.health.Skipped = h.LastPostAt, h.Received, h.Skipped
		r.health.Used, r.health.Money = h.Used, h.Money
	}
	return r
}

// differs reports whether the source has to be started anew for what e and setting say now.
func (r *run) differs(e moderation.Event, setting moderation.SourceSetting) bool {
	return !reflect.DeepEqual(r.setting, setting) || !slices.Equal(hashtags(r.event, r.setting), hashtags(e, setting)) ||
		r.event.Shut != e.Shut || r.event.Mode != e.Mode || !r.event.OpensAt.Equal(e.OpensAt) ||
		!sameTime(r.event.ClosesAt, e.ClosesAt) || !sameTime(r.event.StartsAt, e.StartsAt) || !sameTime(r.event.EndsAt, e.EndsAt)
}

// hashtags returns the tags that a source listens for.
func hashtags(e moderation.Event, setting moderation.SourceSetting) []string {
	if len(setting.Hashtags) > 0 {
		return setting.Hashtags
	}
	return e.Hashtags
}

// errUnsupported is shown for a kind that has no factory.
func errUnsupported(kind moderation.Source) error {
	return &NeedsAttention{Detail: fmt.Sprintf("This server cannot listen to %s. Remove the source, or update the server.", kind)}
}
