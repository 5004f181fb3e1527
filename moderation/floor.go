package moderation

import (
	"context"
	"time"
)

// Entry is one thing on the record: exactly one of the pointers is set. Its Rev is the revision that it replaces
// (0: the first) when it is put, and its own when it is read.
type Entry struct {
	Submission *Submission
	Event      *Event
	Stage      *Stage
	Author     *AuthorDecision
	Alias      *Alias
	Signal     *Signal
}

// Rev returns the revision of whatever the entry holds.
func (e Entry) Rev() uint64 {
	switch {
	case e.Submission != nil:
		return e.Submission.Rev
	case e.Event != nil:
		return e.Event.Rev
	case e.Stage != nil:
		return e.Stage.Rev
	case e.Author != nil:
		return e.Author.Rev
	case e.Alias != nil:
		return e.Alias.Rev
	case e.Signal != nil:
		return e.Signal.Rev
	}
	return 0
}

// EventSlug returns the event that the entry belongs to.
func (e Entry) EventSlug() string {
	switch {
	case e.Submission != nil:
		return e.Submission.Event
	case e.Event != nil:
		return e.Event.Slug
	case e.Stage != nil:
		return e.Stage.Event
	case e.Author != nil:
		return e.Author.Event
	case e.Alias != nil:
		return e.Alias.Event
	case e.Signal != nil:
		return e.Signal.Event
	}
	return ""
}

// Revision is an entry as it stands on FLOOR.
type Revision struct {
	Seq uint64    // stream sequence, the entry's Rev
	At  time.Time // when the store took it
	Entry
}

// Floor is the record, as the Desk needs it. It is safe for concurrent use.
type Floor interface {
	// Put appends the entries as one atomic batch, each on the condition that its Rev is the newest of its
	// subject, and returns them with their new revisions once they are stored for good. Op names the operation:
	// where the same op has already been stored (its acknowledgement was lost), Put returns what was stored then.
	// Errors: ErrStale when another write came first (nothing is stored), ErrUnavailable when the store does not
	// answer (then it may or may not be stored: try again with the same op).
	Put(ctx context.Context, op string, entries ...Entry) ([]Entry, error)
	// History returns the stored revisions of a submission, oldest first. An unknown id gives none.
	History(ctx context.Context, event, id string) ([]Submission, error)
	// Erase makes the revisions of a submission before rev unreadable, on disk too. Erasing twice is no error.
	Erase(ctx context.Context, event, id string, rev uint64) error
	// NewestSubmission returns a submission as it is stored, past every cache; ErrNotFound where there is none.
	NewestSubmission(ctx context.Context, event, id string) (Submission, error)
	// Last returns the newest sequence of the record: a reader that has applied it knows everything that was
	// acknowledged before the call.
	Last(ctx context.Context) (uint64, error)
}
