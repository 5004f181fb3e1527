package natsstore_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/natsstore"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

// counting follows VOTES into a fresh record until the test or stop ends it.
func counting(t testing.TB, st *natsstore.Store) (votes *moderation.Votes, stop func()) {
	t.Helper()
	votes = moderation.NewVotes()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := st.FollowVotes(ctx, votes.Apply, votes.CaughtUp); err != nil {
			t.Errorf("follow votes: %v", err)
		}
	}()
	var once sync.Once
	stop = func() { once.Do(func() { cancel(); <-done }) }
	t.Cleanup(stop)
	select {
	case <-votes.Ready():
	case <-time.After(20 * time.Second):
		t.Fatal("never caught up")
	}
	return votes, stop
}

func key(kind string, n int) string { return moderation.SubmissionID(kind, fmt.Sprint(n)) }

func waitVotes(t testing.TB, votes *moderation.Votes, seq uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := votes.Wait(ctx, seq); err != nil {
		t.Fatalf("vote %d was never counted: %v", seq, err)
	}
}

// Two processes take votes at once from people who press as they like, and change their minds in either of them: both,
// and whoever counts anew after a restart, count what each said last.
func TestVotesCountExactly(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t, natstest.Fast())
	a, b := srv.Store(t), srv.Store(t)
	countA, _ := counting(t, a)
	countB, stopB := counting(t, b)
	const voters, items, presses = 60, 5, 12
	want := make([]map[int]bool, voters)
	var newest sync.Map
	var wg sync.WaitGroup
	for n := range voters {
		want[n] = map[int]bool{}
		wg.Go(func() {
			r := rand.New(rand.NewPCG(7, uint64(n)))
			for range presses {
				v := moderation.Vote{Event: "e", ID: key("item", r.IntN(items)), Voter: key("voter", n), For: r.IntN(3) > 0}
				seq, err := []*natsstore.Store{a, b}[r.IntN(2)].Vote(t.Context(), v)
				if err != nil || seq == 0 {
					t.Errorf("vote: sequence %d, error %v", seq, err)
					return
				}
				newest.Store(seq, true)
				for i := range items {
					if key("item", i) == v.ID {
						want[n][i] = v.For
					}
				}
			}
		})
	}
	wg.Wait()
	var last uint64
	newest.Range(func(seq, _ any) bool { last = max(last, seq.(uint64)); return true })
	check := func(name string, votes *moderation.Votes) {
		t.Helper()
		for n := range voters {
			for i := range items {
				if got := votes.Has("e", key("item", i), key("voter", n)); got != want[n][i] {
					t.Errorf("%s: voter %d, item %d: counted %v, want %v", name, n, i, got, want[n][i])
				}
			}
		}
	}
	waitVotes(t, countA, last)
	waitVotes(t, countB, last)
	check("first", countA)
	check("second", countB)

	stopB()
	srv.Restart()
	fresh, _ := counting(t, srv.Store(t))
	check("after a restart", fresh)
	seq, err := a.Vote(t.Context(), moderation.Vote{Event: "e", ID: key("item", 0), Voter: key("voter", 0), For: true})
	if err != nil {
		t.Fatal(err)
	}
	want[0][0] = true
	waitVotes(t, countA, seq)
	waitVotes(t, fresh, seq)
	check("going on after the restart", countA)
	check("new after the restart", fresh)
}

func TestVotesOfWhatIsErasedAreRemoved(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t, natstest.Fast())
	st := srv.Store(t)
	ctx := t.Context()
	sub := moderation.Submission{ID: key("item", 1), Event: "e", State: moderation.Erased}
	stored, err := st.Put(ctx, "op", moderation.Entry{Submission: &sub})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range []int{1, 2} {
		if _, err := st.Vote(ctx, moderation.Vote{Event: "e", ID: key("item", item), Voter: key("voter", 1), For: true}); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.Erase(ctx, "e", sub.ID, stored[0].Submission.Rev); err != nil {
		t.Fatal(err)
	}
	votes, _ := counting(t, st)
	if votes.Has("e", sub.ID, key("voter", 1)) || !votes.Has("e", key("item", 2), key("voter", 1)) {
		t.Error("the votes of what was erased are counted, or another's are not")
	}
}

func TestVoteRefuses(t *testing.T) {
	t.Parallel()
	st := natstest.Store(t, natstest.Fast())
	good := moderation.Vote{Event: "e", ID: key("item", 1), Voter: key("voter", 1), For: true}
	for name, change := range map[string]func(*moderation.Vote){
		"no event": func(v *moderation.Vote) { v.Event = "" }, "a wildcard": func(v *moderation.Vote) { v.Event = "*" },
		"no id": func(v *moderation.Vote) { v.ID = "*" }, "a name": func(v *moderation.Vote) { v.Voter = "Ana" },
	} {
		v := good
		change(&v)
		if _, err := st.Vote(t.Context(), v); !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
}

// BenchmarkVotes has a thousand voters press at once against a server that syncs every write, as the program's own
// does, and counts them as one process does.
func BenchmarkVotes(b *testing.B) {
	srv := natstest.Start(b)
	st := srv.Store(b)
	votes, _ := counting(b, st)
	const hands = 1000
	var mu sync.Mutex
	var next int
	var last uint64
	var slowest time.Duration
	begun := time.Now()
	b.ResetTimer()
	var wg sync.WaitGroup
	for range hands {
		wg.Go(func() {
			for {
				mu.Lock()
				n := next
				next++
				mu.Unlock()
				if n >= b.N {
					return
				}
				at := time.Now()
				seq, err := st.Vote(context.Background(), moderation.Vote{Event: "e", ID: key("item", n%50), Voter: key("voter", n/50), For: true})
				took := time.Since(at)
				mu.Lock()
				last, slowest = max(last, seq), max(slowest, took)
				mu.Unlock()
				if err != nil {
					b.Errorf("vote: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	waitVotes(b, votes, last)
	b.StopTimer()
	counted := 0
	for n := range b.N {
		if votes.Has("e", key("item", n%50), key("voter", n/50)) {
			counted++
		}
	}
	if counted != b.N {
		b.Errorf("%d of %d votes are counted", counted, b.N)
	}
	b.ReportMetric(float64(b.N)/time.Since(begun).Seconds(), "votes/s")
	b.ReportMetric(float64(slowest.Milliseconds()), "slowest-ms")
}

// Streams made before votes went in batches take them one by one.
func TestVotesWithoutBatches(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t, natstest.Fast())
	js := mustJS(t, srv)
	if err := natsstore.Create(t.Context(), js.Conn(), 1); err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), "VOTES")
	if err != nil {
		t.Fatal(err)
	}
	cfg := stream.CachedInfo().Config
	cfg.AllowAtomicPublish = false
	if _, err := js.UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	st, err := natsstore.Open(t.Context(), js.Conn())
	if err != nil {
		t.Fatal(err)
	}
	votes, _ := counting(t, st)
	var wg sync.WaitGroup
	for n := range 100 {
		wg.Go(func() {
			for _, v := range []bool{true, false, n%2 == 0} {
				seq, err := st.Vote(t.Context(), moderation.Vote{Event: "e", ID: key("item", 1), Voter: key("voter", n), For: v})
				if err != nil {
					t.Errorf("vote: %v", err)
				}
				waitVotes(t, votes, seq)
			}
		})
	}
	wg.Wait()
	for n := range 100 {
		if got := votes.Has("e", key("item", 1), key("voter", n)); got != (n%2 == 0) {
			t.Errorf("voter %d: %v", n, got)
		}
	}
}
