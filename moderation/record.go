package moderation

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openfloor/openfloor/moderation/text"
)

// Record is the read model of everything that stands on FLOOR: events, stages and submissions as they are now.
// Feed it every revision in stream order with Apply; it can be thrown away and rebuilt at any time. Its readers
// get copies and may run at once with each other and with Apply.
type Record struct {
	mu     sync.RWMutex // guards everything below
	seen   uint64       // newest revision applied
	rooms  map[string]*room
	votes  *Votes        // guards itself
	wake   chan struct{} // closed at the next Apply
	ready  chan struct{} // closed by CaughtUp
	caught bool
}

// room is one event's part of the record.
type room struct {
	event       Event
	stage       Stage
	submissions map[string]Submission
	signals     map[string]Signal
	byAuthor    map[string][]string // author key to ids, in order of arrival
	order       []Position          // of all submissions, oldest first unless mixed
	mixed       bool                // order has to be sorted first
	pools       Pools
	paraphrases map[string][]string // of each post, their ids
	tallies     map[string]*authorTally
	faces       faces
	decisions   map[string]AuthorDecision // by author key
	aliases     map[string]string         // ids of submissions, by another id of each
	alike       alike
	words       words
}

// NewRecord returns an empty record.
func NewRecord() *Record {
	return &Record{rooms: map[string]*room{}, votes: NewVotes(), wake: make(chan struct{}), ready: make(chan struct{})}
}

// Apply takes in one revision. Revisions of one thing have to come in order; what is older than what the record
// has is ignored.
func (r *Record) Apply(rev Revision) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rm := r.rooms[rev.EventSlug()]
	if rm == nil {
		rm = &room{submissions: map[string]Submission{}, signals: map[string]Signal{}, byAuthor: map[string][]string{}, tallies: map[string]*authorTally{}, faces: faces{},
			decisions: map[string]AuthorDecision{}, aliases: map[string]string{}}
		rm.stage = Stage{Event: rev.EventSlug(), Mode: StageLive}
		rm.pools.Votes = r.votes
		r.rooms[rev.EventSlug()] = rm
	}
	switch {
	case rev.Event != nil:
		if rev.Seq >= rm.event.Rev {
			rm.event = *rev.Event
			rm.event.Rev = rev.Seq
		}
	case rev.Stage != nil:
		if rev.Seq >= rm.stage.Rev {
			rm.stage = *rev.Stage
			rm.stage.Rev = rev.Seq
		}
	case rev.Signal != nil:
		if rev.Seq >= rm.signals[rev.Signal.ID].Rev {
			s := *rev.Signal
			s.Rev = rev.Seq
			rm.signals[s.ID] = s
		}
	case rev.Alias != nil:
		rm.aliases[rev.Alias.ID] = rev.Alias.Of
	case rev.Author != nil:
		a := *rev.Author
		a.Rev = rev.Seq
		rm.decide(a)
	case rev.Submission != nil:
		s := *rev.Submission
		s.Rev = rev.Seq
		old, known := rm.submissions[s.ID]
		if known && old.Rev > s.Rev {
			break
		}
		rm.tally(old, -1)
		rm.tally(s, 1)
		rm.faces.show(old, s)
		rm.submissions[s.ID] = s
		if s.State.Gone() {
			r.votes.Drop(s.Event, s.ID)
		}
		rm.alike.changed(s.ID)
		rm.words.changed(old, s)
		if known {
			rm.pools.Apply(&old, &s)
		} else {
			rm.pools.Apply(nil, &s)
		}
		if !known {
			if n := len(rm.order); n > 0 && s.receivedBefore(rm.order[n-1]) {
				rm.mixed = true
			}
			rm.order = append(rm.order, s.Position())
			if s.ParaphraseOf != "" {
				if rm.paraphrases == nil {
					rm.paraphrases = map[string][]string{}
				}
				rm.paraphrases[s.ParaphraseOf] = append(rm.paraphrases[s.ParaphraseOf], s.ID)
			}
			if s.Author.Key != "" {
				rm.byAuthor[s.Author.Key] = append(rm.byAuthor[s.Author.Key], s.ID)
			}
		}
	}
	r.passed(rev.Seq)
}

// Passed says that everything up to seq has been applied, or does not concern the record.
func (r *Record) Passed(seq uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.passed(seq)
}

