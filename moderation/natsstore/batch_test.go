package natsstore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/natsstore"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

func posts(from, to int) []moderation.Post {
	var out []moderation.Post
	for n := from; n < to; n++ {
		out = append(out, post(n))
	}
	return out
}

// TestSubmitAll: what cannot be stored, and what is there already, costs the others nothing, whether INTAKE takes
// batches or was made before it did.
func TestSubmitAll(t *testing.T) {
	t.Parallel()
	for _, batches := range []bool{true, false} {
		t.Run(fmt.Sprint("batches ", batches), func(t *testing.T) {
			t.Parallel()
			srv := natstest.Start(t, natstest.Fast())
			st, js := srv.Store(t), mustJS(t, srv)
			if !batches {
				intake, err := js.Stream(t.Context(), "INTAKE")
				if err != nil {
					t.Fatal(err)
				}
				cfg := intake.CachedInfo().Config
				cfg.AllowAtomicPublish = false
				if _, err := js.UpdateStream(t.Context(), cfg); err != nil {
					t.Fatal(err)
				}
				if st, err = natsstore.Open(t.Context(), srv.Conn(t), quiet); err != nil {
					t.Fatalf("open where INTAKE takes no batches: %v", err)
				}
			}
			submit(t, st, post(2))
			edited, deleted, nowhere, large := post(1), post(1), post(8), post(9)
			edited.Version, deleted.Deleted = "2", true
			nowhere.Source, large.Text = "elsewhere", string(make([]byte, 200<<10))
			for _, c := range []struct {
				name  string
				posts []moderation.Post
				want  string // s stored, d duplicate, i invalid
			}{
				{"none", nil, ""},
				{"one", posts(0, 1), "s"},
				{"one of them known, and one twice", append(posts(0, 4), post(3)), "dsdsd"},
				{"versions of one", []moderation.Post{post(1), edited, deleted, edited}, "dssd"},
				{"some that can never be stored", []moderation.Post{post(5), nowhere, large, post(6)}, "siis"},
				{"nothing but that", []moderation.Post{nowhere, large}, "ii"},
				{"more than go at once", posts(100, 700), string(slices.Repeat([]byte{'s'}, 600))},
				{"all again", posts(100, 700), string(slices.Repeat([]byte{'d'}, 600))},
			} {
				got := ""
				for _, r := range st.SubmitAll(t.Context(), c.posts) {
					switch {
					case errors.Is(r.Err, moderation.ErrInvalid):
						got += "i"
					case r.Err != nil:
						t.Errorf("%s: %v", c.name, r.Err)
					case r.Duplicate:
						got += "d"
					default:
						got += "s"
					}
				}
				if got != c.want {
					t.Errorf("%s: %s, want %s", c.name, got, c.want)
				}
			}
			if got, want := waiting(t, js), uint64(1+1+2+2+2+600); got != want {
				t.Errorf("%d posts in INTAKE, want %d", got, want)
			}
		})
	}
}

// TestSubmitAllInOrder: posts come in as they were submitted, and what arrives while some are handled is handled
// together.
func TestSubmitAllInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := natstest.Start(t)
		st := srv.Store(t, quiet)
		all := posts(0, 1000)
		for _, some := range [][]moderation.Post{all[:10], all} { // then the first batch holds duplicates
			for _, r := range st.SubmitAll(t.Context(), some) {
				if r.Err != nil {
					t.Fatal(r.Err)
				}
			}
		}
		var got []string
		calls := 0
		ctx, cancel := context.WithCancel(t.Context())
		err := st.TakeIn(ctx, func(_ context.Context, posts []moderation.Post) []error {
			time.Sleep(10 * time.Millisecond) // of the bubble
			calls++
			for _, p := range posts {
				got = append(got, p.Key)
			}
			if len(got) >= len(all) {
				cancel()
			}
			return make([]error, len(posts))
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, key := range got {
			if want := all[i].Key; key != want {
				t.Fatalf("post %d is %s, want %s", i, key, want)
			}
		}
		if calls > 50 {
			t.Errorf("%d posts took %d calls, want many posts a call", len(all), calls)
		}
		if left := waiting(t, mustJS(t, srv)); left != 0 {
			t.Errorf("%d posts are left in INTAKE, want 0", left)
		}
	})
}

// TestTakeInSomeFail: of posts that are handled together, those that fail come again and the others do not.
func TestTakeInSomeFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := natstest.Start(t)
		st := srv.Store(t, quiet)
		for _, r := range st.SubmitAll(t.Context(), posts(0, 100)) {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
		}
		k := newTaken()
		failed := map[string]bool{}
		takeIn(t, st, func(_ context.Context, p moderation.Post) error {
			if p.Key[len(p.Key)-1] == '3' && !failed[p.Key] {
				failed[p.Key] = true
				return errors.New("not now")
			}
			k.take(p)
			return nil
		})
		k.wait(t, 100)
		if len(failed) != 10 {
			t.Errorf("%d posts failed, want 10", len(failed))
		}
		for key, times := range k.times {
			if times != 1 {
				t.Errorf("%s was taken in %d times, want once", key, times)
			}
		}
	})
}

