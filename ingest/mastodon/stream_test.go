package mastodon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/ingest/fakenet"
	"github.com/openfloor/openfloor/moderation"
)

// streaming runs f in a bubble with a supervisor on a fake server that has streams, over connections in memory.
func streaming(t *testing.T, fake fakenet.Config, c Config, change func(*moderation.Event), f func(t *testing.T, server *fakenet.Mastodon, w *world)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		if fake.Token == "" {
			fake.Token, fake.Open = "secret", true
		}
		server := fakenet.New(fake)
		ctx, cancel := context.WithCancel(t.Context())
		dial, wait := fakenet.Pipe(ctx, server.Handler())
		transport := &http.Transport{DialContext: dial}
		if c.Token == "" {
			c.Token = "secret"
		}
		c.Client, c.Dial, c.Server = &http.Client{Transport: transport, Timeout: 15 * time.Second}, dial, "http://social.example"
		w := launch(t, server, &store{}, c, change)
		f(t, server, w)
		w.stop()
		transport.CloseIdleConnections()
		cancel()
		wait()
	})
}

// asked counts requests since the nth by whether they were for a stream.
func asked(server *fakenet.Mastodon, from int) (polls, streams int) {
	for _, r := range server.Requests()[from:] {
		switch {
		case r.Streaming:
			streams++
		case strings.HasPrefix(r.Path, "/api/v1/timelines/"):
			polls++
		}
	}
	return polls, streams
}

// kinds runs f over websockets and over server-sent events.
func kinds(t *testing.T, c Config, f func(t *testing.T, server *fakenet.Mastodon, w *world)) {
	t.Helper()
	for name, lacks := range map[string][]string{"websocket": nil, "sse": {"websocket"}} {
		t.Run(name, func(t *testing.T) { streaming(t, fakenet.Config{NoStream: lacks}, c, nil, f) })
	}
}

func TestStream(t *testing.T) {
	kinds(t, Config{}, func(t *testing.T, server *fakenet.Mastodon, w *world) {
		w.after(time.Second)
		if n := server.Streams(); n != 1 {
			t.Fatalf("%d streams are open, want 1", n)
		}
		for i, text := range []string{"one", "two", "Ünïcode 👩‍💻 من"} {
			server.Post(status1(text, 0))
			w.after(time.Millisecond) // far less than a look takes
			if got := w.store.texts(); len(got) != i+1 || got[i] != text {
				t.Fatalf("stored %q, want %q by stream", got, text)
			}
		}
		before := len(server.Requests())
		w.after(10 * time.Minute)
		if polls, streams := asked(server, before); polls > 21 || polls < 9 || streams != 0 {
			t.Errorf("%d polls and %d streams in 10 minutes, want one or two a minute over the stream that stands", polls, streams)
		}
		w.want("one", "two", "Ünïcode 👩‍💻 من")
		if h := w.health(); h.State != ingest.Live || h.Error != "" || h.Received != 3 {
			t.Errorf("health %+v, want live", h)
		}
	})
}

func TestStreamAuthorization(t *testing.T) {
	kinds(t, Config{UserAgent: "Openfloor/1"}, func(t *testing.T, server *fakenet.Mastodon, w *world) {
		w.after(time.Second)
		for _, r := range server.Requests() {
			if r.Authorization != "Bearer secret" || r.Query.Get("access_token") != "" {
				t.Errorf("%s?%s with Authorization %q, want the token in the header alone", r.Path, r.Query.Encode(), r.Authorization)
			}
		}
	})
}

func TestStreamEditsAndDeletions(t *testing.T) {
	kinds(t, Config{}, func(t *testing.T, server *fakenet.Mastodon, w *world) {
		early := server.Post(status1("polled", time.Hour))
		w.after(6 * time.Second)
		id, other := server.Post(status1("teh question", 0)), server.Post(status1("for few", 0))
		w.after(time.Second)
		server.Edit(id, "the question #AskPanel")
		w.after(time.Second)
		w.want("polled", "teh question", "for few", "the question")
		if a, b := w.store.posts[1], w.store.posts[3]; a.Key != b.Key || a.Version >= b.Version {
			t.Errorf("keys %q and %q, versions %q and %q: want one post with a newer version", a.Key, b.Key, a.Version, b.Version)
		}
		server.Delete(id)
		server.Delete(early)
		server.Restrict(other, "private")
		w.after(time.Second)
		var gone []string
		for _, p := range w.store.posts[4:] {
			if !p.Deleted || p.Text != "" {
				t.Errorf("got %+v, want a deletion", p)
			}
			gone = append(gone, p.Key)
		}
		want := []string{w.store.posts[1].Key, w.store.posts[0].Key, w.store.posts[2].Key}
		if !slices.Equal(gone, want) {
			t.Errorf("gone are %q, want %q", gone, want)
		}
		w.after(20 * time.Minute)
		if n := len(w.store.posts); n != 7 {
			t.Errorf("%d posts stored, want no more than 7: %q", n, w.store.texts())
		}
	})
}

