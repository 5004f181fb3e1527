package app

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// nowhere is a source that nothing answers for.
var nowhere = []SourceWish{{Kind: "mastodon", Server: "http://127.0.0.1:9"}}

func TestReadyLines(t *testing.T) {
	t.Parallel()
	cfg := local(t)
	cfg.Event = &EventWish{Hashtag: "#SMWWhoLeads", Sources: nowhere}
	a := launch(t, cfg)
	base := "http://" + a.Addr()
	var names, want []string
	for line := range strings.Lines(a.out.String()) {
		name, url, _ := strings.Cut(strings.TrimSpace(line), " ")
		names = append(names, name)
		if !strings.HasPrefix(url, base) {
			t.Errorf("%s is at %q, want it at %s", name, url, base)
		}
	}
	if want = []string{"ready", "organiser", "attendee", "moderator", "chair", "screen"}; !slices.Equal(names, want) {
		t.Errorf("lines %v, want %v", names, want)
	}
	if got, want := a.link("attendee"), base+"/e/smwwholeads"; got != want {
		t.Errorf("attendee %s, want %s", got, want)
	}
	if got, want := a.link("screen"), base+"/e/smwwholeads/screen"; got != want {
		t.Errorf("screen %s, want %s", got, want)
	}
	for _, path := range []string{"/e/smwwholeads", "/e/smwwholeads/screen", "/", "/healthz", "/readyz", "/metrics"} {
		if res := a.request("GET", path, "", nil, nil); res.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d, want 200", path, res.StatusCode)
		}
	}
	for role, path := range map[string]string{
		"organiser": "/api/v1/events", "moderator": "/api/v1/events/smwwholeads/submissions", "chair": "/api/v1/events/smwwholeads/stage",
	} {
		if res := a.request("GET", path, a.token(role), nil, nil); res.StatusCode != http.StatusOK {
			t.Errorf("the %s link's token gets %d for %s, want 200", role, res.StatusCode, path)
		}
	}
}

func TestReadyLinesWithoutEventOnPublicURL(t *testing.T) {
	t.Parallel()
	cfg := local(t)
	cfg.PublicURL = "https://ask.example"
	a := launch(t, cfg)
	lines := strings.Split(strings.TrimSpace(a.out.String()), "\n")
	if len(lines) != 2 || lines[0] != "ready http://"+a.Addr() || !strings.HasPrefix(lines[1], "organiser https://ask.example/join/") {
		t.Errorf("lines %d, want the listening address and the organiser's link on the public URL", len(lines))
	}
}

