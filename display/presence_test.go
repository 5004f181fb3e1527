package display

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

var (
	desk  = moderation.Present{Session: "d", Name: "Front desk", Role: moderation.Moderator}
	back  = moderation.Present{Session: "e", Name: "Back row", Role: moderation.Moderator}
	chair = moderation.Present{Session: "c", Name: "Fiona", Role: moderation.Chair}
)

// written is who is there in one line, such as "Fiona, Front desk on a; Hall 7".
func written(who []Person, screens []Screen) string {
	var people, shown []string
	for _, p := range who {
		s := p.Name
		if p.Claimed != nil {
			s += " on " + *p.Claimed
		}
		people = append(people, s)
	}
	for _, s := range screens {
		word := fmt.Sprint(s.Name, " ", s.Shown)
		if !s.Heard {
			word += " silent"
		}
		shown = append(shown, word)
	}
	return strings.Join(people, ", ") + "; " + strings.Join(shown, ", ")
}

// running is a hub on the clock of a synctest bubble.
func running(t *testing.T) (*Hub, *Board) {
	t.Helper()
	h, b := newHub(t, Config{Now: time.Now})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = h.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return h, b
}

// told returns the presence messages of the moderation view after cursor, and how many there were at most in a second.
func told(t *testing.T, v *View) string {
	t.Helper()
	var w wire
	messages, _ := v.Next(0)
	for _, m := range messages {
		if m.Key == keyPresence {
			if err := json.Unmarshal(m.Body, &w); err != nil {
				t.Fatal(err)
			}
		}
	}
	return written(w.Who, w.Screens)
}

func TestPresence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, b := running(t)
		v := view(t, b, ModerationView)
		revoked := make(chan struct{})
		var leave, leaveToo, leaveChair func()
		for _, step := range []struct {
			name string
			do   func()
			wait time.Duration
			want string
		}{
			{"somebody comes, and is shown at once", func() { leave = b.Arrive(desk) }, 0, "Front desk; "},
			{"so is the next one", func() { leaveChair = b.Arrive(chair) }, 0, "Fiona, Front desk; "},
			{"a second stream is the same person", func() { leaveToo = b.Arrive(desk) }, 0, "Fiona, Front desk; "},
			{"a claim", func() { b.Claim(desk, "a", nil) }, 300 * time.Millisecond, "Fiona, Front desk on a; "},
			{"another takes its place", func() { b.Claim(desk, "b", nil) }, 50 * time.Second, "Fiona, Front desk on b; "},
			{"made again it goes on", func() { b.Claim(desk, "b", nil) }, 59 * time.Second, "Fiona, Front desk on b; "},
			{"and ends by itself", func() {}, 2 * time.Second, "Fiona, Front desk; "},
			{"a claim of another is not released", func() { b.Claim(desk, "a", nil); b.Release(desk, "b") }, time.Second, "Fiona, Front desk on a; "},
			{"its own is", func() { b.Release(desk, "a") }, time.Second, "Fiona, Front desk; "},
			{"somebody without a stream is there by claiming", func() { b.Claim(back, "a", revoked) }, time.Second, "Back row on a, Fiona, Front desk; "},
			{"until the right is lost", func() { close(revoked) }, time.Second, "Fiona, Front desk; "},
			{"one stream closed is not gone", func() { leave() }, time.Second, "Fiona, Front desk; "},
			{"both are", func() { leaveToo() }, time.Second, "Fiona; "},
			{"the last one", func() { leaveChair() }, time.Second, "; "},
		} {
			step.do()
			time.Sleep(step.wait)
			synctest.Wait()
			if got := told(t, v); got != step.want {
				t.Errorf("%s: got %q, want %q", step.name, got, step.want)
			}
			if got := written(b.Who(), b.Screens()); got != step.want {
				t.Errorf("%s, asked for: got %q, want %q", step.name, got, step.want)
			}
		}
		if p := v.mustSnapshot(); !strings.Contains(string(p), `"who":[],"screens":[]`) {
			t.Errorf("the snapshot in the end: %s", p)
		}
	})
}

// A storm of claims is a few messages a second, and ends with the last word.
func TestPresenceCoalesced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, b := running(t)
		v := view(t, b, ModerationView)
		defer b.Arrive(desk)()
		sent, last := 0, v.ring.Newest()
		for i := range 100 {
			b.Claim(desk, fmt.Sprint("item-", i), nil)
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
			if newest := v.ring.Newest(); newest != last {
				sent, last = sent+1, newest
			}
		}
		if sent < 3 || sent > 4 {
			t.Errorf("a hundred claims in a second: %d messages, want at most 4", sent)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got, want := told(t, v), "Front desk on item-99; "; got != want {
			t.Errorf("in the end: got %q, want %q", got, want)
		}
	})
}

