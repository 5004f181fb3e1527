package flag

import (
	_ "embed" // the words
	"slices"
	"strings"
)

var (
	//go:embed words/en.txt
	englishWords string
	//go:embed words/cy.txt
	welshWords string
	//go:embed words/gd.txt
	gaelicWords string
)

// entry is a word or phrase of the lists.
type entry struct {
	words  []string // folded
	only   uint64   // only in a text of these languages; 0: in any
	friend bool     // a phrase in which the words are innocent
}

// The lists, made ready: by their first word, by what they are when squeezed, by length for masked words, and the
// parts that are looked for within words.
var (
	entries  = map[string][]entry{}
	squeezed = map[string]bool{}
	byLength = map[int][]string{}
	parts    []string
)

func init() {
	for tag, lines := range map[string]string{"en": englishWords, "cy": welshWords, "gd": gaelicWords} {
		for line := range strings.Lines(lines) {
			line = strings.TrimSpace(line)
			if line == "" || line[0] == '#' {
				continue
			}
			var e entry
			if rest, ok := strings.CutPrefix(line, "~ "); ok {
				line, e.friend = rest, true
			} else if rest, ok := strings.CutPrefix(line, "? "); ok {
				line, e.only = rest, languageBit(tag)
			}
			if part := strings.Trim(line, "*"); part != line {
				parts = append(parts, part)
				line = part
			}
			for w := range strings.FieldsSeq(line) {
				e.words = append(e.words, folded(w))
			}
			entries[e.words[0]] = append(entries[e.words[0]], e)
			if len(e.words) == 1 && !e.friend && e.only == 0 {
				if sq := squeeze(e.words[0]); len(sq) >= 4 {
					squeezed[sq] = true
				}
				if n := len(e.words[0]); n >= 4 {
					byLength[n] = append(byLength[n], e.words[0])
				}
			}
		}
	}
	slices.Sort(parts)
}

// folded returns the ASCII letters and digits that the letters of word are or look like.
func folded(word string) string {
	var b strings.Builder
	for _, r := range word {
		if l := latin(r); isASCIILetter(l) || isDigit(l) {
			b.WriteRune(l)
		}
	}
	return b.String()
}

// squeeze returns word with every run of one letter as one.
func squeeze(word string) string {
	return string(slices.Compact([]byte(word)))
}

// token is a word of the text, as far as it can be one of the lists.
type token struct {
	from, to int
	word     string // folded; letters and digits only
}

// mostToken is how long a token may be, in code points. What is longer is looked through for parts alone.
const mostToken = 40

// profanities finds swear words and slurs: as whole words, never within others (Scunthorpe), but for the few that no
// innocent word holds; with the simplest of disguises. Lists of three languages are looked at in any text, since
// people swear in another language than they ask in; words that are innocent in another language count only where
// guess, the language of the text, is theirs.
func (s *scan) profanities(guess uint64) {
	var tokens []token
	for i := 0; i < len(s.low); {
		if !chunkRune(s.low[i]) {
			i++
			continue
		}
		from := i
		for i < len(s.low) && chunkRune(s.low[i]) {
			i++
		}
		if s.free(from, i) {
			tokens = s.chunk(tokens, from, i)
		}
	}
	s.phrases(tokens, guess)
	s.spaced(tokens)
}

// chunkRune reports whether r may be part of a word in disguise.
func chunkRune(r rune) bool {
	switch r {
	case '*', '#', '@', '$', '!', '|', '€', '_', '.', '·', '•', '-', '\'', '%':
		return true
	}
	return wordRune(r)
}

// mask reports whether r may stand for a letter that was left out.
func mask(r rune) bool {
	return strings.ContainsRune("*#@$!%•·-_", r)
}

