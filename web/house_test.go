package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/openfloor/openfloor/display"
	"github.com/openfloor/openfloor/display/live"
	"github.com/openfloor/openfloor/ingest/inbox"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/natsstore"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
	"github.com/openfloor/openfloor/web"
	"github.com/openfloor/openfloor/web/auth"
)

func TestMain(m *testing.M) { natstest.Main(m) }

// serverToken is the organiser's in these tests.
const serverToken = "test-organiser-token-0123456789"

// webhookSecret signs the webhooks of these tests.
const webhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// house is the whole program but its wiring: a real NATS server, the desk behind request and reply, and the web.
type house struct {
	t      *testing.T
	store  *natsstore.Store
	record *moderation.Record
	hub    *display.Hub
	access *auth.Access
	web    *web.Server
	url    string
	keys   auth.Keys
}

type houseOption func(*web.Config, *inbox.LimitsConfig)

// newHouse starts one with the event "smw" in it.
func newHouse(t *testing.T, options ...houseOption) *house {
	t.Helper()
	srv := natstest.Start(t, natstest.Fast())
	store, nc := srv.Store(t), srv.Conn(t)
	h := &house{t: t, store: store, record: moderation.NewRecord(), access: auth.New(store, auth.Config{})}
	var err error
	if h.hub, err = display.NewHub(display.Config{Epoch: store.Epoch(), Votes: h.record.Votes()}); err != nil {
		t.Fatal(err)
	}
	h.run(func(ctx context.Context) error {
		return store.Follow(ctx, func(rev moderation.Revision) error {
			h.hub.Apply(rev)
			h.record.Apply(rev)
			return nil
		}, h.record.Passed, h.record.CaughtUp)
	})
	votes := h.record.Votes()
	h.run(func(ctx context.Context) error {
		return store.FollowVotes(ctx, func(v moderation.Vote) { votes.Apply(v); h.hub.Voted(v.Event, v.ID) }, votes.CaughtUp)
	})
	<-votes.Ready()
	h.run(h.access.Run)
	<-h.record.Ready()
	<-h.access.Ready()
	keys, err := h.access.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h.keys = keys
	if err := h.access.EnsureServerToken(t.Context(), serverToken); err != nil {
		t.Fatal(err)
	}
	desk, err := moderation.NewDesk(moderation.DeskConfig{Floor: store, Record: h.record, Secret: keys.Authors, Portraits: store})
	if err != nil {
		t.Fatal(err)
	}
	h.run(func(ctx context.Context) error { return natsstore.ServeDesk(ctx, nc, desk, nil) })
	h.run(func(ctx context.Context) error { return store.TakeIn(ctx, desk.TakeAll) })
	h.run(h.hub.Run)
	form, err := inbox.NewForm(store)
	if err != nil {
		t.Fatal(err)
	}
	webhook, err := inbox.NewWebhook(store, webhookSecret)
	if err != nil {
		t.Fatal(err)
	}
	importer, err := inbox.NewImporter(store)
	if err != nil {
		t.Fatal(err)
	}
	lim := inbox.LimitsConfig{} // none, unless a test asks
	streams := live.New(live.Config{Refuse: func(w http.ResponseWriter, r *http.Request, status int, detail string) {
		h.web.RefuseStream(w, r, status, detail)
	}})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = streams.Shutdown(ctx)
	})
	c := web.Config{ServeWeb: true, ServeLive: true, Record: h.record, Hub: h.hub, Live: streams, Desk: natsstore.NewDeskClient(nc),
		Store: store, Form: form, Webhook: webhook, Importer: importer, Access: h.access, Keys: keys, Portraits: store, Votes: store, Version: "test"}
	for _, o := range options {
		o(&c, &lim)
	}
	c.Limits = inbox.NewLimits(lim)
	if h.web, err = web.New(c); err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(h.web.Handler())
	t.Cleanup(ts.Close)
	h.url = ts.URL
	if got := h.organiser().post("/api/v1/events", `{"title":"Who’s Leading?","slug":"smw","hashtags":["SMWWhoLeads"]}`); got.status != http.StatusCreated {
		t.Fatalf("make the event: %d %s", got.status, got.body)
	}
	return h
}

