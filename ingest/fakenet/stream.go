package fakenet

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Heartbeats of streams: mastodon/mastodon streaming/index.js, read 2026-11.
const (
	thumpEvery = 15 * time.Second // a comment, as server-sent event
	pingEvery  = 30 * time.Second // over a websocket
	backlog    = 4096             // events for a reader; who is further behind is let go
)

// BreakKind is a way to break open streams.
type BreakKind string

// The ways to break streams, where nothing else is said all that are open.
const (
	BreakCut     BreakKind = "cut"     // the connection ends
	BreakClose   BreakKind = "close"   // the websocket is closed as it should be; an SSE answer ends
	BreakMessage BreakKind = "message" // the connection ends in the middle of an event
	BreakRune    BreakKind = "rune"    // and in the middle of a character
	BreakSilent  BreakKind = "silent"  // nothing is sent any more, the connection stays
)

// RemarkKind is something that a stream says that is no event about a post.
type RemarkKind string

// The remarks.
const (
	RemarkGarbage RemarkKind = "garbage" // no JSON
	RemarkUnknown RemarkKind = "unknown" // an event of a type that nobody knows
	RemarkWrong   RemarkKind = "wrong"   // an update whose payload is no status
	RemarkBinary  RemarkKind = "binary"  // a binary message; over SSE an event without data
	RemarkError   RemarkKind = "error"   // what is said to who asks wrongly
	RemarkHuge    RemarkKind = "huge"    // an event of 2 MiB
)

// stream is one open stream.
type stream struct {
	sse bool
	out chan []byte // events as they go over the wire, without their frame
	end chan BreakKind

	mu     sync.Mutex
	tags   []string // folded
	silent bool
}

// listens reports whether the stream is for one of tags.
func (s *stream) listens(tags []string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tags {
		if slices.Contains(tags, t) {
			return t, !s.silent
		}
	}
	return "", false
}

func (s *stream) hush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent = true
}

func (s *stream) isSilent() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.silent
}

// message returns an event in the form of the stream: WebSocket payloads are JSON in a string.
func (s *stream) message(tag, name, payload string) []byte {
	if s.sse {
		return []byte("event: " + name + "\ndata: " + payload + "\n\n")
	}
	return encode(map[string]any{"stream": []string{"hashtag", tag}, "event": name, "payload": payload})
}

// say sends an event to who listens to one of tags; the caller holds the lock.
func (m *Mastodon) say(tags []string, name, payload string) {
	if m.deaf || m.config.Software == GoToSocial {
		return
	}
	for s := range m.streams {
		if tag, ok := s.listens(tags); ok {
			s.send(s.message(tag, name, payload))
		}
	}
}

func (s *stream) send(b []byte) {
	select {
	case s.out <- b:
	default: // it reads too slowly
		s.finish(BreakCut)
	}
}

func (s *stream) finish(how BreakKind) {
	select {
	case s.end <- how:
	default: // it ends already
	}
}

// Deaf makes streams leave out what is posted, edited and deleted while on is true.
func (m *Mastodon) Deaf(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.deaf = on
}

// Streams returns how many streams are open.
func (m *Mastodon) Streams() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.streams)
}

// Break breaks every open stream.
func (m *Mastodon) Break(how BreakKind) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for s := range m.streams {
		if how == BreakSilent {
			s.hush()
		} else {
			s.finish(how)
		}
	}
}

// Remark makes every open stream say something else.
func (m *Mastodon) Remark(what RemarkKind) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for s := range m.streams {
		switch what {
		case RemarkGarbage:
			if s.sse {
				s.send([]byte("\x00\xff: {]]\nevent\ndata: \xff\xfe{\nevent: update\n\n"))
			} else {
				s.send([]byte("{]]\x01"))
			}
		case RemarkUnknown:
			s.send(s.message("x", "announcement.reaction", `{"name":"x"}`))
		case RemarkWrong:
			s.send(s.message("x", "update", `{"id":5,"uri":[]}`))
		case RemarkBinary:
			s.send(nil)
		case RemarkError:
			s.send([]byte(`{"error":"Missing tag name parameter","status":400}` + "\n\n"))
		case RemarkHuge:
			s.send(s.message("x", "update", `{"id":"1","content":"`+strings.Repeat("x", 2<<20)+`"}`))
		}
	}
}

// RevokeToken makes the server accept no token that it accepted before; open streams end, as on a real one.
func (m *Mastodon) RevokeToken(next string) {
	m.mu.Lock()
	m.config.Token = next
	m.mu.Unlock()
	m.Break(BreakClose)
}

// RefuseStreams makes the server answer status in place of a stream; 0: no longer.
func (m *Mastodon) RefuseStreams(status int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse = status
}

// open enters a stream, unless it is refused: then the answer is written.
func (m *Mastodon) open(w http.ResponseWriter, r *http.Request, s *stream) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests = append(m.requests, Request{At: time.Now(), Path: r.URL.Path, Query: r.URL.Query(), Authorization: r.Header.Get("Authorization"), Streaming: true})
	kind := "websocket"
	if s.sse {
		kind = "sse"
	}
	switch {
	case m.refuse != 0:
		problem(w, m.refuse, "The server was told to say so")
	case slices.Contains(m.config.NoStream, kind) || s.sse && m.config.Software != Plain:
		problem(w, http.StatusNotFound, "Not found")
	// Streams are for users since 4.2 (docs.joinmastodon.org/methods/streaming, read 2026-11).
	case m.config.Token == "" || r.Header.Get("Authorization") != "Bearer "+m.config.Token:
		w.Header().Set("X-Error-Message", "Invalid access token")
		problem(w, http.StatusUnauthorized, "Invalid access token")
	case r.URL.Query().Get("tag") == "" && (s.sse || r.URL.Query().Get("stream") != ""):
		problem(w, http.StatusBadRequest, "Missing tag name parameter")
	default:
		if t := r.URL.Query().Get("tag"); t != "" {
			s.tags = []string{fold(t)}
		}
		return true
	}
	return false
}

