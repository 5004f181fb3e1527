package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Word is one word of a text, and where it stands there.
type Word struct {
	Fold     string // as Fold writes it
	From, To int    // in code points, the end exclusive
}

// Words returns the words of s in their order: runs of letters, digits and marks, and each symbol, such as an emoji,
// on its own. In scripts that put no spaces between words every letter counts as one, so that whoever looks for
// several words in a row finds them there too. A word that folds to several has the same place for each.
func Words(s string) []Word {
	var out []Word
	from, at, begin := -1, 0, 0 // the word being read begins at code point from and byte begin; -1: none
	end := func(to, stop int) {
		if from >= 0 {
			out = appendWord(out, s[begin:stop], from, to)
		}
		from = -1
	}
	alone := false // the word being read takes marks and nothing else
	for i, r := range s {
		switch joins := unicode.In(r, unicode.M, unicode.Cf); {
		case joins && from >= 0:
		case single(r):
			end(at, i)
			from, begin, alone = at, i, true
		case joins, !wordly(r):
			end(at, i)
		case from < 0 || alone:
			end(at, i)
			from, begin, alone = at, i, false
		}
		at++
	}
	end(at, len(s))
	return out
}

// appendWord adds what the word w, at code points from to to, folds to.
func appendWord(out []Word, w string, from, to int) []Word {
	if plain(w) {
		return append(out, Word{strings.ToLower(w), from, to})
	}
	folded := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Variation_Selector, r) {
			return -1
		}
		return r
	}, Fold(w))
	if first, _ := utf8.DecodeRuneInString(w); single(first) && folded != "" {
		return append(out, Word{folded, from, to})
	}
	for _, f := range strings.FieldsFunc(folded, func(r rune) bool { return !wordly(r) && !unicode.In(r, unicode.M, unicode.Cf) }) {
		out = append(out, Word{f, from, to})
	}
	return out
}

// plain reports whether s is ASCII, which folds letter by letter.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// wordly reports whether r makes words together with its neighbours. Other_Alphabetic has the letters in circles and
// squares.
func wordly(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.Other_Alphabetic)
}

// single reports whether r is a word of its own: a symbol, or a letter of a script without spaces.
func single(r rune) bool {
	return unicode.Is(unicode.S, r) && !unicode.Is(unicode.Other_Alphabetic, r) ||
		unicode.Is(unicode.L, r) && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
