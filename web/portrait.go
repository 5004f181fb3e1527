package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"

	"github.com/openfloor/openfloor/moderation"
)

// Portraits keeps our copies of authors' pictures.
type Portraits interface {
	// Portrait returns the picture of an author; moderation.ErrNotFound where there is none.
	Portrait(ctx context.Context, event, key string) (moderation.Portrait, error)
}

// portraitAge is how long a browser may keep a picture, in seconds. Its address changes with it; no longer, since it
// is erased with the last of its author's words.
const portraitAge = 24 * 60 * 60

// portrait is /e/SLUG/avatars/KEY, the picture of an author: for everybody while something of the author's is on the
// board, else for the event's moderators.
func (s *Server) portrait(w http.ResponseWriter, r *http.Request) error {
	event, key := chi.URLParam(r, "event"), chi.URLParam(r, "key")
	nothing := notFound("There is no picture at this address.")
	theirs := s.Record.ByAuthor(event, key)
	public := slices.ContainsFunc(theirs, func(m moderation.Submission) bool { return m.State.Public() && m.MergedInto == "" })
	if !public {
		c, _ := s.caller(nil, r)
		if g, ok := c.For(event); !ok || !g.Role.May(moderation.Moderate) || len(theirs) == 0 {
			return nothing
		}
	}
	if s.Portraits == nil {
		return nothing
	}
	p, err := s.Portraits.Portrait(r.Context(), event, key)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", p.Type)
	h.Set("Content-Length", strconv.Itoa(len(p.Image)))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, max-age="+strconv.Itoa(portraitAge)+", immutable")
	w.WriteHeader(http.StatusOK)
	_, err = w.Write(p.Image)
	return err
}
