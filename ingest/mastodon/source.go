package mastodon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/text"
)

// Defaults of Config.
const (
	DefaultServer = "https://mastodon.social"
	// A server allows 300 requests that carry a cursor in 15 minutes, one each 3 s (mastodon/mastodon
	// config/initializers/rack_attack.rb, read 2026-11); its own headers slow us further down where they have to.
	defaultEvery   = 5 * time.Second
	defaultOverlap = time.Minute
	defaultSlow    = 5 * time.Minute // less than the overlap, so that nothing late is lost at this pace either
)

// Board tells what people can see, and what else is on record. It is safe for concurrent use.
type Board interface {
	// Shown returns the submissions that came from source and stand on the board of event now.
	Shown(event string, source moderation.Source) []moderation.Submission
	// Kept returns what else is stored of it and not gone: what waits, is held or was rejected.
	Kept(event string, source moderation.Source) []moderation.Submission
}

// Config is how Factory's sources listen.
type Config struct {
	Client *http.Client // from ingest.NewClient; required
	// Dial opens the connections of streams, with the guard of ingest.NewDialer; nil: there are none, only polling.
	Dial      func(ctx context.Context, network, address string) (net.Conn, error)
	UserAgent string // of streams; empty: "Openfloor"
	// Board says which posts to look at again every few minutes, so that their deletion is noticed; nil: none.
	Board Board
	// Server is asked where a setting names none; empty: DefaultServer.
	Server string
	// Token is sent to TokenServer (empty: Server) and to where that one has its streams, and to no other; empty:
	// nobody is asked with a token, and there are no streams.
	Token, TokenServer string

	Every        time.Duration // between two looks for what is new while no stream brings it; 0: 5 s
	OverlapEvery time.Duration // between two readings of the last ten minutes; 0: 1 min
	SlowEvery    time.Duration // between two looks before the event's hours; 0: 5 min
	CheckEvery   time.Duration // between two looks at each post on the board; 0: 5 min
	KeptEvery    time.Duration // between two looks at each other post that is stored; 0: 6 h
	ClosedEvery  time.Duration // the same once the event has closed; 0: 1 h
	LookBack     time.Duration // posts so much older than the event's opening are taken too; 0: as ingest.LookBack has it, negative: none
}

// Source listens to the hashtags of one event on one server. Its Run is for one goroutine at a time.
type Source struct {
	config Config
	event  string
	host   string
	server string
	since  time.Time // older posts do not belong to the event
	hours  time.Time // when the event's hours begin
	closes time.Time // zero: by hand
	shut   bool      // it was closed by hand

	// Of Run's goroutine.
	seen   seen
	opened time.Time // when the stream was opened; zero: it is not
	deaf   time.Time // until then no stream is trusted, since it left something out

	// Of poll's goroutine.
	client client
	tracks []*track
	hurry  int // turns without a rest, after a stream was opened
	checks checks

	// Of follow's goroutine.
	asker   client       // for the address of the streams; what it hears about the rate limit is not kept
	streams *http.Client // of server-sent events; nil: no streams
	sse     bool         // websockets do not get through
	mute    int          // streams in a row that broke before they said anything

	// Of all of them.
	ids     ids
	in      chan parcel
	trusted atomic.Bool   // what is new comes by stream, so polling is slow
	wake    chan struct{} // holds one when the pace has changed
	catchUp atomic.Bool   // a stream was opened: read what came before
}

// parcel is what poll and follow bring to Run's goroutine, which alone decides what becomes of it.
type parcel struct {
	track   *track // whose timeline was read; nil: the stream, or a look at a post
	shown   bool   // found is on record, so changes are followed though the post is not remembered
	found   []status
	gone    string // the server's id of a post that is deleted
	skipped int
	cursor  string
	opened  bool // a stream is open now
	broken  bool // it is no longer
	done    chan error
}

var _ ingest.Source = (*Source)(nil)

// Factory returns the factory for settings of kind mastodon.
func Factory(c Config) ingest.Factory {
	return func(e moderation.Event, s moderation.SourceSetting) (ingest.Source, error) { return New(c, e, s) }
}

