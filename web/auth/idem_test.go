package auth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"github.com/openfloor/openfloor/moderation"
)

func TestOnceAndRemember(t *testing.T) {
	t.Parallel()
	store := newMemory()
	a, other := run(t, store), run(t, store)
	ctx := t.Context()
	const scope, key = "town-hall POST /links", "0b1c"
	request, another := sha256.Sum256([]byte("one")), sha256.Sum256([]byte("two"))
	want := Answer{Status: 201, Header: map[string]string{"Location": "/x"}, Body: []byte(`{"token":"canary"}`)}

	if got, err := a.Once(ctx, scope, key, request); got != nil || err != nil {
		t.Fatalf("Once before anything: %v, %v", got, err)
	}
	release := store.hold() // its own answer is known without being followed
	if err := a.Remember(ctx, scope, key, request, want); err != nil {
		t.Fatal(err)
	}
	check := func(who string, a *Access) {
		t.Helper()
		got, err := a.Once(ctx, scope, key, request)
		if err != nil || got == nil || got.Status != want.Status || got.Header["Location"] != "/x" || !bytes.Equal(got.Body, want.Body) {
			t.Errorf("%s: Once is %v, %v, want the first answer", who, got, err)
		}
		if got, err := a.Once(ctx, scope, key, another); got != nil || !errors.Is(err, ErrKeyReused) {
			t.Errorf("%s: another request under the key: %v, %v, want ErrKeyReused", who, got, err)
		}
		for _, x := range [][2]string{{scope, "0b1d"}, {"f POST /links", key}, {scope + key, ""}} {
			if got, err := a.Once(ctx, x[0], x[1], request); got != nil || err != nil {
				t.Errorf("%s: Once%q is %v, %v, want nothing", who, x, got, err)
			}
		}
	}
	check("here", a)
	release()
	eventually(t, "the other process knows the answer", func() bool {
		got, err := other.Once(ctx, scope, key, request)
		return err == nil && got != nil
	})
	check("another process", other)
	check("after a restart", run(t, store))

	if err := other.Remember(ctx, scope, key, another, Answer{Status: 500}); err != nil {
		t.Errorf("Remember of a second answer: %v, want nil", err)
	}
	check("after a second answer", a)

	for _, secret := range []string{"canary", "Location", key, "town-hall"} {
		if bytes.Contains(store.everything(), []byte(secret)) {
			t.Errorf("%q is in the store in the clear", secret)
		}
	}
}

func TestRememberRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	store := newMemory()
	a := run(t, store)
	most := Answer{Body: bytes.Repeat([]byte{0xff}, MaxAnswer-3), Header: map[string]string{"X": "\x01\x01"}}
	if err := a.Remember(t.Context(), "s", "k", [32]byte{}, most); err != nil {
		t.Errorf("the largest: %v", err)
	}
	for key, body := range store.bodies() {
		if len(body) > 63<<10 { // a message of ACCESS is 64 KiB with its headers
			t.Errorf("%s is %d bytes", key, len(body))
		}
	}
	most.Body = append(most.Body, 0)
	if err := a.Remember(t.Context(), "s", "l", [32]byte{}, most); !errors.Is(err, moderation.ErrInvalid) {
		t.Errorf("one byte more: %v, want invalid", err)
	}
}

func TestOnceDoesNotTrustTheStore(t *testing.T) {
	t.Parallel()
	store := newMemory()
	a := run(t, store)
	if err := a.Remember(t.Context(), "s", "k", [32]byte{}, Answer{Status: 201}); err != nil {
		t.Fatal(err)
	}
	for key := range store.bodies() {
		if name, ok := strings.CutPrefix(key, "idem."); ok {
			a.mu.Lock()
			a.answers[name][len(a.answers[name])-1] ^= 1
			a.mu.Unlock()
		}
	}
	if got, err := a.Once(t.Context(), "s", "k", [32]byte{}); got != nil || !errors.Is(err, ErrUnreadable) {
		t.Errorf("Once of an altered answer: %v, %v, want ErrUnreadable", got, err)
	}
}

func TestOnceWithoutKeys(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a := New(newMemory(), Config{})
	if _, err := a.Once(ctx, "s", "k", [32]byte{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Once: %v, want canceled", err)
	}
	if err := a.Remember(ctx, "s", "k", [32]byte{}, Answer{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Remember: %v, want canceled", err)
	}
}
