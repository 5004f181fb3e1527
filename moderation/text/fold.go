package text

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold returns s for searching: NFKC, without case and accents, each run of white space as one space.
// Vowel signs that a script cannot be read without stay.
func Fold(s string) string {
	s = Normalise(s)
	for range 4 {
		n := fold(s)
		if n == s {
			break
		}
		s = n
	}
	return strings.Join(strings.Fields(s), " ")
}

// FoldTag returns a hashtag for comparing, without # and without case and accents, so that #Qualität, ＃QUALITÄT
// and qualitat are one. Everything that cannot stand in a hashtag is dropped. Mastodon compares in the same way
// (mastodon/mastodon app/lib/hashtag_normalizer.rb, read 2026-11). It is empty where nothing is left.
func FoldTag(s string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Variation_Selector, r) || unicode.Is(unicode.Me, r):
			return -1
		case r == '_' || r == '·' || unicode.In(r, unicode.L, unicode.N, unicode.M):
			return r
		}
		return -1
	}, Fold(s)))
}

func fold(s string) string {
	s = cases.Fold().String(norm.NFKC.String(dropInvisible(s)))
	s = strings.Map(func(r rune) rune {
		if accent(r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
	return norm.NFKC.String(undecomposed.Replace(s))
}

// accent reports whether r is a mark that people leave out when they type in haste: Latin, Greek and Cyrillic
// diacritics, Hebrew points, Arabic vowel marks.
func accent(r rune) bool {
	return r >= 0x0300 && r <= 0x036F || r >= 0x0591 && r <= 0x05C7 && unicode.Is(unicode.Mn, r) ||
		r >= 0x064B && r <= 0x0652 || r == 0x0670
}

// undecomposed maps the letters that Unicode does not take apart to what people type instead.
var undecomposed = strings.NewReplacer("ø", "o", "ł", "l", "đ", "d", "ð", "d", "ħ", "h", "ı", "i", "ŧ", "t",
	"æ", "ae", "œ", "oe", "þ", "th", "ŋ", "n")
