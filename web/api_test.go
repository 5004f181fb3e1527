package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/openfloor/openfloor/ingest/inbox"
	"github.com/openfloor/openfloor/web"
)

func TestMainJob(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ana := h.visitor()
	ana.get("/e/smw")
	id, receipt := ana.ask("Half our training is on YouTube. Call me on 07700 900142")
	if got := ana.get(receipt); got.status != http.StatusOK || !strings.Contains(got.body, "Waiting for a moderator") {
		t.Fatalf("the receipt at once: %d %s", got.status, got.body)
	}
	if got := ana.get("/api/v1/events/smw/mine"); got.str("items.0.id") != id || got.str("items.0.status") != "pending" {
		t.Errorf("mine: %s", got.body)
	}
	mod, _, _ := h.link("moderator")
	it := mod.item(id)
	if it.str("state") != "pending" || it.str("flags.0.kind") != "phone" || it.str("author.key") == "" {
		t.Errorf("the moderators' item: %s", it.body)
	}
	if got := mod.get("/api/v1/events/smw/submissions?state=pending&q=youtube"); got.str("items.0.id") != id || got.at("next") != nil {
		t.Errorf("the list: %s", got.body)
	}
	approved := mod.act(id, "approve")
	if approved.status != http.StatusOK || approved.header.Get("ETag") != fmt.Sprintf("%q", fmt.Sprint(approved.num("rev"))) {
		t.Fatalf("approve: %d %v %s", approved.status, approved.header, approved.body)
	}
	if got := ana.get("/e/smw"); !strings.Contains(got.body, "In the queue, 1st") {
		t.Error("the attendee's page does not say that it is in the queue")
	}
	chair, _, _ := h.link("chair")
	took := chair.put("/api/v1/events/smw/stage", `{"take":true}`, "If-Match", chair.get("/api/v1/events/smw/stage").header.Get("ETag"))
	if took.status != http.StatusOK || took.str("now") != id || took.at("since") == nil {
		t.Fatalf("take: %d %s", took.status, took.body)
	}
	if got := h.visitor().get("/e/smw/screen"); !strings.Contains(got.body, "Half our training") {
		t.Error("the screen's page does not show what is now")
	}
	hist := mod.get("/api/v1/events/smw/submissions/" + id + "/history")
	var did []string
	for i := range 3 {
		did = append(did, hist.str(fmt.Sprintf("items.%d.action", i)))
	}
	if fmt.Sprint(did) != "[receive approve stage]" || hist.str("items.1.by.name") != "moderator one" || hist.str("items.1.before.state") != "pending" {
		t.Errorf("history: %s", hist.body)
	}
	if got := ana.form("/r/"+receipt[strings.LastIndex(receipt, "/")+1:]+"/withdraw", ""); got.status != http.StatusSeeOther {
		t.Fatalf("withdraw: %d %s", got.status, got.body)
	}
	for _, page := range []string{"/e/smw", "/e/smw/screen"} {
		if got := h.visitor().get(page); strings.Contains(got.body, "Half our training") {
			t.Errorf("%s still shows what was taken back", page)
		}
	}
	if got := mod.item(id); got.str("state") != "withdrawn" || got.str("text") != "" {
		t.Errorf("withdrawn: %s", got.body)
	}
}

