package moderation_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// settle puts the event as change leaves it, past what a request could ask for.
func (h *hall) settle(change func(*moderation.Event)) {
	h.t.Helper()
	ev, ok := h.record.Event("smw")
	if !ok {
		h.t.Fatal("there is no event")
	}
	change(&ev)
	out, err := h.floor.Put(h.t.Context(), moderation.NewOp(), moderation.Entry{Event: &ev})
	if err != nil {
		h.t.Fatal(err)
	}
	h.wait(out[0].Rev())
}

// TestArrivals is how a submission begins, by policy, author and what it says.
func TestArrivals(t *testing.T) {
	t.Parallel()
	const plain, phone, word = "Why?", "Call me on 07700 900142", "What a Fóol says!"
	trusted := func(d *moderation.AuthorDecision) { d.Trusted = true }
	blocked := func(d *moderation.AuthorDecision) { d.Blocked = true }
	approved := func(h *hall, s moderation.Submission) { h.act(s, moderation.Approve, priti) }
	policy := func(arrivals string) func(*moderation.Event) {
		return func(e *moderation.Event) { e.Policy.Arrivals = arrivals }
	}
	chat := func(f func(*moderation.Event)) func(*moderation.Event) {
		return func(e *moderation.Event) { e.Mode = moderation.Chat; f(e) }
	}
	also := func(f func(*moderation.Event), g func(*moderation.Event)) func(*moderation.Event) {
		return func(e *moderation.Event) { f(e); g(e) }
	}
	frozen := func(e *moderation.Event) { e.Frozen = true }
	holds := func(e *moderation.Event) { e.Policy.HoldFlagged = true }
	twoPerson := func(e *moderation.Event) { e.Policy.TwoPerson = true }
	lists := func(e *moderation.Event) { e.Policy.BlockedWords = []string{"damned fool", "FOOL"} }
	sensitive := func(p *moderation.Post) { p.Sensitive = true }
	question := func(p *moderation.Post) { p.Kind = moderation.Question }
	old := func(p *moderation.Post) { p.PostedAt = p.PostedAt.Add(-72 * time.Hour) }
	review := policy(moderation.ArriveReview)
	trust := policy(moderation.ArriveTrust)
	open := policy(moderation.ArriveOpenChat)

	for _, tt := range []struct {
		name   string
		event  func(*moderation.Event)
		before func(*hall, moderation.Submission) // to what the author sent before; nil: nothing was
		author func(*moderation.AuthorDecision)   // nil: nothing was decided
		text   string
		post   func(*moderation.Post)
		want   string // state, action and who by
	}{
		{"review", review, nil, nil, plain, nil, "pending receive source mastodon"},
		{"review, flagged", review, nil, nil, phone, nil, "pending receive source mastodon"},
		{"review, flagged is held", also(review, holds), nil, nil, phone, nil, "held receive source mastodon"},
		{"review, approved before", review, approved, nil, plain, nil, "pending receive source mastodon"},
		{"review, trusted", review, nil, trusted, plain, nil, "approved approve policy policy for trusted authors"},
		{"review, trusted, flagged", review, nil, trusted, phone, nil, "pending receive source mastodon"},
		{"review, trusted, flagged is held", also(review, holds), nil, trusted, phone, nil, "held receive source mastodon"},
		{"review, trusted, frozen", also(review, frozen), nil, trusted, plain, nil, "pending receive source mastodon"},
		{"review, trusted, two people", also(review, twoPerson), nil, trusted, plain, nil, "pending receive source mastodon"},
		{"review, trusted, sensitive", review, nil, trusted, plain, sensitive, "held receive source mastodon"},
		{"review, trusted, found late", also(review, holds), nil, trusted, plain, old, "approved approve policy policy for trusted authors"},
		{"review, found late", also(review, holds), nil, nil, plain, old, "pending receive source mastodon"},
		{"review, blocked", review, nil, blocked, plain, nil, "rejected reject policy policy for blocked authors"},
		{"review, blocked, approved before", review, approved, blocked, plain, nil, "rejected reject policy policy for blocked authors"},
		{"review, blocked, flagged is held", also(review, holds), nil, blocked, phone, nil, "rejected reject policy policy for blocked authors"},
		{"review, blocked word", also(review, lists), nil, nil, word, nil, "held receive source mastodon"},
		{"review, trusted, blocked word", also(review, lists), nil, trusted, word, nil, "held receive source mastodon"},

		{"trust, nobody yet", trust, nil, nil, plain, nil, "pending receive source mastodon"},
		{"trust, sent before", trust, func(*hall, moderation.Submission) {}, nil, plain, nil, "pending receive source mastodon"},
		{"trust, approved before", trust, approved, nil, plain, nil, "approved approve policy policy for authors approved before"},
		{"trust, approved before, flagged", trust, approved, nil, phone, nil, "pending receive source mastodon"},
		{"trust, approved before, flagged is held", also(trust, holds), approved, nil, phone, nil, "held receive source mastodon"},
		{"trust, approved before, frozen", also(trust, frozen), approved, nil, plain, nil, "pending receive source mastodon"},
		{"trust, approved before, two people", also(trust, twoPerson), approved, nil, plain, nil, "pending receive source mastodon"},
		{"trust, approved before, blocked word", also(trust, lists), approved, nil, word, nil, "held receive source mastodon"},
		{"trust, approved before, found late", trust, approved, nil, plain, old, "approved approve policy policy for authors approved before"},
		{"trust, blocked", trust, approved, blocked, plain, nil, "rejected reject policy policy for blocked authors"},
		{"trust, approved and recalled", trust, func(h *hall, s moderation.Submission) {
			h.act(h.act(s, moderation.Approve, priti), moderation.Reject, priti)
		}, nil, plain, nil, "pending receive source mastodon"},
		{"trust, approved and answered", trust, func(h *hall, s moderation.Submission) {
			h.act(h.act(s, moderation.Approve, priti), moderation.AnswerIt, fiona)
		}, nil, plain, nil, "approved approve policy policy for authors approved before"},
		{"trust, rejected before", trust, func(h *hall, s moderation.Submission) { h.act(s, moderation.Reject, priti) }, nil, plain, nil, "pending receive source mastodon"},

		{"open chat", chat(open), nil, nil, plain, nil, "approved approve policy policy for an open chat"},
		{"open chat, flagged", chat(open), nil, nil, phone, nil, "pending receive source mastodon"},
		{"open chat, flagged is held", chat(also(open, holds)), nil, nil, phone, nil, "held receive source mastodon"},
		{"open chat, frozen", chat(also(open, frozen)), nil, nil, plain, nil, "pending receive source mastodon"},
		{"open chat, two people", chat(also(open, twoPerson)), nil, nil, plain, nil, "pending receive source mastodon"},
		{"open chat, blocked word", chat(also(open, lists)), nil, nil, word, nil, "held receive source mastodon"},
		{"open chat, blocked", chat(open), nil, blocked, plain, nil, "rejected reject policy policy for blocked authors"},
		{"open chat, a question", chat(open), nil, nil, plain, question, "pending receive source mastodon"},
		{"open chat, a question of somebody trusted", chat(open), nil, trusted, plain, question, "approved approve policy policy for trusted authors"},
		{"open chat in a panel", open, nil, nil, plain, nil, "pending receive source mastodon"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			if tt.before != nil || tt.author != nil {
				s := h.take("ana", "The first.")
				h.now = h.now.Add(time.Hour)
				if tt.before != nil {
					tt.before(h, s)
				}
				if tt.author != nil {
					var d moderation.AuthorDecision
					tt.author(&d)
					if _, err := h.author(s, &d.Trusted, &d.Blocked); err != nil {
						t.Fatal(err)
					}
				}
			}
			h.settle(tt.event)
			other := h.take("ben", plain) // somebody else is somebody else
			if ev, _ := h.record.Event("smw"); other.State == moderation.Rejected || other.State == moderation.Approved && ev.Mode != moderation.Chat {
				t.Errorf("what another author sent is %s", other.State)
			}
			s := h.take("ana", tt.text, func(p *moderation.Post) {
				if tt.post != nil {
					tt.post(p)
				}
			})
			if got := fmt.Sprintf("%s %s %s %s", s.State, s.Change.Action, s.Change.By.Role, s.Change.By.Name); got != tt.want {
				t.Errorf("it begins as %s, want %s; flags %v", got, tt.want, s.Flags)
			}
			if s.State == moderation.Approved && (s.Rank == "" || !s.OnArrival) || s.State == moderation.Rejected && s.Reason != "blocked" {
				t.Errorf("rank %q, reason %q, on arrival: %t", s.Rank, s.Reason, s.OnArrival)
			}
		})
	}
}

