package similar

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSame(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		a, b string
		want bool
	}{
		"case and punctuation": {"Why are buses late?", "why are buses late", true},
		"greeting":             {"Hello panel! Why are buses late?", "Why are buses late?", true},
		"label":                {"Q3 Why are buses late?", "Why are buses late?", true},
		"label with a stop":    {"A12: Because nobody drives them", "because nobody drives them", true},
		"thanks":               {"Why are buses late? Thank you for taking my question.", "Why are buses late?", true},
		"thanks and name":      {"Why are buses late?\nMany thanks\nJo", "Why are buses late?", true},
		"hashtags":             {"Why are buses late? #AskPanel #buses", "#AskPanel Why are buses late?", true},
		"mentions":             {"@panel @jo@social.example Why are buses late?", "Why are buses late?", true},
		"link":                 {"Why are buses late? https://example.org/a?b=c", "Why are buses late?", true},
		"emoji":                {"Why are buses late?? 😡🚌", "Why are buses late?", true},
		"apostrophe left out":  {"Why don’t buses come?", "Why dont buses come", true},
		"abbreviation's stops": {"Why is the N.H.S. short of staff?", "Why is the NHS short of staff?", true},
		"thousands":            {"Will you build 1,000 homes?", "Will you build 1000 homes?", true},
		"Welsh greeting":       {"Bore da, pam mae'r bws yn hwyr? Diolch", "Pam mae'r bws yn hwyr?", true},
		"greeting of many":     {"Evening all, why are buses late?", "why are buses late", true},
		"to whom":              {"To all of the panel: why are buses late?", "why are buses late", true},
		"question before it":   {"Question for the panel: why are buses late?", "My question is why are buses late?", true},
		"name after thanks":    {"Why are buses late? Thanks, Jo", "Why are buses late thanks", true},
		"asks to ask":          {"I'd like to know why buses are late", "Can I ask why buses are late?", true},
		"question as a word":   {"Why was a question to the mayor ignored?", "Why was the mayor ignored?", false},
		"thanks to":            {"Thanks to the council the bus is late", "Thanks to Brexit the bus is late", false},
		"thanks inside":        {"Why did the mayor say thanks to the police?", "Why did the mayor say thanks to the army?", false},
		"time of day":          {"Why are there no buses in the evening?", "Why are there no buses in the morning?", false},
		"morning as a word":    {"Morning buses are late", "Buses are late", false},
		"mention inside":       {"Why is @nhs so slow?", "Why is @bbc so slow?", false},
		"hashtag inside":       {"Why is #Crossrail so late?", "Why is #Thameslink so late?", false},
		"panel as a word":      {"Why is the panel all male?", "Why is the board all male?", false},
		"another word":         {"Why are buses late?", "Why are trains late?", false},
		"another order":        {"Why are buses late?", "Late are why buses?", false},
		"nothing but greeting": {"Hello everyone", "Good morning", false},
		"no words":             {"🔥🔥🔥", "💩", false},
		"the same no words":    {"🔥🔥🔥", "🔥🔥🔥", true},
		"both empty":           {"", "", true},
		"only hashtags":        {"#a", "#b", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Same(c.a, c.b); got != c.want {
				t.Errorf("Same(%q, %q) = %v, want %v", c.a, c.b, got, c.want)
			}
			if got := Score(c.a, c.b); (got == 1) != c.want {
				t.Errorf("Score(%q, %q) = %v; same: %v", c.a, c.b, got, c.want)
			}
		})
	}
}