// TestBadInput is the contract's answers to what is wrong, in its order of checks.
func TestBadInput(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	chair, _, _ := h.link("chair")
	screen, _, _ := h.link("screen")
	org, nobody := h.organiser(), h.visitor()
	id, _ := nobody.ask("Why?")
	rev := mod.item(id).header.Get("ETag")
	const sub, json = "/api/v1/events/smw/submissions", "application/json"
	one := sub + "/" + id
	tests := []struct {
		name         string
		who          *person
		method, path string
		body         string
		header       []string
		status       int
		problem      string
		field        string
	}{
		{"empty text", nobody, "POST", sub, `{"text":""}`, nil, 422, "invalid", "text"},
		{"only spaces", nobody, "POST", sub, `{"text":" \n\t "}`, nil, 422, "invalid", "text"},
		{"501 family emoji", nobody, "POST", sub, `{"text":"` + strings.Repeat("👨‍👩‍👧‍👦", 501) + `"}`, nil, 422, "invalid", "text"},
		{"20 KiB", nobody, "POST", sub, `{"text":"` + strings.Repeat("x", 20<<10) + `"}`, nil, 413, "too-large", ""},
		{"broken JSON", nobody, "POST", sub, `{"text":`, nil, 400, "bad-request", ""},
		{"no body", nobody, "POST", sub, ``, nil, 400, "bad-request", ""},
		{"an array", nobody, "POST", sub, `[]`, nil, 422, "invalid", ""},
		{"unknown field", nobody, "POST", sub, `{"text":"a","colour":"red"}`, nil, 422, "invalid", "colour"},
		{"wrong type", nobody, "POST", sub, `{"text":7}`, nil, 422, "invalid", "text"},
		{"unknown kind", nobody, "POST", sub, `{"text":"a","kind":"poem"}`, nil, 422, "invalid", "kind"},
		{"a prompt in a panel", nobody, "POST", sub, `{"text":"a","prompt":1}`, nil, 422, "invalid", "prompt"},
		{"not JSON", nobody, "POST", sub, `text=a`, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "bad-request", ""},
		{"no such event", nobody, "POST", "/api/v1/events/nope/submissions", `{"text":"a"}`, nil, 404, "not-found", ""},
		{"no such route", nobody, "GET", "/api/v1/events/smw/nope", ``, nil, 404, "not-found", ""},
		{"no such action", mod, "POST", one + "/translate", `{"into":"x"}`, []string{"If-Match", rev}, 404, "not-found", ""},
		{"wrong method", nobody, "DELETE", sub, ``, nil, 405, "bad-request", ""},
		{"bad idempotency key", nobody, "POST", sub, `{"text":"a"}`, []string{"Idempotency-Key", "a b"}, 400, "bad-request", ""},

		{"list without a credential", nobody, "GET", sub, ``, nil, 401, "unauthenticated", ""},
		{"list with an unknown token", h.with("nosuchtoken"), "GET", sub, ``, nil, 401, "unauthenticated", ""},
		{"list by the chair", chair, "GET", sub, ``, nil, 403, "forbidden", ""},
		{"list by a screen", screen, "GET", sub, ``, nil, 403, "forbidden", ""},
		{"list of another event", mod, "GET", "/api/v1/events/other/submissions", ``, nil, 403, "forbidden", ""},
		{"list of no event", org, "GET", "/api/v1/events/other/submissions", ``, nil, 404, "not-found", ""},
		{"bad state", mod, "GET", sub + "?state=maybe", ``, nil, 422, "invalid", "state"},
		{"bad limit", mod, "GET", sub + "?limit=201", ``, nil, 422, "invalid", "limit"},
		{"bad cursor", mod, "GET", sub + "?after=xyz", ``, nil, 422, "invalid", "after"},
		{"item that is not there", mod, "GET", sub + "/nosuch", ``, nil, 404, "not-found", ""},

		{"approve without a credential", nobody, "POST", one + "/approve", ``, []string{"If-Match", rev}, 401, "unauthenticated", ""},
		{"approve by the chair", chair, "POST", one + "/approve", ``, []string{"If-Match", rev}, 403, "forbidden", ""},
		{"approve what is not there", mod, "POST", sub + "/nosuch/approve", ``, []string{"If-Match", rev}, 404, "not-found", ""},
		{"approve without If-Match", mod, "POST", one + "/approve", ``, nil, 428, "precondition-required", ""},
		{"approve with a bad If-Match", mod, "POST", one + "/approve", ``, []string{"If-Match", "7"}, 400, "bad-request", ""},
		{"approve with a bad body", mod, "POST", one + "/approve", `{"x":1}`, []string{"If-Match", rev}, 422, "invalid", "x"},
		{"body before If-Match", mod, "POST", one + "/reject", `{"reason":`, nil, 400, "bad-request", ""},
		{"approve at a stale revision", mod, "POST", one + "/approve", ``, []string{"If-Match", `"1"`}, 409, "stale", ""},
		{"return what is pending", mod, "POST", one + "/return", ``, []string{"If-Match", rev}, 422, "wrong-state", ""},
		{"the chair sees nothing pending", chair, "POST", one + "/return", ``, []string{"If-Match", rev}, 404, "not-found", ""},
		{"undo an arrival", mod, "POST", one + "/undo", ``, []string{"If-Match", rev}, 422, "wrong-state", ""},
		{"withdraw another's", h.visited(), "POST", one + "/withdraw", ``, nil, 404, "not-found", ""},
		{"withdraw as nobody", h.visitor(), "POST", one + "/withdraw", ``, nil, 401, "unauthenticated", ""},

		{"stage without a credential", nobody, "PUT", "/api/v1/events/smw/stage", `{"blank":true}`, nil, 401, "unauthenticated", ""},
		{"stage by a screen", screen, "PUT", "/api/v1/events/smw/stage", `{"blank":true}`, nil, 403, "forbidden", ""},
		{"take without If-Match", chair, "PUT", "/api/v1/events/smw/stage", `{"take":true}`, nil, 428, "precondition-required", ""},
		{"take at a stale stage", chair, "PUT", "/api/v1/events/smw/stage", `{"take":true}`, []string{"If-Match", `"7"`}, 409, "stale", ""},
		{"nothing to take", chair, "PUT", "/api/v1/events/smw/stage", `{"take":true}`, []string{"If-Match", `"0"`}, 422, "wrong-state", ""},
		{"stage what is pending", chair, "PUT", "/api/v1/events/smw/stage", `{"now":"` + id + `"}`, nil, 422, "invalid", "now"},
		{"stage nothing at all", chair, "PUT", "/api/v1/events/smw/stage", `{}`, nil, 422, "invalid", "now"},
		{"unknown stage field", chair, "PUT", "/api/v1/events/smw/stage", `{"color":1}`, nil, 422, "invalid", "color"},
		{"unknown stage mode", chair, "PUT", "/api/v1/events/smw/stage", `{"mode":"party"}`, nil, 422, "invalid", "mode"},

		{"event by a moderator", mod, "POST", "/api/v1/events", `{"title":"x"}`, nil, 403, "forbidden", ""},
		{"event without a title", org, "POST", "/api/v1/events", `{}`, nil, 422, "invalid", "title"},
		{"slug taken", org, "POST", "/api/v1/events", `{"title":"x","slug":"smw"}`, nil, 409, "invalid", "slug"},
		{"slug reserved", org, "POST", "/api/v1/events", `{"title":"x","slug":"api"}`, nil, 422, "invalid", "slug"},
		{"patch the slug", org, "PATCH", "/api/v1/events/smw", `{"slug":"x"}`, nil, 422, "invalid", "slug"},
		{"patch with nonsense", org, "PATCH", "/api/v1/events/smw", `7`, nil, 400, "bad-request", ""},
		{"stale patch", org, "PATCH", "/api/v1/events/smw", `{"title":"x"}`, []string{"If-Match", `"99999"`}, 409, "stale", ""},
		{"link of no role", org, "POST", "/api/v1/events/smw/links", `{"role":"king","name":"x"}`, nil, 422, "invalid", "role"},
		{"link by a moderator", mod, "POST", "/api/v1/events/smw/links", `{"role":"chair","name":"x"}`, nil, 403, "forbidden", ""},
		{"live view without a credential", nobody, "GET", "/api/v1/events/smw/live?view=moderation", ``, nil, 401, "unauthenticated", ""},
		{"live view of another role", chair, "GET", "/api/v1/events/smw/live?view=moderation", ``, nil, 403, "forbidden", ""},
		{"polls from another site's page", mod, "GET", "/api/v1/events/smw/live?view=moderation", ``, []string{"Origin", "https://evil.example"}, 403, "forbidden", ""},
		{"events for a null origin", mod, "GET", "/api/v1/events/smw/live?view=moderation", ``, []string{"Origin", "null", "Accept", "text/event-stream"}, 403, "forbidden", ""},
		{"an upgrade that was lost on the way", nobody, "GET", "/api/v1/events/smw/live", ``, []string{"Sec-Websocket-Key", "x"}, 426, "bad-request", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ct := ""
			if tt.body != "" {
				ct = json
			}
			for i := 0; i < len(tt.header); i += 2 {
				if tt.header[i] == "Content-Type" {
					ct = ""
				}
			}
			got := tt.who.do(tt.method, tt.path, ct, tt.body, tt.header...)
			if got.status != tt.status || got.header.Get("Content-Type") != "application/problem+json" || got.str("type") != "/problems/"+tt.problem {
				t.Fatalf("got %d %s %s, want %d %s", got.status, got.header.Get("Content-Type"), got.body, tt.status, tt.problem)
			}
			if got.num("status") != tt.status || got.str("title") == "" || len(got.str("detail")) < 10 {
				t.Errorf("the problem does not say enough: %s", got.body)
			}
			if tt.field != "" && got.str("errors.0.field") != tt.field {
				t.Errorf("the bad field is %q, want %q", got.str("errors.0.field"), tt.field)
			}
		})
	}
	if got := mod.item(id); got.str("state") != "pending" || got.header.Get("ETag") != rev {
		t.Errorf("after all that the submission is %s", got.body)
	}
	if got := mod.get(sub); len(got.at("items").([]any)) != 1 {
		t.Errorf("something else was stored: %s", got.body)
	}
}

