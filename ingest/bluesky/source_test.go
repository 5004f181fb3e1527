package bluesky

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/ingest/fakenet"
	"github.com/openfloor/openfloor/moderation"
)

// sink keeps what is delivered, as one that is asked twice.
type sink struct {
	mu      sync.Mutex
	posts   []moderation.Post
	cursor  string
	alive   int
	skipped int
	fail    error
}

func (s *sink) Deliver(_ context.Context, posts []moderation.Post, cursor string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	s.posts, s.cursor = append(s.posts, posts...), cursor
	return nil
}

func (s *sink) Alive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alive++
}

func (s *sink) Skipped(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skipped += n
}

func (s *sink) set(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

// told returns what was delivered, in order: the text without its tag, or the key of what is gone.
func (s *sink) told() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, p := range s.posts {
		if p.Deleted {
			out = append(out, "gone "+p.Key)
			continue
		}
		out = append(out, strings.TrimSuffix(p.Text, " #AskPanel"))
	}
	return out
}

// all returns what was delivered, in order.
func (s *sink) all() []moderation.Post {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.posts)
}

func (s *sink) last() moderation.Post {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.posts[len(s.posts)-1]
}

// world is a source on a fake Bluesky, in a bubble.
type world struct {
	t      *testing.T
	sky    *fakenet.Bluesky
	wires  wires
	source *Source
	sink   *sink
	err    chan error
	cancel context.CancelFunc
	asked  int // requests before the present run
}

// bubble runs f on a world whose source does not run yet.
func bubble(t *testing.T, c fakenet.BlueskyConfig, change func(*Config), f func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)))
		sky := fakenet.NewBluesky(c)
		sky.Account(fakenet.SkyProfile{DID: "did:plc:ana", Handle: "ana.example", Name: "Ana", Avatar: "https://cdn.example/ana.jpg"})
		w := &world{t: t, sky: sky, wires: wire2(t, sky), sink: &sink{}}
		defer w.wires.close()
		if change != nil {
			change(&w.wires.config)
		}
		w.source = w.make(w.wires.config, "")
		f(t, w)
		if w.cancel != nil {
			w.stop()
		}
	})
}

func (w *world) make(c Config, server string) *Source {
	w.t.Helper()
	s, err := New(c, moderation.Event{Slug: "panel", Hashtags: []string{"AskPanel"}, OpensAt: time.Now().Add(-time.Hour)},
		moderation.SourceSetting{Kind: moderation.FromBluesky, Server: server, Enabled: true})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) run() {
	w.asked = len(w.sky.Requests())
	ctx, cancel := context.WithCancel(w.t.Context())
	w.cancel, w.err = cancel, make(chan error, 1)
	from := w.sink.cursor
	go func() { w.err <- w.source.Run(ctx, from, w.sink) }()
	synctest.Wait()
}

func (w *world) stop() {
	w.cancel()
	<-w.err
	w.cancel = nil
}

func (w *world) after(d time.Duration) { time.Sleep(d); synctest.Wait() }

func (w *world) post(words string) string {
	return w.sky.Post(fakenet.Skeet{DID: "did:plc:ana", Text: words + " #AskPanel"})
}

func (w *world) want(told ...string) {
	w.t.Helper()
	if got := w.sink.told(); !slices.Equal(got, told) {
		w.t.Errorf("delivered %q, want %q", got, told)
	}
}

// asks returns the streams that were asked for since the source runs.
func (w *world) asks() []fakenet.Request {
	var out []fakenet.Request
	for _, r := range w.sky.Requests()[w.asked:] {
		if strings.Contains(r.Path, "ubscribe") {
			out = append(out, r)
		}
	}
	return out
}

