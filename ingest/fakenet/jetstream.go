package fakenet

import (
	"context"
	"encoding/binary"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// SkyFaultKind is a way in which Bluesky's servers misbehave.
type SkyFaultKind string

// The ways to misbehave. Refuse, Hang and HTML are of the first answer, the others of an open stream.
const (
	SkyRefuse    SkyFaultKind = "refuse"    // answer a request with Status
	SkyHTML      SkyFaultKind = "html"      // answer a request with a page
	SkyHang      SkyFaultKind = "hang"      // do not answer a request
	SkySilence   SkyFaultKind = "silence"   // keep the stream open and send nothing more on it
	SkyCut       SkyFaultKind = "cut"       // break the connection in the middle of a message
	SkyTruncated SkyFaultKind = "truncated" // send half of an event as if it were all
	SkyGarbage   SkyFaultKind = "garbage"   // send bytes that are no JSON before an event
	SkyUnknown   SkyFaultKind = "unknown"   // send events of kinds and with members that nobody knows before an event
	SkyBinary    SkyFaultKind = "binary"    // send a binary message before an event
	SkyHuge      SkyFaultKind = "huge"      // send a message of 5 MB before an event
	SkyDoubled   SkyFaultKind = "doubled"   // send an event twice
	SkySwapped   SkyFaultKind = "swapped"   // send an event after its successor
	SkyTooSlow   SkyFaultKind = "too-slow"  // say that the client is too slow, and close
)

// SkyFault says how to misbehave, and how often.
type SkyFault struct {
	Kind   SkyFaultKind
	Times  int    // requests or events; 0: until Behave
	Status int    // for SkyRefuse
	Retry  int    // Retry-After in seconds, for SkyRefuse; 0: none
	Host   string // this host only; empty: every one
	Pages  bool   // requests for profiles and handles, in place of streams
}

// Misbehave makes the next requests or events go wrong, after the faults that were ordered before.
func (b *Bluesky) Misbehave(faults ...SkyFault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, faults...)
	b.rouse()
}

// Behave takes every fault back.
func (b *Bluesky) Behave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = nil
	b.rouse()
}

// rouse has every stream look for what there is to do; the caller holds the lock.
func (b *Bluesky) rouse() {
	close(b.wake)
	b.wake = make(chan struct{})
}

// refusal returns the fault of a request; the caller holds the lock.
func (b *Bluesky) refusal(stream bool, host string) (SkyFault, bool) {
	return b.take(host, func(f SkyFault) bool {
		return (f.Kind == SkyRefuse || f.Kind == SkyHang || f.Kind == SkyHTML) && f.Pages != stream
	})
}

// take returns the first fault for a host that fits, once less; the caller holds the lock.
func (b *Bluesky) take(host string, fits func(SkyFault) bool) (SkyFault, bool) {
	for i, f := range b.faults {
		if f.Host != "" && f.Host != host || !fits(f) {
			continue
		}
		switch f.Times {
		case 0:
		case 1:
			b.faults = slices.Delete(b.faults, i, i+1)
		default:
			b.faults[i].Times--
		}
		return f, true
	}
	return SkyFault{}, false
}

// subscribe is version 1 of the stream.
func (h *skyHost) subscribe(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	at := int64(0)
	if s := q.Get("cursor"); s != "" {
		var err error
		if at, err = strconv.ParseInt(s, 10, 64); err != nil {
			skyProblem(w, http.StatusBadRequest, "InvalidRequest", "invalid cursor")
			return
		}
	}
	h.serve(w, r, at, q["wantedCollections"], nil, false)
}

