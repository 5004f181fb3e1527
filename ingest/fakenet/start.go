package fakenet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Start serves h on addr (such as "127.0.0.1:0") until ctx ends. It returns its address, and a function that waits
// until it has stopped.
func Start(ctx context.Context, h http.Handler, addr string) (base string, wait func() error, err error) {
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", addr)
	if err != nil {
		return "", nil, fmt.Errorf("start the fake server: %w", err)
	}
	// Requests that hang on purpose hang on ctx, so that it can stop.
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	return "http://" + l.Addr().String(), func() error {
		defer stop()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}, nil
}
