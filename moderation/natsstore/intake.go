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
	takeBatch = 256
	// submitMost is how many posts are published before their acknowledgements are waited for; of a batch that is
	// refused, so few as submitLeast are not worth another one.
	submitMost, submitLeast = 256, 64
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
	done := s.SubmitAll(ctx, []moderation.Post{p})[0]
	return done.Duplicate, done.Err
}

// SubmitAll does for all posts what Submit does for one, in their order, and returns what became of each. Posts that
// are submitted together, or by others at the same time, cost one write to disk.
func (s *Store) SubmitAll(ctx context.Context, posts []moderation.Post) []moderation.Submitted {
	out := make([]moderation.Submitted, len(posts))
	var msgs []*nats.Msg
	var which []int
	for i, p := range posts {
		msg, err := intakeMsg(p)
		if err != nil {
			out[i].Err = err
			continue
		}
		msgs, which = append(msgs, msg), append(which, i)
	}
	for len(msgs) > 0 {
		n := min(len(msgs), submitMost)
		for i, done := range s.submits.add(ctx, msgs[:n], s.submitAll) {
			out[which[i]] = done
		}
		msgs, which = msgs[n:], which[n:]
	}
	return out
}

// intakeMsg returns the message of a post.
func intakeMsg(p moderation.Post) (*nats.Msg, error) {
	subject, err := intakeSubject(p.Event, p.Source)
	if err != nil {
		return nil, err
	}
	body, err := encodePost(p)
	if err != nil {
		return nil, fmt.Errorf("submit to %s: %w", subject, err)
	}
	msg := nats.NewMsg(subject)
	msg.Data = body
	msg.Header.Set(jetstream.ExpectedStreamHeader, streamIntake)
	msg.Header.Set(jetstream.MsgIDHeader, headerToken(p.MsgID()))
	return msg, nil
}

// submit publishes one post.
func (s *Store) submit(ctx context.Context, msg *nats.Msg) (duplicate bool, err error) {
	err = persist(ctx, func(ctx context.Context) error {
		ack, err := s.publish(ctx, msg)
		duplicate = ack.Duplicate
		return err
	})
	if err != nil {
		return false, fmt.Errorf("submit to %s: %w", msg.Subject, err)
	}
	return duplicate, nil
}

// submitAll publishes msgs and returns what became of each. A batch of which something is there already, or cannot be
// stored, is refused as a whole: then its halves are tried, and what is left goes without a batch.
func (s *Store) submitAll(ctx context.Context, msgs []*nats.Msg) []moderation.Submitted {
	out := make([]moderation.Submitted, len(msgs))
	if len(msgs) == 1 || !s.intakeBatches {
		s.submitEach(ctx, msgs, out)
		return out
	}
	err := s.submitBatch(ctx, msgs)
	switch {
	case err == nil:
	case errors.Is(err, moderation.ErrUnavailable):
		for i := range out {
			out[i].Err = err
		}
	case len(msgs) <= submitLeast:
		s.submitEach(ctx, msgs, out)
	default:
		half := len(msgs) / 2
		copy(out, s.submitAll(ctx, msgs[:half]))
		copy(out[half:], s.submitAll(ctx, msgs[half:]))
	}
	return out
}

// submitBatch publishes all msgs or, with an error, none. Where an acknowledgement is lost, the next try finds
// duplicates and fails.
func (s *Store) submitBatch(ctx context.Context, msgs []*nats.Msg) error {
	leave, err := s.enterBatch(ctx, len(msgs))
	if err != nil {
		return fmt.Errorf("submit %d posts: %w", len(msgs), err)
	}
	defer leave()
	err = persist(ctx, func(ctx context.Context) error {
		_, err := s.publishBatch(ctx, msgs)
		return err
	})
	if err != nil {
		return fmt.Errorf("submit %d posts: %w", len(msgs), err)
	}
	return nil
}

// submitEach publishes msgs one behind the other, and then waits for all acknowledgements. What was not acknowledged
// is published again by itself.
func (s *Store) submitEach(ctx context.Context, msgs []*nats.Msg, out []moderation.Submitted) {
	acks := make([]jetstream.PubAckFuture, len(msgs))
	for i, msg := range msgs {
		apart(msg)
		if len(msgs) > 1 {
			acks[i], _ = s.js.PublishMsgAsync(msg) // an error is as good as no acknowledgement
		}
	}
	wait, cancel := context.WithTimeout(ctx, tryLimit)
	defer cancel()
	for i, msg := range msgs {
		if acks[i] != nil {
			select {
			case ack := <-acks[i].Ok():
				out[i].Duplicate = ack.Duplicate
				continue
			case <-acks[i].Err():
			case <-wait.Done():
			}
			msg.Reply = "" // of the acknowledgement that did not come
		}
		out[i].Duplicate, out[i].Err = s.submit(ctx, msg)
		if errors.Is(out[i].Err, moderation.ErrUnavailable) {
			for j := range out[i+1:] {
				out[i+1+j].Err = out[i].Err
			}
			return
		}
	}
}

