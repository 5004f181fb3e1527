package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/openfloor/openfloor/moderation/natsstore"
)

// How NATS is reached.
const (
	connectTime  = 5 * time.Second // of one try, and of all of them at the start
	reconnectMin = 250 * time.Millisecond
	pingEvery    = 10 * time.Second // two that are not answered, and the connection is made anew
)

// natsOptions are what every connection has in common. It is made anew for ever; what is asked meanwhile runs into
// its own time limit.
func natsOptions(log *slog.Logger) []nats.Option {
	log = log.With(slog.String("component", "nats"))
	return []nats.Option{
		nats.Name("openfloor"), nats.Timeout(connectTime), nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectMin), nats.ReconnectJitter(reconnectMin, time.Second),
		nats.PingInterval(pingEvery), nats.MaxPingsOutstanding(2), nats.DrainTimeout(drainTime),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("NATS is gone; trying to reach it again", slog.Any("err", err))
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			log.Info("NATS is back", slog.String("server", nc.ConnectedUrlRedacted()))
		}),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			subject := ""
			if sub != nil {
				subject = sub.Subject
			}
			log.Warn("NATS", slog.String("subject", subject), slog.Any("err", err))
		}),
	}
}

// connectCluster connects to an external NATS. It tries for a few seconds, for one that starts at the same time.
func connectCluster(ctx context.Context, url, creds string, log *slog.Logger) (*nats.Conn, error) {
	opts := natsOptions(log)
	if creds != "" {
		opts = append(opts, nats.UserCredentials(creds))
	}
	deadline := time.Now().Add(connectTime)
	for {
		nc, err := nats.Connect(url, opts...)
		if err == nil {
			return nc, nil
		}
		if time.Now().After(deadline) || errors.Is(err, nats.ErrAuthorization) {
			return nil, fmt.Errorf("no NATS server at %s: %w; start it, or name another with --nats", redactAll(url), err)
		}
		select {
		case <-time.After(reconnectMin + rand.N(reconnectMin)):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// Init makes the streams on an external cluster, each kept by replicas servers. Streams that are there already are
// left alone.
func Init(ctx context.Context, url, creds string, replicas int) error {
	nc, err := connectCluster(ctx, url, creds, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer nc.Close()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return natsstore.Create(ctx, nc, replicas)
}

// openStore returns the store on the embedded server of a data folder. It makes the streams where the folder is
// new; a folder that was used and lacks them is reported, and nothing is made in it.
func openStore(ctx context.Context, nc *nats.Conn, data *dataFolder, version string, log *slog.Logger) (*natsstore.Store, error) {
	used, err := data.used()
	if err != nil {
		return nil, err
	}
	if !used {
		// No mark, but something stored: the mark was lost, or the folder is another program's.
		if used, err = holdsMessages(ctx, nc); err != nil {
			return nil, fmt.Errorf("look into the store: %w", err)
		}
		if !used {
			if err := natsstore.Create(ctx, nc, 1); err != nil {
				return nil, err
			}
		}
	}
	store, err := natsstore.Open(ctx, nc, natsstore.WithLogger(log.With(slog.String("component", "store"))))
	if errors.Is(err, natsstore.ErrNoStreams) {
		return nil, data.errLost()
	}
	if err != nil {
		return nil, err
	}
	if marked, err := data.used(); err != nil || marked {
		return store, err
	}
	return store, data.mark(version)
}

// holdsMessages reports whether any stream holds, or ever held, a message.
func holdsMessages(ctx context.Context, nc *nats.Conn) (bool, error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return false, err
	}
	streams := js.ListStreams(ctx)
	for info := range streams.Info() {
		if info.State.LastSeq > 0 {
			return true, nil
		}
	}
	return false, streams.Err()
}
