package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"

	"github.com/openfloor/openfloor/display"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/web/ui"
)

// moderate is /e/SLUG/moderate, the moderators' tablet. Its script fills it from the live stream.
func (s *Server) moderate(w http.ResponseWriter, r *http.Request) error {
	g, err := s.need(w, r, chi.URLParam(r, "event"), moderation.Moderate)
	if err != nil {
		return err
	}
	ev, err := s.event(r)
	if err != nil {
		return err
	}
	return ui.Write(w, http.StatusOK, ui.ModeratePage{Event: s.viewEvent(r, ev), Me: g.Name, At: s.Now()})
}

// chair is /e/SLUG/chair, the chair's tablet.
func (s *Server) chair(w http.ResponseWriter, r *http.Request) error {
	return s.chairPage(w, r, http.StatusOK, "")
}

func (s *Server) chairPage(w http.ResponseWriter, r *http.Request, code int, notice string) error {
	g, err := s.need(w, r, chi.URLParam(r, "event"), moderation.RunStage)
	if err != nil {
		return err
	}
	ev, err := s.event(r)
	if err != nil {
		return err
	}
	s.sync(r.Context())
	page := ui.ChairPage{Event: s.viewEvent(r, ev), Me: g.Name, At: s.Now(), Notice: notice}
	if b, ok := s.Hub.Board(ev.Slug); ok {
		now := b.Chair()
		page.Stage = viewStage(now.Stage)
		if now.Now != nil {
			page.Now = s.viewNow(ev.Slug, &now.Now.PublicItem)
			page.Now.Note = value(now.Now.Note)
		}
		var next *display.PublicItem
		if now.Next != nil {
			next = &now.Next.PublicItem
		}
		page.Queue = s.upNext(ev.Slug, public(now.Queue), next)
		page.Stories = slices.DeleteFunc(s.viewItems(ev.Slug, public(now.Stories)), func(i ui.ItemView) bool { return i.ID == page.Stage.Next })
		page.Counts = viewCounts(now.Counts)
		viewSignals(&page, b.Signals())
		if len(now.Answered) > 0 {
			page.Previous = now.Answered[0].ID
		}
	}
	return ui.Write(w, code, page)
}

// public returns what everybody sees of items.
func public(items []display.ChairItem) []display.PublicItem {
	out := make([]display.PublicItem, 0, len(items))
	for _, it := range items {
		out = append(out, it.PublicItem)
	}
	return out
}

// viewSignals puts on the chair's page what the moderators want it to know, and what came of its own word.
func viewSignals(page *ui.ChairPage, signals []display.Signal) {
	for _, sig := range signals { // the oldest first
		v := &ui.SignalView{ID: sig.ID, Text: sig.Text, Seen: sig.AckedAt != nil}
		switch {
		case sig.To == string(moderation.ToModerators):
			page.Told = v
		case !v.Seen:
			page.Signal = v
			page.Signals++
		}
	}
}

// chairSignal is what the chair tells the moderators without JavaScript: with ack that it has seen a signal, and reply
// in answer to it; with tell something of its own.
func (s *Server) chairSignal(w http.ResponseWriter, r *http.Request, by moderation.Actor) error {
	slug, said := chi.URLParam(r, "event"), r.PostForm.Get("text")
	if r.PostForm.Get("do") == "ack" {
		id := r.PostForm.Get("signal")
		sig, err := s.Desk.AckSignal(r.Context(), moderation.SignalRequest{Op: moderation.NewOp(), Event: slug, ID: id, By: by})
		if err != nil {
			return err
		}
		reply := r.PostForm.Get("reply")
		if reply == "" {
			s.seen(r.Context(), sig.Rev)
			http.Redirect(w, r, "/e/"+slug+"/chair", http.StatusSeeOther)
			return nil
		}
		said = moderation.SignalReply(reply, sig.Text)
	}
	sig, err := s.Desk.SendSignal(r.Context(), moderation.SignalRequest{Op: op(r), Event: slug, To: moderation.ToModerators, Text: said, By: by})
	if err != nil {
		if f := asFailure(err); f.status == http.StatusUnprocessableEntity {
			return s.chairPage(w, r, f.status, f.detail)
		}
		return err
	}
	s.seen(r.Context(), sig.Rev)
	http.Redirect(w, r, "/e/"+slug+"/chair", http.StatusSeeOther)
	return nil
}

// chairPost is the chair's buttons without JavaScript: do is one of take, finish, skip, back, blank, unblank,
// clear, with rev the stage's revision that the chair saw, or ack or tell. A story's own button says line instead, with
// its id.
func (s *Server) chairPost(w http.ResponseWriter, r *http.Request) error {
	slug := chi.URLParam(r, "event")
	g, err := s.need(w, r, slug, moderation.RunStage)
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
	if do := r.PostForm.Get("do"); do == "ack" || do == "tell" {
		return s.chairSignal(w, r, actor(g))
	}
	req := moderation.StageRequest{Op: op(r), Event: slug, By: actor(g)}
	rev, err := strconv.ParseUint(r.PostForm.Get("rev"), 10, 64)
	if err != nil {
		return badRequest("The form says nothing about the stage it was made for. Open the page again.")
	}
	req.Rev = &rev
	then := ""
	switch do := r.PostForm.Get("do"); do {
	case "":
		req.Next = new(r.PostForm.Get("line"))
		if *req.Next == "" {
			return moderation.Invalid("do", "There is no such button.")
		}
	case "take":
		req.Take = true
	case "skip":
		req.Take = true
		then = s.second(slug) // what is skipped goes to the top: without this it would come straight back
	case "finish":
		req.Finish = true
		if req.Take = s.waiting(slug); !req.Take {
			req.Now = new("") // it was the last one
		}
	case "back":
		req.Now = new(r.PostForm.Get("previous"))
	case "clear":
		req.Now = new("")
	case "next":
		req.Next = new(r.PostForm.Get("now"))
	case "blank", "unblank":
		req.Blank = new(do == "blank")
	default:
		return moderation.Invalid("do", "There is no such button.")
	}
	st, err := s.Desk.SetStage(r.Context(), req)
	if err != nil {
		if f := asFailure(err); f.status == http.StatusConflict || f.status == http.StatusUnprocessableEntity {
			s.seen(r.Context(), st.Rev)
			return s.chairPage(w, r, f.status, f.detail)
		}
		return err
	}
	if then != "" && st.Next == "" {
		lined, err := s.Desk.SetStage(r.Context(), moderation.StageRequest{Op: moderation.NewOp(), Event: slug, By: actor(g), Rev: &st.Rev, Next: &then})
		if err == nil { // otherwise somebody else has moved on, and that stands
			st = lined
		}
	}
	s.seen(r.Context(), st.Rev)
	http.Redirect(w, r, "/e/"+slug+"/chair", http.StatusSeeOther)
	return nil
}

// waiting reports whether there is anything to take.
func (s *Server) waiting(event string) bool {
	return s.Record.Stage(event).Next != "" || len(s.Record.Queue(event)) > 0
}

// second returns what comes after the next one: empty where there is nothing.
func (s *Server) second(event string) string {
	next := s.Record.Stage(event).Next
	queue := s.Record.Queue(event)
	if next == "" && len(queue) > 0 {
		next = queue[0].ID
	}
	for _, m := range queue {
		if m.ID != next {
			return m.ID
		}
	}
	return ""
}
