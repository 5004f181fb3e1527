package web

import (
	"net/http"
	"strconv"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/web/ui"
)

// screen is /e/SLUG/screen, the projected screen: public, and complete without JavaScript.
func (s *Server) screen(w http.ResponseWriter, r *http.Request) error {
	ev, err := s.event(r)
	if err != nil {
		return err
	}
	page := ui.ScreenPage{Event: s.viewEvent(r, ev), At: s.Now()}
	if c, known := s.caller(w, r); known {
		_, page.Joined = c.As(ev.Slug, moderation.Screen)
	}
	if theme := r.URL.Query().Get("theme"); theme == "light" || theme == "dark" {
		page.Theme = theme
	}
	if scale, err := strconv.Atoi(r.URL.Query().Get("scale")); err == nil {
		page.Scale = scale
	}
	if b, ok := s.Hub.Board(ev.Slug); ok {
		now := b.Public()
		page.Stage = viewStage(now.Stage)
		page.Now = s.viewNow(ev.Slug, now.Now)
		page.Queue = s.upNext(ev.Slug, now.Queue, now.Next)
		if page.Now != nil {
			page.Now.Text = ui.WithoutTags(page.Now.Source, page.Now.Text)
		}
		for i, it := range page.Queue {
			page.Queue[i].Text = ui.WithoutTags(it.Source, it.Text)
		}
		page.Counts = viewCounts(now.Counts)
	}
	return ui.Write(w, http.StatusOK, page)
}
