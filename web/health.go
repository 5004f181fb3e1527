package web

import "net/http"

// Readiness says whether a process can serve, with a word or a sentence for each check.
type Readiness func() (ok bool, checks map[string]string)

// Healthz answers that the process runs.
func Healthz(version string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		_ = writeJSON(w, http.StatusOK, map[string]string{"status": "ok", "version": version}, 0)
	}
}

// Readyz answers whether the process can serve: 503 with the checks where it cannot.
func Readyz(ready Readiness) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		status, checks := http.StatusOK, map[string]string{}
		if ready != nil {
			var ok bool
			if ok, checks = ready(); !ok {
				status = http.StatusServiceUnavailable
			}
		}
		_ = writeJSON(w, status, map[string]any{"ready": status == http.StatusOK, "checks": checks}, 0)
	}
}
