package mastodon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/ingest/fakenet"
	"github.com/openfloor/openfloor/moderation"
)

// direct is a transport that calls a handler, so that client and server share a synctest bubble's clock.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	aborted := func() (aborted bool) {
		defer func() { aborted = recover() != nil }()
		d.handler.ServeHTTP(w, r)
		return false
	}()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if aborted {
		return nil, errors.New("connection reset")
	}
	return w.Result(), nil
}

// store is intake and cursors, as the real ones are: what is there twice is there once.
type store struct {
	mu      sync.Mutex
	posts   []moderation.Post
	known   map[string]bool // by MsgID
	cursors map[string]string
	fail    error
}

func (s *store) SubmitAll(_ context.Context, posts []moderation.Post) []moderation.Submitted {
	out := make([]moderation.Submitted, len(posts))
	for i, p := range posts {
		out[i].Duplicate, out[i].Err = s.submit(p)
	}
	return out
}

func (s *store) submit(p moderation.Post) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return false, s.fail
	}
	id := p.MsgID()
	if s.known[id] {
		return true, nil
	}
	if s.known == nil {
		s.known = map[string]bool{}
	}
	s.known[id] = true
	s.posts = append(s.posts, p)
	return false, nil
}

func (s *store) Cursor(_ context.Context, event, source string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cursors[event+" "+source], nil
}

func (s *store) SetCursor(_ context.Context, event, source, cursor string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cursors == nil {
		s.cursors = map[string]string{}
	}
	s.cursors[event+" "+source] = cursor
	return nil
}

func (s *store) breakWith(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

// texts returns what was stored, without the tag at its end, in the order it came.
func (s *store) texts() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, p := range s.posts {
		out = append(out, strings.TrimSuffix(p.Text, " #AskPanel"))
	}
	return out
}

// world is a supervisor with one source, on a fake server.
type world struct {
	t      *testing.T
	server *fakenet.Mastodon
	store  *store
	super  *ingest.Supervisor
	event  moderation.Event
	client *http.Client
	stop   func()
}

// start runs everything in the bubble that t is in.
func start(t *testing.T, server *fakenet.Mastodon, st *store, c Config, change func(*moderation.Event)) *world {
	t.Helper()
	c.Client = &http.Client{Transport: direct{server.Handler()}, Timeout: 15 * time.Second}
	c.Server = "https://social.example"
	return launch(t, server, st, c, change)
}

// launch is start with a client and server of one's own.
func launch(t *testing.T, server *fakenet.Mastodon, st *store, c Config, change func(*moderation.Event)) *world {
	t.Helper()
	w := &world{t: t, server: server, store: st, client: c.Client, event: moderation.Event{
		Slug: "panel", Hashtags: []string{"AskPanel"}, OpensAt: time.Now().Add(-time.Hour),
		Sources: []moderation.SourceSetting{{Kind: moderation.FromMastodon, Enabled: true}},
	}}
	if change != nil {
		change(&w.event)
	}
	super, err := ingest.NewSupervisor(ingest.Config{Intake: st, Cursors: st, Log: slog.New(slog.DiscardHandler),
		Factories: map[moderation.Source]ingest.Factory{moderation.FromMastodon: Factory(c)}})
	if err != nil {
		t.Fatal(err)
	}
	w.super = super
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- super.Run(ctx) }()
	super.Set(w.event)
	synctest.Wait()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the supervisor stopped with %v", err)
		}
	})
	return w
}

func (w *world) after(d time.Duration) { time.Sleep(d); synctest.Wait() }

func (w *world) health() ingest.Health {
	w.t.Helper()
	h := w.super.Health("panel")
	if len(h) != 1 {
		w.t.Fatalf("%d sources", len(h))
	}
	return h[0]
}

func (w *world) want(texts ...string) {
	w.t.Helper()
	got := w.store.texts()
	if !slices.Equal(got, texts) {
		w.t.Errorf("stored %q, want %q", got, texts)
	}
}

func status1(text string, age time.Duration) fakenet.Status {
	return fakenet.Status{Text: text + " #AskPanel", Name: "Ana", Acct: "ana", CreatedAt: time.Now().Add(-age)}
}

// bubble runs f in a bubble with a started world; f posts to server before it starts, if it likes.
func bubble(t *testing.T, f func(t *testing.T, server *fakenet.Mastodon, st *store)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { f(t, fakenet.New(fakenet.Config{}), &store{}) })
}

