package web

import (
	"fmt"
	"net/http"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/web/ui"
)

// sourcesPage is /organise/SLUG/sources: how each source of an event is doing.
func (s *Server) sourcesPage(w http.ResponseWriter, r *http.Request) error {
	ev, _, err := s.organisedEvent(w, r)
	if err != nil {
		return err
	}
	page := ui.SourcesPage{Event: s.viewEvent(r, ev), At: s.Now(), ConnectX: s.XAccounts != nil}
	for _, set := range ev.Sources {
		st := s.Sources.Status(ev, set, page.At)
		v := ui.SourceHealth{Kind: string(set.Kind), Server: set.Server, State: st.State, Error: st.Error, Received: st.Received,
			NextTryAt: st.NextTryAt, LastPostAt: st.LastPostAt}
		if b := set.Budget; b != nil && b.Posts > 0 {
			v.Used, v.Most, v.Left = st.Used, b.Posts, fmt.Sprintf("%d of %d posts read", st.Used, b.Posts)
		}
		if b := set.Budget; b != nil && b.Money > 0 {
			spent := fmt.Sprintf("%.2f of %.2f US dollars spent", st.Money, b.Money)
			if v.Left != "" {
				spent = v.Left + ", " + spent
			} else {
				v.Used, v.Most = int(st.Money*100), int(b.Money*100)
			}
			v.Left = spent
		}
		page.Sources = append(page.Sources, v)
	}
	page.Form = ev.StateAt(page.At) == moderation.Open
	return ui.Write(w, http.StatusOK, page)
}
