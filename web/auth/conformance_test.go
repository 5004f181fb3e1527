package auth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

// What Access relies on, of the store of the other tests and of the real one.
func TestStores(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T) Store{
		"memory": func(*testing.T) Store { return newMemory() },
		"NATS":   func(t *testing.T) Store { return natstest.Store(t, natstest.Fast()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Run("conditions", func(t *testing.T) {
				t.Parallel()
				testConditions(t, open(t))
			})
			t.Run("one creates", func(t *testing.T) {
				t.Parallel()
				testOneCreates(t, open(t))
			})
			t.Run("following", func(t *testing.T) {
				t.Parallel()
				testFollowing(t, open(t))
			})
			t.Run("two processes", func(t *testing.T) {
				t.Parallel()
				testTwoProcesses(t, open(t))
			})
		})
	}
}

func testConditions(t *testing.T, s Store) {
	ctx := t.Context()
	put := func(what, key string, expect *uint64, want error) uint64 {
		t.Helper()
		rev, err := s.PutAccess(ctx, key, []byte(`{"v":1}`), expect)
		if !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Fatalf("%s: %v, want %v", what, err, want)
		}
		return rev
	}
	first := put("create", "session.a", new(uint64), nil)
	put("create what there is", "session.a", new(uint64), moderation.ErrExists)
	second := put("change", "session.a", &first, nil)
	put("change an older one", "session.a", &first, moderation.ErrStale)
	other := put("whatever is there", "use.b.1", nil, nil)
	third := put("whatever is there", "session.a", nil, nil)
	if first == 0 || second <= first || other <= second || third <= other {
		t.Errorf("revisions %d %d %d %d, want each more than the one before", first, second, other, third)
	}
	for range 2 {
		if err := s.DeleteAccess(ctx, "session.a"); err != nil {
			t.Fatal(err)
		}
	}
	put("change what was deleted", "session.a", &third, moderation.ErrStale)
	put("create what was deleted", "session.a", new(uint64), nil)
	if err := s.DeleteAccess(ctx, "session.never"); err != nil {
		t.Errorf("delete what never was: %v", err)
	}
}

func testOneCreates(t *testing.T, s Store) {
	const racers = 8
	var won [racers]error
	var wg sync.WaitGroup
	for i := range racers {
		wg.Go(func() { _, won[i] = s.PutAccess(t.Context(), "use.a.1", []byte(`{"v":1}`), new(uint64)) })
	}
	wg.Wait()
	n := 0
	for _, err := range won {
		switch {
		case err == nil:
			n++
		case !conflict(err):
			t.Errorf("a loser got %v, want a conflict", err)
		}
	}
	if n != 1 {
		t.Errorf("%d won, want 1", n)
	}
}

func testFollowing(t *testing.T, s Store) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	write := func(key, body string) {
		t.Helper()
		if body == "" {
			if err := s.DeleteAccess(ctx, key); err != nil {
				t.Fatal(err)
			}
			return
		}
		if _, err := s.PutAccess(ctx, key, []byte(body), nil); err != nil {
			t.Fatal(err)
		}
	}
	write("link.a", "1")
	write("link.b", "1")
	write("link.a", "2")
	write("link.c", "1")
	write("link.c", "")

	var mu sync.Mutex
	var got []string
	var last uint64
	seen := func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(got, " ")
	}
	caughtUp, done := make(chan struct{}), make(chan error, 1)
	go func() {
		done <- s.FollowAccess(ctx, func(key string, body []byte, rev uint64) error {
			mu.Lock()
			defer mu.Unlock()
			if rev <= last {
				t.Errorf("revision %d after %d", rev, last)
			}
			last = rev
			if body == nil {
				body = []byte("nil")
			}
			got = append(got, key+"="+string(body))
			return nil
		}, func() { close(caughtUp) })
	}()
	<-caughtUp
	if want := "link.b=1 link.a=2 link.c=nil"; seen() != want {
		t.Errorf("at the start %q, want %q", seen(), want)
	}
	write("link.a", "3")
	eventually(t, "the change comes", func() bool { return strings.HasSuffix(seen(), " link.a=3") })
	write("link.a", "")
	eventually(t, "the deletion comes", func() bool { return strings.HasSuffix(seen(), " link.a=nil") })
	cancel()
	if err := <-done; err != nil {
		t.Errorf("FollowAccess returned %v, want nil", err)
	}
	broken := errors.New("broken")
	if err := s.FollowAccess(t.Context(), func(string, []byte, uint64) error { return broken }, nil); !errors.Is(err, broken) {
		t.Errorf("FollowAccess returned %v, want what apply did", err)
	}
}

func testTwoProcesses(t *testing.T, s Store) {
	a, b := run(t, s), run(t, s)
	if !sameKeys(mustKeys(t, a), mustKeys(t, b)) {
		t.Error("two processes have two sets of keys")
	}
	l, token := newLink(t, a, moderation.Moderator, "town-hall", uses(1))
	eventually(t, "the link is known", func() bool { return knowsBearer(b, token) })
	session, _ := join(t, b, token, "")
	eventually(t, "the session is known", func() bool { return knowsSession(a, session) })
	if _, _, err := a.Join(t.Context(), token, ""); !errors.Is(err, moderation.ErrNotFound) {
		t.Errorf("a second join of one use: %v, want not found", err)
	}
	if err := b.Remember(t.Context(), "s", "k", [32]byte{}, Answer{Status: 201, Body: make([]byte, MaxAnswer)}); err != nil {
		t.Error(err)
	}
	eventually(t, "the answer is known", func() bool {
		got, err := a.Once(t.Context(), "s", "k", [32]byte{})
		return err == nil && got != nil && got.Status == 201
	})
	c, _ := b.BySession(t.Context(), session)
	if err := a.RevokeLink(t.Context(), "town-hall", l.ID); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the stream ends", func() bool { return isClosed(c.Revoked()) })
	if err := b.SignOut(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the session is gone", func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		return len(a.sessions) == 0
	})
	if all := a.Links("town-hall"); !slices.ContainsFunc(all, func(x Link) bool { return x.ID == l.ID && x.Used == 1 && x.RevokedAt != nil }) {
		t.Errorf("links %+v, want the revoked one, used once", all)
	}
}