func TestScreens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, b := running(t)
		v := view(t, b, ModerationView)
		seen := func(name, want string, behind time.Duration) {
			t.Helper()
			synctest.Wait()
			if got := told(t, v); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
			if got := b.Screens(); len(got) != 1 || got[0].BehindMS != behind.Milliseconds() {
				t.Errorf("%s: got %+v, want one that is %s behind", name, got, behind)
			}
		}
		h.Apply(submission(sampleSubmission("a", 2, moderation.Live)))
		b.Shown("hall", "Hall", nil, nil)
		seen("a screen that has said nothing yet", "; Hall 0", 0)
		time.Sleep(time.Second)
		b.Shown("hall", "Hall", ptr(uint64(2)), nil)
		seen("it shows all", "; Hall 2", 0)
		h.Apply(submission(sampleSubmission("p", 3, moderation.Pending)))
		h.Apply(submission(sampleSubmission("a", 4, moderation.Rejected))) // a recall
		time.Sleep(400 * time.Millisecond)
		seen("a recall that it does not show yet", "; Hall 2", 400*time.Millisecond)
		b.Shown("hall", "Hall", ptr(uint64(4)), nil)
		seen("confirmed", "; Hall 4", 0)
		time.Sleep(59 * time.Second)
		seen("still heard of", "; Hall 4", 0)
		time.Sleep(1500 * time.Millisecond)
		seen("a minute of silence", "; Hall 4 silent", 0)
		b.Shown("hall", "Hall", nil, nil)
		time.Sleep(time.Second)
		seen("back, with what it said last", "; Hall 4", 0)
		h.Apply(submission(sampleSubmission("b", 5, moderation.Approved)))
		before := v.ring.Newest()
		time.Sleep(5500 * time.Millisecond)
		seen("late", "; Hall 4", 5500*time.Millisecond)
		if v.ring.Newest() == before {
			t.Error("nobody was told that the screen is late")
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := written(b.Who(), b.Screens()); got != "; " {
			t.Errorf("after an hour: %q, want nothing", got)
		}
		revoked := make(chan struct{})
		b.Shown("hall", "Hall", ptr(uint64(5)), revoked)
		close(revoked)
		time.Sleep(time.Second)
		synctest.Wait()
		if got := told(t, v); got != "; " {
			t.Errorf("after its link was revoked: %q, want nothing", got)
		}
	})
}

// Two processes tell each other; what one knows of a session gives way to what the other learned later.
func TestPresenceElsewhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one, here := running(t)
		two, there := running(t)
		tell := func() { // both ways, twice, as the processes do all the time
			for range 2 {
				for from, to := range map[*Hub]*Hub{one: two, two: one} {
					p := from.Present()["women-who-lead"]
					to.SetPresent(fmt.Sprintf("%p", from), "women-who-lead", &p)
				}
			}
			time.Sleep(time.Second)
			synctest.Wait()
		}
		both := func(name, want string) {
			t.Helper()
			tell()
			for n, b := range []*Board{here, there} {
				if got := told(t, view(t, b, ModerationView)); got != want {
					t.Errorf("%s, process %d: got %q, want %q", name, n+1, got, want)
				}
			}
		}
		view(t, here, ModerationView)
		view(t, there, ModerationView)
		leave, leaveThere := here.Arrive(desk), there.Arrive(chair)
		both("one each", "Fiona, Front desk; ")
		there.Claim(desk, "a", nil)
		both("a claim by way of the other process", "Fiona, Front desk on a; ")
		here.Claim(desk, "b", nil)
		both("and one here", "Fiona, Front desk on b; ")
		there.Release(desk, "b")
		both("taken back there", "Fiona, Front desk; ")
		here.Shown("hall", "Hall", ptr(uint64(1)), nil)
		both("a screen", "Fiona, Front desk; Hall 1")
		there.Shown("hall", "Hall", ptr(uint64(2)), nil)
		both("that has moved", "Fiona, Front desk; Hall 2")
		leave()
		both("somebody leaves", "Fiona; Hall 2")

		// The second process dies: its people are gone, its screen is not.
		one.SetPresent(fmt.Sprintf("%p", two), "women-who-lead", nil)
		time.Sleep(time.Second)
		synctest.Wait()
		if got := told(t, view(t, here, ModerationView)); got != "; Hall 2" {
			t.Errorf("after the other process died: got %q, want its screen alone", got)
		}
		leaveThere()
		time.Sleep(time.Minute)
		if got := one.Present(); len(got) != 0 {
			t.Errorf("what the first tells in the end: %+v, want nothing", got)
		}
	})
}
