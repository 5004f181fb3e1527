package auth

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/openfloor/openfloor/moderation"
)

// Limits of a link.
const (
	MaxLinkName = 80    // characters
	MaxLinkUses = 10000 // times
)

// Link is an invitation into a role. Whoever holds its token, which is not part of it, may exchange it for a session.
type Link struct {
	ID    string
	Name  string // of whom or what it was made for; seen by the team, beside what was done with it
	Role  moderation.Role
	Event string // slug; empty: organiser of the whole server
	// Uses is how often it can be exchanged; nil: without limit.
	Uses *int
	// Used is how often one with a limit has been; 0 without limit.
	Used int
	// Expires is when it stops being exchanged and being good as a Bearer token; nil: never. A session made with it
	// before goes on.
	Expires   *time.Time
	CreatedAt time.Time
	RevokedAt *time.Time // nil: it was not
}

// LogValue keeps names out of the logs.
func (l Link) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", l.ID), slog.String("role", string(l.Role)), slog.String("event", l.Event))
}

// LinkSpec is a link to be made.
type LinkSpec struct {
	Event   string // slug; empty only for organisers
	Role    moderation.Role
	Name    string     // 1 to 80 characters
	Uses    *int       // 1 to 10,000; nil: without limit
	Expires *time.Time // in the future; nil: never
}

// NewLink makes a link and returns it with its token, 52 letters and digits, which cannot be had again. A bad spec
// is a moderation.Problem (ErrInvalid) with all its fields.
func (a *Access) NewLink(ctx context.Context, spec LinkSpec) (Link, string, error) {
	now := a.now()
	name := strings.TrimSpace(spec.Name)
	var bad []moderation.Field
	if !spec.Role.Team() {
		bad = append(bad, moderation.Field{Field: "role", Detail: "Use organiser, moderator, chair or screen."})
	} else if spec.Event == "" && spec.Role != moderation.Organiser {
		bad = append(bad, moderation.Field{Field: "event", Detail: "Name the event; only organisers have the whole server."})
	}
	if n := utf8.RuneCountInString(name); n < 1 || n > MaxLinkName || !printable(name) {
		bad = append(bad, moderation.Field{Field: "name",
			Detail: "Say who or what it is for, such as Front desk: 1 to " + strconv.Itoa(MaxLinkName) + " visible characters."})
	}
	if spec.Uses != nil && (*spec.Uses < 1 || *spec.Uses > MaxLinkUses) {
		bad = append(bad, moderation.Field{Field: "uses",
			Detail: "Use a whole number from 1 to " + strconv.Itoa(MaxLinkUses) + ", or null for no limit."})
	}
	if spec.Expires != nil && !spec.Expires.After(now) {
		bad = append(bad, moderation.Field{Field: "expires", Detail: "Use a time in the future, or null for never."})
	}
	if bad != nil {
		return Link{}, "", &moderation.Problem{Kind: moderation.ErrInvalid, Detail: "The link was not made: change what is named and send it again.", Fields: bad}
	}

	token := newToken()
	b := linkBody{
		V: bodyVersion, ID: newID(), Hash: hashOf(token),
		Event: spec.Event, Role: spec.Role, Name: name, Uses: clone(spec.Uses), CreatedAt: now,
	}
	if spec.Expires != nil {
		b.Expires = new(spec.Expires.UTC())
	}
	if err := a.put(ctx, "link."+b.ID, b, new(uint64)); err != nil {
		return Link{}, "", fmt.Errorf("store link: %w", err)
	}
	l := b.link()
	a.log.LogAttrs(ctx, slog.LevelInfo, "link made", slog.Any("link", l))
	return l, token, nil
}

// Links returns the links of an event, newest first, with the revoked and expired ones of the last two weeks; of
// the whole server where event is empty.
func (a *Access) Links(event string) []Link {
	a.mu.Lock()
	defer a.mu.Unlock()
	links := []Link{}
	for _, l := range a.links {
		if l.Event == event {
			links = append(links, a.public(l))
		}
	}
	slices.SortFunc(links, func(x, y Link) int {
		if c := y.CreatedAt.Compare(x.CreatedAt); c != 0 {
			return c
		}
		return strings.Compare(y.ID, x.ID)
	})
	return links
}

// RevokeLink ends a link of an event at once, with every session grant that came from it and every stream open on
// those. It returns nil too when there is no such link, or when it is revoked already.
func (a *Access) RevokeLink(ctx context.Context, event, id string) error {
	a.mu.Lock()
	l := a.links[id]
	if l == nil || l.Event != event || l.RevokedAt != nil {
		a.mu.Unlock()
		return nil
	}
	b := l.body()
	a.mu.Unlock()

	b.RevokedAt = new(a.now())
	if err := a.put(ctx, "link."+id, b, nil); err != nil {
		return fmt.Errorf("revoke link: %w", err)
	}
	a.log.LogAttrs(ctx, slog.LevelInfo, "link revoked", slog.Any("link", b.link()))
	return nil
}

