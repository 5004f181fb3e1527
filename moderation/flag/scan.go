package flag

import (
	"unicode"
)

// plain returns what r stands for when one looks for numbers and words: lower case, ASCII for full-width forms,
// digits of any script as 0 to 9, every space that stays on the line as ' ', every hyphen or dash as '-'.
func plain(r rune) rune {
	switch {
	case r < 0x80:
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	case r >= 0xFF01 && r <= 0xFF5E:
		return plain(r - 0xFF01 + '!')
	case r == 0x00A0 || r == 0x2007 || r == 0x2009 || r == 0x200A || r == 0x202F || r == 0x3000:
		return ' '
	case r >= 0x2010 && r <= 0x2015 || r == 0x2212 || r == 0xFE58 || r == 0xFE63:
		return '-'
	case r == 0x2019 || r == 0x2018 || r == 0x02BC:
		return '\''
	case r < 0x250:
		return unicode.ToLower(r)
	case unicode.IsDigit(r):
		return '0' + digitValue(r)
	}
	return unicode.ToLower(r)
}

// digitValue is 0 to 9 for a decimal digit of any script: they stand in rows of ten, the zero first.
func digitValue(r rune) rune {
	for v := range rune(10) {
		if !unicode.IsDigit(r - v - 1) {
			return v
		}
	}
	// Rows that follow each other without a gap begin at a multiple of ten from the start of their block, which only
	// the mathematical digits need: U+1D7CE and on.
	if r >= 0x1D7CE && r <= 0x1D7FF {
		return (r - 0x1D7CE) % 10
	}
	return 0
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isASCIILetter(r rune) bool { return r >= 'a' && r <= 'z' }

// wordRune reports whether r, of a scan's low, is part of a word: a letter, a mark on one, or a digit.
func wordRune(r rune) bool {
	if r < 0x80 {
		return isASCIILetter(r) || isDigit(r)
	}
	return letterRune(r) || unicode.IsDigit(r)
}

func letterRune(r rune) bool {
	if r < 0x80 {
		return isASCIILetter(r)
	}
	return unicode.IsLetter(r) || unicode.IsMark(r) && !unicode.Is(unicode.Variation_Selector, r)
}

// at returns the rune of low at i, and 0 outside the text.
func (s *scan) at(i int) rune {
	if i < 0 || i >= len(s.low) {
		return 0
	}
	return s.low[i]
}

// has reports whether word stands in low at i.
func (s *scan) has(i int, word string) bool {
	for _, w := range word {
		if s.at(i) != w {
			return false
		}
		i++
	}
	return true
}

// spaces returns the first place from i on, and not after i+most, that is no space.
func (s *scan) spaces(i, most int) int {
	for n := 0; n < most && s.at(i) == ' '; n++ {
		i++
	}
	return i
}

// wordBack returns where the word that ends before end begins; end where there is none.
func (s *scan) wordBack(end int) int {
	i := end
	for i > 0 && end-i < 40 && wordRune(s.low[i-1]) {
		i--
	}
	return i
}

// wordEnd returns where the word that begins at i ends; i where there is none.
func (s *scan) wordEnd(i int) int {
	to := i
	for to < len(s.low) && to-i < 40 && wordRune(s.low[to]) {
		to++
	}
	return to
}

// said reports whether one of words (lower case, possibly of several words) is said as such within most code points
// before from.
func (s *scan) said(from, most int, words ...string) bool {
	for i := max(0, from-most); i < from; i++ {
		if i > 0 && wordRune(s.low[i-1]) || !wordRune(s.low[i]) {
			continue
		}
		for _, w := range words {
			if n := len([]rune(w)); s.has(i, w) && !wordRune(s.at(i+n)) && i+n <= from {
				return true
			}
		}
	}
	return false
}
