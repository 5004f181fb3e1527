package live

import (
	"context"
	crand "crypto/rand"
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
	// Most is how many streams may be open at once, polls that wait included; 0: 50,000. One more is closed with
	// TooBusy, or answered 503.
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

	id   string          // names this process's cursors to those who poll
	life context.Context // ends with Shutdown
	end  context.CancelFunc

	mu      sync.Mutex // guards what follows
	closed  bool
	viewers map[*viewer]struct{}
	pumps   map[pumpKey]*pump
	polling int // polls that are waiting
	pollers map[pollerKey]*poller
}

// pumpKey is a stream on one kind of wire.
type pumpKey struct {
	stream  Stream
	framing *framing
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
	life, end := context.WithCancel(context.Background())
	return &Live{
		cfg: cfg, gate: make(chan struct{}, cfg.Snapshots),
		id: crand.Text()[:8], life: life, end: end,
		viewers: make(map[*viewer]struct{}), pumps: make(map[pumpKey]*pump), pollers: make(map[pollerKey]*poller),
	}
}

// Stream is one view of one event, as this package needs it; *display.View is one. All methods may be called at once.
type Stream interface {
	// Open returns what a viewer starts with who has seen since (nil: nothing) of epoch: a snapshot, or a message
	// without a Body where it can resume; its Index is the viewer's cursor.
	Open(since *uint64, epoch string) display.Message
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
	// At is where the last poll ended, as its answer said; empty: it was no poll of ours.
	At string
	// Poller tells those who poll apart, for Join: a poll is an open stream until Linger has passed without another one
	// by the same. Empty: polls are not counted.
	Poller string
	Linger time.Duration
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

// Serve answers a request for a stream in the way it asks for: a websocket upgrade, server-sent events where it accepts
// text/event-stream, otherwise one poll. What is none of them it answers with Refuse. A websocket's stream goes on by
// itself, as one of events does where the connection can be taken over, so that a viewer costs no more than a socket, a
// cursor and a reader: then Serve returns once the stream is open, and nothing of w and r is used after that.
func (l *Live) Serve(w http.ResponseWriter, r *http.Request, req Request) {
	switch {
	case l.isClosed():
		l.restarting(w, r)
	case websocket.IsWebSocketUpgrade(r):
		l.serveSocket(w, r, req)
	case r.Header.Get("Sec-Websocket-Key") != "":
		// Something on the way has taken the upgrade out of it. As a poll it would only be waited for in vain.
		w.Header().Set("Upgrade", "websocket")
		l.cfg.Refuse(w, r, http.StatusUpgradeRequired, "The websocket upgrade was lost on the way here. Read the stream as text/event-stream, or by polling.")
	case wantsEvents(r):
		l.serveEvents(w, r, req)
	default:
		l.servePoll(w, r, req)
	}
}

func (l *Live) restarting(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Retry-After", "1")
	l.cfg.Refuse(w, r, http.StatusServiceUnavailable, "The server is restarting. Try again in a moment.")
}

func (l *Live) tooBusy(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Retry-After", "5")
	l.cfg.Refuse(w, r, http.StatusServiceUnavailable, "So many are watching that there is no room for one more. Try again in a moment.")
}

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

// room says whether a viewer could be taken in now.
func (l *Live) room() admission {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return closing
	case len(l.viewers)+l.polling >= l.cfg.Most:
		return full
	}
	return admitted
}

// add takes a viewer in, or says why not. Where it does not, the viewer still counts as work until it has been told.
func (l *Live) add(v *viewer) admission {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return closing
	}
	l.work.Add(1) // done by the viewer's reader
	if len(l.viewers)+l.polling >= l.cfg.Most {
		return full
	}
	l.viewers[v] = struct{}{}
	key := pumpKey{v.stream, v.framing}
	p := l.pumps[key]
	if p == nil {
		p = &pump{live: l, stream: v.stream, framing: v.framing}
		l.pumps[key] = p
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
		delete(l.pumps, pumpKey{v.stream, v.framing})
	}
}

const (
	shutdownSpread = 800 * time.Millisecond
	shutdownSteps  = 16
)

// Shutdown refuses new streams, lets polls end and closes all others with Restart, in random order and over most of a
// second, so that they do not all come back at once. When ctx ends first it cuts what is left, and returns the cause. It may be
// called again.
func (l *Live) Shutdown(ctx context.Context) error {
	l.mu.Lock()
	l.closed = true
	l.end()
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
