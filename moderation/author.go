package moderation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// AuthorDecision is what moderators decided about one author of an event, as of revision Rev. The zero value, of
// an author nobody decided about, is neither. At most one of Trusted and Blocked is set.
//
// It counts for what comes after it and changes nothing that was sent before.
type AuthorDecision struct {
	Event   string `json:"event"`
	Key     string `json:"key"` // AuthorKey
	Rev     uint64 `json:"-"`   // stream sequence of this revision; 0 before it is stored
	Trusted bool   `json:"trusted"`
	Blocked bool   `json:"blocked"`
	Change  Change `json:"change"`
}

// AuthorRequest asks the desk for a decision about an author. What is nil stays as it is; saying that one of the
// two holds takes the other back, and saying both is ErrInvalid.
type AuthorRequest struct {
	Op      string  `json:"op"`
	Event   string  `json:"event"`
	Key     string  `json:"key"`
	Rev     *uint64 `json:"rev,omitempty"` // the decision's revision it was decided on, 0 for the first; nil: whichever is newest
	Trusted *bool   `json:"trusted,omitempty"`
	Blocked *bool   `json:"blocked,omitempty"`
	By      Actor   `json:"by"`
}

// over returns what the request makes of d.
func (req AuthorRequest) over(d AuthorDecision) (AuthorDecision, error) {
	trust, block := req.Trusted != nil && *req.Trusted, req.Blocked != nil && *req.Blocked
	if trust && block {
		return d, Invalid("trusted", "Nobody is trusted and blocked at once. Say one of them.")
	}
	n := d
	set(&n.Trusted, req.Trusted)
	set(&n.Blocked, req.Blocked)
	n.Trusted, n.Blocked = n.Trusted && !block, n.Blocked && !trust
	return n, nil
}

// DecideAuthor stores what moderators decide about an author and returns it. With ErrStale it returns the decision
// as somebody else made it. Other errors: ErrNotFound for an author who sent nothing, ErrInvalid, ErrUnavailable.
func (d *Desk) DecideAuthor(ctx context.Context, req AuthorRequest) (AuthorDecision, error) {
	var cur AuthorDecision
	for range tries {
		if err := d.sync(ctx); err != nil {
			return cur, err
		}
		a, ok := d.record.Author(req.Event, req.Key)
		if !ok {
			return cur, &Problem{Kind: ErrNotFound, Detail: "Nobody with this key has sent anything to this event."}
		}
		cur = a.Decision
		if req.Op != "" && cur.Change.Op == req.Op {
			return cur, nil // our own, asked for again after a lost answer
		}
		if req.Rev != nil && *req.Rev != cur.Rev {
			return cur, &Problem{Kind: ErrStale, Detail: fmt.Sprintf("%s decided about this author first. Look at it as it is now and decide again.",
				cmp.Or(cur.Change.By.Name, "Somebody else"))}
		}
		next, err := req.over(cur)
		if err != nil || next == cur {
			return cur, err
		}
		next.Change = Change{Action: ChangeAuthor, By: req.By, At: d.time(), Op: req.Op}
		stored, err := d.floor.Put(ctx, req.Op, Entry{Author: &next})
		if err == nil {
			d.log.LogAttrs(ctx, slog.LevelInfo, "decided about an author", slog.String("event", req.Event), slog.String("author", req.Key),
				slog.Bool("trusted", next.Trusted), slog.Bool("blocked", next.Blocked), slog.Any("by", req.By))
			return *stored[0].Author, nil
		}
		if !errors.Is(err, ErrStale) {
			return cur, fmt.Errorf("decide about author %s: %w", req.Key, err)
		}
	}
	return cur, &Problem{Kind: ErrStale, Detail: "Somebody else decided about this author first. Look at it as it is now and decide again."}
}

// AuthorRecord is one author of an event: what was decided about them, and what they sent.
type AuthorRecord struct {
	Decision    AuthorDecision
	Author      Author // as the newest of their submissions that has a name, a handle or an address shows them; Key is set
	Source      Source // of their newest submission
	Submissions int    // all but erased ones
	Approved    int    // approved, live or answered now
	Rejected    int    // rejected now
	// FirstAt and LastAt are when the first and the newest of their submissions were received; zero where none is left.
	FirstAt, LastAt time.Time
}

