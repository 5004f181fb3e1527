package feed

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/text"
)

// How often a document is asked for.
const (
	defaultEvery = time.Minute
	defaultSlow  = 15 * time.Minute
	longestEvery = time.Hour // whatever Cache-Control says: an event lasts no longer
)

// Config is how Factory's sources listen.
type Config struct {
	Client *http.Client  // from ingest.NewClient; required
	Every  time.Duration // between two looks, where Cache-Control does not ask for more; 0: 1 min
	Slow   time.Duration // the same before the event's hours; 0: 15 min
}

// Source follows one document. Its Run is for one goroutine at a time.
type Source struct {
	config  Config
	address *url.URL
	tags    []string  // folded; empty: every item is taken
	hours   time.Time // when the event's hours begin
}

var _ ingest.Source = (*Source)(nil)

// Factory returns the factory for settings of kind feed.
func Factory(c Config) ingest.Factory {
	return func(e moderation.Event, s moderation.SourceSetting) (ingest.Source, error) { return New(c, e, s) }
}

// New returns a source. The error says what to do about a setting that cannot work.
func New(c Config, e moderation.Event, setting moderation.SourceSetting) (*Source, error) {
	if c.Client == nil {
		return nil, errors.New("feed: a client is needed")
	}
	if c.Every <= 0 {
		c.Every = defaultEvery
	}
	if c.Slow <= 0 {
		c.Slow = defaultSlow
	}
	u, err := url.Parse(setting.Server)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return nil, errors.New("The feed's address is not usable. Set it to one such as https://blog.example/feed.xml.") //nolint:staticcheck // shown as it stands
	}
	u.Fragment = ""
	s := &Source{config: c, address: u, hours: ingest.Hours(e)}
	for _, t := range setting.Hashtags {
		if f := text.FoldTag(t); f != "" {
			s.tags = append(s.tags, f)
		}
	}
	return s, nil
}

// Run implements ingest.Source.
func (s *Source) Run(ctx context.Context, from string, out ingest.Sink) error {
	c := parseCursor(from, s.address.String())
	for {
		a, err := s.fetch(ctx, c)
		if err != nil {
			return err
		}
		if err := s.turn(ctx, &c, a, out); err != nil {
			return err
		}
		quick := min(max(s.config.Every, a.fresh), longestEvery)
		t := time.NewTimer(ingest.Pace(s.hours, time.Now(), quick, s.config.Slow))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return context.Cause(ctx)
		}
	}
}

// turn delivers what of an answer is new, and what has changed.
func (s *Source) turn(ctx context.Context, c *cursor, a answer, out ingest.Sink) error {
	if !a.changed {
		out.Alive()
		return nil
	}
	items, fault := decode(a.body, a.from)
	if fault != nil && !errors.Is(fault, errBroken) {
		return s.told(fault)
	}
	items = slices.DeleteFunc(items, func(it item) bool {
		if it.words() == "" {
			out.Skipped(1)
			return true
		}
		return !s.wants(it)
	})
	items = single(items)
	now := time.Now()
	slices.Reverse(items) // documents begin with the newest
	slices.SortStableFunc(items, func(x, y item) int { return x.at(now).Compare(y.at(now)) })
	doc := inspect(s.address.String(), items)
	marks := make([]known, len(items))
	for i, it := range items {
		marks[i] = doc.marks(it)
	}
	next := *c
	var posts []moderation.Post
	for i, was := range c.match(marks) {
		version := ""
		if was >= 0 {
			marks[i].Key = c.Items[was].Key
			if c.Items[was].Text == marks[i].Text {
				continue
			}
			// By our clock: publishers set theirs, or none, and an edit has to be later than the one before.
			version = now.UTC().Format("2006-01-02T15:04:05.000Z")
		}
		posts = append(posts, s.post(items[i], marks[i].Key, version, now))
	}
	next.see(marks)
	if fault == nil { // else the whole of it is wanted again
		next.ETag, next.Modified = a.etag, a.modified
	}
	if err := out.Deliver(ctx, posts, next.String()); err != nil {
		return err
	}
	*c = next
	if fault != nil {
		return s.told(fault)
	}
	return nil
}

// at is when an item was published, as far as that is known.
func (it item) at(now time.Time) time.Time {
	switch {
	case !it.posted.IsZero():
		return it.posted
	case !it.made.IsZero():
		return it.made
	}
	return now
}

// wants reports whether an item has one of the hashtags that were asked for, as a category or in its words.
func (s *Source) wants(it item) bool {
	if len(s.tags) == 0 {
		return true
	}
	for _, t := range append(hashtagsIn(it.words()), it.tags...) {
		if slices.Contains(s.tags, text.FoldTag(t)) {
			return true
		}
	}
	return false
}

// hashtagsIn returns the words that begin with a #.
func hashtagsIn(s string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\n.,;:!?()[]{}\"'“”‘’/…", r) }) {
		if strings.HasPrefix(w, "#") || strings.HasPrefix(w, "＃") {
			out = append(out, w)
		}
	}
	return out
}

// post makes a post of an item.
func (s *Source) post(it item, key, version string, now time.Time) moderation.Post {
	p := moderation.Post{Source: moderation.FromFeed, Key: key, Version: version, Text: it.words(), Lang: it.lang, URL: it.link,
		Tags: append(hashtagsIn(it.words()), it.tags...), PostedAt: it.at(now), Author: moderation.PostAuthor{Name: it.author, URL: it.authorURL}}
	a := &p.Author
	if u, err := url.Parse(it.link); err == nil {
		// A profile's feed of Mastodon names nobody; the address does.
		if who, _, ok := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/"); ok && len(who) > 1 && who[0] == '@' {
			a.Name, a.Handle, a.URL = cmp.Or(a.Name, who[1:]), who, cmp.Or(a.URL, u.Scheme+"://"+u.Host+"/"+who)
			if !strings.Contains(who[1:], "@") {
				a.Handle += "@" + u.Host
			}
		}
	}
	switch {
	case a.URL != "":
		a.Account = a.URL
	case a.Name != "":
		a.Account = s.address.Host + "\x00" + a.Name
	default:
		a.Account = key // nobody known: not the same person as the next such one
	}
	return p
}
