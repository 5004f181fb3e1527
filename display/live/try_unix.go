//go:build unix

package live

import (
	"errors"
	"syscall"
)

const canTry = true

// trier writes to one socket after another without waiting, and without an allocation for each. It is for one
// goroutine.
type trier struct {
	frames []byte
	n      int
	err    error
	call   func(fd uintptr) bool
}

func newTrier() *trier {
	t := &trier{}
	t.call = func(fd uintptr) bool {
		for {
			t.n, t.err = syscall.Write(int(fd), t.frames)
			if t.err != syscall.EINTR { //nolint:errorlint // a system call's own result
				return true
			}
		}
	}
	return t
}

// write writes as much of frames as the socket takes now, which may be nothing. The caller has the turn.
func (t *trier) write(w *wire, frames []byte) (int, error) {
	if w.broken != nil {
		return 0, w.broken
	}
	t.frames, t.n, t.err = frames, 0, nil
	err := w.raw.Write(t.call)
	t.frames = nil
	if err == nil {
		err = t.err
	}
	switch {
	case errors.Is(err, syscall.EAGAIN):
		return 0, nil
	case err != nil:
		w.broken = err
		return 0, err
	}
	return t.n, nil
}
