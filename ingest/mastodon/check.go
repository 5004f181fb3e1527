package mastodon

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"strings"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
)

const (
	defaultCheck  = 5 * time.Minute
	defaultClosed = time.Hour
	// What its author took back is to be forgotten within a day, wherever it stands.
	defaultKept = 6 * time.Hour
	// Requests without a cursor have a limit of their own, 300 in 5 minutes for each token and for each address
	// (mastodon/mastodon config/initializers/rack_attack.rb, read 2026-11): half of it.
	checkMin = 2 * time.Second
	keptMost = 500
)

// checks is the round of looks at what people can see, each every CheckEvery: a deletion is not told to who polls,
// and one that was told while we were away is not told again. Between two rounds there are looks at what else is stored,
// each every KeptEvery.
type checks struct {
	todo    []string // ids left of this round
	pause   time.Duration
	round   time.Time         // when the next one begins
	next    time.Time         // when to look again
	kept    map[string]string // what of them is stored: keys by id
	located bool              // the ids that were not known were looked for

	others []string  // ids left of what else is stored
	after  time.Time // when they are listed again
}

var _ ingest.Watcher = (*Source)(nil)

// Watch implements ingest.Watcher: what was approved is looked at while it is on the board.
func (s *Source) Watch(ctx context.Context, from string, out ingest.Sink) error {
	return s.work(ctx, from, out, func(ctx context.Context) error {
		for {
			if s.config.Board == nil {
				<-ctx.Done()
				return context.Cause(ctx)
			}
			if err := s.nap(ctx, time.Until(s.checks.next)); err != nil {
				return err
			}
			if time.Now().Before(s.checks.next) { // the pace has changed, which is none of ours
				continue
			}
			if err := s.check(ctx); err != nil {
				return err
			}
		}
	})
}

// checkEvery returns the time between two looks at each post.
func (s *Source) checkEvery(now time.Time) time.Duration {
	if s.shut || !s.closes.IsZero() && !now.Before(s.closes) {
		return s.config.ClosedEvery
	}
	return s.config.CheckEvery
}

// check takes one look. What goes wrong with it is no fault of the source: it is tried again in the next round.
func (s *Source) check(ctx context.Context) error {
	now := time.Now()
	c := &s.checks
	if s.client.left <= spare {
		c.next = now.Add(s.client.pace(checkMin, now))
		return nil
	}
	if len(c.todo) == 0 {
		if !now.Before(c.round) {
			return s.beginChecks(ctx, now)
		}
		if len(c.others) == 0 {
			c.next = c.round
			return nil
		}
		c.todo, c.others, c.pause = c.others[:1:1], c.others[1:], checkMin
	}
	id := c.todo[0]
	c.todo = c.todo[1:]
	c.next = now.Add(c.pause)
	x, gone, err := s.client.status(ctx, id)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		if e, ok := errors.AsType[*ingest.RetryAfter](err); ok {
			c.next = now.Add(max(e.After, c.pause))
		}
		if _, ok := errors.AsType[*ingest.NeedsAttention](err); ok {
			c.todo, c.others, c.next = nil, nil, c.round // it lets nobody look at one post
		}
		return nil
	case gone:
		return s.hand(ctx, parcel{gone: id})
	}
	if len(c.todo) == 0 && len(c.others) > 0 { // time is left before the next round
		c.next = now.Add(checkMin)
	}
	return s.hand(ctx, parcel{shown: true, found: []status{x}})
}

// beginChecks begins a round.
func (s *Source) beginChecks(ctx context.Context, now time.Time) error {
	c := &s.checks
	every := s.checkEvery(now)
	c.round = now.Add(every)
	var lost []moderation.Submission
	for _, x := range s.config.Board.Shown(s.event, moderation.FromMastodon) {
		if id := s.idOf(x); id != "" {
			c.todo = append(c.todo, id)
		} else {
			lost = append(lost, x)
		}
	}
	if len(lost) > 0 && !c.located {
		if err := s.locate(ctx, lost); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			c.next = c.round
			return nil
		}
		c.located = true
		for _, x := range lost {
			if id := s.ids.of(x.ID); id != "" {
				c.todo = append(c.todo, id)
			}
		}
	}
	if err := s.keep(ctx, c.todo); err != nil {
		return err
	}
	if now.After(c.after) {
		c.after, c.others = now.Add(s.config.KeptEvery), nil
		for _, x := range s.config.Board.Kept(s.event, moderation.FromMastodon) {
			if id := s.idOf(x); id != "" { // another server's otherwise, or so old that nobody knows
				c.others = append(c.others, id)
			}
		}
	}
	if len(c.todo) == 0 {
		c.next = c.round
		if len(c.others) > 0 {
			c.next = now.Add(checkMin)
		}
		return nil
	}
	c.pause = max(every/time.Duration(len(c.todo)), checkMin)
	c.next = now
	return nil
}

// keep stores which posts the ids of what is shown mean, so that after a restart a deletion is noticed that nobody
// told us of: the timeline no longer has the post then.
func (s *Source) keep(ctx context.Context, ids []string) error {
	kept := map[string]string{}
	for _, id := range ids[:min(len(ids), keptMost)] {
		kept[id] = s.ids.key(id)
	}
	if maps.Equal(kept, s.checks.kept) {
		return nil
	}
	s.checks.kept = kept
	return s.hand(ctx, parcel{cursor: s.cursor()})
}

// idOf returns the server's id of a submission; "" where it is not known. That of an account of this server is in the
// post's address, and the key says whether it was read right there: Mastodon's is https://host/@name/id, GoToSocial's
// https://host/@name/statuses/id, and both have the URI https://host/users/name/statuses/id.
func (s *Source) idOf(x moderation.Submission) string {
	if id := s.ids.of(x.ID); id != "" {
		return id
	}
	u, err := url.Parse(x.URL)
	if err != nil {
		return ""
	}
	name, id, ok := strings.Cut(strings.TrimPrefix(u.Path, "/@"), "/")
	id = strings.TrimPrefix(id, "statuses/")
	if !ok || !usableID(id) || strings.ToLower(u.Host) != s.host {
		return ""
	}
	key := Key(u.Scheme + "://" + u.Host + "/users/" + name + "/statuses/" + id)
	if moderation.SubmissionID(s.event, key) != x.ID {
		return ""
	}
	s.ids.add(id, key)
	return id
}

// locate finds the ids of what is shown but was read before this process was started: it reads the timelines back to
// the oldest of it. What it does not find came from another server.
func (s *Source) locate(ctx context.Context, lost []moderation.Submission) error {
	wanted := map[string]bool{}
	oldest := lost[0].PostedAt
	for _, x := range lost {
		wanted[x.ID] = true
		if x.PostedAt.Before(oldest) {
			oldest = x.PostedAt
		}
	}
	for _, t := range s.tracks {
		var failed error
		err := s.down(ctx, t, func(p page) bool {
			var found []status
			passed := false
			for _, x := range p.statuses {
				if id := moderation.SubmissionID(s.event, Key(x.URI)); wanted[id] {
					found = append(found, x)
					delete(wanted, id)
				}
				passed = passed || x.CreatedAt.Before(oldest)
			}
			if len(found) > 0 {
				failed = s.hand(ctx, parcel{shown: true, found: found})
			}
			return failed == nil && !passed && len(wanted) > 0
		})
		if err := errors.Join(err, failed); err != nil {
			return err
		}
	}
	return nil
}
