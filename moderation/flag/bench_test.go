package flag

import (
	"strings"
	"testing"
)

// most is the longest text that is taken in, in bytes.
const most = 16 << 10

// hostile are texts made to cost as much as they can.
var hostile = map[string]string{
	"numbers":      repeat("07700900142 "),
	"no numbers":   repeat("07 700 1 2 34 "),
	"plus":         repeat("+44 1 2 3 "),
	"digits":       repeat("4"),
	"pairs":        repeat("42 "),
	"at":           repeat("a at "),
	"@":            repeat("a@"),
	"spelt":        repeat("a at b dot "),
	"dots":         repeat("a."),
	"hosts":        repeat("www.a.example/ "),
	"links":        "https://" + repeat("a("),
	"postcodes":    repeat("1 cf99 1sn "),
	"streets":      repeat("1 a street "),
	"insurance":    repeat("qq 12 34 5 "),
	"letters":      repeat("f u c "),
	"masks":        repeat("f** "),
	"long word":    repeat("f"),
	"mask word":    repeat("*f"),
	"marks":        repeat("e\u0301\u0301\u0301\u0301"),
	"joiners":      repeat("क\u094d\u200d"),
	"families":     repeat("👨\u200d"),
	"zero width":   repeat("\u200b"),
	"alphabets":    repeat("аa "),
	"scripts":      repeat("中あกкש"),
	"words":        repeat("the of "),
	"friend words": repeat("finger prick "),
	"brackets":     "0" + repeat("(("),
	"tags":         "🏴" + repeat("\U000E0067"),
	"invalid":      repeat("\xff0"),
	"mathematics":  repeat("𝐟𝟎"),
}

func repeat(s string) string { return strings.Repeat(s, most/len(s)) }

func BenchmarkFind(b *testing.B) {
	b.Run("280 characters with an address, a number and a link", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Find(bench280, Hints{})
		}
	})
	b.Run("280 characters with nothing", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Find(benchPlain, Hints{})
		}
	})
	for name, text := range hostile {
		b.Run("16 KiB, "+name, func(b *testing.B) {
			for b.Loop() {
				Find(text, Hints{})
			}
		})
	}
}

const (
	bench280 = "Why did it take the council 18 months to answer letters about the bus to Westmere, when the policy of " +
		"2019 says ten working days? My mother (82) waited at 3 Mill Lane, LL99 1AA; ring me on 07700 900142, see " +
		"https://westmere.example/bus or write to ana.smith@calder.example, thank you very much"
	benchPlain = "Why did it take the council so many months to answer the letters about the evening bus to Westmere, when " +
		"its own policy says that everybody gets an answer within ten working days? My mother waited at home for half of " +
		"a year, and then she was told that nobody had it."
)
