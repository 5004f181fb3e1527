package moderation

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// Vote is what one voter last said of one submission.
type Vote struct {
	Event string
	ID    string // of the submission
	// Voter is AuthorKey of who voted, of a visitor the same that their own submissions have: that is how one person
	// who asked, or voted for two of what was merged, is counted once. It is good in its event alone.
	Voter string
	For   bool   // false: it was taken back
	Seq   uint64 // of the stream of votes; 0 before it is stored
}

// Votes is the read model of who votes for what. Feed it every vote in stream order with Apply; it can be thrown away
// and rebuilt at any time. It is safe for concurrent use.
type Votes struct {
	mu     sync.RWMutex // guards everything below; nothing else is locked while it is held
	rooms  map[string]*ballots
	seen   uint64
	wake   chan struct{} // closed at the next Apply; nil: nobody waits
	ready  chan struct{} // closed by CaughtUp
	caught bool
}

// ballots is one event's votes. Each voter's key is kept once, however much they vote for.
type ballots struct {
	voters map[string]string
	by     map[string]map[string]struct{} // submission to voters
}

// NewVotes returns a tally without votes.
func NewVotes() *Votes {
	return &Votes{rooms: map[string]*ballots{}, ready: make(chan struct{})}
}

// Apply takes over one vote. The last one of a voter for a submission counts.
func (v *Votes) Apply(vote Vote) {
	v.mu.Lock()
	defer v.mu.Unlock()
	b := v.rooms[vote.Event]
	if b == nil {
		b = &ballots{voters: map[string]string{}, by: map[string]map[string]struct{}{}}
		v.rooms[vote.Event] = b
	}
	voters := b.by[vote.ID]
	if voters == nil { // kept when it is empty: somebody may have been told of a vote that was taken back
		voters = map[string]struct{}{}
		b.by[vote.ID] = voters
	}
	if vote.For {
		voter, ok := b.voters[vote.Voter]
		if !ok {
			voter = vote.Voter
			b.voters[voter] = voter
		}
		voters[voter] = struct{}{}
	} else {
		delete(voters, vote.Voter)
	}
	v.seen = max(v.seen, vote.Seq)
	if v.wake != nil {
		close(v.wake)
		v.wake = nil
	}
}

// Drop forgets the votes for a submission that is no more.
func (v *Votes) Drop(event, id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if b := v.rooms[event]; b != nil {
		delete(b.by, id)
	}
}

// CaughtUp says that it has everything that was stored when following began.
func (v *Votes) CaughtUp() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.caught {
		v.caught = true
		close(v.ready)
	}
}

// Ready is closed once it has caught up.
func (v *Votes) Ready() <-chan struct{} { return v.ready }

// Wait returns once everything up to seq has been applied, or with the cause of ctx.
func (v *Votes) Wait(ctx context.Context, seq uint64) error {
	for {
		v.mu.Lock()
		if v.seen >= seq {
			v.mu.Unlock()
			return nil
		}
		if v.wake == nil {
			v.wake = make(chan struct{})
		}
		wake := v.wake
		v.mu.Unlock()
		select {
		case <-wake:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Has reports whether a voter's vote for a submission counts.
func (v *Votes) Has(event, id, voter string) bool {
	v.mu.RLock()
	defer v.mu.RUnlock()
	b := v.rooms[event]
	if b == nil {
		return false
	}
	_, ok := b.by[id][voter]
	return ok
}

// Known returns the ids of everything in an event that anybody ever voted for, in no order.
func (v *Votes) Known(event string) []string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if b := v.rooms[event]; b != nil {
		return slices.Collect(maps.Keys(b.by))
	}
	return nil
}

// count returns how many vote for a submission, and whether voter does.
func (v *Votes) count(event, id, voter string) (n int, has bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	b := v.rooms[event]
	if b == nil {
		return 0, false
	}
	_, has = b.by[id][voter]
	return len(b.by[id]), has
}

// addTo adds the voters for a submission to people.
func (v *Votes) addTo(people map[string]bool, event, id string) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if b := v.rooms[event]; b != nil {
		for voter := range b.by[id] {
			people[voter] = true
		}
	}
}

// Votes returns the votes that the record counts; never nil. Feed them as Votes says.
func (r *Record) Votes() *Votes { return r.votes }

// VotedFor returns what a voter's vote for s is counted by: s itself, what was merged into it, or both; none where they
// have not voted for it.
func (r *Record) VotedFor(s Submission, voter string) (ids []string) {
	r.mu.RLock()
	var pool []string
	if rm := r.rooms[s.Event]; rm != nil {
		pool = rm.pools.In(s.ID)
	}
	r.mu.RUnlock()
	return slices.DeleteFunc(append([]string{s.ID}, pool...), func(id string) bool { return !r.votes.Has(s.Event, id, voter) })
}
