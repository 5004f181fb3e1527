package mastodon

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/openfloor/openfloor/ingest"
)

// Limits of streams.
const (
	// A server sends :thump every 15 s, or a ping every 30 s (mastodon/mastodon streaming/index.js, read 2026-11).
	silence    = 45 * time.Second
	opening    = 15 * time.Second
	frameBytes = 1 << 20
	toldMost   = 64 // posts that wait while others are stored
	tagsMost   = 4  // with a connection for each, where websockets do not get through

	firstWait   = time.Second
	longestWait = time.Minute
	refusedWait = 15 * time.Minute // the server has no streams, or not for this token: perhaps it will
	healthy     = time.Minute
	muteMost    = 2 // streams in a row that break before they say anything; then the other kind is tried

	// A post that is so old when it is read, and did not come by stream though that was open, was left out there: by
	// the languages and mutes of the token's account, or because the server sends nothing (GoToSocial knows no stream
	// of a hashtag: superseriousbusiness/gotosocial internal/stream/stream.go, read 2026-11).
	streamLag = 10 * time.Second
	deafFor   = 15 * time.Minute
)

var (
	errNoStream = errors.New("the server has no stream for us")
	errSilent   = errors.New("the stream fell silent")
	errHandover = errors.New("websockets do not get through")
)

