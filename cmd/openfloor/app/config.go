package app

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/openfloor/openfloor/ingest/inbox"
	"github.com/openfloor/openfloor/moderation"
)

// Role is a part of the work that a process can take on.
type Role string

// The roles of a process.
const (
	Ingest     Role = "ingest"     // gathers posts from the networks
	Moderation Role = "moderation" // takes them in, holds the desk
	Display    Role = "display"    // the live streams
	Web        Role = "web"        // pages and API
)

// AllRoles lists every role, in the order in which a submission passes them.
var AllRoles = []Role{Ingest, Moderation, Display, Web}

// Config is everything the program can be told. The zero value is not valid: Addr and Data, or NATS, are needed.
type Config struct {
	// Addr is where HTTP is served, HOST:PORT. Port 0 picks a free one.
	Addr string
	// Data is the folder that the embedded server stores in. It is made where it is not there, for its owner only.
	Data string
	// PublicURL is where people reach the server, such as https://ask.example; empty: the address it listens on.
	PublicURL string
	// Roles are what this process does; empty: everything. Fewer than all need NATS.
	Roles []Role
	// NATS is the external cluster, comma-separated; empty: an embedded server.
	NATS string
	// NATSCreds is a credentials file for NATS; empty: none.
	NATSCreds string
	// NATSListen makes the embedded server listen, HOST:PORT; empty: on no port.
	NATSListen string
	// TrustedProxies may say in X-Forwarded-For who is behind them; empty: nobody may.
	TrustedProxies []string
	// AllowPrivateSources lets sources be at loopback and private addresses.
	AllowPrivateSources bool
	// LimitVisitor is how many submissions a visitor may send at once, then one each 20 s; 0: no limit.
	LimitVisitor int
	// LimitAddress is how many submissions an address (IPv6: a /64) may send a minute; 0: no limit.
	LimitAddress int
	// Token is the organiser's server-wide token; empty: the one in Data, made at the first start.
	Token string
	// MastodonToken reads timelines of servers that ask for one; empty: none.
	MastodonToken string
	// X reads and posts on X; the zero value: nothing is read there.
	X XCredentials
	// WebhookSecret holds the secrets that webhooks may be signed with, separated by spaces; empty: none are taken.
	WebhookSecret string
	// Event is an event to be there from the start; nil: none.
	Event *EventWish
	// Demo runs a panel whose posts are replayed from a fake network, in a temporary folder where Data is empty.
	Demo bool
	// Version is what /healthz and the build metric say; empty: "devel".
	Version string
	// Log takes what happens; nil: nothing. Neither texts, names nor tokens are ever logged.
	Log *slog.Logger
	// quick makes sources ask as often as suits fake networks, which have no limits, at private addresses.
	quick bool
	// skyPages is where Bluesky's profiles and handles are asked for; empty: where everybody asks.
	skyPages string
	// Out takes the ready line and the links; nil: nothing.
	Out io.Writer
}

// XCredentials are those of an app on X. The bearer token reads; the keys, with those of an account, read and post.
type XCredentials struct {
	Bearer, ConsumerKey, ConsumerSecret, AccessToken, AccessSecret string
}

// reads reports whether they are enough to read.
func (c XCredentials) reads() bool {
	return c.Bearer != "" || c.ConsumerKey != "" && c.ConsumerSecret != "" && c.AccessToken != "" && c.AccessSecret != ""
}

// LogValue keeps secrets out of the logs.
func (XCredentials) LogValue() slog.Value { return slog.StringValue("…") }

// EventWish is an event that serve makes sure of.
type EventWish struct {
	Hashtag string
	Title   string       // empty: the hashtag
	Sources []SourceWish // empty: Mastodon, at its usual server

	only bool // it listens to nothing but these
}

// SourceWish is one source of an EventWish.
type SourceWish struct {
	Kind   string // x, mastodon, bluesky or feed
	Server string // its base, such as https://mastodon.example; of a feed the document
}

// ParseSource reads KIND=URL.
func ParseSource(s string) (SourceWish, error) {
	kind, server, ok := strings.Cut(s, "=")
	if !ok || kind == "" || server == "" {
		return SourceWish{}, fmt.Errorf("--source %q is not KIND=URL; write it as in mastodon=https://mastodon.example", s)
	}
	w := SourceWish{Kind: strings.ToLower(kind), Server: server}
	if !moderation.Source(w.Kind).Listens() {
		return w, fmt.Errorf("--source %s: an event listens to x, mastodon, bluesky and feed; write it as in mastodon=https://mastodon.example", kind)
	}
	if fault := (moderation.SourceSetting{Kind: moderation.Source(w.Kind), Server: server}).Fault(); fault != "" {
		return w, fmt.Errorf("--source %s: %q is not the address of a server: %s", kind, redact(server), strings.TrimSuffix(fault, "."))
	}
	return w, nil
}

// ParseRoles reads a comma-separated list of roles.
func ParseRoles(s string) ([]Role, error) {
	var out []Role
	for name := range strings.SplitSeq(s, ",") {
		r := Role(strings.ToLower(strings.TrimSpace(name)))
		if r == "" {
			continue
		}
		if !slices.Contains(AllRoles, r) {
			return nil, fmt.Errorf("--roles: there is no role %q; the roles are ingest, moderation, display and web", name)
		}
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("--roles is empty; the roles are ingest, moderation, display and web")
	}
	return out, nil
}

