package moderation_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/openfloor/openfloor/moderation"
)

// said is what somebody sends by a network.
type said struct {
	key, text, account, name, handle string
	source                           moderation.Source
	kind                             moderation.Kind
	prompt                           int
}

func (h *hall) post(s said) moderation.Post {
	if s.source == "" {
		s.source = moderation.FromMastodon
	}
	if s.account == "" {
		s.account = "acct-" + s.key
	}
	p := moderation.Post{Event: "smw", Source: s.source, Key: s.key, Version: "1", Text: s.text, PostedAt: h.now, Kind: s.kind,
		Author: moderation.PostAuthor{Account: s.account, Name: s.name, Handle: s.handle}}
	if s.prompt > 0 {
		p.Prompt = &s.prompt
	}
	return p
}

func (h *hall) say(s said) moderation.Submission {
	h.t.Helper()
	p := h.post(s)
	if err := h.desk.Take(h.t.Context(), p); err != nil {
		h.t.Fatalf("take %s: %v", s.key, err)
	}
	return h.stored(p.ID())
}

func wantSimilar(t *testing.T, s moderation.Submission, want ...moderation.Submission) {
	t.Helper()
	var ids []string
	for _, w := range want {
		ids = append(ids, w.ID)
	}
	if !slices.Equal(s.SimilarTo, ids) {
		t.Errorf("%q is similar to %v, want %v", s.Text, s.SimilarTo, ids)
	}
}

func TestDeskSuggestsDuplicates(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	first := h.ask("1", "Why is the library closing?")
	other := h.ask("2", "When is the library closing?")
	wantSimilar(t, first)
	wantSimilar(t, other)
	again := h.ask("3", "Hi panel! Why are you shutting the library? #SMW")
	wantSimilar(t, again, first)
	exact := h.ask("4", "Q3: why is the library closing")
	wantSimilar(t, exact, first, again)

	for range 6 {
		h.ask(fmt.Sprint("more", len(h.record.Queue("smw")), h.posts), "Who will pay for the new tram line?")
		h.posts++
	}
	if last := h.ask("7th", "Who will pay for the new tram line?"); len(last.SimilarTo) != 5 || slices.Contains(last.SimilarTo, last.ID) {
		t.Errorf("similar to %v, want five others", last.SimilarTo)
	}
}

func TestDeskSuggestsNothingThatIsGone(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	a := h.ask("a", "Why is the library closing?")
	b := h.ask("b", "Why is the library closing?")
	c := h.ask("c", "Why is the library closing?")
	d := h.ask("d", "Why is the library closing?")
	h.act(a, moderation.Withdraw, priti)
	h.act(b, moderation.Reject, priti)
	merged, err := h.desk.Act(t.Context(), moderation.ActRequest{Op: moderation.NewOp(), Event: "smw", ID: c.ID, Rev: c.Rev, Action: moderation.Merge, Into: d.ID, By: priti})
	if err != nil {
		t.Fatal(err)
	}
	h.wait(merged.Rev)
	wantSimilar(t, h.ask("e", "Why is the library closing?"), d, b)
	split := h.act(merged, moderation.Split, priti)
	e := h.stored(h.post(said{key: "e"}).ID())
	wantSimilar(t, h.ask("f", "Why is the library closing?"), split, e, d, b)
}

