package ingest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/openfloor/openfloor/moderation"
)

// wallOf keeps portraits in memory.
type wallOf struct {
	mu   sync.Mutex
	kept map[string]moderation.Portrait
	puts int
	away bool
}

func (w *wallOf) Portrait(_ context.Context, event, key string) (moderation.Portrait, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.away {
		return moderation.Portrait{}, moderation.ErrUnavailable
	}
	p, ok := w.kept[event+"."+key]
	if !ok {
		return p, moderation.ErrNotFound
	}
	return p, nil
}

func (w *wallOf) PutPortrait(_ context.Context, p moderation.Portrait) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.away {
		return moderation.ErrUnavailable
	}
	w.puts++
	w.kept[p.Event+"."+p.Key] = p
	return nil
}

func TestGallery(t *testing.T) {
	t.Parallel()
	picture := encoded(t, plain(64, 64), "png")
	var mu sync.Mutex
	asked := map[string]int{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.URL.Path]++
		mu.Unlock()
		switch {
		case strings.HasPrefix(r.URL.Path, "/ok"):
			_, _ = w.Write(picture)
		case r.URL.Path == "/words":
			_, _ = w.Write([]byte("no picture"))
		case r.URL.Path == "/large":
			_, _ = w.Write(make([]byte, BodyBytes+1))
		case r.URL.Path == "/elsewhere":
			http.Redirect(w, r, "http://127.0.0.1:1/x", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	defer srv.Close()
	times := func(path string) int {
		mu.Lock()
		defer mu.Unlock()
		return asked[path]
	}
	wall := &wallOf{kept: map[string]moderation.Portrait{}}
	newGallery := func() *Gallery {
		g, err := NewGallery(GalleryConfig{
			Client: NewClient(ClientConfig{AllowPrivate: true}), Portraits: wall, Sources: []moderation.Source{moderation.FromX},
			Key:    func(_ string, _ moderation.Source, account string) string { return account },
			Larger: func(a string) string { return strings.Replace(a, "_normal", "", 1) },
			Log:    slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	g := newGallery()
	hang := func(g *Gallery, source moderation.Source, account, path string) string {
		posts := []moderation.Post{{Event: "e", Source: source, Author: moderation.PostAuthor{Account: account, Avatar: srv.URL + path}}}
		if path == "" {
			posts[0].Author.Avatar = ""
		}
		g.Hang(t.Context(), posts)
		return posts[0].Author.Avatar
	}

	first := hang(g, moderation.FromX, "ana", "/ok1")
	if !strings.HasPrefix(first, "/e/e/avatars/ana?v=") || wall.puts != 1 {
		t.Fatalf("hung at %q, %d stored", first, wall.puts)
	}
	if again := hang(g, moderation.FromX, "ana", "/ok1"); again != first || times("/ok1") != 1 {
		t.Errorf("the same picture: at %q, fetched %d times; want %q, once", again, times("/ok1"), first)
	}
	if other := hang(newGallery(), moderation.FromX, "ana", "/ok1"); other != first || times("/ok1") != 1 {
		t.Errorf("the same picture in another process: at %q, fetched %d times; want %q, once", other, times("/ok1"), first)
	}
	if changed := hang(g, moderation.FromX, "ana", "/ok2"); changed == first || changed == "" || wall.puts != 2 {
		t.Errorf("another picture of the same author: at %q, %d stored; want another address than %q, 2", changed, wall.puts, first)
	}
	if got := hang(g, moderation.FromX, "cal", "/ok3_normal"); got == "" || times("/ok3") != 1 || times("/ok3_normal") != 0 {
		t.Errorf("the larger one: at %q; it was asked for %d times, the small one %d times", got, times("/ok3"), times("/ok3_normal"))
	}
	for _, path := range []string{"/words", "/large", "/elsewhere", "/missing", ""} {
		for range 2 {
			if got := hang(g, moderation.FromX, "bea"+strings.Trim(path, "/"), path); got != "" {
				t.Errorf("%q: hung at %q, want nothing", path, got)
			}
		}
		if path != "" && times(path) != 1 {
			t.Errorf("%q was asked for %d times, want once and then a pause", path, times(path))
		}
	}
	if got := hang(g, moderation.FromMastodon, "dan", "/ok4"); got != "" || times("/ok4") != 0 {
		t.Errorf("a picture that no rule asks for: at %q, fetched %d times", got, times("/ok4"))
	}
	if got := hang(nil, moderation.FromX, "ana", "/ok1"); got != "" {
		t.Errorf("without a gallery: %q, want nothing", got)
	}
	wall.away = true
	if got := hang(g, moderation.FromX, "eve", "/ok5"); got != "" {
		t.Errorf("with the store away: hung at %q, want nothing", got)
	}
	wall.away = false
	if got := hang(g, moderation.FromX, "eve", "/ok5"); got == "" {
		t.Error("the store is back, and the picture is not hung")
	}
}

// TestGalleryIsGuarded: an address inside our own network is not asked, whoever names it.
func TestGalleryIsGuarded(t *testing.T) {
	t.Parallel()
	called := false
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	defer srv.Close()
	g, err := NewGallery(GalleryConfig{Client: NewClient(ClientConfig{}), Portraits: &wallOf{kept: map[string]moderation.Portrait{}},
		Sources: []moderation.Source{moderation.FromX}, Key: func(string, moderation.Source, string) string { return "k" }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{srv.URL + "/a", "https" + strings.TrimPrefix(srv.URL, "http"), "https://169.254.169.254/latest"} {
		_, err := g.fetch(t.Context(), address)
		if !errors.Is(err, ErrScheme) && !errors.Is(err, ErrAddress) {
			t.Errorf("%s: %v, want it refused", address, err)
		}
	}
	if called {
		t.Error("an address inside was asked")
	}
}
