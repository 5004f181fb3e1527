package display

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
	"pgregory.net/rapid"
)

// news reads everything after cursor.
func news(tb rapidOrTest, v *View, cursor uint64) string {
	tb.Helper()
	messages, ok := v.Next(cursor)
	if !ok {
		tb.Fatalf("the ring lost cursor %d", cursor)
	}
	return bodies(messages)
}

// kinds names the messages, in order.
func kinds(tb rapidOrTest, v *View, cursor uint64) string {
	tb.Helper()
	messages, ok := v.Next(cursor)
	if !ok {
		tb.Fatalf("the ring lost cursor %d", cursor)
	}
	var out []string
	for _, m := range messages {
		var w wire
		if err := json.Unmarshal(m.Body, &w); err != nil {
			tb.Fatalf("message: %v", err)
		}
		switch w.Type {
		case "item":
			var it wireItem
			if err := json.Unmarshal(w.Item, &it); err != nil {
				tb.Fatalf("item: %v", err)
			}
			out = append(out, "item "+it.ID)
		case "gone":
			out = append(out, "gone "+w.ID)
		case "stage":
			var s Stage
			if err := json.Unmarshal(w.Stage, &s); err != nil {
				tb.Fatalf("stage: %v", err)
			}
			now, next := "-", "-"
			if s.Now != nil {
				now = *s.Now
			}
			if s.Next != nil {
				next = *s.Next
			}
			out = append(out, "stage "+now+" "+next)
		case "counts": // told apart in TestCounts
		default:
			out = append(out, w.Type)
		}
	}
	return strings.Join(out, ", ")
}

func TestStageAfterItem(t *testing.T) {
	t.Parallel()
	h, b := newHub(t, Config{})
	v := view(t, b, PublicView)
	var at uint64
	step := func(what, want string, revs ...moderation.Revision) {
		t.Helper()
		at = v.Snapshot().Index
		for _, r := range revs {
			h.Apply(r)
		}
		if got := kinds(t, v, at); got != want {
			t.Errorf("%s:\n got %s\nwant %s", what, got, want)
		}
	}
	step("a pending one is not mentioned", "", submission(sampleSubmission("a", 2, moderation.Pending)))
	step("the stage shows nothing for what is not there", "stage - -", stage(3, "a", ""))
	step("and names it once it is there", "item a, stage a -", submission(sampleSubmission("a", 4, moderation.Live)))
	step("a change of it comes before the stage again", "item a, stage a -", submission(sampleSubmission("a", 5, moderation.Live)))
	step("the next one", "item b, stage a b", submission(sampleSubmission("b", 6, moderation.Approved)), stage(7, "a", "b"))
	step("a recall: off the stage, then gone", "stage - b, gone a", submission(sampleSubmission("a", 8, moderation.Rejected)))
	step("its stage changes nothing more than its revision", "stage - b", stage(9, "", "b"))
	step("withdrawn", "stage - -, gone b", submission(sampleSubmission("b", 10, moderation.Withdrawn)))
	step("erased: said once only", "", submission(sampleSubmission("b", 11, moderation.Erased)))
	step("known already", "", submission(sampleSubmission("b", 6, moderation.Approved)))
	step("the event", "event", event(sampleEvent(12)))
	if got := kinds(t, v, 0); strings.Contains(got, "item") {
		t.Errorf("the ring still holds items that are gone: %s", got)
	}
}

// What is merged leaves the public view, and what it was merged into is sent again with its votes, at its revision.
func TestMerged(t *testing.T) {
	t.Parallel()
	h, b := newHub(t, Config{})
	sub := func(id string, rev uint64, into string) moderation.Revision {
		s := sampleSubmission(id, rev, moderation.Approved)
		s.MergedInto = into
		return submission(s)
	}
	for i, id := range []string{"a", "b", "c"} {
		h.Apply(sub(id, uint64(2+i), ""))
	}
	pub, mod := view(t, b, PublicView), view(t, b, ModerationView)
	step := func(what, public, moderation, votes string, revs ...moderation.Revision) {
		t.Helper()
		atPub := pub.Snapshot().Index
		atMod := mod.Snapshot().Index
		for _, r := range revs {
			h.Apply(r)
		}
		if got := kinds(t, pub, atPub); got != public {
			t.Errorf("%s, to everybody: %s, want %s", what, got, public)
		}
		if got := kinds(t, mod, atMod); got != moderation {
			t.Errorf("%s, to moderators: %s, want %s", what, got, moderation)
		}
		var got []string
		for _, it := range b.Public().Queue {
			got = append(got, fmt.Sprintf("%s@%d:%d/%d", it.ID, it.Rev, it.Votes, it.Similar))
		}
		if s := strings.Join(got, " "); s != votes {
			t.Errorf("%s: %s, want %s", what, s, votes)
		}
		flush(b)
	}
	step("on the stage", "stage a -", "stage a -", "a@2:0/0 b@3:0/0 c@4:0/0", stage(5, "a", ""))
	step("merged", "gone b, item a, stage a -", "item b, item a, stage a -", "a@2:1/1 c@4:0/0", sub("b", 6, "a"))
	step("another", "gone c, item a, stage a -", "item c, item a, stage a -", "a@2:2/2", sub("c", 7, "a"))
	step("split", "item b, item a, stage a -", "item b, item a, stage a -", "a@2:1/1 b@8:0/0", sub("b", 8, ""))
	step("elsewhere", "item a, stage a -, item b", "item c, item a, stage a -, item b", "a@2:0/0 b@8:1/1", sub("c", 9, "b"))
}

