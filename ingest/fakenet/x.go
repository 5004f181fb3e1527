package fakenet

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What X does where nothing else is said: docs.x.com/x-api (rate limits, recent search, filtered stream), read 2026-11.
const (
	xWindow      = 15 * time.Minute
	xSearchLimit = 450              // a window and app
	xUserLimit   = 300              // a window and user
	xLookupLimit = 3500             // a window and app
	xHorizon     = 30 * time.Second // what is newer is not found by recent search
	xReach       = 7 * 24 * time.Hour
	xQueryMost   = 512
	xHeartbeat   = 10 * time.Second
	xShort       = 280           // characters of text before a post is a long one
	xLate        = 1288834974657 // Unix ms at which X's ids begin
)

// XDialect is how the fields of posts are named.
type XDialect string

// The dialects. The stream names its fields as in the first one in either.
const (
	XTweet XDialect = "tweet" // tweet.fields, edit_history_tweet_ids, ...
	XPosts XDialect = "post"  // post.fields, edit_history_post_ids, ...; the 2026 rename
)

// XConfig is what a fake X is like. The zero value lets everybody in.
type XConfig struct {
	Bearer                      string // app-only token; empty: none is accepted
	ConsumerKey, ConsumerSecret string // of the one app there is
	AccessToken, AccessSecret   string // of the account Me
	Me                          XUser  // whom the access token speaks for; empty: @host
	PIN                         string // what the PIN flow shows; empty: 1234567
	Dialect                     XDialect
	SearchLimit                 int           // requests a window; 0: as X has it, negative: none
	Horizon                     time.Duration // 0: 30 s, negative: none
	Heartbeat                   time.Duration // 0: 10 s
	NoStream                    bool          // the plan has none: 403
	Replace                     bool          // a second connection closes the first; else it is refused
	Pictures                    bool          // everybody has a picture, at this server
}

// X is a fake X: search, lookups, filtered stream, posting and OAuth 1.0a. It is safe for concurrent use.
type X struct {
	config XConfig

	mu       sync.Mutex
	posts    []*xStored // by id, oldest first
	users    map[string]XUser
	made     uint64
	faults   []XFault
	windows  map[string]*xWindowUse
	requests []XRequest
	nonces   map[string]bool
	tokens   map[string]*xToken
	rules    []xRule
	ruleID   int
	streams  map[*xStream]bool
	silent   bool // the streams send nothing
	skew     time.Duration
	twice    bool // each post comes twice on the stream
	reads    int
	billed   map[string]bool // post and UTC day
	written  int
	base     string         // the address that it was last asked at
	pictures map[string]int // how often a user has changed it
}

// XUser is somebody with an account.
type XUser struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Username  string `json:"username"`
	Protected bool   `json:"protected"`
	suspended bool
}

// XRequest is one request that was made of X.
type XRequest struct {
	At     time.Time
	Method string
	Path   string
	Query  url.Values
	Auth   string // bearer, oauth1 or none
	Status int
}

type xWindowUse struct {
	used int
	ends time.Time
}

// NewX returns an X without posts.
func NewX(c XConfig) *X {
	if c.Me.ID == "" {
		c.Me = XUser{ID: "1", Name: "The host", Username: "host"}
	}
	if c.PIN == "" {
		c.PIN = "1234567"
	}
	if c.Dialect == "" {
		c.Dialect = XTweet
	}
	if c.Horizon == 0 {
		c.Horizon = xHorizon
	}
	if c.Heartbeat == 0 {
		c.Heartbeat = xHeartbeat
	}
	return &X{config: c, users: map[string]XUser{c.Me.ID: c.Me}, windows: map[string]*xWindowUse{}, nonces: map[string]bool{},
		tokens: map[string]*xToken{}, streams: map[*xStream]bool{}, billed: map[string]bool{}, pictures: map[string]int{}}
}

// Requests returns what was asked so far.
func (x *X) Requests() []XRequest {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.requests)
}

// Reads returns how many posts were sent to clients, and how many of them X bills: one a post and UTC day.
func (x *X) Reads() (sent, billed int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.reads, len(x.billed)
}

// Skew makes the server's clock, as far as its answers show it, wrong by d.
func (x *X) Skew(d time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.skew = d
}

