package display

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// How often counts may go out. The contract allows four messages a second; where nothing but the number of viewers
// has changed they go once a second, so that everybody coming back at once is no storm of its own.
const (
	countsEvery  = 250 * time.Millisecond
	viewersEvery = time.Second
)

// Board is what an event has to show: its submissions, its stage, and the views of them. It is safe for concurrent
// use; a Hub makes it.
type Board struct {
	epoch    string
	now      func() time.Time
	ringSize int
	live     atomic.Bool // some view has been asked for
	peopled  atomic.Bool // this process may have something to tell of who is here

	mu        sync.Mutex // guards what follows; taken before a Ring's
	seq       uint64     // newest sequence of this event
	event     *moderation.Event
	stage     moderation.Stage
	subs      map[string]*moderation.Submission
	pools     moderation.Pools
	newest    *moderation.Submission // the one that seq belongs to; nil: seq is the event's, the stage's or a signal's
	signals   []*moderation.Signal   // unacknowledged and newest, the oldest first
	crowd     crowd
	marks     []mark // of the public view
	tally     tally
	here      int // public streams of this process
	elsewhere int // of the other display processes
	views     map[ViewName]*View
	sent      Counts                // as last sent
	sentAt    time.Time             // when
	state     moderation.EventState // as last sent

	voting  map[string]bool // ids whose totals may have changed
	votedAt time.Time       // when totals were last sent

	presence       presence // as last sent
	presenceSentAt time.Time
}

// tally counts submissions by state; what is merged into another is counted with it.
type tally struct{ pending, approved, answered int }

func (t *tally) add(s *moderation.Submission, n int) {
	if s == nil || s.MergedInto != "" {
		return
	}
	switch s.State {
	case moderation.Pending:
		t.pending += n
	case moderation.Approved, moderation.Live:
		t.approved += n
	case moderation.Answered:
		t.answered += n
	}
}

func newBoard(slug string, cfg Config) *Board {
	return &Board{
		epoch: cfg.Epoch, now: cfg.Now, ringSize: cfg.Ring, pools: moderation.Pools{Votes: cfg.Votes},
		stage: moderation.Stage{Event: slug, Mode: moderation.StageLive},
		subs:  make(map[string]*moderation.Submission), views: make(map[ViewName]*View),
	}
}

// View returns one of the three views, and false for any other name. Its first use builds it; from then on it
// follows the record.
func (b *Board) View(name ViewName) (*View, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if v := b.views[name]; v != nil {
		return v, true
	}
	for _, sp := range specs {
		if sp.name == name {
			if len(b.views) == 0 {
				now := b.now()
				b.sent, b.state = b.counts(), b.event.StateAt(now)
				b.live.Store(true)
			}
			if sp.presence {
				b.presence = b.presenceNow()
			}
			v := newView(b, sp)
			b.views[name] = v
			return v, true
		}
	}
	return nil, false
}

// Seq returns the newest sequence of this event that the board has taken over.
func (b *Board) Seq() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seq
}

// Epoch returns the epoch of the store that the sequences belong to.
func (b *Board) Epoch() string { return b.epoch }

// known reports whether the board has an event, without which there is nothing to show.
func (b *Board) known() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.event != nil
}

// apply takes over one revision.
func (b *Board) apply(rev moderation.Revision) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case rev.Submission != nil:
		s, old := rev.Submission, b.subs[rev.Submission.ID]
		if old != nil && old.Rev >= s.Rev {
			return
		}
		b.take(rev.Seq, s)
		b.subs[s.ID] = s
		b.tally.add(old, -1)
		b.tally.add(s, 1)
		others := b.pools.Apply(old, s)
		for _, v := range b.views {
			v.changed(s)
			for _, id := range others {
				if o := b.subs[id]; o != nil {
					v.refresh(o)
				}
			}
		}
	case rev.Event != nil:
		if b.event != nil && b.event.Rev >= rev.Event.Rev {
			return
		}
		b.take(rev.Seq, nil)
		b.event = rev.Event
		now := b.now()
		b.state = b.event.StateAt(now)
		for _, v := range b.views {
			v.sendEvent(now)
		}
	case rev.Stage != nil:
		if b.stage.Rev >= rev.Stage.Rev {
			return
		}
		b.take(rev.Seq, nil)
		b.stage = *rev.Stage
		for _, v := range b.views {
			v.sendStage(v.stageNow())
		}
	case rev.Signal != nil:
		if !b.signal(rev.Signal) {
			return
		}
		b.take(rev.Seq, nil)
		for _, v := range b.views {
			v.sendSignal(rev.Signal)
		}
	}
	b.countsDue()
	b.send()
}

