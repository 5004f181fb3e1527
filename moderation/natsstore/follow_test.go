package natsstore_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/floortest"
	"github.com/openfloor/openfloor/moderation/natsstore"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

var quiet = natsstore.WithLogger(slog.New(slog.DiscardHandler))

// reader follows a store in the background and keeps what it is told.
type reader struct {
	mu       sync.Mutex
	applied  []uint64
	passed   uint64
	caughtUp int
	news     chan struct{}
	done     chan error
}

func follow(t testing.TB, st *natsstore.Store) *reader {
	t.Helper()
	r := &reader{news: make(chan struct{}, 1), done: make(chan error, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	tell := func(change func()) {
		r.mu.Lock()
		defer r.mu.Unlock()
		change()
		select {
		case r.news <- struct{}{}:
		default:
		}
	}
	go func() {
		r.done <- st.Follow(ctx,
			func(rev moderation.Revision) error {
				tell(func() { r.applied = append(r.applied, rev.Seq) })
				return nil
			},
			func(seq uint64) { tell(func() { r.passed = seq }) },
			func() { tell(func() { r.caughtUp++ }) })
		tell(func() {})
	}()
	t.Cleanup(func() {
		cancel()
		<-r.done
	})
	return r
}

// wait returns what was applied once ok says so.
func (r *reader) wait(t testing.TB, ok func() bool) []uint64 {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		r.mu.Lock()
		if ok() {
			defer r.mu.Unlock()
			return slices.Clone(r.applied)
		}
		state := fmt.Sprintf("applied %d, passed %d, caught up %d times", len(r.applied), r.passed, r.caughtUp)
		r.mu.Unlock()
		select {
		case <-r.news:
		case <-deadline:
			t.Fatalf("follow got stuck: %s", state)
		}
	}
}

func (r *reader) until(t testing.TB, seq uint64) []uint64 {
	t.Helper()
	return r.wait(t, func() bool { return r.passed >= seq })
}

// TestFollowAcrossRestarts: while somebody writes, the server goes away three times. What was acknowledged is
// applied, all of it, once and in order.
func TestFollowAcrossRestarts(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	st := srv.Store(t, quiet)
	r := follow(t, st)
	r.wait(t, func() bool { return r.caughtUp == 1 })

	const restarts, each = 3, 40
	var acked []uint64
	for round := range restarts {
		down := make(chan struct{})
		go func() { srv.Restart(); close(down) }()
		for i := range each {
			s := floortest.Submission("e", round*each+i, "x")
			out, err := st.Put(t.Context(), s.ID, moderation.Entry{Submission: &s})
			if err != nil {
				t.Fatalf("put across a restart: %v", err)
			}
			acked = append(acked, out[0].Rev())
		}
		<-down
	}
	last := acked[len(acked)-1]
	if got := r.until(t, last); !slices.Equal(got, acked) {
		t.Errorf("applied %d revisions, acknowledged %d:\n%v\n%v", len(got), len(acked), got, acked)
	}
	if r.caughtUp != 1 {
		t.Errorf("caught up was told %d times, want once", r.caughtUp)
	}
}

// TestFollowWhileTheServerIsAway: it begins without a server, and goes on by itself.
func TestFollowWhileTheServerIsAway(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	st := srv.Store(t, quiet)
	s := floortest.Submission("e", 1, "x")
	a := put(t, st, "1", moderation.Entry{Submission: &s})
	srv.Stop()
	r := follow(t, st)
	srv.Resume()
	r.until(t, a[0].Rev())
}

// TestFollowGoesOnInTheMiddle: the backlog is cut by a restart. Nothing is applied twice, nothing is missing.
func TestFollowGoesOnInTheMiddle(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t, natstest.Fast())
	st := srv.Store(t, quiet)
	const n = 3000
	var last uint64
	for i := range n / 500 {
		var entries []moderation.Entry
		for j := range 500 {
			s := floortest.Submission("e", i*500+j, "x")
			entries = append(entries, moderation.Entry{Submission: &s})
		}
		out := put(t, st, fmt.Sprint(i), entries...)
		last = out[len(out)-1].Rev()
	}
	var got []uint64
	var caughtUp int
	ctx, cancel := context.WithCancel(t.Context())
	err := st.Follow(ctx, func(rev moderation.Revision) error {
		got = append(got, rev.Seq)
		if len(got) == 700 {
			srv.Restart()
		}
		return nil
	}, nil, func() { caughtUp++; cancel() })
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != n || got[n-1] != last || !slices.IsSorted(got) || len(slices.Compact(got)) != n || caughtUp != 1 {
		t.Errorf("applied %d revisions of %d, the last %d of %d, caught up %d times", len(got), n, got[len(got)-1], last, caughtUp)
	}
}

