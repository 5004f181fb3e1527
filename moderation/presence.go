package moderation

import "time"

// ClaimTime is how long a claim lasts unless it is made again.
const ClaimTime = time.Minute

// Presence is whom and which screens one process knows to be at work on an event. It is passing: told to the other
// processes and never stored.
type Presence struct {
	People  []Present      `json:"people"`  // with an open stream of the team
	Claims  []Claim        `json:"claims"`  // made here, the newest of each session
	Screens []ScreenReport `json:"screens"` // heard of here, the newest of each session
}

// Empty reports whether there is nothing to tell.
func (p Presence) Empty() bool { return len(p.People)+len(p.Claims)+len(p.Screens) == 0 }

// Present is one session of the team.
type Present struct {
	Session string `json:"session"`
	Name    string `json:"name"`
	Role    Role   `json:"role"`
}

// Claim is somebody's word of what they are looking at. It warns the others and locks nothing.
type Claim struct {
	Present
	Submission string    `json:"submission"` // id; empty: nothing any more
	At         time.Time `json:"at"`         // of two claims of one session the later one counts, wherever it was made
}

// ScreenReport is a joined screen's word of what it shows.
type ScreenReport struct {
	Session string    `json:"session"`
	Name    string    `json:"name"`
	Seq     uint64    `json:"seq"` // it shows everything up to this; 0: it has not said yet
	At      time.Time `json:"at"`  // when it was last heard
}
