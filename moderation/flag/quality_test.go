package flag

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// recorded is where the figures stand that may only rise.
const recorded = "../../docs/quality.md"

// figures are what one kind's labelled set measured.
type figures struct {
	spans, found    int // in the set, and found to the code point
	texts, alarms   int // without the kind, and flagged with it all the same
	missed, alarmed []string
}

func (f figures) recall() float64 { return float64(f.found) / float64(f.spans) }

// row is a line of the table in docs/quality.md.
func (f figures) row(kind string) string {
	return fmt.Sprintf("| %s | %d | %.3f | %d of %d |", kind, f.spans, f.recall(), f.alarms, f.texts)
}

// TestQuality measures every kind on its own labelled set and on everyday questions in which nothing is to be found,
// prints the table, and fails where a kind's recall is below 0.95 or anything is worse than was recorded.
//
// Run with -v it prints what was missed and what alarmed as well.
func TestQuality(t *testing.T) {
	was := readRecorded(t)
	plain := append(labelled(t, "plain.txt"), elsewhere(t)...)
	var rows, details []string
	for _, kind := range append(slices.Clone(Kinds), names, held) {
		var f figures
		switch kind {
		case names:
			f = measureNames(t)
		case held:
			f = measureHeld(t)
		default:
			f = measure(t, kind, append(labelled(t, kind+".txt"), plain...))
		}
		rows = append(rows, f.row(kind))
		for _, m := range f.missed {
			details = append(details, kind+" missed: "+m)
		}
		for _, a := range f.alarmed {
			details = append(details, kind+" alarm:  "+a)
		}
		if f.spans < 60 || f.texts < 60 {
			t.Errorf("%s: %d spans and %d texts without are too few to say anything", kind, f.spans, f.texts)
		}
		if f.recall() < 0.95 {
			t.Errorf("%s: recall is %.3f, want at least 0.95", kind, f.recall())
		}
		r, ok := was[kind]
		switch {
		case !ok:
			t.Errorf("%s: %s has no figures of it; the line is\n%s", kind, recorded, f.row(kind))
		case f.recall() < r.recall-0.0005 || f.alarms > r.alarms:
			t.Errorf("%s: worse than recorded, recall %.3f and %d false alarms; it is now\n%s", kind, r.recall, r.alarms, f.row(kind))
		case f.recall() > r.recall+0.0005 || f.alarms < r.alarms:
			t.Errorf("%s: better than recorded. Record it in %s:\n%s", kind, recorded, f.row(kind))
		}
	}
	t.Logf("flags:\n| kind | labelled | recall | false alarms |\n| --- | --- | --- | --- |\n%s", strings.Join(rows, "\n"))
	for _, d := range details {
		t.Log(d)
	}
}

// measure runs the detectors over texts and counts what they find of one kind.
func measure(t *testing.T, kind string, texts []labelledText) figures {
	t.Helper()
	var f figures
	for _, l := range texts {
		var got [][2]int
		for _, fd := range Find(l.text, l.hints) {
			if fd.Kind == kind {
				got = append(got, fd.Span)
			}
		}
		if !l.positive {
			f.texts++
			if len(got) > 0 {
				f.alarms++
				f.alarmed = append(f.alarmed, l.line)
			}
			continue
		}
		want := l.spans
		if len(want) == 0 { // the whole of it
			want = [][2]int{{}}
		}
		f.spans += len(want)
		for _, w := range want {
			if slices.Contains(got, w) {
				f.found++
			} else {
				f.missed = append(f.missed, fmt.Sprintf("%s (found %v)", l.line, cut(l.text, got)))
			}
		}
		if len(got) > len(want) {
			t.Errorf("%s: more than the %d labelled findings in %q: %v", kind, len(want), l.line, cut(l.text, got))
		}
	}
	return f
}

// held is the row of the texts that no rule was changed for.
const held = "held"

func measureHeld(t *testing.T) figures {
	t.Helper()
	var f figures
	for line, hints := range lines(t, "held.txt") {
		line, foreign := strings.CutPrefix(line, "⟦language⟧")
		text, want := unmark(line, "")
		if foreign {
			want = append(want, mark{kind: Language})
		}
		var got []mark
		for _, fd := range Find(text, hints) {
			got = append(got, mark{fd.Kind, fd.Span})
		}
		f.texts++
		f.spans += len(want)
		for _, w := range want {
			if slices.Contains(got, w) {
				f.found++
			} else {
				f.missed = append(f.missed, fmt.Sprintf("%s in %s (found %v)", w.kind, line, got))
			}
		}
		if i := slices.IndexFunc(got, func(g mark) bool { return !slices.Contains(want, g) }); i >= 0 {
			f.alarms++
			f.alarmed = append(f.alarmed, fmt.Sprintf("%v in %s", got[i], line))
		}
	}
	return f
}

// names is the row of names that pretend to be another's, which have no kind of their own.
const names = "names"

func measureNames(t *testing.T) figures {
	t.Helper()
	var f figures
	for _, l := range labelled(t, "names.txt") {
		a, b, ok := strings.Cut(l.text, " | ")
		if !ok {
			t.Fatalf("not two names: %q", l.line)
		}
		alike := Alike(a, b)
		if alike != Alike(b, a) {
			t.Errorf("who is asked about first changes whether they are alike: %q", l.line)
		}
		switch {
		case l.positive:
			f.spans++
			if alike {
				f.found++
			} else {
				f.missed = append(f.missed, l.line)
			}
		default:
			f.texts++
			if alike {
				f.alarms++
				f.alarmed = append(f.alarmed, l.line)
			}
		}
	}
	return f
}