// visited is a visitor whose browser has been here before.
func (h *house) visited() *person {
	p := h.visitor()
	p.get("/e/smw")
	return p
}

func TestTwoModerators(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a, _, _ := h.link("moderator")
	b, _, _ := h.link("moderator")
	for round := range 20 {
		id, _ := h.visitor().ask(fmt.Sprint("Why? ", round))
		rev := a.item(id).header.Get("ETag")
		var got [2]answer
		var wg sync.WaitGroup
		for i, p := range []*person{a, b} {
			wg.Go(func() {
				got[i] = p.post("/api/v1/events/smw/submissions/"+id+"/"+[]string{"approve", "reject"}[i], "", "If-Match", rev)
			})
		}
		wg.Wait()
		winner, loser := got[0], got[1]
		if winner.status != http.StatusOK {
			winner, loser = loser, winner
		}
		if winner.status != http.StatusOK || loser.status != http.StatusConflict {
			t.Fatalf("round %d: %d and %d, want one 200 and one 409", round, got[0].status, got[1].status)
		}
		if loser.num("current.rev") != winner.num("rev") || loser.str("current.state") != winner.str("state") || loser.header.Get("ETag") != winner.header.Get("ETag") {
			t.Errorf("round %d: the loser was shown %s, the winner made %s", round, loser.body, winner.body)
		}
	}
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ana := h.visited()
	send := func(key, body string) answer {
		return ana.post("/api/v1/events/smw/submissions", body, "Idempotency-Key", key)
	}
	var answers [8]answer
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i] = send("k1", `{"text":"Why?"}`) })
	}
	wg.Wait()
	for _, a := range answers {
		if a.status != http.StatusAccepted || a.body != answers[0].body {
			t.Errorf("ten times the same: %d %s, want %s", a.status, a.body, answers[0].body)
		}
	}
	if got := send("k1", `{"text":"Something else"}`); got.status != http.StatusUnprocessableEntity || got.str("type") != "/problems/key-reused" {
		t.Errorf("the key with another body: %d %s", got.status, got.body)
	}
	mod, _, _ := h.link("moderator")
	if got := mod.get("/api/v1/events/smw/submissions"); len(got.at("items").([]any)) != 1 {
		t.Errorf("it was stored more than once: %s", got.body)
	}
	id := answers[0].str("id")
	rev := mod.item(id).header.Get("ETag")
	approve := func() answer {
		return mod.post("/api/v1/events/smw/submissions/"+id+"/approve", "", "If-Match", rev, "Idempotency-Key", "tap")
	}
	first := approve()
	if again := approve(); again.status != http.StatusOK || again.body != first.body || again.header.Get("ETag") != first.header.Get("ETag") {
		t.Errorf("a double tap: %d %s, want the first answer", again.status, again.body)
	}
	org := h.organiser()
	l1 := org.post("/api/v1/events/smw/links", `{"role":"chair","name":"Fiona"}`, "Idempotency-Key", "l")
	l2 := org.post("/api/v1/events/smw/links", `{"role":"chair","name":"Fiona"}`, "Idempotency-Key", "l")
	if l1.status != http.StatusCreated || l1.body != l2.body || l2.header.Get("Location") != l1.header.Get("Location") {
		t.Errorf("a link made twice: %s, then %s", l1.body, l2.body)
	}
	if got := org.post("/api/v1/events/smw/links", `{"role":"screen","name":"Hall"}`, "Idempotency-Key", "l"); got.str("type") != "/problems/key-reused" {
		t.Errorf("a link with another body: %d %s", got.status, got.body)
	}
}