// Handler serves X's API as far as Openfloor may use it.
func (x *X) Handler() http.Handler {
	mux := http.NewServeMux()
	app, user := xAny, xUserOnly
	mux.HandleFunc("GET /2/tweets/search/recent", x.guard("search", app, x.recent))
	mux.HandleFunc("GET /2/tweets", x.guard("lookup", app, x.lookup))
	mux.HandleFunc("GET /2/tweets/{id}", x.guard("lookup", app, x.lookup))
	mux.HandleFunc("GET /2/users", x.guard("lookup", app, x.lookupUsers))
	mux.HandleFunc("GET /2/users/me", x.guard("me", user, x.me))
	mux.HandleFunc("GET /2/users/by/username/{name}", x.guard("lookup", app, x.lookupUsers))
	mux.HandleFunc("GET /2/tweets/search/stream", x.guard("stream", xAppOnly, x.stream))
	mux.HandleFunc("GET /2/tweets/search/stream/rules", x.guard("rules", xAppOnly, x.getRules))
	mux.HandleFunc("POST /2/tweets/search/stream/rules", x.guard("set rules", xAppOnly, x.setRules))
	mux.HandleFunc("DELETE /2/connections/all", x.guard("connections", xAppOnly, x.closeAll))
	mux.HandleFunc("POST /2/tweets", x.guard("post", user, x.create))
	mux.HandleFunc("DELETE /2/tweets/{id}", x.guard("delete", user, x.remove))
	mux.HandleFunc("POST /oauth/request_token", x.requestToken)
	mux.HandleFunc("GET /oauth/authorize", x.authorize)
	mux.HandleFunc("GET /oauth/authenticate", x.authorize)
	mux.HandleFunc("POST /oauth/access_token", x.accessToken)
	mux.HandleFunc("GET /profile_images/{id}/{file}", x.servePicture)
	mux.HandleFunc("POST /_fake/post", control(func(p XPost) (any, int) { return map[string]string{"id": x.Post(p)}, http.StatusOK }))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		xProblem(w, http.StatusNotFound, "Not Found", "about:blank", "", nil)
	})
	return mux
}

// limits are the requests a window allows, for an app and for a user.
var xLimits = map[string][2]int{
	"search": {xSearchLimit, xUserLimit}, "lookup": {xLookupLimit, 5000}, "stream": {50, 0}, "rules": {450, 0}, "set rules": {100, 0},
	"post": {10000, 100}, "delete": {50, 50}, "me": {75, 75}, "connections": {50, 0},
}

// guard asks for credentials, counts the request, says what is left, and misbehaves where it is told to.
func (x *X) guard(endpoint string, who xWho, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out := &xCounted{ResponseWriter: w}
		w = out
		auth, fault := x.check(r, who)
		defer func() {
			x.mu.Lock()
			defer x.mu.Unlock()
			x.requests = append(x.requests, XRequest{At: time.Now(), Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Auth: auth, Status: out.status})
		}()
		x.mu.Lock()
		x.base = "http://" + r.Host
		skew := x.skew
		x.mu.Unlock()
		w.Header().Set("Date", time.Now().Add(skew).UTC().Format(http.TimeFormat))
		if fault != nil {
			fault(w)
			return
		}
		limit := xLimits[endpoint][0]
		if auth == "oauth1" {
			limit = xLimits[endpoint][1]
		}
		if endpoint == "search" && x.config.SearchLimit != 0 {
			limit = x.config.SearchLimit
		}
		x.mu.Lock()
		now := time.Now()
		use := x.windows[endpoint+auth]
		if use == nil || !now.Before(use.ends) {
			use = &xWindowUse{ends: now.Add(xWindow)}
			x.windows[endpoint+auth] = use
		}
		use.used++
		used, reset := use.used, use.ends
		wrong := x.nextFault(r.URL.Path)
		x.mu.Unlock()
		if wrong.Kind == FaultTooMany {
			used, reset = max(limit, 0)+1, now.Add(wrong.Reset)
		}
		if limit > 0 {
			w.Header().Set("x-rate-limit-limit", strconv.Itoa(limit))
			w.Header().Set("x-rate-limit-remaining", strconv.Itoa(max(0, limit-used)))
			w.Header().Set("x-rate-limit-reset", strconv.FormatInt(reset.Add(skew).Unix()+1, 10))
		}
		switch {
		case limit > 0 && used > limit:
			xProblem(w, http.StatusTooManyRequests, "Too Many Requests", "about:blank", "Too Many Requests", map[string]any{"status": 429})
		case wrong.Kind != "":
			x.misbehave(w, r, wrong, next)
		default:
			next(w, r)
		}
	}
}

// xCounted notes the status of an answer.
type xCounted struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (c *xCounted) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (c *xCounted) Write(b []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	return c.ResponseWriter.Write(b)
}

// Unwrap is what http.ResponseController looks for.
func (c *xCounted) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// xProblem answers with a problem of X's API.
func xProblem(w http.ResponseWriter, status int, title, kind, detail string, more map[string]any) {
	m := map[string]any{"title": title, "type": kind, "detail": detail}
	for k, v := range more {
		m[k] = v
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = w.Write(encode(m))
}

const xProblems = "https://api.x.com/2/problems/"

// xInvalid answers that a parameter cannot be what it is.
func xInvalid(w http.ResponseWriter, name, value, words string) {
	xProblem(w, http.StatusBadRequest, "Invalid Request", xProblems+"invalid-request", "One or more parameters to your request was invalid.",
		map[string]any{"errors": []any{map[string]any{"message": words, "parameters": map[string]any{name: []string{value}}}}})
}

// known refuses parameters that the dialect spoken does not have.
func (x *X) known(w http.ResponseWriter, r *http.Request, stream bool) bool {
	bad := "post.fields"
	if x.config.Dialect == XPosts && !stream {
		bad = "tweet.fields"
	}
	if q := r.URL.Query(); q.Has(bad) {
		xInvalid(w, bad, q.Get(bad), "The query parameter ["+bad+"] is not one of the expected ones")
		return false
	}
	return true
}

func xDigits(s string) bool {
	return s != "" && len(s) <= 19 && strings.Trim(s, "0123456789") == ""
}
