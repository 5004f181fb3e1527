package ingest

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/openfloor/openfloor/ingest/fakenet"
)

func fetch(t *testing.T, c *http.Client, url string) ([]byte, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(r)
	if err != nil {
		return nil, err
	}
	return ReadBody(resp)
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]struct{ strict, private bool }{
		"93.184.215.14": {true, true}, "2606:2800:21f:cb07::1": {true, true}, "::ffff:93.184.215.14": {true, true}, "64:ff9b::5db8:d70e": {true, true},
		"127.0.0.1": {false, true}, "127.9.9.9": {false, true}, "::1": {false, true}, "::ffff:127.0.0.1": {false, true}, "::ffff:10.0.0.1": {false, true},
		"10.1.2.3": {false, true}, "172.16.0.1": {false, true}, "172.31.255.255": {false, true}, "192.168.1.1": {false, true},
		"100.64.0.1": {false, true}, "100.100.100.200": {false, true}, "fc00::1": {false, true}, "fd00:ec2::254": {false, true}, "64:ff9b::7f00:1": {false, true},
		"169.254.169.254": {false, false}, "::ffff:169.254.169.254": {false, false}, "64:ff9b::a9fe:a9fe": {false, false}, "fe80::1": {false, false},
		"168.63.129.16": {false, false}, "0.0.0.0": {false, false}, "0.1.2.3": {false, false}, "::": {false, false}, "255.255.255.255": {false, false},
		"224.0.0.1": {false, false}, "ff02::1": {false, false}, "192.0.2.1": {false, false}, "198.18.0.1": {false, false}, "240.0.0.1": {false, false},
		"2001:db8::1": {false, false}, "2001::1": {false, false}, "2002:7f00:1::": {false, false}, "fec0::1": {false, false}, "::127.0.0.1": {false, false},
		"64:ff9b:1::1": {false, false}, "172.15.0.1": {true, true}, "172.32.0.1": {true, true}, "100.63.0.1": {true, true}, "100.128.0.1": {true, true},
	} {
		a := netip.MustParseAddr(address)
		if got := allowed(a, false); got != want.strict {
			t.Errorf("%s is allowed: %v, want %v", address, got, want.strict)
		}
		if got := allowed(a, true); got != want.private {
			t.Errorf("%s is allowed where private ones are: %v, want %v", address, got, want.private)
		}
	}
	for _, c := range [][2]string{{"tcp4", "no address"}, {"udp4", "93.184.215.14:443"}, {"unix", "/tmp/socket"}} {
		if checkDial(c[0], c[1], true) == nil {
			t.Errorf("%s %s may be dialled", c[0], c[1])
		}
	}
}

// A websocket is dialled with the same care.
func TestDialerRefuses(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	address := srv.Listener.Addr().String()
	if conn, err := NewDialer(ClientConfig{}).DialContext(t.Context(), "tcp", address); !errors.Is(err, ErrAddress) {
		t.Errorf("dialled %v, %v; want it refused", conn, err)
	}
	conn, err := NewDialer(ClientConfig{AllowPrivate: true}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

func TestGuardedClientRefuses(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 10)
	srv := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }))
	defer srv.Close()
	port := srv.URL[strings.LastIndex(srv.URL, ":"):]
	c := NewClient(ClientConfig{})
	for _, url := range []string{
		srv.URL, "https://localhost" + port, // a name that leads inside
		"https://[::ffff:127.0.0.1]" + port, "https://[::1]" + port, "https://169.254.169.254/latest/meta-data/",
	} {
		if _, err := fetch(t, c, url); !errors.Is(err, ErrAddress) {
			t.Errorf("%s: %v, want ErrAddress", url, err)
		}
	}
	if _, err := fetch(t, c, "https://2130706433"+port); err == nil { // 127.0.0.1 in decimal
		t.Error("a decimal address is reached")
	}
	if _, err := fetch(t, c, "http://social.example"); !errors.Is(err, ErrScheme) {
		t.Errorf("plain http: %v, want ErrScheme", err)
	}
	if _, err := fetch(t, NewClient(ClientConfig{AllowPrivate: true}), "http://169.254.169.254/"); !errors.Is(err, ErrAddress) {
		t.Errorf("metadata where private addresses are allowed: %v, want ErrAddress", err)
	}
	if len(asked) > 0 {
		t.Errorf("%s was asked for", <-asked)
	}
}

