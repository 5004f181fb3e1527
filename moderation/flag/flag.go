package flag

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// The kinds of findings.
const (
	Email             = "email"
	Phone             = "phone"
	Link              = "link"
	NationalInsurance = "national-insurance"
	NHSNumber         = "nhs-number"
	Address           = "address" // a postcode with the number of a house
	Card              = "card"    // number of a payment card
	Profanity         = "profanity"
	Language          = "language" // probably in none of the event's
	Unicode           = "unicode"  // characters that hide, turn or pretend
)

// Kinds lists every kind, in the order in which they are looked for.
var Kinds = []string{Email, Link, Card, NationalInsurance, NHSNumber, Phone, Address, Profanity, Language, Unicode}

// perKind is the most findings of one kind: whoever sends more has a moderator reading already.
const perKind = 64

// Finding is one thing that deserves a second look.
type Finding struct {
	Kind   string
	Detail string // in plain words; for a link or a swear word the thing itself
	// Span is where, in code points of the text, the end exclusive; [0, 0] where it is about the whole of it.
	Span [2]int
}

// Hints is what is known about where a text was sent to. The zero value is an event in English in the United
// Kingdom.
type Hints struct {
	// Languages are the event's, BCP 47; empty: English. A region in one, as in "en-IE", says that its national
	// telephone numbers are to be known too. The language alone does not: who writes Polish in Leeds has a number
	// of Leeds.
	Languages []string
	Zone      string // the event's IANA time zone, which hints at a region as well
}

// Find returns what deserves a second look in text, in the order of the spans.
func Find(text string, h Hints) []Finding {
	if text == "" {
		return nil
	}
	s := newScan(text)
	s.emails()
	s.links()
	s.numbers(regionsOf(h))
	s.addresses()
	guess := s.language(h.Languages)
	s.profanities(guess)
	s.characters()
	slices.SortStableFunc(s.found, func(a, b Finding) int {
		return cmp.Or(a.Span[0]-b.Span[0], a.Span[1]-b.Span[1])
	})
	return s.found
}

// scan is one text on its way through the detectors.
type scan struct {
	raw   []rune // as sent
	low   []rune // the same, rune for rune: lower case, plain digits, spaces, hyphens and apostrophes
	taken []bool // what a finding holds already; nil while there is none
	odd   []bool // the same of kind Unicode
	found []Finding
	count map[string]int
}

func newScan(text string) *scan {
	s := &scan{raw: make([]rune, 0, utf8.RuneCountInString(text))}
	for _, r := range text {
		s.raw = append(s.raw, r)
	}
	s.low = make([]rune, len(s.raw))
	for i, r := range s.raw {
		s.low[i] = plain(r)
	}
	return s
}

// free reports whether nothing was found between from and to yet.
func (s *scan) free(from, to int) bool {
	return s.taken == nil || !slices.Contains(s.taken[from:to], true)
}

// add notes a finding, unless something was found there before, or the kind was found too often.
func (s *scan) add(kind, detail string, from, to int) bool {
	if s.count == nil {
		s.count = map[string]int{}
	}
	if s.count[kind] >= perKind || !s.free(from, to) {
		return false
	}
	if s.taken == nil {
		s.taken = make([]bool, len(s.raw))
	}
	for i := from; i < to; i++ {
		s.taken[i] = true
	}
	s.count[kind]++
	s.found = append(s.found, Finding{Kind: kind, Detail: detail, Span: [2]int{from, to}})
	return true
}

// full reports whether no more findings of a kind are told.
func (s *scan) full(kind string) bool { return s.count[kind] >= perKind }
