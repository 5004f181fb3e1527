package bluesky

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/openfloor/openfloor/ingest"
)

// Timers of the stream. The busy network is never silent for half a minute; the reference client waits from 250 ms to
// 30 s (bluesky-social/jetstream specs/client.md, read 2026-11).
const (
	handshakeTimeout = 10 * time.Second
	rewind           = 5 * time.Second
	pauseFirst       = 250 * time.Millisecond
	pauseMost        = 30 * time.Second
	steady           = 10 * time.Second // a connection that lasted so long was a good one
	window           = 36 * time.Hour   // what a Jetstream keeps: docs/README.md there, read 2026-11
)

const (
	frameBytes   = 1 << 20 // of one event
	errorBytes   = 4 << 10 // of an answer that refuses
	framesAhead  = 512     // read before they are handled
	garbageTries = 3       // how often a frame that is no JSON is asked for again
	garbageMost  = 10      // such frames asked for again in garbageEvery; those above it are skipped
	garbageEvery = time.Minute
	garbageKept  = 1000
)

// host is one server with a Jetstream. It is for the reader that has it.
type host struct {
	base *url.URL
	old  bool // it speaks version 1 only
}

// reader follows the stream from its place on, from host to host. Run is for one goroutine.
type reader struct {
	hosts   []*host
	dialer  *websocket.Dialer
	agent   string
	silence time.Duration
	at      atomic.Int64 // the place: Unix microseconds of the newest event that was handled
	frames  chan frame

	pause   time.Duration
	garbage map[uint64]int // how often each frame was asked for again
	asked   int            // frames asked for again since begun
	begun   time.Time
}

// frame is what came in one message.
type frame struct {
	data    []byte
	skipped bool // it was too large, or no JSON
	opened  bool // nothing came yet, but a connection is open
}

var (
	errSilent  = errors.New("nothing came for a while")
	errGarbage = errors.New("what came was no JSON")
	garbage    = maphash.MakeSeed()
)

// run reads until ctx ends or no host answers, and says why: RetryAfter, or NeedsAttention where there is one host
// only and it will never answer.
func (r *reader) run(ctx context.Context) error {
	failed := 0
	for n := 0; ; {
		h := r.hosts[n%len(r.hosts)]
		begun := time.Now()
		got, err := r.follow(ctx, h)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if got && time.Since(begun) >= steady {
			r.pause = pauseFirst
		}
		failed++
		if got {
			failed = 0
		}
		if failed >= len(r.hosts) {
			return r.giveUp(err)
		}
		if !got || errors.Is(err, errSilent) || errors.Is(err, errGarbage) {
			n++
		}
		if err := r.wait(ctx); err != nil {
			return err
		}
	}
}

// wait pauses between two connections, each time longer until one lasts.
func (r *reader) wait(ctx context.Context) error {
	r.pause = min(max(r.pause, pauseFirst), pauseMost)
	d := r.pause/2 + rand.N(r.pause)
	r.pause *= 2
	return ingest.Sleep(ctx, d)
}

// giveUp turns the error of the last host into one for the Supervisor.
func (r *reader) giveUp(err error) error {
	if e, ok := errors.AsType[*ingest.NeedsAttention](err); ok && len(r.hosts) == 1 {
		return e
	}
	if _, ok := errors.AsType[*ingest.RetryAfter](err); ok {
		return err
	}
	r.pause = min(max(2*r.pause, time.Second), pauseMost)
	return &ingest.RetryAfter{After: r.pause, Err: err}
}

// follow reads from one connection until it ends. Got says that something came.
func (r *reader) follow(ctx context.Context, h *host) (got bool, err error) {
	conn, err := r.open(ctx, h)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := r.push(ctx, frame{opened: true}); err != nil {
		return false, err
	}
	for {
		_ = conn.SetReadDeadline(time.Now().Add(r.silence))
		kind, body, err := conn.NextReader()
		if err != nil {
			return got, r.broken(h, err)
		}
		f := frame{}
		// One byte more than allowed tells that there is more; the rest of the message is thrown away by NextReader.
		if f.data, err = io.ReadAll(io.LimitReader(body, frameBytes+1)); err != nil {
			return got, r.broken(h, err)
		}
		switch {
		case kind != websocket.TextMessage || len(f.data) > frameBytes:
			f = frame{skipped: true}
		case !json.Valid(f.data):
			// Cut on its way, perhaps: it is asked for again.
			if r.again(f.data) {
				return got, fmt.Errorf("%s: %w", h.base.Host, errGarbage)
			}
			f = frame{skipped: true}
		}
		got = got || !f.skipped
		if err := r.push(ctx, f); err != nil {
			return got, err
		}
	}
}

