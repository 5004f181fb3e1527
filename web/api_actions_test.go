package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/openfloor/openfloor/display"
)

// on sends an action at the newest revision.
func (p *person) on(id, action, body string) answer {
	p.h.t.Helper()
	return p.post("/api/v1/events/smw/submissions/"+id+"/"+action, body, "If-Match", p.item(id).header.Get("ETag"))
}

// asked sends a question and has it approved, where that is asked for.
func (h *house) asked(mod *person, text string, approved bool) string {
	h.t.Helper()
	id, _ := h.visited().ask(text)
	if approved {
		if got := mod.on(id, "approve", ""); got.status != http.StatusOK {
			h.t.Fatalf("approve: %d %s", got.status, got.body)
		}
	}
	return id
}

// board is the snapshot that everybody is given.
func (h *house) board() answer {
	h.t.Helper()
	b, ok := h.hub.Board("smw")
	if !ok {
		h.t.Fatal("no board")
	}
	v, _ := b.View(display.PublicView)
	return answer{t: h.t, status: http.StatusOK, body: string(v.Snapshot().Body)}
}

// What an action's body may be, and what is answered where it may not.
func TestActionBodies(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	a, b := h.asked(mod, "Call me on 07700 900142", true), h.asked(mod, "Why?", true)
	pending := h.asked(mod, "Not yet", false)
	for _, tt := range []struct {
		id, action, body string
		status           int
		where, want      string // what the answer has where
	}{
		{a, "edit", `{"text":"  Call me  "}`, 200, "text", "Call me"},
		{a, "edit", `{"text":"Call me"}`, 200, "original", "Call me on 07700 900142"},
		{a, "edit", `{"text":""}`, 422, "errors.0.field", "text"},
		{a, "edit", `{"text":null}`, 422, "errors.0.field", "text"},
		{a, "edit", ``, 422, "errors.0.field", "text"},
		{a, "edit", `{"text":"x","kind":"story"}`, 422, "errors.0.field", "kind"},
		{a, "edit", `{"text":`, 400, "type", "/problems/bad-request"},
		{a, "note", `{"text":"Ask her first"}`, 200, "note", "Ask her first"},
		{a, "note", `{"text":""}`, 200, "note", ""},
		{a, "note", `{}`, 422, "errors.0.field", "text"},
		{a, "tag", `{"add":["#Housing"],"remove":[]}`, 200, "tags.0", "Housing"},
		{a, "tag", `{"remove":["housing"]}`, 200, "tags.0", ""},
		{a, "tag", `{"add":["x"],"remove":["X"]}`, 422, "errors.0.field", "add"},
		{a, "tag", `{"add":"x"}`, 422, "errors.0.field", "add"},
		{a, "kind", `{"kind":"story"}`, 200, "kind", "story"},
		{a, "kind", `{"kind":"rant"}`, 422, "errors.0.field", "kind"},
		{a, "kind", `{}`, 422, "errors.0.field", "kind"},
		{b, "move", `{"after":null}`, 200, "id", b},
		{b, "move", `{"after":"` + a + `"}`, 200, "id", b},
		{b, "move", `{"after":"` + b + `"}`, 422, "errors.0.field", "after"},
		{b, "move", `{"after":"` + pending + `"}`, 422, "errors.0.field", "after"},
		{b, "move", `{}`, 422, "errors.0.field", "after"},
		{pending, "move", `{"after":null}`, 422, "type", "/problems/wrong-state"},
		{b, "undo", ``, 200, "id", b},
		{b, "undo", `{"after":null}`, 422, "errors.0.field", "after"},
	} {
		got := mod.on(tt.id, tt.action, tt.body)
		if got.status != tt.status || got.str(tt.where) != tt.want {
			t.Errorf("%s %s: %d %s; want %d with %s %q", tt.action, tt.body, got.status, got.body, tt.status, tt.where, tt.want)
		}
		if got.status == http.StatusOK && got.header.Get("ETag") != mod.item(tt.id).header.Get("ETag") {
			t.Errorf("%s %s: ETag %s is not the newest", tt.action, tt.body, got.header.Get("ETag"))
		}
	}
}

