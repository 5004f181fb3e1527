package fakenet

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// XFault says how X misbehaves, and how often. The kinds are those of the other networks; FaultStatus answers with
// a problem of X's own.
type XFault struct {
	Kind   FaultKind     `json:"kind"`
	Times  int           `json:"times"`  // requests; 0: until Behave
	Path   string        `json:"path"`   // how the paths begin; empty: all
	Status int           `json:"status"` // for FaultStatus
	Title  string        `json:"title"`
	Type   string        `json:"type"` // its last part, such as usage-capped; empty: about:blank
	Detail string        `json:"detail"`
	Legacy bool          `json:"legacy"` // with {"errors":[{"code":…}]} in place of a problem
	Reset  time.Duration `json:"reset"`  // for FaultTooMany
}

// Misbehave makes the next requests go wrong.
func (x *X) Misbehave(faults ...XFault) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.faults = append(x.faults, faults...)
}

// Behave takes every fault back.
func (x *X) Behave() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.faults = nil
}

// nextFault returns the fault of a request; the caller holds the lock.
func (x *X) nextFault(path string) XFault {
	for i, f := range x.faults {
		if !strings.HasPrefix(path, f.Path) || strings.HasPrefix(path, "/2/tweets/search/stream") && !strings.HasPrefix(f.Path, "/2/tweets/search/stream") {
			continue // the stream is faulted by name only
		}
		switch f.Times {
		case 0:
		case 1:
			x.faults = append(x.faults[:i:i], x.faults[i+1:]...)
		default:
			x.faults[i].Times--
		}
		return f
	}
	return XFault{}
}

func (x *X) misbehave(w http.ResponseWriter, r *http.Request, f XFault, next http.HandlerFunc) {
	switch f.Kind {
	case FaultStatus:
		kind := "about:blank"
		if f.Type != "" {
			kind = xProblems + f.Type
		}
		if f.Legacy {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(f.Status)
			_, _ = w.Write(encode(map[string]any{"errors": []any{map[string]any{"code": 88, "message": f.Title}}}))
			return
		}
		xProblem(w, f.Status, f.Title, kind, f.Detail, map[string]any{"status": f.Status})
	case FaultStall:
		flush(w, []byte(`{"data":[{"id":`))
		<-r.Context().Done()
	case FaultCut:
		body := recorded(r, next)
		w.Header().Set("Content-Length", "900000")
		flush(w, body[:len(body)/2])
		panic(http.ErrAbortHandler)
	case FaultStrange:
		x.strange(w, r, next)
	case FaultDoubled:
		var m map[string]json.RawMessage
		var data []json.RawMessage
		body := recorded(r, next)
		if json.Unmarshal(body, &m) == nil && json.Unmarshal(m["data"], &data) == nil {
			slices.Reverse(data)
			m["data"] = encode(slices.Concat(data, data))
			body = encode(m)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	default:
		(&Mastodon{}).misbehave(w, r, Fault{Kind: f.Kind, Status: f.Status}, next)
	}
}

// strange puts members of wrong types among the true ones.
func (x *X) strange(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	var m map[string]any
	if err := json.Unmarshal(recorded(r, next), &m); err != nil || m == nil {
		m = map[string]any{}
	}
	data := []any{nil, 5, "text", []any{}, map[string]any{}, map[string]any{"id": 5}, map[string]any{"id": "x", "text": "#askpanel"}}
	members, _ := m["data"].([]any)
	for _, t := range members {
		broken := map[string]any{"text": 5, "author_id": []any{}, "entities": "none", "created_at": "yesterday"}
		if o, ok := t.(map[string]any); ok {
			broken["id"] = o["id"]
		}
		data = append(data, t, broken)
	}
	m["data"], m["errors"], m["new"] = data, "none", map[string]any{"kind": []any{}}
	if meta, ok := m["meta"].(map[string]any); ok {
		meta["result_count"] = "many"
	}
	answer(w, m)
}
