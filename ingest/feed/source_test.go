package feed

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/ingest/fakenet"
	"github.com/openfloor/openfloor/moderation"
)

// sink keeps what it is given.
type sink struct {
	posts   []moderation.Post
	cursor  string
	alive   int
	skipped int
	stop    func() bool // asked after each turn; true: enough
	end     context.CancelFunc
}

func (s *sink) Deliver(_ context.Context, posts []moderation.Post, cursor string) error {
	s.posts, s.cursor = append(s.posts, posts...), cursor
	s.turned()
	return nil
}

func (s *sink) Alive() { s.alive++; s.turned() }

func (s *sink) Skipped(n int) { s.skipped += n }

func (s *sink) turned() {
	if s.stop == nil || s.stop() {
		s.end()
	}
}

// texts returns what was delivered, with "edit:" before what is a later version.
func (s *sink) texts() []string {
	out := []string{}
	for _, p := range s.posts {
		t := strings.ReplaceAll(p.Text, "\n\n", "|")
		if p.Version != "" {
			t = "edit:" + t
		}
		out = append(out, t)
	}
	return out
}

// reader reads a fake feed turn by turn, as a new process each time.
type reader struct {
	*sink
	source *Source
}

func newReader(t *testing.T, address string, tags ...string) *reader {
	t.Helper()
	src, err := New(Config{Client: ingest.NewClient(ingest.ClientConfig{AllowPrivate: true, Timeout: 5 * time.Second})},
		moderation.Event{}, moderation.SourceSetting{Kind: moderation.FromFeed, Server: address, Hashtags: tags})
	if err != nil {
		t.Fatal(err)
	}
	return &reader{&sink{}, src}
}

// turn reads once, and returns what was delivered and why it stopped by itself.
func (r *reader) turn(t *testing.T) ([]string, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r.end, r.posts = cancel, nil
	err := r.source.Run(ctx, r.cursor, r.sink)
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return r.texts(), err
}

func (r *reader) want(t *testing.T, what string, want ...string) {
	t.Helper()
	got, err := r.turn(t)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if d := cmp.Diff(append([]string{}, want...), got); d != "" {
		t.Errorf("%s: %s", what, d)
	}
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestFollow(t *testing.T) {
	t.Parallel()
	for _, format := range []fakenet.FeedFormat{fakenet.RSS, fakenet.Atom, fakenet.JSONFeed} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			f := fakenet.NewFeed(fakenet.FeedConfig{Format: format})
			at := time.Date(2026, 11, 20, 18, 6, 1, 0, time.UTC)
			one := f.Publish(fakenet.FeedItem{Title: "Who leads?", Text: "Is it <you> & me?\n\nOr not?", Author: "Ana", Tags: []string{"AskPanel"}, Posted: at})
			f.Publish(fakenet.FeedItem{Text: "Earlier", Posted: at.Add(-time.Hour)})
			r := newReader(t, serve(t, f)+"/feed?key=a")
			r.want(t, "at first", "Earlier", "Who leads?|Is it <you> & me?|Or not?")
			p := r.posts[1]
			if p.Author.Name != "Ana" || p.URL != "https://feed.example/0" || !p.PostedAt.Equal(at) || !slices.Equal(p.Tags, []string{"AskPanel"}) || p.Lang != "en" ||
				!strings.HasPrefix(p.Key, "feed:") || p.Source != moderation.FromFeed || p.Author.Account == r.posts[0].Author.Account {
				t.Errorf("the post: %+v", p)
			}
			key := p.Key
			r.want(t, "nothing new")
			if all, whole := f.Requests(); all != 2 || whole != 1 || r.alive != 1 {
				t.Errorf("%d requests, %d answered in full; want the second to be conditional", all, whole)
			}
			f.Change(one, func(it *fakenet.FeedItem) { it.Text = "Corrected" })
			r.want(t, "an edit", "edit:Who leads?|Corrected")
			if r.posts[0].Key != key {
				t.Error("an edit is another post")
			}
			f.Change(one, func(it *fakenet.FeedItem) { it.Text = "Corrected again" })
			r.want(t, "another", "edit:Who leads?|Corrected again")
			f.Publish(fakenet.FeedItem{Text: "New"})
			r.want(t, "a new one", "New")
			f.Drop()
			r.want(t, "what vanished is not deleted")
		})
	}
}