func TestPostsArriveAtOnce(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, nil, func(t *testing.T, w *world) {
		w.run()
		w.post("one")
		w.sky.Noise(20)
		w.post("two")
		w.after(time.Millisecond)
		w.want("one", "two")
		p := w.sink.last()
		if p.Author.Handle != "@ana.example" || p.Author.Name != "Ana" || p.Author.Avatar == "" || p.Author.Account != "did:plc:ana" || p.Version != "" {
			t.Errorf("arrived as %+v", p)
		}
		if w.sink.alive == 0 || w.sink.skipped != 0 {
			t.Errorf("alive %d, skipped %d", w.sink.alive, w.sink.skipped)
		}
	})
}

func TestUpdateAndDelete(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, nil, func(t *testing.T, w *world) {
		w.run()
		uri := w.post("one")
		w.after(time.Second)
		w.sky.Update(uri, "other #AskPanel")
		w.after(time.Second)
		first := w.sink.last().Version
		w.sky.Update(uri, "without the tag")
		w.after(time.Second)
		w.sky.Delete(uri)
		w.sky.Delete(w.sky.Post(fakenet.Skeet{Text: "of somebody else"}))
		w.after(time.Second)
		w.want("one", "other", "without the tag", "gone "+uri)
		if second := w.sink.posts[2].Version; first == "" || second <= first {
			t.Errorf("versions %q and %q do not grow", first, second)
		}
	})
}

// A network may send them the wrong way round; then the post is on record as gone, so that no replay brings it.
func TestDeletedBeforeItCame(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, nil, func(t *testing.T, w *world) {
		w.run()
		uri := w.sky.DeleteUnseen(fakenet.Skeet{Text: "never #AskPanel"})
		w.sky.DeleteUnseen(fakenet.Skeet{Text: "not ours"})
		w.after(time.Second)
		w.want("gone " + uri)
	})
}

func TestAccountGone(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, nil, func(t *testing.T, w *world) {
		w.run()
		uri := w.post("one")
		w.after(time.Second)
		w.sky.Status("did:plc:ana", false, "throttled")
		w.sky.Status("did:plc:other", false, "deleted")
		w.after(time.Second)
		w.want("one")
		w.sky.Status("did:plc:ana", false, "takendown")
		w.after(time.Second)
		w.want("one", "gone "+uri)
		w.sky.Status("did:plc:ana", true, "")
		w.post("two")
		w.after(time.Second)
		w.want("one", "gone "+uri, "two")
	})
}

// What is on record from before a restart is known by its permalink.
func TestDeletedAfterRestart(t *testing.T) {
	record := []string{"https://social.example/@ana/1", ""}
	bubble(t, fakenet.BlueskyConfig{}, func(c *Config) { c.Known = func(string) []string { return record } }, func(t *testing.T, w *world) {
		w.run()
		uri := w.post("one")
		w.after(time.Minute)
		w.sky.Noise(1) // the place moves on, so that the post itself does not come again
		w.after(time.Minute)
		record = append(record, w.sink.last().URL)
		w.stop()
		w.source = w.make(w.wires.config, "")
		w.run()
		w.sky.Delete(uri)
		w.after(time.Second)
		w.want("one", "gone "+uri)
	})
}

// The post was still on its way to the record when its deletion came: it is found a minute later.
func TestDeletedWhileOnItsWay(t *testing.T) {
	var mu sync.Mutex
	var record []string
	known := func(string) []string {
		mu.Lock()
		defer mu.Unlock()
		return record
	}
	bubble(t, fakenet.BlueskyConfig{}, func(c *Config) { c.Known = known }, func(t *testing.T, w *world) {
		w.run()
		w.sky.Post(fakenet.Skeet{Text: "noise"})
		uri := w.sky.Post(fakenet.Skeet{DID: "did:plc:ana", Text: "taken in by another process"})
		w.sky.Delete(uri)
		w.after(time.Second)
		mu.Lock()
		record = append(record, strings.ReplaceAll(strings.ReplaceAll(uri, "at://", "https://bsky.app/profile/"), collection, "post"))
		mu.Unlock()
		w.after(2 * time.Minute)
		w.want("gone " + uri)
	})
}

