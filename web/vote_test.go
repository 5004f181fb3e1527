package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// votes puts or takes back a vote.
func (p *person) votes(method, id string, header ...string) answer {
	p.h.t.Helper()
	return p.do(method, "/api/v1/events/smw/submissions/"+id+"/vote", "", "", header...)
}

// One person is one vote, however often and in whatever way they press; the pages say which are theirs.
func TestVote(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	id := h.asked(mod, "Who decides?", true)
	ana, ben := h.visited(), h.visitor()
	ben.get("/api/v1/events/smw") // sets the cookie too
	want := func(got answer, votes int) {
		t.Helper()
		if got.status != http.StatusOK || got.num("votes") != votes {
			t.Errorf("%d %s, want %d votes", got.status, got.body, votes)
		}
	}
	want(ana.votes("DELETE", id), 0)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { ana.votes("PUT", id) })
	}
	wg.Wait()
	want(ana.votes("PUT", id), 1)
	want(ben.votes("PUT", id), 2)
	want(mod.votes("PUT", id), 3)
	want(mod.votes("PUT", id), 3)
	if got := mod.item(id); got.num("votes") != 3 || got.num("support") != 4 {
		t.Errorf("the item: %d votes, support %d", got.num("votes"), got.num("support"))
	}
	mine, other := `name="unvote" value="`+id+`"`, `name="vote" value="`+id+`"`
	if a, v := ana.get("/e/smw").body, h.visitor().get("/e/smw").body; !strings.Contains(a, mine) || strings.Contains(a, other) || strings.Contains(v, mine) || !strings.Contains(v, other) {
		t.Errorf("the page does not say whose vote is in:\n%s", a)
	}
	want(ben.votes("DELETE", id), 2)
	if got := ana.form("/e/smw/vote", "unvote="+id); got.status != http.StatusSeeOther || got.header.Get("Location") != "/e/smw#queue" {
		t.Errorf("the form: %d to %s", got.status, got.header.Get("Location"))
	}
	if got := ben.form("/e/smw/vote", "vote="+id); got.status != http.StatusSeeOther {
		t.Errorf("the form: %d", got.status)
	}
	if got := mod.item(id).num("votes"); got != 2 {
		t.Errorf("%d votes, want ben's and the moderator's", got)
	}

	// Merged, a voter for both is one; taking a vote back takes back both.
	second := h.asked(mod, "Who is to decide?", true)
	want(ben.votes("PUT", second), 1)
	if got := mod.on(second, "merge", `{"into":"`+id+`"}`); got.status != http.StatusOK {
		t.Fatalf("merge: %d %s", got.status, got.body)
	}
	if got := mod.item(id); got.num("votes") != 3 || got.num("support") != 4 { // ben, the moderator, and who asked the second
		t.Errorf("merged: %d votes, support %d", got.num("votes"), got.num("support"))
	}
	want(ben.votes("DELETE", id), 2)
	if got := ben.votes("PUT", second); got.status != http.StatusUnprocessableEntity {
		t.Errorf("voting for what is merged: %d %s", got.status, got.body)
	}
}

func TestVoteRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	screen, _, _ := h.link("screen")
	id, pending, answered := h.asked(mod, "Who decides?", true), h.asked(mod, "Not yet", false), h.asked(mod, "Done", true)
	mod.act(answered, "answer")
	ana := h.visited()
	for name, c := range map[string]struct {
		who    *person
		id     string
		status int
	}{
		"without a cookie":  {h.visitor(), id, 401},
		"with a bad token":  {h.with("no such token"), id, 401},
		"by a screen":       {screen, id, 403},
		"for nothing":       {ana, strings.Repeat("a", 26), 404},
		"for what waits":    {ana, pending, 422},
		"for what is over":  {ana, answered, 422},
		"for what is there": {ana, id, 200},
	} {
		for _, method := range []string{"PUT", "DELETE"} {
			if got := c.who.votes(method, c.id); got.status != c.status {
				t.Errorf("%s %s: %d %s, want %d", method, name, got.status, got.body, c.status)
			}
		}
	}
	if got := ana.put("/api/v1/events/smw/submissions/"+id+"/vote", `{"votes":9}`); got.status != http.StatusUnprocessableEntity {
		t.Errorf("with a field: %d %s", got.status, got.body)
	}
	if got := ana.votes("PUT", id, "Origin", "https://evil.example"); got.status != http.StatusForbidden {
		t.Errorf("from elsewhere: %d", got.status)
	}
	if got := ana.form("/e/smw/vote", "vote="+pending); got.status != http.StatusUnprocessableEntity {
		t.Errorf("the form for what waits: %d", got.status)
	}
	if got := h.visitor().form("/e/smw/vote", "vote="+id); got.status != http.StatusUnauthorized {
		t.Errorf("the form without a cookie: %d", got.status)
	}
	if got := h.organiser().post("/api/v1/events/smw/close", ""); got.status != http.StatusOK {
		t.Fatal(got.body)
	}
	if got := ana.votes("PUT", id); got.status != http.StatusForbidden || got.str("type") != "/problems/closed" {
		t.Errorf("after the end: %d %s", got.status, got.body)
	}
	if strings.Contains(ana.get("/e/smw").body, `value="`+id+`"`) {
		t.Error("there is a button for it after the end")
	}
}

// Every view hears the totals, and what is erased takes its votes with it.
func TestTallies(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	asker := h.visited()
	id, _ := asker.ask("Who decides?")
	mod.act(id, "approve")
	views := map[string]*stream{"public": h.visitor().watch("public"), "moderation": mod.watch("moderation")}
	const people = 30
	var wg sync.WaitGroup
	for range people {
		p := h.visited()
		wg.Go(func() { p.votes("PUT", id) })
	}
	wg.Wait()
	for name, s := range views {
		s.until(name+": all votes", func(a answer) bool {
			return strings.HasPrefix(a.body, `{"type":"tally"`) && strings.Contains(a.body, fmt.Sprintf(`"%s":%d`, id, people))
		})
	}
	if got := asker.post("/api/v1/events/smw/submissions/"+id+"/withdraw", ""); got.status != http.StatusOK {
		t.Fatalf("withdraw: %d %s", got.status, got.body)
	}
	if known := h.record.Votes().Known("smw"); len(known) != 0 {
		t.Errorf("votes are still counted for %q", known)
	}
}