// TestGUIDs lets publishers do what they do to guids.
func TestGUIDs(t *testing.T) {
	t.Parallel()
	for _, format := range []fakenet.FeedFormat{fakenet.RSS, fakenet.Atom, fakenet.JSONFeed} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			f := fakenet.NewFeed(fakenet.FeedConfig{Format: format, Plain: true})
			at := time.Date(2026, 11, 20, 18, 6, 1, 0, time.UTC)
			both := f.Publish(fakenet.FeedItem{Text: "Guid and link", Posted: at})
			none := f.Publish(fakenet.FeedItem{GUID: "-", Link: "-", Text: "Neither", Posted: at.Add(time.Second)})
			dateless := f.Publish(fakenet.FeedItem{GUID: "-", Link: "-", Text: "Not even a date", NoDate: true})
			r := newReader(t, serve(t, f))
			r.want(t, "at first", "Guid and link", "Neither", "Not even a date")
			r.want(t, "again")
			f.Change(both, func(it *fakenet.FeedItem) { it.GUID = "another" })
			r.want(t, "another guid, the same link")
			f.Change(both, func(it *fakenet.FeedItem) { it.Link = "https://feed.example/moved" })
			r.want(t, "another link, the same guid")
			f.Change(both, func(it *fakenet.FeedItem) { it.GUID, it.Link = "a third", "https://feed.example/?utm=1" })
			r.want(t, "another guid and link, the same words")
			f.Change(both, func(it *fakenet.FeedItem) { it.GUID, it.Text = "a fourth", "Edited as well" })
			r.want(t, "another guid and words, the same link", "edit:Edited as well")
			f.Change(none, func(it *fakenet.FeedItem) { it.GUID, it.Link = "given", "https://feed.example/given" })
			f.Change(dateless, func(it *fakenet.FeedItem) { it.GUID = "given too" })
			r.want(t, "what had nothing got a guid")
			f.Change(none, func(it *fakenet.FeedItem) { it.Text = "Neither, edited" })
			r.want(t, "and is edited", "edit:Neither, edited")

			// Three items with one guid, and two with one link, are five.
			for _, name := range []string{"a", "b", "c"} {
				f.Publish(fakenet.FeedItem{GUID: "same", Link: "https://feed.example/" + name, Text: "Same guid " + name, Posted: at})
			}
			for _, name := range []string{"d", "e"} {
				f.Publish(fakenet.FeedItem{GUID: name, Link: "https://feed.example/", Text: "Same link " + name, Posted: at})
			}
			r.want(t, "shared marks", "Same guid a", "Same guid b", "Same guid c", "Same link d", "Same link e")
			r.want(t, "shared marks again")
			f.Misbehave(fakenet.Fault{Kind: fakenet.FaultDoubled, Times: 1})
			r.want(t, "each twice")
		})
	}
}

func TestMovedFeedKeepsItsKeys(t *testing.T) {
	t.Parallel()
	f := fakenet.NewFeed(fakenet.FeedConfig{})
	f.Publish(fakenet.FeedItem{Text: "One"})
	base := serve(t, f)
	a, b := newReader(t, base+"/old"), newReader(t, base+"/new")
	a.want(t, "at the old address", "One")
	b.want(t, "at the new address", "One")
	if a.posts[0].Key != b.posts[0].Key {
		t.Error("an item with a global guid is another one where the feed moved")
	}
	b.cursor = a.cursor
	b.want(t, "another feed's cursor", "One")
}

