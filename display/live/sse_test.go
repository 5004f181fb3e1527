package live_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfloor/openfloor/display/live"
)

// events is a stream of server-sent events, as a client reads it.
type events struct {
	tb   testing.TB
	resp *http.Response
	body *bufio.Reader
}

// listen asks s for events.
func listen(tb testing.TB, client *http.Client, url string) *events {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 30*time.Second) // a test that would hang ends
	tb.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		tb.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	resp, err := client.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = resp.Body.Close() })
	return &events{tb, resp, bufio.NewReaderSize(resp.Body, 64<<10)}
}

// next returns the fields of the next block, each in a line; comments come as ":".
func (e *events) next() (string, error) {
	var lines []string
	for {
		line, err := e.body.ReadString('\n')
		if err != nil {
			return strings.Join(lines, "\n"), err
		}
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "":
			return strings.Join(lines, "\n"), nil
		case strings.HasPrefix(line, ":"):
			line = ":"
		case strings.HasPrefix(line, "retry: "):
			line = "retry"
		}
		lines = append(lines, line)
	}
}

func (e *events) want(blocks ...string) {
	e.tb.Helper()
	for _, want := range blocks {
		got, err := e.next()
		if err != nil {
			e.tb.Fatalf("waiting for %.60q: %v", want, err)
		}
		if got != want {
			e.tb.Fatalf("got %.80q, want %.80q", got, want)
		}
	}
}

func (e *events) wantEnd() {
	e.tb.Helper()
	for {
		if _, err := e.next(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			e.tb.Fatalf("ended with %v, want an end in good order", err)
		}
	}
}

// begin is what every stream of events begins with.
const begin = ":\nretry"

func TestEvents(t *testing.T) {
	t.Parallel()
	stream := newFeed()
	since := ptr(uint64(2))
	l := live.New(live.Config{})
	s := serve(t, l, func(r *http.Request) live.Request {
		req := live.Request{Stream: stream, Join: stream.Join, Lost: make(chan struct{})}
		if r.URL.Path == "/resumed" {
			req.Since, req.Epoch = since, "epoch-1"
		}
		return req
	})
	stream.publish(3)
	e := listen(t, s.Client(), s.URL)
	for name, want := range map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"} {
		if got := e.resp.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if e.resp.StatusCode != http.StatusOK || !e.resp.Close || len(e.resp.TransferEncoding) > 0 || e.resp.Header.Get("Date") == "" {
		t.Errorf("answer: %d, close %t, encoding %v, date %q", e.resp.StatusCode, e.resp.Close, e.resp.TransferEncoding, e.resp.Header.Get("Date"))
	}
	if first, err := e.body.Peek(2 << 10); err != nil || strings.Trim(string(first[1:]), " ") != "" || first[0] != ':' {
		t.Errorf("it does not begin with 2 KiB of comment: %q, %v", first, err)
	}
	e.want(begin, "id: 3\ndata: snapshot 3")
	socket := dial(t, s, nil)
	wantNext(t, socket, "snapshot 3")
	resumed := listen(t, s.Client(), s.URL+"/resumed")
	resumed.want(begin, "id: 2\ndata: 2", "id: 3\ndata: 3")
	if got := stream.joined(); got != 3 {
		t.Errorf("joined: got %d, want 3", got)
	}
	for i := range 300 {
		stream.publish(1)
		if i%7 > 0 {
			continue
		}
		time.Sleep(time.Millisecond) // spreads them; nothing waits for it
	}
	for i := range 300 {
		e.want(fmt.Sprintf("id: %d\ndata: %d", i+4, i+4))
		resumed.want(fmt.Sprintf("id: %d\ndata: %d", i+4, i+4))
		wantNext(t, socket, fmt.Sprint(i+4))
	}
	_ = e.resp.Body.Close()
	for deadline := time.Now().Add(20 * time.Second); stream.joined() != 2; {
		if time.Now().After(deadline) {
			t.Fatalf("joined after one left: got %d, want 2", stream.joined())
		}
		time.Sleep(time.Millisecond) // between two looks
	}
	go func() { _ = l.Shutdown(t.Context()) }()
	resumed.wantEnd()
}

