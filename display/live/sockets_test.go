package live_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/openfloor/openfloor/display/live"
)

func always(stream live.Stream) func(*http.Request) live.Request {
	return func(*http.Request) live.Request { return live.Request{Stream: stream} }
}

func TestCloseCodes(t *testing.T) {
	t.Parallel()
	t.Run("too large", func(t *testing.T) {
		t.Parallel()
		ws := dial(t, serve(t, live.New(live.Config{}), always(newFeed())), nil)
		wantNext(t, ws, "snapshot 0")
		if err := ws.WriteMessage(1, make([]byte, 16<<10)); err != nil {
			t.Fatal(err)
		}
		if err := ws.WriteMessage(1, make([]byte, 200<<10)); err != nil {
			t.Fatal(err)
		}
		wantClose(t, ws, live.TooLarge)
	})
	t.Run("too busy", func(t *testing.T) {
		t.Parallel()
		s := serve(t, live.New(live.Config{Most: 1}), always(newFeed()))
		wantNext(t, dial(t, s, nil), "snapshot 0")
		wantClose(t, dial(t, s, nil), live.TooBusy)
	})
	t.Run("right lost", func(t *testing.T) {
		t.Parallel()
		lost, stream := make(chan struct{}), newFeed()
		s := serve(t, live.New(live.Config{}), func(*http.Request) live.Request { return live.Request{Stream: stream, Lost: lost} })
		ws := dial(t, s, nil)
		wantNext(t, ws, "snapshot 0")
		close(lost)
		wantClose(t, ws, live.RightLost)
	})
	t.Run("restart", func(t *testing.T) {
		t.Parallel()
		l := live.New(live.Config{})
		s := serve(t, l, always(newFeed()))
		var all []*websocket.Conn
		for range 40 {
			ws := dial(t, s, nil)
			wantNext(t, ws, "snapshot 0")
			all = append(all, ws)
		}
		began := time.Now()
		done := make(chan error)
		go func() { done <- l.Shutdown(t.Context()) }()
		for _, ws := range all {
			wantClose(t, ws, live.Restart)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if d := time.Since(began); d > 5*time.Second {
			t.Errorf("40 streams took %s to close", d)
		}
		resp, err := http.Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
			t.Errorf("after Shutdown: got %d, Retry-After %q, want 503 and when", resp.StatusCode, resp.Header.Get("Retry-After"))
		}
	})
	t.Run("goes by itself", func(t *testing.T) {
		t.Parallel()
		ws := dial(t, serve(t, live.New(live.Config{}), always(newFeed())), nil)
		wantNext(t, ws, "snapshot 0")
		if err := ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		wantClose(t, ws, 1000)
	})
}

func TestOrigin(t *testing.T) {
	t.Parallel()
	anyOrigin := func(*http.Request) bool { return true }
	for _, tt := range []struct {
		name   string
		check  func(*http.Request) bool
		origin string
		want   int
	}{
		{"own by default", nil, "SELF", 101},
		{"foreign by default", nil, "https://evil.example", 403},
		{"null by default", nil, "null", 403},
		{"foreign where anybody may", anyOrigin, "https://evil.example", 101},
		{"null where anybody may", anyOrigin, "null", 101},
		{"none where one is needed", func(r *http.Request) bool { return r.Header.Get("Origin") != "" }, "", 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			stream := newFeed()
			s := serve(t, live.New(live.Config{}), func(*http.Request) live.Request {
				return live.Request{Stream: stream, Join: stream.Join, CheckOrigin: tt.check}
			})
			header := http.Header{}
			if tt.origin != "" {
				header.Set("Origin", strings.Replace(tt.origin, "SELF", s.URL, 1))
			}
			ws, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.URL, "http"), header)
			if resp == nil {
				t.Fatalf("dial: %v", err)
			}
			if resp.StatusCode != tt.want {
				t.Errorf("Origin %q: got %d, want %d", tt.origin, resp.StatusCode, tt.want)
			}
			if ws != nil {
				_ = ws.Close()
			}
			if viewers := stream.joined(); tt.want == 403 && viewers != 0 {
				t.Error("a refused origin was counted as a viewer")
			}
		})
	}
}

