package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	natsserver "github.com/nats-io/nats-server/v2/server"

	"github.com/openfloor/openfloor/ingest/fakenet"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

// cluster is an external NATS with processes on it.
type cluster struct {
	t   *testing.T
	url string
}

// newCluster starts a NATS of its own, with the streams.
func newCluster(t *testing.T) cluster {
	t.Helper()
	url := natstest.Listen(t)
	if err := Init(t.Context(), url, "", 1); err != nil {
		t.Fatalf("Init: %v", err)
	}
	return cluster{t, url}
}

// config returns the configuration of one process.
func (c cluster) config(roles ...Role) Config {
	cfg := local(c.t)
	cfg.NATS, cfg.Roles = c.url, roles
	return cfg
}

func (c cluster) launch(roles ...Role) *running {
	c.t.Helper()
	return launch(c.t, c.config(roles...))
}

func TestStreamsAreMadeByInitAlone(t *testing.T) {
	t.Parallel()
	url := natstest.Listen(t)
	cfg := local(t)
	cfg.NATS, cfg.Roles = url, []Role{Moderation}
	for range 2 { // also the second time: nothing was made by the way
		a, err := Build(t.Context(), cfg)
		if err == nil {
			t.Fatal("it starts without streams", a.Close())
		}
		if !strings.Contains(err.Error(), "openfloor init --nats") {
			t.Fatalf("Build = %v, want it to say how to make the streams", err)
		}
	}
	for range 2 { // and init may be repeated
		if err := Init(t.Context(), url, "", 1); err != nil {
			t.Fatalf("Init: %v", err)
		}
	}
	launch(t, cfg)
}

// item is what these tests read of a submission.
type item struct {
	ID    string `json:"id"`
	Rev   uint64 `json:"rev"`
	Text  string `json:"text"`
	State string `json:"state"`
}

// TestRolesApart goes the whole way over four processes: by the form and by a network, through a decision, onto the
// live stream.
func TestRolesApart(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	network := fakenet.New(fakenet.Config{Limit: -1})
	base, wait, err := fakenet.Start(t.Context(), network.Handler(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := wait(); err != nil {
			t.Error(err)
		}
	})
	network.Post(fakenet.Status{Text: "By hashtag #AskPanel", Acct: "ana", Name: "Ana"})

	moderator := c.launch(Moderation)
	display := c.launch(Display)
	gatherer := c.launch(Ingest)
	cfg := c.config(Web)
	cfg.Event = &EventWish{Hashtag: "AskPanel", Sources: []SourceWish{{Kind: "mastodon", Server: base}}}
	web := launch(t, cfg)

	for name, p := range map[string]*running{"moderation": moderator, "display": display, "ingest": gatherer, "web": web} {
		for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
			if res := p.request("GET", path, "", nil, nil); res.StatusCode != http.StatusOK {
				t.Errorf("%s: %s answers %d, want 200", name, path, res.StatusCode)
			}
		}
		if ready, rest, _ := strings.Cut(p.out.String(), "\n"); ready != "ready http://"+p.Addr() || name != "web" && rest != "" {
			t.Errorf("%s printed %d lines, want the ready line, and links from web alone", name, strings.Count(p.out.String(), "\n"))
		}
		page, api := http.StatusNotFound, http.StatusNotFound
		if name == "web" {
			page, api = http.StatusOK, http.StatusOK
		}
		if res := p.request("GET", "/e/askpanel", "", nil, nil); res.StatusCode != page {
			t.Errorf("%s: a page answers %d, want %d", name, res.StatusCode, page)
		}
		if res := p.request("GET", "/api/v1/events/askpanel", "", nil, nil); res.StatusCode != api {
			t.Errorf("%s: the API answers %d, want %d", name, res.StatusCode, api)
		}
	}
	if res := web.request("GET", "/api/v1/events/askpanel/live", "", nil, nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("the stream of the web role answers %d, want 404", res.StatusCode)
	}

	ws, res, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+display.Addr()+"/api/v1/events/askpanel/live?view=public", nil)
	if err != nil {
		t.Fatalf("stream: %v", err)
	}
	res.Body.Close()
	defer ws.Close()
	if err := ws.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}

	var sent struct{ ID string }
	web.request("POST", "/api/v1/events/askpanel/submissions", "", map[string]any{"text": "By form"}, &sent)
	token := web.token("moderator")
	var list struct{ Items []item }
	checkFor(t, func() error {
		web.request("GET", "/api/v1/events/askpanel/submissions", token, nil, &list)
		if len(list.Items) < 2 {
			return fmt.Errorf("%d submissions, want the form's and the network's", len(list.Items))
		}
		return nil
	})
	for _, s := range list.Items {
		var got item
		web.request("POST", "/api/v1/events/askpanel/submissions/"+s.ID+"/approve", token, map[string]any{}, &got, "If-Match", fmt.Sprintf("%q", fmt.Sprint(s.Rev)))
		if got.State != "approved" {
			t.Errorf("%s is %s, want approved", s.ID, got.State)
		}
	}
	var shown []string
	for len(shown) < 2 {
		_, body, err := ws.ReadMessage()
		if err != nil {
			t.Fatalf("shown %v: %v", shown, err)
		}
		var m struct {
			Type  string
			Item  item
			Items []item
		}
		if err := json.Unmarshal(body, &m); err != nil {
			t.Fatal(err)
		}
		for _, i := range append(m.Items, m.Item) {
			if i.ID != "" && !slices.Contains(shown, i.Text) {
				shown = append(shown, i.Text)
			}
		}
	}
	slices.Sort(shown)
	if want := []string{"By form", "By hashtag #AskPanel"}; !slices.Equal(shown, want) {
		t.Errorf("shown %q, want %q", shown, want)
	}
}

