package natsstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/natsstore"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

func post(n int) moderation.Post {
	return moderation.Post{Event: "e", Source: moderation.FromForm, Key: fmt.Sprintf("form:%d", n), Text: "x"}
}

// taken counts what was taken in, by key.
type taken struct {
	mu    sync.Mutex
	times map[string]int
	news  chan struct{}
}

func newTaken() *taken { return &taken{times: map[string]int{}, news: make(chan struct{}, 1)} }

func (k *taken) take(p moderation.Post) (times int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.times[p.Key]++
	select {
	case k.news <- struct{}{}:
	default:
	}
	return k.times[p.Key]
}

// wait returns once n different posts were taken.
func (k *taken) wait(t testing.TB, n int) {
	t.Helper()
	deadline := time.After(2 * time.Minute)
	for {
		k.mu.Lock()
		got := len(k.times)
		k.mu.Unlock()
		if got >= n {
			return
		}
		select {
		case <-k.news:
		case <-deadline:
			t.Fatalf("%d of %d posts taken in", got, n)
		}
	}
}

// each makes a handler of all posts out of one of a single post.
func each(handle func(context.Context, moderation.Post) error) func(context.Context, []moderation.Post) []error {
	return func(ctx context.Context, posts []moderation.Post) []error {
		errs := make([]error, len(posts))
		for i, p := range posts {
			errs[i] = handle(ctx, p)
		}
		return errs
	}
}

// takeIn runs TakeIn until stop is called, or the test ends.
func takeIn(t testing.TB, st *natsstore.Store, handle func(context.Context, moderation.Post) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- st.TakeIn(ctx, each(handle)) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("take in returned %v once its context was done, want nil", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func waiting(t testing.TB, js jetstream.JetStream) uint64 {
	t.Helper()
	st, err := js.Stream(t.Context(), "INTAKE")
	if err != nil {
		t.Fatal(err)
	}
	return st.CachedInfo().State.Msgs
}

func submit(t testing.TB, st *natsstore.Store, p moderation.Post) {
	t.Helper()
	if _, err := st.Submit(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}

func TestSubmit(t *testing.T) {
	t.Parallel()
	st := natstest.Store(t)
	edited, deleted, odd := post(1), post(1), post(1)
	edited.Version, deleted.Deleted, odd.Version = "2", true, "ü\r\n"
	for _, c := range []struct {
		name string
		post moderation.Post
		want bool
	}{
		{"a first sight", post(1), false}, {"the same again", post(1), true},
		{"an edit", edited, false}, {"the edit again", edited, true},
		{"a deletion", deleted, false}, {"the deletion again", deleted, true},
		{"an odd version", odd, false}, {"the odd version again", odd, true},
	} {
		if duplicate, err := st.Submit(t.Context(), c.post); err != nil || duplicate != c.want {
			t.Errorf("submit %s: duplicate %t, %v; want %t", c.name, duplicate, err, c.want)
		}
	}
	nowhere, large := post(2), post(3)
	nowhere.Source = "elsewhere"
	large.Text = string(make([]byte, 200<<10))
	for name, p := range map[string]moderation.Post{"a source that is none": nowhere, "200 KiB": large} {
		if _, err := st.Submit(t.Context(), p); !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("submit %s: error %v, want ErrInvalid", name, err)
		}
	}
}

func TestTakeIn(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	st := srv.Store(t)
	js := mustJS(t, srv)
	submit(t, st, post(1))
	k := newTaken()
	stop := takeIn(t, st, func(_ context.Context, p moderation.Post) error { k.take(p); return nil })
	k.wait(t, 1)
	submit(t, st, post(2))
	k.wait(t, 2)
	stop()
	if left := waiting(t, js); left != 0 {
		t.Errorf("%d posts are left in INTAKE, want 0", left)
	}
	takeIn(t, st, func(_ context.Context, p moderation.Post) error { k.take(p); return nil })
	submit(t, st, post(3))
	k.wait(t, 3)
	for key, times := range k.times {
		if times != 1 {
			t.Errorf("%s was taken in %d times, want once", key, times)
		}
	}
}

// TestTakeInAgain: what the handler refuses comes again after growing pauses, and the rest is not held up.
func TestTakeInAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := natstest.Start(t)
		st := srv.Store(t, quiet)
		for n := range 3 {
			submit(t, st, post(n))
		}
		k := newTaken()
		var tries []time.Time
		takeIn(t, st, func(_ context.Context, p moderation.Post) error {
			if p.Key == "form:0" && len(tries) < 9 {
				tries = append(tries, time.Now())
				return errors.New("not now")
			}
			k.take(p)
			return nil
		})
		k.wait(t, 3)
		for i := 1; i < len(tries); i++ {
			most := min(natsstoreRedeliver<<(i-1), 10*time.Second)
			if pause := tries[i].Sub(tries[i-1]); pause < most/2 || pause > most+2*time.Second {
				t.Errorf("pause %d is %v, want about %v to %v", i, pause, most/2, most)
			}
		}
	})
}

const natsstoreRedeliver = 200 * time.Millisecond // as TakeIn documents in its package

// TestTakeInAfterADeath: a process that dies with posts in hand acknowledges none of them, and another gets them.
func TestTakeInAfterADeath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := natstest.Start(t)
		st := srv.Store(t, quiet)
		dying := srv.Conn(t)
		first, err := natsstore.Open(t.Context(), dying, quiet)
		if err != nil {
			t.Fatal(err)
		}
		submit(t, st, post(1))
		held := make(chan struct{})
		ended := make(chan error, 1)
		go func() {
			ended <- first.TakeIn(t.Context(), each(func(ctx context.Context, _ moderation.Post) error {
				dying.Close()
				close(held)
				return nil // FLOOR has it, and the acknowledgement does not get through
			}))
		}()
		<-held
		if err := <-ended; err == nil {
			t.Error("take in on a closed connection returned nil while its context was not done")
		}
		begun := time.Now()
		k := newTaken()
		takeIn(t, st, func(_ context.Context, p moderation.Post) error { k.take(p); return nil })
		k.wait(t, 1)
		if waited := time.Since(begun); waited > 10*time.Second {
			t.Errorf("the post of a dead process came after %v, want a few seconds", waited)
		}
	})
}

