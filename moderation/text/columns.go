package text

import (
	"strings"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"golang.org/x/text/width"
)

// Columns returns how wide s is, in letters of usual width: what East Asian writing and emoji take is two.
func Columns(s string) int {
	n := 0
	for it := graphemes.FromString(s); it.Next(); {
		n++
		for _, r := range it.Value() { // its first character says it
			if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
				n++
			}
			break
		}
	}
	return n
}

// Rows returns how many rows s fills where each holds that many columns, words that do not fit at its end going to
// the next not counted. An empty line is a row.
func Rows(s string, columns int) int {
	n := 0
	for line := range strings.SplitSeq(s, "\n") {
		n += max(1, (Columns(line)+columns-1)/columns)
	}
	return n
}
