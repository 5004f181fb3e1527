package x

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/ingest/fakenet"
	"github.com/openfloor/openfloor/moderation"
)

var searchOnly = fakenet.XConfig{NoStream: true}

func paths(server *fakenet.X, path string) (out []fakenet.XRequest) {
	for _, r := range server.Requests() {
		if r.Path == path {
			out = append(out, r)
		}
	}
	return out
}

func TestSearch(t *testing.T) {
	bubble(t, searchOnly, func(t *testing.T, server *fakenet.X, st *store) {
		server.Post(tagged("before"))
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		w.after(time.Minute)
		server.Post(tagged("after"))
		w.after(time.Minute)
		w.want("before", "after")
		p := st.all()[0]
		id := strings.TrimPrefix(p.Key, "x:")
		if !usableID(id) || p.URL != "https://x.com/ana/status/"+id || p.Author.Handle != "@ana" || p.Author.Name != "Ana" ||
			p.Author.URL != "https://x.com/ana" || p.Author.Account == "" || p.Author.Avatar != "" || !slices.Equal(p.Tags, []string{"AskPanel"}) ||
			len(p.Version) != 20 || strings.TrimLeft(p.Version, "0") != id {
			t.Errorf("post %+v", p)
		}
		for _, r := range paths(server, searchPath) {
			if q := r.Query; q.Get("query") != "#askpanel -is:retweet" || (q.Get("since_id") == "") == (q.Get("start_time") == "") || r.Auth != "bearer" {
				t.Errorf("asked %v by %s", q, r.Auth)
			}
		}
		if h := w.health(); h.State != ingest.Live || h.Received != 2 || h.Used != 2 || h.Money < 0.019 || h.Money > 0.021 {
			t.Errorf("health %+v", h)
		}
	})
}

func TestSearchByKeys(t *testing.T) {
	bubble(t, fakenet.XConfig{}, func(t *testing.T, server *fakenet.X, st *store) {
		server.Post(tagged("one"))
		w := start(t, server, st, Config{Keys: testKeys}, func(e *moderation.Event) { e.Hashtags = []string{"AskPanel", "Qualität"} })
		defer w.stop()
		w.after(time.Minute)
		w.want("one")
		for _, r := range server.Requests() {
			if r.Auth != "oauth1" || r.Status != http.StatusOK || r.Path != searchPath || r.Query.Get("query") != "(#askpanel OR #qualität) -is:retweet" {
				t.Errorf("%s %s %v: %s, %d", r.Method, r.Path, r.Query, r.Auth, r.Status)
			}
		}
	})
}

func TestWhatBelongs(t *testing.T) {
	bubble(t, searchOnly, func(t *testing.T, server *fakenet.X, st *store) {
		server.Post(fakenet.XPost{Text: "#ASKPANEL in capitals"})
		server.Post(fakenet.XPost{Text: "about something else"})
		withheld := tagged("withheld")
		withheld.Withheld = true
		server.Post(withheld)
		quote := tagged("a quote of it")
		quote.QuoteOf = server.Post(fakenet.XPost{Text: "quoted"})
		server.Post(quote)
		reply := fakenet.XPost{Text: "a reply #AskPanel", Name: "Bo", Username: "bo"}
		reply.ReplyTo, reply.Gone, reply.NoAuthor = "2123838784926646289", "2123838784926646289", true
		server.Post(reply)
		sensitive := tagged("sensitive")
		sensitive.Sensitive = true
		server.Post(sensitive)
		server.Protect("shy", true)
		long := fakenet.XPost{Text: strings.Repeat("long ", 100) + "#AskPanel"}
		server.Post(long)
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		w.after(time.Minute)
		w.want("#ASKPANEL in capitals", "a quote of it", "a reply", "sensitive", strings.TrimSuffix(long.Text, " #AskPanel"))
		for _, p := range st.all() {
			switch {
			case strings.HasPrefix(p.Text, "sensitive") != p.Sensitive:
				t.Errorf("%q: sensitive %v", p.Text, p.Sensitive)
			case strings.HasPrefix(p.Text, "a reply") && (p.ReplyTo != reply.ReplyTo || p.Author.Name != p.Author.Account || p.Author.Handle != "" ||
				!strings.HasPrefix(p.URL, "https://x.com/i/status/")):
				t.Errorf("reply without its author: %+v", p)
			}
		}
	})
}

