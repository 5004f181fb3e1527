package flag

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/openfloor/openfloor/moderation/text"
)

// lookalikes are letters of other alphabets, and signs, that look like a Latin letter or a digit in the type of most
// screens: a small part of Unicode's confusables (unicode.org/Public/security/16.0.0/confusables.txt),
// each seen in names and words that pretended. What NFKD takes apart (full-width and mathematical letters, small
// capitals of phonetics apart) needs no line here.
var lookalikes = map[rune]rune{}

func init() {
	for pair := range strings.FieldsSeq(`
		аa еe оo рp сc уy хx іi јj ѕs һh ԁd ԛq ԝw ѵv ӏl ԍg ьb
		АA ВB ЕE КK МM НH ОO РP СC ТT ХX ІI ЈJ ЅS ҮY УY ԌG ԚQ ԜW ѴV ӀI ЬB
		αa οo ρp νv υu ιi γy κk τt ηn ϲc ϳj
		ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX
		օo սu հh ոn ցg զq ւi քp ՕO ՍU ԼL
		ɑa ɡg ıi ȷj ɩi ʋv ʏY ɪI ᴀA ʙB ᴄc ᴅD ᴇE ɢG ʜH ᴊJ ᴋK ʟL ᴍM ɴN ᴏo ᴘP ʀR ꜱs ᴛT ᴜu ᴠv ᴡw ᴢz
		ᎪA ᏴB ᏟC ᎠD ᎬE ᏀG ᎻH ᎫJ ᏦK ᏞL ᎷM ᏢP ᎡR ᏚS ᎢT ᏙV ᎳW ᏃZ
		ꓮA ꓐB ꓚC ꓓD ꓰE ꓝF ꓖG ꓧH ꓲI ꓙJ ꓗK ꓡL ꓟM ꓠN ꓳO ꓑP ꓣR ꓢS ꓔT ꓴU ꓦV ꓪW ꓫX ꓬY ꓜZ`) {
		r := []rune(pair)
		lookalikes[r[0]] = r[1]
	}
}

// Skeleton returns what a name looks like: two names with one skeleton are hard to tell apart. It is for comparing
// alone, never shown. Accents stay, since a reader sees them; case stays as well, but for the letters that look like
// another one's. It follows UTS #39 section 4 with a small table of our own, and tells no apart from 0 and o, no l
// from 1, I and |, and no m from rn.
func Skeleton(name string) string {
	var b strings.Builder
	space := true
	for _, r := range norm.NFKD.String(name) {
		if to, ok := lookalikes[r]; ok {
			r = to
		}
		switch {
		case unicode.IsSpace(r) || r == '_' || r == '-' || r == '.' || r == '\'' || r == '’':
			if !space {
				b.WriteByte(' ')
			}
			space = true
			continue
		case unicode.In(r, unicode.Cf, unicode.Cc, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
			continue
		case r == '0' || r == 'O':
			r = 'o'
		case r == '1' || r == 'I' || r == '|':
			r = 'l'
		case r == '5':
			r = 'S'
		}
		space = false
		b.WriteRune(r)
	}
	s := strings.ReplaceAll(strings.TrimSpace(b.String()), "rn", "m")
	return norm.NFC.String(strings.ReplaceAll(s, "vv", "w"))
}

// Alike reports whether two names look the same and are not: written with letters of another alphabet, or 1 for l.
// Names that differ in case, accents, spaces and punctuation alone are not alike in that sense: two people may have
// one name, and one may write it in two ways.
func Alike(a, b string) bool {
	return a != b && a != "" && Skeleton(a) == Skeleton(b) && spelt(a) != spelt(b)
}

// spelt is name without case, accents, spaces and punctuation.
func spelt(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.L, unicode.N, unicode.M) {
			return r
		}
		return -1
	}, text.Fold(name))
}

// latin returns the ASCII letter in lower case that r, letter or sign of any alphabet, is or looks like; 0 where
// there is none. Marks on letters do not count.
func latin(r rune) rune {
	if r < 0x80 {
		return plain(r)
	}
	if to, ok := lookalikes[r]; ok {
		return plain(to)
	}
	if r >= 0xC0 && r < 0x250 {
		return latinTable[r-0xC0]
	}
	if unicode.IsMark(r) || !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsSymbol(r) {
		return 0
	}
	return decomposed(r)
}

// latinTable is decomposed for the letters of Western and Central Europe.
var latinTable [0x250 - 0xC0]rune

func init() {
	for i := range latinTable {
		latinTable[i] = decomposed(rune(i) + 0xC0)
	}
}

func decomposed(r rune) rune {
	switch r {
	case 'ø', 'Ø':
		return 'o'
	case 'ł', 'Ł':
		return 'l'
	case 'đ', 'Đ', 'ð', 'Ð':
		return 'd'
	case 'æ', 'Æ':
		return 'a'
	case 'ß':
		return 's'
	}
	for _, first := range norm.NFKD.String(string(r)) {
		if first < 0x80 {
			return plain(first)
		}
		if to, ok := lookalikes[first]; ok {
			return plain(to)
		}
		break
	}
	return 0
}
