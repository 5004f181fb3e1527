package web

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/openfloor/openfloor/display"
	"github.com/openfloor/openfloor/ingest/inbox"
	"github.com/openfloor/openfloor/moderation"
)

// Limits of what a moderator may ask for.
const (
	defaultPage = 50
	maxPage     = 200
)

// submissionBody is what POST /events/S/submissions takes.
type submissionBody struct {
	Text    string          `json:"text"`
	Name    *string         `json:"name"`
	Kind    moderation.Kind `json:"kind"`
	Prompt  *int            `json:"prompt"`
	Consent *bool           `json:"consent"`
	// Source is desk where a moderator types in what somebody says in the room; else absent, or form.
	Source *moderation.Source `json:"source"`
}

// accepted is the answer to a submission.
type accepted struct {
	ID      string `json:"id"`
	State   string `json:"state"`
	Receipt string `json:"receipt"`
}

// createSubmission is POST /events/S/submissions: 202 once it is stored for good.
func (s *Server) createSubmission(w http.ResponseWriter, r *http.Request) error {
	if err := s.maySubmit(w, r); err != nil {
		return err
	}
	ev, err := s.event(r)
	if err != nil {
		return err
	}
	raw, err := readBody(w, r, maxSubmissionBody)
	if err != nil {
		return err
	}
	var body submissionBody
	if raw == nil {
		return badRequest("The body is empty. Send one JSON object with the text.")
	}
	if err := moderation.DecodeStrict(strings.NewReader(string(raw)), &body); err != nil {
		return err
	}
	key, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	in := inbox.Submission{Text: body.Text, Kind: body.Kind, Prompt: body.Prompt, IdempotencyKey: key}
	if body.Name != nil {
		in.Name = *body.Name
	}
	if body.Consent != nil {
		in.Consent = *body.Consent
	}
	switch from := body.Source; {
	case from == nil || *from == moderation.FromForm:
	case *from == moderation.FromDesk:
		g, err := s.need(w, r, ev.Slug, moderation.Moderate)
		if err != nil {
			return err
		}
		by := actor(g)
		in.By = &by
	default:
		return moderation.Invalid("source", "This is desk where a moderator types in what somebody says in the room; else leave it out.")
	}
	id, err := s.submit(w, r, ev, in)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusAccepted, accepted{ID: id, State: string(moderation.Pending), Receipt: s.base(r) + "/r/" + s.receiptToken(id)}, 0)
}

// submissionDigest is the digest of what a submission says, the same whether it came by form or as JSON: a script
// that did not get an answer may leave the repeat to the browser's form.
func submissionDigest(in inbox.Submission) string {
	prompt := ""
	if in.Prompt != nil {
		prompt = strconv.Itoa(*in.Prompt)
	}
	words := []string{inbox.Clean(in.Text), strings.Join(strings.Fields(in.Name), " "), string(in.Kind), prompt, strconv.FormatBool(in.Consent)}
	if in.By != nil {
		words = append(words, string(moderation.FromDesk))
	}
	return hexOf(digest([]byte(strings.Join(words, "\x00"))))
}

// maySubmit refuses a token of a role that does not submit, such as a screen's. A browser that joined as a screen
// is its user's all the same, and an attendee by the visitor cookie.
func (s *Server) maySubmit(w http.ResponseWriter, r *http.Request) error {
	if _, token := bearer(r); !token {
		return nil
	}
	c, _ := s.caller(w, r)
	if g, ok := c.For(chi.URLParam(r, "event")); ok && !g.Role.May(moderation.Submit) {
		return forbidden("A " + string(g.Role) + " does not send submissions. Send it without this token, as an attendee.")
	}
	return nil
}

