package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/ingest/fakenet"
	"github.com/openfloor/openfloor/ingest/x"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/natsstore"
	"github.com/openfloor/openfloor/web"
)

func TestDoctorJudges(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 19, 0, 0, 0, time.UTC)
	stream := func(change func(*natsstore.StreamState)) web.Finding {
		s := natsstore.StreamState{Name: "INTAKE", Replicas: 3, Messages: 12, Bytes: 4096, MaxBytes: 256 << 20}
		change(&s)
		return judgeStream(s, true)
	}
	source := func(state, err string, used int, set moderation.SourceSetting) web.Finding {
		set.Kind = moderation.FromX
		return judgeSource("smw", set, moderation.SourceStatus{State: state, Error: err, Used: used, Received: 7,
			NextTryAt: now.Add(30 * time.Second), LastPostAt: now.Add(-2 * time.Minute)}, now)
	}
	budget := moderation.SourceSetting{Budget: &moderation.Budget{Posts: 100, Money: 10}}
	for _, c := range []struct {
		name, result, says string
		got                web.Finding
	}{
		{"room on the disk", "ok", "5.0 GiB free", judgeDisk(5 << 30)},
		{"little room", "warn", "Make room", judgeDisk(800 << 20)},
		{"no room", "fail", "refused", judgeDisk(10 << 20)},
		{"a folder for its owner", "ok", "owner only", judgeMode("data folder", "/d", 0o700|os.ModeDir)},
		{"a folder for all", "fail", "chmod 700 /d", judgeMode("data folder", "/d", 0o755|os.ModeDir)},
		{"a token for all", "fail", "chmod 600 /d/t", judgeMode("organiser.token", "/d/t", 0o644)},

		{"a stream of three", "ok", "kept by 3 servers", stream(func(*natsstore.StreamState) {})},
		{"a stream of one on a cluster", "warn", "--replicas 3", stream(func(s *natsstore.StreamState) { s.Replicas = 1 })},
		{"a stream of one in a folder", "ok", "12 messages", judgeStream(natsstore.StreamState{Name: "FLOOR", Replicas: 1, Messages: 12}, false)},
		{"a missing stream", "fail", "openfloor init", judgeStream(natsstore.StreamState{Name: "FLOOR", Fault: natsstore.ErrNoStreams}, true)},
		{"a wrong stream", "fail", "expire", stream(func(s *natsstore.StreamState) { s.Fault = errors.New("its messages expire") })},
		{"nobody leads", "fail", "nothing is taken in", stream(func(s *natsstore.StreamState) { s.Leaderless = true })},
		{"one away", "warn", "1 of 3 servers", stream(func(s *natsstore.StreamState) { s.Offline = 1 })},
		{"one behind", "warn", "behind", stream(func(s *natsstore.StreamState) { s.Behind = 1 })},
		{"nearly full", "warn", "nearly full", stream(func(s *natsstore.StreamState) { s.Bytes = 230 << 20 })},
		{"nobody takes in", "warn", "role moderation", stream(func(s *natsstore.StreamState) { s.Messages = 5000 })},
		{"a store with room", "ok", "used", judgeStore(1<<30, 10<<30)},
		{"a store without a limit", "ok", "used", judgeStore(1<<30, 0)},
		{"a store nearly full", "warn", "Make room", judgeStore(85<<20, 100<<20)},
		{"a full store", "fail", "refused", judgeStore(99<<20, 100<<20)},

		{"clocks agree", "ok", "agrees", judgeClock("c", 800*time.Millisecond, time.Second)},
		{"as far as anybody knows", "ok", "agrees", judgeClock("c", 10*time.Second, 6*time.Second)},
		{"a little behind", "warn", "20s behind it", judgeClock("c", 20*time.Second, 0)},
		{"far ahead", "fail", "5m0s ahead of it", judgeClock("c", -5*time.Minute, time.Second)},

		{"credentials", "ok", "as @host", judgeAnswer("c", "as @host", nil)},
		{"refused", "fail", "Make a new one", judgeAnswer("c", "", &ingest.NeedsAttention{Detail: "Make a new one."})},
		{"too many questions", "warn", "in 2m0s", judgeAnswer("c", "", &ingest.RetryAfter{After: 2 * time.Minute, Err: errors.New("429")})},
		{"no stream", "warn", "searched instead", judgeAnswer("c", "", fmt.Errorf("asked: %w", x.ErrNoStream))},
		{"out of reach", "warn", "reaches the network", judgeAnswer("c", "", context.DeadlineExceeded)},

		{"live", "ok", "7 posts received, the last 2m0s ago", source("live", "", 10, budget)},
		{"live, nearly spent", "warn", "Raise it", source("live", "", 95, budget)},
		{"backing off", "warn", "Tried again in 30s", source("backing-off", "X answers 503", 0, moderation.SourceSetting{})},
		{"failed", "fail", "Set the keys", source("failed", "Set the keys.", 0, moderation.SourceSetting{})},
		{"off", "ok", "off", source("off", "", 0, moderation.SourceSetting{})},
		{"nobody reads it", "warn", "role ingest", source("connecting", "", 0, moderation.SourceSetting{})},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.got.Result != c.result || !strings.Contains(c.got.Detail, c.says) || c.got.Check == "" {
				t.Errorf("got %+v, want %s that says %q", c.got, c.result, c.says)
			}
		})
	}
}

