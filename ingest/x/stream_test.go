package x

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/ingest/fakenet"
	"github.com/openfloor/openfloor/moderation"
)

func TestStream(t *testing.T) {
	bubble(t, fakenet.XConfig{}, func(t *testing.T, server *fakenet.X, st *store) {
		server.Post(tagged("before"))
		w := start(t, server, st, Config{}, func(e *moderation.Event) { e.Hashtags = []string{"AskPanel", "Qualität"} })
		defer w.stop()
		w.after(90 * time.Second)
		if r := server.Rules(); !slices.Equal(r, []string{"(#askpanel OR #qualitat OR #qualität) -is:retweet"}) {
			t.Errorf("rules %q", r)
		}
		searches := len(paths(server, searchPath))
		server.Post(tagged("now"))
		w.after(10 * time.Millisecond)
		w.want("before", "now")
		w.after(10 * time.Minute)
		if n := len(paths(server, searchPath)); n != searches {
			t.Errorf("%d searches while the stream was up", n-searches)
		}
		if h := w.health(); h.State != ingest.Live || h.Used != 2 || server.Streams() != 1 {
			t.Errorf("health %+v, %d streams", h, server.Streams())
		}
	})
}

// A burst is stored in few steps, all of it.
func TestBurst(t *testing.T) {
	bubble(t, fakenet.XConfig{}, func(t *testing.T, server *fakenet.X, st *store) {
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		w.after(2 * time.Minute)
		before := st.written()
		for i := range 600 {
			server.Post(fakenet.XPost{Text: fmt.Sprint(i, " #AskPanel"), Username: fmt.Sprint("u", i), Name: fmt.Sprint("U", i)})
		}
		w.after(time.Second)
		posts := st.all()
		if len(posts) != 600 || st.written()-before > 300 {
			t.Errorf("%d posts, the cursor stored %d times", len(posts), st.written()-before)
		}
		for _, p := range posts {
			if "@u"+strings.TrimSuffix(p.Text, " #AskPanel") != p.Author.Handle {
				t.Fatalf("%q is by %s", p.Text, p.Author.Handle)
			}
		}
	})
}

// What is said between a disconnect and the next connection is found by search, whatever the disconnect was like.
func TestGapIsFilled(t *testing.T) {
	for name, hurt := range map[string]func(*fakenet.X){
		"in band":     func(x *fakenet.X) { x.Disconnect("UpstreamOperationalDisconnect") },
		"cut":         func(x *fakenet.X) { x.Disconnect("") },
		"slow reader": func(x *fakenet.X) { x.Disconnect("SlowReader") },
		"server error": func(x *fakenet.X) {
			x.Misbehave(fakenet.XFault{Kind: fakenet.FaultStatus, Status: 503, Path: streamPath, Times: 4})
			x.Disconnect("")
		},
		"too many": func(x *fakenet.X) {
			x.Misbehave(fakenet.XFault{Kind: fakenet.FaultTooMany, Reset: time.Minute, Path: streamPath, Times: 2})
			x.Disconnect("")
		},
		"taken": func(x *fakenet.X) {
			x.Misbehave(fakenet.XFault{Kind: fakenet.FaultStatus, Status: 429, Title: "ConnectionException", Type: "streaming-connection", Path: streamPath, Times: 2})
			x.Disconnect("ForceDisconnect")
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, fakenet.XConfig{}, func(t *testing.T, server *fakenet.X, st *store) {
				w := start(t, server, st, Config{}, nil)
				defer w.stop()
				var want []string
				say := func(n int) {
					for range n {
						s := fmt.Sprint(len(want))
						server.Post(tagged(s))
						want = append(want, s)
						w.after(3 * time.Second)
					}
				}
				say(60)
				hurt(server)
				say(100)
				w.after(20 * time.Minute)
				w.want(want...)
				if server.Streams() != 1 {
					t.Error("it did not connect again")
				}
				if h := w.health(); h.State != ingest.Live || h.Used != len(want) {
					t.Errorf("health %+v, want live and %d used", h, len(want))
				}
				if n := len(paths(server, streamPath)); n > 10 {
					t.Errorf("%d connections", n)
				}
			})
		})
	}
}

