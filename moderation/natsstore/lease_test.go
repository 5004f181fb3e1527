package natsstore_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/natsstore"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

// leaseEvery is short, so that tests need not wait; the proportions are those of the real one.
const leaseEvery = 200 * time.Millisecond

// readers counts who reads at the same time.
type readers struct {
	now, most atomic.Int32
	began     chan string // who begins, and with which note
}

func newReaders() *readers { return &readers{began: make(chan string, 100)} }

// read is a reader that reads until it is told to stop.
func (r *readers) read(name string) func(context.Context, string) {
	return func(ctx context.Context, last string) {
		if n := r.now.Add(1); n > r.most.Load() {
			r.most.Store(n)
		}
		r.began <- name + " after " + last
		<-ctx.Done()
		r.now.Add(-1)
	}
}

func (r *readers) next(t *testing.T) string {
	t.Helper()
	select {
	case s := <-r.began:
		return s
	case <-time.After(20 * time.Second):
		t.Fatal("nobody reads the source")
		return ""
	}
}

// hold holds a lease until the returned function is called.
func hold(t *testing.T, s *natsstore.Store, name string, r *readers) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		natsstore.NewLeases(s, name, leaseEvery).Hold(ctx, "panel", "mastodon@a.example", func() string { return "note of " + name }, r.read(name))
	}()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

func TestLeaseIsHandedOn(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t, natstest.Fast())
	r := newReaders()
	stopOne := hold(t, srv.Store(t), "one", r)
	if got := r.next(t); got != "one after " {
		t.Fatalf("the first reader is %q", got)
	}
	stopTwo := hold(t, srv.Store(t), "two", r)
	stopThree := hold(t, srv.Store(t), "three", r)
	time.Sleep(6 * leaseEvery) // longer than an unrenewed lease lasts
	if len(r.began) > 0 {
		t.Fatalf("while one reads, %s begins", <-r.began)
	}
	begun := time.Now()
	stopOne()
	next := r.next(t)
	if next != "two after note of one" && next != "three after note of one" {
		t.Errorf("the next reader is %q, want one that knows the note", next)
	}
	if took := time.Since(begun); took > 5*leaseEvery { // less than an unrenewed lease lasts
		t.Errorf("what was given back is taken after %v", took)
	}
	stopTwo()
	stopThree()
	if r.most.Load() != 1 || r.now.Load() != 0 {
		t.Errorf("%d read at once, %d still do; want 1 and 0", r.most.Load(), r.now.Load())
	}
}

// TestLeaseOfTheDead lets a process die without a word: it stops reading before another begins, and another begins
// in time.
func TestLeaseOfTheDead(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t, natstest.Fast())
	heir, conn := srv.Store(t), srv.Conn(t)
	dead, err := natsstore.Open(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	r := newReaders()
	hold(t, dead, "dead", r)
	r.next(t)
	hold(t, heir, "heir", r)
	time.Sleep(3 * leaseEvery)
	died := time.Now()
	conn.Close()
	if got := r.next(t); got != "heir after note of dead" {
		t.Errorf("the next reader is %q", got)
	}
	// At the real pace: within 10 s, of 2 s a renewal.
	if took := time.Since(died); took > 5*leaseEvery+time.Second {
		t.Errorf("it took %v, %.1f renewals", took, float64(took)/float64(leaseEvery))
	}
	if r.most.Load() != 1 {
		t.Error("both read at once")
	}
}

func TestLeaseOfOneThatEnds(t *testing.T) {
	t.Parallel()
	st := natstest.Store(t, natstest.Fast())
	l := natsstore.NewLeases(st, "one", leaseEvery)
	for i := range 3 {
		l.Hold(t.Context(), "panel", "x", func() string { return fmt.Sprint("run ", i) }, func(_ context.Context, last string) {
			if want := fmt.Sprint("run ", i-1); i > 0 && last != want {
				t.Errorf("run %d begins after %q, want %q", i, last, want)
			}
		})
	}
}

// network is a source whose posts are numbered; any process may read it, from the cursor on.
type network struct {
	mu     sync.Mutex
	posts  int
	at     int // readers at the same time
	doubly bool
}

