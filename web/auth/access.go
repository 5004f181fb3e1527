package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Store is what Access needs of ACCESS. Keys are up to 8 tokens of 1 to 64 letters, digits, "-" and "_", with dots
// between them; revisions grow over all keys together.
type Store interface {
	// PutAccess stores body under key. Expect nil: whatever is there; the address of 0: only where there is nothing
	// (any more); else only where that is the newest revision. On a conflict it returns moderation.ErrExists or
	// moderation.ErrStale.
	PutAccess(ctx context.Context, key string, body []byte, expect *uint64) (rev uint64, err error)
	// DeleteAccess removes key. There being nothing under it is no error.
	DeleteAccess(ctx context.Context, key string) error
	// FollowAccess calls apply with the newest body of every key and then with every change, in the order of their
	// revisions and from one goroutine; a nil body says that the key was deleted. It calls caughtUp once, when
	// everything that was there at the start has been applied. It returns nil once ctx is done.
	FollowAccess(ctx context.Context, apply func(key string, body []byte, rev uint64) error, caughtUp func()) error
}

// How often Run looks after things.
const (
	settleMost = time.Minute      // if nothing is to end before; a clock that was set is noticed after that
	flushWait  = time.Second      // from a session's renewal to its being stored
	flushPause = 10 * time.Second // after the store did not take one
	sweepEvery = time.Hour
)

// Config is what most callers leave alone.
type Config struct {
	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // nil: none
}

// Access knows the links, sessions and keys of a deployment. It is safe for concurrent use. It knows nothing until
// Run has caught up; then Ready is closed.
type Access struct {
	store Store
	now   func() time.Time // UTC, to the microsecond
	log   *slog.Logger
	ready chan struct{}
	nudge chan struct{} // something may end earlier than was known; holds one
	dirty chan struct{} // a session was renewed; holds one

	// mu guards what follows. Nothing is waited for while it is held.
	mu       sync.Mutex
	live     bool              // the backlog has been applied
	position uint64            // revision up to which everything has been followed
	ahead    map[string]uint64 // own writes that have not been followed yet: their revision, or deleted
	changed  chan struct{}     // closed, and made anew, when a key has come

	keys     map[string][]byte
	server   *serverToken
	links    map[string]*link
	tokens   map[digest]*link
	uses     map[string]map[int]bool // by link
	sessions map[digest]*session
	answers  map[string][]byte // sealed
}

// deleted in Access.ahead: everything is skipped until the deletion has come by.
const deleted = math.MaxUint64

// New returns an Access that keeps everything in store. It starts nothing.
func New(store Store, c Config) *Access {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Access{
		store: store, log: c.Log,
		now:      func() time.Time { return c.Now().UTC().Truncate(time.Microsecond) },
		ready:    make(chan struct{}),
		nudge:    make(chan struct{}, 1),
		dirty:    make(chan struct{}, 1),
		ahead:    map[string]uint64{},
		changed:  make(chan struct{}),
		keys:     map[string][]byte{},
		links:    map[string]*link{},
		tokens:   map[digest]*link{},
		uses:     map[string]map[int]bool{},
		sessions: map[digest]*session{},
		answers:  map[string][]byte{},
	}
}

// Ready is closed once everything that was stored when Run began is known.
func (a *Access) Ready() <-chan struct{} { return a.ready }

// Run follows ACCESS, ends what has expired, stores renewed sessions and sweeps once an hour. It blocks until ctx
// is done, and then returns nil, or until something stored cannot be read. Call it once.
func (a *Access) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { a.keepSettled(ctx) })
	wg.Go(func() { a.keepStored(ctx) })

	err := a.store.FollowAccess(ctx, a.follow, a.caughtUp)
	switch {
	case ctx.Err() != nil:
		return nil
	case err == nil:
		return errors.New("follow access: it ended by itself")
	}
	return fmt.Errorf("follow access: %w", err)
}

// keepSettled ends what expires, when it does. It does no I/O, so that a store that hangs keeps no stream open.
func (a *Access) keepSettled(ctx context.Context) {
	timer := time.NewTimer(settleMost)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-a.nudge:
		}
		a.mu.Lock()
		next := a.settle()
		a.mu.Unlock()
		timer.Reset(min(settleMost, max(0, next.Sub(a.now()))))
	}
}

