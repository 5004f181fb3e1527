package moderation_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/openfloor/openfloor/moderation"
)

// One person, one voice, and no voice lost: what somebody repeats, on one network or over several, and what others say
// in the same words, is stored each time and suggested as one. Only people merge it.
func TestRepeatsAreKeptAndSuggested(t *testing.T) {
	t.Parallel()
	const question = "Why can the council not open the library at weekends?"
	for name, second := range map[string]func(*moderation.Post){
		"by the same account":       func(*moderation.Post) {},
		"in capitals, with the tag": func(p *moderation.Post) { p.Text = "WHY can the council not open the library at weekends? #AskPanel" },
		"on another network":        func(p *moderation.Post) { p.Source, p.Author.Account = moderation.FromBluesky, "did:plc:ana" },
		"by the form": func(p *moderation.Post) {
			p.Source, p.Author = moderation.FromForm, moderation.PostAuthor{Account: "visitor"}
		},
		"by somebody else on that network": func(p *moderation.Post) { p.Author = moderation.PostAuthor{Account: "ben", Name: "Ben"} },
		"typed in at the desk":             func(p *moderation.Post) { p.Source, p.By = moderation.FromDesk, &priti },
	} {
		for _, policy := range []string{moderation.ArriveReview, moderation.ArriveTrust} {
			t.Run(fmt.Sprint(name, ", ", policy), func(t *testing.T) {
				t.Parallel()
				h := newHall(t)
				h.settle(func(e *moderation.Event) { e.Policy.Arrivals = policy })
				first := h.act(h.take("ana", question), moderation.Approve, priti)
				again := h.take("ana", question, second)
				if again.ID == first.ID || again.State == moderation.Rejected || again.MergedInto != "" || h.record.Received("smw") != 2 {
					t.Errorf("it is %s, merged into %q, of %d; want a submission of its own", again.State, again.MergedInto, h.record.Received("smw"))
				}
				if !slices.Contains(again.SimilarTo, first.ID) {
					t.Errorf("it is said to be like %q, want %s among them", again.SimilarTo, first.ID)
				}
			})
		}
	}
}