// An event that is there already stays as it is, but for sources that are named.
func TestHashtagOnceMade(t *testing.T) {
	t.Parallel()
	cfg := local(t)
	cfg.Event = &EventWish{Hashtag: "AskPanel", Title: "Ask the panel"}
	events := func(wish EventWish) []moderation.Event {
		t.Helper()
		cfg.Event = &wish
		a := launch(t, cfg)
		out := a.record.Events()
		if err := a.stop(); err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := events(EventWish{Hashtag: "AskPanel", Title: "Ask the panel", Sources: nowhere})
	if len(first) != 1 || first[0].Slug != "askpanel" || first[0].Title != "Ask the panel" || !slices.Equal(first[0].Hashtags, []string{"AskPanel"}) {
		t.Fatalf("made %+v", first)
	}
	again := events(EventWish{Hashtag: "#askpanel", Title: "Another title"})
	if len(again) != 1 || again[0].Rev != first[0].Rev {
		t.Errorf("a second start changed the event: %+v", again)
	}
	more := events(EventWish{Hashtag: "AskPanel", Sources: []SourceWish{nowhere[0], {Kind: "mastodon", Server: "http://127.0.0.1:10/"}}})
	want := []moderation.SourceSetting{
		{Kind: moderation.FromMastodon, Server: "http://127.0.0.1:9", Enabled: true},
		{Kind: moderation.FromMastodon, Server: "http://127.0.0.1:10", Enabled: true},
	}
	if len(more) != 1 || !slices.EqualFunc(more[0].Sources, want, func(a, b moderation.SourceSetting) bool {
		return a.Kind == b.Kind && a.Server == b.Server && a.Enabled == b.Enabled
	}) {
		t.Errorf("sources %+v, want %+v", more[0].Sources, want)
	}
	if more[0].Title != "Ask the panel" {
		t.Errorf("title %q, want the first one", more[0].Title)
	}
}

// A hashtag that leaves nothing for a slug gets a random one, once.
func TestHashtagWithoutLetters(t *testing.T) {
	t.Parallel()
	cfg := local(t)
	cfg.Event = &EventWish{Hashtag: "質問", Sources: nowhere}
	a := launch(t, cfg)
	slug, ok := strings.CutPrefix(a.link("attendee"), a.base()+"/e/event-")
	if !ok || len(slug) != 6 {
		t.Errorf("attendee %s, want /e/event- and 6 letters", a.link("attendee"))
	}
	first := a.record.Events()
	if err := a.stop(); err != nil {
		t.Fatal(err)
	}
	b := launch(t, cfg)
	if again := b.record.Events(); len(again) != 1 || again[0].Slug != first[0].Slug {
		t.Errorf("%d events after a second start, want the first one alone", len(again))
	}
}

// Until the read models are complete, everything but the health checks says so.
func TestNotReadyYet(t *testing.T) {
	t.Parallel()
	a, err := Build(t.Context(), local(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	served := make(chan error, 1)
	go func() { served <- a.http.Serve(a.listener) }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	get := func(path string) (int, http.Header, map[string]any) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+a.Addr()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		var v map[string]any
		_ = json.Unmarshal(body, &v) // metrics are no JSON
		return res.StatusCode, res.Header, v
	}
	if status, _, _ := get("/healthz"); status != http.StatusOK {
		t.Errorf("/healthz %d, want 200", status)
	}
	status, _, body := get("/readyz")
	checks, _ := body["checks"].(map[string]any)
	if status != http.StatusServiceUnavailable || checks["record"] == checkOK || checks["nats"] != checkOK {
		t.Errorf("/readyz %d %v, want 503 because of the record", status, body)
	}
	if status, _, _ := get("/metrics"); status != http.StatusOK {
		t.Errorf("/metrics %d, want 200", status)
	}
	status, header, body := get("/e/askpanel")
	if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || body["type"] != "/problems/unavailable" {
		t.Errorf("a page: %d %v, want 503, when to come again, and a problem", status, body)
	}
	if err := a.http.Close(); err != nil {
		t.Error(err)
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

func TestAddressTaken(t *testing.T) {
	t.Parallel()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cfg := local(t)
	cfg.Addr = l.Addr().String()
	if a, err := Build(t.Context(), cfg); err == nil {
		t.Fatal("two on one port", a.Close())
	} else if !strings.Contains(err.Error(), "--addr") {
		t.Errorf("Build = %v, want it to say what to do", err)
	}
	cfg.Addr = "127.0.0.1:0"
	launch(t, cfg) // the folder was given back
}

// A worker that fails ends the program, and is why it ended.
func TestFailureStops(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		work func(context.Context) error
		want string
	}{
		"an error": {func(context.Context) error { return errors.New("the roof is on fire") }, "the roof is on fire"},
		"the end":  {func(context.Context) error { return nil }, "ended by itself"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := Build(t.Context(), local(t))
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() { done <- a.Run(t.Context()) }()
			<-a.Ready()
			a.work.run("planted", c.work)
			select {
			case err := <-done:
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("Run = %v, want it to say %q", err, c.want)
				}
			case <-time.After(patience):
				t.Fatal("it goes on")
			}
		})
	}
}

func TestDemoMoves(t *testing.T) {
	t.Parallel()
	cfg := Config{Addr: "127.0.0.1:0", Demo: true}
	begun := time.Now()
	a := launch(t, cfg)
	slug := "smwwholeads"
	checkFor(t, func() error {
		stage := a.record.Stage(slug)
		switch {
		case stage.Now == "":
			return errors.New("nothing on the stage")
		case len(a.record.Queue(slug)) == 0:
			return errors.New("nothing in the queue")
		}
		if page, _ := a.record.List(slug, moderation.Filter{States: []moderation.State{moderation.Pending}}); len(page) == 0 {
			return errors.New("nothing for people to decide about")
		}
		return nil
	})
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %v until every screen had moved, want 5 s at most", took)
	}
	now, _ := a.record.Submission(slug, a.record.Stage(slug).Now)
	if now.State != moderation.Live {
		t.Errorf("on the stage is %v, want it live", now)
	}
	folder := a.temp
	if err := a.stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the demonstration's folder %q is still there: %v", folder, err)
	}
}
