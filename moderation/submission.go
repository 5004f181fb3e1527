package moderation

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"log/slog"
	"time"
)

// State is where a submission stands. The zero value is no state; a stored submission always has one.
type State string

// The states of a submission; the table of Apply says what leads from one to another.
const (
	Pending   State = "pending"
	Held      State = "held"
	Approved  State = "approved"
	Live      State = "live"
	Answered  State = "answered"
	Rejected  State = "rejected"
	Withdrawn State = "withdrawn"
	Erased    State = "erased"
)

// States lists every state, in the order in which pages show them.
var States = []State{Pending, Held, Approved, Live, Answered, Rejected, Withdrawn, Erased}

// Public reports whether the public board shows a submission in state s.
func (s State) Public() bool { return s == Approved || s == Live || s == Answered }

// Gone reports whether s is an end: nothing but erasing leads out of it.
func (s State) Gone() bool { return s == Withdrawn || s == Erased }

// Kind is what a submission is: a question or story for a panel, an answer in a chat.
type Kind string

// The kinds of submission.
const (
	Question Kind = "question"
	Story    Kind = "story"
	Answer   Kind = "answer"
)

// Source is the kind of place a submission came from.
type Source string

// The sources. Desk is what a moderator types in for somebody in the room.
const (
	FromForm     Source = "form"
	FromX        Source = "x"
	FromMastodon Source = "mastodon"
	FromBluesky  Source = "bluesky"
	FromFeed     Source = "feed"
	FromWebhook  Source = "webhook"
	FromImport   Source = "import"
	FromDesk     Source = "desk"
)

// Valid reports whether s is one of the sources above.
func (s Source) Valid() bool {
	switch s {
	case FromForm, FromX, FromMastodon, FromBluesky, FromFeed, FromWebhook, FromImport, FromDesk:
		return true
	}
	return false
}

// Author is who sent a submission, as far as it may be shown. Empty strings mean "not known".
type Author struct {
	Name   string `json:"name,omitempty"`
	Handle string `json:"handle,omitempty"`
	URL    string `json:"url,omitempty"`    // profile page on the network
	Avatar string `json:"avatar,omitempty"` // a path on this server, never a foreign address
	// Key is AuthorKey of the account: equal for equal accounts of one event, and of no use outside it.
	Key string `json:"key,omitempty"`
}

// Flag asks a moderator for a second look at a part of the text. It never decides anything.
type Flag struct {
	Kind   string `json:"kind"`   // FlagEmail and the others
	Detail string `json:"detail"` // what was found, in plain words
	// Span is where, in code points of the submission's Text, the end exclusive; [0, 0] where it is about the whole of
	// it, its author's name, or how it came.
	Span [2]int `json:"span"`
}

// Actor is who did something: a person by role and name, or a source.
type Actor struct {
	Role Role   `json:"role"`
	Name string `json:"name"`
	// ID tells callers of one name apart; undo takes back only what the same ID did. Never shown.
	ID string `json:"id,omitempty"`
}

// LogValue keeps names out of the logs.
func (a Actor) LogValue() slog.Value { return slog.StringValue(string(a.Role)) }

// Change says how a revision came about.
type Change struct {
	Action ActionName `json:"action"`
	By     Actor      `json:"by"`
	At     time.Time  `json:"at"`
	Reason string     `json:"reason,omitempty"`
	// Op names the operation, so that one asked for again after a lost answer is known. Never shown.
	Op string `json:"op,omitempty"`
}

