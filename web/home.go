package web

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/web/ui"
)

// home is /: the open public events, and for a team member the way to the team's pages.
func (s *Server) home(w http.ResponseWriter, r *http.Request) error {
	c, _ := s.caller(w, r)
	var page ui.HomePage
	for _, e := range s.Record.Events() {
		g, team := c.For(e.Slug)
		if !team && e.StateAt(s.Now()) != moderation.Open {
			continue
		}
		if team && page.Name == "" {
			page.Name = g.Name
		}
		page.Events = append(page.Events, ui.HomeEvent{Event: s.viewEvent(r, e),
			Desk: team && g.Role.May(moderation.Moderate), Chair: team && g.Role.May(moderation.RunStage), Display: team,
			Organise: team && g.Role.May(moderation.Organise),
			Connect:  team && g.Role.May(moderation.Organise) && s.XAccounts != nil})
	}
	return ui.Write(w, http.StatusOK, page)
}

// short is /SLUG: the short address that people type.
func (s *Server) short(w http.ResponseWriter, r *http.Request) error {
	slug := chi.URLParam(r, "slug")
	if _, ok := s.Record.Event(slug); !ok {
		return notFound("There is nothing at this address. Look whether it is complete.")
	}
	http.Redirect(w, r, "/e/"+slug, http.StatusFound)
	return nil
}

// problemPage is /problems/NAME: what a problem's type means.
func (s *Server) problemPage(w http.ResponseWriter, r *http.Request) error {
	title, ok := titles[chi.URLParam(r, "name")]
	if !ok {
		return notFound("There is no such kind of problem.")
	}
	return ui.Write(w, http.StatusOK, ui.ErrorPage{Status: http.StatusOK, Title: title,
		Detail: "The answer that led you here says in its detail what to do."})
}
