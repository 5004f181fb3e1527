package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/openfloor/openfloor/display"
	"github.com/openfloor/openfloor/moderation"
)

// authorView is an author of an event, as moderators see one.
type authorView struct {
	Key         string     `json:"key"`
	Name        *string    `json:"name"`
	Handle      *string    `json:"handle"`
	Source      *string    `json:"source"` // null where nothing of theirs is left
	URL         *string    `json:"url"`
	Trusted     bool       `json:"trusted"`
	Blocked     bool       `json:"blocked"`
	Submissions int        `json:"submissions"`
	Approved    int        `json:"approved"` // live and answered included
	Rejected    int        `json:"rejected"`
	FirstAt     *time.Time `json:"first_at"` // when their first submission was received
	LastAt      *time.Time `json:"last_at"`
	Rev         uint64     `json:"rev"` // of the decision; 0: nobody has decided anything
}

func viewAuthor(a moderation.AuthorRecord) authorView {
	shown := display.AuthorView(a.Author)
	v := authorView{Key: a.Author.Key, Name: shown.Name, Handle: shown.Handle, URL: shown.URL,
		Trusted: a.Decision.Trusted, Blocked: a.Decision.Blocked,
		Submissions: a.Submissions, Approved: a.Approved, Rejected: a.Rejected, Rev: a.Decision.Rev}
	if a.Source != "" {
		v.Source = new(string(a.Source))
	}
	if !a.FirstAt.IsZero() {
		v.FirstAt, v.LastAt = new(a.FirstAt.UTC()), new(a.LastAt.UTC())
	}
	return v
}

// listAuthors is GET /events/S/authors: those first who came last.
func (s *Server) listAuthors(w http.ResponseWriter, r *http.Request) error {
	slug := chi.URLParam(r, "event")
	if _, err := s.need(w, r, slug, moderation.Moderate); err != nil {
		return err
	}
	s.sync(r.Context())
	if _, err := s.event(r); err != nil {
		return err
	}
	before, limit, err := pageOf(r.URL.Query())
	if err != nil {
		return err
	}
	page, more := s.Record.Authors(slug, before, limit)
	items := make([]authorView, 0, len(page))
	for _, a := range page {
		items = append(items, viewAuthor(a))
	}
	l := listOf(items)
	if more {
		c := cursor(page[len(page)-1].Position())
		l.Next = &c
	}
	return writeJSON(w, http.StatusOK, l, 0)
}

// pageOf reads after and limit, of a list that takes nothing else, and tells every fault.
func pageOf(q url.Values) (before moderation.Position, limit int, err error) {
	limit = defaultPage
	var faults []moderation.Field
	for name := range q {
		if name != "after" && name != "limit" {
			faults = append(faults, moderation.Field{Field: name, Detail: "There is no such parameter. Leave it out."})
		}
	}
	if q.Has("limit") {
		if limit, err = strconv.Atoi(q.Get("limit")); err != nil || limit < 1 || limit > maxPage {
			faults = append(faults, moderation.Field{Field: "limit", Detail: "A number from 1 to 200."})
		}
	}
	if v := q.Get("after"); v != "" {
		if before, err = parseCursor(v); err != nil {
			faults = append(faults, moderation.Field{Field: "after", Detail: "This is not a cursor that a list gave you in next. Begin again without it."})
		}
	}
	if len(faults) > 0 {
		return before, limit, &moderation.Problem{Kind: moderation.ErrInvalid, Detail: "The list cannot be made like this. Correct the parameters named here.", Fields: faults}
	}
	return before, limit, nil
}

// patchAuthor is PATCH /events/S/authors/KEY, RFC 7396: what is absent stays, null is false. Saying that one of the
// two holds takes the other back.
func (s *Server) patchAuthor(w http.ResponseWriter, r *http.Request) error {
	slug, key := chi.URLParam(r, "event"), chi.URLParam(r, "key")
	g, err := s.need(w, r, slug, moderation.Moderate)
	if err != nil {
		return err
	}
	s.sync(r.Context())
	if _, err := s.event(r); err != nil {
		return err
	}
	if _, ok := s.Record.Author(slug, key); !ok {
		return notFound("Nobody with this key has sent anything to this event.")
	}
	var body struct {
		Trusted json.RawMessage `json:"trusted"`
		Blocked json.RawMessage `json:"blocked"`
	}
	if err := decode(w, r, maxBody, &body, false); err != nil {
		return err
	}
	req := moderation.AuthorRequest{Op: op(r), Event: slug, Key: key, By: actor(g)}
	if req.Trusted, err = yesOrNo("trusted", body.Trusted); err != nil {
		return err
	}
	if req.Blocked, err = yesOrNo("blocked", body.Blocked); err != nil {
		return err
	}
	rev, present, err := ifMatch(r)
	if err != nil {
		return err
	}
	if present {
		req.Rev = &rev
	}
	d, err := s.Desk.DecideAuthor(r.Context(), req)
	if err != nil && !isStale(err) {
		return err
	}
	s.seen(r.Context(), d.Rev)
	a, _ := s.Record.Author(slug, key)
	if err != nil {
		return stale(viewAuthor(a), a.Decision.Rev, err)
	}
	return writeJSON(w, http.StatusOK, viewAuthor(a), a.Decision.Rev)
}

// yesOrNo reads true, false, or null for the default, which is false; nil where the field is absent.
func yesOrNo(field string, raw json.RawMessage) (*bool, error) {
	if raw == nil {
		return nil, nil
	}
	var v bool
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, moderation.Invalid(field, "This has to be true or false.")
	}
	return &v, nil
}
