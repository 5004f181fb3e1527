package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// Stories stand beside the queue on every page, are staged by hand alone, and are never counted as to come.
func TestStoriesStandBesideTheQueue(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	question, told := h.asked(mod, "Who decides?", true), h.asked(mod, "We opened one account", true)
	if got := mod.on(told, "kind", `{"kind":"story"}`); got.status != http.StatusOK {
		t.Fatalf("told from questions: %d %s", got.status, got.body)
	}
	chair, url, _ := h.link("chair")
	p := h.visitor()
	p.form(url, "")
	has := func(page, what string, want bool) {
		t.Helper()
		if got := p.get(page); strings.Contains(got.body, what) != want {
			t.Errorf("%s: %q there: %v, want %v\n%s", page, what, !want, want, got.body)
		}
	}
	_, after, _ := strings.Cut(p.get("/e/smw").body, `id="stories"`)
	if before, _, _ := strings.Cut(after, `id="answered"`); !strings.Contains(before, told) || strings.Contains(before, question) {
		t.Errorf("the attendee's stories: %s", before)
	}
	has("/e/smw", "0 answered, 1 to come", true)
	has("/e/smw/screen", "<b>1</b> to come", true)
	has("/e/smw/screen", "We opened one account", false)
	has("/e/smw/chair", "1 to come", true)
	has("/e/smw/chair", `name="line" value="`+told+`"`, true)

	rev := strings.Trim(chair.get("/api/v1/events/smw/stage").header.Get("ETag"), `"`)
	if got := p.form("/e/smw/chair", "line="+told+"&rev="+rev); got.status != http.StatusSeeOther {
		t.Fatalf("lining it up: %d %s", got.status, got.body)
	}
	if got := chair.get("/api/v1/events/smw/stage"); got.str("next") != told {
		t.Errorf("lined up: %s", got.body)
	}
	has("/e/smw/screen", "We opened one account", true)
	has("/e/smw/screen", "<b>1</b> to come", true)
	has("/e/smw/chair", `name="line" value="`+told+`"`, false)
	has("/e/smw", "0 answered, 1 to come", true)
	rev = strings.Trim(chair.get("/api/v1/events/smw/stage").header.Get("ETag"), `"`)
	for body, want := range map[string]int{"rev=" + rev: 422, "line=nosuch&rev=" + rev: 422, "line=" + told + "&rev=1": 409} {
		if got := p.form("/e/smw/chair", body); got.status != want {
			t.Errorf("%s: %d, want %d", body, got.status, want)
		}
	}
}
