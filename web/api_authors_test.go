package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func (p *person) patch(path, body string, header ...string) answer {
	p.h.t.Helper()
	return p.do(http.MethodPatch, path, "application/json", body, header...)
}

const authors = "/api/v1/events/smw/authors"

func TestAuthors(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	ana, ben := h.visitor(), h.visitor()
	first, _ := ana.ask("Why?")
	ben.ask("Who?")
	ana.ask("And when?")
	mod.act(first, "approve")

	list := mod.get(authors)
	if list.status != http.StatusOK || len(list.at("items").([]any)) != 2 || list.at("next") != nil {
		t.Fatalf("the list: %d %s", list.status, list.body)
	}
	key := mod.item(first).str("author.key")
	if list.str("items.1.key") != key || list.num("items.1.submissions") != 2 || list.num("items.1.approved") != 1 || list.num("items.1.rejected") != 0 ||
		list.str("items.1.source") != "form" || list.at("items.1.name") != nil || list.at("items.1.trusted") != false || list.at("items.1.blocked") != false ||
		list.str("items.1.first_at") == "" || list.str("items.1.last_at") <= list.str("items.1.first_at") || list.num("items.1.rev") != 0 {
		t.Errorf("who came first is last, with two submissions: %s", list.body)
	}
	page := mod.get(authors + "?limit=1")
	if next := mod.get(authors + "?limit=1&after=" + page.str("next")); page.str("items.0.key") == key || next.str("items.0.key") != key || next.at("next") != nil {
		t.Errorf("page by page: %s then %s", page.body, next.body)
	}

	blocked := mod.patch(authors+"/"+key, `{"blocked":true}`)
	if blocked.status != http.StatusOK || blocked.at("blocked") != true || blocked.at("trusted") != false ||
		blocked.header.Get("ETag") != fmt.Sprintf("%q", fmt.Sprint(blocked.num("rev"))) {
		t.Fatalf("block: %d %v %s", blocked.status, blocked.header, blocked.body)
	}
	if got := mod.item(first); got.str("state") != "approved" {
		t.Errorf("what was sent before is %s", got.str("state"))
	}
	if got := mod.patch(authors+"/"+key, `{"trusted":true}`, "If-Match", `"0"`); got.status != http.StatusConflict || got.at("current.blocked") != true ||
		got.header.Get("ETag") != blocked.header.Get("ETag") {
		t.Errorf("decided on what is past: %d %s", got.status, got.body)
	}
	if got := mod.patch(authors+"/"+key, `{"trusted":true}`, "If-Match", blocked.header.Get("ETag")); got.status != http.StatusOK ||
		got.at("trusted") != true || got.at("blocked") != false {
		t.Errorf("trust: %d %s", got.status, got.body)
	}
	if got := h.organiser().patch(authors+"/"+key, `{"trusted":null}`); got.status != http.StatusOK || got.at("trusted") != false {
		t.Errorf("null: %d %s", got.status, got.body)
	}
	again := mod.patch(authors+"/"+key, `{}`)
	if again.status != http.StatusOK || again.num("rev") != h.organiser().patch(authors+"/"+key, `{"blocked":false}`).num("rev") {
		t.Errorf("what holds already made a revision: %d %s", again.status, again.body)
	}
	if got := h.organiser().get(authors); got.num("items.1.rev") != again.num("rev") {
		t.Errorf("the organiser's list: %s", got.body)
	}
}

func TestAuthorsBadInput(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	chair, _, _ := h.link("chair")
	nobody := h.visitor()
	id, _ := nobody.ask("Why?")
	one := authors + "/" + mod.item(id).str("author.key")
	for _, tt := range []struct {
		name    string
		who     *person
		method  string
		path    string
		body    string
		header  []string
		status  int
		problem string
		field   string
	}{
		{"list without a credential", nobody, "GET", authors, "", nil, 401, "unauthenticated", ""},
		{"list by the chair", chair, "GET", authors, "", nil, 403, "forbidden", ""},
		{"list of no event", h.organiser(), "GET", strings.Replace(authors, "smw", "nope", 1), "", nil, 404, "not-found", ""},
		{"bad limit", mod, "GET", authors + "?limit=0", "", nil, 422, "invalid", "limit"},
		{"bad cursor", mod, "GET", authors + "?after=xyz", "", nil, 422, "invalid", "after"},
		{"unknown parameter", mod, "GET", authors + "?state=pending", "", nil, 422, "invalid", "state"},
		{"decide without a credential", nobody, "PATCH", one, `{"blocked":true}`, nil, 401, "unauthenticated", ""},
		{"decide by the chair", chair, "PATCH", one, `{"blocked":true}`, nil, 403, "forbidden", ""},
		{"nobody's key", mod, "PATCH", authors + "/abcdefghijklmnopqrstuvwxyz", `{"blocked":true}`, nil, 404, "not-found", ""},
		{"not a key", mod, "PATCH", authors + "/.%3E", `{"blocked":true}`, nil, 404, "not-found", ""},
		{"both", mod, "PATCH", one, `{"trusted":true,"blocked":true}`, nil, 422, "invalid", "trusted"},
		{"unknown field", mod, "PATCH", one, `{"blocked":true,"why":"x"}`, nil, 422, "invalid", "why"},
		{"not a boolean", mod, "PATCH", one, `{"blocked":"yes"}`, nil, 422, "invalid", "blocked"},
		{"no body", mod, "PATCH", one, ``, nil, 400, "bad-request", ""},
		{"broken", mod, "PATCH", one, `{"blocked":`, nil, 400, "bad-request", ""},
		{"bad If-Match", mod, "PATCH", one, `{"blocked":true}`, []string{"If-Match", "7"}, 400, "bad-request", ""},
		{"stale", mod, "PATCH", one, `{"blocked":true}`, []string{"If-Match", `"7"`}, 409, "stale", ""},
		{"wrong method", mod, "POST", one, `{"blocked":true}`, nil, 405, "bad-request", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.who.do(tt.method, tt.path, "application/json", tt.body, tt.header...)
			if got.status != tt.status || got.str("type") != "/problems/"+tt.problem || tt.field != "" && got.str("errors.0.field") != tt.field {
				t.Errorf("got %d %s, want %d %s %s", got.status, got.body, tt.status, tt.problem, tt.field)
			}
		})
	}
	if got := mod.get(authors); got.at("items.0.blocked") != false || got.num("items.0.rev") != 0 {
		t.Errorf("after all that: %s", got.body)
	}
}