func TestStreamDeletesOnlyWhatIsKnown(t *testing.T) {
	kinds(t, Config{}, func(t *testing.T, server *fakenet.Mastodon, w *world) {
		old := server.Post(status1("too old", 60*24*time.Hour))
		few := status1("for few", 0)
		few.Visibility = "unlisted"
		hidden := server.Post(few)
		w.after(6 * time.Second)
		server.Delete(old)
		server.Edit(hidden, "for few, still #AskPanel")
		server.Delete(hidden)
		w.after(2 * time.Minute)
		w.want()
	})
}

// What comes over the stream is no reason to pass over what it left out.
func TestStreamLeavesOut(t *testing.T) {
	kinds(t, Config{}, func(t *testing.T, server *fakenet.Mastodon, w *world) {
		w.after(time.Second)
		server.Post(status1("one", 0))
		w.after(time.Second)
		server.Deaf(true)
		server.Post(status1("left out", 0))
		w.after(time.Second)
		server.Deaf(false)
		server.Post(status1("two", 0))
		w.after(time.Second)
		w.want("one", "two")
		w.after(time.Minute)
		w.want("one", "two", "left out")
		before := len(server.Requests())
		w.after(time.Minute)
		if polls, _ := asked(server, before); polls < 11 {
			t.Errorf("%d polls in a minute, want the quick pace again for a stream that leaves things out", polls)
		}
		server.Post(status1("three", 0))
		w.after(time.Millisecond)
		if got := w.store.texts(); got[len(got)-1] != "three" {
			t.Errorf("stored %q, want what the stream brings all the same", got)
		}
	})
}

func TestStreamBreaks(t *testing.T) {
	for _, how := range []fakenet.BreakKind{fakenet.BreakCut, fakenet.BreakClose, fakenet.BreakMessage, fakenet.BreakRune, fakenet.BreakSilent} {
		t.Run(string(how), func(t *testing.T) {
			kinds(t, Config{}, func(t *testing.T, server *fakenet.Mastodon, w *world) {
				w.after(time.Second)
				server.Post(status1("one", 0))
				w.after(20 * time.Second) // before any ping
				server.Break(how)
				server.Post(status1("missed", 0))
				late := status1("late", 3*time.Minute)
				server.Post(late)
				if how == fakenet.BreakSilent {
					w.after(silence)
				}
				w.after(3 * time.Second)
				got := w.store.texts()
				slices.Sort(got)
				if want := []string{"late", "missed", "one"}; !slices.Equal(got, want) {
					t.Errorf("stored %q, want %q by catching up", got, want)
				}
				if n := server.Streams(); n < 1 { // one that fell silent may not know that we left
					t.Errorf("%d streams, want a new one", n)
				}
				server.Post(status1("two", 0))
				w.after(time.Millisecond)
				if got := w.store.texts(); len(got) != 4 || got[3] != "two" {
					t.Errorf("stored %q, want the next by stream again", got)
				}
				if h := w.health(); h.State != ingest.Live || h.Error != "" {
					t.Errorf("health %+v, want live throughout", h)
				}
			})
		})
	}
}

// What came between the last look and the new stream is not left to the slow pace that the stream brings.
func TestStreamCatchesUp(t *testing.T) {
	kinds(t, Config{}, func(t *testing.T, server *fakenet.Mastodon, w *world) {
		w.after(time.Second)
		server.Post(status1("one", 0))
		w.after(20 * time.Second)
		server.Break(fakenet.BreakCut)
		w.after(500 * time.Millisecond)
		server.Post(status1("between", 0))
		for server.Streams() == 0 {
			w.after(10 * time.Millisecond)
		}
		server.Post(status1("two", 0))
		w.after(time.Second)
		got := w.store.texts()
		slices.Sort(got)
		if want := []string{"between", "one", "two"}; !slices.Equal(got, want) {
			t.Errorf("stored %q a second after the new stream, want %q", got, want)
		}
	})
}

