package floortest

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

var (
	_ moderation.Floor = (*Floor)(nil)
	_ Follower         = (*Floor)(nil)
)

// Follower is a Floor that can be followed, as natsstore.Store.Follow says. Seen and caughtUp may be nil.
type Follower interface {
	Follow(ctx context.Context, apply func(moderation.Revision) error, seen func(seq uint64), caughtUp func()) error
}

// Floor is a moderation.Floor in memory. It is safe for concurrent use.
type Floor struct {
	mu       sync.Mutex // guards everything below
	log      []message  // in order of sequence; erased ones are taken out
	last     uint64
	news     chan struct{} // closed at the next append
	loseAcks int
	down     bool
}

// message is one stored revision.
type message struct {
	seq  uint64
	at   time.Time
	key  string // of the thing it is about
	op   string
	body []byte
}

// NewFloor returns an empty floor.
func NewFloor() *Floor { return &Floor{news: make(chan struct{})} }

// LoseAcks makes the next n Puts that store something say moderation.ErrUnavailable all the same.
func (f *Floor) LoseAcks(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loseAcks = n
}

// SetDown makes every call fail with moderation.ErrUnavailable, or work again. Nothing is stored while it is down.
func (f *Floor) SetDown(down bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = down
}

// Put implements moderation.Floor.
func (f *Floor) Put(ctx context.Context, op string, entries ...moderation.Entry) ([]moderation.Entry, error) {
	if len(entries) == 0 {
		return nil, fmt.Errorf("put nothing: %w", moderation.ErrInvalid)
	}
	batch := make([]message, len(entries))
	taken := map[string]bool{}
	for i, e := range entries {
		key := keyOf(e)
		if key == "" || e.EventSlug() == "" || taken[key] {
			return nil, fmt.Errorf("put an entry about nothing, or the same twice: %w", moderation.ErrInvalid)
		}
		taken[key] = true
		body, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		batch[i] = message{key: key, op: op, body: body}
	}

	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.reachable(ctx); err != nil {
		return nil, err
	}
	var ours []moderation.Entry
	for i, m := range batch {
		expected := entries[i].Rev()
		if newest := f.newest(m.key); newest == nil && expected == 0 || newest != nil && newest.seq == expected {
			continue
		}
		next := f.next(m.key, expected)
		if next == nil || op == "" || next.op != op {
			return nil, fmt.Errorf("put %s: %w", m.key, moderation.ErrStale)
		}
		ours = append(ours, next.entry())
	}
	if len(ours) == len(batch) {
		return ours, nil
	}
	if len(ours) > 0 {
		return nil, fmt.Errorf("put %s: only a part is by this operation: %w", batch[0].key, moderation.ErrStale)
	}
	out := make([]moderation.Entry, len(batch))
	for i, m := range batch {
		f.last++
		m.seq, m.at = f.last, time.Now().UTC()
		f.log = append(f.log, m)
		out[i] = m.entry()
	}
	close(f.news)
	f.news = make(chan struct{})
	if f.loseAcks > 0 {
		f.loseAcks--
		return nil, fmt.Errorf("put %s: acknowledgement lost: %w", batch[0].key, moderation.ErrUnavailable)
	}
	return out, nil
}

// History implements moderation.Floor.
func (f *Floor) History(ctx context.Context, event, id string) ([]moderation.Submission, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.reachable(ctx); err != nil {
		return nil, err
	}
	var out []moderation.Submission
	for _, m := range f.log {
		if m.key == submissionKey(event, id) {
			out = append(out, *m.entry().Submission)
		}
	}
	return out, nil
}

// Erase implements moderation.Floor.
func (f *Floor) Erase(ctx context.Context, event, id string, rev uint64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.reachable(ctx); err != nil {
		return err
	}
	key := submissionKey(event, id)
	if newest := f.newest(key); newest == nil || newest.seq < rev {
		return fmt.Errorf("erase %s: no revision %d or later to keep: %w", key, rev, moderation.ErrInvalid)
	}
	var kept []message
	for _, m := range f.log {
		if m.key != key || m.seq >= rev {
			kept = append(kept, m)
		}
	}
	f.log = kept
	return nil
}