// submit hands in what an attendee sent, by API or form, and returns its id once it is stored for good. A repeat
// of what is stored, and what is refused for its own sake, count towards no limit.
func (s *Server) submit(w http.ResponseWriter, r *http.Request, ev moderation.Event, in inbox.Submission) (string, error) {
	if in.By == nil { // whoever types it in at the desk is not the one who said it
		in.Visitor = s.visitor(w, r)
	}
	if in.IdempotencyKey != "" {
		in.BodyDigest = submissionDigest(in)
		if first, ok := s.firstOf(ev.Slug, in); ok {
			return first, s.sameRequest(ev.Slug, first, in)
		}
	}
	if err := s.Form.Check(ev, in); err != nil {
		return "", err
	}
	c, known := s.caller(w, r)
	if g, team := c.For(ev.Slug); !known || !team || !g.Role.May(moderation.Submit) {
		if wait := s.Limits.Allow(in.Visitor, client(r)); wait > 0 {
			return "", tooMany(wait)
		}
		in.Busy = s.Limits.Busy(ev.Slug)
	}
	id, duplicate, err := s.Form.Submit(r.Context(), ev, in)
	if err != nil {
		return "", err
	}
	post := sentPost{id: id, event: ev.Slug, author: s.authorKey(ev.Slug, in.Visitor), text: inbox.Clean(in.Text), kind: in.Kind, request: in.BodyDigest}
	if duplicate { // what the first one said is not known here, unless it came this way
		post.request = ""
	}
	s.sent.add(post, duplicate)
	s.awaitSubmission(r, ev.Slug, id)
	if duplicate && in.IdempotencyKey != "" {
		return id, s.sameRequest(ev.Slug, id, in)
	}
	return id, nil
}

// firstOf looks whether a submission with this key has been made already.
func (s *Server) firstOf(event string, in inbox.Submission) (string, bool) {
	id := moderation.SubmissionID(event, inbox.Key(event, in.IdempotencyKey))
	if _, ok := s.Record.Submission(event, id); ok {
		return id, true
	}
	_, ok := s.sent.get(id)
	return id, ok
}

// sameRequest returns an error when the submission came with another body than this one under the same key.
func (s *Server) sameRequest(event, id string, in inbox.Submission) error {
	was := ""
	if sub, ok := s.Record.Submission(event, id); ok {
		was = sub.Request
	} else if p, ok := s.sent.get(id); ok {
		was = p.request
	}
	if was != "" && was != in.BodyDigest {
		return &failure{status: http.StatusUnprocessableEntity, name: "key-reused",
			detail: "This Idempotency-Key came with another body before. Use a new key for a new submission."}
	}
	return nil
}

// awaitSubmission waits a moment for a submission to come into the record, so that the page after it shows it.
// It is stored already: when moderation is down, that is all there is to wait for.
func (s *Server) awaitSubmission(r *http.Request, event, id string) {
	s.awaitSubmissionFor(r, event, id, 250*time.Millisecond)
}

func (s *Server) awaitSubmissionFor(r *http.Request, event, id string, most time.Duration) {
	deadline := time.NewTimer(most)
	defer deadline.Stop()
	for {
		wake := s.Record.Changed()
		if _, ok := s.Record.Submission(event, id); ok {
			s.sent.drop(id)
			return
		}
		select {
		case <-wake:
		case <-deadline.C:
			return
		case <-r.Context().Done():
			return
		}
	}
}

func tooMany(wait time.Duration) error {
	secs := max(1, int((wait+time.Second-1)/time.Second))
	return &failure{status: http.StatusTooManyRequests, name: "too-many", retry: wait,
		detail: "You can send another in " + strconv.Itoa(secs) + " seconds. Your words are still here."}
}

// mineView is one of the caller's own submissions.
type mineView struct {
	ID         string    `json:"id"`
	Kind       string    `json:"kind"`
	Text       string    `json:"text"`
	Status     string    `json:"status"`
	Reason     *string   `json:"reason"`
	MergedInto *string   `json:"merged_into"`
	PostedAt   time.Time `json:"posted_at"`
	Receipt    string    `json:"receipt"`
}

// mine is GET /events/S/mine: the caller's own submissions, by the visitor cookie.
func (s *Server) mine(w http.ResponseWriter, r *http.Request) error {
	visitor, ok := s.knownVisitor(r)
	if !ok {
		return unauthenticated("Open the event's page first: it gives your browser the cookie by which your own submissions are found.")
	}
	s.sync(r.Context())
	ev, err := s.event(r)
	if err != nil {
		return err
	}
	items := []mineView{}
	for _, m := range s.own(ev.Slug, visitor) {
		v := mineView{ID: m.ID, Kind: string(m.Kind), Text: m.Text, Status: string(status(m)), PostedAt: m.PostedAt.UTC(),
			Receipt: s.base(r) + "/r/" + s.receiptToken(m.ID)}
		if m.State == moderation.Rejected {
			v.Reason = given(m.Reason)
		}
		if v.MergedInto = given(m.MergedInto); v.MergedInto != nil {
			v.Status = merged
		}
		items = append(items, v)
	}
	return writeJSON(w, http.StatusOK, listOf(items), 0)
}

