package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/web/auth"
	"github.com/openfloor/openfloor/web/ui"
)

// handler answers a request or says why it could not. What it returns is answered by fail, unless the handler
// has written already.
type handler func(w http.ResponseWriter, r *http.Request) error

// failure is an error that already knows its status: what HTTP itself asks for.
type failure struct {
	status  int
	name    string // of the problem: the last segment of its type
	detail  string
	retry   time.Duration // for 429 and 503
	fields  []moderation.Field
	current any    // for stale: the thing as it is now
	rev     uint64 // and its revision
	allow   string // for 405
}

func (f *failure) Error() string { return f.name + ": " + f.detail }

// titles are the problems' names in plain words.
var titles = map[string]string{
	"bad-request":           "The request cannot be understood",
	"unauthenticated":       "You are not signed in",
	"forbidden":             "You may not do this",
	"not-found":             "There is nothing here",
	"closed":                "This is closed",
	"too-large":             "This is too large",
	"invalid":               "Something in the request is wrong",
	"wrong-state":           "This does not fit what it is now",
	"stale":                 "Somebody else was first",
	"precondition-required": "Say which revision you decided on",
	"too-many":              "Too many requests",
	"key-reused":            "This idempotency key was used for something else",
	"unavailable":           "The server cannot do this at the moment",
}

func badRequest(detail string) error {
	return &failure{status: http.StatusBadRequest, name: "bad-request", detail: detail}
}

func unauthenticated(detail string) error {
	return &failure{status: http.StatusUnauthorized, name: "unauthenticated", detail: detail}
}

func forbidden(detail string) error {
	return &failure{status: http.StatusForbidden, name: "forbidden", detail: detail}
}

func notFound(detail string) error {
	return &failure{status: http.StatusNotFound, name: "not-found", detail: detail}
}

func stale(current any, rev uint64, cause error) error {
	f := asFailure(cause)
	f.current, f.rev = current, rev
	return f
}

func noSuchEvent() error {
	return notFound("There is no such event. Look at the address, or ask whoever gave it to you.")
}

func noSuchSubmission() error {
	return notFound("There is no such submission in this event.")
}

// asFailure gives an error its status and words. What it does not know is internal: logged, never shown.
func asFailure(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		copied := *f
		return &copied
	}
	f := &failure{status: http.StatusInternalServerError, name: "unavailable",
		detail: "Something went wrong on the server. It has been noted. Try again in a moment."}
	if p, ok := errors.AsType[*moderation.Problem](err); ok {
		f.detail, f.fields = p.Detail, p.Fields
	}
	known := true
	switch {
	case errors.Is(err, moderation.ErrSyntax):
		f.status, f.name, f.detail = http.StatusBadRequest, "bad-request", "The body is not proper JSON. Send one JSON object."
	case errors.Is(err, moderation.ErrNotFound):
		f.status, f.name = http.StatusNotFound, "not-found"
	case errors.Is(err, moderation.ErrGone):
		f.status, f.name = http.StatusGone, "not-found"
	case errors.Is(err, moderation.ErrInvalid):
		f.status, f.name = http.StatusUnprocessableEntity, "invalid"
	case errors.Is(err, moderation.ErrState):
		f.status, f.name = http.StatusUnprocessableEntity, "wrong-state"
	case errors.Is(err, moderation.ErrStale):
		f.status, f.name = http.StatusConflict, "stale"
	case errors.Is(err, moderation.ErrExists):
		f.status, f.name = http.StatusConflict, "invalid"
	case errors.Is(err, moderation.ErrForbidden):
		f.status, f.name = http.StatusForbidden, "forbidden"
	case errors.Is(err, moderation.ErrClosed):
		f.status, f.name = http.StatusForbidden, "closed"
	case errors.Is(err, auth.ErrKeyReused):
		f.status, f.name = http.StatusUnprocessableEntity, "key-reused"
		f.detail = "This Idempotency-Key came with another body before. Use a new key for a new request."
	case errors.Is(err, moderation.ErrUnavailable):
		f.status, f.name, f.retry = http.StatusServiceUnavailable, "unavailable", 2*time.Second
		f.detail = "The server is being restarted or is very busy. Nothing of yours is lost: try again in a moment."
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		f.status, f.name, f.retry = http.StatusServiceUnavailable, "unavailable", 2*time.Second
		f.detail = "It took too long. Try again in a moment."
	default:
		if mb, ok := errors.AsType[*http.MaxBytesError](err); ok {
			f.status, f.name = http.StatusRequestEntityTooLarge, "too-large"
			f.detail = fmt.Sprintf("Send at most %d KiB.", mb.Limit/1024)
			break
		}
		known = false
	}
	if known && f.detail == "" {
		f.detail = titles[f.name] + "."
	}
	return f
}

