package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// Limits of a guarded client.
const (
	BodyBytes      = 1 << 20          // of one answer, inflated
	requestTimeout = 15 * time.Second // a whole exchange
	dialTimeout    = 5 * time.Second
	redirectsMost  = 3
	headerBytes    = 64 << 10
)

// What a guarded client refuses to do.
var (
	ErrAddress  = errors.New("the address is inside a network that sources may not reach")
	ErrScheme   = errors.New("only https is allowed")
	ErrRedirect = errors.New("redirected to another server")
	ErrTooLarge = errors.New("the answer is too large")
)

// ClientConfig is how NewClient makes a client. The zero value is the strict one.
type ClientConfig struct {
	// AllowPrivate lets it reach loopback and private addresses, and speak plain http: for a server of one's own
	// beside this one, and for tests. Link-local addresses, where clouds keep their secrets, stay refused.
	AllowPrivate bool
	Timeout      time.Duration // of a whole exchange with its body; 0: 15 s
	UserAgent    string        // empty: "Openfloor"
}

// NewClient returns a client for addresses that come from outside. It checks every address when it is dialled,
// after DNS and for every redirect, so that no name leads inside; it follows redirects within one server only,
// never from https to http; it knows no proxy, keeps no cookies, and bounds the time of an exchange. Bodies are
// bounded by ReadBody. It is safe for concurrent use.
func NewClient(c ClientConfig) *http.Client {
	if c.Timeout <= 0 {
		c.Timeout = requestTimeout
	}
	if c.UserAgent == "" {
		c.UserAgent = "Openfloor"
	}
	return &http.Client{
		Timeout:       c.Timeout,
		CheckRedirect: checkRedirect,
		Transport: &guarded{allowPlain: c.AllowPrivate, agent: c.UserAgent, next: &http.Transport{
			Proxy:                  nil,
			DialContext:            NewDialer(c).DialContext,
			ForceAttemptHTTP2:      true,
			TLSHandshakeTimeout:    dialTimeout,
			ResponseHeaderTimeout:  c.Timeout,
			MaxResponseHeaderBytes: headerBytes,
			MaxIdleConns:           20,
			MaxIdleConnsPerHost:    2,
			MaxConnsPerHost:        8,
			IdleConnTimeout:        90 * time.Second,
		}},
	}
}

// NewDialer returns what NewClient's clients dial with, for websockets: every address is checked when it is dialled,
// after DNS, so that no name leads inside. Only AllowPrivate counts; who dials also refuses ws:// without it. It is
// safe for concurrent use.
func NewDialer(c ClientConfig) *net.Dialer {
	return &net.Dialer{
		Timeout: dialTimeout, KeepAlive: 30 * time.Second,
		ControlContext: func(_ context.Context, network, address string, _ syscall.RawConn) error {
			return checkDial(network, address, c.AllowPrivate)
		},
	}
}

// ReadBody returns the body of an answer, at most 1 MiB of it after inflating; ErrTooLarge where there is more.
// It reads no further than it has to and closes the body.
func ReadBody(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, BodyBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if len(b) > BodyBytes {
		return nil, ErrTooLarge
	}
	return b, nil
}

// guarded refuses plain http and names us.
type guarded struct {
	allowPlain bool
	agent      string
	next       *http.Transport
}

// RoundTrip implements http.RoundTripper.
func (g *guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" && !(g.allowPlain && r.URL.Scheme == "http") {
		return nil, ErrScheme
	}
	if r.Header.Get("User-Agent") == "" {
		r = r.Clone(r.Context())
		r.Header.Set("User-Agent", g.agent)
	}
	return g.next.RoundTrip(r)
}

// CloseIdleConnections is what http.Client.CloseIdleConnections looks for.
func (g *guarded) CloseIdleConnections() { g.next.CloseIdleConnections() }

func checkRedirect(r *http.Request, via []*http.Request) error {
	if len(via) > redirectsMost {
		return fmt.Errorf("%w more than %d times", errors.New("redirected"), redirectsMost)
	}
	from := via[0].URL
	if r.URL.Hostname() != from.Hostname() || r.URL.User != nil {
		return ErrRedirect
	}
	upgrade := from.Scheme == "http" && r.URL.Scheme == "https" && from.Port() == "" && r.URL.Port() == ""
	if !upgrade && (r.URL.Scheme != from.Scheme || port(r.URL) != port(from)) {
		return ErrRedirect
	}
	return nil
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "http":
		return "80"
	}
	return "443"
}

// checkDial refuses an address that a source may not reach. It sees what is really dialled.
func checkDial(network, address string, private bool) error {
	if network != "tcp4" && network != "tcp6" {
		return ErrAddress
	}
	a, err := netip.ParseAddrPort(address)
	if err != nil || !allowed(a.Addr(), private) {
		return ErrAddress
	}
	return nil
}

// allowed reports whether a source may reach a.
func allowed(a netip.Addr, private bool) bool {
	a = a.WithZone("").Unmap() // ::ffff:127.0.0.1 is 127.0.0.1
	if nat64.Contains(a) {
		b := a.As16()
		return allowed(netip.AddrFrom4([4]byte(b[12:])), private)
	}
	if a.IsLoopback() || a.IsPrivate() || carrier.Contains(a) {
		return private
	}
	if !a.IsValid() || a.Is6() && !global6.Contains(a) {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// Addresses that are not the public internet: iana.org/assignments/iana-ipv4-special-registry and
// iana-ipv6-special-registry, read 2026-11; 168.63.129.16 is Azure's host service, public by number only
// (learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16, read 2026-11).
var (
	carrier = netip.MustParsePrefix("100.64.0.0/10")
	nat64   = netip.MustParsePrefix("64:ff9b::/96")
	global6 = netip.MustParsePrefix("2000::/3")
	special = prefixes("0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// Cause takes the request's address off an error of a client, and says in words that nothing came in time.
func Cause(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		if e.Timeout() {
			return errors.New("no answer in time")
		}
		return e.Err
	}
	return err
}

// ParseServer reads the address of a server; a bare host means https. It is false for what is none, or says more than
// an address.
func ParseServer(s string) (*url.URL, bool) {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(strings.TrimRight(s, "/"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, false
	}
	u.Host = strings.ToLower(u.Host)
	return u, true
}
