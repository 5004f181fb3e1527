package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// silence is how long the server may say nothing: it pings every 20 s.
	silence = 60 * time.Second
	// maxMessage is the largest message read: a snapshot of a long queue.
	maxMessage = 16 << 20
	// firstWait and longestWait bound the pause before connecting again.
	firstWait   = 250 * time.Millisecond
	longestWait = 15 * time.Second
)

// watchCmd is openfloor watch.
type watchCmd struct {
	Server string `default:"http://127.0.0.1:8080" placeholder:"URL" help:"The running server."`
	eventRef
}

// Run prints the messages of the public live stream, one a line, until the process is told to stop. It connects
// again by itself and goes on where it was.
func (c *watchCmd) Run(s *streams) error {
	api, err := newClient(c.Server)
	if err != nil {
		return err
	}
	w := watcher{base: "ws" + strings.TrimPrefix(api.base, "http") + "/api/v1" + c.path("/live"), out: s.out}
	wait := firstWait
	for connected := false; ; {
		got, err := w.follow(s.ctx)
		switch {
		case s.ctx.Err() != nil:
			return nil
		case errors.Is(err, errOutput):
			return err
		}
		if p, answered := errors.AsType[*problem](err); answered && p.Status < 500 && p.Status != http.StatusTooManyRequests {
			return err
		}
		if !connected && !got {
			if refused(err) {
				return fmt.Errorf("no server answers at %s; start it with openfloor serve, or name another with --server", api.base)
			}
			return err
		}
		connected = true
		if got {
			wait = firstWait
		}
		select {
		case <-time.After(wait/2 + rand.N(wait)):
		case <-s.ctx.Done():
			return nil
		}
		wait = min(2*wait, longestWait)
	}
}

// errOutput says that nobody reads standard output any more.
var errOutput = errors.New("write to standard output")

// watcher knows how far it has come.
type watcher struct {
	base  string
	out   io.Writer
	epoch string // empty: no snapshot yet
	seq   uint64
}

// follow reads one connection to its end and reports whether anything came.
func (w *watcher) follow(ctx context.Context) (got bool, err error) {
	q := url.Values{"view": {"public"}}
	if w.epoch != "" {
		q.Set("since", strconv.FormatUint(w.seq, 10))
		q.Set("epoch", w.epoch)
	}
	dialer := websocket.Dialer{HandshakeTimeout: answerTime, Proxy: http.ProxyFromEnvironment}
	conn, res, err := dialer.DialContext(ctx, w.base+"?"+q.Encode(), nil)
	if err != nil {
		if res != nil {
			p := &problem{Status: res.StatusCode}
			if body, rerr := io.ReadAll(io.LimitReader(res.Body, 64<<10)); rerr == nil {
				_ = json.Unmarshal(body, p) // whatever it says, the status is known
			}
			p.Status = res.StatusCode
			return false, p
		}
		return false, fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	conn.SetReadLimit(maxMessage)
	alive := func() error { return conn.SetReadDeadline(time.Now().Add(silence)) }
	pong := conn.PingHandler()
	conn.SetPingHandler(func(data string) error {
		if err := alive(); err != nil {
			return err
		}
		return pong(data)
	})
	for {
		if err := alive(); err != nil {
			return got, err
		}
		_, body, err := conn.ReadMessage()
		if err != nil {
			return got, fmt.Errorf("read: %w", err)
		}
		got = true
		if err := w.print(body); err != nil {
			return got, err
		}
	}
}

// print writes one message as one line and remembers where it was.
func (w *watcher) print(body []byte) error {
	var head struct {
		Type  string `json:"type"`
		Seq   uint64 `json:"seq"`
		Epoch string `json:"epoch"`
	}
	var line bytes.Buffer
	if err := errors.Join(json.Unmarshal(body, &head), json.Compact(&line, body)); err != nil {
		return fmt.Errorf("the server sent something else than JSON: %w", err)
	}
	if head.Type == "snapshot" {
		w.epoch, w.seq = head.Epoch, head.Seq
	}
	w.seq = max(w.seq, head.Seq)
	line.WriteByte('\n')
	if _, err := w.out.Write(line.Bytes()); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	return nil
}
