package flag

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// marked returns the kinds of findings with what they mark.
func marked(text string, h Hints) []string {
	var out []string
	for _, f := range Find(text, h) {
		out = append(out, f.Kind+":"+string([]rune(text)[f.Span[0]:f.Span[1]]))
	}
	return out
}

func TestFind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want []string
	}{
		{"Call me on 07700 900142 and I’ll show you.", []string{"phone:07700 900142"}},
		{"Ring (01632) 960 120 or +44 7700 900142", []string{"phone:(01632) 960 120", "phone:+44 7700 900142"}},
		{"Ring 07700 900142 07700 900143", []string{"phone:07700 900142", "phone:07700 900143"}},
		{"Since 2019 020 7946 0123 rings out", []string{"phone:020 7946 0123"}},
		{"Text +44 (0)20 7946 0123 ext. 12, then wait", []string{"phone:+44 (0)20 7946 0123 ext. 12"}},
		{"Write to ana.smith@calder.example.", []string{"email:ana.smith@calder.example"}},
		{"ana (at) calder [dot] example, or ana at calder dot example", []string{"email:ana (at) calder [dot] example", "email:ana at calder dot example"}},
		{"See you @ westmere.example at ten", []string{"link:westmere.example"}},
		{"See https://westmere.example/ict-policy, it is public", []string{"link:https://westmere.example/ict-policy"}},
		{"Is westmere.example/ict fair? (www.westmere.example/a_(b))", []string{"link:westmere.example/ict", "link:www.westmere.example/a_(b)"}},
		{"👋🏽 ŵ 07700900142", []string{"phone:07700900142"}},
		{"０７７００　９００１４２", []string{"phone:０７７００　９００１４２"}},
		{"From 2009 to 2012 we had 1,500 posts an hour.", nil},
		{"Half of it.Then we stopped", nil},
		{"@ana@social.example what do you think?", nil},
		{"Version 1.2.3 costs 0.005", nil},
		{"Order 0123456789012345678", nil},
		{"My number is QQ 12 34 56 C, or qq123456c", []string{"national-insurance:QQ 12 34 56 C", "national-insurance:qq123456c"}},
		{"NHS number 999 000 0018", []string{"nhs-number:999 000 0018"}},
		{"Why was 4242 4242 4242 4242 charged twice?", []string{"card:4242 4242 4242 4242"}},
		{"I live at Flat 2, 14 Acacia Avenue, Westmere, CF99 1SN and wait", []string{"address:Flat 2, 14 Acacia Avenue, Westmere, CF99 1SN"}},
		{"What the f*ck is this sh1t in Scunthorpe", []string{"profanity:f*ck", "profanity:sh1t"}},
		{"раypal asks for it", []string{"unicode:раypal"}},
		{"", nil},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, marked(tt.text, Hints{})); diff != "" {
				t.Errorf("findings of %q (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{
		"Call 07700 900142 or ana@calder.example, https://a.example", "＠ \xff 0(((((((((0", "QQ 12 34 56 C 999 000 0018",
		"4242 4242 4242 4242 at 14 Mill Lane, CF99 1SN", "f u c k #SoShit sh*t w@nker", "ana at calder dot example",
		"a\u202eb\u200b e\u0301\u0301\u0301\u0301\u0301 раypal", "Dlaczego nie ma więcej nauczycieli dla dzieci w szkole?",
		"x" + strings.Repeat(" 0", 40), "\x00\u0301\u0301\u0301\u0301", "www.a.example/(((", "👩‍👩‍👧 र्‍य",
	} {
		f.Add(s, "cy", "Europe/Dublin")
	}
	f.Fuzz(func(t *testing.T, s, lang, zone string) {
		runes := utf8.RuneCountInString(s)
		ends := map[string]int{} // by kind
		last := 0
		for _, fd := range Find(s, Hints{Languages: []string{lang}, Zone: zone}) {
			from, to := fd.Span[0], fd.Span[1]
			if from == 0 && to == 0 && fd.Kind == Language {
				continue
			}
			if from < 0 || to <= from || to > runes {
				t.Fatalf("%+v lies outside the text of %d code points, or is empty", fd, runes)
			}
			if from < ends[fd.Kind] {
				t.Fatalf("%+v lies over the one of its kind before", fd)
			}
			ends[fd.Kind] = to
			if fd.Kind == Unicode {
				continue
			}
			if from < last {
				t.Fatalf("%+v lies over the one before", fd)
			}
			last = to
			if fd.Detail == "" {
				t.Fatalf("%+v does not say what it is", fd)
			}
		}
		Skeleton(s)
	})
}