// New returns a source. The error says what to do about a setting that cannot work.
func New(c Config, e moderation.Event, setting moderation.SourceSetting) (*Source, error) {
	if c.Client == nil {
		return nil, errors.New("mastodon: a client is needed")
	}
	c = c.withDefaults()
	address := setting.Server
	if address == "" {
		address = c.Server
	}
	base, err := parseServer(address)
	if err != nil {
		return nil, err
	}
	if c.LookBack == 0 {
		c.LookBack = ingest.LookBack(e)
	}
	s := &Source{config: c, event: e.Slug, host: base.Host, server: base.String(), since: e.OpensAt.Add(-max(c.LookBack, 0)),
		hours: ingest.Hours(e), shut: e.Shut, client: client{http: c.Client, base: base, left: unlimited},
		ids: ids{event: e.Slug}, wake: make(chan struct{}, 1)}
	if e.ClosesAt != nil {
		s.closes = *e.ClosesAt
	}
	if t, err := parseServer(c.TokenServer); err == nil && t.String() == s.server {
		s.client.token = c.Token
	}
	s.asker = s.client
	if c.Dial != nil && s.client.token != "" {
		s.streams = streamClient(c.Dial)
	}
	tags := setting.Hashtags
	if len(tags) == 0 {
		tags = e.Hashtags
	}
	for _, tag := range tags {
		folded := text.FoldTag(tag)
		if folded == "" || slices.ContainsFunc(s.tracks, func(t *track) bool { return t.tag == folded }) {
			continue
		}
		query := strings.ToLower(norm.NFC.String(strings.TrimLeft(strings.TrimSpace(tag), "#＃")))
		s.tracks = append(s.tracks, &track{tag: folded, query: query})
	}
	if len(s.tracks) == 0 {
		return nil, errors.New("There is no hashtag to listen for. Set one for the event or for this source.") //nolint:staticcheck // shown as it stands
	}
	return s, nil
}

func (c Config) withDefaults() Config {
	if c.Server == "" {
		c.Server = DefaultServer
	}
	if c.TokenServer == "" {
		c.TokenServer = c.Server
	}
	if c.UserAgent == "" {
		c.UserAgent = "Openfloor"
	}
	for d, otherwise := range map[*time.Duration]time.Duration{
		&c.Every: defaultEvery, &c.OverlapEvery: defaultOverlap, &c.SlowEvery: defaultSlow, &c.CheckEvery: defaultCheck, &c.ClosedEvery: defaultClosed, &c.KeptEvery: defaultKept,
	} {
		if *d <= 0 {
			*d = otherwise
		}
	}
	return c
}

// Run implements ingest.Source. One goroutine polls, another follows the stream; what both find is delivered here.
func (s *Source) Run(ctx context.Context, from string, out ingest.Sink) error {
	if s.streams != nil {
		defer s.streams.CloseIdleConnections()
		return s.work(ctx, from, out, s.poll, s.follow)
	}
	return s.work(ctx, from, out, s.poll)
}

// work does jobs, each in a goroutine of its own, and delivers what they find, until one of them ends.
func (s *Source) work(ctx context.Context, from string, out ingest.Sink, jobs ...func(context.Context) error) error {
	c := parseCursor(from, s.server)
	for _, t := range s.tracks {
		t.place, t.recent, t.overlapNext, t.begun = c.Tags[t.tag], nil, time.Time{}, false
	}
	s.checks.kept = c.Shown
	for id, key := range c.Shown {
		s.ids.add(id, key)
	}
	s.in, s.opened, s.hurry = make(chan parcel), time.Time{}, 0
	s.trusted.Store(false)
	s.catchUp.Store(false)

	ctx, cancel := context.WithCancelCause(ctx)
	var working sync.WaitGroup
	defer working.Wait()
	defer cancel(nil)
	stopped := make(chan error, len(jobs))
	for _, job := range jobs {
		working.Go(func() { stopped <- guarded(func() error { return job(ctx) }) })
	}
	for {
		select {
		case p := <-s.in:
			err := s.take(ctx, p, out)
			p.done <- err
			if err != nil {
				return err
			}
		case err := <-stopped:
			if c, ok := errors.AsType[crash](err); ok {
				panic(c)
			}
			return err
		}
	}
}

