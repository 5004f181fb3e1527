package text

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestNormalise(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"plain":                    {"Who leads?", "Who leads?"},
		"composed":                 {"Qualita\u0308t", "Qualität"},
		"trimmed":                  {" \n\t hi \u00a0\n", "hi"},
		"line ends":                {"a\r\nb\rc\u2028d\u0085e", "a\nb\nc\nd\ne"},
		"empty lines":              {"a\n\n\n \n\nb", "a\n\nb"},
		"one empty line":           {"a\n\nb", "a\n\nb"},
		"line's end":               {"a  \nb", "a\nb"},
		"tab":                      {"a\tb", "a\tb"},
		"controls":                 {"a\x00b\x1bc\x7fd\u009fe", "abcde"},
		"bad UTF-8":                {"a\xffb", "a\uFFFDb"},
		"overrides":                {"a\u202eb\u202cc\u2066d\u2069", "abcd"},
		"marks of direction":       {"a\u200eb\u200fc\u061cd", "abcd"},
		"zero width":               {"a\u200bb\ufeffc\u00add\u2060e", "abcde"},
		"joiner in Latin":          {"a\u200db\u200cc", "abc"},
		"family":                   {"👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"},
		"skin and profession":      {"👩🏽\u200d⚕\ufe0f", "👩🏽\u200d⚕\ufe0f"},
		"rainbow":                  {"🏳\ufe0f\u200d🌈", "🏳\ufe0f\u200d🌈"},
		"keycap":                   {"1\ufe0f\u20e3", "1\ufe0f\u20e3"},
		"Wales":                    {"\U0001F3F4\U000E0067\U000E0062\U000E0077\U000E006C\U000E0073\U000E007F!", "\U0001F3F4\U000E0067\U000E0062\U000E0077\U000E006C\U000E0073\U000E007F!"},
		"hidden tags":              {"a\U000E0068\U000E0069\U000E007F", "a"},
		"flag without end":         {"\U0001F3F4\U000E0067\U000E0062x", "\U0001F3F4x"},
		"Persian":                  {"می\u200cخواهم", "می\u200cخواهم"},
		"Marathi":                  {"र\u094d\u200dय", "र\u094d\u200dय"},
		"Sinhala":                  {"ශ\u0dca\u200dරී", "ශ\u0dca\u200dරී"},
		"joiner at the end":        {"می\u200c", "می"},
		"two joiners":              {"می\u200c\u200cخ", "می\u200cخ"},
		"ideographic variation":    {"葛\U000E0100城", "葛\U000E0100城"},
		"smuggled selectors":       {"a\U000E0101\ufe0fb", "ab"},
		"filler":                   {"\u3164\u115f\uffa0", ""},
		"empty Braille":            {"\u2800\u2800", ""},
		"noncharacter":             {"a\uffffb", "ab"},
		"Arabic number sign":       {"\u0600١", "\u0600١"},
		"hundred marks":            {"e" + strings.Repeat("\u0323", 100), "ẹ" + strings.Repeat("\u0323", 15)},
		"dropped, then composed":   {"a\u200b\u0308", "ä"},
		"Hebrew stays":             {"שלום עולם", "שלום עולם"},
		"only what nobody can see": {"\u200b\u202e\u200d", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Normalise(c.in); got != c.want {
				t.Errorf("Normalise(%+q) = %+q, want %+q", c.in, got, c.want)
			}
		})
	}
}

func TestUnseen(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want []int
	}{
		{"plain, with ŵ and 👨\u200d👩", nil},
		{"a\u200bb\u202ec", []int{1, 3}},
		{"\u200d👍\u200d", []int{0, 2}},
		{"🏴\U000E0067\U000E0062\U000E0077\U000E006C\U000E0073\U000E007F\U000E0041", []int{7}},
		{"x\ufe0fy\x00", []int{1, 3}},
	}
	for _, tt := range tests {
		if got := Unseen([]rune(tt.text)); !slices.Equal(got, tt.want) {
			t.Errorf("unseen in %q: %v, want %v", tt.text, got, tt.want)
		}
	}
}

func TestName(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"one line": {"  Ana\n\tLima ", "Ana Lima"},
		"zalgo":    {"Z" + strings.Repeat("\u0328\u030a", 40) + "o", "Z\u0328\u0328\u0328\u0328o"},
		"long":     {strings.Repeat("👩🏽\u200d⚕\ufe0f", 200), strings.Repeat("👩🏽\u200d⚕\ufe0f", 80)},
		"override": {"\u202eAna", "Ana"},
		"nothing":  {"\u200b", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Name(c.in); got != c.want {
				t.Errorf("Name(%+q) = %+q, want %+q", c.in, got, c.want)
			}
		})
	}
}

