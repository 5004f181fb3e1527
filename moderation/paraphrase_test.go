package moderation_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/openfloor/openfloor/moderation"
)

// fromX brings in a post on X and has it approved.
func (h *hall) fromX(key, text string) moderation.Submission {
	h.t.Helper()
	p := moderation.Post{Event: "smw", Source: moderation.FromX, Key: key, Version: "1", Text: text, PostedAt: h.now,
		Author: moderation.PostAuthor{Account: "acct-" + key, Name: "Ana"}, Tags: []string{"SMW"}}
	if err := h.desk.Take(h.t.Context(), p); err != nil {
		h.t.Fatal(err)
	}
	return h.act(h.stored(p.ID()), moderation.Approve, priti)
}

// paraphrase asks for s in other words.
func (h *hall) paraphrase(s moderation.Submission, text string) moderation.Submission {
	h.t.Helper()
	req := h.request(s, moderation.Paraphrase)
	req.Text = text
	return h.do(req)
}

func TestDeskParaphrase(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	post := h.fromX("x", "A very long post about 07700 900142")
	dup := h.ask("dup", "the same")
	h.act(dup, moderation.Approve, priti)
	h.merge(dup, post)
	note := h.request(post, moderation.NoteIt)
	note.Text = "Ask her first"
	h.do(note)
	pool := h.record.Pool(h.stored(post.ID))

	req := h.request(post, moderation.Paraphrase)
	req.Text = " A short one "
	p := h.do(req)
	if p.ID == post.ID || p.Text != "A short one" || p.ParaphraseOf != post.ID || p.Source != moderation.FromDesk || p.State != moderation.Approved ||
		p.Rank != post.Rank || p.Note != "Ask her first" || len(p.Tags) != 1 || len(p.Flags) != 0 || p.Author != (moderation.Author{}) {
		t.Errorf("paraphrased: %+v", p)
	}
	if got := h.stored(post.ID); got.MergedInto != p.ID || got.State != moderation.Approved || got.Text != post.Text {
		t.Errorf("the post: %+v", got)
	}
	if got := h.record.Pool(p); got.Votes != pool.Votes || got.Similar != 2 {
		t.Errorf("pool %+v, want the post's %d votes, and both merged in", got, pool.Votes)
	}
	if again := h.do(req); again.Rev != p.Rev || again.ID != p.ID {
		t.Errorf("the same op again: %s at %d, want %s at %d", again.ID, again.Rev, p.ID, p.Rev)
	}
	again := h.request(post, moderation.Paraphrase)
	again.Text = "A short one"
	if got := h.do(again); got.Rev != p.Rev {
		t.Errorf("in the same words again: revision %d, want %d", got.Rev, p.Rev)
	}
	again.Text, again.Op = "Another", moderation.NewOp()
	h.refused(again, moderation.ErrState)
	empty := h.request(p, moderation.Paraphrase)
	h.refused(empty, moderation.ErrInvalid)

	// When the post is taken back, its paraphrase is too, and what was merged stands for itself.
	if err := h.desk.Take(t.Context(), moderation.Post{Event: "smw", Source: moderation.FromX, Key: "x", Deleted: true}); err != nil {
		t.Fatal(err)
	}
	h.sync()
	if got := h.stored(p.ID); got.State != moderation.Withdrawn || got.Text != "" {
		t.Errorf("the paraphrase of what was taken back: %s %q", got.State, got.Text)
	}
	if past, err := h.floor.History(t.Context(), "smw", p.ID); err != nil || len(past) != 1 || len(past[0].Past) != 1 {
		t.Errorf("of it are left %d revisions, %v; want the withdrawal alone, with an outline", len(past), err)
	}
	if got := h.stored(dup.ID); got.MergedInto != "" || got.State != moderation.Approved {
		t.Errorf("what was merged: %s in %q", got.State, got.MergedInto)
	}
}

