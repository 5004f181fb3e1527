package display

import (
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// PublicEvent is an event as everybody may see it, in the contract's JSON: without policy and sources.
type PublicEvent struct {
	Slug          string             `json:"slug"`
	Title         string             `json:"title"`
	Mode          string             `json:"mode"`
	State         string             `json:"state"` // at the time it was asked for
	Hashtags      []string           `json:"hashtags"`
	Zone          string             `json:"zone"`
	OpensAt       time.Time          `json:"opens_at"`
	StartsAt      *time.Time         `json:"starts_at"`
	EndsAt        *time.Time         `json:"ends_at"`
	ClosesAt      *time.Time         `json:"closes_at"`
	MaxLength     int                `json:"max_length"` // grapheme clusters
	Consent       moderation.Consent `json:"consent"`
	Frozen        bool               `json:"frozen"`
	Reasons       []string           `json:"reasons"`
	Languages     []string           `json:"languages"`
	Label         moderation.Label   `json:"label"`
	RetentionDays int                `json:"retention_days"`
	Theme         *string            `json:"theme"`
	Rev           uint64             `json:"rev"`
}

// EventSource is one source of an event, as organisers see its setting.
type EventSource struct {
	Kind     string   `json:"kind"`
	Server   *string  `json:"server"`
	Hashtags []string `json:"hashtags"`
	Enabled  bool     `json:"enabled"`
	Budget   *Budget  `json:"budget"` // null: no limit
}

// Budget is how much a source may read; null is no limit. What was used of it is told with the source's state.
type Budget struct {
	Posts *int     `json:"posts"`
	Money *float64 `json:"money"`
}

// TeamEvent is an event as its organisers and moderators see it.
type TeamEvent struct {
	PublicEvent
	Policy  moderation.Policy `json:"policy"`
	Sources []EventSource     `json:"sources"`
}

// EventView returns what everybody may see of e at the time now.
func EventView(e moderation.Event, now time.Time) PublicEvent {
	return PublicEvent{
		Slug: e.Slug, Title: e.Title, Mode: string(e.Mode), State: string(e.StateAt(now)),
		Hashtags: list(e.Hashtags), Zone: e.Zone, OpensAt: utc(e.OpensAt), StartsAt: optionalTime(e.StartsAt),
		EndsAt: optionalTime(e.EndsAt), ClosesAt: optionalTime(e.ClosesAt), MaxLength: e.MaxLength,
		Consent: e.Consent, Frozen: e.Frozen, Reasons: list(e.Reasons), Languages: list(e.Languages),
		Label: e.Label, RetentionDays: e.RetentionDays, Theme: optional(e.Theme), Rev: e.Rev,
	}
}

// TeamEventView returns all that the team may see of e at the time now.
func TeamEventView(e moderation.Event, now time.Time) TeamEvent {
	sources := make([]EventSource, 0, len(e.Sources))
	for _, s := range e.Sources {
		sources = append(sources, EventSource{
			Kind: string(s.Kind), Server: optional(s.Server), Hashtags: list(s.Hashtags), Enabled: s.Enabled, Budget: budget(s.Budget),
		})
	}
	policy := e.Policy
	policy.BlockedWords = list(policy.BlockedWords)
	return TeamEvent{PublicEvent: EventView(e, now), Policy: policy, Sources: sources}
}

func budget(b *moderation.Budget) *Budget {
	if b == nil || *b == (moderation.Budget{}) {
		return nil
	}
	var v Budget
	if b.Posts > 0 {
		v.Posts = &b.Posts
	}
	if b.Money > 0 {
		v.Money = &b.Money
	}
	return &v
}

// Stage is what the room looks at, in the contract's JSON.
type Stage struct {
	Now    *string    `json:"now"`  // id
	Next   *string    `json:"next"` // id
	Prompt *int       `json:"prompt"`
	Since  *time.Time `json:"since"` // UTC
	Blank  bool       `json:"blank"`
	Mode   string     `json:"mode"`
	Rev    uint64     `json:"rev"`
}

// StageView returns s in the contract's form. A view shows Now and Next only once it holds the items they name;
// what its messages carry is therefore up to Board.Public, Board.Chair and the streams.
func StageView(s moderation.Stage) Stage {
	mode := s.Mode
	if mode == "" {
		mode = moderation.StageLive
	}
	return Stage{
		Now: optional(s.Now), Next: optional(s.Next), Prompt: s.Prompt, Since: optionalTime(s.Since),
		Blank: s.Blank, Mode: string(mode), Rev: s.Rev,
	}
}

// only returns s without the names of what is not held.
func (s Stage) only(held func(id string) bool) Stage {
	if s.Now != nil && !held(*s.Now) {
		s.Now, s.Since = nil, nil
	}
	if s.Next != nil && !held(*s.Next) {
		s.Next = nil
	}
	return s
}

func (s Stage) names(id string) bool {
	return s.Now != nil && *s.Now == id || s.Next != nil && *s.Next == id
}

// Counts are the numbers of a view.
type Counts struct {
	Pending  *int `json:"pending"`  // in the moderation view only; else nil
	Approved int  `json:"approved"` // live included
	Answered int  `json:"answered"`
	Received int  `json:"received"` // everything ever stored
	Viewers  int  `json:"viewers"`  // public streams over all display processes, screens not counted
}
