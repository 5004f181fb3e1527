package ingest

import (
	"context"
	"time"
)

// Sleep waits for d, or until ctx is done, whose cause is its error then.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
