package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/openfloor/openfloor/display"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/web/ui"
)

// viewEvent is an event as pages show it.
func (s *Server) viewEvent(r *http.Request, e moderation.Event) ui.EventView {
	v := ui.EventView{
		Slug: e.Slug, Title: e.Title, Mode: string(e.Mode), State: string(e.StateAt(s.Now())), Zone: zone(e),
		OpensAt: e.OpensAt, StartsAt: e.StartsAt, EndsAt: e.EndsAt, MaxLength: e.MaxLength,
		Consent: e.Consent.Required, ConsentText: e.Consent.Text, RetentionDays: e.RetentionDays,
		JoinURL: s.base(r) + "/" + e.Slug, Reasons: e.Reasons,
	}
	if len(e.Hashtags) > 0 {
		v.Hashtag = e.Hashtags[0]
	}
	return v
}

// viewItem is a public item as pages show it. That it takes nothing but a public item is what keeps anything
// unapproved off the pages.
func (s *Server) viewItem(event string, it display.PublicItem) ui.ItemView {
	ev, _ := s.Record.Event(event)
	v := ui.ItemView{ID: it.ID, Rev: it.Rev, Rank: it.Rank, State: it.State, Kind: it.Kind, Text: it.Text, Lang: value(it.Lang),
		AuthorName: value(it.Author.Name), Handle: value(it.Author.Handle), AuthorURL: value(it.Author.URL), Avatar: value(it.Author.Avatar),
		Source: it.Source, URL: value(it.URL), PostedAt: it.PostedAt, Zone: zone(ev), Votes: it.Votes}
	if m, ok := s.Record.Submission(event, it.ID); ok && m.Rev == it.Rev {
		v.AnsweredAt = m.AnsweredAt
	}
	return v
}

// zone is where an event takes place.
func zone(e moderation.Event) *time.Location {
	zone, err := time.LoadLocation(e.Zone)
	if err != nil {
		return time.UTC // it was checked when the event was stored
	}
	return zone
}

func (s *Server) viewItems(event string, items []display.PublicItem) []ui.ItemView {
	out := make([]ui.ItemView, 0, len(items))
	for _, it := range items {
		out = append(out, s.viewItem(event, it))
	}
	return out
}

func (s *Server) viewNow(event string, it *display.PublicItem) *ui.ItemView {
	if it == nil {
		return nil
	}
	v := s.viewItem(event, *it)
	return &v
}

func viewStage(st display.Stage) ui.StageView {
	return ui.StageView{Rev: st.Rev, Now: value(st.Now), Next: value(st.Next), Since: st.Since, Blank: st.Blank, Mode: st.Mode}
}

func viewCounts(c display.Counts) ui.CountsView {
	return ui.CountsView{Approved: c.Approved, Answered: c.Answered, Received: c.Received}
}

// upNext returns the queue after what is lined up, whatever that is; nil: nothing.
func (s *Server) upNext(event string, queue []display.PublicItem, next *display.PublicItem) []ui.ItemView {
	views := s.viewItems(event, queue)
	if next == nil {
		return views
	}
	return slices.Insert(slices.DeleteFunc(views, func(i ui.ItemView) bool { return i.ID == next.ID }), 0, s.viewItem(event, *next))
}

// questions returns upNext without a story that is lined up: the queue as attendees see it.
func (s *Server) questions(event string, now display.Reading[display.PublicItem]) []ui.ItemView {
	return slices.DeleteFunc(s.upNext(event, now.Queue, now.Next), ui.ItemView.Story)
}

// viewMine is one of the reader's own submissions.
func (s *Server) viewMine(m moderation.Submission, queue []ui.ItemView) ui.MineView {
	v := ui.MineView{ID: m.ID, Kind: string(m.Kind), Text: m.Text, Lang: m.Lang, Status: string(status(m)),
		Receipt: "/r/" + s.receiptToken(m.ID), PostedAt: m.PostedAt, Sent: m.Original}
	if m.MergedInto != "" {
		v.Status = merged
		if into, ok := s.Record.Submission(m.Event, m.MergedInto); ok && into.Shown() {
			v.Joined = string(into.State)
			if into.Source != moderation.FromX { // which shows as its own card alone
				v.Other = into.Text
			}
		}
	}
	if m.State == moderation.Rejected {
		v.Reason = m.Reason
	}
	if m.State == moderation.Approved && m.Shown() {
		v.Place = 1 + slices.IndexFunc(queue, func(i ui.ItemView) bool { return i.ID == m.ID })
	}
	return v
}

func value(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