func TestScore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		a, b string
		want bool
	}{
		"question word":          {"Why was the pool closed?", "When was the pool closed?", false},
		"why of another":         {"Why was the pool closed?", "Why was the school closed?", false},
		"negation":               {"Why did you close the pool?", "Why didn't you close the pool?", false},
		"negation of politeness": {"Isn't it time to close the pool in Leeds?", "Is it time to close the pool in Leeds?", true},
		"sooner or later words":  {"By when will the pool open again?", "When will the pool reopen?", true},
		"year":                   {"What was spent on roads in 2023?", "What was spent on roads in 2024?", false},
		"amount":                 {"Where did the £3m for roads go?", "Where did the £3 million for roads go?", true},
		"another amount":         {"Where did the £3m for roads go?", "Where did the £3bn for roads go?", false},
		"number in words":        {"Why are there three vacant shops?", "Why are there 3 vacant shops?", true},
		"hashtag as a word":      {"Why is the #NHS short of money?", "Why is the NHS short of money?", true},
		"hashtag nobody knows":   {"Why is #Crossrail delayed?", "Why is #Thameslink delayed?", false},
		"mention or none":        {"Why has @council cut the youth club?", "Why has the council cut the youth club?", true},
		"time of day":            {"Why are there no buses in the evening?", "Why are there no buses in the morning?", false},
		"hashtag of another":     {"Why is the #NHS short of money?", "Why are #schools short of money?", false},
		"slip":                   {"Who pays for the stadium?", "Who pays for the staduim?", true},
		"names one slip apart":   {"Will Mr Harlow resign?", "Will Mr Hadlow resign?", false},
		"police and policy":      {"Who decides the police budget?", "Who decides the policy budget?", false},
		"phrase apart":           {"How will you bring energy prices down?", "How will you bring down energy prices?", true},
		"question after a story": {"My mother waited nine hours on a trolley. Who is responsible for A&E?", "Who is responsible for A&E?", true},
		"two of three questions": {"Why was the pool closed? Who decided? When will it reopen?", "Is the bypass ever going to be finished?", false},
		"asks what it told":      {"The ferry to Arran is cancelled again. Why?", "Why is the Arran ferry cancelled again?", true},
		"mutation":               {"Pam mae ysgolion yng Nghaerdydd yn cau?", "Pam mae ysgolion Caerdydd yn cau?", true},
		"mutation of another":    {"Pam mae ysgolion yng Nghaerdydd yn cau?", "Pam mae ysgolion yng Nghasnewydd yn cau?", false},
		"lenition":               {"Cuin a bhios sgoil ùr ann airson Bharraigh?", "Cuin a bhios sgoil ùr ann am Barraigh?", true},
		"French":                 {"Pourquoi la piscine est-elle fermée le lundi ?", "Pourquoi la piscine est elle fermee le lundi?", true},
		"Japanese":               {"なぜ図書館は閉館しますか？", "なぜ図書館は閉館しますか", true},
		"another Japanese":       {"なぜ図書館は閉館しますか？", "バスはいつ来ますか？", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Score(c.a, c.b); (got >= Threshold) != c.want {
				v := newVocabulary()
				t.Errorf("Score(%q, %q) = %.2f, want it suggested: %v\n%s\n%s", c.a, c.b, got, c.want, v.parse(c.a), v.parse(c.b))
			}
		})
	}
}

// String shows what is compared.
func (p profile) String() string {
	var b strings.Builder
	for _, u := range p.units {
		fmt.Fprintf(&b, "[class %d negative %v", u.class, u.negative)
		for _, w := range u.words {
			fmt.Fprintf(&b, " %s/%.2g", w.lx.stem, w.lx.weight)
		}
		b.WriteString("] ")
	}
	return b.String()
}

func TestIndex(t *testing.T) {
	t.Parallel()
	x := New(0)
	ids := func(text string) (out []string) {
		for _, f := range x.Similar(text) {
			out = append(out, f.ID)
		}
		return out
	}
	check := func(when, text string, want ...string) {
		t.Helper()
		if got := ids(text); !slices.Equal(got, want) {
			t.Errorf("%s: Similar(%q) = %v, want %v", when, text, got, want)
		}
	}
	check("empty", "Why is the library closing?")
	x.Add("a", "Why is the library closing?")
	x.Add("b", "Why are you shutting the library?")
	x.Add("c", "When is the library closing?")
	x.Add("d", "Hi, why is the library closing? #save")
	check("the same before the alike, newest first", "why is the library closing", "d", "a", "b")
	x.Update("d", "Where is the nearest dentist?")
	check("updated", "why is the library closing", "a", "b")
	x.Remove("a")
	x.Remove("a")
	check("removed", "why is the library closing", "b")
	check("a slip in the only word that counts", "Where is the nearest dentsit?", "d")
	if got := x.Len(); got != 3 {
		t.Errorf("Len() = %d, want 3", got)
	}
}

