package moderation_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/openfloor/openfloor/moderation"
)

// erased notes whose pictures were erased, after a number of failures.
type erased struct {
	keys  []string
	fails int
}

func (e *erased) ErasePortrait(_ context.Context, _, key string) error {
	if e.fails > 0 {
		e.fails--
		return moderation.ErrUnavailable
	}
	e.keys = append(e.keys, key)
	return nil
}

// TestPortraitGoesWithTheLastWords: the picture of an author stays while anything of the author's does, and goes with
// the last of it, whoever takes it away.
func TestPortraitGoesWithTheLastWords(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	pictures := &erased{}
	var err error
	if h.desk, err = moderation.NewDesk(moderation.DeskConfig{Floor: h.floor, Record: h.record, Secret: make([]byte, 32), Portraits: pictures}); err != nil {
		t.Fatal(err)
	}
	post := func(key, account string, deleted bool) moderation.Submission {
		p := moderation.Post{Event: "smw", Source: moderation.FromX, Key: "x:" + key, Version: key, Text: "Why?", Deleted: deleted,
			Author: moderation.PostAuthor{Account: account, Avatar: "/e/smw/avatars/x?v=1"}}
		if err := h.desk.Take(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		return h.stored(p.ID())
	}
	first, second, other := post("1", "ana", false), post("2", "ana", false), post("3", "bea", false)
	if first.Author.Avatar == "" || first.Author.Key != second.Author.Key || first.Author.Key == other.Author.Key {
		t.Fatalf("authors %+v, %+v, %+v", first.Author, second.Author, other.Author)
	}
	if s := post("1", "ana", true); s.Author.Avatar != "" {
		t.Errorf("withdrawn, and still shows %q", s.Author.Avatar)
	}
	if len(pictures.keys) != 0 {
		t.Fatalf("erased %v, though something of hers is left", pictures.keys)
	}
	post("2", "ana", true)
	if !slices.Equal(pictures.keys, []string{first.Author.Key}) {
		t.Errorf("erased %v, want the picture of ana", pictures.keys)
	}
	pictures.fails = 1
	post("3", "bea", true)
	if len(pictures.keys) != 1 {
		t.Errorf("erased %v, though the store was away", pictures.keys)
	}
}

func TestPortraitPath(t *testing.T) {
	t.Parallel()
	a := moderation.Portrait{Event: "smw", Key: strings.Repeat("a", 26), Of: moderation.PortraitOf("https://x.example/1.jpg")}
	b := a
	b.Of = moderation.PortraitOf("https://x.example/2.jpg")
	if got, want := a.Path(), "/e/smw/avatars/"+a.Key+"?v="+a.Of[:8]; got != want {
		t.Errorf("path %q, want %q", got, want)
	}
	if a.Path() == b.Path() {
		t.Error("another picture has the same address, so browsers would show the old one")
	}
}
