package bluesky

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
)

const (
	cursorVersion = 1
	saveEvery     = 5 * time.Second
	knownEvery    = time.Minute
	knownTimes    = 10          // in a row: what a process before us delivered is on record by then
	backEvery     = time.Minute // before the past is tried again
	catchUp       = 10 * time.Minute
	jumpMost      = time.Hour // a clock that goes further back is wrong
	batchMost     = 512
	queueMost     = 4096
	metMost       = 64
)

// Source listens to the hashtags of one event. Its Run is for one goroutine at a time.
type Source struct {
	config Config
	event  string
	wanted map[string]bool // folded tags
	since  time.Time       // older posts do not belong to the event

	live, back *reader
	until      int64 // where back ends, in Unix microseconds; 0: there is nothing to go back to
	memory     *memory
	directory  *directory
	met        map[string]bool    // what the live reader began with: where back meets it, the past is done with
	last       map[string]bool    // what the back reader had last, for when it got there first
	looks      int                // how often the record is still looked through
	strangers  map[string]bool    // authors of what was delivered whom nobody knew, or who are called otherwise now
	called     map[string]calling // how authors were called when something of theirs was last delivered
	queue      []entry
	skipped    int
	fresh      bool // something came since the last cursor was stored
	alive      bool // somebody was told that the stream is
}

var _ ingest.Source = (*Source)(nil)

// entry is a post on its way to the sink.
type entry struct {
	post  moderation.Post
	place place
	first bool // nothing of it is on record yet
	from  *reader
	at    int64
	until time.Time // how long it waits for its author; zero: not at all
}

// calling is how an author is called.
type calling struct {
	handle, name string
	all          bool // on everything that is on record
}

// cursor is how far the stream was read. It is stored as JSON; times are Unix microseconds.
type cursor struct {
	V     int   `json:"v"`
	At    int64 `json:"at"`
	Back  int64 `json:"back,omitempty"` // what lies between Back and Until is still to be read
	Until int64 `json:"until,omitempty"`
	// Tags are those that were listened for, folded: for another one the past was not read.
	Tags []string `json:"tags,omitempty"`
}

