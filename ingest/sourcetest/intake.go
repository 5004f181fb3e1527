package sourcetest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
)

// store is intake and cursors: what is there twice is there once, by key, version and deletion.
type store struct {
	mu      sync.Mutex
	keys    map[string]*taken
	cursors map[string]string
	broken  bool
	faults  []string // posts that should not look as they do
}

// taken is all that came under one key.
type taken struct {
	versions map[string]moderation.Post
	newest   string // version
	deleted  bool
}

var (
	_ ingest.Intake  = (*store)(nil)
	_ ingest.Cursors = (*store)(nil)
)

func newStore() *store { return &store{keys: map[string]*taken{}, cursors: map[string]string{}} }

// SubmitAll implements ingest.Intake.
func (s *store) SubmitAll(ctx context.Context, posts []moderation.Post) []moderation.Submitted {
	out := make([]moderation.Submitted, len(posts))
	for i, p := range posts {
		out[i].Duplicate, out[i].Err = s.submit(ctx, p)
	}
	return out
}

func (s *store) submit(_ context.Context, p moderation.Post) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		return false, moderation.ErrUnavailable
	}
	k := s.keys[p.Key]
	if k == nil {
		k = &taken{versions: map[string]moderation.Post{}}
		s.keys[p.Key] = k
	}
	if p.Renamed {
		if newest, ok := k.versions[k.newest]; ok {
			newest.Author.Handle = p.Author.Handle
			k.versions[k.newest] = newest
		}
		return false, nil
	}
	if p.Deleted {
		known := k.deleted
		k.deleted = true
		return known, nil
	}
	if _, known := k.versions[p.Version]; known {
		return true, nil
	}
	if len(k.versions) == 0 || p.Version > k.newest {
		k.newest = p.Version
	}
	k.versions[p.Version] = p
	switch {
	case p.Author.Account == "" || p.Author.Handle == "":
		s.fault(p, "has no author")
	case p.PostedAt.IsZero() || p.PostedAt.After(time.Now()):
		s.fault(p, "was posted in the future, or never")
	case len(p.Text) > ingest.TextBytes:
		s.fault(p, "is too long")
	}
	return false, nil
}

func (s *store) fault(p moderation.Post, what string) {
	s.faults = append(s.faults, fmt.Sprintf("%s %s", p.Key, what))
}

// Cursor implements ingest.Cursors.
func (s *store) Cursor(_ context.Context, event, source string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cursors[event+" "+source], nil
}

// SetCursor implements ingest.Cursors. It works while SubmitAll does not, to find whoever stores a cursor too early.
func (s *store) SetCursor(_ context.Context, event, source, cursor string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cursors[event+" "+source] = cursor
	return nil
}

// record returns the newest version of what is not deleted.
func (s *store) record() []moderation.Post {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []moderation.Post
	for _, k := range s.keys {
		if !k.deleted {
			out = append(out, k.versions[k.newest])
		}
	}
	return out
}

func (s *store) setBroken(broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = broken
}
