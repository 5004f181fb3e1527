package text

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"plain":              {"Who leads, and why?", "who:0-3 leads:4-9 and:11-14 why:15-18"},
		"nothing":            {" … -- ", ""},
		"accents and case":   {"Ça QUALITÄT", "ca:0-2 qualitat:3-11"},
		"decomposed":         {"Qualita\u0308t x", "qualitat:0-9 x:10-11"},
		"sharp s":            {"Straße", "strasse:0-6"},
		"apostrophe, hyphen": {"don’t self-harm", "don:0-3 t:4-5 self:6-10 harm:11-15"},
		"full stops":         {"you.fool_twice", "you:0-3 fool:4-8 twice:9-14"},
		"hashtag, handle":    {"#Fool @fool", "fool:1-5 fool:7-11"},
		"digits":             {"route 66b", "route:0-5 66b:6-9"},
		"full width":         {"ｆｏｏｌ", "fool:0-4"},
		"mathematical":       {"𝐟𝐨𝐨𝐥!", "fool:0-4"},
		"in circles":         {"ⓕⓞⓞⓛ", "fool:0-4"},
		"one for many":       {"½", "1:0-1 2:0-1"},
		"soft hyphen":        {"fo\u00adol", "fool:0-5"},
		"emoji":              {"no🖕🏽!", "no:0-2 🖕:2-3 🏽:3-4"},
		"emoji with style":   {"❤\ufe0f❤", "❤:0-2 ❤:2-3"},
		"Chinese":            {"你好x", "你:0-1 好:1-2 x:2-3"},
		"Thai":               {"กา", "ก:0-1 า:1-2"},
		"Arabic vowels":      {"كَتَبَ", "كتب:0-6"},
		"a mark alone":       {"\u0301 x", "x:2-3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, w := range Words(c.in) {
				got = append(got, fmt.Sprintf("%s:%d-%d", w.Fold, w.From, w.To))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("Words(%+q) = %s, want %s", c.in, got, c.want)
			}
		})
	}
}

// FuzzWords: words stand where they say, in order, and are as Words itself reads them.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"Who leads?", "½ ﷺ", "no🖕🏽", "กำ", "e\u0301\u0301", "\xff", "❤\ufe0f", "İstanbul ǅ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		last := 0
		for _, w := range Words(s) {
			if w.Fold == "" || w.From < last || w.To <= w.From || w.To > utf8.RuneCountInString(s) {
				t.Fatalf("%+q: %+v after %d", s, w, last)
			}
			last = w.From
			if again := Words(w.Fold); len(again) == 0 || plain(w.Fold) && (len(again) != 1 || again[0].Fold != w.Fold) {
				t.Fatalf("%+q: %+q is read again as %+v", s, w.Fold, again)
			}
		}
	})
}
