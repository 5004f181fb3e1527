package fakenet

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// blueskyLookback is how far back a Jetstream replays: bluesky-social/jetstream docs/README.md, read 2026-11.
	blueskyLookback = 36 * time.Hour
	collection      = "app.bsky.feed.post"
)

// BlueskyConfig is what a fake Bluesky is like. The zero value has Jetstreams that speak both versions.
type BlueskyConfig struct {
	Lookback time.Duration // 0: 36 h
	OldOnly  bool          // the Jetstreams speak version 1 only, as before 2026
}

// Bluesky is a fake Bluesky: accounts, their posts, the Jetstreams that tell of them, and the servers that know
// whose handle is whose. It is safe for concurrent use.
type Bluesky struct {
	config BlueskyConfig

	mu       sync.Mutex
	log      []*skyEvent
	first    uint64 // number of log[0]
	wake     chan struct{}
	profiles map[string]*SkyProfile // by DID
	posts    map[string]*skyPost    // by URI
	lastTID  int64
	skew     time.Duration
	faults   []SkyFault
	requests []Request
	open     int // streams
}

// SkyProfile is what is known of an account.
type SkyProfile struct {
	DID, Handle, Name, Avatar string
	// Labels such as "!no-unauthenticated".
	Labels []string
	// Unverified says that the handle does not point back to the account, so that servers show handle.invalid.
	Unverified bool
}

// Skeet is a post as a test writes it. Facets are made for the hashtags and links in its text.
type Skeet struct {
	DID       string // empty: "did:plc:somebody"
	Text      string
	Langs     []string
	Tags      []string // beside those in the text
	Labels    []string // self labels
	ReplyTo   string   // URI of the parent
	CreatedAt time.Time
	NoFacets  bool             // leave the facets out, as some clients do
	Facets    []map[string]any // in place of those made
	Extra     map[string]any   // further members of the record
	Rkey      string           // empty: made
}

type skyPost struct {
	Skeet
	uri string
}

// skyEvent is one event of the log.
type skyEvent struct {
	at        time.Time
	did       string
	kind      string // commit, identity, account, sync
	operation string
	rkey      string
	rev       string
	cid       string
	record    map[string]any
	body      map[string]any // of identity, account and sync
	other     string         // collection, where it is not that of posts
}

// NewBluesky returns a network on which nobody has said anything.
func NewBluesky(c BlueskyConfig) *Bluesky {
	if c.Lookback == 0 {
		c.Lookback = blueskyLookback
	}
	return &Bluesky{config: c, first: 1, wake: make(chan struct{}), profiles: map[string]*SkyProfile{}, posts: map[string]*skyPost{}}
}

// Account makes an account, or changes it without telling anybody.
func (b *Bluesky) Account(p SkyProfile) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.profiles[p.DID] = &p
}

// Rename gives an account another handle, and says so on the streams.
func (b *Bluesky) Rename(did, handle string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.profiles[did]; p != nil {
		p.Handle = handle
	}
	b.append(&skyEvent{did: did, kind: "identity", body: map[string]any{"did": did, "handle": handle, "seq": 30340180350, "time": skyTime(time.Now())}})
}

// Status says on the streams that an account is active, or why it is not: takendown, suspended, deleted,
// deactivated, desynchronized, throttled.
func (b *Bluesky) Status(did string, active bool, status string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	body := map[string]any{"active": active, "did": did, "seq": 30340180351, "time": skyTime(time.Now())}
	if status != "" {
		body["status"] = status
	}
	b.append(&skyEvent{did: did, kind: "account", body: body})
}

// Post publishes a post and returns its URI.
func (b *Bluesky) Post(s Skeet) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s.DID == "" {
		s.DID = "did:plc:somebody"
	}
	if s.CreatedAt.IsZero() {
		s.CreatedAt = time.Now()
	}
	if s.Rkey == "" {
		s.Rkey = b.tid()
	}
	p := &skyPost{Skeet: s, uri: "at://" + s.DID + "/" + collection + "/" + s.Rkey}
	b.posts[p.uri] = p
	b.commit(p, "create")
	return p.uri
}

// Update gives a post another text and reports whether there is one. Facets are made anew.
func (b *Bluesky) Update(uri, text string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.posts[uri]
	if p == nil {
		return false
	}
	p.Text, p.Facets = text, nil
	b.commit(p, "update")
	return true
}

// Delete takes a post away and reports whether there was one.
func (b *Bluesky) Delete(uri string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.posts[uri]
	if p == nil {
		return false
	}
	delete(b.posts, uri)
	b.append(&skyEvent{did: p.DID, kind: "commit", operation: "delete", rkey: p.Rkey, rev: b.tid()})
	return true
}

