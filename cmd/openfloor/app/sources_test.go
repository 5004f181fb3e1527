package app

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/openfloor/openfloor/ingest/fakenet"
)

// sourceSeen is what these tests read of a source.
type sourceSeen struct {
	Kind     string   `json:"kind"`
	Hashtags []string `json:"hashtags"`
	State    string   `json:"state"`
	Received int      `json:"received"`
	Error    *string  `json:"error"`
}

// TestSourcesChangeWhileRunning changes what an event listens to, on a cluster with two processes that could listen:
// it takes effect without a restart of anything, one of the two does it, and the other goes on when that one stops.
func TestSourcesChangeWhileRunning(t *testing.T) {
	t.Parallel()
	network := fakenet.New(fakenet.Config{Limit: -1})
	base, wait, err := fakenet.Start(t.Context(), network.Handler(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := wait(); err != nil {
			t.Error(err)
		}
	})
	feed := fakenet.NewFeed(fakenet.FeedConfig{})
	feed.Publish(fakenet.FeedItem{Text: "From a feed"})
	feeds := httptest.NewServer(feed)
	t.Cleanup(feeds.Close)

	c := newCluster(t)
	face := c.launch(Moderation, Display, Web)
	workers := []*running{c.launch(Ingest), c.launch(Ingest)}
	token := face.token("organiser")
	face.request(http.MethodPost, "/api/v1/events", token, map[string]any{"title": "Ask", "slug": "ask", "hashtags": []string{"AskPanel"}}, nil)

	const path = "/api/v1/events/ask/sources"
	put := func(name string, body map[string]any) {
		t.Helper()
		var s sourceSeen
		if res := face.request(http.MethodPut, path+"/"+name, token, body, &s); res.StatusCode != http.StatusOK {
			t.Fatalf("PUT %s: %d", name, res.StatusCode)
		}
	}
	texts := func() (out []string) {
		var list struct {
			Items []item `json:"items"`
		}
		face.request(http.MethodGet, "/api/v1/events/ask/submissions", token, nil, &list)
		for _, i := range list.Items {
			out = append(out, i.Text)
		}
		return out
	}
	source := func(kind string) (found sourceSeen) {
		var list struct {
			Items []sourceSeen `json:"items"`
		}
		face.request(http.MethodGet, path, token, nil, &list)
		for _, s := range list.Items {
			if s.Kind == kind {
				return s
			}
		}
		return found
	}
	until := func(what string, ok func() bool) {
		t.Helper()
		for deadline := time.Now().Add(patience); !ok(); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: not within %v; there are %q, mastodon %+v, feed %+v", what, patience, texts(), source("mastodon"), source("feed"))
			}
		}
	}
	reading := func() (n int, at *running) {
		for _, w := range workers {
			if len(w.supervisor.Status()) > 0 {
				n, at = n+len(w.supervisor.Status()), w
			}
		}
		return n, at
	}

	network.Post(fakenet.Status{Text: "One #AskPanel", Acct: "ana"})
	network.Post(fakenet.Status{Text: "Two #Other", Acct: "ana"})
	put("mastodon", map[string]any{"server": base})
	put("feed", map[string]any{"server": feeds.URL + "/feed.xml"})
	until("the event's own hashtag, and the feed", func() bool {
		got := texts()
		return slices.Contains(got, "One #AskPanel") && slices.Contains(got, "From a feed")
	})
	until("both live", func() bool {
		return source("mastodon").State == "live" && source("mastodon").Received == 1 && source("feed").State == "live" && source("feed").Received == 1
	})
	if slices.Contains(texts(), "Two #Other") {
		t.Error("a hashtag that nobody asked for")
	}
	put("mastodon", map[string]any{"server": base, "hashtags": []string{"Other"}})
	until("another hashtag", func() bool { return slices.Contains(texts(), "Two #Other") })
	until("its health", func() bool {
		s := source("mastodon")
		return s.State == "live" && s.Received == 2 && slices.Equal(s.Hashtags, []string{"Other"})
	})
	until("each source is read once", func() bool { n, _ := reading(); return n == 2 })

	_, holder := reading()
	if err := holder.stop(); err != nil {
		t.Fatal(err)
	}
	network.Post(fakenet.Status{Text: "Three #Other", Acct: "ana"})
	begun := time.Now()
	until("the other worker goes on", func() bool { return slices.Contains(texts(), "Three #Other") })
	if took := time.Since(begun); took > 15*time.Second {
		t.Errorf("it took the other worker %v", took)
	}
	until("counts go on", func() bool { return source("mastodon").State == "live" && source("mastodon").Received == 3 })
	put("mastodon", map[string]any{"server": base, "enabled": false})
	until("it is off", func() bool { return source("mastodon").State == "off" })
	if res := face.request(http.MethodDelete, path+"/feed", token, nil, nil); res.StatusCode != http.StatusNoContent {
		t.Errorf("DELETE: %d", res.StatusCode)
	}
	until("nothing is read", func() bool {
		n := 0
		for _, w := range workers {
			for _, s := range w.supervisor.Status() {
				if s.State != "off" && w != holder {
					n++
				}
			}
		}
		return n == 0
	})
	if got := texts(); len(got) != 4 {
		t.Errorf("%d submissions %s, want 4", len(got), fmt.Sprint(got))
	}
}
