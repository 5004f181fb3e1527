package natsstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/openfloor/openfloor/moderation"
)

const (
	// takerName is the durable consumer that all moderation processes share.
	takerName = "moderation"
	// ackWait is after how long without an acknowledgement a post is delivered again, to whichever process asks. For
	// so long wait the posts that a process held when it was killed. It is short, since a post that is delivered twice
	// does no harm.
	ackWait = 2 * time.Second
	// healthyAfter is how long taking in has to have worked before a fault counts as the first again.
	healthyAfter = 30 * time.Second
	// takeBatch is how many posts one process holds at a time.
	takeBatch = 64
	// A pull request ends after takeExpiry, and a silent server is noticed after twice takeHeartbeat.
	takeExpiry    = 5 * time.Second
	takeHeartbeat = time.Second
	// A post that could not be taken comes again after a pause that doubles from redeliverFirst to redeliverMost.
	redeliverFirst = 200 * time.Millisecond
	redeliverMost  = 10 * time.Second
)

// Submit puts a post into INTAKE and returns once it is stored for good. Duplicate says that this version of it was
// there already, within the last ten minutes; that is a success. Errors: moderation.ErrInvalid for an event or
// source that is none, or for a post above 128 KiB; moderation.ErrUnavailable when the store does not answer or is
// full (then the post may or may not be stored: submit it again).
func (s *Store) Submit(ctx context.Context, p moderation.Post) (duplicate bool, err error) {
	subject, err := intakeSubject(p.Event, p.Source)
	if err != nil {
		return false, err
	}
	body, err := encodePost(p)
	if err != nil {
		return false, fmt.Errorf("submit to %s: %w", subject, err)
	}
	err = persist(ctx, func(ctx context.Context) error {
		msg := nats.NewMsg(subject)
		msg.Data = body
		msg.Header.Set(jetstream.ExpectedStreamHeader, streamIntake)
		msg.Header.Set(jetstream.MsgIDHeader, headerToken(p.MsgID()))
		ack, err := s.publish(ctx, msg)
		duplicate = ack.Duplicate
		return err
	})
	if err != nil {
		return false, fmt.Errorf("submit to %s: %w", subject, err)
	}
	return duplicate, nil
}

// TakeIn calls handle with each post in INTAKE, one after the other, and removes a post from INTAKE once handle has
// returned nil for it. A post for which it fails, or whose process dies, is delivered again, after a growing pause
// of up to 10 s, perhaps to another process: handle has to be able to take a post twice, and an older version after
// a newer one. Any number of processes may take in at once and share the work.
//
// A post that cannot be read stays in INTAKE and is logged as an error each time. TakeIn returns nil once ctx is
// done and the post in hand has been dealt with, and an error only when the connection has been closed for good.
func (s *Store) TakeIn(ctx context.Context, handle func(context.Context, moderation.Post) error) error {
	pause := followRetryFirst
	for {
		begun := time.Now()
		err := s.takeIn(ctx, handle)
		if ctx.Err() != nil {
			return nil
		}
		if s.nc.IsClosed() {
			return fmt.Errorf("take in: %w", nats.ErrConnectionClosed)
		}
		if time.Since(begun) > healthyAfter {
			pause = followRetryFirst
		}
		s.log.LogAttrs(ctx, slog.LevelWarn, "take in again", slog.Any("error", err))
		if !sleep(ctx, jitter(pause)) {
			return nil
		}
		pause = min(2*pause, followRetryMost)
	}
}

// takeIn takes in until something goes wrong.
func (s *Store) takeIn(work context.Context, handle func(context.Context, moderation.Post) error) error {
	ctx, cancel := context.WithCancelCause(work)
	defer cancel(nil)
	stop := s.onReconnect(func() { cancel(errReconnected) })
	defer stop()

	// The same wherever it is done: it makes the consumer where it is missing and changes nothing otherwise.
	cons, err := s.js.CreateOrUpdateConsumer(ctx, streamIntake, jetstream.ConsumerConfig{
		Durable: takerName, AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait,
		MaxDeliver: -1, MaxAckPending: 16 * takeBatch,
	})
	if err != nil {
		return err
	}
	t := taker{Store: s, work: func(p moderation.Post) error { return handle(work, p) }}
	defer t.acks.Wait()
	for {
		if err := t.fetch(ctx, cons); err != nil {
			return errors.Join(err, context.Cause(ctx))
		}
	}
}

// taker handles the batches of one TakeIn.
type taker struct {
	*Store
	work func(moderation.Post) error // the handler; a reconnection does not cut it short
	acks sync.WaitGroup              // acknowledgements under way
}

