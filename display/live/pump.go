package live

import (
	"context"
	"runtime"
	"sync"
	"time"
)

const (
	// A pump lets this much time pass between two runs for each viewer it has, at most gatherMost, so that a burst
	// leaves as few long runs rather than many short ones. What comes alone goes at once.
	gatherEach = 10 * time.Microsecond
	gatherMost = 25 * time.Millisecond
	// perWriter is how many viewers make it worth while to use another core.
	perWriter = 256
)

// pump writes the messages of one stream to the viewers that keep up.
type pump struct {
	live    *Live
	stream  Stream
	framing *framing

	mu      sync.Mutex // guards what follows, and the viewers' slot
	viewers []*viewer
	cursor  uint64 // what all viewers have or are being given
	stop    context.CancelFunc

	users int // streams that have this pump, parked or not; the mu of live guards it
}

// park takes over a viewer that has all there is, and reports whether it did: not where the pump is further on than
// the viewer, where the viewer is leaving, or its connection can only be written to by waiting.
func (p *pump) park(v *viewer) bool {
	if v.wire.raw == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if v.leaving.Load() {
		return false
	}
	if p.stop == nil {
		ctx, stop := context.WithCancel(context.Background())
		p.stop, p.cursor = stop, v.cursor
		p.live.work.Go(func() { p.run(ctx) })
	}
	if v.cursor < p.cursor {
		return false
	}
	v.slot = len(p.viewers)
	p.viewers = append(p.viewers, v)
	return true
}

// unpark forgets a viewer, if it is parked. With its last viewer the pump stops.
func (p *pump) unpark(v *viewer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if v.slot < 0 {
		return
	}
	last := len(p.viewers) - 1
	p.viewers[v.slot] = p.viewers[last]
	p.viewers[v.slot].slot = v.slot
	p.viewers[last] = nil
	p.viewers = p.viewers[:last]
	v.slot = -1
	if last == 0 {
		p.stop()
		p.stop = nil
	}
}

// run writes what is new to all viewers until ctx ends, which it does when there are none left.
func (p *pump) run(ctx context.Context) {
	var viewers []*viewer
	var began time.Time
	for {
		p.mu.Lock()
		if ctx.Err() != nil { // before anything of another run is touched
			p.mu.Unlock()
			return
		}
		cursor, gather := p.cursor, min(gatherMost, time.Duration(len(p.viewers))*gatherEach)
		p.mu.Unlock()

		news, ok, err := p.stream.After(ctx, cursor)
		if err != nil {
			return
		}
		if wait := gather - time.Since(began); ok && wait > 0 {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return
			}
			news, ok = p.stream.Next(cursor)
		}
		began = time.Now()

		p.mu.Lock()
		if ctx.Err() != nil {
			p.mu.Unlock()
			return
		}
		viewers = append(viewers[:0], p.viewers...)
		if ok {
			p.cursor = news[len(news)-1].Index
		}
		p.mu.Unlock()

		if !ok || len(news) > farBehind { // so far behind that everybody needs a snapshot
			for _, v := range viewers {
				p.handOver(v, nil)
			}
		} else {
			p.deliver(newRun(p.framing, news), viewers)
		}
		clear(viewers)
	}
}

// deliver writes r to viewers, on as many cores as are worth it.
func (p *pump) deliver(r run, viewers []*viewer) {
	writers := min(runtime.GOMAXPROCS(0), 1+len(viewers)/perWriter)
	var group sync.WaitGroup
	for i := range writers {
		part := viewers[i*len(viewers)/writers : (i+1)*len(viewers)/writers]
		if i == writers-1 {
			p.deliverTo(r, part)
			break
		}
		group.Go(func() { p.deliverTo(r, part) })
	}
	group.Wait()
}

func (p *pump) deliverTo(r run, viewers []*viewer) {
	t := newTrier()
	for _, v := range viewers {
		frames := r.after(v.cursor)
		if len(frames) == 0 {
			continue
		}
		if !v.wire.turn.try() { // a ping or an answer is on its way
			p.handOver(v, nil)
			continue
		}
		n, err := t.write(v.wire, frames)
		switch {
		case err != nil:
			v.wire.turn.give()
			v.failed(err)
		case n < len(frames): // its socket is full: the turn goes along, so that nothing comes between
			v.cursor = r.last()
			p.handOver(v, frames[n:])
		default:
			v.cursor = r.last()
			v.wire.turn.give()
		}
	}
}

// handOver gives a viewer to a goroutine of its own. With rest, it also gives it the turn.
func (p *pump) handOver(v *viewer, rest []byte) {
	p.unpark(v)
	p.live.work.Go(func() { v.write(rest) })
}

// farBehind is how many messages somebody may have missed and still be given them, not a snapshot.
const farBehind = 512
