package moderation

import (
	"maps"
	"slices"
)

// Pool is what stands behind one submission: what was merged into it, and the people.
type Pool struct {
	Similar int // submissions
	// Votes is the number of people behind it: those who voted for it or for what was merged in, and those who asked
	// what was merged in, each once. The one who asked the submission itself is among them only by voting.
	Votes int
	// Own says that its own asker is among Votes.
	Own bool
}

// Support is the number of people behind a submission and all that was merged into it, its own asker included.
func (p Pool) Support() int {
	if p.Own {
		return p.Votes
	}
	return p.Votes + 1
}

// Pools knows what is merged into what. It is fed every revision of every submission; the zero value is empty. It
// is not safe for concurrent use: it belongs to a read model, which has a lock.
type Pools struct {
	Votes   *Votes                       // nil: nobody votes
	members map[string]map[string]string // submission to what is merged into it, and that one's asker
}

// Apply takes over that old has become s; both are nil-safe, as a first revision has no old. It returns the ids of
// the submissions whose pools are others now.
func (p *Pools) Apply(old, s *Submission) (changed []string) {
	was, is := "", ""
	if old != nil {
		was = old.MergedInto
	}
	if s != nil {
		is = s.MergedInto
	}
	if was == is {
		return nil
	}
	if was != "" {
		delete(p.members[was], old.ID)
		if len(p.members[was]) == 0 {
			delete(p.members, was)
		}
		changed = append(changed, was)
	}
	if is != "" {
		if p.members == nil {
			p.members = map[string]map[string]string{}
		}
		if p.members[is] == nil {
			p.members[is] = map[string]string{}
		}
		p.members[is][s.ID] = s.Author.Key
		changed = append(changed, is)
	}
	return changed
}

// Of returns the pool of s.
func (p *Pools) Of(s Submission) Pool {
	members := p.members[s.ID]
	if len(members) == 0 {
		if p.Votes == nil {
			return Pool{}
		}
		n, own := p.Votes.count(s.Event, s.ID, s.Author.Key)
		return Pool{Votes: n, Own: own}
	}
	own := s.Author.Key
	if post, ok := members[s.ParaphraseOf]; ok {
		own = post // who asked a paraphrase asked the post
	}
	people := make(map[string]bool, len(members))
	for _, key := range members {
		people[key] = true
	}
	delete(people, own)
	delete(people, "") // a paraphrase among them, whose post is among them too
	if p.Votes != nil {
		p.Votes.addTo(people, s.Event, s.ID)
		for id := range members {
			p.Votes.addTo(people, s.Event, id)
		}
	}
	return Pool{Similar: len(members), Votes: len(people), Own: people[own]}
}

// In returns the ids of what is merged into the submission id, in order.
func (p *Pools) In(id string) []string { return slices.Sorted(maps.Keys(p.members[id])) }

// Targets returns the ids of everything that something is merged into.
func (p *Pools) Targets() []string { return slices.Sorted(maps.Keys(p.members)) }