func cut(text string, spans [][2]int) []string {
	var out []string
	for _, s := range spans {
		out = append(out, string([]rune(text)[s[0]:s[1]]))
	}
	return out
}

// labelledText is one line of a labelled set: "+ " and a text with what is to be found between ⟦ and ⟧ (nothing
// marked: the text as a whole), "- " and a text in which nothing is. "\n" and "\u{…}" stand for what no editor shows.
// A line "@ languages=en,cy zone=Europe/Dublin" says where the texts after it were sent to.
type labelledText struct {
	line     string
	text     string
	positive bool
	spans    [][2]int
	hints    Hints
}

func labelled(t *testing.T, name string) []labelledText {
	t.Helper()
	var out []labelledText
	for line, hints := range lines(t, name) {
		l := labelledText{line: line, positive: strings.HasPrefix(line, "+ "), hints: hints}
		if !l.positive && !strings.HasPrefix(line, "- ") {
			t.Fatalf("%s: a line is neither + nor -: %q", name, line)
		}
		var marks []mark
		l.text, marks = unmark(line[2:], "")
		for _, m := range marks {
			l.spans = append(l.spans, m.span)
		}
		if !l.positive && len(l.spans) > 0 {
			t.Fatalf("%s: a text without the kind has a span: %q", name, line)
		}
		out = append(out, l)
	}
	return out
}

// lines yields the texts of a set, and where each was sent to.
func lines(t *testing.T, name string) iter.Seq2[string, Hints] {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func(string, Hints) bool) {
		var hints Hints
		for line := range strings.Lines(string(b)) {
			line = strings.TrimSuffix(line, "\n")
			if line == "" || strings.HasPrefix(line, "# ") {
				continue
			}
			if rest, ok := strings.CutPrefix(line, "@ "); ok {
				hints = Hints{}
				for f := range strings.FieldsSeq(rest) {
					key, value, _ := strings.Cut(f, "=")
					if key == "zone" {
						hints.Zone = value
					} else {
						hints.Languages = strings.Split(value, ",")
					}
				}
				continue
			}
			if !yield(line, hints) {
				return
			}
		}
	}
}

// elsewhere returns the questions of the set on which duplicates are measured: everyday ones by another hand, with
// nothing in them for a flag.
func elsewhere(t *testing.T) []labelledText {
	t.Helper()
	b, err := os.ReadFile("../testdata/similar.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []labelledText
	seen := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		parts := strings.Split(strings.TrimSpace(line), " | ")
		if len(parts) != 3 {
			continue
		}
		for _, text := range parts[1:] {
			if !seen[text] {
				seen[text] = true
				out = append(out, labelledText{line: text, text: text, hints: Hints{Languages: []string{"en", "cy", "gd"}}})
			}
		}
	}
	if len(out) < 500 {
		t.Fatalf("%d questions in the set of duplicates, want at least 500", len(out))
	}
	return out
}

// mark is one thing that is to be found.
type mark struct {
	kind string
	span [2]int
}

var (
	escape = regexp.MustCompile(`\\u\{([0-9a-fA-F]+)\}`)
	marker = regexp.MustCompile(`⟦(?:([a-z-]+):)?([^⟧]*)⟧`)
)

// unmark returns a labelled text as it was sent, and its marks; kind is that of a mark that names none.
func unmark(line, kind string) (string, []mark) {
	line = escape.ReplaceAllStringFunc(strings.ReplaceAll(line, `\n`, "\n"), func(e string) string {
		n, err := strconv.ParseInt(escape.FindStringSubmatch(e)[1], 16, 32)
		if err != nil {
			panic(err)
		}
		return string(rune(n))
	})
	var b strings.Builder
	var marks []mark
	at := 0
	for _, m := range marker.FindAllStringSubmatchIndex(line, -1) {
		b.WriteString(line[at:m[0]])
		from := utf8.RuneCountInString(b.String())
		k, what := kind, line[m[4]:m[5]]
		if m[2] >= 0 {
			if k = line[m[2]:m[3]]; !slices.Contains(Kinds, k) { // "https:" and the like
				k, what = kind, line[m[2]:m[5]]
			}
		}
		b.WriteString(what)
		marks = append(marks, mark{k, [2]int{from, utf8.RuneCountInString(b.String())}})
		at = m[1]
	}
	b.WriteString(line[at:])
	return b.String(), marks
}

// bar is what was recorded of one kind.
type bar struct {
	recall float64
	alarms int
}

var recordedRow = regexp.MustCompile(`^\| ([a-z-]+) \| \d+ \| ([01]\.\d+) \| (\d+) of \d+ \|$`)

// readRecorded reads the table of flags in docs/quality.md.
func readRecorded(t *testing.T) map[string]bar {
	t.Helper()
	b, err := os.ReadFile(recorded)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bar{}
	for line := range strings.Lines(string(b)) {
		m := recordedRow.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		recall, err := strconv.ParseFloat(m[2], 64)
		alarms, err2 := strconv.Atoi(m[3])
		if err != nil || err2 != nil {
			t.Fatalf("%s: cannot read %q", recorded, line)
		}
		out[m[1]] = bar{recall: recall, alarms: alarms}
	}
	return out
}
