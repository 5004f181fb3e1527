package display

import (
	"fmt"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// Whatever is pressed, totals go out at most four times a second, to every view alike, and the last one says them all.
func TestTallyRate(t *testing.T) {
	t.Parallel()
	now := start
	votes := moderation.NewVotes()
	h, b := newHub(t, Config{Votes: votes, Now: func() time.Time { return now }})
	for i := range 20 {
		h.Apply(submission(sampleSubmission(fmt.Sprint("item-", i), uint64(2+i), moderation.Approved)))
	}
	views := map[ViewName]*View{}
	cursors, sent := map[ViewName]uint64{}, map[ViewName]int{}
	clients := map[ViewName]*client{}
	read := func() {
		for name, v := range views {
			messages, ok := v.Next(cursors[name])
			if !ok {
				t.Fatal("a viewer that reads all the time was left behind")
			}
			for _, m := range messages {
				cursors[name] = m.Index
				clients[name].read(t, m.Body)
				if m.Key[:3] == "tal" {
					sent[name]++
				}
			}
		}
	}
	for _, name := range []ViewName{PublicView, ChairView, ModerationView} {
		views[name], clients[name] = view(t, b, name), &client{}
		begun := views[name].Snapshot()
		clients[name].read(t, begun.Body)
		cursors[name] = begun.Index
	}
	const seconds = 40
	for n := range seconds * 100 {
		v := moderation.Vote{Event: "women-who-lead", ID: fmt.Sprint("item-", n%20), Voter: fmt.Sprint("voter-", n/20), For: true}
		votes.Apply(v)
		h.Voted(v.Event, v.ID)
		now = now.Add(10 * time.Millisecond)
		if n%25 == 0 {
			b.flush()
		}
		read()
	}
	now = now.Add(tallyEvery)
	b.flush()
	read()
	for name, v := range views {
		if sent[name] < seconds*3 || sent[name] > seconds*4+1 {
			t.Errorf("%s: %d tallies in %d s, want at most four a second and not many fewer", name, sent[name], seconds)
		}
		var fresh client
		fresh.read(t, v.mustSnapshot())
		if got, want := clients[name].String(), fresh.String(); got != want {
			t.Errorf("%s view ended with %s, want %s", name, got, want)
		}
		if messages, _ := v.Next(0); len(messages) > 200 {
			t.Errorf("%s: whoever resumes is sent %d messages", name, len(messages))
		}
	}
	if it, _ := Public(*b.subs["item-0"], b.pools.Of(*b.subs["item-0"])); it.Votes != seconds*100/20 {
		t.Errorf("item-0 has %d votes, want %d", it.Votes, seconds*100/20)
	}
}

// Somebody who had seen totals before a restart hears what they are after it.
func TestTallyAfterRestart(t *testing.T) {
	t.Parallel()
	votes := moderation.NewVotes()
	vote := func(want bool) {
		votes.Apply(moderation.Vote{Event: "women-who-lead", ID: "a", Voter: "v", For: want})
	}
	vote(true)
	h, b := newHub(t, Config{Votes: votes})
	h.Apply(submission(sampleSubmission("a", 2, moderation.Approved)))
	h.Apply(stage(3, "", ""))
	var w client
	w.read(t, view(t, b, PublicView).mustSnapshot())

	vote(false)
	again, b2 := newHub(t, Config{Votes: votes})
	again.Apply(submission(sampleSubmission("a", 2, moderation.Approved)))
	again.Apply(stage(3, "", ""))
	v := view(t, b2, PublicView)
	begun := v.Open(&w.seq, "epoch-1")
	if begun.Body != nil {
		t.Fatal("could not resume")
	}
	messages, _ := v.Next(begun.Index)
	for _, m := range messages {
		w.read(t, m.Body)
	}
	var fresh client
	fresh.read(t, v.mustSnapshot())
	if got, want := w.String(), fresh.String(); got != want {
		t.Errorf("resumed after a restart\nwith %s\nwant %s", got, want)
	}
}
