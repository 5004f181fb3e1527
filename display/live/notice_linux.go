package live

import "syscall"

// userTimeout is TCP_USER_TIMEOUT of linux/tcp.h: how long what was sent may stay unacknowledged, in milliseconds.
const userTimeout = 0x12

// notice makes the connection fail once what was sent has not been acknowledged for as long as a websocket may be
// silent. A viewer that only listens says nothing by which its end would be known.
func (w *wire) notice() {
	if w.raw == nil {
		return
	}
	_ = w.raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, userTimeout, int(silence.Milliseconds()))
	})
}
