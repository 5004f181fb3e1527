package fakenet

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
)

// streams runs f in a bubble against a server with the token "secret".
func streams(t *testing.T, c Config, f func(t *testing.T, m *Mastodon, dial func(context.Context, string, string) (net.Conn, error))) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c.Token = "secret"
		m := New(c)
		ctx, cancel := context.WithCancel(t.Context())
		dial, wait := Pipe(ctx, m.Handler())
		f(t, m, dial)
		cancel()
		wait()
	})
}

func TestServerSentEvents(t *testing.T) {
	streams(t, Config{}, func(t *testing.T, m *Mastodon, dial func(context.Context, string, string) (net.Conn, error)) {
		client := &http.Client{Transport: &http.Transport{DialContext: dial}}
		defer client.CloseIdleConnections()
		get := func(token, query string) *http.Response {
			r, err := http.NewRequestWithContext(t.Context(), "GET", "http://social.example/api/v1/streaming/hashtag"+query, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+token)
			resp, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			return resp
		}
		for _, c := range []struct {
			token, query string
			want         int
		}{{"wrong", "?tag=x", 401}, {"secret", "", 400}} {
			resp := get(c.token, c.query)
			if resp.Body.Close(); resp.StatusCode != c.want || (c.want == 401) != (resp.Header.Get("X-Error-Message") != "") {
				t.Errorf("%+v answers %d", c, resp.StatusCode)
			}
		}
		resp := get("secret", "?tag=AskPanel")
		defer resp.Body.Close()
		lines := bufio.NewScanner(resp.Body)
		next := func() string {
			if !lines.Scan() {
				t.Fatalf("the stream ended: %v", lines.Err())
			}
			return lines.Text()
		}
		if got := next(); got != ":)" {
			t.Errorf("it begins with %q", got)
		}
		begun := time.Now()
		if got := next(); got != ":thump" || time.Since(begun) != thumpEvery {
			t.Errorf("%q after %v, want a heartbeat", got, time.Since(begun))
		}
		id := m.Post(Status{Text: "é #askpanel"})
		m.Post(Status{Text: "another #tag"})
		m.Edit(id, "è #askpanel")
		m.Delete(id)
		for _, want := range []string{"event: update", "data: {", "", "event: status.update", "data: {", "", "event: delete", "data: " + id, ""} {
			if got := next(); got != want && (want == "" || !strings.HasPrefix(got, want)) {
				t.Errorf("got %.40q, want %q", got, want)
			}
		}
		m.Break(BreakRune)
		next() // event: update
		if got := next(); !strings.HasSuffix(got, "h\xc3") || lines.Scan() {
			t.Errorf("it ends with %q, want half a character", got)
		}
	})
}

func TestWebsocket(t *testing.T) {
	streams(t, Config{}, func(t *testing.T, m *Mastodon, dial func(context.Context, string, string) (net.Conn, error)) {
		dialer := websocket.Dialer{NetDialContext: dial}
		open := func(query string) *websocket.Conn {
			conn, resp, err := dialer.DialContext(t.Context(), "ws://social.example/api/v1/streaming"+query, http.Header{"Authorization": {"Bearer secret"}})
			if err != nil {
				t.Fatalf("%v %v", err, resp)
			}
			return conn
		}
		conn := open("?stream=hashtag&tag=AskPanel")
		defer conn.Close()
		if err := conn.WriteJSON(map[string]string{"type": "subscribe", "stream": "hashtag", "tag": "tag"}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		id := m.Post(Status{Text: "é #askpanel"})
		m.Post(Status{Text: "another #tag"})
		m.Delete(id)
		for _, want := range []string{"update", "update", "delete"} {
			var f struct {
				Stream         []string
				Event, Payload string
			}
			if err := conn.ReadJSON(&f); err != nil || f.Event != want || len(f.Stream) != 2 || f.Stream[0] != "hashtag" {
				t.Errorf("got %+v, %v; want %s", f, err, want)
			}
			if want == "delete" && f.Payload != id || want == "update" && !json.Valid([]byte(f.Payload)) {
				t.Errorf("payload %q", f.Payload)
			}
		}
		// Who reads is pinged and stays; who does not is gone at the second ping.
		silent := open("?stream=hashtag&tag=x")
		defer silent.Close()
		pings := 0
		conn.SetPingHandler(func(data string) error {
			pings++
			return conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(time.Second))
		})
		ended := make(chan error, 1)
		go func() {
			_, _, err := conn.ReadMessage()
			ended <- err
		}()
		time.Sleep(2*pingEvery + 5*time.Second)
		synctest.Wait()
		if n := m.Streams(); n != 1 || pings != 2 {
			t.Errorf("%d streams after %d pings, want the one that answers", n, pings)
		}
		m.RevokeToken("another")
		if err := <-ended; !websocket.IsCloseError(err, websocket.CloseGoingAway) {
			t.Errorf("the stream of a revoked token ended with %v", err)
		}
	})
}

func TestSoftware(t *testing.T) {
	t.Parallel()
	g := New(Config{Software: GoToSocial, Limit: 1, Token: "secret"})
	if resp, _ := get(t, g.Handler(), "/api/v1/timelines/tag/x"); resp.StatusCode != 401 {
		t.Errorf("GoToSocial shows a hashtag to everybody: %d", resp.StatusCode)
	}
	if resp, _ := get(t, g.Handler(), "/api/v1/timelines/tag/x"); resp.StatusCode != 503 || resp.Header.Get("Retry-After") != "30" {
		t.Errorf("GoToSocial throttles with %d", resp.StatusCode)
	}
	a := New(Config{Software: Akkoma})
	first := a.Post(Status{Text: "on time #x", CreatedAt: at})
	late := a.Post(Status{Text: "late #x", CreatedAt: at.Add(-time.Hour)})
	if compareIDs(first, late) >= 0 || len(first) != 18 {
		t.Errorf("Flake ids %q and %q, want them in the order of arrival", first, late)
	}
	resp, page := get(t, a.Handler(), "/api/v1/timelines/tag/x")
	if len(page) != 2 || page[0]["pleroma"].(map[string]any)["content"].(map[string]any)["text/plain"] != "late #x" || resp.Header.Get("X-RateLimit-Limit") != "" {
		t.Errorf("Akkoma answers %v, %v", page, resp.Header)
	}
}
