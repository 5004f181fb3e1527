package moderation

import (
	"maps"
	"slices"
)

// Pool is what was merged into one submission.
type Pool struct {
	Similar int // submissions
	// Votes is the number of people behind them: those who asked what was merged in, each once, and without the one
	// who asked the submission itself.
	Votes int
}

// Support is the number of people behind a submission and all that was merged into it, its own asker included.
func (p Pool) Support() int { return p.Votes + 1 }

// Pools knows what is merged into what. It is fed every revision of every submission; the zero value is empty. It
// is not safe for concurrent use: it belongs to a read model, which has a lock.
type Pools struct {
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
		return Pool{}
	}
	own := s.Author.Key
	if post, ok := members[s.ParaphraseOf]; ok {
		own = post // who asked a paraphrase asked the post
	}
	askers := make(map[string]bool, len(members))
	for _, key := range members {
		askers[key] = true
	}
	delete(askers, own)
	delete(askers, "") // a paraphrase among them, whose post is among them too
	return Pool{Similar: len(members), Votes: len(askers)}
}

// In returns the ids of what is merged into the submission id, in order.
func (p *Pools) In(id string) []string { return slices.Sorted(maps.Keys(p.members[id])) }

// Targets returns the ids of everything that something is merged into.
func (p *Pools) Targets() []string { return slices.Sorted(maps.Keys(p.members)) }
