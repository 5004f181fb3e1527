package moderation_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// take brings in what an account says, and returns it as it is stored.
func (h *hall) take(account, text string, with ...func(*moderation.Post)) moderation.Submission {
	h.t.Helper()
	h.posts++
	p := moderation.Post{Event: "smw", Source: moderation.FromMastodon, Key: fmt.Sprint("ap:", account, h.posts), Version: "1", Text: text, PostedAt: h.now,
		Author: moderation.PostAuthor{Account: account, Name: "Ana " + account, Handle: "@" + account + "@social.example"}}
	for _, f := range with {
		f(&p)
	}
	if err := h.desk.Take(h.t.Context(), p); err != nil {
		h.t.Fatalf("take: %v", err)
	}
	return h.stored(p.ID())
}

// author decides about the author of s.
func (h *hall) author(s moderation.Submission, trusted, blocked *bool) (moderation.AuthorDecision, error) {
	h.t.Helper()
	d, err := h.desk.DecideAuthor(h.t.Context(), moderation.AuthorRequest{Op: moderation.NewOp(), Event: "smw", Key: s.Author.Key,
		Trusted: trusted, Blocked: blocked, By: priti})
	if err == nil {
		h.wait(d.Rev)
	}
	return d, err
}

func TestAuthorDecisions(t *testing.T) {
	t.Parallel()
	yes, no := new(true), new(false)
	for _, tt := range []struct {
		name             string
		trusted, blocked []*bool // one request each
		want             [2]bool // trusted, blocked
		invalid          bool    // the last request
	}{
		{"trusted", []*bool{yes}, []*bool{nil}, [2]bool{true, false}, false},
		{"blocked", []*bool{nil}, []*bool{yes}, [2]bool{false, true}, false},
		{"nothing", []*bool{nil}, []*bool{nil}, [2]bool{}, false},
		{"trusted, then blocked", []*bool{yes, nil}, []*bool{nil, yes}, [2]bool{false, true}, false},
		{"blocked, then trusted", []*bool{nil, yes}, []*bool{yes, nil}, [2]bool{true, false}, false},
		{"taken back", []*bool{yes, no}, []*bool{nil, nil}, [2]bool{}, false},
		{"another left alone", []*bool{yes, nil}, []*bool{nil, no}, [2]bool{true, false}, false},
		{"both", []*bool{yes}, []*bool{yes}, [2]bool{}, true},
		{"both, after one", []*bool{yes, yes}, []*bool{nil, yes}, [2]bool{true, false}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			s := h.take("ana", "Why?")
			var err error
			for i := range tt.trusted {
				_, err = h.author(s, tt.trusted[i], tt.blocked[i])
			}
			if got := errors.Is(err, moderation.ErrInvalid); got != tt.invalid || !got && err != nil {
				t.Errorf("the last request: %v; want invalid: %t", err, tt.invalid)
			}
			a, ok := h.record.Author("smw", s.Author.Key)
			if got := [2]bool{a.Decision.Trusted, a.Decision.Blocked}; !ok || got != tt.want {
				t.Errorf("trusted, blocked = %v, want %v", got, tt.want)
			}
			if now := h.stored(s.ID); now.Rev != s.Rev {
				t.Errorf("what was sent before changed to %s", now.State)
			}
		})
	}
}

func TestAuthorDecisionConflict(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.take("ana", "Why?")
	req := moderation.AuthorRequest{Op: "a", Event: "smw", Key: s.Author.Key, Rev: new(uint64(0)), Blocked: new(true), By: priti}
	first, err := h.desk.DecideAuthor(t.Context(), req)
	if err != nil || first.Rev == 0 || first.Change.By != priti {
		t.Fatalf("block: %+v, %v", first, err)
	}
	if again, err := h.desk.DecideAuthor(t.Context(), req); err != nil || again.Rev != first.Rev {
		t.Errorf("asked again after a lost answer: rev %d, %v; want rev %d", again.Rev, err, first.Rev)
	}
	req.Op = "b"
	if cur, err := h.desk.DecideAuthor(t.Context(), req); !errors.Is(err, moderation.ErrStale) || !cur.Blocked || cur.Rev != first.Rev {
		t.Errorf("decided on what is past: %+v, %v; want the decision as it is now and ErrStale", cur, err)
	}
	req.Rev = nil
	if cur, err := h.desk.DecideAuthor(t.Context(), req); err != nil || cur.Rev != first.Rev {
		t.Errorf("what holds already: rev %d, %v; want no new revision", cur.Rev, err)
	}
	req.Key = moderation.AuthorKey(make([]byte, 32), "smw", moderation.FromForm, "nobody")
	if _, err := h.desk.DecideAuthor(t.Context(), req); !errors.Is(err, moderation.ErrNotFound) {
		t.Errorf("somebody who sent nothing: %v, want not found", err)
	}
	// A process that starts now knows the same.
	late := moderation.NewRecord()
	h.follow(late)
	<-late.Ready()
	if a, _ := late.Author("smw", s.Author.Key); a.Decision != first {
		t.Errorf("after a restart: %+v, want %+v", a.Decision, first)
	}
}

func TestAuthorsList(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	start := h.now
	var subs []moderation.Submission
	for i, account := range []string{"ana", "ben", "ana", "cat", "ana"} {
		h.now = start.Add(time.Duration(i) * time.Minute)
		subs = append(subs, h.take(account, "Why?"))
	}
	h.act(subs[0], moderation.Approve, priti)
	h.act(subs[2], moderation.Reject, priti)
	if err := h.desk.Take(t.Context(), moderation.Post{Event: "smw", Source: moderation.FromMastodon, Key: "ap:cat4", Deleted: true}); err != nil {
		t.Fatal(err)
	}
	h.stored(subs[3].ID)
	page, more := h.record.Authors("smw", moderation.Position{}, 2)
	if len(page) != 2 || !more || page[0].Author.Key != subs[3].Author.Key || page[1].Author.Key != subs[1].Author.Key {
		t.Fatalf("the first page: %+v, more: %t; want cat, ben and more", page, more)
	}
	if cat := page[0]; cat.Submissions != 1 || cat.Approved != 0 || cat.Author.Name != "" {
		t.Errorf("somebody whose only post is gone: %+v; want one submission and no name", cat)
	}
	page, more = h.record.Authors("smw", page[1].Position(), 2)
	if len(page) != 1 || more {
		t.Fatalf("the second page: %+v, more: %t; want ana alone", page, more)
	}
	ana := page[0]
	want := moderation.AuthorRecord{
		Decision: moderation.AuthorDecision{Event: "smw", Key: subs[0].Author.Key}, Author: subs[4].Author, Source: moderation.FromMastodon,
		Submissions: 3, Approved: 1, Rejected: 1, FirstAt: start, LastAt: start.Add(4 * time.Minute),
	}
	if ana != want {
		t.Errorf("ana: %+v, want %+v", ana, want)
	}
}
