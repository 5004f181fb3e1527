package fakenet

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What a Mastodon server has where nothing else is said: config/initializers/rack_attack.rb, read 2026-11.
const (
	defaultLimit  = 300
	defaultWindow = 15 * time.Minute
	pageSize      = 20
	pageMost      = 40
)

// Config is what a fake Mastodon server is like. The zero value is a server without accounts' tokens, and so without
// streams.
type Config struct {
	Software Software      // empty: Mastodon itself
	Host     string        // of its accounts; empty: social.example
	Token    string        // asked for as Bearer, of streams always; empty: everybody may read
	Open     bool          // reading needs no token though there is one; a stream does
	Limit    int           // requests in a window; 0: 300, for Akkoma none, negative: no limit and no headers about it
	Window   time.Duration // 0: 15 min
	// Stream is where it says that its streams are, such as wss://stream.example; empty: at its own address.
	Stream string
	// NoStream lists the kinds of stream that it lacks: websocket, sse.
	NoStream []string
}

// Mastodon is a fake Mastodon server. It is safe for concurrent use.
type Mastodon struct {
	config Config

	mu       sync.Mutex
	statuses []*stored // by id, oldest first
	streams  map[*stream]bool
	deaf     bool // streams leave out what happens
	refuse   int  // status in place of a stream; 0: none
	made     uint64
	faults   []Fault
	used     int
	window   time.Time // when it ends
	skew     time.Duration
	requests []Request
}

// Request is one request that was made of the server.
type Request struct {
	At            time.Time
	Path          string
	Query         url.Values
	Authorization string
	Streaming     bool // for a stream
}

// New returns a server without statuses.
func New(c Config) *Mastodon {
	if c.Host == "" {
		c.Host = "social.example"
	}
	if c.Limit == 0 {
		c.Limit = defaultLimit
		if c.Software == Akkoma {
			c.Limit = -1
		}
	}
	if c.Window == 0 {
		c.Window = defaultWindow
	}
	return &Mastodon{config: c, streams: map[*stream]bool{}}
}

// Post publishes a status and returns its id.
func (m *Mastodon) Post(s Status) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.CreatedAt.IsZero() {
		s.CreatedAt = time.Now().Add(m.skew)
	}
	s.CreatedAt = s.CreatedAt.UTC().Truncate(time.Millisecond)
	if s.Acct == "" {
		s.Acct = "somebody"
	}
	if s.ID == "" {
		m.made++
		s.ID = m.config.Software.id(s.CreatedAt, m.made)
	}
	i, _ := m.place(s.ID)
	x := &stored{Status: s, folded: s.tags()}
	m.statuses = slices.Insert(m.statuses, i, x)
	m.tell(x, "update")
	return s.ID
}

// tell says to streams what a status is now; the caller holds the lock.
func (m *Mastodon) tell(x *stored, name string) {
	if len(m.streams) > 0 {
		m.say(x.folded, name, string(encode(m.show(x))))
	}
}

// show returns a status as the server shows it; the caller holds the lock.
func (m *Mastodon) show(x *stored) map[string]any {
	out := x.json(m.config.Host)
	m.config.Software.dress(out, x)
	return out
}

// Edit changes the text of a status and reports whether there is one.
func (m *Mastodon) Edit(id, text string) bool {
	return m.change(id, func(x *stored) { x.Text, x.HTML = text, "" })
}

// Restrict gives a status another visibility and reports whether there is one.
func (m *Mastodon) Restrict(id, visibility string) bool {
	return m.change(id, func(x *stored) { x.Visibility = visibility })
}

func (m *Mastodon) change(id string, how func(*stored)) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, x := range m.statuses {
		if x.ID == id {
			how(x)
			// The edits of one post are told in milliseconds and come one after the other, also in a bubble, where time
			// stands still between them, and where the clock was set back.
			x.edited = later(time.Now().Add(m.skew), x.edited.Add(time.Millisecond))
			x.folded = x.tags()
			m.tell(x, "status.update")
			return true
		}
	}
	return false
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Delete takes a status away and reports whether there was one.
func (m *Mastodon) Delete(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.statuses, func(s *stored) bool { return s.ID == id })
	if i < 0 {
		return false
	}
	m.say(m.statuses[i].folded, "delete", id)
	m.statuses = slices.Delete(m.statuses, i, i+1)
	return true
}

// Skew moves the server's clock, which its Date header, its rate limit and new statuses go by, ahead of ours.
func (m *Mastodon) Skew(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.skew = d
}

// Requests returns what was asked of the server so far, without what was asked of its controls.
func (m *Mastodon) Requests() []Request {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.requests)
}

// Handler serves the API of a Mastodon server, as far as Openfloor may use it, and the controls under /_fake/.
func (m *Mastodon) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/timelines/tag/{tag}", m.guard(m.timeline))
	mux.HandleFunc("GET /api/v1/statuses/{id}", m.guard(m.status))
	mux.HandleFunc("GET /api/v2/instance", m.guard(m.instance))
	mux.HandleFunc("GET /api/v1/streaming", m.websocket)
	mux.HandleFunc("GET /api/v1/streaming/hashtag", m.events)
	mux.HandleFunc("GET /api/v1/streaming/health", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("OK")) })
	m.controls(mux)
	return mux
}

