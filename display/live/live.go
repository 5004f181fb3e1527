package live

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/openfloor/openfloor/display"
)

// Config is what a Live is made with. The zero value works.
type Config struct {
	// Most is how many streams may be open at once; 0: 50,000. One more is closed with TooBusy.
	Most int
	// Snapshots is how many snapshots are written at once; 0: 64. Coming back all together, viewers are then served
	// a few at a time and quickly, rather than all at once and late.
	Snapshots int
	// Refuse answers a request that becomes no stream; nil: http.Error. Detail says why, for a person.
	Refuse func(w http.ResponseWriter, r *http.Request, status int, detail string)
	// Log; nil: nothing is logged.
	Log *slog.Logger
}

// Live holds the open streams of a process. It is safe for concurrent use. Its goroutines end with their streams;
// Shutdown ends those.
type Live struct {
	cfg  Config
	gate chan struct{}
	work sync.WaitGroup // every goroutine of every stream

	mu      sync.Mutex // guards what follows
	closed  bool
	viewers map[*viewer]struct{}
	pumps   map[Stream]*pump
}

// New returns a Live without streams.
func New(cfg Config) *Live {
	if cfg.Most <= 0 {
		cfg.Most = 50_000
	}
	if cfg.Snapshots <= 0 {
		cfg.Snapshots = 64
	}
	if cfg.Refuse == nil {
		cfg.Refuse = func(w http.ResponseWriter, _ *http.Request, status int, detail string) {
			http.Error(w, detail, status)
		}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Live{
		cfg: cfg, gate: make(chan struct{}, cfg.Snapshots),
		viewers: make(map[*viewer]struct{}), pumps: make(map[Stream]*pump),
	}
}

// Stream is one view of one event, as this package needs it; *display.View is one. All methods may be called at once.
type Stream interface {
	// Open returns what a viewer starts with who has seen since (nil: nothing) of epoch: a snapshot, or nil where it
	// can resume, and its cursor.
	Open(since *uint64, epoch string) (snapshot []byte, cursor uint64)
	// Next returns the messages after cursor, and false where they are no longer held.
	Next(cursor uint64) ([]display.Message, bool)
	// After is Next, but waits until there is a message or ctx ends.
	After(ctx context.Context, cursor uint64) ([]display.Message, bool, error)
}

// Request is what the web layer has made of a request for a stream: it exists, and the caller may see it.
type Request struct {
	Stream Stream
	Since  *uint64 // the newest sequence that the viewer has; nil: none
	Epoch  string  // of which store
	// Join is called once the stream is open, before anything is sent, and leave once it has ended; nil: nobody counts.
	Join func() (leave func())
	// Said is called with each text message that the viewer sends, of at most 16 KiB, one after the other; nil: what
	// it says is not listened to.
	Said func(message []byte)
	// Lost is closed when the viewer loses its right; nil: never.
	Lost <-chan struct{}
	// CheckOrigin reports whether the request's Origin may open this stream; nil: only the host's own may, or none.
	CheckOrigin func(r *http.Request) bool
}

// Serve makes a stream of a websocket upgrade, and answers what is no such thing with Refuse. It returns once the
// stream is open; the stream goes on by itself, so that a viewer costs no more than a socket, a cursor and a reader.
// Nothing of w and r is used after that.
func (l *Live) Serve(w http.ResponseWriter, r *http.Request, req Request) {
	if l.isClosed() {
		w.Header().Set("Retry-After", "1")
		l.cfg.Refuse(w, r, http.StatusServiceUnavailable, "The server is restarting. Try again in a moment.")
		return
	}
	h := &hijacker{ResponseWriter: w}
	upgrader := websocket.Upgrader{
		HandshakeTimeout: writePatience,
		ReadBufferSize:   512,
		WriteBufferSize:  512,
		WriteBufferPool:  buffers,
		CheckOrigin:      req.CheckOrigin,
		// One compressed message can inflate past the read limit, and costs three to seven times the CPU.
		EnableCompression: false,
		Error: func(_ http.ResponseWriter, r *http.Request, status int, reason error) {
			l.cfg.Refuse(w, r, status, reason.Error())
		},
	}
	ws, err := upgrader.Upgrade(h, r, nil)
	if err != nil {
		l.cfg.Log.Debug("no stream", slog.Any("error", err))
		return
	}
	v := newViewer(l, h.wire, ws, req)
	switch l.add(v) {
	case admitted:
		v.start(req)
	case full:
		v.refuse(TooBusy)
	case closing:
		v.refuse(Restart)
	}
}

// buffers is where gorilla borrows the buffer of its handshake.
var buffers = &sync.Pool{}

// Open returns the number of open streams.
func (l *Live) Open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.viewers)
}

func (l *Live) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

type admission int

const (
	admitted admission = iota
	full
	closing
)

// add takes a viewer in, or says why not. Where it does not, the viewer still counts as work until it has been told.
func (l *Live) add(v *viewer) admission {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return closing
	}
	l.work.Add(1) // done by the viewer's reader
	if len(l.viewers) >= l.cfg.Most {
		return full
	}
	l.viewers[v] = struct{}{}
	p := l.pumps[v.stream]
	if p == nil {
		p = &pump{live: l, stream: v.stream}
		l.pumps[v.stream] = p
	}
	p.users++
	v.pump = p
	return admitted
}

func (l *Live) remove(v *viewer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.viewers[v]; !ok {
		return
	}
	delete(l.viewers, v)
	if v.pump.users--; v.pump.users == 0 {
		delete(l.pumps, v.stream)
	}
}

const (
	shutdownSpread = 800 * time.Millisecond
	shutdownSteps  = 16
)

// Shutdown refuses new streams and closes all others with Restart, in random order and over most of a second, so
// that they do not all come back at once. When ctx ends first it cuts what is left, and returns the cause. It may be
// called again.
func (l *Live) Shutdown(ctx context.Context) error {
	l.mu.Lock()
	l.closed = true
	viewers := make([]*viewer, 0, len(l.viewers))
	for v := range l.viewers {
		viewers = append(viewers, v)
	}
	l.mu.Unlock()
	rand.Shuffle(len(viewers), func(i, j int) { viewers[i], viewers[j] = viewers[j], viewers[i] })

	done := make(chan struct{})
	go func() {
		for i := range shutdownSteps {
			for _, v := range viewers[i*len(viewers)/shutdownSteps : (i+1)*len(viewers)/shutdownSteps] {
				v.close(Restart)
			}
			if len(viewers) < shutdownSteps || i == shutdownSteps-1 {
				continue
			}
			select {
			case <-time.After(shutdownSpread / shutdownSteps):
			case <-ctx.Done():
			}
		}
		l.work.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	for _, v := range viewers {
		v.drop()
	}
	<-done
	return context.Cause(ctx)
}
