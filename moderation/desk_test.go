package moderation_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/floortest"
)

// hall is a desk on a floor in memory, with an event to work on.
type hall struct {
	t      *testing.T
	floor  *floortest.Floor
	record *moderation.Record
	desk   *moderation.Desk
	now    time.Time
	posts  int // taken in so far, by take
}

var (
	priti  = moderation.Actor{Role: moderation.Moderator, Name: "Priti", ID: "p1"}
	callum = moderation.Actor{Role: moderation.Moderator, Name: "Callum", ID: "c1"}
	fiona  = moderation.Actor{Role: moderation.Chair, Name: "Fiona", ID: "f1"}
)

func newHall(t *testing.T) *hall {
	t.Helper()
	h := &hall{t: t, floor: floortest.NewFloor(), record: moderation.NewRecord(), now: time.Date(2026, 11, 30, 18, 30, 0, 0, time.UTC)}
	desk, err := moderation.NewDesk(moderation.DeskConfig{Floor: h.floor, Record: h.record, Secret: make([]byte, 32), Now: func() time.Time { return h.now }})
	if err != nil {
		t.Fatal(err)
	}
	h.desk = desk
	h.follow(h.record)
	title, slug := "Who’s Leading?", "smw"
	ev, err := desk.CreateEvent(t.Context(), moderation.EventRequest{Op: "make", Spec: &moderation.EventSpec{Title: &title, Slug: &slug}, By: priti})
	if err != nil {
		t.Fatal(err)
	}
	h.wait(ev.Rev)
	return h
}

func (h *hall) follow(r *moderation.Record) {
	ctx, cancel := context.WithCancel(h.t.Context())
	done := make(chan struct{})
	h.t.Cleanup(func() { cancel(); <-done })
	go func() {
		defer close(done)
		_ = h.floor.Follow(ctx, func(rev moderation.Revision) error { r.Apply(rev); return nil }, r.Passed, r.CaughtUp)
	}()
}

func (h *hall) wait(rev uint64) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 5*time.Second)
	defer cancel()
	if err := h.record.Wait(ctx, rev); err != nil {
		h.t.Fatalf("the record never had revision %d: %v", rev, err)
	}
}

// ask brings in a question and returns it.
func (h *hall) ask(key, text string) moderation.Submission {
	h.t.Helper()
	p := moderation.Post{Event: "smw", Source: moderation.FromMastodon, Key: key, Version: "1", Text: text, PostedAt: h.now,
		Author: moderation.PostAuthor{Account: "acct-" + key, Name: "Ana " + key}}
	if err := h.desk.Take(h.t.Context(), p); err != nil {
		h.t.Fatalf("take %s: %v", key, err)
	}
	return h.stored(p.ID())
}

func (h *hall) stored(id string) moderation.Submission {
	h.t.Helper()
	s, err := h.floor.NewestSubmission(h.t.Context(), "smw", id)
	if err != nil {
		h.t.Fatalf("stored %s: %v", id, err)
	}
	h.wait(s.Rev)
	return s
}

func (h *hall) act(s moderation.Submission, a moderation.ActionName, by moderation.Actor) moderation.Submission {
	h.t.Helper()
	got, err := h.try(s, a, by)
	if err != nil {
		h.t.Fatalf("%s at rev %d: %v", a, s.Rev, err)
	}
	h.wait(got.Rev)
	return got
}

func (h *hall) try(s moderation.Submission, a moderation.ActionName, by moderation.Actor) (moderation.Submission, error) {
	return h.desk.Act(h.t.Context(), moderation.ActRequest{Op: moderation.NewOp(), Event: "smw", ID: s.ID, Rev: s.Rev, Action: a, By: by})
}

func (h *hall) stage(req moderation.StageRequest) moderation.Stage {
	h.t.Helper()
	req.Event, req.By = "smw", fiona
	if req.Op == "" {
		req.Op = moderation.NewOp()
	}
	st, err := h.desk.SetStage(h.t.Context(), req)
	if err != nil {
		h.t.Fatalf("set stage: %v", err)
	}
	h.wait(st.Rev)
	return st
}

