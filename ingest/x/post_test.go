package x

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/ingest/fakenet"
)

func poster(t *testing.T, server *fakenet.X) *Poster {
	t.Helper()
	p, err := NewPoster(overWire(t, server))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPost(t *testing.T) {
	t.Parallel()
	server := fake(fakenet.XConfig{Horizon: -1})
	p, ctx := poster(t, server), t.Context()
	root, err := p.Post(ctx, "Q1: who leads? #AskPanel https://ask.example/e/panel", "")
	if err != nil || !usableID(root) {
		t.Fatal(root, err)
	}
	if _, err := p.Post(ctx, "Q2: why? #AskPanel", root); err != nil {
		t.Error("a reply to oneself:", err)
	}
	if _, err := p.Post(ctx, "Q1: who leads? #AskPanel https://ask.example/e/panel", ""); !errors.Is(err, ErrDuplicate) {
		t.Errorf("the same again: %v", err)
	}
	theirs := server.Post(fakenet.XPost{Text: "a question #AskPanel"})
	if _, err := p.Post(ctx, "thanks", theirs); errors.Is(err, ErrUnknown) || err == nil {
		t.Errorf("a reply to somebody: %v", err)
	}
	if _, err := p.Post(ctx, strings.Repeat("a", 281), ""); !errors.Is(err, ErrTooLong) {
		t.Errorf("too long: %v", err)
	}
	if n := server.Written(); n != 2 {
		t.Errorf("%d posts made", n)
	}
	if err := p.Delete(ctx, root); err != nil {
		t.Error(err)
	}
	if err := p.Delete(ctx, theirs); err == nil {
		t.Error("deleted what is not ours")
	}
	if err := p.Delete(ctx, "../users"); err == nil {
		t.Error("deleted what is no id")
	}
}

// Without an answer nobody knows whether the post was made, so it is looked for.
func TestPostUnknown(t *testing.T) {
	t.Parallel()
	server := fake(fakenet.XConfig{})
	p := poster(t, server)
	const text = "Q1: who & why? #AskPanel https://ask.example/a"
	for name, f := range map[string]fakenet.XFault{
		"503":     {Kind: fakenet.FaultStatus, Status: 503, Times: 1},
		"garbage": {Kind: fakenet.FaultGarbage, Times: 1},
	} {
		server.Misbehave(f)
		if _, err := p.Post(t.Context(), text, ""); !errors.Is(err, ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
	server.Misbehave(fakenet.XFault{Kind: fakenet.FaultCut, Times: 1}) // made, and the answer lost
	if _, err := p.Post(t.Context(), text, ""); !errors.Is(err, ErrUnknown) || server.Written() != 1 {
		t.Errorf("cut: %v, %d made", err, server.Written())
	}
	server.Misbehave(fakenet.XFault{Kind: fakenet.FaultStatus, Status: 402, Times: 1})
	if _, err := p.Post(t.Context(), "another", ""); errors.Is(err, ErrUnknown) {
		t.Errorf("402: %v", err)
	} else if _, ok := errors.AsType[*ingest.NeedsAttention](err); !ok {
		t.Errorf("402: %v", err)
	}
	server.Misbehave(fakenet.XFault{Kind: fakenet.FaultTooMany, Times: 1, Reset: 5 * time.Minute})
	var later *ingest.RetryAfter
	if _, err := p.Post(t.Context(), "another", ""); !errors.As(err, &later) || later.After < 4*time.Minute {
		t.Errorf("429: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Post(ctx, "another", ""); err == nil {
		t.Error("posted after the end")
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	const text = "Q1: who & why? #AskPanel https://ask.example/a"
	server := http.NewServeMux()
	server.HandleFunc("GET "+searchPath, func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query().Get("query"); q != "from:host -is:retweet" {
			t.Errorf("asked for %q", q)
		}
		_, _ = w.Write([]byte(`{"data":[{"id":"12","text":"another"},{"id":"11","text":"Q1: who &amp; why? #AskPanel https://t.co/abc123XYZ0"}],"meta":{"result_count":2}}`))
	})
	client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) { return serve(server, r), nil })}
	p, err := NewPoster(Config{Client: client, Keys: testKeys})
	if err != nil {
		t.Fatal(err)
	}
	if id, err := p.Find(t.Context(), "host", text, time.Now()); err != nil || id != "11" {
		t.Errorf("found %q, %v", id, err)
	}
	if id, err := p.Find(t.Context(), "host", "something else", time.Now()); err != nil || id != "" {
		t.Errorf("found %q, %v", id, err)
	}
	if _, err := p.Find(t.Context(), "host OR cats", text, time.Now()); err == nil {
		t.Error("a name that is a query is taken")
	}
}

func TestLength(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int{
		"": 0, "abc": 3, "é": 1, "e\u0301": 1, "日本": 4, "سلام": 4, "🎉": 2, "👋🏽": 2, "👩‍👩‍👧‍👦": 2, "🏴󠁧󠁢󠁷󠁬󠁳󠁿": 2, "🇬🇧": 2, "🇬🇧🇫🇷": 4, "❤️": 2, "🎉🎉": 4,
		"a https://ask.example/e/" + strings.Repeat("x", 100) + " b": 27, "http://a.b": 23, "“q”…": 5,
	} {
		if got := Length(s); got != want {
			t.Errorf("Length(%q) = %d, want %d", s, got, want)
		}
	}
}

func serve(h http.Handler, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}
