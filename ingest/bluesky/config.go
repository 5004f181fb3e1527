package bluesky

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/text"
)

// DefaultHosts are the Jetstreams that are asked where a setting names none, in this order. The first two speak version
// 2; the others are to follow under the same names (docs/README.md of bluesky-social/jetstream, read 2026-11).
var DefaultHosts = []string{
	"https://jetstream.us-east.bsky.network", "https://jetstream.us-west.bsky.network",
	"https://jetstream1.us-east.bsky.network", "https://jetstream2.us-east.bsky.network",
	"https://jetstream1.us-west.bsky.network", "https://jetstream2.us-west.bsky.network",
}

// Where names come from, and other defaults of Config.
const (
	DefaultAppView = "https://public.api.bsky.app" // needs no account: docs.bsky.app, read 2026-11
	DefaultPLC     = "https://plc.directory"

	defaultPatience = 500 * time.Millisecond
	defaultSilence  = 30 * time.Second
)

// Config is how Factory's sources listen.
type Config struct {
	Client *http.Client // from ingest.NewClient, for names; required
	// Dial makes the connections of streams: DialContext of ingest.NewDialer. Required.
	Dial       func(ctx context.Context, network, address string) (net.Conn, error)
	AllowPlain bool     // let http:// addresses be used: for servers of one's own, and for tests
	UserAgent  string   // empty: "Openfloor"
	Hosts      []string // Jetstreams; empty: DefaultHosts. A setting that names a server uses that one alone

	AppView  string // knows profiles; empty: DefaultAppView
	PLC      string // asked where AppView does not answer; empty: DefaultPLC
	Resolver string // knows handles; empty: AppView

	LookBack time.Duration // posts so much older than the event's opening are taken too; 0: as ingest.LookBack has it, negative: none
	Back     time.Duration // how much of the past is gone through at the first run; 0: all that there is, 36 h; negative: none
	Patience time.Duration // how long a post waits for its author's name; 0: 500 ms, negative: not at all
	Silence  time.Duration // after so much of it a host is left; 0: 30 s

	// Known returns the permalinks of all that an event has on record; those of other networks are passed over. Nil:
	// nothing but what this process delivered is known, and deletions of older posts are not noticed. It is safe for
	// concurrent use.
	Known func(event string) []string
}

// Factory returns the factory for settings of kind bluesky.
func Factory(c Config) ingest.Factory {
	return func(e moderation.Event, s moderation.SourceSetting) (ingest.Source, error) { return New(c, e, s) }
}

var errHost = errors.New("The server's address is not usable. Set it to that of a Jetstream, such as https://jetstream.us-east.bsky.network, or leave it out.") //nolint:staticcheck // shown as it stands

// New returns a source. The error says what to do about a setting that cannot work.
func New(c Config, e moderation.Event, setting moderation.SourceSetting) (*Source, error) {
	if c.Client == nil || c.Dial == nil {
		return nil, errors.New("bluesky: a client and a way to dial are needed")
	}
	c = c.withDefaults()
	if setting.Server != "" {
		c.Hosts = []string{setting.Server}
	}
	if c.LookBack == 0 {
		c.LookBack = ingest.LookBack(e)
	}
	s := &Source{config: c, event: e.Slug, wanted: map[string]bool{}, since: e.OpensAt.Add(-max(c.LookBack, 0)),
		memory: newMemory(), directory: newDirectory(c), strangers: map[string]bool{}, called: map[string]calling{}}
	tags := setting.Hashtags
	if len(tags) == 0 {
		tags = e.Hashtags
	}
	for _, tag := range tags {
		if folded := text.FoldTag(tag); folded != "" {
			s.wanted[folded] = true
		}
	}
	if len(s.wanted) == 0 {
		return nil, errors.New("There is no hashtag to listen for. Set one for the event or for this source.") //nolint:staticcheck // shown as it stands
	}
	for _, r := range []**reader{&s.live, &s.back} {
		*r = &reader{silence: c.Silence, agent: c.UserAgent,
			dialer: &websocket.Dialer{NetDialContext: c.Dial, HandshakeTimeout: handshakeTimeout, ReadBufferSize: 16 << 10}}
		for _, address := range c.Hosts {
			base, err := parseHost(address, c.AllowPlain)
			if err != nil {
				return nil, err
			}
			(*r).hosts = append((*r).hosts, &host{base: base})
		}
	}
	return s, nil
}

func (c Config) withDefaults() Config {
	or := func(s *string, other string) {
		if *s == "" {
			*s = other
		}
		*s = strings.TrimRight(*s, "/")
	}
	or(&c.UserAgent, "Openfloor")
	or(&c.AppView, DefaultAppView)
	or(&c.PLC, DefaultPLC)
	or(&c.Resolver, c.AppView)
	if len(c.Hosts) == 0 {
		c.Hosts = DefaultHosts
	}
	if c.Back == 0 || c.Back > window {
		c.Back = window
	}
	if c.Patience == 0 {
		c.Patience = defaultPatience
	}
	if c.Silence <= 0 {
		c.Silence = defaultSilence
	}
	return c
}

// parseHost reads the address of a Jetstream; a bare host means https, and wss is another word for it.
func parseHost(s string, plain bool) (*url.URL, error) {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(strings.TrimRight(s, "/"))
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errHost
	}
	switch u.Scheme {
	case "wss":
		u.Scheme = "https"
	case "ws":
		u.Scheme = "http"
	}
	switch {
	case u.Scheme == "https" || u.Scheme == "http" && plain:
		u.Host = strings.ToLower(u.Host)
		return u, nil
	case u.Scheme == "http":
		return nil, errors.New(u.Host + " has to be reached by https. Set its address to https://" + u.Host + ".")
	}
	return nil, errHost
}
