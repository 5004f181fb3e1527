package moderation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// tries is how often the desk decides again where it may: for machines, and where a write of ours that did not
// depend on what the caller saw lost a race.
const tries = 5

// lag is how long the desk waits for its own record to catch up with what a caller has seen already.
const lag = 2 * time.Second

// DeskConfig is what a Desk needs besides the record.
type DeskConfig struct {
	Floor  Floor
	Record *Record // fed by whoever follows the floor; has to have caught up before the desk is used
	Secret []byte  // for AuthorKey; at least 16 bytes
	Log    *slog.Logger
	Now    func() time.Time // nil: time.Now
	// Portraits keeps the authors' pictures; nil: there are none.
	Portraits Portraits
}

// Desk acts on the record on behalf of people and takes in what sources deliver. It is safe for concurrent use,
// and any number of desks may work on one floor: the floor decides who was first.
type Desk struct {
	floor  Floor
	record *Record
	secret []byte
	log    *slog.Logger
	now    func() time.Time

	portraits Portraits // nil: none

	mu    sync.Mutex            // guards what follows
	due   map[string]Submission // withdrawn, by id, with revisions before that are still to be erased
	lists map[string]blocklist  // by event
}

// NewDesk returns a desk.
func NewDesk(c DeskConfig) (*Desk, error) {
	if c.Floor == nil || c.Record == nil {
		return nil, errors.New("desk: needs a floor and a record")
	}
	if len(c.Secret) < 16 {
		return nil, errors.New("desk: the secret is shorter than 16 bytes")
	}
	d := &Desk{floor: c.Floor, record: c.Record, secret: c.Secret, log: c.Log, now: c.Now, portraits: c.Portraits, due: map[string]Submission{}, lists: map[string]blocklist{}}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if d.now == nil {
		d.now = time.Now
	}
	return d, nil
}

// time is now as the record keeps it: UTC, to the microsecond.
func (d *Desk) time() time.Time { return d.now().UTC().Truncate(time.Microsecond) }

// Act does what the request says and returns the submission as it is then, stored for good. Asked again with the
// same op, it answers the same and does nothing twice.
//
// With ErrStale it returns what somebody else made of the submission first: the caller shows that, and the
// person decides again. Other errors: ErrNotFound, ErrGone, ErrState, ErrInvalid, ErrUnavailable.
func (d *Desk) Act(ctx context.Context, req ActRequest) (Submission, error) {
	var cur Submission
	for range tries {
		if err := d.sync(ctx); err != nil { // the queue, the stage and the submission as they are at this moment
			return cur, err
		}
		var ok bool
		if cur, ok = d.record.Submission(req.Event, req.ID); !ok {
			return cur, &Problem{Kind: ErrNotFound, Detail: "There is no such submission in this event."}
		}
		if cur.State == Erased {
			return cur, &Problem{Kind: ErrGone, Detail: "It was erased."}
		}
		if req.Op != "" && cur.Change.Op == req.Op {
			return d.outcome(cur, req), nil // our own, asked for again after a lost answer
		}
		if req.Rev != 0 && cur.Rev != req.Rev {
			return cur, staleBecause(cur)
		}
		all, err := d.decide(ctx, cur, req)
		if errors.Is(err, ErrNothing) {
			return d.outcome(cur, req), nil
		}
		if err != nil {
			return cur, err
		}
		stored, err := d.put(ctx, req.Op, all)
		if err == nil {
			d.log.LogAttrs(ctx, slog.LevelInfo, "decided", slog.Any("submission", stored),
				slog.String("action", string(req.Action)), slog.Any("by", req.By))
			return stored, nil
		}
		if !errors.Is(err, ErrStale) {
			return cur, fmt.Errorf("%s submission %s: %w", req.Action, req.ID, err)
		}
		// Either the submission or the stage was changed under us. Only the former is the caller's business.
	}
	return cur, staleBecause(cur)
}

// staleBecause says who was first.
func staleBecause(cur Submission) error {
	who := cur.Change.By.Name
	if who == "" {
		who = "Somebody else"
	}
	return &Problem{Kind: ErrStale, Detail: fmt.Sprintf("%s changed it first: it is %s now. Look at it as it is now and decide again.", who, cur.State)}
}

// outcome is what a request is answered with that has been carried out already.
func (d *Desk) outcome(cur Submission, req ActRequest) Submission {
	if p, ok := d.paraphraseOf(cur); ok && req.Action == Paraphrase {
		return p
	}
	return cur
}

