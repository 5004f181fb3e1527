package mastodon

import (
	"sync"

	"github.com/openfloor/openfloor/moderation"
)

const (
	seenMost = 8192  // versions of posts remembered, so that they are not delivered again and again
	idsMost  = 16384 // ids remembered, so that a deletion is understood
)

// removed is the version of what was deleted: higher than any.
const removed = "\xff"

// seen remembers the version of each post that was delivered last, of a bounded number of posts.
type seen struct {
	version map[string]string
	order   []string
}

// has reports whether this version of a post, or a newer one, was delivered.
func (s *seen) has(key, version string) bool {
	v, ok := s.version[key]
	return ok && v >= version
}

// there reports whether a post was delivered, and not taken away since.
func (s *seen) there(key string) bool {
	v, ok := s.version[key]
	return ok && v != removed
}

func (s *seen) add(key, version string) {
	if s.version == nil {
		s.version = map[string]string{}
	}
	if _, ok := s.version[key]; !ok {
		s.order = append(s.order, key)
	}
	s.version[key] = version
	for len(s.order) > seenMost {
		delete(s.version, s.order[0])
		s.order = s.order[1:]
	}
}

// ids knows which post an id of the server means, of a bounded number of posts: a deletion names nothing else, and a
// post is asked for by nothing else. It is not stored: reading the timeline builds it anew. It is safe for
// concurrent use.
type ids struct {
	event string

	mu    sync.Mutex
	keys  map[string]string // by id
	found map[string]string // id, by submission
	order []string          // ids, the oldest first
}

func (m *ids) add(id, key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.keys == nil {
		m.keys, m.found = map[string]string{}, map[string]string{}
	}
	if m.keys[id] == key {
		return
	}
	if _, ok := m.keys[id]; !ok {
		m.order = append(m.order, id)
	}
	m.keys[id], m.found[moderation.SubmissionID(m.event, key)] = key, id
	for len(m.order) > idsMost {
		old := m.order[0]
		m.order = m.order[1:]
		if s := moderation.SubmissionID(m.event, m.keys[old]); m.found[s] == old {
			delete(m.found, s)
		}
		delete(m.keys, old)
	}
}

// key returns the key of the post with this id; "" where it is not known.
func (m *ids) key(id string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.keys[id]
}

// of returns the id under which the server shows a submission; "" where it is not known.
func (m *ids) of(submission string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.found[submission]
}
