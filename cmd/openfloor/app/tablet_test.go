package app

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/openfloor/openfloor/ingest/fakenet"
)

var tabletRounds = flag.Int("tablet.rounds", 3, "posts on each network whose way to the moderator's tablet is timed; from 50 on the median is checked")

// tabletGoal is how long a post may take from its network to the moderator's tablet, at the median.
const tabletGoal = 500 * time.Millisecond

// TestPostToTablet times the way of a post from its network's stream to the moderation view of the live stream, over a
// websocket as a tablet has it: through connector, INTAKE, FLOOR and hub, every write synced. The networks add no delay
// of their own, and each post is by somebody new, whose name has to be found first.
func TestPostToTablet(t *testing.T) {
	sky := fakenet.NewBluesky(fakenet.BlueskyConfig{})
	town := fakenet.New(fakenet.Config{Limit: -1, Token: crowdToken})
	bird := fakenet.NewX(fakenet.XConfig{Bearer: crowdToken, SearchLimit: -1})
	var bases []string
	for _, h := range []http.Handler{sky.Handler(), town.Handler(), bird.Handler()} {
		base, wait, err := fakenet.Start(t.Context(), h, "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = wait() })
		bases = append(bases, base)
	}
	cfg := local(t)
	cfg.Event = &EventWish{Hashtag: crowdTag, Sources: []SourceWish{{"bluesky", bases[0]}, {"mastodon", bases[1]}, {"x", bases[2]}}, only: true}
	cfg.MastodonToken, cfg.X, cfg.skyPages = crowdToken, XCredentials{Bearer: crowdToken}, bases[0]
	a := launch(t, cfg)
	seen := a.tablet()
	for deadline := time.Now().Add(patience); sky.Streams() == 0 || town.Streams() == 0 || bird.Streams() == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not all networks are listened to")
		}
	}
	for _, network := range []struct {
		name string
		post func(n int, text string)
	}{
		{"Mastodon, by its stream", func(n int, text string) {
			town.Post(fakenet.Status{Text: text, Acct: fmt.Sprint("person", n), Name: fmt.Sprint("Person ", n)})
		}},
		{"Bluesky, by Jetstream", func(n int, text string) {
			sky.Account(fakenet.SkyProfile{DID: crowdDID(n), Handle: fmt.Sprintf("person%d.example", n), Name: fmt.Sprint("Person ", n)})
			sky.Post(fakenet.Skeet{DID: crowdDID(n), Text: text})
		}},
		{"X, by the filtered stream", func(n int, text string) {
			bird.Post(fakenet.XPost{Text: text, Username: fmt.Sprint("person", n), Name: fmt.Sprint("Person ", n)})
		}},
	} {
		var took []time.Duration
		for n := range *tabletRounds {
			text := fmt.Sprintf("Round %d on %s: how long?", n, network.name)
			begun := time.Now()
			network.post(n, text+" #"+crowdTag)
			for deadline := time.After(patience); ; {
				var got string
				ok := true
				select {
				case got, ok = <-seen:
				case <-deadline:
					t.Fatalf("%q never came to the tablet", text)
				}
				if !ok {
					t.Fatal("the tablet lost its connection")
				}
				if strings.HasPrefix(got, text) {
					break
				}
			}
			took = append(took, time.Since(begun))
			time.Sleep(time.Duration(20+n%7*15) * time.Millisecond) // so that posts come at any moment of whatever has a rhythm
		}
		slices.Sort(took)
		median := took[len(took)/2]
		fmt.Fprintf(t.Output(), "%s, to the moderation view's websocket: median %.1f ms, p90 %.1f ms, %.1f to %.1f ms, %d posts\n", network.name,
			ms(median), ms(took[len(took)*9/10]), ms(took[0]), ms(took[len(took)-1]), len(took))
		if *tabletRounds >= 50 && median > tabletGoal {
			t.Errorf("%s: %v at the median, want %v at most", network.name, median, tabletGoal)
		}
	}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// tablet joins as a moderator and returns the texts of items as the live stream tells of them.
func (r *running) tablet() <-chan string {
	r.t.Helper()
	conn, resp, err := websocket.DefaultDialer.DialContext(r.t.Context(), "ws://"+r.Addr()+"/api/v1/events/"+r.record.Events()[0].Slug+"/live?view=moderation",
		http.Header{"Authorization": {"Bearer " + r.token("moderator")}})
	if err != nil {
		r.t.Fatal(err)
	}
	_ = resp.Body.Close()
	r.t.Cleanup(func() { _ = conn.Close() })
	texts := make(chan string, 1024)
	go func() {
		defer close(texts)
		for {
			_, body, err := conn.ReadMessage()
			if err != nil {
				return
			}
			var m struct {
				Type string
				Item struct{ Text string }
			}
			if json.Unmarshal(body, &m) == nil && m.Type == "item" {
				texts <- m.Item.Text
			}
		}
	}()
	return texts
}
