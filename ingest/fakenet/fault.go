package fakenet

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// FaultKind is a way to misbehave.
type FaultKind string

// The ways to misbehave.
const (
	FaultStatus    FaultKind = "status"    // answer with Fault.Status
	FaultTooMany   FaultKind = "too-many"  // 429, with X-RateLimit-Reset in Fault.Reset
	FaultHang      FaultKind = "hang"      // never answer
	FaultStall     FaultKind = "stall"     // begin to answer, never finish
	FaultCut       FaultKind = "cut"       // break the connection in the middle of the body
	FaultTruncated FaultKind = "truncated" // half of the JSON, as if it were all
	FaultGarbage   FaultKind = "garbage"   // bytes that are no JSON
	FaultHTML      FaultKind = "html"      // a page, with status 200
	FaultHuge      FaultKind = "huge"      // 50 MB
	FaultEndless   FaultKind = "endless"   // a body without end
	FaultBomb      FaultKind = "bomb"      // 64 MB that came in a few KB
	FaultStrange   FaultKind = "strange"   // a page with members of wrong types among the true ones
	FaultDoubled   FaultKind = "doubled"   // each status twice, out of order
	FaultRedirect  FaultKind = "redirect"  // 302 to Fault.Location
)

// Fault says how to misbehave, and how often.
type Fault struct {
	Kind     FaultKind     `json:"kind"`
	Times    int           `json:"times"`    // requests; 0: until Behave
	Status   int           `json:"status"`   // for FaultStatus
	Retry    int           `json:"retry"`    // Retry-After in seconds, for FaultStatus; 0: none
	Reset    time.Duration `json:"reset"`    // for FaultTooMany, in nanoseconds; its window begins now
	Location string        `json:"location"` // for FaultRedirect
}

// Misbehave makes the next requests go wrong, after those of the faults that were ordered before.
func (m *Mastodon) Misbehave(faults ...Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = append(m.faults, faults...)
}

// Behave takes every fault back.
func (m *Mastodon) Behave() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = nil
}

// nextFault returns the fault of a request; the caller holds the lock.
func (m *Mastodon) nextFault() Fault {
	if len(m.faults) == 0 {
		return Fault{}
	}
	f := m.faults[0]
	switch f.Times {
	case 0:
	case 1:
		m.faults = m.faults[1:]
	default:
		m.faults[0].Times--
	}
	return f
}

func (m *Mastodon) misbehave(w http.ResponseWriter, r *http.Request, f Fault, next http.HandlerFunc) {
	chunk := bytes.Repeat([]byte(" "), 64<<10)
	switch f.Kind {
	case FaultStatus:
		if f.Retry > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(f.Retry))
		}
		problem(w, f.Status, "The server was told to say so")
	case FaultHang:
		<-r.Context().Done()
	case FaultStall:
		flush(w, []byte(`[{"id":`))
		<-r.Context().Done()
	case FaultCut:
		w.Header().Set("Content-Length", "5000")
		flush(w, []byte(`[{"id":"1"`))
		panic(http.ErrAbortHandler)
	case FaultTruncated:
		body := recorded(r, next)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body[:len(body)/2])
	case FaultGarbage:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("\x00\xff\xfe{]]\"\x1f" + string(chunk[:100])))
	case FaultHTML:
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!DOCTYPE html><title>We will be back soon</title>"))
	case FaultHuge, FaultEndless:
		w.Header().Set("Content-Type", "application/json")
		flush(w, []byte("["))
		for i := 0; (f.Kind == FaultEndless || i < 50<<20/len(chunk)) && r.Context().Err() == nil; i++ {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
		_, _ = w.Write([]byte("]"))
	case FaultBomb:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		for range 64 << 20 / len(chunk) {
			if _, err := z.Write(chunk); err != nil {
				return
			}
		}
		_ = z.Close()
	case FaultStrange:
		m.strange(w)
	case FaultDoubled:
		body := recorded(r, next)
		if len(body) > 2 {
			body = slices.Concat(body[:len(body)-1], []byte(","), body[1:])
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	case FaultRedirect:
		http.Redirect(w, r, f.Location, http.StatusFound)
	default:
		problem(w, http.StatusNotImplemented, "unknown fault")
	}
}

// strange answers with a page whose every other member is not what the documents promise.
func (m *Mastodon) strange(w http.ResponseWriter) {
	m.mu.Lock()
	defer m.mu.Unlock()
	page := []any{nil, 5, "text", []any{}, map[string]any{}, map[string]any{"id": 5, "uri": []any{}},
		map[string]any{"id": "7", "uri": "", "content": "<p>no uri #askpanel</p>"}}
	for i := len(m.statuses) - 1; i >= max(0, len(m.statuses)-pageMost); i-- {
		s := m.show(m.statuses[i])
		page = append(page, s, map[string]any{"id": s["id"], "uri": s["uri"], "content": 5, "account": nil, "tags": "none", "created_at": "yesterday"})
	}
	answer(w, page)
}

// recorded returns the body that next would have sent.
func recorded(r *http.Request, next http.HandlerFunc) []byte {
	rec := recorder{header: http.Header{}}
	next(&rec, r)
	return rec.body.Bytes()
}

// recorder keeps a body.
type recorder struct {
	header http.Header
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(int) {}

// Write implements http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

func flush(w http.ResponseWriter, b []byte) {
	_, _ = w.Write(b)
	_ = http.NewResponseController(w).Flush()
}
