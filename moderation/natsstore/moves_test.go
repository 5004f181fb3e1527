package natsstore_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/openfloor/openfloor/display"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/natsstore"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

// follower feeds a record, and with it a hub if there is one, until the test ends; it returns once it has caught up.
func follower(t *testing.T, store *natsstore.Store, hub *display.Hub) *moderation.Record {
	t.Helper()
	record := moderation.NewRecord()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- store.Follow(ctx, func(rev moderation.Revision) error {
			if hub != nil {
				hub.Apply(rev)
			}
			record.Apply(rev)
			return nil
		}, record.Passed, record.CaughtUp)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("follow: %v", err)
		}
	})
	<-record.Ready()
	return record
}

// TestMovesFromFourDesks: 1,000 random moves in one queue from four desks at once, each with its own connection and
// its own record. Everybody ends with one order: the desks, a viewer who has had every message, and a fresh replay.
func TestMovesFromFourDesks(t *testing.T) {
	t.Parallel()
	const desks, moves, queued = 4, 1000, 40
	srv := natstest.Start(t, natstest.Fast())
	store := srv.Store(t)
	hub, err := display.NewHub(display.Config{Epoch: store.Epoch()})
	if err != nil {
		t.Fatal(err)
	}
	watched := follower(t, store, hub)
	var team [desks]*moderation.Desk
	var records [desks]*moderation.Record
	for i := range team {
		own := srv.Store(t)
		records[i] = follower(t, own, nil)
		team[i], err = moderation.NewDesk(moderation.DeskConfig{Floor: own, Record: records[i], Secret: make([]byte, 32)})
		if err != nil {
			t.Fatal(err)
		}
	}
	title, slug := "Moves", "moves"
	ev, err := team[0].CreateEvent(t.Context(), moderation.EventRequest{Op: "make", Spec: &moderation.EventSpec{Title: &title, Slug: &slug}})
	if err != nil {
		t.Fatal(err)
	}
	if err := records[0].Wait(t.Context(), ev.Rev); err != nil {
		t.Fatal(err)
	}
	by := func(i int) moderation.Actor {
		return moderation.Actor{Role: moderation.Moderator, Name: fmt.Sprint("Desk ", i), ID: fmt.Sprint(i)}
	}
	ids := make([]string, queued)
	for i := range ids {
		p := moderation.Post{Event: slug, Source: moderation.FromForm, Key: fmt.Sprint(i), Text: fmt.Sprint("Question ", i)}
		if err := team[0].Take(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		approve := moderation.ActRequest{Op: fmt.Sprint("approve ", i), Event: slug, ID: p.ID(), Action: moderation.Approve, By: by(0)}
		if _, err := team[0].Act(t.Context(), approve); err != nil {
			t.Fatal(err)
		}
		ids[i] = p.ID()
	}
	last := lastOf(t, store, watched)
	for _, r := range records {
		if err := r.Wait(t.Context(), last); err != nil {
			t.Fatal(err)
		}
	}
	board, _ := hub.Board(slug)
	view, _ := board.View(display.PublicView)
	viewer := newOrder(t)
	begun := view.Snapshot()
	viewer.read(begun.Body)
	cursor := begun.Index

	var stored, stale atomic.Int64
	var all sync.WaitGroup
	for i := range team {
		rnd := rand.New(rand.NewPCG(7, uint64(i)))
		all.Go(func() {
			for n := range moves / desks {
				req := moderation.ActRequest{Op: fmt.Sprintf("move %d by %d", n, i), Event: slug, Action: moderation.Move, By: by(i)}
				req.ID = ids[rnd.IntN(queued)]
				if rnd.IntN(4) > 0 { // often the same few, as when the top of the queue is put in order
					if req.After = ids[rnd.IntN(4)]; req.After == req.ID {
						req.After = ""
					}
				}
				cur, _ := records[i].Submission(slug, req.ID)
				req.Rev = cur.Rev
				got, err := team[i].Act(t.Context(), req)
				for errors.Is(err, moderation.ErrStale) { // somebody else has moved it: look at that, and move it all the same
					stale.Add(1)
					req.Rev = got.Rev
					got, err = team[i].Act(t.Context(), req)
				}
				switch {
				case err != nil:
					t.Errorf("desk %d, move %d: %v", i, n, err)
				case got.Rev > req.Rev:
					stored.Add(1)
				}
			}
		})
	}
	all.Wait()

	now := lastOf(t, store, watched)
	if got := int64(now - last); got != stored.Load() {
		t.Errorf("%d revisions for %d moves, want one each", got, stored.Load())
	}
	want := orderOf(watched, slug)
	if n := len(strings.Fields(want)); n != queued {
		t.Fatalf("%d are queued, want %d", n, queued)
	}
	for i, r := range records {
		if err := r.Wait(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		if got := orderOf(r, slug); got != want {
			t.Errorf("desk %d has the order\n%s, want\n%s", i, got, want)
		}
	}
	if got := orderOf(follower(t, srv.Store(t), nil), slug); got != want {
		t.Errorf("a fresh replay has the order\n%s, want\n%s", got, want)
	}
	messages, ok := view.Next(cursor)
	if !ok {
		t.Fatal("the viewer lost its place")
	}
	for _, m := range messages {
		viewer.read(m.Body)
	}
	if got := viewer.String(); got != want {
		t.Errorf("the viewer has the order\n%s, want\n%s", got, want)
	}
	ranks, longest := map[string]bool{}, 0
	for _, s := range watched.Queue(slug) {
		if ranks[s.Rank] {
			t.Errorf("two have the rank %s", s.Rank)
		}
		ranks[s.Rank], longest = true, max(longest, len(s.Rank))
	}
	if stored.Load() < moves/2 {
		t.Errorf("only %d of %d moves were stored: the test proves little", stored.Load(), moves)
	}
	fmt.Fprintf(t.Output(), "%d moves stored, %d decided again, the longest rank has %d digits\n", stored.Load(), stale.Load(), longest)
}

// lastOf returns the newest sequence, once record has it.
func lastOf(t *testing.T, store *natsstore.Store, record *moderation.Record) uint64 {
	t.Helper()
	last, err := store.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := record.Wait(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	return last
}

func orderOf(r *moderation.Record, event string) string {
	var ids []string
	for _, s := range r.Queue(event) {
		ids = append(ids, s.ID)
	}
	return strings.Join(ids, " ")
}

// order is a client that keeps items by rank, as the contract has it.
type order struct {
	t     *testing.T
	items map[string]ranked
}

type ranked struct {
	ID   string `json:"id"`
	Rev  uint64 `json:"rev"`
	Rank string `json:"rank"`
}

func newOrder(t *testing.T) *order { return &order{t, map[string]ranked{}} }

func (o *order) read(body []byte) {
	o.t.Helper()
	var m struct {
		Item  *ranked  `json:"item"`
		Items []ranked `json:"items"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		o.t.Fatal(err)
	}
	if m.Item != nil {
		m.Items = append(m.Items, *m.Item)
	}
	for _, it := range m.Items {
		if o.items[it.ID].Rev <= it.Rev {
			o.items[it.ID] = it
		}
	}
}

func (o *order) String() string {
	all := make([]ranked, 0, len(o.items))
	for _, it := range o.items {
		all = append(all, it)
	}
	slices.SortFunc(all, func(a, b ranked) int { return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.ID, b.ID)) })
	var ids []string
	for _, it := range all {
		ids = append(ids, it.ID)
	}
	return strings.Join(ids, " ")
}
