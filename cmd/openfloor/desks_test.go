package main_test

import (
	"flag"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

var desksRounds = flag.Int("desks.rounds", 100, "how often moderators race for one revision")

// racers is how many moderators decide about the same revision at once.
const racers = 8

// TestDesksRace has moderators decide about the same revision at the same time, over two moderation processes on
// one NATS: always one of them wins, and the others see what the winner made of it.
func TestDesksRace(t *testing.T) {
	t.Parallel()
	rnd := seeded(t)
	h := openHouse(t)
	const slug = "race"
	makeEvent(t, h.web, slug, nil)
	attendee := somebody(t, h.web, slug)
	books := newLedger(slug)
	for n := range *desksRounds {
		books.send(t.Context(), attendee, books.add(&entry{text: fmt.Sprintf("Who decides about question %d?", n)}))
	}
	var team []*person
	for n := range racers {
		team = append(team, moderator(t, h.web, slug, fmt.Sprintf("Moderator %d", n)))
	}
	books.compare(t, team[0], false).clean(t)
	list, err := team[0].list(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != *desksRounds {
		t.Fatalf("%d submissions, want %d", len(list), *desksRounds)
	}
	wins := map[string]int{}
	for _, it := range list {
		wins[raceFor(t, team, it, rnd.Perm(racers))]++
		if t.Failed() {
			t.Fatalf("the race for %s", it.ID)
		}
	}
	for _, desk := range []*process{h.moderation1, h.moderation2} {
		if !strings.Contains(desk.stderr.String(), "msg=decided") {
			t.Errorf("%s has decided nothing, so this was no race between processes", desk.name)
		}
	}
	fmt.Fprintf(t.Output(), "%d races of %d moderators over 2 moderation processes: always one winner (%v)\n", *desksRounds, racers, wins)
}

// raceFor has everybody decide about it at its present revision, and returns the state that it ended up in. Order is
// who wants what: the same people always come off first.
func raceFor(t *testing.T, team []*person, it item, order []int) string {
	t.Helper()
	states := map[string]string{"approve": "approved", "reject": "rejected", "hold": "held"}
	var actions []string
	for _, n := range order {
		actions = append(actions, []string{"approve", "reject", "hold"}[n%3])
	}
	answers := make([]answer, len(team))
	begin := make(chan struct{})
	var all sync.WaitGroup
	for n, who := range team {
		all.Go(func() {
			<-begin
			a, err := who.decide(t.Context(), it.ID, it.Rev, actions[n])
			if err != nil {
				t.Errorf("moderator %d: %v", n, err)
			}
			answers[n] = a
		})
	}
	close(begin)
	all.Wait()

	var won item
	winner := -1
	for n, a := range answers {
		if a.status != http.StatusOK {
			continue
		}
		if winner >= 0 {
			t.Errorf("moderators %d and %d both won", winner, n)
		}
		winner = n
		a.decode(t, &won)
		if want := states[actions[n]]; won.ID != it.ID || won.Rev <= it.Rev || won.State != want {
			t.Errorf("moderator %d won and got %+v, want %s %s after revision %d", n, won, it.ID, want, it.Rev)
		}
	}
	if winner < 0 {
		t.Errorf("nobody won: %d %s", answers[0].status, answers[0].body)
	}
	tag := fmt.Sprintf(`"%d"`, won.Rev)
	for n, a := range answers {
		if n == winner {
			if got := a.header.Get("ETag"); got != tag {
				t.Errorf("the winner has ETag %s, want %s", got, tag)
			}
			continue
		}
		p := a.wantProblem(t, http.StatusConflict, "stale")
		if p.Current == nil || *p.Current != won {
			t.Errorf("moderator %d is shown %+v, want the winner's %+v", n, p.Current, won)
		}
		if got := a.header.Get("ETag"); got != tag {
			t.Errorf("moderator %d has ETag %s, want the winner's %s", n, got, tag)
		}
	}
	var history struct {
		Items []struct {
			Rev uint64 `json:"rev"`
		} `json:"items"`
	}
	team[0].must(t, http.StatusOK, "GET", "/submissions/"+it.ID+"/history", nil).decode(t, &history)
	if len(history.Items) != 2 || history.Items[1].Rev != won.Rev {
		t.Errorf("the history is %+v, want the arrival and the winner's revision %d alone", history.Items, won.Rev)
	}
	return won.State
}