func TestNotToBeShown(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, nil, func(t *testing.T, w *world) {
		w.sky.Account(fakenet.SkyProfile{DID: "did:plc:shy", Handle: "shy.example", Labels: []string{"!no-unauthenticated"}})
		w.run()
		w.sky.Post(fakenet.Skeet{DID: "did:plc:shy", Text: "shy #AskPanel"})
		w.sky.Post(fakenet.Skeet{DID: "did:plc:ana", Text: "hidden #AskPanel", Labels: []string{"!no-unauthenticated"}})
		w.post("shown")
		w.after(time.Second)
		w.want("shown")
	})
}

// Nobody knows in time that the author does not want to be shown: it is taken off as soon as somebody does.
func TestOptOutKnownLate(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, nil, func(t *testing.T, w *world) {
		w.sky.Account(fakenet.SkyProfile{DID: "did:plc:shy", Handle: "shy.example", Labels: []string{"!no-unauthenticated"}})
		w.sky.Misbehave(fakenet.SkyFault{Kind: fakenet.SkyHang, Pages: true, Times: 3})
		w.run()
		begun := time.Now()
		uri := w.sky.Post(fakenet.Skeet{DID: "did:plc:shy", Text: "shy #AskPanel"})
		w.after(499 * time.Millisecond)
		w.want()
		w.after(2 * time.Millisecond)
		w.want("shy")
		if p := w.sink.last(); p.Author.Handle != "did:plc:shy" {
			t.Errorf("by %+v after %v", p.Author, time.Since(begun))
		}
		w.after(3 * time.Minute) // the servers of names answer again
		w.want("shy", "gone "+uri)
	})
}

// Names come from elsewhere where the first server fails, but only where the handle points back to the account.
func TestNamesFromTheDirectory(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, func(c *Config) { c.AppView, c.Resolver = "http://down.example", "http://names.example" }, func(t *testing.T, w *world) {
		w.sky.Account(fakenet.SkyProfile{DID: "did:plc:liar", Handle: "bbc.example", Unverified: true})
		w.run()
		w.post("one")
		w.after(time.Second)
		w.sky.Post(fakenet.Skeet{DID: "did:plc:liar", Text: "two #AskPanel"})
		w.after(time.Second)
		w.post("three")
		w.after(time.Second)
		w.want("one", "two", "three")
		if got := w.sink.posts[1].Author.Handle; got != "did:plc:liar" {
			t.Errorf("a handle that points elsewhere is shown as %s", got)
		}
		if got := w.sink.posts[2].Author.Handle; got != "@ana.example" {
			t.Errorf("the handle is %s", got)
		}
	})
}

// TestHandlesStayFresh: who is renamed is shown by the new handle, on posts to come and on those that are on record,
// also those of a process before this one; nothing else about them changes.
func TestHandlesStayFresh(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, func(c *Config) {
		c.Known = func(string) []string { return []string{permalink("did:plc:ana", "3before22222n")} }
	}, func(t *testing.T, w *world) {
		w.run()
		one := w.post("one")
		w.sky.Post(fakenet.Skeet{DID: "did:plc:stranger", Text: "not hers #AskPanel"})
		gone := w.post("gone")
		w.sky.Delete(gone)
		w.after(time.Second)
		n := len(w.sink.all())
		w.sky.Rename("did:plc:ana", "ana.new.example")
		w.after(time.Second)
		got := map[string]string{}
		for _, p := range w.sink.all()[n:] {
			if !p.Renamed || p.Text != "" || p.Deleted {
				t.Errorf("delivered %+v, want nothing but that the author was renamed", p)
			}
			got[p.Key] = p.Author.Handle
		}
		if want := map[string]string{one: "@ana.new.example", "at://did:plc:ana/app.bsky.feed.post/3before22222n": "@ana.new.example"}; !maps.Equal(got, want) {
			t.Errorf("renamed %v, want %v", got, want)
		}
		w.post("two")
		w.after(time.Second)
		if p := w.sink.last(); p.Author.Handle != "@ana.new.example" || p.Renamed {
			t.Errorf("by %s", p.Author.Handle)
		}
		n = len(w.sink.all())
		w.after(time.Hour)
		if more := len(w.sink.all()) - n; more != 0 {
			t.Errorf("%d posts while nothing happens", more)
		}
	})
}

