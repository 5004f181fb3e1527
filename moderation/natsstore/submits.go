package natsstore

import (
	"context"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/openfloor/openfloor/moderation"
)

// submits gathers what is submitted while something else is being published: whoever comes next publishes for all who
// wait. A server writes one batch to disk about as fast as one message, so the more come at once the less each waits.
// It is ready to use once turn is made.
type submits struct {
	turn chan struct{} // holds one while somebody publishes

	mu    sync.Mutex // guards queue
	queue []*submission
}

// submission is what one caller submits.
type submission struct {
	msgs []*nats.Msg
	done chan []moderation.Submitted // gets what became of them; has room for it
}

// add has msgs, at most submitMost, published and returns what became of each. Once ctx is done they may be published
// all the same.
func (q *submits) add(ctx context.Context, msgs []*nats.Msg, publish func(context.Context, []*nats.Msg) []moderation.Submitted) []moderation.Submitted {
	mine := &submission{msgs: msgs, done: make(chan []moderation.Submitted, 1)}
	q.mu.Lock()
	q.queue = append(q.queue, mine)
	q.mu.Unlock()
	for {
		select {
		case done := <-mine.done:
			return done
		case <-ctx.Done():
			return q.leave(mine, ctx.Err())
		case q.turn <- struct{}{}:
			q.publish(context.WithoutCancel(ctx), publish) // for others too, who did not give up
			<-q.turn
		}
	}
}

// publish publishes what waits, as much as goes into a batch.
func (q *submits) publish(ctx context.Context, publish func(context.Context, []*nats.Msg) []moderation.Submitted) {
	q.mu.Lock()
	n, size := 0, 0
	for n < len(q.queue) && size+len(q.queue[n].msgs) <= submitMost {
		size += len(q.queue[n].msgs)
		n++
	}
	now := q.queue[:n:n]
	q.queue = q.queue[n:]
	q.mu.Unlock()
	if n == 0 {
		return
	}
	msgs := make([]*nats.Msg, 0, size)
	for _, s := range now {
		msgs = append(msgs, s.msgs...)
	}
	out := publish(ctx, msgs)
	for _, s := range now {
		s.done <- out[:len(s.msgs):len(s.msgs)]
		out = out[len(s.msgs):]
	}
}

// leave gives up waiting. What nobody has begun to publish yet is taken back.
func (q *submits) leave(mine *submission, cause error) []moderation.Submitted {
	q.mu.Lock()
	for i, s := range q.queue {
		if s == mine {
			q.queue = append(q.queue[:i:i], q.queue[i+1:]...)
			break
		}
	}
	q.mu.Unlock()
	out := make([]moderation.Submitted, len(mine.msgs))
	for i := range out {
		out[i].Err = fmt.Errorf("submit to %s: %w: %w", mine.msgs[i].Subject, moderation.ErrUnavailable, cause)
	}
	return out
}