// DeleteUnseen tells of a deletion before the post itself: the stream has them the wrong way round.
func (b *Bluesky) DeleteUnseen(s Skeet) string {
	b.mu.Lock()
	if s.Rkey == "" {
		s.Rkey = b.tid()
	}
	if s.DID == "" {
		s.DID = "did:plc:somebody"
	}
	b.append(&skyEvent{did: s.DID, kind: "commit", operation: "delete", rkey: s.Rkey, rev: b.tid()})
	b.mu.Unlock()
	uri := b.Post(s)
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.posts, uri)
	return uri
}

// Noise has strangers say, like, delete and rename n things that have nothing to do with us.
func (b *Bluesky) Noise(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range n {
		did := fmt.Sprintf("did:plc:stranger%d", i%50)
		switch i % 5 {
		case 0, 1:
			b.commit(&skyPost{Skeet: Skeet{DID: did, Text: "Nothing to do with #anything", CreatedAt: time.Now(), Rkey: b.tid()}}, "create")
		case 2:
			b.append(&skyEvent{did: did, kind: "commit", operation: "delete", rkey: b.tid(), rev: b.tid()})
		case 3:
			b.append(&skyEvent{did: did, kind: "account", body: map[string]any{"active": false, "did": did, "seq": i, "status": "deleted", "time": skyTime(time.Now())}})
		case 4:
			b.append(&skyEvent{did: did, kind: "identity", body: map[string]any{"did": did, "seq": i, "time": skyTime(time.Now())}})
		}
	}
}

// Skew moves the Jetstreams' clock, by which they stamp events, ahead of ours.
func (b *Bluesky) Skew(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.skew = d
}

// Requests returns what was asked of the network so far.
func (b *Bluesky) Requests() []Request {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.requests)
}

// Streams returns how many streams are open.
func (b *Bluesky) Streams() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open
}

// commit appends the event of a post; the caller holds the lock.
func (b *Bluesky) commit(p *skyPost, operation string) {
	record := p.record()
	sum := sha256.Sum256(encode(record))
	b.append(&skyEvent{did: p.DID, kind: "commit", operation: operation, rkey: p.Rkey, rev: b.tid(), record: record,
		cid: "bafyrei" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:]))})
}

// append adds an event and wakes the streams; the caller holds the lock.
func (b *Bluesky) append(e *skyEvent) {
	e.at = time.Now().Add(b.skew)
	b.log = append(b.log, e)
	oldest := time.Now().Add(-b.config.Lookback)
	for len(b.log) > 0 && b.log[0].at.Before(oldest) {
		b.log = b.log[1:]
		b.first++
	}
	close(b.wake)
	b.wake = make(chan struct{})
}

// tid returns the next timestamp identifier: 64 bits of base32 that sorts, microseconds above a clock's number
// (atproto.com/specs/tid, read 2026-11).
func (b *Bluesky) tid() string {
	b.lastTID = max(b.lastTID+1, time.Now().UnixMicro())
	v := uint64(b.lastTID)<<10 | 7
	const digits = "234567abcdefghijklmnopqrstuvwxyz"
	out := make([]byte, 13)
	for i := 12; i >= 0; i-- {
		out[i] = digits[v&31]
		v >>= 5
	}
	return string(out)
}

// skyTime writes a time as the network does.
func skyTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// record is the post as its author's client writes it: app.bsky.feed.post, read 2026-11.
func (p *skyPost) record() map[string]any {
	r := map[string]any{"$type": collection, "text": p.Text, "createdAt": p.CreatedAt.UTC().Format("2006-01-02T15:04:05.000Z")}
	if len(p.Langs) > 0 {
		r["langs"] = p.Langs
	}
	if len(p.Tags) > 0 {
		r["tags"] = p.Tags
	}
	if len(p.Labels) > 0 {
		values := []any{}
		for _, l := range p.Labels {
			values = append(values, map[string]any{"val": l})
		}
		r["labels"] = map[string]any{"$type": "com.atproto.label.defs#selfLabels", "values": values}
	}
	if p.ReplyTo != "" {
		ref := map[string]any{"uri": p.ReplyTo, "cid": "bafyreiparent"}
		r["reply"] = map[string]any{"root": ref, "parent": ref}
	}
	facets := p.Facets
	if facets == nil && !p.NoFacets {
		facets = SkyFacets(p.Text)
	}
	if len(facets) > 0 {
		r["facets"] = facets
	}
	for k, v := range p.Extra {
		r[k] = v
	}
	return r
}

// SkyFacets returns the facets of the hashtags and links in a text, by UTF-8 byte.
func SkyFacets(text string) []map[string]any {
	var out []map[string]any
	for _, at := range inText.FindAllStringIndex(text, -1) {
		word := text[at[0]:at[1]]
		var feature map[string]any
		switch {
		case word[0] == '#':
			feature = map[string]any{"$type": "app.bsky.richtext.facet#tag", "tag": word[1:]}
		case word[0] == 'h':
			feature = map[string]any{"$type": "app.bsky.richtext.facet#link", "uri": word}
		default:
			continue
		}
		out = append(out, map[string]any{"index": map[string]any{"byteStart": at[0], "byteEnd": at[1]}, "features": []any{feature}})
	}
	return out
}

