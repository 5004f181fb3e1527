package moderation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// CreateEvent makes an event. Errors: ErrInvalid, ErrExists where the slug is taken, ErrUnavailable.
func (d *Desk) CreateEvent(ctx context.Context, req EventRequest) (Event, error) {
	if req.Spec == nil {
		return Event{}, Invalid("title", "An event needs a title.")
	}
	e, err := NewEvent(*req.Spec, d.time(), req.By)
	if err != nil {
		return e, err
	}
	e.Change.Op = req.Op
	stored, err := d.floor.Put(ctx, req.Op, Entry{Event: &e})
	if errors.Is(err, ErrStale) {
		return e, &Problem{Kind: ErrExists, Detail: fmt.Sprintf("There is an event %q already. Choose another slug.", e.Slug),
			Fields: []Field{{Field: "slug", Detail: "taken"}}}
	}
	if err != nil {
		return e, fmt.Errorf("create event %s: %w", e.Slug, err)
	}
	d.log.LogAttrs(ctx, slog.LevelInfo, "event made", slog.String("event", e.Slug))
	return *stored[0].Event, nil
}

// ChangeEvent changes, closes or reopens an event. With ErrStale it returns the event as somebody else made it.
// Other errors: ErrInvalid, ErrSyntax, ErrNotFound, ErrUnavailable.
func (d *Desk) ChangeEvent(ctx context.Context, req EventRequest) (Event, error) {
	var cur Event
	for range tries {
		if err := d.sync(ctx); err != nil {
			return cur, err
		}
		var ok bool
		if cur, ok = d.record.Event(req.Slug); !ok {
			return cur, &Problem{Kind: ErrNotFound, Detail: "There is no such event."}
		}
		if req.Op != "" && cur.Change.Op == req.Op {
			return cur, nil
		}
		if req.Rev != nil && *req.Rev != cur.Rev {
			return cur, &Problem{Kind: ErrStale, Detail: "The event has changed. Look at it as it is now and decide again."}
		}
		next, err := d.changed(cur, req)
		if errors.Is(err, ErrNothing) {
			return cur, nil
		}
		if err != nil {
			return cur, err
		}
		next.Change.Op = req.Op
		stored, err := d.floor.Put(ctx, req.Op, Entry{Event: &next})
		if err == nil {
			d.log.LogAttrs(ctx, slog.LevelInfo, "event changed", slog.String("event", cur.Slug), slog.String("action", string(req.Action)))
			return *stored[0].Event, nil
		}
		if !errors.Is(err, ErrStale) {
			return cur, fmt.Errorf("%s event %s: %w", req.Action, req.Slug, err)
		}
	}
	return cur, &Problem{Kind: ErrStale, Detail: "The event has changed. Look at it as it is now and decide again."}
}

// changed returns what the request makes of cur.
func (d *Desk) changed(cur Event, req EventRequest) (Event, error) {
	now := d.time()
	switch req.Action {
	case ChangeEvent:
		return cur.Patched(req.Patch, d.record.Received(cur.Slug) > 0, req.By, now)
	case CloseEvent:
		if cur.Shut {
			return cur, ErrNothing
		}
		cur.Shut = true
	case ReopenEvent:
		if cur.StateAt(now) != Closed {
			return cur, ErrNothing
		}
		cur.Shut = false
		if cur.ClosesAt != nil && !now.Before(*cur.ClosesAt) {
			cur.ClosesAt = nil // from here on by hand
		}
	default:
		return cur, Invalid("action", "There is no such action.")
	}
	cur.State = cur.StateAt(now)
	cur.Change = Change{Action: req.Action, By: req.By, At: now}
	return cur, nil
}

// Run keeps the stored state of each event true as its times pass, erases what could not be erased at once, and puts
// right what was merged while others decided about it, until ctx is done.
func (d *Desk) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		d.passTime(ctx)
		d.forgetDue(ctx)
		for _, e := range d.record.Events() {
			d.mend(ctx, e.Slug)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// passTime stores a revision of each event whose times have opened or closed it. Several desks may try at once:
// one of them is first, and the others find nothing left to do.
func (d *Desk) passTime(ctx context.Context) {
	now := d.time()
	for _, e := range d.record.Events() {
		state := e.StateAt(now)
		if state == e.State {
			continue
		}
		e.State = state
		e.Change = Change{Action: ChangeEvent, By: Actor{Role: RoleClock, Name: "clock"}, At: now}
		_, err := d.floor.Put(ctx, NewOp(), Entry{Event: &e})
		if err != nil && !errors.Is(err, ErrStale) && ctx.Err() == nil {
			d.log.LogAttrs(ctx, slog.LevelWarn, "the event's state is stored later", slog.String("event", e.Slug), slog.Any("err", err))
		}
	}
}
