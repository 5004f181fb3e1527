package floortest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// Run checks that the floors that newFloor makes, each empty and of its own, do what moderation.Floor says. Where
// they are Followers, that is checked too.
func Run(t *testing.T, newFloor func(t *testing.T) moderation.Floor) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, f moderation.Floor)
	}{
		{"put", testPut},
		{"put refuses what is stale", testStale},
		{"put refuses what makes no sense", testInvalid},
		{"batch", testBatch},
		{"batch is all or nothing", testAllOrNothing},
		{"one of four writers wins", testRace},
		{"one of four batches wins", testBatchRace},
		{"an operation is recognised", testOp},
		{"a batched operation is recognised", testBatchOp},
		{"history", testHistory},
		{"erase", testErase},
		{"follow", testFollow},
		{"follow what is empty", testFollowEmpty},
		{"follow ends with what apply returns", testFollowError},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, newFloor(t))
		})
	}
}

const slug = "town-hall"

// Submission returns a pending submission with the n-th id of an event, for tests.
func Submission(event string, n int, text string) moderation.Submission {
	at := time.Date(2026, 3, 14, 18, 30, 0, 0, time.UTC)
	return moderation.Submission{
		ID: moderation.SubmissionID(event, fmt.Sprintf("form:%d", n)), Event: event,
		Kind: moderation.Question, Text: text, Source: moderation.FromForm, PostedAt: at, ReceivedAt: at,
		State:  moderation.Pending,
		Change: moderation.Change{Action: moderation.Receive, By: moderation.Actor{Role: moderation.RoleSource, Name: "form"}, At: at},
	}
}

func entry(s moderation.Submission) moderation.Entry { return moderation.Entry{Submission: &s} }

// put puts and wants success.
func put(t *testing.T, f moderation.Floor, op string, entries ...moderation.Entry) []moderation.Entry {
	t.Helper()
	out, err := f.Put(t.Context(), op, entries...)
	if err != nil {
		t.Fatalf("put %s: %v", op, err)
	}
	if len(out) != len(entries) {
		t.Fatalf("put %s: %d entries came back, want %d", op, len(out), len(entries))
	}
	return out
}

func wantErr(t *testing.T, what string, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%s: error %v, want %v", what, err, kind)
	}
}

func testPut(t *testing.T, f moderation.Floor) {
	ctx := t.Context()
	s := Submission(slug, 1, "Who pays?")
	if _, err := f.NewestSubmission(ctx, slug, s.ID); !errors.Is(err, moderation.ErrNotFound) {
		t.Errorf("newest of an unknown id: error %v, want ErrNotFound", err)
	}
	first := put(t, f, "1", entry(s))[0].Submission
	if first.Rev == 0 || s.Rev != 0 {
		t.Errorf("put returned revision %d and left %d in what it was given; want one, and 0", first.Rev, s.Rev)
	}
	next := *first
	next.State = moderation.Approved
	second := put(t, f, "2", entry(next))[0].Submission
	if second.Rev <= first.Rev {
		t.Errorf("the second revision is %d, the first was %d", second.Rev, first.Rev)
	}
	got, err := f.NewestSubmission(ctx, slug, s.ID)
	if err != nil || got.Rev != second.Rev || got.State != moderation.Approved || got.Text != s.Text {
		t.Errorf("newest = %+v, %v; want revision %d, approved", got, err, second.Rev)
	}
	ev := put(t, f, "3", moderation.Entry{Event: &moderation.Event{Slug: slug, Title: "T"}})[0].Event
	st := put(t, f, "4", moderation.Entry{Stage: &moderation.Stage{Event: slug, Mode: moderation.StageLive}})[0].Stage
	if ev.Rev <= second.Rev || st.Rev <= ev.Rev {
		t.Errorf("revisions %d, %d, %d do not grow", second.Rev, ev.Rev, st.Rev)
	}
	sig := put(t, f, "5", moderation.Entry{Signal: &moderation.Signal{Event: slug, ID: s.ID, Text: "Four minutes left"}})[0].Signal
	if sig.Rev <= st.Rev {
		t.Errorf("the signal's revision %d is not after %d", sig.Rev, st.Rev)
	}
	if last, err := f.Last(ctx); err != nil || last != sig.Rev {
		t.Errorf("last = %d, %v; want %d", last, err, sig.Rev)
	}
}

func testStale(t *testing.T, f moderation.Floor) {
	s := Submission(slug, 1, "a")
	first := put(t, f, "1", entry(s))[0].Submission
	put(t, f, "2", entry(*first))
	for name, rev := range map[string]uint64{"known already": 0, "an older revision": first.Rev, "one that never was": first.Rev + 1000} {
		s.Rev = rev
		_, err := f.Put(t.Context(), "late "+name, entry(s))
		wantErr(t, name, err, moderation.ErrStale)
	}
	if h, _ := f.History(t.Context(), slug, s.ID); len(h) != 2 {
		t.Errorf("history has %d revisions after refused puts, want 2", len(h))
	}
}

