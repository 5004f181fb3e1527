package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

var update = flag.Bool("update", false, "write the golden files anew")

// What was ever written has to stay readable. A file here is never changed: a new version gets a folder of its own.
func TestGoldenBodies(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 9, 30, 0, 123456000, time.UTC)
	hash := hashOf("token")
	tests := map[string]any{
		"link":      linkBody{1, "abc", hash, "town-hall", moderation.Moderator, "Front desk", new(3), new(at.Add(time.Hour)), at, new(at.Add(time.Minute))},
		"link-open": linkBody{1, "abc", hash, "", moderation.Organiser, "Everything", nil, nil, at, nil},
		"use":       useBody{1, at},
		"session":   sessionBody{1, "def", []grantBody{{"abc", at}}, at, at.Add(SessionIdle), &hash},
		"key":       keyBody{1, testKey},
		"organiser": serverBody{1, hash, at},
		"idem":      answerBody{1, []byte("sealed"), at},
	}
	for name, v := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := json.MarshalIndent(v, "", "\t")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			file := filepath.Join("testdata", "v1", name+".json")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("written is\n%s\nwant\n%s", got, want)
			}
			key := map[string]string{
				"link": "link.abc", "link-open": "link.abc", "use": "use.abc.1", "session": "session." + hash.String(),
				"key": "key.authors", "organiser": "organiser", "idem": "idem." + hash.String(),
			}[name]
			if err := New(newMemory(), Config{}).follow(key, want, 1); err != nil {
				t.Errorf("not readable: %v", err)
			}
		})
	}
}