// Host serves the i-th host of the network. Each numbers and stamps events in its own way, as each Jetstream does;
// all of them know profiles (app.bsky.actor.getProfiles), handles (com.atproto.identity.resolveHandle) and, as
// plc.directory does, DID documents.
func (b *Bluesky) Host(i int) http.Handler {
	h := &skyHost{Bluesky: b, offset: uint64(i) * 1_000_000, late: time.Duration(i) * 1500 * time.Microsecond}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /subscribe", h.note(h.subscribe))
	if !b.config.OldOnly {
		mux.HandleFunc("GET /xrpc/network.bsky.jetstream.subscribeEvents", h.note(h.subscribeEvents))
	}
	mux.HandleFunc("GET /xrpc/app.bsky.actor.getProfiles", h.note(h.getProfiles))
	mux.HandleFunc("GET /xrpc/com.atproto.identity.resolveHandle", h.note(h.resolveHandle))
	mux.HandleFunc("GET /{did}", h.note(h.document))
	return mux
}

// Handler serves the first host.
func (b *Bluesky) Handler() http.Handler { return b.Host(0) }

// skyHost is one host of the network.
type skyHost struct {
	*Bluesky
	offset uint64
	late   time.Duration
}

// note keeps a request, and refuses it where a fault says so.
func (h *skyHost) note(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.requests = append(h.requests, Request{At: time.Now(), Path: r.Host + r.URL.Path, Query: r.URL.Query(), Authorization: r.Header.Get("Authorization")})
		stream := strings.Contains(r.URL.Path, "ubscribe")
		fault, refused := h.refusal(stream, r.Host)
		h.mu.Unlock()
		if !refused {
			next(w, r)
			return
		}
		switch fault.Kind {
		case SkyHang:
			waitGone(r.Context())
		case SkyHTML:
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<!DOCTYPE html><title>We will be back soon</title>"))
		default:
			if fault.Retry > 0 {
				w.Header().Set("Retry-After", fmt.Sprint(fault.Retry))
			}
			skyProblem(w, fault.Status, "Unavailable", "told to say so")
		}
	}
}

func waitGone(ctx context.Context) { <-ctx.Done() }

// getProfiles is app.bsky.actor.getProfiles: 25 actors at most, those that are unknown left out.
func (h *skyHost) getProfiles(w http.ResponseWriter, r *http.Request) {
	actors := r.URL.Query()["actors"]
	if len(actors) == 0 || len(actors) > 25 {
		skyProblem(w, http.StatusBadRequest, "InvalidRequest", "Error: actors must not have more than 25 elements")
		return
	}
	h.mu.Lock()
	profiles := []any{}
	for _, did := range actors {
		if p := h.profiles[did]; p != nil {
			profiles = append(profiles, p.json())
		}
	}
	h.mu.Unlock()
	answer(w, map[string]any{"profiles": profiles})
}

func (p *SkyProfile) json() map[string]any {
	labels := []any{}
	for _, l := range p.Labels {
		labels = append(labels, map[string]any{"src": p.DID, "uri": "at://" + p.DID + "/app.bsky.actor.profile/self", "val": l, "cts": "2026-01-01T00:00:00.000Z"})
	}
	handle := p.Handle
	if p.Unverified || handle == "" {
		handle = "handle.invalid"
	}
	m := map[string]any{"did": p.DID, "handle": handle, "displayName": p.Name, "labels": labels, "followersCount": 5}
	if p.Avatar != "" {
		m["avatar"] = p.Avatar
	}
	return m
}

func (h *skyHost) resolveHandle(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.profiles {
		if p.Handle != "" && strings.EqualFold(p.Handle, r.URL.Query().Get("handle")) && !p.Unverified {
			answer(w, map[string]any{"did": p.DID})
			return
		}
	}
	skyProblem(w, http.StatusBadRequest, "InvalidRequest", "Unable to resolve handle")
}

// document is a DID document as plc.directory serves it: the handle that the account claims.
func (h *skyHost) document(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.profiles[r.PathValue("did")]
	if p == nil {
		skyProblem(w, http.StatusNotFound, "NotFound", "DID not registered: "+r.PathValue("did"))
		return
	}
	answer(w, map[string]any{"@context": []string{"https://www.w3.org/ns/did/v1"}, "id": p.DID, "alsoKnownAs": []string{"at://" + p.Handle},
		"verificationMethod": []any{}, "service": []any{}})
}

func skyProblem(w http.ResponseWriter, status int, name, words string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(encode(map[string]string{"error": name, "message": words}))
}

// SkyDID returns the DID that the fake gives a name.
func SkyDID(name string) string {
	f := fnv.New64a()
	_, _ = f.Write([]byte(name))
	return fmt.Sprintf("did:plc:%016x", f.Sum64())
}