// examined is what GET /doctor answers.
type examined struct {
	OK     bool          `json:"ok"`
	Checks []web.Finding `json:"checks"`
}

func (e examined) of(check string) web.Finding {
	i := slices.IndexFunc(e.Checks, func(f web.Finding) bool { return f.Check == check })
	if i < 0 {
		return web.Finding{}
	}
	return e.Checks[i]
}

// TestDoctor asks a whole server about itself: well, then with a network that refuses the credentials, another that does
// not answer, and a folder that others may read.
func TestDoctor(t *testing.T) {
	t.Parallel()
	mast := fakenet.New(fakenet.Config{Limit: -1, Token: "right"})
	ex := fakenet.NewX(fakenet.XConfig{Bearer: "right", SearchLimit: -1, Horizon: -1})
	var bases []string
	for _, h := range []http.Handler{mast.Handler(), ex.Handler()} {
		base, wait, err := fakenet.Start(t.Context(), h, "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := wait(); err != nil {
				t.Error(err)
			}
		})
		bases = append(bases, base)
	}
	cfg := local(t)
	cfg.MastodonToken, cfg.X = "right", XCredentials{Bearer: "right"}
	cfg.Event = &EventWish{Hashtag: "AskPanel", Sources: []SourceWish{{Kind: "mastodon", Server: bases[0]}, {Kind: "x", Server: bases[1]}}}
	r := launch(t, cfg)
	ask := func(r *running) (got examined) {
		t.Helper()
		r.request(http.MethodGet, "/api/v1/doctor", r.token("organiser"), nil, &got)
		return got
	}
	mastodonSource := "source askpanel mastodon@" + strings.TrimPrefix(bases[0], "http://")
	xSource := "source askpanel x@" + strings.TrimPrefix(bases[1], "http://")
	checkFor(t, func() error {
		got := ask(r)
		for _, check := range []string{"data folder", "disk", "nats", "stream INTAKE", "stream FLOOR", "stream VOTES", "stream ACCESS", "stream MEDIA", "store",
			"credentials for Mastodon", "credentials for X, bearer token", mastodonSource, xSource,
			"clock against " + strings.TrimPrefix(bases[0], "http://"), "clock against " + strings.TrimPrefix(bases[1], "http://")} {
			if f := got.of(check); f.Result != web.DoctorOK && check != "disk" {
				return fmt.Errorf("%s: %+v", check, f)
			}
		}
		if !got.OK {
			return fmt.Errorf("not well: %+v", got)
		}
		return nil
	})
	for who, token := range map[string]string{"nobody": "", "a moderator": r.token("moderator")} {
		if res := r.request(http.MethodGet, "/api/v1/doctor", token, nil, nil); res.StatusCode != http.StatusUnauthorized && res.StatusCode != http.StatusForbidden {
			t.Errorf("%s asks the doctor: %d", who, res.StatusCode)
		}
	}

	// What is wrong is said, with what to do, and what is right beside it stays so.
	if err := os.Chmod(cfg.Data, 0o755); err != nil { //nolint:gosec // on purpose
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(cfg.Data, tokenFile), 0o644); err != nil { //nolint:gosec // on purpose
		t.Fatal(err)
	}
	got := ask(r)
	for _, check := range []string{"data folder", "organiser.token"} {
		if f := got.of(check); f.Result != web.DoctorFail || !strings.Contains(f.Detail, "chmod") {
			t.Errorf("%s: %+v", check, f)
		}
	}
	if got.OK || got.of("stream FLOOR").Result != web.DoctorOK {
		t.Errorf("open to all, and the doctor says %+v", got)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	cfg.MastodonToken, cfg.X = "wrong-canary", XCredentials{Bearer: "wrong-canary"}
	r = launch(t, cfg)
	checkFor(t, func() error {
		got := ask(r)
		for check, says := range map[string]string{"credentials for Mastodon": "token", "credentials for X, bearer token": "OPENFLOOR_X_BEARER_TOKEN",
			mastodonSource: "token", xSource: "OPENFLOOR_X_BEARER_TOKEN"} {
			if f := got.of(check); f.Result != web.DoctorFail || !strings.Contains(f.Detail, says) || strings.Contains(f.Detail, "canary") {
				return fmt.Errorf("%s: %+v, want fail that says %q", check, f, says)
			}
		}
		if got.OK {
			return errors.New("well, though nothing can be read")
		}
		return nil
	})
}

// TestDoctorOnACluster: what one server keeps there is worth a word.
func TestDoctorOnACluster(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	r := c.launch(Moderation, Display, Web, Ingest)
	var got examined
	r.request(http.MethodGet, "/api/v1/doctor", r.token("organiser"), nil, &got)
	if f := got.of("stream FLOOR"); f.Result != web.DoctorWarn || !strings.Contains(f.Detail, "--replicas 3") {
		t.Errorf("a stream of one server: %+v", f)
	}
	if f := got.of("clock against NATS"); f.Result != web.DoctorOK {
		t.Errorf("the clock: %+v", f)
	}
	if f := got.of("data folder"); f.Check != "" {
		t.Errorf("a data folder where there is none: %+v", f)
	}
	if !got.OK {
		t.Errorf("not well: %+v", got)
	}
}