func TestNewPostsArriveInOrder(t *testing.T) {
	bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		if h := w.health(); h.State != ingest.Live || h.Error != "" {
			t.Errorf("health %+v, want live on an empty timeline", h)
		}
		server.Post(status1("one", 0))
		w.after(5 * time.Second)
		w.want("one")
		server.Post(status1("two", 0))
		w.after(time.Millisecond)
		server.Post(status1("three", 0))
		w.after(5 * time.Second)
		w.want("one", "two", "three")
		if h := w.health(); h.Received != 3 || h.LastPostAt.IsZero() {
			t.Errorf("health %+v, want 3 received", h)
		}
	})
}

// TestFirstRunReadsBack: a panel's hashtag is used before somebody makes the event; a chat's own is of its week.
func TestFirstRunReadsBack(t *testing.T) {
	const day = 24 * time.Hour
	for mode, oldest := range map[moderation.Mode][2]time.Duration{moderation.Panel: {29 * day, 31 * day}, moderation.Chat: {5 * day, 7 * day}} {
		t.Run(string(mode), func(t *testing.T) {
			bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
				server.Post(status1("too old", oldest[1]))
				server.Post(status1("0", oldest[0]))
				for i := range 89 {
					server.Post(status1(fmt.Sprint(i+1), time.Duration(100-i)*time.Minute))
				}
				w := start(t, server, st, Config{}, func(e *moderation.Event) { e.Mode = mode })
				defer w.stop()
				w.after(10 * time.Second)
				if got := st.texts(); len(got) != 90 || got[0] != "0" || got[89] != "89" {
					t.Errorf("%d posts, want 90 from the oldest on: %q", len(got), got)
				}
			})
		})
	}
}

func TestFirstRunIsBounded(t *testing.T) {
	bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
		for i := range backMost + 100 {
			server.Post(status1(fmt.Sprint(i), time.Duration(3000-i)*time.Second))
		}
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		w.after(10 * time.Second)
		if got := st.texts(); len(got) != backMost || got[0] != "100" || got[backMost-1] != fmt.Sprint(backMost+99) {
			t.Errorf("%d posts, want the newest %d", len(got), backMost)
		}
	})
}

func TestNoLookBack(t *testing.T) {
	bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
		server.Post(status1("before it opened", 2*time.Hour))
		server.Post(status1("after", time.Minute))
		w := start(t, server, st, Config{LookBack: -1}, nil)
		defer w.stop()
		w.after(5 * time.Second)
		w.want("after")
	})
}

// More than one page between two looks: min_id reads the pages from below, so none is jumped over.
func TestBurstWithoutHoles(t *testing.T) {
	bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
		server.Post(status1("first", 0))
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		w.after(time.Second)
		want := []string{"first"}
		for i := range 190 {
			server.Post(status1(fmt.Sprint(i), 0))
			want = append(want, fmt.Sprint(i))
		}
		w.after(5 * time.Second)
		w.want(want...)
	})
}

// A post that another server federates late has an id below the cursor.
func TestLatePosts(t *testing.T) {
	for name, before := range map[string][]time.Duration{
		"with older posts":   {30 * time.Minute, 20 * time.Minute, 0},
		"with no older post": {0},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
				for _, age := range before {
					server.Post(status1("on time", age))
				}
				w := start(t, server, st, Config{}, nil)
				defer w.stop()
				w.after(5 * time.Second)
				n := len(st.texts())
				server.Post(status1("late", 6*time.Minute))
				w.after(70 * time.Second)
				if got := st.texts(); len(got) != n+1 || got[n] != "late" {
					t.Errorf("stored %q, want the late one after %d", got, n)
				}
			})
		})
	}
}

func TestLatePostWhileDown(t *testing.T) {
	bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
		server.Post(status1("old", 40*time.Minute))
		server.Post(status1("new", 0))
		w := start(t, server, st, Config{}, nil)
		w.after(time.Minute)
		w.stop()
		server.Post(status1("late", 5*time.Minute))
		server.Post(status1("newer", 0))
		time.Sleep(time.Hour)
		server.Post(status1("newest", 0))
		w = start(t, server, st, Config{}, nil)
		defer w.stop()
		w.after(5 * time.Second)
		w.want("old", "new", "late", "newer", "newest")
		if n := len(server.Requests()); n > 40 {
			t.Errorf("%d requests", n)
		}
	})
}

