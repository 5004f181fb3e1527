package display

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// ViewName names one of the ways to see a board.
type ViewName string

// The views.
const (
	PublicView     ViewName = "public"
	ChairView      ViewName = "chair"
	ModerationView ViewName = "moderation"
)

// spec is what makes one view differ from another.
type spec struct {
	name ViewName
	// render returns the item, with what was merged into it, as the view shows it, and false where it does not.
	render func(s moderation.Submission, p moderation.Pool) (any, bool)
	event  func(e moderation.Event, now time.Time) any
	counts func(c Counts) Counts
	// rest reports whether of items like s only the newest restLimit are shown; nil: all are shown.
	rest     func(s moderation.Submission) bool
	signals  bool // shows what moderators and chair tell each other
	presence bool // shows who and which screens are there
	support  bool // shows how many people are behind each item, beside the votes
}

// restLimit is how many of the rest a view shows, as the contract has it.
const restLimit = 200

var specs = []*spec{publicSpec, chairSpec, moderationSpec}

// View is one way to see a board: the items that it shows, in order, and the ring of its messages. It is safe for
// concurrent use; it is made by Board.View and lives as long as its board.
type View struct {
	board *Board
	spec  *spec
	ring  *Ring

	// The board's mu guards what follows.
	entries  []*entry // by rank, then id
	held     map[string]*entry
	rest     []*entry // those of entries that rest is true for, oldest revision first
	stage    Stage    // as last sent
	event    []byte   // as last sent
	counts   []byte   // as last sent
	snapshot Message  // without a Body: to be made
	tallies  tallies
	out      []Message
}

// entry is one item of a view.
type entry struct {
	sub     *moderation.Submission
	encoded []byte // the item's JSON
}

func compareEntries(a, b *entry) int {
	return cmp.Or(cmp.Compare(a.sub.Rank, b.sub.Rank), cmp.Compare(a.sub.ID, b.sub.ID))
}

func compareRevs(a, b *entry) int { return cmp.Compare(a.sub.Rev, b.sub.Rev) }

// newView builds the view of what b holds now. The caller holds b.mu.
func newView(b *Board, sp *spec) *View {
	v := &View{board: b, spec: sp, held: make(map[string]*entry)}
	for _, s := range b.subs {
		it, ok := v.render(s)
		if !ok {
			continue
		}
		if sp.rest != nil && sp.rest(*s) {
			v.rest = append(v.rest, &entry{sub: s})
			continue
		}
		v.entries = append(v.entries, &entry{sub: s, encoded: mustJSON(it)})
	}
	slices.SortFunc(v.rest, compareRevs)
	v.rest = slices.Clone(v.rest[max(0, len(v.rest)-restLimit):])
	for _, e := range v.rest {
		it, _ := v.render(e.sub)
		e.encoded = mustJSON(it)
		v.entries = append(v.entries, e)
	}
	slices.SortFunc(v.entries, compareEntries)
	for _, e := range v.entries {
		v.held[e.sub.ID] = e
	}
	v.stage = v.stageNow()
	v.event = v.eventNow(b.now())
	v.counts = v.countsSent()
	v.seed()
	return v
}

// seed gives a new ring the messages that somebody who resumes at the newest sequence, perhaps after a restart, may
// have missed of it; where that cannot be told, the ring starts after it, and everybody is given a snapshot.
func (v *View) seed() {
	b := v.board
	before := b.seq - min(b.seq, 1)
	if len(v.rest) == restLimit {
		before = b.seq // something may have dropped out of the rest with it
	}
	if s := b.newest; s != nil {
		if e := v.held[s.ID]; e != nil {
			v.sendItem(e)
			if poolsMayChange(s.Change.Action) {
				before = b.seq // it may have changed another item
			}
		} else if s.Change.Action != moderation.Receive {
			before = b.seq // the view may have shown it before, or never: it cannot be named
		}
	}
	v.ring = NewRing(b.ringSize, before)
	// Event and stage only where they came with the newest sequence: a page that was drawn a moment ago has them, and
	// on a slow line every byte of its first load counts.
	if b.event != nil && b.event.Rev == b.seq {
		v.out = append(v.out, eventMessage(b.seq, v.event))
	}
	if b.stage.Rev == b.seq || b.newest != nil && v.stage.names(b.newest.ID) {
		v.out = append(v.out, stageMessage(b.seq, mustJSON(v.stage)))
	}
	for _, s := range b.signals {
		if s.Rev == b.seq {
			v.sendSignal(s)
		}
	}
	if v.spec.presence {
		v.sendPresence()
	}
	v.out = append(v.out, countsMessage(b.seq, v.counts))
	if b.pools.Votes != nil && b.event != nil {
		// Totals go out without a revision: whoever was told some before a restart hears all of them again.
		v.sendTally(slices.Sorted(slices.Values(b.pools.Votes.Known(b.event.Slug))))
	}
	v.send()
}

