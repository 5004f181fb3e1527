package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// batched sends one action for several, each at the revision given.
func (p *person) batched(action, body string, items []batchOne, header ...string) answer {
	p.h.t.Helper()
	sent, err := json.Marshal(map[string]any{"action": action, "body": json.RawMessage(body), "items": items})
	if err != nil {
		p.h.t.Fatal(err)
	}
	return p.post("/api/v1/events/smw/submissions/batch", string(sent), header...)
}

type batchOne struct {
	ID  string `json:"id"`
	Rev any    `json:"rev"`
}

func TestBatch(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	var items []batchOne
	for i := range 4 {
		id := h.asked(mod, fmt.Sprint("Question ", i), false)
		items = append(items, batchOne{id, mod.item(id).num("rev")})
	}
	mod.on(items[1].ID, "note", `{"text":"Somebody was here"}`)
	mixed := append(items, batchOne{"nosuchid", 1}, batchOne{items[0].ID, nil}, batchOne{items[0].ID, 0})
	got := mod.batched("approve", "{}", mixed)
	want := []struct {
		status  int
		problem string
	}{{200, ""}, {409, "/problems/stale"}, {200, ""}, {200, ""}, {404, "/problems/not-found"}, {428, "/problems/precondition-required"}, {400, "/problems/bad-request"}}
	if got.status != http.StatusOK {
		t.Fatalf("batch: %d %s", got.status, got.body)
	}
	for i, w := range want {
		at := fmt.Sprintf("results.%d.", i)
		if got.str(at+"id") != mixed[i].ID || got.num(at+"status") != w.status || got.str(at+"problem.type") != w.problem {
			t.Errorf("result %d: %v, want %d %s", i, got.at(fmt.Sprintf("results.%d", i)), w.status, w.problem)
		}
		if rev := got.at(at + "rev"); (rev != nil) != (w.status == 200) || rev != nil && got.num(at+"rev") != mod.item(mixed[i].ID).num("rev") {
			t.Errorf("result %d has revision %v", i, rev)
		}
	}
	if got.str("results.1.problem.current.note") != "Somebody was here" {
		t.Errorf("the stale one is not shown as it is now: %s", got.body)
	}
	if ids := h.queued(); strings.Join(ids, " ") != strings.Join([]string{items[0].ID, items[2].ID, items[3].ID}, " ") {
		t.Errorf("the queue is %v, want them in the order of the batch", ids)
	}
	if again := mod.batched("approve", "null", mixed[4:]); again.status != http.StatusOK || again.num("results.0.status") != 404 {
		t.Errorf("where all fail: %d %s, want 200", again.status, again.body)
	}
	if got := mod.batched("reject", `{"reason":"Off topic"}`, []batchOne{{items[1].ID, mod.item(items[1].ID).num("rev")}}); got.num("results.0.status") != 200 || mod.item(items[1].ID).str("reason") != "Off topic" {
		t.Errorf("with a body: %s", got.body)
	}
}

// queued is the public queue, in its order.
func (h *house) queued() []string {
	h.t.Helper()
	var board struct {
		Items []struct{ ID, State string }
	}
	if err := json.Unmarshal([]byte(h.board().body), &board); err != nil {
		h.t.Fatal(err)
	}
	var ids []string
	for _, it := range board.Items {
		if it.State == "approved" {
			ids = append(ids, it.ID)
		}
	}
	return ids
}

func TestBatchRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	chair, _, _ := h.link("chair")
	many := make([]batchOne, 201)
	for i := range many {
		many[i] = batchOne{"x", 1}
	}
	for _, tt := range []struct {
		name   string
		got    answer
		status int
		field  string
	}{
		{"by nobody", h.visitor().batched("approve", "{}", nil), 401, ""},
		{"by the chair", chair.batched("approve", "{}", nil), 403, ""},
		{"of nothing", mod.batched("approve", "{}", nil), 422, "items"},
		{"too many", mod.batched("approve", "{}", many), 422, "items"},
		{"an unknown action", mod.batched("promote", "{}", many[:1]), 422, "action"},
		{"what only an author does", mod.batched("withdraw", "{}", many[:1]), 422, "action"},
		{"a bad body", mod.batched("approve", `{"reason":"x"}`, many[:1]), 422, "reason"},
		{"no body where one is needed", mod.batched("merge", `null`, many[:1]), 200, ""},
		{"broken", mod.post("/api/v1/events/smw/submissions/batch", `{"action":`), 400, ""},
		{"empty", mod.post("/api/v1/events/smw/submissions/batch", ``), 400, ""},
		{"none of 0", mod.batched("approve", "{}", []batchOne{}), 200, ""},
	} {
		if tt.got.status != tt.status || tt.field != "" && tt.got.str("errors.0.field") != tt.field {
			t.Errorf("%s: %d %s, want %d %s", tt.name, tt.got.status, tt.got.body, tt.status, tt.field)
		}
	}
}

// A batch repeated with its key is answered as the first time, unless that would say again what was taken back since.
func TestBatchRepeated(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	ana := h.visited()
	id, receipt := ana.ask("Please forget this sentence")
	stale := batchOne{id, mod.item(id).num("rev")}
	mod.on(id, "hold", "")
	send := func() answer {
		return mod.batched("approve", "{}", []batchOne{stale}, "Idempotency-Key", "tap")
	}
	first := send()
	if first.num("results.0.status") != 409 || !strings.Contains(first.body, "forget") {
		t.Fatalf("stale: %s", first.body)
	}
	if again := send(); again.body != first.body {
		t.Errorf("the same again: %s, want the first answer", again.body)
	}
	if got := mod.batched("reject", "{}", []batchOne{stale}, "Idempotency-Key", "tap"); got.status != 422 || got.str("type") != "/problems/key-reused" {
		t.Errorf("another body with the same key: %d %s", got.status, got.body)
	}
	ana.form(strings.TrimPrefix(receipt, h.url)+"/withdraw", "")
	if again := send(); strings.Contains(again.body, "forget") {
		t.Errorf("after it was taken back: %s", again.body)
	}
}