func TestBackfillByPages(t *testing.T) {
	bubble(t, searchOnly, func(t *testing.T, server *fakenet.X, st *store) {
		want := numbered(server, 250)
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		w.after(time.Minute)
		w.want(want...)
		server.Post(tagged("next"))
		w.after(time.Minute)
		w.want(append(want, "next")...)
		if _, billed := server.Reads(); billed != 251 {
			t.Errorf("%d posts billed, want each once", billed)
		}
		if sent, _ := server.Reads(); sent != 251 {
			t.Errorf("%d posts read, want each once", sent)
		}
	})
}

// TestFirstRunLooksBack: a panel's event made late gets the week that X has; a chat's own posts are of its week.
func TestFirstRunLooksBack(t *testing.T) {
	const day = 24 * time.Hour
	for mode, want := range map[moderation.Mode][]string{moderation.Panel: {"almost a week", "five days", "new"}, moderation.Chat: {"five days", "new"}} {
		t.Run(string(mode), func(t *testing.T) {
			bubble(t, fakenet.XConfig{}, func(t *testing.T, server *fakenet.X, st *store) {
				time.Sleep(10 * day) // of the bubble
				for _, age := range []time.Duration{8 * day, 7*day - time.Hour, 5 * day, time.Hour} {
					text := map[time.Duration]string{8 * day: "too old for X", 7*day - time.Hour: "almost a week", 5 * day: "five days", time.Hour: "new"}[age]
					p := tagged(text)
					p.CreatedAt = time.Now().Add(-age)
					server.Post(p)
				}
				w := start(t, server, st, Config{}, func(e *moderation.Event) { e.Mode = mode })
				defer w.stop()
				w.after(2 * time.Minute)
				w.want(want...)
			})
		})
	}
}

// What was read goes on from the page that was reached, so that nothing is paid for twice.
func TestCrashBetweenPages(t *testing.T) {
	bubble(t, searchOnly, func(t *testing.T, server *fakenet.X, st *store) {
		want := numbered(server, 350)
		time.Sleep(time.Minute)
		server.Misbehave(fakenet.XFault{Kind: fakenet.FaultStrange, Times: 1}, fakenet.XFault{Kind: fakenet.FaultStatus, Status: 503, Times: 1})
		w := start(t, server, st, Config{}, nil)
		w.after(200 * time.Millisecond)
		if n := len(st.texts()); n != 100 || w.health().State != ingest.BackingOff {
			t.Errorf("%d posts and %+v before the crash", n, w.health())
		}
		w.stop()
		server.Post(tagged("meanwhile"))
		w = start(t, server, st, Config{}, nil)
		defer w.stop()
		w.after(2 * time.Minute)
		w.want(append(want, "meanwhile")...)
		if sent, _ := server.Reads(); sent != 351 {
			t.Errorf("%d posts read, want each once", sent)
		}
		if h := w.health(); h.Used != 351 {
			t.Errorf("%d posts counted, want them kept over the restart", h.Used)
		}
	})
}

// A token that is not good any more begins the search again, and loses nothing.
func TestTokenRefused(t *testing.T) {
	bubble(t, searchOnly, func(t *testing.T, server *fakenet.X, st *store) {
		want := numbered(server, 120)
		time.Sleep(time.Minute)
		st.cursors = map[string]string{"panel x": `{"v":1,"tags":["askpanel"],"next":"nonsense","newest":"99","posts":7,"spent":5}`}
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		w.after(time.Minute)
		w.want(want...)
		if h := w.health(); h.Used != 127 {
			t.Errorf("%d posts counted, want those of before too", h.Used)
		}
	})
}

// X refuses ids of more than seven days ago.
func TestQuietWeeks(t *testing.T) {
	bubble(t, searchOnly, func(t *testing.T, server *fakenet.X, st *store) {
		server.Post(tagged("one"))
		w := start(t, server, st, Config{Every: 10 * time.Minute}, nil)
		defer w.stop()
		w.after(9 * 24 * time.Hour)
		server.Post(tagged("two"))
		w.after(20 * time.Minute)
		w.want("one", "two")
		for _, r := range server.Requests() {
			if r.Status == http.StatusBadRequest {
				t.Errorf("refused: %v", r.Query)
			}
		}
	})
}

func TestHashtagsChange(t *testing.T) {
	bubble(t, searchOnly, func(t *testing.T, server *fakenet.X, st *store) {
		server.Post(fakenet.XPost{Text: "a #other"})
		server.Post(tagged("b"))
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		w.after(time.Minute)
		w.want("b")
		w.event.Rev, w.event.Hashtags = 1, []string{"AskPanel", "other"}
		w.super.Set(w.event)
		w.after(time.Minute)
		w.want("a #other", "b")
		server.Post(fakenet.XPost{Text: "c #other"})
		w.after(time.Minute)
		w.want("a #other", "b", "c #other")
		if sent, _ := server.Reads(); sent != 3 {
			t.Errorf("%d posts read, want each once", sent)
		}
	})
}

