package inbox

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The contract's limits (section 4), and how much is remembered.
const (
	VisitorBurst     = 3      // submissions at once of one visitor
	AddressPerMinute = 12_000 // submissions a minute of one address: a hall shares one
	EventPerSecond   = 200    // submissions a second of one event; what is above is held

	visitorEvery = 20 * time.Second // then one each
	entriesMost  = 200_000          // of visitors, and as many of addresses
	sweepEvery   = 10 * time.Second
)

// LimitsConfig sets the limits; 0 is no limit.
type LimitsConfig struct {
	Visitor int // submissions at once of one visitor, then one each 20 s
	Address int // submissions a minute of one address; IPv6: of one /64
	Event   int // submissions a second of one event
}

// DefaultLimits returns the contract's limits.
func DefaultLimits() LimitsConfig {
	return LimitsConfig{Visitor: VisitorBurst, Address: AddressPerMinute, Event: EventPerSecond}
}

// Limits counts what this process is sent. Nothing in it is stored, and it forgets whoever has been quiet for as
// long as it takes to be allowed everything again. It is safe for concurrent use.
type Limits struct {
	mu        sync.Mutex // guards the tables
	visitors  table
	addresses table
	events    table
}

// NewLimits returns limits that have counted nothing yet. Negative numbers are no limit either.
func NewLimits(c LimitsConfig) *Limits {
	l := &Limits{}
	if c.Visitor > 0 {
		l.visitors = newTable(rate.Every(visitorEvery), c.Visitor, false)
	}
	if c.Address > 0 {
		l.addresses = newTable(rate.Limit(float64(c.Address)/60), c.Address, true)
	}
	if c.Event > 0 {
		l.events = newTable(rate.Limit(c.Event), c.Event, true)
	}
	return l
}

// Allow counts one submission of a visitor ("" : nobody known) from an address (the zero Addr: unknown) and
// returns 0, or how long to wait where there were too many; then it is not counted.
func (l *Limits) Allow(visitor string, address netip.Addr) (retryAfter time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	var taken []*rate.Reservation
	take := func(t *table, key string) {
		if b := t.bucket(key, now); b != nil {
			r := b.ReserveN(now, 1)
			taken = append(taken, r)
			retryAfter = max(retryAfter, r.DelayFrom(now))
		}
	}
	if visitor != "" {
		take(&l.visitors, visitor)
	}
	if address.IsValid() {
		take(&l.addresses, network(address))
	}
	if retryAfter > 0 {
		for _, r := range taken {
			r.CancelAt(now)
		}
	}
	return retryAfter
}

// Busy counts one submission to an event and reports whether there are more than its limit: then it is accepted,
// and held.
func (l *Limits) Busy(event string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	b := l.events.bucket(event, now)
	return b != nil && !b.AllowN(now, 1)
}

// network returns what counts as one address: an IPv6 customer has at least a /64.
func network(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// table holds a token bucket for each key that was seen lately. The zero table limits nothing.
type table struct {
	rate    rate.Limit
	burst   int
	shared  bool // keys that there is no room for share one bucket; else they are not limited here
	full    time.Duration
	buckets map[string]*bucket
	swept   time.Time
	most    int
}

type bucket struct {
	*rate.Limiter
	used time.Time
}

func newTable(r rate.Limit, burst int, shared bool) table {
	return table{rate: r, burst: burst, shared: shared, buckets: map[string]*bucket{}, most: entriesMost,
		full: time.Duration(float64(burst) / float64(r) * float64(time.Second))}
}

// bucket returns the bucket of key, nil for no limit.
func (t *table) bucket(key string, now time.Time) *rate.Limiter {
	if t.buckets == nil {
		return nil
	}
	b := t.buckets[key]
	if b == nil {
		if len(t.buckets) >= t.most || now.Sub(t.swept) >= sweepEvery {
			t.sweep(now)
		}
		if len(t.buckets) >= t.most {
			if !t.shared {
				return nil
			}
			key = "" // no key of ours is empty
			b = t.buckets[key]
		}
		if b == nil {
			b = &bucket{Limiter: rate.NewLimiter(t.rate, t.burst)}
			t.buckets[key] = b
		}
	}
	b.used = now
	return b.Limiter
}

// sweep forgets the buckets that are full again. It looks at all of them, so not at each call.
func (t *table) sweep(now time.Time) {
	if now.Sub(t.swept) < time.Second {
		return
	}
	t.swept = now
	for k, b := range t.buckets {
		if now.Sub(b.used) > t.full {
			delete(t.buckets, k)
		}
	}
}