func TestIndexIsBounded(t *testing.T) {
	t.Parallel()
	x := New(2000)
	for i := range 10_000 {
		x.Add(fmt.Sprint(i), fmt.Sprintf("Why is word%d closing?", i))
	}
	if x.Len() != 2000 || len(x.texts) > 4000 || len(x.voc.lexemes) > 10_000 {
		t.Errorf("%d texts, room for %d, %d words", x.Len(), len(x.texts), len(x.voc.lexemes))
	}
	if got := x.Similar("Why is word9999 closing?"); len(got) != 1 || got[0].ID != "9999" {
		t.Errorf("the newest: %v", got)
	}
	if got := x.Similar("Why is word7999 closing?"); len(got) != 0 {
		t.Errorf("what should be forgotten: %v", got)
	}
	for i := range 200_000 { // lookups leave nothing behind for good
		x.voc.lexeme(anyLanguage, fmt.Sprintf("noise%d", i), fmt.Sprintf("noise%d", i), false)
	}
	x.Similar("anything")
	if len(x.voc.lexemes) > 10_000 {
		t.Errorf("%d words after lookups", len(x.voc.lexemes))
	}
	if got := x.Similar("Why is word9998 closing?"); len(got) != 1 || got[0].ID != "9998" {
		t.Errorf("after compacting: %v", got)
	}
}

// TestIndexAgrees holds the index against comparing with each text: what it leaves out is not worth a suggestion.
func TestIndexAgrees(t *testing.T) {
	t.Parallel()
	texts := crowd(t, 3000)
	x := New(0)
	for i, s := range texts {
		x.Add(fmt.Sprint(i), s)
	}
	full, found := 0, 0
	for _, s := range texts[:100] {
		got := x.Similar(s)
		if again := x.Similar(s); !slices.Equal(got, again) {
			t.Fatalf("Similar(%q) gave %v, then %v", s, got, again)
		}
		p := x.voc.parse(s)
		for _, e := range x.texts {
			if scoreProfiles(p, e.profile, x.factor) >= Threshold && full < 100_000 {
				full++
				if slices.ContainsFunc(got, func(f Found) bool { return f.ID == e.id }) {
					found++
				}
			}
		}
	}
	if full < 200 || found*100 < full*95 {
		t.Errorf("%d of %d found", found, full)
	}
	t.Logf("%d of %d found", found, full)
}

func FuzzScore(f *testing.F) {
	for _, p := range readPairs(f)[:60] {
		f.Add(p.a, p.b)
	}
	for _, s := range []string{"", "#", "@", "?", "1,", "1,23", "£5m-", "a&", "a.b.", "n't", "'", "-", "q", "Q3", "thanks", "why not", "図書館", "\xff", "no fault-", "20 years", strings.Repeat("why ", 2000)} {
		f.Add(s, "Why "+s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		start := time.Now()
		x, y := Score(a, b), Score(b, a)
		if x != y {
			t.Errorf("Score(%q, %q) = %v, the other way round %v", a, b, x, y)
		}
		if !(x >= 0 && x <= 1) || Score(a, a) != 1 {
			t.Errorf("Score(%q, %q) = %v, of itself %v", a, b, x, Score(a, a))
		}
		if (x == 1) != Same(a, b) {
			t.Errorf("Score(%q, %q) = %v, Same %v", a, b, x, Same(a, b))
		}
		i := New(3)
		i.Add("a", a)
		i.Add("b", b)
		if got := i.Similar(a); len(got) == 0 || got[0].Score != 1 {
			t.Errorf("%q is not found by itself: %v", a, got)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%d and %d bytes took %v", len(a), len(b), took)
		}
	})
}

// TestLexicon holds the list to its form: a word that stands alone in a group means nothing, and one that has two
// weights was thought about twice.
func TestLexicon(t *testing.T) {
	t.Parallel()
	section, seen := "", map[string]string{}
	for n, line := range strings.Split(lexiconText, "\n") {
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = line[1:strings.IndexByte(line, ']')]
		default:
			words := lexiconWords(line)
			if section == "same" && len(words) == 1 && !strings.Contains(words[0], " ") {
				t.Errorf("line %d: %s stands alone", n+1, words[0])
			}
			if section == "same" || section == "opposite" {
				continue
			}
			for _, w := range words {
				if other, ok := seen[w]; ok {
					t.Errorf("line %d: %s stands in %s too", n+1, w, other)
				}
				seen[w] = section
			}
		}
	}
	for k, e := range lex.entries {
		if e.drop && len(e.groups) > 0 {
			t.Errorf("%s carries nothing, and has a meaning", k)
		}
	}
}