func TestPaging(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 7 {
		h.visitor().ask(fmt.Sprint("Question ", i))
	}
	mod, _, _ := h.link("moderator")
	seen, next, pages := map[string]bool{}, "", 0
	for {
		got := mod.get("/api/v1/events/smw/submissions?limit=3&after=" + next)
		for _, it := range got.at("items").([]any) {
			seen[it.(map[string]any)["id"].(string)] = true
		}
		pages++
		if got.at("next") == nil {
			break
		}
		next = got.str("next")
	}
	if len(seen) != 7 || pages != 3 {
		t.Errorf("%d items over %d pages, want 7 over 3", len(seen), pages)
	}
}

func TestClosedEvent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	org, ana := h.organiser(), h.visited()
	if got := org.post("/api/v1/events/smw/close", ""); got.status != http.StatusOK || got.str("state") != "closed" {
		t.Fatalf("close: %d %s", got.status, got.body)
	}
	if got := ana.post("/api/v1/events/smw/submissions", `{"text":"Late?"}`); got.status != http.StatusForbidden || got.str("type") != "/problems/closed" {
		t.Errorf("sent to a closed event: %d %s", got.status, got.body)
	}
	if got := ana.form("/e/smw/submissions", "text=Late+words"); got.status != http.StatusForbidden || !strings.Contains(got.body, "Late words") {
		t.Errorf("the form to a closed event: %d, words kept: %v", got.status, strings.Contains(got.body, "Late words"))
	}
	if got := org.post("/api/v1/events/smw/reopen", ""); got.str("state") != "open" {
		t.Errorf("reopen: %s", got.body)
	}
	ana.ask("In time?")
}