func TestUnreadableBodiesStopRun(t *testing.T) {
	t.Parallel()
	hash := hashOf("token").String()
	link := func(role, id, event string) string {
		return fmt.Sprintf(`{"v":1,"id":%q,"hash":%q,"event":%q,"role":%q,"name":"canary"}`, id, hash, event, role)
	}
	tests := []struct{ name, key, body string }{
		{"no JSON", "link.abc", "canary"},
		{"a list", "link.abc", `["canary"]`},
		{"no version", "session." + hash, `{"id":"canary"}`},
		{"a later version", "session." + hash, `{"v":2,"id":"canary"}`},
		{"a later version of a key", "key.authors", `{"v":2,"secret":"canary"}`},
		{"a later version of the token", "organiser", `{"v":2,"hash":"canary"}`},
		{"a later version of an answer", "idem." + hash, `{"v":2,"sealed":"canary"}`},
		{"a later version of a use", "use.abc.1", `{"v":2,"at":"canary"}`},
		{"another link's body", "link.abc", link("moderator", "abd", "e")},
		{"a role that is none", "link.abc", link("emperor", "abc", "e")},
		{"a moderator of everything", "link.abc", link("moderator", "abc", "")},
		{"a bad hash", "link.abc", strings.Replace(link("moderator", "abc", "e"), hash, hash[1:]+"g", 1)},
		{"a short hash", "organiser", `{"v":1,"hash":"canary"}`},
		{"a bad name of a session", "session.abc", `{"v":1}`},
		{"a use without a number", "use.abc", `{"v":1}`},
		{"a use numbered 0", "use.abc.0", `{"v":1}`},
		{"a short secret", "key.authors", `{"v":1,"secret":"Y2FuYXJ5"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := newMemory()
			if _, err := store.PutAccess(t.Context(), tt.key, []byte(tt.body), nil); err != nil {
				t.Fatal(err)
			}
			err := New(store, Config{}).Run(t.Context())
			if !errors.Is(err, ErrUnreadable) {
				t.Errorf("Run: %v, want ErrUnreadable", err)
			}
			if strings.Contains(fmt.Sprint(err), "canary") {
				t.Errorf("the error quotes the body: %v", err)
			}
		})
	}
}

func TestOtherFamiliesAreSkipped(t *testing.T) {
	t.Parallel()
	store := newMemory()
	for _, key := range []string{"cursor.town-hall.abc", "lease.x", "links.abc", "session", "linked"} {
		if key == "session" {
			continue // a family of ours without a name is a fault, seen above
		}
		if _, err := store.PutAccess(t.Context(), key, []byte(`{"v":9}`), nil); err != nil {
			t.Fatal(err)
		}
	}
	a := run(t, store) // fails the test when Run does
	_, token := newLink(t, a, moderation.Moderator, "e")
	if _, err := a.Peek(token); err != nil {
		t.Error(err)
	}
}

func TestRunReportsAStoreThatGivesUp(t *testing.T) {
	t.Parallel()
	if err := New(&quitter{newMemory()}, Config{}).Run(t.Context()); err == nil {
		t.Error("Run returned nil before its context was done")
	}
}

type quitter struct{ *memory }

func (q *quitter) FollowAccess(_ context.Context, _ func(string, []byte, uint64) error, caughtUp func()) error {
	caughtUp()
	return nil
}

// No token, secret, name or answer is ever in the store in the clear (names of links are: the team reads them),
// in a log line of any level, or in an error.
func TestCanary(t *testing.T) {
	t.Parallel()
	var logs safeBuffer
	store := newMemory()
	a := run(t, store, slog.NewJSONHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug - 8}))
	ctx := t.Context()
	log := a.log
	var tokens []string

	server := newToken()
	if err := a.EnsureServerToken(ctx, server); err != nil {
		t.Fatal(err)
	}
	if err := a.EnsureServerToken(ctx, "shortcanary"); err != nil { // warns
		t.Fatal(err)
	}
	l, link := newLink(t, a, moderation.Moderator, "e", uses(2))
	_, chair := newLink(t, a, moderation.Chair, "e")
	first, _ := join(t, a, link, "")
	second, g := join(t, a, chair, first)
	tokens = append(tokens, server, "shortcanary", link, chair, first, second)
	c, _ := a.BySession(ctx, second)
	b, _ := a.ByBearer(link)
	keys := mustKeys(t, a)
	answer := Answer{Status: 201, Body: []byte(link)}
	if err := a.Remember(ctx, "scopecanary", "keycanary", [32]byte{1}, answer); err != nil {
		t.Fatal(err)
	}
	tokens = append(tokens, "scopecanary", "keycanary")
	log.Info("callers", "link", l, "grant", g, "caller", c, "bearer", b, "keys", keys, "answer", answer)
	fmt.Fprintf(&logs, "%v %+v %s", keys, keys, keys)

	store.failing(func(string, bool) error { return moderation.ErrUnavailable })
	for name, err := range map[string]error{
		"join":    third(a.Join(ctx, link, second)),
		"signout": a.SignOut(ctx, second),
		"revoke":  a.RevokeLink(ctx, "e", l.ID),
		"server":  a.EnsureServerToken(ctx, newToken()),
	} {
		if !errors.Is(err, moderation.ErrUnavailable) {
			t.Errorf("%s: %v, want unavailable", name, err)
		}
		fmt.Fprintln(&logs, err)
	}
	for _, bad := range []string{"unknowncanary", first} {
		_, err := a.Peek(bad)
		fmt.Fprintln(&logs, err, third(a.Join(ctx, bad, bad)))
	}
	store.failing(nil)
	if err := a.RevokeLink(ctx, "e", l.ID); err != nil {
		t.Fatal(err)
	}
	if err := a.SignOut(ctx, second); err != nil {
		t.Fatal(err)
	}
	if err := a.Sweep(ctx); err != nil {
		t.Fatal(err)
	}

	logged, stored := logs.String(), string(store.everything())
	for _, want := range []string{"joined", "link revoked", "callers", l.ID} {
		if !strings.Contains(logged, want) {
			t.Fatalf("the log lacks %q: it is not the log", want)
		}
	}
	if !strings.Contains(stored, hashOf(link).String()) {
		t.Fatal("the store lacks the link's hash: it is not the store")
	}
	for i, token := range append(tokens, "unknowncanary") {
		if strings.Contains(logged, token) {
			t.Errorf("secret %d is in the log or an error", i)
		}
		if strings.Contains(stored, token) {
			t.Errorf("secret %d is in the store", i)
		}
	}
	for _, secret := range []string{"Front desk", string(keys.Authors), fmt.Sprint(keys.Authors), hashOf(first).String()} {
		if strings.Contains(logged, secret) {
			t.Errorf("%q is in the log", secret)
		}
	}
}

func third[A, B any](_ A, _ B, err error) error { return err }

// FuzzFollow throws anything at what reads the store: it may refuse, but never panic, and never lets somebody in.
func FuzzFollow(f *testing.F) {
	hash := hashOf("token").String()
	files, err := filepath.Glob("testdata/v1/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, key := range []string{"link.abc", "use.abc.1", "session." + hash, "key.authors", "organiser", "idem." + hash} {
			f.Add(key, body)
		}
	}
	f.Fuzz(func(t *testing.T, key string, body []byte) {
		a := New(newMemory(), Config{})
		a.live = true
		for rev := range uint64(2) {
			if err := a.follow(key, body, rev+1); err != nil && !errors.Is(err, ErrUnreadable) {
				t.Errorf("error of no kind: %v", err)
			}
		}
		a.settle()
		if knowsSession(a, "token") { // a session without its link
			t.Error("somebody got in by a session alone")
		}
		_ = a.follow(key, nil, 3)
		if len(a.links)+len(a.sessions)+len(a.uses)+len(a.keys)+len(a.answers) != 0 || a.server != nil {
			t.Errorf("something is left of %q after its deletion", key)
		}
	})
}
