package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// How long a session lasts.
const (
	SessionIdle = 12 * time.Hour      // without being used
	SessionMost = 14 * 24 * time.Hour // after it was made; for each role, after it was joined
	// renewEvery is how often, at most, a session in use is written anew.
	renewEvery = time.Hour
)

// maxGrants bounds what one browser can gather; the oldest is dropped first.
const maxGrants = 32

// cleanUp is the time given to taking back what a failure left half done.
const cleanUp = 5 * time.Second

// session is a session in memory.
type session struct {
	id       string
	created  time.Time
	expires  time.Time // renewed here at once, stored a moment later
	replaces *digest
	rev      uint64
	renewed  bool // expires has yet to be stored
	held     []*held
	lost     chan struct{} // closed, and made anew, when one of held ends
}

// held is what a session got of one link.
type held struct {
	link  string
	at    time.Time
	ended chan struct{} // closed when it is worth nothing any more
	over  bool
}

func (h *held) end() {
	if !h.over {
		h.over = true
		close(h.ended)
	}
}

// Join exchanges a link's token for a session. The session always has a new token, whatever currentSession (the
// caller's present session token, or "") was; what that one still grants goes over into it, and it is deleted. So a
// browser can be moderator and chair, in several events. A link whose grant the current session has is not used up
// a second time.
//
// An unknown, expired, revoked or used up link is a moderation.Problem (ErrNotFound) with words for the person.
// With moderation.ErrUnavailable the store did not answer; one use of the link may be lost then.
func (a *Access) Join(ctx context.Context, token, currentSession string) (sessionToken string, g Grant, err error) {
	now := a.now()
	currentHash := hashOf(currentSession)

	a.mu.Lock()
	l := a.tokens[hashOf(token)]
	if l == nil {
		a.mu.Unlock()
		return "", Grant{}, errUnknownLink()
	}
	b := sessionBody{V: bodyVersion, ID: newID(), CreatedAt: now, ExpiresAt: now.Add(SessionIdle)}
	mine := grantBody{Link: l.ID, At: now}
	usable, has := a.usable(l, now), false
	if s := a.sessions[currentHash]; s != nil {
		for _, h := range s.held {
			switch {
			case !a.valid(s, h, now):
			case h.link != l.ID:
				b.Grants = append(b.Grants, grantBody{h.link, h.at})
			default:
				has = true
				if l.Uses != nil || usable != nil { // not used again, so not longer either
					mine.At = h.at
				}
			}
		}
		b.Replaces = &currentHash
		if len(b.Grants) > 0 || has {
			b.ID = s.id // the same person goes on
		}
	}
	a.mu.Unlock()

	if usable != nil && !has {
		return "", Grant{}, usable
	}
	b.Grants = append(b.Grants, mine)
	b.Grants = b.Grants[max(0, len(b.Grants)-maxGrants):]

	use := 0
	if l.Uses != nil && !has {
		if use, err = a.consume(ctx, l.ID, *l.Uses); err != nil {
			return "", Grant{}, err
		}
	}
	sessionToken = newToken()
	if err := a.put(ctx, "session."+hashOf(sessionToken).String(), b, new(uint64)); err != nil {
		if use > 0 {
			a.giveBack(ctx, l.ID, use)
		}
		return "", Grant{}, fmt.Errorf("store session: %w", err)
	}
	if b.Replaces != nil {
		if err := a.remove(ctx, "session."+b.Replaces.String()); err != nil {
			// It is out of use all the same: what the new one replaces is forgotten wherever that is followed.
			a.log.LogAttrs(ctx, slog.LevelWarn, "an old session is not deleted", slog.Any("error", err))
		}
	}
	a.log.LogAttrs(ctx, slog.LevelInfo, "joined", slog.Any("link", l.Link))

	a.mu.Lock()
	defer a.mu.Unlock()
	g = Grant{LinkID: l.ID, Event: l.Event, Role: l.Role, Name: l.Name, Session: b.ID, revoked: closed}
	if s := a.sessions[hashOf(sessionToken)]; s != nil {
		for _, h := range s.held {
			if h.link == l.ID {
				g.revoked = h.ended
			}
		}
	}
	return sessionToken, g, nil
}

// consume takes one of the link's uses and returns its number. The store lets each be created once, so however
// many try at once, and wherever, no more get through than there are.
func (a *Access) consume(ctx context.Context, id string, uses int) (int, error) {
	for n := 1; n <= uses; n++ {
		a.mu.Lock()
		taken := a.uses[id][n]
		a.mu.Unlock()
		if taken {
			continue
		}
		err := a.put(ctx, useKey(id, n), useBody{bodyVersion, a.now()}, new(uint64))
		if err == nil {
			return n, nil
		}
		if !conflict(err) {
			return 0, fmt.Errorf("use link: %w", err)
		}
	}
	return 0, errUsedUp()
}

// giveBack undoes consume where nothing came of it.
func (a *Access) giveBack(ctx context.Context, id string, n int) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUp)
	defer cancel()
	if err := a.remove(ctx, useKey(id, n)); err != nil {
		a.log.LogAttrs(ctx, slog.LevelWarn, "a use of a link is lost", slog.String("link", id), slog.Any("error", err))
	}
}