func TestFollowSkipsWhatALaterVersionKeeps(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	st := srv.Store(t)
	js := mustJS(t, srv)
	s := floortest.Submission("e", 1, "x")
	a := put(t, st, "1", moderation.Entry{Submission: &s})[0].Rev()
	later, err := js.Publish(t.Context(), "floor.e.lantern.1", []byte(`{"v":7}`))
	if err != nil {
		t.Fatal(err)
	}
	r := follow(t, st)
	if got := r.until(t, later.Sequence); !slices.Equal(got, []uint64{a}) {
		t.Errorf("applied %v, want %d alone", got, a)
	}
	r.wait(t, func() bool { return r.caughtUp == 1 })
	if later, err = js.Publish(t.Context(), "floor.e.lantern.2", nil); err != nil {
		t.Fatal(err)
	}
	r.until(t, later.Sequence) // live too
}

func TestFollowStopsAtWhatItCannotRead(t *testing.T) {
	t.Parallel()
	id := floortest.Submission("e", 1, "").ID
	for name, c := range map[string]struct{ subject, body string }{
		"an unknown version": {"floor.e.event", `{"v":2,"slug":"e"}`},
		"no JSON":            {"floor.e.submission." + id, `x`},
		"another's body":     {"floor.e.submission." + id, `{"v":1,"id":"` + id + `","event":"f"}`},
		"a bad id":           {"floor.e.submission.x", `{"v":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := natstest.Start(t)
			st := srv.Store(t)
			if _, err := mustJS(t, srv).Publish(t.Context(), c.subject, []byte(c.body)); err != nil {
				t.Fatal(err)
			}
			err := st.Follow(t.Context(), func(moderation.Revision) error { return nil }, nil, nil)
			if !errors.Is(err, natsstore.ErrUnreadable) {
				t.Errorf("follow: error %v, want ErrUnreadable", err)
			}
		})
	}
}

// TestFollowNoticesAnotherStream: FLOOR is deleted and made anew, or has lost its end, while somebody follows.
func TestFollowNoticesAnotherStream(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	st := srv.Store(t, quiet)
	s := floortest.Submission("e", 1, "x")
	a := put(t, st, "1", moderation.Entry{Submission: &s})
	r := follow(t, st)
	r.until(t, a[0].Rev())
	js := mustJS(t, srv)
	if err := js.DeleteStream(t.Context(), "FLOOR"); err != nil {
		t.Fatal(err)
	}
	if err := natsstore.Create(t.Context(), js.Conn(), 1); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-r.done:
		if !errors.Is(err, natsstore.ErrOtherStream) {
			t.Errorf("follow: error %v, want ErrOtherStream", err)
		}
		r.done <- nil // for the clean-up
	case <-time.After(30 * time.Second):
		t.Fatal("follow has not noticed after 30 s")
	}
}

func TestFollowEndsWithTheConnection(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	if err := natsstore.Create(t.Context(), srv.Conn(t), 1); err != nil {
		t.Fatal(err)
	}
	nc := srv.Conn(t)
	st, err := natsstore.Open(t.Context(), nc, quiet)
	if err != nil {
		t.Fatal(err)
	}
	err = st.Follow(t.Context(), func(moderation.Revision) error { return nil }, nil, nc.Close)
	if err == nil {
		t.Error("follow on a closed connection returned nil while its context was not done")
	}
}
