package fakenet

import (
	"context"
	"errors"
	"fmt"
	"net"
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

// Config is what a fake Mastodon server is like. The zero value is a server without accounts' tokens.
type Config struct {
	Host   string        // of its accounts; empty: social.example
	Token  string        // asked for as Bearer; empty: everybody may read
	Limit  int           // requests in a window; 0: 300, negative: no limit and no headers about it
	Window time.Duration // 0: 15 min
}

// Mastodon is a fake Mastodon server. It is safe for concurrent use.
type Mastodon struct {
	config Config

	mu       sync.Mutex
	statuses []*stored // by id, oldest first
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
}

// New returns a server without statuses.
func New(c Config) *Mastodon {
	if c.Host == "" {
		c.Host = "social.example"
	}
	if c.Limit == 0 {
		c.Limit = defaultLimit
	}
	if c.Window == 0 {
		c.Window = defaultWindow
	}
	return &Mastodon{config: c}
}

// Start serves m on addr (such as "127.0.0.1:0") until ctx ends. It returns its address, and a function that waits
// until it has stopped.
func Start(ctx context.Context, m *Mastodon, addr string) (base string, wait func() error, err error) {
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", addr)
	if err != nil {
		return "", nil, fmt.Errorf("start the fake server: %w", err)
	}
	// Requests that hang on purpose hang on ctx, so that it can stop.
	s := &http.Server{Handler: m.Handler(), ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	return "http://" + l.Addr().String(), func() error {
		defer stop()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}, nil
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
		// Mastodon makes ids of the time of making, also for what arrives later: lib/mastodon/snowflake.rb.
		m.made++
		s.ID = strconv.FormatInt(s.CreatedAt.UnixMilli()<<16|int64(m.made&0xffff), 10)
	}
	i, _ := slices.BinarySearchFunc(m.statuses, s.ID, func(x *stored, id string) int { return compareIDs(x.ID, id) })
	m.statuses = slices.Insert(m.statuses, i, &stored{Status: s, folded: s.tags()})
	return s.ID
}

// Edit changes the text of a status and reports whether there is one.
func (m *Mastodon) Edit(id, text string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.statuses {
		if s.ID == id {
			s.Text, s.HTML, s.edited = text, "", time.Now().Add(m.skew)
			s.folded = s.tags()
			return true
		}
	}
	return false
}

// Delete takes a status away and reports whether there was one.
func (m *Mastodon) Delete(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := len(m.statuses)
	m.statuses = slices.DeleteFunc(m.statuses, func(s *stored) bool { return s.ID == id })
	return len(m.statuses) < n
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

// Play posts the statuses one after the other, as made now, the first at once and one each time every has passed,
// until all are posted or ctx ends.
func (m *Mastodon) Play(ctx context.Context, statuses []Status, every time.Duration) error {
	t := time.NewTicker(max(every, time.Millisecond))
	defer t.Stop()
	for i, s := range statuses {
		if i > 0 {
			select {
			case <-t.C:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		s.CreatedAt, s.ID = time.Time{}, ""
		m.Post(s)
	}
	return nil
}

// Handler serves the API of a Mastodon server, as far as Openfloor may use it, and the controls under /_fake/.
func (m *Mastodon) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/timelines/tag/{tag}", m.guard(m.timeline))
	mux.HandleFunc("GET /api/v1/statuses/{id}", m.guard(m.status))
	mux.HandleFunc("GET /api/v2/instance", m.guard(m.instance))
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
			problem(w, http.StatusTooManyRequests, "Too many requests")
		case fault.Kind != "":
			m.misbehave(w, r, fault, next)
		case m.config.Token != "" && r.Header.Get("Authorization") != "Bearer "+m.config.Token:
			problem(w, http.StatusUnauthorized, "The access token is invalid")
		default:
			next(w, r)
		}
	}
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
	for _, s := range m.statuses {
		if slices.ContainsFunc(s.folded, func(t string) bool { return slices.Contains(want, t) }) && within(s.ID, q) {
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
		page = append(page, s.json(m.config.Host))
	}
	m.mu.Unlock()
	if len(found) > 0 {
		self := "http://" + r.Host + r.URL.EscapedPath()
		w.Header().Set("Link", fmt.Sprintf(`<%s?limit=%d&max_id=%s>; rel="next", <%s?limit=%d&min_id=%s>; rel="prev"`,
			self, limit, found[len(found)-1].ID, self, limit, found[0].ID))
	}
	answer(w, page)
}

func within(id string, q url.Values) bool {
	above := func(name string) bool { v := q.Get(name); return v == "" || compareIDs(id, v) > 0 }
	return above("min_id") && above("since_id") && (q.Get("max_id") == "" || compareIDs(id, q.Get("max_id")) < 0)
}

func (m *Mastodon) status(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	var found map[string]any
	for _, s := range m.statuses {
		if s.ID == r.PathValue("id") {
			found = s.json(m.config.Host)
		}
	}
	m.mu.Unlock()
	if found == nil {
		problem(w, http.StatusNotFound, "Record not found")
		return
	}
	answer(w, found)
}

func (m *Mastodon) instance(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]any{
		"domain": m.config.Host, "title": "A fake server", "version": "4.5.2", "languages": []string{"en"},
		"configuration": map[string]any{
			"urls":             map[string]any{"streaming": "wss://" + m.config.Host},
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