func TestRestartFromCursor(t *testing.T) {
	bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
		server.Post(status1("one", 0))
		w := start(t, server, st, Config{}, nil)
		w.after(30 * time.Minute)
		w.stop()
		if st.cursors["panel mastodon"] == "" {
			t.Fatal("no cursor stored")
		}
		asked := len(server.Requests())
		for i := range 100 {
			server.Post(status1(fmt.Sprint(i), 0))
		}
		w = start(t, server, st, Config{}, nil)
		defer w.stop()
		w.after(5 * time.Second)
		if got := st.texts(); len(got) != 101 {
			t.Errorf("%d posts stored, want 101", len(got))
		}
		for _, r := range server.Requests()[asked:] {
			if r.Query.Get("min_id") == "" {
				t.Errorf("asked for %v: not from the cursor", r.Query)
			}
		}
	})
}

// The cursor stays where it was while the intake does not take posts, so nothing is lost with it.
func TestIntakeFails(t *testing.T) {
	bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
		server.Post(status1("one", 0))
		w := start(t, server, st, Config{}, nil)
		w.after(5 * time.Second)
		before := st.cursors["panel mastodon"]
		st.breakWith(moderation.ErrUnavailable)
		server.Post(status1("two", 0))
		w.after(10 * time.Second)
		if h := w.health(); h.State != ingest.BackingOff || h.NextTryAt.IsZero() || !strings.Contains(h.Error, "stored") {
			t.Errorf("health %+v, want backing off because of the store", h)
		}
		if got := st.cursors["panel mastodon"]; got != before {
			t.Errorf("the cursor went on to %s", got)
		}
		w.stop() // a crash would do the same
		st.breakWith(nil)
		w = start(t, server, st, Config{}, nil)
		defer w.stop()
		w.after(5 * time.Second)
		w.want("one", "two")
	})
}

func TestEdits(t *testing.T) {
	bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
		id := server.Post(status1("teh question", 0))
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		w.after(5 * time.Second)
		server.Edit(id, "the question #AskPanel")
		w.after(70 * time.Second)
		w.want("teh question", "the question")
		if a, b := st.posts[0], st.posts[1]; a.Key != b.Key || a.Version >= b.Version {
			t.Errorf("keys %q and %q, versions %q and %q: want one post with a newer version", a.Key, b.Key, a.Version, b.Version)
		}
		w.after(5 * time.Minute)
		w.want("teh question", "the question")
	})
}

func TestOnlyWhatBelongs(t *testing.T) {
	bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
		for _, v := range []string{"unlisted", "private", "direct", "local"} {
			s := status1(v, 0)
			s.Visibility = v
			server.Post(s)
		}
		boost := status1("boost", 0)
		boost.Reblog = true
		server.Post(boost)
		bot := status1("bot", 0)
		bot.Bot = true
		server.Post(bot)
		warned := status1("warned", 0)
		warned.Warning = "politics"
		server.Post(warned)
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		w.after(5 * time.Second)
		w.want("bot", "warned")
		if p := st.posts[1]; p.Warning != "politics" || !p.Sensitive {
			t.Errorf("warning %q, sensitive %v", p.Warning, p.Sensitive)
		}
	})
}

// Server and organiser write a tag differently, and a server may send what lacks it.
func TestTagsFolded(t *testing.T) {
	bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
		server.Post(fakenet.Status{Text: "a", Tags: []string{"qualitat"}})
		server.Post(fakenet.Status{Text: "b #QUALITÄT"})
		w := start(t, server, st, Config{}, func(e *moderation.Event) { e.Hashtags = []string{"#Qualita\u0308t", "qualitat"} })
		defer w.stop()
		w.after(5 * time.Second)
		w.want("a", "b #QUALITÄT")
		for _, r := range server.Requests() {
			if r.Path != "/api/v1/timelines/tag/qualität" {
				t.Errorf("asked for %q", r.Path)
			}
		}
	})
}

func TestTwoTags(t *testing.T) {
	bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
		w := start(t, server, st, Config{}, func(e *moderation.Event) { e.Hashtags = []string{"one", "two"} })
		defer w.stop()
		server.Post(fakenet.Status{Text: "a #one"})
		server.Post(fakenet.Status{Text: "b #two"})
		server.Post(fakenet.Status{Text: "c #one #two"})
		w.after(10 * time.Second)
		if got := st.texts(); len(got) != 3 {
			t.Errorf("stored %q, want each once", got)
		}
	})
}

func TestRateLimitKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, st := fakenet.New(fakenet.Config{Limit: 30, Window: 15 * time.Minute}), &store{}
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		for i := range 30 {
			server.Post(status1(fmt.Sprint(i), 0))
			w.after(time.Minute)
		}
		if n := len(server.Requests()); n > 75 {
			t.Errorf("%d requests in 30 minutes at 30 in 15", n)
		}
		if h := w.health(); h.State != ingest.Live || h.Received < 28 {
			t.Errorf("health %+v, want live and nearly all received", h)
		}
	})
}

