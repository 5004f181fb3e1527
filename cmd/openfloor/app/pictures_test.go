package app

import (
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // what portraits are
	"net/http"
	"slices"
	"testing"

	"github.com/openfloor/openfloor/ingest/fakenet"
)

// TestPictures brings posts on X in: their author's picture is our own copy, another one once the author has another, and
// gone with the last of the posts.
func TestPictures(t *testing.T) {
	t.Parallel()
	network := fakenet.NewX(fakenet.XConfig{Bearer: "right", SearchLimit: -1, Horizon: -1, Pictures: true})
	base, wait, err := fakenet.Start(t.Context(), network.Handler(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := wait(); err != nil {
			t.Error(err)
		}
	})
	cfg := local(t)
	cfg.quick = true
	cfg.X = XCredentials{Bearer: "right"}
	cfg.Event = &EventWish{Hashtag: "AskPanel", Sources: []SourceWish{{Kind: "x", Server: base}}}
	r := launch(t, cfg)
	var posts []string
	avatar := func(text string) string {
		t.Helper()
		posts = append(posts, network.Post(fakenet.XPost{Text: text + " #AskPanel", Name: "Ana", Username: "ana"}))
		var path string
		checkFor(t, func() error {
			var list struct {
				Items []struct {
					Text   string `json:"text"`
					Author struct {
						Avatar *string `json:"avatar"`
					} `json:"author"`
				} `json:"items"`
			}
			r.request(http.MethodGet, "/api/v1/events/askpanel/submissions", r.token("moderator"), nil, &list)
			for _, i := range list.Items {
				if i.Text == text+" #AskPanel" && i.Author.Avatar != nil {
					path = *i.Author.Avatar
					return nil
				}
			}
			return errors.New("the post has not come, or has no picture")
		})
		return path
	}
	picture := func(path string) (c [3]uint32) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.Addr()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+r.token("moderator"))
		res, err := r.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		img, _, err := image.Decode(res.Body)
		if err != nil || res.StatusCode != http.StatusOK || img.Bounds().Dx() != img.Bounds().Dy() {
			t.Fatalf("%s: %d, %v", path, res.StatusCode, err)
		}
		c[0], c[1], c[2], _ = img.At(2, 2).RGBA()
		return c
	}
	first := avatar("Who leads?")
	was := picture(first)
	if again := avatar("And who pays?"); again != first {
		t.Errorf("the same picture is at %q and at %q", first, again)
	}
	network.NewPicture("ana")
	second := avatar("And why?")
	if second == first {
		t.Error("the author has another picture, and its address is the same")
	}
	if now := picture(second); now == was {
		t.Error("the author has another picture, and the old one is shown")
	}
	if got := picture(first); got == was {
		t.Error("the old address still has the old picture")
	}
	for _, id := range posts {
		network.Delete(id)
	}
	checkFor(t, func() error {
		if res := r.request(http.MethodGet, second, r.token("moderator"), nil, nil); res.StatusCode != http.StatusNotFound {
			return fmt.Errorf("all posts are gone from X, and the picture answers %d", res.StatusCode)
		}
		return nil
	})
	asked := slices.IndexFunc(network.Requests(), func(q fakenet.XRequest) bool {
		return q.Query.Get("user.fields") == "name,username,protected,profile_image_url"
	})
	if asked < 0 {
		t.Error("X was not asked for pictures")
	}
}