func (r *Record) passed(seq uint64) {
	if seq > r.seen {
		r.seen = seq
		close(r.wake)
		r.wake = make(chan struct{})
	}
}

// CaughtUp says that the record has everything that was stored when following began.
func (r *Record) CaughtUp() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.caught {
		r.caught = true
		close(r.ready)
	}
}

// Ready is closed once the record has caught up.
func (r *Record) Ready() <-chan struct{} { return r.ready }

// Seen returns the newest revision applied.
func (r *Record) Seen() uint64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.seen
}

// Wait returns once the record has applied everything up to seq, or ctx is done.
func (r *Record) Wait(ctx context.Context, seq uint64) error {
	for {
		r.mu.RLock()
		seen, wake := r.seen, r.wake
		r.mu.RUnlock()
		if seen >= seq {
			return nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Changed returns a channel that is closed when the record takes in something new.
func (r *Record) Changed() <-chan struct{} {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.wake
}

// Find returns the submission with this id, whichever event it belongs to.
func (r *Record) Find(id string) (Submission, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, rm := range r.rooms {
		if s, ok := rm.submissions[id]; ok {
			return s, true
		}
	}
	return Submission{}, false
}

// Event returns the event with this slug.
func (r *Record) Event(slug string) (Event, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	rm := r.rooms[slug]
	if rm == nil || rm.event.Rev == 0 {
		return Event{}, false
	}
	return rm.event, true
}

// Events returns every event, newest first.
func (r *Record) Events() []Event {
	r.mu.RLock()
	defer r.mu.RUnlock()
	out := make([]Event, 0, len(r.rooms))
	for _, rm := range r.rooms {
		if rm.event.Rev != 0 {
			out = append(out, rm.event)
		}
	}
	slices.SortFunc(out, func(a, b Event) int {
		if c := b.CreatedAt.Compare(a.CreatedAt); c != 0 {
			return c
		}
		return strings.Compare(a.Slug, b.Slug)
	})
	return out
}

// Stage returns the stage of an event; one that was never used is empty, in mode live, with Rev 0. It names
// nothing that may not be there: in the moment between the revisions of one batch, and where a submission was
// taken down just as it was lined up, it names nobody.
func (r *Record) Stage(event string) Stage {
	r.mu.RLock()
	defer r.mu.RUnlock()
	rm := r.rooms[event]
	if rm == nil {
		return Stage{Event: event, Mode: StageLive}
	}
	s := rm.stage
	if rm.submissions[s.Now].State != Live {
		s.Now, s.Since = "", nil
	}
	if !rm.submissions[s.Next].State.Public() {
		s.Next = ""
	}
	return s
}

// storedStage is the stage as it is stored, with all that it names.
func (r *Record) storedStage(event string) Stage {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if rm := r.rooms[event]; rm != nil {
		return rm.stage
	}
	return Stage{Event: event, Mode: StageLive}
}

// Signal returns the signal with this id.
func (r *Record) Signal(event, id string) (Signal, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	rm := r.rooms[event]
	if rm == nil {
		return Signal{}, false
	}
	s, ok := rm.signals[id]
	return s, ok
}

// Received returns how many submissions an event ever had.
func (r *Record) Received(event string) int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if rm := r.rooms[event]; rm != nil {
		return len(rm.submissions)
	}
	return 0
}

// Submission returns the submission with this id, in whatever state it is.
func (r *Record) Submission(event, id string) (Submission, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	rm := r.rooms[event]
	if rm == nil {
		return Submission{}, false
	}
	s, ok := rm.submissions[id]
	return s, ok
}

// Pool returns what was merged into a submission.
func (r *Record) Pool(s Submission) Pool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if rm := r.rooms[s.Event]; rm != nil {
		return rm.pools.Of(s)
	}
	return Pool{}
}

// Merged returns what was merged into the submission id, in the order of their ids.
func (r *Record) Merged(event, id string) []Submission {
	r.mu.RLock()
	defer r.mu.RUnlock()
	rm := r.rooms[event]
	if rm == nil {
		return nil
	}
	var out []Submission
	for _, m := range rm.pools.In(id) {
		out = append(out, rm.submissions[m])
	}
	return out
}

// Paraphrases returns what was ever made of the post id in other words.
func (r *Record) Paraphrases(event, id string) []Submission {
	r.mu.RLock()
	defer r.mu.RUnlock()
	rm := r.rooms[event]
	if rm == nil {
		return nil
	}
	var out []Submission
	for _, p := range rm.paraphrases[id] {
		out = append(out, rm.submissions[p])
	}
	return out
}

// Strays returns what is merged into something that is merged itself, was taken back, or never was. There are such
// between the revisions of one batch, and for the moment in which decisions have crossed.
func (r *Record) Strays(event string) []Submission {
	r.mu.RLock()
	defer r.mu.RUnlock()
	rm := r.rooms[event]
	if rm == nil {
		return nil
	}
	var out []Submission
	for _, id := range rm.pools.Targets() {
		if t, ok := rm.submissions[id]; ok && !t.State.Gone() && t.MergedInto == "" {
			continue
		}
		for _, m := range rm.pools.In(id) {
			out = append(out, rm.submissions[m])
		}
	}
	return out
}

// ByAuthor returns what one author sent in an event, newest first.
func (r *Record) ByAuthor(event, key string) []Submission {
	r.mu.RLock()
	defer r.mu.RUnlock()
	rm := r.rooms[event]
	if rm == nil || key == "" {
		return nil
	}
	ids := rm.byAuthor[key]
	out := make([]Submission, 0, len(ids))
	for _, id := range slices.Backward(ids) {
		out = append(out, rm.submissions[id])
	}
	return out
}

// Filter chooses submissions for List. Empty fields choose everything.
type Filter struct {
	States  []State
	Sources []Source
	Match   func(Submission) bool // nil: all
	// Query is what the text, or the author's name or handle, has to hold, whatever its case and accents.
	Query string
	// Before is where the page begins: submissions received before this one; zero: from the newest.
	Before Position
	Limit  int // at most this many; 0: 50
}

// Position is a submission's place in the order newest received first.
type Position struct {
	At time.Time
	ID string
}

// listChunk is how many submissions List looks at before it lets others have the record.
const listChunk = 256

// List returns one page of an event's submissions, newest received first, and whether there are more. Erased ones
// are left out. It holds nobody up for long, however many there are and however slow Match is.
func (r *Record) List(event string, f Filter) (page []Submission, more bool) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	query := text.Fold(strings.TrimSpace(f.Query))
	at := f.Before
	for {
		var chunk []Submission
		chunk, at = r.before(event, at, listChunk)
		var words []string
		if query != "" {
			words = r.words(event, chunk, f.wants)
		}
		for i, s := range chunk {
			if !f.wants(s) || query != "" && !strings.Contains(words[i], query) {
				continue
			}
			if len(page) == limit {
				return page, true
			}
			page = append(page, s)
		}
		if len(chunk) < listChunk {
			return page, false
		}
	}
}

