package similar

import "strings"

// language is what a text is taken to be in, as far as comparing needs it.
type language uint8

const (
	anyLanguage language = iota // stemmed as English
	welsh
	gaelic
)

// Small words that one of the languages has and the others do not. Folded: without accents.
var (
	welshWords = set(`yr yn mae ydy yw ydych ydi sydd sy bydd fydd fod wedi nid nad ddim pam pryd pwy beth ble faint sut
		ar gyfer gan gyda eich ein mwy llai mor hyn hwn hon dros drwy wrth oes oedd bod cael gwneud ynghylch rhwng
		ond neu neb byth rhaid dylai dylid allwn gallwn`)
	gaelicWords = set(`tha agus airson carson cuin ciamar caite anns ann bha bhios bidh nach cha chan leis ris aig
		gheibh sinn sibh iad mheud dhan dhen gach gun barrachd nas mu bheil robh air`)
)

// celticStops carry nothing: they are left out of Welsh and Gaelic texts.
var celticStops = map[language]map[string]bool{
	welsh: set(`y yr r yn n i o a ac ag am at ar gan gyda drwy wrth dros er mae yw ydy ydi ydyw oes sydd sy bydd fydd fod
		bod wedi eu ei ein eich fy dy chi ni hi ef nhw fe fo hwn hon hyn hynny hwnnw mor iawn dim eto hefyd cael
		gwneud gyfer dylai bydda fyddwch fyddant oedd buont ym yng fel neu ond os pan sy mewn`),
	gaelic: set(`a an am na nan nam ann anns aig air airson ri ris le leis do de dhan dhen agus is s bha tha bhios bidh bi
		gu cho n ur m mi thu e i sinn sibh iad mo mu dha aca againn agaibh bheil robh gheibh t h nas cuideachd`),
}

// celticNegations say that something is not so.
var celticNegations = map[language]map[string]bool{
	welsh:  set(`nad nid ddim na nac heb byth neb ni`),
	gaelic: set(`nach cha chan gun chaidh`),
}

// celticClasses are the question words.
var celticClasses = map[language]map[string]class{
	welsh: {"pam": why, "pryd": when, "ble": where, "pwy": who, "faint": howMuch, "sawl": howMuch, "sut": how,
		"beth": what, "oes": yesNo, "ydy": yesNo, "ydych": yesNo, "fydd": yesNo, "ddylai": yesNo},
	gaelic: {"carson": why, "cuin": when, "caite": where, "co": who, "mheud": howMuch, "ciamar": how, "de": what,
		"bheil": yesNo, "bi": yesNo},
}

// guess returns the language that most of the text's small words are of.
func guess(segs []segment) language {
	cy, gd, all := 0, 0, 0
	for _, s := range segs {
		for _, t := range s.tokens {
			all++
			if welshWords[t.word] {
				cy++
			}
			if gaelicWords[t.word] {
				gd++
			}
		}
	}
	switch {
	case cy >= 2 && cy > gd && cy*6 >= all:
		return welsh
	case gd >= 2 && gd > cy && gd*6 >= all:
		return gaelic
	}
	return anyLanguage
}

// radical returns w as it is compared: its first consonant as one of a class whose members change into each other
// after other words (Nghaerdydd, Gaerdydd and Caerdydd; bharraigh and barraigh).
func (l language) radical(w string) string {
	switch l {
	case welsh:
		for _, m := range welshMutations {
			if rest, ok := strings.CutPrefix(w, m[0]); ok && len(rest) >= 2 {
				return m[1] + rest
			}
		}
		if len(w) >= 3 && strings.IndexByte("aeiouwy", w[0]) >= 0 {
			return "K" + w // what may have lost a g
		}
	case gaelic:
		if len(w) >= 4 && w[1] == 'h' && strings.IndexByte("bcdfgmpst", w[0]) >= 0 {
			return w[:1] + w[2:]
		}
	}
	return w
}

// welshMutations maps what a word begins with to the class of that consonant, longest first.
var welshMutations = [][2]string{
	{"ngh", "K"}, {"mh", "P"}, {"nh", "T"}, {"ng", "K"}, {"ch", "K"}, {"ph", "P"}, {"th", "T"}, {"dd", "T"}, {"ll", "L"}, {"rh", "R"},
	{"p", "P"}, {"b", "P"}, {"f", "P"}, {"m", "P"}, {"t", "T"}, {"d", "T"}, {"n", "T"}, {"c", "K"}, {"g", "K"}, {"l", "L"}, {"r", "R"},
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}