// SignOut deletes the session with this token at once; its streams end. An unknown one is no error.
func (a *Access) SignOut(ctx context.Context, token string) error {
	hash := hashOf(token)
	a.mu.Lock()
	known := a.sessions[hash] != nil
	a.mu.Unlock()
	if !known { // nothing is written for whoever makes tokens up
		return nil
	}
	if err := a.remove(ctx, "session."+hash.String()); err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	return nil
}

// BySession returns who the session with this token is, from memory. Being asked for renews it; the caller that
// finds Renewed set sends the cookie again, with its new Expires. An open stream that is to count as use asks again
// now and then. It is false for an unknown or expired session, and for one all of whose links were revoked.
func (a *Access) BySession(_ context.Context, token string) (Caller, bool) {
	return a.bySession(token, true)
}

// Look is BySession without renewing, for who has no way to send the cookie again: a renewal that the browser is not
// told of would let its cookie end before the session, for nobody tells it of the same one twice.
func (a *Access) Look(token string) (Caller, bool) { return a.bySession(token, false) }

func (a *Access) bySession(token string, use bool) (Caller, bool) {
	now := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.sessions[hashOf(token)]
	if s == nil {
		return Caller{}, false
	}
	var c Caller
	for _, h := range s.held {
		if !a.valid(s, h, now) {
			continue
		}
		l := a.links[h.link]
		c.Grants = append(c.Grants, Grant{LinkID: l.ID, Event: l.Event, Role: l.Role, Name: l.Name, Session: s.id, revoked: h.ended})
	}
	if len(c.Grants) == 0 {
		return Caller{}, false
	}
	if until := earliest(now.Add(SessionIdle), s.created.Add(SessionMost)); use && until.After(s.expires) && s.expires.Sub(now) <= SessionIdle-renewEvery {
		s.expires, s.renewed = until, true
		c.Renewed = true
		poke(a.dirty)
	}
	c.Expires, c.revoked = s.expires, s.lost
	return c, true
}

// valid reports whether the session still has of a link what it got. The link's own end and number of uses do not
// count here: they say who may still join. The caller holds mu.
func (a *Access) valid(s *session, h *held, now time.Time) bool {
	l := a.links[h.link]
	return l != nil && l.RevokedAt == nil && now.Before(s.expires) && now.Before(h.at.Add(SessionMost))
}

// flush stores the sessions that were renewed.
func (a *Access) flush(ctx context.Context) error {
	type due struct {
		hash digest
		body sessionBody
		rev  uint64
	}
	var todo []due
	a.mu.Lock()
	for hash, s := range a.sessions {
		if s.renewed {
			todo = append(todo, due{hash, s.body(), s.rev})
		}
	}
	a.mu.Unlock()
	var failed error
	for _, d := range todo {
		err := a.put(ctx, "session."+d.hash.String(), d.body, &d.rev)
		if err != nil && !conflict(err) {
			failed = errors.Join(failed, fmt.Errorf("renew session: %w", err))
			if ctx.Err() != nil || errors.Is(err, moderation.ErrUnavailable) {
				return failed
			}
			continue
		}
		// After a conflict, what another process made of it is on its way here.
		a.mu.Lock()
		if s := a.sessions[d.hash]; s != nil {
			s.renewed = false
		}
		a.mu.Unlock()
	}
	return failed
}

func (s *session) body() sessionBody {
	b := sessionBody{V: bodyVersion, ID: s.id, CreatedAt: s.created, ExpiresAt: s.expires, Replaces: s.replaces}
	for _, h := range s.held {
		b.Grants = append(b.Grants, grantBody{h.link, h.at})
	}
	return b
}

func (a *Access) setSession(name string, body []byte, rev uint64) error {
	hash, err := parseDigest(name)
	if err != nil {
		return err
	}
	old := a.sessions[hash]
	if body == nil {
		if old != nil {
			delete(a.sessions, hash)
			old.end(nil)
		}
		return nil
	}
	var b sessionBody
	if err := decode(body, &b); err != nil {
		return err
	}
	// A renewal that is yet to be stored gives way to what is stored: where that is older, the next use renews again.
	s := &session{id: b.ID, created: b.CreatedAt, expires: b.ExpiresAt, replaces: b.Replaces, rev: rev}
	if old == nil && b.Replaces != nil {
		old = a.sessions[*b.Replaces]
		delete(a.sessions, *b.Replaces)
	}
	for _, g := range b.Grants {
		h := &held{link: g.Link, at: g.At, ended: make(chan struct{})}
		if old != nil {
			if i := slices.IndexFunc(old.held, func(o *held) bool { return o.link == g.Link && !o.over }); i >= 0 {
				h.ended = old.held[i].ended // streams open on it go on
			}
		}
		s.held = append(s.held, h)
	}
	if old != nil {
		s.lost = old.lost
		old.end(s)
	} else {
		s.lost = make(chan struct{})
	}
	a.sessions[hash] = s
	poke(a.nudge)
	return nil
}

// end tells those who watch that the session is over, but for what went over into next.
func (s *session) end(next *session) {
	lost := next == nil
	for _, h := range s.held {
		if next != nil && slices.ContainsFunc(next.held, func(n *held) bool { return n.ended == h.ended }) {
			continue
		}
		if !h.over {
			lost = true
		}
		h.end()
	}
	if !lost {
		return
	}
	close(s.lost)
	if next != nil {
		next.lost = make(chan struct{})
	}
}

func earliest(x, y time.Time) time.Time {
	if y.Before(x) {
		return y
	}
	return x
}
