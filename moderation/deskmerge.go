package moderation

import (
	"context"
	"errors"
	"log/slog"
)

// mend puts right what decisions that crossed each other, or a crash, left behind in an event: what is merged into
// something that was merged or taken back at the same moment. Whatever fails here Run does again.
func (d *Desk) mend(ctx context.Context, event string) {
	ev, _ := d.record.Event(event)
	for _, s := range d.record.Strays(event) {
		root, err := home(s, func(id string) (Submission, bool) { return d.record.Submission(event, id) })
		if err != nil {
			continue
		}
		c := Change{Action: Split, By: Actor{Role: RoleClock, Name: "clock"}, At: d.time()}
		next := s.released(c, ev.Frozen)
		if root != "" {
			c.Action = Merge
			next = s.along(root, c)
		}
		if _, err = d.floor.Put(ctx, NewOp(), Entry{Submission: &next}); err != nil && !errors.Is(err, ErrStale) {
			if ctx.Err() == nil {
				d.log.LogAttrs(ctx, slog.LevelWarn, "what was merged is put right later", slog.Any("submission", s), slog.Any("err", err))
			}
			return
		}
	}
}

// mendAfter is mend with all that was decided until now.
func (d *Desk) mendAfter(ctx context.Context, event string) {
	if d.sync(ctx) == nil {
		d.mend(ctx, event)
	}
}