// TestTakeInShares: two processes take in at once. Each post is taken, and by one of them.
func TestTakeInShares(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t, natstest.Fast())
	st := srv.Store(t)
	const n = 400
	k := newTaken()
	var by [2]int
	begin := make(chan struct{})
	for i := range by {
		takeIn(t, srv.Store(t), func(_ context.Context, p moderation.Post) error {
			<-begin // so that neither has finished before the other has begun
			by[i]++
			k.take(p)
			return nil
		})
	}
	for i := range n {
		submit(t, st, post(i))
	}
	close(begin)
	k.wait(t, n)
	k.mu.Lock()
	defer k.mu.Unlock()
	for key, times := range k.times {
		if times != 1 {
			t.Errorf("%s was taken in %d times, want once", key, times)
		}
	}
}

// TestTakeInAcrossRestarts: the server restarts while posts come in and are taken. None is lost; one that was on its
// way when the server went comes again.
func TestTakeInAcrossRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := natstest.Start(t)
		st := srv.Store(t, quiet)
		k := newTaken()
		takeIn(t, st, func(_ context.Context, p moderation.Post) error { k.take(p); return nil })
		const restarts, each = 3, 40
		for round := range restarts {
			down := make(chan struct{})
			go func() { srv.Restart(); close(down) }()
			for i := range each {
				submit(t, st, post(round*each+i))
			}
			<-down
		}
		k.wait(t, restarts*each)
	})
}

// TestTakeInMakesItsConsumerAgain: somebody deletes the durable consumer.
func TestTakeInMakesItsConsumerAgain(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	st := srv.Store(t, quiet)
	k := newTaken()
	takeIn(t, st, func(_ context.Context, p moderation.Post) error { k.take(p); return nil })
	submit(t, st, post(1))
	k.wait(t, 1)
	if err := mustJS(t, srv).DeleteConsumer(t.Context(), "INTAKE", "moderation"); err != nil {
		t.Fatal(err)
	}
	submit(t, st, post(2))
	k.wait(t, 2)
}

// TestTakeInKeepsWhatItCannotRead: a body of a later version stays in INTAKE for who can read it.
func TestTakeInKeepsWhatItCannotRead(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	st := srv.Store(t, quiet)
	js := mustJS(t, srv)
	if _, err := js.Publish(t.Context(), "intake.e.form", []byte(`{"v":2,"event":"e","source":"form"}`)); err != nil {
		t.Fatal(err)
	}
	submit(t, st, post(1))
	k := newTaken()
	stop := takeIn(t, st, func(_ context.Context, p moderation.Post) error { k.take(p); return nil })
	k.wait(t, 1)
	stop()
	if left := waiting(t, js); left != 1 {
		t.Errorf("%d posts are left in INTAKE, want the unreadable one", left)
	}
}

// TestTakeInWhileTheStoreIsAway: with FLOOR not answering, nothing is acknowledged, nothing is given up.
func TestTakeInWhileTheStoreIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := natstest.Start(t)
		st := srv.Store(t, quiet)
		const n = 100
		for i := range n {
			submit(t, st, post(i))
		}
		k := newTaken()
		back := time.Now().Add(time.Minute)
		stop := takeIn(t, st, func(_ context.Context, p moderation.Post) error {
			if time.Now().Before(back) {
				time.Sleep(5 * time.Second) // of the bubble: as long as Put tries
				return fmt.Errorf("put: %w", moderation.ErrUnavailable)
			}
			k.take(p)
			return nil
		})
		k.wait(t, n)
		stop()
		if left := waiting(t, mustJS(t, srv)); left != 0 {
			t.Errorf("%d posts are left in INTAKE, want 0", left)
		}
	})
}

// TestTakeInSlowly: a handler that takes longer than a delivery may last gets each post once all the same, and the
// posts that wait behind it are not given to somebody else.
func TestTakeInSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := natstest.Start(t)
		st := srv.Store(t, quiet)
		const n = 6
		for i := range n {
			submit(t, st, post(i))
		}
		k := newTaken()
		for range 2 {
			takeIn(t, st, func(_ context.Context, p moderation.Post) error {
				time.Sleep(7 * time.Second) // of the bubble
				k.take(p)
				return nil
			})
		}
		k.wait(t, n)
		time.Sleep(time.Minute)
		for key, times := range k.times {
			if times != 1 {
				t.Errorf("%s was taken in %d times, want once", key, times)
			}
		}
	})
}

// BenchmarkTakeIn is how many posts a second one process takes in with a handler that does nothing.
func BenchmarkTakeIn(b *testing.B) {
	st := natstest.Store(b)
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for i := w; i < b.N; i += 16 {
				submit(b, st, post(i))
			}
		})
	}
	wg.Wait()
	b.ResetTimer()
	k := newTaken()
	stop := takeIn(b, st, func(_ context.Context, p moderation.Post) error { k.take(p); return nil })
	k.wait(b, b.N)
	stop()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
}

// BenchmarkSubmit is what one acknowledged post costs, synced to disk.
func BenchmarkSubmit(b *testing.B) {
	st := natstest.Store(b)
	for i := range b.N {
		submit(b, st, post(i))
	}
}
