package moderation

import (
	"context"
	"errors"
	"log/slog"
)

// followMost is how many submissions go along with one decision in its own batch; what is left over is put right
// directly after it.
const followMost = 500

// turned is a submission before and after a decision.
type turned struct{ was, is Submission }

// following returns what else becomes another by cur becoming next: what was merged with it. The record has to be
// that of this moment.
func (d *Desk) following(cur, next Submission) []turned {
	ev, _ := d.record.Event(cur.Event)
	c := next.Change
	c.Reason = ""
	var out []turned
	switch {
	case next.State.Gone():
		c.Action = Split
		for _, s := range d.record.Merged(cur.Event, cur.ID) {
			out = append(out, turned{s, s.released(c, ev.Frozen)})
		}
	case next.MergedInto != cur.MergedInto:
		root, pool := next.MergedInto, cur.MergedInto
		if root == "" {
			root = next.ID
		}
		if pool == "" {
			pool = cur.ID
		}
		for _, s := range under(d.record.Merged(cur.Event, pool), cur.ID) {
			out = append(out, turned{s, s.along(root, c)})
		}
	}
	return out[:min(len(out), followMost)]
}

// mends reports whether a decision may have crossed another one about what is merged into what.
func mends(cur, next Submission) bool {
	return next.State.Gone() || next.MergedInto != cur.MergedInto
}

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