func (r *reader) push(ctx context.Context, f frame) error {
	select {
	case r.frames <- f:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// again reports whether a frame that cannot be read is to be asked for again: a few times each, and not all the time.
func (r *reader) again(frame []byte) bool {
	if now := time.Now(); now.Sub(r.begun) > garbageEvery {
		r.begun, r.asked = now, 0
	}
	if len(r.garbage) > garbageKept {
		clear(r.garbage)
	}
	if r.garbage == nil {
		r.garbage = map[uint64]int{}
	}
	sum := maphash.Bytes(garbage, frame)
	if r.asked >= garbageMost || r.garbage[sum] >= garbageTries {
		return false
	}
	r.asked++
	r.garbage[sum]++
	return true
}

// open connects to a host, by version 2 or, where it does not know it, by version 1.
func (r *reader) open(ctx context.Context, h *host) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	for {
		conn, resp, err := r.dialer.DialContext(ctx, r.address(h), http.Header{"User-Agent": {r.agent}})
		if err == nil {
			conn.SetReadLimit(-1) // larger messages are skipped, not a reason to break off
			return conn, nil
		}
		if resp == nil || !errors.Is(err, websocket.ErrBadHandshake) {
			return nil, r.broken(h, err)
		}
		name := refusalName(resp)
		if !h.old && (resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusMethodNotAllowed ||
			resp.StatusCode == http.StatusNotImplemented || resp.StatusCode == http.StatusBadRequest && name != "CursorTooOld") {
			h.old = true
			continue
		}
		return nil, refusal(h, resp, name)
	}
}

// address returns where to connect to and from which place on.
func (r *reader) address(h *host) string {
	u := *h.base
	u.Scheme = "ws" + strings.TrimPrefix(u.Scheme, "http")
	q := url.Values{}
	if at := r.at.Load(); at > 0 {
		// By time, never by number, which is another one on each host.
		q.Set("cursor", strconv.FormatInt(max(at, time.Now().Add(-window).UnixMicro())-rewind.Microseconds(), 10))
	}
	if h.old {
		u.Path += "/subscribe"
		q.Set("wantedCollections", collection)
	} else {
		u.Path += "/xrpc/network.bsky.jetstream.subscribeEvents"
		q["kinds"] = []string{string(commitKind), string(identityKind), string(accountKind)}
		q.Set("collections", collection)
		q.Set("maxMessageSizeBytes", strconv.Itoa(frameBytes))
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// refusalName returns the name of the error in an answer, where it is one by atproto.com/specs/xrpc.
func refusalName(resp *http.Response) string {
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, errorBytes))
	var e struct {
		Error string `json:"error"`
	}
	if err != nil || json.Unmarshal(b, &e) != nil || !only(e.Error, "") {
		return ""
	}
	return e.Error
}

// refusal says what a refused connection asks of us.
func refusal(h *host, resp *http.Response, name string) error {
	err := fmt.Errorf("%s answers %s", h.base.Host, resp.Status)
	if name != "" {
		err = fmt.Errorf("%w (%s)", err, name)
	}
	switch code := resp.StatusCode; {
	case code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable:
		if n, bad := strconv.Atoi(resp.Header.Get("Retry-After")); bad == nil && n > 0 {
			return &ingest.RetryAfter{After: time.Duration(min(n, 3600)) * time.Second, Err: err}
		}
	case code == http.StatusNotFound || code == http.StatusUnauthorized || code == http.StatusForbidden || code == http.StatusBadRequest:
		return &ingest.NeedsAttention{Detail: h.base.Host + " does not let us listen (" + resp.Status + "). Check that it is a Jetstream, or leave the server out to use Bluesky's own.", Err: err}
	}
	return err
}

// broken says why a connection ended or was not made.
func (r *reader) broken(h *host, err error) error {
	name := h.base.Host
	var closed *websocket.CloseError
	var timeout net.Error
	switch {
	case errors.Is(err, ingest.ErrAddress):
		return &ingest.NeedsAttention{Detail: name + " is inside a network that sources may not reach. Use another server, or start with --allow-private-sources.", Err: err}
	case errors.As(err, &closed):
		return fmt.Errorf("%s closed the stream (%d)", name, closed.Code) // its words are the server's own
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("%s: %w", name, errSilent)
	}
	return fmt.Errorf("%s: %w", name, err)
}