func TestStreamRemarks(t *testing.T) {
	for what, counted := range map[fakenet.RemarkKind]bool{
		fakenet.RemarkGarbage: true, fakenet.RemarkUnknown: false, fakenet.RemarkWrong: true, fakenet.RemarkBinary: true,
		fakenet.RemarkError: true, fakenet.RemarkHuge: false,
	} {
		t.Run(string(what), func(t *testing.T) {
			kinds(t, Config{}, func(t *testing.T, server *fakenet.Mastodon, w *world) {
				w.after(time.Second)
				server.Remark(what)
				w.after(3 * time.Second)
				server.Post(status1("one", 0))
				w.after(time.Millisecond)
				w.want("one")
				sse := slices.ContainsFunc(server.Requests(), func(r fakenet.Request) bool { return strings.HasSuffix(r.Path, "/hashtag") })
				if sse && (what == fakenet.RemarkBinary || what == fakenet.RemarkError) {
					return // there it is an event without a name, which means nothing
				}
				if h := w.health(); (h.Skipped > 0) != counted || h.State != ingest.Live {
					t.Errorf("health %+v, want counted: %v", h, counted)
				}
			})
		})
	}
}

func TestStreamHeartbeatsKeepItOpen(t *testing.T) {
	kinds(t, Config{}, func(t *testing.T, server *fakenet.Mastodon, w *world) {
		w.after(time.Hour)
		if _, streams := asked(server, 0); server.Streams() != 1 || streams > 2 {
			t.Errorf("%d streams open, %d asked for in a quiet hour, want the first to stand", server.Streams(), streams)
		}
		// Nothing proves that the stream of a quiet hour brings anything, so polling stays quick.
		before := len(server.Requests())
		w.after(time.Minute)
		if polls, _ := asked(server, before); polls < 11 {
			t.Errorf("%d polls in a minute of a stream that has brought nothing", polls)
		}
	})
}

func TestTokenIsRevoked(t *testing.T) {
	kinds(t, Config{}, func(t *testing.T, server *fakenet.Mastodon, w *world) {
		w.after(10 * time.Second)
		server.RevokeToken("another")
		w.after(time.Minute)
		if h := w.health(); h.State != ingest.Failed || !strings.Contains(h.Error, "OPENFLOOR_MASTODON_TOKEN") {
			t.Errorf("health %+v, want failed, with what to do", h)
		}
		if n := server.Streams(); n != 0 {
			t.Errorf("%d streams after that", n)
		}
		server.Post(status1("one", 0))
		server.RevokeToken("secret") // it was made anew
		w.after(20 * time.Minute)
		w.want("one")
	})
}

// The token may read and not stream: an app's, for one.
func TestStreamRefused(t *testing.T) {
	for _, status := range []int{401, 403, 404, 400, 429, 500, 501, 503} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			streaming(t, fakenet.Config{}, Config{}, nil, func(t *testing.T, server *fakenet.Mastodon, w *world) {
				server.RefuseStreams(status)
				server.Break(fakenet.BreakClose)
				w.after(10 * time.Second)
				server.Post(status1("one", 0))
				w.after(5 * time.Second)
				w.want("one")
				before := len(server.Requests())
				w.after(10 * time.Minute)
				if _, streams := asked(server, before); streams > 25 {
					t.Errorf("asked %d times for a stream in 10 minutes", streams)
				}
				if h := w.health(); h.State != ingest.Live || h.Error != "" {
					t.Errorf("health %+v, want live by polling", h)
				}
				server.RefuseStreams(0)
				w.after(20 * time.Minute)
				if n := server.Streams(); n != 1 {
					t.Errorf("%d streams once the server allows them", n)
				}
			})
		})
	}
}

func TestNoStreams(t *testing.T) {
	for name, c := range map[string]struct {
		fake   fakenet.Config
		config Config
	}{
		"neither kind":          {fakenet.Config{NoStream: []string{"websocket", "sse"}}, Config{}},
		"a host that is away":   {fakenet.Config{Stream: "ftp://stream.example"}, Config{}},
		"token of another host": {fakenet.Config{}, Config{TokenServer: "https://other.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			streaming(t, c.fake, c.config, nil, func(t *testing.T, server *fakenet.Mastodon, w *world) {
				w.after(time.Second)
				server.Post(status1("one", 0))
				w.after(5 * time.Second)
				w.want("one")
				if n := server.Streams(); n != 0 {
					t.Errorf("%d streams", n)
				}
			})
		})
	}
}