func TestDeskSuggestsAnewWhatChanged(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	library := h.ask("a", "Why is the library closing?")
	tram := h.ask("b", "Who will pay for the new tram line?")
	c := h.ask("c", "Why is the library closing?")
	wantSimilar(t, c, library)

	p := h.post(said{key: "c", text: "Who is going to pay for the new tram line?"})
	p.Version = "2"
	if err := h.desk.Take(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	c = h.stored(c.ID)
	wantSimilar(t, c, tram)
	wantSimilar(t, h.ask("d", "why is the library closing?"), library)

	edited, err := h.desk.Act(t.Context(), moderation.ActRequest{Op: moderation.NewOp(), Event: "smw", ID: tram.ID, Rev: tram.Rev, Action: moderation.Edit, Text: "Why is the library closing?", By: priti})
	if err != nil {
		t.Fatal(err)
	}
	d := h.stored(h.post(said{key: "d"}).ID())
	wantSimilar(t, edited, d, library)
	h.wait(edited.Rev)
	back := h.act(edited, moderation.Undo, priti)
	wantSimilar(t, back)

	p.Deleted = true
	if err := h.desk.Take(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	wantSimilar(t, h.stored(c.ID))
}

func TestDeskOneVoice(t *testing.T) {
	t.Parallel()
	const (
		long  = "The ferry has not run for three weeks now and my mother cannot get to her appointments on the mainland. Calmac say that a replacement ship is coming but nobody believes it any more."
		short = "The ferry has not run for three weeks now and my mother cannot get to her appointments on the mainland. Calmac say that a repl…"
	)
	for name, tt := range map[string]struct {
		first, second said
		want          bool
	}{
		"same account twice":           {said{text: long, account: "ana"}, said{text: short, account: "ana"}, true},
		"same name on another network": {said{text: long, name: "Ana Lima"}, said{text: short, name: "ana lima", source: moderation.FromBluesky}, true},
		"same handle on another network": {said{text: long, handle: "@ana@social.example"},
			said{text: short, handle: "ana.bsky.social", source: moderation.FromBluesky}, true},
		"exactly the same, by anybody":        {said{text: "🔥🔥🔥"}, said{text: "🔥🔥🔥"}, true},
		"exactly the same story and question": {said{text: long}, said{text: long, kind: moderation.Story}, true},
		"nearly the same story and question":  {said{text: "Why is the library closing?"}, said{text: "Why are you shutting the library?", kind: moderation.Story}, false},
		"another question by the same person": {said{text: "Why is the library closing?", account: "ana"}, said{text: "Who runs the ferry?", account: "ana"}, false},
		"yes to one prompt, yes to another":   {said{text: "Yes!", prompt: 1}, said{text: "Yes!", prompt: 2}, false},
		"yes twice to one prompt":             {said{text: "Yes!", prompt: 1}, said{text: "Yes!", prompt: 1}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			h.ask("0", "When will the bypass be finished?")
			tt.first.key, tt.second.key = "1", "2"
			a, b := h.say(tt.first), h.say(tt.second)
			if tt.want {
				wantSimilar(t, b, a)
			} else {
				wantSimilar(t, b)
			}
		})
	}
}

// TestDeskSuggestsWithinABatch: two posts that are stored together know of each other.
func TestDeskSuggestsWithinABatch(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	a, b := h.post(said{key: "a", text: "Why is the library closing?"}), h.post(said{key: "b", text: "why is the library closing"})
	for i, err := range h.desk.TakeAll(t.Context(), []moderation.Post{a, b}) {
		if err != nil {
			t.Fatalf("post %d: %v", i, err)
		}
	}
	wantSimilar(t, h.stored(b.ID()), h.stored(a.ID()))
}

// TestDeskSuggestsAfterRestart: a desk that begins later knows what was sent before.
func TestDeskSuggestsAfterRestart(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	a := h.ask("a", "Why is the library closing?")
	gone := h.act(h.ask("b", "Why is the library closing?"), moderation.Withdraw, priti)
	record := moderation.NewRecord()
	h.follow(record)
	<-record.Ready()
	desk, err := moderation.NewDesk(moderation.DeskConfig{Floor: h.floor, Record: record, Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	p := h.post(said{key: "c", text: "Why is the library closing?"})
	if err := desk.Take(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	wantSimilar(t, h.stored(p.ID()), a)
	wantSimilar(t, gone)
}

// TestDeskSuggestsWhileManyArrive is for the race detector, and for what is suggested to be there.
func TestDeskSuggestsWhileManyArrive(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for i := range 25 {
				if err := h.desk.Take(t.Context(), h.post(said{key: fmt.Sprint(w, "-", i), text: "Why is the library closing?"})); err != nil {
					t.Errorf("take: %v", err)
				}
			}
		})
	}
	all.Wait()
	last := h.ask("last", "Why is the library closing?")
	if len(last.SimilarTo) != 5 {
		t.Errorf("similar to %v, want five", last.SimilarTo)
	}
	for _, id := range last.SimilarTo {
		if s := h.stored(id); s.Text == "" || s.ID == last.ID {
			t.Errorf("%s is suggested", id)
		}
	}
}

// In a flood only the first of a batch are compared with everything; of the rest the same words are still suggested.
func TestDeskSuggestsTheSameWordsInAFlood(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	first := h.ask("0", "Why is the library closing?")
	var posts []moderation.Post
	for i := range 100 {
		posts = append(posts, h.post(said{key: fmt.Sprint("flood-", i), text: fmt.Sprintf("Somebody says number %d aloud", i)}))
	}
	same := h.post(said{key: "same", text: "WHY is the library closing?"})
	alike := h.post(said{key: "alike", text: "Why is our library closing then?"})
	gone := h.post(said{key: "number", text: "Somebody says number 90 aloud"})
	for i, err := range h.desk.TakeAll(t.Context(), append(posts, same, alike, gone)) {
		if err != nil {
			t.Fatalf("post %d: %v", i, err)
		}
	}
	wantSimilar(t, h.stored(same.ID()), first)
	wantSimilar(t, h.stored(alike.ID()))
	wantSimilar(t, h.stored(gone.ID()), h.stored(posts[90].ID()))
	wantSimilar(t, h.say(said{key: "later", text: "Why is our library closing then?"}), h.stored(alike.ID()), h.stored(same.ID()), first)
}