// Submission is one thing that somebody sent, whole, as of revision Rev.
// Values are shared between readers: never change what a slice or pointer field points to.
type Submission struct {
	ID    string `json:"id"`
	Event string `json:"event"`
	Rev   uint64 `json:"-"` // stream sequence of this revision; 0 before it is stored

	Kind       Kind      `json:"kind"`
	Text       string    `json:"text"`               // NFC, cleaned
	Original   string    `json:"original,omitempty"` // as sent, where it was edited
	Lang       string    `json:"lang,omitempty"`     // BCP 47; empty: unknown
	Author     Author    `json:"author"`
	Source     Source    `json:"source"`
	URL        string    `json:"url,omitempty"`
	PostedAt   time.Time `json:"posted_at"`
	ReceivedAt time.Time `json:"received_at"`
	First      bool      `json:"first,omitempty"`   // the first that its author sent to the event
	Version    string    `json:"version,omitempty"` // the source's version of the text, for edits
	Request    string    `json:"request,omitempty"` // digest of the request that sent it, for repeated idempotency keys

	State State `json:"state"`
	// OnArrival says that a policy approved it as it arrived; an approval by a person clears it.
	OnArrival bool `json:"on_arrival,omitempty"`
	// ReviewedBy is who approved it first, in an event where two people have to; nil: nobody, or it is not needed.
	ReviewedBy *Actor `json:"reviewed_by,omitempty"`
	Reason     string `json:"reason,omitempty"` // why rejected or held; shown to the sender
	Rank       string `json:"rank,omitempty"`   // place in the queue; see RankBetween
	Flags      []Flag `json:"flags,omitempty"`
	Note       string `json:"note,omitempty"` // to the chair

	Prompt       *int     `json:"prompt,omitempty"`
	Part         string   `json:"part,omitempty"`
	FiledBy      string   `json:"filed_by,omitempty"`
	Late         bool     `json:"late,omitempty"`
	Host         bool     `json:"host,omitempty"`
	Relayed      bool     `json:"relayed,omitempty"`
	ReplyTo      string   `json:"reply_to,omitempty"`
	Tags         []string `json:"tags,omitempty"`
	ParaphraseOf string   `json:"paraphrase_of,omitempty"`
	MergedInto   string   `json:"merged_into,omitempty"`  // the one that stands for it, which is merged into none
	MergedUnder  string   `json:"merged_under,omitempty"` // the one it came there with, if it came with another
	// SimilarTo names what asked the same when this was received, or its text last changed: at most five, best first.
	// It is a suggestion: some of them may be gone since.
	SimilarTo []string `json:"similar_to,omitempty"`

	AnsweredAt *time.Time `json:"answered_at,omitempty"`
	Change     Change     `json:"change"`
	// Past is the outline of the revisions that were erased with the text of a withdrawn submission.
	Past []Outline `json:"past,omitempty"`
}

// Shown reports whether the public board shows s: approved, live or answered, and not merged into another.
func (s Submission) Shown() bool { return s.State.Public() && s.MergedInto == "" }

// Outline is what remains of an erased revision: who did what and when, without a word of what was sent.
type Outline struct {
	Rev    uint64 `json:"rev"`
	State  State  `json:"state"`
	Change Change `json:"change"`
}

// LogValue keeps what people wrote, and their names, out of the logs.
func (s Submission) LogValue() slog.Value {
	return slog.GroupValue(slog.String("event", s.Event), slog.String("submission", s.ID),
		slog.Uint64("rev", s.Rev), slog.String("state", string(s.State)))
}

var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// SubmissionID returns the id of the submission with this stable key in this event: the first 26 characters of
// lower-case base32 of SHA-256 over both (130 bits). Equal input gives the equal id, today and next month, which
// is what makes a post seen twice one submission.
func SubmissionID(event, key string) string {
	sum := sha256.Sum256([]byte(event + "\x00" + key))
	return idEncoding.EncodeToString(sum[:])[:26]
}

// AuthorKey returns the opaque key of an account (form: of a visitor) in one event. The secret is the
// deployment's own, so that nobody can go from a key to an account by trying.
func AuthorKey(secret []byte, event string, source Source, account string) string {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte("author\x00" + event + "\x00" + string(source) + "\x00" + account))
	return idEncoding.EncodeToString(m.Sum(nil))[:26]
}
