package natsstore_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfloor/openfloor/moderation/natsstore"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

func TestShareViewers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := natstest.Start(t, natstest.Fast())
		type heard struct {
			event string
			n     int
		}
		start := func(here map[string]int) (sums chan heard, stop func()) {
			ctx, cancel := context.WithCancel(t.Context())
			nc, done := srv.Conn(t), make(chan error, 1)
			sums = make(chan heard, 100)
			go func() {
				done <- natsstore.ShareViewers(ctx, nc, func() map[string]int { return here }, func(event string, n int) { sums <- heard{event, n} })
			}()
			return sums, func() {
				cancel()
				if err := <-done; err != nil {
					t.Error(err)
				}
			}
		}
		a, stopA := start(map[string]int{"smw": 2})
		b, stopB := start(map[string]int{"smw": 3, "other": 1})
		_, stopC := start(map[string]int{"smw": 5})
		time.Sleep(10 * time.Second) // of the bubble's time
		newest := func(c chan heard) map[string]int {
			got := map[string]int{}
			for {
				select {
				case h := <-c:
					got[h.event] = h.n
				default:
					return got
				}
			}
		}
		if got := newest(a); got["smw"] != 8 || got["other"] != 1 {
			t.Errorf("the first process heard %v, want smw 8 and other 1", got)
		}
		if got := newest(b); got["smw"] != 7 {
			t.Errorf("the second process heard %v, want smw 7", got)
		}
		stopC()
		time.Sleep(30 * time.Second)
		if got := newest(a); got["smw"] != 3 {
			t.Errorf("after the third fell silent the first heard %v, want smw 3", got)
		}
		stopA()
		stopB()
	})
}