// follow keeps a stream open, from the event's hours on, until ctx ends. Whatever goes wrong with it: what is new
// is polled for meanwhile.
func (s *Source) follow(ctx context.Context) error {
	wait := firstWait
	for {
		if s.slow(time.Now()) {
			if err := ingest.Sleep(ctx, time.Until(s.hours)); err != nil {
				return err
			}
		}
		begun := time.Now()
		err := s.listen(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if _, ok := errors.AsType[crash](err); ok {
			return err
		}
		if time.Since(begun) >= healthy {
			wait = firstWait
		}
		pause := wait
		if e, ok := errors.AsType[*ingest.RetryAfter](err); ok {
			pause = max(e.After, wait)
		} else if _, ok := errors.AsType[*ingest.NeedsAttention](err); ok || errors.Is(err, errNoStream) {
			pause = refusedWait
		}
		wait = min(2*wait, longestWait)
		if err := ingest.Sleep(ctx, pause+rand.N(pause/10+1)); err != nil {
			return err
		}
	}
}

// listen opens one stream and follows it until it breaks. It returns why.
func (s *Source) listen(whole context.Context) error {
	ctx, cancel := context.WithCancelCause(whole)
	defer cancel(nil)
	base, err := s.asker.streaming(ctx)
	if err != nil {
		return err
	}
	told, handed := make(chan parcel, toldMost), make(chan error, 1)
	go func() {
		err := guarded(func() error { return s.handAll(ctx, told) })
		cancel(err)
		handed <- err
	}()
	said := false // anything
	tell := func(p parcel) error {
		said = said || !p.opened
		select {
		case told <- p:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if !s.sse {
		err = s.websocket(ctx, base, tell)
	}
	if s.sse || errors.Is(err, errHandover) {
		err = s.events(ctx, base, tell)
		if errors.Is(err, errNoStream) {
			s.sse = false // begin with the other kind next time
		} else {
			s.sse = true
		}
	}
	close(told)
	if failed := <-handed; failed != nil {
		err = failed
	}
	if said {
		s.mute = 0
	} else if s.mute++; s.mute >= muteMost {
		s.sse, s.mute = !s.sse, 0
	}
	if told := s.hand(whole, parcel{broken: true}); told != nil {
		return told
	}
	return err
}

// handAll hands on what was told until there is no more. What came while other things were stored is stored together.
func (s *Source) handAll(ctx context.Context, told <-chan parcel) error {
	for p := range told {
		for more := true; more && p.plain() && len(p.found) < toldMost; {
			select {
			case q, ok := <-told:
				switch {
				case !ok:
					more = false
				case q.plain():
					p.found, p.skipped = append(p.found, q.found...), p.skipped+q.skipped
				default:
					if err := s.hand(ctx, p); err != nil {
						return err
					}
					p = q
				}
			default:
				more = false
			}
		}
		if err := s.hand(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// plain reports whether p says nothing but that there are posts.
func (p *parcel) plain() bool {
	return len(p.found) > 0 && p.track == nil && !p.shown && p.gone == "" && p.cursor == "" && !p.opened && !p.broken
}

// websocket follows all tags over one connection, which says errHandover where there can be none. The token goes in
// a header, so that no log on the way has it.
func (s *Source) websocket(ctx context.Context, base *url.URL, tell func(parcel) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dialer := websocket.Dialer{HandshakeTimeout: opening, ReadBufferSize: 16 << 10, WriteBufferSize: 1 << 10,
		NetDialContext: func(dialling context.Context, network, address string) (net.Conn, error) {
			conn, err := s.config.Dial(dialling, network, address)
			if err == nil { // a handshake knows no ctx, nor does reading
				context.AfterFunc(ctx, func() { _ = conn.Close() })
			}
			return conn, err
		}}
	u := *base
	u.Path += "/api/v1/streaming"
	u.RawQuery = url.Values{"stream": {"hashtag"}, "tag": {s.tracks[0].query}}.Encode()
	conn, resp, err := dialer.DialContext(ctx, u.String(), s.headers())
	if err != nil {
		if resp != nil {
			return s.refused(resp)
		}
		return fmt.Errorf("%s: %w", base.Host, ingest.Cause(err))
	}
	defer conn.Close()
	conn.SetReadLimit(frameBytes)
	alive := func() error { return conn.SetReadDeadline(time.Now().Add(silence)) }
	conn.SetPingHandler(func(data string) error {
		// Where the answer cannot be written the next reading says so.
		_ = conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(opening))
		return errors.Join(tell(parcel{}), alive())
	})
	for _, t := range s.tracks[1:] {
		_ = conn.SetWriteDeadline(time.Now().Add(opening))
		if err := conn.WriteJSON(map[string]string{"type": "subscribe", "stream": "hashtag", "tag": t.query}); err != nil {
			return err
		}
	}
	if err := tell(parcel{opened: true}); err != nil {
		return err
	}
	for {
		// From here, not from the last message: storing that may have taken long.
		if err := alive(); err != nil {
			return err
		}
		kind, body, err := conn.ReadMessage()
		if err != nil {
			return err
		}
		if kind != websocket.TextMessage {
			body = nil // and so counted: nothing is promised in binary
		}
		e, err := decodeFrame(body)
		if problem, ok := errors.AsType[*streamError](err); ok && (problem.status == http.StatusUnauthorized || problem.status == http.StatusForbidden) {
			return errNoStream
		}
		if err := tell(e.parcel(err)); err != nil {
			return err
		}
	}
}

// events follows each tag over a connection of its own, as server-sent events.
func (s *Source) events(ctx context.Context, base *url.URL, tell func(parcel) error) error {
	if len(s.tracks) > tagsMost {
		return errNoStream
	}
	ctx, cancel := context.WithCancelCause(ctx)
	var reading sync.WaitGroup
	defer reading.Wait()
	defer cancel(nil)
	var bodies []*http.Response
	defer func() {
		for _, b := range bodies {
			_ = b.Body.Close()
		}
	}()
	for _, t := range s.tracks {
		resp, err := s.openEvents(ctx, base, t.query)
		if err != nil {
			return err
		}
		bodies = append(bodies, resp)
	}
	if err := tell(parcel{opened: true}); err != nil {
		return err
	}
	told := make(chan parcel)
	broken := make(chan error, len(bodies))
	for _, resp := range bodies {
		reading.Go(func() {
			broken <- guarded(func() error { return readEvents(ctx, cancel, resp, told) })
		})
	}
	for {
		select {
		case p := <-told:
			if err := tell(p); err != nil {
				return err
			}
		case err := <-broken:
			if cause := context.Cause(ctx); cause != nil {
				return cause // the reading ended because of it
			}
			return err
		}
	}
}

// openEvents opens the stream of one tag.
func (s *Source) openEvents(ctx context.Context, base *url.URL, tag string) (*http.Response, error) {
	u := *base
	u.Scheme = map[string]string{"wss": "https", "ws": "http"}[u.Scheme]
	u.Path += "/api/v1/streaming/hashtag"
	u.RawQuery = url.Values{"tag": {tag}}.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, errNoStream
	}
	r.Header = s.headers()
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Accept-Encoding", "identity") // what is packed comes late
	resp, err := s.streams.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", base.Host, ingest.Cause(err))
	}
	if resp.StatusCode != http.StatusOK || !eventStream(resp) {
		defer resp.Body.Close()
		if err := s.refused(resp); !errors.Is(err, errHandover) {
			return nil, err
		}
		return nil, errNoStream
	}
	return resp, nil
}

// readEvents reads one stream of events until it breaks or falls silent.
func readEvents(ctx context.Context, cancel context.CancelCauseFunc, resp *http.Response, told chan<- parcel) error {
	watch := time.AfterFunc(silence, func() { cancel(errSilent) })
	defer watch.Stop()
	in := newFrames(resp.Body)
	for {
		name, data, err := in.next()
		if err != nil {
			return err
		}
		watch.Stop() // storing may take long
		e := event{}
		if name != "" {
			e, err = decodeEvent(name, data)
		}
		select {
		case told <- e.parcel(err):
			watch.Reset(silence)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// parcel returns what an event, or the fault of one, means to us.
func (e event) parcel(fault error) parcel {
	p := parcel{gone: e.gone}
	if fault != nil {
		p.skipped = 1
	}
	if e.status != nil {
		p.found = []status{*e.status}
	}
	return p
}

func (s *Source) headers() http.Header {
	return http.Header{"Authorization": {"Bearer " + s.asker.token}, "User-Agent": {s.config.UserAgent}}
}

// refused returns what the answer in place of a stream asks of us.
func (s *Source) refused(resp *http.Response) error {
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return errNoStream
	case code == http.StatusTooManyRequests:
		return &ingest.RetryAfter{After: max(s.asker.wait(resp, time.Now()), time.Second), Err: errNoStream}
	case resp.Header.Get("Retry-After") != "":
		return &ingest.RetryAfter{After: retryAfter(resp), Err: errNoStream}
	case code >= 500 && code != http.StatusNotImplemented:
		return fmt.Errorf("%s answers %s", s.host, resp.Status)
	}
	return errHandover
}

// eventStream reports whether an answer is a stream of events, and no page that says why not.
func eventStream(resp *http.Response) bool {
	t := resp.Header.Get("Content-Type")
	return len(t) >= len("text/event-stream") && t[:len("text/event-stream")] == "text/event-stream"
}

// streamClient returns a client for answers without an end, which are followed nowhere else.
func streamClient(dial func(context.Context, string, string) (net.Conn, error)) *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dial, ForceAttemptHTTP2: true, TLSHandshakeTimeout: opening,
			ResponseHeaderTimeout: opening, MaxResponseHeaderBytes: 64 << 10, IdleConnTimeout: opening,
		},
	}
}
