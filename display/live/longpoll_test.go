package live_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfloor/openfloor/display"
	"github.com/openfloor/openfloor/display/live"
)

// polled is the answer to a poll and how long it took.
type polled struct {
	status int
	body   string
	at     string
	took   time.Duration
}

// poll polls once.
func poll(ctx context.Context, l *live.Live, req live.Request) polled {
	w := httptest.NewRecorder()
	began := time.Now()
	l.Serve(w, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx), req)
	return polled{w.Code, w.Body.String(), w.Header().Get(live.HeaderAt), time.Since(began)}
}

func TestPoll(t *testing.T) {
	t.Parallel()
	bubble(t, live.Config{}, func(t *testing.T, l *live.Live, stream *feed) {
		var last polled
		check := func(name string, req live.Request, body string, took time.Duration) {
			t.Helper()
			req.Stream, req.Epoch = stream, "epoch-1"
			last = poll(t.Context(), l, req)
			if last.status != http.StatusOK || last.body != body || last.took != took || last.at == "" {
				t.Errorf("%s: got %+v, want %s after %s", name, last, body, took)
			}
		}
		in := func(after time.Duration, n int) {
			go func() {
				time.Sleep(after)
				stream.publish(n)
			}()
		}
		stream.publish(3)
		check("nothing known", live.Request{}, "[snapshot 3]", 0)
		check("from there", live.Request{Since: ptr(uint64(3)), At: last.at}, "[]", 25*time.Second)
		in(7*time.Second, 2)
		check("news", live.Request{Since: ptr(uint64(3)), At: last.at}, "[4,5]", 7*time.Second)
		check("which is none then", live.Request{Since: ptr(uint64(5)), At: last.at}, "[]", 25*time.Second)

		// By what the contract says alone, without the header.
		check("older than the newest", live.Request{Since: ptr(uint64(3))}, "[3,4,5]", 0)
		check("what it has is no news", live.Request{Since: ptr(uint64(5))}, "[]", 25*time.Second)
		in(time.Second, 1)
		check("news, with what may have been missed", live.Request{Since: ptr(uint64(5))}, "[5,6]", time.Second)
		stream.ring.Append(display.Message{Key: "counts", Seq: 6, Body: []byte("6 again")})
		check("a second message of the same sequence, with the cursor", live.Request{Since: ptr(uint64(6)), At: last.at}, "[6 again]", 0)

		check("from another kind of stream", live.Request{Since: ptr(uint64(6)), At: "0"}, "[6,6 again]", 0)
		check("from another process", live.Request{Since: ptr(uint64(5)), At: "ABCDEFGH.3"}, "[5,6,6 again]", 0)
		check("nonsense", live.Request{Since: ptr(uint64(6)), At: last.at + "x"}, "[6,6 again]", 0)
		at := last.at
		stream.publish(600)
		check("too far behind", live.Request{Since: ptr(uint64(6)), At: at}, "[snapshot 606]", 0)
		stream.publish(2000)
		check("out of reach", live.Request{Since: ptr(uint64(6)), At: at}, "[snapshot 2606]", 0)
	})
}