// guard counts a request, says what is left, and misbehaves where it is told to.
func (m *Mastodon) guard(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		now := time.Now()
		m.requests = append(m.requests, Request{At: now, Path: r.URL.Path, Query: r.URL.Query(), Authorization: r.Header.Get("Authorization")})
		if !now.Before(m.window) {
			m.used, m.window = 0, now.Add(m.config.Window)
		}
		m.used++
		used, reset := m.used, m.window
		fault := m.nextFault()
		now, reset = now.Add(m.skew), reset.Add(m.skew)
		refused := m.refuses(r)
		m.mu.Unlock()

		w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
		if fault.Kind == FaultTooMany {
			used, reset = m.config.Limit+1, now.Add(fault.Reset)
		}
		if m.config.Limit > 0 {
			w.Header().Set("X-RateLimit-Limit", strconv.Itoa(m.config.Limit))
			w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(max(0, m.config.Limit-used)))
			w.Header().Set("X-RateLimit-Reset", reset.UTC().Format("2006-01-02T15:04:05.000000Z"))
		}
		switch {
		case m.config.Limit > 0 && used > m.config.Limit:
			m.config.Software.tooMany(w)
		case fault.Kind != "":
			m.misbehave(w, r, fault, next)
		case refused:
			problem(w, http.StatusUnauthorized, "The access token is invalid")
		default:
			next(w, r)
		}
	}
}

// refuses reports whether a request lacks the token that it needs; the caller holds the lock.
func (m *Mastodon) refuses(r *http.Request) bool {
	bearer := r.Header.Get("Authorization")
	right := m.config.Token != "" && bearer == "Bearer "+m.config.Token
	if m.config.Software == GoToSocial && r.URL.Path != "/api/v2/instance" {
		return !right
	}
	return m.config.Token != "" && !right && (!m.config.Open || bearer != "")
}

// timeline is GET /api/v1/timelines/tag/:hashtag.
func (m *Mastodon) timeline(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit := pageSize
	if n, err := strconv.Atoi(q.Get("limit")); err == nil && n > 0 {
		limit = min(n, pageMost)
	}
	want := []string{fold(r.PathValue("tag"))}
	for _, t := range q["any[]"] {
		want = append(want, fold(t))
	}
	m.mu.Lock()
	var found []*stored // oldest first
	for _, s := range m.within(q) {
		if slices.ContainsFunc(s.folded, func(t string) bool { return slices.Contains(want, t) }) {
			found = append(found, s)
		}
	}
	if len(found) > limit {
		if q.Get("min_id") != "" {
			found = found[:limit] // the page just above
		} else {
			found = found[len(found)-limit:]
		}
	}
	slices.Reverse(found)
	page := []any{}
	for _, s := range found {
		page = append(page, m.show(s))
	}
	m.mu.Unlock()
	if len(found) > 0 {
		self := "http://" + r.Host + r.URL.EscapedPath()
		w.Header().Set("Link", fmt.Sprintf(`<%s?limit=%d&max_id=%s>; rel="next", <%s?limit=%d&min_id=%s>; rel="prev"`,
			self, limit, found[len(found)-1].ID, self, limit, found[0].ID))
	}
	answer(w, page)
}

// within returns the statuses that the ids of a query leave; the caller holds the lock.
func (m *Mastodon) within(q url.Values) []*stored {
	from, to := 0, len(m.statuses)
	for _, name := range []string{"min_id", "since_id"} {
		if id := q.Get(name); id != "" {
			i, found := m.place(id)
			if found {
				i++
			}
			from = max(from, i)
		}
	}
	if id := q.Get("max_id"); id != "" {
		to, _ = m.place(id)
	}
	return m.statuses[from:max(from, to)]
}

func (m *Mastodon) place(id string) (int, bool) {
	return slices.BinarySearchFunc(m.statuses, id, func(x *stored, id string) int { return compareIDs(x.ID, id) })
}

func (m *Mastodon) status(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	var found map[string]any
	for _, s := range m.statuses {
		if s.ID == r.PathValue("id") {
			found = m.show(s)
		}
	}
	m.mu.Unlock()
	if found == nil {
		problem(w, http.StatusNotFound, "Record not found")
		return
	}
	answer(w, found)
}

func (m *Mastodon) instance(w http.ResponseWriter, r *http.Request) {
	stream := m.config.Stream
	if stream == "" {
		stream = "ws://" + r.Host // a fake server has no certificate
	}
	answer(w, map[string]any{
		"domain": m.config.Host, "title": "A fake server", "version": m.config.Software.version(), "languages": []string{"en"},
		"configuration": map[string]any{
			"urls":             map[string]any{"streaming": stream},
			"timelines_access": map[string]any{"hashtag_feeds": map[string]any{"local": "public", "remote": "public"}},
		},
	})
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(encode(v))
}

func problem(w http.ResponseWriter, status int, words string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(encode(map[string]string{"error": words}))
}

// compareIDs orders ids of one server: by length, then as text (docs.joinmastodon.org/api/guidelines, read 2026-11).
func compareIDs(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}
