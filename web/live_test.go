package web_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const liveAt = "/api/v1/events/smw/live"

// eventsOf opens a stream of server-sent events, and returns a function that reads the next one: its id and data.
func (p *person) eventsOf(query string, header ...string) (*http.Response, func() (id string, data answer)) {
	p.h.t.Helper()
	ctx, cancel := context.WithTimeout(p.h.t.Context(), 20*time.Second)
	p.h.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.h.url+liveAt+query, nil)
	if err != nil {
		p.h.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := p.client.Do(req)
	if err != nil {
		p.h.t.Fatal(err)
	}
	p.h.t.Cleanup(func() { _ = resp.Body.Close() })
	lines := bufio.NewReader(resp.Body)
	return resp, func() (id string, data answer) {
		p.h.t.Helper()
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				p.h.t.Fatalf("the stream of events ended: %v", err)
			}
			line = strings.TrimSuffix(line, "\n")
			name, value, _ := strings.Cut(line, ": ")
			switch {
			case name == "id":
				id = value
			case name == "data":
				data = answer{t: p.h.t, body: value}
			case line == "" && data.body != "":
				return id, data
			case line != "" && name != "retry" && line[0] != ':':
				p.h.t.Errorf("an event has the line %q, want id and data alone", line)
			}
		}
	}
}

func TestLiveEvents(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	ana := h.visitor()
	resp, next := ana.eventsOf("?view=public")
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("answer: %d %v", resp.StatusCode, resp.Header)
	}
	id, snapshot := next()
	if snapshot.str("type") != "snapshot" || id != fmt.Sprint(snapshot.num("seq")) {
		t.Fatalf("it begins with id %s and %s", id, snapshot.body)
	}
	asked, _ := ana.ask("By events?")
	mod.act(asked, "approve")
	for {
		id, data := next()
		if id != fmt.Sprint(data.num("seq")) {
			t.Errorf("id %s with %s", id, data.body)
		}
		if data.str("type") == "item" && data.str("item.text") == "By events?" {
			break
		}
	}
	// Coming back, by an address that knows nothing and a header that does.
	_, next = h.visitor().eventsOf("", "Last-Event-ID", id)
	for {
		_, data := next()
		if data.str("type") == "snapshot" {
			t.Errorf("Last-Event-ID %s was not honoured: %s", id, data.body)
		}
		if data.str("type") == "item" {
			break
		}
	}
	for name, header := range map[string]string{"beyond the newest": "99999999", "no number": "x"} {
		_, next = h.visitor().eventsOf("", "Last-Event-ID", header)
		if _, data := next(); data.str("type") != "snapshot" {
			t.Errorf("%s: began with %s, want a snapshot", name, data.body)
		}
	}
	_, next = h.visitor().eventsOf("?since="+id+"&epoch=another", "Last-Event-ID", id)
	if _, data := next(); data.str("type") != "snapshot" {
		t.Errorf("of another epoch: began with %s, want a snapshot", data.body)
	}
	_, next = mod.eventsOf("?view=moderation")
	if _, data := next(); data.str("type") != "snapshot" || data.str("who.0.name") != "moderator one" || !strings.Contains(data.body, `"screens":[]`) {
		t.Errorf("the moderators' view: %s", data.body)
	}
}

func TestLivePoll(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	chair, _, _ := h.link("chair")
	ana := h.visitor()
	ana.get("/e/smw")
	first := ana.get(liveAt)
	epoch, seq := first.str("0.epoch"), first.num("0.seq")
	if first.status != http.StatusOK || first.str("0.type") != "snapshot" || first.at("1") != nil || first.header.Get("Content-Type") != "application/json" ||
		first.header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(first.header.Get("Cache-Control"), "no-store") {
		t.Fatalf("the first poll: %d %v %s", first.status, first.header, first.body)
	}
	asked, _ := ana.ask("By polls?")
	mod.act(asked, "approve")
	got := ana.get(fmt.Sprintf("%s?since=%d&epoch=%s", liveAt, seq, epoch))
	if got.status != http.StatusOK || !strings.Contains(got.body, `"By polls?"`) || strings.Contains(got.body, `"snapshot"`) {
		t.Errorf("the news: %d %s", got.status, got.body)
	}
	// Nothing is news to whoever has it all; what comes is at once.
	last := 0
	for i := 0; got.at(fmt.Sprint(i)) != nil; i++ {
		last = max(last, got.num(fmt.Sprint(i, ".seq")))
	}
	held := make(chan answer, 1)
	begun := time.Now()
	go func() {
		held <- ana.get(fmt.Sprintf("%s?since=%d&epoch=%s&at=%s", liveAt, last, epoch, got.header.Get("Openfloor-At")))
	}()
	time.Sleep(300 * time.Millisecond) // it would have come back by then if what it has were news to it
	mod.act(asked, "reject")
	if got := <-held; time.Since(begun) < 250*time.Millisecond || !strings.Contains(got.body, `"gone"`) || strings.Contains(got.body, "By polls") {
		t.Errorf("after %s: %s", time.Since(begun), got.body)
	}
	h.visitor().watch("public").until("two viewers, who polls and this one", func(a answer) bool { return a.num("counts.viewers") == 2 })
	notes := chair.get(liveAt + "?view=chair")
	if notes.status != http.StatusOK || notes.header.Get("Access-Control-Allow-Origin") != "" || !strings.Contains(notes.body, `"signals":[]`) {
		t.Errorf("the chair's view: %d %v %s", notes.status, notes.header, notes.body)
	}
	for want, who := range map[int]*person{http.StatusUnauthorized: h.visitor(), http.StatusForbidden: chair} {
		if got := who.get(liveAt + "?view=moderation"); got.status != want {
			t.Errorf("the moderators' view for somebody else: %d, want %d: %s", got.status, want, got.body)
		}
	}
	// A browser's own page says nothing of its origin when it only reads.
	joined := h.visitor()
	_, url, _ := h.link("moderator")
	joined.form(url, "")
	if got := joined.get(liveAt + "?view=moderation"); got.status != http.StatusOK || got.str("0.type") != "snapshot" {
		t.Errorf("by a session's cookie: %d %s", got.status, got.body)
	}
	if got := joined.get(liveAt+"?view=moderation", "Origin", "https://evil.example"); got.status != http.StatusForbidden {
		t.Errorf("by a session's cookie from elsewhere: %d, want 403", got.status)
	}
}
