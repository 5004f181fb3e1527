package similar

import (
	"hash/fnv"
	"slices"
	"strings"

	"github.com/openfloor/openfloor/moderation/text"
)

// Limits of what is kept of one text.
const (
	maxUnits   = 4
	maxWords   = 60     // in a unit
	maxStemmed = 20_000 // words whose stem is remembered
	least      = 1.0    // weight of words below which a question cannot be compared without what stands around it
)

// lexeme is one word of a vocabulary, shared by all texts that have it.
type lexeme struct {
	raw, stem string
	concepts  []uint32 // what it means; the first is its stem
	weight    float32
	known     bool // in the lexicon
	slot      bool // a number, a day, a name with digits: it says which one is meant
	number    bool
	celtic    bool      // Welsh or Gaelic
	parts     []*lexeme // the words of a phrase
	opposable []string  // its keys among the opposites; nil where there is none
}

// word is a lexeme at its place.
type word struct {
	lx  *lexeme
	pos uint16 // among the tokens of its unit
}

// unit is one question, or the whole of a text that asks none.
type unit struct {
	class    class
	negative bool
	lang     language
	words    []word // each lexeme once, in order
	weight   float32
}

// profile is what is kept of a text.
type profile struct {
	key   uint64 // of the words alone: equal for texts that differ in greeting, hashtags and punctuation only
	units []unit
	order string // for telling which of two texts comes first, whatever order they are given in
}

// lightest returns the weight of the question that has least.
func (p profile) lightest() float32 {
	w := float32(0)
	for i, u := range p.units {
		if i == 0 || u.weight < w {
			w = u.weight
		}
	}
	return w
}

// vocabulary holds the lexemes of an index.
type vocabulary struct {
	lexemes map[string]*lexeme
	stems   map[string]uint32
	stemmed map[string]string // what words were stemmed to, to do it once
	grown   func(*lexeme)     // called for each new one
}

func newVocabulary() *vocabulary {
	return &vocabulary{lexemes: map[string]*lexeme{}, stems: map[string]uint32{}, stemmed: map[string]string{}}
}

// stemOf is stem, remembered.
func (v *vocabulary) stemOf(w string) string {
	s, ok := v.stemmed[w]
	if !ok {
		if len(v.stemmed) >= maxStemmed {
			clear(v.stemmed)
		}
		s = stem(w)
		v.stemmed[strings.Clone(w)] = s
	}
	return s
}

// slots are words that, like numbers, say which one is meant.
var slots = set(`monday tuesday wednesday thursday friday saturday sunday january february march april june july august
	september october november december spring summer autumn winter christmas easter ramadan tomorrow yesterday tonight
	mondays tuesdays wednesdays thursdays fridays saturdays sundays weekend weekends bank_holiday`)

// numberWords are read as numbers. One is not among them: it is seldom meant as a number.
var numberWords = map[string]string{
	"two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10",
	"eleven": "11", "twelve": "12", "fifteen": "15", "eighteen": "18", "twenty": "20", "thirty": "30", "forty": "40",
	"fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90", "hundred": "100", "thousand": "1000",
}

// units follow a number and belong to it.
var units = set("second seconds minute minutes hour hours day days week weeks month months year years mile miles metre metres")

// lexeme returns the lexeme of a token or phrase.
func (v *vocabulary) lexeme(l language, raw, key string, number bool) *lexeme {
	id := raw
	if l != anyLanguage {
		id = string(rune('0'+l)) + raw
	}
	if lx, ok := v.lexemes[id]; ok {
		return lx
	}
	raw = strings.Clone(raw)
	lx := &lexeme{raw: raw, number: number, slot: number || slots[raw]}
	switch {
	case key == "@":
		lx.stem, lx.known, lx.weight, lx.slot = raw, true, weightMark, true
	case number:
		lx.stem, lx.known, lx.weight = raw, true, weightRare
	case l != anyLanguage:
		lx.stem, lx.weight, lx.celtic = l.radical(raw), weightRare, true
	default:
		lx.stem = strings.Clone(key)
		e, ok := lex.entries[key]
		lx.known, lx.weight = ok || lex.spelled[key], weightRare
		if ok {
			lx.weight = e.weight
		}
		lx.concepts = append(lx.concepts, e.groups...)
		lx.opposable = lex.opposable(key, e.groups)
		if strings.Contains(key, " ") {
			for part := range strings.FieldsSeq(raw) {
				lx.parts = append(lx.parts, v.lexeme(l, part, stem(part), false))
			}
		}
	}
	if !lx.known && strings.ContainsAny(raw, "0123456789") {
		lx.slot = true
	}
	n, ok := v.stems[lx.stem]
	if !ok {
		n = lex.groups + 1 + uint32(len(v.stems))
		v.stems[lx.stem] = n
	}
	lx.concepts = slices.Insert(lx.concepts, 0, n)
	v.lexemes[strings.Clone(id)] = lx
	if v.grown != nil {
		v.grown(lx)
	}
	return lx
}