// TestNamesKnownLate: a post goes out under its author's DID while nobody can say who that is, and is renamed as soon as
// somebody can.
func TestNamesKnownLate(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, nil, func(t *testing.T, w *world) {
		w.sky.Misbehave(fakenet.SkyFault{Kind: fakenet.SkyRefuse, Status: 503, Pages: true})
		w.run()
		w.post("one")
		w.after(2 * time.Second)
		if p := w.sink.last(); p.Author.Handle != "did:plc:ana" {
			t.Errorf("by %s, want the DID", p.Author.Handle)
		}
		w.sky.Behave()
		w.after(2 * time.Minute)
		if p := w.sink.last(); !p.Renamed || p.Author.Handle != "@ana.example" || p.Author.Name == "" {
			t.Errorf("delivered %+v, want her name", p)
		}
	})
}

// A burst by people whom nobody can name does not wait for each of them.
func TestNamesHoldNobodyUp(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, nil, func(t *testing.T, w *world) {
		w.sky.Misbehave(fakenet.SkyFault{Kind: fakenet.SkyHang, Pages: true})
		w.run()
		for i := range 300 {
			w.sky.Post(fakenet.Skeet{DID: fakenet.SkyDID(fmt.Sprint(i)), Text: "burst #AskPanel"})
		}
		w.after(time.Second)
		if n := len(w.sink.told()); n != 300 {
			t.Errorf("%d of 300 after a second", n)
		}
	})
}

func TestFallsBackToVersion1(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{OldOnly: true}, nil, func(t *testing.T, w *world) {
		w.run()
		uri := w.post("one")
		w.sky.Delete(uri)
		w.after(time.Second)
		w.want("one", "gone "+uri)
	})
}

func TestNextHostWhereOneIsSilentOrDown(t *testing.T) {
	for name, fault := range map[string]fakenet.SkyFault{
		"silent":  {Kind: fakenet.SkySilence, Host: "a.example"},
		"down":    {Kind: fakenet.SkyRefuse, Status: http.StatusBadGateway, Host: "a.example"},
		"hanging": {Kind: fakenet.SkyHang, Host: "a.example"},
		"a page":  {Kind: fakenet.SkyHTML, Host: "a.example"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, fakenet.BlueskyConfig{}, nil, func(t *testing.T, w *world) {
				w.sky.Misbehave(fault)
				w.run()
				w.post("one")
				w.after(40 * time.Second)
				w.want("one")
			})
		})
	}
}

// Both hosts number and stamp events differently; a change of host neither loses nor doubles anything.
func TestFailoverInABurst(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, nil, func(t *testing.T, w *world) {
		w.run()
		var want []string
		for i := range 60 {
			if i%15 == 5 {
				w.sky.Misbehave(fakenet.SkyFault{Kind: fakenet.SkyCut, Times: 1}, fakenet.SkyFault{Kind: fakenet.SkyRefuse, Status: 500, Host: []string{"a.example", "b.example"}[i/15%2], Times: 1})
			}
			w.post(fmt.Sprint(i))
			want = append(want, fmt.Sprint(i))
			w.after(time.Second)
		}
		w.after(time.Minute)
		select {
		case err := <-w.err:
			t.Fatalf("stopped with %v", err)
		default:
		}
		w.want(want...)
		hosts := map[string]bool{}
		for _, r := range w.asks() {
			hosts[r.Path] = true
		}
		if len(hosts) < 2 {
			t.Errorf("only %v were asked", hosts)
		}
	})
}

