package natsstore

import (
	"context"
	"crypto/rand"
	"strconv"

	"github.com/nats-io/nats.go"
)

// The headers of an atomic batch (ADR-50), which nats.go has no publisher for.
const (
	headerBatchID     = "Nats-Batch-Id"
	headerBatchSeq    = "Nats-Batch-Sequence"
	headerBatchCommit = "Nats-Batch-Commit"
)

const (
	// maxBatch is how many messages the server takes in one batch.
	maxBatch = 1000
	// maxBatches is how many batches one process has under way: the server takes 50 a stream from all together.
	maxBatches = 8
)

// enterBatch waits until a batch of n messages may be begun; leave says that it has ended.
func (s *Store) enterBatch(ctx context.Context, n int) (leave func(), err error) {
	if n <= 1 {
		return func() {}, nil
	}
	select {
	case s.batches <- struct{}{}:
		return func() { <-s.batches }, nil
	case <-ctx.Done():
		return nil, unavailable(ctx.Err())
	}
}

// publishBatch publishes all msgs of one stream or none, and returns once the stream has them for good, the
// acknowledgement being the last one's. It writes into their headers.
func (s *Store) publishBatch(ctx context.Context, msgs []*nats.Msg) (pubAck, error) {
	last := len(msgs) - 1
	if last > 0 {
		batch := rand.Text()
		for i, msg := range msgs {
			msg.Header.Set(headerBatchID, batch)
			msg.Header.Set(headerBatchSeq, strconv.Itoa(i+1))
		}
		msgs[last].Header.Set(headerBatchCommit, "1")
	}
	for _, msg := range msgs[:last] {
		// Not acknowledged on its own: if it does not arrive, the server refuses the commit.
		if err := s.nc.PublishMsg(msg); err != nil {
			return pubAck{}, err
		}
	}
	return s.publish(ctx, msgs[last])
}

// apart takes what makes msg a part of a batch off it.
func apart(msg *nats.Msg) {
	for _, h := range []string{headerBatchID, headerBatchSeq, headerBatchCommit} {
		msg.Header.Del(h)
	}
}