// An event listens to X where there are credentials, at the server that the operator named; else it says what to set.
func TestX(t *testing.T) {
	t.Parallel()
	network := fakenet.NewX(fakenet.XConfig{Bearer: "canary"})
	server := httptest.NewServer(network.Handler())
	t.Cleanup(server.Close)
	for name, credentials := range map[string]XCredentials{"with": {Bearer: "canary"}, "without": {}} {
		t.Run(name+" credentials", func(t *testing.T) {
			t.Parallel()
			cfg := local(t)
			cfg.AllowPrivateSources, cfg.X = true, credentials
			cfg.Event = &EventWish{Hashtag: "AskPanel", Sources: []SourceWish{{Kind: "x", Server: server.URL}}}
			a := launch(t, cfg)
			organiser := a.token("organiser")
			var sources struct {
				Items []struct{ State, Error string }
			}
			if name == "without" {
				checkFor(t, func() error {
					a.request("GET", "/api/v1/events/askpanel/sources", organiser, nil, &sources)
					if len(sources.Items) != 1 || sources.Items[0].State != "failed" || !strings.Contains(sources.Items[0].Error, "needs credentials: connect an account") {
						return fmt.Errorf("sources %+v", sources.Items)
					}
					return nil
				})
				return
			}
			checkFor(t, func() error {
				if network.Streams() == 0 {
					return errors.New("no stream")
				}
				return nil
			})
			network.Post(fakenet.XPost{Text: "Q & A #AskPanel", Name: "Ana", Username: "ana"})
			var list struct {
				Items []struct {
					Text, Source, URL string
					Author            struct{ Name, Handle string }
				}
			}
			checkFor(t, func() error {
				a.request("GET", "/api/v1/events/askpanel/submissions", a.token("moderator"), nil, &list)
				if len(list.Items) != 1 {
					return fmt.Errorf("%d submissions", len(list.Items))
				}
				return nil
			})
			if i := list.Items[0]; i.Text != "Q & A #AskPanel" || i.Source != "x" || i.Author.Handle != "@ana" || !strings.HasPrefix(i.URL, "https://x.com/ana/status/") {
				t.Errorf("%+v", i)
			}
		})
	}
}

// Of two moderators on one revision, over two moderation processes, one wins, always, and the other sees what the
// winner made of it.
func TestTwoModerationProcesses(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.launch(Moderation)
	c.launch(Moderation)
	cfg := c.config(Web)
	cfg.Event = &EventWish{Hashtag: "AskPanel", Sources: nowhere}
	web := []*running{launch(t, cfg), c.launch(Web)}
	token := web[0].token("moderator")
	const rounds = 10
	for n := range rounds {
		web[0].request("POST", "/api/v1/events/askpanel/submissions", "", map[string]any{"text": fmt.Sprintf("Question %d", n)}, &struct{}{})
	}
	var list struct{ Items []item }
	checkFor(t, func() error {
		web[1].request("GET", "/api/v1/events/askpanel/submissions?limit=200", token, nil, &list)
		if len(list.Items) < rounds {
			return fmt.Errorf("%d submissions, want %d", len(list.Items), rounds)
		}
		return nil
	})
	for _, s := range list.Items {
		type outcome struct {
			status  int
			state   string
			current string
		}
		outcomes := make([]outcome, 2)
		var both sync.WaitGroup
		for i, action := range []string{"approve", "reject"} {
			both.Go(func() {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
					"http://"+web[i].Addr()+"/api/v1/events/askpanel/submissions/"+s.ID+"/"+action, nil)
				if err != nil {
					t.Error(err)
					return
				}
				req.Header.Set("Authorization", "Bearer "+token)
				req.Header.Set("If-Match", fmt.Sprintf("%q", fmt.Sprint(s.Rev)))
				res, err := web[i].http.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				defer res.Body.Close()
				var body struct {
					item
					Current item
				}
				if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
					t.Error(err)
				}
				outcomes[i] = outcome{res.StatusCode, body.State, body.Current.State}
			})
		}
		both.Wait()
		winner, loser := outcomes[0], outcomes[1]
		if winner.status != http.StatusOK {
			winner, loser = loser, winner
		}
		if winner.status != http.StatusOK || loser.status != http.StatusConflict || loser.current != winner.state {
			t.Errorf("%+v, want one 200 and one 409 with what the winner made of it", outcomes)
		}
	}
}

