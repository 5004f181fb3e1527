package similar

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
)

// Weights of a word: how much it says about what is asked. What the lexicon does not know says most.
const (
	weightMark   = 0.01 // a mention: it makes a difference only where there is another in its place
	weightLight  = 0.25
	weightCommon = 0.7
	weightGroup  = 0.85 // in a group of meaning, and in no list of weights
	weightRare   = 1.0
	specific     = 0.5 // from here on a word that only one of two texts has makes a difference
)

//go:embed lexicon.txt
var lexiconText string

// lex is the lexicon. It is read once and never changed.
var lex = readLexicon(lexiconText)

// entry is what the lexicon knows of a stem or phrase.
type entry struct {
	weight float32
	groups []uint32 // of meaning
	drop   bool     // carries nothing
	frame  bool     // stands around a question
}

// phrase is several stems in a row that count as one word.
type phrase struct {
	stems []string
	name  string // its key among the entries
}

type lexicon struct {
	entries  map[string]entry
	phrases  map[string][]phrase // by first stem, longest first
	opposite map[[2]string]bool  // by stem or group, both ways round
	spelled  map[string]bool     // stems of phrases
	sided    map[string]bool     // what has an opposite
	groups   uint32              // how many there are, numbered from 1
}

func readLexicon(src string) *lexicon {
	l := &lexicon{entries: map[string]entry{}, phrases: map[string][]phrase{}, opposite: map[[2]string]bool{}, sided: map[string]bool{}, spelled: map[string]bool{}}
	section := ""
	var opposites [][2]string
	for n, line := range strings.Split(src, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' {
			name, _, ok := strings.Cut(line[1:], "]")
			if !ok {
				panic(fmt.Sprintf("similar: lexicon line %d: no section", n+1))
			}
			section = name
			continue
		}
		words := lexiconWords(line)
		switch section {
		case "stop", "light", "common", "frame":
			for _, w := range words {
				e := l.entries[l.key(w)]
				switch section {
				case "stop":
					e.drop = true
				case "light":
					e.weight = weightLight
				case "common":
					e.weight = max(e.weight, weightCommon)
				case "frame":
					e.frame = true
				}
				l.entries[l.key(w)] = e
			}
		case "same":
			l.groups++
			for _, w := range words {
				k := l.key(w)
				e := l.entries[k]
				if !slices.Contains(e.groups, l.groups) {
					e.groups = append(e.groups, l.groups)
				}
				l.entries[k] = e
			}
		case "opposite":
			if len(words) != 2 {
				panic(fmt.Sprintf("similar: lexicon line %d: an opposite has two sides", n+1))
			}
			opposites = append(opposites, [2]string{l.key(words[0]), l.key(words[1])})
			for _, w := range words {
				l.entries[l.key(w)] = l.entries[l.key(w)] // known, if nothing else
			}
		default:
			panic(fmt.Sprintf("similar: lexicon line %d: unknown section %q", n+1, section))
		}
	}
	for k, e := range l.entries {
		if e.weight == 0 && !e.drop {
			e.weight = weightGroup
		}
		l.entries[k] = e
	}
	for _, o := range opposites { // whatever means the same is the opposite too
		for _, a := range l.meanings(o[0], l.entries[o[0]].groups) {
			for _, b := range l.meanings(o[1], l.entries[o[1]].groups) {
				l.opposite[[2]string{a, b}], l.opposite[[2]string{b, a}] = true, true
				l.sided[a], l.sided[b] = true, true
			}
		}
	}
	for _, ps := range l.phrases {
		slices.SortFunc(ps, func(a, b phrase) int {
			if d := len(b.stems) - len(a.stems); d != 0 {
				return d
			}
			return strings.Compare(a.name, b.name)
		})
	}
	return l
}

// lexiconWords returns the words and the bracketed phrases of a line.
func lexiconWords(line string) (out []string) {
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if line[0] == '(' {
			in, rest, _ := strings.Cut(line[1:], ")")
			out, line = append(out, in), rest
			continue
		}
		w, rest, _ := strings.Cut(line, " ")
		out, line = append(out, w), rest
	}
	return out
}

