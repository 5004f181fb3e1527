package flag

import (
	_ "embed" // the words
	"math/bits"
	"slices"
	"strings"
	"unicode"
)

//go:embed words/languages.txt
var languageLines string

// language is one that is written in Latin letters.
type language struct {
	tag, name string
}

// languages are those of words/languages.txt; a set of them is a bit mask over their places.
var (
	languages     []language // at most mostLanguages
	functionWords = map[string]uint64{}
)

func init() {
	for line := range strings.Lines(languageLines) {
		line = strings.TrimSpace(line)
		tag, rest, ok := strings.Cut(line, "|")
		name, words, _ := strings.Cut(rest, "|")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		bit := uint64(1) << len(languages)
		languages = append(languages, language{tag, name})
		for w := range strings.FieldsSeq(words) {
			functionWords[w] |= bit
		}
	}
}

func languageBit(tag string) uint64 {
	for i, l := range languages {
		if l.tag == tag {
			return 1 << i
		}
	}
	return 0
}

const mostLanguages = 64

// otherwiseWritten reports whether a language is one of an alphabet of its own.
func otherwiseWritten(base string) bool {
	for _, a := range alphabets {
		if slices.Contains(strings.Fields(a.tags), base) {
			return true
		}
	}
	return false
}

// mostMet is how many different function words of other languages are looked at; a handful tells.
const mostMet = 64

// Below these a text is too short to tell.
const (
	fewestWords   = 4  // words, for a language whose function words are known
	fewestUnknown = 12 // words, for one of which nothing is known
	fewestLetters = 8  // letters of another alphabet
)

// alphabets are told apart by name where the language cannot be.
var alphabets = []struct {
	table  *unicode.RangeTable
	name   string
	tags   string // languages that are written in it
	fewest int    // letters
}{
	{unicode.Cyrillic, "in Cyrillic letters", "ru uk bg sr mk be kk ky mn tg", fewestLetters},
	{unicode.Arabic, "in Arabic letters", "ar fa ur ps ku ckb sd ug ks pa", fewestLetters},
	{unicode.Greek, "in Greek", "el", fewestLetters},
	{unicode.Hebrew, "in Hebrew letters", "he yi", fewestLetters},
	{unicode.Devanagari, "in Devanagari letters", "hi ne mr sa", fewestLetters},
	{unicode.Bengali, "in Bengali letters", "bn as", fewestLetters},
	{unicode.Gurmukhi, "in Gurmukhi letters", "pa", fewestLetters},
	{unicode.Gujarati, "in Gujarati letters", "gu", fewestLetters},
	{unicode.Tamil, "in Tamil letters", "ta", fewestLetters},
	{unicode.Telugu, "in Telugu letters", "te", fewestLetters},
	{unicode.Kannada, "in Kannada letters", "kn", fewestLetters},
	{unicode.Malayalam, "in Malayalam letters", "ml", fewestLetters},
	{unicode.Sinhala, "in Sinhala letters", "si", fewestLetters},
	{unicode.Thai, "in Thai letters", "th", fewestLetters},
	{unicode.Ethiopic, "in Ethiopic letters", "am ti", fewestLetters},
	{unicode.Armenian, "in Armenian letters", "hy", fewestLetters},
	{unicode.Georgian, "in Georgian letters", "ka", fewestLetters},
	{unicode.Hangul, "in Korean letters", "ko", fewestLetters / 2},
	{unicode.Hiragana, "in Japanese", "ja", fewestLetters / 2},
	{unicode.Katakana, "in Japanese", "ja", fewestLetters / 2},
	{unicode.Han, "in Chinese characters", "zh ja ko yue", fewestLetters / 2},
}