func TestStreamOfSeveralTags(t *testing.T) {
	for name, lacks := range map[string][]string{"websocket": nil, "sse": {"websocket"}} {
		t.Run(name, func(t *testing.T) {
			tags := func(e *moderation.Event) { e.Hashtags = []string{"one", "two", "Qualität"} }
			streaming(t, fakenet.Config{NoStream: lacks}, Config{}, tags, func(t *testing.T, server *fakenet.Mastodon, w *world) {
				w.after(2 * time.Second)
				for _, text := range []string{"a #one", "b #two", "c #qualitat", "d #one #two", "e #three"} {
					server.Post(fakenet.Status{Text: text})
					w.after(time.Millisecond)
				}
				w.want("a #one", "b #two", "c #qualitat", "d #one #two")
			})
		})
	}
}

// The event is weeks away: few requests, no stream; then it begins.
func TestSlowUntilTheEvent(t *testing.T) {
	begins := func(e *moderation.Event) {
		starts, closes := time.Now().Add(3*24*time.Hour), time.Now().Add(3*24*time.Hour+2*time.Hour)
		e.StartsAt, e.ClosesAt = &starts, &closes
	}
	streaming(t, fakenet.Config{}, Config{}, begins, func(t *testing.T, server *fakenet.Mastodon, w *world) {
		server.Post(status1("long before", time.Hour))
		w.after(6 * time.Minute)
		w.want("long before")
		before := len(server.Requests())
		w.after(24 * time.Hour)
		if polls, streams := asked(server, before); streams != 0 || polls > 300 || polls < 280 {
			t.Errorf("%d polls and %d streams in a day, want one poll each 5 minutes", polls, streams)
		}
		server.Post(status1("late", 7*time.Minute))
		w.after(10 * time.Minute)
		w.want("long before", "late")
		w.after(46*time.Hour + 40*time.Minute)
		if n := server.Streams(); n != 0 {
			t.Errorf("%d streams before the event's hours", n)
		}
		w.after(5 * time.Minute)
		if n := server.Streams(); n != 1 {
			t.Errorf("%d streams in the hour before the start, want one", n)
		}
		server.Post(status1("now", 0))
		w.after(time.Millisecond)
		w.want("long before", "late", "now")
		w.after(3 * time.Hour)
		if n := server.Streams(); n != 0 {
			t.Errorf("%d streams after it closed", n)
		}
	})
}

// A server that cannot be asked, while its streams go on, is waited for as it says; what is new comes by stream.
func TestPollingFailsWhileStreaming(t *testing.T) {
	for name, f := range map[string]fakenet.Fault{
		"429": {Kind: fakenet.FaultTooMany, Times: 1, Reset: 7 * time.Minute},
		"503": {Kind: fakenet.FaultStatus, Status: 503, Times: 3},
	} {
		t.Run(name, func(t *testing.T) {
			streaming(t, fakenet.Config{}, Config{}, nil, func(t *testing.T, server *fakenet.Mastodon, w *world) {
				w.after(time.Second)
				server.Post(status1("one", 0))
				w.after(time.Second)
				server.Misbehave(f)
				w.after(2 * time.Minute)
				server.Post(status1("two", 0))
				w.after(time.Millisecond)
				w.want("one", "two")
				if h := w.health(); h.State != ingest.Live {
					t.Errorf("health %+v, want live by stream", h)
				}
				if f.Kind == fakenet.FaultTooMany {
					before := len(server.Requests())
					w.after(4 * time.Minute)
					if n := len(server.Requests()) - before; n != 0 {
						t.Errorf("%d requests before the reset", n)
					}
					server.Break(fakenet.BreakCut)
					w.after(time.Second / 2)
					if h := w.health(); h.State != ingest.BackingOff || time.Until(h.NextTryAt) < 30*time.Second {
						t.Errorf("health %+v, want backing off until the reset now that the stream is gone", h)
					}
				}
				server.Deaf(true)
				server.Post(status1("three", 0))
				server.Deaf(false)
				w.after(4 * time.Minute)
				w.want("one", "two", "three")
			})
		})
	}
}

