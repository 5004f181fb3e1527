package ingest

import (
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// State is how a source is doing.
type State string

// The states of a source.
const (
	Connecting State = "connecting"  // started, no answer yet
	Live       State = "live"        // the other side answers
	BackingOff State = "backing-off" // waits before it tries again
	Failed     State = "failed"      // somebody has to do something; it is tried again, seldom
	Off        State = "off"         // disabled, or the event is not open
)

// Health is how one source of an event is doing. The counts are since the Supervisor was made.
type Health struct {
	Kind       moderation.Source
	Server     string // as set; empty: the kind's default
	Hashtags   []string
	Enabled    bool
	State      State
	NextTryAt  time.Time // zero: not waiting
	LastPostAt time.Time // when the last post was stored; zero: none yet
	Received   int       // posts stored, those already known not counted
	Skipped    int       // things that could not be represented
	Error      string    // what is wrong, for organisers; empty: nothing
}
