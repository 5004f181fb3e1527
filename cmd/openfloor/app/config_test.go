package app

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	good := Config{Addr: "127.0.0.1:0", Data: "data"}
	for _, c := range []struct {
		name  string
		with  func(*Config)
		wants []string // in the faults, one each; none: valid
	}{
		{"the least", func(*Config) {}, nil},
		{"everything", func(c *Config) {
			c.PublicURL, c.NATSListen, c.TrustedProxies = "https://ask.example/", "127.0.0.1:4222", []string{"10.0.0.0/8", "::1"}
			c.Event, c.Token, c.LimitVisitor = &EventWish{Hashtag: "#SMWWhoLeads"}, "abc", 0
		}, nil},
		{"a cluster", func(c *Config) { c.NATS, c.Roles = "nats://a:4222,tls://b", []Role{Display} }, nil},
		{"no port", func(c *Config) { c.Addr = "localhost" }, []string{"--addr"}},
		{"no folder", func(c *Config) { c.Data = "" }, []string{"--data"}},
		{"no folder for the demonstration", func(c *Config) { c.Data, c.Demo = "", true }, nil},
		{"fewer roles", func(c *Config) { c.Roles = []Role{Web, Display} }, []string{"add --nats URL"}},
		{"all roles named", func(c *Config) { c.Roles = AllRoles }, nil},
		{"unknown role", func(c *Config) { c.NATS, c.Roles = "nats://a", []Role{"cook"} }, []string{`no role "cook"`}},
		{"NATS address", func(c *Config) { c.NATS = "http://me:secret@a" }, []string{"--nats"}},
		{"two servers", func(c *Config) { c.NATS, c.NATSListen = "nats://a", ":4222" }, []string{"--nats-listen"}},
		{"listen where", func(c *Config) { c.NATSListen = "4222" }, []string{"--nats-listen"}},
		{"creds of whom", func(c *Config) { c.NATSCreds = "f" }, []string{"--nats-creds"}},
		{"demo on a cluster", func(c *Config) { c.NATS, c.Demo = "nats://a", true }, []string{"demo"}},
		{"public URL with a path", func(c *Config) { c.PublicURL = "https://ask.example/floor" }, []string{"--public-url"}},
		{"public URL without scheme", func(c *Config) { c.PublicURL = "ask.example" }, []string{"--public-url"}},
		{"proxies", func(c *Config) { c.TrustedProxies = []string{"proxy"} }, []string{"--trusted-proxies"}},
		{"limits", func(c *Config) { c.LimitVisitor, c.LimitAddress = -1, -1 }, []string{"--limit-visitor", "--limit-address"}},
		{"empty hashtag", func(c *Config) { c.Event = &EventWish{Hashtag: " #"} }, []string{"--hashtag"}},
		{"two hashtags", func(c *Config) { c.Event = &EventWish{Hashtag: "a #b"} }, []string{"--hashtag"}},
		{"hashtag without web", func(c *Config) {
			c.NATS, c.Roles, c.Event = "nats://a", []Role{Ingest}, &EventWish{Hashtag: "a"}
		}, []string{"web role"}},
		{"token", func(c *Config) { c.Token = "two words" }, []string{"OPENFLOOR_TOKEN"}},
		{"half of X's keys", func(c *Config) { c.X = XCredentials{ConsumerKey: "a", AccessToken: "b"} }, []string{"OPENFLOOR_X_CONSUMER_SECRET", "OPENFLOOR_X_ACCESS_SECRET"}},
		{"an app on X without an account", func(c *Config) { c.X = XCredentials{ConsumerKey: "a", ConsumerSecret: "b", Bearer: "c"} }, nil},
		{"several at once", func(c *Config) { c.Addr, c.Data = "", "" }, []string{"--addr", "--data"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := good
			c.with(&cfg)
			err := cfg.Validate()
			if c.wants == nil {
				if err != nil {
					t.Fatalf("Validate() = %v, want nil", err)
				}
				return
			}
			ce, ok := errors.AsType[*ConfigError](err)
			if !ok {
				t.Fatalf("Validate() = %v, want a *ConfigError", err)
			}
			if len(ce.Faults) != len(c.wants) {
				t.Errorf("%d faults, want %d: %v", len(ce.Faults), len(c.wants), ce)
			}
			for _, want := range c.wants {
				if !slices.ContainsFunc(ce.Faults, func(f string) bool { return strings.Contains(f, want) }) {
					t.Errorf("no fault names %q: %v", want, ce)
				}
			}
			if s := ce.Error(); strings.Contains(s, "\n") || strings.Contains(s, "secret") {
				t.Errorf("%q has more than one line, or a password in it", s)
			}
		})
	}
}

func TestParseSource(t *testing.T) {
	t.Parallel()
	for in, ok := range map[string]bool{
		"mastodon=https://mastodon.example": true, "Mastodon=http://127.0.0.1:3000": true,
		"mastodon": false, "=https://a.example": false, "mastodon=": false, "mastodon=a.example": false,
		"mastodon=ftp://a.example": false, "mastodon=https://me:secret@a.example": false, "mastodon=https://a.example/?q": false,
		"bluesky=wss://a.example": true, "x=https://api.x.com": true, "feed=https://a.example/f.xml?all=1": true,
		"fax=https://a.example": false, "form=https://a.example": false,
	} {
		if w, err := ParseSource(in); (err == nil) != ok {
			t.Errorf("ParseSource(%q) = %v, %v; want it to work: %v", in, w, err, ok)
		}
	}
}

func TestParseRoles(t *testing.T) {
	t.Parallel()
	got, err := ParseRoles("web, Display,web")
	if want := []Role{Web, Display}; err != nil || !slices.Equal(got, want) {
		t.Errorf("ParseRoles = %v, %v; want %v", got, err, want)
	}
	for _, in := range []string{"", " , ", "cook", "web,cook"} {
		if got, err := ParseRoles(in); err == nil {
			t.Errorf("ParseRoles(%q) = %v, want an error", in, got)
		}
	}
}