// GoToSocial takes the stream and sends nothing over it.
func TestGoToSocial(t *testing.T) {
	streaming(t, fakenet.Config{Software: fakenet.GoToSocial, Token: "secret"}, Config{}, nil, func(t *testing.T, server *fakenet.Mastodon, w *world) {
		w.after(6 * time.Second)
		id := server.Post(status1("one", 0))
		server.Post(status1("late", 5*time.Minute))
		w.after(5 * time.Second)
		if len(id) != 26 {
			t.Errorf("id %q is no ULID", id)
		}
		w.after(time.Minute)
		got := w.store.texts()
		slices.Sort(got)
		if !slices.Equal(got, []string{"late", "one"}) {
			t.Errorf("stored %q", got)
		}
		server.Misbehave(fakenet.Fault{Kind: fakenet.FaultStatus, Status: 503, Retry: 30, Times: 1})
		w.after(6 * time.Second)
		if h := w.health(); h.State != ingest.BackingOff || time.Until(h.NextTryAt) < 20*time.Second {
			t.Errorf("health %+v, want 30 seconds as told", h)
		}
		server.Post(status1("two", 0))
		w.after(40 * time.Second)
		if got := w.store.texts(); len(got) != 3 || got[2] != "two" {
			t.Errorf("stored %q after the throttle", got)
		}
		if h := w.health(); h.State != ingest.Live {
			t.Errorf("health %+v", h)
		}
	})
}

func TestGoToSocialNeedsToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := start(t, fakenet.New(fakenet.Config{Software: fakenet.GoToSocial}), &store{}, Config{}, nil)
		defer w.stop()
		if h := w.health(); h.State != ingest.Failed || !strings.Contains(h.Error, "own users only") {
			t.Errorf("health %+v, want to be told that a token is needed", h)
		}
	})
}

// Akkoma gives an id when a post arrives, and knows visibilities of its own.
func TestAkkoma(t *testing.T) {
	streaming(t, fakenet.Config{Software: fakenet.Akkoma}, Config{}, nil, func(t *testing.T, server *fakenet.Mastodon, w *world) {
		w.after(6 * time.Second)
		for _, v := range []string{"local", "list", "unlisted"} {
			s := status1(v, 0)
			s.Visibility = v
			server.Post(s)
		}
		id := server.Post(status1("one", 0))
		server.Post(status1("late", 5*time.Minute))
		w.after(time.Millisecond)
		w.want("one", "late")
		server.Edit(id, "one, edited #AskPanel")
		server.Delete(id)
		w.after(5 * time.Minute)
		if n := len(w.store.posts); n != 4 || !w.store.posts[3].Deleted || w.store.posts[2].Text != "one, edited #AskPanel" {
			t.Errorf("stored %q", w.store.texts())
		}
		server.Break(fakenet.BreakClose)
		server.Post(status1("two", 0))
		w.after(3 * time.Second)
		if got := w.store.texts(); len(got) != 5 || got[4] != "two" {
			t.Errorf("stored %q, want what came while no stream was open", got)
		}
	})
}