// Peek says what the link with this token is for, without using it up. The error is a moderation.Problem
// (ErrNotFound) with words where Join would refuse it.
func (a *Access) Peek(token string) (Link, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.tokens[hashOf(token)]
	if l == nil {
		return Link{}, errUnknownLink()
	}
	if err := a.usable(l, a.now()); err != nil {
		return Link{}, err
	}
	return a.public(l), nil
}

// link is a link in memory.
type link struct {
	Link  // without Used
	hash  digest
	ended chan struct{} // closed while the link is of no use
	over  bool          // whether it is
}

func (l *link) settle(usable bool) {
	switch {
	case !usable && !l.over:
		l.over = true
		close(l.ended)
	case usable && l.over: // a use was given back
		l.over = false
		l.ended = make(chan struct{})
	}
}

func (l *link) body() linkBody {
	return linkBody{bodyVersion, l.ID, l.hash, l.Event, l.Role, l.Name, l.Uses, l.Expires, l.CreatedAt, l.RevokedAt}
}

func (b linkBody) link() Link {
	return Link{ID: b.ID, Name: b.Name, Role: b.Role, Event: b.Event, Uses: b.Uses, Expires: b.Expires,
		CreatedAt: b.CreatedAt, RevokedAt: b.RevokedAt}
}

// public returns l for callers, who may keep and change it.
func (a *Access) public(l *link) Link {
	p := l.Link
	p.Uses, p.Expires, p.RevokedAt = clone(p.Uses), clone(p.Expires), clone(p.RevokedAt)
	if p.Uses != nil {
		p.Used = len(a.uses[l.ID])
	}
	return p
}

// usable returns nil where the link can be exchanged, else a Problem that says why not.
func (a *Access) usable(l *link, now time.Time) error {
	switch {
	case l.RevokedAt != nil:
		return noLink("This link was revoked. Ask whoever sent it for a new one.")
	case l.Expires != nil && !now.Before(*l.Expires):
		return noLink("This link has expired. Ask whoever sent it for a new one.")
	case l.Uses != nil && len(a.uses[l.ID]) >= *l.Uses:
		return errUsedUp()
	}
	return nil
}

func noLink(detail string) error {
	return &moderation.Problem{Kind: moderation.ErrNotFound, Detail: detail}
}

func errUnknownLink() error {
	return noLink("This link is not known here. Check that all of it was copied, or ask whoever sent it for a new one.")
}

func errUsedUp() error {
	return noLink("This link has been used as often as it can be. Ask whoever sent it for a new one.")
}

func (a *Access) setLink(id string, body []byte) error {
	old := a.links[id]
	if body == nil {
		if old != nil {
			delete(a.links, id)
			delete(a.tokens, old.hash)
			old.settle(false)
			a.settle()
		}
		return nil
	}
	var b linkBody
	if err := decode(body, &b); err != nil {
		return err
	}
	if b.ID != id || !b.Role.Team() || b.Event == "" && b.Role != moderation.Organiser {
		return fmt.Errorf("it is about something else: %w", ErrUnreadable)
	}
	l := &link{Link: b.link(), hash: b.Hash, ended: make(chan struct{})}
	if old != nil {
		l.ended, l.over = old.ended, old.over
		delete(a.tokens, old.hash)
	}
	a.links[id], a.tokens[l.hash] = l, l
	if l.RevokedAt != nil {
		a.settle()
	}
	if l.Expires != nil {
		poke(a.nudge)
	}
	return nil
}

func (a *Access) setUse(name string, body []byte) error {
	id, number, _ := strings.Cut(name, ".")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 {
		return fmt.Errorf("no number of a use: %w", ErrUnreadable)
	}
	if body == nil {
		if delete(a.uses[id], n); len(a.uses[id]) == 0 {
			delete(a.uses, id)
		}
	} else {
		if err := decode(body, &useBody{}); err != nil {
			return err
		}
		if a.uses[id] == nil {
			a.uses[id] = map[int]bool{}
		}
		a.uses[id][n] = true
	}
	poke(a.nudge)
	return nil
}

// joiners stand inside emoji and words of some scripts, and show nothing by themselves.
const joiners = "\u200c\u200d"

// printable reports whether s is of visible characters and spaces, with joiners between them.
func printable(s string) bool {
	return utf8.ValidString(s) && strings.Trim(s, joiners) == s && strings.IndexFunc(s, func(r rune) bool {
		return !unicode.IsPrint(r) && !strings.ContainsRune(joiners, r)
	}) < 0
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	return new(*p)
}
