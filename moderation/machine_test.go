package moderation_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/floortest"
)

// TestDeskMachine holds any sequence of decisions to what always is: what is live is on the stage and nothing else
// is; what is merged is merged into something that stands for itself; pools count what they hold; no two places in
// the queue are one; and undo leaves everything as it was.
func TestDeskMachine(t *testing.T) {
	t.Parallel()
	done := map[moderation.ActionName]int{}
	undone := map[moderation.ActionName]int{}
	rapid.Check(t, func(rt *rapid.T) {
		m := newMachine(rt, t.Context())
		defer m.stop()
		for range 3 {
			m.ask(rt)
		}
		rt.Repeat(map[string]func(*rapid.T){"ask": m.ask, "decide": m.decide, "decide 2": m.decide, "decide 3": m.decide, "stage": m.stage, "freeze": m.freeze, "": m.check})
		for a, n := range m.done {
			done[a] += n
		}
		for a, n := range m.undone {
			undone[a] += n
		}
	})
	for _, a := range machineActions {
		if done[a] == 0 {
			t.Errorf("%s was never carried out: the test proves nothing about it", a)
		}
	}
	edits := []moderation.ActionName{moderation.Edit, moderation.Move, moderation.Merge, moderation.Split, moderation.Paraphrase}
	if !slices.ContainsFunc(edits, func(a moderation.ActionName) bool { return undone[a] > 0 }) {
		t.Errorf("none of %v was ever undone", edits)
	}
	t.Logf("carried out %v, undone at once %v", done, undone)
}

var machineActions = []moderation.ActionName{moderation.Approve, moderation.Reject, moderation.Hold, moderation.Restore, moderation.Return,
	moderation.AnswerIt, moderation.Undo, moderation.Withdraw, moderation.Edit, moderation.NoteIt, moderation.TagIt, moderation.SetKind,
	moderation.Move, moderation.Merge, moderation.Split, moderation.Paraphrase}

// machine is a desk with everything that has been asked.
type machine struct {
	ctx          context.Context
	stop         func()
	floor        *floortest.Floor
	record       *moderation.Record
	desk         *moderation.Desk
	ids          []string
	words        int
	frozen       bool
	done, undone map[moderation.ActionName]int
}

func newMachine(rt *rapid.T, ctx context.Context) *machine {
	ctx, cancel := context.WithCancel(ctx)
	m := &machine{ctx: ctx, floor: floortest.NewFloor(), record: moderation.NewRecord(), done: map[moderation.ActionName]int{}, undone: map[moderation.ActionName]int{}}
	desk, err := moderation.NewDesk(moderation.DeskConfig{Floor: m.floor, Record: m.record, Secret: make([]byte, 32)})
	if err != nil {
		rt.Fatal(err)
	}
	m.desk = desk
	ended := make(chan struct{})
	m.stop = func() { cancel(); <-ended }
	go func() {
		defer close(ended)
		_ = m.floor.Follow(ctx, func(rev moderation.Revision) error { m.record.Apply(rev); return nil }, m.record.Passed, m.record.CaughtUp)
	}()
	title, slug := "Machine", "smw"
	if _, err := desk.CreateEvent(ctx, moderation.EventRequest{Op: "make", Spec: &moderation.EventSpec{Title: &title, Slug: &slug}, By: priti}); err != nil {
		rt.Fatal(err)
	}
	m.sync(rt)
	return m
}

