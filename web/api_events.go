package web

import (
	"encoding/json"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/openfloor/openfloor/display"
	"github.com/openfloor/openfloor/moderation"
)

// listEvents is GET /events: every event, newest first, for the server's organiser.
func (s *Server) listEvents(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.need(w, r, "", moderation.Organise); err != nil {
		return err
	}
	s.sync(r.Context())
	events := s.Record.Events()
	items := make([]display.TeamEvent, 0, len(events))
	for _, e := range events {
		items = append(items, display.TeamEventView(e, s.Now()))
	}
	return writeJSON(w, http.StatusOK, listOf(items), 0)
}

// createEvent is POST /events.
func (s *Server) createEvent(w http.ResponseWriter, r *http.Request) error {
	g, err := s.need(w, r, "", moderation.Organise)
	if err != nil {
		return err
	}
	var spec moderation.EventSpec
	if err := decode(w, r, maxBody, &spec, false); err != nil {
		return err
	}
	e, err := s.Desk.CreateEvent(r.Context(), moderation.EventRequest{Op: op(r), Action: moderation.CreateEvent, Spec: &spec, By: actor(g)})
	if err != nil {
		return err
	}
	s.seen(r.Context(), e.Rev)
	w.Header().Set("Location", "/api/v1/events/"+e.Slug)
	return writeJSON(w, http.StatusCreated, display.TeamEventView(e, s.Now()), e.Rev)
}

// getEvent is GET /events/S: the public part for everybody, the whole for those who organise it.
func (s *Server) getEvent(w http.ResponseWriter, r *http.Request) error {
	c, known := s.caller(w, r)
	s.sync(r.Context())
	e, err := s.event(r)
	if err != nil {
		return err
	}
	s.visitor(w, r)
	if g, ok := c.For(e.Slug); known && ok && g.Role.May(moderation.Organise) {
		return writeJSON(w, http.StatusOK, display.TeamEventView(e, s.Now()), e.Rev)
	}
	return writeJSON(w, http.StatusOK, display.EventView(e, s.Now()), e.Rev)
}

// patchEvent is PATCH /events/S, RFC 7396. Moderators may freeze the event and take that back, and nothing else.
func (s *Server) patchEvent(w http.ResponseWriter, r *http.Request) error {
	slug := chi.URLParam(r, "event")
	g, err := s.need(w, r, slug, moderation.Moderate)
	if err != nil {
		return err
	}
	if _, err := s.event(r); err != nil {
		return err
	}
	body, err := readBody(w, r, maxBody)
	if err != nil {
		return err
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil || object == nil {
		return badRequest("A patch is one JSON object with the fields to change.")
	}
	if _, freezes := object["frozen"]; !g.Role.May(moderation.Organise) && (!freezes || len(object) > 1) {
		return forbidden("Moderators may freeze the event, with frozen alone. Ask the organiser to change anything else.")
	}
	return s.changeEvent(w, r, moderation.EventRequest{Op: op(r), Action: moderation.ChangeEvent, Slug: slug, Patch: body, By: actor(g)})
}

func (s *Server) closeEvent(w http.ResponseWriter, r *http.Request) error {
	return s.shut(w, r, moderation.CloseEvent)
}

func (s *Server) reopenEvent(w http.ResponseWriter, r *http.Request) error {
	return s.shut(w, r, moderation.ReopenEvent)
}

// shut closes or reopens an event.
func (s *Server) shut(w http.ResponseWriter, r *http.Request, action moderation.ActionName) error {
	slug := chi.URLParam(r, "event")
	g, err := s.need(w, r, slug, moderation.Organise)
	if err != nil {
		return err
	}
	if _, err := s.event(r); err != nil {
		return err
	}
	if err := decode(w, r, maxBody, &struct{}{}, true); err != nil {
		return err
	}
	return s.changeEvent(w, r, moderation.EventRequest{Op: op(r), Action: action, Slug: slug, By: actor(g)})
}

func (s *Server) changeEvent(w http.ResponseWriter, r *http.Request, req moderation.EventRequest) error {
	rev, present, err := ifMatch(r)
	if err != nil {
		return err
	}
	if present {
		req.Rev = &rev
	}
	e, err := s.Desk.ChangeEvent(r.Context(), req)
	if err != nil {
		if isStale(err) {
			return stale(display.TeamEventView(e, s.Now()), e.Rev, err)
		}
		return err
	}
	s.seen(r.Context(), e.Rev)
	return writeJSON(w, http.StatusOK, display.TeamEventView(e, s.Now()), e.Rev)
}
