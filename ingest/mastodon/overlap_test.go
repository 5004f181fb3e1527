package mastodon

import (
	"net/http"
	"testing"
	"time"

	"github.com/openfloor/openfloor/ingest/fakenet"
)

// What another server brings late, with an id of an earlier time, is found after an hour without an answer too: while no
// post is ten minutes old yet, and when the first attempt to read on breaks off after a page.
func TestLateBeforeAGap(t *testing.T) {
	for name, young := range map[string]bool{"young": true, "old": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
				want := []string{"first"}
				server.Post(status1("first", 0))
				w := start(t, server, st, Config{}, nil)
				defer w.stop()
				w.after(3 * time.Minute)
				if !young {
					w.after(20 * time.Minute)
				}
				for range 60 { // more than a page
					server.Post(status1("burst", 0))
					want = append(want, "burst")
				}
				w.after(time.Minute)
				server.Misbehave(fakenet.Fault{Kind: fakenet.FaultStatus, Status: http.StatusServiceUnavailable})
				server.Post(status1("late", 2*time.Minute))
				w.after(time.Hour)
				server.Behave()
				w.after(20 * time.Minute)
				w.want(append(want, "late")...)
			})
		})
	}
}
