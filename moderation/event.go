package moderation

import "time"

// Mode is what an event is: a panel takes questions and stories, a chat has prompts and answers.
type Mode string

// The modes.
const (
	Panel Mode = "panel"
	Chat  Mode = "chat"
)

// EventState says whether an event takes submissions.
type EventState string

// The states of an event.
const (
	Draft  EventState = "draft"  // before opens_at
	Open   EventState = "open"   // takes submissions
	Closed EventState = "closed" // by hand, or after closes_at; moderation goes on
)

// Consent is what an attendee has to agree to.
type Consent struct {
	Required bool   `json:"required"`
	Text     string `json:"text"`
}

// Policy says how arrivals are treated.
type Policy struct {
	Arrivals    string `json:"arrivals"`     // ArriveReview, ArriveTrust or ArriveOpenChat
	HoldFlagged bool   `json:"hold_flagged"` // what is flagged starts held
	// TwoPerson: one person reviews, another releases. Nothing is approved as it arrives then.
	TwoPerson bool `json:"two_person"`
	// BlockedWords are words and phrases whose texts start held, at most 500.
	BlockedWords []string `json:"blocked_words"`
}

// Label holds the two letters of a chat's prompts and answers.
type Label struct {
	Q string `json:"q"`
	A string `json:"a"`
}

// Event is one occasion, whole, as of revision Rev. Values are shared between readers: never change what a
// slice or pointer field points to.
type Event struct {
	Slug  string `json:"slug"`
	Rev   uint64 `json:"-"` // stream sequence of this revision; 0 before it is stored
	Title string `json:"title"`
	Mode  Mode   `json:"mode"`
	// State is as of the revision; StateAt says what it is at a time.
	State         EventState      `json:"state"`
	Shut          bool            `json:"shut,omitempty"` // closed by hand
	Hashtags      []string        `json:"hashtags"`       // without #, as the organiser writes them
	Zone          string          `json:"zone"`           // IANA name
	OpensAt       time.Time       `json:"opens_at"`
	StartsAt      *time.Time      `json:"starts_at,omitempty"`
	EndsAt        *time.Time      `json:"ends_at,omitempty"`
	ClosesAt      *time.Time      `json:"closes_at,omitempty"` // nil: by hand
	MaxLength     int             `json:"max_length"`          // grapheme clusters
	Consent       Consent         `json:"consent"`
	Policy        Policy          `json:"policy"`
	Frozen        bool            `json:"frozen"`
	Reasons       []string        `json:"reasons"`
	Languages     []string        `json:"languages"`
	Label         Label           `json:"label"`
	RetentionDays int             `json:"retention_days"`
	Theme         string          `json:"theme,omitempty"`
	Sources       []SourceSetting `json:"sources,omitempty"`
	CreatedAt     time.Time       `json:"created_at"`
	Change        Change          `json:"change"`
}

// StateAt returns the state of the event at time t.
func (e Event) StateAt(t time.Time) EventState {
	switch {
	case e.Shut || e.ClosesAt != nil && !t.Before(*e.ClosesAt):
		return Closed
	case t.Before(e.OpensAt):
		return Draft
	}
	return Open
}
