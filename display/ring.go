package display

import (
	"context"
	"slices"
	"sync"
)

// Ring is a bounded log of the encoded messages of one view. Any number of viewers read it, each with its own
// cursor; it keeps nothing per viewer, and a slow one costs the others nothing.
//
// A newer message about the same key takes the older one's place: that is how a text that is no longer in the view
// leaves the ring at once, and why somebody who resumes is never sent it again. What is left of a stretch of
// messages leads to the same final state as the whole stretch did.
//
// A Ring is safe for concurrent use.
type Ring struct {
	size int

	mu      sync.Mutex
	slots   []Message         // by Index; without a Body: superseded
	alive   int               // slots with a Body
	at      map[string]uint64 // Index of the one alive of each key
	newest  uint64            // Index of the last one; 0: none yet
	lost    uint64            // Index of the last one dropped for want of room
	lostSeq uint64            // its Seq, or that before which this ring never held anything
	wake    chan struct{}     // closed by the next Append; nil: nobody waits
}

// NewRing returns a ring of at most size messages (0: 1,024) that knows nothing of what happened up to and
// including the sequence before.
func NewRing(size int, before uint64) *Ring {
	if size <= 0 {
		size = 1024
	}
	return &Ring{size: size, lostSeq: before, at: make(map[string]uint64)}
}

// Append adds messages in order, as one change: viewers see all of them or none. It sets their Index. Seq must not
// be lower than the last one's, and Body must not be empty.
func (r *Ring) Append(messages ...Message) {
	if len(messages) == 0 {
		return
	}
	r.mu.Lock()
	for _, m := range messages {
		r.forget(m.Key)
		r.newest++
		m.Index = r.newest
		r.slots = append(r.slots, m)
		r.at[m.Key] = m.Index
		r.alive++
	}
	r.bound()
	wake := r.wake
	r.wake = nil
	r.mu.Unlock()
	if wake != nil {
		close(wake)
	}
}

// forget blanks the message of a key, text and all.
func (r *Ring) forget(key string) {
	index, ok := r.at[key]
	if !ok {
		return
	}
	i := r.from(index)
	r.slots[i] = Message{Index: index, Seq: r.slots[i].Seq}
	delete(r.at, key)
	r.alive--
}

// bound drops the oldest beyond size, and the blanks once they are the greater part.
func (r *Ring) bound() {
	first := 0
	for ; r.alive > r.size; first++ {
		m := r.slots[first]
		r.slots[first] = Message{}
		if m.Body == nil {
			continue
		}
		r.lost, r.lostSeq = m.Index, m.Seq
		delete(r.at, m.Key)
		r.alive--
	}
	r.slots = r.slots[first:]
	if len(r.slots) > 2*r.alive+16 {
		r.slots = slices.DeleteFunc(r.slots, func(m Message) bool { return m.Body == nil })
	}
}

// from returns the position of the first slot whose Index is at least index.
func (r *Ring) from(index uint64) int {
	i, _ := slices.BinarySearchFunc(r.slots, index, func(m Message, index uint64) int {
		switch {
		case m.Index < index:
			return -1
		case m.Index > index:
			return 1
		}
		return 0
	})
	return i
}

// Newest returns the cursor of somebody who has everything.
func (r *Ring) Newest() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.newest
}

// Resume returns the cursor from which somebody goes on who has seen the sequence since, and false when the ring
// no longer reaches back that far. Several messages can share a sequence, and some of them may have been missed,
// so all of that sequence come again.
func (r *Ring) Resume(since uint64) (cursor uint64, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if since <= r.lostSeq {
		return 0, false
	}
	i, _ := slices.BinarySearchFunc(r.slots, since, func(m Message, since uint64) int {
		if m.Seq < since {
			return -1
		}
		return 1 // the first of several
	})
	if i == len(r.slots) {
		return r.newest, true
	}
	return r.slots[i].Index - 1, true
}

// Next returns the messages after cursor, without waiting; none when there is no news. It reports false when the
// ring no longer reaches back that far.
func (r *Ring) Next(cursor uint64) ([]Message, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.next(cursor)
}

func (r *Ring) next(cursor uint64) ([]Message, bool) {
	if cursor < r.lost {
		return nil, false
	}
	if cursor >= r.newest {
		return nil, true
	}
	rest := r.slots[r.from(cursor+1):]
	news := make([]Message, 0, min(len(rest), r.alive))
	for _, m := range rest {
		if m.Body != nil {
			news = append(news, m)
		}
	}
	return news, true
}

// After returns the messages after cursor, waiting until there is one. It reports false when the ring no longer
// reaches back that far: the caller sends a snapshot. The error is the cause of ctx.
func (r *Ring) After(ctx context.Context, cursor uint64) ([]Message, bool, error) {
	for {
		r.mu.Lock()
		news, ok := r.next(cursor)
		if len(news) > 0 || !ok {
			r.mu.Unlock()
			return news, ok, nil
		}
		if r.wake == nil {
			r.wake = make(chan struct{})
		}
		wake := r.wake
		r.mu.Unlock()
		select {
		case <-wake:
		case <-ctx.Done():
			return nil, true, context.Cause(ctx)
		}
	}
}
