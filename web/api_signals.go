package web

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/openfloor/openfloor/display"
	"github.com/openfloor/openfloor/moderation"
)

// sendSignal is POST /events/S/signals: a short word between the moderators and the chair.
func (s *Server) sendSignal(w http.ResponseWriter, r *http.Request) error {
	slug := chi.URLParam(r, "event")
	g, err := s.need(w, r, slug, moderation.Notes)
	if err != nil {
		return err
	}
	if _, err := s.event(r); err != nil {
		return err
	}
	var body struct {
		To   moderation.Side `json:"to"`
		Text string          `json:"text"`
	}
	if err := decode(w, r, maxBody, &body, false); err != nil {
		return err
	}
	sig, err := s.Desk.SendSignal(r.Context(), moderation.SignalRequest{Op: op(r), Event: slug, To: body.To, Text: body.Text, By: actor(g)})
	if err != nil {
		return err
	}
	s.seen(r.Context(), sig.Rev)
	w.Header().Set("Location", "/api/v1/events/"+slug+"/signals/"+sig.ID)
	return writeJSON(w, http.StatusCreated, display.SignalView(sig), 0)
}

// ackSignal is POST …/signals/ID/ack: somebody has seen it.
func (s *Server) ackSignal(w http.ResponseWriter, r *http.Request) error {
	slug := chi.URLParam(r, "event")
	g, err := s.need(w, r, slug, moderation.Notes)
	if err != nil {
		return err
	}
	if _, err := s.event(r); err != nil {
		return err
	}
	id := chi.URLParam(r, "signal")
	if _, ok := s.Record.Signal(slug, id); !ok {
		s.sync(r.Context()) // another process may have it already
		if _, ok = s.Record.Signal(slug, id); !ok {
			return notFound("There is no such signal in this event.")
		}
	}
	if err := decode(w, r, maxBody, &struct{}{}, true); err != nil {
		return err
	}
	sig, err := s.Desk.AckSignal(r.Context(), moderation.SignalRequest{Op: op(r), Event: slug, ID: id, By: actor(g)})
	if err != nil {
		return err
	}
	s.seen(r.Context(), sig.Rev)
	return writeJSON(w, http.StatusOK, display.SignalView(sig), 0)
}