func TestHashtags(t *testing.T) {
	t.Parallel()
	f := fakenet.NewFeed(fakenet.FeedConfig{})
	f.Publish(fakenet.FeedItem{Text: "As a category", Tags: []string{"askpanel"}})
	f.Publish(fakenet.FeedItem{Text: "In the words (#ASKPANEL)."})
	f.Publish(fakenet.FeedItem{Text: "Another #AskPanelists"})
	f.Publish(fakenet.FeedItem{Text: "None at all"})
	base := serve(t, f)
	newReader(t, base, "AskPanel").want(t, "with a hashtag", "As a category", "In the words (#ASKPANEL).")
	all, err := newReader(t, base).turn(t)
	if err != nil || len(all) != 4 {
		t.Errorf("without: %q, %v", all, err)
	}
}

func TestProfileOfMastodon(t *testing.T) {
	t.Parallel()
	f := fakenet.NewFeed(fakenet.FeedConfig{Host: "social.example"})
	f.Publish(fakenet.FeedItem{GUID: "https://social.example/@ana/1", Link: "https://social.example/@ana/1", Text: "Q: why? &amp; how"})
	r := newReader(t, serve(t, f))
	r.want(t, "a toot", "Q: why? &amp; how")
	if a := r.posts[0].Author; a.Handle != "@ana@social.example" || a.URL != "https://social.example/@ana" || a.Name != "ana" {
		t.Errorf("author %+v", a)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault     fakenet.Fault
		says      string
		attention bool
		retry     time.Duration
		delivers  int
	}{
		"gone":      {fakenet.Fault{Kind: fakenet.FaultStatus, Status: 410}, "gone for good", true, 0, 0},
		"a login":   {fakenet.Fault{Kind: fakenet.FaultStatus, Status: 401}, "not for everybody", true, 0, 0},
		"not there": {fakenet.Fault{Kind: fakenet.FaultStatus, Status: 404}, "no feed at this address", false, 0, 0},
		"broken":    {fakenet.Fault{Kind: fakenet.FaultStatus, Status: 500}, "500", false, 0, 0},
		"busy":      {fakenet.Fault{Kind: fakenet.FaultStatus, Status: 503, Retry: 90}, "503", false, 90 * time.Second, 0},
		"too many":  {fakenet.Fault{Kind: fakenet.FaultTooMany}, "429", false, time.Minute, 0},
		"another":   {fakenet.Fault{Kind: fakenet.FaultRedirect, Location: "https://elsewhere.example/feed"}, "has moved", true, 0, 0},
		"a page":    {fakenet.Fault{Kind: fakenet.FaultHTML}, "no feed", false, 0, 0},
		"garbage":   {fakenet.Fault{Kind: fakenet.FaultGarbage}, "no feed", false, 0, 0},
		"cut":       {fakenet.Fault{Kind: fakenet.FaultCut}, "unexpected EOF", false, 0, 0},
		"truncated": {fakenet.Fault{Kind: fakenet.FaultTruncated}, "broken in the middle", false, 0, 4},
		"huge":      {fakenet.Fault{Kind: fakenet.FaultHuge}, "too large", false, 0, 0},
		"endless":   {fakenet.Fault{Kind: fakenet.FaultEndless}, "too large", false, 0, 0},
		"a bomb":    {fakenet.Fault{Kind: fakenet.FaultBomb}, "too large", false, 0, 0},
		"strange":   {fakenet.Fault{Kind: fakenet.FaultStrange}, "", false, 0, 10},
		"no fault":  {fakenet.Fault{}, "", false, 0, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fakenet.NewFeed(fakenet.FeedConfig{})
			for range 10 {
				f.Publish(fakenet.FeedItem{Text: "Words"})
			}
			if c.fault.Kind != "" {
				c.fault.Times = 1
				f.Misbehave(c.fault)
			}
			r := newReader(t, serve(t, f)+"/feed?key=s3cret")
			r.stop = func() bool { return c.says == "" }
			got, err := r.turn(t)
			if c.says == "" {
				if err != nil || len(got) != c.delivers {
					t.Errorf("%d delivered, %v; want %d", len(got), err, c.delivers)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "s3cret") {
				t.Fatalf("error %v, want one that says %q and no secret", err, c.says)
			}
			if _, ok := errors.AsType[*ingest.NeedsAttention](err); ok != c.attention {
				t.Errorf("%v needs attention: %v", err, ok)
			}
			if e, ok := errors.AsType[*ingest.RetryAfter](err); ok != (c.retry > 0) || ok && e.After != c.retry {
				t.Errorf("%v, want it again after %v", err, c.retry)
			}
			if len(got) < c.delivers || c.delivers == 0 && len(got) > 0 {
				t.Errorf("%d delivered, want %d", len(got), c.delivers)
			}
			r.stop = nil
			rest, err := r.turn(t) // from where it stopped, as if it was another process
			if err != nil || len(got)+len(rest) != 10 {
				t.Errorf("after it %d and then %d of 10 came, %v", len(got), len(rest), err)
			}
		})
	}
}

