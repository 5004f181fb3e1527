package x

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

const (
	cursorVersion = 1
	seenMost      = 20_000 // posts remembered, so that they are not delivered again and again
)

// cursor is how far X was read for an event, and what that has cost. It is stored as JSON.
type cursor struct {
	V    int      `json:"v"`
	Tags []string `json:"tags"` // folded, as read so far
	// Since is the newest post that everything up to it was read; empty: nothing was found yet.
	Since   string    `json:"since,omitempty"`
	SinceAt time.Time `json:"since_at,omitzero"` // when it was written: X forgets its id after seven days
	// Next is the token of the next page of a search under way, which began at Newest. Pages come newest first, so
	// Since may only follow once the last of them was read.
	Next     string    `json:"next,omitempty"`
	Start    string    `json:"start,omitempty"` // its start_time; empty: it has since_id
	Newest   string    `json:"newest,omitempty"`
	NewestAt time.Time `json:"newest_at,omitzero"`
	// Back is the page of the search for tags that are not among Tags, from before Since.
	Back string `json:"back,omitempty"`

	Posts int   `json:"posts"` // read, for the budget
	Spent int64 `json:"spent"` // in millionths of a dollar
}

// parseCursor returns the cursor stored as s, an empty one where there is none that can be used.
func parseCursor(s string) cursor {
	var c cursor
	if json.Unmarshal([]byte(s), &c) != nil || c.V != cursorVersion {
		return cursor{V: cursorVersion}
	}
	if c.Since != "" && !usableID(c.Since) || c.Newest != "" && !usableID(c.Newest) || len(c.Next) > tokenBytes || len(c.Back) > tokenBytes {
		return cursor{V: cursorVersion, Posts: c.Posts, Spent: c.Spent}
	}
	c.Posts, c.Spent = max(c.Posts, 0), max(c.Spent, 0)
	return c
}

func (c cursor) String() string {
	b, err := json.Marshal(c)
	if err != nil {
		panic("BUG: x cursor: " + err.Error()) // strings, numbers and times of X's
	}
	return string(b)
}

// missing returns the tags that were not read so far.
func (c cursor) missing(tags []string) []string {
	var out []string
	for _, t := range tags {
		if !slices.Contains(c.Tags, t) {
			out = append(out, t)
		}
	}
	return out
}

// seen remembers which version of each post was delivered last, of a bounded number of posts, and which post an
// edit's id belongs to.
type seen struct {
	version map[string]string // by key
	first   map[string]string // id of a later version to the key
	order   []string
}

// gone is the version of a post whose deletion was delivered.
const gone = "~"

func (s *seen) has(key, version string) bool {
	v, ok := s.version[key]
	return ok && v >= version
}

func (s *seen) knows(key string) bool {
	_, ok := s.version[key]
	return ok
}

func (s *seen) add(key, version string) {
	if s.version == nil {
		s.version, s.first = map[string]string{}, map[string]string{}
	}
	if _, ok := s.version[key]; !ok {
		s.order = append(s.order, key)
	}
	s.version[key] = max(s.version[key], version)
	if newest, _, edited := strings.Cut(version, "."); edited {
		if len(s.first) >= seenMost { // edits are few
			clear(s.first)
		}
		s.first[strings.TrimLeft(newest, "0")] = key
	}
	for len(s.order) > seenMost {
		delete(s.version, s.order[0])
		s.order = s.order[1:]
	}
}

// firstOf returns the first id of a post, also of an edit that came without its history.
func (s *seen) firstOf(t *tweet) string {
	if h := t.history(); h[0] != t.ID {
		return h[0]
	}
	if k, ok := s.first[t.ID]; ok {
		return strings.TrimPrefix(k, "x:")
	}
	return t.ID
}
