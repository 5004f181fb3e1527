package web_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestFreeze(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const event = "/api/v1/events/smw"
	mod, _, _ := h.link("moderator")
	chair, _, _ := h.link("chair")
	nobody := h.visitor()
	id, _ := nobody.ask("Why?")
	shown, _ := nobody.ask("Who?")
	mod.act(shown, "approve")

	frozen := mod.patch(event, `{"frozen":true}`)
	if frozen.status != http.StatusOK || frozen.at("frozen") != true || frozen.at("policy.blocked_words") == nil {
		t.Fatalf("freeze: %d %s", frozen.status, frozen.body)
	}
	if got := mod.act(id, "approve"); got.status != http.StatusUnprocessableEntity || got.str("type") != "/problems/wrong-state" {
		t.Errorf("approve while frozen: %d %s", got.status, got.body)
	}
	if got := mod.act(shown, "answer"); got.status != http.StatusOK {
		t.Errorf("answer what is public already: %d %s", got.status, got.body)
	}
	if got := mod.patch(event, `{"frozen":false}`, "If-Match", `"1"`); got.status != http.StatusConflict || got.at("current.frozen") != true {
		t.Errorf("thaw at a stale revision: %d %s", got.status, got.body)
	}
	if got := mod.patch(event, `{"frozen":false}`, "If-Match", frozen.header.Get("ETag")); got.status != http.StatusOK {
		t.Errorf("thaw: %d %s", got.status, got.body)
	}
	if got := mod.act(id, "approve"); got.status != http.StatusOK {
		t.Errorf("approve afterwards: %d %s", got.status, got.body)
	}
	for _, c := range []struct {
		name   string
		who    *person
		body   string
		status int
	}{
		{"more than that", mod, `{"frozen":true,"title":"x"}`, 403},
		{"something else", mod, `{"title":"x"}`, 403},
		{"nothing", mod, `{}`, 403},
		{"not an object", mod, `[]`, 400},
		{"not a boolean", mod, `{"frozen":"yes"}`, 422},
		{"the chair", chair, `{"frozen":true}`, 403},
		{"nobody", nobody, `{"frozen":true}`, 401},
	} {
		if got := c.who.patch(event, c.body); got.status != c.status {
			t.Errorf("%s: %d %s, want %d", c.name, got.status, got.body, c.status)
		}
	}
}

// TestPolicies is the way of each policy through the API: what the moderators and the sender are told.
func TestPolicies(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	second := h.organiser()
	set := func(body string) {
		t.Helper()
		if got := second.patch("/api/v1/events/smw", body); got.status != http.StatusOK {
			t.Fatalf("%s: %d %s", body, got.status, got.body)
		}
	}
	ana := h.visitor()
	ana.get("/e/smw")
	first, _ := ana.ask("Why?")
	if got := mod.item(first); got.at("first") != true || got.at("reviewed_by") != nil || len(got.at("flags").([]any)) != 0 {
		t.Errorf("somebody's first: %s", got.body)
	}
	set(`{"policy":{"two_person":true}}`)
	reviewed := mod.act(first, "approve")
	if reviewed.status != http.StatusOK || reviewed.str("state") != "pending" || reviewed.str("reviewed_by.name") != "moderator one" || reviewed.str("reviewed_by.role") != "moderator" {
		t.Errorf("the first approval: %d %s", reviewed.status, reviewed.body)
	}
	if got := mod.act(first, "approve"); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.str("detail"), "somebody else") {
		t.Errorf("the same moderator again: %d %s", got.status, got.body)
	}
	if got := second.act(first, "approve"); got.str("state") != "approved" {
		t.Errorf("the second approval: %d %s", got.status, got.body)
	}
	if got := mod.get("/api/v1/events/smw/submissions/" + first + "/history"); got.str("items.1.action") != "review" || got.str("items.2.action") != "approve" {
		t.Errorf("the history: %s", got.body)
	}

	set(`{"policy":{"two_person":false,"arrivals":"trust","blocked_words":["Fool"]}}`)
	trusted, _ := ana.ask("And when?")
	if got := mod.item(trusted); got.str("state") != "approved" || got.str("rank") == "" || got.at("first") != false {
		t.Errorf("somebody approved before: %s", got.body)
	}
	if got := mod.get("/api/v1/events/smw/submissions/" + trusted + "/history"); got.str("items.0.action") != "approve" || got.str("items.0.by.role") != "policy" ||
		got.str("items.0.by.name") != "policy for authors approved before" || got.at("items.0.before") != nil {
		t.Errorf("the history: %s", got.body)
	}
	held, _ := ana.ask("What a fóol says")
	if got := mod.item(held); got.str("state") != "held" || got.str("flags.0.kind") != "blocked-word" || got.num("flags.0.span.0") != 7 || got.num("flags.0.span.1") != 11 {
		t.Errorf("a blocked word: %s", got.body)
	}
	if got := ana.get("/api/v1/events/smw/mine"); got.str("items.0.status") != "pending" {
		t.Errorf("what is held is pending to its sender: %s", got.body)
	}

	if got := mod.patch(authors+"/"+mod.item(first).str("author.key"), `{"blocked":true}`); got.status != http.StatusOK {
		t.Fatalf("block: %d %s", got.status, got.body)
	}
	blocked, receipt := ana.ask("Why not?")
	if got := mod.item(blocked); got.str("state") != "rejected" || got.str("reason") != "blocked" {
		t.Errorf("what a blocked author sends: %s", got.body)
	}
	if got := ana.get(receipt); !strings.Contains(got.body, "nothing more from this sender") {
		t.Errorf("its receipt: %s", got.body)
	}
	for _, bad := range []string{`{"policy":{"arrivals":"maybe"}}`, `{"policy":{"blocked_words":["…"]}}`, `{"policy":{"blocked_words":"x"}}`, `{"policy":{"nosuch":1}}`} {
		if got := second.patch("/api/v1/events/smw", bad); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s, want 422", bad, got.status, got.body)
		}
	}
}

// Who sends the same words twice has sent two submissions, and moderators are told that they are alike.
func TestRepeatIsKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	ana := h.visitor()
	first, _ := ana.ask("Why can the council not open the library at weekends?")
	second, _ := ana.ask("Why can the council not open the library at weekends?")
	if first == second {
		t.Fatal("the second went under the first's id")
	}
	if got := mod.item(second); got.str("state") != "pending" || got.str("similar_to.0") != first {
		t.Errorf("the second: %s", got.body)
	}
	if got := ana.get("/api/v1/events/smw/mine"); len(got.at("items").([]any)) != 2 {
		t.Errorf("its sender sees %s", got.body)
	}
}