// subscribeEvents is version 2: network.bsky.jetstream.subscribeEvents, read 2026-11.
func (h *skyHost) subscribeEvents(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	for name := range q {
		if !slices.Contains([]string{"cursor", "kinds", "dids", "collections", "maxMessageSizeBytes", "zstdDictionary"}, name) {
			skyProblem(w, http.StatusBadRequest, "InvalidRequest", "unknown parameter "+name)
			return
		}
	}
	if q.Has("zstdDictionary") {
		skyProblem(w, http.StatusBadRequest, "UnknownZstdDictionary", "no such dictionary")
		return
	}
	at := int64(0)
	if s := q.Get("cursor"); s != "" {
		var err error
		if at, err = strconv.ParseInt(s, 10, 64); err != nil || at < 0 {
			skyProblem(w, http.StatusBadRequest, "InvalidRequest", "invalid cursor")
			return
		}
		h.mu.Lock()
		floor := h.first + h.offset
		h.mu.Unlock()
		if at < 1e15 && uint64(at) < floor {
			skyProblem(w, http.StatusBadRequest, "CursorTooOld", "the floor is "+strconv.FormatUint(floor, 10))
			return
		}
	}
	h.serve(w, r, at, q["collections"], q["kinds"], true)
}

// serve streams events from a cursor on: microseconds from 1e15 on, else a number of this host; 0: what is new.
func (h *skyHost) serve(w http.ResponseWriter, r *http.Request, cursor int64, collections, kinds []string, v2 bool) {
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	go func() {
		defer cancel()
		for {
			_, _, err := conn.ReadMessage()
			if err != nil || v2 { // version 2 takes nothing from clients
				return
			}
		}
	}()
	s := &skyStream{skyHost: h, conn: conn, v2: v2, host: r.Host, wanted: func(e *skyEvent) bool {
		if len(kinds) > 0 && !slices.Contains(kinds, e.kind) || !v2 && e.kind == "sync" {
			return false
		}
		return e.kind != "commit" || len(collections) == 0 || slices.Contains(collections, e.collection())
	}}
	h.mu.Lock()
	h.open++
	s.next = h.first + uint64(len(h.log))
	clamped := false
	switch {
	case cursor >= 1e15:
		s.next = h.first
		for _, e := range h.log {
			if e.at.Add(h.late).UnixMicro() >= cursor {
				break
			}
			s.next++
		}
		clamped = v2 && time.UnixMicro(cursor).Before(time.Now().Add(-h.config.Lookback))
	case cursor > 0:
		s.next = max(h.first, uint64(max(0, cursor-int64(h.offset))))
	}
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		h.open--
		h.mu.Unlock()
	}()
	if clamped {
		_ = s.send(encode(map[string]any{"$type": "message", "payload": map[string]any{
			"$type": "network.bsky.jetstream.subscribeEvents#info", "name": "OutdatedCursor", "message": "resumed from the floor"}}))
	}
	s.run(ctx)
}

// skyStream is one open stream.
type skyStream struct {
	*skyHost
	conn   *websocket.Conn
	v2     bool
	host   string
	next   uint64 // number of the event to send next
	wanted func(*skyEvent) bool
}

var errSkyEnd = errors.New("end of the stream")