// What is left of an upgrade is answered by Refuse, and compression is not offered even to who asks for it.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	l := live.New(live.Config{Refuse: func(w http.ResponseWriter, _ *http.Request, status int, detail string) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "refused: "+detail)
	}})
	s := serve(t, l, always(newFeed()))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==") // what a proxy leaves of an upgrade
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != 426 || !strings.HasPrefix(string(body), "refused: ") {
		t.Errorf("an upgrade that was lost on the way: got %d %q", resp.StatusCode, body)
	}
	ws, resp, err := (&websocket.Dialer{EnableCompression: true}).Dial("ws"+strings.TrimPrefix(s.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.Header.Get("Sec-Websocket-Extensions"); got != "" {
		t.Errorf("extensions: got %q, want none", got)
	}
	_ = ws.Close()
}

// wrapped is what a middleware makes of a ResponseWriter: it has no Hijack, but says what it wraps.
type wrapped struct{ w http.ResponseWriter }

func (w wrapped) Header() http.Header         { return w.w.Header() }
func (w wrapped) Write(b []byte) (int, error) { return w.w.Write(b) }
func (w wrapped) WriteHeader(status int)      { w.w.WriteHeader(status) }
func (w wrapped) Unwrap() http.ResponseWriter { return w.w }

func TestThroughMiddleware(t *testing.T) {
	t.Parallel()
	l, stream := live.New(live.Config{}), newFeed()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.Serve(wrapped{w}, r, live.Request{Stream: stream})
	}))
	defer s.Close()
	ws := dial(t, s, nil)
	wantNext(t, ws, "snapshot 0")
	go func() { _ = l.Shutdown(t.Context()) }()
	wantClose(t, ws, live.Restart)
}

// Everybody gets everything in order, once, whether it comes alone or in bursts, and whoever comes in the middle of it.
func TestManyViewers(t *testing.T) {
	t.Parallel()
	const viewers, messages = 300, 400
	stream := newFeed()
	s := serve(t, live.New(live.Config{}), always(stream))
	var group sync.WaitGroup
	for range viewers {
		group.Go(func() {
			ws, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.URL, "http"), nil)
			if err != nil {
				t.Errorf("dial: %v", err)
				return
			}
			_ = resp.Body.Close()
			defer func() { _ = ws.Close() }()
			_ = ws.SetReadDeadline(time.Now().Add(30 * time.Second))
			at := 0
			for at < messages {
				_, body, err := ws.ReadMessage()
				if err != nil {
					t.Errorf("after %d: %v", at, err)
					return
				}
				var n int
				if _, err := fmt.Sscanf(string(body), "snapshot %d", &n); err == nil {
					at = n
					continue
				}
				if _, err := fmt.Sscan(string(body), &n); err != nil || n != at+1 {
					t.Errorf("after %d came %q", at, body)
					return
				}
				at = n
			}
		})
	}
	for i := 0; i < messages; {
		n := min(1+i%7, messages-i)
		stream.publish(n)
		i += n
		if i%5 == 0 {
			time.Sleep(time.Millisecond) // spreads them; nothing waits for it
		}
	}
	group.Wait()
}

// On real sockets, somebody stops reading with its buffers full in the middle of a frame: the others go on, and once
// it reads again every frame is whole and it ends with the newest.
func TestStalledSocket(t *testing.T) {
	t.Parallel()
	stream := newFeed()
	stream.pad = " " + strings.Repeat("x", 20_000)
	s := serve(t, live.New(live.Config{}), always(stream))
	stalled, quick := dial(t, s, nil), dial(t, s, nil)
	wantNext(t, stalled, "snapshot 0"+stream.pad)
	wantNext(t, quick, "snapshot 0"+stream.pad)
	const messages = 1000 // 20 MB: more than any socket takes
	at := 0
	for i := range messages {
		stream.publish(1)
		if i%10 != 9 {
			continue
		}
		for at <= i {
			var n int
			if got := next(t, quick); strings.HasPrefix(got, "snapshot") {
				t.Fatalf("the quick one was given a snapshot after %d", at)
			} else if _, err := fmt.Sscan(got, &n); err != nil || n != at+1 {
				t.Fatalf("after %d came %.20q", at, got)
			}
			at++
		}
	}
	snapshots, last := 0, 0
	for last < messages {
		got := next(t, stalled)
		var n int
		if _, err := fmt.Sscanf(got, "snapshot %d", &n); err == nil {
			snapshots++
		} else if _, err := fmt.Sscan(got, &n); err != nil || n != last+1 {
			t.Fatalf("after %d came %.20q", last, got)
		}
		if !strings.HasSuffix(got, stream.pad) {
			t.Fatalf("message %d is cut short", n)
		}
		last = n
	}
	if snapshots == 0 {
		t.Error("who stopped reading was sent the whole backlog, want a snapshot")
	}
}
