package x

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
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

const testBearer = "bearer-canary"

var testKeys = Keys{ConsumerKey: "ck_test", ConsumerSecret: "cs_test", AccessToken: "at_test", AccessSecret: "ats_test"}

// fake returns a fake X with every credential of these tests.
func fake(c fakenet.XConfig) *fakenet.X {
	c.Bearer, c.ConsumerKey, c.ConsumerSecret, c.AccessToken, c.AccessSecret = testBearer, testKeys.ConsumerKey, testKeys.ConsumerSecret, testKeys.AccessToken, testKeys.AccessSecret
	return fakenet.NewX(c)
}

// piped returns a client that reaches server in memory, so that they share a bubble's clock. It is closed with the test.
func piped(t *testing.T, server *fakenet.X) (client *http.Client, stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	dial, wait := fakenet.Pipe(ctx, server.Handler())
	transport := &http.Transport{DialContext: dial, ResponseHeaderTimeout: 15 * time.Second}
	return &http.Client{Transport: transport, Timeout: 15 * time.Second}, func() { cancel(); transport.CloseIdleConnections(); wait() }
}

// store is intake and cursors, as the real ones are: what is there twice is there once.
type store struct {
	mu      sync.Mutex
	posts   []moderation.Post
	cursors map[string]string
	times   int // a cursor was stored
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
	for _, q := range s.posts {
		if q.MsgID() == p.MsgID() {
			return true, nil
		}
	}
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
	s.times++
	return nil
}

func (s *store) written() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.times
}

func (s *store) breakWith(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

func (s *store) all() []moderation.Post {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.posts)
}

// texts returns what was stored, without the tag at its end, in the order it came; a deletion as "-" and its key.
func (s *store) texts() []string {
	var out []string
	for _, p := range s.all() {
		if p.Deleted {
			out = append(out, "-"+p.Key)
			continue
		}
		out = append(out, strings.TrimSuffix(p.Text, " #AskPanel"))
	}
	return out
}

// watching is what Config.Watching returns: everything that was stored and not taken back.
func (s *store) watching(event string) (shown, kept []string) {
	for _, p := range s.all() {
		if p.Event == event {
			shown = append(shown, p.Key)
		}
	}
	return shown, nil
}

// world is a supervisor with events that listen to a fake X.
type world struct {
	t      *testing.T
	server *fakenet.X
	store  *store
	super  *ingest.Supervisor
	event  moderation.Event
	stop   func()
}

// start runs everything in the bubble that t is in.
func start(t *testing.T, server *fakenet.X, st *store, c Config, change func(*moderation.Event)) *world {
	t.Helper()
	client, closeAll := piped(t, server)
	c.Client, c.Server = client, "http://api.x.example"
	if c.Bearer == "" && c.Keys == (Keys{}) {
		c.Bearer = testBearer
	}
	w := &world{t: t, server: server, store: st, event: moderation.Event{
		Slug: "panel", Hashtags: []string{"AskPanel"}, OpensAt: time.Now().Add(-time.Hour),
		Sources: []moderation.SourceSetting{{Kind: moderation.FromX, Enabled: true}},
	}}
	if change != nil {
		change(&w.event)
	}
	super, err := ingest.NewSupervisor(ingest.Config{Intake: st, Cursors: st, Log: slog.New(slog.DiscardHandler),
		Factories: map[moderation.Source]ingest.Factory{moderation.FromX: Factory(c)}})
	if err != nil {
		t.Fatal(err)
	}
	w.super = super
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- super.Run(ctx) }()
	super.Set(w.event)
	synctest.Wait()
	w.stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the supervisor stopped with %v", err)
		}
		closeAll()
	}
	return w
}

func (w *world) after(d time.Duration) { time.Sleep(d); synctest.Wait() }

func (w *world) health() ingest.Health {
	w.t.Helper()
	h := w.super.Health("panel")
	if len(h) != 1 {
		w.t.Fatalf("health of %d sources", len(h))
	}
	return h[0]
}

// want checks what was stored, in any order.
func (w *world) want(texts ...string) {
	w.t.Helper()
	got := w.store.texts()
	a, b := slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(texts))
	if !slices.Equal(a, b) {
		w.t.Errorf("stored %q, want %q", got, texts)
	}
}

// bubble runs f in a bubble of its own.
func bubble(t *testing.T, c fakenet.XConfig, f func(t *testing.T, server *fakenet.X, st *store)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { f(t, fake(c), &store{}) })
}

// tagged is a post with the event's tag.
func tagged(text string) fakenet.XPost {
	return fakenet.XPost{Text: text + " #AskPanel", Name: "Ana", Username: "ana"}
}

// numbered returns n posts' texts.
func numbered(server *fakenet.X, n int) []string {
	var out []string
	for i := range n {
		server.Post(tagged(fmt.Sprint(i)))
		out = append(out, fmt.Sprint(i))
		time.Sleep(time.Millisecond)
	}
	return out
}