// parse makes the profile of a text.
func (v *vocabulary) parse(s string) profile {
	segs := v.split(s)
	l := guess(segs)
	segs = clean(l, segs)
	p := profile{}
	h := fnv.New64a()
	var order strings.Builder
	for _, seg := range segs {
		for _, t := range seg.tokens {
			h.Write([]byte(t.word))
			h.Write([]byte{' '})
			order.WriteString(t.word)
			order.WriteByte(' ')
		}
	}
	if order.Len() == 0 { // nothing but a greeting, or no word at all
		order.WriteString(text.Fold(s[:min(len(s), maxBytes)]))
		h.Write([]byte{0})
		h.Write([]byte(order.String()))
	}
	p.key, p.order = h.Sum64(), order.String()

	var all []token
	for _, seg := range segs {
		all = append(all, seg.tokens...)
	}
	for _, seg := range segs {
		if len(p.units) == maxUnits || !seg.asks(l) {
			continue
		}
		u := v.unit(l, seg.tokens, nil)
		if u.weight < least && len(seg.tokens) < len(all) {
			u = v.unit(l, seg.tokens, all)
			if u.weight < least {
				continue
			}
		}
		p.units = append(p.units, u)
	}
	if len(p.units) == 0 && len(all) > 0 {
		if u := v.unit(l, all, nil); len(u.words) > 0 {
			p.units = append(p.units, u)
		}
	}
	return p
}

// unit makes a unit of the tokens of a question; of the words of around, where those are given.
func (v *vocabulary) unit(l language, ts, around []token) unit {
	c, negative, used := ask(l, ts)
	u := unit{class: c, negative: negative, lang: l}
	if around != nil {
		ts, used = around, nil
	}
	seen := map[*lexeme]bool{}
	add := func(lx *lexeme, pos int) {
		if len(u.words) < maxWords && !seen[lx] {
			seen[lx] = true
			u.words = append(u.words, word{lx, uint16(min(pos, 1<<16-1))})
			u.weight += lx.weight
		}
	}
	stems := make([]string, len(ts))
	for i, t := range ts {
		stems[i] = t.stem
	}
	for i := 0; i < len(ts); i++ {
		t := ts[i]
		switch {
		case t.mark:
			add(v.lexeme(anyLanguage, t.word, "@", false), i)
			continue
		case t.number, l == anyLanguage && numberWords[t.word] != "":
			word := t.word
			if !t.number {
				word = numberWords[word]
			}
			if i+1 < len(ts) {
				if scaled(word, ts[i+1].word) != word {
					word = scaled(word, ts[i+1].word)
					i++
				} else if p, ok := lex.phraseAt(stems[i+1:]); units[ts[i+1].word] && (!ok || len(p.stems) == 1) {
					word += " " + stems[i+1]
					i++
				}
			}
			add(v.lexeme(anyLanguage, word, word, true), i)
			continue
		case l != anyLanguage:
			if !celticStops[l][t.word] && !celticNegations[l][t.word] && !slices.Contains(used, i) {
				add(v.lexeme(l, t.word, "", false), i)
			}
			continue
		}
		// a hyphen after a small word: by-pass, re-open, no-fault
		if i+1 < len(ts) && ts[i+1].hyphen && !ts[i+1].number && (i+2 >= len(ts) || !ts[i+2].hyphen) && !t.hyphen &&
			(len(t.word) <= 3 || len(ts[i+1].word) <= 3) && numberWords[t.word] == "" {
			if e, ok := lex.entries[stems[i]]; !ok || e.drop || len(t.word) <= 3 {
				if p, ok := lex.phraseAt(stems[i:]); !ok || len(p.stems) < 2 {
					joined := t.word + ts[i+1].word
					add(v.lexeme(l, joined, stem(joined), false), i)
					i++
					continue
				}
			}
		}
		if p, ok := lex.phraseAt(stems[i:]); ok && !(slices.Contains(used, i) && negations[t.word] && !ts[min(i+1, len(ts)-1)].hyphen && lex.entries[p.name].drop) {
			e := lex.entries[p.name]
			if !e.drop && !e.frame {
				raw := make([]string, len(p.stems))
				for k := range raw {
					raw[k] = ts[i+k].word
				}
				add(v.lexeme(l, strings.Join(raw, " "), p.name, false), i)
			}
			i += len(p.stems) - 1
			continue
		}
		if slices.Contains(used, i) {
			continue
		}
		if j := particle(stems, i); j > 0 { // bring costs down
			name := stems[i] + " " + stems[j]
			add(v.lexeme(l, t.word+" "+ts[j].word, name, false), i)
			used = append(used, j)
			continue
		}
		e, ok := lex.entries[stems[i]]
		if ok && (e.drop || e.frame) {
			continue
		}
		w := t.word
		if !ok && len(w) > 5 && w[:2] == "un" {
			if _, known := lex.entries[stem(w[2:])]; known { // unaffordable
				u.negative = !u.negative
				w = w[2:]
			}
		}
		add(v.lexeme(l, w, stem(w), false), i)
	}
	return u
}