func TestDialectIsSwitchedOnce(t *testing.T) {
	bubble(t, fakenet.XConfig{NoStream: true, Dialect: fakenet.XPosts}, func(t *testing.T, server *fakenet.X, st *store) {
		id := server.Post(tagged("one"))
		server.Post(fakenet.XPost{Text: strings.Repeat("long ", 100) + "#AskPanel", RepostOf: id})
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		w.after(time.Minute)
		server.Edit(id, "two #AskPanel")
		w.after(time.Minute)
		w.want("one", "two")
		if a, b := st.all()[0], st.all()[1]; a.Key != b.Key || a.Version >= b.Version {
			t.Errorf("%s %s and %s %s, want two versions of one", a.Key, a.Version, b.Key, b.Version)
		}
		refused := 0
		for _, r := range server.Requests() {
			if r.Status == http.StatusBadRequest {
				refused++
			}
		}
		if refused != 1 {
			t.Errorf("refused %d times", refused)
		}
	})
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		fault fakenet.XFault
		state ingest.State
		says  string
		most  int // requests in the ten minutes after
	}{
		"401":        {fakenet.XFault{Kind: fakenet.FaultStatus, Status: 401}, ingest.Failed, "OPENFLOOR_X_BEARER_TOKEN", 0},
		"402":        {fakenet.XFault{Kind: fakenet.FaultStatus, Status: 402, Title: "Payment Required"}, ingest.Failed, "credits", 0},
		"usage cap":  {fakenet.XFault{Kind: fakenet.FaultStatus, Status: 429, Title: "UsageCapExceeded", Type: "usage-capped"}, ingest.Failed, "cap", 0},
		"403":        {fakenet.XFault{Kind: fakenet.FaultStatus, Status: 403, Type: "client-forbidden"}, ingest.Failed, "client-forbidden", 0},
		"400":        {fakenet.XFault{Kind: fakenet.FaultStatus, Status: 400, Type: "invalid-request"}, ingest.Failed, "hashtags", 0},
		"404":        {fakenet.XFault{Kind: fakenet.FaultStatus, Status: 404}, ingest.Failed, "does not know", 0},
		"429":        {fakenet.XFault{Kind: fakenet.FaultTooMany, Reset: 8 * time.Minute}, ingest.BackingOff, "429", 1},
		"429 legacy": {fakenet.XFault{Kind: fakenet.FaultStatus, Status: 429, Legacy: true, Title: "Rate limit exceeded"}, ingest.BackingOff, "429", 1},
		"500":        {fakenet.XFault{Kind: fakenet.FaultStatus, Status: 500}, ingest.BackingOff, "500", 15},
		"503":        {fakenet.XFault{Kind: fakenet.FaultStatus, Status: 503}, ingest.BackingOff, "503", 15},
		"409":        {fakenet.XFault{Kind: fakenet.FaultStatus, Status: 409}, ingest.BackingOff, "409", 15},
		"hang":       {fakenet.XFault{Kind: fakenet.FaultHang}, ingest.BackingOff, "api.x.example", 15},
		"garbage":    {fakenet.XFault{Kind: fakenet.FaultGarbage}, ingest.BackingOff, "not what X sends", 15},
		"huge":       {fakenet.XFault{Kind: fakenet.FaultHuge}, ingest.BackingOff, "too large", 15},
		"redirect":   {fakenet.XFault{Kind: fakenet.FaultStatus, Status: 302}, ingest.BackingOff, "302", 15},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, searchOnly, func(t *testing.T, server *fakenet.X, st *store) {
				server.Post(tagged("one"))
				server.Misbehave(c.fault)
				w := start(t, server, st, Config{}, nil)
				defer w.stop()
				w.after(15*time.Second + 100*time.Millisecond)
				h := w.health()
				if h.State != c.state || !strings.Contains(h.Error, c.says) || strings.Contains(h.Error, "canary") {
					t.Errorf("health %+v, want %s and words with %q", h, c.state, c.says)
				}
				if c.fault.Kind == fakenet.FaultTooMany && (h.NextTryAt.Before(time.Now().Add(7*time.Minute)) || h.NextTryAt.After(time.Now().Add(9*time.Minute))) {
					t.Errorf("next try in %v, want after the reset", time.Until(h.NextTryAt))
				}
				before := len(paths(server, searchPath))
				w.after(7 * time.Minute)
				if n := len(paths(server, searchPath)) - before; n > c.most {
					t.Errorf("%d requests more, want %d at most", n, c.most)
				}
				server.Behave()
				w.after(30 * time.Minute)
				w.want("one")
				if h := w.health(); h.State != ingest.Live || h.Error != "" {
					t.Errorf("health %+v afterwards", h)
				}
			})
		})
	}
}

