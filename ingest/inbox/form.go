package inbox

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/text"
)

// defaultLength is the longest text where an event sets none, in grapheme clusters.
const defaultLength = 500

// Submission is what somebody typed in and sent.
type Submission struct {
	Text    string
	Name    string          // empty: without a name
	Kind    moderation.Kind // empty: what the event's mode starts with
	Prompt  *int
	Consent bool
	Lang    string // BCP 47; empty or malformed: unknown
	Visitor string // who sent it, opaque; only its HMAC is kept. Empty: nobody known

	IdempotencyKey string // empty: this is no repetition of anything
	BodyDigest     string // of the request, kept where there is an idempotency key
	Busy           bool   // more than the event's limit comes in: accepted, and held

	// By is the moderator who typed it in for somebody in the room: then its source is the desk, and nobody is
	// asked for consent. Nil: it came by the form.
	By *moderation.Actor
}

// Intake stores posts until moderation has taken them. It is safe for concurrent use.
type Intake interface {
	// Submit returns once the post is stored for good; duplicate says that this version of it already was. An
	// error that is moderation.ErrInvalid means that this post can never be stored.
	Submit(ctx context.Context, p moderation.Post) (duplicate bool, err error)
}

// Form takes what attendees send by the form or the API. It is safe for concurrent use.
type Form struct {
	intake Intake
}

// NewForm returns a Form that stores in intake.
func NewForm(intake Intake) (*Form, error) {
	if intake == nil {
		return nil, errors.New("form: an intake is needed")
	}
	return &Form{intake: intake}, nil
}

// Submit checks and cleans what somebody sent to e and returns its id once it is stored for good; duplicate says
// that it was stored before, by the same idempotency key. Errors: a *moderation.Problem of kind ErrClosed where the
// event takes nothing now, and of kind ErrInvalid with all bad fields (text, name, kind, prompt, consent);
// otherwise the intake's, after which it may or may not be stored.
func (f *Form) Submit(ctx context.Context, e moderation.Event, s Submission) (id string, duplicate bool, err error) {
	now := time.Now()
	if err := ready(e, &s, now); err != nil {
		return "", false, err
	}
	post := moderation.Post{
		Event: e.Slug, Source: moderation.FromForm, Key: Key(e.Slug, s.IdempotencyKey), Kind: s.Kind, Text: s.Text, Lang: s.Lang,
		Author: moderation.PostAuthor{Account: s.Visitor, Name: s.Name}, Prompt: s.Prompt, PostedAt: now, Busy: s.Busy,
	}
	if s.By != nil {
		post.Source, post.By = moderation.FromDesk, s.By
	}
	if s.IdempotencyKey != "" {
		post.Request = s.BodyDigest
	}
	if post.Author.Account == "" {
		post.Author.Account = post.Key // nobody known: not the same person as the next such one
	}
	if post, err = ingest.Tidy(post, now); err != nil {
		return "", false, moderation.Invalid("text", "Write something first.")
	}
	duplicate, err = f.intake.Submit(ctx, post)
	if err != nil {
		return "", false, fmt.Errorf("submit %s: %w", post.ID(), err)
	}
	return post.ID(), duplicate, nil
}

// Check returns what Submit would refuse s for, and stores nothing.
func (f *Form) Check(e moderation.Event, s Submission) error { return ready(e, &s, time.Now()) }

// Open returns what Submit would refuse everything for: that e takes nothing now. Votes keep to it too.
func (f *Form) Open(e moderation.Event) error { return closed(e, time.Now()) }

// ready cleans s, or says why e does not take it.
func ready(e moderation.Event, s *Submission, now time.Time) error {
	if err := closed(e, now); err != nil {
		return err
	}
	s.Text = Clean(s.Text)
	s.Name = strings.Join(strings.Fields(text.Normalise(s.Name)), " ")
	return check(e, s)
}

// Clean returns a text as Submit stores it.
func Clean(s string) string { return text.ClipMarks(text.Normalise(s)) }

// check returns all that is wrong with s, and nil where nothing is. It fills in the kind.
func check(e moderation.Event, s *Submission) error {
	var bad []moderation.Field
	add := func(field, detail string) { bad = append(bad, moderation.Field{Field: field, Detail: detail}) }

	most := e.MaxLength
	if most <= 0 {
		most = defaultLength
	}
	switch n := text.Length(s.Text); {
	case n == 0:
		add("text", "Write something first.")
	case n > most:
		add("text", fmt.Sprintf("It has %d characters. Shorten it to %d.", n, most))
	case len(s.Text) > ingest.TextBytes:
		add("text", "It is too long. Shorten it.")
	}
	if n := text.Length(s.Name); n > text.NameGraphemes {
		add("name", fmt.Sprintf("It has %d characters. Shorten it to %d, or leave it empty.", n, text.NameGraphemes))
	}
	s.Name = text.Name(s.Name)
	if detail := kind(e.Mode, &s.Kind); detail != "" {
		add("kind", detail)
	}
	if s.Prompt != nil {
		if e.Mode == moderation.Chat {
			add("prompt", fmt.Sprintf("There is no prompt %d that is open. Leave it empty.", *s.Prompt))
		} else {
			add("prompt", "This event has no prompts. Leave it empty.")
		}
	}
	if e.Consent.Required && !s.Consent && s.By == nil {
		add("consent", "Agree to it before you send.")
	}
	if len(bad) == 0 {
		return nil
	}
	detail := bad[0].Detail
	if len(bad) > 1 {
		detail = fmt.Sprintf("There are %d things to put right.", len(bad))
	}
	return &moderation.Problem{Kind: moderation.ErrInvalid, Detail: detail, Fields: bad}
}

// kind fills in the kind that an event of this mode starts with, and returns what is wrong with one that does not
// belong there.
func kind(mode moderation.Mode, k *moderation.Kind) string {
	first, second := moderation.Question, moderation.Story
	if mode == moderation.Chat {
		first, second = moderation.Answer, moderation.Question
	}
	switch *k {
	case "":
		*k = first
		return ""
	case first, second:
		return ""
	}
	return fmt.Sprintf("Choose %s or %s.", first, second)
}

// Key returns the stable key of a submission by the form: made of the idempotency key within the event and this route, else a fresh one.
func Key(event, idempotency string) string {
	if idempotency == "" {
		return "form:" + uuid()
	}
	sum := sha256.Sum256([]byte("idempotency\x00" + event + "\x00submissions\x00" + idempotency))
	return "form:" + hex.EncodeToString(sum[:16])
}

// uuid returns a random UUID (RFC 9562 section 5.4).
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// closed returns why e takes nothing now, in words that say when it does or did; nil where it is open.
func closed(e moderation.Event, now time.Time) error {
	switch e.StateAt(now) {
	case moderation.Open:
		return nil
	case moderation.Draft:
		return &moderation.Problem{Kind: moderation.ErrClosed,
			Detail: fmt.Sprintf("It has not opened yet. It opens on %s..", when(e, e.OpensAt))}
	}
	detail := "It is closed and takes nothing more."
	if e.ClosesAt != nil && !now.Before(*e.ClosesAt) {
		detail = fmt.Sprintf("It closed on %s and takes nothing more.", when(e, *e.ClosesAt))
	}
	return &moderation.Problem{Kind: moderation.ErrClosed, Detail: detail + " What was sent before is kept."}
}

// when writes a time as the people in the event's zone read it.
func when(e moderation.Event, t time.Time) string {
	zone, err := time.LoadLocation(e.Zone)
	if err != nil || e.Zone == "" {
		zone = time.UTC
	}
	return t.In(zone).Format("2 January 2006 at 15:04 MST")
}