// chunk looks at what stands between two blanks, notes words in disguise, and returns tokens with its words.
func (s *scan) chunk(tokens []token, from, to int) []token {
	for from < to && !wordRune(s.low[from]) && s.low[from] != '$' && s.low[from] != '@' {
		from++
	}
	tag := s.at(from-1) == '#'
	for to > from && !wordRune(s.low[to-1]) && s.low[to-1] != '*' && s.low[to-1] != '$' {
		to--
	}
	if from == to {
		return tokens
	}
	first := len(tokens)
	joined := ""
	plainly := true // letters alone
	for i := from; i < to; {
		if !wordRune(s.low[i]) {
			plainly = plainly && s.low[i] == '\''
			i++
			continue
		}
		end := i
		for end < to && wordRune(s.low[end]) && (!tag || end == i || !s.hump(end)) {
			if isDigit(s.low[end]) {
				plainly = false
			}
			end++
		}
		t := token{from: i, to: end, word: s.fold(i, end)}
		if len(t.word) > 0 {
			tokens = append(tokens, t)
		}
		if len(joined)+len(t.word) <= mostToken {
			joined += t.word
		}
		if part := s.part(t); part && s.add(Profanity, string(s.raw[i:end]), i, end) {
			return tokens
		}
		i = end
	}
	if to-from > mostToken {
		return tokens
	}
	whole := len(tokens)-first > 1 && !tag && s.disguised(joined, from, to)
	if whole || !plainly && (s.leet(from, to) || s.masked(from, to)) || stretched(joined) && squeezed[squeeze(joined)] {
		s.add(Profanity, string(s.raw[from:to]), from, to)
	}
	return tokens
}

// hump reports whether a word of a hashtag begins at i.
func (s *scan) hump(i int) bool {
	return s.raw[i] != s.low[i] && (s.raw[i-1] == s.low[i-1] || i+1 < len(s.raw) && letterRune(s.low[i+1]) && s.raw[i+1] == s.low[i+1])
}

// fold returns the letters and digits between from and to, as Latin ones; nothing where it is too long for a word.
func (s *scan) fold(from, to int) string {
	if to-from > 2*mostToken {
		return ""
	}
	buf := make([]byte, 0, mostToken)
	for _, r := range s.raw[from:to] {
		if l := latin(r); (isASCIILetter(l) || isDigit(l)) && len(buf) < mostToken {
			buf = append(buf, byte(l))
		}
	}
	return string(buf)
}

// part reports whether t holds one of the parts.
func (s *scan) part(t token) bool {
	for _, p := range parts {
		if len(t.word) >= len(p) && strings.Contains(t.word, p) {
			return true
		}
	}
	return false
}

// stretched reports whether a letter stands three times in a row.
func stretched(word string) bool {
	for i := 2; i < len(word); i++ {
		if word[i] == word[i-1] && word[i] == word[i-2] && !isDigit(rune(word[i])) {
			return true
		}
	}
	return false
}

// disguised reports whether letters with something but an apostrophe between them make a listed word: "f.u.c.k",
// "sh_it".
func (s *scan) disguised(joined string, from, to int) bool {
	return len(joined) >= 4 && single(joined) && !slices.Contains(s.low[from:to], '\'')
}

// single reports whether word by itself is in a list, in any language.
func single(word string) bool {
	return slices.ContainsFunc(entries[word], func(e entry) bool { return len(e.words) == 1 && !e.friend && e.only == 0 })
}

