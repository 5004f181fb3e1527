package bluesky

import "hash/maphash"

// Bounds of what is remembered. The network deletes some ten posts a second, so that the deletions are those of hours.
const (
	postsMost    = 1 << 16
	deletedMost  = 1 << 17
	accountsMost = 1 << 15
)

// memory knows which posts are on record or on their way there, and what was deleted lately, whether it was ours or
// not: the deletion may come first.
type memory struct {
	seed     maphash.Seed
	posts    map[string]map[string]*seen // by DID and record key
	order    ring[place]
	deleted  map[uint64]struct{} // hashes of URIs: there are too many to keep
	forgot   ring[uint64]
	accounts map[string]struct{} // those that are gone
	left     ring[string]
}

// place names a post.
type place struct{ did, rkey string }

// seen is what we know of a post that is on record.
type seen struct {
	version string
	sent    bool // this process delivered, or is about to deliver, version
	gone    bool
}

func newMemory() *memory {
	return &memory{seed: maphash.MakeSeed(), posts: map[string]map[string]*seen{}, deleted: map[uint64]struct{}{}, accounts: map[string]struct{}{}}
}

// find returns what is known of a post; nil: it is not on record.
func (m *memory) find(did, rkey string) *seen { return m.posts[did][rkey] }

// add returns what is known of a post that is on record from now on.
func (m *memory) add(did, rkey string) *seen {
	if s := m.find(did, rkey); s != nil {
		return s
	}
	if m.posts[did] == nil {
		m.posts[did] = map[string]*seen{}
	}
	s := &seen{}
	m.posts[did][rkey] = s
	if old, full := m.order.push(place{did, rkey}, postsMost); full {
		delete(m.posts[old.did], old.rkey)
		if len(m.posts[old.did]) == 0 {
			delete(m.posts, old.did)
		}
	}
	return s
}

// bury remembers a deletion.
func (m *memory) bury(did, rkey string) {
	h := maphash.String(m.seed, uri(did, rkey))
	if _, ok := m.deleted[h]; ok {
		return
	}
	m.deleted[h] = struct{}{}
	if old, full := m.forgot.push(h, deletedMost); full {
		delete(m.deleted, old)
	}
}

// buried reports whether a post, or its author's account, was deleted lately.
func (m *memory) buried(did, rkey string) bool {
	if _, ok := m.accounts[did]; ok {
		return true
	}
	_, ok := m.deleted[maphash.String(m.seed, uri(did, rkey))]
	return ok
}

// leave remembers that an account is gone, or is back.
func (m *memory) leave(did string, gone bool) {
	if !gone {
		delete(m.accounts, did)
		return
	}
	if _, ok := m.accounts[did]; ok {
		return
	}
	m.accounts[did] = struct{}{}
	if old, full := m.left.push(did, accountsMost); full {
		delete(m.accounts, old)
	}
}

// ring keeps the last of many.
type ring[T any] struct {
	items []T
	next  int
}

// push adds x and returns the oldest where there were most already.
func (r *ring[T]) push(x T, most int) (old T, full bool) {
	if len(r.items) < most {
		r.items = append(r.items, x)
		return old, false
	}
	old, r.items[r.next] = r.items[r.next], x
	r.next = (r.next + 1) % most
	return old, true
}
