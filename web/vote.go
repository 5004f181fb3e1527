package web

import (
	"context"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/web/ui"
)

// voteWait is how long a vote that is stored may take to be counted here before the answer goes out without it.
const voteWait = 2 * time.Second

// putVote is PUT /events/S/submissions/ID/vote, deleteVote takes it back: once a voter, however often.
func (s *Server) putVote(w http.ResponseWriter, r *http.Request) error { return s.vote(w, r, true) }

func (s *Server) deleteVote(w http.ResponseWriter, r *http.Request) error {
	return s.vote(w, r, false)
}

func (s *Server) vote(w http.ResponseWriter, r *http.Request, want bool) error {
	voter, err := s.voter(r, chi.URLParam(r, "event"))
	if err != nil {
		return err
	}
	m, err := s.votable(r, chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	if err := decode(w, r, maxBody, &struct{}{}, true); err != nil {
		return err
	}
	if err := s.cast(r.Context(), m, voter, want); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct {
		Votes int `json:"votes"`
	}{s.Record.Pool(m).Votes}, 0)
}

// votePost is POST /e/SLUG/vote, the buttons of the attendee's page without JavaScript: vote or unvote with an id.
func (s *Server) votePost(w http.ResponseWriter, r *http.Request) error {
	slug := chi.URLParam(r, "event")
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		return badRequest("The form did not arrive whole. Go back and press the button again.")
	}
	voter, err := s.voter(r, slug)
	if err != nil {
		return err
	}
	id, want := r.PostForm.Get("vote"), true
	if r.PostForm.Has("unvote") {
		id, want = r.PostForm.Get("unvote"), false
	}
	m, err := s.votable(r, id)
	if err != nil {
		return err
	}
	if err := s.cast(r.Context(), m, voter, want); err != nil {
		return err
	}
	http.Redirect(w, r, "/e/"+slug+"#queue", http.StatusSeeOther)
	return nil
}

// markVoted marks in lists what a voter has voted for.
func (s *Server) markVoted(event, voter string, lists ...[]ui.ItemView) {
	for _, items := range lists {
		for i := range items {
			items[i].Voted = len(s.Record.VotedFor(moderation.Submission{Event: event, ID: items[i].ID}, voter)) > 0
		}
	}
}

// voter is who votes: the Bearer's session, or the visitor by cookie, under the key that their own submissions have.
// A Bearer without the right is refused.
func (s *Server) voter(r *http.Request, event string) (string, error) {
	if _, present := bearer(r); present {
		g, err := s.need(nil, r, event, moderation.Submit)
		if err != nil {
			return "", err
		}
		return moderation.AuthorKey(s.Keys.Authors, event, "session", g.Session), nil
	}
	visitor, ok := s.knownVisitor(r)
	if !ok {
		return "", unauthenticated("Open the event's page first: it gives your browser the cookie by which your vote counts once.")
	}
	return s.authorKey(event, visitor), nil
}

// votable returns what may be voted for: approved or live, in an event that is open. The store is asked for its newest
// only where this process knows of nothing to vote for, or of nothing yet.
func (s *Server) votable(r *http.Request, id string) (moderation.Submission, error) {
	if m, err := s.votableNow(r, id); err == nil {
		return m, nil
	}
	s.sync(r.Context())
	return s.votableNow(r, id)
}

func (s *Server) votableNow(r *http.Request, id string) (moderation.Submission, error) {
	ev, err := s.event(r)
	if err != nil {
		return moderation.Submission{}, err
	}
	if err := s.Form.Open(ev); err != nil {
		return moderation.Submission{}, err
	}
	m, ok := s.Record.Submission(ev.Slug, id)
	switch {
	case !ok || m.State == moderation.Erased:
		return m, noSuchSubmission()
	case m.MergedInto != "":
		return m, &moderation.Problem{Kind: moderation.ErrState, Detail: "It was joined with another. Vote for that one."}
	case m.State != moderation.Approved && m.State != moderation.Live:
		return m, &moderation.Problem{Kind: moderation.ErrState, Detail: "Only what waits in the queue or is being asked now can be voted for."}
	}
	return m, nil
}

// cast stores a vote and waits a moment until it is counted here. Taking it back takes back, too, the votes for what
// was merged in since.
func (s *Server) cast(ctx context.Context, m moderation.Submission, voter string, want bool) error {
	ids := []string{m.ID}
	if !want {
		for _, id := range s.Record.VotedFor(m, voter) {
			if id != m.ID {
				ids = append(ids, id)
			}
		}
	}
	for _, id := range ids {
		seq, err := s.Votes.Vote(ctx, moderation.Vote{Event: m.Event, ID: id, Voter: voter, For: want})
		if err != nil {
			return err
		}
		wait, cancel := context.WithTimeout(ctx, voteWait)
		_ = s.Record.Votes().Wait(wait, seq) // it is stored: counting follows
		cancel()
	}
	return nil
}
