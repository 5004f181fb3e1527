package moderation

import "time"

// Alias says that one thing has a second stable key: what a bridge carried to another network has a key there, and
// is the same submission. It is written once, in one batch with the first revision of the submission it names, and
// never changed.
type Alias struct {
	Event string    `json:"event"`
	ID    string    `json:"id"` // SubmissionID of the second key
	Rev   uint64    `json:"-"`  // stream sequence; 0 before it is stored
	Of    string    `json:"of"` // id of the submission
	At    time.Time `json:"at"`
}
