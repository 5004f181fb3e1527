package x

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/ingest/fakenet"
)

// once is a noncer that says the same each time.
type once string

func (o once) Nonce() string { return string(o) }

// Signatures computed by hand after RFC 5849 for these secrets, this nonce and this time.
func TestSignatures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Unix(1767225600, 0))) // a bubble's clock goes where one waits
		var got string
		transport := roundTrip(func(r *http.Request) (*http.Response, error) {
			got = r.Header.Get("Authorization")
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("oauth_token=a&oauth_token_secret=b&oauth_callback_confirmed=true")), Request: r}, nil
		})
		config := Config{Client: &http.Client{Transport: transport}, Keys: testKeys, noncer: once("nonce123")}
		at := func(server string) *client {
			c := config
			c.Server = server
			p, err := NewPoster(c)
			if err != nil {
				t.Fatal(err)
			}
			return &p.client
		}
		do := func(server, method, path string, q url.Values, body string) func() {
			return func() {
				if _, _, err := at(server).do(t.Context(), method, path, q, []byte(body)); err != nil {
					t.Error(err)
				}
			}
		}
		for name, c := range map[string]struct {
			ask  func()
			want string
		}{
			"post": {do(DefaultServer, http.MethodPost, "/2/tweets", nil, `{"text":"Q1"}`), "iyyoI1pNUs2GaoF7ExV28Cv1qlc="},
			"search": {do(DefaultServer, http.MethodGet, searchPath, url.Values{"query": {"#askpanel -is:retweet"}, "max_results": {"100"}}, ""),
				"Gx+JcMFNZetwiItka52pxIzGu98="},
			"with a port": {do("http://127.0.0.1:8080", http.MethodPost, "/2/tweets", nil, `{"text":"Q1"}`), "RdVis1CQV45yJNQbsoSWKEUTHnI="},
			"request token": {func() {
				f, err := NewFlow(config, PIN)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := f.RequestToken(t.Context()); err != nil {
					t.Error(err)
				}
			}, "ZYGi4Q0BjX+BHH3dRBgR1c6Xp0g="},
		} {
			got = ""
			c.ask()
			_, after, _ := strings.Cut(got, `oauth_signature="`)
			signature, _, _ := strings.Cut(after, `"`)
			if s, err := url.PathUnescape(signature); err != nil || s != c.want {
				t.Errorf("%s: signature %q, want %q", name, s, c.want)
			}
		}
	})
}

// overWire serves a fake X on a socket and returns a configuration for it.
func overWire(t *testing.T, server *fakenet.X) Config {
	t.Helper()
	srv := httptest.NewServer(server.Handler())
	t.Cleanup(srv.Close)
	client := ingest.NewClient(ingest.ClientConfig{AllowPrivate: true})
	t.Cleanup(client.CloseIdleConnections)
	return Config{Client: client, Server: srv.URL, Keys: testKeys}
}

