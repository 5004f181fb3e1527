package mastodon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/text"
)

// Defaults of Config, and limits.
const (
	DefaultServer = "https://mastodon.social"
	// A server allows 300 requests that carry a cursor in 15 minutes, one each 3 s (mastodon/mastodon
	// config/initializers/rack_attack.rb, read 2026-11); its own headers slow us further down where they have to.
	defaultEvery   = 5 * time.Second
	defaultOverlap = time.Minute
	// Less than the week between two chats of a series.
	defaultLookBack = 6 * 24 * time.Hour

	backMost    = 200 // posts read back at the first run
	overlapMost = 1000
	pagesMost   = 25 // read in a row; the next turn goes on from there
	spare       = 60 // requests that the overlap leaves to what is new
)

// Config is how Factory's sources listen.
type Config struct {
	Client *http.Client // from ingest.NewClient; required
	// Server is asked where a setting names none; empty: DefaultServer.
	Server string
	// Token is sent to TokenServer (empty: Server) and to no other; empty: nobody is asked with a token.
	Token, TokenServer string

	Every        time.Duration // between two looks for what is new; 0: 5 s
	OverlapEvery time.Duration // between two readings of the last ten minutes; 0: 1 min
	LookBack     time.Duration // posts so much older than the event's opening are taken too; 0: 6 days, negative: none
}

