package text

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Limits of Name and Normalise.
const (
	NameGraphemes = 80 // longest name
	nameRunes     = 8 * NameGraphemes
	nameMarks     = 4  // combining marks in a row in a name or a form's text
	textMarks     = 16 // in any text: no language needs as many, and x/text/norm adds a CGJ after 30
	newlines      = 2  // in a row
)

// Normalise returns s as it is stored and shown: valid UTF-8 (what is not becomes U+FFFD), NFC, line ends as
// \n, no more than two of them in a row, no white space at the ends of s or of its lines, no controls but \n
// and \t, no invisible format controls. Joiners, variation selectors and tag characters stay where they belong:
// in emoji and in scripts that are written with them. The result may be empty. It does not limit the length.
func Normalise(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = unifyLines(s)
	// What is dropped may bring together what then composes, and the other way round; two rounds are the most
	// that was ever seen to be needed.
	for range 4 {
		n := norm.NFC.String(clipMarks(dropInvisible(s), textMarks))
		if n == s {
			break
		}
		s = n
	}
	return tidyLines(s)
}

// Name returns a name or handle for one line: like Normalise, with every run of white space as one space, at most
// four combining marks in a row and at most 80 grapheme clusters.
func Name(s string) string {
	s = Normalise(s)
	for range 4 {
		n := strings.Join(strings.Fields(norm.NFC.String(clipMarks(s, nameMarks))), " ")
		n, _ = Clip(n, NameGraphemes)
		if r := []rune(n); len(r) > nameRunes {
			n = string(r[:nameRunes])
		}
		n = strings.TrimFunc(dropInvisible(n), blank)
		if n == s {
			break
		}
		s = n
	}
	return s
}

// ClipMarks drops all but the first four of any combining marks in a row, so that a text cannot climb over its
// neighbours. It is for what people type to us; what a network's terms forbid to alter is clipped by style sheet.
func ClipMarks(s string) string { return norm.NFC.String(clipMarks(s, nameMarks)) }

// unifyLines makes every kind of line end \n.
func unifyLines(s string) string {
	if !strings.ContainsAny(s, "\r\u0085\u2028\u2029") {
		return s
	}
	return lineEnds.Replace(s)
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// tidyLines trims lines and text and bounds empty lines.
func tidyLines(s string) string {
	lines := strings.Split(s, "\n")
	out, empty := lines[:0], 0
	for _, l := range lines {
		l = strings.TrimRightFunc(l, blank)
		if l == "" {
			empty++
			if empty >= newlines {
				continue
			}
		} else {
			empty = 0
		}
		out = append(out, l)
	}
	return strings.TrimFunc(strings.Join(out, "\n"), blank)
}

// blank reports whether r leaves no ink: white space, and the empty Braille cell that is used to fake it.
func blank(r rune) bool { return unicode.IsSpace(r) || r == '\u2800' }

// clipMarks drops what exceeds most combining marks in a row. Variation selectors do not count: dropInvisible
// has left one for a base at most.
func clipMarks(s string, most int) string {
	n, cut := 0, false
	out := strings.Map(func(r rune) rune {
		switch {
		case !unicode.In(r, unicode.Mn, unicode.Me) || unicode.Is(unicode.Variation_Selector, r):
			n = 0
		default:
			if n++; n > most {
				cut = true
				return -1
			}
		}
		return r
	}, s)
	if !cut {
		return s
	}
	return out
}
