package main_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// entry is one submission: what was sent and what its sender was told.
type entry struct {
	text string
	key  string // its Idempotency-Key; empty: none

	acked   bool   // it was answered with 202, or is on a network for good
	id      string // empty: not told
	receipt string
}

// ledger is a second set of books beside the record: what was sent, what was acknowledged. It is safe for
// concurrent use.
type ledger struct {
	slug string

	mu      sync.Mutex // guards the rest, and the fields of entries
	entries map[string]*entry
	acked   int
	heard   chan struct{} // closed and made anew at each acknowledgement
	faults  []string
}

func newLedger(slug string) *ledger {
	return &ledger{slug: slug, entries: map[string]*entry{}, heard: make(chan struct{})}
}

// add enters what is about to be sent.
func (l *ledger) add(e *entry) *entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.entries[e.text] != nil {
		panic("the same text twice: " + e.text)
	}
	l.entries[e.text] = e
	if e.acked {
		l.acked++
	}
	return e
}

func (l *ledger) fault(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = append(l.faults, fmt.Sprintf(format, args...))
}

// acknowledge enters that e was acknowledged. A repeat has to get the first answer again.
func (l *ledger) acknowledge(e *entry, a answer) {
	var got struct{ ID, State, Receipt string }
	if err := json.Unmarshal(a.body, &got); err != nil || got.ID == "" || got.State != "pending" || got.Receipt == "" {
		l.fault("%s: a 202 with %q", e.text, a.body)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !e.acked {
		e.acked, e.id, e.receipt = true, got.ID, got.Receipt
		l.acked++
		close(l.heard)
		l.heard = make(chan struct{})
	}
	if e.id != got.ID || e.receipt != got.Receipt {
		l.faults = append(l.faults, fmt.Sprintf("%s: acknowledged as %s, and repeated as %s", e.text, e.id, got.ID))
	}
}

// send sends e as long as that is safe: with a key until it is acknowledged, without one until the server may have
// it. A program that lost its connection cannot know more.
func (l *ledger) send(ctx context.Context, p *person, e *entry) {
	var headers []string
	if e.key != "" {
		headers = []string{"Idempotency-Key", e.key}
	}
	for {
		a, err := p.do(ctx, "POST", "/submissions", map[string]string{"text": e.text}, headers...)
		switch {
		case ctx.Err() != nil:
			if e.key != "" {
				l.fault("%s: not acknowledged when the test ended: %d %v", e.text, a.status, err)
			}
			return
		case err == nil && a.status == http.StatusAccepted:
			l.acknowledge(e, a)
			return
		case err == nil && a.status != http.StatusServiceUnavailable:
			l.fault("%s: status %d: %s", e.text, a.status, a.body)
			return
		case e.key == "" && !unsent(err):
			return
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// unsent reports whether err says that there was no connection at all.
func unsent(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// awaitAcked waits until n submissions are acknowledged.
func (l *ledger) awaitAcked(ctx context.Context, n int) error {
	for {
		l.mu.Lock()
		have, heard := l.acked, l.heard
		l.mu.Unlock()
		if have >= n {
			return nil
		}
		select {
		case <-heard:
		case <-ctx.Done():
			return fmt.Errorf("%d submissions acknowledged, want %d: %w", have, n, context.Cause(ctx))
		}
	}
}

// A burst comes from so many people at once, and so many submissions from each of them.
const (
	burstPeople = 8
	burstEach   = 4
)

// burst sends submissions from many people at once and, in the middle of it, has interrupt do its work. It returns
// once everybody has got an answer or given up. The name tells its texts from others'.
func (l *ledger) burst(t *testing.T, server *process, name string, rnd *rand.Rand, interrupt func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	l.mu.Lock()
	before := l.acked
	l.mu.Unlock()
	begin := make(chan struct{})
	var all sync.WaitGroup
	for n := range burstPeople {
		who := somebody(t, server, l.slug)
		own := rand.New(rand.NewPCG(rnd.Uint64(), rnd.Uint64()))
		all.Go(func() {
			<-begin
			for i := range burstEach {
				e := &entry{text: fmt.Sprintf("%s, person %d: question %d?", name, n, i)}
				if own.IntN(2) == 0 {
					e.key = fmt.Sprintf("%s/%d/%d", strings.ReplaceAll(name, " ", "-"), n, i)
				}
				l.send(ctx, who, l.add(e))
				if e.key != "" && own.IntN(4) == 0 {
					l.send(ctx, who, e) // as a client does that did not see the answer
				}
			}
		})
	}
	close(begin)
	if interrupt != nil {
		// Never after the last one, so that it always hits people who are sending.
		if err := l.awaitAcked(ctx, before+1+rnd.IntN(burstPeople*burstEach/2)); err != nil {
			t.Error(err)
		}
		interrupt()
	}
	all.Wait()
}

// tally is what the books say when they are compared.
type tally struct{ acked, lost, doubled, unknown int }

// compare reads everything as a moderator, waits until whatever was acknowledged is there, and checks that nothing
// is there twice and nothing that nobody sent. With receipts it also opens the receipt of each.
func (l *ledger) compare(t *testing.T, mod *person, receipts bool) tally {
	t.Helper()
	deadline := time.Now().Add(settle)
	for {
		got, err := mod.list(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		result, details := l.against(got)
		if result.lost > 0 && time.Now().Before(deadline) {
			time.Sleep(50 * time.Millisecond) // what is stored may still be on its way from INTAKE
			continue
		}
		for _, d := range details {
			t.Error(d)
		}
		if receipts {
			l.openReceipts(t, mod)
		}
		return result
	}
}

// against compares the books with a list.
func (l *ledger) against(list []item) (sum tally, details []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	byText, ids := map[string][]string{}, map[string]int{}
	for _, it := range list {
		byText[it.Text] = append(byText[it.Text], it.ID)
		if ids[it.ID]++; ids[it.ID] > 1 {
			sum.doubled++
			details = append(details, fmt.Sprintf("%s is listed %d times", it.ID, ids[it.ID]))
		}
	}
	for text, found := range byText {
		switch e := l.entries[text]; {
		case e == nil:
			sum.unknown++
			details = append(details, fmt.Sprintf("nobody sent %q", text))
		case len(found) > 1:
			sum.doubled++
			details = append(details, fmt.Sprintf("%q is there as %v", text, found))
		case e.acked && e.id != "" && e.id != found[0]:
			sum.lost++
			details = append(details, fmt.Sprintf("%q was acknowledged as %s and is there as %s", text, e.id, found[0]))
		}
	}
	for text, e := range l.entries {
		if !e.acked {
			continue
		}
		sum.acked++
		if byText[text] == nil {
			sum.lost++
			details = append(details, fmt.Sprintf("%q was acknowledged as %s and is lost", text, e.id))
		}
	}
	details = append(details, l.faults...)
	return sum, details
}

// openReceipts opens the receipt of everything that was acknowledged.
func (l *ledger) openReceipts(t *testing.T, who *person) {
	t.Helper()
	l.mu.Lock()
	var receipts []string
	for _, e := range l.entries {
		if e.receipt != "" {
			receipts = append(receipts, e.receipt)
		}
	}
	l.mu.Unlock()
	for _, r := range receipts {
		if a, err := who.do(t.Context(), "GET", r, nil); err != nil || a.status != http.StatusOK {
			t.Errorf("a receipt answers %d, %v, want 200", a.status, err)
		}
	}
}

// clean checks that a tally shows no fault.
func (s tally) clean(t *testing.T) {
	t.Helper()
	if s.lost+s.doubled+s.unknown > 0 {
		t.Errorf("%d acknowledged: %d lost, %d doubled, %d unknown; want none of these", s.acked, s.lost, s.doubled, s.unknown)
	}
}
