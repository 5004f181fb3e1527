package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/web/auth"
)

// linkView is a join link as the API shows it; url and token only when it is made.
type linkView struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Role      string     `json:"role"`
	Event     string     `json:"event"`
	URL       string     `json:"url,omitempty"`
	Token     string     `json:"token,omitempty"`
	Uses      *int       `json:"uses"` // how many times it may be used; nil: any number
	Expires   *time.Time `json:"expires"`
	CreatedAt time.Time  `json:"created_at"`
	RevokedAt *time.Time `json:"revoked_at"`
}

func viewLink(l auth.Link) linkView {
	return linkView{ID: l.ID, Name: l.Name, Role: string(l.Role), Event: l.Event, Uses: l.Uses, Expires: l.Expires,
		CreatedAt: l.CreatedAt, RevokedAt: l.RevokedAt}
}

// createLink is POST /events/S/links.
func (s *Server) createLink(w http.ResponseWriter, r *http.Request) error {
	slug := chi.URLParam(r, "event")
	if _, err := s.need(w, r, slug, moderation.Organise); err != nil {
		return err
	}
	if _, err := s.event(r); err != nil {
		return err
	}
	var body struct {
		Role    moderation.Role `json:"role"`
		Name    string          `json:"name"`
		Uses    *int            `json:"uses"`
		Expires *time.Time      `json:"expires"`
	}
	if err := decode(w, r, maxBody, &body, false); err != nil {
		return err
	}
	if strings.TrimSpace(body.Name) == "" { // a name tells people apart in the history; the role is better than nothing
		body.Name = string(body.Role)
	}
	l, token, err := s.Access.NewLink(r.Context(), auth.LinkSpec{Event: slug, Role: body.Role, Name: body.Name, Uses: body.Uses, Expires: body.Expires})
	if err != nil {
		return err
	}
	v := viewLink(l)
	v.URL, v.Token = s.base(r)+"/join/"+token, token
	w.Header().Set("Location", "/api/v1/events/"+slug+"/links/"+l.ID)
	return writeJSON(w, http.StatusCreated, v, 0)
}

// listLinks is GET /events/S/links.
func (s *Server) listLinks(w http.ResponseWriter, r *http.Request) error {
	slug := chi.URLParam(r, "event")
	if _, err := s.need(w, r, slug, moderation.Organise); err != nil {
		return err
	}
	if _, err := s.event(r); err != nil {
		return err
	}
	links := s.Access.Links(slug)
	items := make([]linkView, 0, len(links))
	for _, l := range links {
		items = append(items, viewLink(l))
	}
	return writeJSON(w, http.StatusOK, listOf(items), 0)
}

// deleteLink is DELETE /events/S/links/ID: it revokes the link, and every session that came by it, at once.
func (s *Server) deleteLink(w http.ResponseWriter, r *http.Request) error {
	slug := chi.URLParam(r, "event")
	if _, err := s.need(w, r, slug, moderation.Organise); err != nil {
		return err
	}
	if _, err := s.event(r); err != nil {
		return err
	}
	if err := s.Access.RevokeLink(r.Context(), slug, chi.URLParam(r, "link")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