func TestMovedWithin(t *testing.T) {
	t.Parallel()
	f := fakenet.NewFeed(fakenet.FeedConfig{})
	f.Publish(fakenet.FeedItem{Text: "One"})
	f.Move("/here")
	newReader(t, serve(t, f)+"/there").want(t, "moved on the same server", "One")
}

func TestPace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ maxAge, want time.Duration }{{0, time.Minute}, {5 * time.Second, time.Minute}, {10 * time.Minute, 10 * time.Minute}, {24 * time.Hour, time.Hour}} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			f := fakenet.NewFeed(fakenet.FeedConfig{MaxAge: c.maxAge})
			dial, wait := fakenet.Pipe(ctx, f)
			transport := &http.Transport{DialContext: dial}
			src, err := New(Config{Client: &http.Client{Transport: transport}}, moderation.Event{}, moderation.SourceSetting{Server: "http://feed.example/"})
			if err != nil {
				t.Fatal(err)
			}
			var times []time.Time
			s := &sink{end: cancel}
			s.stop = func() bool { times = append(times, time.Now()); return len(times) == 3 }
			if err := src.Run(ctx, "", s); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			for i := range 2 {
				if got := times[i+1].Sub(times[i]).Round(time.Second); got != c.want {
					t.Errorf("with a max-age of %v it is asked again after %v, want %v", c.maxAge, got, c.want)
				}
			}
			transport.CloseIdleConnections()
			wait()
		})
	}
}

// TestSlowBeforeTheEvent: weeks beforehand a feed is asked seldom, and as often as ever once the event's hours begin.
func TestSlowBeforeTheEvent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		dial, wait := fakenet.Pipe(ctx, fakenet.NewFeed(fakenet.FeedConfig{}))
		transport := &http.Transport{DialContext: dial}
		begun, starts := time.Now(), time.Now().Add(2*time.Hour)
		src, err := New(Config{Client: &http.Client{Transport: transport}}, moderation.Event{StartsAt: &starts}, moderation.SourceSetting{Server: "http://feed.example/"})
		if err != nil {
			t.Fatal(err)
		}
		before, within := 0, 0
		s := &sink{end: cancel}
		s.stop = func() bool {
			if time.Since(begun) < time.Hour {
				before++
			} else {
				within++
			}
			return time.Since(begun) >= 90*time.Minute
		}
		if err := src.Run(ctx, "", s); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if before != 4 || within < 29 || within > 32 {
			t.Errorf("asked %d times in the hour before the event's hours and %d times in the half hour after, want 4 and 31", before, within)
		}
		transport.CloseIdleConnections()
		wait()
	})
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	client := &http.Client{}
	for _, address := range []string{"", "feed.example", "ftp://feed.example/", "https://me:s3cret@feed.example/", "https:///feed"} {
		if _, err := New(Config{Client: client}, moderation.Event{}, moderation.SourceSetting{Server: address}); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("New of %q: %v", address, err)
		}
	}
	if _, err := New(Config{}, moderation.Event{}, moderation.SourceSetting{Server: "https://feed.example/"}); err == nil {
		t.Error("no client is needed")
	}
}