func TestTooManyWaitsForReset(t *testing.T) {
	bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		server.Misbehave(fakenet.Fault{Kind: fakenet.FaultTooMany, Times: 1, Reset: 7 * time.Minute})
		server.Post(status1("one", 0))
		w.after(5 * time.Second)
		h := w.health()
		if wait := time.Until(h.NextTryAt); h.State != ingest.BackingOff || wait < 7*time.Minute-6*time.Second || wait > 8*time.Minute {
			t.Errorf("health %+v, next try in %v; want after the reset, with jitter", h, wait)
		}
		asked := len(server.Requests())
		w.after(6 * time.Minute)
		if n := len(server.Requests()); n != asked {
			t.Errorf("%d requests before the reset", n-asked)
		}
		w.after(3 * time.Minute)
		w.want("one")
	})
}

func TestFaultsPass(t *testing.T) {
	for name, f := range map[string]fakenet.Fault{
		"500":       {Kind: fakenet.FaultStatus, Status: 500},
		"503":       {Kind: fakenet.FaultStatus, Status: 503},
		"throttled": {Kind: fakenet.FaultStatus, Status: 503, Retry: 30},
		"hang":      {Kind: fakenet.FaultHang},
		"stall":     {Kind: fakenet.FaultStall},
		"cut":       {Kind: fakenet.FaultCut},
		"truncated": {Kind: fakenet.FaultTruncated},
		"garbage":   {Kind: fakenet.FaultGarbage},
		"html":      {Kind: fakenet.FaultHTML},
		"huge":      {Kind: fakenet.FaultHuge},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
				server.Post(status1("one", 0))
				w := start(t, server, st, Config{}, nil)
				defer w.stop()
				w.after(5 * time.Second)
				f.Times = 3
				server.Misbehave(f)
				server.Post(status1("two", 0))
				seen := map[ingest.State]bool{}
				for range 180 {
					w.after(time.Second)
					h := w.health()
					seen[h.State] = true
					if h.State == ingest.BackingOff && (h.Error == "" || h.NextTryAt.Before(time.Now())) {
						t.Errorf("health %+v does not say why and until when", h)
					}
				}
				if !seen[ingest.BackingOff] || seen[ingest.Failed] || seen[ingest.Off] {
					t.Errorf("states %v, want backing off among them", seen)
				}
				w.want("one", "two")
				if h := w.health(); h.State != ingest.Live || h.Error != "" {
					t.Errorf("health %+v afterwards, want live", h)
				}
			})
		})
	}
}

func TestNeedsAttention(t *testing.T) {
	for status, says := range map[int]string{401: "OPENFLOOR_MASTODON_TOKEN", 403: "OPENFLOOR_MASTODON_TOKEN", 422: "Check the hashtag", 410: "Check"} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
				server.Misbehave(fakenet.Fault{Kind: fakenet.FaultStatus, Status: status})
				w := start(t, server, st, Config{}, nil)
				defer w.stop()
				if h := w.health(); h.State != ingest.Failed || !strings.Contains(h.Error, says) || !strings.Contains(h.Error, "social.example") {
					t.Errorf("health %+v, want failed and words with %q", h, says)
				}
				w.after(10 * time.Minute)
				if n := len(server.Requests()); n != 1 {
					t.Errorf("%d requests, want it left alone", n)
				}
			})
		})
	}
}

func TestNotFoundIsEmpty(t *testing.T) {
	bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
		server.Misbehave(fakenet.Fault{Kind: fakenet.FaultStatus, Status: 404, Times: 2})
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		if h := w.health(); h.State != ingest.Live {
			t.Errorf("health %+v, want live", h)
		}
		server.Post(status1("one", 0))
		w.after(10 * time.Second)
		w.want("one")
	})
}

func TestStrangeMembersAreSkipped(t *testing.T) {
	bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
		server.Post(status1("one", 0))
		server.Misbehave(fakenet.Fault{Kind: fakenet.FaultStrange, Times: 1})
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		w.after(5 * time.Second)
		w.want("one")
		if h := w.health(); h.Skipped < 7 || h.State != ingest.Live {
			t.Errorf("health %+v, want the strange members counted", h)
		}
	})
}

func TestDoubledPage(t *testing.T) {
	bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
		for i := range 5 {
			server.Post(status1(fmt.Sprint(i), 0))
		}
		server.Misbehave(fakenet.Fault{Kind: fakenet.FaultDoubled})
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		w.after(2 * time.Minute)
		w.want("0", "1", "2", "3", "4")
	})
}

