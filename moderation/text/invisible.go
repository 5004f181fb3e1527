package text

import (
	"slices"
	"strings"
	"unicode"
)

const (
	zwnj      = '\u200C'
	zwj       = '\u200D'
	blackFlag = '\U0001F3F4'
	tagEnd    = '\U000E007F'
	tagsMost  = 6 // a region and its part, such as gbsct
)

// joining holds the scripts that are written with joiners: cursive ones, and those with conjuncts.
var joining = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Nko, unicode.Mongolian, unicode.Mandaic, unicode.Adlam,
	unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil,
	unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar,
	unicode.Tibetan, unicode.Balinese, unicode.Javanese, unicode.Brahmi, unicode.Chakma, unicode.Newa,
}

// pictographs approximates Extended_Pictographic, the characters that emoji sequences are made of
// (unicode.org/Public/16.0.0/ucd/emoji/emoji-data.txt, read 2026-11): wider than it, which does no harm.
var pictographs = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x00A9, 0x00A9, 1}, {0x00AE, 0x00AE, 1}, {0x203C, 0x203C, 1}, {0x2049, 0x2049, 1}, {0x2122, 0x2122, 1},
		{0x2139, 0x2139, 1}, {0x2190, 0x21FF, 1}, {0x2300, 0x23FF, 1}, {0x24C2, 0x24C2, 1}, {0x25A0, 0x27BF, 1},
		{0x2900, 0x297F, 1}, {0x2B00, 0x2BFF, 1}, {0x3030, 0x3030, 1}, {0x303D, 0x303D, 1}, {0x3297, 0x3299, 2},
	},
	R32:         []unicode.Range32{{0x1F000, 0x1F3FA, 1}, {0x1F400, 0x1FAFF, 1}}, // without the skin tones
	LatinOffset: 2,
}

// dropInvisible drops controls but \n and \t, format controls, fillers and noncharacters, and keeps a joiner, a
// variation selector or a tag only where it does something.
func dropInvisible(s string) string {
	if printableASCII(s) {
		return s
	}
	in := []rune(s)
	out := make([]rune, 0, len(in))
	at := 0
	for _, i := range Unseen(in) {
		out = append(out, in[at:i]...)
		at = i + 1
	}
	return string(append(out, in[at:]...))
}

// Unseen returns the places in s, in their order, of what Normalise drops since nobody can see it: controls but \n
// and \t, format controls, fillers and noncharacters; joiners, variation selectors and tags where they do nothing.
func Unseen(s []rune) []int {
	var gone []int
	in := make([]int, 0, len(s)) // places of what may stay
	for i, r := range s {
		if contextual(r) || !invisible(r) {
			in = append(in, i)
		} else {
			gone = append(gone, i)
		}
	}
	if len(in) == len(s) && !slices.ContainsFunc(s, contextual) {
		return nil
	}
	rest := make([]rune, len(in))
	for n, i := range in {
		rest[n] = s[i]
	}
	out := make([]rune, 0, len(rest))
	for n := 0; n < len(rest); n++ {
		r := rest[n]
		keep := true
		switch {
		case !contextual(r):
			if r == blackFlag {
				out = append(out, r)
				tags := flagTags(rest[n+1:])
				out = append(out, rest[n+1:n+1+tags]...)
				n += tags
				continue
			}
		case r == zwj || r == zwnj:
			keep = joins(r, out, rest[n+1:])
		case unicode.Is(unicode.Variation_Selector, r):
			keep = len(out) > 0 && varies(out[len(out)-1], r)
		default: // a tag without its flag
			keep = false
		}
		if keep {
			out = append(out, r)
		} else {
			gone = append(gone, in[n])
		}
	}
	slices.Sort(gone)
	return gone
}

func printableASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r > '~' }) < 0
}

// contextual reports whether r stays or goes by what stands around it.
func contextual(r rune) bool {
	return r == zwj || r == zwnj || unicode.Is(unicode.Variation_Selector, r) || r >= 0xE0020 && r <= tagEnd
}

// invisible reports whether r is never kept. The Arabic and other signs that span the digits after them are
// format controls by category, but visible.
func invisible(r rune) bool {
	switch {
	case r == '\n' || r == '\t' || unicode.Is(unicode.Prepended_Concatenation_Mark, r):
		return false
	case unicode.Is(unicode.Noncharacter_Code_Point, r):
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point)
}

// flagTags returns how many runes at the start of next make, after a black flag, the flag of a region.
func flagTags(next []rune) int {
	for i, r := range next {
		switch {
		case r == tagEnd && i >= 3:
			return i + 1
		case i == tagsMost, r < 0xE0030 || r > 0xE0039 && r < 0xE0061 || r > 0xE007A:
			return 0
		}
	}
	return 0
}

// joins reports whether a joiner between before and after does something: it is part of an emoji, stands after a
// virama, or between letters of a script that joins.
func joins(joiner rune, before, after []rune) bool {
	if len(before) == 0 {
		return false
	}
	// No sequence has more marks than clipMarks leaves: looking further back would only take time.
	i := len(before) - 1
	first := max(0, i-2*textMarks)
	if joiner == zwj && len(after) > 0 && unicode.Is(pictographs, after[0]) {
		for ; i > first && (unicode.Is(unicode.Variation_Selector, before[i]) || before[i] >= 0x1F3FB && before[i] <= 0x1F3FF); i-- {
		}
		return unicode.Is(pictographs, before[i])
	}
	last := before[i]
	for ; i > first && unicode.Is(unicode.M, before[i]); i-- {
	}
	if !unicode.In(before[i], joining...) || !unicode.IsLetter(before[i]) {
		return false
	}
	if unicode.Is(unicode.Mn, last) && virama(last) {
		return true
	}
	return len(after) > 0 && unicode.In(after[0], joining...)
}

// virama reports whether r kills the vowel of a consonant: canonical combining class 9.
func virama(r rune) bool {
	switch r {
	case 0x094D, 0x09CD, 0x0A4D, 0x0ACD, 0x0B4D, 0x0BCD, 0x0C4D, 0x0CCD, 0x0D4D, 0x0DCA, 0x1039, 0x17D2:
		return true
	}
	return false
}

// varies reports whether selector has a meaning after base: emoji and keycaps, ideographs, Myanmar, Phags-pa and
// Mongolian letters.
func varies(base, selector rune) bool {
	switch {
	case selector == 0xFE0E || selector == 0xFE0F:
		return unicode.Is(pictographs, base) || base == '#' || base == '*' || base >= '0' && base <= '9'
	case selector >= 0x180B && selector <= 0x180F:
		return unicode.Is(unicode.Mongolian, base) && unicode.IsLetter(base)
	case selector >= 0xFE00 && selector <= 0xFE02:
		return unicode.In(base, unicode.Han, unicode.Myanmar, unicode.Phags_Pa)
	case selector >= 0xE0100 && selector <= 0xE01EF:
		return unicode.Is(unicode.Han, base)
	}
	return false
}
