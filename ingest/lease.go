package ingest

import (
	"context"
	"encoding/json"
	"time"
)

// Leases sees to it that of all processes one reads a source at a time. It is safe for concurrent use.
type Leases interface {
	// Hold waits until the source of the event is this process's to read, and calls read; when read returns, the
	// source is free again. The context of read ends before the source can be another's; then Hold waits for its
	// next turn. Last is the note left by whoever read it before, empty where nobody did; note returns the present
	// one and is called from time to time. Hold returns once ctx has ended, or read has returned by itself.
	Hold(ctx context.Context, event, source string, note func() string, read func(ctx context.Context, last string))
}

// handover is the note that one reader of a source leaves to the next, so that counts go on.
type handover struct {
	Received   int       `json:"received"`
	Skipped    int       `json:"skipped"`
	LastPostAt time.Time `json:"last_post_at,omitzero"`
}

// note implements the note of Leases.Hold.
func (r *run) note() string {
	h := r.report()
	b, err := json.Marshal(handover{Received: h.Received, Skipped: h.Skipped, LastPostAt: h.LastPostAt})
	if err != nil {
		panic("BUG: ingest handover: " + err.Error()) // numbers and a time
	}
	return string(b)
}

// takeOver begins with what the last reader left. A note that cannot be read costs counts and nothing else.
func (r *run) takeOver(last string) {
	var n handover
	if json.Unmarshal([]byte(last), &n) != nil {
		return
	}
	r.update(func(h *Health) {
		h.Received, h.Skipped = max(h.Received, n.Received), max(h.Skipped, n.Skipped)
		if n.LastPostAt.After(h.LastPostAt) {
			h.LastPostAt = n.LastPostAt
		}
	})
}
