package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/web/auth"
)

// cookie names: the contract's, with the prefix that binds them to https where people come by it.
const (
	sessionCookie = "openfloor"
	visitorCookie = "openfloor-visitor"
	hostPrefix    = "__Host-"
)

func (s *Server) cookieName(r *http.Request, name string) string {
	if s.secure(r) {
		return hostPrefix + name
	}
	return name
}

func (s *Server) setCookie(w http.ResponseWriter, r *http.Request, name, value string, until time.Time) {
	// Max-Age alone: all browsers know it, and with Expires beside it a first load would be 40 bytes longer.
	http.SetCookie(w, &http.Cookie{
		Name: s.cookieName(r, name), Value: value, Path: "/",
		MaxAge: max(1, int(until.Sub(s.Now())/time.Second)), HttpOnly: true, Secure: s.secure(r), SameSite: http.SameSiteLaxMode,
	})
}

func (s *Server) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(s.cookieName(r, name))
	if err != nil {
		return ""
	}
	return c.Value
}

// bearer returns the token of the Authorization header, and whether there is such a header.
func bearer(r *http.Request) (token string, present bool) {
	h := r.Header.Get("Authorization")
	if h == "" {
		return "", false
	}
	scheme, token, _ := strings.Cut(h, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", true
	}
	return strings.TrimSpace(token), true
}

// caller finds out who asks: by bearer token where there is one, else by session cookie. It renews a session that
// is in use, but where w is nil. Somebody without either is a caller without grants.
func (s *Server) caller(w http.ResponseWriter, r *http.Request) (c auth.Caller, known bool) {
	if token, present := bearer(r); present {
		return s.Access.ByBearer(token)
	}
	token := s.cookie(r, sessionCookie)
	if token == "" {
		return auth.Caller{}, false
	}
	if w == nil {
		return s.Access.Look(token)
	}
	c, ok := s.Access.BySession(r.Context(), token)
	if ok && c.Renewed {
		s.setCookie(w, r, sessionCookie, token, c.Expires)
	}
	return c, ok
}

// need returns the caller's grant for an event, where it has the right; otherwise 401 or 403. The event is empty
// for what concerns the whole server.
func (s *Server) need(w http.ResponseWriter, r *http.Request, event string, right moderation.Right) (auth.Grant, error) {
	c, known := s.caller(w, r)
	if !known {
		return auth.Grant{}, unauthenticated("Open the join link you were given, or send its token as Bearer.")
	}
	g, ok := c.For(event)
	if !ok || !g.Role.May(right) {
		return auth.Grant{}, forbidden("What you joined with does not let you do this. Ask the organiser for a link that does.")
	}
	return g, nil
}

// actor is who g acts as.
func actor(g auth.Grant) moderation.Actor {
	return moderation.Actor{Role: g.Role, Name: g.Name, ID: g.Session}
}

// visitor returns who the attendee is, by cookie; a new cookie is set where there is none.
func (s *Server) visitor(w http.ResponseWriter, r *http.Request) string {
	if id, ok := s.knownVisitor(r); ok {
		return id
	}
	id, value := auth.NewVisitor(s.Keys.Visitors)
	// The longest that browsers keep one; the words it belongs to are deleted long before.
	s.setCookie(w, r, visitorCookie, value, s.Now().Add(400*24*time.Hour))
	return id
}

func (s *Server) knownVisitor(r *http.Request) (string, bool) {
	v := s.cookie(r, visitorCookie)
	if v == "" {
		return "", false
	}
	return auth.Visitor(s.Keys.Visitors, v)
}

// authorKey is the key under which a visitor's submissions to an event are kept.
func (s *Server) authorKey(event, visitor string) string {
	return moderation.AuthorKey(s.Keys.Authors, event, moderation.FromForm, visitor)
}

// event returns the event that the path names.
func (s *Server) event(r *http.Request) (moderation.Event, error) {
	ev, ok := s.Record.Event(chi.URLParam(r, "event"))
	if !ok {
		return ev, noSuchEvent()
	}
	return ev, nil
}
