package web

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/openfloor/openfloor/display"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/web/auth"
)

// present is who g is to the others of the team.
func present(g auth.Grant) moderation.Present {
	return moderation.Present{Session: g.Session, Name: g.Name, Role: g.Role}
}

// claimView is the answer to a claim.
type claimView struct {
	ID    string    `json:"id"` // of the submission
	By    historyBy `json:"by"`
	Until time.Time `json:"until"`
}

// claim is POST …/submissions/ID/claim: "I am looking at this". It warns the others and locks nothing.
func (s *Server) claim(w http.ResponseWriter, r *http.Request) error {
	g, board, id, err := s.claimed(w, r)
	if err != nil {
		return err
	}
	if err := decode(w, r, maxBody, &struct{}{}, true); err != nil {
		return err
	}
	until := board.Claim(present(g), id, g.Revoked())
	return writeJSON(w, http.StatusOK, claimView{ID: id, By: historyBy{string(g.Role), g.Name}, Until: until}, 0)
}

// release is DELETE …/submissions/ID/claim.
func (s *Server) release(w http.ResponseWriter, r *http.Request) error {
	g, board, id, err := s.claimed(w, r)
	if err != nil {
		return err
	}
	board.Release(present(g), id)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// claimed returns who claims what, and the board that shows it.
func (s *Server) claimed(w http.ResponseWriter, r *http.Request) (auth.Grant, *display.Board, string, error) {
	slug, id := chi.URLParam(r, "event"), chi.URLParam(r, "id")
	g, err := s.need(w, r, slug, moderation.Moderate)
	if err != nil {
		return g, nil, "", err
	}
	if _, err := s.visible(r, g, slug, id); err != nil {
		return g, nil, "", err
	}
	board, ok := s.Hub.Board(slug)
	if !ok {
		return g, nil, "", noSuchEvent()
	}
	return g, board, id, nil
}

// shown is POST …/live/shown: a joined screen's word of what it shows, where it has no websocket to say it on.
func (s *Server) shown(w http.ResponseWriter, r *http.Request) error {
	slug := chi.URLParam(r, "event")
	c, known := s.caller(w, r)
	if !known {
		return unauthenticated("Open the screen's join link first: anybody may show the screen, and only one that joined can say so.")
	}
	g, ok := c.As(slug, moderation.Screen)
	if !ok {
		return forbidden("Only a screen that joined by a screen link can say what it shows.")
	}
	board, ok := s.Hub.Board(slug)
	if !ok {
		return noSuchEvent()
	}
	var body struct {
		Seq *uint64 `json:"seq"`
	}
	if err := decode(w, r, maxBody, &body, false); err != nil {
		return err
	}
	if body.Seq == nil {
		return moderation.Invalid("seq", "Say up to which sequence everything is shown.")
	}
	board.Shown(g.Session, g.Name, body.Seq, g.Revoked())
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// screens is GET /events/S/screens: the joined screens and what they say they show.
func (s *Server) screens(w http.ResponseWriter, r *http.Request) error {
	slug := chi.URLParam(r, "event")
	if _, err := s.need(w, r, slug, moderation.Moderate); err != nil {
		return err
	}
	board, ok := s.Hub.Board(slug)
	if !ok {
		return noSuchEvent()
	}
	return writeJSON(w, http.StatusOK, board.Screens(), 0)
}