// A paraphrase takes the post's place on the stage, in one batch, and nothing else comes there.
func TestDeskParaphraseOnStage(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	a, b := h.fromX("a", "first"), h.fromX("b", "second")
	st := h.stage(moderation.StageRequest{Now: &a.ID, Next: &b.ID})
	pa, pb := h.paraphrase(a, "1st"), h.paraphrase(b, "2nd")
	got := h.record.Stage("smw")
	if got.Now != pa.ID || got.Next != pb.ID || got.Since == nil || !got.Since.Equal(*st.Since) || pa.State != moderation.Live {
		t.Errorf("stage %+v, want the paraphrases where the posts were, since %v", got, st.Since)
	}
	if post := h.stored(a.ID); post.State != moderation.Approved {
		t.Errorf("the post is %s, want approved: its paraphrase is the live one", post.State)
	}
	h.act(pa, moderation.Undo, priti)
	h.sync()
	if got := h.record.Stage("smw"); got.Now != "" || got.Next != pb.ID || h.stored(a.ID).State != moderation.Approved {
		t.Errorf("undone: %+v, the post %s; want nobody on the stage, and the post approved", got, h.stored(a.ID).State)
	}
	if err := h.desk.Take(t.Context(), moderation.Post{Event: "smw", Source: moderation.FromX, Key: "b", Deleted: true}); err != nil {
		t.Fatal(err)
	}
	h.sync()
	if got := h.record.Stage("smw"); got.Next != "" {
		t.Error("the paraphrase of what was taken back is still lined up")
	}
}

func TestDeskUndoParaphrase(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	post := h.fromX("x", "A long post")
	for _, by := range []string{"the post", "the paraphrase"} {
		p := h.paraphrase(post, "Short, for "+by)
		other := h.act(h.ask("other "+by, "other"), moderation.Approve, priti)
		h.merge(other, p)
		asked := h.stored(post.ID)
		if by == "the paraphrase" {
			asked = p
		}
		if _, err := h.try(asked, moderation.Undo, callum); !errors.Is(err, moderation.ErrStale) {
			t.Errorf("by %s, by somebody else: %v, want ErrStale", by, err)
		}
		got := h.act(asked, moderation.Undo, priti)
		h.sync()
		if got.ID != asked.ID {
			t.Errorf("by %s: answered with another", by)
		}
		if back := h.stored(post.ID); back.MergedInto != "" || back.State != moderation.Approved || back.Rank != post.Rank {
			t.Errorf("by %s: the post is %s in %q", by, back.State, back.MergedInto)
		}
		if gone := h.stored(p.ID); gone.State != moderation.Withdrawn || gone.Text != "" {
			t.Errorf("by %s: the paraphrase is %s", by, gone.State)
		}
		if o := h.stored(other.ID); o.MergedInto != "" {
			t.Errorf("by %s: what was merged into it is in %q", by, o.MergedInto)
		}
	}
	p := h.paraphrase(post, "Short")
	changed := h.act(p, moderation.Hold, priti)
	h.refused(h.request(post, moderation.Undo), moderation.ErrStale)
	if changed = h.act(changed, moderation.Undo, priti); changed.State != moderation.Approved {
		t.Errorf("the hold undone: %s", changed.State)
	}
}

func TestDeskParaphraseFrozen(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	public, pending := h.fromX("x", "A long post"), h.ask("p", "Not yet")
	h.freeze(true)
	req := h.request(public, moderation.Paraphrase)
	req.Text = "Short"
	h.refused(req, moderation.ErrState)
	if p := h.paraphrase(pending, "Short"); p.State != moderation.Pending {
		t.Errorf("of a pending one: %s", p.State)
	}
}

func TestDeskFile(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.ask("1", "A2 so true")
	req := h.request(s, moderation.FileIt)
	if got := h.do(req); got.Rev != s.Rev {
		t.Error("filing under none what is under none made a revision")
	}
	req.Prompt = new(2)
	if _, err := h.desk.Act(t.Context(), req); !errors.Is(err, moderation.ErrInvalid) || !strings.Contains(err.Error(), "prompt") {
		t.Errorf("under a prompt that there is not: %v, want ErrInvalid", err)
	}
}
