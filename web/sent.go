package web

import (
	"crypto/subtle"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/web/auth"
)

// sentPost is a submission that this process has stored for good and not seen on the record yet.
type sentPost struct {
	id, event, author, text, request string
	kind                             moderation.Kind
	at                               time.Time
}

// submission is what its sender is shown of it meanwhile.
func (p sentPost) submission() moderation.Submission {
	kind := p.kind
	if kind == "" {
		kind = moderation.Question
	}
	return moderation.Submission{ID: p.id, Event: p.event, Kind: kind, Text: p.text, State: moderation.Pending,
		Source: moderation.FromForm, PostedAt: p.at, ReceivedAt: p.at, Author: moderation.Author{Key: p.author}}
}

const (
	maxSent  = 20_000           // kept at most; a sender whose post is pushed out sees it as soon as it is taken in
	keptSent = 10 * time.Minute // and no longer than this
)

// sent remembers, for the moment between INTAKE and FLOOR, what was sent through this process, so that senders
// and their receipts see it at once even while moderation is down. It is safe for concurrent use.
type sent struct {
	now   func() time.Time
	mu    sync.Mutex // guards posts and order
	posts map[string]sentPost
	order []string // ids, oldest first; may name dropped ones
}

func newSent(now func() time.Time) *sent { return &sent{now: now, posts: map[string]sentPost{}} }

// add remembers p; one that repeats another, which was stored before, gives way to it.
func (s *sent) add(p sentPost, repeat bool) {
	p.at = s.now().UTC()
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := s.posts[p.id]
	if known && repeat {
		return
	}
	s.posts[p.id] = p
	if known {
		return
	}
	time.AfterFunc(keptSent, func() { s.drop(p.id) }) // also where nothing is sent any more
	s.order = append(s.order, p.id)
	for len(s.order) > 0 {
		oldest, ok := s.posts[s.order[0]]
		if ok && len(s.posts) <= maxSent && p.at.Sub(oldest.at) < keptSent {
			break
		}
		delete(s.posts, s.order[0])
		s.order = s.order[1:]
	}
}

func (s *sent) drop(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.posts, id)
}

func (s *sent) get(id string) (sentPost, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.posts[id]
	return p, ok
}

// by returns what one author sent, newest first.
func (s *sent) by(author string) []sentPost {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []sentPost
	for _, p := range s.posts {
		if p.author == author {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b sentPost) int { return b.at.Compare(a.at) })
	return out
}

// receiptToken is the secret by which the receipt of a submission is found: its id with 128 bits that nobody can
// make without the deployment's key. It is derived, so a request repeated after a lost answer gets the same one.
func (s *Server) receiptToken(id string) string { return id + "-" + s.receiptSeal(id) }

// receiptSeal names no event: the id is of one event alone, and a receipt's address does not say which.
func (s *Server) receiptSeal(id string) string { return auth.Receipt(s.Keys.Receipts, "", id) }

// receiptID returns the submission that a token is the receipt of.
func (s *Server) receiptID(token string) (string, bool) {
	id, seal, ok := strings.Cut(token, "-")
	if !ok || subtle.ConstantTimeCompare([]byte(seal), []byte(s.receiptSeal(id))) != 1 {
		return "", false
	}
	return id, true
}