// TestDecodeInTheWild reads what publishers write.
func TestDecodeInTheWild(t *testing.T) {
	t.Parallel()
	base, _ := url.Parse("https://blog.example/feeds/all.xml")
	when := time.Date(2026, 11, 20, 18, 6, 1, 0, time.UTC)
	for name, c := range map[string]struct {
		doc  string
		want []item
	}{
		"the protocol's own": {`<rss><channel><item><guid isPermaLink="true">https://social.example/@ana/1</guid><pubDate>Fri, 20 Nov 2026 18:06:01 +0000</pubDate><description>&lt;p&gt;Q: why? &amp;amp; how&lt;/p&gt;</description><category>AskPanel</category></item></channel></rss>`,
			[]item{{guid: "https://social.example/@ana/1", link: "https://social.example/@ana/1", body: "Q: why? & how", tags: []string{"AskPanel"}, posted: when}}},
		"RSS 1.0, Latin-1": {"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel/><item><title>Caf\xe9 \x93here\x94</title><link>/1</link><dc:date>2026-11-20T18:06:01Z</dc:date><dc:creator>Zo\xeb</dc:creator></item></rdf:RDF>",
			[]item{{link: "https://blog.example/1", title: "Café “here”", author: "Zoë", posted: when}}},
		"markup that nobody escaped": {`<rss><channel><language>cy</language><item><title>A &nbsp;B</title><description><p>One</p><p>Two</p></description><author>ana@a.example (Ana)</author><pubDate>20 Nov 26 18:06:01 GMT</pubDate></item></channel></rss>`,
			[]item{{title: "A \u00a0B", body: "One\n\nTwo", author: "Ana", lang: "cy", posted: when}}},
		"CDATA and other namespaces": {"\xEF\xBB\xBF<?xml version='1.0'?>\n<rss xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\"><channel><item><itunes:title>No</itunes:title><title><![CDATA[Yes & no]]></title><content:encoded><![CDATA[<b>Bold</b><script>x</script>]]></content:encoded><itunes:author>No</itunes:author><guid>7</guid></item></channel></rss>",
			[]item{{guid: "7", title: "Yes & no", body: "Bold"}}},
		"Atom": {`<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><entry xml:lang="de"><id>tag:a</id><title type="html">1 &amp;lt; 2</title><summary>2 &lt; 3 &amp;amp; so</summary><content type="html">&lt;p&gt;Long&lt;/p&gt;</content><author><name>Ana</name><uri>https://a.example/</uri></author><link rel="self" href="https://no.example/"/><link href="../1"/><updated>2026-11-20T18:06:01Z</updated><source><title>No</title><id>no</id></source></entry></feed>`,
			[]item{{guid: "tag:a", link: "https://blog.example/1", title: "1 < 2", body: "2 < 3 &amp; so", author: "Ana", authorURL: "https://a.example/", lang: "de", made: when}}},
		"JSON": {`{"version":"https://jsonfeed.org/version/1","items":[{"id":7,"url":"/1","content_html":"<p>a</p>b","author":{"name":"Ana"},"date_published":"2026-11-20T19:06:01+01:00","language":"cy"}]}`,
			[]item{{guid: "7", link: "https://blog.example/1", body: "a\n\nb", author: "Ana", lang: "cy", posted: when}}},
		"control characters and bad UTF-8": {"<rss><channel><item><title>a\x08b \xc3( c</title></item></channel></rss>", []item{{title: "ab \uFFFD( c"}}},
		"no entities of its own": {`<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><item><title>&b;&x;</title></item></channel></rss>`,
			[]item{{title: "&b;&x;"}}},
		"a link that leads nowhere": {`<rss><channel><item><title>a</title><link>javascript:alert(1)</link><guid isPermaLink="false">https://a.example/</guid></item></channel></rss>`,
			[]item{{guid: "https://a.example/", title: "a"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := decode([]byte(c.doc), base)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got, cmp.AllowUnexported(item{})); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestDate(t *testing.T) {
	t.Parallel()
	when := time.Date(2026, 11, 20, 18, 6, 1, 0, time.UTC)
	for _, s := range []string{"Fri, 20 Nov 2026 18:06:01 +0000", "Fri, 20 Nov 2026 18:06:01 GMT", "20 Nov 2026 18:06:01 UT", "Fri, 20 Nov 26 18:06:01 GMT", "Fri, 20 Nov 2026 13:06:01 EST",
		"Friday, 20 Nov 2026 18:06:01 +0000", "2026-11-20T18:06:01Z", "2026-11-20T19:06:01+01:00", "2026-11-20T18:06:01", "  Fri,  20 Nov 2026\n18:06:01 Z "} {
		if got := date(s); !got.Equal(when) {
			t.Errorf("date(%q) = %v", s, got)
		}
	}
	if got := date("Thu, 2 Jul 2026 18:06:01 BST"); !got.Equal(time.Date(2026, 7, 2, 17, 6, 1, 0, time.UTC)) {
		t.Errorf("summer time: %v", got)
	}
	for _, s := range []string{"", "yesterday", "0001-01-01T00:00:00Z"} {
		if got := date(s); !got.IsZero() {
			t.Errorf("date(%q) = %v, want none", s, got)
		}
	}
}

// TestCursorFits makes sure that the largest cursor can be stored: ACCESS takes 64 KiB.
func TestCursorFits(t *testing.T) {
	t.Parallel()
	c := parseCursor("", "https://a.example/")
	d := document{"https://a.example/", map[string]int{}, map[string]int{}}
	for i := range 2 * itemsMost {
		it := item{guid: strings.Repeat("g", i+1), link: "https://a.example/" + strings.Repeat("l", i), title: "t", posted: time.Unix(int64(i), 0)}
		d.guids[it.guid], d.links[it.link] = 1, 1
		c.see([]known{d.marks(it)})
	}
	c.ETag, c.Modified = strings.Repeat(`"`, validatorBytes), strings.Repeat("m", validatorBytes)
	if s := c.String(); len(c.Items) != itemsMost || len(s) > 60<<10 {
		t.Errorf("%d items in %d bytes", len(c.Items), len(s))
	}
	if got := parseCursor(c.String(), "https://a.example/"); len(got.Items) != itemsMost || got.ETag != c.ETag {
		t.Error("it does not come back")
	}
}

func FuzzDecode(f *testing.F) {
	for _, format := range []fakenet.FeedFormat{fakenet.RSS, fakenet.Atom, fakenet.JSONFeed} {
		fake := fakenet.NewFeed(fakenet.FeedConfig{Format: format})
		fake.Publish(fakenet.FeedItem{Title: "T", Text: "One & <two>\n\nthree #AskPanel", Author: "Ana", Tags: []string{"a"}, Posted: time.Unix(1_800_000_000, 0)})
		rec := httptest.NewRecorder()
		fake.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
		f.Add(bytes.Clone(rec.Body.Bytes()), "")
	}
	f.Add([]byte("<?xml encoding='utf-16'?><rss><item><title>&amp;lt;script&amp;gt;</title>"), "{}")
	f.Fuzz(func(t *testing.T, doc []byte, stored string) {
		base, _ := url.Parse("https://blog.example/feed")
		src := &Source{address: base}
		c := parseCursor(stored, base.String())
		s := &sink{end: func() {}}
		err := src.turn(t.Context(), &c, answer{changed: true, body: doc, from: base}, s)
		if err != nil && len(err.Error()) > 200 {
			t.Errorf("a long error: %v", err)
		}
		for _, p := range s.posts {
			p.Event = "panel"
			p, err := ingest.Tidy(p, time.Now())
			if err != nil {
				continue
			}
			if len(p.Text) > ingest.TextBytes || !utf8.ValidString(p.Text+p.Author.Name+p.URL) || p.Key == "" || p.Author.Account == "" {
				t.Errorf("post %+v", p)
			}
		}
		if len(s.cursor) > 60<<10 {
			t.Errorf("a cursor of %d bytes", len(s.cursor))
		}
		// The same document again brings nothing.
		first := len(s.posts)
		again := parseCursor(s.cursor, base.String())
		_ = src.turn(t.Context(), &again, answer{changed: true, body: doc, from: base}, s)
		if len(s.posts) != first {
			t.Errorf("%d posts, and %d more when the same document is read again", first, len(s.posts)-first)
		}
	})
}
