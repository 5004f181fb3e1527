package mastodon

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/openfloor/openfloor/ingest"
)

const (
	backMost  = 2000     // posts read back at the first run
	backBytes = 32 << 20 // of answers, on the way
	pagesMost = 25       // read in a row; the next turn goes on from there
	spare     = 60       // requests that the overlap, and looks at what is shown, leave to what is new
	breather  = time.Second
)

// poll reads the timelines in turn, and looks at what is shown, until ctx ends or the server does not answer as it
// should. While a stream brings what is new it endures that for a while.
func (s *Source) poll(ctx context.Context) error {
	fault := time.Duration(0)
	for i := 0; ; i++ {
		more, err := s.turn(ctx, s.tracks[i%len(s.tracks)])
		if err == nil {
			fault = 0
			err = s.rest(ctx, more)
		}
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		fault = min(max(2*fault, s.config.Every), s.config.OverlapEvery)
		if err := s.endure(ctx, err, fault); err != nil {
			return err
		}
	}
}

// turn looks for what is new with one tag, and from time to time for what came late. More says that it did not come
// to the end of what is new.
func (s *Source) turn(ctx context.Context, t *track) (more bool, err error) {
	now := time.Now()
	if t.Newest == "" { // nothing was ever found: look back as far as the event goes
		if err := s.back(ctx, t, s.since, backMost); err != nil {
			return false, err
		}
		t.settle(now, t.Newest)
		return false, nil
	}
	// What is new goes first where the rate limit is nearly used up, but not when beginning again.
	due := !now.Before(t.overlapNext) && (s.client.left > spare || !t.begun)
	if !due {
		more, _, err := s.forward(ctx, t, t.Newest)
		return more, err
	}
	t.overlapNext = now.Add(s.config.OverlapEvery)
	from := t.Overlap
	if from == "" {
		from = t.Newest
	}
	more, highest, err := s.forward(ctx, t, from)
	if t.Overlap != "" {
		t.settle(now, highest) // so far it was read again, also where it was not read to its end
	}
	if err != nil {
		return false, err
	}
	t.begun = true
	if t.Overlap == "" { // no post is ten minutes old yet: there is no id to begin at
		since := t.Again.Add(-overlapSpan) // and not now: the server may not have answered for an hour
		if since.Before(s.since) {
			since = s.since
		}
		if err := s.back(ctx, t, since, backMost); err != nil {
			return more, err
		}
		t.settle(now, t.Newest)
	}
	return more, nil
}

// forward reads from just above the id from up, page by page without a hole, and hands each page on. Highest is the id
// up to which it did.
func (s *Source) forward(ctx context.Context, t *track, from string) (more bool, highest string, err error) {
	highest = from
	for range pagesMost {
		p, err := s.client.page(ctx, t.query, url.Values{"min_id": {from}})
		if err != nil {
			return false, highest, err
		}
		if p.members > 0 && p.highest == "" {
			return false, highest, fmt.Errorf("%s: %w", s.host, errGarbage) // nothing to go on from
		}
		if err := s.read(ctx, t, p.statuses, p.skipped, p.highest); err != nil {
			return false, highest, err
		}
		if compareIDs(p.highest, highest) > 0 {
			highest = p.highest
		}
		// A server that ignores min_id sends the same page for ever.
		if p.members < pageMost || compareIDs(p.highest, from) <= 0 {
			return false, highest, nil
		}
		from = p.highest
		if err := s.breathe(ctx); err != nil {
			return false, highest, err
		}
	}
	return true, highest, nil
}

// back reads from the newest down to posts written before since, most of them at most, and hands them on, oldest
// first. A timeline can be read back as far as the server keeps it.
func (s *Source) back(ctx context.Context, t *track, since time.Time, most int) error {
	var found []status
	skipped, highest, bytes := 0, "", 0
	err := s.down(ctx, t, func(p page) bool {
		found, skipped, bytes = append(found, p.statuses...), skipped+p.skipped, bytes+p.bytes
		if highest == "" || compareIDs(p.highest, highest) > 0 {
			highest = p.highest
		}
		return len(found) < most && bytes < backBytes &&
			!slices.ContainsFunc(p.statuses, func(x status) bool { return x.CreatedAt.Before(since) })
	})
	if err != nil {
		return err
	}
	return s.read(ctx, t, found[:min(len(found), most)], skipped, highest)
}

