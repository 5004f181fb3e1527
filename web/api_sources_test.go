package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openfloor/openfloor/ingest/inbox"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/web"
)

const sourcesPath = "/api/v1/events/smw/sources"

func TestSources(t *testing.T) {
	t.Parallel()
	board := &moderation.SourceBoard{}
	h := newHouse(t, func(c *web.Config, _ *inbox.LimitsConfig) { c.Sources = board })
	org := h.organiser()
	if got := org.get(sourcesPath); got.status != http.StatusOK || !strings.HasPrefix(got.body, `{"items":[]`) {
		t.Fatalf("no sources: %d %s", got.status, got.body)
	}
	put := org.put(sourcesPath+"/mastodon", `{"server":"https://Social.example","hashtags":["#SMWWhoLeads"," Other "]}`)
	if put.status != http.StatusOK || put.str("kind") != "mastodon" || put.str("server") != "https://Social.example" || put.str("hashtags.0") != "SMWWhoLeads" ||
		put.str("hashtags.1") != "Other" || put.at("enabled") != true || put.str("state") != "connecting" || put.at("budget.posts") != nil {
		t.Fatalf("put: %d %s", put.status, put.body)
	}
	for _, name := range []string{"kind", "server", "hashtags", "enabled", "state", "next_try_at", "last_post_at", "received", "budget", "error"} {
		if !strings.Contains(put.body, `"`+name+`":`) {
			t.Errorf("%s is missing in %s", name, put.body)
		}
	}
	ev, _ := h.record.Event("smw")
	if len(ev.Sources) != 1 || ev.Sources[0].Name() != "mastodon@social.example" || ev.Change.By.Role != moderation.Organiser {
		t.Fatalf("stored: %+v by %v", ev.Sources, ev.Change.By)
	}

	at := time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)
	board.Apply([]moderation.SourceStatus{{Event: "smw", Name: "mastodon@social.example", Rev: ev.Rev, State: "backing-off",
		Error: "social.example answers 503", NextTryAt: at, LastPostAt: at, Received: 12, Used: 5, Money: 0.25}})
	got := org.get(sourcesPath + "/mastodon@SOCIAL.example")
	if got.str("state") != "backing-off" || got.str("error") != "social.example answers 503" || got.str("next_try_at") != "2026-11-20T18:00:00Z" ||
		got.str("last_post_at") != "2026-11-20T18:00:00Z" || got.num("received") != 12 || got.num("budget.used") != 5 || got.at("budget.spent") != 0.25 {
		t.Errorf("how it is doing: %s", got.body)
	}

	// The kind alone is its only source, which gets another address; with a host it is a second one.
	org.put(sourcesPath+"/mastodon", `{"server":"http://127.0.0.1:3000","enabled":false,"budget":{"posts":100,"money":2.5,"used":7}}`)
	got = org.get(sourcesPath)
	if got.str("items.0.server") != "http://127.0.0.1:3000" || got.at("items.1") != nil || got.str("items.0.state") != "off" ||
		got.num("items.0.budget.posts") != 100 || got.at("items.0.budget.money") != 2.5 || got.str("items.0.hashtags.0") != "SMWWhoLeads" {
		t.Errorf("replaced: %s", got.body)
	}
	// Who writes the event's sources back as they were read changes nothing about them.
	whole := org.get("/api/v1/events/smw")
	sources, _ := json.Marshal(whole.at("sources"))
	if patched := org.patch("/api/v1/events/smw", `{"sources":`+string(sources)+`}`); whole.num("sources.0.budget.posts") != 100 ||
		whole.at("sources.0.budget.money") != 2.5 || fmt.Sprint(patched.at("sources")) != fmt.Sprint(whole.at("sources")) {
		t.Errorf("written back: %s, from %s", patched.body, whole.body)
	}
	if got := org.put(sourcesPath+"/mastodon@social.example", `{}`); got.str("server") != "https://social.example" {
		t.Errorf("by its host alone: %d %s", got.status, got.body)
	}
	if got := org.put(sourcesPath+"/mastodon%40127.0.0.1%3A3000", `{"enabled":true}`); got.str("server") != "http://127.0.0.1:3000" || got.at("enabled") != true {
		t.Errorf("its address stays: %d %s", got.status, got.body)
	}
	if got := org.put(sourcesPath+"/mastodon", `{}`); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "mastodon@") {
		t.Errorf("which of two: %d %s", got.status, got.body)
	}
	if got := org.put(sourcesPath+"/feed@blog.example", `{"server":"https://blog.example/feed?key=a"}`); got.status != http.StatusOK || got.at("hashtags.0") != nil {
		t.Errorf("a feed: %d %s", got.status, got.body)
	}
	if got := org.put(sourcesPath+"/bluesky", `{}`); got.status != http.StatusOK || got.at("server") != nil {
		t.Errorf("a kind's default: %d %s", got.status, got.body)
	}
	for range 2 {
		if got := org.do(http.MethodDelete, sourcesPath+"/mastodon@social.example", "", ""); got.status != http.StatusNoContent {
			t.Errorf("delete: %d %s", got.status, got.body)
		}
	}
	if got := org.do(http.MethodDelete, sourcesPath+"/mastodon", "", ""); got.status != http.StatusNoContent {
		t.Errorf("delete by kind: %d %s", got.status, got.body)
	}
	if got := org.get(sourcesPath + "/mastodon"); got.status != http.StatusNotFound {
		t.Errorf("what was deleted: %d %s", got.status, got.body)
	}
	if ev, _ := h.record.Event("smw"); len(ev.Sources) != 2 {
		t.Errorf("left: %+v", ev.Sources)
	}
}

func TestSourcesRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	org := h.organiser()
	for _, c := range []struct {
		name         string
		who          *person
		method, path string
		body         string
		status       int
		field        string
	}{
		{"nobody", h.visitor(), "GET", sourcesPath, "", 401, ""},
		{"a moderator", mod, "GET", sourcesPath, "", 403, ""},
		{"a moderator puts", mod, "PUT", sourcesPath + "/mastodon", `{}`, 403, ""},
		{"a moderator deletes", mod, "DELETE", sourcesPath + "/mastodon", "", 403, ""},
		{"no such event", org, "GET", "/api/v1/events/nope/sources", "", 404, ""},
		{"what is not listened to", org, "PUT", sourcesPath + "/form", `{}`, 404, ""},
		{"an empty host", org, "PUT", sourcesPath + "/mastodon@", `{}`, 404, ""},
		{"broken", org, "PUT", sourcesPath + "/mastodon", `{`, 400, ""},
		{"unknown field", org, "PUT", sourcesPath + "/mastodon", `{"token":"s3cret"}`, 422, "token"},
		{"a password", org, "PUT", sourcesPath + "/mastodon", `{"server":"https://me:s3cret@a.example"}`, 422, "server"},
		{"no address", org, "PUT", sourcesPath + "/mastodon", `{"server":"ftp://a.example"}`, 422, "server"},
		{"a feed without one", org, "PUT", sourcesPath + "/feed", `{}`, 422, "server"},
		{"a new feed by its host", org, "PUT", sourcesPath + "/feed@a.example", `{}`, 422, "server"},
		{"another host", org, "PUT", sourcesPath + "/mastodon@a.example", `{"server":"https://b.example"}`, 422, "server"},
		{"hashtags", org, "PUT", sourcesPath + "/mastodon", `{"hashtags":["two words"]}`, 422, "hashtags"},
		{"budget", org, "PUT", sourcesPath + "/x", `{"budget":{"money":-1}}`, 422, "budget"},
	} {
		got := c.who.do(c.method, h.url+c.path, "application/json", c.body)
		if got.status != c.status || c.field != "" && got.str("errors.0.field") != c.field {
			t.Errorf("%s: %d %s, want %d about %q", c.name, got.status, got.body, c.status, c.field)
		}
		if strings.Contains(got.body, "s3cret") {
			t.Errorf("%s: the answer repeats a secret: %s", c.name, got.body)
		}
	}
	if got := org.do(http.MethodDelete, sourcesPath+"/x", "", ""); got.status != http.StatusNoContent {
		t.Errorf("delete what is not there: %d", got.status)
	}
}