// particle returns where the second word of a phrasal verb stands that begins at i and has its object inside; 0:
// there is none.
func particle(stems []string, i int) int {
	for j := i + 2; j < len(stems) && j <= i+4; j++ {
		switch stems[j] {
		case "up", "down", "off", "back", "away":
			name := stems[i] + " " + stems[j]
			if e, ok := lex.entries[name]; ok && len(e.groups) > 0 && !e.drop {
				return j
			}
		}
	}
	return 0
}

// clean leaves out what frames a question: labels, greetings, thanks.
func clean(l language, segs []segment) []segment {
	out := segs[:0]
	thanked := false
	for _, seg := range segs {
		ts := seg.tokens
		for i := range ts {
			if n := thanksAt(ts[i:]); n > 0 && (i == 0 || ts[i].comma || len(ts)-i-n <= 2) {
				ts, thanked = ts[:i], true
				break
			}
		}
		ts = unframed(l, ts, len(out) == 0)
		if len(ts) > 0 {
			out = append(out, segment{tokens: ts, question: seg.question})
		} else if seg.question && len(out) > 0 && len(seg.tokens) > 0 {
			out[len(out)-1].question = true
		}
	}
	if n := len(out); thanked && n > 1 && len(out[n-1].tokens) <= 2 && !out[n-1].question {
		if _, known := lex.entries[out[n-1].tokens[0].stem]; !known { // a name on a line of its own
			out = out[:n-1]
		}
	}
	return out
}

// thanksAt returns how many tokens of thanks ts begins with. Thanks to the council is none.
func thanksAt(ts []token) (n int) {
	word := func(i int) string {
		if i < len(ts) {
			return ts[i].word
		}
		return ""
	}
	switch {
	case word(0) == "many" && word(1) == "thanks" || word(0) == "thank" && (word(1) == "you" || word(1) == "u"):
		n = 2
	case thanks[word(0)]:
		n = 1
	}
	if n > 0 && word(n) == "to" && word(0) != "thank" {
		return 0
	}
	return n
}

var thanks = set("thanks thankyou cheers diolch tapadh regards thx")

// openings stand before a question where they stand together, or apart by a comma: Evening all, Dear panel.
var openings = set("dear all panel panellist panellists panelists chair everyone everybody folks team evening afternoon morning question q and to of the")

// unframed drops frames from a segment: in first, a label too.
func unframed(l language, ts []token, first bool) []token {
	if len(ts) > 0 && first && label(ts[0].word) {
		ts = ts[1:]
	}
	out := make([]token, 0, len(ts))
	content := false
	for i := 0; i < len(ts); i++ {
		if n := frameAt(ts[i:]); n == 1 || n > 1 && (len(out) == 0 || ts[i].comma || i+n == len(ts)) {
			i += n - 1
			if len(out) == 0 { // Hello everyone
				for i+1 < len(ts) && openings[ts[i+1].word] && !(ts[i+1].comma && ts[i+1].word == "the") {
					i++
				}
			}
			continue
		}
		if len(out) == 0 && i == 0 {
			n := 0
			for n < len(ts) && openings[ts[n].word] {
				n++
			}
			if n > 0 && (n == len(ts) || ts[n].comma) {
				i = n - 1
				continue
			}
		}
		out = append(out, ts[i])
		if !lex.entries[ts[i].stem].drop && !ts[i].mark {
			content = true
		}
	}
	if !content && l == anyLanguage && len(out) < len(ts) {
		if c, _, _ := ask(l, out); c == statement {
			return nil
		}
	}
	return out
}

// frameAt returns how many tokens of a frame ts begins with.
func frameAt(ts []token) int {
	for _, p := range lex.phrases[ts[0].stem] {
		if lex.entries[p.name].frame && len(p.stems) <= len(ts) && slices.EqualFunc(ts[:len(p.stems)], p.stems, func(t token, s string) bool { return t.stem == s }) {
			return len(p.stems)
		}
	}
	if lex.entries[ts[0].stem].frame && !ts[0].number {
		return 1
	}
	return 0
}

// label reports whether w labels a question or an answer: q, q3, a12.
func label(w string) bool {
	if w == "" || w[0] != 'q' && w[0] != 'a' || len(w) > 3 || w == "a" {
		return false
	}
	return allDigits(w[1:])
}