func TestLengthAndClip(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in     string
		length int
		clip   int
		want   string
		cut    bool
	}{
		{"", 0, 5, "", false},
		{"hello", 5, 5, "hello", false},
		{"hello", 5, 4, "hell", true},
		{"e\u0301e\u0301", 2, 1, "e\u0301", true},
		{"👨\u200d👩\u200d👧🏴󠁧󠁢󠁷󠁬󠁳󠁿", 2, 1, "👨\u200d👩\u200d👧", true},
		{"नमस्ते", 3, 3, "नमस्ते", false},
		{"abc", 3, 0, "", true},
	} {
		if got := Length(c.in); got != c.length {
			t.Errorf("Length(%q) = %d, want %d", c.in, got, c.length)
		}
		if got, cut := Clip(c.in, c.clip); got != c.want || cut != c.cut {
			t.Errorf("Clip(%q, %d) = %q, %v; want %q, %v", c.in, c.clip, got, cut, c.want, c.cut)
		}
	}
}

func TestFoldTag(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"#Qualität":       "qualitat",
		"QUALITA\u0308T":  "qualitat",
		"＃Ｑualität":       "qualitat",
		"##SMWWhoLeads":   "smwwholeads",
		"Straße":          "strasse",
		"İstanbul":        "istanbul",
		"łódź":            "lodz",
		"who_leads2":      "who_leads2",
		"हिन्दी":          "हिन्दी",
		" #AskPanel! ":    "askpanel",
		"#":               "",
		"\u200bAsk\u202e": "ask",
	} {
		if got := FoldTag(in); got != want {
			t.Errorf("FoldTag(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Wer  FÜHRT,\nund wohin?": "wer fuhrt, und wohin?",
		"ﬁnance":                  "finance",
		"Ångström Œuvre":          "angstrom oeuvre",
		"ΣΊΣΥΦΟΣ":                 "σισυφοσ",
		"שָׁלוֹם":                 "שלום",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSlug(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"#SMWWhoLeads":               "smwwholeads",
		"SMW_Who__Leads":             "smw-who-leads",
		"Qualität":                   "qualit-t",
		"ＡＢＣ":                        "abc",
		"Who leads? (2026)":          "who-leads-2026",
		"---":                        "",
		"質問":                         "",
		"a" + strings.Repeat("-", 9): "a",
		strings.Repeat("x", 99):      strings.Repeat("x", 63),
		strings.Repeat("ab ", 40):    strings.TrimRight(strings.Repeat("ab-", 21), "-"),
	} {
		got := Slug(in)
		if got != want {
			t.Errorf("Slug(%q) = %q, want %q", in, got, want)
		}
		if got != "" && !ValidSlug(got) {
			t.Errorf("Slug(%q) = %q, which is not valid", in, got)
		}
	}
	for s, want := range map[string]bool{
		"a": true, "a-1": true, "api": false, "readyz": false, "e": false, "": false, "-a": false, "a-": false, "A": false,
		"a_b": false, "ä": false, strings.Repeat("a", 63): true, strings.Repeat("a", 64): false,
	} {
		if got := ValidSlug(s); got != want {
			t.Errorf("ValidSlug(%q) = %v, want %v", s, got, want)
		}
	}
}

// safe fails the test where s could change how the text around it is shown.
func safe(t *testing.T, call, in, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("%s(%+q) = %+q: not UTF-8", call, in, s)
	}
	if !norm.NFC.IsNormalString(s) {
		t.Errorf("%s(%+q) = %+q: not NFC", call, in, s)
	}
	for _, r := range s {
		if unicode.Is(unicode.Bidi_Control, r) || unicode.Is(unicode.Cc, r) && r != '\n' && r != '\t' || r == '\u034f' || r == '\u200b' {
			t.Errorf("%s(%+q) = %+q: holds %U", call, in, s, r)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a\u202eb", "e\u0301\u200d\u0302", "👩🏽\u200d⚕\ufe0f", "\xff\xfe", "a\n \n\n b", "र\u094d\u200dय", "İ", "ﷺ", "\U0001F3F4\U000E0067\U000E0062\U000E0077\U000E007F", "1\ufe0f\u20e3", strings.Repeat("\u0301", 40), "\u1100\u1161\u11a8", "می\u200cخ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		for call, do := range map[string]func(string) string{"Normalise": Normalise, "Name": Name, "Fold": Fold, "FoldTag": FoldTag} {
			got := do(in)
			safe(t, call, in, got)
			if again := do(got); again != got {
				t.Errorf("%s(%+q) = %+q, and of that %+q", call, in, got, again)
			}
		}
		if n := Length(Name(in)); n > NameGraphemes {
			t.Errorf("Name(%+q) is %d long", in, n)
		}
		if strings.Contains(Normalise(in), "\n\n\n") {
			t.Errorf("Normalise(%+q) has three newlines in a row", in)
		}
		s := Slug(in)
		if s != "" && !reserved[s] && !ValidSlug(s) || Slug(s) != s {
			t.Errorf("Slug(%+q) = %q", in, s)
		}
		for n := range 4 {
			c, cut := Clip(in, n)
			if !strings.HasPrefix(in, c) || cut != (len(c) < len(in)) || Length(c) > n {
				t.Errorf("Clip(%+q, %d) = %+q, %v", in, n, c, cut)
			}
		}
	})
}
