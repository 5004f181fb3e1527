package natsstore_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/natsstore"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

// TestBlockWhilePostsArrive: an author is blocked while two processes take in what they send. What either of them
// began to take in after the block was acknowledged begins rejected, however far behind its own record is.
func TestBlockWhilePostsArrive(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t, natstest.Fast())
	const before, after = 150, 100 // posts at least
	var (
		mu    sync.Mutex // guards begun
		begun = map[string]time.Time{}
	)
	var desks []*moderation.Desk
	var records []*moderation.Record
	var stores []*natsstore.Store
	for range 2 {
		store, record := srv.Store(t), moderation.NewRecord()
		desk, err := moderation.NewDesk(moderation.DeskConfig{Floor: store, Record: record, Secret: make([]byte, 32)})
		if err != nil {
			t.Fatal(err)
		}
		running(t, func(ctx context.Context) error {
			return store.Follow(ctx, func(rev moderation.Revision) error { record.Apply(rev); return nil }, record.Passed, record.CaughtUp)
		})
		<-record.Ready()
		running(t, func(ctx context.Context) error {
			return store.TakeIn(ctx, func(ctx context.Context, batch []moderation.Post) []error {
				mu.Lock()
				for _, p := range batch {
					begun[p.ID()] = time.Now()
				}
				mu.Unlock()
				return desk.TakeAll(ctx, batch)
			})
		})
		desks, records, stores = append(desks, desk), append(records, record), append(stores, store)
	}
	title, slug := "T", "hall"
	if _, err := desks[0].CreateEvent(t.Context(), moderation.EventRequest{Op: "make", Spec: &moderation.EventSpec{Title: &title, Slug: &slug}}); err != nil {
		t.Fatal(err)
	}
	submit := func(n int) moderation.Post {
		p := moderation.Post{Event: slug, Source: moderation.FromMastodon, Key: fmt.Sprint("ap:", n), Text: "Why?", Author: moderation.PostAuthor{Account: "ana"}}
		if _, err := stores[n%2].Submit(t.Context(), p); err != nil {
			t.Error(err)
		}
		return p
	}
	stored := func(id string) moderation.Submission {
		t.Helper()
		for {
			wake := records[1].Changed()
			if s, ok := records[1].Submission(slug, id); ok {
				return s
			}
			select {
			case <-wake:
			case <-t.Context().Done():
				t.Fatal("a post was never taken in")
			}
		}
	}
	key := stored(submit(0).ID()).Author.Key

	var all sync.WaitGroup
	enough, blocked := make(chan struct{}), make(chan struct{})
	posts := 1
	all.Go(func() {
		for more := after; more > 0; posts++ {
			if posts == before {
				close(enough)
			}
			submit(posts)
			select {
			case <-blocked:
				more--
			default:
			}
		}
	})
	<-enough
	if _, err := desks[1].DecideAuthor(t.Context(), moderation.AuthorRequest{Op: "block", Event: slug, Key: key, Blocked: new(true)}); err != nil {
		t.Fatal(err)
	}
	acknowledged := time.Now()
	close(blocked)
	all.Wait()
	earlier, later := 0, 0
	for n := range posts {
		id := moderation.SubmissionID(slug, fmt.Sprint("ap:", n))
		s := stored(id)
		mu.Lock()
		late := begun[id].After(acknowledged)
		mu.Unlock()
		switch {
		case late && (s.State != moderation.Rejected || s.Reason != moderation.ReasonBlocked):
			t.Errorf("post %d was taken in after the block and is %s", n, s.State)
		case late:
			later++
		default:
			earlier++
		}
	}
	if earlier == 0 || later == 0 {
		t.Errorf("%d posts came before the block and %d after it: nothing was tried", earlier, later)
	}
	t.Logf("%d posts before the block, %d after it", earlier, later)
}

// running runs f until the test ends.
func running(t *testing.T, f func(context.Context) error) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	t.Cleanup(func() { cancel(); <-done })
	go func() {
		defer close(done)
		if err := f(ctx); err != nil && ctx.Err() == nil {
			t.Errorf("a worker ended: %v", err)
		}
	}()
}
