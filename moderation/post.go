package moderation

import (
	"log/slog"
	"strconv"
	"time"
)

// Post is what a source delivers: a first sight, an edit or a deletion of one thing somebody sent.
// Sources clean Text and names before they deliver it; Take trusts nothing else about it.
type Post struct {
	Event  string `json:"event"`
	Source Source `json:"source"`
	// Key is the source's stable key of the thing, the same for all its versions and on every server that
	// shows it, such as "ap:https://…" or "form:" and a UUID.
	Key string `json:"key"`
	// Aliases are other stable keys of the same thing, at most three of which are heeded: those under which a copy of it,
	// or what it is a copy of, may come. What shares one is one submission.
	Aliases []string `json:"aliases,omitempty"`
	Version string   `json:"version,omitempty"` // grows with edits, compared as bytes; empty where a source has none
	Deleted bool     `json:"deleted,omitempty"` // gone from its network; only Event, Source, Key and SeenAt count then

	// Renamed says how the author of what is on record is called by now, and nothing else: only Event, Source, Key,
	// Author and SeenAt count then. What is not on record is left alone.
	Renamed bool `json:"renamed,omitempty"`

	Kind     Kind       `json:"kind,omitempty"` // empty: as the event's mode has it
	Text     string     `json:"text"`
	Lang     string     `json:"lang,omitempty"`
	Author   PostAuthor `json:"author"`
	URL      string     `json:"url,omitempty"` // permalink
	ReplyTo  string     `json:"reply_to,omitempty"`
	Tags     []string   `json:"tags,omitempty"` // hashtags, without #
	Prompt   *int       `json:"prompt,omitempty"`
	PostedAt time.Time  `json:"posted_at"`
	SeenAt   time.Time  `json:"seen_at"`

	Warning string `json:"warning,omitempty"` // content warning of the network; non-empty or Sensitive: arrives held
	// Sensitive is the network's own mark.
	Sensitive bool `json:"sensitive,omitempty"`
	// Busy is set where more than the event's limit came in a second: it is accepted, and held.
	Busy bool `json:"busy,omitempty"`
	// Request is a digest of the request that brought it, where it came with an idempotency key.
	Request string `json:"request,omitempty"`
	// By is who typed it in, for Desk; empty otherwise.
	By *Actor `json:"by,omitempty"`
}

// PostAuthor is an author as a source sees one.
type PostAuthor struct {
	Account string `json:"account"` // stable account id on the network; form: the visitor. Only its HMAC is kept.
	Name    string `json:"name,omitempty"`
	Handle  string `json:"handle,omitempty"`
	URL     string `json:"url,omitempty"`
	Avatar  string `json:"avatar,omitempty"`
}

// Submitted is what became of one post that was handed in with others.
type Submitted struct {
	Duplicate bool   // this version of it was stored already
	Seq       uint64 // of votes: the sequence by which it is stored
	Err       error  // nil: it is stored for good; ErrInvalid: it can never be stored; else hand it in again
}

// ID is the id of the submission that the post is, or is a version of.
func (p Post) ID() string { return SubmissionID(p.Event, p.Key) }

// MsgID identifies this version of the post, for the store's duplicate window.
func (p Post) MsgID() string {
	v := p.Version
	switch {
	case p.Deleted:
		v = "deleted"
	case p.Renamed: // a name may come back within the duplicate window
		v = "renamed " + strconv.FormatInt(p.SeenAt.UnixNano(), 36)
	}
	return p.Event + "/" + p.ID() + "/" + v
}

// LogValue keeps what people wrote, and their names, out of the logs.
func (p Post) LogValue() slog.Value {
	return slog.GroupValue(slog.String("event", p.Event), slog.String("source", string(p.Source)), slog.String("submission", p.ID()))
}
