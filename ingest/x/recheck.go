package x

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
)

// Watching returns the keys of an event's X posts that have to be looked up again: shown is what the public can see,
// kept is everything else that is stored of X. KeyOf knows the key of a submission. It is called from the goroutines of
// all sources.
type Watching func(event string) (shown, kept []string)

var _ ingest.Watcher = (*Source)(nil)

// Watch implements ingest.Watcher: X wants what is gone there gone here within a day, for as long as it is shown and
// whatever the budget for reading is. Of a closed event each post is looked up a few times a day, which X bills once.
func (s *Source) Watch(ctx context.Context, from string, out ingest.Sink) error {
	s.begin(from)
	s.lines.share(1)
	defer s.lines.share(-1)
	next := time.Now().Add(s.config.Recheck / 10)
	for {
		if err := ingest.Sleep(ctx, time.Until(next)); err != nil {
			return err
		}
		err := s.recheck(ctx, out, true)
		if err == nil {
			out.Alive()
		}
		if next, err = s.later(ctx, err); err != nil {
			return err
		}
	}
}

// recheckEvery returns how often to look up what is shown.
func (s *Source) recheckEvery(now time.Time) time.Duration {
	if s.shut || !s.closes.IsZero() && !now.Before(s.closes) {
		return max(s.config.KeptEvery, s.config.Recheck)
	}
	return s.config.Recheck
}

// recheck looks up the posts that are shown and, unless only those are wanted, the kept ones whose turn it is. What is gone, protected, suspended or
// withheld is delivered as deleted, what was edited as a new version: neither recent search nor the stream tells of
// deletions (docs.x.com developer policy and filtered stream, read 2026-11).
func (s *Source) recheck(ctx context.Context, out ingest.Sink, shownOnly bool) error {
	if s.config.Watching == nil {
		return nil
	}
	now := time.Now()
	shown, kept := s.config.Watching(s.event)
	if shownOnly {
		kept = nil
	}
	looked := map[string]time.Time{}
	var due []string
	for i, k := range slices.Concat(shown, kept) {
		id, ok := strings.CutPrefix(k, "x:")
		if _, twice := looked[id]; !ok || twice || !usableID(id) || s.seen.has(k, gone) {
			continue
		}
		looked[id] = s.looked[id]
		if i < len(shown) || now.Sub(s.looked[id]) >= s.config.KeptEvery {
			due = append(due, id)
		}
	}
	s.looked = looked // forgets what is no longer watched
	var newer []string
	for ids := range slices.Chunk(due, lookupMost) {
		p, err := s.lookup(ctx, ids, false)
		if err != nil {
			return err
		}
		var posts []moderation.Post
		for _, id := range s.goneOf(p, ids) {
			posts = append(posts, deleted(key(id)))
		}
		for _, t := range p.tweets {
			h := t.history()
			latest := h[len(h)-1]
			switch {
			case latest != t.ID && !s.seen.has(key(h[0]), version(h[0], latest)):
				newer = append(newer, latest)
			case !s.seen.knows(key(h[0])):
				s.seen.add(key(h[0]), version(h[0], t.ID)) // as it was delivered before this process began
			}
		}
		if err := s.deliver(ctx, out, posts); err != nil {
			return err
		}
		for _, id := range ids {
			s.looked[id] = now
		}
	}
	for ids := range slices.Chunk(newer, lookupMost) {
		p, err := s.lookup(ctx, ids, true)
		if err != nil {
			return err
		}
		var posts []moderation.Post
		for _, t := range p.tweets {
			post := t.post(p.users)
			if t.hidden(p.users) {
				post = deleted(post.Key)
			}
			// Also where the tag was edited away: what was approved is not what it says any more.
			if post.Deleted || !s.seen.has(post.Key, post.Version) {
				posts = append(posts, post)
			}
		}
		if err := s.deliver(ctx, out, posts); err != nil {
			return err
		}
	}
	return nil
}

// goneOf returns which of ids X does not show any more.
func (s *Source) goneOf(p page, ids []string) []string {
	var out []string
	add := func(id string) {
		if slices.Contains(ids, id) && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	for _, n := range p.notices {
		if k := n.kind(); k == "resource-not-found" || k == "not-authorized-for-resource" {
			add(n.ResourceID)
			add(n.Value)
		}
	}
	for _, t := range p.tweets {
		if t.hidden(p.users) {
			add(t.ID)
		}
	}
	return out
}

// lookup asks for posts by id, at most 100, whole or only whether they are there and which version is the newest.
func (s *Source) lookup(ctx context.Context, ids []string, whole bool) (page, error) {
	if fresh := s.meter.fresh(ids, time.Now()); fresh > s.meter.leftToCheck(s.client.others()) {
		return page{}, s.meter.spent()
	}
	p, err := s.client.get(ctx, lookupPath, url.Values{"ids": {strings.Join(ids, ",")}}, whole)
	if err != nil {
		return page{}, err
	}
	s.meter.charge(p, time.Now())
	return p, nil
}