// Not parallel: it sets the environment that a proxy would come from.
func TestGuardedClientKnowsNoProxy(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("direct")) }))
	defer srv.Close()
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	if b, err := fetch(t, NewClient(ClientConfig{AllowPrivate: true}), srv.URL); err != nil || string(b) != "direct" {
		t.Errorf("got %q, %v", b, err)
	}
}

func TestGuardedClientRedirects(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another server was asked") }))
	defer other.Close()
	var to string
	mux := http.NewServeMux()
	mux.HandleFunc("/go", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) })
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("/there", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.Header.Get("User-Agent"))) })
	srv := httptest.NewServer(mux)
	defer srv.Close()
	c := NewClient(ClientConfig{AllowPrivate: true, UserAgent: "Openfloor test"})

	to = "/there"
	if b, err := fetch(t, c, srv.URL+"/go"); err != nil || string(b) != "Openfloor test" {
		t.Errorf("within the server: %q, %v", b, err)
	}
	for _, to = range []string{other.URL, "http://169.254.169.254/", "https" + srv.URL[4:] + "/there", "//user:pass@" + srv.URL[7:] + "/there", "file:///etc/passwd"} {
		if _, err := fetch(t, c, srv.URL+"/go"); err == nil {
			t.Errorf("redirected to %s", to)
		}
	}
	if _, err := fetch(t, c, srv.URL+"/loop"); err == nil {
		t.Error("redirected for ever")
	}
}

func TestRedirectRules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		ok       bool
	}{
		{"https://a.example/x", "https://a.example/y", true}, {"https://a.example/x", "https://a.example:443/y", true},
		{"http://a.example/x", "https://a.example/x", true}, {"https://a.example/x", "http://a.example/x", false},
		{"https://a.example/x", "https://b.example/x", false}, {"https://a.example/x", "https://a.example:8443/x", false},
		{"http://a.example:8080/x", "https://a.example/x", false}, {"https://a.example/x", "https://a.example.b.example/x", false},
	} {
		from, err := http.NewRequestWithContext(t.Context(), "GET", c.from, nil)
		if err != nil {
			t.Fatal(err)
		}
		to, err := http.NewRequestWithContext(t.Context(), "GET", c.to, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := checkRedirect(to, []*http.Request{from}); (got == nil) != c.ok {
			t.Errorf("from %s to %s: %v, want allowed %v", c.from, c.to, got, c.ok)
		}
	}
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	server := fakenet.New(fakenet.Config{Limit: -1})
	srv := httptest.NewServer(server.Handler())
	defer srv.Close()
	c := NewClient(ClientConfig{AllowPrivate: true, Timeout: 5 * time.Second})
	for _, kind := range []fakenet.FaultKind{fakenet.FaultHuge, fakenet.FaultEndless, fakenet.FaultBomb} {
		server.Misbehave(fakenet.Fault{Kind: kind, Times: 1})
		if _, err := fetch(t, c, srv.URL+"/api/v1/timelines/tag/x"); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v, want ErrTooLarge", kind, err)
		}
	}
	c = NewClient(ClientConfig{AllowPrivate: true, Timeout: 100 * time.Millisecond})
	for _, kind := range []fakenet.FaultKind{fakenet.FaultHang, fakenet.FaultStall} {
		server.Misbehave(fakenet.Fault{Kind: kind, Times: 1})
		if _, err := fetch(t, c, srv.URL+"/api/v1/timelines/tag/x"); err == nil || errors.Is(err, context.DeadlineExceeded) && t.Context().Err() != nil {
			t.Errorf("%s: %v, want it to end in time", kind, err)
		}
	}
}