func TestForm(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ana := h.visited()
	body := "text=Why+is+it+blocked%3F&name=Ana&kind=question&key=form-1"
	first := ana.form("/e/smw/submissions", body)
	again := ana.form("/e/smw/submissions", body)
	if first.status != http.StatusSeeOther || again.header.Get("Location") != first.header.Get("Location") {
		t.Fatalf("a form sent twice: %d %s, then %d %s", first.status, first.header.Get("Location"), again.status, again.header.Get("Location"))
	}
	page := ana.get(first.header.Get("Location"))
	if !strings.Contains(page.body, "Sent to the moderators") || strings.Count(page.body, "Why is it blocked?") != 1 {
		t.Error("the page after sending does not show the one question under Yours, and that it was sent")
	}
	bad := ana.form("/e/smw/submissions", "text=&name=Ana+Smith&kind=question&key=form-2")
	if bad.status != http.StatusUnprocessableEntity || !strings.Contains(bad.body, "There is a problem") || !strings.Contains(bad.body, "Ana Smith") || !strings.Contains(bad.body, "<title>Error:") {
		t.Errorf("a bad form: %d", bad.status)
	}
	anon := ana.form("/e/smw/submissions", "text=Quietly&name=Ana+Smith&anon=on&key=form-3")
	if anon.status != http.StatusSeeOther {
		t.Fatalf("anonymous: %d %s", anon.status, anon.body)
	}
	mod, _, _ := h.link("moderator")
	if got := mod.get("/api/v1/events/smw/submissions?q=quietly"); got.at("items.0.author.name") != nil {
		t.Errorf("a name was kept although it was to be left out: %s", got.body)
	}
	if got := ana.form("/e/smw/submissions", "text="+strings.Repeat("x", 20<<10)); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a form of 20 KiB: %d", got.status)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(_ *web.Config, l *inbox.LimitsConfig) { *l = inbox.DefaultLimits() })
	ana := h.visited()
	for i := range 3 {
		ana.ask(fmt.Sprint("Question ", i))
	}
	got := ana.post("/api/v1/events/smw/submissions", `{"text":"A fourth"}`)
	if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") == "" || got.str("type") != "/problems/too-many" {
		t.Errorf("a fourth at once: %d %s", got.status, got.body)
	}
	h.visitor().ask("Somebody else behind the same address")
	mod, _, _ := h.link("moderator")
	for i := range 5 {
		mod.ask(fmt.Sprint("From the team ", i))
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, url, linkID := h.link("moderator")
	p := h.visitor()
	if got := p.get("/e/smw/moderate"); got.status != http.StatusUnauthorized {
		t.Fatalf("the desk without joining: %d", got.status)
	}
	ask := p.get(url)
	if ask.status != http.StatusOK || len(ask.header.Values("Set-Cookie")) != 0 {
		t.Errorf("opening the link: %d, cookies %v; want a page that uses nothing up", ask.status, ask.header.Values("Set-Cookie"))
	}
	joined := p.form(url, "")
	if joined.status != http.StatusSeeOther || joined.header.Get("Location") != "/e/smw/moderate" {
		t.Fatalf("joining: %d %s", joined.status, joined.header.Get("Location"))
	}
	if c := joined.header.Get("Set-Cookie"); !strings.Contains(c, "openfloor=") || !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Lax") {
		t.Errorf("session cookie %q", c)
	}
	if got := p.get("/e/smw/moderate"); got.status != http.StatusOK {
		t.Errorf("the desk after joining: %d", got.status)
	}
	_, chairURL, _ := h.link("chair")
	p.form(chairURL, "")
	if a, b := p.get("/e/smw/moderate"), p.get("/e/smw/chair"); a.status != http.StatusOK || b.status != http.StatusOK {
		t.Errorf("one browser, two roles: desk %d, chair %d", a.status, b.status)
	}
	dialer := websocket.Dialer{Jar: p.client.Jar}
	ws, resp, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(h.url, "http")+"/api/v1/events/smw/live?view=moderation", http.Header{"Origin": {h.url}})
	if err != nil {
		t.Fatalf("stream: %v %v", err, resp)
	}
	defer ws.Close()
	if got := h.organiser().do("DELETE", "/api/v1/events/smw/links/"+linkID, "", ""); got.status != http.StatusNoContent {
		t.Fatalf("revoke: %d", got.status)
	}
	_ = ws.SetReadDeadline(time.Now().Add(5 * time.Second))
	for {
		if _, _, err = ws.ReadMessage(); err != nil {
			break
		}
	}
	if !websocket.IsCloseError(err, 1008) {
		t.Errorf("the open stream ended with %v, want close code 1008", err)
	}
	if got := p.get("/e/smw/moderate"); got.status == http.StatusOK {
		t.Error("the desk is still open after its link was revoked")
	}
	if got := p.get(url); got.status != http.StatusNotFound {
		t.Errorf("a revoked link: %d", got.status)
	}
	if got := h.organiser().do("DELETE", "/api/v1/events/smw/links/nosuch", "", ""); got.status != http.StatusNoContent {
		t.Errorf("revoking nothing: %d", got.status)
	}
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, url, _ := h.link("moderator")
	p := h.visited()
	p.form(url, "")
	for _, tt := range []struct {
		name, origin, site string
		want               int
	}{
		{"its own page", h.url, "same-origin", 202},
		{"another site", "https://evil.example", "cross-site", 403},
		{"a sandboxed frame", "null", "cross-site", 403},
		{"an old browser, another site", "https://evil.example", "", 403},
		{"no browser", "", "", 202},
	} {
		var header []string
		if tt.origin != "" {
			header = append(header, "Origin", tt.origin)
		}
		if tt.site != "" {
			header = append(header, "Sec-Fetch-Site", tt.site)
		}
		if got := p.post("/api/v1/events/smw/submissions", `{"text":"Why?"}`, header...); got.status != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got.status, tt.want)
		}
	}
	dial := func(view, origin string) int {
		header := http.Header{}
		if origin != "" {
			header.Set("Origin", origin)
		}
		d := websocket.Dialer{Jar: p.client.Jar}
		ws, resp, err := d.DialContext(t.Context(), "ws"+strings.TrimPrefix(h.url, "http")+"/api/v1/events/smw/live?view="+view, header)
		if err == nil {
			ws.Close()
		}
		return resp.StatusCode
	}
	for _, tt := range []struct {
		view, origin string
		want         int
	}{
		{"moderation", h.url, 101}, {"moderation", "https://evil.example", 403}, {"moderation", "null", 403}, {"moderation", "", 403},
		{"chair", "https://evil.example", 403}, {"public", "https://evil.example", 101}, {"public", "null", 101}, {"public", "", 101},
	} {
		if got := dial(tt.view, tt.origin); got != tt.want {
			t.Errorf("stream %s from origin %q: %d, want %d", tt.view, tt.origin, got, tt.want)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	asset := regexp.MustCompile(`/assets/[^"]+\.css`).FindString(h.visitor().get("/e/smw").body)
	for _, path := range []string{"/", "/e/smw", "/e/smw/screen", "/nope", "/api/v1/events/smw", "/api/v1/nope", "/healthz"} {
		got := h.visitor().get(path).header
		csp := got.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, csp)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin", "X-Frame-Options": "DENY",
			"Cross-Origin-Opener-Policy": "same-origin"} {
			if got.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got.Get(name), want)
			}
		}
	}
	if got := h.visitor().get("/e/smw", "Host", "evil.example; script-src *"); strings.Contains(got.header.Get("Content-Security-Policy"), "evil") {
		t.Error("a forged Host wrote into the policy")
	}
	if got := h.visitor().get(asset).header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("assets are cached as %q", got)
	}
	if got := h.visitor().get(asset).header.Get("X-Content-Type-Options"); got != "nosniff" {
		t.Errorf("assets have X-Content-Type-Options %q", got)
	}
	if got := h.visitor().get("/smw"); got.status != http.StatusFound || got.header.Get("Location") != "/e/smw" {
		t.Errorf("the short address: %d %s", got.status, got.header.Get("Location"))
	}
}