// take delivers what of a parcel is new.
func (s *Source) take(ctx context.Context, p parcel, out ingest.Sink) error {
	now := time.Now()
	switch {
	case p.opened:
		s.opened = now
		s.catchUp.Store(true)
		s.changePace()
	case p.broken:
		s.opened = time.Time{}
		s.trusted.Store(false)
		s.changePace()
		return nil // and no sign of life
	}
	var posts []moderation.Post
	for i := range p.found {
		x := &p.found[i]
		post, ok := s.consider(p, x)
		if !ok {
			continue
		}
		posts = append(posts, post)
		if p.track != nil && s.trusted.Load() && post.Version == "" && !post.Deleted && x.CreatedAt.After(s.opened) && now.Sub(x.CreatedAt) > streamLag {
			s.deaf = now.Add(deafFor)
			s.trusted.Store(false)
			s.changePace()
		}
	}
	if p.track == nil && !p.shown && len(p.found) > 0 && !s.trusted.Load() && now.After(s.deaf) {
		s.trusted.Store(true) // it brings what there is, so polling may be slow
	}
	if key := s.ids.key(p.gone); p.gone != "" && key != "" && !s.seen.has(key, removed) {
		posts = append(posts, moderation.Post{Source: moderation.FromMastodon, Key: key, Deleted: true})
	}
	if p.skipped > 0 {
		out.Skipped(p.skipped)
	}
	if len(posts) == 0 && p.cursor == "" && p.track == nil {
		out.Alive()
		return nil
	}
	if err := out.Deliver(ctx, posts, p.cursor); err != nil {
		return err
	}
	for _, post := range posts {
		version := post.Version
		if post.Deleted {
			version = removed
		}
		s.seen.add(post.Key, version)
	}
	return nil
}

// consider returns what has to be delivered about a status, where anything has.
func (s *Source) consider(p parcel, x *status) (moderation.Post, bool) {
	key := Key(x.URI)
	known := p.shown || s.seen.there(key)
	if !x.public() {
		// Its author no longer wants everybody to see it.
		return moderation.Post{Source: moderation.FromMastodon, Key: key, Deleted: true}, known && !s.seen.has(key, removed)
	}
	tagged := func(t *track) bool { return x.wanted(t.tag) }
	switch {
	case p.track != nil && !tagged(p.track), p.track == nil && !known && !slices.ContainsFunc(s.tracks, tagged), x.CreatedAt.Before(s.since):
		return moderation.Post{}, false
	}
	s.ids.add(x.ID, key)
	if s.seen.has(key, x.version()) {
		return moderation.Post{}, false
	}
	return x.post(s.host), true
}

// hand brings a parcel to Run's goroutine and returns once it is dealt with.
func (s *Source) hand(ctx context.Context, p parcel) error {
	p.done = make(chan error, 1)
	select {
	case s.in <- p:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-p.done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// changePace makes poll look at how long it should wait.
func (s *Source) changePace() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// slow reports whether the event's hours are still to come.
func (s *Source) slow(now time.Time) bool { return now.Before(s.hours) }

// crash is a panic on its way to Run's goroutine, where the Supervisor takes it. It counts as one of the runtime's, so
// that its words are logged: they quote no post.
type crash struct{ cause, stack string }

// Error implements error.
func (c crash) Error() string { return c.cause + "\n" + c.stack }

// RuntimeError implements runtime.Error.
func (crash) RuntimeError() {}

var _ runtime.Error = crash{}

// guarded calls f and turns its panic into a crash.
func guarded(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			cause := fmt.Sprintf("%T", v)
			if e, ok := v.(runtime.Error); ok {
				cause = e.Error()
			}
			err = crash{cause, string(debug.Stack())}
		}
	}()
	return f()
}

// parseServer reads the address of a server; its error says what to do.
func parseServer(s string) (*url.URL, error) {
	u, ok := ingest.ParseServer(s)
	if !ok {
		return nil, errors.New("The server's address is not usable. Set it to one such as https://mastodon.social.") //nolint:staticcheck // shown as it stands
	}
	return u, nil
}