// poolsMayChange reports whether a may have merged something into another, or split it off.
func poolsMayChange(a moderation.ActionName) bool {
	return a == moderation.Merge || a == moderation.Split || a == moderation.Undo || a == moderation.Paraphrase
}

// Snapshot returns the whole view as one message, whose Index is the cursor of somebody who has it. It is encoded once
// and shared until the view changes: never change it.
func (v *View) Snapshot() Message {
	v.board.mu.Lock()
	defer v.board.mu.Unlock()
	if v.snapshot.Body == nil {
		items := make([][]byte, len(v.entries))
		for i, e := range v.entries {
			items[i] = e.encoded
		}
		v.snapshot.Seq = v.board.seq
		v.snapshot.Body = snapshot{
			seq: v.board.seq, epoch: v.board.epoch, event: v.event, stage: mustJSON(v.stage),
			counts: v.counts, extra: v.extra(), items: items,
		}.encode()
	}
	v.snapshot.Index = v.ring.Newest()
	return v.snapshot
}

// Open returns what a viewer starts with who has seen since (nil: nothing) of epoch: a snapshot, or a message without a
// Body where it can resume; its Index is the viewer's cursor. There is no way to resume from another epoch, from beyond
// the newest sequence, or from further back than the ring reaches.
func (v *View) Open(since *uint64, epoch string) Message {
	if since != nil && *since > 0 && epoch == v.board.epoch && *since <= v.board.Seq() {
		if cursor, ok := v.ring.Resume(*since); ok {
			return Message{Index: cursor, Seq: *since}
		}
	}
	return v.Snapshot()
}

// Next is Ring.Next on the view's messages.
func (v *View) Next(cursor uint64) ([]Message, bool) { return v.ring.Next(cursor) }

// After is Ring.After on the view's messages.
func (v *View) After(ctx context.Context, cursor uint64) ([]Message, bool, error) {
	return v.ring.After(ctx, cursor)
}

// extra is what only this view's snapshots hold, from its comma on.
func (v *View) extra() []byte {
	var b []byte
	if v.spec.signals {
		b = append(append(b, `,"signals":`...), mustJSON(v.board.signalViews())...)
	}
	if v.spec.presence {
		b = append(append(b, `,"who":`...), mustJSON(v.board.presence.who)...)
		b = append(append(b, `,"screens":`...), mustJSON(v.board.presence.screens)...)
	}
	return b
}

// Join counts one more viewer until leave is called, once. Screens are no viewers and do not join; nor is anybody who
// has another view than the public one.
func (v *View) Join() (leave func()) {
	if v.spec.name != PublicView {
		return func() {}
	}
	v.board.viewers(1)
	return func() { v.board.viewers(-1) }
}

// render returns s as the view shows it, and false where it does not. The caller holds the board's mu, as for all that
// follows.
func (v *View) render(s *moderation.Submission) (any, bool) {
	return v.spec.render(*s, v.board.pools.Of(*s))
}

// changed takes over a new revision of a submission.
func (v *View) changed(s *moderation.Submission) {
	it, ok := v.render(s)
	if !ok {
		v.remove(s.ID)
		return
	}
	e := &entry{sub: s, encoded: mustJSON(it)}
	wasRest := v.drop(s.ID)
	i, _ := slices.BinarySearchFunc(v.entries, e, compareEntries)
	v.entries = slices.Insert(v.entries, i, e)
	v.held[s.ID] = e
	isRest := v.spec.rest != nil && v.spec.rest(*s)
	if isRest {
		v.rest = append(v.rest, e)
	}
	v.sendItem(e)
	// The stage comes after the item it names: where it waited for this one, and also where it has been sent, since
	// the new message takes the place of the one that went before it.
	if now := v.stageNow(); now.names(s.ID) {
		v.sendStage(now)
	}
	switch {
	case len(v.rest) > restLimit:
		v.remove(v.rest[0].sub.ID)
	case wasRest && !isRest:
		v.refill()
	}
}

