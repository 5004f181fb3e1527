package live

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/openfloor/openfloor/display"
)

// What the contract gives viewers.
const (
	pingEvery = 20 * time.Second
	silence   = 60 * time.Second // without a word or a pong: dropped
	mostBytes = 16 << 10         // of one message from a viewer
)

const (
	// gateWait is how long a viewer waits for its turn to be given a snapshot before it is told TooBusy.
	gateWait = 10 * time.Second
	// gateHold is how long one viewer's slow snapshot may keep others from theirs.
	gateHold = time.Second
	// goodbye is how long a closed viewer has to answer before the connection is cut.
	goodbye = time.Second
)

// viewer is one open stream, by websocket or as server-sent events.
type viewer struct {
	live    *Live
	wire    *wire
	ws      *websocket.Conn // nil: server-sent events
	framing *framing
	before  []byte // what the wire begins with
	stream  Stream
	pump    *pump

	ctx     context.Context // of the viewer's own goroutines: ends with it
	cancel  context.CancelFunc
	leaving atomic.Bool // being closed: nothing new is begun
	ping    *time.Timer
	leave   func()
	said    func(message []byte) // nil: nobody listens

	cursor uint64 // belongs to the pump while parked, else to write
	slot   int    // in the pump's list; -1: not parked. The pump's mu guards it.
}

func newViewer(l *Live, w *wire, f *framing, req Request) *viewer {
	v := &viewer{live: l, wire: w, framing: f, stream: req.Stream, slot: -1, leave: func() {}}
	v.ctx, v.cancel = context.WithCancel(context.Background())
	return v
}

// start begins the stream. The viewer counts as work already.
func (v *viewer) start(req Request) {
	v.said = req.Said
	if req.Join != nil {
		v.leave = req.Join() // first, so that the snapshot counts its viewer
	}
	v.ping = time.AfterFunc(time.Hour, v.sendPing)
	v.ping.Reset(pingEvery) // only now, so that sendPing sees v.ping
	v.live.work.Go(func() { v.begin(req.Since, req.Epoch) })
	if req.Lost != nil {
		v.live.work.Go(func() {
			select {
			case <-req.Lost:
				v.close(RightLost)
			case <-v.ctx.Done():
			}
		})
	}
	go v.read()
}

// refuse closes a viewer that was never admitted.
func (v *viewer) refuse(code CloseCode) {
	if code == Restart { // work is being waited for already
		defer v.cancel()
		defer v.wire.Close()
		v.sayGoodbye(code)
		return
	}
	v.close(code)
	go v.read()
}

// read takes in what the viewer sends until it leaves, and then clears up after it.
func (v *viewer) read() {
	defer v.live.work.Done()
	err := v.listen()
	v.leaving.Store(true)
	v.cancel()
	if v.ping != nil {
		v.ping.Stop()
	}
	if v.pump != nil {
		v.pump.unpark(v)
	}
	v.live.remove(v)
	v.leave()
	if errors.Is(err, websocket.ErrReadLimit) {
		v.linger() // gorilla has sent TooLarge
	}
	_ = v.wire.Close()
	v.live.cfg.Log.Debug("stream ended", slog.Any("error", err))
}

// linger lets the other side read the close frame: a connection cut with unread bytes in it loses what was written.
func (v *viewer) linger() {
	v.wire.closeWrite()
	_ = v.wire.SetReadDeadline(time.Now().Add(goodbye))
	_, _ = io.Copy(io.Discard, io.LimitReader(v.wire.Conn, 1<<20))
}

// drop cuts the connection; read does the rest.
func (v *viewer) drop() { _ = v.wire.Close() }

// close ends the stream with a code, without waiting for it.
func (v *viewer) close(code CloseCode) {
	if v.leaving.Swap(true) {
		return
	}
	v.cancel()
	v.live.work.Go(func() {
		if v.pump != nil {
			v.pump.unpark(v)
		}
		v.wire.hurry()
		v.sayGoodbye(code)
	})
}

