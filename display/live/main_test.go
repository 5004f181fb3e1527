package live_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/openfloor/openfloor/display"
	"github.com/openfloor/openfloor/display/live"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ live.Stream = (*display.View)(nil)

// feed is a stream whose messages are numbers, and whose snapshot is "snapshot N" after message N.
type feed struct {
	ring *display.Ring
	pad  string // makes messages longer

	mu      sync.Mutex // guards what follows
	n       uint64
	viewers int
}

func newFeed() *feed { return &feed{ring: display.NewRing(1024, 0)} }

func (f *feed) publish(count int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range count {
		f.n++
		body := fmt.Sprint(f.n, f.pad)
		f.ring.Append(display.Message{Key: fmt.Sprint(f.n), Seq: f.n, Body: []byte(body)})
	}
}

func (f *feed) Open(since *uint64, epoch string) display.Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	if since != nil && epoch == "epoch-1" {
		if cursor, ok := f.ring.Resume(*since); ok {
			return display.Message{Index: cursor}
		}
	}
	return display.Message{Index: f.ring.Newest(), Seq: f.n, Body: []byte(fmt.Sprint("snapshot ", f.n, f.pad))}
}

func (f *feed) Next(cursor uint64) ([]display.Message, bool) { return f.ring.Next(cursor) }

func (f *feed) After(ctx context.Context, cursor uint64) ([]display.Message, bool, error) {
	return f.ring.After(ctx, cursor)
}

func (f *feed) Join() func() {
	add := func(n int) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.viewers += n
	}
	add(1)
	return func() { add(-1) }
}

func (f *feed) joined() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.viewers
}

// pipeWriter is a ResponseWriter over one end of a net.Pipe.
type pipeWriter struct {
	http.ResponseWriter
	conn net.Conn
	brw  *bufio.ReadWriter
}

func (p pipeWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) { return p.conn, p.brw, nil }

// dialPipe opens a stream over a net.Pipe, which works in a synctest bubble.
func dialPipe(t *testing.T, l *live.Live, req live.Request) *websocket.Conn {
	t.Helper()
	client, server := net.Pipe()
	go func() {
		brw := bufio.NewReadWriter(bufio.NewReader(server), bufio.NewWriter(server))
		r, err := http.ReadRequest(brw.Reader)
		if err != nil {
			t.Errorf("read the handshake: %v", err)
			return
		}
		l.Serve(pipeWriter{ResponseWriter: httptest.NewRecorder(), conn: server, brw: brw}, r, req)
	}()
	ws, _, err := websocket.NewClient(client, &url.URL{Scheme: "ws", Host: "pipe", Path: "/"}, nil, 512, 512)
	if err != nil {
		t.Fatalf("handshake: %v", err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	return ws
}

// serve starts a real server whose streams are made by request.
func serve(tb testing.TB, l *live.Live, request func(r *http.Request) live.Request) *httptest.Server {
	tb.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { l.Serve(w, r, request(r)) }))
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := l.Shutdown(ctx); err != nil {
			tb.Errorf("Shutdown: %v", err)
		}
		s.Close()
	})
	return s
}

func dial(tb testing.TB, s *httptest.Server, header http.Header) *websocket.Conn {
	tb.Helper()
	ws, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.URL, "http"), header)
	if err != nil {
		tb.Fatalf("dial: %v (%v)", err, resp)
	}
	_ = resp.Body.Close()
	tb.Cleanup(func() { _ = ws.Close() })
	return ws
}

// next reads one message, within a bound.
func next(tb testing.TB, ws *websocket.Conn) string {
	tb.Helper()
	_ = ws.SetReadDeadline(time.Now().Add(20 * time.Second))
	kind, body, err := ws.ReadMessage()
	if err != nil {
		tb.Fatalf("read: %v", err)
	}
	if kind != websocket.TextMessage {
		tb.Fatalf("message of type %d, want text", kind)
	}
	return string(body)
}

func wantNext(tb testing.TB, ws *websocket.Conn, want ...string) {
	tb.Helper()
	for _, w := range want {
		if got := next(tb, ws); got != w {
			tb.Fatalf("message: got %.60q, want %.60q", got, w)
		}
	}
}

// wantClose reads until the stream ends, and wants it to end with code (0: cut without a word).
func wantClose(tb testing.TB, ws *websocket.Conn, code live.CloseCode) {
	tb.Helper()
	_ = ws.SetReadDeadline(time.Now().Add(20 * time.Second))
	for {
		_, _, err := ws.ReadMessage()
		if err == nil {
			continue
		}
		var closed *websocket.CloseError
		got := 0
		if errors.As(err, &closed) && closed.Code != websocket.CloseAbnormalClosure {
			got = closed.Code
		} else if ne := net.Error(nil); errors.As(err, &ne) && ne.Timeout() {
			tb.Fatalf("the stream did not end: %v", err)
		}
		if got != int(code) {
			tb.Fatalf("ended with %v, want code %d", err, code)
		}
		return
	}
}

func ptr[T any](v T) *T { return &v }