func TestCursorIsRewound(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, nil, func(t *testing.T, w *world) {
		w.run()
		w.post("one")
		w.after(10 * time.Second)
		at := parseCursor(w.sink.cursor).At
		w.stop()
		w.post("two")
		w.after(time.Minute)
		w.run()
		w.after(time.Second)
		w.want("one", "two")
		asks := w.asks()
		if len(asks) != 1 || asks[0].Query.Get("cursor") != fmt.Sprint(at-rewind.Microseconds()) {
			t.Errorf("asked with %v, want 5 s before %d", asks, at)
		}
		if time.UnixMicro(at).After(time.Now().Add(-time.Minute)) {
			t.Errorf("the place %v is not that of the last event", time.UnixMicro(at))
		}
	})
}

// What was missed for long is read beside what is said now, which does not wait for it.
func TestTheePastIsReadBesideThePresent(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, nil, func(t *testing.T, w *world) {
		w.post("before the event was made")
		w.after(30 * time.Hour)
		w.run()
		w.after(time.Second)
		w.want("before the event was made")
		w.post("now")
		w.after(10 * time.Second)
		if c := parseCursor(w.sink.cursor); c.Until != 0 || c.At == 0 {
			t.Errorf("cursor %+v: the past is not done with", c)
		}
		w.stop()
		w.post("while away")
		w.after(time.Hour)
		w.run()
		w.post("back again")
		w.after(10 * time.Second)
		if got := w.sink.told(); len(got) != 4 || !slices.Contains(got, "while away") || !slices.Contains(got, "back again") {
			t.Errorf("delivered %q", got)
		}
		if asks := w.asks(); len(asks) != 2 {
			t.Errorf("%d streams, want one of the past and one of the present", len(asks))
		}
	})
}

// A hashtag that is added later is looked for in the past as well.
func TestAnotherHashtag(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, nil, func(t *testing.T, w *world) {
		w.run()
		w.post("one")
		w.sky.Post(fakenet.Skeet{DID: "did:plc:ana", Text: "two #AskMore"})
		w.after(5 * time.Minute)
		w.want("one")
		w.stop()
		w.source = w.make(w.wires.config, "")
		w.source.wanted["askmore"] = true
		w.run()
		w.after(10 * time.Second)
		if got := w.sink.told(); !slices.Contains(got, "two #AskMore") {
			t.Errorf("delivered %q", got)
		}
	})
}

// A stop in the middle of the past goes on there.
func TestThePastIsNotForgotten(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, nil, func(t *testing.T, w *world) {
		w.post("long ago")
		w.after(20 * time.Hour)
		w.sky.Misbehave(fakenet.SkyFault{Kind: fakenet.SkyHang, Times: 1}) // perhaps the live stream's, perhaps the other's
		w.run()
		w.after(time.Second)
		w.stop()
		w.run()
		w.after(time.Minute)
		w.want("long ago")
	})
}

func TestOlderThanTheEvent(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, func(c *Config) { c.LookBack = -1 }, func(t *testing.T, w *world) {
		w.run()
		w.sky.Post(fakenet.Skeet{Text: "imported #AskPanel", CreatedAt: time.Now().AddDate(-9, 0, 0)})
		w.sky.Post(fakenet.Skeet{Text: "from the future #AskPanel", CreatedAt: time.Now().AddDate(1, 0, 0)})
		w.after(time.Second)
		w.want("from the future")
		if p := w.sink.last(); p.PostedAt.After(time.Now()) {
			t.Errorf("written at %v", p.PostedAt)
		}
	})
}

// A bridge's copy comes whole and names its original, and its deletion comes as well.
func TestBridgedCopy(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, nil, func(t *testing.T, w *world) {
		w.sky.Account(fakenet.SkyProfile{DID: "did:plc:bridged", Handle: "ana.social.example.ap.brid.gy"})
		w.run()
		copied := w.sky.Post(fakenet.Skeet{DID: "did:plc:bridged", Text: "cut […] #AskPanel", Extra: map[string]any{"bridgyOriginalUrl": "https://Social.example/@ana/2", "bridgyOriginalText": "<p>whole #AskPanel</p>"}})
		w.after(time.Second)
		w.want("whole")
		if got, want := w.sink.last().Aliases, []string{"url:social.example/@ana/2", "ap:https://social.example/@ana/2"}; !slices.Equal(got, want) {
			t.Errorf("it names %q, want %q", got, want)
		}
		w.sky.Delete(copied)
		w.after(time.Second)
		w.want("whole", "gone "+copied)
	})
}

