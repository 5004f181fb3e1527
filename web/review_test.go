package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/openfloor/openfloor/ingest/inbox"
	"github.com/openfloor/openfloor/web"
)

func TestMethods(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.visitor()
	for _, path := range []string{"/", "/healthz", "/readyz", "/e/smw", "/e/smw/screen", "/api/v1/events/smw"} {
		if got := p.do(http.MethodHead, path, "", ""); got.status != http.StatusOK || got.body != "" {
			t.Errorf("HEAD %s: %d with %d bytes, want what GET answers, without the body", path, got.status, len(got.body))
		}
	}
	for _, tt := range []struct{ method, path, allow string }{
		{"DELETE", "/e/smw", "GET, HEAD"},
		{"OPTIONS", "/api/v1/events/smw/submissions", "GET, HEAD, POST"},
		{"PUT", "/api/v1/events/smw", "GET, HEAD, PATCH"},
		{"GET", "/api/v1/events/smw/close", "POST"},
		{"HEAD", "/api/v1/events/smw/close", "POST"},
	} {
		if got := p.do(tt.method, tt.path, "", ""); got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != tt.allow {
			t.Errorf("%s %s: %d, Allow %q, want 405 and %q", tt.method, tt.path, got.status, got.header.Get("Allow"), tt.allow)
		}
	}
}

// What does not get in, or is in already, is no submission, and takes nobody's turn.
func TestLimitsCountSubmissionsAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(_ *web.Config, l *inbox.LimitsConfig) { *l = inbox.DefaultLimits() })
	const path = "/api/v1/events/smw/submissions"
	ana := h.visited()
	var first answer
	for i := range 6 {
		got := ana.post(path, `{"text":"Did it arrive?"}`, "Idempotency-Key", "k")
		if i == 0 {
			first = got
		}
		if got.status != http.StatusAccepted || got.body != first.body {
			t.Fatalf("repeat %d: %d %s, want the first answer", i, got.status, got.body)
		}
	}
	bob := h.visited()
	for range 4 {
		if got := bob.post(path, `{"text":""}`); got.status != http.StatusUnprocessableEntity {
			t.Fatalf("empty: %d %s", got.status, got.body)
		}
	}
	for i := range 3 {
		bob.ask(fmt.Sprint("Put right ", i))
	}
	if got := bob.post(path, `{"text":"A fourth"}`); got.status != http.StatusTooManyRequests {
		t.Errorf("a fourth at once: %d", got.status)
	}
}

func TestScreensSubmitNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	screen, link, _ := h.link("screen")
	if got := screen.post("/api/v1/events/smw/submissions", `{"text":"Why?"}`); got.status != http.StatusForbidden || got.str("type") != "/problems/forbidden" {
		t.Errorf("by a screen's token: %d %s, want 403", got.status, got.body)
	}
	p := h.visited()
	p.form(link, "")
	p.ask("The browser of the screen is its user's too")
}

// A script that lost its answer may leave the repeat to the browser's form: that is the same submission.
func TestFormRepeatsAPI(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ana := h.visited()
	sent := ana.post("/api/v1/events/smw/submissions", `{"text":"Two\nlines","name":"Ana","kind":"question","consent":false}`, "Idempotency-Key", "page-1")
	again := ana.form("/e/smw/submissions", "key=page-1&kind=question&name=Ana&text=Two%0D%0Alines")
	if again.status != http.StatusSeeOther || !strings.Contains(again.header.Get("Location"), sent.str("id")) {
		t.Errorf("the form after the script: %d %s, want the way to %s", again.status, again.header.Get("Location"), sent.str("id"))
	}
}

// 500 of the longest characters in use fit the API's 16 KiB, and so they fit the form.
func TestFormTakesWhatTheAPITakes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ana := h.visited()
	text := strings.Repeat("👨‍👩‍👧‍👦", 500)
	body, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		t.Fatal(err)
	}
	if got := ana.post("/api/v1/events/smw/submissions", string(body)); got.status != http.StatusAccepted {
		t.Errorf("by the API: %d %s", got.status, got.body)
	}
	if got := ana.form("/e/smw/submissions", url.Values{"text": {text}}.Encode()); got.status != http.StatusSeeOther {
		t.Errorf("by the form: %d", got.status)
	}
}

func TestRepeatedAnswerKeepsNothingWithdrawn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ana := h.visited()
	id, receipt := ana.ask("Please forget this sentence")
	mod, _, _ := h.link("moderator")
	rev := mod.item(id).header.Get("ETag")
	approve := func() answer {
		return mod.post("/api/v1/events/smw/submissions/"+id+"/approve", "", "If-Match", rev, "Idempotency-Key", "tap")
	}
	if got := approve(); got.status != http.StatusOK {
		t.Fatalf("approve: %d %s", got.status, got.body)
	}
	if got := ana.form(strings.TrimPrefix(receipt, h.url)+"/withdraw", ""); got.status != http.StatusSeeOther {
		t.Fatalf("withdraw: %d %s", got.status, got.body)
	}
	if got := approve(); got.status != http.StatusConflict || got.str("current.state") != "withdrawn" || strings.Contains(got.body, "forget") {
		t.Errorf("the same again after it was taken back: %d %s, want 409 with what there is now", got.status, got.body)
	}
	if got := mod.get("/api/v1/events/smw/submissions/" + id + "/history"); strings.Contains(got.body, "forget") {
		t.Errorf("history still says it: %s", got.body)
	}
}

// Whoever lost a right gets no answer again that came with it.
func TestRepeatedAnswerNeedsTheRight(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, _ := h.visited().ask("Only moderators see this yet")
	mod, modURL, modLink := h.link("moderator")
	_, chairURL, _ := h.link("chair")
	p := h.visitor()
	p.form(modURL, "")
	p.form(chairURL, "")
	rev := mod.item(id).header.Get("ETag")
	hold := func() answer {
		return p.post("/api/v1/events/smw/submissions/"+id+"/hold", "", "If-Match", rev, "Idempotency-Key", "tap")
	}
	if got := hold(); got.status != http.StatusOK {
		t.Fatalf("hold: %d %s", got.status, got.body)
	}
	if got := h.organiser().do("DELETE", "/api/v1/events/smw/links/"+modLink, "", ""); got.status != http.StatusNoContent {
		t.Fatalf("revoke: %d", got.status)
	}
	if got := hold(); got.status != http.StatusForbidden {
		t.Errorf("the same again as the chair alone: %d %s, want 403", got.status, got.body)
	}
}
