package natsstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// leaseEvery is how often a lease is renewed. With it, what a process read that died is read by another within 9 s.
const leaseEvery = 2 * time.Second

// Leases lets one process at a time read a source, with a message in ACCESS for each: whoever renews it reads.
// Nobody's clock is believed but one's own: a reader stops 5 s after it began its last renewal that went through,
// and another begins once it has seen the same revision for 7 s. It is safe for concurrent use.
type Leases struct {
	store  *Store
	holder string
	every  time.Duration
}

// NewLeases returns leases in the name of holder, which no other process has or ever had. Every is how often they
// are renewed; 0: 2 s.
func NewLeases(s *Store, holder string, every time.Duration) *Leases {
	if every <= 0 {
		every = leaseEvery
	}
	return &Leases{store: s, holder: holder, every: every}
}

// leaseBody lies under lease.EVENT.HASH.
type leaseBody struct {
	V      int    `json:"v"`
	Holder string `json:"holder"` // empty: free
	Note   string `json:"note"`
}

// errLost is the cause of the end of a reader whose lease another process has, or may soon have.
var errLost = errors.New("the lease was lost")

// Hold waits until the source is this process's to read, and calls read; when read returns, the source is free
// again. The context of read ends before another may read the source; then Hold waits for its next turn. Last is
// the note of whoever read it before; note returns the present one, and is called at each renewal. Hold returns
// once ctx has ended, or read has returned by itself.
func (l *Leases) Hold(ctx context.Context, event, source string, note func() string, read func(ctx context.Context, last string)) {
	log := l.store.log.With(slog.String("event", event), slog.String("source", source))
	key := "lease." + event + "." + hashToken(source)
	for ctx.Err() == nil {
		h, ok := l.acquire(ctx, key)
		if !ok {
			return
		}
		log.LogAttrs(ctx, slog.LevelInfo, "the source is read here")
		lost := h.keep(ctx, note, read)
		if !lost {
			return
		}
		log.LogAttrs(ctx, slog.LevelWarn, "the source is not read here any more: the lease was not renewed in time")
	}
}

// held is a lease that this process has.
type held struct {
	*Leases
	key   string
	rev   uint64
	sure  time.Time // until then nobody else has it
	notes string    // the note of who had it before
}

// acquire waits for the lease; false: ctx ended first.
func (l *Leases) acquire(ctx context.Context, key string) (*held, bool) {
	var seen uint64
	var since time.Time // seen has been the newest since
	for {
		body, rev, err := l.look(ctx, key)
		switch {
		case err != nil:
			seen = 0 // what happened meanwhile is not known
		case rev != seen || since.IsZero():
			seen, since = rev, time.Now()
		}
		if err == nil && (body.Holder == "" || time.Since(since) >= 7*l.every/2) {
			h := &held{Leases: l, key: key, rev: rev, notes: body.Note}
			// The note goes on as it is until the reader has one of its own.
			if err = h.renew(ctx, body.Note); err == nil {
				return h, true
			}
		}
		if err != nil && !lostRace(err) && ctx.Err() == nil {
			l.store.log.LogAttrs(ctx, slog.LevelDebug, "lease", slog.Any("error", err))
		}
		if !sleep(ctx, jitter(l.every/2)) {
			return nil, false
		}
	}
}

// look returns the lease as it is stored; one that was never taken is free, at revision 0.
func (l *Leases) look(ctx context.Context, key string) (b leaseBody, rev uint64, err error) {
	body, rev, err := l.store.GetAccess(ctx, key)
	if errors.Is(err, moderation.ErrNotFound) {
		return leaseBody{}, 0, nil
	}
	if err != nil {
		return b, 0, err
	}
	return b, rev, decode(key, body, &b)
}

// lostRace reports whether another process was faster.
func lostRace(err error) bool {
	return errors.Is(err, moderation.ErrStale) || errors.Is(err, moderation.ErrExists)
}

// renew stores the lease with a note, where its revision is still the newest.
func (h *held) renew(ctx context.Context, note string) error { return h.put(ctx, h.holder, note) }

func (h *held) put(ctx context.Context, holder, note string) error {
	begun := time.Now()
	body, err := json.Marshal(leaseBody{V: bodyVersion, Holder: holder, Note: note})
	if err != nil {
		return fmt.Errorf("encode a lease: %w", err)
	}
	rev, err := h.store.PutAccess(ctx, h.key, body, &h.rev)
	if err != nil {
		return err
	}
	h.rev, h.sure = rev, begun.Add(5*h.every/2)
	return nil
}

// keep calls read and renews the lease until read has returned; then it gives it back. It reports whether the lease
// was lost meanwhile.
func (h *held) keep(ctx context.Context, note func() string, read func(context.Context, string)) (lost bool) {
	reading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		read(reading, h.notes)
	}()
	defer func() { // a panic of note must not leave the reader behind
		stop(nil)
		<-done
	}()
	wait := time.NewTimer(h.every)
	defer wait.Stop()
	for {
		select {
		case <-done:
			h.giveBack(ctx, note())
			return false
		case <-wait.C:
		}
		switch err := h.again(ctx, note()); {
		case err == nil:
			wait.Reset(h.every)
		case ctx.Err() != nil:
			wait.Reset(h.every) // read is ending
		case lostRace(err) || !time.Now().Before(h.sure):
			stop(errLost)
			<-done
			return true
		default:
			wait.Reset(h.every / 4)
		}
	}
}

// again renews the lease, within the time that it is still sure. A renewal that was stored without our being told
// is ours all the same.
func (h *held) again(ctx context.Context, note string) error {
	ctx, cancel := context.WithDeadline(ctx, h.sure)
	defer cancel()
	err := h.renew(ctx, note)
	if !lostRace(err) {
		return err
	}
	body, rev, lookErr := h.look(ctx, h.key)
	if lookErr != nil {
		return lookErr
	}
	if body.Holder != h.holder {
		return err
	}
	h.rev = rev
	return h.renew(ctx, note)
}

// giveBack frees the lease, so that another process need not wait. Where that fails, it waits.
func (h *held) giveBack(ctx context.Context, note string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 700*time.Millisecond)
	defer cancel()
	if err := h.put(ctx, "", note); err != nil {
		h.store.log.LogAttrs(ctx, slog.LevelDebug, "the lease runs out by itself", slog.Any("error", err))
	}
}
