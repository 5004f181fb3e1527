package display

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

func TestPublic(t *testing.T) {
	t.Parallel()
	for _, state := range moderation.States {
		for _, merged := range []string{"", "other"} {
			s := *sampleSubmission("a", 7, state)
			s.MergedInto = merged
			want := merged == "" && (state == moderation.Approved || state == moderation.Live || state == moderation.Answered)
			it, got := Public(s, moderation.Pool{})
			if got != want {
				t.Errorf("Public of %s, merged into %q: got %t, want %t", state, merged, got, want)
			}
			if !got && it.Text+it.ID != "" {
				t.Errorf("Public of %s: got false and text %q", state, it.Text)
			}
			if _, got := Chair(s, moderation.Pool{}); got != want {
				t.Errorf("Chair of %s, merged into %q: got %t, want %t", state, merged, got, want)
			}
			if _, got := Moderation(s, moderation.Pool{}); got != (state != moderation.Erased) {
				t.Errorf("Moderation of %s: got %t", state, got)
			}
		}
	}
}

// What a foreign server delivers as an address must not become something that a browser runs or fetches.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, link, avatar string
		wantLink, wantAva  bool
	}{
		{"usual", "https://social.example/@ana", "/avatars/1", true, true},
		{"plain http", "HTTP://social.example", "/a", true, true},
		{"script", "javascript:alert(1)", "//evil.example/a.png", false, false},
		{"script with slashes", "javascript://x/%0aalert(1)", `/\evil.example/a.png`, false, false},
		{"data", "data:text/html,x", "https://evil.example/a.png", false, false},
		{"empty", "", "", false, false},
		{"nothing after", "https://", "/\t/evil.example", false, false},
		{"space before", " https://x.example", "a.png", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := *sampleSubmission("a", 1, moderation.Approved)
			s.URL, s.Author.URL, s.Author.Avatar = tt.link, tt.link, tt.avatar
			it, _ := Public(s, moderation.Pool{})
			if got := it.URL != nil; got != tt.wantLink {
				t.Errorf("url %q: kept %t, want %t", tt.link, got, tt.wantLink)
			}
			if got := it.Author.URL != nil; got != tt.wantLink {
				t.Errorf("author url %q: kept %t, want %t", tt.link, got, tt.wantLink)
			}
			if got := it.Author.Avatar != nil; got != tt.wantAva {
				t.Errorf("avatar %q: kept %t, want %t", tt.avatar, got, tt.wantAva)
			}
		})
	}
}

// The contract's field lists: nothing missing, nothing more, and no null where a list belongs.
func TestFields(t *testing.T) {
	t.Parallel()
	public := []string{"id", "rev", "kind", "text", "edited", "lang", "author", "source", "url", "posted_at", "state", "rank", "votes",
		"prompt", "part", "late", "host", "relayed", "reply_to", "tags", "similar", "paraphrase_of"}
	more := []string{"original", "flags", "similar_to", "merged_into", "support", "note", "received_at", "first", "reviewed_by", "reason", "filed_by"}
	author := []string{"name", "handle", "url", "avatar"}
	event := []string{"slug", "title", "mode", "state", "hashtags", "zone", "opens_at", "starts_at", "ends_at", "closes_at",
		"max_length", "consent", "frozen", "reasons", "languages", "label", "retention_days", "theme", "rev"}
	s := moderation.Submission{ID: "a", State: moderation.Approved}
	pub, _ := Public(s, moderation.Pool{})
	chair, _ := Chair(s, moderation.Pool{})
	mod, _ := Moderation(s, moderation.Pool{})
	for _, tt := range []struct {
		name  string
		value any
		want  []string
		lists []string
	}{
		{"public item", pub, public, []string{"tags"}},
		{"its author", pub.Author, author, nil},
		{"chair item", chair, append(slices.Clone(public), "note"), []string{"tags"}},
		{"moderation item", mod, append(slices.Clone(public), more...), []string{"tags", "flags", "similar_to"}},
		{"its author", mod.Author, append(slices.Clone(author), "key"), nil},
		{"public event", EventView(moderation.Event{}, start), event, []string{"hashtags", "reasons", "languages"}},
		{"team event", TeamEventView(moderation.Event{}, start), append(slices.Clone(event), "policy", "sources"), []string{"sources"}},
		{"policy", TeamEventView(moderation.Event{}, start).Policy, []string{"arrivals", "hold_flagged", "two_person", "blocked_words"}, []string{"blocked_words"}},
		{"source", EventSource{Hashtags: list[string](nil)}, []string{"kind", "server", "hashtags", "enabled", "budget"}, []string{"hashtags"}},
		{"stage", StageView(moderation.Stage{}), []string{"now", "next", "prompt", "since", "blank", "mode", "rev"}, nil},
		{"counts", Counts{}, []string{"pending", "approved", "answered", "received", "viewers"}, nil},
	} {
		var got map[string]json.RawMessage
		if err := json.Unmarshal(mustJSON(tt.value), &got); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		for _, f := range tt.want {
			if _, ok := got[f]; !ok {
				t.Errorf("%s lacks %q", tt.name, f)
			}
		}
		if len(got) != len(tt.want) {
			t.Errorf("%s has %d fields, want %d: %s", tt.name, len(got), len(tt.want), mustJSON(tt.value))
		}
		for _, f := range tt.lists {
			if string(got[f]) != "[]" {
				t.Errorf("%s: empty %s is %s, want []", tt.name, f, got[f])
			}
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("", 2*3600)
	s := *sampleSubmission("a", 1, moderation.Approved)
	for _, tt := range []struct {
		in   time.Time
		want string
	}{
		{time.Date(2026, 11, 20, 20, 0, 0, 0, east), "2026-11-20T18:00:00Z"},
		{time.Date(2026, 11, 20, 20, 0, 0, 1500, east), "2026-11-20T18:00:00.0000015Z"},
		{time.Date(22026, 1, 1, 0, 0, 0, 0, time.UTC), "0001-01-01T00:00:00Z"}, // a source said so
	} {
		s.PostedAt = tt.in
		it, _ := Public(s, moderation.Pool{})
		var got struct {
			PostedAt string `json:"posted_at"`
		}
		if err := json.Unmarshal(mustJSON(it), &got); err != nil {
			t.Fatal(err)
		}
		if got.PostedAt != tt.want {
			t.Errorf("posted_at of %s: got %s, want %s", tt.in, got.PostedAt, tt.want)
		}
	}
}