// fetch asks for one batch and handles it. There being nothing is no error.
func (t *taker) fetch(ctx context.Context, cons jetstream.Consumer) error {
	ctx, cancel := context.WithTimeout(ctx, takeExpiry)
	defer cancel()
	batch, err := cons.Fetch(takeBatch, jetstream.FetchContext(ctx), jetstream.FetchHeartbeat(takeHeartbeat))
	if err != nil {
		return err
	}
	h := hand{news: make(chan struct{}, 1)}
	done := make(chan struct{})
	var holding sync.WaitGroup
	holding.Go(func() { h.hold(batch.Messages(), done) })
	t.take(ctx, &h)
	close(done)
	holding.Wait()
	return batch.Error()
}

// take handles what comes into h until the batch is complete. Handling is sequential, acknowledging is not: each
// acknowledgement waits for the server to confirm it.
func (t *taker) take(ctx context.Context, h *hand) {
	away := false // we are ending, or the store does not answer: what is held would only wait here
	for {
		msg, ok := h.first()
		if !ok {
			return
		}
		if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.DeadlineExceeded) {
			away = true
		}
		if away {
			t.back(ctx, msg)
		} else {
			away = errors.Is(t.one(ctx, msg), moderation.ErrUnavailable)
		}
		h.drop()
	}
}

// hand is what one process holds of a batch: the post being handled and those that wait behind it.
type hand struct {
	mu       sync.Mutex // guards msgs and complete
	msgs     []jetstream.Msg
	complete bool
	news     chan struct{} // holds a token when there may be news for first
}

// hold takes up what arrives, and tells the server, until done, that all of it is being worked on: a handler may
// take longer than ackWait.
func (h *hand) hold(arriving <-chan jetstream.Msg, done <-chan struct{}) {
	tick := time.NewTicker(ackWait / 3)
	defer tick.Stop()
	for {
		select {
		case msg, ok := <-arriving:
			h.mu.Lock()
			if ok {
				h.msgs = append(h.msgs, msg)
			} else {
				h.complete, arriving = true, nil
			}
			h.mu.Unlock()
			select {
			case h.news <- struct{}{}:
			default:
			}
		case <-tick.C:
			h.mu.Lock()
			held := slices.Clone(h.msgs)
			h.mu.Unlock()
			for _, m := range held {
				_ = m.InProgress() // lost: it is delivered twice, which handlers can take
			}
		case <-done:
			return
		}
	}
}

// first returns the post to handle now, and waits for it. It is false once the batch is complete and handled.
func (h *hand) first() (jetstream.Msg, bool) {
	for {
		h.mu.Lock()
		if len(h.msgs) > 0 {
			defer h.mu.Unlock()
			return h.msgs[0], true
		}
		complete := h.complete
		h.mu.Unlock()
		if complete {
			return nil, false
		}
		<-h.news
	}
}

// drop takes the first post out of the hand.
func (h *hand) drop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.msgs = h.msgs[1:]
}

// one handles one post and returns the handler's error.
func (t *taker) one(ctx context.Context, msg jetstream.Msg) error {
	post, err := decodePost(msg.Subject(), msg.Data())
	if err != nil {
		t.log.LogAttrs(ctx, slog.LevelError, "a post in INTAKE cannot be read and stays there",
			slog.String("subject", clip(msg.Subject())), slog.Uint64("seq", sequence(msg)), slog.Any("error", err))
		t.back(ctx, msg)
		return nil
	}
	if err := t.work(post); err != nil {
		t.log.LogAttrs(ctx, slog.LevelWarn, "a post was not taken in and comes again",
			slog.Any("post", post), slog.Uint64("seq", sequence(msg)), slog.Any("error", err))
		t.back(ctx, msg)
		return err
	}
	ctx = context.WithoutCancel(ctx)
	t.acks.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, tryLimit)
		defer cancel()
		if err := msg.DoubleAck(ctx); err != nil {
			t.log.LogAttrs(ctx, slog.LevelWarn, "acknowledgement of a post not confirmed; it may come again",
				slog.Any("post", post), slog.Any("error", err))
		}
	})
	return nil
}

// back gives a post back, to be delivered again after a pause that grows with the deliveries so far.
func (t *taker) back(ctx context.Context, msg jetstream.Msg) {
	pause := redeliverFirst
	if meta, err := msg.Metadata(); err == nil {
		for n := uint64(1); n < meta.NumDelivered && pause < redeliverMost; n++ {
			pause *= 2
		}
	}
	if err := msg.NakWithDelay(jitter(min(pause, redeliverMost))); err != nil {
		t.log.LogAttrs(ctx, slog.LevelDebug, "give back a post", slog.Any("error", err)) // AckWait does it too
	}
}

func sequence(msg jetstream.Msg) uint64 {
	meta, err := msg.Metadata()
	if err != nil {
		return 0
	}
	return meta.Sequence.Stream
}