// What a policy approved is last in the queue, alone or in a batch, can be recalled by anybody, and makes nobody trusted.
func TestApprovedOnArrival(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.act(h.take("eve", "first"), moderation.Approve, priti)
	h.settle(func(e *moderation.Event) { e.Mode, e.Policy.Arrivals = moderation.Chat, moderation.ArriveOpenChat })
	s := h.take("ana", "second")
	var batch []moderation.Post
	for i, text := range []string{"third", "fourth", "fifth"} {
		batch = append(batch, moderation.Post{Event: "smw", Source: moderation.FromBluesky, Key: fmt.Sprint("at:", i), Text: text, PostedAt: h.now,
			Author: moderation.PostAuthor{Account: fmt.Sprint("did:", i)}})
	}
	if err := errors.Join(h.desk.TakeAll(t.Context(), batch)...); err != nil {
		t.Fatal(err)
	}
	h.stored(batch[2].ID())
	if got := h.queue(); got != "first second third fourth fifth" {
		t.Errorf("the queue: %s", got)
	}
	if _, err := h.try(s, moderation.Undo, callum); !errors.Is(err, moderation.ErrState) {
		t.Errorf("undoing an arrival: %v, want a wrong state", err)
	}
	s = h.act(s, moderation.Hold, callum)
	if s = h.act(s, moderation.Undo, callum); s.State != moderation.Approved || !s.OnArrival {
		t.Errorf("the recall undone: %s, on arrival: %t", s.State, s.OnArrival)
	}
	h.settle(func(e *moderation.Event) { e.Policy.Arrivals = moderation.ArriveTrust })
	if again := h.take("ana", "sixth"); again.State != moderation.Pending {
		t.Errorf("approved by a policy alone, their next is %s; want pending", again.State)
	}
	s = h.act(h.act(s, moderation.Reject, priti), moderation.Restore, priti)
	h.act(s, moderation.Approve, priti)
	if again := h.take("ana", "seventh"); again.State != moderation.Approved {
		t.Errorf("approved by a person, their next is %s; want approved", again.State)
	}
}