func (m *machine) sync(rt *rapid.T) {
	last, err := m.floor.Last(m.ctx)
	if err != nil {
		rt.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(m.ctx, 5*time.Second)
	defer cancel()
	if err := m.record.Wait(ctx, last); err != nil {
		rt.Fatal(err)
	}
}

// ask brings something in; a few people ask most of it.
func (m *machine) ask(rt *rapid.T) {
	n := len(m.ids)
	if n == 7 {
		return
	}
	p := moderation.Post{Event: "smw", Source: moderation.FromMastodon, Key: fmt.Sprint(n), Version: "1", Text: fmt.Sprint("q", n),
		Author: moderation.PostAuthor{Account: fmt.Sprint("acct", rapid.IntRange(0, 3).Draw(rt, "asker")), Name: "Ana"}}
	if err := m.desk.Take(m.ctx, p); err != nil {
		rt.Fatal(err)
	}
	m.ids = append(m.ids, p.ID())
	m.sync(rt)
	if rapid.IntRange(0, 3).Draw(rt, "approved") > 0 {
		s, _ := m.record.Submission("smw", p.ID())
		_, _ = m.desk.Act(m.ctx, moderation.ActRequest{Op: moderation.NewOp(), Event: "smw", ID: s.ID, Rev: s.Rev, Action: moderation.Approve, By: priti})
		m.sync(rt)
	}
}

func (m *machine) any(rt *rapid.T, label string) moderation.Submission {
	s, _ := m.record.Submission("smw", rapid.SampledFrom(m.ids).Draw(rt, label))
	return s
}

// world is everything that was sent, without what every decision changes.
func (m *machine) world() map[string]moderation.Submission {
	out := map[string]moderation.Submission{}
	for _, id := range m.ids {
		s, _ := m.record.Submission("smw", id)
		s.Rev, s.Change = 0, moderation.Change{}
		out[id] = s
	}
	return out
}

// fitting chooses what to decide about: mostly something to which the action can be done.
func (m *machine) fitting(rt *rapid.T, a moderation.ActionName) moderation.Submission {
	var ids []string
	for _, id := range m.ids {
		s, _ := m.record.Submission("smw", id)
		fits := !s.State.Gone()
		switch a {
		case moderation.Split:
			fits = s.MergedInto != ""
		case moderation.Return:
			fits = s.State == moderation.Live || s.State == moderation.Answered
		case moderation.Approve, moderation.Restore:
			fits = s.State == moderation.Pending || s.State == moderation.Held
		case moderation.Move:
			fits = s.State == moderation.Approved
		}
		if fits {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 || rapid.IntRange(0, 4).Draw(rt, "anyhow") == 0 {
		return m.any(rt, "which")
	}
	s, _ := m.record.Submission("smw", rapid.SampledFrom(ids).Draw(rt, "which"))
	return s
}

func (m *machine) decide(rt *rapid.T) {
	action := rapid.SampledFrom(slices.Concat(machineActions, []moderation.ActionName{moderation.Approve, moderation.AnswerIt, moderation.Restore, moderation.Move, moderation.Move, moderation.Merge, moderation.Split})).Draw(rt, "action")
	s := m.fitting(rt, action)
	req := moderation.ActRequest{Op: moderation.NewOp(), Event: "smw", ID: s.ID, Rev: s.Rev, Action: action, By: rapid.SampledFrom([]moderation.Actor{priti, callum}).Draw(rt, "by")}
	switch req.Action {
	case moderation.Withdraw, moderation.Reject:
		if rapid.IntRange(0, 2).Draw(rt, "rarely") > 0 {
			return
		}
	case moderation.Edit, moderation.NoteIt, moderation.Paraphrase:
		if action == moderation.Paraphrase && len(m.ids) > 9 {
			return
		}
		m.words++
		req.Text = fmt.Sprint("word", m.words)
	case moderation.TagIt:
		req.Add = []string{rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "add")}
	case moderation.SetKind:
		req.Kind = rapid.SampledFrom([]moderation.Kind{moderation.Question, moderation.Story}).Draw(rt, "kind")
	case moderation.Move:
		if rapid.Bool().Draw(rt, "after another") {
			req.After = m.any(rt, "after").ID
		}
	case moderation.Merge:
		req.Into = m.any(rt, "into").ID
	}
	before := m.world()
	got, err := m.desk.Act(m.ctx, req)
	m.sync(rt)
	if err != nil {
		if diff := cmp.Diff(before, m.world()); diff != "" {
			rt.Fatalf("%s was refused, and changed (-before +after):\n%s", req.Action, diff)
		}
		return
	}
	if got.Rev == s.Rev {
		return // it was so already
	}
	m.done[req.Action]++
	if req.Action == moderation.Paraphrase {
		defer func() { m.ids = append(m.ids, got.ID) }()
	}
	if req.Action == moderation.Undo || req.Action == moderation.Withdraw || !rapid.Bool().Draw(rt, "undo at once") {
		return
	}
	back := req
	back.Op, back.Rev, back.Action = moderation.NewOp(), got.Rev, moderation.Undo
	if got.ID != s.ID { // a paraphrase: it or its post may be asked for
		post, _ := m.record.Submission("smw", s.ID)
		if back.Rev = post.Rev; rapid.Bool().Draw(rt, "by the paraphrase") {
			back.ID, back.Rev = got.ID, got.Rev
		}
	}
	if _, err := m.desk.Act(m.ctx, back); err != nil {
		if !m.frozen || !errors.Is(err, moderation.ErrState) {
			rt.Fatalf("undoing %s: %v", req.Action, err)
		}
		return
	}
	m.sync(rt)
	m.undone[req.Action]++
	for id, b := range before {
		if b.State == moderation.Live && id == s.ID { // a recall is not undone onto the stage
			b.State = moderation.Approved
			before[id] = b
		}
	}
	if diff := cmp.Diff(before, m.world()); diff != "" {
		rt.Fatalf("%s undone is not as it was (-before +after):\n%s", req.Action, diff)
	}
}

func (m *machine) stage(rt *rapid.T) {
	req := moderation.StageRequest{Op: moderation.NewOp(), Event: "smw", By: fiona, Finish: rapid.Bool().Draw(rt, "finish")}
	id := m.any(rt, "staged").ID
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
	_, _ = m.desk.SetStage(m.ctx, req)
	m.sync(rt)
}

func (m *machine) freeze(rt *rapid.T) {
	m.frozen = rapid.IntRange(0, 3).Draw(rt, "frozen") == 0
	_, err := m.desk.ChangeEvent(m.ctx, moderation.EventRequest{Op: moderation.NewOp(), Action: moderation.ChangeEvent, Slug: "smw",
		Patch: fmt.Appendf(nil, `{"frozen":%t}`, m.frozen), By: priti})
	if err != nil {
		rt.Fatal(err)
	}
	m.sync(rt)
}

// check looks that everything is as it always has to be, in the record and in one that is built anew.
func (m *machine) check(rt *rapid.T) {
	fresh := moderation.NewRecord()
	ctx, stop := context.WithCancel(m.ctx)
	_ = m.floor.Follow(ctx, func(rev moderation.Revision) error { fresh.Apply(rev); return nil }, fresh.Passed, stop)
	stage := m.record.Stage("smw")
	subs := map[string]moderation.Submission{}
	for _, id := range m.ids {
		s, _ := m.record.Submission("smw", id)
		subs[id] = s
	}
	members := map[string]map[string]bool{} // by what they are merged into, the askers
	count := map[string]int{}
	ranks := map[string]string{}
	for id, s := range subs {
		if (s.State == moderation.Live) != (stage.Now == id) {
			rt.Fatalf("%s is %s, and on the stage is %q", s.Text, s.State, stage.Now)
		}
		if stage.Next == id && !s.Shown() {
			rt.Fatalf("next is one that nobody may see")
		}
		if s.State == moderation.Approved && s.MergedInto == "" {
			if other := ranks[s.Rank]; other != "" || s.Rank == "" {
				rt.Fatalf("%s has the place of %s: %q", id, other, s.Rank)
			}
			ranks[s.Rank] = id
		}
		if post, ok := subs[s.ParaphraseOf]; ok && post.State.Gone() && !s.State.Gone() {
			rt.Fatalf("%s is %s, although the post that it is of was taken back", s.Text, s.State)
		}
		if s.MergedInto == "" {
			if s.MergedUnder != "" {
				rt.Fatalf("%s is merged into nothing, under %s", id, s.MergedUnder)
			}
			continue
		}
		into, ok := subs[s.MergedInto]
		if !ok || into.MergedInto != "" || into.State.Gone() || into.ID == id || s.State.Gone() {
			rt.Fatalf("%s, %s, is merged into %s, %s, which is merged into %q", id, s.State, into.ID, into.State, into.MergedInto)
		}
		if members[into.ID] == nil {
			members[into.ID] = map[string]bool{}
		}
		asker := into.Author.Key
		if post, ok := subs[into.ParaphraseOf]; ok && post.MergedInto == into.ID {
			asker = post.Author.Key
		}
		if s.Author.Key != asker && s.ParaphraseOf == "" {
			members[into.ID][s.Author.Key] = true
		}
		count[into.ID]++
	}
	for id, s := range subs {
		want := moderation.Pool{Similar: count[id], Votes: len(members[id])}
		if got := m.record.Pool(s); got != want {
			rt.Fatalf("%s has the pool %+v, want %+v", id, got, want)
		}
		again, _ := fresh.Submission("smw", id)
		if diff := cmp.Diff(s, again); diff != "" || fresh.Pool(again) != want {
			rt.Fatalf("built anew it is another, with pool %+v (-kept +fresh):\n%s", fresh.Pool(again), diff)
		}
	}
	if diff := cmp.Diff(m.record.Queue("smw"), fresh.Queue("smw")); diff != "" {
		rt.Fatalf("built anew the queue is another (-kept +fresh):\n%s", diff)
	}
	if fresh.Stage("smw") != stage {
		a, b := stage, fresh.Stage("smw")
		a.Since, b.Since = nil, nil
		if a != b {
			rt.Fatalf("built anew the stage is %+v, want %+v", b, a)
		}
	}
	if strays := m.record.Strays("smw"); len(strays) > 0 {
		rt.Fatalf("%d have lost what they are merged into", len(strays))
	}
}
