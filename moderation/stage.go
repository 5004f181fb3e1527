package moderation

import "time"

// StageMode is what the screen shows around the stage.
type StageMode string

// The modes of a stage.
const (
	StageLive StageMode = "live" // now and next
	StageJoin StageMode = "join" // how to take part
	StageHold StageMode = "hold" // what it showed last, unchanged
)

// Stage is what the room looks at, as of revision Rev. An event's stage exists from its first use; before, it is
// the zero Stage with Mode StageLive.
type Stage struct {
	Event  string     `json:"event"`
	Rev    uint64     `json:"-"`              // stream sequence of this revision; 0 before it is stored
	Now    string     `json:"now,omitempty"`  // id of the one Live submission; empty: none
	Next   string     `json:"next,omitempty"` // id of the one lined up, Approved or Answered; empty: none
	Prompt *int       `json:"prompt,omitempty"`
	Since  *time.Time `json:"since,omitempty"` // since when Now is there
	Blank  bool       `json:"blank"`
	Mode   StageMode  `json:"mode"`
	Change Change     `json:"change"`
}
