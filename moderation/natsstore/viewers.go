package natsstore

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	viewersSubject = "presence.viewers"
	viewersEvery   = 2 * time.Second  // a change is told within
	viewersRepeat  = 6 * time.Second  // and everything again after
	viewersKept    = 20 * time.Second // of a process that says nothing any more
)

// viewersBody is what a display process tells the others: nothing about anybody, numbers alone.
type viewersBody struct {
	V       int            `json:"v"`
	Process string         `json:"process"`
	Events  map[string]int `json:"events"`
}

// ShareViewers tells the other display processes how many public streams of each event this one has open, and
// calls elsewhere with the sum of theirs whenever it changes, until ctx is done. Here is called from its goroutine
// and gives the events that have any. The numbers are passing: they are not stored, and a process that falls
// silent counts for 20 s more.
func ShareViewers(ctx context.Context, nc *nats.Conn, here func() map[string]int, elsewhere func(event string, n int)) error {
	me := nats.NewInbox()
	arriving := make(chan *nats.Msg, 256)
	sub, err := nc.ChanSubscribe(viewersSubject, arriving)
	if err != nil {
		return fmt.Errorf("share viewers: %w", err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	type report struct {
		at     time.Time
		events map[string]int
	}
	reports := map[string]report{}
	summed, told := map[string]int{}, map[string]int(nil)
	var toldAt time.Time
	tick := time.NewTicker(viewersEvery)
	defer tick.Stop()
	for {
		select {
		case m := <-arriving:
			var b viewersBody
			if json.Unmarshal(m.Data, &b) != nil || b.V != 1 || b.Process == me {
				continue // a later version's, or our own
			}
			reports[b.Process] = report{time.Now(), b.Events}
		case now := <-tick.C:
			for process, r := range reports {
				if now.Sub(r.at) > viewersKept {
					delete(reports, process)
				}
			}
			if mine := here(); !maps.Equal(mine, told) || len(mine) > 0 && now.Sub(toldAt) >= viewersRepeat {
				body, err := json.Marshal(viewersBody{V: 1, Process: me, Events: mine})
				if err != nil {
					return err
				}
				if nc.Publish(viewersSubject, body) == nil { // otherwise again at the next tick
					told, toldAt = mine, now
				}
			}
		case <-ctx.Done():
			return nil
		}
		sums := map[string]int{}
		for _, r := range reports {
			for event, n := range r.events {
				sums[event] += max(n, 0)
			}
		}
		for event, n := range sums {
			if summed[event] != n {
				elsewhere(event, n)
			}
		}
		for event := range summed {
			if _, still := sums[event]; !still {
				elsewhere(event, 0)
			}
		}
		summed = sums
	}
}
