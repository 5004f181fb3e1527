package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

func TestMain(m *testing.M) {
	if setting := os.Getenv(crowdEnv); setting != "" {
		if err := crowd(setting); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	natstest.Main(m)
}

// patience bounds every wait of these tests.
const patience = 30 * time.Second

var quiet = slog.New(slog.DiscardHandler)

// running is an App under test.
type running struct {
	*App
	t    *testing.T
	http *http.Client
	out  *output
	stop func() error // ends it and returns what Run returned; may be called again
}

// output is what a process printed.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// local returns the configuration of a process on a data folder of its own.
func local(t *testing.T) Config {
	t.Helper()
	return Config{Addr: "127.0.0.1:0", Data: t.TempDir(), AllowPrivateSources: true}
}

// launch runs cfg until the test ends, and returns once it is ready.
func launch(t *testing.T, cfg Config) *running {
	t.Helper()
	out := &output{}
	cfg.Out = out
	a, err := Build(t.Context(), cfg)
	if err != nil {
		t.Fatalf("Build: %v", err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	transport := &http.Transport{}
	r := &running{App: a, t: t, http: &http.Client{Transport: transport, Timeout: patience}, out: out}
	r.stop = sync.OnceValue(func() error {
		cancel()
		transport.CloseIdleConnections()
		select {
		case err := <-done:
			return err
		case <-time.After(patience):
			return fmt.Errorf("Run has not returned after %v", patience)
		}
	})
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	select {
	case <-a.Ready():
	case err := <-done:
		done <- err
		t.Fatalf("Run ended before it was ready: %v", err)
	case <-time.After(patience):
		t.Fatal("not ready")
	}
	return r
}

// link returns the address of a role's ready line.
func (r *running) link(role string) string {
	r.t.Helper()
	for _, l := range r.Links() {
		if l.Role == role {
			return l.URL
		}
	}
	r.t.Fatalf("no %s link among %d", role, len(r.Links()))
	return ""
}

// token returns the token of a role's join link, which is good as Bearer token too.
func (r *running) token(role string) string {
	r.t.Helper()
	_, token, ok := strings.Cut(r.link(role), "/join/")
	if !ok {
		r.t.Fatalf("the %s link is no join link", role)
	}
	return token
}

// request asks for one path of the API and decodes the answer into into, which may be nil.
func (r *running) request(method, path, token string, body, into any, headers ...string) *http.Response {
	r.t.Helper()
	var sent io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			r.t.Fatal(err)
		}
		sent = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, "http://"+r.Addr()+path, sent)
	if err != nil {
		r.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := r.http.Do(req)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	if into != nil && res.StatusCode < 300 {
		if err := json.Unmarshal(answer, into); err != nil {
			r.t.Fatalf("%s %s: %v in %q", method, path, err, answer)
		}
	}
	if res.StatusCode >= 300 && into != nil {
		r.t.Fatalf("%s %s: status %d: %s", method, path, res.StatusCode, answer)
	}
	return res
}

// checkFor calls check until it returns nil.
func checkFor(t *testing.T, check func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %v: %v", patience, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
