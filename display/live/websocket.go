package live

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// hijacker hands gorilla a wire instead of the bare connection. It finds the Hijack of a wrapped ResponseWriter too.
type hijacker struct {
	http.ResponseWriter
	wire *wire
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, brw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.wire = newWire(c)
	return h.wire, brw, nil
}

// buffers is where gorilla borrows the buffer of its handshake.
var buffers = &sync.Pool{}

// serveSocket makes a stream of a websocket upgrade.
func (l *Live) serveSocket(w http.ResponseWriter, r *http.Request, req Request) {
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
	v := newViewer(l, h.wire, socketFraming, req)
	v.attach(ws)
	switch l.add(v) {
	case admitted:
		v.start(req)
	case full:
		v.refuse(TooBusy)
	case closing:
		v.refuse(Restart)
	}
}

// attach makes v the viewer of a websocket.
func (v *viewer) attach(ws *websocket.Conn) {
	v.ws = ws
	ws.SetReadLimit(mostBytes)
	ws.SetPongHandler(func(string) error {
		v.heard()
		return nil
	})
	answer := ws.PingHandler()
	ws.SetPingHandler(func(data string) error {
		v.heard()
		return answer(data)
	})
}

// listen takes in what the viewer sends until it leaves.
func (v *viewer) listen() error {
	if v.ws == nil {
		return v.hush()
	}
	for {
		v.heard()
		kind, message, err := v.ws.NextReader()
		if err != nil {
			return err
		}
		if v.said == nil || kind != websocket.TextMessage {
			if _, err := io.Copy(io.Discard, message); err != nil {
				return err
			}
			continue
		}
		body, err := io.ReadAll(message) // within the read limit
		if err != nil {
			return err
		}
		v.said(body)
	}
}

// heard gives the viewer another while to be silent in.
func (v *viewer) heard() {
	_ = v.wire.SetReadDeadline(time.Now().Add(silence))
	if v.leaving.Load() { // close may have been here meanwhile
		_ = v.wire.SetReadDeadline(time.Now().Add(goodbye))
	}
}