// leets are the digits and signs that stand for letters.
var leets = map[rune]byte{'0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '8': 'b', '$': 's', '@': 'a', '!': 'i', '|': 'i', '€': 'e'}

// leet reports whether what stands between from and to is a listed word with digits and signs for letters. At least
// as many letters as others have to be left: the A55 is a road.
func (s *scan) leet(from, to int) bool {
	word := make([]byte, 0, mostToken)
	letters, others := 0, 0
	for i := from; i < to; i++ {
		if sub, ok := leets[s.low[i]]; ok {
			word = append(word, sub)
			others++
		} else if l := latin(s.raw[i]); isASCIILetter(l) {
			word = append(word, byte(l))
			letters++
		} else if !mask(s.low[i]) {
			return false
		}
	}
	return others > 0 && letters >= others && len(word) >= 4 && (single(string(word)) || slices.ContainsFunc(parts, func(p string) bool {
		return strings.Contains(string(word), p)
	}))
}

// masked reports whether what stands between from and to is a listed word with signs for letters that were left out:
// "f*ck", "sh**", "b-tch". The first letter has to stand, and a hyphen stands for one letter at most.
func (s *scan) masked(from, to int) bool {
	word := make([]byte, 0, mostToken)
	masks, weak := 0, 0
	for i := from; i < to; i++ {
		switch l := latin(s.raw[i]); {
		case mask(s.low[i]):
			word = append(word, '*')
			masks++
			if s.low[i] == '-' || s.low[i] == '_' {
				weak++
			}
		case isASCIILetter(l):
			word = append(word, byte(l))
		default:
			return false
		}
	}
	if masks == 0 || word[0] == '*' || weak > 1 || weak == 1 && (masks > 1 || word[len(word)-1] == '*') {
		return false
	}
	if last := word[len(word)-1] == '*'; last && masks < 2 || len(word)-masks < 2 && masks != 3 {
		return false // "cost*" has a footnote; "a**" says nothing
	}
	for _, w := range byLength[len(word)] {
		if matches(w, word) {
			return true
		}
	}
	// One sign may stand for several letters: "f*ing", "c*t".
	return masks == 1 && weak == 0 && len(word) >= 3 && shortened(word)
}

// matches reports whether w is word but for its masks.
func matches(w string, word []byte) bool {
	for i, c := range word {
		if c != '*' && c != w[i] {
			return false
		}
	}
	return true
}

// shortened reports whether word, with one mask for two letters or three, is one of the strongest words.
func shortened(word []byte) bool {
	head, tail, _ := strings.Cut(string(word), "*")
	if tail == "" {
		return false
	}
	for _, w := range []string{"fuck", "fucking", "fucked", "fucker", "fucks", "cunt", "cunts", "shit", "wanker", "wankers"} {
		if n := len(w) - len(head) - len(tail); (n == 2 || n == 3) && strings.HasPrefix(w, head) && strings.HasSuffix(w, tail) {
			return true
		}
	}
	return false
}

// phrases notes listed words and phrases among tokens, but for those within an innocent phrase.
func (s *scan) phrases(tokens []token, guess uint64) {
	innocent := 0 // tokens before this one belong to an innocent phrase
	for i, t := range tokens {
		longest, friend := 0, 0
		for _, e := range entries[t.word] {
			if e.only != 0 && e.only&guess == 0 || !startsWith(tokens[i:], e.words) {
				continue
			}
			if e.friend {
				friend = max(friend, len(e.words))
			} else {
				longest = max(longest, len(e.words))
			}
		}
		if friend > 0 && friend >= longest {
			innocent = max(innocent, i+friend)
		}
		if longest > 0 && i+longest > innocent && !s.within(tokens, i) {
			s.add(Profanity, string(s.raw[t.from:tokens[i+longest-1].to]), t.from, tokens[i+longest-1].to)
		}
	}
}

// within reports whether an innocent phrase that begins up to three words before token i holds it.
func (s *scan) within(tokens []token, i int) bool {
	for back := 1; back <= 3 && back <= i; back++ {
		for _, e := range entries[tokens[i-back].word] {
			if e.friend && len(e.words) > back && startsWith(tokens[i-back:], e.words) {
				return true
			}
		}
	}
	return false
}

func startsWith(tokens []token, words []string) bool {
	if len(tokens) < len(words) {
		return false
	}
	for i, w := range words {
		if tokens[i].word != w {
			return false
		}
	}
	return true
}

// spaced finds words whose letters stand apart: "f u c k".
func (s *scan) spaced(tokens []token) {
	for i := 0; i < len(tokens); {
		end := i
		for end < len(tokens) && len(tokens[end].word) == 1 && isASCIILetter(rune(tokens[end].word[0])) && (end == i || tokens[end].from-tokens[end-1].to <= 2) {
			end++
		}
		for from := i; from+4 <= end; from++ {
			word := make([]byte, 0, 12)
			for to := from; to < end && to-from < 12; to++ {
				word = append(word, tokens[to].word[0])
				if len(word) >= 4 && single(string(word)) {
					s.add(Profanity, string(s.raw[tokens[from].from:tokens[to].to]), tokens[from].from, tokens[to].to)
				}
			}
		}
		i = max(end, i+1)
	}
}