func TestRateLimitKept(t *testing.T) {
	bubble(t, fakenet.XConfig{NoStream: true, SearchLimit: 20}, func(t *testing.T, server *fakenet.X, st *store) {
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		for i := range 30 {
			server.Post(tagged(fmt.Sprint(i)))
			w.after(time.Minute)
		}
		if h := w.health(); h.State != ingest.Live || h.Received < 27 {
			t.Errorf("health %+v", h)
		}
		for _, r := range server.Requests() {
			if r.Status == http.StatusTooManyRequests {
				t.Error("the limit was passed")
			}
		}
	})
}

// The budget is never passed, survives a restart, and goes on when it is raised.
func TestBudget(t *testing.T) {
	for name, c := range map[string]struct {
		budget moderation.Budget
		stream bool
		least  int
	}{
		"posts":            {moderation.Budget{Posts: 64}, false, 43},
		"money":            {moderation.Budget{Money: 1}, false, 44}, // 53 posts of authors of their own would be 0.80
		"posts, by stream": {moderation.Budget{Posts: 240}, true, 184},
		"nothing":          {moderation.Budget{Posts: 5}, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, fakenet.XConfig{NoStream: !c.stream}, func(t *testing.T, server *fakenet.X, st *store) {
				set := func(e *moderation.Event) { e.Sources[0].Budget = &c.budget }
				w := start(t, server, st, Config{}, set)
				publish := func(n int) {
					for i := range n {
						server.Post(fakenet.XPost{Text: fmt.Sprint(i, " #AskPanel"), Username: fmt.Sprint("u", i), Name: "U"})
						time.Sleep(700 * time.Millisecond)
					}
				}
				publish(300)
				w.after(2 * time.Minute)
				w.stop()
				w = start(t, server, st, Config{}, set)
				publish(200)
				w.after(30 * time.Minute)
				_, billed := server.Reads()
				h := w.health()
				if c.budget.Posts > 0 && billed > c.budget.Posts*4/5+1 || c.budget.Money > 0 && h.Money > c.budget.Money*4/5 || billed < c.least {
					t.Errorf("%d posts billed, health %+v, budget %+v", billed, h, c.budget)
				}
				if h.State != ingest.Failed || !strings.Contains(h.Error, "budget") || h.Used != billed {
					t.Errorf("health %+v, want failed for the budget and %d used", h, billed)
				}
				asked := len(server.Requests())
				w.after(time.Hour)
				if n := len(server.Requests()); n != asked {
					t.Errorf("%d requests without a budget", n-asked)
				}
				w.event.Rev = 1
				w.event.Sources = []moderation.SourceSetting{{Kind: moderation.FromX, Enabled: true, Budget: &moderation.Budget{Posts: 10_000}}}
				w.super.Set(w.event)
				w.after(2 * time.Minute)
				if n := len(st.texts()); n != 500 || w.health().State != ingest.Live || w.health().Used < 500 {
					t.Errorf("%d posts after the budget was raised, health %+v", n, w.health())
				}
				w.stop()
			})
		})
	}
}

func TestSlowBeforeTheEvent(t *testing.T) {
	bubble(t, fakenet.XConfig{}, func(t *testing.T, server *fakenet.X, st *store) {
		starts := time.Now().Add(5 * time.Hour)
		closes := starts.Add(2 * time.Hour)
		w := start(t, server, st, Config{}, func(e *moderation.Event) { e.StartsAt, e.ClosesAt = &starts, &closes })
		defer w.stop()
		server.Post(tagged("early"))
		w.after(3*time.Hour + 50*time.Minute)
		w.want("early")
		if n := len(server.Requests()); n > 20 || server.Streams() != 0 {
			t.Errorf("%d requests and %d streams before the event's hours", n, server.Streams())
		}
		w.after(11 * time.Minute) // the hours begin between two slow looks
		if server.Streams() != 1 {
			t.Error("no stream in the event's hours")
		}
		w.after(4 * time.Hour)
		if server.Streams() != 0 {
			t.Error("still a stream after the event's hours")
		}
	})
}