// keepStored writes what may wait.
func (a *Access) keepStored(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-a.ready:
	}
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	var due <-chan time.Time // nil: nothing is to be stored
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.dirty:
			if due == nil {
				due = time.After(flushWait)
			}
		case <-due:
			due = nil
			if err := a.flush(ctx); err != nil && ctx.Err() == nil {
				a.log.LogAttrs(ctx, slog.LevelWarn, "sessions are not renewed; trying again", slog.Any("error", err))
				due = time.After(flushPause)
			}
		case <-sweep.C:
			if err := a.Sweep(ctx); err != nil && ctx.Err() == nil {
				a.log.LogAttrs(ctx, slog.LevelWarn, "not everything was swept; trying again in an hour", slog.Any("error", err))
			}
		}
	}
}

// waitReady waits until Run has caught up.
func (a *Access) waitReady(ctx context.Context) error {
	select {
	case <-a.ready:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait until access is known: %w", context.Cause(ctx))
	}
}

func (a *Access) caughtUp() {
	a.mu.Lock()
	a.live = true
	a.mu.Unlock()
	poke(a.nudge)
	close(a.ready)
}

// follow takes one message of ACCESS.
func (a *Access) follow(key string, body []byte, rev uint64) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.position = rev
	if ahead, ok := a.ahead[key]; ok {
		switch {
		case ahead == deleted && body != nil, ahead != deleted && rev < ahead:
			return nil
		}
		delete(a.ahead, key)
	}
	return a.set(key, body, rev)
}

// put stores v under key, and knows it at once.
func (a *Access) put(ctx context.Context, key string, v any, expect *uint64) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	rev, err := a.store.PutAccess(ctx, key, body, expect)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	// What has come by since may be newer than this write, or the deletion of it: then it must not come back.
	if rev <= a.position || rev < a.ahead[key] {
		return nil
	}
	a.ahead[key] = rev
	return a.set(key, body, rev)
}

// remove deletes key, and forgets it at once. Links and sessions have random names that never come again, so an
// older message on its way here is kept from bringing one back.
func (a *Access) remove(ctx context.Context, key string) error {
	if err := a.store.DeleteAccess(ctx, key); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if kind, _, _ := strings.Cut(key, "."); (kind == "session" || kind == "link") && a.knows(key) {
		a.ahead[key] = deleted
	}
	return a.set(key, nil, 0)
}

func (a *Access) knows(key string) bool {
	kind, name, _ := strings.Cut(key, ".")
	if kind == "link" {
		return a.links[name] != nil
	}
	d, err := parseDigest(name)
	return err == nil && a.sessions[d] != nil
}

// set puts one key into memory; a nil body takes it out. Keys of other families are others' business. The caller
// holds mu.
func (a *Access) set(key string, body []byte, rev uint64) error {
	kind, name, _ := strings.Cut(key, ".")
	var err error
	switch kind {
	case "link":
		err = a.setLink(name, body)
	case "use":
		err = a.setUse(name, body)
	case "session":
		err = a.setSession(name, body, rev)
	case "key":
		err = a.setKey(name, body)
	case "organiser":
		err = a.setServer(body)
	case "idem":
		err = a.setAnswer(name, body)
	}
	if err != nil {
		return fmt.Errorf("access %s at revision %d: %w", kind, rev, err)
	}
	return nil
}

// settle ends what is not valid any more, tells those who watch, and returns when the next end is due, at most
// settleMost from now. The caller holds mu.
func (a *Access) settle() (next time.Time) {
	now := a.now()
	next = now.Add(settleMost)
	if !a.live {
		return next
	}
	for _, l := range a.links {
		l.settle(a.usable(l, now) == nil)
		if !l.over && l.Expires != nil {
			next = earliest(next, *l.Expires)
		}
	}
	for _, s := range a.sessions {
		lost := false
		for _, h := range s.held {
			switch {
			case h.over:
			case a.valid(s, h, now):
				next = earliest(next, earliest(s.expires, h.at.Add(SessionMost)))
			default:
				h.end()
				lost = true
			}
		}
		if lost {
			close(s.lost)
			s.lost = make(chan struct{})
		}
	}
	return next
}

// poke leaves word in a channel that holds one.
func poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// announce wakes those who wait for a key that another process made. The caller holds mu.
func (a *Access) announce() {
	close(a.changed)
	a.changed = make(chan struct{})
}

// useKey is where the nth use of a link lies.
func useKey(link string, n int) string { return "use." + link + "." + strconv.Itoa(n) }
