package app

import (
	"encoding/json"
	"net/http"

	"github.com/nats-io/nats.go"

	"github.com/openfloor/openfloor/web"
)

// checkOK is what a check says that finds nothing wrong.
const checkOK = "ok"

// checks says, one word or sentence a check, whether the process can do its work now.
func (a *App) checks() (ok bool, checks map[string]string) {
	checks = map[string]string{"nats": checkOK, "record": checkOK}
	if s := a.nc.Status(); s != nats.CONNECTED {
		checks["nats"] = "not connected"
	}
	if !closed(a.record.Ready()) {
		checks["record"] = "still reading what is stored"
	}
	if a.hub != nil && !closed(a.record.Votes().Ready()) {
		checks["record"] = "still counting votes"
	}
	if a.natsd != nil {
		checks["store"] = checkOK
		if fault := a.natsd.fault(); fault != "" {
			checks["store"] = fault
		}
	}
	checks["access"] = checkOK
	if !closed(a.access.Ready()) {
		checks["access"] = "still reading links and sessions"
	}
	checks["start"] = checkOK
	switch {
	case a.stopping.Load():
		checks["start"] = "stopping"
	case !a.serving.Load():
		checks["start"] = "starting"
	}
	ok = true
	for _, c := range checks {
		ok = ok && c == checkOK
	}
	return ok, checks
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// plainHandler answers /healthz, /readyz and /metrics, and nothing else: it is the whole face of a process without the
// web and display roles, and of every process until it is ready.
func (a *App) plainHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", web.Healthz(a.cfg.Version))
	mux.Handle("GET /readyz", web.Readyz(a.checks))
	mux.Handle("GET /metrics", a.metrics.handler())
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if !a.cfg.Has(Web) && !a.cfg.Has(Display) {
			problem(w, http.StatusNotFound, "not-found", "This process does not serve pages. Ask one with the web role.")
			return
		}
		w.Header().Set("Retry-After", "1")
		problem(w, http.StatusServiceUnavailable, "unavailable", "The server is starting. Try again in a moment.")
	})
	return mux
}

// problem answers as RFC 9457 has it.
func problem(w http.ResponseWriter, status int, name, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{ // a client that has gone is none of our business
		"type": "/problems/" + name, "title": http.StatusText(status), "status": status, "detail": detail, "errors": []string{},
	})
}