// run runs f until the test ends.
func (h *house) run(f func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	h.t.Cleanup(func() { cancel(); <-done })
	go func() {
		defer close(done)
		if err := f(ctx); err != nil && ctx.Err() == nil {
			h.t.Errorf("a worker ended: %v", err)
		}
	}()
}

// person is somebody with a browser: cookies, and perhaps a token.
type person struct {
	h      *house
	client *http.Client
	token  string
}

func (h *house) visitor() *person {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &person{h: h, client: &http.Client{Jar: jar, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (h *house) organiser() *person { return h.with(serverToken) }

func (h *house) with(token string) *person {
	p := h.visitor()
	p.token = token
	return p
}

// link makes a join link and returns somebody who has its token as Bearer.
func (h *house) link(role string) (p *person, url, id string) {
	h.t.Helper()
	got := h.organiser().post("/api/v1/events/smw/links", `{"role":"`+role+`","name":"`+role+` one"}`)
	if got.status != http.StatusCreated {
		h.t.Fatalf("link: %d %s", got.status, got.body)
	}
	return h.with(got.str("token")), got.str("url"), got.str("id")
}

// answer is what came back.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

// at returns the value at a path such as "items.0.id".
func (a answer) at(path string) any {
	a.t.Helper()
	var v any
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		a.t.Fatalf("not JSON: %v: %s", err, a.body)
	}
	for _, k := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[k]
		case []any:
			i := int(k[0] - '0')
			if i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

func (a answer) str(path string) string {
	a.t.Helper()
	s, _ := a.at(path).(string)
	return s
}

func (a answer) num(path string) int {
	a.t.Helper()
	f, _ := a.at(path).(float64)
	return int(f)
}

func (p *person) do(method, path, contentType, body string, header ...string) answer {
	p.h.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = p.h.url + path
	}
	req, err := http.NewRequestWithContext(p.h.t.Context(), method, path, strings.NewReader(body))
	if err != nil {
		p.h.t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
			continue
		}
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := p.client.Do(req)
	if err != nil {
		p.h.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, resp.Body); err != nil {
		p.h.t.Fatal(err)
	}
	return answer{t: p.h.t, status: resp.StatusCode, header: resp.Header, body: b.String()}
}

func (p *person) get(path string, header ...string) answer {
	p.h.t.Helper()
	return p.do(http.MethodGet, path, "", "", header...)
}

func (p *person) post(path, body string, header ...string) answer {
	p.h.t.Helper()
	ct := "application/json"
	if body == "" {
		ct = ""
	}
	return p.do(http.MethodPost, path, ct, body, header...)
}

func (p *person) put(path, body string, header ...string) answer {
	p.h.t.Helper()
	return p.do(http.MethodPut, path, "application/json", body, header...)
}

func (p *person) form(path, body string, header ...string) answer {
	p.h.t.Helper()
	return p.do(http.MethodPost, path, "application/x-www-form-urlencoded", body, header...)
}

// ask sends a question and returns its id.
func (p *person) ask(text string) (id, receipt string) {
	p.h.t.Helper()
	body, _ := json.Marshal(map[string]any{"text": text})
	got := p.post("/api/v1/events/smw/submissions", string(body))
	if got.status != http.StatusAccepted {
		p.h.t.Fatalf("ask: %d %s", got.status, got.body)
	}
	return got.str("id"), got.str("receipt")
}

// item is the submission as a moderator sees it now.
func (p *person) item(id string) answer {
	p.h.t.Helper()
	got := p.get("/api/v1/events/smw/submissions/" + id)
	if got.status != http.StatusOK {
		p.h.t.Fatalf("item %s: %d %s", id, got.status, got.body)
	}
	return got
}

// act does an action at the newest revision.
func (p *person) act(id, action string) answer {
	p.h.t.Helper()
	return p.post("/api/v1/events/smw/submissions/"+id+"/"+action, "", "If-Match", p.item(id).header.Get("ETag"))
}
