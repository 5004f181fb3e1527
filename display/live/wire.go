package live

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// writePatience is how long a write may wait without one byte leaving before the viewer is closed (the contract's).
	writePatience = 10 * time.Second
	// writeChunk is how much is written at a time, so that a slow viewer shows progress within writePatience.
	writeChunk = 16 << 10
)

var (
	errBroken = errors.New("a frame was cut short")
	errLeft   = errors.New("the stream was closed")
)

// wire is a viewer's connection. Everything that leaves passes it: runs of frames from the pump and from the viewer's
// own goroutine, and gorilla's answers to pings and closes, which it believes to write to the connection itself.
type wire struct {
	net.Conn
	raw syscall.RawConn // nil: the connection can only be written to by waiting (TLS, a pipe)

	ending atomic.Bool // the stream is being closed: what is being written may not take long

	turn   turn  // held while frames leave, so that they leave whole
	broken error // guarded by turn: nothing can follow
}

// turn is a mutex made of a channel: one goroutine may hand it to another, and waiting for it lets the clock of a
// synctest bubble go on.
type turn chan struct{}

func (t turn) take() { t <- struct{}{} }
func (t turn) give() { <-t }
func (t turn) try() bool {
	select {
	case t <- struct{}{}:
		return true
	default:
		return false
	}
}

func newWire(c net.Conn) *wire {
	w := &wire{Conn: c, turn: make(turn, 1)}
	if sc, ok := c.(syscall.Conn); ok && canTry {
		if raw, err := sc.SyscallConn(); err == nil {
			w.raw = raw
		}
	}
	return w
}

// SetDeadline sets the read deadline only: wire sets the deadlines of writes.
func (w *wire) SetDeadline(t time.Time) error { return w.SetReadDeadline(t) }

// SetWriteDeadline does nothing, for the same reason.
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// Write writes whole frames, waiting for them to leave.
func (w *wire) Write(frames []byte) (int, error) {
	w.turn.take()
	defer w.turn.give()
	return w.flush(frames, writePatience)
}

// flush writes frames, or what is left of some; patience is for each byte of progress. The caller has the turn.
func (w *wire) flush(frames []byte, patience time.Duration) (int, error) {
	if w.broken != nil {
		return 0, w.broken
	}
	written := 0
	for written < len(frames) {
		if written > 0 && w.ending.Load() {
			w.broken = errBroken
			return written, w.broken
		}
		_ = w.Conn.SetWriteDeadline(time.Now().Add(patience))
		if w.ending.Load() { // hurry may have been here meanwhile
			_ = w.Conn.SetWriteDeadline(time.Now().Add(min(patience, goodbye)))
		}
		n, err := w.Conn.Write(frames[written:min(len(frames), written+writeChunk)])
		written += n
		if err != nil && !(n > 0 && errors.Is(err, os.ErrDeadlineExceeded)) {
			w.broken = errors.Join(errBroken, err)
			return written, err
		}
	}
	return written, w.Conn.SetWriteDeadline(time.Time{})
}

// hurry gives a write that is waiting no more time than a goodbye, and cuts a long one short: somebody who lost the
// right to a view is not given the rest of it.
func (w *wire) hurry() {
	w.ending.Store(true)
	_ = w.Conn.SetWriteDeadline(time.Now().Add(goodbye))
}

// closeWrite says that nothing more will be written, and reports whether it could.
func (w *wire) closeWrite() bool {
	half, ok := w.Conn.(interface{ CloseWrite() error })
	return ok && half.CloseWrite() == nil
}

// farewell writes a close frame. Nothing follows it.
func (w *wire) farewell(frame []byte) error {
	w.turn.take()
	defer w.turn.give()
	if _, err := w.flush(frame, goodbye); err != nil {
		return err
	}
	w.broken = errLeft
	return nil
}
