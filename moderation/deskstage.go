package moderation

import (
	"context"
	"errors"
	"fmt"
)

// SetStage changes the stage and the submissions that come onto it or leave it, as one atomic batch, and returns
// it as it is then. With ErrStale it returns the stage as somebody else made it. Other errors: ErrInvalid,
// ErrState, ErrNotFound, ErrUnavailable.
func (d *Desk) SetStage(ctx context.Context, req StageRequest) (Stage, error) {
	var stage Stage
	for range tries {
		if err := d.sync(ctx); err != nil {
			return stage, err
		}
		if _, ok := d.record.Event(req.Event); !ok {
			return stage, ErrNotFound
		}
		stage = d.record.Stage(req.Event)
		if req.Op != "" && stage.Change.Op == req.Op {
			return stage, nil
		}
		if req.Rev != nil && *req.Rev != stage.Rev {
			return stage, &Problem{Kind: ErrStale, Detail: "The stage has changed. Look at it as it is now and decide again."}
		}
		next, moved, err := d.restage(stage, req)
		if err != nil {
			return stage, err
		}
		if sameStage(next, stage) {
			return stage, nil
		}
		next.Change = Change{Action: ChangeStage, By: req.By, At: d.time(), Op: req.Op}
		entries := append(moved, Entry{Stage: &next})
		stored, err := d.floor.Put(ctx, req.Op, entries...)
		if err == nil {
			return *stored[len(stored)-1].Stage, nil
		}
		if !errors.Is(err, ErrStale) {
			return stage, fmt.Errorf("set stage of %s: %w", req.Event, err)
		}
	}
	return stage, &Problem{Kind: ErrUnavailable, Detail: "Several people are changing the stage at once. Try again."}
}

func sameStage(a, b Stage) bool {
	a.Change, b.Change = Change{}, Change{}
	return a == b
}

// restage returns the stage that the request asks for and the submissions that move with it.
func (d *Desk) restage(cur Stage, req StageRequest) (Stage, []Entry, error) {
	n := cur
	if req.Blank != nil {
		n.Blank = *req.Blank
	}
	if req.Mode != nil {
		switch *req.Mode {
		case StageLive, StageJoin, StageHold:
			n.Mode = *req.Mode
		default:
			return n, nil, Invalid("mode", "The mode is live, join or hold.")
		}
	}
	if req.Next != nil {
		if err := d.stageable(req.Event, "next", *req.Next); err != nil {
			return n, nil, err
		}
		n.Next = *req.Next
	}
	switch {
	case req.Take && req.Now != nil:
		return n, nil, Invalid("take", "Say take or now, not both.")
	case req.Take:
		n.Now = n.Next
		if n.Now == "" {
			if queue := d.record.Queue(req.Event); len(queue) > 0 {
				n.Now = queue[0].ID
			} else if !req.Finish || cur.Now == "" {
				return n, nil, &Problem{Kind: ErrState, Detail: "There is nothing in the queue to take."}
			}
		}
		// It is not passed over: what comes next is for people to say.
		if s, ok := d.record.Submission(req.Event, n.Now); ok && !s.FitsScreen() {
			return n, nil, Invalid("take", "The next one is a post on X that is too long for the screen, and X wants its posts shown whole. Make a short version of it, or put another one on the screen.")
		}
	case req.Now != nil:
		if *req.Now != cur.Now {
			if err := d.stageable(req.Event, "now", *req.Now); err != nil {
				return n, nil, err
			}
		}
		n.Now = *req.Now
	case req.Finish:
		n.Now = ""
	}
	if n.Next != "" && n.Next == n.Now {
		if req.Next != nil && !req.Take && *req.Next != "" && n.Now == cur.Now {
			return n, nil, &Problem{Kind: ErrState, Detail: "It is on the stage already, so it cannot be lined up."}
		}
		n.Next = ""
	}
	if n.Now == cur.Now {
		return n, nil, nil
	}
	return d.move(cur, n, req)
}

// move makes the submissions follow from stage cur to n.
func (d *Desk) move(cur, n Stage, req StageRequest) (Stage, []Entry, error) {
	at := d.time()
	n.Since = nil
	var moved []Entry
	put := func(id string, a Action) error {
		s, ok := d.record.Submission(req.Event, id)
		if !ok {
			return fmt.Errorf("stage names %s: %w", id, ErrNotFound)
		}
		a.By, a.At, a.Op = req.By, at, req.Op
		next, err := s.Apply(a)
		if err != nil {
			return err
		}
		next.Rev = s.Rev
		moved = append(moved, Entry{Submission: &next})
		return nil
	}
	if cur.Now != "" {
		leave := Action{Name: Finish}
		if !req.Finish {
			first, _ := d.record.Ends(req.Event)
			leave = Action{Name: OffStage, Rank: RankBetween("", first, cur.Now)}
		}
		if err := put(cur.Now, leave); err != nil {
			return n, nil, err
		}
	}
	if n.Now != "" {
		n.Since = &at
		if err := put(n.Now, Action{Name: PutOnStage}); err != nil {
			return n, nil, err
		}
	}
	return n, moved, nil
}

// stageable says why a submission may not be now or next; nil where it may, and for nobody.
func (d *Desk) stageable(event, field, id string) error {
	if id == "" {
		return nil
	}
	s, ok := d.record.Submission(event, id)
	switch {
	case !ok:
		return Invalid(field, "There is no such submission in this event.")
	case s.MergedInto != "":
		return Invalid(field, "It was merged into another submission. Name that one.")
	case !s.FitsScreen():
		return Invalid(field, "This post on X is too long for the screen, and X wants its posts shown whole. Make a short version of it, and put that on the screen.")
	case s.State == Approved, s.State == Answered, s.State == Live && field == "next":
		return nil
	}
	return Invalid(field, fmt.Sprintf("Only approved or answered submissions may be on the stage; this one is %s.", s.State))
}