// Two processes with one app do not take the connection from each other again and again: one has it, the other
// searches, and both get everything.
func TestTwoProcesses(t *testing.T) {
	for name, replace := range map[string]bool{"the second is refused": false, "the second takes it": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, fakenet.XConfig{Replace: replace}, func(t *testing.T, server *fakenet.X, st *store) {
				other := &store{}
				w := start(t, server, st, Config{}, nil)
				defer w.stop()
				v := start(t, server, other, Config{}, func(e *moderation.Event) { e.Hashtags = []string{"other"} })
				defer v.stop()
				for i := range 40 {
					server.Post(tagged(fmt.Sprint(i)))
					server.Post(fakenet.XPost{Text: fmt.Sprint(i, " #other")})
					w.after(time.Minute)
				}
				if a, b := len(st.texts()), len(other.texts()); a < 39 || b < 39 {
					t.Errorf("%d and %d posts, want all but the last", a, b)
				}
				if n := len(paths(server, streamPath)); n > 20 {
					t.Errorf("%d connections ended", n)
				}
			})
		})
	}
}

// A connection on which nothing comes is given up after 25 s, and what it kept back is found.
func TestSilence(t *testing.T) {
	bubble(t, fakenet.XConfig{}, func(t *testing.T, server *fakenet.X, st *store) {
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		w.after(2 * time.Minute)
		server.Silence(true)
		w.after(11 * time.Second)
		server.Post(tagged("unheard"))
		w.after(30 * time.Second)
		server.Silence(false)
		w.after(2 * time.Minute)
		w.want("unheard")
		if n := len(paths(server, streamPath)); n < 1 {
			t.Errorf("%d connections ended, want the silent one given up", n)
		}
	})
}

func TestStreamOddities(t *testing.T) {
	bubble(t, fakenet.XConfig{}, func(t *testing.T, server *fakenet.X, st *store) {
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		w.after(2 * time.Minute)
		server.Twice(true)
		bare := tagged("bare سلام 👋🏽")
		bare.Bare = true
		server.Post(bare)
		server.Send(`{"data":{"id":"21238`)
		server.Send(`{"something":"new"}`)
		server.Send(`[]`)
		server.Send(`{"data":{"id":"99999","text":"RT @ana: x #AskPanel","referenced_tweets":[{"type":"retweeted","id":"5"}]},"matching_rules":[{"id":"1","tag":"openfloor:panel"}]}`)
		quoted := server.Post(tagged("quoted"))
		server.Post(fakenet.XPost{Text: "look at this", QuoteOf: quoted})
		server.Post(tagged("last"))
		w.after(time.Second)
		w.want("bare سلام 👋🏽", "quoted", "last")
		if h := w.health(); h.Skipped != 2 || h.State != ingest.Live || server.Streams() != 1 {
			t.Errorf("health %+v", h)
		}
	})
}

func TestPlanWithoutStream(t *testing.T) {
	bubble(t, fakenet.XConfig{NoStream: true}, func(t *testing.T, server *fakenet.X, st *store) {
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		for i := range 20 {
			server.Post(tagged(fmt.Sprint(i)))
			w.after(2 * time.Minute)
		}
		if n := len(st.texts()); n != 20 || w.health().State != ingest.Live {
			t.Errorf("%d posts, %+v", n, w.health())
		}
		if n := len(paths(server, streamPath)); n != 1 {
			t.Errorf("the stream was asked for %d times", n)
		}
	})
}

// Two events share the app's one connection, each with its own rule, and when one ends the other goes on.
func TestOneStreamForAll(t *testing.T) {
	bubble(t, fakenet.XConfig{}, func(t *testing.T, server *fakenet.X, st *store) {
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		for _, slug := range []string{"second", "third"} {
			e := w.event
			e.Slug, e.Hashtags = slug, []string{strings.ToUpper(slug)}
			w.super.Set(e)
		}
		w.after(2 * time.Minute)
		if n := len(server.Rules()); n != 3 || server.Streams() != 1 {
			t.Errorf("%d rules, %d streams, want one a event and one", n, server.Streams())
		}
		for _, slug := range []string{"panel", "second"} { // whichever of them reads
			server.Post(tagged("to " + slug))
			server.Post(fakenet.XPost{Text: "to " + slug + " #Third"})
			w.after(time.Second)
			e := w.event
			e.Slug, e.Shut, e.Rev = slug, true, 1
			w.super.Set(e)
			w.after(3 * time.Minute)
		}
		server.Post(fakenet.XPost{Text: "still #Third"})
		w.after(time.Second)
		if got := st.texts(); !slices.Contains(got, "still #Third") || !slices.Contains(got, "to panel") || slices.Contains(got, "to second") || len(got) != 4 {
			t.Errorf("stored %q", got)
		}
		if r := server.Rules(); len(r) != 1 || server.Streams() != 1 {
			t.Errorf("rules %q and %d streams are left", r, server.Streams())
		}
	})
}

