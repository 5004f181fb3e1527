package fakenet

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
)

// skyClient is a client of a fake Jetstream.
type skyClient struct {
	t    *testing.T
	conn *websocket.Conn
}

// skyWorld runs f in a bubble of 2026, with a network and a way to open streams of its first host.
func skyWorld(t *testing.T, c BlueskyConfig, f func(b *Bluesky, open func(path string) (*skyClient, *http.Response))) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)))
		b := NewBluesky(c)
		ctx, cancel := context.WithCancel(t.Context())
		dial, wait := Pipe(ctx, b.Handler())
		d := websocket.Dialer{NetDialContext: dial}
		var open []*websocket.Conn
		f(b, func(path string) (*skyClient, *http.Response) {
			conn, resp, err := d.DialContext(ctx, "ws://jetstream.example"+path, nil)
			if err != nil {
				if resp == nil {
					t.Fatal(err)
				}
				return nil, resp
			}
			open = append(open, conn)
			return &skyClient{t, conn}, resp
		})
		for _, c := range open {
			_ = c.Close()
		}
		cancel()
		wait()
	})
}

// next returns the next message.
func (s *skyClient) next() map[string]any {
	s.t.Helper()
	_ = s.conn.SetReadDeadline(time.Now().Add(time.Minute))
	_, body, err := s.conn.ReadMessage()
	if err != nil {
		s.t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		s.t.Fatalf("%v: %q", err, body)
	}
	return m
}

func (s *skyClient) end() error {
	_ = s.conn.SetReadDeadline(time.Now().Add(time.Minute))
	for {
		if _, _, err := s.conn.ReadMessage(); err != nil {
			return err
		}
	}
}

// skyText returns what a message of either version says that was written.
func skyText(m map[string]any) string {
	if p, ok := m["payload"].(map[string]any); ok {
		m = p
	} else if c, ok := m["commit"].(map[string]any); ok {
		m = c
	}
	r, _ := m["record"].(map[string]any)
	s, _ := r["text"].(string)
	return s
}

func TestJetstreamGolden(t *testing.T) {
	skyWorld(t, BlueskyConfig{}, func(b *Bluesky, open func(string) (*skyClient, *http.Response)) {
		since := strconv.FormatInt(time.Now().UnixMicro(), 10)
		b.Account(SkyProfile{DID: "did:plc:ana", Handle: "ana.example"})
		uri := b.Post(Skeet{DID: "did:plc:ana", Text: "👩‍💻 #AskPanel https://example.org/x", Langs: []string{"en"}, Tags: []string{"aside"}, Labels: []string{"nudity"}, ReplyTo: "at://did:plc:b/app.bsky.feed.post/1"})
		time.Sleep(time.Second)
		b.Update(uri, "changed #AskPanel")
		time.Sleep(time.Second)
		b.Delete(uri)
		b.Rename("did:plc:ana", "ana2.example")
		b.Status("did:plc:ana", false, "deactivated")
		var all []map[string]any
		for _, path := range []string{"/subscribe?wantedCollections=app.bsky.feed.post&cursor=" + since,
			"/xrpc/network.bsky.jetstream.subscribeEvents?collections=app.bsky.feed.post&cursor=" + since} {
			s, _ := open(path)
			for range 5 {
				all = append(all, s.next())
			}
		}
		got, err := json.MarshalIndent(all, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, '\n')
		file := filepath.Join("testdata", "jetstream.golden.json")
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("the stream differs from %s:\n%s", file, got)
		}
	})
}

func TestJetstreamCursors(t *testing.T) {
	skyWorld(t, BlueskyConfig{Lookback: time.Hour}, func(b *Bluesky, open func(string) (*skyClient, *http.Response)) {
		const v2 = "/xrpc/network.bsky.jetstream.subscribeEvents?cursor="
		old := strconv.FormatInt(time.Now().UnixMicro(), 10)
		b.Post(Skeet{Text: "forgotten"})
		time.Sleep(2 * time.Hour)
		b.Post(Skeet{Text: "one"})
		time.Sleep(time.Minute)
		mid := strconv.FormatInt(time.Now().UnixMicro(), 10)
		b.Post(Skeet{Text: "two"})

		s, _ := open("/subscribe?cursor=" + old)
		if got := skyText(s.next()); got != "one" {
			t.Errorf("version 1 from too old: %q, want it clamped", got)
		}
		s, _ = open(v2 + old)
		if m := s.next()["payload"].(map[string]any); m["name"] != "OutdatedCursor" || !strings.HasSuffix(m["$type"].(string), "#info") {
			t.Errorf("version 2 from too old: %v, want a notice", m)
		}
		if got := skyText(s.next()); got != "one" {
			t.Errorf("then %q", got)
		}
		s, _ = open(v2 + mid)
		m := s.next()
		if skyText(m) != "two" {
			t.Errorf("by time: %v", m)
		}
		number := m["payload"].(map[string]any)["seq"].(float64)
		s, _ = open(v2 + strconv.Itoa(int(number)))
		if got := skyText(s.next()); got != "two" {
			t.Errorf("by number: %q, want it from there on, inclusive", got)
		}
		for path, name := range map[string]string{v2 + "1": "CursorTooOld", v2 + "x": "InvalidRequest", v2 + mid + "&wantedDids=x": "InvalidRequest", v2 + mid + "&zstdDictionary=1": "UnknownZstdDictionary"} {
			_, resp := open(path)
			var e struct{ Error string }
			if resp.StatusCode != http.StatusBadRequest || json.NewDecoder(resp.Body).Decode(&e) != nil || e.Error != name {
				t.Errorf("%s: %d %s, want %s", path, resp.StatusCode, e.Error, name)
			}
		}
		s, _ = open(strings.TrimSuffix(v2, "?cursor="))
		synctest.Wait()
		b.Post(Skeet{Text: "three"})
		if got := skyText(s.next()); got != "three" {
			t.Errorf("without a cursor: %q, want what is new", got)
		}
	})
}

