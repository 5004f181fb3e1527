package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/web/auth"
	"github.com/openfloor/openfloor/web/ui"
)

// XAccounts connects accounts on X to events. A session is whoever began; what it begins nobody else can end. Errors are
// moderation.Problems with words for organisers, or of the store.
type XAccounts interface {
	// Able says why no account can be connected on this server; nil: one can.
	Able() error
	// Connected returns the account of an event, without @, who connected it and when.
	Connected(ctx context.Context, event string) (username, by string, at time.Time, ok bool, err error)
	// Begin returns the page of X that the account's owner has to open. Callback is where X sends the owner back to;
	// empty: X shows a PIN.
	Begin(ctx context.Context, session, event, callback string) (authorize string, err error)
	// Begun returns the same of what was begun for an event; moderation.ErrNotFound: nothing.
	Begun(ctx context.Context, session, event string) (authorize string, pin bool, err error)
	// Returned ends it by what X sent the owner back with; allowed is asked before anything is connected, and says who
	// connects it.
	Returned(ctx context.Context, session string, r *http.Request, allowed func(event string) (by string, err error)) (event string, err error)
	// Typed ends it by the PIN.
	Typed(ctx context.Context, session, by, event, pin string) error
	Cancel(ctx context.Context, session string) error
	Disconnect(ctx context.Context, event string) error
}

// xCallback is where X sends the owner of an account back to. It is registered with the app on X, so it is one for all
// events.
const xCallback = "/organise/connect/x/callback"

// maxPIN is longer than any PIN of X, which has 7 digits.
const maxPIN = 20

// connector returns the grant of somebody with a browser who may organise the event: what is begun in one browser is
// ended there.
func (s *Server) connector(w http.ResponseWriter, r *http.Request, event string) (auth.Grant, error) {
	g, err := s.need(w, r, event, moderation.Organise)
	if err != nil {
		return g, err
	}
	if _, token := bearer(r); token || s.XAccounts == nil {
		return g, forbidden("An account is connected in a browser. Open an organiser's join link there.")
	}
	return g, nil
}

// connectX is /organise/SLUG/connect/x: which account on X is connected to an event, and connecting one.
func (s *Server) connectX(w http.ResponseWriter, r *http.Request) error {
	notice := ""
	switch r.URL.Query().Get("not") {
	case "denied":
		notice = "The owner of the account said no, so nothing was connected."
	case "connected":
		notice = "Nothing was connected: X did not accept it, or could not be asked. Begin again."
	}
	return s.connectPage(w, r, http.StatusOK, notice)
}

func (s *Server) connectPage(w http.ResponseWriter, r *http.Request, status int, notice string) error {
	slug := chi.URLParam(r, "event")
	g, err := s.connector(w, r, slug)
	if err != nil {
		return err
	}
	ev, err := s.event(r)
	if err != nil {
		return err
	}
	page := ui.ConnectXPage{Event: s.viewEvent(r, ev), Notice: notice, Callback: s.base(r) + xCallback}
	if err := s.XAccounts.Able(); err != nil {
		page.Unable = err.Error()
	}
	var at time.Time
	if page.Account, page.By, at, _, err = s.XAccounts.Connected(r.Context(), slug); err != nil {
		return err
	}
	page.At = at
	page.Authorize, page.PIN, err = s.XAccounts.Begun(r.Context(), g.Session, slug)
	if err != nil && !errors.Is(err, moderation.ErrNotFound) {
		return err
	}
	return ui.Write(w, status, page)
}

// connectXPost is the page's buttons: do is one of callback, pin, typed, cancel and disconnect.
func (s *Server) connectXPost(w http.ResponseWriter, r *http.Request) error {
	slug := chi.URLParam(r, "event")
	g, err := s.connector(w, r, slug)
	if err != nil {
		return err
	}
	if _, err := s.event(r); err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		return badRequest("The form did not arrive whole. Go back and press the button again.")
	}
	switch r.PostForm.Get("do") {
	case "callback":
		_, err = s.XAccounts.Begin(r.Context(), g.Session, slug, s.base(r)+xCallback)
	case "pin":
		_, err = s.XAccounts.Begin(r.Context(), g.Session, slug, "")
	case "typed":
		pin := strings.TrimSpace(r.PostForm.Get("pin"))
		if pin == "" || len(pin) > maxPIN || strings.Trim(pin, "0123456789") != "" {
			return s.connectPage(w, r, http.StatusUnprocessableEntity, "The PIN is the number that X shows: digits alone.")
		}
		err = s.XAccounts.Typed(r.Context(), g.Session, g.Name, slug, pin)
	case "cancel":
		err = s.XAccounts.Cancel(r.Context(), g.Session)
	case "disconnect":
		err = s.XAccounts.Disconnect(r.Context(), slug)
	default:
		return moderation.Invalid("do", "There is no such button.")
	}
	if p, ok := errors.AsType[*moderation.Problem](err); ok {
		return s.connectPage(w, r, asFailure(err).status, p.Detail)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, connectPath(slug), http.StatusSeeOther)
	return nil
}

// connectXReturned is where X sends the owner of an account back to. Its address holds what X says, so that it goes on
// to one that holds nothing.
func (s *Server) connectXReturned(w http.ResponseWriter, r *http.Request) error {
	c, known := s.caller(w, r)
	if _, token := bearer(r); !known || token || len(c.Grants) == 0 || s.XAccounts == nil {
		return unauthenticated("Open your organiser's join link in this browser, and begin again.")
	}
	event, err := s.XAccounts.Returned(r.Context(), c.Grants[0].Session, r, func(event string) (string, error) {
		g, err := s.need(w, r, event, moderation.Organise)
		return g.Name, err
	})
	if event == "" {
		return err
	}
	to := connectPath(event)
	switch {
	case errors.Is(err, moderation.ErrForbidden):
		to += "?not=denied"
	case err != nil:
		s.note(r, asFailure(err), err)
		to += "?not=connected"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func connectPath(event string) string { return "/organise/" + event + "/connect/x" }