// Anybody can write that a post is a copy of another: it is one only where the bridge that carries from that server says so.
// Else who deletes theirs would take somebody's question off.
func TestForgedCopy(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, nil, func(t *testing.T, w *world) {
		for did, profile := range map[string]fakenet.SkyProfile{
			"did:plc:ana2":      {Handle: "ana2.example"},
			"did:plc:elsewhere": {Handle: "eve.evil.example.ap.brid.gy"},
			"did:plc:lookalike": {Handle: "eve.social.example.ap.brid.gy.evil.example"},
			"did:plc:liar":      {Handle: "ana.social.example.ap.brid.gy", Unverified: true},
		} {
			profile.DID = did
			w.sky.Account(profile)
		}
		w.run()
		for _, did := range []string{"did:plc:ana2", "did:plc:elsewhere", "did:plc:lookalike", "did:plc:liar", "did:plc:stranger"} {
			w.sky.Post(fakenet.Skeet{DID: did, Text: "by " + did + " #AskPanel", Extra: map[string]any{"bridgyOriginalUrl": "https://social.example/@ana/2"}})
			w.after(5 * time.Second)
			if p := w.sink.last(); p.Author.Account != did || len(p.Aliases) > 0 {
				t.Errorf("%s: the last is by %s and names %q", did, p.Author.Account, p.Aliases)
			}
		}
	})
}

// What was not accepted comes again with the next run, and nothing else does.
func TestSinkFails(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, nil, func(t *testing.T, w *world) {
		w.run()
		w.post("one")
		w.after(10 * time.Second)
		w.sink.set(moderation.ErrUnavailable)
		gone := w.post("two")
		w.after(time.Second)
		if err := <-w.err; !errors.Is(err, moderation.ErrUnavailable) {
			t.Fatalf("stopped with %v", err)
		}
		w.sky.Delete(gone)
		w.sink.set(nil)
		w.run()
		w.after(time.Second)
		w.want("one", "two", "gone "+gone)
	})
}

func TestNobodyAnswers(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, nil, func(t *testing.T, w *world) {
		w.sky.Misbehave(fakenet.SkyFault{Kind: fakenet.SkyRefuse, Status: http.StatusTooManyRequests, Retry: 77})
		w.run()
		e, ok := errors.AsType[*ingest.RetryAfter](<-w.afterErr(time.Minute))
		if !ok || e.After != 77*time.Second {
			t.Errorf("stopped with %v, want 77 s", e)
		}
		w.sky.Behave()
		w.sky.Misbehave(fakenet.SkyFault{Kind: fakenet.SkyRefuse, Status: http.StatusBadGateway})
		w.run()
		e, ok = errors.AsType[*ingest.RetryAfter](<-w.afterErr(time.Minute))
		if !ok || e.After > pauseMost {
			t.Errorf("stopped with %v, want to come again within 30 s", e)
		}
	})
}

// afterErr returns the channel of Run's error once d has passed.
func (w *world) afterErr(d time.Duration) chan error {
	w.after(d)
	err := w.err
	w.err = make(chan error, 1)
	w.err <- nil
	return err
}

func TestWhatNeedsAttention(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, nil, func(t *testing.T, w *world) {
		w.source = w.make(w.wires.config, "http://a.example/not-a-jetstream")
		w.run()
		if e, ok := errors.AsType[*ingest.NeedsAttention](<-w.afterErr(time.Minute)); !ok || !strings.Contains(e.Detail, "Jetstream") {
			t.Errorf("stopped with %v", e)
		}
	})
}

