// Package natstest gives each test a real NATS server of its own, with JetStream on a temporary folder.
//
// A server listens on no port: clients are connected in process, so any number of tests run at once, and a server
// runs inside a testing/synctest bubble too, if TestMain calls Main. Everything is stopped, in order, when the test
// ends.
//
// It is for tests only; the program's own server is cmd/openfloor/app's.
package natstest

import (
	"net"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats-server/v2/server/ats"
	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"github.com/openfloor/openfloor/moderation/natsstore"
)

// Option changes how a server runs.
type Option func(*server.Options)

// Fast leaves out the sync to disk at every write, which the program always does. It is for tests that write a lot
// and where durability is not what they are about.
func Fast() Option { return func(o *server.Options) { o.SyncAlways = false } }

// With changes any option of the server.
func With(change func(*server.Options)) Option { return change }

// Main runs the tests of a package that uses this one, checks that no goroutine is left, and exits:
//
//	func TestMain(m *testing.M) { natstest.Main(m) }
//
// nats-server keeps one clock goroutine for the whole program, started with the first stream. If that happened
// inside a synctest bubble, the bubble's time would never move; so it is started here, outside of any. That is no
// promise of nats-server: TestBubble guards it.
//
// A server of 2.15.2 that is stopped while it makes a stream now and then leaves that stream's flusher behind, and with it
// its hold on the clock. Those two are left out; a server that nobody stopped leaves much more.
func Main(m *testing.M) {
	goleak.VerifyTestMain(clocked{m}, goleak.IgnoreTopFunction(serverPackage+".(*fileStore).flushStreamStateLoop"),
		goleak.IgnoreTopFunction(serverPackage+"/ats.Register.func1"))
}

const serverPackage = "github.com/nats-io/nats-server/v2/server"

// clocked keeps nats-server's clock running around the tests.
type clocked struct{ m *testing.M }

func (c clocked) Run() int {
	ats.Register()
	defer ats.Unregister()
	return c.m.Run()
}

// Run starts a server and returns a connection to it.
func Run(t testing.TB, opts ...Option) *nats.Conn {
	t.Helper()
	return Start(t, opts...).Conn(t)
}

// Store starts a server, makes the streams and returns the store on them.
func Store(t testing.TB, opts ...Option) *natsstore.Store {
	t.Helper()
	return Start(t, opts...).Store(t)
}

// Listen starts a server that listens on a free port of this machine, for tests of several processes, and returns
// its address.
func Listen(t testing.TB, opts ...Option) (url string) {
	t.Helper()
	return Start(t, append(opts, func(o *server.Options) {
		o.DontListen, o.Host, o.Port = false, "127.0.0.1", server.RANDOM_PORT
	})...).URL()
}

// Server is a server that can be stopped and started again on its folder. Its connections find it again by
// themselves.
type Server struct {
	t    testing.TB
	opts *server.Options

	mu  sync.Mutex // guards srv
	srv *server.Server
}

// Start starts a server. It is stopped when the test ends.
func Start(t testing.TB, opts ...Option) *Server {
	t.Helper()
	o := &server.Options{
		ServerName: "test", DontListen: true, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: t.TempDir(), SyncAlways: true,
		JetStreamMaxMemory: 256 << 20, JetStreamMaxStore: 4 << 30,
	}
	for _, opt := range opts {
		opt(o)
	}
	s := &Server{t: t, opts: o}
	if time.Now().Year() < 2020 { // in a bubble, which begins in the year 2000
		emptyPools()
		t.Cleanup(emptyPools)
	}
	s.start()
	t.Cleanup(s.Stop)
	return s
}

// emptyPools makes every sync.Pool let go of what it keeps. The timers and channels that NATS's server and client put
// into theirs belong to the bubble in which they were made, and end the process when they are used in another.
func emptyPools() {
	runtime.GC() // to the pools' second row
	runtime.GC() // and out
}

func (s *Server) start() {
	s.t.Helper()
	srv, err := server.NewServer(s.opts.Clone())
	if err != nil {
		s.t.Fatalf("natstest: %v", err)
	}
	srv.Start()
	if !srv.ReadyForConnections(20 * time.Second) {
		srv.Shutdown()
		s.t.Fatal("natstest: the server is not ready after 20 s")
	}
	s.mu.Lock()
	s.srv = srv
	s.mu.Unlock()
}

// Stop stops the server as the program does: it returns once everything is on disk.
func (s *Server) Stop() {
	s.mu.Lock()
	srv := s.srv
	s.srv = nil
	s.mu.Unlock()
	if srv != nil {
		srv.Shutdown()
		srv.WaitForShutdown()
	}
}

// Restart stops the server and starts it again on the same folder.
func (s *Server) Restart() {
	s.t.Helper()
	s.Stop()
	s.start()
}

// Resume starts the server after Stop.
func (s *Server) Resume() {
	s.t.Helper()
	s.start()
}

// URL is where the server listens; empty where it does not.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.srv == nil || s.opts.DontListen {
		return ""
	}
	return s.srv.ClientURL()
}

// Name is what the server calls itself.
func (s *Server) Name() string { return s.opts.ServerName }

// Dir is the folder that the server stores in.
func (s *Server) Dir() string { return s.opts.StoreDir }

// InProcessConn implements nats.InProcessConnProvider for whichever server is running now.
func (s *Server) InProcessConn() (net.Conn, error) {
	s.mu.Lock()
	srv := s.srv
	s.mu.Unlock()
	if srv == nil {
		return nil, os.ErrClosed
	}
	return srv.InProcessConn()
}

// Conn returns a connection to the server, in process. It reconnects for ever and is closed when the test ends.
func (s *Server) Conn(t testing.TB, opts ...nats.Option) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect("", append([]nats.Option{
		nats.InProcessServer(s), nats.MaxReconnects(-1), nats.ReconnectWait(20 * time.Millisecond),
		nats.ReconnectJitter(10*time.Millisecond, 10*time.Millisecond),
	}, opts...)...)
	if err != nil {
		t.Fatalf("natstest: connect: %v", err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// Store makes the streams, if they are not there yet, and returns a store on a connection of its own.
func (s *Server) Store(t testing.TB, opts ...natsstore.Option) *natsstore.Store {
	t.Helper()
	nc := s.Conn(t)
	if err := natsstore.Create(t.Context(), nc, 1); err != nil {
		t.Fatalf("natstest: %v", err)
	}
	st, err := natsstore.Open(t.Context(), nc, opts...)
	if err != nil {
		t.Fatalf("natstest: %v", err)
	}
	return st
}