// TakeIn calls handle with the posts in INTAKE, as many as are there and at most 256 at a time, one call after the
// other; handle returns an error for each, and a post is removed from INTAKE once that is nil. A post for which it
// fails, or whose process dies, is delivered again, after a growing pause of up to 10 s, perhaps to another process:
// handle has to be able to take a post twice, and an older version after a newer one. Any number of processes may
// take in at once and share the work.
//
// A post that cannot be read stays in INTAKE and is logged as an error each time. TakeIn returns nil once ctx is
// done and the posts in hand have been dealt with, and an error only when the connection has been closed for good.
func (s *Store) TakeIn(ctx context.Context, handle func(context.Context, []moderation.Post) []error) error {
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
func (s *Store) takeIn(work context.Context, handle func(context.Context, []moderation.Post) []error) error {
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
	t := taker{Store: s, cons: cons, work: func(posts []moderation.Post) []error { return handle(work, posts) }}
	defer t.acks.Wait()
	for {
		if err := t.fetch(ctx); err != nil {
			return errors.Join(err, context.Cause(ctx))
		}
	}
}

// taker handles the batches of one TakeIn.
type taker struct {
	*Store
	cons jetstream.Consumer
	work func([]moderation.Post) []error // the handler; a reconnection does not cut it short
	acks sync.WaitGroup                  // acknowledgements under way

	begun time.Time // when the batch in hand was asked for
	links uint64    // how often the connection had come back by then
}

// fetch asks for one batch and handles it. There being nothing is no error.
func (t *taker) fetch(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, takeExpiry)
	defer cancel()
	t.begun, t.links = time.Now(), t.nc.Stats().Reconnects
	batch, err := t.cons.Fetch(takeBatch, jetstream.FetchContext(ctx), jetstream.FetchHeartbeat(takeHeartbeat))
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

// take handles what comes into h until the batch is complete.
func (t *taker) take(ctx context.Context, h *hand) {
	away := false // we are ending, or the store does not answer: what is held would only wait here
	for {
		msgs, complete := h.all()
		t.removeDone(ctx, h)
		if complete {
			return
		}
		if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.DeadlineExceeded) {
			away = true
		}
		var done []jetstream.Msg
		if away {
			for _, msg := range msgs {
				t.back(ctx, msg)
			}
		} else {
			done, away = t.some(ctx, msgs)
		}
		h.drop(len(msgs), done)
	}
}

// hand is what one process holds of a batch: the posts being handled and those that wait behind them.
type hand struct {
	mu       sync.Mutex // guards what follows but news
	msgs     []jetstream.Msg
	done     []jetstream.Msg // handled, still to be removed from INTAKE
	since    time.Time       // when the first of done was
	complete bool
	news     chan struct{} // holds a token when there may be news for all
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
			held := slices.Concat(h.msgs, h.done)
			h.mu.Unlock()
			for _, m := range held {
				_ = m.InProgress() // lost: it is delivered twice, which handlers can take
			}
		case <-done:
			return
		}
	}
}

// all returns the posts to handle now, and waits for one. It returns none where some are to be removed before the
// next has come, and complete once the batch is complete and handled.
func (h *hand) all() (msgs []jetstream.Msg, complete bool) {
	for {
		h.mu.Lock()
		msgs, complete = slices.Clone(h.msgs), h.complete && len(h.msgs) == 0
		var due <-chan time.Time
		if len(h.done) > 0 {
			due = time.After(time.Until(h.since.Add(removeWait)))
		}
		h.mu.Unlock()
		if len(msgs) > 0 || complete {
			return msgs, complete
		}
		select {
		case <-h.news:
		case <-due:
			return nil, false
		}
	}
}

// drop takes the first n posts out of the hand; done are those among them that are to be removed from INTAKE.
func (h *hand) drop(n int, done []jetstream.Msg) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.msgs = h.msgs[n:]
	if len(h.done) == 0 {
		h.since = time.Now()
	}
	h.done = append(h.done, done...)
}

// some handles posts and returns those that are done, and whether the store was away.
func (t *taker) some(ctx context.Context, msgs []jetstream.Msg) (done []jetstream.Msg, away bool) {
	posts, held := make([]moderation.Post, 0, len(msgs)), make([]jetstream.Msg, 0, len(msgs))
	for _, msg := range msgs {
		post, err := decodePost(msg.Subject(), msg.Data())
		if err != nil {
			t.log.LogAttrs(ctx, slog.LevelError, "a post in INTAKE cannot be read and stays there",
				slog.String("subject", clip(msg.Subject())), slog.Uint64("seq", sequence(msg)), slog.Any("error", err))
			t.back(ctx, msg)
			continue
		}
		posts, held = append(posts, post), append(held, msg)
	}
	if len(posts) == 0 {
		return nil, false
	}
	for i, err := range t.work(posts) {
		if err == nil {
			done = append(done, held[i])
			continue
		}
		t.log.LogAttrs(ctx, slog.LevelWarn, "a post was not taken in and comes again",
			slog.Any("post", posts[i]), slog.Uint64("seq", sequence(held[i])), slog.Any("error", err))
		t.back(ctx, held[i])
		away = away || errors.Is(err, moderation.ErrUnavailable)
	}
	return done, away
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