// refresh sends an item again, at the revision that it has: something was merged into it, or split off.
func (v *View) refresh(s *moderation.Submission) {
	e := v.held[s.ID]
	if e == nil {
		return
	}
	it, _ := v.render(s) // it shows it, or would not hold it
	e.encoded = mustJSON(it)
	v.sendItem(e)
	if now := v.stageNow(); now.names(s.ID) { // as in changed
		v.sendStage(now)
	}
}

// remove takes an item out of the view: off the stage first, then gone. What the view never showed is not mentioned.
func (v *View) remove(id string) {
	if v.held[id] == nil {
		return
	}
	wasRest := v.drop(id)
	if v.stage.names(id) {
		v.sendStage(v.stageNow())
	}
	v.out = append(v.out, goneMessage(v.board.seq, id))
	if wasRest {
		v.refill()
	}
}

// drop forgets an item without a word, and reports whether it was of the rest.
func (v *View) drop(id string) (rest bool) {
	e := v.held[id]
	if e == nil {
		return false
	}
	delete(v.held, id)
	if i, ok := slices.BinarySearchFunc(v.entries, e, compareEntries); ok {
		v.entries = slices.Delete(v.entries, i, i+1)
	}
	if i := slices.Index(v.rest, e); i >= 0 {
		v.rest = slices.Delete(v.rest, i, i+1)
		return true
	}
	return false
}

// refill makes the rest the newest restLimit again, after one has left it.
func (v *View) refill() {
	if len(v.rest) != restLimit-1 {
		return
	}
	var best *moderation.Submission
	for _, s := range v.board.subs {
		if v.held[s.ID] != nil || best != nil && s.Rev < best.Rev || !v.spec.rest(*s) {
			continue
		}
		if _, ok := v.render(s); ok {
			best = s
		}
	}
	if best == nil {
		return
	}
	it, _ := v.render(best)
	e := &entry{sub: best, encoded: mustJSON(it)}
	i, _ := slices.BinarySearchFunc(v.entries, e, compareEntries)
	v.entries = slices.Insert(v.entries, i, e)
	i, _ = slices.BinarySearchFunc(v.rest, e, compareRevs)
	v.rest = slices.Insert(v.rest, i, e)
	v.held[best.ID] = e
	v.sendItem(e)
}

func (v *View) sendItem(e *entry) {
	var m Message
	m, e.encoded = itemMessage(v.board.seq, e.sub.ID, e.encoded)
	v.out = append(v.out, m)
}

func (v *View) stageNow() Stage {
	return StageView(v.board.stage).only(func(id string) bool { return v.held[id] != nil })
}

func (v *View) sendStage(s Stage) {
	v.stage = s
	v.out = append(v.out, stageMessage(v.board.seq, mustJSON(s)))
}

func (v *View) eventNow(now time.Time) []byte { return mustJSON(v.spec.event(*v.board.event, now)) }

func (v *View) sendEvent(now time.Time) {
	v.event = v.eventNow(now)
	v.out = append(v.out, eventMessage(v.board.seq, v.event))
}

func (v *View) sendSignal(s *moderation.Signal) {
	if v.spec.signals {
		v.out = append(v.out, signalMessage(v.board.seq, s.ID, mustJSON(SignalView(*s))))
	}
}

// sendPresence sends who is there as the board has it.
func (v *View) sendPresence() {
	p := v.board.presence
	v.out = append(v.out, presenceMessage(v.board.seq, mustJSON(p.who), mustJSON(p.screens)))
}

// countsSent encodes the counts that the board sends, or sent last. What is kept back for a moment is kept back from
// new viewers too: if it were taken back meanwhile, they would never hear of it.
func (v *View) countsSent() []byte { return mustJSON(v.spec.counts(v.board.sent)) }

// sendCounts sends the counts where this view's have changed.
func (v *View) sendCounts() {
	counts := v.countsSent()
	if string(counts) == string(v.counts) {
		return
	}
	v.counts = counts
	v.out = append(v.out, countsMessage(v.board.seq, counts))
}

// send publishes what has gathered, as one change.
func (v *View) send() {
	if len(v.out) == 0 {
		return
	}
	v.snapshot = Message{}
	if v.spec.name == PublicView {
		v.board.reached(v.board.seq)
	}
	v.ring.Append(v.out...)
	clear(v.out)
	v.out = v.out[:0]
}
