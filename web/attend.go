package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/openfloor/openfloor/ingest/inbox"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/web/ui"
)

// sentParam tells the attendee's page after a redirect which submission was just sent.
const sentParam = "sent"

// attend is /e/SLUG, the attendee's page.
func (s *Server) attend(w http.ResponseWriter, r *http.Request) error {
	ev, err := s.event(r)
	if err != nil {
		return err
	}
	visitor := s.visitor(w, r)
	page := s.attendPage(r, ev, visitor)
	if id := r.URL.Query().Get(sentParam); id != "" {
		for _, m := range page.Mine {
			if m.ID == id {
				page.Sent = &ui.SentView{Receipt: m.Receipt}
			}
		}
	}
	return ui.Write(w, http.StatusOK, page)
}

// attendPage is the page as the event is now, with an empty form.
func (s *Server) attendPage(r *http.Request, ev moderation.Event, visitor string) ui.AttendPage {
	page := ui.AttendPage{Event: s.viewEvent(r, ev), At: s.Now(), Form: ui.AttendForm{Key: moderation.NewOp()}}
	if b, ok := s.Hub.Board(ev.Slug); ok {
		now := b.Public()
		page.Now = s.viewNow(ev.Slug, now.Now)
		page.Blank = now.Stage.Blank
		page.Seq, page.Epoch, page.Next = now.Seq, now.Epoch, value(now.Stage.Next)
		page.Queue = s.questions(ev.Slug, now)
		page.Stories = s.viewItems(ev.Slug, now.Stories)
		page.Answered = s.viewItems(ev.Slug, now.Answered)
		s.markVoted(ev.Slug, s.authorKey(ev.Slug, visitor), page.Queue, page.Stories)
		page.Counts = viewCounts(now.Counts)
	}
	for _, m := range s.own(ev.Slug, visitor) {
		page.Mine = append(page.Mine, s.viewMine(m, page.Queue))
	}
	return page
}

// send is POST /e/SLUG/submissions, the attendee's form: 303 back to the page, or the page again with what is
// wrong and every word still there.
func (s *Server) send(w http.ResponseWriter, r *http.Request) {
	err := s.sendForm(w, r)
	if err == nil {
		return
	}
	ev, everr := s.event(r)
	f := asFailure(err)
	if everr != nil || f.status == http.StatusRequestEntityTooLarge || f.status == http.StatusBadRequest {
		s.failPage(w, r, err, clip(r.PostForm.Get("text")))
		return
	}
	s.note(r, f, err)
	f.headers(w)
	page := s.attendPage(r, ev, s.visitor(w, r))
	page.Form = ui.AttendForm{Key: r.PostForm.Get("key"), Text: clip(r.PostForm.Get("text")), Name: r.PostForm.Get("name"),
		Kind: r.PostForm.Get("kind"), Anon: r.PostForm.Has("anon"), Consent: r.PostForm.Has("consent")}
	if f.name == "key-reused" || page.Form.Key == "" {
		page.Form.Key = moderation.NewOp()
	}
	for _, field := range f.fields {
		page.Form.Errors = append(page.Form.Errors, ui.FieldError{Field: field.Field, Text: field.Detail})
	}
	if len(page.Form.Errors) == 0 {
		page.Form.Failed = f.detail
	}
	if werr := ui.Write(w, f.status, page); werr != nil {
		s.failPage(w, r, werr, page.Form.Text)
	}
}

// clip bounds what is given back to whoever sent far too much.
func clip(text string) string {
	if len(text) > maxSubmissionBody {
		text = text[:maxSubmissionBody]
	}
	return strings.ToValidUTF8(text, "�")
}

func (s *Server) sendForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormBody)
	if err := r.ParseForm(); err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return err
		}
		return badRequest("The form did not arrive whole. Go back and send it again.")
	}
	ev, err := s.event(r)
	if err != nil {
		return err
	}
	in := inbox.Submission{Text: r.PostForm.Get("text"), Name: r.PostForm.Get("name"), Kind: moderation.Kind(r.PostForm.Get("kind")),
		Consent: r.PostForm.Has("consent"), IdempotencyKey: clipKey(r.PostForm.Get("key"))}
	if len(in.Text) > maxSubmissionBody {
		return &http.MaxBytesError{Limit: maxSubmissionBody}
	}
	if r.PostForm.Has("anon") {
		in.Name = "" // dropped at once and stored nowhere
	}
	if p := r.PostForm.Get("prompt"); p != "" {
		return moderation.Invalid("prompt", "This event has no prompts. Leave it empty.")
	}
	id, err := s.submit(w, r, ev, in)
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/e/"+ev.Slug+"?"+sentParam+"="+id+"#mine", http.StatusSeeOther)
	return nil
}

// clipKey takes a form's key as far as it can be one.
func clipKey(key string) string {
	if len(key) > 128 {
		return ""
	}
	return key
}

// receipt is /r/TOKEN: what became of one submission, for whoever holds its address.
func (s *Server) receipt(w http.ResponseWriter, r *http.Request) error {
	m, err := s.receipted(r)
	if err != nil {
		return err
	}
	return s.writeReceipt(w, r, m)
}

func (s *Server) writeReceipt(w http.ResponseWriter, r *http.Request, m moderation.Submission) error {
	ev, ok := s.Record.Event(m.Event)
	if !ok {
		return noSuchEvent()
	}
	page := ui.ReceiptPage{Event: s.viewEvent(r, ev), At: s.Now(), CanWithdraw: !m.State.Gone()}
	var queue []ui.ItemView
	if b, ok := s.Hub.Board(ev.Slug); ok {
		now := b.Public()
		queue = s.questions(ev.Slug, now)
	}
	page.Mine = s.viewMine(m, queue)
	page.Withdraw = page.Mine.Receipt + "/withdraw"
	return ui.Write(w, http.StatusOK, page)
}

// receipted returns the submission that the path's token is the receipt of.
func (s *Server) receipted(r *http.Request) (moderation.Submission, error) {
	nothing := notFound("There is no receipt at this address. Look whether it is complete.")
	id, ok := s.receiptID(chi.URLParam(r, "token"))
	if !ok {
		return moderation.Submission{}, nothing
	}
	s.sync(r.Context())
	if m, ok := s.Record.Find(id); ok {
		if m.State == moderation.Erased {
			return m, nothing
		}
		return m, nil
	}
	if p, ok := s.sent.get(id); ok {
		return p.submission(), nil
	}
	return moderation.Submission{}, &moderation.Problem{Kind: moderation.ErrUnavailable}
}

// receiptWithdraw is POST /r/TOKEN/withdraw: taking it back.
func (s *Server) receiptWithdraw(w http.ResponseWriter, r *http.Request) error {
	m, err := s.receipted(r)
	if err != nil {
		return err
	}
	if m.Rev == 0 { // stored, and not on the record yet
		return &moderation.Problem{Kind: moderation.ErrUnavailable}
	}
	if m, err = s.withdraw(r, m, 0); err != nil {
		return err
	}
	http.Redirect(w, r, "/r/"+s.receiptToken(m.ID), http.StatusSeeOther)
	return nil
}
