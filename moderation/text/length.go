package text

import "github.com/clipperhouse/uax29/v2/graphemes"

// Length returns the number of grapheme clusters in s: what a person counts as characters. A cluster may be of
// any number of bytes, so whoever bounds a length bounds the bytes as well.
func Length(s string) int {
	n := 0
	for it := graphemes.FromString(s); it.Next(); {
		n++
	}
	return n
}

// Clip returns the first most grapheme clusters of s, and whether anything was cut off.
func Clip(s string, most int) (string, bool) {
	if len(s) <= most {
		return s, false
	}
	n := 0
	for it := graphemes.FromString(s); it.Next(); n++ {
		if n >= most {
			return s[:it.Start()], true
		}
	}
	return s, false
}
