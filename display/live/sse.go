package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// eventPadding is how many bytes of comment a stream of events begins with: what is on the way, or the browser, may
// hold back the first kilobyte or two of an answer until there are more.
const eventPadding = 2 << 10

// reconnectLeast and reconnectMost bound how long clients are told to wait before they come back, each another time, so
// that they do not come back together.
const (
	reconnectLeast = time.Second
	reconnectMost  = 3 * time.Second
)

// wantsEvents reports whether r asks for server-sent events.
func wantsEvents(r *http.Request) bool {
	for _, v := range r.Header.Values("Accept") {
		for kind := range strings.SplitSeq(v, ",") {
			kind, _, _ = strings.Cut(kind, ";")
			if strings.EqualFold(strings.TrimSpace(kind), "text/event-stream") {
				return true
			}
		}
	}
	return false
}

// serveEvents makes a stream of server-sent events of a request. It takes the connection over where it can, so that
// such a viewer costs what one with a websocket does; where it cannot (HTTP/2), it returns with the end of the stream.
func (l *Live) serveEvents(w http.ResponseWriter, r *http.Request, req Request) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no") // nginx; docs: ngx_http_proxy_module, proxy_buffering, read 2026-11
	if r.Method == http.MethodHead {
		return
	}
	switch l.room() {
	case full:
		l.tooBusy(w, r)
		return
	case closing:
		l.restarting(w, r)
		return
	}
	wait := reconnectLeast + rand.N(reconnectMost-reconnectLeast)
	before := fmt.Appendf(nil, ":%s\nretry: %d\n\n", strings.Repeat(" ", eventPadding), wait.Milliseconds())
	c, _, err := http.NewResponseController(w).Hijack()
	switch {
	case err == nil:
		v := newViewer(l, newWire(c), eventFraming, req)
		v.wire.notice()
		v.before = append(answerHead(h), before...)
		if l.admit(v) {
			v.start(req)
		}
	case errors.Is(err, http.ErrNotSupported):
		c := newAnswerConn(w, r)
		v := newViewer(l, newWire(c), eventFraming, req)
		v.before = before
		if l.admit(v) {
			v.start(req)
			<-c.done.Done()
			v.wire.turn.take() // nothing is being written any more
			v.wire.broken = net.ErrClosed
			v.wire.turn.give()
			c.shut()
		}
	default:
		l.cfg.Log.Debug("no stream", slog.Any("error", err))
	}
}

// admit takes in a viewer for whom there was room a moment ago, and reports whether there still is.
func (l *Live) admit(v *viewer) bool {
	switch l.add(v) {
	case full:
		l.work.Done()
	case closing:
	default:
		return true
	}
	v.cancel()
	_ = v.wire.Close() // it comes back by itself
	return false
}

// answerHead writes the head of an answer that ends with its connection, as every proxy understands it.
func answerHead(h http.Header) []byte {
	h = h.Clone()
	h.Set("Connection", "close")
	h.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 200 OK\r\n")
	_ = h.Write(&b) // into memory
	b.WriteString("\r\n")
	return b.Bytes()
}

// hush waits for the end of a connection on which the other side has nothing more to say.
func (v *viewer) hush() error {
	var nothing [1]byte
	for {
		if _, err := v.wire.Read(nothing[:]); err != nil {
			return err
		}
	}
}

// answerConn is the answer to a request as a connection. Its owner's handler must not return before done.
type answerConn struct {
	w    http.ResponseWriter
	rc   *http.ResponseController
	done context.Context // ends with the request, or by Close
	end  context.CancelFunc

	mu   sync.Mutex  // guards what follows
	late *time.Timer // ends it
	over bool        // the handler has returned: nothing of w may be touched
}

func newAnswerConn(w http.ResponseWriter, r *http.Request) *answerConn {
	c := &answerConn{w: w, rc: http.NewResponseController(w)}
	c.done, c.end = context.WithCancel(r.Context())
	return c
}

// Read waits for the end: a request has nothing more to say.
func (c *answerConn) Read([]byte) (int, error) {
	<-c.done.Done()
	return 0, io.EOF
}

func (c *answerConn) Write(b []byte) (int, error) {
	if c.done.Err() != nil {
		return 0, net.ErrClosed
	}
	n, err := c.w.Write(b)
	if err == nil {
		err = c.rc.Flush()
	}
	return n, err
}

func (c *answerConn) Close() error {
	c.end()
	return nil
}

// SetReadDeadline ends the answer at t, which is all that Read waits for.
func (c *answerConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.late != nil {
		c.late.Stop()
	}
	c.late = nil
	if !t.IsZero() {
		c.late = time.AfterFunc(time.Until(t), c.end)
	}
	return nil
}

// SetWriteDeadline sets that of the answer, where it has one.
func (c *answerConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return net.ErrClosed
	}
	return c.rc.SetWriteDeadline(t)
}

// shut says that the handler is about to return.
func (c *answerConn) shut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	if c.late != nil {
		c.late.Stop()
	}
}

// SetDeadline is SetReadDeadline.
func (c *answerConn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// LocalAddr returns nil: a request does not say.
func (c *answerConn) LocalAddr() net.Addr { return nil }

// RemoteAddr returns nil.
func (c *answerConn) RemoteAddr() net.Addr { return nil }