// Two events with one hashtag have one rule, which stays as long as one of them needs it.
func TestOneRuleForTwo(t *testing.T) {
	bubble(t, fakenet.XConfig{}, func(t *testing.T, server *fakenet.X, st *store) {
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		twin := w.event
		twin.Slug = "twin"
		w.super.Set(twin)
		w.after(2 * time.Minute)
		server.Post(tagged("to both"))
		w.after(time.Second)
		w.want("to both", "to both")
		if a, b := w.health(), w.super.Health("twin")[0]; a.Used != 1 || b.Used != 1 {
			t.Errorf("%d and %d posts counted, want one each", a.Used, b.Used)
		}
		w.event.Shut, w.event.Rev = true, 1
		w.super.Set(w.event)
		w.after(3 * time.Minute)
		server.Post(tagged("to one"))
		w.after(time.Second)
		w.want("to both", "to both", "to one")
		if n := len(server.Rules()); n != 1 {
			t.Errorf("%d rules", n)
		}
	})
}

func TestNoConnectionIsLeft(t *testing.T) {
	bubble(t, fakenet.XConfig{}, func(t *testing.T, server *fakenet.X, st *store) {
		w := start(t, server, st, Config{}, nil)
		w.after(2 * time.Minute)
		w.stop()
		w.after(time.Second)
		if server.Streams() != 0 {
			t.Error("a connection is left")
		}
	})
}

func TestRecheck(t *testing.T) {
	bubble(t, fakenet.XConfig{}, func(t *testing.T, server *fakenet.X, st *store) {
		post := func(name string) string {
			return server.Post(fakenet.XPost{Text: name + " #AskPanel", Name: name, Username: name})
		}
		post("stays")
		deleted, protected, suspended, withheld, edited := post("deleted"), post("protected"), post("suspended"), post("withheld"), post("edited")
		w := start(t, server, st, Config{Watching: st.watching}, nil)
		defer w.stop()
		w.after(8 * time.Minute)
		_, before := server.Reads()
		server.Delete(deleted)
		server.Protect("protected", true)
		server.Suspend("suspended")
		server.Withhold(withheld)
		server.Edit(edited, "without a tag")
		w.after(6 * time.Minute)
		w.want("stays", "deleted", "protected", "suspended", "withheld", "edited", "without a tag",
			"-x:"+deleted, "-x:"+protected, "-x:"+suspended, "-x:"+withheld)
		w.after(20 * time.Minute)
		if n := len(st.texts()); n != 11 {
			t.Errorf("%d posts, want none again", n)
		}
		if _, after := server.Reads(); after != before+1 { // the edit
			t.Errorf("%d posts billed by looking up, want what was edited", after-before)
		}
		if h := w.health(); h.State != ingest.Live {
			t.Errorf("health %+v", h)
		}
	})
}

// Lookups that fail leave the search alone, and are done again.
func TestRecheckFails(t *testing.T) {
	bubble(t, fakenet.XConfig{NoStream: true}, func(t *testing.T, server *fakenet.X, st *store) {
		id := server.Post(tagged("one"))
		w := start(t, server, st, Config{Watching: st.watching}, nil)
		defer w.stop()
		w.after(time.Minute)
		server.Delete(id)
		server.Misbehave(fakenet.XFault{Kind: fakenet.FaultStatus, Status: 503, Path: "/2/tweets", Times: 3})
		w.after(20 * time.Minute)
		w.want("one", "-x:"+id)
		for _, r := range paths(server, lookupPath) {
			if r.Status != http.StatusOK && r.Status != http.StatusServiceUnavailable {
				t.Errorf("lookup answered %d", r.Status)
			}
		}
	})
}