// language notes a text that is probably in none of the event's languages, and returns the languages, one or none,
// that the text is most likely in. It says nothing of short texts, and nothing where a text has a quotation or a
// name in another language: what decides is the small words that no sentence does without. Nor does it say anything of
// a text in Latin letters where the event has a language whose words it does not know.
func (s *scan) language(event []string) (guess uint64) {
	if len(event) == 0 {
		event = []string{"en"}
	}
	var ours uint64
	unknown := false // an event's language of which no words are known
	for _, tag := range event {
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		bit := languageBit(base)
		ours |= bit
		unknown = unknown || bit == 0 && !otherwiseWritten(base)
	}
	var (
		words, letters int
		small          int                // words that begin small: no names, no headings
		hits           [mostLanguages]int // words that are function words of the language
		other          [mostLanguages]int // of them, those that are none of one of ours
		own            int                // function words of one of ours
		foreign        map[int]int        // letters by alphabet
		last           = -1               // alphabet of the letter before
		met            []string           // function words of none of ours: each counts once
	)
	for i := 0; i < len(s.low); {
		if !letterRune(s.low[i]) {
			i++
			continue
		}
		from := i
		for i < len(s.low) && (letterRune(s.low[i]) || s.low[i] == '\'' && i+1 < len(s.low) && letterRune(s.low[i+1])) {
			if s.low[i] >= 0x370 {
				if last < 0 || !unicode.Is(alphabets[last].table, s.low[i]) {
					last = alphabetOf(s.low[i])
				}
				if last >= 0 {
					if foreign == nil {
						foreign = map[int]int{}
					}
					foreign[last]++
				}
			}
			i++
		}
		letters += i - from
		if b := s.at(from - 1); b == '#' || b == '@' || isDigit(b) || isDigit(s.at(i)) || !s.free(from, i) || i-from > 24 {
			letters -= i - from
			continue
		}
		words++
		if s.raw[from] == s.low[from] {
			small++
		}
		if s.at(from-1) == '-' || s.at(i) == '-' { // a part of a word: "re-think"
			continue
		}
		mask := functionWords[string(s.low[from:i])]
		if mask == 0 {
			continue
		}
		if mask&ours != 0 {
			own++
		} else if w := string(s.low[from:i]); slices.Contains(met, w) {
			continue
		} else if len(met) < mostMet {
			met = append(met, w)
		}
		for m := mask; m != 0; m &= m - 1 {
			l := bits.TrailingZeros64(m)
			hits[l]++
			if mask&ours == 0 {
				other[l]++
			}
		}
	}
	best := -1
	for l := range languages {
		if hits[l] > 0 && (best < 0 || hits[l] > hits[best]) {
			best = l
		}
	}
	if best >= 0 {
		guess = 1 << best
	}
	if detail := otherAlphabet(foreign, letters, event); detail != "" {
		s.add(Language, detail, 0, 0)
		return 0
	}
	best = -1
	for l := range languages {
		if ours&(1<<l) == 0 && (best < 0 || other[l] > other[best] || other[l] == other[best] && hits[l] > hits[best]) {
			best = l
		}
	}
	switch {
	case words < fewestWords:
		guess = 0
	case unknown:
	case best >= 0 && other[best] >= 2 && other[best]*8 >= words && hits[best] > own+(own+1)/2:
		s.add(Language, "probably in "+languages[best].name, 0, 0)
	case small >= fewestUnknown && own*12 < words && len(foreign) == 0:
		s.add(Language, "perhaps in another language", 0, 0)
	}
	return guess
}

// otherAlphabet says in which alphabet most of the letters are, where none of the event's languages is written in it.
func otherAlphabet(foreign map[int]int, letters int, event []string) string {
	best, all := -1, 0
	for a, n := range foreign {
		all += n
		if best < 0 || n > foreign[best] || n == foreign[best] && a < best {
			best = a
		}
	}
	if best < 0 || all*2 < letters || all < alphabets[best].fewest {
		return ""
	}
	if alphabets[best].table == unicode.Han {
		for a := range foreign { // Japanese has both
			if alphabets[a].name == "in Japanese" {
				best = a
			}
		}
	}
	for _, tag := range event {
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if slices.Contains(strings.Fields(alphabets[best].tags), base) {
			return ""
		}
	}
	return alphabets[best].name
}

// alphabetOf returns the place of a letter's alphabet in alphabets; -1 for Latin and the ones that are not there.
func alphabetOf(r rune) int {
	for i, a := range alphabets {
		if unicode.Is(a.table, r) {
			return i
		}
	}
	return -1
}