// Run implements ingest.Source.
func (s *Source) Run(ctx context.Context, from string, out ingest.Sink) error {
	ctx, cancel := context.WithCancel(ctx)
	var helpers sync.WaitGroup
	defer helpers.Wait()
	defer cancel()
	s.begin(from, time.Now())

	liveDone, backDone := make(chan error, 1), make(chan error, 1)
	helpers.Go(func() { liveDone <- s.live.run(ctx) })
	past, stopPast := context.WithCancel(ctx)
	defer stopPast()
	goBack := func() { helpers.Go(func() { backDone <- s.back.run(past) }) }
	if s.until > 0 {
		goBack()
	}
	save, known, wake, retry := time.NewTicker(saveEvery), time.NewTicker(knownEvery), time.NewTimer(0), time.NewTimer(backEvery)
	defer save.Stop()
	defer known.Stop()
	defer wake.Stop()
	defer retry.Stop()
	retry.Stop()
	for {
		select {
		case f := <-s.live.frames:
			s.take(ctx, &helpers, s.live, f, out)
		case f := <-s.back.frames:
			s.take(ctx, &helpers, s.back, f, out)
		case err := <-liveDone:
			return err
		case <-backDone:
			if s.until > 0 {
				retry.Reset(backEvery)
			}
		case <-retry.C:
			goBack()
		case f := <-s.directory.answers:
			s.directory.done(ctx, &helpers, f, time.Now())
			s.optedOut(f)
			s.renamed(f, time.Now())
		case <-known.C:
			if s.looks > 0 {
				s.looks--
				s.refresh()
			}
			s.askAgain(ctx, &helpers)
		case <-save.C:
			if s.fresh {
				s.fresh = false
				if err := out.Deliver(ctx, nil, s.cursor(0)); err != nil {
					return err
				}
			}
		case <-wake.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if s.until == 0 {
			stopPast()
		}
		if s.skipped > 0 {
			out.Skipped(s.skipped)
			s.skipped = 0
		}
		if err := s.flush(ctx, out); err != nil {
			return err
		}
		if len(s.queue) > 0 {
			wake.Reset(time.Until(s.queue[0].until))
		}
	}
}

// begin sets the readers to where the cursor from says.
func (s *Source) begin(from string, now time.Time) {
	for _, e := range s.queue { // what was not accepted comes again
		if k := s.memory.find(e.place.did, e.place.rkey); k != nil {
			k.sent, k.gone = false, false
		}
	}
	s.queue, s.skipped, s.fresh, s.alive = nil, 0, false, false
	s.looks, s.met, s.last = knownTimes, map[string]bool{}, map[string]bool{}
	s.directory.reset()
	s.live.frames, s.back.frames = make(chan frame, framesAhead), make(chan frame, framesAhead)
	s.refresh()

	c := parseCursor(from)
	present, oldest := now.UnixMicro(), now.Add(-window).UnixMicro()
	switch {
	case c.At == 0 || !s.listened(c.Tags): // never was here
		c = cursor{At: present}
		if start := max(s.since.UnixMicro(), now.Add(-max(s.config.Back, 0)).UnixMicro()); start < present {
			c.Back, c.Until = start, present
		}
	case present-c.At > catchUp.Microseconds(): // what is said now does not wait for what was missed
		if c.Until == 0 {
			c.Back = c.At
		}
		c.At, c.Until = present, present
	}
	s.live.at.Store(min(c.At, present))
	s.back.at.Store(max(c.Back, oldest))
	s.until = c.Until
	if s.until > 0 && s.until <= oldest {
		s.until = 0
	}
}

// listened reports whether tags holds every tag that is wanted now.
func (s *Source) listened(tags []string) bool {
	for tag := range s.wanted {
		if !slices.Contains(tags, tag) {
			return false
		}
	}
	return true
}

// parseCursor returns the cursor stored as s, an empty one where there is none that can be used.
func parseCursor(s string) cursor {
	var c cursor
	if json.Unmarshal([]byte(s), &c) != nil || c.V != cursorVersion || c.At < 0 || c.Back < 0 || c.Until < 0 {
		return cursor{}
	}
	return c
}

// cursor returns the place before which everything was accepted once the first n of the queue are.
func (s *Source) cursor(n int) string {
	c := cursor{V: cursorVersion, At: s.live.at.Load(), Tags: slices.Sorted(maps.Keys(s.wanted))}
	if s.until > 0 {
		c.Back, c.Until = s.back.at.Load(), s.until
	}
	for _, e := range s.queue[n:] {
		switch {
		case e.from == s.live:
			c.At = min(c.At, e.at)
		case c.Until == 0: // the past is read, but not all of it was accepted
			c.Back, c.Until = e.at, s.live.at.Load()
		default:
			c.Back = min(c.Back, e.at)
		}
	}
	b, err := json.Marshal(c)
	if err != nil {
		panic("BUG: bluesky cursor: " + err.Error()) // numbers and words
	}
	return string(b)
}

// take handles a frame, and those that wait behind it.
func (s *Source) take(ctx context.Context, helpers *sync.WaitGroup, r *reader, f frame, out ingest.Sink) {
	s.frame(ctx, helpers, r, f, out)
	for range batchMost {
		select {
		case f = <-r.frames:
			s.frame(ctx, helpers, r, f, out)
		default:
			return
		}
	}
}

func (s *Source) frame(ctx context.Context, helpers *sync.WaitGroup, r *reader, f frame, out ingest.Sink) {
	if f.opened {
		s.alive = s.alive && r != s.live
		return
	}
	if f.skipped {
		s.skipped++
		return
	}
	e, err := decodeEvent(f.data)
	if err != nil {
		s.skipped++
		return
	}
	if r == s.live && !s.alive && !e.fatal {
		s.alive = true
		out.Alive()
	}
	if e.at == 0 {
		return
	}
	s.fresh = true
	switch e.kind {
	case commitKind:
		s.meet(r, e)
		s.commit(ctx, helpers, r, e)
	case accountKind:
		s.account(r, e)
	case identityKind:
		s.directory.stale(e.did)
		if len(s.memory.posts[e.did]) > 0 {
			s.stranger(e.did)
			s.directory.ask(ctx, helpers, e.did)
		}
	case noticeKind, otherKind:
	}
	s.note(r, e.at)
}

// meet ends the past where it meets the present. The events themselves say so, since no clock can be trusted to.
func (s *Source) meet(r *reader, e event) {
	if s.until == 0 {
		return
	}
	name := e.did + " " + e.rkey + " " + e.rev + " " + e.operation
	switch {
	case r == s.live && s.last[name], r == s.back && s.met[name]: // whichever of the two was there first
		s.until = 0
	case r == s.live && len(s.met) < metMost:
		s.met[name] = true
	case r == s.back:
		if len(s.last) >= metMost {
			clear(s.last) // only the newest can be where the present began
		}
		s.last[name] = true
	}
}

// note moves the place of a reader. Times are the host's: one that is ahead of ours would make us miss what comes
// until then, and one that is far back was not meant as a place.
func (s *Source) note(r *reader, at int64) {
	at = min(at, time.Now().UnixMicro())
	if r.at.Load()-at > jumpMost.Microseconds() {
		return
	}
	r.at.Store(at)
	if r == s.back && s.until > 0 && at-s.until > jumpMost.Microseconds() {
		s.until = 0
	}
}

// commit takes in what was written, changed or deleted.
func (s *Source) commit(ctx context.Context, helpers *sync.WaitGroup, r *reader, e event) {
	known := s.memory.find(e.did, e.rkey)
	if e.operation == "delete" {
		s.memory.bury(e.did, e.rkey)
		if known != nil {
			s.remove(r, e.at, place{e.did, e.rkey})
		}
		return
	}
	if known != nil && known.gone {
		return
	}
	rec, err := decodeRecord(e.record)
	if err != nil {
		s.skipped++
		return
	}
	facets := rec.facets()
	tags := rec.tags(facets)
	if known == nil && !carries(tags, s.wanted) {
		return
	}
	p := rec.post(e, facets, tags)
	author, asked := s.directory.get(e.did, time.Now())
	at := place{e.did, e.rkey}
	switch {
	case known == nil && p.PostedAt.Before(s.since):
		return // not of this event
	case s.memory.buried(e.did, e.rkey):
		s.memory.add(e.did, e.rkey)
		s.remove(r, e.at, at) // even though it never came: no replay by another process may bring it
		return
	case hidden(rec.labels()) || author.hidden:
		if known != nil {
			s.remove(r, e.at, at)
		}
		return
	case known != nil && known.sent && known.version >= p.Version:
		return
	}
	first := known == nil
	if first {
		known = s.memory.add(e.did, e.rkey)
	}
	known.sent, known.version = true, p.Version
	x := entry{post: p, place: at, first: first, from: r, at: e.at}
	if !asked {
		if now := time.Now(); s.config.Patience > 0 && s.directory.worth(now) {
			x.until = now.Add(s.config.Patience)
		}
		s.directory.ask(ctx, helpers, e.did)
	}
	s.queue = append(s.queue, x)
}

// remove passes on that a post is gone.
func (s *Source) remove(r *reader, at int64, p place) {
	known := s.memory.find(p.did, p.rkey)
	if known == nil || known.gone {
		return
	}
	known.gone = true
	s.queue = append(s.queue, entry{place: p, from: r, at: at,
		post: moderation.Post{Source: moderation.FromBluesky, Key: uri(p.did, p.rkey), Deleted: true}})
}

// account takes in that an account is gone, or is back. What was taken off then does not come back: people who ask for
// their words to be gone are not asked to trust in a switch.
func (s *Source) account(r *reader, e event) {
	gone := e.gone()
	s.memory.leave(e.did, gone)
	if gone {
		s.removeAll(r, e.at, e.did)
	}
}

func (s *Source) removeAll(r *reader, at int64, did string) {
	for rkey := range s.memory.posts[did] {
		s.remove(r, at, place{did, rkey})
	}
}

// optedOut takes off what was delivered before it was known that its author does not want to be shown.
func (s *Source) optedOut(f found) {
	for did, p := range f.profiles {
		if !p.hidden {
			continue
		}
		waiting := map[place]bool{}
		for _, e := range s.queue { // flush drops them
			waiting[e.place] = e.first
		}
		for rkey := range s.memory.posts[did] {
			if at := (place{did, rkey}); !waiting[at] {
				s.remove(s.live, s.live.at.Load(), at)
			}
		}
	}
}

// stranger remembers somebody whose name has to be asked for until it is known.
func (s *Source) stranger(did string) {
	if len(s.strangers) < accountsMost {
		s.strangers[did] = true
	}
}

// renamed passes on what those are called now who were strangers when their posts were delivered.
func (s *Source) renamed(f found, now time.Time) {
	waiting := map[place]bool{}
	for _, e := range s.queue { // what waits gets the name as it leaves
		waiting[e.place] = true
	}
	for _, did := range f.dids {
		author, ok := s.directory.get(did, now)
		if !s.strangers[did] || !ok || !author.whole {
			continue // or it is asked for again
		}
		delete(s.strangers, did)
		if author.hidden || !s.call(did, author, true) {
			continue
		}
		for rkey, known := range s.memory.posts[did] {
			if at := (place{did, rkey}); !known.gone && !waiting[at] {
				p := named(moderation.Post{Source: moderation.FromBluesky, Key: uri(did, rkey), Renamed: true,
					Author: moderation.PostAuthor{Account: did, Handle: did, URL: profilePage(did)}}, author)
				s.queue = append(s.queue, entry{post: p, place: at, from: s.live, at: s.live.at.Load()})
			}
		}
	}
}

// call remembers how an author is called on a post, or on all that is on record, and reports whether that is news.
func (s *Source) call(did string, author profile, all bool) (news bool) {
	was, known := s.called[did]
	if !known && len(s.called) >= accountsMost {
		clear(s.called)
	}
	same := was.handle == author.handle && was.name == author.name
	s.called[did] = calling{author.handle, author.name, all || same && was.all}
	return !same || all && !was.all
}

// refresh learns what is on record, and takes off what turns out to have been deleted meanwhile.
func (s *Source) refresh() {
	if s.config.Known == nil {
		return
	}
	for _, address := range s.config.Known(s.event) {
		did, rkey, ours := parsePermalink(address)
		if !ours {
			continue
		}
		s.memory.add(did, rkey)
		if s.memory.buried(did, rkey) {
			s.remove(s.live, s.live.at.Load(), place{did, rkey})
		}
	}
}

// askAgain asks who those are who are still strangers.
func (s *Source) askAgain(ctx context.Context, helpers *sync.WaitGroup) {
	for did := range s.strangers {
		if _, ok := s.directory.get(did, time.Now()); !ok {
			s.directory.ask(ctx, helpers, did)
		}
	}
}

// flush delivers what does not wait any more, in the order in which it came.
func (s *Source) flush(ctx context.Context, out ingest.Sink) error {
	now := time.Now()
	var posts []moderation.Post
	n := 0
	for ; n < len(s.queue); n++ {
		e := &s.queue[n]
		if e.post.Deleted || e.post.Renamed {
			posts = append(posts, e.post)
			continue
		}
		author, ok := s.directory.get(e.place.did, now)
		if !ok && now.Before(e.until) && s.directory.worth(now) && len(s.queue)-n < queueMost {
			break
		}
		if !author.whole {
			s.stranger(e.place.did)
		}
		switch {
		case author.hidden && e.first:
			s.memory.add(e.place.did, e.place.rkey).gone = true
		case author.hidden:
			s.memory.add(e.place.did, e.place.rkey).gone = true
			posts = append(posts, moderation.Post{Source: e.post.Source, Key: e.post.Key, Deleted: true})
		default:
			s.call(e.place.did, author, false)
			posts = append(posts, named(e.post, author))
		}
	}
	if n == 0 {
		return nil
	}
	if err := out.Deliver(ctx, posts, s.cursor(n)); err != nil {
		return err
	}
	s.fresh = false
	s.queue = append(s.queue[:0], s.queue[n:]...)
	return nil
}

// named returns p with what is known of its author. Only what the bridge itself posted is a copy: anybody can write
// that theirs is one.
func named(p moderation.Post, author profile) moderation.Post {
	if author.handle != "" {
		p.Author.Handle = "@" + author.handle
	}
	p.Author.Name, p.Author.Avatar = author.name, author.avatar
	if p.Author.Name == "" {
		p.Author.Name = author.handle
	}
	if !fromBridge(author.handle, p.Aliases) {
		p.Aliases = nil
	}
	return p
}

// fromBridge reports whether a verified handle is one that Bridgy Fed gives to people of the server at which the first of
// these aliases is: user.server.ap.brid.gy, with - for what a handle may not hold (snarfed/bridgy-fed
// templates/docs.html, read 2026-11).
func fromBridge(handle string, aliases []string) bool {
	if len(aliases) == 0 {
		return false
	}
	host, _, _ := strings.Cut(strings.TrimPrefix(aliases[0], "url:"), "/")
	host = strings.NewReplacer("_", "-", "~", "-").Replace(host)
	return host != "" && strings.HasSuffix(handle, "."+host+".ap.brid.gy")
}
