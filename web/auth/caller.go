package auth

import (
	"log/slog"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// Grant is one role that a caller has, in one event or on the whole server. The zero value grants nothing.
type Grant struct {
	LinkID string // the link it came from; empty for the server token
	Event  string // slug; empty: every event, and the server itself
	Role   moderation.Role
	Name   string // the link's
	// Session tells callers apart who share a link, for moderation.Actor.ID. It is no secret that opens anything,
	// and stays the same while a session's token changes.
	Session string

	revoked <-chan struct{}
}

// Revoked is closed when the grant stops being valid: its link was revoked, its session signed out or expired.
func (g Grant) Revoked() <-chan struct{} {
	if g.revoked == nil {
		return closed
	}
	return g.revoked
}

// LogValue keeps names out of the logs.
func (g Grant) LogValue() slog.Value {
	return slog.GroupValue(slog.String("link", g.LinkID), slog.String("role", string(g.Role)), slog.String("event", g.Event))
}

// covers reports whether the grant is good for the event.
func (g Grant) covers(event string) bool {
	return g.Event == event || g.Event == "" && g.Role == moderation.Organiser
}

// Caller is somebody with at least one grant. The zero value is nobody.
type Caller struct {
	Grants []Grant
	// Expires is when the session ends unless it is used; zero for a Bearer token.
	Expires time.Time
	// Renewed says that this lookup moved Expires, so that the cookie is due again.
	Renewed bool

	revoked <-chan struct{}
}

// LogValue keeps names out of the logs.
func (c Caller) LogValue() slog.Value {
	attrs := make([]slog.Attr, len(c.Grants))
	for i, g := range c.Grants {
		attrs[i] = slog.Any(g.Event, g)
	}
	return slog.GroupValue(attrs...)
}

// Revoked is closed as soon as any of the caller's grants ends: look the caller up again then. Who needs one
// grant alone watches that one.
func (c Caller) Revoked() <-chan struct{} {
	if c.revoked == nil {
		return closed
	}
	return c.revoked
}

// For returns the strongest grant for the event: organiser, moderator, chair, screen. An organiser of the whole
// server has every event; an empty event asks for the whole server.
func (c Caller) For(event string) (best Grant, ok bool) {
	for _, g := range c.Grants {
		if g.covers(event) && strength(g.Role) > strength(best.Role) {
			best, ok = g, true
		}
	}
	return best, ok
}

// As returns a grant of one role for the event, whatever else the caller is there. A screen's browser may have been
// somebody's before.
func (c Caller) As(event string, role moderation.Role) (Grant, bool) {
	for _, g := range c.Grants {
		if g.covers(event) && g.Role == role {
			return g, true
		}
	}
	return Grant{}, false
}

// Can reports whether the caller has the right in the event; on the whole server where event is empty.
func (c Caller) Can(event string, right moderation.Right) bool {
	for _, g := range c.Grants {
		if g.covers(event) && g.Role.May(right) {
			return true
		}
	}
	return false
}

func strength(r moderation.Role) int {
	switch r {
	case moderation.Organiser:
		return 4
	case moderation.Moderator:
		return 3
	case moderation.Chair:
		return 2
	case moderation.Screen:
		return 1
	}
	return 0
}

// ByBearer returns who the holder of a Bearer token is, from memory: of the server token, or of a link's own. The
// latter does not count as a use, and ends with the link: revoked, expired or used up, it is worth nothing here.
func (a *Access) ByBearer(token string) (Caller, bool) {
	hash := hashOf(token)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.server.is(hash) {
		g := Grant{Role: moderation.Organiser, Name: "Organiser", Session: "server", revoked: a.server.ended}
		return Caller{Grants: []Grant{g}, revoked: g.revoked}, true
	}
	l := a.tokens[hash]
	if l == nil || a.usable(l, a.now()) != nil {
		return Caller{}, false
	}
	g := Grant{LinkID: l.ID, Event: l.Event, Role: l.Role, Name: l.Name, Session: "link-" + l.ID, revoked: l.ended}
	return Caller{Grants: []Grant{g}, revoked: g.revoked}, true
}

// closed is the channel of what is over already.
var closed = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()
