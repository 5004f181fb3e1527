package web

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/web/auth"
	"github.com/openfloor/openfloor/web/ui"
)

// badLink is the one answer to every link that does not work: it tells nobody which links there are.
func badLink() error {
	return notFound("This link does not work any more, or it is not complete. Ask whoever gave it to you for a new one.")
}

// joinAsk is GET /join/TOKEN: it says what the link is for and uses nothing up, since link previews and mail
// scanners open it too.
func (s *Server) joinAsk(w http.ResponseWriter, r *http.Request) error {
	l, err := s.Access.Peek(chi.URLParam(r, "token"))
	if err != nil {
		return badLink()
	}
	page := ui.JoinPage{Role: string(l.Role), Name: l.Name}
	if l.Event != "" {
		e, ok := s.Record.Event(l.Event)
		if !ok {
			return badLink()
		}
		page.Event = s.viewEvent(r, e)
	}
	return ui.Write(w, http.StatusOK, page)
}

// join is POST /join/TOKEN: it exchanges the link for a session and goes to the role's page.
func (s *Server) join(w http.ResponseWriter, r *http.Request) error {
	session, g, err := s.Access.Join(r.Context(), chi.URLParam(r, "token"), s.cookie(r, sessionCookie))
	if err != nil {
		if f := asFailure(err); f.status == http.StatusNotFound {
			return badLink()
		}
		return err
	}
	s.setCookie(w, r, sessionCookie, session, s.Now().Add(auth.SessionIdle))
	http.Redirect(w, r, landing(g), http.StatusSeeOther)
	return nil
}

// landing is the page that a role works on.
func landing(g auth.Grant) string {
	switch g.Role {
	case moderation.Moderator:
		return "/e/" + g.Event + "/moderate"
	case moderation.Chair:
		return "/e/" + g.Event + "/chair"
	case moderation.Screen:
		return "/e/" + g.Event + "/screen"
	case moderation.Organiser:
		if g.Event != "" {
			return "/e/" + g.Event + "/moderate"
		}
	}
	return "/"
}