// Position returns the place of a in the order of Authors.
func (a AuthorRecord) Position() Position {
	at := a.FirstAt
	if at.IsZero() {
		at = a.Decision.Change.At
	}
	return Position{At: at, ID: a.Author.Key}
}

// Author returns what the record has about the author with this key; false where it has nothing.
func (r *Record) Author(event, key string) (AuthorRecord, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	rm := r.rooms[event]
	if rm == nil || key == "" {
		return AuthorRecord{}, false
	}
	return rm.author(event, key)
}

// Authors returns one page of an event's authors, those first who sent their first submission last, and whether
// there are more. Before is where the page begins, limit how many it has at most; zero: from the newest, and 50.
func (r *Record) Authors(event string, before Position, limit int) (page []AuthorRecord, more bool) {
	if limit <= 0 {
		limit = 50
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	rm := r.rooms[event]
	if rm == nil {
		return nil, false
	}
	keys := make(map[string]bool, len(rm.byAuthor)+len(rm.decisions))
	for key := range rm.byAuthor {
		keys[key] = true
	}
	for key := range rm.decisions {
		keys[key] = true
	}
	for key := range keys {
		if a, ok := rm.author(event, key); ok && (before.At.IsZero() || a.Position().compare(before) < 0) {
			page = append(page, a)
		}
	}
	slices.SortFunc(page, func(a, b AuthorRecord) int { return b.Position().compare(a.Position()) })
	if len(page) > limit {
		return page[:limit:limit], true
	}
	return page, false
}

// author puts together what there is about an author; false where that is nothing. The lock is held.
func (rm *room) author(event, key string) (AuthorRecord, bool) {
	a := AuthorRecord{Decision: rm.decisions[key], Author: Author{Key: key}}
	a.Decision.Event, a.Decision.Key = event, key
	var shown time.Time // when what shows them was received
	if n := rm.tallies[key]; n != nil {
		a.Submissions, a.Approved, a.Rejected = n.sent, n.approved, n.rejected
	}
	for _, id := range rm.byAuthor[key] {
		s := rm.submissions[id]
		if s.State == Erased {
			continue
		}
		if a.FirstAt.IsZero() || s.ReceivedAt.Before(a.FirstAt) {
			a.FirstAt = s.ReceivedAt
		}
		if !s.ReceivedAt.Before(a.LastAt) {
			a.LastAt, a.Source = s.ReceivedAt, s.Source
		}
		if by := s.Author; by.Name+by.Handle+by.URL != "" && !s.ReceivedAt.Before(shown) {
			by.Key = key
			a.Author, shown = by, s.ReceivedAt
		}
	}
	return a, a.Submissions > 0 || a.Decision.Rev != 0
}

// authorTally counts what one author sent, as it is now; what was erased counts for nothing.
type authorTally struct {
	sent, approved, rejected int
	vouched                  int // of the approved ones, those that a person approved
}

// tally counts s n times more. The lock is held.
func (rm *room) tally(s Submission, n int) {
	if s.Author.Key == "" || s.State == Erased {
		return
	}
	t := rm.tallies[s.Author.Key]
	if t == nil {
		t = &authorTally{}
		rm.tallies[s.Author.Key] = t
	}
	t.sent += n
	switch {
	case s.State == Rejected:
		t.rejected += n
	case s.State.Public():
		t.approved += n
		if !s.OnArrival {
			t.vouched += n
		}
	}
}

// decide takes in a decision about an author. The lock is held.
func (rm *room) decide(d AuthorDecision) {
	if d.Rev < rm.decisions[d.Key].Rev {
		return
	}
	rm.decisions[d.Key] = d
}

// LogValue keeps names out of the logs.
func (a AuthorRecord) LogValue() slog.Value {
	return slog.GroupValue(slog.String("event", a.Decision.Event), slog.String("author", a.Author.Key))
}