// own returns what a visitor sent to an event, newest first: what is on the record, and what this process has
// stored a moment ago and nobody has taken in yet.
func (s *Server) own(event, visitor string) []moderation.Submission {
	key := s.authorKey(event, visitor)
	recorded := s.Record.ByAuthor(event, key)
	var out []moderation.Submission
	for _, p := range s.sent.by(key) {
		if _, ok := s.Record.Submission(event, p.id); ok {
			s.sent.drop(p.id)
			continue
		}
		out = append(out, p.submission())
	}
	for _, m := range recorded {
		if m.State != moderation.Erased {
			out = append(out, m)
		}
	}
	return out
}

// merged is what senders are told of something that was merged into another.
const merged = "merged"

// status is the state as its sender is told it: that something is held is the moderators' affair.
func status(m moderation.Submission) moderation.State {
	if m.State == moderation.Held {
		return moderation.Pending
	}
	return m.State
}

// listSubmissions is GET /events/S/submissions: newest received first.
func (s *Server) listSubmissions(w http.ResponseWriter, r *http.Request) error {
	slug := chi.URLParam(r, "event")
	if _, err := s.need(w, r, slug, moderation.Moderate); err != nil {
		return err
	}
	s.sync(r.Context())
	if _, err := s.event(r); err != nil {
		return err
	}
	f, err := filter(r.URL.Query())
	if err != nil {
		return err
	}
	page, more := s.Record.List(slug, f)
	items := make([]display.ModerationItem, 0, len(page))
	for _, m := range page {
		if it, ok := display.Moderation(m, s.Record.Pool(m)); ok {
			items = append(items, it)
		}
	}
	l := listOf(items)
	if more {
		c := cursor(page[len(page)-1].Position())
		l.Next = &c
	}
	return writeJSON(w, http.StatusOK, l, 0)
}

// filter reads the query of listSubmissions and tells every fault of it.
func filter(q url.Values) (moderation.Filter, error) {
	f := moderation.Filter{Limit: defaultPage}
	var faults []moderation.Field
	bad := func(field, detail string) { faults = append(faults, moderation.Field{Field: field, Detail: detail}) }
	for name := range q {
		if !slices.Contains([]string{"state", "source", "q", "after", "limit", "lang"}, name) {
			bad(name, "There is no such parameter. Leave it out.")
		}
	}
	for _, v := range q["state"] {
		if !slices.Contains(moderation.States, moderation.State(v)) {
			bad("state", "There is no state "+strconv.Quote(v)+".")
			continue
		}
		f.States = append(f.States, moderation.State(v))
	}
	for _, v := range q["source"] {
		if !moderation.Source(v).Valid() {
			bad("source", "There is no source "+strconv.Quote(v)+".")
			continue
		}
		f.Sources = append(f.Sources, moderation.Source(v))
	}
	if v := q.Get("limit"); q.Has("limit") {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > maxPage {
			bad("limit", "A number from 1 to 200.")
		}
		f.Limit = n
	}
	if v := q.Get("after"); v != "" {
		at, err := parseCursor(v)
		if err != nil {
			bad("after", "This is not a cursor that a list gave you in next. Begin again without it.")
		}
		f.Before = at
	}
	f.Query = q.Get("q")
	if len(faults) > 0 {
		return f, &moderation.Problem{Kind: moderation.ErrInvalid, Detail: "The list cannot be made like this. Correct the parameters named here.", Fields: faults}
	}
	return f, nil
}

// cursor writes a place in a list; parseCursor reads it back.
func cursor(p moderation.Position) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(p.At.UnixMicro(), 36) + "." + p.ID))
}

func parseCursor(v string) (moderation.Position, error) {
	raw, err := base64.RawURLEncoding.DecodeString(v)
	if err != nil {
		return moderation.Position{}, err
	}
	at, id, ok := strings.Cut(string(raw), ".")
	micro, err := strconv.ParseInt(at, 36, 64)
	if !ok || err != nil || id == "" || micro <= 0 {
		return moderation.Position{}, errors.New("not a cursor")
	}
	return moderation.Position{At: time.UnixMicro(micro).UTC(), ID: id}, nil
}