func testInvalid(t *testing.T, f moderation.Floor) {
	s := Submission(slug, 1, "a")
	nameless := s
	nameless.Event = ""
	for name, entries := range map[string][]moderation.Entry{
		"nothing": nil, "an empty entry": {{}}, "the same twice": {entry(s), entry(s)}, "no event": {entry(nameless)},
	} {
		_, err := f.Put(t.Context(), "1", entries...)
		wantErr(t, name, err, moderation.ErrInvalid)
	}
}

func testBatch(t *testing.T, f moderation.Floor) {
	s, other := Submission(slug, 1, "a"), Submission(slug, 2, "b")
	out := put(t, f, "1", entry(s), entry(other), moderation.Entry{Stage: &moderation.Stage{Event: slug, Now: s.ID}})
	for i, e := range out {
		if e.Rev() != out[0].Rev()+uint64(i) {
			t.Errorf("entry %d of the batch has revision %d, want %d", i, e.Rev(), out[0].Rev()+uint64(i))
		}
	}
	if out[2].Stage == nil || out[2].Stage.Now != s.ID {
		t.Errorf("the third entry is not the stage that was put: %+v", out[2])
	}
	got, err := f.NewestSubmission(t.Context(), slug, other.ID)
	if err != nil || got.Rev != out[1].Rev() || got.Text != "b" {
		t.Errorf("newest of the second = %+v, %v", got, err)
	}
}

func testAllOrNothing(t *testing.T, f moderation.Floor) {
	known := put(t, f, "1", entry(Submission(slug, 1, "a")))[0].Submission
	put(t, f, "2", entry(*known))
	before, _ := f.Last(t.Context())
	for i := range 3 { // the stale one first, in the middle and last
		entries := []moderation.Entry{entry(Submission(slug, 2, "b")), entry(Submission(slug, 3, "c"))}
		entries = slices.Insert(entries, i, entry(*known))
		_, err := f.Put(t.Context(), fmt.Sprintf("batch %d", i), entries...)
		wantErr(t, "a batch with a stale entry", err, moderation.ErrStale)
	}
	for n := 2; n <= 3; n++ {
		if _, err := f.NewestSubmission(t.Context(), slug, Submission(slug, n, "").ID); !errors.Is(err, moderation.ErrNotFound) {
			t.Errorf("submission %d of a refused batch: error %v, want ErrNotFound", n, err)
		}
	}
	if after, _ := f.Last(t.Context()); after != before {
		t.Errorf("a refused batch moved the last sequence from %d to %d", before, after)
	}
}

// writers is how many writers race.
const writers = 4

// race lets the writers put at once and returns the number that won. The others have to be told that they are stale.
func race(t *testing.T, f moderation.Floor, op string, entries func(writer int) []moderation.Entry) (won []int) {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	start := make(chan struct{})
	for w := range writers {
		wg.Go(func() {
			<-start
			_, err := f.Put(t.Context(), fmt.Sprintf("%s writer %d", op, w), entries(w)...)
			switch {
			case err == nil:
				mu.Lock()
				won = append(won, w)
				mu.Unlock()
			case !errors.Is(err, moderation.ErrStale):
				t.Errorf("%s: writer %d: error %v, want ErrStale", op, w, err)
			}
		})
	}
	close(start)
	wg.Wait()
	return won
}

func testRace(t *testing.T, f moderation.Floor) {
	s := *put(t, f, "first", entry(Submission(slug, 1, "a")))[0].Submission
	for round := range 50 {
		op := fmt.Sprintf("round %d", round)
		won := race(t, f, op, func(w int) []moderation.Entry {
			mine := s
			mine.Text = fmt.Sprintf("%s writer %d", op, w)
			return []moderation.Entry{entry(mine)}
		})
		if len(won) != 1 {
			t.Fatalf("%s: writers %v won, want exactly one", op, won)
		}
		got, err := f.NewestSubmission(t.Context(), slug, s.ID)
		if want := fmt.Sprintf("%s writer %d", op, won[0]); err != nil || got.Text != want {
			t.Fatalf("%s: stored %q, %v; want %q", op, got.Text, err, want)
		}
		s = got
	}
}