func TestChairWithoutJavaScript(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	a, _ := h.visitor().ask("First?")
	b, _ := h.visitor().ask("Second?")
	mod.act(a, "approve")
	mod.act(b, "approve")
	_, url, _ := h.link("chair")
	p := h.visitor()
	p.form(url, "")
	press := func(do string, want int) {
		t.Helper()
		rev := strings.Trim(mod.get("/api/v1/events/smw/stage").header.Get("ETag"), `"`)
		if got := p.form("/e/smw/chair", "do="+do+"&rev="+rev); got.status != want {
			t.Fatalf("%s: %d %s", do, got.status, got.body)
		}
	}
	third, _ := h.visitor().ask("Third?")
	mod.act(third, "approve")
	now := func(step, want string) {
		t.Helper()
		if got := mod.get("/api/v1/events/smw/stage"); got.str("now") != want {
			t.Errorf("%s: %s, want %s now", step, got.body, want)
		}
	}
	press("take", 303)
	now("taken", a)
	press("skip", 303)
	now("skipped", b)
	press("skip", 303) // and not the first one again
	now("skipped again", third)
	press("finish", 303)
	press("finish", 303)
	press("finish", 303)
	press("take", 422)
	press("dance", 422)
	if got := p.form("/e/smw/chair", "do=blank&rev=1"); got.status != http.StatusConflict {
		t.Errorf("a stale button: %d", got.status)
	}
}
