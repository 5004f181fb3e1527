package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// TestPortrait: the picture of an author is there for everybody while something of the author's is on the board, for
// moderators before, and for nobody once the last of it is gone.
func TestPortrait(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	key := moderation.AuthorKey(h.keys.Authors, "smw", moderation.FromX, "42")
	picture := moderation.Portrait{Event: "smw", Key: key, Type: "image/jpeg", Image: []byte("\xff\xd8\xffpicture"), Of: moderation.PortraitOf("a"), At: time.Now()}
	if err := h.store.PutPortrait(t.Context(), picture); err != nil {
		t.Fatal(err)
	}
	moderator, _, _ := h.link("moderator")
	chair, _, _ := h.link("chair")
	anybody := h.visitor()
	path := picture.Path()
	if got := moderator.get(path); got.status != http.StatusNotFound {
		t.Errorf("of an author who has sent nothing: %d, want 404", got.status)
	}
	p := moderation.Post{Event: "smw", Source: moderation.FromX, Key: "x:1", Version: "1", Text: "Who leads?", SeenAt: time.Now(), PostedAt: time.Now(),
		Author: moderation.PostAuthor{Account: "42", Name: "Ana", Handle: "@ana", Avatar: path}}
	if _, err := h.store.Submit(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	h.until("the post on the record", func() bool { _, ok := h.record.Submission("smw", p.ID()); return ok })
	if got := moderator.item(p.ID()); got.str("author.avatar") != path || got.str("author.key") != key {
		t.Fatalf("the item says %s", got.body)
	}
	check := func(when string, want map[string]int) {
		t.Helper()
		for who, p := range map[string]*person{"anybody": anybody, "chair": chair, "moderator": moderator} {
			got := p.get(path)
			if got.status != want[who] {
				t.Errorf("%s, %s: %d, want %d", when, who, got.status, want[who])
				continue
			}
			if got.status != http.StatusOK {
				continue
			}
			if got.body != string(picture.Image) || got.header.Get("Content-Type") != "image/jpeg" || got.header.Get("X-Content-Type-Options") != "nosniff" ||
				!strings.HasPrefix(got.header.Get("Cache-Control"), "private, max-age=") || got.header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" {
				t.Errorf("%s, %s: %v %q", when, who, got.header, got.body)
			}
		}
	}
	no, yes := http.StatusNotFound, http.StatusOK
	check("pending", map[string]int{"anybody": no, "chair": no, "moderator": yes})
	moderator.act(p.ID(), "approve")
	check("approved", map[string]int{"anybody": yes, "chair": yes, "moderator": yes})
	if got := anybody.get("/e/smw"); !strings.Contains(got.body, `src="`+path+`"`) || !strings.Contains(got.body, `class="xcard"`) {
		t.Error("the attendees' page does not show the card with the picture")
	}
	for _, other := range []string{"/e/smw/avatars/" + strings.Repeat("a", 26), "/e/other/avatars/" + key, "/e/smw/avatars/..%2f" + key} {
		if got := anybody.get(other); got.status != no {
			t.Errorf("%s: %d, want 404", other, got.status)
		}
	}
	moderator.act(p.ID(), "reject")
	check("rejected", map[string]int{"anybody": no, "chair": no, "moderator": yes})
	p.Deleted = true
	if _, err := h.store.Submit(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	h.until("the picture to go with the post", func() bool { return moderator.get(path).status == no })
}

// until checks until it is true.
func (h *house) until(what string, check func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !check(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.t.Fatalf("waited 10 s for %s", what)
		}
	}
}
