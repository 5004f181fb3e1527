package flag

import (
	"unicode"

	"github.com/openfloor/openfloor/moderation/text"
)

// marksMost is how many combining marks a letter may carry: three stand in phonetic writing, two in Vietnamese. The
// scripts that are written with marks below and above (Hebrew with accents, Tibetan, Burmese) get more.
const (
	marksMost       = 3
	marksMostOthers = 6
	marksBeside     = 2 // that a letter beside a pile needs to belong to it
)

// characters finds characters that hide, turn or pretend. What a source has cleaned away with text.Normalise is gone
// by now, as it should be; what it leaves, and what comes from a source that does not clean, is told here.
func (s *scan) characters() {
	ascii := true
	for _, r := range s.raw {
		if r > '~' {
			ascii = false
			break
		}
	}
	if ascii {
		return
	}
	s.hidden()
	s.piles()
	s.pretending()
}

// note adds a finding about characters, which may lie in whatever else was found.
func (s *scan) note(detail string, from, to int) {
	s.taken, s.odd = s.odd, s.taken
	s.add(Unicode, detail, from, to)
	s.taken, s.odd = s.odd, s.taken
}

// hidden finds what turns the direction of a text, and what cannot be seen.
func (s *scan) hidden() {
	rightToLeft := false
	for _, r := range s.raw {
		if r >= 0x590 && unicode.IsLetter(r) && unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Adlam) {
			rightToLeft = true
			break
		}
	}
	unseen := text.Unseen(s.raw)
	for n := 0; n < len(unseen); n++ {
		i := unseen[n]
		detail := ""
		switch r := s.raw[i]; {
		case r == 0x202D || r == 0x202E:
			detail = "a character that turns the direction of the text"
		case r == 0x202A || r == 0x202B || r == 0x202C || r >= 0x2066 && r <= 0x2069:
			if !rightToLeft {
				detail = "a character that turns the direction of the text"
			}
		case r == 0x200E || r == 0x200F || r == 0x061C:
			if !rightToLeft {
				detail = "a character that cannot be seen"
			}
		case r == 0x00AD || r == '\r' || unicode.Is(unicode.Variation_Selector, r) || r == 0x034F:
			// Soft hyphens and the like come along when text is copied.
		case i == 0 && r == 0xFEFF: // a byte order mark
		default:
			detail = "a character that cannot be seen"
		}
		if detail == "" {
			continue
		}
		to := i + 1
		for n+1 < len(unseen) && unseen[n+1] == to {
			n, to = n+1, to+1
		}
		s.note(detail, i, to)
	}
}

// piles finds marks piled up on letters, until they climb over the lines around them.
func (s *scan) piles() {
	for i := 0; i < len(s.raw); {
		if s.raw[i] < 0x300 || !pile(s.raw[i]) {
			i++
			continue
		}
		from := i
		for i < len(s.raw) && pile(s.raw[i]) {
			i++
		}
		base := from
		if from > 0 && (s.odd == nil || !s.odd[from-1]) {
			base--
		}
		most := marksMost
		if r := s.raw[base]; r >= 0x590 && !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Common, unicode.Inherited) {
			most = marksMostOthers
		}
		if i-from <= most {
			continue
		}
		// The letters beside it, when they carry a pile too, are one finding with it.
		for i < len(s.raw) && letterRune(s.low[i]) {
			j := i + 1
			for j < len(s.raw) && pile(s.raw[j]) {
				j++
			}
			if j-i-1 < marksBeside {
				break
			}
			i = j
		}
		s.note("marks piled up on letters", base, i)
	}
}

func pile(r rune) bool {
	return r >= 0x300 && unicode.In(r, unicode.Mn, unicode.Me) && !unicode.Is(unicode.Variation_Selector, r)
}

// pretending finds words with letters of another alphabet that look like Latin ones.
func (s *scan) pretending() {
	letters, roman := 0, 0
	for _, r := range s.raw {
		if unicode.IsLetter(r) {
			letters++
			if r < 0x250 || unicode.Is(unicode.Latin, r) {
				roman++
			}
		}
	}
	for i := 0; i < len(s.raw); i++ {
		if !letterRune(s.low[i]) {
			continue
		}
		from := i
		for i < len(s.raw) && letterRune(s.low[i]) {
			i++
		}
		if pretends(s.raw[from:i], roman*5 >= letters*4) {
			s.note("letters of another alphabet that look like others", from, i)
		}
	}
}

// pretends reports whether a word mixes Latin letters with ones that only look like them, or, in a text that is
// Latin otherwise, consists of those.
func pretends(word []rune, latinText bool) bool {
	roman, alike, other := 0, 0, 0
	for _, r := range word {
		switch {
		case r < 0x250 || unicode.IsMark(r) || unicode.In(r, unicode.Latin):
			if unicode.IsLetter(r) {
				roman++
			}
		case lookalikes[r] != 0:
			alike++
		default:
			other++
		}
	}
	if roman > 0 {
		// "kΩ", "μm" and "Δelta" have no lookalike; one letter beside one is a unit or a formula.
		return alike > 0 && roman+alike > 2
	}
	return latinText && alike >= 3 && other == 0
}