// key returns the key of a word or phrase among the entries, and makes the phrase known.
func (l *lexicon) key(w string) string {
	if !strings.Contains(w, " ") {
		return stem(w)
	}
	var stems []string
	for f := range strings.FieldsSeq(w) {
		stems = append(stems, stem(f))
		l.spelled[stem(f)] = true
	}
	name := strings.Join(stems, " ")
	if ps := l.phrases[stems[0]]; !slices.ContainsFunc(ps, func(p phrase) bool { return p.name == name }) {
		l.phrases[stems[0]] = append(ps, phrase{stems: stems, name: name})
	}
	return name
}

// phraseAt returns the longest phrase that the stems begin with.
func (l *lexicon) phraseAt(stems []string) (phrase, bool) {
	for _, p := range l.phrases[stems[0]] {
		if len(p.stems) <= len(stems) && slices.Equal(p.stems, stems[:len(p.stems)]) {
			return p, true
		}
	}
	return phrase{}, false
}

// stem returns the stem of an English word (Porter 2). Words that are not of Latin letters alone stay as they are.
func stem(w string) string {
	if len(w) < 3 || len(w) > 40 {
		return w
	}
	for i := range len(w) {
		if w[i] < 'a' || w[i] > 'z' {
			return w
		}
	}
	if s, ok := irregular[w]; ok {
		return s
	}
	env := snowballstem.NewEnv(w)
	english.Stem(env)
	return env.Current()
}

// irregular holds forms that no rule leads to their stem.
var irregular = map[string]string{
	"built": "build", "spent": "spend", "paid": "pay", "left": "leav", "taught": "teach", "bought": "buy",
	"sold": "sell", "lost": "lose", "losing": "lose", "won": "win", "fell": "fall", "fallen": "fall", "rose": "rise",
	"risen": "rise", "grew": "grow", "grown": "grow", "gave": "give", "given": "give", "took": "take",
	"taken": "take", "made": "make", "went": "go", "gone": "go", "going": "go", "goes": "go", "got": "get", "began": "begin",
	"begun": "begin", "brought": "bring", "kept": "keep", "said": "say", "told": "tell", "thought": "think",
	"knew": "know", "known": "know", "saw": "see", "seen": "see", "found": "find", "felt": "feel", "met": "meet",
	"ran": "run", "stood": "stand", "held": "hold", "chose": "choos", "chosen": "choos", "broke": "break",
	"broken": "break", "women": "woman", "men": "man", "children": "child", "stole": "steal", "stolen": "steal",
	"shutting": "shut", "better": "better", "putting": "put", "cutting": "cut", "swam": "swim",
	"policies": "policy", "policy": "policy", "police": "police", "policing": "police", "university": "university",
	"universities": "university", "universal": "universal", "news": "news", "general": "general", "generation": "generation",
	"organise": "organis", "organisation": "organisation", "organisations": "organisation", "early": "early",
	"mayor": "mayor", "major": "major", "majority": "majority", "community": "community", "communities": "community",
	"communication": "communicat", "communicate": "communicat", "carer": "carer", "carers": "carer",
	"career": "career", "careers": "career", "internal": "internal", "international": "international",
	"customs": "customs", "arms": "arms", "nurse": "nurs", "nursery": "nursery", "nurseries": "nursery",
	"nursing": "nurs", "hospital": "hospital", "hospitality": "hospitality", "party": "party", "parties": "party",
	"part": "part", "animal": "animal", "training": "train_", "trained": "train_", "trainee": "train_",
	"trainees": "train_", "booking": "book_", "parking": "parking", "housing": "housing", "waste": "waste",
	"planning": "planning", "permission": "permission",
}

// meanings returns the keys under which a stem and its groups stand among the opposites.
func (l *lexicon) meanings(stem string, groups []uint32) []string {
	out := []string{stem}
	for _, g := range groups {
		out = append(out, "="+strconv.Itoa(int(g)))
	}
	return out
}

// opposed reports whether two lexemes are opposites.
func (l *lexicon) opposed(x, y *lexeme) bool {
	for _, a := range x.opposable {
		for _, b := range y.opposable {
			if l.opposite[[2]string{a, b}] {
				return true
			}
		}
	}
	return false
}

// opposable returns the meanings of a stem; nil where none of them has an opposite.
func (l *lexicon) opposable(stem string, groups []uint32) []string {
	out := l.meanings(stem, groups)
	if slices.ContainsFunc(out, func(m string) bool { return l.sided[m] }) {
		return out
	}
	return nil
}
