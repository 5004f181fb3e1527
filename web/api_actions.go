package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/openfloor/openfloor/display"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/web/auth"
)

// actionRoute is one POST …/submissions/ID/ACTION.
type actionRoute struct {
	name  moderation.ActionName
	right moderation.Right
	body  actionBody // reads what the action is told; nil: nothing
	own   bool       // by the author, who needs no If-Match
}

// actions are the actions that the API offers; the contract's others come with their features.
var actions = []actionRoute{
	{name: moderation.Approve, right: moderation.Moderate},
	{name: moderation.Reject, right: moderation.Moderate, body: reasonBody},
	{name: moderation.Hold, right: moderation.Moderate, body: reasonBody},
	{name: moderation.Restore, right: moderation.Moderate},
	{name: moderation.Return, right: moderation.RunStage},
	{name: moderation.AnswerIt, right: moderation.RunStage},
	{name: moderation.Undo, right: moderation.RunStage},
	{name: moderation.Withdraw, right: moderation.Submit, own: true},
	{name: moderation.Edit, right: moderation.Moderate, body: textBody},
	{name: moderation.NoteIt, right: moderation.Moderate, body: textBody},
	{name: moderation.TagIt, right: moderation.Moderate, body: tagBody},
	{name: moderation.SetKind, right: moderation.Moderate, body: kindBody},
	{name: moderation.Move, right: moderation.Moderate, body: moveBody},
	{name: moderation.Merge, right: moderation.Moderate, body: mergeBody},
	{name: moderation.Split, right: moderation.Moderate},
	{name: moderation.Paraphrase, right: moderation.Moderate, body: textBody},
	{name: moderation.FileIt, right: moderation.Moderate, body: fileBody},
}

// act answers one action. Checked in the contract's order: credential, right, existence, body, If-Match, state.
func (s *Server) act(a actionRoute) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if a.own {
			return s.withdrawOwn(w, r)
		}
		slug, id := chi.URLParam(r, "event"), chi.URLParam(r, "id")
		g, err := s.need(w, r, slug, a.right)
		if err != nil {
			return err
		}
		cur, err := s.visible(r, g, slug, id)
		if err != nil {
			return err
		}
		req := moderation.ActRequest{Op: op(r), Event: slug, ID: id, Action: a.name, By: actor(g)}
		body, err := readBody(w, r, maxBody)
		if err != nil {
			return err
		}
		if err := a.read(body, &req); err != nil {
			return err
		}
		ev, _ := s.Record.Event(slug)
		if _, err := req.Checked(ev, cur); err != nil {
			return err
		}
		rev, present, err := ifMatch(r)
		if err != nil {
			return err
		}
		if !present {
			return preconditionRequired()
		}
		m, err := s.decide(r.Context(), g, req, rev)
		if err != nil {
			return err
		}
		s.seen(r.Context(), m.Rev)
		switch a.name {
		case moderation.Merge, moderation.Split, moderation.Paraphrase, moderation.Undo:
			s.sync(r.Context()) // what went along with it counts too
		}
		return writeJSON(w, http.StatusOK, s.itemFor(g, m), m.Rev)
	}
}

// decide asks the desk for what was decided on revision rev. A stale error carries the item as it is now.
func (s *Server) decide(ctx context.Context, g auth.Grant, req moderation.ActRequest, rev uint64) (moderation.Submission, error) {
	if rev == 0 { // which the desk would take for whichever is newest
		return moderation.Submission{}, badRequest(`No submission has revision 0. Send the item's own rev.`)
	}
	req.Rev = rev
	m, err := s.Desk.Act(ctx, req)
	if isStale(err) {
		s.seen(ctx, m.Rev)
		return m, stale(s.itemFor(g, m), m.Rev, err)
	}
	return m, err
}

// visible returns the submission if it exists for the caller: a chair sees only what is public.
func (s *Server) visible(r *http.Request, g auth.Grant, event, id string) (moderation.Submission, error) {
	m, ok := s.Record.Submission(event, id)
	if !ok {
		s.sync(r.Context()) // another process may have it already
		if _, err := s.event(r); err != nil {
			return m, err
		}
		if m, ok = s.Record.Submission(event, id); !ok {
			return m, noSuchSubmission()
		}
	}
	switch {
	case m.State == moderation.Erased:
		return m, gone()
	case !g.Role.May(moderation.Moderate) && !m.Shown():
		return m, noSuchSubmission()
	}
	return m, nil
}

// itemFor is the item as the role may see it.
func (s *Server) itemFor(g auth.Grant, m moderation.Submission) any {
	pool := s.Record.Pool(m)
	if g.Role.May(moderation.Moderate) {
		it, _ := display.Moderation(m, pool)
		return it
	}
	it, ok := display.Chair(m, pool)
	if !ok {
		return struct {
			ID    string `json:"id"`
			Rev   uint64 `json:"rev"`
			State string `json:"state"`
		}{m.ID, m.Rev, string(m.State)}
	}
	return it
}

// withdrawOwn takes back what the caller sent; whose it is, the visitor cookie says.
func (s *Server) withdrawOwn(w http.ResponseWriter, r *http.Request) error {
	slug, id := chi.URLParam(r, "event"), chi.URLParam(r, "id")
	visitor, ok := s.knownVisitor(r)
	if !ok {
		if _, known := s.caller(w, r); known {
			return forbidden("Only who sent it can take it back. Reject it instead.")
		}
		return unauthenticated("Only the browser that sent it, or its receipt, can take it back.")
	}
	s.sync(r.Context())
	if _, err := s.event(r); err != nil {
		return err
	}
	m, ok := s.Record.Submission(slug, id)
	switch {
	case !ok:
		return noSuchSubmission()
	case m.Source != moderation.FromForm || m.Author.Key != s.authorKey(slug, visitor):
		if m.State.Public() {
			return forbidden("Only who sent it can take it back.")
		}
		return noSuchSubmission()
	}
	if err := decode(w, r, maxBody, &struct{}{}, true); err != nil {
		return err
	}
	rev, _, err := ifMatch(r)
	if err != nil {
		return err
	}
	m, err = s.withdraw(r, m, rev)
	if err != nil {
		if isStale(err) {
			return stale(ownView(m), m.Rev, err)
		}
		return err
	}
	return writeJSON(w, http.StatusOK, ownView(m), m.Rev)
}

// withdraw takes a submission back for its author.
func (s *Server) withdraw(r *http.Request, m moderation.Submission, rev uint64) (moderation.Submission, error) {
	m, err := s.Desk.Act(r.Context(), moderation.ActRequest{Op: op(r), Event: m.Event, ID: m.ID, Rev: rev, Action: moderation.Withdraw,
		By: moderation.Actor{Role: moderation.Attendee, Name: "author", ID: m.Author.Key}})
	if err == nil {
		s.sent.drop(m.ID)
		s.seen(r.Context(), m.Rev)
	}
	return m, err
}

// ownView is a submission as its author sees it after an action.
func ownView(m moderation.Submission) any {
	return struct {
		ID     string `json:"id"`
		Rev    uint64 `json:"rev"`
		Kind   string `json:"kind"`
		Text   string `json:"text"`
		State  string `json:"state"`
		Status string `json:"status"`
	}{m.ID, m.Rev, string(m.Kind), m.Text, string(status(m)), string(status(m))}
}

func isStale(err error) bool { return errors.Is(err, moderation.ErrStale) }