// Without a moderation process nothing is decided and nothing lost; when one comes, what was sent is there.
func TestNobodyModerates(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	desk := c.launch(Moderation)
	cfg := c.config(Web, Display)
	cfg.Event = &EventWish{Hashtag: "AskPanel", Sources: nowhere}
	web := launch(t, cfg)
	if err := desk.stop(); err != nil {
		t.Fatal(err)
	}
	var sent struct{ ID string }
	web.request("POST", "/api/v1/events/askpanel/submissions", "", map[string]any{"text": "Is anybody there?"}, &sent)
	res := web.request("PUT", "/api/v1/events/askpanel/stage", web.token("chair"), map[string]any{"blank": true}, nil)
	if res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the stage answers %d without a desk, want 503", res.StatusCode)
	}
	if res := web.request("GET", "/e/askpanel", "", nil, nil); res.StatusCode != http.StatusOK {
		t.Errorf("reading answers %d without a desk, want 200", res.StatusCode)
	}
	c.launch(Moderation)
	checkFor(t, func() error {
		res := web.request("GET", "/api/v1/events/askpanel/submissions/"+sent.ID, web.token("moderator"), nil, nil)
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d", res.StatusCode)
		}
		return nil
	})
}

// readyz says no while NATS is away, and yes again by itself.
func TestReadinessFollowsNATS(t *testing.T) {
	t.Parallel()
	port := freePort(t) // the same again after the restart
	server := natstest.Start(t, natstest.With(func(o *natsserver.Options) { o.DontListen, o.Host, o.Port = false, "127.0.0.1", port }))
	if err := Init(t.Context(), server.URL(), "", 1); err != nil {
		t.Fatal(err)
	}
	a := launch(t, cluster{t, server.URL()}.config(Web, Display, Moderation, Ingest))
	ready := func(want int) {
		t.Helper()
		checkFor(t, func() error {
			if res := a.request("GET", "/readyz", "", nil, nil); res.StatusCode != want {
				return fmt.Errorf("/readyz answers %d, want %d", res.StatusCode, want)
			}
			return nil
		})
	}
	ready(http.StatusOK)
	server.Stop()
	ready(http.StatusServiceUnavailable)
	if res := a.request("GET", "/healthz", "", nil, nil); res.StatusCode != http.StatusOK {
		t.Errorf("/healthz answers %d without NATS, want 200", res.StatusCode)
	}
	server.Resume()
	ready(http.StatusOK)
}

// freePort returns a port that nobody listens on now.
func freePort(t *testing.T) int {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// On a cluster the first web process makes the organiser's token, the others leave it alone, and one that is given
// takes its place everywhere.
func TestTokenOfACluster(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	cfg := c.config(Web)
	first := launch(t, cfg)
	made, err := os.ReadFile(filepath.Join(cfg.Data, tokenFile))
	if err != nil {
		t.Fatal(err)
	}
	other := c.config(Web)
	second := launch(t, other)
	if _, err := os.Stat(filepath.Join(other.Data, tokenFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the second process made a token too: %v", err)
	}
	gets := func(p *running, token string, want int) {
		t.Helper()
		checkFor(t, func() error {
			if res := p.request("GET", "/api/v1/events", token, nil, nil); res.StatusCode != want {
				return fmt.Errorf("status %d, want %d", res.StatusCode, want)
			}
			return nil
		})
	}
	gets(second, strings.TrimSpace(string(made)), http.StatusOK)
	given := c.config(Web)
	given.Token = "a-token-of-the-operators-own"
	launch(t, given)
	gets(first, given.Token, http.StatusOK)
	gets(second, strings.TrimSpace(string(made)), http.StatusUnauthorized)
}
