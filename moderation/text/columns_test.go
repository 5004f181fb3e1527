package text

import (
	"strings"
	"testing"
)

func TestRows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text    string
		columns, rows int
	}{
		{"nothing", "", 10, 1},
		{"a word", "word", 10, 1},
		{"a full row", strings.Repeat("a", 10), 10, 1},
		{"one more", strings.Repeat("a", 11), 10, 2},
		{"lines", "a\nb\n\nc", 10, 4},
		{"a long line and a short one", strings.Repeat("a", 21) + "\nb", 10, 4},
		{"wide letters", strings.Repeat("問", 5), 10, 1},
		{"one wide letter more", strings.Repeat("問", 6), 10, 2},
		{"emoji of several code points", strings.Repeat("👩🏽‍🚒", 5), 10, 1},
		{"marks take no room", strings.Repeat("ŷ", 10), 10, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := Rows(c.text, c.columns); got != c.rows {
				t.Errorf("Rows(%q, %d) = %d, want %d", c.text, c.columns, got, c.rows)
			}
		})
	}
}