// decide applies the request to cur, with everything the pure table needs to know, and returns all that changes by
// it: first what the request is answered with.
func (d *Desk) decide(ctx context.Context, cur Submission, req ActRequest) ([]turned, error) {
	ev, ok := d.record.Event(req.Event)
	if !ok {
		return nil, ErrNotFound
	}
	req, err := req.Checked(ev, cur)
	if err != nil {
		return nil, err
	}
	a := Action{Name: req.Action, By: req.By, At: d.time(), Reason: req.Reason, Op: req.Op, Frozen: ev.Frozen, TwoPerson: ev.Policy.TwoPerson,
		Text: req.Text, Kind: req.Kind, Prompt: req.Prompt, Add: req.Add, Remove: req.Remove}
	switch req.Action {
	case Approve, Return:
		_, last := d.record.Ends(req.Event)
		a.Rank = RankBetween(last, "", cur.ID)
	case Undo:
		if cur.Change.Action == Paraphrase {
			return d.unparaphrase(ctx, cur, a)
		}
		if a.Before, err = d.before(ctx, cur); err != nil {
			return nil, err
		}
		if a.Before != nil {
			a.Target = d.target(req.Event, a.Before.MergedInto)
		}
	case Paraphrase:
		return d.paraphrase(ctx, ev, cur, req, a)
	case Withdraw:
		if a.Past, err = d.past(ctx, cur); err != nil {
			return nil, err
		}
	case Edit:
		a.Flags = append(reflagged(ev, cur, req.Text), d.blocked(ev).flags(req.Text)...)
	case Move:
		if cur.State == Approved && cur.MergedInto == "" { // else Apply says why not
			if a.Rank, err = d.record.Slot(req.Event, req.ID, req.After); err != nil {
				return nil, err
			}
		}
	case Merge:
		a.Target = d.target(req.Event, req.Into)
	case Reject, Hold, Restore, AnswerIt, Split, NoteIt, TagIt, SetKind, FileIt:
	default:
		return nil, Invalid("action", "There is no such action.")
	}
	next, err := cur.Apply(a)
	if err != nil {
		return nil, err
	}
	if req.Action == Edit {
		next.SimilarTo = d.record.similarTo(next)
	}
	return d.turns(ctx, cur, next)
}

// before returns the revision before the newest one of cur; nil where there is none.
func (d *Desk) before(ctx context.Context, cur Submission) (*Submission, error) {
	past, err := d.floor.History(ctx, cur.Event, cur.ID)
	if err != nil {
		return nil, fmt.Errorf("history of %s: %w", cur.ID, err)
	}
	var before *Submission
	for i := range past {
		if past[i].Rev < cur.Rev {
			before = &past[i]
		}
	}
	return before, nil
}

// past returns what may be kept of all revisions of cur when its words are erased.
func (d *Desk) past(ctx context.Context, cur Submission) ([]Outline, error) {
	past, err := d.floor.History(ctx, cur.Event, cur.ID)
	if err != nil {
		return nil, fmt.Errorf("history of %s: %w", cur.ID, err)
	}
	return Outlines(past), nil
}

// target returns the submission id; nil where there is none.
func (d *Desk) target(event, id string) *Submission {
	s, ok := d.record.Submission(event, id)
	if !ok {
		return nil
	}
	return &s
}

// Outlines returns what may be kept of revisions that are going to be erased.
func Outlines(past []Submission) []Outline {
	var out []Outline
	for _, s := range past {
		if len(s.Past) > 0 {
			out = append(out[:0], s.Past...)
		}
		out = append(out, Outline{Rev: s.Rev, State: s.State, Change: s.Change})
	}
	return out
}

// forget erases the revisions before a withdrawal, and the author's picture with the last of what the author sent. A
// failure is made good by Run, or at the next start.
func (d *Desk) forget(ctx context.Context, s Submission) {
	if !s.State.Gone() {
		return
	}
	if err := d.erase(ctx, s); err != nil {
		d.log.LogAttrs(ctx, slog.LevelWarn, "the words of a withdrawn submission are yet to be erased; trying again", slog.Any("submission", s), slog.Any("err", err))
		d.mu.Lock()
		d.due[s.ID] = s
		d.mu.Unlock()
	}
}

// forgetDue tries again to erase what could not be erased when it was withdrawn.
func (d *Desk) forgetDue(ctx context.Context) {
	d.mu.Lock()
	due := maps.Clone(d.due)
	d.mu.Unlock()
	for id, s := range due {
		if d.erase(ctx, s) != nil {
			return // the store is away: the others would only wait for it too
		}
		d.mu.Lock()
		delete(d.due, id)
		d.mu.Unlock()
	}
}

// erase makes what s was before, and what is kept of its author alone, unreadable.
func (d *Desk) erase(ctx context.Context, s Submission) error {
	if err := d.floor.Erase(ctx, s.Event, s.ID, s.Rev); err != nil {
		return err
	}
	left := slices.ContainsFunc(d.record.ByAuthor(s.Event, s.Author.Key), func(o Submission) bool { return o.ID != s.ID && !o.State.Gone() })
	if d.portraits == nil || s.Author.Key == "" || left {
		return nil
	}
	return d.portraits.ErasePortrait(ctx, s.Event, s.Author.Key)
}

// sync waits until the record knows everything that was acknowledged before the call.
func (d *Desk) sync(ctx context.Context) error {
	last, err := d.floor.Last(ctx)
	if err != nil {
		return err
	}
	wait, cancel := context.WithTimeout(ctx, lag)
	defer cancel()
	if err := d.record.Wait(wait, last); err != nil {
		return fmt.Errorf("the record is behind: %w", ErrUnavailable)
	}
	return nil
}