// problem is an RFC 9457 problem in the contract's form.
type problem struct {
	Type    string             `json:"type"`
	Title   string             `json:"title"`
	Status  int                `json:"status"`
	Detail  string             `json:"detail"`
	Errors  []moderation.Field `json:"errors"`
	Current any                `json:"current,omitempty"`
}

// api makes an http.HandlerFunc of h that answers errors as problem+json.
func (s *Server) api(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.failJSON(w, r, err)
		}
	}
}

// page makes an http.HandlerFunc of h that answers errors as a page.
func (s *Server) page(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.failPage(w, r, err, "")
		}
	}
}

func (s *Server) note(r *http.Request, f *failure, err error) {
	level := slog.LevelDebug
	if f.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	if f.status == http.StatusServiceUnavailable {
		level = slog.LevelWarn
	}
	s.Log.LogAttrs(r.Context(), level, "request failed", slog.String("route", route(r)), slog.Int("status", f.status),
		slog.String("problem", f.name), slog.Any("err", err), requestID(r))
}

func (f *failure) headers(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if f.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(max(1, int((f.retry+time.Second-1)/time.Second))))
	}
	if f.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="openfloor"`)
	}
	if f.rev != 0 {
		h.Set("ETag", etag(f.rev))
	}
	if f.allow != "" {
		h.Set("Allow", f.allow)
	}
}

// problem is f as it is written.
func (f *failure) problem() problem {
	p := problem{Type: "/problems/" + f.name, Title: titles[f.name], Status: f.status, Detail: f.detail,
		Errors: f.fields, Current: f.current}
	if p.Errors == nil {
		p.Errors = []moderation.Field{}
	}
	return p
}

func (s *Server) failJSON(w http.ResponseWriter, r *http.Request, err error) {
	f := asFailure(err)
	s.note(r, f, err)
	f.headers(w)
	body, merr := json.Marshal(f.problem())
	if merr != nil {
		s.Log.LogAttrs(r.Context(), slog.LevelError, "problem not written", slog.Any("err", merr))
		body = []byte(`{"type":"/problems/unavailable","status":500,"title":"","detail":"","errors":[]}`)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(f.status)
	_, _ = w.Write(body)
}

// failPage answers err as a page; words are what the person had written, which must not be lost.
func (s *Server) failPage(w http.ResponseWriter, r *http.Request, err error, words string) {
	f := asFailure(err)
	s.note(r, f, err)
	f.headers(w)
	page := ui.ErrorPage{Status: f.status, Title: titles[f.name], Detail: f.detail, Words: words}
	if slug, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/e/"), "/"); strings.HasPrefix(r.URL.Path, "/e/") && (rest != "" || words != "") {
		if _, ok := s.Record.Event(slug); ok {
			page.Back, page.BackText = "/e/"+slug, "Go to the event"
		}
	}
	if err := ui.Write(w, f.status, page); err != nil {
		s.Log.LogAttrs(r.Context(), slog.LevelError, "page not written", slog.Any("err", err))
		http.Error(w, f.detail, f.status)
	}
}

func etag(rev uint64) string { return `"` + strconv.FormatUint(rev, 10) + `"` }

// ifMatch reads the revision that a decision was made on. Present says whether there was the header at all.
func ifMatch(r *http.Request) (rev uint64, present bool, err error) {
	values := r.Header.Values("If-Match")
	if len(values) == 0 {
		return 0, false, nil
	}
	v := strings.TrimSpace(values[0])
	if len(values) > 1 || len(v) < 3 || v[0] != '"' || v[len(v)-1] != '"' {
		return 0, true, badRequest(`If-Match has to be one revision in quotes, such as "42".`)
	}
	rev, perr := strconv.ParseUint(v[1:len(v)-1], 10, 64)
	if perr != nil {
		return 0, true, badRequest(`If-Match has to be one revision in quotes, such as "42".`)
	}
	return rev, true, nil
}

func preconditionRequired() error {
	return &failure{status: http.StatusPreconditionRequired, name: "precondition-required",
		detail: `Send the revision you decided on in If-Match, such as If-Match: "42". It is the item's rev.`}
}

// writeJSON answers with v; rev, when not 0, goes into the ETag.
func writeJSON(w http.ResponseWriter, status int, v any, rev uint64) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	if rev != 0 {
		h.Set("ETag", etag(rev))
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client going away is its own affair
	return nil
}

// list is the API's list.
type list[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next"`
}

func listOf[T any](items []T) list[T] {
	if items == nil {
		items = []T{}
	}
	return list[T]{Items: items}
}
