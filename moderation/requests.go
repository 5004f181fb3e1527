package moderation

import (
	"encoding/json"
)

// ActRequest asks the desk for one action on one submission.
type ActRequest struct {
	// Op names the operation, at random or after the caller's idempotency key: asked twice, it is done once.
	Op     string     `json:"op"`
	Event  string     `json:"event"`
	ID     string     `json:"id"`
	Rev    uint64     `json:"rev"` // the revision it was decided on; 0: whichever is newest, for the author's own
	Action ActionName `json:"action"`
	By     Actor      `json:"by"`
	Reason string     `json:"reason,omitempty"`
	Text   string     `json:"text,omitempty"`   // for Edit and Paraphrase; for NoteIt, where an empty one takes the note away
	Kind   Kind       `json:"kind,omitempty"`   // for SetKind
	Prompt *int       `json:"prompt,omitempty"` // for FileIt; nil: under none
	Add    []string   `json:"add,omitempty"`    // for TagIt
	Remove []string   `json:"remove,omitempty"` // for TagIt
	Into   string     `json:"into,omitempty"`   // for Merge
	After  string     `json:"after,omitempty"`  // for Move: the one it comes after; empty: to the top
}

// StageRequest asks the desk for a change of the stage. Nil fields stay as they are; at most one of Now and Take
// is set.
type StageRequest struct {
	Op     string     `json:"op"`
	Event  string     `json:"event"`
	Rev    *uint64    `json:"rev,omitempty"`  // the stage's revision it was decided on; nil: whichever is newest
	Now    *string    `json:"now,omitempty"`  // id, or empty for nobody
	Next   *string    `json:"next,omitempty"` // id, or empty for nobody
	Take   bool       `json:"take,omitempty"` // next becomes now; without a next, the first of the queue
	Finish bool       `json:"finish,omitempty"`
	Blank  *bool      `json:"blank,omitempty"`
	Mode   *StageMode `json:"mode,omitempty"`
	By     Actor      `json:"by"`
}

// EventRequest asks the desk to make or change an event. Action is CreateEvent, ChangeEvent, CloseEvent or
// ReopenEvent.
type EventRequest struct {
	Op     string          `json:"op"`
	Action ActionName      `json:"action"`
	Slug   string          `json:"slug,omitempty"`
	Rev    *uint64         `json:"rev,omitempty"`   // nil: whichever is newest
	Spec   *EventSpec      `json:"spec,omitempty"`  // for CreateEvent
	Patch  json.RawMessage `json:"patch,omitempty"` // for ChangeEvent, RFC 7396
	By     Actor           `json:"by"`
}
