package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/gorilla/websocket"

	"github.com/openfloor/openfloor/display"
	"github.com/openfloor/openfloor/display/live"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/web/auth"
)

// rightFor is what a view asks for; the public view asks for nothing.
var rightFor = map[display.ViewName]moderation.Right{
	display.PublicView:     "",
	display.ChairView:      moderation.Notes,
	display.ModerationView: moderation.Moderate,
}

// How long somebody who polls counts as there after a poll: a viewer as the contract has it, one of the team for long
// enough to come back.
const (
	viewerLinger = time.Minute
	teamLinger   = 10 * time.Second
)

// live is GET /events/S/live: the stream of one view, by websocket, as server-sent events or by long-poll.
func (s *Server) live(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	view := display.ViewName(q.Get("view"))
	if view == "" {
		view = display.PublicView
	}
	right, ok := rightFor[view]
	if !ok {
		return moderation.Invalid("view", "The view is public, chair or moderation.")
	}
	slug := chi.URLParam(r, "event")
	req := live.Request{Epoch: q.Get("epoch"), At: q.Get("at"), CheckOrigin: anyOrigin}
	caller, known := s.caller(nil, r)
	var g auth.Grant
	if right != "" {
		var err error
		if g, err = s.need(nil, r, slug, right); err != nil {
			return err
		}
		// A GET of our own page says nothing of its origin, and another's cannot read the answer.
		if plain := !websocket.IsWebSocketUpgrade(r) && r.Header.Get("Origin") == ""; !plain && !s.ownOrigin(r) {
			return forbidden("The request came from another site's page. Open Openfloor itself and try again.")
		}
		req.Lost = g.Revoked()
	}
	board, ok := s.Hub.Board(slug)
	if !ok {
		return noSuchEvent()
	}
	stream, ok := board.View(view)
	if !ok {
		return noSuchEvent()
	}
	req.Stream = stream
	screen, joined := caller.As(slug, moderation.Screen)
	switch {
	case right != "":
		req.Join = func() func() { return board.Arrive(present(g)) }
		req.Poller, req.Linger = g.Session, teamLinger
	case known && joined && s.ownOrigin(r):
		req.Lost = screen.Revoked()
		req.Join = func() func() {
			board.Shown(screen.Session, screen.Name, nil, screen.Revoked())
			return func() {}
		}
		req.Poller, req.Linger = screen.Session, viewerLinger
		req.Said = func(message []byte) {
			var m struct {
				Type string  `json:"type"`
				Seq  *uint64 `json:"seq"`
			}
			if json.Unmarshal(message, &m) == nil && m.Type == "shown" && m.Seq != nil {
				board.Shown(screen.Session, screen.Name, m.Seq, screen.Revoked())
			}
		}
	default:
		req.Join = stream.Join
		req.Poller, req.Linger = client(r).String(), viewerLinger
		if visitor, ok := s.knownVisitor(r); ok {
			req.Poller = visitor // a whole office may share an address
		}
	}
	if since, err := strconv.ParseUint(q.Get("since"), 10, 64); err == nil {
		req.Since = &since // what is no number is no usable since: the viewer is given a snapshot
	}
	// An EventSource that comes back by itself asks for the address that it began with, and says in this header what it
	// has had since. Of which epoch that was, it cannot say.
	if last, err := strconv.ParseUint(r.Header.Get("Last-Event-ID"), 10, 64); err == nil {
		req.Since = &last
		if req.Epoch == "" {
			req.Epoch = board.Epoch()
		}
	}
	if view == display.PublicView { // open to any page, which sends no credentials with it
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Expose-Headers", live.HeaderAt)
	}
	s.Live.Serve(w, r, req)
	return nil
}

// RefuseStream answers an upgrade that came to nothing, for live.Config.
func (s *Server) RefuseStream(w http.ResponseWriter, r *http.Request, status int, detail string) {
	name := "bad-request"
	switch status {
	case http.StatusForbidden:
		name = "forbidden"
	case http.StatusServiceUnavailable:
		name = "unavailable"
	}
	s.failJSON(w, r, &failure{status: status, name: name, detail: detail})
}

func anyOrigin(*http.Request) bool { return true }

// ownOrigin reports whether the request comes from a page of ours, or from a program with a token of its own.
// Browsers apply no rule of their own to websockets, so everything with a session has to say where it comes from.
func (s *Server) ownOrigin(r *http.Request) bool {
	values := r.Header.Values("Origin")
	if len(values) == 0 {
		_, token := bearer(r)
		return token
	}
	u, err := url.Parse(values[0])
	if err != nil || len(values) > 1 || u.Host == "" {
		return false
	}
	if s.public != nil {
		return strings.EqualFold(u.Host, s.public.Host) && u.Scheme == s.public.Scheme || strings.EqualFold(u.Host, r.Host) && u.Scheme == s.scheme(r)
	}
	return strings.EqualFold(u.Host, r.Host) // a proxy in front may speak https to the browser and http to us
}