// Every action is checked in the contract's order: credential, right, existence, body, If-Match, state.
func TestActionOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	chair, _, _ := h.link("chair")
	id := h.asked(mod, "Why?", true)
	stale := mod.item(id).header.Get("ETag")
	if got := mod.on(id, "note", `{"text":"x"}`); got.status != http.StatusOK {
		t.Fatalf("note: %d %s", got.status, got.body)
	}
	for action, body := range map[string]string{
		"edit": `{"text":"Why not?"}`, "note": `{"text":"y"}`, "tag": `{"add":["x"]}`, "kind": `{"kind":"story"}`, "move": `{"after":null}`,
		"merge": `{"into":"x"}`, "split": `{}`, "paraphrase": `{"text":"z"}`, "file": `{"prompt":null}`,
	} {
		path := func(id string) string { return "/api/v1/events/smw/submissions/" + id + "/" + action }
		for _, tt := range []struct {
			name   string
			got    answer
			status int
		}{
			{"by nobody", h.visitor().post(path("nosuchid"), `{"x":1}`), 401},
			{"by the chair", chair.post(path("nosuchid"), `{"x":1}`), 403},
			{"of nothing", mod.post(path("nosuchid"), `{"x":1}`), 404},
			{"with a bad body", mod.post(path(id), `{"x":1}`), 422},
			{"without If-Match", mod.post(path(id), body), 428},
			{"with a bad If-Match", mod.post(path(id), body, "If-Match", "x"), 400},
			{"on a stale revision", mod.post(path(id), body, "If-Match", stale), 409},
		} {
			if tt.got.status != tt.status {
				t.Errorf("%s %s: %d %s, want %d", action, tt.name, tt.got.status, tt.got.body, tt.status)
			}
			if tt.status == http.StatusConflict && (tt.got.str("current.note") != "x" || tt.got.header.Get("ETag") != mod.item(id).header.Get("ETag")) {
				t.Errorf("%s %s: %s, ETag %s; want the item as it is now", action, tt.name, tt.got.body, tt.got.header.Get("ETag"))
			}
		}
	}
}

func TestHistoryOfAmendments(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	id := h.asked(mod, "Call me on 07700 900142", false)
	mod.on(id, "edit", `{"text":"Call me"}`)
	mod.on(id, "note", `{"text":"Ask her first"}`)
	mod.on(id, "tag", `{"add":["phones"]}`)
	got := mod.get("/api/v1/events/smw/submissions/" + id + "/history")
	for path, want := range map[string]string{
		"items.0.after.text": "Call me on 07700 900142", "items.1.action": "edit", "items.1.before.text": "Call me on 07700 900142",
		"items.1.after.text": "Call me", "items.2.before.note": "", "items.2.after.note": "Ask her first", "items.3.after.tags.0": "phones",
		"items.3.by.role": "moderator",
	} {
		if got.str(path) != want {
			t.Errorf("%s is %q, want %q", path, got.str(path), want)
		}
	}
}

// Merging pools those who asked, is told to them, and is undone and split without loss.
func TestMergeAndSplit(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	chair, _, _ := h.link("chair")
	ana := h.visited()
	dup, receipt := ana.ask("How many are women here?")
	root := h.asked(mod, "How many women are there?", true)
	mod.on(dup, "approve", "")
	merge := `{"into":"` + root + `"}`

	got := mod.on(dup, "merge", merge)
	if got.status != http.StatusOK || got.str("id") != dup || got.str("merged_into") != root || got.str("state") != "approved" {
		t.Fatalf("merge: %d %s", got.status, got.body)
	}
	if again := mod.on(dup, "merge", merge); again.status != http.StatusOK || again.num("rev") != got.num("rev") {
		t.Errorf("the same again: %d %s, want no new revision", again.status, again.body)
	}
	if it := mod.item(root); it.num("votes") != 1 || it.num("support") != 2 || it.num("similar") != 1 {
		t.Errorf("what it was merged into: %s, want 1 vote, support 2, similar 1", it.body)
	}
	board := h.board()
	if strings.Contains(board.body, dup) || board.at("items.0.id") != root || board.num("items.0.votes") != 1 || board.num("items.0.similar") != 1 {
		t.Errorf("the public board: %s", board.body)
	}
	if got := ana.get("/api/v1/events/smw/mine"); got.str("items.0.status") != "merged" || got.str("items.0.merged_into") != root {
		t.Errorf("what its sender is told: %s", got.body)
	}
	if got := ana.get(receipt); !strings.Contains(got.body, "Joined with another: in the queue") || !strings.Contains(got.body, "How many women are there?") {
		t.Errorf("the receipt does not say what became of it")
	}
	if got := chair.post("/api/v1/events/smw/submissions/"+dup+"/undo", "", "If-Match", mod.item(dup).header.Get("ETag")); got.status != http.StatusNotFound {
		t.Errorf("by the chair, who does not see it: %d %s", got.status, got.body)
	}
	history := mod.get("/api/v1/events/smw/submissions/" + dup + "/history")
	if history.str("items.2.action") != "merge" || history.at("items.2.before.merged_into") != nil || history.str("items.2.after.merged_into") != root {
		t.Errorf("history: %s", history.body)
	}

	for _, tt := range []struct {
		name, id, action, body string
		status                 int
		where, want            string
	}{
		{"into what is merged", root, "merge", `{"into":"` + dup + `"}`, 422, "errors.0.field", "into"},
		{"into itself", root, "merge", merge, 422, "errors.0.field", "into"},
		{"into nothing", root, "merge", `{"into":"nosuchid"}`, 422, "errors.0.field", "into"},
		{"into nobody", root, "merge", `{"into":null}`, 422, "errors.0.field", "into"},
		{"without a word", root, "merge", ``, 422, "errors.0.field", "into"},
		{"answering what is merged", dup, "answer", ``, 422, "type", "/problems/wrong-state"},
		{"undo", dup, "undo", ``, 200, "state", "approved"},
		{"split, as it is", dup, "split", ``, 200, "state", "approved"},
		{"merge", dup, "merge", merge, 200, "merged_into", root},
		{"split", dup, "split", ``, 200, "merged_into", ""},
	} {
		if got := mod.on(tt.id, tt.action, tt.body); got.status != tt.status || got.str(tt.where) != tt.want {
			t.Errorf("%s: %d %s; want %d with %s %q", tt.name, got.status, got.body, tt.status, tt.where, tt.want)
		}
	}
	if it := mod.item(root); it.num("votes") != 0 || it.num("support") != 1 || it.num("similar") != 0 {
		t.Errorf("split again: %s, want nothing pooled", it.body)
	}
	if got := chair.put("/api/v1/events/smw/stage", `{"now":"`+dup+`"}`); got.status != http.StatusOK {
		t.Fatalf("stage: %d %s", got.status, got.body)
	}
	if got := mod.on(dup, "merge", merge); got.status != http.StatusUnprocessableEntity || got.str("type") != "/problems/wrong-state" {
		t.Errorf("merging the live one: %d %s, want 422", got.status, got.body)
	}
}

