package app

import (
	"context"
	"fmt"
	"sync"
)

// group runs workers that are stopped together. The first of them that ends before that ends the program.
type group struct {
	ctx  context.Context
	end  context.CancelCauseFunc
	fail func(error)
	wg   sync.WaitGroup
}

// errStopping is why a group's context ends.
var errStopping = fmt.Errorf("the program is stopping: %w", context.Canceled)

// newGroup returns a group whose workers run until stop, or until ctx ends. Fail is told of a worker that ended by
// itself.
func newGroup(ctx context.Context, fail func(error)) *group {
	g := &group{fail: fail}
	g.ctx, g.end = context.WithCancelCause(ctx)
	return g
}

// run starts a worker.
func (g *group) run(name string, work func(context.Context) error) {
	g.wg.Go(func() {
		err := work(g.ctx)
		switch {
		case g.ctx.Err() != nil:
		case err == nil:
			g.fail(fmt.Errorf("%s ended by itself", name)) // a bug: a worker returns nil only when it is told to stop
		default:
			g.fail(fmt.Errorf("%s: %w", name, err))
		}
	})
}

// stop tells the workers to end and waits for them, or for ctx.
func (g *group) stop(ctx context.Context) error {
	g.end(errStopping)
	return wait(ctx, g.wg.Wait)
}

// wait calls a blocking function and waits for it, or for ctx.
func wait(ctx context.Context, f func()) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
