package x

import (
	"regexp"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// linkLength is what a link counts, however long it is.
const linkLength = 23

var links = regexp.MustCompile(`(?i)\bhttps?://[^\s<>"]+`)

// Length returns how much of 280 a text takes on X: in NFC, Latin and most other letters count one, Chinese, Japanese,
// Korean and emoji two, each emoji sequence as one emoji, a link 23 (docs.x.com/fundamentals/counting-characters and
// twitter-text config v3, read 2026-11). Where it cannot tell it counts too much.
func Length(s string) int {
	s = norm.NFC.String(s)
	n, last := 0, 0
	for _, at := range links.FindAllStringIndex(s, -1) {
		n += weight(s[last:at[0]]) + linkLength
		last = at[1]
	}
	return n + weight(s[last:])
}

// weight is Length without links.
func weight(s string) int {
	const joiner = '\u200d'
	n := 0
	emoji, joined, flag := false, false, false
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		switch {
		case emoji && (r == joiner || r == '\ufe0f' || r >= 0x1F3FB && r <= 0x1F3FF || r >= 0xE0020 && r <= 0xE007F):
			joined = r == joiner // the sequence goes on
			continue
		case emoji && joined && pictorial(r), emoji && flag && regional(r):
			flag = false
		case pictorial(r):
			n += 2
			flag = regional(r)
		case light(r):
			n++
		default:
			n += 2
		}
		emoji, joined = pictorial(r), false
	}
	return n
}

// light reports whether r counts one: the ranges of twitter-text config v3.
func light(r rune) bool {
	return r <= 4351 || r >= 8192 && r <= 8205 || r >= 8208 && r <= 8223 || r >= 8242 && r <= 8247
}

func regional(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }

func pictorial(r rune) bool {
	return r >= 0x1F000 && r <= 0x1FAFF || r >= 0x2600 && r <= 0x27BF || r >= 0x2190 && r <= 0x21FF || r >= 0x2300 && r <= 0x23FF || r >= 0x2B00 && r <= 0x2BFF
}
