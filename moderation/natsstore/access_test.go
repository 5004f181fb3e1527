package natsstore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

func TestAccess(t *testing.T) {
	t.Parallel()
	st := natstest.Store(t)
	ctx := t.Context()
	zero := uint64(0)
	if _, _, err := st.GetAccess(ctx, "link.a"); !errors.Is(err, moderation.ErrNotFound) {
		t.Errorf("get what is not there: error %v, want ErrNotFound", err)
	}
	first, err := st.PutAccess(ctx, "link.a", []byte("1"), &zero)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.PutAccess(ctx, "link.a", []byte("x"), &zero); !errors.Is(err, moderation.ErrExists) {
		t.Errorf("create what is there: error %v, want ErrExists", err)
	}
	second, err := st.PutAccess(ctx, "link.a", []byte("2"), &first)
	if err != nil || second <= first {
		t.Fatalf("put = revision %d, %v; want one after %d", second, err, first)
	}
	if _, err := st.PutAccess(ctx, "link.a", []byte("x"), &first); !errors.Is(err, moderation.ErrStale) {
		t.Errorf("put over an older revision: error %v, want ErrStale", err)
	}
	never := second + 100
	if _, err := st.PutAccess(ctx, "link.a", []byte("x"), &never); !errors.Is(err, moderation.ErrStale) {
		t.Errorf("put over a revision that never was: error %v, want ErrStale", err)
	}
	third, err := st.PutAccess(ctx, "link.a", []byte("3"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, rev, err := st.GetAccess(ctx, "link.a"); err != nil || string(body) != "3" || rev != third {
		t.Errorf("get = %q, %d, %v; want 3, %d", body, rev, err, third)
	}
	for range 2 {
		if err := st.DeleteAccess(ctx, "link.a"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := st.GetAccess(ctx, "link.a"); !errors.Is(err, moderation.ErrNotFound) {
			t.Errorf("get what was deleted: error %v, want ErrNotFound", err)
		}
	}
	if _, err := st.PutAccess(ctx, "link.a", []byte("4"), &zero); err != nil {
		t.Errorf("create what was deleted: %v", err)
	}
	for name, err := range map[string]error{
		"an empty body": errOf(st.PutAccess(ctx, "link.a", nil, nil)),
		"a bad key":     errOf(st.PutAccess(ctx, "link.*", []byte("x"), nil)),
		"a bad delete":  st.DeleteAccess(ctx, "a b"),
	} {
		if !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("%s: error %v, want ErrInvalid", name, err)
		}
	}
}

func errOf(_ uint64, err error) error { return err }

// TestAccessCreatedOnce: a link that can be used once is used up by whoever creates its key first.
func TestAccessCreatedOnce(t *testing.T) {
	t.Parallel()
	st := natstest.Store(t)
	for round := range 30 {
		var won atomic.Int32
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				zero := uint64(0)
				_, err := st.PutAccess(t.Context(), fmt.Sprintf("used.%d", round), []byte("x"), &zero)
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, moderation.ErrExists):
					t.Errorf("round %d: error %v, want ErrExists", round, err)
				}
			})
		}
		wg.Wait()
		if got := won.Load(); got != 1 {
			t.Errorf("round %d was won %d times, want once", round, got)
		}
	}
}

func TestFollowAccess(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	st := srv.Store(t, quiet)
	ctx := t.Context()
	must := func(_ uint64, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(st.PutAccess(ctx, "link.a", []byte("1"), nil))
	must(st.PutAccess(ctx, "link.b", []byte("1"), nil))
	must(st.PutAccess(ctx, "link.a", []byte("2"), nil))
	must(0, st.DeleteAccess(ctx, "link.b"))

	told := make(chan string, 100)
	following, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		done <- st.FollowAccess(following, func(key string, body []byte, rev uint64) error {
			if body == nil {
				body = []byte("deleted")
			}
			told <- fmt.Sprintf("%s %s %d", key, body, rev)
			return nil
		}, func() { told <- "caught up" })
	}()
	want := []string{"link.a 2 3", "link.b deleted 4", "caught up"}
	expect := func() {
		t.Helper()
		var got []string
		for len(got) < len(want) {
			select {
			case s := <-told:
				got = append(got, s)
			case <-time.After(30 * time.Second):
				t.Fatalf("followed %q, want %q", got, want)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("followed %q, want %q", got, want)
		}
	}
	expect()
	srv.Restart()
	must(st.PutAccess(ctx, "session.c", []byte("1"), nil))
	must(0, st.DeleteAccess(ctx, "link.a"))
	want = []string{"session.c 1 5", "link.a deleted 6"}
	expect()
	cancel()
	if err := <-done; err != nil {
		t.Errorf("follow access returned %v once its context was done, want nil", err)
	}
}

func TestCursor(t *testing.T) {
	t.Parallel()
	st := natstest.Store(t)
	ctx := t.Context()
	const source = "mastodon@https://mastodon.social/ü *"
	want := func(when, event, cursor string) {
		t.Helper()
		if got, err := st.Cursor(ctx, event, source); err != nil || got != cursor {
			t.Errorf("%s: cursor of %s = %q, %v; want %q", when, event, got, err, cursor)
		}
	}
	want("at first", "e", "")
	for _, cursor := range []string{"123", "124"} {
		if err := st.SetCursor(ctx, "e", source, cursor); err != nil {
			t.Fatal(err)
		}
		want("once set", "e", cursor)
		want("with another event's set", "f", "")
	}
	if err := st.SetCursor(ctx, "no event", source, "1"); !errors.Is(err, moderation.ErrInvalid) {
		t.Errorf("cursor of no event: error %v, want ErrInvalid", err)
	}
}

func TestEraseAccessLeavesNothingOnDisk(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	st, ctx := srv.Store(t), t.Context()
	const secret = "tocyn mynediad cyfrinachol"
	if _, err := st.PutAccess(ctx, "credential.e.x", []byte(secret), nil); err != nil {
		t.Fatal(err)
	}
	if grep(t, srv.Dir(), secret) == 0 {
		t.Fatal("the secret is not on disk before it is erased, so this test finds nothing out")
	}
	for range 2 {
		if err := st.EraseAccess(ctx, "credential.e.x"); err != nil {
			t.Fatal(err)
		}
	}
	if n := grep(t, srv.Dir(), secret); n != 0 {
		t.Errorf("the erased secret is still on disk in %d files", n)
	}
	if _, _, err := st.GetAccess(ctx, "credential.e.x"); !errors.Is(err, moderation.ErrNotFound) {
		t.Errorf("get what was erased: %v, want ErrNotFound", err)
	}
	if err := st.EraseAccess(ctx, "credential.never.x"); err != nil {
		t.Errorf("erase what never was: %v", err)
	}
}
