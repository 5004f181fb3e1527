package natsstore_test

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/floortest"
	"github.com/openfloor/openfloor/moderation/natsstore"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

// TestRaceOverTwoProcesses: eight writers on two connections, on 100 submissions at once.
func TestRaceOverTwoProcesses(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t, natstest.Fast())
	stores := []*natsstore.Store{srv.Store(t), srv.Store(t)}
	const subjects, writers = 100, 8
	var won [subjects]atomic.Int32
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for n := range subjects {
				s := floortest.Submission("e", n, fmt.Sprint(w))
				_, err := stores[w%2].Put(t.Context(), fmt.Sprintf("%d by %d", n, w), moderation.Entry{Submission: &s})
				switch {
				case err == nil:
					won[n].Add(1)
				case !errors.Is(err, moderation.ErrStale):
					t.Errorf("submission %d, writer %d: error %v, want ErrStale", n, w, err)
				}
			}
		})
	}
	wg.Wait()
	for n := range won {
		if got := won[n].Load(); got != 1 {
			t.Errorf("submission %d was won %d times, want once", n, got)
		}
	}
}

// TestManyBatchesAtOnce: more batches under way than the server takes of one stream at once, here 4 rather than 50.
func TestManyBatchesAtOnce(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t, natstest.Fast(), natstest.With(func(o *server.Options) { o.JetStreamLimits.MaxBatchInflightPerStream = 4 }))
	stores := []*natsstore.Store{srv.Store(t), srv.Store(t)}
	var wg sync.WaitGroup
	const batches = 48
	for i := range batches {
		wg.Go(func() {
			a, b := floortest.Submission("e", 2*i, "a"), floortest.Submission("e", 2*i+1, "b")
			out, err := stores[i%len(stores)].Put(t.Context(), fmt.Sprint(i), moderation.Entry{Submission: &a}, moderation.Entry{Submission: &b})
			if err != nil || out[1].Rev() != out[0].Rev()+1 {
				t.Errorf("batch %d: %v, %v", i, out, err)
			}
		})
	}
	wg.Wait()
	if last, err := stores[0].Last(t.Context()); err != nil || last != 2*batches {
		t.Errorf("last = %d, %v; want %d", last, err, 2*batches)
	}
}

// deafProvider makes in-process connections that can be made deaf: what the server sends no longer arrives, until
// they are cut.
type deafProvider struct {
	srv   *natstest.Server
	mu    sync.Mutex
	conns []*deafConn
}

type deafConn struct {
	net.Conn
	deaf atomic.Bool
}

func (p *deafProvider) InProcessConn() (net.Conn, error) {
	c, err := p.srv.InProcessConn()
	if err != nil {
		return nil, err
	}
	d := &deafConn{Conn: c}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns = append(p.conns, d)
	return d, nil
}

func (c *deafConn) Read(b []byte) (int, error) {
	for {
		n, err := c.Conn.Read(b)
		if err != nil || !c.deaf.Load() {
			return n, err
		}
	}
}

func (p *deafProvider) deafen() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.deaf.Store(true)
	}
}

func (p *deafProvider) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

// TestLostAcknowledgement: the store has taken the put, and the connection breaks before its answer arrives. The
// retry reads as a conflict, and is known for our own.
func TestLostAcknowledgement(t *testing.T) {
	t.Parallel()
	one, two := floortest.Submission("e", 1, "a"), floortest.Submission("e", 2, "b")
	for name, entries := range map[string][]moderation.Entry{
		"one":   {{Submission: &one}},
		"batch": {{Submission: &one}, {Submission: &two}, {Stage: &moderation.Stage{Event: "e", Now: one.ID}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := natstest.Start(t)
			watcher := srv.Store(t)
			p := &deafProvider{srv: srv}
			nc := srv.Conn(t, nats.InProcessServer(p))
			st, err := natsstore.Open(t.Context(), nc)
			if err != nil {
				t.Fatal(err)
			}
			r := follow(t, watcher)
			r.wait(t, func() bool { return r.caughtUp == 1 })
			p.deafen()
			type result struct {
				out []moderation.Entry
				err error
			}
			done := make(chan result, 1)
			go func() {
				out, err := st.Put(t.Context(), "op", entries...)
				done <- result{out, err}
			}()
			r.until(t, uint64(len(entries))) // stored, and the one who put it does not know
			p.cut()
			got := <-done
			if got.err != nil {
				t.Fatalf("put with its acknowledgement lost: %v", got.err)
			}
			for i, e := range got.out {
				if e.Rev() != uint64(i+1) {
					t.Errorf("entry %d has revision %d, want %d", i, e.Rev(), i+1)
				}
			}
			if last, err := watcher.Last(t.Context()); err != nil || last != uint64(len(entries)) {
				t.Errorf("last = %d, %v; want %d: nothing is stored twice", last, err, len(entries))
			}
		})
	}
}

// TestUnavailable: without a server every call ends with ErrUnavailable, within about the five seconds promised.
func TestUnavailable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := natstest.Start(t)
		st := srv.Store(t)
		srv.Stop()
		ctx := t.Context()
		s := floortest.Submission("e", 1, "a")
		post := moderation.Post{Event: "e", Source: moderation.FromForm, Key: "form:1"}
		zero := uint64(0)
		for name, call := range map[string]func() error{
			"put":       func() error { _, err := st.Put(ctx, "op", moderation.Entry{Submission: &s}); return err },
			"history":   func() error { _, err := st.History(ctx, "e", s.ID); return err },
			"newest":    func() error { _, err := st.NewestSubmission(ctx, "e", s.ID); return err },
			"last":      func() error { _, err := st.Last(ctx); return err },
			"erase":     func() error { return st.Erase(ctx, "e", s.ID, 1) },
			"submit":    func() error { _, err := st.Submit(ctx, post); return err },
			"putAccess": func() error { _, err := st.PutAccess(ctx, "k", []byte("x"), &zero); return err },
			"getAccess": func() error { _, _, err := st.GetAccess(ctx, "k"); return err },
			"cursor":    func() error { _, err := st.Cursor(ctx, "e", "x"); return err },
		} {
			begun := time.Now()
			err := call()
			if took := time.Since(begun); !errors.Is(err, moderation.ErrUnavailable) || took > 7*time.Second {
				t.Errorf("%s without a server: error %v after %v, want ErrUnavailable within 7 s", name, err, took)
			}
		}
	})
}

func TestPutRefusesWhatIsTooLarge(t *testing.T) {
	t.Parallel()
	st := natstest.Store(t)
	s := floortest.Submission("e", 1, string(make([]byte, 600<<10)))
	if _, err := st.Put(t.Context(), "op", moderation.Entry{Submission: &s}); !errors.Is(err, moderation.ErrInvalid) {
		t.Errorf("put 600 KiB: error %v, want ErrInvalid", err)
	}
}
