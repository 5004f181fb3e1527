package moderation

import (
	"fmt"
	"slices"
	"time"
)

// How arrivals are treated, unless they are held or their author is trusted or blocked (Policy.Arrivals).
const (
	ArriveReview   = "review"    // a person looks at everything
	ArriveTrust    = "trust"     // whom a person has approved once is approved from then on
	ArriveOpenChat = "open_chat" // answers in a chat are approved; in a panel it is as review
)

// ReasonBlocked is the reason for which what a blocked author sends is rejected.
const ReasonBlocked = "blocked"

// The names under which RolePolicy acts.
const (
	byBlocked  = "policy for blocked authors"
	byTrusted  = "policy for trusted authors"
	byTrust    = "policy for authors approved before"
	byOpenChat = "policy for an open chat"
)

// burstPosts is how many posts of one author within burstTime are one too many. The form takes three at once
// from anybody, so those are no burst.
const (
	burstPosts = 4
	burstTime  = time.Minute
)

// foundLate is how long after its posting something has to be received to have been found late.
const foundLate = time.Hour

// arrival is what decides how a submission begins, besides what it says itself.
type arrival struct {
	event  Event
	author AuthorDecision
	// vouched says that a person has approved something of the author's, and that it stands.
	vouched bool
	earlier int    // how much the author has sent before
	near    int    // how much of it was posted within burstTime of this
	rank    string // the place at the end of the queue
}

// begin returns s, pending and with the flags of its text and its network, as it begins.
func (a arrival) begin(s Submission) Submission {
	s.Flags = append(s.Flags, a.flags(s)...)
	s.First = a.earlier == 0 && s.Source != FromDesk // where nobody knows who it was
	machine := func(action ActionName, state State, name string) {
		s.State = state
		s.Change.Action, s.Change.By = action, Actor{Role: RolePolicy, Name: name}
	}
	policy := a.policy(s)
	switch {
	case a.author.Blocked:
		machine(Reject, Rejected, byBlocked)
		s.Reason, s.Change.Reason = ReasonBlocked, ReasonBlocked
	case held(a.event, s):
		s.State = Held
	case policy != "" && !s.Flagged() && !a.event.Frozen && !a.event.Policy.TwoPerson:
		machine(Approve, Approved, policy)
		s.Rank, s.OnArrival = a.rank, true
	}
	return s
}

// policy returns the name under which s may be approved as it arrives; empty: not at all.
func (a arrival) policy(s Submission) string {
	switch arrivals := a.event.Policy.Arrivals; {
	case a.author.Trusted:
		return byTrusted
	case arrivals == ArriveTrust && a.vouched:
		return byTrust
	case arrivals == ArriveOpenChat && a.event.Mode == Chat && s.Kind == Answer:
		return byOpenChat
	}
	return ""
}

// flags returns the flags that come of who sent s, and when.
func (a arrival) flags(s Submission) []Flag {
	var flags []Flag
	if s.Source.Listens() {
		if ago := s.ReceivedAt.Sub(s.PostedAt); s.PostedAt.Before(a.event.CreatedAt) || ago > foundLate {
			flags = append(flags, Flag{Kind: FlagFoundLate, Detail: "found later: posted " + span(ago) + " before"})
		}
	}
	if a.near >= burstPosts-1 && bursts(s.Source) {
		flags = append(flags, Flag{Kind: FlagBurst, Detail: fmt.Sprintf("one of %d by this author within a minute", a.near+1)})
	}
	return flags
}

// span writes a length of time in the one unit that fits.
func span(d time.Duration) string {
	count := func(n int, unit string) string {
		if n == 1 {
			return "1 " + unit
		}
		return fmt.Sprintf("%d %ss", n, unit)
	}
	switch {
	case d >= 48*time.Hour:
		return count(int(d/(24*time.Hour)), "day")
	case d >= 2*time.Hour:
		return count(int(d/time.Hour), "hour")
	case d >= time.Minute:
		return count(int(d/time.Minute), "minute")
	}
	return count(max(1, int(d/time.Second)), "second")
}

// held reports whether a moderator has to look at s before it is even pending: its network marks it, it came in a
// flood, it has a blocked word, or the event holds what is flagged.
func held(ev Event, s Submission) bool {
	return slices.ContainsFunc(s.Flags, func(f Flag) bool {
		switch f.Kind {
		case FlagWarning, FlagBusy, FlagBlockedWord:
			return true
		}
		return ev.Policy.HoldFlagged && !f.Notice()
	})
}

// Notice reports whether f only tells something about a submission, and asks for no second look.
func (f Flag) Notice() bool { return f.Kind == FlagFoundLate }

// ofAuthor reports whether f comes of who sent something and when, so that it stays when the text changes.
func (f Flag) ofAuthor() bool { return f.Notice() || f.Kind == FlagBurst }

// Flagged reports whether anything about s asks for a second look.
func (s Submission) Flagged() bool {
	return slices.ContainsFunc(s.Flags, func(f Flag) bool { return !f.Notice() })
}

// bursts reports whether one author can be too quick at a source. A feed and an import hold what was written over
// time, and may not know when.
func bursts(s Source) bool { return s != FromFeed && s != FromImport }

// taking is what the posts of one batch, not stored yet, add to what the record knows. Its zero value is none.
type taking struct {
	posted map[string][]time.Time // when each author's were, by event and author key
	last   map[string]string      // the rank at the end of the queue, by event
	like   int                    // how many were compared with what was sent before
}

// begin returns s, just received and flagged for what it says, as it begins. The record has to be that of this
// moment.
func (d *Desk) begin(ev Event, s Submission, t *taking) Submission {
	if t.posted == nil {
		t.posted, t.last = map[string][]time.Time{}, map[string]string{}
	}
	who := ev.Slug + "/" + s.Author.Key
	a := d.record.arrival(ev.Slug, s)
	a.event = ev
	for _, at := range t.posted[who] {
		a.earlier++
		if at.Sub(s.PostedAt).Abs() < burstTime {
			a.near++
		}
	}
	if a.policy(s) != "" {
		last, ok := t.last[ev.Slug]
		if !ok {
			_, last = d.record.Ends(ev.Slug)
		}
		a.rank = RankBetween(last, "", s.ID)
	}
	s = a.begin(s)
	t.posted[who] = append(t.posted[who], s.PostedAt)
	if s.OnArrival {
		t.last[ev.Slug] = s.Rank
	}
	return s
}

// arrival returns what the record knows about the author of s.
func (r *Record) arrival(event string, s Submission) arrival {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var a arrival
	rm := r.rooms[event]
	if rm == nil {
		return a
	}
	a.author = rm.decisions[s.Author.Key]
	if t := rm.tallies[s.Author.Key]; t != nil {
		a.vouched, a.earlier = t.vouched > 0, t.sent
	}
	ids := rm.byAuthor[s.Author.Key]
	for _, id := range ids[max(0, len(ids)-burstLook):] {
		if by := rm.submissions[id].PostedAt.Sub(s.PostedAt).Abs(); by < burstTime {
			a.near++
		}
	}
	return a
}

// burstLook is how many of an author's newest submissions are looked through for a burst: what a network delivers
// out of order is at most about as much.
const burstLook = 64
