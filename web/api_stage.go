package web

import (
	"encoding/json"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/openfloor/openfloor/display"
	"github.com/openfloor/openfloor/moderation"
)

// getStage is GET /events/S/stage.
func (s *Server) getStage(w http.ResponseWriter, r *http.Request) error {
	slug := chi.URLParam(r, "event")
	if _, err := s.need(w, r, slug, moderation.RunStage); err != nil {
		return err
	}
	s.sync(r.Context())
	if _, err := s.event(r); err != nil {
		return err
	}
	st := s.Record.Stage(slug)
	return writeStage(w, st)
}

// stageBody is what PUT /events/S/stage takes. Null and absent are not the same in now and next.
type stageBody struct {
	Now    json.RawMessage       `json:"now"`
	Next   json.RawMessage       `json:"next"`
	Take   *bool                 `json:"take"`
	Finish *bool                 `json:"finish"`
	Blank  *bool                 `json:"blank"`
	Mode   *moderation.StageMode `json:"mode"`
}

// putStage is PUT /events/S/stage.
func (s *Server) putStage(w http.ResponseWriter, r *http.Request) error {
	slug := chi.URLParam(r, "event")
	g, err := s.need(w, r, slug, moderation.RunStage)
	if err != nil {
		return err
	}
	if _, err := s.event(r); err != nil {
		return err
	}
	var body stageBody
	if err := decode(w, r, maxBody, &body, false); err != nil {
		return err
	}
	req := moderation.StageRequest{Op: op(r), Event: slug, By: actor(g), Blank: body.Blank, Mode: body.Mode,
		Take: body.Take != nil && *body.Take, Finish: body.Finish != nil && *body.Finish}
	if req.Now, err = target("now", body.Now); err != nil {
		return err
	}
	if req.Next, err = target("next", body.Next); err != nil {
		return err
	}
	if req.Now == nil && req.Next == nil && !req.Take && !req.Finish && req.Blank == nil && req.Mode == nil {
		return moderation.Invalid("now", "Say what to change: now, next, take, finish, blank or mode.")
	}
	rev, present, err := ifMatch(r)
	if err != nil {
		return err
	}
	switch {
	case present:
		req.Rev = &rev
	case req.Take:
		return preconditionRequired()
	}
	st, err := s.Desk.SetStage(r.Context(), req)
	if err != nil {
		if isStale(err) {
			s.seen(r.Context(), st.Rev)
			return stale(display.StageView(st), st.Rev, err)
		}
		return err
	}
	s.seen(r.Context(), st.Rev)
	return writeStage(w, st)
}

// target reads the id of a submission, null for nobody; nil where the field is absent.
func target(field string, raw json.RawMessage) (*string, error) {
	if raw == nil {
		return nil, nil
	}
	var id *string
	if err := json.Unmarshal(raw, &id); err != nil {
		return nil, moderation.Invalid(field, "The id of a submission, or null for nobody.")
	}
	if id == nil {
		return new(""), nil
	}
	if *id == "" {
		return nil, moderation.Invalid(field, "The id of a submission, or null for nobody.")
	}
	return id, nil
}

// writeStage answers with the stage; its ETag is "0" before its first use.
func writeStage(w http.ResponseWriter, st moderation.Stage) error {
	w.Header().Set("ETag", etag(st.Rev))
	return writeJSON(w, http.StatusOK, display.StageView(st), st.Rev)
}
