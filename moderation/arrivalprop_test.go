package moderation_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/openfloor/openfloor/moderation"
)

// TestNothingFlaggedGoesPublicByItself is the safety property of arrivals: whatever the policies were before, whoever
// was trusted, blocked, approved and recalled, one by one or in a batch, a post becomes public by itself only where
// the policy of that moment says so, and never while the event is frozen or under the two-person rule, nor where
// something in it asks for a second look. And what the policy says does happen: everything else stays for people.
func TestNothingFlaggedGoesPublicByItself(t *testing.T) {
	t.Parallel()
	var public, kept atomic.Int64
	rapid.Check(t, func(rt *rapid.T) {
		r := &arrivalRun{h: newHall(t), decided: map[string]string{}, approved: map[string]bool{}, owner: map[string]string{}}
		r.settle(rt)
		rt.Repeat(map[string]func(*rapid.T){"post": r.post, "batch": r.batch, "settle": r.settle, "author": r.author, "decide": r.decide})
		public.Add(int64(r.public))
		kept.Add(int64(r.kept))
	})
	if public.Load() == 0 || kept.Load() == 0 {
		t.Errorf("%d posts went public by themselves and %d did not: nothing was tried", public.Load(), kept.Load())
	}
	t.Logf("%d posts went public by themselves, %d waited for people", public.Load(), kept.Load())
}

// arrivalRun is one run, and the model of it: kept without looking at what the desk knows.
type arrivalRun struct {
	h            *hall
	event        moderation.Event
	decided      map[string]string // trusted or blocked, by account
	approved     map[string]bool   // ids that a person approved and nobody recalled
	owner        map[string]string // account, by id
	ids          []string
	public, kept int
}

var accounts = []string{"ana", "ben", "cat"}

// settle draws another policy.
func (r *arrivalRun) settle(rt *rapid.T) {
	r.h.settle(func(e *moderation.Event) {
		e.Mode = rapid.SampledFrom([]moderation.Mode{moderation.Panel, moderation.Chat}).Draw(rt, "mode")
		e.Frozen = rapid.IntRange(0, 3).Draw(rt, "frozen") == 0
		e.Policy = moderation.Policy{
			Arrivals:    rapid.SampledFrom([]string{moderation.ArriveReview, moderation.ArriveTrust, moderation.ArriveOpenChat}).Draw(rt, "arrivals"),
			HoldFlagged: rapid.Bool().Draw(rt, "hold"),
			TwoPerson:   rapid.IntRange(0, 4).Draw(rt, "two people") == 0,
		}
		if rapid.Bool().Draw(rt, "words") {
			e.Policy.BlockedWords = []string{"fool"}
		}
		r.event = *e
	})
}

// draw makes a post, and says whether something about it asks for a second look.
func (r *arrivalRun) draw(rt *rapid.T) (p moderation.Post, account string, second bool) {
	r.h.posts++
	account = rapid.SampledFrom(accounts).Draw(rt, "account")
	r.h.now = r.h.now.Add(time.Minute) // nobody is too quick
	p = moderation.Post{Event: "smw", Source: moderation.FromMastodon, Key: fmt.Sprint("ap:", r.h.posts), Version: "1", Text: "Why is that so?",
		PostedAt: r.h.now, Author: moderation.PostAuthor{Account: account, Name: account}}
	switch rapid.IntRange(0, 6).Draw(rt, "text") {
	case 0:
		p.Text, second = "Call me on 07700 900142", true
	case 1:
		p.Text, second = "What a Fóol!", len(r.event.Policy.BlockedWords) > 0
	case 2:
		p.Sensitive, second = true, true
	case 3:
		p.PostedAt = p.PostedAt.Add(-time.Duration(1+r.h.posts) * time.Hour) // found late: no more than a notice
	case 4:
		p.Kind = moderation.Question
	}
	return p, account, second
}

// want is what the model says of a post.
func (r *arrivalRun) want(p moderation.Post, account string, second bool) bool {
	if second || r.event.Frozen || r.event.Policy.TwoPerson || r.decided[account] == "blocked" {
		return false
	}
	switch {
	case r.decided[account] == "trusted":
		return true
	case r.event.Policy.Arrivals == moderation.ArriveTrust:
		return slices.ContainsFunc(r.ids, func(id string) bool { return r.approved[id] && r.owner[id] == account })
	case r.event.Policy.Arrivals == moderation.ArriveOpenChat:
		return r.event.Mode == moderation.Chat && p.Kind != moderation.Question
	}
	return false
}

func (r *arrivalRun) check(rt *rapid.T, p moderation.Post, account string, second bool) {
	s := r.h.stored(p.ID())
	if want := r.want(p, account, second); s.State.Public() != want {
		rt.Fatalf("%q by %s (%s) is %s; policy %+v, frozen %t, flags %v; want public: %t", p.Text, account, r.decided[account], s.State, r.event.Policy, r.event.Frozen, s.Flags, want)
	}
	if (s.State == moderation.Rejected) != (r.decided[account] == "blocked") {
		rt.Fatalf("by %s, who is %q, it begins %s", account, r.decided[account], s.State)
	}
	if s.State.Public() {
		r.public++
	} else {
		r.kept++
	}
	r.ids = append(r.ids, s.ID)
	r.owner[s.ID] = account
}

func (r *arrivalRun) post(rt *rapid.T) {
	p, account, second := r.draw(rt)
	if err := r.h.desk.Take(r.h.t.Context(), p); err != nil {
		rt.Fatal(err)
	}
	r.check(rt, p, account, second)
}

func (r *arrivalRun) batch(rt *rapid.T) {
	type drawn struct {
		account string
		second  bool
	}
	var posts []moderation.Post
	var about []drawn
	for range rapid.IntRange(2, 6).Draw(rt, "posts") {
		p, account, second := r.draw(rt)
		posts, about = append(posts, p), append(about, drawn{account, second})
	}
	for _, err := range r.h.desk.TakeAll(r.h.t.Context(), posts) {
		if err != nil {
			rt.Fatal(err)
		}
	}
	for i, p := range posts {
		r.check(rt, p, about[i].account, about[i].second)
	}
}

func (r *arrivalRun) author(rt *rapid.T) {
	if len(r.ids) == 0 {
		return
	}
	id := rapid.SampledFrom(r.ids).Draw(rt, "whose")
	what := rapid.SampledFrom([]string{"trusted", "blocked", ""}).Draw(rt, "decision")
	if _, err := r.h.author(r.h.stored(id), new(what == "trusted"), new(what == "blocked")); err != nil {
		rt.Fatal(err)
	}
	r.decided[r.owner[id]] = what
}

// decide is a person's decision; it may be refused.
func (r *arrivalRun) decide(rt *rapid.T) {
	if len(r.ids) == 0 {
		return
	}
	s := r.h.stored(rapid.SampledFrom(r.ids).Draw(rt, "which"))
	action := rapid.SampledFrom([]moderation.ActionName{moderation.Approve, moderation.Approve, moderation.Reject, moderation.Hold,
		moderation.Restore, moderation.AnswerIt, moderation.Return}).Draw(rt, "action")
	by := rapid.SampledFrom([]moderation.Actor{priti, callum}).Draw(rt, "by")
	got, err := r.h.try(s, action, by)
	if err != nil {
		return
	}
	r.h.wait(got.Rev)
	switch {
	case !got.State.Public():
		delete(r.approved, s.ID)
	case action == moderation.Approve && !s.State.Public():
		r.approved[s.ID] = true
	}
}
