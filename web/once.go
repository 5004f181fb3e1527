package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"

	"github.com/go-chi/chi/v5"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/web/auth"
)

// idempotencyKey returns the request's Idempotency-Key; empty where it has none.
func idempotencyKey(r *http.Request) (string, error) {
	values := r.Header.Values("Idempotency-Key")
	if len(values) == 0 {
		return "", nil
	}
	k := values[0]
	if len(values) > 1 || k == "" || len(k) > 128 {
		return "", badRequest("Idempotency-Key has to be one value of 1 to 128 visible characters.")
	}
	for i := range len(k) {
		if k[i] < 0x21 || k[i] > 0x7e {
			return "", badRequest("Idempotency-Key has to be one value of 1 to 128 visible characters.")
		}
	}
	return k, nil
}

type opKey struct{}

// op names the operation that the request asks for: after its idempotency key where it has one, so that a repeat
// is known even when the first answer was lost before it could be remembered.
func op(r *http.Request) string {
	if name, ok := r.Context().Value(opKey{}).(string); ok {
		return name
	}
	return moderation.NewOp()
}

// firsts makes requests with one idempotency key wait for each other.
type firsts struct {
	mu   sync.Mutex // guards held
	held map[string]chan struct{}
}

func newFirsts() *firsts { return &firsts{held: map[string]chan struct{}{}} }

func (f *firsts) lock(ctx context.Context, name string) (unlock func(), err error) {
	for {
		f.mu.Lock()
		busy, ok := f.held[name]
		if !ok {
			done := make(chan struct{})
			f.held[name] = done
			f.mu.Unlock()
			return func() {
				f.mu.Lock()
				delete(f.held, name)
				f.mu.Unlock()
				close(done)
			}, nil
		}
		f.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// once gives a POST with an Idempotency-Key its first successful answer again, instead of doing it twice.
func (s *Server) once(h handler) handler { return s.onceWithin(maxBody, h) }

// onceWithin is once for a body of at most limit bytes.
func (s *Server) onceWithin(limit int64, h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		key, err := idempotencyKey(r)
		if err != nil {
			return err
		}
		if key == "" {
			return h(w, r)
		}
		// A key is its caller's own: without a right here there is nothing to repeat, and nobody learns another's answer.
		c, known := s.caller(w, r)
		g, ok := c.For(chi.URLParam(r, "event"))
		if !known || !ok {
			return h(w, r)
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
		if err != nil {
			r.Body = io.NopCloser(failing{err})
			return h(w, r) // which looks at other things first
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		// The role belongs to it: who has lost a right does not get the answers that came with it.
		scope := r.Method + " " + r.URL.Path + " " + g.Session + " " + string(g.Role)
		unlock, err := s.firsts.lock(r.Context(), scope+"\x00"+key)
		if err != nil {
			return err
		}
		defer unlock()
		// Once begun it is finished and remembered, also when the client goes away: it will ask again.
		r = r.WithContext(context.WithoutCancel(r.Context()))
		answer, err := s.Access.Once(r.Context(), scope, key, digest(body))
		if err != nil {
			return err
		}
		if answer != nil && !s.goneSince(r, body) {
			return replay(w, *answer)
		}
		sum := sha256.Sum256([]byte(scope + "\x00" + key))
		r = r.WithContext(context.WithValue(r.Context(), opKey{}, "key/"+hex.EncodeToString(sum[:16])))
		if answer != nil {
			return h(w, r)
		}
		rec := httptest.NewRecorder()
		if err := h(rec, r); err != nil {
			return err // nothing was done: the same key may try again
		}
		first := auth.Answer{Status: rec.Code, Header: map[string]string{}, Body: rec.Body.Bytes()}
		for _, name := range []string{"Content-Type", "ETag", "Location", "Cache-Control"} {
			if v := rec.Header().Get(name); v != "" {
				first.Header[name] = v
			}
		}
		for _, c := range rec.Header().Values("Set-Cookie") {
			w.Header().Add("Set-Cookie", c)
		}
		if err := s.Access.Remember(r.Context(), scope, key, digest(body), first); err != nil {
			s.Log.LogAttrs(r.Context(), slog.LevelWarn, "an answer was not remembered", slog.String("route", route(r)), slog.Any("err", err))
		}
		return replay(w, first)
	}
}

// goneSince reports whether the submission that the request is about, or one of a batch, has been taken back: then an
// answer given before may hold words that nobody is to see again.
func (s *Server) goneSince(r *http.Request, body []byte) bool {
	ids := []string{chi.URLParam(r, "id")}
	var b batchBody
	if ids[0] == "" && json.Unmarshal(body, &b) == nil {
		for _, it := range b.Items {
			ids = append(ids, it.ID)
		}
	}
	return slices.ContainsFunc(ids, func(id string) bool {
		m, ok := s.Record.Submission(chi.URLParam(r, "event"), id)
		return ok && m.State.Gone()
	})
}

// failing is a body that could not be read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func replay(w http.ResponseWriter, a auth.Answer) error {
	for name, v := range a.Header {
		w.Header().Set(name, v)
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
	return nil
}
