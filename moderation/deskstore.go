package moderation

import (
	"context"
	"fmt"
	"slices"
)

// followMost is how many submissions one decision changes at most: a store takes 1,000 in one batch. Nobody merges as
// many by hand; what is left behind all the same belongs where Run puts it.
const followMost = 900

// turned is a submission before and after a decision. One that the decision makes has no before.
type turned struct{ was, is Submission }

// turns returns all that changes by cur becoming next, which comes first. The record has to be that of this moment.
func (d *Desk) turns(ctx context.Context, cur, next Submission) ([]turned, error) {
	all := []turned{{cur, next}}
	switch {
	case next.State.Gone():
		return d.leaving(ctx, all)
	case next.MergedInto != cur.MergedInto:
		root, pool, c := next.MergedInto, cur.MergedInto, next.Change
		if root == "" {
			root = next.ID
		}
		if pool == "" {
			pool = cur.ID
		}
		c.Reason = ""
		for _, s := range under(d.record.Merged(cur.Event, pool), cur.ID) {
			all = append(all, turned{s, s.along(root, c)})
		}
	}
	return all[:min(len(all), followMost)], nil
}

// leaving adds what goes with those of all that are taken back: their paraphrases are too, and what was merged into
// any of them stands for itself again.
func (d *Desk) leaving(ctx context.Context, all []turned) ([]turned, error) {
	known := func(id string) bool {
		return slices.ContainsFunc(all, func(t turned) bool { return t.is.ID == id })
	}
	for i := 0; i < len(all); i++ {
		t := all[i]
		if !t.is.State.Gone() {
			continue
		}
		for _, p := range d.record.Paraphrases(t.is.Event, t.is.ID) {
			if known(p.ID) || p.State.Gone() {
				continue
			}
			past, err := d.past(ctx, p)
			if err != nil {
				return nil, err
			}
			n, err := p.Apply(Action{Name: Withdraw, By: t.is.Change.By, At: t.is.Change.At, Op: t.is.Change.Op, Past: past})
			if err != nil {
				return nil, fmt.Errorf("withdraw the paraphrase %s: %w", p.ID, err)
			}
			all = append(all, turned{p, n})
		}
	}
	ev, _ := d.record.Event(all[0].is.Event)
	for _, t := range all {
		if !t.is.State.Gone() {
			continue
		}
		c := t.is.Change
		c.Action, c.Reason = Split, ""
		for _, s := range d.record.Merged(t.is.Event, t.is.ID) {
			if !known(s.ID) && len(all) < followMost {
				all = append(all, turned{s, s.released(c, ev.Frozen)})
			}
		}
	}
	return all, nil
}

// put stores all that one decision changes as one batch, with the stage where one of them may no longer be there, and
// returns the first of them. What becomes public does not come onto the stage by that, although somebody may have
// lined it up just as it was taken down; a paraphrase alone comes where its post was. The record has to be that of
// this moment.
func (d *Desk) put(ctx context.Context, op string, all []turned) (Submission, error) {
	event := all[0].is.Event
	stage := d.record.storedStage(event)
	n := stage
	entries := make([]Entry, 0, len(all)+1)
	mends, heir := false, 0 // number of entries before the stage: an heir has to be there, and what it replaces still
	for i := range all {
		t := &all[i]
		t.is.Rev = t.was.Rev
		entries = append(entries, Entry{Submission: &t.is})
		if t.is.Change.Action == Paraphrase && t.is.ParaphraseOf != "" && t.was.ID == "" {
			if n.Now == t.is.ParaphraseOf {
				n.Now, heir = t.is.ID, i+1
			}
			if n.Next == t.is.ParaphraseOf {
				n.Next, heir = t.is.ID, i+1
			}
			continue
		}
		if n.Now == t.is.ID && t.is.State != Live {
			n.Now, n.Since = "", nil
		}
		if n.Next == t.is.ID && !(t.was.Shown() && t.is.Shown()) {
			n.Next = ""
		}
		mends = mends || t.is.State.Gone() || t.is.MergedInto != t.was.MergedInto
	}
	if stage.Rev != 0 && n != stage {
		n.Change = all[0].is.Change
		at := len(entries)
		if heir > 0 {
			at = heir
		}
		entries = slices.Insert(entries, at, Entry{Stage: &n})
	}
	stored, err := d.floor.Put(ctx, op, entries...)
	if err != nil {
		return all[0].is, err
	}
	for _, e := range stored {
		if e.Submission != nil {
			d.forget(ctx, *e.Submission)
		}
	}
	if mends {
		d.mendAfter(ctx, event)
	}
	return *stored[0].Submission, nil
}