// TestRecheckWithoutBudget: no new posts can be afforded, and what is shown is looked up all the same, from the part of
// the budget that is kept for it; when that is used up too, it says so.
func TestRecheckWithoutBudget(t *testing.T) {
	bubble(t, fakenet.XConfig{NoStream: true}, func(t *testing.T, server *fakenet.X, st *store) {
		var ids []string
		for i := range 60 {
			ids = append(ids, server.Post(fakenet.XPost{Text: fmt.Sprint(i, " #AskPanel"), Username: fmt.Sprint("u", i), Name: "U"}))
			time.Sleep(time.Second)
		}
		set := func(e *moderation.Event) { e.Sources[0].Budget = &moderation.Budget{Posts: 50} }
		w := start(t, server, st, Config{Watching: st.watching}, set)
		defer w.stop()
		w.after(time.Minute)
		if h := w.health(); h.State != ingest.Failed || h.Used > 40 || h.Used <= 30 || !strings.Contains(h.Error, "kept for checking") {
			t.Errorf("health %+v, want that most of four fifths of the budget is used up", h)
		}
		read := len(st.texts())
		server.Delete(ids[5])
		w.after(time.Hour)
		if got := st.texts(); len(got) != read+1 || got[read] != "-x:"+ids[5] {
			t.Errorf("stored %q, want the deletion of %s", got[min(read, len(got)):], ids[5])
		}
		w.after(24 * time.Hour) // on another day X bills the same posts again
		if h := w.health(); h.State != ingest.Failed || h.Used > 50 || !strings.Contains(h.Error, "off the board") {
			t.Errorf("health %+v, want that not even looks can be afforded", h)
		}
	})
}

// TestRecheckAfterClosing: as long as X posts are shown they are looked up, a few times a day, which X bills once and
// without their authors.
func TestRecheckAfterClosing(t *testing.T) {
	bubble(t, fakenet.XConfig{}, func(t *testing.T, server *fakenet.X, st *store) {
		closes := time.Now().Add(time.Hour)
		stays, goes := server.Post(fakenet.XPost{Text: "stays #AskPanel", Username: "a", Name: "A"}), server.Post(fakenet.XPost{Text: "goes #AskPanel", Username: "b", Name: "B"})
		w := start(t, server, st, Config{Watching: st.watching}, func(e *moderation.Event) { e.ClosesAt = &closes })
		defer w.stop()
		w.after(2 * time.Hour)
		w.want("stays", "goes")
		server.Delete(goes)
		late := server.Post(tagged("too late"))
		w.after(7 * time.Hour)
		w.want("stays", "goes", "-x:"+goes)
		server.Protect("a", true)
		w.after(24 * time.Hour)
		w.want("stays", "goes", "-x:"+goes, "-x:"+stays)
		asked := len(server.Requests())
		w.after(10 * 24 * time.Hour)
		if n := len(server.Requests()); n != asked {
			t.Errorf("%d requests while nothing is shown", n-asked)
		}
		if h := w.health(); h.State != ingest.Off || h.Error != "" || server.Streams() != 0 {
			t.Errorf("health %+v with %d streams, want off", h, server.Streams())
		}
		if s := st.texts(); slices.Contains(s, "too late") || late == "" {
			t.Errorf("stored %q after it closed", s)
		}
	})
}

// TestRecheckCosts: what is shown for ten days after the event costs a post a day, and no author.
func TestRecheckCosts(t *testing.T) {
	bubble(t, fakenet.XConfig{}, func(t *testing.T, server *fakenet.X, st *store) {
		time.Sleep(12 * time.Hour) // noon
		closes := time.Now().Add(time.Hour)
		server.Post(tagged("stays"))
		w := start(t, server, st, Config{Watching: st.watching}, func(e *moderation.Event) { e.ClosesAt = &closes })
		defer w.stop()
		w.after(time.Hour)
		before := w.health()
		w.after(10 * 24 * time.Hour)
		h := w.health()
		if posts, money := h.Used-before.Used, h.Money-before.Money; posts != 10 || money < 0.049 || money > 0.051 {
			t.Errorf("%d posts and $%.3f in ten days, want 10 and $0.05", posts, money)
		}
		w.want("stays")
	})
}
