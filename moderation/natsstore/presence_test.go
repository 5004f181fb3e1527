package natsstore_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/natsstore"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

// presenceProcess is one process that shares who is there.
type presenceProcess struct {
	stop func()

	mu     sync.Mutex // guards what follows
	here   map[string]moderation.Presence
	others map[string]*moderation.Presence // by process and event; nil: not heard of any more
	calls  int
}

func (p *presenceProcess) set(event string, names ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.here = map[string]moderation.Presence{}
	if len(names) == 0 {
		return
	}
	var all moderation.Presence
	for _, n := range names {
		all.People = append(all.People, moderation.Present{Session: "s-" + n, Name: n, Role: moderation.Moderator})
	}
	all.Screens = []moderation.ScreenReport{{Session: "hall", Name: "Hall", Seq: 7, At: time.Now().UTC()}}
	all.Claims = []moderation.Claim{{Present: all.People[0], Submission: "x", At: time.Now().UTC()}}
	p.here[event] = all
}

// hears is what it knows of the only other process: people, screens, claims.
func (p *presenceProcess) hears() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, o := range p.others {
		if o == nil {
			return "dead"
		}
		return fmt.Sprintf("%s: %d people, %d screens, %d claims", key[len(key)-3:], len(o.People), len(o.Screens), len(o.Claims))
	}
	return "nothing"
}

func TestSharePresence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := natstest.Start(t, natstest.Fast())
		start := func() *presenceProcess {
			p := &presenceProcess{here: map[string]moderation.Presence{}, others: map[string]*moderation.Presence{}}
			ctx, cancel := context.WithCancel(t.Context())
			nc, done := srv.Conn(t), make(chan error, 1)
			go func() {
				done <- natsstore.SharePresence(ctx, nc, func() map[string]moderation.Presence {
					p.mu.Lock()
					defer p.mu.Unlock()
					return p.here
				}, func(process, event string, other *moderation.Presence) {
					p.mu.Lock()
					defer p.mu.Unlock()
					p.others[process+" "+event] = other
					p.calls++
				})
			}()
			p.stop = sync.OnceFunc(func() {
				cancel()
				if err := <-done; err != nil {
					t.Error(err)
				}
			})
			t.Cleanup(p.stop)
			return p
		}
		a, b := start(), start()
		want := func(name string, after time.Duration, p *presenceProcess, want string) {
			t.Helper()
			time.Sleep(after) // of the bubble's time
			synctest.Wait()
			if got := p.hears(); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
		want("at first", time.Second, a, "nothing")
		b.set("smw", "Priti")
		want("told soon", 300*time.Millisecond, a, "smw: 1 people, 1 screens, 1 claims")
		b.set("smw", "Priti", "Callum")
		want("a change too", 300*time.Millisecond, a, "smw: 2 people, 1 screens, 1 claims")
		late := start()
		want("somebody late hears of it", 2500*time.Millisecond, late, "smw: 2 people, 1 screens, 1 claims")
		late.stop()
		a.mu.Lock()
		calls := a.calls
		a.mu.Unlock()
		time.Sleep(20 * time.Second)
		synctest.Wait()
		a.mu.Lock()
		if more := a.calls - calls; more < 5 || more > 11 {
			t.Errorf("nothing new in 20 s was told %d times, want about 10", more)
		}
		a.mu.Unlock()
		b.set("smw")
		want("nobody there", 300*time.Millisecond, a, "smw: 0 people, 0 screens, 0 claims")
		b.set("smw", "Priti")
		want("back", 300*time.Millisecond, a, "smw: 1 people, 1 screens, 1 claims")
		b.stop()
		want("an orderly end takes the people at once", 0, a, "smw: 0 people, 1 screens, 0 claims")
		want("and silence the rest", 7*time.Second, a, "dead")
	})
}