func TestTokenGoesToItsServerOnly(t *testing.T) {
	for name, c := range map[string]struct {
		config Config
		server string
		want   string
	}{
		"its server":        {Config{Token: "secret"}, "", "Bearer secret"},
		"written otherwise": {Config{Token: "secret"}, "HTTPS://Social.Example/", "Bearer secret"},
		"another server":    {Config{Token: "secret"}, "https://other.example", ""},
		"another port":      {Config{Token: "secret"}, "https://social.example:8443", ""},
		"without tls":       {Config{Token: "secret"}, "http://social.example", ""},
		"named server":      {Config{Token: "secret", TokenServer: "https://other.example"}, "https://other.example", "Bearer secret"},
		"not the default":   {Config{Token: "secret", TokenServer: "https://other.example"}, "", ""},
		"no token":          {Config{}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
				w := start(t, server, st, c.config, func(e *moderation.Event) { e.Sources[0].Server = c.server })
				defer w.stop()
				for _, r := range server.Requests() {
					if r.Authorization != c.want {
						t.Errorf("Authorization %q, want %q", r.Authorization, c.want)
					}
				}
			})
		})
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]moderation.SourceSetting{
		"no tag":      {Hashtags: []string{"", "#"}},
		"ftp":         {Server: "ftp://x.example", Hashtags: []string{"x"}},
		"no host":     {Server: "https://", Hashtags: []string{"x"}},
		"credentials": {Server: "https://a:b@x.example", Hashtags: []string{"x"}},
		"query":       {Server: "https://x.example?a=b", Hashtags: []string{"x"}},
	} {
		if _, err := New(Config{Client: http.DefaultClient}, moderation.Event{}, c); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	for _, server := range []string{"", "social.example", "https://social.example/", "http://127.0.0.1:8080/base"} {
		if _, err := New(Config{Client: http.DefaultClient}, moderation.Event{}, moderation.SourceSetting{Server: server, Hashtags: []string{"x"}}); err != nil {
			t.Errorf("%q: %v", server, err)
		}
	}
}

// Over a real socket, with the guarded client that the program uses.
func TestOverTheWire(t *testing.T) {
	t.Parallel()
	server, st := fakenet.New(fakenet.Config{}), &store{}
	srv := httptest.NewServer(server.Handler())
	defer srv.Close()
	const sent = 50 // more than a page
	for i := range sent {
		server.Post(fakenet.Status{Text: fmt.Sprintf("Post %d over the wire? #AskPanel", i)})
	}
	client := ingest.NewClient(ingest.ClientConfig{AllowPrivate: true})
	defer client.CloseIdleConnections()
	s, err := New(Config{Client: client, Every: time.Millisecond}, moderation.Event{OpensAt: time.Now()},
		moderation.SourceSetting{Kind: moderation.FromMastodon, Server: srv.URL, Hashtags: []string{"askpanel"}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	sink := &sinkFunc{deliver: func(posts []moderation.Post) error {
		for _, p := range posts {
			p.Event = "panel"
			if _, err := st.submit(p); err != nil {
				return err
			}
		}
		if len(st.texts()) == sent {
			cancel(enough)
		}
		return nil
	}}
	if err := s.Run(ctx, "", sink); !errors.Is(err, enough) && !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v", err)
	}
	if n := len(st.texts()); n != sent {
		t.Errorf("%d posts over the wire", n)
	}
}

func TestPrivateServerIsRefused(t *testing.T) {
	t.Parallel()
	srv := httptest.NewTLSServer(fakenet.New(fakenet.Config{}).Handler())
	defer srv.Close()
	for _, server := range []string{srv.URL, "http://social.example"} {
		s, err := New(Config{Client: ingest.NewClient(ingest.ClientConfig{})}, moderation.Event{},
			moderation.SourceSetting{Server: server, Hashtags: []string{"x"}})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Run(t.Context(), "", &sinkFunc{})
		if _, ok := errors.AsType[*ingest.NeedsAttention](err); !ok {
			t.Errorf("%s: %v, want it refused with what to do", server, err)
		}
	}
}

type sinkFunc struct {
	deliver func([]moderation.Post) error
	alive   func()
}

func (s *sinkFunc) Deliver(_ context.Context, posts []moderation.Post, _ string) error {
	return s.deliver(posts)
}
func (s *sinkFunc) Alive() {
	if s.alive != nil {
		s.alive()
	}
}
func (s *sinkFunc) Skipped(int) {}