func (n *network) more() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.posts++
}

func (n *network) enter(by int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.at += by
	n.doubly = n.doubly || n.at > 1
}

// Run implements ingest.Source.
func (n *network) Run(ctx context.Context, from string, out ingest.Sink) error {
	n.enter(1)
	defer n.enter(-1)
	next := 0
	_, _ = fmt.Sscan(from, &next)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		n.mu.Lock()
		have := n.posts
		n.mu.Unlock()
		for ; next < have; next++ {
			post := moderation.Post{Key: fmt.Sprint("ap:", next), Text: fmt.Sprint("post ", next)}
			if err := out.Deliver(ctx, []moderation.Post{post}, fmt.Sprint(next+1)); err != nil {
				return err
			}
		}
		out.Alive()
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// worker is an ingest process.
type worker struct {
	*ingest.Supervisor
	conn *nats.Conn
	kill func()
}

func startWorker(t *testing.T, srv *natstest.Server, name string, n *network) *worker {
	t.Helper()
	conn := srv.Conn(t)
	store, err := natsstore.Open(t.Context(), conn, natsstore.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	s, err := ingest.NewSupervisor(ingest.Config{Intake: store, Cursors: store, Log: slog.New(slog.DiscardHandler),
		Leases: natsstore.NewLeases(store, name, leaseEvery),
		Factories: map[moderation.Source]ingest.Factory{moderation.FromMastodon: func(moderation.Event, moderation.SourceSetting) (ingest.Source, error) {
			return n, nil
		}}})
	if err != nil {
		t.Fatal(err)
	}
	s.Set(moderation.Event{Slug: "panel", Rev: 1, OpensAt: time.Now().Add(-time.Hour),
		Sources: []moderation.SourceSetting{{Kind: moderation.FromMastodon, Server: "https://a.example", Enabled: true}}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.Run(ctx); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}()
	w := &worker{s, conn, func() { conn.Close(); cancel(); <-done }} // what it would still say, nobody hears
	t.Cleanup(w.kill)
	return w
}

// reads reports whether it is this worker that reads the source.
func (w *worker) reads() bool {
	return len(w.Status()) == 1 && w.Status()[0].State == string(ingest.Live)
}

// TestKilledWorker kills the worker that holds a source in the middle of a burst: the other one goes on from the
// cursor, nothing is lost or doubled, and never do both read.
func TestKilledWorker(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t, natstest.Fast())
	store, n := srv.Store(t), &network{}
	var mu sync.Mutex
	taken := map[string]int{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = store.TakeIn(ctx, each(func(_ context.Context, p moderation.Post) error {
			mu.Lock()
			defer mu.Unlock()
			taken[p.Key]++
			return nil
		}))
	}()
	t.Cleanup(func() { cancel(); <-done })
	workers := []*worker{startWorker(t, srv, "one", n), startWorker(t, srv, "two", n)}
	const posts = 1000
	pace := time.NewTicker(2 * time.Millisecond)
	defer pace.Stop()
	killed := false
	for range posts {
		<-pace.C
		n.more()
		if i := slices.IndexFunc(workers, (*worker).reads); i >= 0 && !killed && n.posts > posts/4 {
			workers[i].kill()
			workers = slices.Delete(workers, i, i+1)
			killed = true
		}
	}
	if !killed {
		t.Fatal("nobody read the source")
	}
	deadline := time.Now().Add(20 * time.Second)
	for {
		mu.Lock()
		count := len(taken)
		mu.Unlock()
		if count == posts {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d posts came in", count, posts)
		}
		<-pace.C
	}
	mu.Lock()
	defer mu.Unlock()
	for key, times := range taken {
		if times != 1 {
			t.Errorf("%s came in %d times", key, times)
		}
	}
	if n.doubly {
		t.Error("both workers read at once")
	}
	if got := workers[0].Status(); len(got) != 1 || got[0].Received < posts/2 {
		t.Errorf("the survivor reports %+v; want the counts to go on", got)
	}
}