func (b *Board) take(seq uint64, newest *moderation.Submission) {
	if seq >= b.seq {
		b.seq, b.newest = seq, newest
	}
}

func (b *Board) send() {
	for _, v := range b.views {
		v.send()
	}
}

// flush sends what time alone has made due: counts that were kept back, and the event's opening and closing.
func (b *Board) flush() {
	if !b.live.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if state := b.event.StateAt(now); state != b.state {
		b.state = state
		for _, v := range b.views {
			v.sendEvent(now)
		}
	}
	b.countsDue()
	b.tallyDue()
	b.presenceDue()
	b.send()
}

func (b *Board) counts() Counts {
	pending := b.tally.pending
	return Counts{
		Pending: &pending, Approved: b.tally.approved, Answered: b.tally.answered, Received: len(b.subs),
		Viewers: b.here + b.elsewhere,
	}
}

// countsDue sends the counts if they have changed and may go now. A lone change goes at once.
func (b *Board) countsDue() {
	if len(b.views) == 0 {
		return
	}
	counts, sent := b.counts(), b.sent
	if *counts.Pending == *sent.Pending {
		counts.Pending = sent.Pending
	}
	if counts == sent {
		return
	}
	every := countsEvery
	if sent.Viewers = counts.Viewers; counts == sent {
		every = viewersEvery
	}
	now := b.now()
	if since := now.Sub(b.sentAt); since >= 0 && since < every {
		return
	}
	b.sent, b.sentAt = counts, now
	for _, v := range b.views {
		v.sendCounts()
	}
}

// viewers adds n public streams of this process.
func (b *Board) viewers(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.here += n
	b.countsDue()
	b.send()
}

// setElsewhere sets the number of public streams of the other display processes.
func (b *Board) setElsewhere(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.elsewhere = n
	b.countsDue()
	b.send()
}

// Reading is a board at one moment, for a page that is drawn whole: as a stream's snapshot has it, and with the
// sequence and epoch to go on from. Its slices and pointers are its reader's own.
type Reading[Item any] struct {
	Seq      uint64
	Epoch    string
	Event    PublicEvent
	Stage    Stage // names nothing that the view does not hold
	Now      *Item
	Next     *Item
	Queue    []Item // approved, in order, without stories
	Stories  []Item // approved, in order
	Answered []Item // answered, the newest answer first
	Counts   Counts // Pending is nil
}

// Public returns the board as everybody sees it.
func (b *Board) Public() Reading[PublicItem] { return read(b, PublicView, Public) }

// Chair returns the board as the chair sees it.
func (b *Board) Chair() Reading[ChairItem] { return read(b, ChairView, Chair) }

func read[Item any](b *Board, name ViewName, render func(moderation.Submission, moderation.Pool) (Item, bool)) Reading[Item] {
	v, _ := b.View(name)
	b.mu.Lock()
	stage, event := v.stage, *b.event
	r := Reading[Item]{Seq: b.seq, Epoch: b.epoch, Stage: stage, Counts: publicCounts(b.counts())}
	subs := make([]*moderation.Submission, len(v.entries))
	pools := make(map[string]moderation.Pool)
	for i, e := range v.entries {
		subs[i] = e.sub
		if p := b.pools.Of(*e.sub); p != (moderation.Pool{}) {
			pools[e.sub.ID] = p
		}
	}
	b.mu.Unlock()
	r.Event = EventView(event, b.now())

	var answered []*moderation.Submission
	for _, s := range subs {
		it, ok := render(*s, pools[s.ID])
		if !ok {
			continue
		}
		if stage.Now != nil && *stage.Now == s.ID {
			r.Now = &it
		}
		if stage.Next != nil && *stage.Next == s.ID {
			r.Next = &it
		}
		switch {
		case s.State == moderation.Approved && s.Kind == moderation.Story:
			r.Stories = append(r.Stories, it)
		case s.State == moderation.Approved:
			r.Queue = append(r.Queue, it)
		case s.State == moderation.Answered:
			answered = append(answered, s)
		}
	}
	slices.SortStableFunc(answered, newestAnswer)
	for _, s := range answered {
		it, _ := render(*s, pools[s.ID])
		r.Answered = append(r.Answered, it)
	}
	return r
}

func newestAnswer(a, b *moderation.Submission) int {
	switch {
	case a.AnsweredAt != nil && b.AnsweredAt != nil:
		return b.AnsweredAt.Compare(*a.AnsweredAt)
	case a.AnsweredAt != nil:
		return -1
	case b.AnsweredAt != nil:
		return 1
	}
	return 0
}
