package x

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/dghubble/oauth1"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/text"
)

// Defaults of Config.
const (
	// An app may search 450 times in 15 minutes, a user 300 times (docs.x.com/x-api/fundamentals/rate-limits, read
	// 2026-11); 15 s are 60 times.
	defaultEvery     = 15 * time.Second
	defaultSlow      = 15 * time.Minute
	defaultRecheck   = 5 * time.Minute
	defaultKeptEvery = 6 * time.Hour // what is gone from X has to go within 24 h (developer policy, read 2026-11)

	aliveEvery = 30 * time.Second // while the stream is up and nothing comes
)

// Config is how Factory's sources listen.
type Config struct {
	Client *http.Client // from ingest.NewClient; required
	// Server is asked where a setting names none; empty: DefaultServer.
	Server string
	// Bearer is the app's token: search, lookups and stream. Without it Keys are used, and there is no stream.
	Bearer string
	Keys   Keys
	// Account returns the keys of the account that is connected to an event. They come before Bearer and Keys; only
	// the stream, which knows no accounts, goes by Bearer all the same. Nil: no event has one.
	Account func(event string) (Keys, bool)
	// CredentialServer is the only server that Bearer and Keys are sent to; empty: Server.
	CredentialServer string
	// Budget of an event whose setting has none; the zero value: no limit.
	Budget   moderation.Budget
	Dialect  Dialect // to begin with; empty: Tweet
	NoStream bool    // search only

	Every     time.Duration // between two searches; 0: 15 s
	SlowEvery time.Duration // before the event's hours; 0: 15 min
	Recheck   time.Duration // between two lookups of what is shown; 0: 5 min
	KeptEvery time.Duration // between two lookups of what else is stored, and of what is shown of a closed event; 0: 6 h
	LookBack  time.Duration // posts so much older than the event's opening are taken too; 0: as ingest.LookBack has it, negative: none
	Watching  Watching      // nil: nothing is looked up again
	Log       *slog.Logger  // nil: nothing is logged

	noncer oauth1.Noncer // for tests; nil: random
}

// Source listens to the hashtags of one event. Its Run is for one goroutine at a time.
type Source struct {
	config Config
	client client
	lines  *lines
	event  string
	tags   []string  // folded
	spelt  []string  // as written
	since  time.Time // older posts do not belong to the event
	hours  time.Time // when the event's hours begin
	closes time.Time // zero: by hand
	shut   bool      // it was closed by hand
	meter  *meter
	seen   seen

	// Of Run.
	cur    cursor
	looked map[string]time.Time // when a post was last looked up
	marks  []mark               // what came by the stream, newest last
	filled bool                 // everything comes by the stream, and nothing is missing before it
}

// mark is a post that came by the stream.
type mark struct {
	id   string
	at   time.Time // when it came
	made time.Time
}

var (
	_ ingest.Source  = (*Source)(nil)
	_ ingest.Spender = (*Source)(nil)
)

// Factory returns the factory for settings of kind x. Its sources share the app's one stream.
func Factory(c Config) ingest.Factory {
	c = c.withDefaults()
	l := newLines(c)
	return func(e moderation.Event, s moderation.SourceSetting) (ingest.Source, error) {
		return newSource(c, l, e, s)
	}
}

