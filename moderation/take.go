package moderation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
)

// takeMost is how many entries of first sights TakeAll stores at once. A store takes 1,000 in one batch.
const takeMost = 512

// TakeAll takes posts into the record as Take does, and returns for each what Take would. What is seen for the first
// time is stored together, which costs one write to disk; what changes something known goes by itself, after
// everything before it. Posts of one thing are taken in their order.
func (d *Desk) TakeAll(ctx context.Context, posts []Post) []error {
	errs := make([]error, len(posts))
	var fresh []int               // first sights that are yet to be stored
	gathered := map[string]bool{} // their names: as many as there will be entries
	store := func() {
		d.takeFresh(ctx, posts, fresh, errs)
		fresh = fresh[:0]
		clear(gathered)
	}
	for i, p := range posts {
		names := p.names()
		_, known, _ := d.record.known(p)
		known = known || p.Renamed // which is never the first
		if known || len(gathered)+len(names) > takeMost || slices.ContainsFunc(names, func(id string) bool { return gathered[id] }) {
			store()
		}
		if _, ok := d.record.Event(p.Event); known || !ok {
			errs[i] = d.Take(ctx, p)
			continue
		}
		fresh = append(fresh, i)
		for _, id := range names {
			gathered[id] = true
		}
	}
	store()
	return errs
}

// takeFresh stores the first sights among posts that which names, and writes what becomes of them into errs. Where
// one of them turns out to be known, or cannot be stored, halves are tried, down to one by one.
func (d *Desk) takeFresh(ctx context.Context, posts []Post, which []int, errs []error) {
	if len(which) == 0 {
		return
	}
	if len(which) == 1 {
		errs[which[0]] = d.Take(ctx, posts[which[0]])
		return
	}
	if err := d.sync(ctx); err != nil { // as Take does
		for _, i := range which {
			errs[i] = fmt.Errorf("take %s: %w", posts[i].ID(), err)
		}
		return
	}
	var entries, stored []Entry
	var t taking
	var err error
	for _, i := range which {
		_, known, free := d.record.known(posts[i])
		if known { // by now
			err = ErrStale
			break
		}
		ev, _ := d.record.Event(posts[i].Event)
		entries = append(entries, d.first(ev, posts[i], free, &t)...)
	}
	if err == nil {
		// Without a name: repeated, the batch may hold other posts, and then each is recognised by what it is.
		stored, err = d.floor.Put(ctx, "", entries...)
	}
	switch {
	case err == nil:
		d.logReceived(ctx, stored)
	case errors.Is(err, ErrUnavailable):
		for _, i := range which {
			d.record.untaken(posts[i].Event, posts[i].ID())
			errs[i] = fmt.Errorf("take %s: %w", posts[i].ID(), err)
		}
	default:
		half := len(which) / 2
		d.takeFresh(ctx, posts, which[:half], errs)
		d.takeFresh(ctx, posts, which[half:], errs)
	}
}

// Take takes one post into the record: its first sight becomes a submission, an edit or a deletion changes the
// one it belongs to, and what is known already changes nothing. What is a copy of something known, or what something
// known is a copy of, is remembered as another name of that, and its deletion is that one's. When Take returns nil the
// post stands on FLOOR, and its delivery may be acknowledged; with any error it has to be delivered again.
func (d *Desk) Take(ctx context.Context, p Post) error {
	for range tries {
		// A block and a freeze count from the moment they were acknowledged, whichever process takes in.
		if err := d.sync(ctx); err != nil {
			return fmt.Errorf("take %s: %w", p.ID(), err)
		}
		ev, ok := d.record.Event(p.Event)
		if !ok {
			return fmt.Errorf("take %s: event %s: %w", p.ID(), p.Event, ErrNotFound)
		}
		cur, known, free := d.record.known(p)
		var err error
		switch {
		case p.Renamed && (!known || cur.ID != p.ID()):
			return nil
		case p.Renamed:
			err = d.takeRenamed(ctx, ev, cur, p)
		case !known:
			err = d.takeFirst(ctx, ev, p, free)
		case cur.ID == p.ID() || p.Deleted:
			err = d.takeChange(ctx, ev, cur, p)
		default:
			err = d.takeAlias(ctx, cur, p, free)
		}
		if !errors.Is(err, ErrStale) {
			return err
		}
		// Somebody was faster: look at what is stored, and decide again.
	}
	return fmt.Errorf("take %s: %w", p.ID(), ErrStale)
}

// takeFirst stores the first revision; ErrStale where there is one already.
func (d *Desk) takeFirst(ctx context.Context, ev Event, p Post, free []string) error {
	stored, err := d.floor.Put(ctx, "take/"+p.MsgID(), d.first(ev, p, free, &taking{})...)
	if err != nil {
		d.record.untaken(p.Event, p.ID())
		return fmt.Errorf("take %s: %w", p.ID(), err)
	}
	d.logReceived(ctx, stored)
	return nil
}

