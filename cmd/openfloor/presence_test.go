package main_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// TestPresenceOverProcesses has people and a screen on two display processes, and a third process for the API: each
// desk sees everybody, and whom a process that is killed takes away.
func TestPresenceOverProcesses(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	display2 := h.role("display 2", "display")
	const slug = "two-displays"
	makeEvent(t, h.web, slug, nil)
	books := newLedger(slug)
	books.send(t.Context(), somebody(t, h.web, slug), books.add(&entry{text: "Who looks at this?"}))
	priti, callum := moderator(t, h.web, slug, "Priti"), moderator(t, h.web, slug, "Callum")
	chair, hall := joined(t, h.web, slug, "chair", "Fiona"), joined(t, h.web, slug, "screen", "Main hall")
	books.compare(t, priti, false).clean(t)
	first := priti.find(t, "Who looks at this?")

	one, two := priti.watch(t, h.display, "moderation"), callum.watch(t, display2, "moderation")
	lectern, screen := chair.watch(t, display2, "chair"), hall.watch(t, display2, "public")
	who := func(v *viewer, want ...string) {
		t.Helper()
		v.newest(fmt.Sprint(want), func(m message) bool {
			var got []string
			for _, p := range m.Who {
				if p.Claimed != nil {
					p.Name += " on " + *p.Claimed
				}
				got = append(got, p.Name)
			}
			return m.Who != nil && slices.Equal(got, want)
		})
	}
	who(one, "Callum", "Fiona", "Priti")
	who(two, "Callum", "Fiona", "Priti")
	callum.must(t, http.StatusOK, "POST", "/submissions/"+first.ID+"/claim", nil)
	who(one, "Callum on "+first.ID, "Fiona", "Priti")
	who(two, "Callum on "+first.ID, "Fiona", "Priti")
	callum.must(t, http.StatusNoContent, "DELETE", "/submissions/"+first.ID+"/claim", nil)
	who(one, "Callum", "Fiona", "Priti")

	// A signal reaches the chair on the other process, and its acknowledgement comes back.
	priti.must(t, http.StatusCreated, "POST", "/signals", map[string]string{"to": "chair", "text": "Four minutes left"})
	var sent struct {
		ID string `json:"id"`
	}
	lectern.await("signal", func(m message) bool { return m.Signal.Text == "Four minutes left" && m.Signal.AckedAt == nil })
	chair.must(t, http.StatusCreated, "POST", "/signals", map[string]string{"to": "moderators", "text": "Need one on housing"}).decode(t, &sent)
	one.await("signal", func(m message) bool { return m.Signal.Text == "Need one on housing" })
	priti.must(t, http.StatusOK, "POST", "/signals/"+sent.ID+"/ack", nil)
	lectern.await("signal", func(m message) bool { return m.Signal.Text == "Need one on housing" && m.Signal.AckedAt != nil })

	// A recall, and the screen's word for it, seen on the other process and by way of the third.
	a, err := priti.decide(t.Context(), first.ID, first.Rev, "approve")
	if err != nil || a.status != http.StatusOK {
		t.Fatalf("approve: %d, %v: %s", a.status, err, a.body)
	}
	a.decode(t, &first)
	if a, err = priti.decide(t.Context(), first.ID, first.Rev, "hold"); err != nil || a.status != http.StatusOK {
		t.Fatalf("recall: %d, %v: %s", a.status, err, a.body)
	}
	a.decode(t, &first)
	screen.await("gone", func(m message) bool { return m.Seq >= first.Rev })
	if err := screen.conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"type":"shown","seq":%d}`, first.Rev)); err != nil {
		t.Fatal(err)
	}
	confirmed := func(m message) bool {
		return len(m.Screens) == 1 && m.Screens[0].Name == "Main hall" && m.Screens[0].Shown >= first.Rev
	}
	one.newest("the confirmation", confirmed)
	eventually(t, func() error {
		var m message
		priti.must(t, http.StatusOK, "GET", "/screens", nil).decode(t, &m.Screens)
		if !confirmed(m) {
			return fmt.Errorf("the web process knows of %+v", m.Screens)
		}
		return nil
	})

	// Killed, the second process takes its people away within seconds; the screen may still hang there.
	display2.kill()
	begun := time.Now()
	who(one, "Priti")
	fmt.Fprintf(t.Output(), "the people of a killed process were gone after %v\n", time.Since(begun).Round(100*time.Millisecond))
	one.newest("the screen that still hangs there", confirmed)
	display2.restart()
	callum.watch(t, display2, "moderation")
	who(one, "Callum", "Priti")
	if code, _ := display2.stop(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	who(one, "Priti")
}

// newest waits until the newest message that says who is there is one for which ok holds.
func (v *viewer) newest(what string, ok func(message) bool) {
	v.t.Helper()
	late := time.After(patience)
	for {
		v.mu.Lock()
		err, heard := v.err, v.heard
		var last message
		for _, m := range v.got {
			if m.Who != nil {
				last = m
			}
		}
		v.mu.Unlock()
		if ok(last) {
			return
		}
		if err != nil {
			v.t.Fatalf("the stream ended before %s: %v", what, err)
		}
		select {
		case <-heard:
		case <-late:
			v.t.Fatalf("not within %v: %s; last: %+v", patience, what, last)
		}
	}
}
