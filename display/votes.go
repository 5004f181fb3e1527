package display

import (
	"slices"
	"strconv"
	"time"
)

const (
	// tallyEvery is how often totals of votes may go out: four messages a second, the contract's.
	tallyEvery = 250 * time.Millisecond
	// tallySlots is how many messages with totals a ring holds at most. Each new one says again what the one whose
	// place it takes said last, so that whoever resumes has every total, and no message grows with all that was ever
	// voted for.
	tallySlots = 64
)

// tallies is what a view has sent of votes. The board's mu guards it.
type tallies struct {
	n    int                  // messages so far
	said [tallySlots][]string // ids in the newest messages, by number
	last map[string]int       // number of the newest message that an id is in
}

// Voted says that the votes for a submission may have changed. A lone change goes out at once.
func (h *Hub) Voted(event, id string) {
	h.mu.RLock()
	b := h.boards[event]
	h.mu.RUnlock()
	if b != nil && b.live.Load() {
		b.voted(id)
	}
}

func (b *Board) voted(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.subs[id]
	if s == nil {
		return // counted when it comes
	}
	if b.voting == nil {
		b.voting = map[string]bool{}
	}
	b.voting[id] = true
	if s.MergedInto != "" {
		b.voting[s.MergedInto] = true
	}
	b.tallyDue()
	b.send()
}

// tallyDue sends the totals that have changed, if they may go now.
func (b *Board) tallyDue() {
	if len(b.voting) == 0 {
		return
	}
	now := b.now()
	if since := now.Sub(b.votedAt); since >= 0 && since < tallyEvery {
		return
	}
	ids := make([]string, 0, len(b.voting))
	for id := range b.voting {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	clear(b.voting)
	b.votedAt = now
	for _, v := range b.views {
		v.sendTally(ids)
	}
}

// sendTally sends the totals of what v holds of ids, and what the message says whose place it takes.
func (v *View) sendTally(ids []string) {
	t := &v.tallies
	if t.last == nil {
		t.last = map[string]int{}
	}
	var said []string
	changed := false
	for _, id := range ids {
		if e := v.held[id]; e != nil {
			it, _ := v.render(e.sub)
			e.encoded = mustJSON(it)
			said, changed = append(said, id), true
		}
	}
	if !changed {
		return
	}
	n := t.n
	t.n++
	for _, id := range t.said[n%tallySlots] {
		if t.last[id] == n-tallySlots && !slices.Contains(said, id) {
			if v.held[id] == nil {
				delete(t.last, id)
				continue
			}
			said = append(said, id)
		}
	}
	for _, id := range said {
		t.last[id] = n
	}
	t.said[n%tallySlots] = said
	v.out = append(v.out, tallyMessage(v.board.seq, n%tallySlots, v.totals(said)))
}

// totals encodes the votes for ids, {ID: n}, and for moderators the support beside them.
func (v *View) totals(ids []string) []byte {
	votes, support := make(map[string]int, len(ids)), make(map[string]int, len(ids))
	for _, id := range ids {
		p := v.board.pools.Of(*v.held[id].sub)
		votes[id], support[id] = p.Votes, p.Support()
	}
	b := mustJSON(votes)
	if v.spec.support {
		b = append(append(b, `,"support":`...), mustJSON(support)...)
	}
	return b
}

func tallyMessage(seq uint64, slot int, votes []byte) Message {
	body, _ := envelope("tally", seq, "votes", votes)
	return Message{Seq: seq, Key: "tally/" + strconv.Itoa(slot), Body: body}
}