func (h *hall) queue() string {
	var keys []string
	for _, s := range h.record.Queue("smw") {
		keys = append(keys, s.Text)
	}
	return strings.Join(keys, " ")
}

func TestDeskApproveAndConflict(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.ask("1", "Why?")
	if s.State != moderation.Pending || s.Author.Key == "" || strings.Contains(s.Author.Key, "acct") {
		t.Fatalf("taken in as %s with author key %q", s.State, s.Author.Key)
	}
	approved := h.act(s, moderation.Approve, priti)
	if approved.State != moderation.Approved || approved.Rank == "" || approved.Rev <= s.Rev {
		t.Fatalf("approved: %+v", approved)
	}
	cur, err := h.try(s, moderation.Reject, callum)
	if !errors.Is(err, moderation.ErrStale) || cur.Rev != approved.Rev || cur.Change.By.Name != "Priti" {
		t.Errorf("deciding on a stale revision: got %s rev %d, %v; want the winner's item and ErrStale", cur.State, cur.Rev, err)
	}
	if again, err := h.try(approved, moderation.Approve, callum); err != nil || again.Rev != approved.Rev {
		t.Errorf("approving what is approved: rev %d, %v; want no new revision", again.Rev, err)
	}
	if _, err := h.try(approved, moderation.Restore, callum); !errors.Is(err, moderation.ErrState) {
		t.Errorf("restoring what is approved: %v, want a wrong state", err)
	}
}

