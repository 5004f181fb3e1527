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

// remembered is how many ids of a day are kept, so that what is read again is not counted again. Beyond it
// everything counts: rather too much than too little.
const remembered = 200_000

// meter counts what was read for an event. It is safe for concurrent use.
type meter struct {
	limit moderation.Budget

	mu    sync.Mutex
	posts int
	spent int64           // millionths
	day   string          // of known
	known map[string]bool // what was read today
}

// restore takes up what was counted before.
func (m *meter) restore(posts int, spent int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.posts, m.spent = max(m.posts, posts), max(m.spent, spent)
}

func (m *meter) used() (posts int, spent int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.posts, m.spent
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
			m.posts++
			m.spent += postPrice
		}
	}
	for id := range p.users {
		if once("u" + id) {
			m.spent += userPrice
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

// left returns how many posts may be read at least before the budget is used up, where each of them is of another
// author and brings others posts besides; math.MaxInt: as many as there are.
func (m *meter) left(others int) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := math.MaxInt
	if m.limit.Posts > 0 {
		n = (m.limit.Posts - m.posts) / (1 + others)
	}
	if m.limit.Money > 0 {
		money := int64(math.Min(m.limit.Money, 1e9)*1e6) - m.spent
		n = min(n, int(money/int64((1+others)*(postPrice+userPrice))))
	}
	return max(n, 0)
}

// exhausted is what organisers are told when no more can be afforded.
func (m *meter) exhausted() error {
	posts, spent := m.used()
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
	return &ingest.NeedsAttention{Detail: fmt.Sprintf("The event's budget for X is used up: %d posts read for about $%.2f, and the next might pass %s. "+
		"Raise the budget of this source to go on. Until then new posts are not found, and posts on the board are not checked for deletion.", posts, float64(spent)/1e6, limit)}
}
