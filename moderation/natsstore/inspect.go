package natsstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// StoreState is how the store is doing, for people who look after it.
type StoreState struct {
	Server  string        // its address, without credentials
	Version string        // of NATS
	RTT     time.Duration // there and back
	// Used and Limit are bytes that streams take, and may take at most; Limit 0: no limit is set.
	Used, Limit uint64
	// Ahead is how far the server's clock is before ours; it is known to Uncertain.
	Ahead, Uncertain time.Duration
	Streams          []StreamState
}

// StreamState is how one stream is doing.
type StreamState struct {
	Name  string
	Fault error // it is missing, or not as Create makes it; nil: neither
	// Replicas is how many servers keep it, as it was made; Offline and Behind are those of them that are away, or have
	// not everything yet. Leaderless: nobody takes anything in.
	Replicas, Offline, Behind int
	Leaderless                bool
	Messages, Bytes           uint64
	MaxBytes                  int64 // 0 or less: no limit of its own
}

// Inspect returns how the store is doing. What is wrong with a stream is said there; the error says that the server
// cannot be asked.
func (s *Store) Inspect(ctx context.Context) (StoreState, error) {
	st := StoreState{Server: address(s.nc), Version: s.nc.ConnectedServerVersion()}
	var err error
	if st.RTT, err = s.nc.RTT(); err != nil {
		return st, fmt.Errorf("inspect the store: %w", unavailable(err))
	}
	account, err := s.js.AccountInfo(ctx)
	if err != nil {
		return st, fmt.Errorf("inspect the store: %w", unavailable(err))
	}
	st.Used = account.Store
	if account.Limits.MaxStore > 0 {
		st.Limit = uint64(account.Limits.MaxStore)
	}
	st.Uncertain = time.Hour
	for _, want := range streamConfigs(1) {
		asked := time.Now()
		stream, err := s.js.Stream(ctx, want.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			st.Streams = append(st.Streams, StreamState{Name: want.Name, Fault: ErrNoStreams})
			continue
		}
		if err != nil {
			return st, fmt.Errorf("inspect stream %s: %w", want.Name, unavailable(err))
		}
		took, info := time.Since(asked), stream.CachedInfo()
		if half := took / 2; half < st.Uncertain && !info.TimeStamp.IsZero() {
			st.Ahead, st.Uncertain = info.TimeStamp.Sub(asked.Add(half)), half
		}
		one := StreamState{Name: want.Name, Fault: checkStream(want, info.Config), Replicas: max(1, info.Config.Replicas),
			Messages: info.State.Msgs, Bytes: info.State.Bytes, MaxBytes: info.Config.MaxBytes}
		if c := info.Cluster; c != nil {
			one.Leaderless = c.Leader == ""
			for _, p := range c.Replicas {
				switch {
				case p.Offline:
					one.Offline++
				case !p.Current:
					one.Behind++
				}
			}
		}
		st.Streams = append(st.Streams, one)
	}
	return st, nil
}