func TestIntakeFails(t *testing.T) {
	bubble(t, fakenet.XConfig{}, func(t *testing.T, server *fakenet.X, st *store) {
		w := start(t, server, st, Config{}, nil)
		defer w.stop()
		w.after(2 * time.Minute)
		st.breakWith(moderation.ErrUnavailable)
		server.Post(tagged("one"))
		said := false
		for range 60 {
			w.after(time.Second)
			h := w.health()
			said = said || h.State == ingest.BackingOff && strings.Contains(h.Error, "stored")
		}
		if !said {
			t.Error("it never said that the store is at fault")
		}
		st.breakWith(nil)
		w.after(2 * time.Minute)
		w.want("one")
	})
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	whole := Config{Client: http.DefaultClient, Bearer: testBearer}
	event := moderation.Event{Hashtags: []string{"AskPanel"}}
	for name, c := range map[string]struct {
		config  Config
		event   moderation.Event
		setting moderation.SourceSetting
		says    string
	}{
		"no credentials":   {Config{Client: http.DefaultClient}, event, moderation.SourceSetting{}, "set OPENFLOOR_X_BEARER_TOKEN"},
		"half of the keys": {Config{Client: http.DefaultClient, Keys: Keys{ConsumerKey: "a", ConsumerSecret: "b"}}, event, moderation.SourceSetting{}, "OPENFLOOR_X_ACCESS_TOKEN"},
		"no tag":           {whole, moderation.Event{}, moderation.SourceSetting{Hashtags: []string{"#", "..."}}, "hashtag"},
		"many tags":        {whole, event, moderation.SourceSetting{Hashtags: []string{strings.Repeat("a", 300), strings.Repeat("b", 300)}}, "512"},
		"other server":     {whole, event, moderation.SourceSetting{Server: "https://evil.example"}, "not for this server"},
		"without tls":      {whole, event, moderation.SourceSetting{Server: "http://api.x.com"}, "not for this server"},
		"bad address":      {whole, event, moderation.SourceSetting{Server: "https://a:b@api.x.com"}, "address"},
	} {
		if _, err := Factory(c.config)(c.event, c.setting); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want words with %q", name, err, c.says)
		}
	}
	for _, server := range []string{"", "https://api.x.com/", "API.X.com"} {
		if _, err := Factory(whole)(event, moderation.SourceSetting{Server: server}); err != nil {
			t.Errorf("%q: %v", server, err)
		}
	}
}

// Whatever goes wrong, neither credentials nor what people wrote get into logs or health.
func TestNothingIsTold(t *testing.T) {
	bubble(t, fakenet.XConfig{}, func(t *testing.T, server *fakenet.X, st *store) {
		var told strings.Builder
		logs := &locked{w: &told}
		server.Post(fakenet.XPost{Text: "canary #AskPanel", Name: "canary", Username: "canary"})
		w := start(t, server, st, Config{Log: slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})), Watching: st.watching}, nil)
		defer w.stop()
		for _, status := range []int{400, 401, 402, 403, 404, 409, 429, 500} {
			for _, path := range []string{"/2/tweets/search/recent", streamPath, rulesPath, lookupPath} {
				f := fakenet.XFault{Kind: fakenet.FaultStatus, Status: status, Title: "canary", Type: "A canary", Detail: "canary", Path: path, Times: 1}
				server.Misbehave(f)
			}
			server.Disconnect("canary")
			server.Send(`{"data":{"id":"canary"`)
			w.after(time.Minute)
			if h := w.health(); strings.Contains(h.Error, "canary") {
				t.Errorf("%d: health says %q", status, h.Error)
			}
			w.after(20 * time.Minute)
		}
		if s := logs.String(); s == "" || strings.Contains(s, "canary") || strings.Contains(s, testBearer) {
			t.Errorf("the log says\n%s", s)
		}
	})
}

// locked is a writer for several goroutines.
type locked struct {
	mu sync.Mutex
	w  *strings.Builder
}

// Write implements io.Writer.
func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// String returns what was written.
func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.String()
}

func TestPrivateServerIsRefused(t *testing.T) {
	t.Parallel()
	s, err := Factory(Config{Client: ingest.NewClient(ingest.ClientConfig{}), Bearer: testBearer, Server: "https://127.0.0.1:1", NoStream: true})(
		moderation.Event{Hashtags: []string{"x"}, OpensAt: time.Now()}, moderation.SourceSetting{})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Run(t.Context(), "", nil)
	if n, ok := errors.AsType[*ingest.NeedsAttention](err); !ok || !strings.Contains(n.Detail, "--allow-private-sources") {
		t.Errorf("Run = %v, want it refused with what to do", err)
	}
}
