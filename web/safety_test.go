package web_test

import (
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/openfloor/openfloor/display"
	"github.com/openfloor/openfloor/moderation"
)

// TestNothingUnapprovedIsPublic is the safety property: after any sequence of posts, edits, deletions, decisions
// and changes of the stage, no public view, no replay of it from any point, and no public page holds a text that
// is not approved at that moment, and every text that is approved is there.
//
// Each version of each text has a word of its own, so that finding it anywhere is proof.
func TestNothingUnapprovedIsPublic(t *testing.T) {
	fewer(t, 30)
	h := newHouse(t)
	desk := newLocalDesk(t, h)
	var runs, published atomic.Int64
	rapid.Check(t, func(rt *rapid.T) {
		n := runs.Add(1)
		slug := fmt.Sprintf("run%d", n)
		title := "Run"
		ev, err := desk.CreateEvent(t.Context(), moderation.EventRequest{Op: moderation.NewOp(), Spec: &moderation.EventSpec{Title: &title, Slug: &slug}})
		if err != nil {
			rt.Fatal(err)
		}
		r := &safetyRun{h: h, desk: desk, slug: slug, run: n, t: t}
		r.wait(rt, ev.Rev)
		rt.Repeat(map[string]func(*rapid.T){
			"post":   r.post,
			"edit":   r.edit,
			"delete": r.remove,
			"decide": r.decide,
			"amend":  r.amend,
			"stage":  r.stage,
			"":       r.check,
		})
		published.Add(int64(r.shown))
	})
	if published.Load() < runs.Load() { // otherwise the property would hold by nothing ever being public
		t.Errorf("only %d times was anything public in %d runs", published.Load(), runs.Load())
	}
	t.Logf("%d runs; %d times a text was public and found", runs.Load(), published.Load())
}

// fewer makes n checks the default of rapid, whose own takes long over a real store; -rapid.checks says otherwise.
func fewer(t *testing.T, n int) {
	t.Helper()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		if err := flag.Set("rapid.checks", fmt.Sprint(n)); err != nil {
			t.Fatal(err)
		}
	}
}

// newLocalDesk is a desk without request and reply between, on the same record.
func newLocalDesk(t *testing.T, h *house) *moderation.Desk {
	keys, err := h.access.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	desk, err := moderation.NewDesk(moderation.DeskConfig{Floor: h.store, Record: h.record, Secret: keys.Authors})
	if err != nil {
		t.Fatal(err)
	}
	return desk
}

type safetyRun struct {
	h     *house
	desk  *moderation.Desk
	t     *testing.T
	slug  string
	run   int64
	keys  []string // stable keys of what was posted
	ids   []string // of all that, and of what was made of it in other words
	words []string // every word that any version ever had
	shown int
}

// word makes a text that nothing else has.
func (r *safetyRun) word() string {
	w := fmt.Sprintf("canary%dx%dx", r.run, len(r.words))
	r.words = append(r.words, w)
	return w
}

func (r *safetyRun) wait(rt *rapid.T, rev uint64) {
	if err := r.h.record.Wait(r.t.Context(), rev); err != nil {
		rt.Fatal(err)
	}
}

func (r *safetyRun) sync(rt *rapid.T) {
	last, err := r.h.store.Last(r.t.Context())
	if err != nil {
		rt.Fatal(err)
	}
	r.wait(rt, last)
}

func (r *safetyRun) take(rt *rapid.T, key string, deleted bool) {
	p := moderation.Post{Event: r.slug, Source: moderation.FromMastodon, Key: key, Deleted: deleted, Version: fmt.Sprintf("%06d", len(r.words))}
	if !deleted {
		p.Text = "Why " + r.word() + "?"
		p.Author = moderation.PostAuthor{Account: key, Name: "Name " + r.word()}
	}
	if err := r.desk.Take(r.t.Context(), p); err != nil {
		rt.Fatal(err)
	}
	r.sync(rt)
}

func (r *safetyRun) post(rt *rapid.T) {
	key := fmt.Sprint("k", len(r.keys))
	r.keys, r.ids = append(r.keys, key), append(r.ids, moderation.SubmissionID(r.slug, key))
	r.take(rt, key, false)
}

func (r *safetyRun) any(rt *rapid.T) string {
	if len(r.keys) == 0 {
		r.post(rt)
	}
	return rapid.SampledFrom(r.keys).Draw(rt, "which")
}

func (r *safetyRun) anyID(rt *rapid.T) string {
	if len(r.ids) == 0 {
		r.post(rt)
	}
	return rapid.SampledFrom(r.ids).Draw(rt, "which")
}

func (r *safetyRun) edit(rt *rapid.T) { r.take(rt, r.any(rt), false) }

func (r *safetyRun) remove(rt *rapid.T) {
	if rapid.IntRange(0, 3).Draw(rt, "rarely") == 0 {
		r.take(rt, r.any(rt), true)
	}
}

