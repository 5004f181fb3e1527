package natsstore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/openfloor/openfloor/moderation"
)

const (
	sourcesSubject = "presence.sources"
	sourcesEvery   = time.Second     // a change is told within
	sourcesRepeat  = 5 * time.Second // and everything again after
	sourcesChunk   = 500             // sources in one message, which stays well below NATS's 1 MiB
)

// sourcesBody is what an ingest process tells the others.
type sourcesBody struct {
	V       int                       `json:"v"`
	Sources []moderation.SourceStatus `json:"sources"`
}

// ShareSources tells the other processes how the sources that this one reads are doing, until ctx is done. Here is
// called from its goroutine and gives all of them in an order that stays. Nothing of it is stored.
func ShareSources(ctx context.Context, nc *nats.Conn, here func() []moderation.SourceStatus) error {
	var told []moderation.SourceStatus
	var toldAt time.Time
	tick := time.NewTicker(sourcesEvery)
	defer tick.Stop()
	for {
		now := time.Now()
		if mine := here(); !slices.Equal(mine, told) || len(mine) > 0 && now.Sub(toldAt) >= sourcesRepeat {
			sent := true
			for chunk := range slices.Chunk(mine, sourcesChunk) {
				body, err := json.Marshal(sourcesBody{V: bodyVersion, Sources: chunk})
				if err != nil {
					return fmt.Errorf("share sources: %w", err)
				}
				sent = nc.Publish(sourcesSubject, body) == nil && sent // otherwise again at the next tick
			}
			if sent {
				told, toldAt = mine, now
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// FollowSources calls apply with what ShareSources tells, in this process and in others, until ctx is done.
func FollowSources(ctx context.Context, nc *nats.Conn, apply func([]moderation.SourceStatus)) error {
	arriving := make(chan *nats.Msg, 256)
	sub, err := nc.ChanSubscribe(sourcesSubject, arriving)
	if err != nil {
		return fmt.Errorf("follow sources: %w", err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	for {
		select {
		case m := <-arriving:
			var b sourcesBody
			if json.Unmarshal(m.Data, &b) == nil && b.V == bodyVersion { // else a later version's
				apply(b.Sources)
			}
		case <-ctx.Done():
			return nil
		}
	}
}
