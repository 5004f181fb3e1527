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
			return cur, nil // our own, asked for again after a lost answer
		}
		if req.Rev != 0 && cur.Rev != req.Rev {
			return cur, staleBecause(cur)
		}
		next, err := d.decide(ctx, cur, req)
		if errors.Is(err, ErrNothing) {
			return cur, nil
		}
		if err != nil {
			return cur, err
		}
		stored, err := d.store(ctx, req.Op, cur, next)
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

// decide applies the request to cur, with everything the pure table needs to know.
func (d *Desk) decide(ctx context.Context, cur Submission, req ActRequest) (Submission, error) {
	ev, ok := d.record.Event(req.Event)
	if !ok {
		return cur, ErrNotFound
	}
	req, err := req.Checked(ev, cur)
	if err != nil {
		return cur, err
	}
	a := Action{Name: req.Action, By: req.By, At: d.time(), Reason: req.Reason, Op: req.Op, Frozen: ev.Frozen, TwoPerson: ev.Policy.TwoPerson,
		Text: req.Text, Kind: req.Kind, Add: req.Add, Remove: req.Remove}
	switch req.Action {
	case Approve, Return:
		_, last := d.record.Ends(req.Event)
		a.Rank = RankBetween(last, "", cur.ID)
	case Undo:
		past, err := d.floor.History(ctx, req.Event, req.ID)
		if err != nil {
			return cur, fmt.Errorf("history of %s: %w", req.ID, err)
		}
		for i := range past {
			if past[i].Rev < cur.Rev {
				a.Before = &past[i]
			}
		}
		if a.Before != nil {
			a.Target = d.target(req.Event, a.Before.MergedInto)
		}
	case Withdraw:
		past, err := d.floor.History(ctx, req.Event, req.ID)
		if err != nil {
			return cur, fmt.Errorf("history of %s: %w", req.ID, err)
		}
		a.Past = Outlines(past)
	case Edit:
		a.Flags = append(reflagged(ev, cur, req.Text), d.blocked(ev).flags(req.Text)...)
	case Move:
		if cur.State == Approved && cur.MergedInto == "" { // else Apply says why not
			if a.Rank, err = d.record.Slot(req.Event, req.ID, req.After); err != nil {
				return cur, err
			}
		}
	case Merge:
		a.Target = d.target(req.Event, req.Into)
	case Reject, Hold, Restore, AnswerIt, Split, NoteIt, TagIt, SetKind:
	default:
		return cur, Invalid("action", "There is no such action.")
	}
	next, err := cur.Apply(a)
	if err == nil && req.Action == Edit {
		next.SimilarTo = d.record.similarTo(next)
	}
	return next, err
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

// store puts next over cur, with it what follows from that, and the stage where one of them may no longer be there.
// What becomes public does not come onto the stage by that, although somebody may have lined it up just as it was
// taken down. The record has to be that of this moment.
func (d *Desk) store(ctx context.Context, op string, cur, next Submission) (Submission, error) {
	all := append([]turned{{cur, next}}, d.following(cur, next)...)
	stage := d.record.storedStage(cur.Event)
	n := stage
	entries := make([]Entry, 0, len(all)+1)
	for i := range all {
		t := &all[i]
		t.is.Rev = t.was.Rev
		entries = append(entries, Entry{Submission: &t.is})
		if n.Now == t.is.ID && t.is.State != Live {
			n.Now, n.Since = "", nil
		}
		if n.Next == t.is.ID && !(t.was.Shown() && t.is.Shown()) {
			n.Next = ""
		}
	}
	if stage.Rev != 0 && n != stage {
		n.Change = next.Change
		entries = append(entries, Entry{Stage: &n})
	}
	stored, err := d.floor.Put(ctx, op, entries...)
	if err != nil {
		return next, err
	}
	for _, e := range stored[:len(all)] {
		d.forget(ctx, *e.Submission)
	}
	if mends(cur, next) {
		d.mendAfter(ctx, cur.Event)
	}
	return *stored[0].Submission, nil
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
