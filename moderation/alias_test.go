package moderation_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/openfloor/openfloor/moderation"
)

// bridged returns a post, what a bridge made of it, and another post.
func bridged(n int) (original, double, other moderation.Post) {
	page := fmt.Sprint("url:social.example/@ana/", n)
	original = moderation.Post{Event: "smw", Source: moderation.FromMastodon, Key: fmt.Sprint("ap:https://social.example/users/ana/statuses/", n),
		Aliases: []string{page}, Text: "Why?", Author: moderation.PostAuthor{Account: "ana"}}
	double = moderation.Post{Event: "smw", Source: moderation.FromBluesky, Key: fmt.Sprint("at://did:plc:ana/app.bsky.feed.post/", n),
		Aliases: []string{page, fmt.Sprint("ap:https://social.example/@ana/", n)}, Text: "Why?", Author: moderation.PostAuthor{Account: "did:plc:ana"}}
	other = moderation.Post{Event: "smw", Source: moderation.FromMastodon, Key: fmt.Sprint("ap:https://social.example/users/ben/statuses/", n),
		Aliases: []string{fmt.Sprint("url:social.example/@ben/", n)}, Text: "Who?", Author: moderation.PostAuthor{Account: "ben"}}
	return original, double, other
}

func deletion(p moderation.Post) moderation.Post {
	return moderation.Post{Event: p.Event, Source: p.Source, Key: p.Key, Deleted: true}
}

func edited(p moderation.Post, text string) moderation.Post {
	p.Version, p.Text = "9", text
	return p
}

// states lists what the event has, by source and state.
func (h *hall) states() string {
	h.t.Helper()
	last, err := h.floor.Last(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	h.wait(last)
	got := map[string]int{}
	page, _ := h.record.List("smw", moderation.Filter{Limit: 1000})
	for _, s := range page {
		got[fmt.Sprint(s.Source, " ", s.State, " ", s.Text)]++
	}
	return fmt.Sprint(got)
}

func TestBridgedCopyIsOneSubmission(t *testing.T) {
	t.Parallel()
	a, z, other := bridged(1)
	for _, tt := range []struct {
		name  string
		posts []moderation.Post
		want  string
	}{
		{"the original first", []moderation.Post{a, z}, "map[mastodon pending Why?:1]"},
		{"the copy first", []moderation.Post{z, a}, "map[bluesky pending Why?:1]"},
		{"again and again", []moderation.Post{z, a, z, a, a}, "map[bluesky pending Why?:1]"},
		{"another between", []moderation.Post{a, other, z}, "map[mastodon pending Who?:1 mastodon pending Why?:1]"},
		{"the copy is called by the original's key", []moderation.Post{
			func() moderation.Post { p := a; p.Aliases = nil; return p }(),
			func() moderation.Post { p := z; p.Aliases = []string{a.Key}; return p }()}, "map[mastodon pending Why?:1]"},
		{"and came first", []moderation.Post{
			func() moderation.Post { p := z; p.Aliases = []string{a.Key}; return p }(),
			func() moderation.Post { p := a; p.Aliases = nil; return p }()}, "map[bluesky pending Why?:1]"},
		{"two of one network with one page", []moderation.Post{a, func() moderation.Post { p := other; p.Aliases = a.Aliases; return p }(), z},
			"map[mastodon pending Who?:1 mastodon pending Why?:1]"},
		{"the original is deleted", []moderation.Post{a, z, deletion(a)}, "map[mastodon withdrawn :1]"},
		{"the copy is deleted", []moderation.Post{a, z, deletion(z)}, "map[mastodon withdrawn :1]"},
		{"the copy first, the original deleted", []moderation.Post{z, a, deletion(a)}, "map[bluesky withdrawn :1]"},
		{"the copy first, and deleted", []moderation.Post{z, a, deletion(z)}, "map[bluesky withdrawn :1]"},
		{"the copy of what was deleted", []moderation.Post{a, deletion(a), z}, "map[mastodon withdrawn :1]"},
		{"the original of a copy that was deleted", []moderation.Post{z, deletion(z), a}, "map[bluesky withdrawn :1]"},
		{"deleted twice", []moderation.Post{a, z, deletion(z), deletion(a)}, "map[mastodon withdrawn :1]"},
		{"an edit of the original", []moderation.Post{a, z, edited(a, "Who?")}, "map[mastodon pending Who?:1]"},
		{"an edit of the copy", []moderation.Post{a, z, edited(z, "Who?")}, "map[mastodon pending Why?:1]"},
		{"the copy first, and edited", []moderation.Post{z, a, edited(z, "Who?")}, "map[bluesky pending Who?:1]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, how := range []string{"one by one", "together"} {
				h := newHall(t)
				if how == "together" {
					if err := errors.Join(h.desk.TakeAll(t.Context(), tt.posts)...); err != nil {
						t.Fatal(err)
					}
				} else {
					for _, p := range tt.posts {
						if err := h.desk.Take(t.Context(), p); err != nil {
							t.Fatal(err)
						}
					}
				}
				if got := h.states(); got != tt.want {
					t.Errorf("%s: %s, want %s", how, got, tt.want)
				}
			}
		})
	}
}

// A process that starts later knows the names as well.
func TestAliasesOutliveTheProcess(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	a, z, _ := bridged(1)
	if err := h.desk.Take(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	h.states()
	record := moderation.NewRecord()
	h.follow(record)
	<-record.Ready()
	h.record = record
	desk, err := moderation.NewDesk(moderation.DeskConfig{Floor: h.floor, Record: record, Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	if err := desk.Take(t.Context(), z); err != nil {
		t.Fatal(err)
	}
	if got := h.states(); got != "map[mastodon pending Why?:1]" {
		t.Errorf("after a restart: %s", got)
	}
}

// Copy and original come to two processes at once, many times: each pair is one submission.
func TestBridgedRace(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	record2 := moderation.NewRecord()
	h.follow(record2)
	<-record2.Ready()
	desk2, err := moderation.NewDesk(moderation.DeskConfig{Floor: h.floor, Record: record2, Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	const pairs = 100
	for n := range pairs {
		a, z, _ := bridged(n)
		var both sync.WaitGroup
		for desk, p := range map[*moderation.Desk]moderation.Post{h.desk: a, desk2: z} {
			both.Go(func() {
				if err := desk.Take(t.Context(), p); err != nil {
					t.Errorf("pair %d: %v", n, err)
				}
			})
		}
		both.Wait()
	}
	h.states()
	if got := h.record.Received("smw"); got != pairs {
		t.Errorf("%d pairs are %d submissions", pairs, got)
	}
}
