package natsstore

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// removeWait is how long a handled post may wait for others to be removed with it.
	removeWait = 200 * time.Millisecond
	// purgeLeast is from how many posts on a purge is tried: it costs three requests.
	purgeLeast = 16
)

// removeDone removes from INTAKE what was handled, at the end of a batch or after removeWait, whichever is first.
// Acknowledging goes on beside the handling; a server that syncs every write does so at each acknowledgement.
func (t *taker) removeDone(ctx context.Context, h *hand) {
	done, empty := h.takeDone()
	if len(done) == 0 {
		return
	}
	ctx = context.WithoutCancel(ctx)
	if empty && len(done) >= purgeLeast && t.purge(ctx, done) {
		return
	}
	t.acks.Go(func() { t.acknowledge(ctx, done) })
}

// takeDone takes what is to be removed now out of the hand, and reports whether nothing else is in it.
func (h *hand) takeDone() (done []jetstream.Msg, empty bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	empty = len(h.msgs) == 0
	if h.complete && empty || time.Since(h.since) >= removeWait {
		done, h.done = h.done, nil
	}
	return done, empty
}

// acknowledge removes posts one by one. The server deals with acknowledgements in their order, so that the last one's
// confirmation is that of all.
func (t *taker) acknowledge(ctx context.Context, msgs []jetstream.Msg) {
	ctx, cancel := context.WithTimeout(ctx, tryLimit)
	defer cancel()
	last := len(msgs) - 1
	var err error
	for _, msg := range msgs[:last] {
		err = errors.Join(err, msg.Ack())
	}
	if err = errors.Join(err, msgs[last].DoubleAck(ctx)); err != nil {
		t.log.LogAttrs(ctx, slog.LevelWarn, "acknowledgement of posts not confirmed; they may come again",
			slog.Int("posts", len(msgs)), slog.Any("error", err))
	}
}

// purge removes everything that was delivered so far with one write, where that is certain to be done and nothing
// else: as many posts wait for an acknowledgement as are done here, and ours still do. It reports whether it did.
//
// That takes a server of its own, which has not been started again since ours were asked for (it may forget its last
// deliveries then), and a time short enough for none of ours to have been given to another process.
func (t *taker) purge(ctx context.Context, done []jetstream.Msg) bool {
	t.acks.Wait() // what is on its way would count
	info, err := t.cons.Info(ctx)
	if err != nil || info.NumAckPending != len(done) || time.Since(t.begun) > ackWait*3/4 || !t.sameServer(info) {
		return false
	}
	for _, msg := range done {
		if seq := sequence(msg); seq == 0 || seq > info.Delivered.Stream {
			return false
		}
	}
	var answer struct {
		Success bool `json:"success"`
	}
	ask := struct {
		Below uint64 `json:"seq"`
	}{info.Delivered.Stream + 1}
	err = t.api(ctx, "STREAM.PURGE."+streamIntake, ask, &answer)
	return err == nil && answer.Success
}

// sameServer reports whether the server at the other end of the connection keeps INTAKE alone, and was there all the
// time since the batch in hand was asked for.
func (t *taker) sameServer(info *jetstream.ConsumerInfo) bool {
	return t.nc.Stats().Reconnects == t.links && t.nc.ConnectedClusterName() == "" &&
		(info.Cluster == nil || info.Cluster.Name == "" && info.Cluster.Leader == t.nc.ConnectedServerName())
}