func TestPollEnds(t *testing.T) {
	t.Parallel()
	bubble(t, live.Config{Most: 1}, func(t *testing.T, l *live.Live, stream *feed) {
		req := live.Request{Stream: stream, At: poll(t.Context(), l, live.Request{Stream: stream}).at}
		lost := make(chan struct{})
		waiting := req
		waiting.Lost = lost
		done := make(chan polled)
		go func() { done <- poll(t.Context(), l, waiting) }()
		synctest.Wait()
		if got := poll(t.Context(), l, req); got.status != http.StatusServiceUnavailable {
			t.Errorf("one more than there is room for: %+v, want 503", got)
		}
		close(lost)
		if got := <-done; got.status != http.StatusForbidden || got.took != 0 {
			t.Errorf("a right that was lost: %+v, want 403 at once", got)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { done <- poll(ctx, l, req) }()
		synctest.Wait()
		cancel()
		if got := <-done; got.took != 0 || got.body != "" {
			t.Errorf("a client that has gone: %+v, want nothing at once", got)
		}
		go func() { done <- poll(t.Context(), l, req) }()
		synctest.Wait()
		if err := l.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if got := <-done; got.status != http.StatusOK || got.body != "[]" || got.took != 0 {
			t.Errorf("at the end of the server: %+v, want [] at once", got)
		}
		if got := poll(t.Context(), l, req); got.status != http.StatusServiceUnavailable {
			t.Errorf("after it: %+v, want 503", got)
		}
	})
}

// Somebody who polls is one viewer for as long as they keep coming back, however often they ask, and for a while after.
func TestPollsCounted(t *testing.T) {
	t.Parallel()
	bubble(t, live.Config{}, func(t *testing.T, l *live.Live, stream *feed) {
		req := live.Request{Stream: stream, Join: stream.Join, Linger: time.Minute}
		ask := func(who string) {
			r := req
			r.Poller = who
			poll(t.Context(), l, r)
		}
		want := func(name string, n int) {
			t.Helper()
			synctest.Wait()
			if got := stream.joined(); got != n {
				t.Errorf("%s: got %d viewers, want %d", name, got, n)
			}
		}
		ask("ana")
		ask("ana")
		ask("bo")
		want("two, one of them twice", 2)
		time.Sleep(59 * time.Second)
		ask("ana")
		time.Sleep(2 * time.Second)
		want("one has not come back", 1)
		r := req
		r.Poller, r.At = "ana", poll(t.Context(), l, req).at
		for range 5 { // each waits for 25 s
			poll(t.Context(), l, r)
		}
		want("still there after two minutes of waiting", 1)
		time.Sleep(61 * time.Second)
		want("gone", 0)
	})
}

// A view that is resumed, at whatever sequence and cut off wherever, ends with everything, by polls alone.
func TestPollMissesNothing(t *testing.T) {
	t.Parallel()
	bubble(t, live.Config{}, func(t *testing.T, l *live.Live, stream *feed) {
		ctx, stop := context.WithCancel(t.Context())
		go func() {
			for range 200 {
				stream.publish(3)
				time.Sleep(10 * time.Millisecond)
			}
			time.Sleep(time.Minute)
			stop()
		}()
		got, at, polls := "", "", 0
		for ctx.Err() == nil {
			p := poll(ctx, l, live.Request{Stream: stream, Epoch: "epoch-1", At: at, Since: nil})
			if at == "" && p.body != "[snapshot 3]" && p.body != "[snapshot 0]" {
				t.Fatalf("began with %s", p.body)
			}
			polls++
			if p.at != "" {
				at = p.at
			}
			if len(p.body) > 2 && polls > 1 {
				got += p.body[1:len(p.body)-1] + ","
			}
		}
		want := ""
		for i := 4; i <= 600; i++ {
			want += fmt.Sprint(i, ",")
		}
		if got != want && got != "1,2,3,"+want {
			t.Errorf("got %.200s…", got)
		}
	})
}

// pipes is a listener whose connections are net.Pipes.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// One connection carries one poll after the other, also where reading a request may take less time than a poll waits:
// net/http lifts that limit, and the one for writing, by itself.
func TestPollsOnOneConnection(t *testing.T) {
	t.Parallel()
	bubble(t, live.Config{}, func(t *testing.T, l *live.Live, stream *feed) {
		listener := make(pipes, 1)
		s := &http.Server{ReadTimeout: 20 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			l.Serve(w, r, live.Request{Stream: stream, At: r.URL.Query().Get("at")})
		})}
		served := make(chan struct{})
		go func() {
			defer close(served)
			_ = s.Serve(listener)
		}()
		dialled := 0
		client := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			dialled++
			here, there := net.Pipe()
			listener <- there
			return here, nil
		}}}
		at := ""
		ask := func(want string, status int) {
			t.Helper()
			resp, err := client.Get("http://live/?at=" + at)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if err != nil || resp.StatusCode != status || string(body) != want {
				t.Errorf("got %d %q, %v, want %d %q", resp.StatusCode, body, err, status, want)
			}
			at = resp.Header.Get(live.HeaderAt)
		}
		ask("[snapshot 0]", http.StatusOK)
		ask("[]", http.StatusOK)
		time.Sleep(11 * time.Second)
		ask("[]", http.StatusOK)
		time.Sleep(11 * time.Second)
		if err := l.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		ask("The server is restarting. Try again in a moment.\n", http.StatusServiceUnavailable)
		if dialled != 1 {
			t.Errorf("%d connections, want one", dialled)
		}
		client.CloseIdleConnections()
		close(listener)
		<-served
		_ = s.Close()
	})
}