// When the one that stands for others is taken back, the others are there again.
func TestWithdrawnTargetSplits(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	ana := h.visited()
	root, receipt := ana.ask("How many women are there?")
	mod.on(root, "approve", "")
	dup := h.asked(mod, "How many are women here?", true)
	mod.on(dup, "merge", `{"into":"`+root+`"}`)
	if got := ana.form(strings.TrimPrefix(receipt, h.url)+"/withdraw", ""); got.status != http.StatusSeeOther {
		t.Fatalf("withdraw: %d", got.status)
	}
	if it := mod.item(dup); it.at("merged_into") != nil || it.str("state") != "approved" {
		t.Errorf("what was merged into it: %s", it.body)
	}
	if board := h.board(); board.at("items.0.id") != dup || strings.Contains(board.body, root) {
		t.Errorf("the public board: %s", board.body)
	}
}

func TestParaphraseAndFile(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	ana := h.visited()
	id, receipt := ana.ask("A long question with a great many words")
	mod.on(id, "approve", "")
	rank := mod.item(id).str("rank")
	for _, body := range []string{``, `{}`, `{"text":" "}`} {
		if got := mod.on(id, "paraphrase", body); got.status != http.StatusUnprocessableEntity || got.str("errors.0.field") != "text" {
			t.Errorf("paraphrase %s: %d %s, want 422 for the text", body, got.status, got.body)
		}
	}
	p := mod.on(id, "paraphrase", `{"text":"A short one"}`)
	if p.status != http.StatusOK || p.str("paraphrase_of") != id || p.str("source") != "desk" || p.str("state") != "approved" || p.str("rank") != rank ||
		p.num("votes") != 0 || p.num("similar") != 1 || p.str("author.name") != "" || p.header.Get("ETag") != mod.item(p.str("id")).header.Get("ETag") {
		t.Fatalf("paraphrase: %d %s", p.status, p.body)
	}
	if got := mod.item(id); got.str("merged_into") != p.str("id") || got.str("text") != "A long question with a great many words" {
		t.Errorf("the post: %s", got.body)
	}
	if board := h.board(); board.str("items.0.id") != p.str("id") || strings.Contains(board.body, "great many") || board.at("items.1") != nil {
		t.Errorf("the board: %s", board.body)
	}
	undone := mod.on(p.str("id"), "undo", "")
	if undone.status != http.StatusOK || undone.str("state") != "withdrawn" || mod.item(id).at("merged_into") != nil {
		t.Errorf("undone: %d %s", undone.status, undone.body)
	}
	p = mod.on(id, "paraphrase", `{"text":"Shorter"}`)
	ana.form(strings.TrimPrefix(receipt, h.url)+"/withdraw", "")
	if got := mod.item(p.str("id")); got.str("state") != "withdrawn" || got.str("text") != "" {
		t.Errorf("after its post was taken back: %s", got.body)
	}

	other := h.asked(mod, "Why?", false)
	for _, tt := range []struct {
		body   string
		status int
	}{{`{"prompt":null}`, 200}, {`{"prompt":2}`, 422}, {`{"prompt":"2"}`, 422}, {`{}`, 422}, {`{"prompt":1.5}`, 422}} {
		if got := mod.on(other, "file", tt.body); got.status != tt.status || tt.status == 422 && got.str("errors.0.field") != "prompt" {
			t.Errorf("file %s: %d %s, want %d", tt.body, got.status, got.body, tt.status)
		}
	}
}
