package natsstore

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/openfloor/openfloor/moderation"
)

const (
	presenceSubject = "presence.team"
	presenceEvery   = 200 * time.Millisecond // a change is told within
	presenceRepeat  = 2 * time.Second        // and everything again after
	presenceKept    = 6 * time.Second        // of a process that says nothing any more
	presenceBye     = time.Second            // for the last word
)

// presenceBody is what a process tells the others of one event. It goes to no disk and no log.
type presenceBody struct {
	V       int    `json:"v"`
	Process string `json:"process"`
	Event   string `json:"event"`
	moderation.Presence
}

// SharePresence tells the other processes whom and which screens this one knows to be at work on each event, and
// calls apply with what another process tells, until ctx is done. Here is called from its goroutine and gives the
// events that have anybody, in an order that stays. Apply is called from the same goroutine; nil says that nothing is
// heard of that process any more: it has not said a word for 6 s. Nothing of it is stored.
func SharePresence(ctx context.Context, nc *nats.Conn, here func() map[string]moderation.Presence, apply func(process, event string, p *moderation.Presence)) error {
	me := nats.NewInbox()
	arriving := make(chan *nats.Msg, 1024)
	sub, err := nc.ChanSubscribe(presenceSubject, arriving)
	if err != nil {
		return fmt.Errorf("share presence: %w", err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	type source struct{ process, event string }
	heard := map[source]time.Time{}
	told := map[string]moderation.Presence{}
	var toldAt time.Time
	tell := func(event string, p moderation.Presence) error {
		body, err := json.Marshal(presenceBody{bodyVersion, me, event, p})
		if err != nil {
			return fmt.Errorf("share presence: %w", err)
		}
		if nc.Publish(presenceSubject, body) == nil { // otherwise again at the next tick
			told[event] = p
		}
		if p.Empty() {
			delete(told, event)
		}
		return nil
	}
	tick := time.NewTicker(presenceEvery)
	defer tick.Stop()
	for {
		select {
		case m := <-arriving:
			var b presenceBody
			if json.Unmarshal(m.Data, &b) != nil || b.V != bodyVersion || b.Process == me {
				continue // a later version's, or our own
			}
			if from := (source{b.Process, b.Event}); b.Empty() {
				delete(heard, from)
			} else {
				heard[from] = time.Now()
			}
			apply(b.Process, b.Event, &b.Presence)
		case now := <-tick.C:
			for from, at := range heard {
				if now.Sub(at) > presenceKept {
					delete(heard, from)
					apply(from.process, from.event, nil)
				}
			}
			mine, again := here(), now.Sub(toldAt) >= presenceRepeat
			for event, p := range mine {
				if before, known := told[event]; again || !known || !reflect.DeepEqual(before, p) {
					if err := tell(event, p); err != nil {
						return err
					}
				}
			}
			for event := range told {
				if _, still := mine[event]; !still {
					if err := tell(event, moderation.Presence{}); err != nil {
						return err
					}
				}
			}
			if again {
				toldAt = now
			}
		case <-ctx.Done():
			// The people of a process that stops in good order are gone at once. Its screens may still hang where they
			// were: of those the others find out by not hearing of this process any more.
			for event, p := range told {
				p.People, p.Claims = nil, nil
				if err := tell(event, p); err != nil {
					return err
				}
			}
			_ = nc.FlushTimeout(presenceBye)
			return nil
		}
	}
}
