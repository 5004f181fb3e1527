package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

func TestKeysAreTheSameEverywhere(t *testing.T) {
	t.Parallel()
	for round := range 20 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			t.Parallel()
			store := newMemory()
			const processes = 4
			var got [processes]Keys
			var wg sync.WaitGroup
			for i := range processes {
				a := run(t, store)
				wg.Go(func() {
					var err error
					if got[i], err = a.Keys(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			for i, k := range append(got[1:], mustKeys(t, run(t, store))) {
				if !sameKeys(got[0], k) {
					t.Errorf("process %d has other keys than the first", i+1)
				}
			}
			all := [][]byte{got[0].Authors, got[0].Receipts, got[0].Visitors, got[0].Idempotency}
			for i, x := range all {
				if len(x) != 32 || bytes.Equal(x, make([]byte, 32)) {
					t.Errorf("key %d is %d bytes, want 32 at random", i, len(x))
				}
				for _, y := range all[:i] {
					if bytes.Equal(x, y) {
						t.Error("two keys are the same")
					}
				}
			}
		})
	}
}

func TestKeysBelongToTheCaller(t *testing.T) {
	t.Parallel()
	a := run(t, newMemory())
	k := mustKeys(t, a)
	clear(k.Visitors)
	if bytes.Equal(mustKeys(t, a).Visitors, k.Visitors) {
		t.Error("a caller overwrote the deployment's key")
	}
}

func TestKeysWaitAndFail(t *testing.T) {
	t.Parallel()
	a := New(newMemory(), Config{}) // nobody runs it
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := a.Keys(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Keys before anything is followed: %v, want the deadline's error", err)
	}
	store := newMemory()
	store.failing(func(string, bool) error { return moderation.ErrUnavailable })
	if _, err := run(t, store).Keys(t.Context()); !errors.Is(err, moderation.ErrUnavailable) {
		t.Errorf("Keys without a store: %v, want unavailable", err)
	}
}

func mustKeys(t *testing.T, a *Access) Keys {
	t.Helper()
	k, err := a.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sameKeys(x, y Keys) bool {
	return bytes.Equal(x.Authors, y.Authors) && bytes.Equal(x.Receipts, y.Receipts) &&
		bytes.Equal(x.Visitors, y.Visitors) && bytes.Equal(x.Idempotency, y.Idempotency)
}