func TestJetstreamMisbehaves(t *testing.T) {
	skyWorld(t, BlueskyConfig{}, func(b *Bluesky, open func(string) (*skyClient, *http.Response)) {
		for _, c := range []struct {
			kind SkyFaultKind
			want []string
		}{
			{SkyDoubled, []string{"one", "one", "two"}},
			{SkySwapped, []string{"two", "one"}},
			{SkyUnknown, []string{"", "", ""}},
		} {
			s, _ := open("/subscribe")
			synctest.Wait()
			b.Misbehave(SkyFault{Kind: c.kind, Times: 1})
			b.mu.Lock() // both at once
			for _, words := range []string{"one", "two"} {
				b.commit(&skyPost{Skeet: Skeet{DID: "did:plc:a", Text: words, CreatedAt: time.Now(), Rkey: b.tid()}}, "create")
			}
			b.mu.Unlock()
			if c.kind == SkyUnknown {
				_, body, err := s.conn.ReadMessage()
				if err != nil || string(body) != "{}" {
					t.Errorf("%s: %q, %v", c.kind, body, err)
				}
			} else {
				for _, want := range c.want {
					if got := skyText(s.next()); got != want {
						t.Errorf("%s: %q, want %q", c.kind, got, want)
					}
				}
			}
			_ = s.conn.Close() // or it takes the next fault
			synctest.Wait()
		}
		for _, kind := range []SkyFaultKind{SkyCut, SkyTooSlow} {
			s, _ := open("/subscribe")
			synctest.Wait()
			b.Misbehave(SkyFault{Kind: kind, Times: 1})
			b.Post(Skeet{Text: "one"})
			if err := s.end(); err == nil {
				t.Errorf("%s: the stream goes on", kind)
			}
		}
		s, _ := open("/subscribe")
		synctest.Wait()
		b.Misbehave(SkyFault{Kind: SkySilence, Times: 1})
		b.Post(Skeet{Text: "one"})
		var timeout interface{ Timeout() bool }
		if err := s.end(); !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("silence: %v", err)
		}
		b.Misbehave(SkyFault{Kind: SkyRefuse, Status: 429, Retry: 7, Times: 1})
		if _, resp := open("/subscribe"); resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "7" {
			t.Errorf("refused with %v", resp)
		}
	})
}

// Version 2 takes nothing from its clients.
func TestJetstreamTakesNothing(t *testing.T) {
	skyWorld(t, BlueskyConfig{}, func(_ *Bluesky, open func(string) (*skyClient, *http.Response)) {
		s, _ := open("/xrpc/network.bsky.jetstream.subscribeEvents")
		if err := s.conn.WriteMessage(websocket.TextMessage, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		if err := s.end(); err == nil {
			t.Error("the stream goes on")
		}
	})
}

func TestBlueskyNames(t *testing.T) {
	t.Parallel()
	b := NewBluesky(BlueskyConfig{})
	b.Account(SkyProfile{DID: "did:plc:ana", Handle: "ana.example", Name: "Ana", Labels: []string{"!no-unauthenticated"}})
	b.Account(SkyProfile{DID: "did:plc:liar", Handle: "bbc.example", Unverified: true})
	for path, want := range map[string]string{
		"/xrpc/app.bsky.actor.getProfiles?actors=did:plc:ana&actors=did:plc:no": `"handle":"ana.example"`,
		"/xrpc/app.bsky.actor.getProfiles?actors=did:plc:liar":                  `"handle":"handle.invalid"`,
		"/xrpc/app.bsky.actor.getProfiles":                                      `InvalidRequest`,
		"/xrpc/com.atproto.identity.resolveHandle?handle=ana.example":           `"did":"did:plc:ana"`,
		"/xrpc/com.atproto.identity.resolveHandle?handle=bbc.example":           `Unable to resolve`,
		"/did:plc:ana": `"alsoKnownAs":["at://ana.example"]`,
		"/did:plc:no":  `not registered`,
	} {
		w := httptest.NewRecorder()
		b.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %s, want %s", path, w.Body, want)
		}
	}
}
