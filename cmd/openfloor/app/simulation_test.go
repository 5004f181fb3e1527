package app

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/openfloor/openfloor/ingest/inbox"
	"github.com/openfloor/openfloor/ingest/simulator"
	"github.com/openfloor/openfloor/moderation"
)

// A panel and a chat with all their mess, played on the fake networks and taken in by the real sources: each post is one
// submission, reposts and bridged copies are none, and edits and deletions are followed.
func TestSimulatedOccasionsEndAsTheScriptSays(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(simulator.Config) simulator.Script{"panel": simulator.Panel, "chat": simulator.Chat} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := write(simulator.Config{Seed: 7, Tag: demoHashtag, Posts: 400, Length: 10 * time.Minute})
			cfg := local(t)
			d, err := newDemonstration(&cfg)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(d.close)
			a := launch(t, cfg)
			slug := "smwwholeads"
			d.world.Form = func(ctx context.Context, s simulator.Step) error {
				ev, _ := a.record.Event(slug)
				_, _, err := a.form.Submit(ctx, ev, inbox.Submission{Text: s.Text, Name: s.Person.Name, Visitor: s.Person.Handle})
				return err
			}
			if err := d.world.Play(t.Context(), script, simulator.Options{Speed: 30}); err != nil {
				t.Fatal(err)
			}
			want := map[string]int{}
			for ref, o := range script.Expected() {
				if o.Gone {
					continue // with its words
				}
				if _, posted := d.world.ID(ref); o.Step.Network != simulator.Form && !posted {
					t.Fatalf("post %d was never posted", ref)
				}
				want[key(o)]++
			}
			checkFor(t, func() error {
				have := map[string]int{}
				page, _ := a.record.List(slug, moderation.Filter{Limit: 10000})
				for _, s := range page {
					if s.State.Gone() {
						continue
					}
					have[link.ReplaceAllString(s.Text, "LINK")]++
				}
				if !maps.Equal(have, want) {
					return fmt.Errorf("on record and expected differ:%s", differ(have, want))
				}
				return nil
			})
		})
	}
}

// link is an address in a text, whole or as X shows it.
var link = regexp.MustCompile(`(https://)?[\w.-]+\.example(\.org)?/\S*|(https://)?www\.example\.org/\S*`)

// key names an outcome by its words alone: where a bridge was faster than we are, its copy is the one on record.
func key(o simulator.Outcome) string { return link.ReplaceAllString(o.Text, "LINK") }

// differ lists the first few differences.
func differ(have, want map[string]int) (out string) {
	n := 0
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if have[k] != want[k] && n < 8 {
			n++
			out += fmt.Sprintf("\n  %d in place of %d: %s", have[k], want[k], k)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(have)) {
		if want[k] == 0 && n < 16 {
			n++
			out += fmt.Sprintf("\n  %d too many: %s", have[k], k)
		}
	}
	return out
}
