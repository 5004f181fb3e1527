package bluesky

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/openfloor/openfloor/ingest/fakenet"
	"github.com/openfloor/openfloor/ingest/sourcetest"
	"github.com/openfloor/openfloor/moderation"
)

func TestConformance(t *testing.T) {
	for name, old := range map[string]bool{"version 2": false, "version 1": true} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) sourcetest.Network { return network(t, fakenet.BlueskyConfig{OldOnly: old}) })
		})
	}
}

func network(t *testing.T, c fakenet.BlueskyConfig) sourcetest.Network {
	sky := fakenet.NewBluesky(c)
	for i := range 100 {
		sky.Account(fakenet.SkyProfile{DID: person(i), Handle: fmt.Sprintf("person%d.example", i), Name: fmt.Sprint("Person ", i)})
	}
	w := wire2(t, sky)
	var record func() []moderation.Post
	w.config.Known = func(string) []string {
		var out []string
		for _, p := range record() {
			out = append(out, p.URL)
		}
		return out
	}
	return sourcetest.Network{
		Kind:      moderation.FromBluesky,
		Factory:   Factory(w.config),
		Publish:   func(p sourcetest.Post) string { return publish(sky, p) },
		Edit:      func(name string, p sourcetest.Post) { sky.Update(name, shown(p)) },
		Delete:    func(name string) { sky.Delete(name) },
		Misbehave: func(f sourcetest.Fault) bool { return misbehave(sky, f) },
		Behave:    func() { sky.Behave(); sky.Skew(0) },
		Attach:    func(r func() []moderation.Post) { record = r },
		Close:     w.close,
	}
}

func person(i int) string { return fakenet.SkyDID(fmt.Sprint("person ", i)) }

// shown is the text of p with its hashtag where it belongs.
func shown(p sourcetest.Post) string {
	if p.Case == sourcetest.Outside || p.Case == sourcetest.Untagged {
		return p.Text
	}
	return p.Text + " #" + p.Hashtag
}

func publish(sky *fakenet.Bluesky, p sourcetest.Post) string {
	sky.Noise(p.Author % 4)
	s := fakenet.Skeet{Text: shown(p), DID: person(p.Author), Langs: []string{"en"}, NoFacets: p.Author%7 == 0}
	switch p.Case {
	case sourcetest.Repost: // another kind of record
		return ""
	case sourcetest.Outside:
		s.Tags = []string{p.Hashtag}
	case sourcetest.Late:
		s.CreatedAt = time.Now().Add(-p.Back)
	case sourcetest.Warned:
		s.Labels = []string{"graphic-media"}
	case sourcetest.Hidden:
		s.Labels = []string{"!no-unauthenticated"} // authors who ask for it in their profile: TestNotToBeShown, TestOptOutKnownLate
	}
	if p.Author%11 == 0 {
		s.Facets = append(fakenet.SkyFacets(s.Text), badFacets()...)
	}
	return sky.Post(s)
}

// badFacets are out of range, the wrong way round, or no facets.
func badFacets() []map[string]any {
	tag := []any{map[string]any{"$type": "app.bsky.richtext.facet#tag", "tag": "other"}}
	index := func(from, to any) map[string]any {
		return map[string]any{"index": map[string]any{"byteStart": from, "byteEnd": to}, "features": tag}
	}
	return []map[string]any{index(-1, 4), index(5, 5), index(9, 2), index(0, 99_999), index("0", 3), index(1<<40, 1<<41), {"index": nil}, {}}
}

func misbehave(sky *fakenet.Bluesky, f sourcetest.Fault) bool {
	cut := fakenet.SkyFault{Kind: fakenet.SkyCut, Times: 1}
	switch f {
	case sourcetest.Duplicate:
		sky.Misbehave(fakenet.SkyFault{Kind: fakenet.SkyDoubled, Times: 9})
	case sourcetest.OutOfOrder:
		sky.Misbehave(fakenet.SkyFault{Kind: fakenet.SkySwapped, Times: 9})
	case sourcetest.Truncated:
		sky.Misbehave(fakenet.SkyFault{Kind: fakenet.SkyTruncated, Times: 2})
	case sourcetest.UnknownType:
		sky.Misbehave(fakenet.SkyFault{Kind: fakenet.SkyUnknown, Times: 2}, fakenet.SkyFault{Kind: fakenet.SkyBinary, Times: 1})
	case sourcetest.Cut:
		sky.Misbehave(cut)
	case sourcetest.TooMany:
		sky.Misbehave(cut, fakenet.SkyFault{Kind: fakenet.SkyRefuse, Status: http.StatusTooManyRequests, Retry: 10, Times: 3})
	case sourcetest.ServerError:
		sky.Misbehave(cut, fakenet.SkyFault{Kind: fakenet.SkyRefuse, Status: http.StatusBadGateway}, fakenet.SkyFault{Kind: fakenet.SkyRefuse, Status: http.StatusBadGateway, Pages: true})
	case sourcetest.Hang:
		sky.Misbehave(fakenet.SkyFault{Kind: fakenet.SkySilence, Times: 1}, fakenet.SkyFault{Kind: fakenet.SkyHang, Times: 1}, fakenet.SkyFault{Kind: fakenet.SkyHang, Pages: true})
	case sourcetest.ClockJump:
		sky.Skew(10 * time.Minute)
		sky.Misbehave(cut)
	case sourcetest.Gone:
		sky.Misbehave(cut, fakenet.SkyFault{Kind: fakenet.SkyRefuse, Status: http.StatusServiceUnavailable}, fakenet.SkyFault{Kind: fakenet.SkyRefuse, Status: http.StatusServiceUnavailable, Pages: true})
	default:
		return false
	}
	return true
}
