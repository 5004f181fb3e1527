package main_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openfloor/openfloor/ingest/fakenet"
)

// takeover is how long a source may be read by nobody after the process that read it was killed, and slack what a busy
// machine may add.
const takeover, slack = 10 * time.Second, 3 * time.Second

// TestIngestKilledInBurst runs two processes that could read a source, on one NATS server, and kills the one that does so
// in the middle of a burst: the other one goes on in time, and nothing is lost or doubled.
func TestIngestKilledInBurst(t *testing.T) {
	t.Parallel()
	rnd := seeded(t)
	network := fakenet.New(fakenet.Config{Limit: -1})
	base, wait, err := fakenet.Start(t.Context(), network.Handler(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := wait(); err != nil {
			t.Error(err)
		}
	})
	h := openHouse(t)
	workers := []*process{h.ingest, h.role("ingest 2", "ingest", "--allow-private-sources")}
	const slug = "burst"
	makeEvent(t, h.web, slug, map[string]any{"hashtags": []string{"Burst"},
		"sources": []map[string]any{{"kind": "mastodon", "server": base, "enabled": true}}})
	mod := moderator(t, h.web, slug, "Front desk")
	books := newLedger(slug)

	ctx, stop := context.WithCancel(t.Context())
	var burst sync.WaitGroup
	burst.Go(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for n := 0; ctx.Err() == nil; n++ {
			text := fmt.Sprintf("Question %d of a burst? #Burst", n)
			books.add(&entry{text: text, acked: true}) // what a network shows is there for good
			network.Post(fakenet.Status{Text: text, Acct: fmt.Sprint("person", n%50), Name: "Ana"})
			<-tick.C
		}
	})
	defer burst.Wait()
	defer stop()

	reads := func(p *process, metric string, least int) bool {
		a, err := somebody(t, p, "").do(t.Context(), http.MethodGet, p.url()+"/metrics", nil)
		if err != nil || a.status != http.StatusOK {
			t.Fatalf("metrics of %s: status %d, %v", p.name, a.status, err)
		}
		for line := range strings.Lines(string(a.body)) {
			value, ok := strings.CutPrefix(line, metric+" ")
			n := 0.0
			if _, err := fmt.Sscan(value, &n); ok && err == nil && n >= float64(least) {
				return true
			}
		}
		return false
	}
	holder := -1
	eventually(t, func() error {
		for i, p := range workers {
			if reads(p, `openfloor_source_posts_total{kind="mastodon"}`, 100) {
				holder = i
				return nil
			}
		}
		return fmt.Errorf("nobody has read a hundred posts")
	})
	time.Sleep(time.Duration(rnd.Int64N(int64(6 * time.Second)))) // anywhere between two looks
	workers[holder].kill()
	killed := time.Now()
	heir := workers[1-holder]
	eventually(t, func() error {
		if !reads(heir, `openfloor_sources{kind="mastodon",state="live"}`, 1) {
			return fmt.Errorf("%s does not read the source", heir.name)
		}
		return nil
	})
	took := time.Since(killed)
	time.Sleep(time.Second) // of the burst
	stop()
	burst.Wait()
	sum := books.compare(t, mod, false)
	sum.clean(t)
	fmt.Fprintf(t.Output(), "%s was killed in a burst and %s went on after %.1f s: %d posts, %d lost, %d doubled\n",
		workers[holder].name, heir.name, took.Seconds(), sum.acked, sum.lost, sum.doubled)
	if took > takeover+slack {
		t.Errorf("the source was read by nobody for %v, want %v at most", took, takeover)
	}
}