// sayGoodbye sends the close frame, where there is such a thing, and gives read a moment to hear the answer. Where
// frames were cut short there is nothing left to say.
func (v *viewer) sayGoodbye(code CloseCode) {
	var frame []byte
	if v.framing.bye != nil {
		frame = v.framing.bye(code)
	}
	if err := v.wire.farewell(frame); err != nil {
		v.drop()
		return
	}
	if v.ws == nil && !v.wire.closeWrite() {
		v.drop()
		return
	}
	_ = v.wire.SetReadDeadline(time.Now().Add(goodbye))
}

// failed ends a stream that could not be written to, unless it is being closed in good order.
func (v *viewer) failed(err error) {
	if !errors.Is(err, errLeft) {
		v.drop()
	}
}

func (v *viewer) sendPing() {
	if v.leaving.Load() {
		return
	}
	if _, err := v.wire.Write(v.framing.idle); err != nil {
		v.failed(err)
		return
	}
	v.ping.Reset(pingEvery)
}

// begin gives a viewer what it starts with.
func (v *viewer) begin(since *uint64, epoch string) {
	if len(v.before) > 0 {
		if _, err := v.wire.Write(v.before); err != nil {
			v.failed(err)
			return
		}
		v.before = nil
	}
	if start := v.stream.Open(since, epoch); start.Body == nil {
		v.cursor = start.Index
	} else if !v.writeSnapshot() {
		return
	}
	v.write(nil)
}

// write brings the viewer up to date until the pump can take it over, and for good where it cannot. Rest is what is
// left of frames that were begun: with it comes the turn.
func (v *viewer) write(rest []byte) {
	if rest != nil {
		_, err := v.wire.flush(rest, writePatience)
		v.wire.turn.give()
		if err != nil {
			v.failed(err)
			return
		}
	}
	for !v.leaving.Load() {
		news, ok := v.stream.Next(v.cursor)
		if ok && len(news) == 0 {
			if v.pump.park(v) {
				return
			}
			var err error
			if news, ok, err = v.stream.After(v.ctx, v.cursor); err != nil {
				return
			}
		}
		if !ok || len(news) > farBehind {
			if !v.writeSnapshot() {
				return
			}
			continue
		}
		r := newRun(v.framing, news)
		if _, err := v.wire.Write(r.frames); err != nil {
			v.failed(err)
			return
		}
		v.cursor = r.last()
	}
}

// writeSnapshot gives the viewer a fresh snapshot, when its turn comes, and reports whether it has it.
func (v *viewer) writeSnapshot() bool {
	select {
	case v.live.gate <- struct{}{}:
	case <-v.ctx.Done():
		return false
	case <-time.After(gateWait):
		v.close(TooBusy)
		return false
	}
	var left atomic.Bool
	pass := func() {
		if !left.Swap(true) {
			<-v.live.gate
		}
	}
	slow := time.AfterFunc(gateHold, pass)
	defer slow.Stop()
	defer pass()

	m := v.stream.Open(nil, "") // as it is now that its turn has come
	v.wire.turn.take()
	err := v.flushMessage(m)
	v.wire.turn.give()
	if err != nil {
		v.failed(err)
		return false
	}
	v.cursor = m.Index
	return true
}

// flushMessage writes one long message without copying all of it. The caller has the turn.
func (v *viewer) flushMessage(m display.Message) error {
	first := min(len(m.Body), writeChunk-headMost)
	frame := append(v.framing.head(make([]byte, 0, first+headMost), m), m.Body[:first]...)
	for _, part := range [][]byte{frame, m.Body[first:], []byte(v.framing.tail)} {
		if len(part) == 0 {
			continue
		}
		if _, err := v.wire.flush(part, writePatience); err != nil {
			return err
		}
	}
	return nil
}