// TestSubmitAllWhileAway: batches are submitted while the server is away. What was said to be stored is taken.
func TestSubmitAllWhileAway(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	taking := srv.Store(t, quiet)
	nc := srv.Conn(t)
	st, err := natsstore.Open(t.Context(), nc, quiet)
	if err != nil {
		t.Fatal(err)
	}
	k := newTaken()
	takeIn(t, taking, func(_ context.Context, p moderation.Post) error { k.take(p); return nil })
	const restarts, each = 2, 300
	for round := range restarts {
		away := nc.StatusChanged(nats.RECONNECTING)
		down := make(chan struct{})
		go func() { srv.Restart(); close(down) }()
		<-away
		nc.RemoveStatusListener(away)
		for n := round * each; n < (round+1)*each; n += 50 {
			for i, r := range st.SubmitAll(t.Context(), posts(n, n+50)) {
				if r.Err != nil {
					t.Fatalf("post %d: %v", n+i, r.Err)
				}
			}
		}
		<-down
	}
	k.wait(t, restarts*each)
}

// TestNoBatchesInFloor: an INTAKE without batches is used, a FLOOR without them is refused.
func TestNoBatchesInFloor(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t, natstest.Fast())
	srv.Store(t)
	js := mustJS(t, srv)
	floor, err := js.Stream(t.Context(), "FLOOR")
	if err != nil {
		t.Fatal(err)
	}
	cfg := floor.CachedInfo().Config
	cfg.AllowAtomicPublish = false
	if _, err := js.UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if _, err := natsstore.Open(t.Context(), srv.Conn(t), quiet); !errors.Is(err, natsstore.ErrNoStreams) {
		t.Errorf("open where FLOOR takes no batches: %v, want ErrNoStreams", err)
	}
}

// BenchmarkSubmitAll is what 100 acknowledged posts cost together, synced to disk.
func BenchmarkSubmitAll(b *testing.B) {
	for _, batches := range []bool{true, false} {
		b.Run(map[bool]string{true: "batch", false: "pipeline"}[batches], func(b *testing.B) {
			srv := natstest.Start(b)
			st := srv.Store(b)
			if !batches {
				js := mustJS(b, srv)
				intake, err := js.Stream(b.Context(), "INTAKE")
				if err != nil {
					b.Fatal(err)
				}
				cfg := intake.CachedInfo().Config
				cfg.AllowAtomicPublish = false
				if _, err = js.UpdateStream(b.Context(), cfg); err != nil {
					b.Fatal(err)
				}
				if st, err = natsstore.Open(b.Context(), srv.Conn(b), quiet); err != nil {
					b.Fatal(err)
				}
			}
			b.ResetTimer()
			for i := range b.N {
				for _, r := range st.SubmitAll(b.Context(), posts(100*i, 100*i+100)) {
					if r.Err != nil {
						b.Fatal(r.Err)
					}
				}
			}
			b.ReportMetric(float64(100*b.N)/b.Elapsed().Seconds(), "posts/s")
		})
	}
}

// TestSubmitTogether: what many submit at once goes in a few batches, and each is told of its own.
func TestSubmitTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := natstest.Start(t)
		st := srv.Store(t, quiet)
		published := counted(t, srv, "intake.>")
		submit(t, st, post(7))
		const n = 500
		results := make([]moderation.Submitted, n)
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() {
				p := post(i)
				if i == 9 {
					p.Source = "elsewhere"
				}
				results[i].Duplicate, results[i].Err = st.Submit(t.Context(), p)
			})
		}
		gaveUp, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := st.Submit(gaveUp, post(n)); err != nil && !errors.Is(err, moderation.ErrUnavailable) {
			t.Errorf("a caller that gave up gets %v, want ErrUnavailable, or nothing", err)
		}
		all.Wait()
		for i, r := range results {
			if errors.Is(r.Err, moderation.ErrInvalid) != (i == 9) || r.Err != nil && i != 9 || r.Duplicate != (i == 7) {
				t.Errorf("post %d: %+v", i, r)
			}
		}
		if left := waiting(t, mustJS(t, srv)); left < n-1 || left > n {
			t.Errorf("%d posts in INTAKE, want %d, or %d with the one given up", left, n-1, n)
		}
		if got := published(); got > 3*n {
			t.Errorf("%d messages published for %d posts", got, n)
		}
		time.Sleep(time.Second) // of the bubble: nats-server tidies up after a batch that it refused
	})
}