// testBatchRace has batches that overlap in one thing each only: of two neighbours at most one may win, and what a
// loser would have written must not be there.
func testBatchRace(t *testing.T, f moderation.Floor) {
	for round := range 20 {
		shared := round * 10
		won := race(t, f, fmt.Sprintf("round %d", round), func(w int) []moderation.Entry {
			return []moderation.Entry{
				entry(Submission(slug, shared+1+w, "own")),
				entry(Submission(slug, shared, fmt.Sprint(w))),
			}
		})
		if len(won) != 1 {
			t.Fatalf("round %d: batches %v won, want exactly one", round, won)
		}
		for w := range writers {
			_, err := f.NewestSubmission(t.Context(), slug, Submission(slug, shared+1+w, "").ID)
			if stored := err == nil; stored != (w == won[0]) {
				t.Errorf("round %d: what batch %d wrote beside: stored = %t, but %d won", round, w, stored, won[0])
			}
		}
	}
}

func testOp(t *testing.T, f moderation.Floor) {
	s := Submission(slug, 1, "a")
	first := put(t, f, "op 1", entry(s))[0].Submission
	if again := put(t, f, "op 1", entry(s))[0].Submission; again.Rev != first.Rev || again.Text != "a" {
		t.Errorf("the same operation again = revision %d, %q; want %d", again.Rev, again.Text, first.Rev)
	}
	second := put(t, f, "op 2", entry(*first))[0].Submission
	if again := put(t, f, "op 1", entry(s))[0].Submission; again.Rev != first.Rev {
		t.Errorf("the same operation again, after another = revision %d, want %d", again.Rev, first.Rev)
	}
	if again := put(t, f, "op 2", entry(*first))[0].Submission; again.Rev != second.Rev {
		t.Errorf("the second operation again = revision %d, want %d", again.Rev, second.Rev)
	}
	_, err := f.Put(t.Context(), "op 3", entry(s))
	wantErr(t, "another operation", err, moderation.ErrStale)
	_, err = f.Put(t.Context(), "op 3", entry(*first))
	wantErr(t, "another operation on the first revision", err, moderation.ErrStale)
	odd := "op ü\r\nOpenfloor-Op: op 3" + strings.Repeat("x", 300)
	third := put(t, f, odd, entry(*second))[0].Submission
	if again := put(t, f, odd, entry(*second))[0].Submission; again.Rev != third.Rev {
		t.Errorf("an operation with an odd name again = revision %d, want %d", again.Rev, third.Rev)
	}
	if h, _ := f.History(t.Context(), slug, s.ID); len(h) != 3 {
		t.Errorf("history has %d revisions, want 3", len(h))
	}
}

func testBatchOp(t *testing.T, f moderation.Floor) {
	entries := []moderation.Entry{entry(Submission(slug, 1, "a")), entry(Submission(slug, 2, "b"))}
	first := put(t, f, "op 1", entries...)
	again := put(t, f, "op 1", entries...)
	for i := range first {
		if again[i].Rev() != first[i].Rev() {
			t.Errorf("entry %d again = revision %d, want %d", i, again[i].Rev(), first[i].Rev())
		}
	}
	put(t, f, "op 2", first[1])
	if again := put(t, f, "op 1", entries...); again[0].Rev() != first[0].Rev() || again[1].Rev() != first[1].Rev() {
		t.Errorf("again, after another put = %d, %d; want %d, %d", again[0].Rev(), again[1].Rev(), first[0].Rev(), first[1].Rev())
	}
	_, err := f.Put(t.Context(), "op 3", entries...)
	wantErr(t, "another operation", err, moderation.ErrStale)
}