func TestModerationRest(t *testing.T) {
	t.Parallel()
	h, b := newHub(t, Config{})
	v := view(t, b, ModerationView)
	seq := uint64(1)
	apply := func(id string, state moderation.State) {
		seq++
		h.Apply(submission(sampleSubmission(id, seq, state)))
	}
	count := func() int {
		var m wire
		if err := json.Unmarshal(v.mustSnapshot(), &m); err != nil {
			t.Fatal(err)
		}
		return len(m.Items)
	}
	apply("p", moderation.Pending)
	for i := range restLimit {
		apply(fmt.Sprintf("r%03d", i), moderation.Rejected)
	}
	if got, want := count(), restLimit+1; got != want {
		t.Fatalf("items: got %d, want %d", got, want)
	}
	at := v.Snapshot().Index
	apply("x", moderation.Rejected)
	if got, want := kinds(t, v, at), "item x, gone r000"; got != want {
		t.Errorf("one too many: got %s, want %s", got, want)
	}
	at = v.Snapshot().Index
	apply("x", moderation.Pending)
	if got, want := kinds(t, v, at), "item x, item r000"; got != want {
		t.Errorf("back to %d: got %s, want %s", restLimit, got, want)
	}
	at = v.Snapshot().Index
	apply("p", moderation.Withdrawn)
	if got, want := kinds(t, v, at), "gone p"; got != want {
		t.Errorf("withdrawn: got %s, want %s", got, want)
	}
	flush(b)
	if got, want := newView(b, moderationSpec).mustSnapshot(), v.mustSnapshot(); !bytes.Equal(got, want) {
		t.Errorf("a view built anew differs:\n got %s\nwant %s", got, want)
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	h, b := newHub(t, Config{Ring: 8})
	v := view(t, b, PublicView)
	h.Apply(submission(sampleSubmission("a", 5, moderation.Approved)))
	for _, tt := range []struct {
		name  string
		since *uint64
		epoch string
		fresh bool
	}{
		{"none given", nil, "epoch-1", true},
		{"zero", ptr(uint64(0)), "epoch-1", true},
		{"newest", ptr(uint64(5)), "epoch-1", false},
		{"before", ptr(uint64(2)), "epoch-1", false},
		{"where the ring begins", ptr(uint64(1)), "epoch-1", false},
		{"another epoch", ptr(uint64(5)), "epoch-0", true},
		{"no epoch", ptr(uint64(5)), "", true},
		{"beyond the newest", ptr(uint64(6)), "epoch-1", true},
	} {
		if body := v.Open(tt.since, tt.epoch).Body; (body != nil) != tt.fresh {
			t.Errorf("%s: snapshot %t, want %t", tt.name, body != nil, tt.fresh)
		}
	}
	for i := range uint64(9) {
		h.Apply(submission(sampleSubmission(fmt.Sprint("n", i), 10+i, moderation.Approved)))
	}
	if v.Open(ptr(uint64(5)), "epoch-1").Body == nil {
		t.Error("too old: resumed, want a snapshot")
	}
}

func TestSnapshotShared(t *testing.T) {
	t.Parallel()
	h, b := newHub(t, Config{})
	v := view(t, b, PublicView)
	h.Apply(submission(sampleSubmission("a", 2, moderation.Approved)))
	first := v.mustSnapshot()
	if second := v.mustSnapshot(); &first[0] != &second[0] {
		t.Error("the snapshot was encoded twice without a change between")
	}
	h.Apply(submission(sampleSubmission("a", 3, moderation.Erased)))
	if v.snapshot.Body != nil {
		t.Error("the cached snapshot outlived an erasure")
	}
	if after := v.mustSnapshot(); bytes.Contains(after, []byte("Text of a")) {
		t.Errorf("erased text in the snapshot: %s", after)
	}
}

// Whatever happens, in whatever order a batch comes: nothing that is not public at that moment is in what the public
// view would send; whoever resumes, from wherever, ends with what a fresh snapshot says; the stage names nothing
// unseen. Every submission has its own text in every revision, so that one word tells a leak.
func TestViewProperty(t *testing.T) {
	t.Parallel()
	leaving, merging := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		votes := moderation.NewVotes()
		h, b := newHub(t, Config{Ring: rapid.IntRange(4, 64).Draw(t, "ring"), Votes: votes})
		type viewer struct {
			client
			cursor uint64
		}
		views := make(map[ViewName]*View)
		viewers := make(map[ViewName][]*viewer)
		names := []ViewName{PublicView, ChairView, ModerationView}
		present := make(map[string]*moderation.Submission)
		public := make(map[string]bool) // ever
		var leaves []func()
		seq := uint64(1)

		catchUp := func(v *View, w *viewer) {
			messages, ok := v.Next(w.cursor)
			if !ok {
				start := v.Snapshot()
				w.read(t, start.Body)
				w.cursor = start.Index
				return
			}
			for _, m := range messages {
				w.read(t, m.Body)
				w.cursor = m.Index
			}
		}
		// A viewer's messages are what an eavesdropper gets: each must be of what is public when it is sent.
		check := func(name ViewName, text string) {
			if name == ModerationView {
				return
			}
			for id, s := range present {
				if s.State.Public() && s.MergedInto == "" {
					continue
				}
				if strings.Contains(text, "Text of "+id+" ") {
					t.Fatalf("%s view sends the text of %s, which is %s, merged into %q:\n%s", name, id, s.State, s.MergedInto, text)
				}
				if !public[id] && strings.Contains(text, `"`+id+`"`) {
					t.Fatalf("%s view names %s, which was never public:\n%s", name, id, text)
				}
			}
		}
		for range rapid.IntRange(1, 60).Draw(t, "ops") {
			switch op := rapid.IntRange(0, 13).Draw(t, "op"); op {
			case 0, 1, 2, 3, 4:
				seq++
				id := rapid.SampledFrom([]string{"item-a", "item-b", "item-c", "item-d", "item-e", "item-f"}).Draw(t, "id")
				state := rapid.SampledFrom(moderation.States).Draw(t, "state")
				s := sampleSubmission(id, seq, state)
				if old := present[id]; old == nil {
					s.Change.Action = moderation.Receive
				} else {
					s.Change.Action = moderation.Reject
					if old.State.Public() && !state.Public() {
						leaving++
					}
				}
				if !state.Gone() {
					s.Text = fmt.Sprintf("Text of %s as of %d", id, seq)
				}
				if into := rapid.SampledFrom([]string{"", "", "item-a", "item-b", "item-g"}).Draw(t, "into"); into != id && !state.Gone() {
					s.MergedInto = into
				}
				if old := present[id]; old != nil && old.MergedInto != s.MergedInto {
					merging++
				}
				s.Rank = ""
				if state.Public() {
					s.Rank = rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "rank")
					public[id] = public[id] || s.MergedInto == ""
				}
				present[id] = s
				h.Apply(submission(s))
			case 5, 6:
				seq++
				ids := rapid.SampledFrom([]string{"", "item-a", "item-b", "item-c", "item-d", "item-e", "item-f"})
				// A stage that names what is not public, as between the revisions of one batch.
				h.Apply(stage(seq, ids.Draw(t, "now"), ids.Draw(t, "next")))
			case 7:
				seq++
				h.Apply(event(sampleEvent(seq)))
			case 10:
				seq++
				s, acked := rapid.IntRange(0, 40).Draw(t, "signal"), (*time.Time)(nil)
				if rapid.Bool().Draw(t, "acked") {
					acked = ptr(start)
				}
				h.Apply(signal(fmt.Sprint("signal-", s), seq, start.Add(time.Duration(s)*time.Second), acked))
			case 11: // somebody is there
				p := moderation.Present{Session: rapid.SampledFrom([]string{"s", "t", "u"}).Draw(t, "session"), Role: moderation.Moderator}
				switch rapid.IntRange(0, 4).Draw(t, "does") {
				case 0:
					leaves = append(leaves, b.Arrive(p))
				case 1:
					if len(leaves) > 0 {
						leaves[0]()
						leaves = leaves[1:]
					}
				case 2:
					b.Claim(p, "item-a", nil)
				case 3:
					b.Release(p, "item-a")
				case 4:
					b.Shown(p.Session, "Hall", ptr(rapid.Uint64Range(0, seq).Draw(t, "shown")), nil)
				}
				if rapid.Bool().Draw(t, "time passes") {
					flush(b)
				}
			case 12, 13: // somebody votes, perhaps for what is not there yet or is no more
				vote := moderation.Vote{Event: "women-who-lead", ID: rapid.SampledFrom([]string{"item-a", "item-b", "item-c", "item-d"}).Draw(t, "id"),
					Voter: rapid.SampledFrom([]string{"u", "v", "w"}).Draw(t, "voter"), For: rapid.IntRange(0, 3).Draw(t, "for") > 0}
				votes.Apply(vote)
				h.Voted(vote.Event, vote.ID)
				if rapid.Bool().Draw(t, "time passes") {
					flush(b)
				}
			case 8: // somebody comes
				name := rapid.SampledFrom(names).Draw(t, "view")
				v := view(t, b, name)
				views[name] = v
				w := &viewer{}
				start := v.Open(nil, "")
				w.read(t, start.Body)
				w.cursor = start.Index
				check(name, string(start.Body))
				viewers[name] = append(viewers[name], w)
			case 9: // somebody reads on, or comes back after a while
				name := rapid.SampledFrom(names).Draw(t, "view")
				for _, w := range viewers[name] {
					if rapid.Bool().Draw(t, "resume") {
						start := views[name].Open(&w.seq, "epoch-1")
						if w.cursor = start.Index; start.Body != nil {
							w.read(t, start.Body)
							check(name, string(start.Body))
						}
					}
					if rapid.Bool().Draw(t, "read") {
						catchUp(views[name], w)
					}
				}
			}
			for name, v := range views {
				messages, _ := v.Next(v.ring.lost)
				check(name, bodies(messages))
			}
		}
		flush(b)
		for name, v := range views {
			body := v.mustSnapshot()
			check(name, string(body))
			var fresh client
			fresh.read(t, body)
			var built client
			built.read(t, newView(b, v.spec).mustSnapshot())
			if got, want := built.String(), fresh.String(); got != want {
				t.Fatalf("%s view, built anew:\n got %s\nwant %s", name, got, want)
			}
			for i, w := range viewers[name] {
				catchUp(v, w)
				if got, want := w.String(), fresh.String(); got != want {
					t.Fatalf("%s viewer %d ended\nwith %s\nwant %s", name, i, got, want)
				}
				if len(w.unnamed) > 0 {
					t.Fatalf("%s viewer %d: the stage named %q before its item", name, i, w.unnamed)
				}
			}
		}
	})
	if leaving < 50 {
		t.Errorf("only %d times did something stop being public: the test proves little", leaving)
	}
	if merging < 50 {
		t.Errorf("only %d times was something merged or split: the test proves little", merging)
	}
}