func TestBadFramesAreSkipped(t *testing.T) {
	bubble(t, fakenet.BlueskyConfig{}, nil, func(t *testing.T, w *world) {
		w.run()
		w.post("zero")
		w.sky.Misbehave(fakenet.SkyFault{Kind: fakenet.SkyUnknown, Times: 1}, fakenet.SkyFault{Kind: fakenet.SkyHuge, Times: 1}, fakenet.SkyFault{Kind: fakenet.SkyBinary, Times: 1})
		for i := range 5 {
			w.post(fmt.Sprint(i))
		}
		w.after(time.Second)
		w.want("zero", "0", "1", "2", "3", "4")
		if w.sink.skipped < 4 || len(w.asks()) > 2 {
			t.Errorf("skipped %d with %d streams", w.sink.skipped, len(w.asks()))
		}
		w.sky.Misbehave(fakenet.SkyFault{Kind: fakenet.SkyGarbage}) // for ever
		w.post("in spite of it")
		for range 5 { // the Supervisor tries again
			w.after(time.Minute)
			select {
			case <-w.err:
				w.run()
			default:
			}
		}
		if got := w.sink.told(); got[len(got)-1] != "in spite of it" || len(got) != 7 {
			t.Errorf("delivered %q", got)
		}
	})
}

func TestSettings(t *testing.T) {
	t.Parallel()
	event := moderation.Event{Slug: "panel", Hashtags: []string{"AskPanel"}}
	dialer := ingest.NewDialer(ingest.ClientConfig{})
	c := Config{Client: http.DefaultClient, Dial: dialer.DialContext}
	for server, ok := range map[string]bool{"": true, "https://j.example": true, "wss://j.example/": true, "j.example": true,
		"http://j.example": false, "ws://j.example": false, "ftp://j.example": false, "https://u:p@j.example": false, "https://j.example/?x=1": false, "https://": false} {
		_, err := New(c, event, moderation.SourceSetting{Server: server})
		if (err == nil) != ok {
			t.Errorf("%q: %v", server, err)
		}
	}
	if _, err := New(c, moderation.Event{}, moderation.SourceSetting{}); err == nil {
		t.Error("no hashtag is accepted")
	}
	if _, err := New(Config{}, event, moderation.SourceSetting{}); err == nil {
		t.Error("no client is accepted")
	}
	s, err := New(c, event, moderation.SourceSetting{Hashtags: []string{"Qualität"}})
	if err != nil || !s.wanted["qualitat"] || len(s.wanted) != 1 || len(s.live.hosts) != len(DefaultHosts) {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestInsideIsRefused(t *testing.T) {
	t.Parallel()
	dialer := ingest.NewDialer(ingest.ClientConfig{})
	s, err := New(Config{Client: http.DefaultClient, Dial: dialer.DialContext, Back: -1}, moderation.Event{Slug: "panel", Hashtags: []string{"AskPanel"}},
		moderation.SourceSetting{Server: "https://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Run(t.Context(), "", &sink{})
	if e, ok := errors.AsType[*ingest.NeedsAttention](err); !ok || !strings.Contains(e.Detail, "inside") {
		t.Errorf("stopped with %v", err)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	m := newMemory()
	for i := range postsMost + 10 {
		m.add(fmt.Sprint("did:plc:", i%7), fmt.Sprint(i))
	}
	if m.find("did:plc:0", "0") != nil || m.find("did:plc:3", "3") != nil || m.find("did:plc:"+fmt.Sprint((postsMost+9)%7), fmt.Sprint(postsMost+9)) == nil {
		t.Error("the oldest posts are kept, or the newest are not")
	}
	for i := range deletedMost + 10 {
		m.bury("did:plc:a", fmt.Sprint(i))
	}
	if len(m.deleted) != deletedMost || m.buried("did:plc:a", "5") || !m.buried("did:plc:a", fmt.Sprint(deletedMost)) {
		t.Errorf("%d deletions kept", len(m.deleted))
	}
	m.leave("did:plc:x", true)
	if !m.buried("did:plc:x", "1") {
		t.Error("an account that is gone is not")
	}
	m.leave("did:plc:x", false)
	if m.buried("did:plc:x", "1") {
		t.Error("an account that is back is gone")
	}
}
