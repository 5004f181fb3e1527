package inbox

import (
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

var hall = netip.MustParseAddr("192.0.2.1")

func TestLimitOfVisitor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewLimits(DefaultLimits())
		for i := range VisitorBurst {
			if wait := l.Allow("v", hall); wait != 0 {
				t.Fatalf("submission %d has to wait %v", i+1, wait)
			}
		}
		for range 5 { // who is refused is not counted: the wait does not grow
			if wait := l.Allow("v", hall); wait != 20*time.Second {
				t.Fatalf("the fourth has to wait %v, want 20s", wait)
			}
		}
		if wait := l.Allow("w", hall); wait != 0 {
			t.Errorf("another visitor at the same address has to wait %v", wait)
		}
		if wait := l.Allow("", hall); wait != 0 {
			t.Errorf("without a visitor: %v", wait)
		}
		time.Sleep(19 * time.Second)
		if wait := l.Allow("v", hall).Round(time.Millisecond); wait != time.Second {
			t.Errorf("after 19 s: %v, want 1s", wait)
		}
		time.Sleep(time.Second)
		if wait := l.Allow("v", hall); wait != 0 {
			t.Errorf("after 20 s: %v", wait)
		}
		if wait := l.Allow("v", hall).Round(time.Millisecond); wait != 20*time.Second {
			t.Errorf("one each 20 s: %v", wait)
		}
	})
}

func TestLimitOfAddress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewLimits(LimitsConfig{Address: 60})
		same := []string{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9"}
		for i := range 60 {
			if wait := l.Allow(fmt.Sprint(i), netip.MustParseAddr(same[i%2])); wait != 0 {
				t.Fatalf("submission %d has to wait %v", i+1, wait)
			}
		}
		if wait := l.Allow("x", netip.MustParseAddr(same[0])); wait != time.Second {
			t.Errorf("the 61st: %v, want 1s", wait)
		}
		for _, other := range []string{"2001:db8:1:3::1", "192.0.2.1", "192.0.2.2"} {
			if wait := l.Allow("x", netip.MustParseAddr(other)); wait != 0 {
				t.Errorf("from %s: %v", other, wait)
			}
		}
		if network(netip.MustParseAddr("::ffff:192.0.2.1")) != network(hall) {
			t.Error("an IPv4 address written as IPv6 counts apart")
		}
	})
}

func TestLimitRefusedByOneCountsForNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewLimits(LimitsConfig{Visitor: 1, Address: 2})
		l.Allow("v", hall)
		for range 10 {
			if l.Allow("v", hall) == 0 {
				t.Fatal("the visitor's limit does not hold")
			}
		}
		if wait := l.Allow("w", hall); wait != 0 {
			t.Errorf("what was refused used up the address: %v", wait)
		}
	})
}

func TestBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewLimits(DefaultLimits())
		busy := 0
		for range 250 {
			if l.Busy("e") {
				busy++
			}
		}
		if busy != 50 {
			t.Errorf("%d of 250 in a second are too much, want 50", busy)
		}
		if l.Busy("other") {
			t.Error("another event is busy too")
		}
		time.Sleep(time.Second)
		if l.Busy("e") {
			t.Error("busy a second later")
		}
	})
}

func TestNoLimit(t *testing.T) {
	t.Parallel()
	l := NewLimits(LimitsConfig{})
	for range 10_000 {
		if l.Allow("v", hall) != 0 || l.Busy("e") {
			t.Fatal("0 is a limit")
		}
	}
}

func TestLimitsForget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewLimits(DefaultLimits())
		l.visitors.most, l.addresses.most = 100, 100
		address := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}) }
		for i := range 5000 {
			if wait := l.Allow(fmt.Sprint(i), address(i)); wait != 0 {
				t.Fatalf("visitor %d has to wait %v: there is no room for it, which is not its fault", i, wait)
			}
		}
		if n := len(l.visitors.buckets); n > 100 {
			t.Errorf("%d visitors remembered, want at most 100", n)
		}
		if n := len(l.addresses.buckets); n > 101 { // and the shared one
			t.Errorf("%d addresses remembered, want at most 101", n)
		}
		time.Sleep(2 * time.Minute)
		l.Allow("new", hall)
		if n, m := len(l.visitors.buckets), len(l.addresses.buckets); n != 1 || m != 1 {
			t.Errorf("two minutes later %d visitors and %d addresses are remembered, want 1", n, m)
		}
	})
}

func TestLimitsAtOnce(t *testing.T) {
	t.Parallel()
	l := NewLimits(LimitsConfig{Visitor: 50})
	allowed := make(chan int)
	for range 8 {
		go func() {
			n := 0
			for range 25 {
				if l.Allow("v", hall) == 0 {
					n++
				}
			}
			allowed <- n
		}()
	}
	sum := 0
	for range 8 {
		sum += <-allowed
	}
	if sum != 50 {
		t.Errorf("%d were allowed at once, want 50", sum)
	}
}