// NewestSubmission implements moderation.Floor.
func (f *Floor) NewestSubmission(ctx context.Context, event, id string) (moderation.Submission, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.reachable(ctx); err != nil {
		return moderation.Submission{}, err
	}
	m := f.newest(submissionKey(event, id))
	if m == nil {
		return moderation.Submission{}, moderation.ErrNotFound
	}
	return *m.entry().Submission, nil
}

// Last implements moderation.Floor.
func (f *Floor) Last(ctx context.Context) (uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last, f.reachable(ctx)
}

// Follow implements Follower. It goes on while the floor is down: what is stored is stored.
func (f *Floor) Follow(ctx context.Context, apply func(moderation.Revision) error, seen func(seq uint64), caughtUp func()) error {
	due, passed, news := f.backlog()
	for {
		for _, m := range due {
			if ctx.Err() != nil {
				return nil
			}
			if err := apply(moderation.Revision{Seq: m.seq, At: m.at, Entry: m.entry()}); err != nil {
				return err
			}
			if seen != nil {
				seen(m.seq)
			}
		}
		if caughtUp != nil {
			caughtUp()
			caughtUp = nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return nil
		}
		due, passed, news = f.since(passed)
	}
}

// backlog returns the newest message about each thing, in order.
func (f *Floor) backlog() (due []message, last uint64, news <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.log {
		if f.newest(m.key).seq == m.seq {
			due = append(due, m)
		}
	}
	return due, f.last, f.news
}

func (f *Floor) since(seq uint64) (due []message, last uint64, news <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.log {
		if m.seq > seq {
			due = append(due, m)
		}
	}
	return due, f.last, f.news
}

func (f *Floor) reachable(ctx context.Context) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", moderation.ErrUnavailable, ctx.Err())
	}
	if f.down {
		return fmt.Errorf("the floor is down: %w", moderation.ErrUnavailable)
	}
	return nil
}

func (f *Floor) newest(key string) *message {
	for i := len(f.log) - 1; i >= 0; i-- {
		if f.log[i].key == key {
			return &f.log[i]
		}
	}
	return nil
}

// next returns the first message about key after seq.
func (f *Floor) next(key string, seq uint64) *message {
	for i := range f.log {
		if f.log[i].key == key && f.log[i].seq > seq {
			return &f.log[i]
		}
	}
	return nil
}

// entry returns a fresh copy of what is stored.
func (m message) entry() moderation.Entry {
	var e moderation.Entry
	if err := json.Unmarshal(m.body, &e); err != nil {
		panic("floortest: what was stored cannot be read: " + err.Error())
	}
	switch {
	case e.Submission != nil:
		e.Submission.Rev = m.seq
	case e.Event != nil:
		e.Event.Rev = m.seq
	case e.Stage != nil:
		e.Stage.Rev = m.seq
	case e.Author != nil:
		e.Author.Rev = m.seq
	case e.Alias != nil:
		e.Alias.Rev = m.seq
	case e.Signal != nil:
		e.Signal.Rev = m.seq
	}
	return e
}

func keyOf(e moderation.Entry) string {
	switch {
	case e.Submission != nil:
		return submissionKey(e.Submission.Event, e.Submission.ID)
	case e.Event != nil:
		return e.Event.Slug + "/event"
	case e.Stage != nil:
		return e.Stage.Event + "/stage"
	case e.Author != nil:
		return e.Author.Event + "/author/" + e.Author.Key
	case e.Alias != nil:
		return e.Alias.Event + "/alias/" + e.Alias.ID
	case e.Signal != nil:
		return e.Signal.Event + "/signal/" + e.Signal.ID
	}
	return ""
}

func submissionKey(event, id string) string { return event + "/submission/" + id }
