package mastodon

import (
	"encoding/json"
	"slices"
	"time"
)

const (
	cursorVersion = 1
	overlapSpan   = 10 * time.Minute // how late a post may arrive and still be found
	recentMost    = 4096             // posts remembered within it
)

// cursor is how far a server was read. It is stored as JSON.
type cursor struct {
	V      int              `json:"v"`
	Server string           `json:"server"` // ids mean something there only
	Tags   map[string]place `json:"tags"`   // by folded tag
	// Shown holds the keys of what people could see at the last round of looks at it, by id.
	Shown map[string]string `json:"shown,omitempty"`
}

// place is how far a tag's timeline was read.
type place struct {
	Newest  string `json:"newest"`            // the highest id delivered
	Overlap string `json:"overlap,omitempty"` // the highest id that was ten minutes old; empty: none is
	// Again is when reading the overlap last began, where it was read to its end; zero: never.
	Again time.Time `json:"again,omitzero"`
}

// parseCursor returns the cursor stored as s for server, an empty one where there is none that can be used: then
// the timeline is read back as at the first run, and what is known already is dropped on the way.
func parseCursor(s, server string) cursor {
	var c cursor
	if json.Unmarshal([]byte(s), &c) != nil || c.V != cursorVersion || c.Server != server {
		c = cursor{}
	}
	for tag, p := range c.Tags {
		if !usableID(p.Newest) || p.Overlap != "" && !usableID(p.Overlap) {
			delete(c.Tags, tag)
		}
	}
	for id, key := range c.Shown {
		if !usableID(id) || key == "" {
			delete(c.Shown, id)
		}
	}
	return c
}

func (c cursor) String() string {
	b, err := json.Marshal(c)
	if err != nil {
		panic("BUG: mastodon cursor: " + err.Error()) // strings
	}
	return string(b)
}

// track is the memory of one tag's timeline.
type track struct {
	tag   string // folded
	query string // as the server is asked for it
	place
	recent      []mark    // by id; of the last ten minutes, and the newest before them
	overlapNext time.Time // when to read the overlap again
	begun       bool      // the timeline was read since Run began
}

// mark is when a post was written.
type mark struct {
	id string
	at time.Time
}

// note remembers a post that was read.
func (t *track) note(id string, at time.Time) {
	i, found := slices.BinarySearchFunc(t.recent, id, func(m mark, id string) int { return compareIDs(m.id, id) })
	if !found {
		t.recent = slices.Insert(t.recent, i, mark{id, at})
	}
	if len(t.recent) > recentMost {
		t.recent = slices.Delete(t.recent, 0, len(t.recent)-recentMost)
	}
}

// settle moves the overlap's beginning up to the newest post that was older than ten minutes when reading it again
// began, and no higher than it was read again: what was not may have got something late since it was read first.
func (t *track) settle(begun time.Time, highest string) {
	last := -1
	for i, m := range t.recent {
		if begun.Sub(m.at) >= overlapSpan && compareIDs(m.id, highest) <= 0 {
			last = i
		}
	}
	if compareIDs(highest, t.Newest) >= 0 {
		t.Again = begun.UTC()
	}
	if last < 0 {
		return
	}
	if id := t.recent[last].id; t.Overlap == "" || compareIDs(id, t.Overlap) > 0 {
		t.Overlap = id
	}
	t.recent = t.recent[last:]
}