func TestDeskOneWinnerOfManyDesks(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	record2 := moderation.NewRecord()
	h.follow(record2)
	desk2, err := moderation.NewDesk(moderation.DeskConfig{Floor: h.floor, Record: record2, Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	for round := range 50 {
		s := h.ask(fmt.Sprint("r", round), "Why?")
		type result struct {
			s   moderation.Submission
			err error
		}
		results := make(chan result)
		for i := range 8 {
			desk, action := h.desk, moderation.Approve
			if i%2 == 1 {
				desk = desk2
			}
			if i%3 == 1 {
				action = moderation.Reject
			}
			go func() {
				got, err := desk.Act(t.Context(), moderation.ActRequest{Op: moderation.NewOp(), Event: "smw", ID: s.ID, Rev: s.Rev,
					Action: action, By: moderation.Actor{Role: moderation.Moderator, Name: fmt.Sprint("m", i), ID: fmt.Sprint(i)}})
				results <- result{got, err}
			}()
		}
		var won []moderation.Submission
		var shown []string
		for range 8 {
			r := <-results
			if r.err == nil {
				won = append(won, r.s)
			} else if !errors.Is(r.err, moderation.ErrStale) {
				t.Errorf("round %d: a loser got %v, want ErrStale", round, r.err)
			} else {
				shown = append(shown, fmt.Sprint(r.s.Rev, r.s.Change.By.Name))
			}
		}
		if len(won) != 1 {
			t.Fatalf("round %d: %d winners, want 1", round, len(won))
		}
		for _, s := range shown {
			if s != fmt.Sprint(won[0].Rev, won[0].Change.By.Name) {
				t.Errorf("round %d: a loser was shown %s, want the winner's item", round, s)
			}
		}
	}
}

func TestDeskLostAnswerIsOurOwn(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.ask("1", "Why?")
	req := moderation.ActRequest{Op: "op-1", Event: "smw", ID: s.ID, Rev: s.Rev, Action: moderation.Approve, By: priti}
	h.floor.LoseAcks(1)
	if _, err := h.desk.Act(t.Context(), req); !errors.Is(err, moderation.ErrUnavailable) {
		t.Fatalf("with the acknowledgement lost: %v, want ErrUnavailable", err)
	}
	first, err := h.desk.Act(t.Context(), req)
	if err != nil || first.State != moderation.Approved {
		t.Fatalf("the same op again: %s, %v; want our own success", first.State, err)
	}
	past, err := h.floor.History(t.Context(), "smw", s.ID)
	if err != nil || len(past) != 2 {
		t.Errorf("%d revisions, %v; want 2: it was done once", len(past), err)
	}
}

func TestDeskUndo(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.ask("1", "Why?")
	approved := h.act(s, moderation.Approve, priti)
	if _, err := h.try(approved, moderation.Undo, callum); !errors.Is(err, moderation.ErrStale) {
		t.Errorf("undoing somebody else's decision: %v, want ErrStale", err)
	}
	undone := h.act(approved, moderation.Undo, priti)
	if undone.State != moderation.Pending || undone.Rank != "" || undone.Change.Action != moderation.Undo {
		t.Errorf("undone: %s rank %q by %s, want pending as it came", undone.State, undone.Rank, undone.Change.Action)
	}
	if _, err := h.try(s, moderation.Undo, priti); !errors.Is(err, moderation.ErrStale) {
		t.Errorf("undoing at an old revision: %v, want ErrStale", err)
	}
	if _, err := h.try(h.ask("2", "How?"), moderation.Undo, priti); !errors.Is(err, moderation.ErrState) {
		t.Errorf("undoing an arrival: %v, want a wrong state", err)
	}
}

func TestDeskStage(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	var s [3]moderation.Submission
	for i := range s {
		s[i] = h.act(h.ask(fmt.Sprint(i), fmt.Sprint("q", i)), moderation.Approve, priti)
	}
	if h.queue() != "q0 q1 q2" {
		t.Fatalf("queue %q, want the order of approval", h.queue())
	}
	st := h.stage(moderation.StageRequest{Take: true, Rev: new(uint64(0))})
	if st.Now != s[0].ID || h.stored(s[0].ID).State != moderation.Live || st.Since == nil {
		t.Fatalf("take: %+v, want the first of the queue live", st)
	}
	same := h.stage(moderation.StageRequest{Now: &s[0].ID})
	if same.Rev != st.Rev {
		t.Errorf("staging what is now already made revision %d, want %d", same.Rev, st.Rev)
	}
	st = h.stage(moderation.StageRequest{Next: &s[2].ID})
	st = h.stage(moderation.StageRequest{Take: true, Finish: true, Rev: &st.Rev})
	if st.Now != s[2].ID || st.Next != "" || h.stored(s[0].ID).State != moderation.Answered {
		t.Errorf("finish and take: now %s next %q, first %s; want the one lined up, and the first answered", st.Now, st.Next, h.stored(s[0].ID).State)
	}
	st = h.stage(moderation.StageRequest{Take: true, Rev: &st.Rev})
	if st.Now != s[1].ID || h.queue() != "q2" {
		t.Errorf("skip: now %s, queue %q; want q1 now and q2 back on top", st.Now, h.queue())
	}
	if _, err := h.desk.SetStage(t.Context(), moderation.StageRequest{Op: "x", Event: "smw", Take: true, Rev: new(uint64(1)), By: fiona}); !errors.Is(err, moderation.ErrStale) {
		t.Errorf("take on a stale stage: %v, want ErrStale", err)
	}
	pending := h.ask("9", "not yet")
	for _, id := range []string{pending.ID, "nosuchid"} {
		if _, err := h.desk.SetStage(t.Context(), moderation.StageRequest{Op: "y", Event: "smw", Now: &id, By: fiona}); !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("staging %s: %v, want ErrInvalid", id, err)
		}
	}
}

func TestDeskRecallClearsTheStage(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	for _, action := range []moderation.ActionName{moderation.Reject, moderation.Hold, moderation.Return, moderation.AnswerIt} {
		a := h.act(h.ask("a"+string(action), "a"), moderation.Approve, priti)
		b := h.act(h.ask("b"+string(action), "b"), moderation.Approve, priti)
		h.stage(moderation.StageRequest{Now: &a.ID, Next: &b.ID})
		h.act(h.stored(a.ID), action, callum)
		if st := h.record.Stage("smw"); st.Now != "" || st.Next != b.ID {
			t.Errorf("%s of what is now left the stage as now %q next %q; want nobody, and nothing in its place", action, st.Now, st.Next)
		}
		if action != moderation.Return && action != moderation.AnswerIt {
			h.act(h.stored(b.ID), action, callum)
			if st := h.record.Stage("smw"); st.Next != "" {
				t.Errorf("%s of what is next left it there", action)
			}
		}
		h.stage(moderation.StageRequest{Now: new(""), Next: new("")})
	}
}

func TestDeskUndoneRecallStaysOffTheStage(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.act(h.ask("1", "Why?"), moderation.Approve, priti)
	h.stage(moderation.StageRequest{Now: &s.ID})
	recalled := h.act(h.stored(s.ID), moderation.Hold, priti)
	back := h.act(recalled, moderation.Undo, priti)
	if back.State != moderation.Approved || h.record.Stage("smw").Now != "" {
		t.Errorf("undoing a recall gave %s with %q on the stage; want approved, and nobody", back.State, h.record.Stage("smw").Now)
	}
}

func TestDeskWithdrawErases(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.act(h.ask("1", "secret words"), moderation.Approve, priti)
	h.stage(moderation.StageRequest{Now: &s.ID})
	gone, err := h.desk.Act(t.Context(), moderation.ActRequest{Op: "w", Event: "smw", ID: s.ID, Action: moderation.Withdraw,
		By: moderation.Actor{Role: moderation.Attendee, ID: s.Author.Key}})
	if err != nil || gone.State != moderation.Withdrawn || gone.Text != "" || gone.Author.Name != "" {
		t.Fatalf("withdrawn: %+v, %v", gone, err)
	}
	past, err := h.floor.History(t.Context(), "smw", s.ID)
	if err != nil || len(past) != 1 {
		t.Fatalf("%d revisions left, %v; want the last alone", len(past), err)
	}
	var did []string
	for _, o := range past[0].Past {
		did = append(did, string(o.Change.Action))
	}
	if got := strings.Join(did, " "); got != "receive approve stage" {
		t.Errorf("who did what reads %q, want receive approve stage", got)
	}
	h.wait(gone.Rev)
	if st := h.record.Stage("smw"); st.Now != "" {
		t.Error("what was withdrawn is still on the stage")
	}
	if err := h.desk.Take(t.Context(), moderation.Post{Event: "smw", Source: moderation.FromMastodon, Key: "1", Version: "2", Text: "secret words"}); err != nil {
		t.Fatal(err)
	}
	if s := h.stored(gone.ID); s.State != moderation.Withdrawn || s.Text != "" {
		t.Errorf("seen again, it came back as %s %q", s.State, s.Text)
	}
}

func TestDeskTakeIsOnce(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.ask("1", "Why?")
	for range 3 {
		h.ask("1", "Why?")
	}
	if past, _ := h.floor.History(t.Context(), "smw", s.ID); len(past) != 1 {
		t.Errorf("a post seen four times has %d revisions, want 1", len(past))
	}
	h.act(s, moderation.Approve, priti)
	edit := moderation.Post{Event: "smw", Source: moderation.FromMastodon, Key: "1", Version: "2", Text: "Why not?"}
	for range 2 {
		if err := h.desk.Take(t.Context(), edit); err != nil {
			t.Fatal(err)
		}
	}
	if s := h.stored(s.ID); s.State != moderation.Pending || s.Text != "Why not?" {
		t.Errorf("edited on its network: %s %q, want the new text pending", s.State, s.Text)
	}
	for range 2 {
		if err := h.desk.Take(t.Context(), moderation.Post{Event: "smw", Source: moderation.FromMastodon, Key: "1", Deleted: true}); err != nil {
			t.Fatal(err)
		}
	}
	if s := h.stored(s.ID); s.State != moderation.Withdrawn || s.Text != "" {
		t.Errorf("deleted on its network: %s %q, want withdrawn and empty", s.State, s.Text)
	}
}

// TestDeskTakeAll takes many posts together: each comes to what it would come to by itself, in their order.
func TestDeskTakeAll(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	known := h.ask("known", "Known?")
	post := func(key, version, text string) moderation.Post {
		return moderation.Post{Event: "smw", Source: moderation.FromMastodon, Key: key, Version: version, Text: text, PostedAt: h.now}
	}
	gone := post("withdrawn", "", "")
	gone.Deleted = true
	elsewhere := post("elsewhere", "1", "Where?")
	elsewhere.Event = "another"
	batch := []moderation.Post{
		post("a", "1", "A?"), post("known", "1", "Known?"), post("b", "1", "B?"), elsewhere, post("b", "2", "B, edited?"),
		post("withdrawn", "1", "Gone?"), gone, post("known", "2", "Known, edited?"), post("a", "1", "A?"), post("c", "1", "C?"),
	}
	for n := range 600 {
		batch = append(batch, post(fmt.Sprint("many-", n), "1", fmt.Sprint("Number ", n)))
	}
	for round := range 2 { // delivered again, nothing changes
		before, _ := h.floor.Last(t.Context())
		for i, err := range h.desk.TakeAll(t.Context(), batch) {
			if want := i == 3; errors.Is(err, moderation.ErrNotFound) != want || err != nil && !want {
				t.Errorf("round %d, post %d: %v", round, i, err)
			}
		}
		if after, _ := h.floor.Last(t.Context()); round > 0 && after != before {
			t.Errorf("delivered again: %d new revisions", after-before)
		}
	}
	for key, want := range map[string]string{"a": "pending A?", "b": "pending B, edited?", "c": "pending C?",
		"withdrawn": "withdrawn ", "known": "pending Known, edited?", "many-599": "pending Number 599"} {
		s := h.stored(moderation.SubmissionID("smw", key))
		if got := string(s.State) + " " + s.Text; got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if s := h.stored(known.ID); s.Rev == known.Rev {
		t.Error("the edit of what was known made no revision")
	}
	if n := h.record.Received("smw"); n != 605 {
		t.Errorf("%d submissions, want 605", n)
	}
}

// TestDeskTakeRenamed: what is on record is shown under its author's new handle, without a decision; what is not on
// record stays away.
func TestDeskTakeRenamed(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.act(h.ask("1", "Why?"), moderation.Approve, priti)
	renamed := func(key, handle string) moderation.Post {
		h.now = h.now.Add(time.Second)
		return moderation.Post{Event: "smw", Source: moderation.FromMastodon, Key: key, Renamed: true, SeenAt: h.now,
			Author: moderation.PostAuthor{Account: "acct-1", Name: "Somebody rude", Handle: handle}}
	}
	for _, handle := range []string{"@ana.new", "@ana.newer", "@ana.new", "@ana.new"} {
		for _, err := range h.desk.TakeAll(t.Context(), []moderation.Post{renamed("1", handle), renamed("2", handle)}) {
			if err != nil {
				t.Fatal(err)
			}
		}
		got := h.stored(s.ID)
		if got.Author.Handle != handle || got.Author.Name != s.Author.Name || got.State != moderation.Approved || got.Rank != s.Rank {
			t.Errorf("renamed: %s %+v, want it approved in its place and by %s", got.State, got.Author, handle)
		}
		if got.Change.Action != moderation.Renamed || got.Change.By.Role != moderation.RoleSource {
			t.Errorf("the change reads %+v", got.Change)
		}
	}
	if past, _ := h.floor.History(t.Context(), "smw", s.ID); len(past) != 5 {
		t.Errorf("%d revisions, want the first, its approval and three names", len(past))
	}
	if n := h.record.Received("smw"); n != 1 {
		t.Errorf("%d submissions, want 1", n)
	}
	if a, b := renamed("1", "@a"), renamed("1", "@a"); a.MsgID() == b.MsgID() {
		t.Error("a name that comes back would be taken for a repetition")
	}
	h.act(h.stored(s.ID), moderation.Withdraw, priti)
	if err := h.desk.Take(t.Context(), renamed("1", "@late")); err != nil {
		t.Fatal(err)
	}
	if got := h.stored(s.ID); got.State != moderation.Withdrawn || got.Author.Handle != "" {
		t.Errorf("renamed after it was withdrawn: %s %+v", got.State, got.Author)
	}
}

// TestDeskTakeAllRaces: two desks take the same posts at once, and the store loses acknowledgements. All are stored
// once.
func TestDeskTakeAllRaces(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	other, err := moderation.NewDesk(moderation.DeskConfig{Floor: h.floor, Record: h.record, Secret: make([]byte, 32), Now: func() time.Time { return h.now }})
	if err != nil {
		t.Fatal(err)
	}
	var batch []moderation.Post
	for n := range 300 {
		batch = append(batch, moderation.Post{Event: "smw", Source: moderation.FromMastodon, Key: fmt.Sprint(n), Version: "1", Text: "x", PostedAt: h.now})
	}
	h.floor.LoseAcks(2)
	var taking sync.WaitGroup
	for i, desk := range []*moderation.Desk{h.desk, other} {
		taking.Go(func() {
			mine := batch[100*i : 100*i+200]
			for len(mine) > 0 { // as INTAKE delivers what was not acknowledged
				var again []moderation.Post
				for n, err := range desk.TakeAll(t.Context(), mine) {
					if err != nil {
						again = append(again, mine[n])
					}
				}
				mine = again
			}
		})
	}
	taking.Wait()
	for _, p := range batch {
		if past, _ := h.floor.History(t.Context(), "smw", p.ID()); len(past) != 1 {
			t.Errorf("%s has %d revisions, want 1", p.Key, len(past))
		}
	}
}

func TestDeskDeletionBeforeCreation(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	if err := h.desk.Take(t.Context(), moderation.Post{Event: "smw", Source: moderation.FromMastodon, Key: "1", Deleted: true}); err != nil {
		t.Fatal(err)
	}
	if s := h.ask("1", "Why?"); s.State != moderation.Withdrawn || s.Text != "" {
		t.Errorf("created after its deletion: %s %q, want that the deletion wins", s.State, s.Text)
	}
}

func TestDeskHoldsWhatAsksForASecondLook(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	base := moderation.Post{Event: "smw", Source: moderation.FromMastodon, Text: "Why?", Version: "1"}
	tests := []struct {
		name string
		post func(*moderation.Post)
		want moderation.State
	}{
		{"plain", func(*moderation.Post) {}, moderation.Pending},
		{"flagged", func(p *moderation.Post) { p.Text = "Call 07700 900142" }, moderation.Pending},
		{"warned of", func(p *moderation.Post) { p.Warning = "politics" }, moderation.Held},
		{"sensitive", func(p *moderation.Post) { p.Sensitive = true }, moderation.Held},
		{"in a flood", func(p *moderation.Post) { p.Busy = true }, moderation.Held},
	}
	for _, tt := range tests {
		p := base
		p.Key = tt.name
		tt.post(&p)
		if err := h.desk.Take(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		s := h.stored(p.ID())
		if s.State != tt.want {
			t.Errorf("%s: arrived %s, want %s", tt.name, s.State, tt.want)
		}
		if tt.name != "plain" && len(s.Flags) == 0 {
			t.Errorf("%s: no flag says why", tt.name)
		}
	}
}

func TestDeskEvents(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	title, slug := "Another", "smw"
	if _, err := h.desk.CreateEvent(t.Context(), moderation.EventRequest{Op: "again", Spec: &moderation.EventSpec{Title: &title, Slug: &slug}}); !errors.Is(err, moderation.ErrExists) {
		t.Errorf("a slug that is taken: %v, want ErrExists", err)
	}
	closed, err := h.desk.ChangeEvent(t.Context(), moderation.EventRequest{Op: "c", Action: moderation.CloseEvent, Slug: "smw", By: priti})
	if err != nil || closed.State != moderation.Closed {
		t.Fatalf("closed: %s, %v", closed.State, err)
	}
	again, err := h.desk.ChangeEvent(t.Context(), moderation.EventRequest{Op: "c2", Action: moderation.CloseEvent, Slug: "smw", By: priti})
	if err != nil || again.Rev != closed.Rev {
		t.Errorf("closing what is closed: rev %d, %v; want no new revision", again.Rev, err)
	}
	open, err := h.desk.ChangeEvent(t.Context(), moderation.EventRequest{Op: "r", Action: moderation.ReopenEvent, Slug: "smw", By: priti})
	if err != nil || open.State != moderation.Open {
		t.Errorf("reopened: %s, %v", open.State, err)
	}
	stale := closed.Rev
	if _, err := h.desk.ChangeEvent(t.Context(), moderation.EventRequest{Op: "p", Action: moderation.ChangeEvent, Slug: "smw", Rev: &stale, Patch: []byte(`{"title":"New"}`)}); !errors.Is(err, moderation.ErrStale) {
		t.Errorf("a stale change: %v, want ErrStale", err)
	}
}