func testHistory(t *testing.T, f moderation.Floor) {
	ctx := t.Context()
	s := Submission(slug, 1, "0")
	if h, err := f.History(ctx, slug, s.ID); err != nil || len(h) != 0 {
		t.Errorf("history of an unknown id = %v, %v; want none", h, err)
	}
	var want []uint64
	for i := range 5 {
		s.Text = fmt.Sprint(i)
		s = *put(t, f, fmt.Sprint("op ", i), entry(s))[0].Submission
		want = append(want, s.Rev)
		put(t, f, fmt.Sprint("other ", i), entry(Submission(slug, 100+i, "beside")))
	}
	h, err := f.History(ctx, slug, s.ID)
	if err != nil {
		t.Fatal(err)
	}
	var got []uint64
	for i, r := range h {
		got = append(got, r.Rev)
		if r.Text != fmt.Sprint(i) || r.ID != s.ID {
			t.Errorf("revision %d of the history holds %q", i, r.Text)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("history has revisions %v, want %v", got, want)
	}
}

func testErase(t *testing.T, f moderation.Floor) {
	ctx := t.Context()
	s := Submission(slug, 1, "secret")
	err := f.Erase(ctx, slug, s.ID, 1)
	wantErr(t, "erase what is not there", err, moderation.ErrInvalid)
	first := put(t, f, "1", entry(s))[0].Submission
	err = f.Erase(ctx, slug, s.ID, first.Rev+1)
	wantErr(t, "erase with no revision left", err, moderation.ErrInvalid)
	beside := put(t, f, "2", entry(Submission(slug, 2, "beside")))[0].Submission
	second := put(t, f, "3", entry(*first))[0].Submission
	gone := *second
	gone.State, gone.Text = moderation.Withdrawn, ""
	third := put(t, f, "4", entry(gone))[0].Submission
	for range 2 { // the second time there is nothing to do
		if err := f.Erase(ctx, slug, s.ID, third.Rev); err != nil {
			t.Fatalf("erase: %v", err)
		}
		h, err := f.History(ctx, slug, s.ID)
		if err != nil || len(h) != 1 || h[0].Rev != third.Rev || h[0].Text != "" {
			t.Errorf("history after erasing = %+v, %v; want revision %d alone", h, err, third.Rev)
		}
	}
	if got, err := f.NewestSubmission(ctx, slug, beside.ID); err != nil || got.Text != "beside" {
		t.Errorf("what stood beside = %+v, %v", got, err)
	}
	_, err = f.Put(ctx, "1 again", entry(s))
	wantErr(t, "the erased post comes back", err, moderation.ErrStale)
}

// follower records what Follow tells it.
type follower struct {
	mu   sync.Mutex
	got  []string
	seen uint64
	news chan struct{} // holds one token when there may be news
}

func (r *follower) apply(rev moderation.Revision) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	what := "event " + rev.EventSlug()
	switch {
	case rev.Submission != nil:
		what = "submission " + rev.Submission.Text
	case rev.Stage != nil:
		what = "stage " + rev.Stage.Now
	case rev.Signal != nil:
		what = "signal " + rev.Signal.Text
	}
	if rev.Entry.Rev() != rev.Seq || rev.At.IsZero() {
		what += fmt.Sprintf(" with revision %d in message %d of %v", rev.Entry.Rev(), rev.Seq, rev.At)
	}
	r.got = append(r.got, what)
	r.wake()
	return nil
}

func (r *follower) pass(seq uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = max(r.seen, seq)
	r.wake()
}

func (r *follower) caughtUp() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, "caught up")
	r.wake()
}

func (r *follower) wake() {
	select {
	case r.news <- struct{}{}:
	default:
	}
}

// wait returns once everything up to seq has passed and n things were told.
func (r *follower) wait(t *testing.T, seq uint64, n int) []string {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		r.mu.Lock()
		got, seen := slices.Clone(r.got), r.seen
		r.mu.Unlock()
		if seen >= seq && len(got) >= n {
			return got
		}
		select {
		case <-r.news:
		case <-deadline:
			t.Fatalf("follow has come to %d and told %q; want %d and %d things", seen, got, seq, n)
		}
	}
}

// follow runs Follow until the test ends, or skips silently where f cannot be followed.
func follow(t *testing.T, f moderation.Floor) (*follower, bool) {
	fl, ok := f.(Follower)
	if !ok {
		return nil, false
	}
	r := &follower{news: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- fl.Follow(ctx, r.apply, r.pass, r.caughtUp) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("follow returned %v once its context was done, want nil", err)
		}
	})
	return r, true
}

func testFollow(t *testing.T, f moderation.Floor) {
	a := put(t, f, "1", entry(Submission(slug, 1, "a")))[0]
	put(t, f, "2", entry(Submission(slug, 2, "b")))
	next := *a.Submission
	next.Text = "a again"
	a = put(t, f, "3", entry(next))[0]
	r, ok := follow(t, f)
	if !ok {
		return
	}
	r.wait(t, a.Rev(), 3)
	next.Rev, next.Text = a.Rev(), "a at last"
	batch := put(t, f, "4", entry(next), moderation.Entry{Stage: &moderation.Stage{Event: slug, Now: next.ID}})
	got := r.wait(t, batch[1].Rev(), 5)
	want := []string{"submission b", "submission a again", "caught up", "submission a at last", "stage " + next.ID}
	if !slices.Equal(got, want) {
		t.Errorf("followed %q, want %q", got, want)
	}
}

func testFollowEmpty(t *testing.T, f moderation.Floor) {
	r, ok := follow(t, f)
	if !ok {
		return
	}
	r.wait(t, 0, 1)
	a := put(t, f, "1", entry(Submission(slug, 1, "a")))[0]
	if got, want := r.wait(t, a.Rev(), 2), []string{"caught up", "submission a"}; !slices.Equal(got, want) {
		t.Errorf("followed %q, want %q", got, want)
	}
}

func testFollowError(t *testing.T, f moderation.Floor) {
	fl, ok := f.(Follower)
	if !ok {
		return
	}
	put(t, f, "1", entry(Submission(slug, 1, "a")))
	broken := errors.New("broken")
	err := fl.Follow(t.Context(), func(moderation.Revision) error { return broken }, nil, nil)
	wantErr(t, "follow", err, broken)
}
