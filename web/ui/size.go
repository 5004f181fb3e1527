package ui

import (
	"regexp"
	"strings"

	"github.com/openfloor/openfloor/moderation/text"
)

// Size is how the screen sets a question: a class for its size and whether it takes the full width.
// The numbers were measured in Chromium at 1920×1080, 1280×720, 1920×1200 and 1024×768: the tightest fits end at
// 67, 123, 163, 223, 286 and 500 grapheme clusters.
type Size struct {
	Class string // now--s to now--xxl
	Long  bool   // full width, up next in one line
}

// ScreenMax is the longest text that the screen shows whole, and screenCut what it shows of a longer one.
const (
	ScreenMax = 500
	screenCut = 480
)

// SizeOf returns the size of a question of n grapheme clusters. It must agree with sizeOf in static/js/lib/size.js.
func SizeOf(n int) Size {
	switch {
	case n <= 65:
		return Size{Class: "now--s"}
	case n <= 115:
		return Size{Class: "now--m"}
	case n <= 155:
		return Size{Class: "now--l"}
	case n <= 210:
		return Size{Class: "now--xl"}
	case n <= 280:
		return Size{Class: "now--xl", Long: true}
	}
	return Size{Class: "now--xxl", Long: true}
}

// cardSize returns the size of the text of a post on X, whose card takes more room than a question. The numbers are the
// tightest measured as for moderation's FitsScreen; lines of its author's own count as full ones. The script fits it
// closer.
func cardSize(s string) Size {
	n := text.Columns(s)
	if strings.Contains(s, "\n") {
		const columns = 49
		n = text.Rows(s, columns) * columns
	}
	switch {
	case n <= 36:
		return Size{Class: "now--s"}
	case n <= 51:
		return Size{Class: "now--m"}
	case n <= 88:
		return Size{Class: "now--l"}
	case n <= 111:
		return Size{Class: "now--xl"}
	case n <= 129:
		return Size{Class: "now--xl", Long: true}
	}
	return Size{Class: "now--xxl", Long: true}
}

// nextCard is how many columns of a post on X the card of one that is up next holds without a script, beside another.
const nextCard = 140

// trailing are the hashtags at the end of a post, which say where it belongs and nothing to the room.
var trailing = regexp.MustCompile(`(?:\s+[#＃][\p{N}_]*\p{L}[\p{L}\p{N}\p{M}_·]*)+\s*$`)

// WithoutTags returns what is read out of a post from this source: without the hashtags at its end. A post on X is
// shown whole and unmodified, as X requires. It must agree with withoutTags in static/js/lib/size.js.
func WithoutTags(source, s string) string {
	if source == "x" {
		return s
	}
	return trailing.ReplaceAllString(s, "")
}

// ScreenText returns what the screen shows of s, and whether there is more: nothing is cut but what could not
// be read in the room at any size.
func ScreenText(s string) (shown string, more bool) {
	if text.Length(s) <= ScreenMax {
		return s, false
	}
	s, _ = text.Clip(s, screenCut)
	return strings.TrimRight(s, " \n\t") + "…", true
}
