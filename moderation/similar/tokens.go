package similar

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/openfloor/openfloor/moderation/text"
)

// Limits of one text. What is beyond them is not compared.
const (
	maxBytes  = 4 << 10
	maxTokens = 300
)

// token is a word or a number of a text, folded.
type token struct {
	word   string
	stem   string // as the lexicon has it
	number bool
	mark   bool // a mention, or a hashtag that is no word, inside a sentence: it may say which one is meant, no more
	comma  bool // a comma stands before it
	hyphen bool // a hyphen joins it to the one before
}

// segment is what stands between two stops.
type segment struct {
	tokens   []token
	question bool // ends with a question mark
}

// split cuts a text into segments of tokens, without links, mentions, and hashtags that are no words of a sentence.
func (v *vocabulary) split(s string) []segment {
	s = strings.ToValidUTF8(s, " ")
	if len(s) > maxBytes {
		s = s[:maxBytes]
		for s != "" && !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
	}
	p := splitter{stem: v.stemOf}
	for line := range strings.SplitSeq(s, "\n") {
		p.line(text.Fold(line))
		p.stop(false)
	}
	return p.out
}

type splitter struct {
	stem   func(string) string
	out    []segment
	cur    segment
	tags   []token // hashtags and mentions since the last word: they count only where a word follows
	words  int     // words seen so far
	comma  bool
	hyphen bool
}

// stop ends the segment.
func (p *splitter) stop(question bool) {
	p.comma, p.hyphen = false, false
	if len(p.cur.tokens) == 0 {
		if question && len(p.out) > 0 && !p.out[len(p.out)-1].question && len(p.tags) > 0 {
			p.out[len(p.out)-1].question = true // "… #tag?"
		}
		return
	}
	p.cur.question = question
	p.out = append(p.out, p.cur)
	p.cur = segment{}
}

func (p *splitter) add(t token) {
	if p.words >= maxTokens {
		return
	}
	if len(p.tags) > 0 {
		if len(p.cur.tokens) > 0 { // inside a sentence
			for _, tag := range p.tags {
				tag.stem = p.stem(tag.word)
				if _, ok := lex.entries[tag.stem]; !ok {
					tag.mark, tag.stem = true, tag.word
				}
				p.cur.tokens = append(p.cur.tokens, tag)
			}
		}
		p.tags = nil
	}
	t.comma, t.hyphen, t.stem = p.comma, p.hyphen, t.word
	if !t.number {
		t.stem = p.stem(t.word)
	}
	p.comma, p.hyphen = false, false
	p.cur.tokens = append(p.cur.tokens, t)
	p.words++
}

// line takes in one folded line.
func (p *splitter) line(s string) {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		rest := s[i:]
		switch {
		case strings.HasPrefix(rest, "http://") || strings.HasPrefix(rest, "https://") || strings.HasPrefix(rest, "www."):
			n = untilSpace(rest)
		case r == '@':
			n = 1 + while(rest[1:], func(r rune) bool { return wordRune(r) || strings.ContainsRune("_.@-", r) })
			for n > 1 && strings.ContainsAny(rest[n-1:n], ".-") {
				n--
			}
			if n > 1 {
				p.tags = append(p.tags, token{word: rest[:n]})
			}
		case r == '#':
			size := while(rest[1:], func(r rune) bool { return wordRune(r) || r == '_' })
			if size > 0 {
				p.tags = append(p.tags, token{word: rest[1 : 1+size]})
			}
			n = 1 + size
		case r >= '0' && r <= '9':
			n = p.number(rest)
		case unspaced(r):
			n = while(rest, unspaced)
			p.pairs(rest[:n])
		case wordRune(r):
			n = p.word(rest)
		case r == ',':
			p.comma = true
		case r == '?' || r == '\u037e' || r == '？':
			p.stop(true)
		case r == '.' || r == '!' || r == ';' || r == ':' || r == '…' || r == '。' || r == '—':
			p.stop(false)
		}
		i += n
	}
}

// word takes in the word that s begins with and returns how many bytes that was.
func (p *splitter) word(s string) int {
	n := while(s, func(r rune) bool { return wordRune(r) && !unspaced(r) })
	w := s[:n]
	// a.b.c is one word; so is a&e
	if utf8.RuneCountInString(w) == 1 {
		joined, at := w, n
		for at+1 < len(s) && (s[at] == '.' || s[at] == '&') {
			r, size := utf8.DecodeRuneInString(s[at+1:])
			if !unicode.IsLetter(r) {
				break
			}
			if next, _ := utf8.DecodeRuneInString(s[at+1+size:]); wordRune(next) {
				break
			}
			joined, at = joined+string(r), at+1+size
		}
		if at > n {
			if at < len(s) && s[at] == '.' {
				at++
			}
			p.add(token{word: joined})
			return at
		}
	}
	// an apostrophe inside a word
	if rest := s[n:]; rest != "" {
		if r, size := utf8.DecodeRuneInString(rest); r == '\'' || r == '’' || r == '`' {
			tail := rest[size:]
			m := while(tail, wordRune)
			if m > 0 {
				p.apostrophe(w, tail[:m])
				return n + size + m
			}
			p.add(token{word: w})
			return n + size
		}
	}
	if aux, ok := contracted[w]; ok {
		p.add(token{word: aux})
		w = "not"
	}
	p.add(token{word: w})
	if r, size := utf8.DecodeRuneInString(s[n:]); r == '-' || r == '‐' || r == '‑' {
		if next, _ := utf8.DecodeRuneInString(s[n+size:]); wordRune(next) {
			p.hyphen = true
			return n + size
		}
	}
	return n
}

