package natsstore_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/natsstore"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

// TestRemovedTogether: what one process takes in alone is removed with a few writes, not one for each post.
func TestRemovedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := natstest.Start(t)
		st := srv.Store(t, quiet)
		acks, purges := counted(t, srv, "$JS.ACK.INTAKE.>"), counted(t, srv, "$JS.API.STREAM.PURGE.INTAKE")
		k := newTaken()
		takeIn(t, st, func(_ context.Context, p moderation.Post) error { k.take(p); return nil })
		const n = 2000
		st.SubmitAll(t.Context(), posts(0, n))
		k.wait(t, n)
		time.Sleep(10 * time.Second) // of the bubble
		if left := waiting(t, mustJS(t, srv)); left != 0 {
			t.Errorf("%d posts are left in INTAKE, want 0", left)
		}
		if acks, purges := acks(), purges(); acks > n/10 || purges == 0 {
			t.Errorf("%d acknowledgements and %d purges for %d posts", acks, purges, n)
		}
	})
}

// TestRemovedAreOnlyOurs: one process takes in while another one holds posts that it never finishes, and some fail.
// Nobody's posts are removed but those that are done.
func TestRemovedAreOnlyOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := natstest.Start(t)
		st := srv.Store(t, quiet)
		dying := srv.Conn(t)
		slow, err := natsstore.Open(t.Context(), dying, quiet)
		if err != nil {
			t.Fatal(err)
		}
		const n = 2000
		st.SubmitAll(t.Context(), posts(0, n))
		holds, die, ended := make(chan int, 1), make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			_ = slow.TakeIn(t.Context(), func(_ context.Context, posts []moderation.Post) []error {
				select {
				case holds <- len(posts):
				default:
				}
				<-die
				dying.Close()
				return make([]error, len(posts))
			})
		}()
		held := <-holds
		k, failed := newTaken(), map[string]bool{}
		takeIn(t, st, func(_ context.Context, p moderation.Post) error {
			if p.Key[len(p.Key)-1] == '7' && !failed[p.Key] {
				failed[p.Key] = true
				return errors.New("not now")
			}
			k.take(p)
			return nil
		})
		time.Sleep(time.Minute) // of the bubble: the first process holds what it has
		k.mu.Lock()
		taken := len(k.times)
		k.mu.Unlock()
		if left := waiting(t, mustJS(t, srv)); held == 0 || taken+int(left) != n {
			t.Errorf("%d taken and %d left in INTAKE, want %d in all", taken, left, n)
		}
		close(die)
		<-ended
		k.wait(t, n)
		for key, times := range k.times {
			if times != 1 {
				t.Errorf("%s was taken in %d times, want once", key, times)
			}
		}
	})
}

// counted counts the messages on subject from now on.
func counted(t *testing.T, srv *natstest.Server, subject string) func() int {
	t.Helper()
	nc := srv.Conn(t)
	sub, err := nc.SubscribeSync(subject)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := nc.FlushWithContext(ctx); err != nil { // Flush takes a timer of another bubble
		t.Fatal(err)
	}
	return func() int {
		n, _, err := sub.Pending()
		if err != nil && !errors.Is(err, nats.ErrBadSubscription) {
			t.Fatal(err)
		}
		return n
	}
}