// getSubmission is GET /events/S/submissions/ID.
func (s *Server) getSubmission(w http.ResponseWriter, r *http.Request) error {
	m, err := s.moderated(w, r)
	if err != nil {
		return err
	}
	it, ok := display.Moderation(m, s.Record.Pool(m))
	if !ok {
		return gone()
	}
	return writeJSON(w, http.StatusOK, it, m.Rev)
}

// moderated returns the submission that the path names, for a moderator.
func (s *Server) moderated(w http.ResponseWriter, r *http.Request) (moderation.Submission, error) {
	slug := chi.URLParam(r, "event")
	if _, err := s.need(w, r, slug, moderation.Moderate); err != nil {
		return moderation.Submission{}, err
	}
	s.sync(r.Context())
	if _, err := s.event(r); err != nil {
		return moderation.Submission{}, err
	}
	m, ok := s.Record.Submission(slug, chi.URLParam(r, "id"))
	if !ok {
		return m, noSuchSubmission()
	}
	if m.State == moderation.Erased {
		return m, gone()
	}
	return m, nil
}

func gone() error {
	return &failure{status: http.StatusGone, name: "not-found", detail: "It was erased, and nothing of it is left."}
}

// outcome is what a submission was before or after a change.
type outcome struct {
	State      moderation.State `json:"state"`
	Kind       moderation.Kind  `json:"kind"`
	Text       *string          `json:"text"` // nil where it was erased, as are the note and the tags
	Rank       string           `json:"rank"`
	Reason     *string          `json:"reason"`
	Note       *string          `json:"note"`
	Tags       []string         `json:"tags"`
	Prompt     *int             `json:"prompt"`
	MergedInto *string          `json:"merged_into"`
}

// outcomeOf is the outcome of one revision; gone: without a word of it.
func outcomeOf(m moderation.Submission, gone bool) outcome {
	o := outcome{State: m.State, Kind: m.Kind, Rank: m.Rank, Tags: []string{}, Prompt: m.Prompt, Reason: given(m.Reason), MergedInto: given(m.MergedInto)}
	if !gone {
		o.Text, o.Note = &m.Text, given(m.Note)
		o.Tags = append(o.Tags, m.Tags...)
	}
	return o
}

// given makes the empty string null.
func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// historyEntry is one change of a submission.
type historyEntry struct {
	Rev    uint64    `json:"rev"`
	Action string    `json:"action"`
	By     historyBy `json:"by"`
	At     time.Time `json:"at"`
	Reason *string   `json:"reason"`
	Before *outcome  `json:"before"` // nil for the first
	After  outcome   `json:"after"`
}

type historyBy struct {
	Role string `json:"role"`
	Name string `json:"name"`
}

// history is GET /events/S/submissions/ID/history: who did what and when, oldest first.
func (s *Server) history(w http.ResponseWriter, r *http.Request) error {
	m, err := s.moderated(w, r)
	if err != nil {
		return err
	}
	revisions, err := s.Store.History(r.Context(), m.Event, m.ID)
	if err != nil {
		return err
	}
	// What was taken back says nothing any more, also while the revisions before are being erased.
	gone := m.State.Gone() || slices.ContainsFunc(revisions, func(rev moderation.Submission) bool { return rev.State.Gone() })
	var items []historyEntry
	var before *outcome
	add := func(rev uint64, c moderation.Change, after outcome) {
		e := historyEntry{Rev: rev, Action: string(c.Action), By: historyBy{string(c.By.Role), c.By.Name}, At: c.At.UTC(),
			Reason: given(c.Reason), Before: before, After: after}
		items = append(items, e)
		before = &after
	}
	for _, rev := range revisions {
		for _, o := range rev.Past { // what was erased with the words comes first, in outline
			if !slices.ContainsFunc(items, func(e historyEntry) bool { return e.Rev == o.Rev }) {
				add(o.Rev, o.Change, outcome{State: o.State, Tags: []string{}})
			}
		}
		add(rev.Rev, rev.Change, outcomeOf(rev, gone))
	}
	return writeJSON(w, http.StatusOK, listOf(items), m.Rev)
}