func TestEventsEnd(t *testing.T) {
	t.Parallel()
	t.Run("right lost", func(t *testing.T) {
		t.Parallel()
		lost, stream := make(chan struct{}), newFeed()
		s := serve(t, live.New(live.Config{}), func(*http.Request) live.Request { return live.Request{Stream: stream, Lost: lost} })
		e := listen(t, s.Client(), s.URL)
		e.want(begin, "id: 0\ndata: snapshot 0")
		close(lost)
		e.wantEnd()
	})
	t.Run("too busy", func(t *testing.T) {
		t.Parallel()
		l := live.New(live.Config{Most: 1})
		s := serve(t, l, always(newFeed()))
		listen(t, s.Client(), s.URL).want(begin)
		if e := listen(t, s.Client(), s.URL); e.resp.StatusCode != http.StatusServiceUnavailable || e.resp.Header.Get("Retry-After") == "" {
			t.Errorf("one more: got %d, want 503 and when", e.resp.StatusCode)
		}
		if got := l.Open(); got != 1 {
			t.Errorf("open: got %d, want 1", got)
		}
	})
	t.Run("after the end", func(t *testing.T) {
		t.Parallel()
		l := live.New(live.Config{})
		s := serve(t, l, always(newFeed()))
		if err := l.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if e := listen(t, s.Client(), s.URL); e.resp.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("got %d, want 503", e.resp.StatusCode)
		}
	})
}

// Over HTTP/2 a connection cannot be taken over: the handler stays for as long as the stream.
func TestEventsHTTP2(t *testing.T) {
	t.Parallel()
	stream, lost := newFeed(), make(chan struct{})
	l := live.New(live.Config{})
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.Serve(w, r, live.Request{Stream: stream, Join: stream.Join, Lost: lost})
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	e := listen(t, s.Client(), s.URL)
	if e.resp.ProtoMajor != 2 {
		t.Fatalf("got HTTP/%d, want 2", e.resp.ProtoMajor)
	}
	gone := listen(t, s.Client(), s.URL)
	for _, e := range []*events{e, gone} {
		e.want(begin, "id: 0\ndata: snapshot 0")
	}
	stream.publish(2)
	e.want("id: 1\ndata: 1", "id: 2\ndata: 2")
	_ = gone.resp.Body.Close()
	for deadline := time.Now().Add(20 * time.Second); stream.joined() != 1; {
		if time.Now().After(deadline) {
			t.Fatalf("joined after one left: got %d, want 1", stream.joined())
		}
		stream.publish(1)
		time.Sleep(time.Millisecond) // between two looks
	}
	close(lost)
	e.wantEnd()
	if err := l.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// pipeEvents opens a stream of events over a net.Pipe.
func pipeEvents(t *testing.T, l *live.Live, req live.Request) *events {
	t.Helper()
	client, server := net.Pipe()
	go func() {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept", "text/html, text/event-stream;q=0.9")
		l.Serve(pipeWriter{ResponseWriter: httptest.NewRecorder(), conn: server}, r, req)
	}()
	t.Cleanup(func() { _ = client.Close() })
	resp, err := http.ReadResponse(bufio.NewReader(client), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return &events{t, resp, bufio.NewReader(resp.Body)}
}

// What is between is kept awake, and one who stops reading is given a snapshot, or closed after 10 s.
func TestEventsOverTime(t *testing.T) {
	t.Parallel()
	bubble(t, live.Config{}, func(t *testing.T, l *live.Live, stream *feed) {
		e := pipeEvents(t, l, live.Request{Stream: stream})
		e.want(begin, "id: 0\ndata: snapshot 0")
		began := time.Now()
		e.want(":", ":", ":")
		if d := time.Since(began); d != time.Minute {
			t.Errorf("three signs of life in %s, want one each 20 s", d)
		}
		dead := pipeEvents(t, l, live.Request{Stream: stream})
		dead.want(begin, "id: 0\ndata: snapshot 0")
		stream.publish(1)
		synctest.Wait()
		stream.publish(600)
		time.Sleep(9 * time.Second)
		e.want("id: 1\ndata: 1", "id: 601\ndata: snapshot 601")
		time.Sleep(1100 * time.Millisecond)
		synctest.Wait()
		if n := l.Open(); n != 1 {
			t.Errorf("open streams: got %d, want 1: a write has waited for more than 10 s", n)
		}
	})
}
