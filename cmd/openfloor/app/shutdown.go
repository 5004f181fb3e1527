package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
)

// Time limits of the stop. Together they stay below the 10 s that the contract gives.
const (
	stopTime    = 9500 * time.Millisecond // everything
	sourcesTime = time.Second
	streamsTime = time.Second
	httpTime    = 3 * time.Second
	workTime    = 2 * time.Second
	drainTime   = time.Second
)

// errSlow is the cause of a step that took too long.
var errSlow = errors.New("took too long")

// step is one step of the stop.
type step struct {
	name  string
	limit time.Duration // 0: what is left
	do    func(context.Context) error
}

// steps is the order in which the program stops. Each step leaves behind only what the ones after it need.
func (a *App) steps() []step {
	return []step{
		// Whoever distributes requests sends no more of them here.
		{"readiness off", 0, func(context.Context) error { a.stopping.Store(true); return nil }},
		// Nothing more comes in from the networks, or from the demonstration. Cursors are stored as it goes.
		{"sources stop", sourcesTime, a.intake.stop},
		// Viewers are told to come back (1012). Shutdown below does not see hijacked connections.
		{"streams closed", streamsTime, a.closeStreams},
		// Requests in hand are finished; they still need the desk and the read models.
		{"http", httpTime, a.closeHTTP},
		// The desk finishes what it has in hand, and acknowledges what it has taken in.
		{"desk", workTime, a.work.stop},
		// Nobody reads the read models any more.
		{"follower", workTime, a.reading.stop},
		// What is still to be sent is sent.
		{"nats drained", drainTime + time.Second, a.drain},
		// Everything is on disk already; a clean stop keeps the store's index.
		{"nats stopped", 0, a.stopNATS},
	}
}

// shutdown takes the steps, each within its limit. One that fails or is slow holds up nothing: everything that was
// acknowledged is on disk. It is an error only when the server could not be stopped.
func (a *App) shutdown() error {
	ctx, cancel := context.WithTimeoutCause(context.Background(), stopTime, errSlow)
	defer cancel()
	begun := time.Now()
	var last error
	for _, s := range a.steps() {
		last = a.take(ctx, s)
	}
	a.log.Info("stopped", slog.Duration("took", time.Since(begun).Round(time.Millisecond)))
	return last
}

func (a *App) take(ctx context.Context, s step) error {
	if s.limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, s.limit, errSlow)
		defer cancel()
	}
	a.log.Debug("stopping", slog.String("step", s.name))
	if err := s.do(ctx); err != nil {
		a.log.Warn("stopping goes on without this step", slog.String("step", s.name), slog.Any("err", err))
		return fmt.Errorf("stop: %s: %w", s.name, err)
	}
	return nil
}

// closeStreams closes the live streams with the code for a restart.
func (a *App) closeStreams(ctx context.Context) error {
	if a.live == nil {
		return nil
	}
	return a.live.Shutdown(ctx)
}

// closeHTTP takes no more connections and waits for the requests in hand; what is left then is cut.
func (a *App) closeHTTP(ctx context.Context) error {
	err := a.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, a.http.Close())
	}
	return errors.Join(err, a.accepting.stop(ctx))
}

// drain sends what is still to be sent and closes the connection.
func (a *App) drain(ctx context.Context) error {
	gone := make(chan struct{})
	a.nc.SetClosedHandler(func(*nats.Conn) { close(gone) })
	if a.nc.IsClosed() {
		return nil
	}
	defer a.nc.Close()
	if err := a.nc.Drain(); err != nil {
		return err // it is reconnecting: there is nobody to send to
	}
	return wait(ctx, func() {
		select {
		case <-gone:
		case <-ctx.Done():
		}
	})
}

// stopNATS stops the embedded server.
func (a *App) stopNATS(ctx context.Context) error {
	if a.natsd == nil {
		return nil
	}
	return wait(ctx, a.natsd.stop)
}
