package app

import (
	"fmt"
	"strings"
	"testing"

	"github.com/openfloor/openfloor/ingest/fakenet"
	"github.com/openfloor/openfloor/moderation"
)

// A post on Mastodon and the copy that a bridge carried to Bluesky, read by the real sources, are one submission in
// whichever order they come; and when either is deleted, it is gone.
func TestBridgedCopyInEitherOrder(t *testing.T) {
	t.Parallel()
	cfg := local(t)
	d, err := newDemonstration(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.close)
	a := launch(t, cfg)
	w := &d.world

	w.Sky.Account(fakenet.SkyProfile{DID: fakenet.SkyDID("bridged-ana"), Handle: "ana." + w.TownHost + ".ap.brid.gy", Name: "Ana"})

	onTown := func(n int) string {
		return w.Town.Post(fakenet.Status{ID: fmt.Sprint(110000000000000000 + n), Acct: "ana", Name: "Ana", Text: fmt.Sprintf("Question %d. #%s", n, demoHashtag)})
	}
	onSky := func(n int) string {
		return w.Sky.Post(fakenet.Skeet{DID: fakenet.SkyDID("bridged-ana"), Text: fmt.Sprintf("Question %d. #%s", n, demoHashtag),
			Extra: map[string]any{"bridgyOriginalUrl": fmt.Sprintf("https://%s/@ana/%d", w.TownHost, 110000000000000000+n)}})
	}
	have := func(n int) (found []moderation.Submission) {
		page, _ := a.record.List("smwwholeads", moderation.Filter{Limit: 1000})
		for _, s := range page {
			if strings.HasPrefix(s.Text, fmt.Sprintf("Question %d.", n)) {
				found = append(found, s)
			}
		}
		return found
	}
	wait := func(what string, ok func() bool) {
		t.Helper()
		checkFor(t, func() error {
			if !ok() {
				return fmt.Errorf("%s: there are %v, %v, %v and %v", what, have(1), have(2), have(3), have(4))
			}
			return nil
		})
	}
	// Question 1 and 3 come from Mastodon first, 2 and 4 from Bluesky.
	town, sky := map[int]string{1: onTown(1), 3: onTown(3)}, map[int]string{2: onSky(2), 4: onSky(4)}
	wait("the first of each pair", func() bool { return len(have(1)) == 1 && len(have(2)) == 1 && len(have(3)) == 1 && len(have(4)) == 1 })
	first := map[int]moderation.Source{}
	for n := 1; n <= 4; n++ {
		first[n] = have(n)[0].Source
	}
	if first[1] != moderation.FromMastodon || first[2] != moderation.FromBluesky {
		t.Fatalf("they came from %v", first)
	}
	sky[1], sky[3], town[2], town[4] = onSky(1), onSky(3), onTown(2), onTown(4)
	onTown(5) // what comes after them on each network tells that they have been taken in
	w.Sky.Post(fakenet.Skeet{Text: "Question 6. #" + demoHashtag})
	wait("what came after them", func() bool { return len(have(5)) == 1 && len(have(6)) == 1 })
	for n := 1; n <= 4; n++ {
		if got := have(n); len(got) != 1 || got[0].Source != first[n] {
			t.Errorf("question %d is %v, want the one that came first", n, got)
		}
	}
	// Deleted: two originals, two copies, one of each that came first.
	w.Town.Delete(town[1])
	w.Town.Delete(town[2])
	w.Sky.Delete(sky[3])
	w.Sky.Delete(sky[4])
	wait("deleted", func() bool { return len(have(1))+len(have(2))+len(have(3))+len(have(4)) == 0 })
	gone, _ := a.record.List("smwwholeads", moderation.Filter{Limit: 1000, States: []moderation.State{moderation.Withdrawn}})
	if len(gone) != 4 {
		t.Errorf("%d submissions are withdrawn, want 4", len(gone))
	}
}