// Over real sockets, with the guard that the program uses.
func TestStreamOverTheWire(t *testing.T) {
	t.Parallel()
	server := fakenet.New(fakenet.Config{Token: "secret", Limit: -1})
	srv := httptest.NewServer(server.Handler())
	defer srv.Close()
	defer server.Break(fakenet.BreakCut)
	guard := ingest.ClientConfig{AllowPrivate: true}
	client := ingest.NewClient(guard)
	defer client.CloseIdleConnections()
	s, err := New(Config{Client: client, Dial: ingest.NewDialer(guard).DialContext, Token: "secret", TokenServer: srv.URL, Every: time.Hour},
		moderation.Event{Slug: "panel", OpensAt: time.Now()}, moderation.SourceSetting{Kind: moderation.FromMastodon, Server: srv.URL, Hashtags: []string{"askpanel"}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 30*time.Second, errors.New("nothing came in 30 s"))
	defer cancel()
	enough := errors.New("enough")
	sent := time.Time{}
	sink := &sinkFunc{
		alive: func() {
			if sent.IsZero() && server.Streams() == 1 {
				sent = time.Now()
				server.Post(status1("by stream, 👩‍💻", 0))
			}
		},
		deliver: func(posts []moderation.Post) error {
			for _, p := range posts {
				if p.Text != "by stream, 👩‍💻 #AskPanel" {
					t.Errorf("text %q", p.Text)
				}
				t.Logf("there after %v", time.Since(sent))
				return enough
			}
			return nil
		},
	}
	if err := s.Run(ctx, "", sink); !errors.Is(err, enough) {
		t.Errorf("Run = %v", err)
	}
}

// A name that leads inside is not dialled for a stream either, and nothing but the stream fails.
func TestStreamStaysOutside(t *testing.T) {
	var reached atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(srv.Close)
	streaming(t, fakenet.Config{Stream: "ws" + strings.TrimPrefix(srv.URL, "http")}, Config{}, nil, func(t *testing.T, server *fakenet.Mastodon, w *world) {
		w.stop()
		w = launch(t, server, &store{}, Config{Client: w.client, Dial: ingest.NewDialer(ingest.ClientConfig{}).DialContext, Token: "secret", Server: "http://social.example"}, nil)
		defer w.stop()
		server.Post(status1("one", 0))
		w.after(6 * time.Second)
		w.want("one")
		if h := w.health(); h.State != ingest.Live {
			t.Errorf("health %+v, want live by polling", h)
		}
		if n := reached.Load(); n != 0 {
			t.Errorf("%d requests reached a server inside", n)
		}
	})
}

func TestStreamingAddress(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ base, body, want string }{
		"named":          {"https://a.example", `{"configuration":{"urls":{"streaming":"wss://stream.a.example"}}}`, "wss://stream.a.example"},
		"with a path":    {"https://a.example", `{"configuration":{"urls":{"streaming":"wss://a.example/base/"}}}`, "wss://a.example/base"},
		"not named":      {"https://a.example/b", `{"configuration":{"urls":{}}}`, "wss://a.example/b"},
		"an old server":  {"http://a.example", `{}`, "ws://a.example"},
		"no JSON":        {"https://a.example", `<html>`, "wss://a.example"},
		"without tls":    {"https://a.example", `{"configuration":{"urls":{"streaming":"ws://a.example"}}}`, ""},
		"plain and tls":  {"http://a.example", `{"configuration":{"urls":{"streaming":"wss://a.example"}}}`, "wss://a.example"},
		"with a name":    {"https://a.example", `{"configuration":{"urls":{"streaming":"wss://me:x@a.example"}}}`, ""},
		"another scheme": {"https://a.example", `{"configuration":{"urls":{"streaming":"file:///etc/passwd"}}}`, ""},
		"with a query":   {"https://a.example", `{"configuration":{"urls":{"streaming":"wss://a.example?x=y"}}}`, ""},
	} {
		base, err := parseServer(c.base)
		if err != nil {
			t.Fatal(err)
		}
		cl := client{http: answering(200, c.body), base: base, left: unlimited}
		got := ""
		if u, err := cl.streaming(t.Context()); err == nil {
			got = u.String()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A server that takes the connection and says nothing must not hold up the end.
func TestStopWhileOpening(t *testing.T) {
	for name, lacks := range map[string][]string{"websocket": nil, "sse": {"websocket"}} {
		t.Run(name, func(t *testing.T) {
			streaming(t, fakenet.Config{NoStream: lacks}, Config{}, nil, func(t *testing.T, server *fakenet.Mastodon, w *world) {
				w.stop()
				var open []net.Conn
				var mu sync.Mutex
				dead := func(context.Context, string, string) (net.Conn, error) {
					mu.Lock()
					defer mu.Unlock()
					near, far := net.Pipe()
					open = append(open, far)
					return near, nil
				}
				w2 := launch(t, server, &store{}, Config{Client: w.client, Dial: dead, Token: "secret", Server: "http://social.example"}, nil)
				w2.after(time.Second)
				begun := time.Now()
				w2.stop()
				if d := time.Since(begun); d > time.Second {
					t.Errorf("it took %v to stop", d)
				}
				mu.Lock()
				defer mu.Unlock()
				if len(open) == 0 {
					t.Error("no stream was tried")
				}
				for _, c := range open {
					c.Close()
				}
			})
		})
	}
}

// What breaks in a goroutine of the source ends at the source, like everything else.
func TestPanicStaysInside(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := fakenet.New(fakenet.Config{})
		bad := &broken{}
		w := start(t, server, &store{}, Config{Board: bad}, nil)
		defer w.stop()
		if h := w.health(); h.State != ingest.BackingOff || !strings.Contains(h.Error, "broke") {
			t.Errorf("health %+v, want backing off", h)
		}
		server.Post(status1("one", 0))
		w.after(30 * time.Second)
		w.want("one")
		if h := w.health(); h.State != ingest.Live || bad.asked.Load() < 2 {
			t.Errorf("health %+v after %d rounds, want live again", h, bad.asked.Load())
		}
	})
}

// broken is a board that panics at first.
type broken struct{ asked atomic.Int32 }

// Kept implements Board.
func (b *broken) Kept(string, moderation.Source) []moderation.Submission { return nil }

// Shown implements Board.
func (b *broken) Shown(string, moderation.Source) []moderation.Submission {
	if b.asked.Add(1) == 1 {
		panic("broken")
	}
	return nil
}