// Somebody who comes back after a restart, at the newest sequence, of which it may have seen a part only.
func TestResumeAfterRestart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		old, oldBoard := newHub(t, Config{})
		name := rapid.SampledFrom([]ViewName{PublicView, ChairView}).Draw(t, "view")
		v := view(t, oldBoard, name)
		w := client{}
		begun := v.Snapshot()
		w.read(t, begun.Body)
		cursor := begun.Index
		newest, last := make(map[string]moderation.Revision), rapid.Uint64Range(3, 20).Draw(t, "revisions")
		for seq := uint64(2); seq < last; seq++ {
			ids := rapid.SampledFrom([]string{"a", "b", "c"})
			rev := stage(seq, ids.Draw(t, "now"), ids.Draw(t, "next"))
			key := "stage"
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 1:
				key = "signal"
				rev = signal(key, seq, start, nil)
			case 2, 3:
				key = ids.Draw(t, "id")
				s := sampleSubmission(key, seq, rapid.SampledFrom(moderation.States).Draw(t, "state"))
				if _, known := newest[key]; known {
					s.Change.Action = rapid.SampledFrom([]moderation.ActionName{moderation.Undo, moderation.Merge, moderation.Split}).Draw(t, "action")
					if into := rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "into"); into != key && !s.State.Gone() {
						s.MergedInto = into
					}
				} else {
					s.Change.Action = moderation.Receive
				}
				rev = submission(s)
			}
			newest[key] = rev
			old.Apply(rev)
			messages, _ := v.Next(cursor)
			for _, m := range messages[:rapid.IntRange(0, len(messages)).Draw(t, "read")] {
				w.read(t, m.Body)
				cursor = m.Index
			}
		}

		again, b := newHub(t, Config{})
		for seq := uint64(2); seq <= old.Seq(); seq++ { // as the last of each subject is delivered
			for _, rev := range newest {
				if rev.Seq == seq {
					again.Apply(rev)
				}
			}
		}
		v = view(t, b, name)
		begun = v.Open(&w.seq, "epoch-1")
		if begun.Body != nil {
			w.read(t, begun.Body)
		}
		messages, _ := v.Next(begun.Index)
		for _, m := range messages {
			w.read(t, m.Body)
		}
		var fresh client
		fresh.read(t, v.mustSnapshot())
		if got, want := w.String(), fresh.String(); got != want {
			t.Fatalf("resumed after a restart\nwith %s\nwant %s", got, want)
		}
	})
}

func (v *View) mustSnapshot() []byte { return v.Snapshot().Body }
