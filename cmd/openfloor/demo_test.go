package main_test

import (
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"
)

// TestDemo watches the demonstration from outside: it moves at once, goes on moving, and leaves nothing behind.
func TestDemo(t *testing.T) {
	t.Parallel()
	temp := t.TempDir()
	demo := run(t, "demo", append([]string{"TMPDIR=" + temp}, organiserEnv...), "demo", "--addr", "127.0.0.1:0")
	ready := time.Now()
	fmt.Fprintf(t.Output(), "ready %v after the process was started\n", demo.readyIn.Round(time.Millisecond))
	if demo.readyIn > 5*time.Second {
		t.Errorf("ready after %v, want 5 s at most", demo.readyIn)
	}
	var events struct {
		Items []struct {
			Slug string `json:"slug"`
		} `json:"items"`
	}
	organiser(t, demo, "").must(t, http.StatusOK, "GET", "/api/v1/events", nil).decode(t, &events)
	if len(events.Items) != 1 {
		t.Fatalf("%d events, want the panel alone", len(events.Items))
	}
	const early, long, still = 5 * time.Second, 30 * time.Second, 10 * time.Second
	public := follow(t, demo, events.Items[0].Slug)
	public.within(early, "item", nil)
	public.within(early, "stage", func(m message) bool { return m.Stage != nil && m.Stage.Now != nil })
	fmt.Fprintf(t.Output(), "items and the stage moved within %v of the ready line\n", time.Since(ready).Round(time.Millisecond))
	if took := time.Since(ready); took > early {
		t.Errorf("the screens first moved after %v, want %v at most", took, early)
	}

	time.Sleep(time.Until(ready.Add(long))) // what is tested is what happens meanwhile
	last, now, changes := ready, "", 0
	for _, m := range public.all() {
		if m.Type != "item" && m.Type != "stage" {
			continue
		}
		if gap := m.at.Sub(last); gap > still {
			t.Errorf("nothing moved for %v", gap)
		}
		last = m.at
		if m.Type == "stage" && m.Stage.Now != nil && *m.Stage.Now != now {
			now = *m.Stage.Now
			changes++
		}
	}
	if gap := time.Since(last); gap > still {
		t.Errorf("nothing moved for the last %v", gap)
	}
	if changes < 2 {
		t.Errorf("%d questions were on the screen in %v, want one after another", changes, long)
	}
	if code, took := demo.stop(); code != 0 || took > 10*time.Second {
		t.Errorf("exit code %d after %v, want 0 within 10 s", code, took)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("it leaves %v behind, %v", left, err)
	}
}
