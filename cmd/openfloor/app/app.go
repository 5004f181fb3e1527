package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"

	"github.com/nats-io/nats.go"

	"github.com/openfloor/openfloor/display"
	"github.com/openfloor/openfloor/display/live"
	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/ingest/inbox"
	"github.com/openfloor/openfloor/ingest/x"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/natsstore"
	"github.com/openfloor/openfloor/web"
	"github.com/openfloor/openfloor/web/auth"
)

// App is one process of the program. Build makes it, Run runs it once.
type App struct {
	cfg Config
	log *slog.Logger

	demo  *demonstration // nil: none
	temp  string         // the demonstration's folder, deleted at the end; empty: none
	data  *dataFolder    // nil on a cluster
	natsd *natsd         // nil on a cluster
	nc    *nats.Conn
	store *natsstore.Store

	record     *moderation.Record
	hub        *display.Hub // nil without the display and web roles
	live       *live.Live   // nil without the display role
	access     *auth.Access
	accounts   *x.Accounts        // on X, that events are connected to
	keys       auth.Keys          // of the deployment; there once the roles start
	supervisor *ingest.Supervisor // nil without the ingest role
	form       *inbox.Form
	webhook    *inbox.Webhook
	importer   *inbox.Importer
	sources    moderation.SourceBoard // how the sources are doing, wherever they are read

	metrics  *metrics
	listener net.Listener
	http     *http.Server
	plain    http.Handler               // health checks alone
	web      atomic.Pointer[web.Server] // pages and API; nil until what they show is there, or for good
	serving  atomic.Bool                // everything is started
	stopping atomic.Bool                // readiness is off

	// The workers, in the order in which they are stopped. Nil until Run.
	intake    *group // what brings something in from outside
	accepting *group // the HTTP server
	work      *group // the desk
	reading   *group // what keeps the read models

	ready chan struct{} // closed once links are known
	links []Link
	end   sync.Once
}

// Build makes an App: it takes the data folder, starts NATS or connects to it, opens the store and the port. It
// returns a *ConfigError where cfg is not valid. Whoever does not call Run calls Close.
func Build(ctx context.Context, cfg Config) (_ *App, err error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Out == nil {
		cfg.Out = io.Discard
	}
	if cfg.Version == "" {
		cfg.Version = "devel"
	}
	if len(cfg.Roles) == 0 {
		cfg.Roles = AllRoles
	}
	a := &App{cfg: cfg, log: cfg.Log, record: moderation.NewRecord(), ready: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if cfg.Demo {
		if a.demo, err = newDemonstration(&a.cfg); err != nil {
			return nil, err
		}
	}
	if err := a.openStore(ctx); err != nil {
		return nil, err
	}
	if err := a.buildRoles(); err != nil {
		return nil, err
	}
	a.metrics = newMetrics(a)
	a.plain = a.plainHandler()
	a.http = a.newHTTP()
	var lc net.ListenConfig
	if a.listener, err = lc.Listen(ctx, "tcp", cfg.Addr); err != nil {
		return nil, fmt.Errorf("listen on %s: %w; choose another address with --addr", cfg.Addr, err)
	}
	return a, nil
}

// openStore takes the data folder and starts the server in it, or connects to the cluster.
func (a *App) openStore(ctx context.Context) (err error) {
	if a.cfg.NATS != "" {
		if a.nc, err = connectCluster(ctx, a.cfg.NATS, a.cfg.NATSCreds, a.log); err != nil {
			return err
		}
		a.store, err = natsstore.Open(ctx, a.nc, natsstore.WithLogger(a.part("store")))
		return err
	}
	if a.cfg.Data == "" { // the demonstration
		if a.temp, err = os.MkdirTemp("", "openfloor-demo-"); err != nil {
			return fmt.Errorf("make a folder for the demonstration: %w", err)
		}
		a.cfg.Data = a.temp
	}
	if a.data, err = openDataFolder(a.cfg.Data); err != nil {
		return err
	}
	if emptied, err := a.data.emptied(); err != nil {
		return err
	} else if emptied {
		return a.data.errLost()
	}
	if a.natsd, err = startNATS(a.data, a.cfg.NATSListen, a.log); err != nil {
		return err
	}
	if a.nc, err = nats.Connect("", append(natsOptions(a.log), nats.InProcessServer(a.natsd.Server))...); err != nil {
		return fmt.Errorf("connect to the embedded NATS: %w", err)
	}
	a.store, err = openStore(ctx, a.nc, a.data, a.cfg.Version, a.part("store"))
	return err
}

// part returns the logger of one part of the program.
func (a *App) part(component string) *slog.Logger {
	return a.log.With(slog.String("component", component))
}

// Run does what the roles are there for until ctx is done, or until a part of it fails; then it stops in order and
// returns the failure, if it was one. It is called once.
func (a *App) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	fail := func(err error) { cancel(failure{err}) }
	alive := context.WithoutCancel(ctx) // the workers end in the order of shutdown, not with ctx
	a.intake, a.accepting = newGroup(alive, fail), newGroup(alive, fail)
	a.work, a.reading = newGroup(alive, fail), newGroup(alive, fail)

	err := a.start(ctx)
	if err == nil {
		<-ctx.Done()
	}
	if ctx.Err() != nil {
		err = nil // what start says then is only that it was interrupted
		if f, failed := errors.AsType[failure](context.Cause(ctx)); failed {
			err = f.error
		}
	}
	return errors.Join(err, a.shutdown(), a.Close())
}