// Source listens to the hashtags of one event on one server. Its Run is for one goroutine at a time.
type Source struct {
	config Config
	client client
	host   string
	server string
	tracks []*track
	since  time.Time // older posts do not belong to the event
	seen   seen
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
	if c.Server == "" {
		c.Server = DefaultServer
	}
	if c.TokenServer == "" {
		c.TokenServer = c.Server
	}
	if c.Every <= 0 {
		c.Every = defaultEvery
	}
	if c.OverlapEvery <= 0 {
		c.OverlapEvery = defaultOverlap
	}
	if c.LookBack == 0 {
		c.LookBack = defaultLookBack
	}
	address := setting.Server
	if address == "" {
		address = c.Server
	}
	base, err := parseServer(address)
	if err != nil {
		return nil, err
	}
	s := &Source{config: c, host: base.Host, server: base.String(), since: e.OpensAt.Add(-max(c.LookBack, 0)),
		client: client{http: c.Client, base: base, left: unlimited}}
	if t, err := parseServer(c.TokenServer); err == nil && t.String() == s.server {
		s.client.token = c.Token
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

// parseServer reads the address of a server; a bare host means https.
func parseServer(s string) (*url.URL, error) {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(strings.TrimRight(s, "/"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("The server's address is not usable. Set it to one such as https://mastodon.social.") //nolint:staticcheck // shown as it stands
	}
	u.Host = strings.ToLower(u.Host)
	return u, nil
}

// Run implements ingest.Source.
func (s *Source) Run(ctx context.Context, from string, out ingest.Sink) error {
	c := parseCursor(from, s.server)
	for _, t := range s.tracks {
		t.place, t.recent, t.overlapNext, t.begun = c.Tags[t.tag], nil, time.Time{}, false
	}
	for {
		for _, t := range s.tracks {
			if err := s.turn(ctx, t, out); err != nil {
				return err
			}
			if err := sleep(ctx, s.client.pace(s.config.Every/time.Duration(len(s.tracks)), time.Now())); err != nil {
				return err
			}
		}
	}
}

// turn looks for what is new with one tag, and from time to time for what came late.
func (s *Source) turn(ctx context.Context, t *track, out ingest.Sink) error {
	now := time.Now()
	if t.Newest == "" { // nothing was ever found: look back as far as the event goes
		return s.back(ctx, t, out, s.since, backMost)
	}
	// What is new goes first where the rate limit is nearly used up, but not when beginning again.
	due := !now.Before(t.overlapNext) && (s.client.left > spare || !t.begun)
	if !due {
		return s.forward(ctx, t, out, t.Newest)
	}
	t.overlapNext = now.Add(s.config.OverlapEvery)
	from := t.Overlap
	if from == "" {
		from = t.Newest
	}
	if err := s.forward(ctx, t, out, from); err != nil {
		return err
	}
	t.begun = true
	if t.Overlap == "" { // no post is ten minutes old yet: there is no id to begin at
		since := now.Add(-overlapSpan)
		if since.Before(s.since) {
			since = s.since
		}
		return s.back(ctx, t, out, since, overlapMost)
	}
	return nil
}

// forward reads from just above the id from up, page by page without a hole, and delivers each page.
func (s *Source) forward(ctx context.Context, t *track, out ingest.Sink, from string) error {
	for range pagesMost {
		p, err := s.client.page(ctx, t.query, url.Values{"min_id": {from}})
		if err != nil {
			return err
		}
		if p.members > 0 && p.highest == "" {
			return fmt.Errorf("%s: %w", s.host, errGarbage) // nothing to go on from
		}
		if err := s.deliver(ctx, t, out, p.statuses, p.skipped, p.highest); err != nil {
			return err
		}
		// A server that ignores min_id sends the same page for ever.
		if p.members < pageMost || compareIDs(p.highest, from) <= 0 {
			return nil
		}
		from = p.highest
		if err := s.breathe(ctx); err != nil {
			return err
		}
	}
	return nil
}

// back reads from the newest down to posts written before since, most of them at most, and delivers them oldest
// first.
func (s *Source) back(ctx context.Context, t *track, out ingest.Sink, since time.Time, most int) error {
	var found []status
	skipped, highest, query := 0, "", url.Values{}
	for range pagesMost {
		p, err := s.client.page(ctx, t.query, query)
		if err != nil {
			return err
		}
		found, skipped = append(found, p.statuses...), skipped+p.skipped
		if highest == "" || compareIDs(p.highest, highest) > 0 {
			highest = p.highest
		}
		if p.members < pageMost || len(found) >= most || p.lowest == "" || p.lowest == query.Get("max_id") ||
			slices.ContainsFunc(p.statuses, func(x status) bool { return x.CreatedAt.Before(since) }) {
			break
		}
		query = url.Values{"max_id": {p.lowest}}
		if err := s.breathe(ctx); err != nil {
			return err
		}
	}
	return s.deliver(ctx, t, out, found[:min(len(found), most)], skipped, highest)
}

// deliver hands on what of a page is new, oldest first, and moves the cursor up to highest.
func (s *Source) deliver(ctx context.Context, t *track, out ingest.Sink, page []status, skipped int, highest string) error {
	page = slices.Clone(page)
	slices.SortStableFunc(page, func(a, b status) int { return compareIDs(a.ID, b.ID) })
	var posts []moderation.Post
	for _, x := range page {
		t.note(x.ID, x.CreatedAt)
		if !x.wanted(t.tag) || x.CreatedAt.Before(s.since) {
			continue
		}
		if p := x.post(s.host); !s.seen.has(p.Key, p.Version) {
			posts = append(posts, p)
		}
	}
	if highest != "" && (t.Newest == "" || compareIDs(highest, t.Newest) > 0) {
		t.Newest = highest
		if skipped > 0 { // not again for a page that is read again
			out.Skipped(skipped)
		}
	}
	t.settle(time.Now())
	if err := out.Deliver(ctx, posts, s.cursor()); err != nil {
		return err
	}
	for _, p := range posts {
		s.seen.add(p.Key, p.Version)
	}
	return nil
}

// cursor returns the present cursor, "" before anything was found.
func (s *Source) cursor() string {
	c := cursor{V: cursorVersion, Server: s.server, Tags: map[string]place{}}
	for _, t := range s.tracks {
		if t.Newest != "" {
			c.Tags[t.tag] = t.place
		}
	}
	if len(c.Tags) == 0 {
		return ""
	}
	return c.String()
}

// breathe waits between two pages where little is left of the rate limit.
func (s *Source) breathe(ctx context.Context) error {
	if s.client.left > spare {
		return nil
	}
	return sleep(ctx, s.client.pace(0, time.Now()))
}

// sleep waits for d; its error is that of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
