package fakenet

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// Pipe serves h on connections in memory until ctx ends, real bytes all the same: inside a synctest bubble, where
// sockets of the system cannot be, client and server then share the bubble's clock. Dial connects to h whatever
// address it is given and fits into http.Transport and websocket.Dialer; wait waits until the server has stopped.
func Pipe(ctx context.Context, h http.Handler) (dial func(ctx context.Context, network, address string) (net.Conn, error), wait func()) {
	l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute, BaseContext: func(net.Listener) context.Context { return ctx }}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = s.Serve(l) // ErrServerClosed: a listener like this has no other fault
	}()
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	return l.dial, func() {
		defer stop()
		<-served
	}
}

// pipes is a listener in memory.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.done:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Accept implements net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

// Addr implements net.Listener.
func (p *pipes) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

// Network implements net.Addr.
func (pipeAddr) Network() string { return "pipe" }

// String implements net.Addr.
func (pipeAddr) String() string { return "pipe" }
