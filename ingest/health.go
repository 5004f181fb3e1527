package ingest

import (
	"maps"
	"sync"
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

// Health is how one source of an event is doing. The counts are since the Supervisor was
// made or, where sources are leased, since the source was first read.
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
	Used       int       // posts read for the budget; 0 where the kind costs nothing
	Money      float64   // what they cost, in the budget's currency
	Elsewhere  bool      // another process reads it, and knows how it is doing
}

// Totals counts what came of one kind of source.
type Totals struct {
	Received int // posts stored
	Skipped  int // things that could not be represented
	Faults   int // times that a source had to wait before it was tried again
}

// totals adds up what all runs see. The zero value is ready to use.
type totals struct {
	mu   sync.Mutex // guards kind
	kind map[moderation.Source]Totals
}

func (t *totals) add(kind moderation.Source, n Totals) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kind == nil {
		t.kind = map[moderation.Source]Totals{}
	}
	was := t.kind[kind]
	t.kind[kind] = Totals{was.Received + n.Received, was.Skipped + n.Skipped, was.Faults + n.Faults}
}

func (t *totals) all() map[moderation.Source]Totals {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.kind)
}