// down reads a timeline from the newest down, page by page, until next returns false or nothing is left.
func (s *Source) down(ctx context.Context, t *track, next func(page) bool) error {
	query := url.Values{}
	for range backMost/pageMost + 1 {
		p, err := s.client.page(ctx, t.query, query)
		if err != nil {
			return err
		}
		if !next(p) || p.members < pageMost || p.lowest == "" || p.lowest == query.Get("max_id") {
			return nil
		}
		query = url.Values{"max_id": {p.lowest}}
		if err := s.breathe(ctx); err != nil {
			return err
		}
	}
	return nil
}

// read hands on what was read of a timeline, oldest first, and moves the cursor up to highest.
func (s *Source) read(ctx context.Context, t *track, found []status, skipped int, highest string) error {
	found = slices.Clone(found)
	slices.SortStableFunc(found, func(a, b status) int { return compareIDs(a.ID, b.ID) })
	for _, x := range found {
		t.note(x.ID, x.CreatedAt)
	}
	if highest != "" && (t.Newest == "" || compareIDs(highest, t.Newest) > 0) {
		t.Newest = highest
	} else {
		skipped = 0 // not again for a page that is read again
	}
	return s.hand(ctx, parcel{track: t, found: found, skipped: skipped, cursor: s.cursor()})
}

// cursor returns the present cursor, "" before anything was found.
func (s *Source) cursor() string {
	c := cursor{V: cursorVersion, Server: s.server, Tags: map[string]place{}, Shown: s.checks.kept}
	for _, t := range s.tracks {
		if t.Newest != "" {
			c.Tags[t.tag] = t.place
		}
	}
	if len(c.Tags) == 0 && len(c.Shown) == 0 {
		return ""
	}
	return c.String()
}

// rest waits until the next turn and looks at what is shown meanwhile. It ends at once where a stream was opened: what
// came before it has to be read.
func (s *Source) rest(ctx context.Context, more bool) error {
	begun := time.Now()
	for {
		if s.catchUp.CompareAndSwap(true, false) {
			s.hurry = len(s.tracks)
			for _, t := range s.tracks {
				t.overlapNext = time.Time{}
			}
		}
		now := time.Now()
		pause := s.client.pace(s.pause(now), begun)
		if s.client.left > spare { // it need not last as long as its window
			switch {
			case s.hurry > 0:
				pause = 0
			case more:
				pause = min(pause, breather)
			}
		}
		wait := begun.Add(pause).Sub(now)
		if wait <= 0 {
			s.hurry = max(s.hurry-1, 0)
			return nil
		}
		if until := s.checks.next.Sub(now); s.config.Board != nil && until < wait {
			if until <= 0 {
				if err := s.check(ctx); err != nil {
					return err
				}
				continue
			}
			wait = until
		}
		if err := s.nap(ctx, wait); err != nil {
			return err
		}
	}
}

// pause returns the time between two turns.
func (s *Source) pause(now time.Time) time.Duration {
	every := s.config.Every
	if s.trusted.Load() {
		every = s.config.OverlapEvery
	}
	n := time.Duration(len(s.tracks))
	return ingest.Pace(s.hours, now, every/n, s.config.SlowEvery/n)
}

// endure waits after err, as long as a stream brings what is new; where none does, or somebody has to do something, it
// returns err.
func (s *Source) endure(ctx context.Context, err error, wait time.Duration) error {
	if _, ok := errors.AsType[*ingest.NeedsAttention](err); ok {
		return err
	}
	ordered, isOrdered := errors.AsType[*ingest.RetryAfter](err)
	if isOrdered {
		wait = ordered.After
	}
	until := time.Now().Add(wait)
	for s.trusted.Load() {
		left := time.Until(until)
		if left <= 0 {
			return nil
		}
		if err := s.nap(ctx, left); err != nil {
			return err
		}
	}
	if left := time.Until(until); isOrdered && left > 0 {
		return &ingest.RetryAfter{After: left, Err: ordered.Err}
	}
	return err
}

// breathe waits between two pages where little is left of the rate limit.
func (s *Source) breathe(ctx context.Context) error {
	if s.client.left > spare {
		return nil
	}
	return ingest.Sleep(ctx, s.client.pace(0, time.Now()))
}

// nap waits for d, or less where the pace changes.
func (s *Source) nap(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-s.wake:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