// failure is the cause of a stop that nobody asked for.
type failure struct{ error }

// start starts everything, in the order in which one part needs the other, and prints the ready lines.
func (a *App) start(ctx context.Context) error {
	a.accepting.run("http", func(ctx context.Context) error {
		if err := a.http.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		<-ctx.Done()
		return nil
	})
	a.reading.run("record", a.follow)
	if a.hub != nil {
		a.reading.run("display", a.hub.Run)
		a.reading.run("votes", a.followVotes)
		a.reading.run("presence", func(ctx context.Context) error {
			return natsstore.SharePresence(ctx, a.nc, a.hub.Present, a.hub.SetPresent)
		})
	}
	if a.live != nil {
		a.reading.run("viewers", func(ctx context.Context) error {
			return natsstore.ShareViewers(ctx, a.nc, a.hub.Viewers, a.hub.SetElsewhere)
		})
	}
	a.reading.run("access", a.access.Run)
	a.reading.run("accounts", a.accounts.Run)
	if err := a.startRoles(ctx); err != nil {
		return err
	}
	a.serving.Store(true)
	slug, err := a.welcome(ctx)
	if err != nil {
		return err
	}
	if a.demo != nil {
		a.demo.run(a, slug)
	}
	close(a.ready)
	return nil
}

// Ready is closed once the process does everything its roles are there for, and Links are known.
func (a *App) Ready() <-chan struct{} { return a.ready }

// Links returns the addresses that were printed. Call it once Ready is closed.
func (a *App) Links() []Link { return a.links }

// Close gives back what Build took. After Run there is nothing left to give back; it may be called twice.
func (a *App) Close() (err error) {
	a.end.Do(func() {
		if a.listener != nil {
			if cerr := a.listener.Close(); !errors.Is(cerr, net.ErrClosed) {
				err = errors.Join(err, cerr)
			}
		}
		if a.nc != nil {
			a.nc.Close()
		}
		if a.natsd != nil {
			a.natsd.stop()
		}
		if a.data != nil {
			err = errors.Join(err, a.data.close())
		}
		if a.demo != nil {
			a.demo.close()
		}
		if a.temp != "" {
			err = errors.Join(err, os.RemoveAll(a.temp))
		}
	})
	return err
}
