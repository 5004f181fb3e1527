package display

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// Config is what a Hub is made with.
type Config struct {
	// Epoch identifies the store: sequences of another one mean nothing here. Required.
	Epoch string
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Votes are counted with what was merged, and fed by whoever made them; nil: nobody votes. Voted tells of each.
	Votes *moderation.Votes
	// Ring is how many messages each ring holds; 0: 1,024.
	Ring int
	// Log; nil: nothing is logged.
	Log *slog.Logger
}

// Hub holds the boards of all events. One goroutine feeds it by Apply; everything else may be called by any number
// at once.
type Hub struct {
	cfg Config

	mu     sync.RWMutex // guards what follows; taken before a Board's
	boards map[string]*Board
	seq    uint64
	wake   chan struct{} // closed by the next Apply; nil: nobody waits
}

// NewHub returns an empty hub.
func NewHub(cfg Config) (*Hub, error) {
	if cfg.Epoch == "" {
		return nil, errors.New("display: a hub needs the epoch of its store")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Hub{cfg: cfg, boards: make(map[string]*Board)}, nil
}

// Apply takes over the next revision of the record, in the order of the record. When it returns, every view shows
// it. A revision that is known already changes nothing.
func (h *Hub) Apply(rev moderation.Revision) {
	if slug := rev.EventSlug(); slug != "" {
		h.board(slug).apply(rev)
	}
	h.mu.Lock()
	h.seq = max(h.seq, rev.Seq)
	wake := h.wake
	h.wake = nil
	h.mu.Unlock()
	if wake != nil {
		close(wake)
	}
}

func (h *Hub) board(slug string) *Board {
	h.mu.Lock()
	defer h.mu.Unlock()
	b := h.boards[slug]
	if b == nil {
		b = newBoard(slug, h.cfg)
		h.boards[slug] = b
	}
	return b
}

// Board returns the board of an event, and false where the record has no such event.
func (h *Hub) Board(event string) (*Board, bool) {
	h.mu.RLock()
	b := h.boards[event]
	h.mu.RUnlock()
	if b == nil || !b.known() {
		return nil, false
	}
	return b, true
}

// Viewers returns how many public streams of each event are open in this process; events without any are left out.
func (h *Hub) Viewers() map[string]int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	n := map[string]int{}
	for slug, b := range h.boards {
		if !b.live.Load() {
			continue
		}
		b.mu.Lock()
		if b.here > 0 {
			n[slug] = b.here
		}
		b.mu.Unlock()
	}
	return n
}

// SetElsewhere sets how many public streams of an event the other display processes have open.
func (h *Hub) SetElsewhere(event string, n int) {
	if b, ok := h.Board(event); ok {
		b.setElsewhere(n)
	}
}

// Seq returns the newest sequence applied.
func (h *Hub) Seq() uint64 {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.seq
}

// Wait returns once the sequence seq has been applied, or with the cause of ctx.
func (h *Hub) Wait(ctx context.Context, seq uint64) error {
	for {
		h.mu.Lock()
		if h.seq >= seq {
			h.mu.Unlock()
			return nil
		}
		if h.wake == nil {
			h.wake = make(chan struct{})
		}
		wake := h.wake
		h.mu.Unlock()
		select {
		case <-wake:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Run sends what only time brings about: counts that were kept back, and events that open and close. It returns
// nil when ctx ends.
func (h *Hub) Run(ctx context.Context) error {
	tick := time.NewTicker(countsEvery)
	defer tick.Stop()
	var boards []*Board
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		boards = boards[:0]
		h.mu.RLock()
		for _, b := range h.boards {
			if b.live.Load() {
				boards = append(boards, b)
			}
		}
		h.mu.RUnlock()
		for _, b := range boards {
			b.flush()
		}
	}
}