// apostrophe takes in a word with an apostrophe in it.
func (p *splitter) apostrophe(w, tail string) {
	switch {
	case tail == "t" && strings.HasSuffix(w, "n"):
		if aux, ok := contracted[w+"t"]; ok {
			p.add(token{word: aux})
		} else {
			p.add(token{word: w[:len(w)-1]})
		}
		p.add(token{word: "not"})
	case tail == "s" || tail == "d" || tail == "m" || tail == "ll" || tail == "re" || tail == "ve":
		p.add(token{word: w})
		switch tail {
		case "d":
			p.add(token{word: "would"})
		case "m":
			p.add(token{word: "am"})
		}
		if tail == "re" || tail == "s" && (w == "what" || w == "who" || w == "where" || w == "when" || w == "how" || w == "why") {
			p.add(token{word: "is"})
		}
	default: // Welsh and Gaelic: mae'r, feddygfa'n, 's, a'
		p.add(token{word: w})
		p.add(token{word: tail})
	}
}

// contracted maps negated auxiliaries, typed without apostrophe, to the auxiliary.
var contracted = map[string]string{
	"dont": "do", "doesnt": "does", "didnt": "did", "isnt": "is", "arent": "are", "wasnt": "was", "werent": "were",
	"hasnt": "has", "havent": "have", "hadnt": "had", "wont": "will", "wouldnt": "would", "shouldnt": "should",
	"cant": "can", "couldnt": "could", "mustnt": "must", "neednt": "need", "aint": "is", "shant": "shall",
}

// number takes in a number with its unit and returns how many bytes that was.
func (p *splitter) number(s string) int {
	n := while(s, func(r rune) bool { return r >= '0' && r <= '9' })
	digits := s[:n]
	for n+3 < len(s)+0 && s[n] == ',' && len(s) >= n+4 && allDigits(s[n+1:n+4]) && (len(s) == n+4 || s[n+4] < '0' || s[n+4] > '9') {
		digits += s[n+1 : n+4]
		n += 4
	}
	if n+1 < len(s) && (s[n] == '.' || s[n] == ':') && s[n+1] >= '0' && s[n+1] <= '9' {
		m := while(s[n+1:], func(r rune) bool { return r >= '0' && r <= '9' })
		digits += "." + s[n+1:n+1+m]
		n += 1 + m
	}
	digits = trimZeros(digits)
	unit := while(s[n:], unicode.IsLetter)
	u := s[n : n+unit]
	n += unit
	switch u {
	case "", "s", "st", "nd", "rd", "th", "am", "pm", "p":
		p.add(token{word: digits, number: true})
	case "m", "mn", "bn", "k":
		p.add(token{word: scaled(digits, u), number: true})
	default:
		p.add(token{word: digits, number: true})
		p.add(token{word: u})
	}
	if n < len(s) && s[n] == '-' {
		if next, _ := utf8.DecodeRuneInString(s[n+1:]); wordRune(next) {
			n++
		}
	}
	return n
}

func trimZeros(s string) string {
	if t := strings.TrimLeft(s, "0"); t != "" && t[0] != '.' {
		return t
	}
	return s
}

// scaled writes a number with its thousands, millions or billions as one.
func scaled(digits, unit string) string {
	switch unit {
	case "k", "thousand":
		return digits + "e3"
	case "m", "mn", "million":
		return digits + "e6"
	case "bn", "billion":
		return digits + "e9"
	}
	return digits
}

// pairs takes in a run of a script without spaces.
func (p *splitter) pairs(s string) {
	rs := []rune(s)
	if len(rs) == 1 {
		p.add(token{word: s})
	}
	for i := 0; i+1 < len(rs); i++ {
		p.add(token{word: string(rs[i : i+2])})
	}
}

func wordRune(r rune) bool {
	return r < utf8.RuneSelf && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9') ||
		r >= utf8.RuneSelf && r != utf8.RuneError && unicode.In(r, unicode.L, unicode.M, unicode.Nd)
}

// unspaced reports whether r is of a script that puts no spaces between words.
func unspaced(r rune) bool {
	return r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

func allDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

func untilSpace(s string) int {
	if i := strings.IndexByte(s, ' '); i >= 0 {
		return i
	}
	return len(s)
}

// while returns how many bytes of s, from its beginning, are runes that ok accepts.
func while(s string, ok func(rune) bool) int {
	for i, r := range s {
		if !ok(r) {
			return i
		}
	}
	return len(s)
}
