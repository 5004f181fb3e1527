package natsstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/openfloor/openfloor/moderation"
)

// ErrOtherStream says that the stream being followed is not the one it was: it was made anew, or has lost what had
// been read from it. What was built from it is void; start the process again.
var ErrOtherStream = errors.New("the stream is not the one it was")

const (
	followHeartbeat  = time.Second      // a silent server is noticed after twice that
	followExpiry     = 30 * time.Second // of one pull request
	followInactive   = 30 * time.Second // after which the server forgets a consumer nobody reads
	followBatch      = 512
	followRetryFirst = 50 * time.Millisecond
	followRetryMost  = 5 * time.Second
)

// Follow reads FLOOR: first the newest revision of everything, in stream order, then every revision as it comes.
//
// apply is called with each revision that this version knows; seen, which may be nil, is called after that and
// also for what it does not know, with the sequence up to which everything has passed, so that waiters learn of
// it. caughtUp, which may be nil, is called once, when everything stored at the start has been applied. All three
// are called from one goroutine, so a slow one holds up the rest.
//
// Follow survives restarts of the server and lost connections: it goes on after the last sequence it has passed,
// without a gap and without a repetition. It returns nil once ctx is done, and an error only when apply fails,
// for a message that cannot be read (ErrUnreadable), when FLOOR is not the one it was (ErrOtherStream) and when the
// connection has been closed for good.
func (s *Store) Follow(ctx context.Context, apply func(moderation.Revision) error, seen func(seq uint64), caughtUp func()) error {
	f := follower{
		Store: s, stream: streamFloor, filter: allFloor, epoch: s.epoch, caughtUp: caughtUp,
		handle: func(subject string, body []byte, seq uint64, at time.Time) error {
			e, ok, err := decodeEntry(subject, body, seq)
			if err != nil {
				return err
			}
			if ok {
				if err := apply(moderation.Revision{Seq: seq, At: at, Entry: e}); err != nil {
					return fmt.Errorf("apply revision %d: %w", seq, err)
				}
			}
			if seen != nil {
				seen(seq)
			}
			return nil
		},
	}
	return f.run(ctx)
}

// follower reads one stream in order, in one goroutine. It is an ordered consumer of our own: nats.go's cannot
// begin again at "newest of each subject" when the backlog was cut, nor notice another epoch.
type follower struct {
	*Store
	stream   string
	filter   string
	epoch    string // of the stream; empty: taken from the first look
	handle   func(subject string, body []byte, seq uint64, at time.Time) error
	caughtUp func()

	passed uint64 // sequence of the last message handled
	live   bool   // the backlog has been handled
}

// fatal is an error that following cannot go on after.
type fatal struct{ error }

func (f fatal) Unwrap() error { return f.error }

var errReconnected = errors.New("connected again")

func (f *follower) run(ctx context.Context) error {
	pause := followRetryFirst
	for {
		before := f.passed
		err := f.attempt(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if e, ok := errors.AsType[fatal](err); ok {
			return fmt.Errorf("follow %s: %w", f.stream, e.error)
		}
		if f.nc.IsClosed() {
			return fmt.Errorf("follow %s: %w", f.stream, nats.ErrConnectionClosed)
		}
		if f.passed != before || errors.Is(err, errReconnected) {
			pause = followRetryFirst
		}
		f.log.LogAttrs(ctx, slog.LevelWarn, "follow again", slog.String("stream", f.stream),
			slog.Uint64("after", f.passed), slog.Any("error", err))
		if !sleep(ctx, jitter(pause)) {
			return nil
		}
		pause = min(2*pause, followRetryMost)
	}
}

// attempt reads until something goes wrong.
func (f *follower) attempt(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := f.onReconnect(func() { cancel(errReconnected) })
	defer stop()

	target, err := f.check(ctx)
	if err != nil {
		return err
	}
	cons, err := f.consumer(ctx)
	if err != nil {
		return err
	}
	info := cons.CachedInfo()
	defer f.forget(info.Name)
	if !f.live && info.NumPending == 0 {
		f.arrived()
	}
	iter, err := cons.Messages(jetstream.PullMaxMessages(followBatch), jetstream.PullExpiry(followExpiry),
		jetstream.PullHeartbeat(followHeartbeat), jetstream.WithMessagesErrOnMissingHeartbeat(true))
	if err != nil {
		return err
	}
	defer iter.Stop()

	for delivered := uint64(1); ; delivered++ {
		msg, err := iter.Next(jetstream.NextContext(ctx))
		if err != nil {
			return errors.Join(err, context.Cause(ctx))
		}
		meta, err := msg.Metadata()
		if err != nil {
			return err
		}
		if meta.Sequence.Consumer != delivered {
			return fmt.Errorf("delivery %d came where %d was due", meta.Sequence.Consumer, delivered)
		}
		if seq := meta.Sequence.Stream; seq > f.passed {
			if err := f.handle(msg.Subject(), msg.Data(), seq, meta.Timestamp.UTC()); err != nil {
				return fatal{err}
			}
			f.passed = seq
		}
		if !f.live && (f.passed >= target || meta.NumPending == 0) {
			f.arrived()
		}
	}
}

// check makes sure that the stream is the one followed so far and returns its last sequence.
func (f *follower) check(ctx context.Context) (last uint64, err error) {
	st, err := f.js.Stream(ctx, f.stream)
	if err != nil {
		return 0, err
	}
	info := st.CachedInfo()
	if f.epoch == "" {
		f.epoch = epochOf(info)
	}
	if epochOf(info) != f.epoch {
		return 0, fatal{fmt.Errorf("it was made anew: %w", ErrOtherStream)}
	}
	if info.State.LastSeq < f.passed {
		return 0, fatal{fmt.Errorf("it ends at %d, and %d had been read from it: %w", info.State.LastSeq, f.passed, ErrOtherStream)}
	}
	return info.State.LastSeq, nil
}

// consumer makes a short-lived consumer: of the newest of each subject until the backlog is through (what has
// passed is skipped), from the message after the last one from then on.
func (f *follower) consumer(ctx context.Context) (jetstream.Consumer, error) {
	cfg := jetstream.ConsumerConfig{
		FilterSubject: f.filter, AckPolicy: jetstream.AckNonePolicy,
		DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy,
		MemoryStorage: true, Replicas: 1, InactiveThreshold: followInactive,
	}
	if f.live {
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, f.passed+1
	}
	return f.js.CreateConsumer(ctx, f.stream, cfg)
}

func (f *follower) arrived() {
	f.live = true
	if f.caughtUp != nil {
		f.caughtUp()
	}
}

// forget lets the server drop a consumer at once. It waits for nothing: InactiveThreshold does the same later.
func (f *follower) forget(consumer string) {
	if f.nc.IsConnected() {
		_ = f.nc.Publish("$JS.API.CONSUMER.DELETE."+f.stream+"."+consumer, nil)
	}
}

// onReconnect calls do, at most once, when the connection has come back after a loss, until stop is called.
func (s *Store) onReconnect(do func()) (stop func()) {
	changes := s.nc.StatusChanged(nats.CONNECTED)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, ok := <-changes; ok {
			do()
		}
	}()
	return func() {
		s.nc.RemoveStatusListener(changes)
		<-done
	}
}