// An edit on the network goes back to a moderator, whoever made it, and a blocked word in it holds it.
func TestEditedAfterArrival(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.settle(func(e *moderation.Event) {
		e.Mode, e.Policy.Arrivals, e.Policy.BlockedWords = moderation.Chat, moderation.ArriveOpenChat, []string{"fool"}
	})
	for _, tt := range []struct {
		text string
		want moderation.State
	}{{"Who?", moderation.Pending}, {"Which fool?", moderation.Held}} {
		s := h.take("ana"+tt.text, "Why?")
		if s.State != moderation.Approved {
			t.Fatalf("it begins as %s", s.State)
		}
		p := moderation.Post{Event: "smw", Source: moderation.FromMastodon, Key: fmt.Sprint("ap:ana", tt.text, h.posts), Version: "2", Text: tt.text}
		if err := h.desk.Take(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if got := h.stored(s.ID); got.State != tt.want || !got.First {
			t.Errorf("edited to %q it is %s, first: %t; want %s", tt.text, got.State, got.First, tt.want)
		}
	}
}

func TestTwoPeople(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.settle(func(e *moderation.Event) { e.Policy.TwoPerson = true })
	s := h.take("ana", "Why?")
	reviewed := h.act(s, moderation.Approve, priti)
	if reviewed.State != moderation.Pending || reviewed.ReviewedBy == nil || *reviewed.ReviewedBy != priti || reviewed.Change.Action != moderation.Review {
		t.Fatalf("after the first approval: %+v", reviewed)
	}
	if cur, err := h.try(reviewed, moderation.Approve, priti); !errors.Is(err, moderation.ErrState) || cur.Rev != reviewed.Rev {
		t.Errorf("the same person again: %v; want a wrong state", err)
	}
	if back := h.act(reviewed, moderation.Undo, priti); back.ReviewedBy != nil || back.State != moderation.Pending {
		t.Errorf("the review undone: %+v", back)
	}
	reviewed = h.act(h.stored(s.ID), moderation.Approve, callum)
	released := h.act(reviewed, moderation.Approve, priti)
	if released.State != moderation.Approved || *released.ReviewedBy != callum || released.Rank == "" {
		t.Fatalf("after the second approval: %+v", released)
	}
	if again := h.act(released, moderation.Approve, callum); again.Rev != released.Rev {
		t.Errorf("approving what is approved made revision %d", again.Rev)
	}
	// Whatever takes it back asks for two people again.
	for _, undo := range []func(moderation.Submission) moderation.Submission{
		func(s moderation.Submission) moderation.Submission { return h.act(s, moderation.Hold, priti) },
		func(s moderation.Submission) moderation.Submission {
			return h.act(h.act(s, moderation.Reject, priti), moderation.Restore, priti)
		},
		func(s moderation.Submission) moderation.Submission {
			return h.act(h.act(s, moderation.Hold, callum), moderation.Approve, priti)
		},
	} {
		s := undo(released)
		if s.ReviewedBy != nil && *s.ReviewedBy != priti || s.State.Public() {
			t.Errorf("taken back, it is %s, reviewed by %v", s.State, s.ReviewedBy)
		}
		if s.ReviewedBy == nil {
			s = h.act(s, moderation.Approve, priti)
		}
		released = h.act(s, moderation.Approve, callum)
	}
	// An edit is of another text than was reviewed.
	s = h.act(h.take("ben", "Who?"), moderation.Approve, priti)
	req := moderation.ActRequest{Op: "edit", Event: "smw", ID: s.ID, Rev: s.Rev, Action: moderation.Edit, Text: "Who else?", By: callum}
	if got, err := h.desk.Act(t.Context(), req); err != nil || got.ReviewedBy != nil {
		t.Errorf("edited after its review: %+v, %v", got.ReviewedBy, err)
	}
	// A review makes nothing public, so it may be made while frozen; a release may not.
	h.settle(func(e *moderation.Event) { e.Frozen = true })
	s = h.act(h.take("cat", "When?"), moderation.Approve, priti)
	if _, err := h.try(s, moderation.Approve, callum); !errors.Is(err, moderation.ErrState) {
		t.Errorf("released while frozen: %v; want a wrong state", err)
	}
}

func TestBlockedWords(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.settle(func(e *moderation.Event) {
		e.Policy.BlockedWords = []string{"fool", "self-harm", "damned", "Damned Liar", "🖕", "笨蛋"}
	})
	for _, tt := range []struct{ text, want string }{
		{"Who leads?", ""},
		{"A FOOL.", "FOOL"},
		{"a ｆóｏｌ", "ｆóｏｌ"},
		{"#fool @fool", "fool fool"},
		{"foolish, tomfool, fools", ""},
		{"self harm and Self–Harm", "self harm|Self–Harm"},
		{"damned liars, damned, liar", "damned|damned, liar"},
		{"so there🖕🏽", "🖕"},
		{"你是笨蛋吗", "笨蛋"},
		{"Scunthorpe", ""},
	} {
		s := h.take("ana"+tt.text, tt.text)
		var got []string
		for _, f := range s.Flags {
			if f.Kind == moderation.FlagBlockedWord {
				got = append(got, string([]rune(s.Text)[f.Span[0]:f.Span[1]]))
			}
		}
		want := strings.FieldsFunc(tt.want, func(r rune) bool { return r == '|' })
		if tt.want == "fool fool" {
			want = []string{"fool", "fool"}
		}
		if !slices.Equal(got, want) || (s.State == moderation.Held) != (len(want) > 0) {
			t.Errorf("%q: found %q and %s, want %q", tt.text, got, s.State, want)
		}
	}
	// The list is read anew once it has changed.
	h.settle(func(e *moderation.Event) { e.Policy.BlockedWords = nil })
	if s := h.take("zoe", "A fool."); s.State != moderation.Pending {
		t.Errorf("no longer on the list, it is %s", s.State)
	}
}

func TestFirstAndBurst(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	start := h.now
	flagged := func(s moderation.Submission) bool {
		return slices.ContainsFunc(s.Flags, func(f moderation.Flag) bool { return f.Kind == moderation.FlagBurst })
	}
	for i, c := range []struct {
		account string
		after   time.Duration
		first   bool
		burst   bool
	}{
		{"ana", 0, true, false}, {"ana", 10 * time.Second, false, false}, {"ben", 11 * time.Second, true, false},
		{"ana", 20 * time.Second, false, false}, {"ana", 30 * time.Second, false, true}, {"ana", 59 * time.Second, false, true},
		{"ben", 59 * time.Second, false, false}, {"ana", 3 * time.Minute, false, false},
	} {
		h.now = start.Add(c.after)
		if s := h.take(c.account, "Why?"); s.First != c.first || flagged(s) != c.burst {
			t.Errorf("post %d, by %s: first %t, burst %t; want %t, %t", i, c.account, s.First, flagged(s), c.first, c.burst)
		}
	}
	// Those of one batch see each other. What was written over time and found at once is no burst, nor is an import.
	h.now = start.Add(time.Hour)
	post := func(source moderation.Source, account string, n int, apart time.Duration) (posts []moderation.Post) {
		for i := range n {
			posts = append(posts, moderation.Post{Event: "smw", Source: source, Key: fmt.Sprint(source, account, i), Text: "Why?",
				PostedAt: h.now.Add(-apart * time.Duration(i)), Author: moderation.PostAuthor{Account: account}})
		}
		return posts
	}
	for name, c := range map[string]struct {
		posts []moderation.Post
		want  int
	}{
		"a batch":   {post(moderation.FromX, "cat", 6, time.Second), 3},
		"over time": {post(moderation.FromX, "dan", 6, time.Hour), 0},
		"an import": {post(moderation.FromImport, "eve", 6, 0), 0},
		"a feed":    {post(moderation.FromFeed, "fay", 6, 0), 0},
	} {
		if err := errors.Join(h.desk.TakeAll(t.Context(), c.posts)...); err != nil {
			t.Fatal(err)
		}
		bursts, firsts := 0, 0
		for _, p := range c.posts {
			s := h.stored(p.ID())
			if flagged(s) {
				bursts++
			}
			if s.First {
				firsts++
			}
		}
		if bursts != c.want || firsts != 1 {
			t.Errorf("%s: %d of %d flagged as a burst, %d as the first; want %d and 1", name, bursts, len(c.posts), firsts, c.want)
		}
	}
}

func TestFoundLate(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.now = h.now.Add(30 * time.Minute)
	for _, c := range []struct {
		source moderation.Source
		ago    time.Duration
		want   string
	}{
		{moderation.FromMastodon, 10 * time.Minute, ""},
		{moderation.FromMastodon, 45 * time.Minute, "found later: posted 45 minutes before"}, // before the event was made
		{moderation.FromX, 90 * time.Minute, "found later: posted 90 minutes before"},
		{moderation.FromBluesky, 5 * time.Hour, "found later: posted 5 hours before"},
		{moderation.FromFeed, 73 * time.Hour, "found later: posted 3 days before"},
		{moderation.FromImport, 73 * time.Hour, ""},
		{moderation.FromWebhook, 73 * time.Hour, ""},
	} {
		s := h.take(fmt.Sprint(c.source, c.ago), "Why?", func(p *moderation.Post) { p.Source, p.PostedAt = c.source, h.now.Add(-c.ago) })
		var got []string
		for _, f := range s.Flags {
			got = append(got, f.Detail)
		}
		if strings.Join(got, "; ") != c.want || s.Flagged() {
			t.Errorf("%s, posted %v before: %q, a second look: %t; want %q and none", c.source, c.ago, got, s.Flagged(), c.want)
		}
	}
}
