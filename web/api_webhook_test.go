package web_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// signed sends a webhook as a program does.
func (p *person) signed(id string, at time.Time, body string, header ...string) answer {
	p.h.t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(webhookSecret, "whsec_"))
	if err != nil {
		p.h.t.Fatal(err)
	}
	ts := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, ts, body)
	h := append([]string{"webhook-id", id, "webhook-timestamp", ts, "webhook-signature", "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))}, header...)
	return p.do(http.MethodPost, "/api/v1/events/smw/webhook", "application/json", body, h...)
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	program, now := h.visitor(), time.Now()
	mod, _, _ := h.link("moderator")
	const body = `{"type":"story.submitted","timestamp":"2026-11-20T18:06:00Z","data":{"text":"We opened one account","name":"Ana","kind":"story","url":"https://a.example/1","posted_at":"2026-11-20T18:06:00Z","id":"s-1"}}`
	// A page's origin does not matter: the signature is the credential.
	got := program.signed("msg_1", now, body, "Origin", "https://elsewhere.example", "Sec-Fetch-Site", "cross-site")
	if got.status != http.StatusAccepted || got.str("id") == "" {
		t.Fatalf("webhook: %d %s", got.status, got.body)
	}
	it := mod.item(got.str("id"))
	if it.str("source") != "webhook" || it.str("kind") != "story" || it.str("text") != "We opened one account" || it.str("author.name") != "Ana" ||
		it.str("url") != "https://a.example/1" || it.str("posted_at") != "2026-11-20T18:06:00Z" {
		t.Errorf("stored: %s", it.body)
	}
	if again := program.signed("msg_1", now.Add(time.Minute), body); again.status != http.StatusAccepted || again.str("id") != got.str("id") {
		t.Errorf("again: %d %s", again.status, again.body)
	}
	if list := mod.get("/api/v1/events/smw/submissions"); list.at("items.1") != nil {
		t.Errorf("stored twice: %s", list.body)
	}
	ts := strconv.FormatInt(now.Unix(), 10)
	for name, got := range map[string]answer{
		"old":            program.signed("msg_2", now.Add(-6*time.Minute), body),
		"future":         program.signed("msg_2", now.Add(6*time.Minute), body),
		"bad signature":  program.do("POST", "/api/v1/events/smw/webhook", "application/json", body, "webhook-id", "msg_2", "webhook-timestamp", ts, "webhook-signature", "v1,AAAA"),
		"no headers":     h.organiser().post("/api/v1/events/smw/webhook", body),
		"no such event":  program.do("POST", "/api/v1/events/nope/webhook", "application/json", body),
		"another method": program.get("/api/v1/events/smw/webhook"),
	} {
		want := http.StatusUnauthorized
		if name == "another method" {
			want = http.StatusMethodNotAllowed
		}
		if got.status != want {
			t.Errorf("%s: %d %s, want %d", name, got.status, got.body, want)
		}
	}
	if got := program.signed("msg_3", now, `{"type":"question.submitted"`); got.status != http.StatusBadRequest {
		t.Errorf("broken JSON: %d %s", got.status, got.body)
	}
	if got := program.signed("msg_3", now, `{"type":"answer.submitted","data":{"text":"a"}}`); got.status != http.StatusUnprocessableEntity || got.str("errors.0.field") != "type" {
		t.Errorf("an answer in a panel: %d %s", got.status, got.body)
	}
	if got := program.signed("msg_3", now, `{"data":"`+strings.Repeat("a", 70<<10)+`"}`); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d %s", got.status, got.body)
	}
	h.organiser().post("/api/v1/events/smw/close", "")
	if got := program.signed("msg_4", now, body); got.status != http.StatusForbidden || !strings.Contains(got.body, "/problems/closed") {
		t.Errorf("closed: %d %s", got.status, got.body)
	}
}