func (c Config) withDefaults() Config {
	set := func(d *time.Duration, to time.Duration) {
		if *d <= 0 {
			*d = to
		}
	}
	set(&c.Every, defaultEvery)
	set(&c.SlowEvery, defaultSlow)
	set(&c.Recheck, defaultRecheck)
	set(&c.KeptEvery, defaultKeptEvery)
	if c.Server == "" {
		c.Server = DefaultServer
	}
	if c.CredentialServer == "" {
		c.CredentialServer = c.Server
	}
	if c.Dialect == "" {
		c.Dialect = Tweet
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// newLines returns the stream of the app at the credentials' server; nil where there can be none.
func newLines(c Config) *lines {
	l := &lines{log: c.Log, taps: map[*tap]bool{}}
	base, err := parseServer(c.CredentialServer)
	if err != nil || c.Bearer == "" || c.NoStream || c.Client == nil {
		l.refused = time.Unix(1<<40, 0) // for good
		return l
	}
	l.client = client{http: bearing(c.Client), base: base, bearer: c.Bearer, log: c.Log, left: unlimited}
	endless := *bearing(c.Client)
	endless.Timeout = 0
	l.stream = &endless
	return l
}

// newSource returns a source. The error says what to do about a setting that cannot work.
func newSource(c Config, l *lines, e moderation.Event, setting moderation.SourceSetting) (*Source, error) {
	if c.Client == nil {
		return nil, errors.New("x: a client is needed")
	}
	address := setting.Server
	if address == "" {
		address = c.Server
	}
	base, err := parseServer(address)
	if err != nil {
		return nil, err
	}
	bearer, keys := c.Bearer, c.Keys
	if c.Account != nil {
		if theirs, ok := c.Account(e.Slug); ok {
			bearer, keys = "", theirs
		}
	}
	if bearer == "" && !keys.whole() {
		return nil, errors.New("X needs credentials: connect an account at /organise/" + e.Slug + "/connect/x, or set OPENFLOOR_X_BEARER_TOKEN, or OPENFLOOR_X_CONSUMER_KEY, OPENFLOOR_X_CONSUMER_SECRET, OPENFLOOR_X_ACCESS_TOKEN and OPENFLOOR_X_ACCESS_SECRET, and start again.") //nolint:staticcheck // shown as it stands
	}
	if home, err := parseServer(c.CredentialServer); err != nil || home.String() != base.String() {
		return nil, errors.New("The credentials for X are not for this server, so they are not sent to it. Leave the server of this source out.") //nolint:staticcheck // shown as it stands
	}
	if c.LookBack == 0 {
		c.LookBack = ingest.LookBack(e)
	}
	s := &Source{config: c, lines: l, event: e.Slug, since: e.OpensAt.Add(-max(c.LookBack, 0)), hours: ingest.Hours(e), shut: e.Shut,
		meter: &meter{limit: c.Budget}, client: client{base: base, bearer: bearer, log: c.Log, dialect: c.Dialect, left: unlimited}}
	if bearer != "" {
		s.client.http = bearing(c.Client)
	} else {
		s.client.http = signing(c.Client, keys, c.noncer)
	}
	if e.ClosesAt != nil {
		s.closes = *e.ClosesAt
	}
	if setting.Budget != nil {
		s.meter.limit = *setting.Budget
	}
	tags := setting.Hashtags
	if len(tags) == 0 {
		tags = e.Hashtags
	}
	for _, tag := range tags {
		folded := text.FoldTag(tag)
		if folded != "" && spelling(tag) != "" && !slices.Contains(s.tags, folded) {
			s.tags, s.spelt = append(s.tags, folded), append(s.spelt, tag)
		}
	}
	if len(s.tags) == 0 {
		return nil, errors.New("There is no hashtag to listen for. Set one for the event or for this source.") //nolint:staticcheck // shown as it stands
	}
	if !queryFits(query(s.spelt, false), queryMost) {
		return nil, errors.New("X takes no more than 512 characters of hashtags. Set fewer or shorter ones.") //nolint:staticcheck // shown as it stands
	}
	return s, nil
}

// Spent implements ingest.Spender: posts read, and about how many US dollars they and their authors cost.
func (s *Source) Spent() (posts int, money float64) {
	n, spent := s.meter.used()
	return n, float64(spent) / 1e6
}

// Run implements ingest.Source.
func (s *Source) Run(ctx context.Context, from string, out ingest.Sink) error {
	s.begin(from)
	s.lines.share(1)
	defer s.lines.share(-1)
	line := s.line()
	defer line.close()

	searchAt, recheckAt := time.Now(), time.Now().Add(s.config.Recheck/10)
	var since, holed time.Time // when the stream came up, and since when nothing is missing from it
	for {
		line.consider(ctx)
		if up, lost := s.lines.state(line.tap); !up.Equal(since) || lost {
			if since, holed = up, up; lost {
				holed = time.Now()
			}
			if s.filled {
				s.filled, searchAt = false, time.Now()
			}
		}
		if err := s.drain(ctx, out, line.tap); err != nil {
			return err
		}
		if now := time.Now(); !s.filled && !now.Before(searchAt) {
			done, err := s.turn(ctx, out)
			if searchAt, err = s.after(ctx, err, !since.IsZero(), done); err != nil {
				return err
			}
			s.filled = done && !since.IsZero() && now.Sub(holed) >= ruleDelay
		}
		if !time.Now().Before(recheckAt) {
			err := s.recheck(ctx, out, false)
			if recheckAt, err = s.later(ctx, err); err != nil {
				return err
			}
		}
		if !since.IsZero() {
			out.Alive()
		}
		wake := time.Now().Add(aliveEvery)
		if wake.After(recheckAt) {
			wake = recheckAt
		}
		if !s.filled && wake.After(searchAt) {
			wake = searchAt
		}
		if err := s.wait(ctx, out, line.tap, time.Until(wake)); err != nil {
			return err
		}
	}
}

// begin takes up what the cursor from says.
func (s *Source) begin(from string) {
	s.cur, s.marks, s.filled = parseCursor(from), nil, false
	s.cur.Tags = slices.DeleteFunc(s.cur.Tags, func(t string) bool { return !slices.Contains(s.tags, t) })
	s.meter.restore(s.cur.Posts, s.cur.Spent)
}

// turn searches once for what is new, and for what tags that were added have from before. It reports whether
// there is nothing more for now.
func (s *Source) turn(ctx context.Context, out ingest.Sink) (bool, error) {
	done, err := s.catchUp(ctx, out)
	if err != nil || !done {
		return false, err
	}
	return true, s.lookBack(ctx, out)
}

// after returns when to search again after a search that ended with err. An error that the stream gets us over is
// waited for, any other is returned.
func (s *Source) after(ctx context.Context, err error, streaming, done bool) (time.Time, error) {
	now := time.Now()
	if err == nil && !done {
		return now, nil
	}
	next := now.Add(s.client.pace(ingest.Pace(s.hours, now, s.config.Every, s.config.SlowEvery), s.lines.sharers(), now))
	if err == nil {
		return next, nil
	}
	err = reaction(err)
	_, stop := errors.AsType[*ingest.NeedsAttention](err)
	if ctx.Err() != nil || stop || !streaming || !passing(err) {
		return next, err
	}
	if r, ok := errors.AsType[*ingest.RetryAfter](err); ok {
		next = now.Add(r.After)
	}
	return next, nil
}

// later returns when to look up again after lookups that ended with err; what passes by itself is waited for.
func (s *Source) later(ctx context.Context, err error) (time.Time, error) {
	now := time.Now()
	if err == nil {
		return now.Add(s.recheckEvery(now)), nil
	}
	err = reaction(err)
	if _, stop := errors.AsType[*ingest.NeedsAttention](err); ctx.Err() != nil || stop || !passing(err) {
		return now, err
	}
	wait := min(time.Minute, s.config.Recheck)
	if r, ok := errors.AsType[*ingest.RetryAfter](err); ok {
		wait = max(wait, r.After)
	}
	s.config.Log.Warn("posts on the board could not be looked up", slog.Any("error", err))
	return now.Add(wait), nil
}

// passing reports whether an error is X's, and may pass: one of the sink is not ours to wait for.
func passing(err error) bool {
	_, sink := errors.AsType[*sinkError](err)
	return !sink
}

// sinkError is an error of Deliver.
type sinkError struct{ error }

// Unwrap returns the error.
func (e *sinkError) Unwrap() error { return e.error }

// quiet reports whether the event's hours are still to come.
func (s *Source) quiet(now time.Time) bool { return now.Before(s.hours) }

// wait waits for d, or until something comes by the stream or changes about it.
func (s *Source) wait(ctx context.Context, out ingest.Sink, t *tap, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case p := <-t.in:
		return s.received(ctx, out, t.more(p))
	case <-t.wake:
	case <-timer.C:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// drain takes what waits.
func (s *Source) drain(ctx context.Context, out ingest.Sink, t *tap) error {
	for ctx.Err() == nil {
		select {
		case p := <-t.in:
			if err := s.received(ctx, out, t.more(p)); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return context.Cause(ctx)
}

// more adds to p what else waits, so that in a burst many posts are stored together with one cursor.
func (t *tap) more(p page) page {
	for len(p.tweets) < pageMost {
		select {
		case q := <-t.in:
			if p.users == nil {
				p.users = map[string]user{}
			} else if len(q.users) > 0 {
				p.users = maps.Clone(p.users) // others have it too
			}
			maps.Copy(p.users, q.users)
			p.tweets, p.read, p.skipped = append(p.tweets, q.tweets...), append(slices.Clip(p.read), q.read...), p.skipped+q.skipped
		default:
			return p
		}
	}
	return p
}

// received takes what came by the stream, and moves the cursor behind it, so that after a disconnect the search
// begins there.
func (s *Source) received(ctx context.Context, out ingest.Sink, p page) error {
	now := time.Now()
	for _, t := range p.tweets {
		s.marks = append(s.marks, mark{t.ID, now, t.CreatedAt})
	}
	n := 0
	for n < len(s.marks) && now.Sub(s.marks[n].at) >= streamLag {
		if m := s.marks[n]; s.filled && (s.cur.Since == "" || compareIDs(m.id, s.cur.Since) > 0) {
			if s.cur.Since, s.cur.SinceAt = m.id, m.made; m.made.IsZero() || m.made.After(now) {
				s.cur.SinceAt = now
			}
		}
		n++
	}
	s.marks = slices.Delete(s.marks, 0, n)
	if slices.ContainsFunc(p.tweets, func(t tweet) bool { return t.tagged(s.tags) }) {
		s.meter.charge(p, now) // it came by the rule of another event
	}
	return s.take(ctx, out, p, s.tags)
}

// line is a source's part in the stream, for the time of one Run.
type line struct {
	source *Source
	tap    *tap
	reader sync.WaitGroup // runs where the reader is ours

	reading context.Context //nolint:containedctx // of the reader, within Run's; nil: it takes no part
	stop    context.CancelFunc
}

func (s *Source) line() *line {
	return &line{source: s, tap: &tap{rule: query(s.spelt, true), tag: rulePrefix + s.event, meter: s.meter,
		in: make(chan page, queueMost), wake: make(chan struct{}, 1)}}
}

// consider takes part in the stream where that is wanted and possible, and else no more.
func (l *line) consider(ctx context.Context) {
	s := l.source
	if s.quiet(time.Now()) || s.meter.left(0) < streamLeast || !queryFits(l.tap.rule, ruleMost) || s.lines.refuses() {
		l.close()
		return
	}
	if l.reading == nil {
		l.reading, l.stop = context.WithCancel(ctx)
	}
	s.lines.join(l.reading, l.tap, &l.reader)
}

// close leaves the stream and waits for the reader, if it was ours.
func (l *line) close() {
	if l.reading == nil {
		return
	}
	l.source.lines.leave(l.tap)
	l.stop()
	l.reader.Wait()
	l.reading = nil
}

// parseServer reads the address of a server; its error says what to do.
func parseServer(s string) (*url.URL, error) {
	u, ok := ingest.ParseServer(s)
	if !ok {
		return nil, errors.New("The address of X's API is not usable. Leave the server of this source out.") //nolint:staticcheck // shown as it stands
	}
	return u, nil
}
