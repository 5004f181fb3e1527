package flag

import (
	"runtime"
	"syscall"
	"testing"
	"time"
)

// cpu returns the processor's time that this thread has had. The wall clock would measure the machine's load.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	const thread = 1 // RUSAGE_THREAD, getrusage(2)
	var u syscall.Rusage
	if err := syscall.Getrusage(thread, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestTimeIsLinear holds the time for a hostile text to about that for its quarters: what looks back or ahead without
// a bound takes four times as long for the whole.
func TestTimeIsLinear(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const (
		rounds = 2
		slack  = 25 * time.Millisecond // the clock goes by ticks
	)
	took := func(text string, times int) time.Duration {
		began := cpu(t)
		for range times {
			Find(text, Hints{})
		}
		return cpu(t) - began
	}
	for _, text := range []string{bench280, benchPlain} {
		t.Logf("%d characters: %s", len(text), took(text, 500)/500)
	}
	for name, text := range hostile {
		quarters, whole := took(text[:most/4], 4*rounds), took(text, rounds)
		t.Logf("%-12s 16 KiB: %s", name, whole/rounds)
		if whole > 2*quarters+slack {
			t.Errorf("%s: four quarters take %s, the whole %s", name, quarters/rounds, whole/rounds)
		}
	}
}