// ConfigError tells everything that is wrong with a Config, each fault with what to do about it.
type ConfigError struct{ Faults []string }

// Error returns the faults in one line.
func (e *ConfigError) Error() string { return strings.Join(e.Faults, "; ") }

// Validate returns a *ConfigError with every fault of c, or nil.
func (c Config) Validate() error {
	var faults []string
	bad := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }

	if _, port, err := net.SplitHostPort(c.Addr); err != nil || port == "" {
		bad("--addr %q is not HOST:PORT; write it as in 127.0.0.1:8080", c.Addr)
	}
	if c.Data == "" && !c.Demo {
		bad("--data is empty; name a folder to store in")
	}
	if c.PublicURL != "" {
		if u, err := url.Parse(c.PublicURL); err != nil || !webScheme(u) || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			bad("--public-url %q is not the root of a web site; write it as in https://ask.example", c.PublicURL)
		}
	}
	for _, r := range c.Roles {
		if !slices.Contains(AllRoles, r) {
			bad("--roles: there is no role %q; the roles are ingest, moderation, display and web", r)
		}
	}
	if c.NATS == "" {
		for _, r := range AllRoles {
			if !c.Has(r) {
				bad("--roles names fewer than all four roles, so the others have to be reached over NATS; add --nats URL")
				break
			}
		}
		if c.NATSCreds != "" {
			bad("--nats-creds is for a cluster; add --nats URL")
		}
	} else {
		for u := range strings.SplitSeq(c.NATS, ",") {
			if p, err := url.Parse(strings.TrimSpace(u)); err != nil || p.Host == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, p.Scheme) {
				bad("--nats %q is not the address of a NATS server; write it as in nats://nats.example:4222", redact(u))
			}
		}
		if c.NATSListen != "" {
			bad("--nats-listen is for the embedded server, which --nats does without; leave one of them out")
		}
		if c.Demo {
			bad("demo runs on a server of its own; leave --nats out")
		}
	}
	if c.NATSListen != "" {
		if _, _, err := splitHostPort(c.NATSListen); err != nil {
			bad("--nats-listen %q is not HOST:PORT; write it as in 127.0.0.1:4222", c.NATSListen)
		}
	}
	if _, err := c.trusted(); err != nil {
		bad("%s", err)
	}
	if c.LimitVisitor < 0 {
		bad("--limit-visitor %d is below zero; say how many submissions at once, or 0 for no limit", c.LimitVisitor)
	}
	if c.LimitAddress < 0 {
		bad("--limit-address %d is below zero; say how many submissions a minute, or 0 for no limit", c.LimitAddress)
	}
	if c.Event != nil {
		if strings.Trim(c.Event.Hashtag, "#＃ ") == "" {
			bad("--hashtag is empty; write it as in --hashtag SMWWhoLeads")
		} else if strings.ContainsAny(strings.TrimLeft(c.Event.Hashtag, "#＃"), " \t\r\n#") {
			bad("--hashtag %q is not one hashtag; write it without spaces, as in --hashtag SMWWhoLeads", c.Event.Hashtag)
		}
		if !c.Has(Web) {
			bad("--hashtag makes an event, which only a process with the web role does; add web to --roles or leave --hashtag out")
		}
	}
	if strings.IndexFunc(c.Token, func(r rune) bool { return r <= ' ' || r > '~' }) >= 0 {
		bad("OPENFLOOR_TOKEN has to be visible characters without spaces; use the output of: openssl rand -hex 32")
	}
	if (c.X.ConsumerKey == "") != (c.X.ConsumerSecret == "") {
		bad("of OPENFLOOR_X_CONSUMER_KEY and OPENFLOOR_X_CONSUMER_SECRET one is missing; set both, or neither")
	}
	if (c.X.AccessToken == "") != (c.X.AccessSecret == "") || c.X.AccessToken != "" && c.X.ConsumerKey == "" {
		bad("OPENFLOOR_X_ACCESS_TOKEN and OPENFLOOR_X_ACCESS_SECRET belong to OPENFLOOR_X_CONSUMER_KEY and OPENFLOOR_X_CONSUMER_SECRET; set all four, or leave out the first two")
	}
	if err := inbox.CheckWebhookSecrets(c.WebhookSecret); err != nil {
		bad("%s", err)
	}
	if faults != nil {
		return &ConfigError{Faults: faults}
	}
	return nil
}

// Has reports whether the process has role r.
func (c Config) Has(r Role) bool { return len(c.Roles) == 0 || slices.Contains(c.Roles, r) }

// trusted reads TrustedProxies: addresses and prefixes.
func (c Config) trusted() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range c.TrustedProxies {
		s = strings.TrimSpace(s)
		if s == "" {
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, aerr := netip.ParseAddr(s)
			if aerr != nil {
				return nil, fmt.Errorf("--trusted-proxies %q is neither an address nor a prefix; write it as in 10.0.0.0/8", s)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

func webScheme(u *url.URL) bool { return (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" }

// redact leaves out what may be a password in an address.
func redact(address string) string {
	if u, err := url.Parse(strings.TrimSpace(address)); err == nil {
		return u.Redacted()
	}
	return "…"
}

// redactAll is redact for a comma-separated list.
func redactAll(addresses string) string {
	var out []string
	for a := range strings.SplitSeq(addresses, ",") {
		out = append(out, redact(a))
	}
	return strings.Join(out, ",")
}
