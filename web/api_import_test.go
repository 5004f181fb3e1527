package web_test

import (
	"net/http"
	"strings"
	"testing"
)

const importPath = "/api/v1/events/smw/import"

func (p *person) csv(path, body string, header ...string) answer {
	p.h.t.Helper()
	return p.do(http.MethodPost, path, "text/csv; charset=utf-8", body, header...)
}

func TestImport(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	org := h.organiser()
	mod, _, _ := h.link("moderator")
	const file = "Text;Name;Kind;URL;Posted at\nGathered long ago;Ana;;https://a.example/1;01/02/2020 10:00\nA story;;story;;\nA poem;;poem;;\n"
	preview := org.csv(importPath+"?preview=true", file)
	if preview.status != http.StatusOK || preview.num("imported") != 2 || preview.num("known") != 0 || preview.num("refused.0.line") != 4 ||
		preview.str("lines.0.outcome") != "imported" || preview.str("lines.2.outcome") != "refused" {
		t.Fatalf("preview: %d %s", preview.status, preview.body)
	}
	if got := mod.get("/api/v1/events/smw/submissions"); got.at("items.0") != nil {
		t.Fatalf("the preview stored something: %s", got.body)
	}
	// Somebody else's question is approved before: what is imported does not come before it.
	first, _ := h.visitor().ask("Who leads?")
	mod.act(first, "approve")
	got := org.csv(importPath, file, "Idempotency-Key", "one")
	if got.status != http.StatusOK || got.num("imported") != 2 || got.at("lines") != nil || got.str("refused.0.detail") == "" {
		t.Fatalf("import: %d %s", got.status, got.body)
	}
	list := mod.get("/api/v1/events/smw/submissions?source=import")
	if list.str("items.1.text") != "Gathered long ago" || list.str("items.1.posted_at") != "2020-02-01T10:00:00Z" || list.str("items.1.state") != "pending" ||
		list.str("items.1.author.name") != "Ana" || list.str("items.1.url") != "https://a.example/1" || list.str("items.0.kind") != "story" {
		t.Fatalf("what was imported: %s", list.body)
	}
	old := list.str("items.1.id")
	if got := mod.act(old, "approve"); got.status != http.StatusOK || got.str("rank") <= mod.item(first).str("rank") {
		t.Errorf("an old post jumps the queue: %s", got.body)
	}
	if again := org.csv(importPath, file, "Idempotency-Key", "one"); again.body != got.body {
		t.Errorf("the same key: %s, want the first answer", again.body)
	}
	if again := org.csv(importPath, file); again.num("imported") != 0 || again.num("known") != 2 {
		t.Errorf("again: %s", again.body)
	}
	org.post("/api/v1/events/smw/close", "")
	if got := org.csv(importPath, "text\nAfter the end\n"); got.num("imported") != 1 {
		t.Errorf("into a closed event: %d %s", got.status, got.body)
	}
}

func TestImportRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	org := h.organiser()
	for name, c := range map[string]struct {
		who        *person
		path, kind string
		body       string
		status     int
	}{
		"nobody":          {h.visitor(), importPath, "text/csv", "text\na\n", 401},
		"a moderator":     {mod, importPath, "text/csv", "text\na\n", 403},
		"no such event":   {org, "/api/v1/events/nope/import", "text/csv", "text\na\n", 404},
		"an export":       {org, importPath, "application/json", "{}", 415},
		"no type":         {org, importPath, "", "text\na\n", 415},
		"no column text":  {org, importPath, "text/csv", "a,b\nc,d\n", 422},
		"an empty file":   {org, importPath, "text/csv", "", 422},
		"a bad parameter": {org, importPath + "?preview=maybe", "text/csv", "text\na\n", 422},
		"too large":       {org, importPath, "text/csv", "text\n" + strings.Repeat("a", 5<<20), 413},
		"GET":             {org, importPath, "", "", 405},
	} {
		method := http.MethodPost
		if name == "GET" {
			method = name
		}
		if got := c.who.do(method, c.path, c.kind, c.body); got.status != c.status {
			t.Errorf("%s: %d %s, want %d", name, got.status, got.body, c.status)
		}
	}
}

func TestDesk(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	org := h.organiser()
	org.do(http.MethodPatch, "/api/v1/events/smw", "application/merge-patch+json", `{"consent":{"required":true,"text":"May we show it?"}}`)
	mod, _, _ := h.link("moderator")
	chair, _, _ := h.link("chair")
	const path = "/api/v1/events/smw/submissions"
	const said = `{"text":"What about the back row?","name":"A man in row K","source":"desk"}`
	got := mod.post(path, said, "Idempotency-Key", "k")
	if got.status != http.StatusAccepted {
		t.Fatalf("at the desk: %d %s", got.status, got.body)
	}
	id := got.str("id")
	it := mod.item(id)
	if it.str("source") != "desk" || it.str("author.name") != "A man in row K" || it.str("state") != "pending" {
		t.Errorf("at the desk: %s", it.body)
	}
	if again := mod.post(path, said, "Idempotency-Key", "k"); again.str("id") != id {
		t.Errorf("the same key: %d %s", again.status, again.body)
	}
	hist := mod.get(path + "/" + id + "/history")
	if hist.str("items.0.by.role") != "moderator" || hist.str("items.0.by.name") != "moderator one" {
		t.Errorf("who typed it in: %s", hist.body)
	}
	second := mod.post(path, `{"text":"And the balcony?","source":"desk"}`)
	if a, b := it.str("author.key"), mod.item(second.str("id")).str("author.key"); a == b || b == "" {
		t.Error("two people in the room are one")
	}
	if got := mod.get("/api/v1/events/smw/mine"); strings.Contains(got.body, "back row") {
		t.Errorf("what was typed in is the moderator's own: %s", got.body)
	}
	for name, c := range map[string]struct {
		who    *person
		body   string
		status int
	}{
		"nobody":                   {h.visitor(), said, 401},
		"the chair":                {chair, said, 403},
		"a source that sends":      {mod, `{"text":"a","source":"mastodon"}`, 422},
		"a form without consent":   {mod, `{"text":"a","source":"form"}`, 422},
		"nothing said":             {mod, `{"text":" ","source":"desk"}`, 422},
		"an attendee by the form":  {h.visitor(), `{"text":"a","source":"form","consent":true}`, 202},
		"an attendee without more": {h.visitor(), `{"text":"b","source":null,"consent":true}`, 202},
	} {
		if got := c.who.post(path, c.body); got.status != c.status {
			t.Errorf("%s: %d %s, want %d", name, got.status, got.body, c.status)
		}
	}
}
