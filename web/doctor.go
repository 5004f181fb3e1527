package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// The results of a check.
const (
	DoctorOK   = "ok"
	DoctorWarn = "warn"
	DoctorFail = "fail"
)

// Finding is what one check of the doctor found.
type Finding struct {
	Check  string `json:"check"`  // what was looked at, such as "stream FLOOR"
	Result string `json:"result"` // DoctorOK, DoctorWarn or DoctorFail
	Detail string `json:"detail"` // what was found and, unless it is ok, what to do
}

// doctorTime is how long all checks together may take.
const doctorTime = 20 * time.Second

// getDoctor is GET /doctor: what is wrong with the server, its store and its sources, for the server's organiser.
func (s *Server) getDoctor(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.need(w, r, "", moderation.Organise); err != nil {
		return err
	}
	if s.Doctor == nil {
		return notFound("This process looks after nothing. Ask one with the web role.")
	}
	ctx, cancel := context.WithTimeout(r.Context(), doctorTime)
	defer cancel()
	checks := s.Doctor(ctx)
	ok := !slices.ContainsFunc(checks, func(f Finding) bool { return f.Result == DoctorFail })
	return writeJSON(w, http.StatusOK, map[string]any{"ok": ok, "checks": checks}, 0)
}