// takeRenamed shows what is known under the handle that its author has now. Nobody has to decide about it again.
func (d *Desk) takeRenamed(ctx context.Context, ev Event, cur Submission, p Post) error {
	if cur.State.Gone() {
		return nil
	}
	a := Action{Name: Renamed, By: Actor{Role: RoleSource, Name: string(p.Source)}, At: d.time(), Post: &p, Op: "take/" + p.MsgID()}
	next, err := cur.Apply(a)
	if errors.Is(err, ErrNothing) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("take %s: %w", cur.ID, err)
	}
	next.Flags = append(next.Flags, d.flagName(ev, next.Author)...)
	return d.takeTurns(ctx, a.Op, cur, next)
}

// takeAlias remembers those names of a post that are free as names of something known. Its edits are followed where
// that one is.
func (d *Desk) takeAlias(ctx context.Context, cur Submission, p Post, free []string) error {
	if len(free) == 0 {
		return nil
	}
	if _, err := d.floor.Put(ctx, "take/"+p.MsgID(), aliases(p.Event, free, cur.ID, d.time())...); err != nil {
		return fmt.Errorf("take %s as another of %s: %w", p.ID(), cur.ID, err)
	}
	return nil
}

// first returns everything that the first sight of a post stores, to be put together. Free are the names that it
// gets, its own first, and t is what is taken with it.
func (d *Desk) first(ev Event, p Post, free []string, t *taking) []Entry {
	s := d.receive(ev, p, t)
	return append([]Entry{{Submission: &s}}, aliases(p.Event, free[1:], s.ID, s.ReceivedAt)...)
}

// logReceived logs each submission among what was stored.
func (d *Desk) logReceived(ctx context.Context, stored []Entry) {
	for _, e := range stored {
		if e.Submission != nil {
			d.log.LogAttrs(ctx, slog.LevelInfo, "received", slog.Any("submission", *e.Submission), slog.String("source", string(e.Submission.Source)))
		}
	}
}

// receive makes the first revision out of a post.
func (d *Desk) receive(ev Event, p Post, t *taking) Submission {
	by := Actor{Role: RoleSource, Name: string(p.Source)}
	if p.By != nil {
		by = *p.By
	}
	s := Submission{
		ID: p.ID(), Event: p.Event, Kind: p.Kind, Text: p.Text, Lang: p.Lang, Source: p.Source, URL: p.URL,
		Author: Author{Name: p.Author.Name, Handle: p.Author.Handle, URL: p.Author.URL, Avatar: p.Author.Avatar,
			Key: AuthorKey(d.secret, p.Event, p.Source, p.Author.Account)},
		PostedAt: p.PostedAt.UTC(), ReceivedAt: d.time(), Version: p.Version, Request: p.Request,
		State: Pending, ReplyTo: p.ReplyTo, Tags: p.Tags, Prompt: p.Prompt,
		Change: Change{Action: Receive, By: by, At: d.time()},
	}
	if s.PostedAt.IsZero() || s.PostedAt.After(s.ReceivedAt) { // a network's clock cannot be ahead of ours
		s.PostedAt = s.ReceivedAt
	}
	if s.Kind == "" {
		s.Kind = Question
		if ev.Mode == Chat {
			s.Kind = Answer
		}
	}
	if p.Deleted { // the deletion came first, and wins
		s.State, s.Change.Action = Withdrawn, Withdraw
		s.forget()
		return s
	}
	s.Flags = d.flagsOf(ev, s.Author, p)
	s = d.begin(ev, s, t)
	if t.like++; t.like <= compareMost {
		s.SimilarTo = d.record.similarTo(s)
	} else {
		s.SimilarTo = d.record.sameWords(s)
	}
	return s
}

// takeChange applies an edit or a deletion to what is known.
func (d *Desk) takeChange(ctx context.Context, ev Event, cur Submission, p Post) error {
	a := Action{Name: Revised, By: Actor{Role: RoleSource, Name: string(p.Source)}, At: d.time(), Post: &p,
		Flags: d.flagsOf(ev, cur.Author, p), Op: "take/" + p.MsgID()}
	if p.Deleted {
		past, err := d.floor.History(ctx, p.Event, cur.ID)
		if err != nil {
			return fmt.Errorf("take %s: %w", cur.ID, err)
		}
		a.Name, a.Past = Withdraw, Outlines(past)
	}
	if cur.State.Gone() {
		return nil // it does not come back
	}
	next, err := cur.Apply(a)
	if errors.Is(err, ErrNothing) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("take %s: %w", cur.ID, err)
	}
	if next.State == Pending && held(ev, next) {
		next.State = Held
	}
	if err := d.sync(ctx); err != nil { // the stage has to be that of this moment
		return fmt.Errorf("take %s: %w", cur.ID, err)
	}
	next.SimilarTo = d.record.similarTo(next)
	return d.takeTurns(ctx, a.Op, cur, next)
}

// takeTurns stores next over cur, with all that goes with it.
func (d *Desk) takeTurns(ctx context.Context, op string, cur, next Submission) error {
	all, err := d.turns(ctx, cur, next)
	if err == nil {
		_, err = d.put(ctx, op, all)
	}
	if err != nil {
		return fmt.Errorf("take %s: %w", cur.ID, err)
	}
	return nil
}
