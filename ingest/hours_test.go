package ingest

import (
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

func TestPace(t *testing.T) {
	t.Parallel()
	starts := time.Date(2026, 11, 30, 18, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		starts *time.Time
		before time.Duration // of the start
		want   time.Duration
	}{
		{"no start", nil, 0, 15 * time.Second},
		{"weeks beforehand", &starts, 14 * 24 * time.Hour, 15 * time.Minute},
		{"just before its hours", &starts, time.Hour + 4*time.Minute, 4 * time.Minute},
		{"a moment before", &starts, time.Hour + time.Second, 15 * time.Second},
		{"an hour before", &starts, time.Hour, 15 * time.Second},
		{"during", &starts, -time.Hour, 15 * time.Second},
		{"days later, not closed", &starts, -47 * time.Hour, 15 * time.Second},
	} {
		hours := Hours(moderation.Event{StartsAt: c.starts})
		if got := Pace(hours, starts.Add(-c.before), 15*time.Second, 15*time.Minute); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if got := Pace(starts, starts.Add(-24*time.Hour), 5*time.Minute, time.Minute); got != 5*time.Minute {
		t.Errorf("where slow is quicker than quick: %v, want quick", got)
	}
}

func TestLookBack(t *testing.T) {
	t.Parallel()
	const week = 7 * 24 * time.Hour
	if d := LookBack(moderation.Event{Mode: moderation.Chat}); d >= week {
		t.Errorf("%v in a chat, want less than the week between two of a series", d)
	}
	if d := LookBack(moderation.Event{Mode: moderation.Panel}); d <= week {
		t.Errorf("%v for a panel, want more than what X has", d)
	}
}
