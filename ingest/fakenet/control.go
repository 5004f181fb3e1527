package fakenet

import (
	"encoding/json"
	"net/http"
)

// controls lets a program in another language drive the server: POST /_fake/status with a Status answers
// {"id","uri"}; /_fake/edit {"id","text"} and /_fake/delete {"id"}; /_fake/break {"kind"} with a BreakKind for
// open streams; /_fake/misbehave with a Fault, and without a kind to behave again.
func (m *Mastodon) controls(mux *http.ServeMux) {
	mux.HandleFunc("POST /_fake/status", control(func(s Status) (any, int) {
		id := m.Post(s)
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, x := range m.statuses {
			if x.ID == id {
				return map[string]any{"id": id, "uri": m.show(x)["uri"]}, http.StatusOK
			}
		}
		return map[string]any{"id": id}, http.StatusOK
	}))
	mux.HandleFunc("POST /_fake/edit", control(func(s Status) (any, int) { return found(m.Edit(s.ID, s.Text)) }))
	mux.HandleFunc("POST /_fake/delete", control(func(s Status) (any, int) { return found(m.Delete(s.ID)) }))
	mux.HandleFunc("POST /_fake/break", control(func(f struct{ Kind BreakKind }) (any, int) {
		m.Break(f.Kind)
		return map[string]any{}, http.StatusOK
	}))
	mux.HandleFunc("POST /_fake/misbehave", control(func(f Fault) (any, int) {
		if f.Kind == "" {
			m.Behave()
		} else {
			m.Misbehave(f)
		}
		return map[string]any{}, http.StatusOK
	}))
}

func found(ok bool) (any, int) {
	if !ok {
		return map[string]string{"error": "Record not found"}, http.StatusNotFound
	}
	return map[string]any{}, http.StatusOK
}

func control[T any](do func(T) (any, int)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in T
		d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
		d.DisallowUnknownFields()
		if err := d.Decode(&in); err != nil {
			problem(w, http.StatusBadRequest, err.Error())
			return
		}
		out, status := do(in)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write(encode(out))
	}
}