func (m *Mastodon) enter(s *stream) (leave func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.streams[s] = true
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.streams, s)
	}
}

func newStream(sse bool) *stream {
	return &stream{sse: sse, out: make(chan []byte, backlog), end: make(chan BreakKind, 1)}
}

// websocket is GET /api/v1/streaming.
func (m *Mastodon) websocket(w http.ResponseWriter, r *http.Request) {
	s := newStream(false)
	if !m.open(w, r, s) {
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return // it has answered
	}
	defer conn.Close()
	defer m.enter(s)()
	ctx, cancel := context.WithCancel(r.Context())
	var reading sync.WaitGroup
	defer reading.Wait()
	defer cancel()
	defer conn.Close()
	ponged := make(chan struct{}, 1)
	reading.Go(func() {
		defer cancel()
		conn.SetPongHandler(func(string) error {
			select {
			case ponged <- struct{}{}:
			default:
			}
			return nil
		})
		for {
			kind, b, err := conn.ReadMessage()
			if err != nil {
				return
			}
			if kind == websocket.BinaryMessage {
				deadline := time.Now().Add(time.Second)
				_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseUnsupportedData, ""), deadline)
				return
			}
			s.subscribe(b)
		}
	})
	m.pump(ctx, s, wire{
		beat: pingEvery,
		heart: func() bool {
			return conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)) == nil
		},
		answered: ponged,
		send: func(b []byte) bool {
			if b == nil {
				return conn.WriteMessage(websocket.BinaryMessage, []byte{1, 2, 3}) == nil
			}
			return conn.WriteMessage(websocket.TextMessage, b) == nil
		},
		finish: func(how BreakKind) {
			switch how {
			case BreakClose:
				_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseGoingAway, ""), time.Now().Add(time.Second))
			case BreakMessage, BreakRune: // the frame says 125 bytes, fewer come
				_, _ = conn.NetConn().Write(append([]byte{0x81, 125}, half(how)...))
			}
		},
	})
}

// half returns the beginning of an event.
func half(how BreakKind) string {
	b := `{"stream":["hashtag","askpanel"],"event":"update","payload":"{\"content\":\"h` + "é"
	if how == BreakRune {
		return b[:len(b)-1]
	}
	return b
}

// subscribe takes {"type":"subscribe","stream":"hashtag","tag":"x"} of a client.
func (s *stream) subscribe(b []byte) {
	var ask struct{ Type, Stream, Tag string }
	if json.Unmarshal(b, &ask) != nil || ask.Stream != "hashtag" || ask.Tag == "" {
		s.send([]byte(`{"error":"Missing tag name parameter","status":400}`))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tags = slices.DeleteFunc(s.tags, func(t string) bool { return t == fold(ask.Tag) })
	if ask.Type == "subscribe" {
		s.tags = append(s.tags, fold(ask.Tag))
	}
}

// events is GET /api/v1/streaming/hashtag.
func (m *Mastodon) events(w http.ResponseWriter, r *http.Request) {
	s := newStream(true)
	if !m.open(w, r, s) {
		return
	}
	control := http.NewResponseController(w)
	write := func(b string) bool {
		_, err := w.Write([]byte(b))
		return err == nil && control.Flush() == nil
	}
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.Header().Set("Cache-Control", "private, no-store")
	defer m.enter(s)()
	if !write(":)\n") {
		return
	}
	m.pump(r.Context(), s, wire{
		beat:  thumpEvery,
		heart: func() bool { return write(":thump\n") },
		send: func(b []byte) bool {
			if b == nil {
				return write("event: update\n\n")
			}
			for len(b) > 7 { // an event comes in pieces, inside characters too
				if !write(string(b[:len(b)/2])) {
					return false
				}
				b = b[len(b)/2:]
			}
			return write(string(b))
		},
		finish: func(how BreakKind) {
			switch how {
			case BreakMessage, BreakRune:
				write("event: update\ndata: " + half(how))
				panic(http.ErrAbortHandler)
			case BreakCut:
				panic(http.ErrAbortHandler)
			}
		},
	})
}

// wire is how a kind of stream writes. Its functions report whether the other side still takes it.
type wire struct {
	beat     time.Duration
	heart    func() bool
	answered <-chan struct{} // the other side answered a heartbeat; nil: it need not
	send     func([]byte) bool
	finish   func(BreakKind)
}

// pump writes what a stream has to say, until it ends.
func (m *Mastodon) pump(ctx context.Context, s *stream, w wire) {
	beat := time.NewTicker(w.beat)
	defer beat.Stop()
	waiting := false
	for {
		select {
		case <-ctx.Done():
			return
		case how := <-s.end:
			w.finish(how)
			return
		case <-w.answered:
			waiting = false
		case <-beat.C:
			if s.isSilent() {
				continue
			}
			if waiting && w.answered != nil || !w.heart() {
				return // who did not answer until the next one is gone
			}
			waiting = true
		case b := <-s.out:
			if !s.isSilent() && !w.send(b) {
				return
			}
		}
	}
}
