package live

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/openfloor/openfloor/display"
)

const (
	// pollWait is how long a poll waits for news at most (the contract's).
	pollWait = 25 * time.Second
	// HeaderAt is the header of a poll's answer that says where it ended, for the next one's Request.At.
	HeaderAt = "Openfloor-At"
)

var (
	errNoNews  = errors.New("no news")
	errRight   = errors.New("the right was lost")
	errClosing = errors.New("the server is stopping")
)

// servePoll answers one poll with a JSON array of messages: at once where there are any that the client does not have,
// otherwise as soon as there are, and empty after 25 s.
func (l *Live) servePoll(w http.ResponseWriter, r *http.Request, req Request) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store, no-transform")
	if r.Method == http.MethodHead {
		return
	}
	if !l.beginPoll() {
		l.tooBusy(w, r)
		return
	}
	defer l.endPoll()
	defer l.poll(req)()
	messages, cursor, err := l.await(r.Context(), req)
	if errors.Is(err, errRight) {
		h.Del("Cache-Control")
		l.cfg.Refuse(w, r, http.StatusForbidden, "What you joined with has been revoked. Ask the organiser for a new link.")
		return
	}
	if r.Context().Err() != nil {
		return // nobody is there to be answered
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writePatience)) // net/http takes it away after the answer
	h.Set(HeaderAt, l.id+"."+strconv.FormatUint(cursor, 10))
	size := 2 + max(0, len(messages)-1)
	for _, m := range messages {
		size += len(m.Body)
	}
	h.Set("Content-Length", strconv.Itoa(size))
	next := []byte("[")
	for _, m := range messages {
		_, _ = w.Write(next) // that the client has gone is its own affair
		_, _ = w.Write(m.Body)
		next = []byte(",")
	}
	if len(messages) == 0 {
		_, _ = w.Write(next)
	}
	_, _ = w.Write([]byte("]"))
}

// await returns what a poll is answered with and where it ends.
//
// A stream that is resumed repeats what it may have been cut off in: all messages of the sequence that the client has
// seen. A poll that took those for news would never wait. So its answer names a cursor, and one that comes back with it
// is told exactly what came after. Where there is none, only what is beyond since, or comes from now on, is news; then
// the rest of its sequence is repeated with it. Who comes from another kind of stream says so by an At that is no
// cursor, and is given its repetition at once.
func (l *Live) await(ctx context.Context, req Request) (messages []display.Message, cursor uint64, err error) {
	cursor, known := l.cursor(req.At)
	from := cursor // where the answer begins, once there is news after cursor
	if !known {
		start := req.Stream.Open(req.Since, req.Epoch)
		if start.Body != nil {
			return []display.Message{start}, start.Index, nil
		}
		from, cursor = start.Index, start.Index
		if repeat, ok := req.Stream.Next(from); ok && len(repeat) > 0 {
			if last := repeat[len(repeat)-1]; req.At == "" && last.Seq <= *req.Since {
				cursor = last.Index
			}
		}
		if req.At != "" {
			news, ok := req.Stream.Next(from)
			return l.answer(req, from, news, ok)
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, pollWait, errNoNews)
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer context.AfterFunc(l.life, func() { stop(errClosing) })()
	if req.Lost != nil {
		go func() {
			select {
			case <-req.Lost:
				stop(errRight)
			case <-ctx.Done():
			}
		}()
	}
	news, ok, err := req.Stream.After(ctx, cursor)
	if err != nil {
		return nil, cursor, err
	}
	if ok && from != cursor {
		news, ok = req.Stream.Next(from)
	}
	return l.answer(req, cursor, news, ok)
}

// answer is news after cursor, or a snapshot where that is too much or too old.
func (l *Live) answer(req Request, cursor uint64, news []display.Message, ok bool) ([]display.Message, uint64, error) {
	switch {
	case !ok || len(news) > farBehind:
		start := req.Stream.Open(nil, "")
		return []display.Message{start}, start.Index, nil
	case len(news) > 0:
		cursor = news[len(news)-1].Index
	}
	return news, cursor, nil
}

// cursor reads what HeaderAt said. It is good in the process that said it alone.
func (l *Live) cursor(at string) (uint64, bool) {
	id, index, _ := strings.Cut(at, ".")
	if id != l.id {
		return 0, false
	}
	n, err := strconv.ParseUint(index, 10, 64)
	return n, err == nil
}

func (l *Live) beginPoll() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.viewers)+l.polling >= l.cfg.Most {
		return false
	}
	l.polling++
	return true
}

func (l *Live) endPoll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.polling--
}

// pollerKey is somebody who polls one stream.
type pollerKey struct {
	stream Stream
	who    string
}

// poller is counted as one open stream for as long as it keeps coming back.
type poller struct {
	polls int // waiting now
	leave func()
	gone  *time.Timer // runs while none is
}

// poll counts whoever polls until done is called and Linger has passed without another poll.
func (l *Live) poll(req Request) (done func()) {
	if req.Join == nil || req.Poller == "" {
		return func() {}
	}
	key := pollerKey{req.Stream, req.Poller}
	l.mu.Lock()
	p, known := l.pollers[key]
	if !known {
		p = &poller{}
		l.pollers[key] = p
	}
	if p.polls++; p.gone != nil {
		p.gone.Stop()
		p.gone = nil
	}
	l.mu.Unlock()
	if !known {
		p.leave = req.Join()
	}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if p.polls--; p.polls > 0 {
			return
		}
		linger := req.Linger
		if l.closed {
			linger = 0
		}
		p.gone = time.AfterFunc(linger, func() { l.forget(key, p) })
	}
}

// forget ends somebody's being counted, unless they have come back meanwhile.
func (l *Live) forget(key pollerKey, p *poller) {
	l.mu.Lock()
	if p.polls > 0 || l.pollers[key] != p {
		l.mu.Unlock()
		return
	}
	delete(l.pollers, key)
	l.mu.Unlock()
	p.leave()
}
