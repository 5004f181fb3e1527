package moderation

import (
	"context"
	"slices"
)

// A paraphrase says in a moderator's words what a post says, for where the post itself may not be reworded or does
// not fit. It takes the post's place: its state, rank, votes and what is merged into it, and its place on the stage.
// The post is merged into it, and it is taken back with the post.

// paraphrase returns the submission that says text in the place of s, under a's change.
func (s Submission) paraphrase(id string, a Action) Submission {
	return Submission{
		ID: id, Event: s.Event, Kind: s.Kind, Text: a.Text, Lang: s.Lang, Source: FromDesk, PostedAt: s.PostedAt, ReceivedAt: a.At,
		State: s.State, Reason: s.Reason, Rank: s.Rank, Flags: a.Flags, Note: s.Note, Prompt: s.Prompt, Part: s.Part, FiledBy: s.FiledBy,
		Late: s.Late, Host: s.Host, Tags: s.Tags, ParaphraseOf: s.ID, AnsweredAt: s.AnsweredAt, ReviewedBy: s.ReviewedBy, SimilarTo: s.SimilarTo,
		Change: Change{Action: a.Name, By: a.By, At: a.At, Op: a.Op},
	}
}

// paraphraseID is the id of the paraphrase that op makes of a post: the same when it is asked for again.
func paraphraseID(event, post, op string) string {
	return SubmissionID(event, "paraphrase:"+post+":"+op)
}

// paraphraseOf returns the paraphrase in which s is merged, and false where there is none.
func (d *Desk) paraphraseOf(s Submission) (Submission, bool) {
	p, ok := d.record.Submission(s.Event, s.MergedInto)
	return p, ok && p.ParaphraseOf == s.ID
}

// paraphrase returns what the paraphrase comes to that was asked for: it comes first, then the post.
func (d *Desk) paraphrase(ctx context.Context, ev Event, cur Submission, req ActRequest, a Action) ([]turned, error) {
	if p, ok := d.paraphraseOf(cur); ok && p.Text == req.Text {
		return nil, ErrNothing
	}
	a.Flags = append(FlagText(ev, req.Text), d.blocked(ev).flags(req.Text)...)
	p := cur.paraphrase(paraphraseID(cur.Event, cur.ID, req.Op), a)
	a.Target = &p
	if cur.Rank != "" {
		a.Rank = d.record.RankAfter(cur.Event, cur.Rank, cur.ID) // for the day when the post is split off
	}
	post, err := cur.Apply(a)
	if err != nil {
		return nil, err
	}
	after, err := d.turns(ctx, cur, post)
	return append([]turned{{is: p}}, after...), err
}

// unparaphrase returns what taking a paraphrase back comes to: the post is as it was, and the paraphrase is
// withdrawn. Either may be asked for, and comes first.
func (d *Desk) unparaphrase(ctx context.Context, cur Submission, a Action) ([]turned, error) {
	changed := &Problem{Kind: ErrStale, Detail: "The post or its paraphrase was changed since. Look at both as they are now and decide again."}
	post, ok := cur, true
	if cur.MergedInto == "" { // else it is the post
		if post, ok = d.record.Submission(cur.Event, cur.ParaphraseOf); !ok {
			return nil, changed
		}
	}
	p, ok := d.paraphraseOf(post)
	if !ok || p.Change.Op != post.Change.Op {
		return nil, changed
	}
	var err error
	if a.Before, err = d.before(ctx, post); err != nil {
		return nil, err
	}
	restored, err := post.Apply(a)
	if err != nil {
		return nil, err
	}
	all, err := d.turns(ctx, post, restored)
	if err != nil {
		return nil, err
	}
	past, err := d.past(ctx, p)
	if err != nil {
		return nil, err
	}
	withdrawn, err := p.Apply(Action{Name: Withdraw, By: a.By, At: a.At, Op: a.Op, Past: past})
	if err != nil {
		return nil, err
	}
	at := 1
	if cur.ID == p.ID {
		at = 0
	}
	return d.leaving(ctx, slices.Insert(all, at, turned{p, withdrawn}))
}
