package x

import (
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
)

// What X bills for reading, in millionths of a US dollar (docs.x.com/x-api/getting-started/pricing, read 2026-11).
// Each post and each user once a UTC day; whether the users that come with posts are billed is not said, so they
// are counted.
const (
	postPrice = 5_000
	userPrice = 10_000
)

// keptPart is the part of a budget that is kept for looking up what is shown: one of so many. X wants what is deleted
// there gone here, for as long as it is shown, so that must not stop when there is no money left to read more.
const keptPart = 5

// remembered is how many ids of a day are kept, so that what is read again is not counted again. Beyond it
// everything counts: rather too much than too little.
const remembered = 200_000

// meter counts what was read for an event. It is safe for concurrent use.
type meter struct {
	limit moderation.Budget

	mu    sync.Mutex
	read  int             // posts
	cost  int64           // millionths
	day   string          // of known
	known map[string]bool // what was read today
}

// restore takes up what was counted before.
func (m *meter) restore(posts int, spent int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.read, m.cost = max(m.read, posts), max(m.cost, spent)
}

func (m *meter) used() (posts int, spent int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.read, m.cost
}

// charge counts what came in an answer.
func (m *meter) charge(p page, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if day := now.UTC().Format(time.DateOnly); day != m.day {
		m.day, m.known = day, map[string]bool{}
	}
	once := func(id string) bool {
		if m.known[id] {
			return false
		}
		if len(m.known) < remembered {
			m.known[id] = true
		}
		return true
	}
	for _, id := range p.read {
		if once("p" + id) {
			m.read++
			m.cost += postPrice
		}
	}
	for id := range p.users {
		if once("u" + id) {
			m.cost += userPrice
		}
	}
}

// fresh returns how many of ids were not read today.
func (m *meter) fresh(ids []string, now time.Time) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.day != now.UTC().Format(time.DateOnly) {
		return len(ids)
	}
	n := 0
	for _, id := range ids {
		if !m.known["p"+id] {
			n++
		}
	}
	return n
}

// left returns how many new posts may be read at least before the budget but the part that is kept is used up, where
// each of them is of another author and brings others posts besides; math.MaxInt: as many as there are.
func (m *meter) left(others int) int {
	return m.within(m.limit.Posts-m.limit.Posts/keptPart, m.limit.Money*(keptPart-1)/keptPart, others)
}

// leftToCheck returns how many posts may be looked up at least before all of the budget is used up.
func (m *meter) leftToCheck(others int) int { return m.within(m.limit.Posts, m.limit.Money, others) }

// within returns how many posts go into what is left of so many posts and so much money; 0: no limit.
func (m *meter) within(posts int, money float64, others int) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := math.MaxInt
	if posts > 0 {
		n = (posts - m.read) / (1 + others)
	}
	if money > 0 {
		left := int64(math.Min(money, 1e9)*1e6) - m.cost
		n = min(n, int(left/int64((1+others)*(postPrice+userPrice))))
	}
	return max(n, 0)
}

// exhausted is what organisers are told when no new posts can be afforded.
func (m *meter) exhausted() error {
	return &ingest.NeedsAttention{Detail: m.sum() + " Raise the budget of this source to go on. Until then new posts are not found; " +
		"what is left of it is kept for checking whether posts on the board were deleted."}
}

// spent is what organisers are told when not even that can be afforded.
func (m *meter) spent() error {
	return &ingest.NeedsAttention{Detail: m.sum() + " Raise the budget of this source, or take the posts from X off the board: " +
		"nobody notices any more when they are deleted, and X wants them gone within a day."}
}

// sum says what was spent of how much.
func (m *meter) sum() string {
	posts, cost := m.used()
	limit := ""
	if m.limit.Posts > 0 {
		limit = fmt.Sprintf("%d posts", m.limit.Posts)
	}
	if m.limit.Money > 0 {
		if limit != "" {
			limit += " or "
		}
		limit += fmt.Sprintf("$%.2f", m.limit.Money)
	}
	return fmt.Sprintf("The event's budget for X of %s is used up: %d posts were read for about $%.2f.", limit, posts, float64(cost)/1e6)
}