// wants reports whether f chooses s.
func (f Filter) wants(s Submission) bool {
	return s.State != Erased && (len(f.States) == 0 || slices.Contains(f.States, s.State)) &&
		(len(f.Sources) == 0 || slices.Contains(f.Sources, s.Source)) && (f.Match == nil || f.Match(s))
}

// before returns the n newest submissions received before at, newest first, and the place of the last of them; a
// zero at is the end.
func (r *Record) before(event string, at Position, n int) (chunk []Submission, last Position) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for rm := r.rooms[event]; rm != nil && rm.mixed; {
		r.mu.RUnlock()
		r.mu.Lock()
		slices.SortFunc(rm.order, Position.compare)
		rm.mixed = false
		r.mu.Unlock()
		r.mu.RLock()
	}
	rm := r.rooms[event]
	if rm == nil {
		return nil, at
	}
	end := len(rm.order)
	if !at.At.IsZero() {
		end, _ = slices.BinarySearchFunc(rm.order, at, Position.compare)
	}
	for _, p := range slices.Backward(rm.order[max(0, end-n):end]) {
		chunk, last = append(chunk, rm.submissions[p.ID]), p
	}
	return chunk, last
}

// Position returns the place of s in the order of List.
func (s Submission) Position() Position { return Position{At: s.ReceivedAt, ID: s.ID} }

func (s Submission) receivedBefore(p Position) bool { return s.Position().compare(p) < 0 }

// compare orders positions, oldest first.
func (p Position) compare(q Position) int {
	if c := p.At.Compare(q.At); c != 0 {
		return c
	}
	return strings.Compare(p.ID, q.ID)
}
