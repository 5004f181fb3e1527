package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// sweepGrace is how long what has ended by the clock is left alone, so that no clock that is behind misses it.
const sweepGrace = time.Hour

// Sweep deletes what nobody can use any more: sessions that are over, links two weeks after their end (until then
// they are listed, and a session may still stand on them), and the uses of links that are gone. Run calls it once an
// hour; any number of processes may at once. It goes on after an error and returns all of them.
func (a *Access) Sweep(ctx context.Context) error {
	if err := a.waitReady(ctx); err != nil {
		return err
	}
	now := a.now()
	var keys []string
	a.mu.Lock()
	for id, l := range a.links {
		if ended, ok := l.endedAt(); ok && now.After(ended.Add(SessionMost+sweepGrace)) {
			keys = append(keys, "link."+id)
			for n := range a.uses[id] {
				keys = append(keys, useKey(id, n))
			}
		}
	}
	for id, uses := range a.uses {
		if a.links[id] == nil {
			for n := range uses {
				keys = append(keys, useKey(id, n))
			}
		}
	}
	for hash, s := range a.sessions {
		if !a.stands(s) || now.After(s.expires.Add(sweepGrace)) {
			keys = append(keys, "session."+hash.String())
		}
	}
	a.mu.Unlock()

	var failed error
	for _, key := range keys {
		if err := a.remove(ctx, key); err != nil {
			failed = errors.Join(failed, fmt.Errorf("sweep: %w", err))
		}
		if ctx.Err() != nil {
			return errors.Join(failed, context.Cause(ctx))
		}
	}
	if len(keys) > 0 {
		a.log.LogAttrs(ctx, slog.LevelDebug, "swept", slog.Int("keys", len(keys)))
	}
	return failed
}

// endedAt returns when the link ended or ends, if it does.
func (l *link) endedAt() (time.Time, bool) {
	switch {
	case l.RevokedAt != nil:
		return *l.RevokedAt, true
	case l.Expires != nil:
		return *l.Expires, true
	}
	return time.Time{}, false
}

// stands reports whether any of the session's links is neither gone nor revoked.
func (a *Access) stands(s *session) bool {
	for _, h := range s.held {
		if l := a.links[h.link]; l != nil && l.RevokedAt == nil {
			return true
		}
	}
	return false
}