func visit(t *testing.T, address string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func TestThreeLegs(t *testing.T) {
	t.Parallel()
	server := fake(fakenet.XConfig{})
	c := overWire(t, server)
	f, err := NewFlow(c, "https://host.example/oauth/x/callback")
	if err != nil {
		t.Fatal(err)
	}
	token, err := f.RequestToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	resp := visit(t, f.AuthorizeURL(token))
	back, err := resp.Location()
	if err != nil || back.Host != "host.example" {
		t.Fatalf("sent back to %v, %v", back, err)
	}
	callback := httptest.NewRequest(http.MethodGet, back.String(), nil)
	if _, err := ParseCallback(callback, RequestToken{"another", "session"}); err == nil {
		t.Error("the callback of another session is taken")
	}
	if _, err := ParseCallback(httptest.NewRequest(http.MethodGet, "/?oauth_token=&oauth_verifier=x", nil), RequestToken{}); err == nil {
		t.Error("a callback without a token is taken")
	}
	verifier, err := ParseCallback(callback, token)
	if err != nil {
		t.Fatal(err)
	}
	keys, who, err := f.AccessToken(t.Context(), token, verifier)
	if err != nil || !keys.whole() || who != (Account{"1", "The host", "host"}) {
		t.Fatalf("%+v, whole %v, %v", who, keys.whole(), err)
	}
	if _, _, err := f.AccessToken(t.Context(), token, verifier); err == nil || strings.Contains(err.Error(), "Reverse") {
		t.Errorf("a verifier is taken twice, or X quoted: %v", err)
	}
	c.Keys = keys
	p, err := NewPoster(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Post(t.Context(), "by the connected account", ""); err != nil {
		t.Error(err)
	}

	denied := visit(t, f.AuthorizeURL(mustToken(t, f))+"&deny=1")
	back, err = denied.Location()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseCallback(httptest.NewRequest(http.MethodGet, back.String(), nil), token); !errors.Is(err, ErrDenied) {
		t.Errorf("denied: %v", err)
	}
}

func mustToken(t *testing.T, f *Flow) RequestToken {
	t.Helper()
	token, err := f.RequestToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestPIN(t *testing.T) {
	t.Parallel()
	server := fake(fakenet.XConfig{PIN: "7654321"})
	f, err := NewFlow(overWire(t, server), PIN)
	if err != nil {
		t.Fatal(err)
	}
	token := mustToken(t, f)
	page, err := io.ReadAll(visit(t, f.AuthorizeURL(token)).Body)
	if err != nil {
		t.Fatal(err)
	}
	pin := regexp.MustCompile(`\d{7}`).FindString(string(page))
	if n, ok := errors.AsType[*ingest.NeedsAttention](second(f.AccessToken(t.Context(), token, "1111111"))); !ok || !strings.Contains(n.Detail, "PIN") {
		t.Error("a wrong PIN is taken, or not explained")
	}
	if _, who, err := f.AccessToken(t.Context(), token, pin); err != nil || who.Username != "host" {
		t.Errorf("%+v, %v", who, err)
	}
}

func second(_ Keys, _ Account, err error) error { return err }

func TestFlowRefused(t *testing.T) {
	t.Parallel()
	c := overWire(t, fake(fakenet.XConfig{}))
	c.Keys.ConsumerSecret = "wrong-canary"
	f, err := NewFlow(c, PIN)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.RequestToken(t.Context())
	if n, ok := errors.AsType[*ingest.NeedsAttention](err); !ok || !strings.Contains(n.Detail, "OPENFLOOR_X_CONSUMER_SECRET") || strings.Contains(err.Error(), "canary") {
		t.Errorf("wrong secret: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.RequestToken(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := NewFlow(Config{Client: http.DefaultClient}, PIN); err == nil || !strings.Contains(err.Error(), "OPENFLOOR_X_CONSUMER_KEY") {
		t.Errorf("no keys: %v", err)
	}
}

// X refuses a clock that is wrong by more than minutes, and a nonce that was used.
func TestVerified(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := fake(fakenet.XConfig{})
		client, stop := piped(t, server)
		defer stop()
		var header string
		next := client.Transport
		replay := false
		client.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if replay {
				r.Header.Set("Authorization", header)
			}
			header = r.Header.Get("Authorization")
			return next.RoundTrip(r)
		})
		p, err := NewPoster(Config{Client: client, Server: "http://api.x.example:8080", Keys: testKeys})
		if err != nil {
			t.Fatal(err)
		}
		if who, err := p.Me(t.Context()); err != nil || who.Username != "host" {
			t.Errorf("%+v, %v", who, err)
		}
		replay = true
		if _, err := p.Me(t.Context()); err == nil {
			t.Error("a nonce is taken twice")
		}
		time.Sleep(6 * time.Minute)
		if _, err := p.Me(t.Context()); err == nil {
			t.Error("an old signature is taken")
		}
		replay = false
		if _, err := p.Me(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