// run sends until something ends it.
func (s *skyStream) run(ctx context.Context) {
	for {
		s.mu.Lock()
		s.next = max(s.next, s.first)
		var e *skyEvent
		if i := s.next - s.first; i < uint64(len(s.log)) {
			e = s.log[i]
		}
		number, wake := s.next+s.offset, s.wake
		s.mu.Unlock()
		if e == nil {
			select {
			case <-wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		s.next++
		if !s.wanted(e) {
			continue
		}
		if s.one(ctx, e, number) != nil || ctx.Err() != nil {
			return
		}
	}
}

// one sends one event, in the way that the faults ask for.
func (s *skyStream) one(ctx context.Context, e *skyEvent, number uint64) error {
	frame := s.frame(e, number)
	s.mu.Lock()
	fault, bad := s.take(s.host, func(f SkyFault) bool { return f.Kind != SkyRefuse && f.Kind != SkyHang && f.Kind != SkyHTML })
	s.mu.Unlock()
	if !bad {
		return s.send(frame)
	}
	switch fault.Kind {
	case SkySilence:
		<-ctx.Done()
		return errSkyEnd
	case SkyCut:
		head := []byte{0x81, 126, 0, 0} // final, text, 16 bits of length (RFC 6455 section 5.2)
		binary.BigEndian.PutUint16(head[2:], uint16(min(len(frame), 60_000)))
		_, _ = s.conn.NetConn().Write(append(head, frame[:len(frame)/2]...))
		return errSkyEnd
	case SkyTruncated:
		return s.send(frame[:len(frame)/2])
	case SkyGarbage:
		return errors.Join(s.send([]byte("{]]\x00\x1f\xff not JSON")), s.send(frame))
	case SkyUnknown:
		for _, odd := range []string{`{}`, `[]`, `null`, `7`, `{"$type":"message","payload":null}`, `{"$type":"message","payload":{"$type":"network.bsky.jetstream.subscribeEvents#holiday","seq":1,"time":"x"}}`,
			`{"kind":"holiday","did":"did:plc:abc","time_us":1}`, `{"kind":"commit","did":5,"time_us":"x","commit":[]}`, `{"kind":"account","did":"did:plc:abc","account":null}`,
			`{"kind":"commit","did":"did:plc:abc","time_us":1,"commit":{"operation":"create","collection":"app.bsky.feed.post","rkey":"1","record":{"text":5,"facets":{},"tags":"x"}}}`} {
			if err := s.send([]byte(odd)); err != nil {
				return err
			}
		}
		return s.send(frame)
	case SkyBinary:
		return errors.Join(s.conn.WriteMessage(websocket.BinaryMessage, []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 1, 2}), s.send(frame))
	case SkyHuge:
		return errors.Join(s.send([]byte(`{"x":"`+strings.Repeat("x", 5<<20)+`"}`)), s.send(frame))
	case SkyDoubled:
		return errors.Join(s.send(frame), s.send(frame))
	case SkySwapped:
		s.mu.Lock()
		var after *skyEvent
		if i := s.next - s.first; i < uint64(len(s.log)) && s.wanted(s.log[i]) {
			after = s.log[i]
		}
		s.mu.Unlock()
		if after == nil {
			return s.send(frame)
		}
		s.next++
		return errors.Join(s.send(s.frame(after, number+1)), s.send(frame))
	case SkyTooSlow:
		_ = s.send(encode(map[string]any{"$type": "error", "error": "ConsumerTooSlow", "message": "reading too slowly"}))
		return errSkyEnd
	}
	return s.send(frame)
}

func (s *skyStream) send(frame []byte) error {
	_ = s.conn.SetWriteDeadline(time.Now().Add(time.Minute))
	return s.conn.WriteMessage(websocket.TextMessage, frame)
}

func (e *skyEvent) collection() string {
	if e.other != "" {
		return e.other
	}
	return collection
}

// frame is an event as this stream's version writes it.
func (s *skyStream) frame(e *skyEvent, number uint64) []byte {
	at := e.at.Add(s.late)
	if !s.v2 {
		m := map[string]any{"did": e.did, "time_us": at.UnixMicro(), "kind": e.kind}
		if e.kind == "commit" {
			m["commit"] = e.commit()
		} else {
			m[e.kind] = e.body
		}
		return encode(m)
	}
	m := map[string]any{"$type": "network.bsky.jetstream.subscribeEvents#" + e.kind, "seq": number, "did": e.did, "time": skyTime(at)}
	if e.kind == "commit" {
		for k, v := range e.commit() {
			m[k] = v
		}
	} else {
		m[e.kind] = e.body
	}
	return encode(map[string]any{"$type": "message", "payload": m})
}

func (e *skyEvent) commit() map[string]any {
	m := map[string]any{"rev": e.rev, "operation": e.operation, "collection": e.collection(), "rkey": e.rkey}
	if e.operation != "delete" {
		m["cid"], m["record"] = e.cid, e.record
	}
	return m
}
