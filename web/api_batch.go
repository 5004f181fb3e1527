package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/web/auth"
)

// maxBatch is how many submissions one request may decide about.
const maxBatch = 200

// batchBody is what POST /events/S/submissions/batch takes: one action, and each submission at the revision that it
// was decided on.
type batchBody struct {
	Action moderation.ActionName `json:"action"`
	Body   json.RawMessage       `json:"body"` // the action's own; absent or null: empty
	Items  []batchItem           `json:"items"`
}

type batchItem struct {
	ID  string  `json:"id"`
	Rev *uint64 `json:"rev"`
}

// batchResult is what became of one of them: its revision, or what was wrong.
type batchResult struct {
	ID      string   `json:"id"`
	Status  int      `json:"status"`
	Rev     *uint64  `json:"rev"`
	Problem *problem `json:"problem"`
}

// batch is POST /events/S/submissions/batch. Each item is decided for itself, one after the other in the order given,
// so that what is approved stands in that order; one that fails holds up no other.
func (s *Server) batch(w http.ResponseWriter, r *http.Request) error {
	slug := chi.URLParam(r, "event")
	g, err := s.need(w, r, slug, moderation.Moderate)
	if err != nil {
		return err
	}
	if _, err := s.event(r); err != nil {
		return err
	}
	var body batchBody
	if err := decode(w, r, maxBody, &body, false); err != nil {
		return err
	}
	i := slices.IndexFunc(actions, func(a actionRoute) bool { return a.name == body.Action && !a.own })
	switch {
	case i < 0:
		return moderation.Invalid("action", "There is no such action for several at once.")
	case body.Items == nil:
		return moderation.Invalid("items", "Say which submissions, each with its rev.")
	case len(body.Items) > maxBatch:
		return moderation.Invalid("items", fmt.Sprintf("These are %d. Send at most %d at once.", len(body.Items), maxBatch))
	}
	req := moderation.ActRequest{Event: slug, Action: body.Action, By: actor(g)}
	if string(body.Body) == "null" {
		body.Body = nil
	}
	if err := actions[i].read(body.Body, &req); err != nil {
		return err
	}
	results := make([]batchResult, 0, len(body.Items))
	newest := uint64(0)
	for _, it := range body.Items {
		req.ID, req.Op = it.ID, op(r)+"/"+it.ID
		res := batchResult{ID: it.ID, Status: http.StatusOK}
		m, err := s.decideOne(r, g, req, it.Rev)
		if err != nil {
			f := asFailure(err)
			s.note(r, f, err)
			p := f.problem()
			res.Status, res.Problem = f.status, &p
		} else {
			res.Rev, newest = &m.Rev, max(newest, m.Rev)
		}
		results = append(results, res)
	}
	s.seen(r.Context(), newest)
	return writeJSON(w, http.StatusOK, struct {
		Results []batchResult `json:"results"`
	}{results}, 0)
}

// decideOne is act for one of a batch.
func (s *Server) decideOne(r *http.Request, g auth.Grant, req moderation.ActRequest, rev *uint64) (moderation.Submission, error) {
	cur, err := s.visible(r, g, req.Event, req.ID)
	if err != nil {
		return cur, err
	}
	ev, _ := s.Record.Event(req.Event)
	if _, err := req.Checked(ev, cur); err != nil {
		return cur, err
	}
	if rev == nil {
		return cur, preconditionRequired()
	}
	return s.decide(r.Context(), g, req, *rev)
}