func (r *safetyRun) decide(rt *rapid.T) {
	id := r.anyID(rt)
	cur, _ := r.h.record.Submission(r.slug, id)
	action := rapid.SampledFrom([]moderation.ActionName{moderation.Approve, moderation.Approve, moderation.Approve, moderation.Reject,
		moderation.Hold, moderation.Restore, moderation.Return, moderation.AnswerIt, moderation.Undo, moderation.Withdraw}).Draw(rt, "action")
	if action == moderation.Withdraw && rapid.IntRange(0, 3).Draw(rt, "rarely") > 0 {
		return
	}
	// The table refuses what does not fit: that is part of what is tried here.
	_, _ = r.desk.Act(r.t.Context(), moderation.ActRequest{Op: moderation.NewOp(), Event: r.slug, ID: id, Rev: cur.Rev, Action: action,
		By: moderation.Actor{Role: moderation.Moderator, Name: "Priti", ID: "p"}})
	r.sync(rt)
}

// amend does what changes a submission but not its state. Texts, notes and tags are words of their own.
func (r *safetyRun) amend(rt *rapid.T) {
	id := r.anyID(rt)
	cur, _ := r.h.record.Submission(r.slug, id)
	req := moderation.ActRequest{Op: moderation.NewOp(), Event: r.slug, ID: id, Rev: cur.Rev, By: moderation.Actor{Role: moderation.Moderator, Name: "Priti", ID: "p"}}
	req.Action = rapid.SampledFrom([]moderation.ActionName{moderation.Edit, moderation.Edit, moderation.NoteIt, moderation.TagIt,
		moderation.SetKind, moderation.Move, moderation.Merge, moderation.Merge, moderation.Split, moderation.Paraphrase}).Draw(rt, "amendment")
	switch req.Action {
	case moderation.Edit, moderation.NoteIt, moderation.Paraphrase:
		req.Text = "Or " + r.word() + "?"
	case moderation.TagIt:
		req.Add = []string{r.word()}
	case moderation.SetKind:
		req.Kind = rapid.SampledFrom([]moderation.Kind{moderation.Question, moderation.Story}).Draw(rt, "kind")
	case moderation.Merge:
		req.Into = r.anyID(rt)
	case moderation.Move:
		if rapid.Bool().Draw(rt, "after another") {
			req.After = r.anyID(rt)
		}
	}
	got, err := r.desk.Act(r.t.Context(), req)
	if err == nil && req.Action == moderation.Paraphrase && !slices.Contains(r.ids, got.ID) {
		r.ids = append(r.ids, got.ID)
	}
	r.sync(rt)
}

func (r *safetyRun) stage(rt *rapid.T) {
	id := r.anyID(rt)
	req := moderation.StageRequest{Op: moderation.NewOp(), Event: r.slug, Finish: rapid.Bool().Draw(rt, "finish")}
	switch rapid.IntRange(0, 3).Draw(rt, "change") {
	case 0:
		req.Now = &id
	case 1:
		req.Next = &id
	case 2:
		req.Take = true
	case 3:
		req.Now = new("")
	}
	_, _ = r.desk.SetStage(r.t.Context(), req)
	r.sync(rt)
}

// check looks everywhere that the public can look.
func (r *safetyRun) check(rt *rapid.T) {
	var allowed, notes []string
	for _, id := range r.ids {
		s, err := r.h.store.NewestSubmission(r.t.Context(), r.slug, id)
		if err != nil {
			rt.Fatal(err)
		}
		if s.MergedInto == "" && (s.State == moderation.Approved || s.State == moderation.Live || s.State == moderation.Answered) {
			allowed = append(append(allowed, s.Text, s.Author.Name), s.Tags...)
			notes = append(notes, s.Note)
		}
	}
	board, ok := r.h.hub.Board(r.slug)
	if !ok {
		rt.Fatal("no board")
	}
	for _, name := range []display.ViewName{display.PublicView, display.ChairView} {
		allowed := allowed
		if name == display.ChairView {
			allowed = append(slices.Clone(allowed), notes...)
		}
		view, _ := board.View(name)
		r.look(rt, string(name)+" snapshot", string(view.Snapshot().Body), allowed, true)
		since := uint64(rapid.IntRange(0, int(r.h.record.Seen())).Draw(rt, "since"))
		first := view.Open(&since, r.h.store.Epoch())
		replay := string(first.Body)
		messages, ok := view.Next(first.Index)
		if !ok {
			rt.Fatal("a cursor just given reaches back too far")
		}
		for _, m := range messages {
			replay += string(m.Body)
		}
		r.look(rt, fmt.Sprintf("%s replay since %d", name, since), replay, allowed, false)
	}
	visitor := r.h.visitor()
	for _, path := range []string{"/e/" + r.slug, "/e/" + r.slug + "/screen"} {
		got := visitor.get(path)
		if got.status != http.StatusOK {
			rt.Fatalf("%s: %d", path, got.status)
		}
		r.look(rt, path, got.body, allowed, false)
	}
}

// look fails when a word that is not allowed is anywhere in what was seen, or, where all has to be there, an
// allowed one is not.
func (r *safetyRun) look(rt *rapid.T, where, seen string, allowed []string, all bool) {
	joined := strings.Join(allowed, "\n")
	for _, w := range r.words {
		switch in, may := strings.Contains(seen, w), strings.Contains(joined, w); {
		case in && !may:
			rt.Fatalf("%s shows %s, which is not approved", where, w)
		case !in && may && all:
			rt.Fatalf("%s does not show %s, which is approved", where, w)
		case in:
			r.shown++
		}
	}
}
