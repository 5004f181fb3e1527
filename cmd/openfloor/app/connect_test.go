package app

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/openfloor/openfloor/ingest/fakenet"
)

// browser is somebody's: cookies, and redirects that are not followed.
type browser struct {
	t    *testing.T
	http *http.Client
	base string
}

// joined returns the browser of somebody who has used a join link.
func (r *running) joined(link string) *browser {
	r.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	b := &browser{t: r.t, base: "http://" + r.Addr(), http: &http.Client{Jar: jar, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if status, _, _ := b.ask(http.MethodPost, link, nil); status != http.StatusSeeOther {
		r.t.Fatalf("join: %d", status)
	}
	return b
}

// ask asks for an address, or a path of the server.
func (b *browser) ask(method, address string, form url.Values) (status int, body, location string) {
	b.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.base + address
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, string(all), res.Header.Get("Location")
}

var authorizeLink = regexp.MustCompile(`href="(http[^"]*/oauth/authorize[^"]*)"`)

// TestConnectX connects an account on X from the organiser's page, by callback and by PIN: the event is read by it at
// once, nobody else's answer counts, its tokens show nowhere, and it is forgotten on demand.
func TestConnectX(t *testing.T) {
	t.Parallel()
	network := fakenet.NewX(fakenet.XConfig{ConsumerKey: "ck", ConsumerSecret: "cs-canary", Horizon: -1, PIN: "7654321",
		Me: fakenet.XUser{ID: "77", Name: "The host", Username: "smw_london"}})
	base, wait, err := fakenet.Start(t.Context(), network.Handler(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := wait(); err != nil {
			t.Error(err)
		}
	})
	logged := &output{}
	cfg := local(t)
	cfg.Log = slog.New(slog.NewTextHandler(io.MultiWriter(logged), &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg.X = XCredentials{ConsumerKey: "ck", ConsumerSecret: "cs-canary"}
	cfg.Event = &EventWish{Hashtag: "AskPanel", Sources: []SourceWish{{Kind: "x", Server: base}}}
	r := launch(t, cfg)
	const path = "/organise/askpanel/connect/x"
	source := func() (s sourceSeen) {
		r.request(http.MethodGet, "/api/v1/events/askpanel/sources/x", r.token("organiser"), nil, &s)
		return s
	}
	state := func(want string) {
		t.Helper()
		checkFor(t, func() error {
			if s := source(); s.State != want {
				return &ConfigError{Faults: []string{"the source is " + s.State + ", want " + want}}
			}
			return nil
		})
	}
	state("failed")
	if s := source(); s.Error == nil || !strings.Contains(*s.Error, path) {
		t.Errorf("the source does not say where to connect an account: %v", s.Error)
	}
	network.Post(fakenet.XPost{Text: "Who leads? #AskPanel", Name: "Ana", Username: "ana"})

	host, other := r.joined(r.link("organiser")), r.joined(r.link("organiser"))
	seen := ""
	page := func(b *browser) string {
		t.Helper()
		status, body, _ := b.ask(http.MethodGet, path, nil)
		if status != http.StatusOK {
			t.Fatalf("the page: %d", status)
		}
		seen += body
		return body
	}
	press := func(b *browser, do string, more ...string) (int, string) {
		t.Helper()
		form := url.Values{"do": {do}}
		if len(more) > 0 {
			form.Set("pin", more[0])
		}
		status, body, to := b.ask(http.MethodPost, path, form)
		if status == http.StatusSeeOther && to != path {
			t.Fatalf("%s leads to %s", do, to)
		}
		seen += body
		return status, body
	}

	// Nobody but an organiser with a browser.
	for who, token := range map[string]string{"nobody": "", "the server's token": r.token("organiser"), "a moderator": r.token("moderator")} {
		if res := r.request(http.MethodGet, path, token, nil, nil); res.StatusCode < 400 {
			t.Errorf("%s reads the page: %d", who, res.StatusCode)
		}
	}
	if b := r.joined(r.link("moderator")); true {
		if status, _, _ := b.ask(http.MethodGet, path, nil); status != http.StatusForbidden {
			t.Errorf("a moderator with a browser reads the page: %d", status)
		}
	}

	// By callback.
	if body := page(host); !strings.Contains(body, "No account is connected") || !strings.Contains(body, "/organise/connect/x/callback") {
		t.Errorf("before anything: %s", body)
	}
	press(host, "callback")
	link := authorizeLink.FindStringSubmatch(page(host))
	if link == nil {
		t.Fatal("the page does not lead to X")
	}
	if strings.Contains(page(other), "/oauth/authorize") {
		t.Error("somebody else's browser shows what this one began")
	}
	status, _, back := host.ask(http.MethodGet, link[1], nil) // the owner says yes
	if status != http.StatusFound || !strings.HasPrefix(back, host.base+"/organise/connect/x/callback?") {
		t.Fatalf("X sends back to %q, %d", back, status)
	}
	if status, _, _ := other.ask(http.MethodGet, back, nil); status < 400 {
		t.Errorf("another browser ends what this one began: %d", status)
	}
	forged := strings.Replace(back, "oauth_token=", "oauth_token=x", 1)
	if _, _, to := host.ask(http.MethodGet, forged, nil); to != path+"?not=connected" {
		t.Errorf("an answer for another token leads to %q", to)
	}
	if _, _, to := host.ask(http.MethodGet, back, nil); to != path {
		t.Errorf("the callback leads to %q, want %q", to, path)
	}
	if body := page(host); !strings.Contains(body, "@smw_london") || strings.Contains(body, "/oauth/authorize") {
		t.Errorf("connected, and the page says %s", body)
	}
	if status, _, _ := host.ask(http.MethodGet, back, nil); status < 400 {
		t.Errorf("the callback is taken twice: %d", status)
	}
	state("live")
	checkFor(t, func() error {
		if source().Received != 1 {
			return &ConfigError{Faults: []string{"the post has not come"}}
		}
		return nil
	})
	for _, q := range network.Requests() {
		if strings.HasPrefix(q.Path, "/2/tweets") && q.Status == http.StatusOK && q.Auth != "oauth1" {
			t.Errorf("%s was asked as %s, not by the connected account", q.Path, q.Auth)
		}
	}

	press(host, "disconnect")
	if body := page(host); !strings.Contains(body, "No account is connected") {
		t.Error("disconnected, and the page still shows it")
	}
	state("failed")

	// By PIN; and an owner who says no.
	press(host, "pin")
	link = authorizeLink.FindStringSubmatch(page(host))
	if _, body, _ := host.ask(http.MethodGet, link[1], nil); !strings.Contains(body, "7654321") {
		t.Fatalf("X shows %q", body)
	}
	if status, body := press(host, "typed", "12a"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "digits alone") {
		t.Errorf("no number: %d", status)
	}
	if status, body := press(host, "typed", "1111111"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "does not accept the PIN") {
		t.Errorf("a wrong PIN: %d %s", status, body)
	}
	if status, _ := press(other, "typed", "7654321"); status != http.StatusNotFound {
		t.Errorf("another browser types it: %d", status)
	}
	if status, _ := press(host, "typed", "7654321"); status != http.StatusSeeOther {
		t.Errorf("the PIN: %d", status)
	}
	state("live")
	press(host, "callback")
	link = authorizeLink.FindStringSubmatch(page(host))
	_, _, back = host.ask(http.MethodGet, link[1]+"&deny=1", nil)
	if _, _, to := host.ask(http.MethodGet, back, nil); to != path+"?not=denied" {
		t.Errorf("denied leads to %q", to)
	}
	press(host, "callback")
	press(host, "cancel")
	if body := page(host); strings.Contains(body, "/oauth/authorize") || !strings.Contains(body, "@smw_london") {
		t.Error("stopped, and the page shows it still, or lost the account")
	}

	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	r = launch(t, cfg) // the account is still there after a restart
	state("live")
	for what, text := range map[string]string{"a page": seen, "the log": logged.String()} {
		for _, secret := range []string{"cs-canary", "-at-", "-secret", "-verifier", "oauth_verifier"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds %q", what, secret)
			}
		}
	}
}
