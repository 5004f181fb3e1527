package flag

import "strings"

// addresses finds a postcode with the number of a house: enough to know where somebody lives. A postcode alone is
// shared by some fifteen households and is said often ("in CF10"), so it is none. The span is the whole address.
func (s *scan) addresses() {
	for i := 0; i < len(s.low); i++ {
		if !isASCIILetter(s.low[i]) || wordRune(s.at(i-1)) {
			continue
		}
		to := s.postcode(i)
		if to == i {
			continue
		}
		if from := s.houseBefore(i); from < i && s.free(from, to) {
			s.add(Address, "an address with its postcode", from, to)
		} else if end := s.houseAfter(to); end > to && s.free(i, end) {
			s.add(Address, "an address with its postcode", i, end)
		}
		i = to - 1
	}
}

// areas are the first letters of postcodes: the areas of Royal Mail's Postcode Address File, with those of Jersey,
// Guernsey and the Isle of Man (en.wikipedia.org/wiki/List_of_postcode_areas_in_the_United_Kingdom).
var areas = map[string]bool{}

func init() {
	for a := range strings.FieldsSeq(`ab al b ba bb bd bh bl bn br bs bt bx ca cb cf ch cm co cr ct cv cw da dd de dg dh dl dn
		dt dy e ec eh en ex fk fy g gl gu gy ha hd hg hp hr hs hu hx ig im ip iv je ka kt kw ky l la ld le ll ln ls lu m me
		mk ml n ne ng nn np nr nw ol ox pa pe ph pl po pr rg rh rm s sa se sg sk sl sm sn so sp sr ss st sw sy ta td tf tn tq
		tr ts tw ub w wa wc wd wf wn wr ws wv yo ze`) {
		areas[a] = true
	}
}

// postcode returns where the postcode that begins at i ends; i where there is none. The form is that of BS 7666 (as
// the e-Government schema PostCodeType writes it, read 2026-11): an area of one or two letters, a district of one or
// two digits or of a digit and a letter, then a digit and two letters that are none of C I K M O V.
func (s *scan) postcode(i int) int {
	at := i
	for at-i < 2 && isASCIILetter(s.at(at)) {
		at++
	}
	if !isDigit(s.at(at)) || !areas[string(s.low[i:at])] {
		return i
	}
	at++
	digits := at
	for _, longer := range []bool{true, false} {
		at = digits
		if longer {
			if r := s.at(at); !isDigit(r) && !isASCIILetter(r) {
				continue
			}
			at++
		}
		for _, gap := range []int{0, 1, 2} {
			if gap > 0 && s.at(at+gap-1) != ' ' {
				break
			}
			if j := at + gap; isDigit(s.at(j)) && inward(s.at(j+1)) && inward(s.at(j+2)) && !wordRune(s.at(j+3)) {
				return j + 3
			}
		}
	}
	return i
}

// inward reports whether r may be one of the last two letters.
func inward(r rune) bool { return isASCIILetter(r) && !strings.ContainsRune("cikmov", r) }

// mostBefore is how far before its postcode an address may begin, in code points.
const mostBefore = 90

// houseBefore returns where the address before a postcode at end begins; end where there is no number of a house. The
// nearest number that begins an address is taken, and what belongs before it: "Flat 2, 14 Acacia Avenue".
func (s *scan) houseBefore(end int) int {
	best := end
	words, sinceStreet := 0, mostBefore
	for i := end - 1; i >= 0 && end-i <= mostBefore; {
		if !wordRune(s.low[i]) {
			stop := s.low[i] == '.' && s.at(i+1) == ' ' && !s.abbreviated(i) || s.low[i] == '\n' && s.at(i-1) == '\n'
			if stop || !strings.ContainsRune(" ,-.'\n()/", s.low[i]) {
				return best
			}
			i--
			continue
		}
		from := s.wordBack(i + 1)
		word := string(s.low[from : i+1])
		switch {
		case houseNumber(word):
			unit := s.unit(from)
			if best == end && s.counted(from) {
				return end
			}
			// Close by, or with a street between: "14 SW1A 1AA", "14 Acacia Avenue, Westmere, SW1A 1AA".
			if best < end && !unit || words > 0 && sinceStreet > 3 && !unit && !s.raised(from, end) {
				return best
			}
			best = s.withUnit(from)
			i = best - 1
			continue
		case best < end:
			return best
		case streets[word]:
			sinceStreet = 0
		default:
			sinceStreet++
		}
		if words++; words > 12 || sentence[word] {
			return best
		}
		i = from - 1
	}
	return best
}

// houseNumber reports whether word can be the number of a house: up to four digits, and a letter.
func houseNumber(word string) bool {
	digits := strings.TrimRight(word, "abcdefgh")
	return len(word)-len(digits) <= 1 && len(digits) > 0 && len(digits) <= 4 && digits[0] != '0' && strings.Trim(digits, "0123456789") == ""
}

// units are said before the number of a flat or house.
var units = map[string]bool{}

// unit reports whether a word such as "flat" stands before from.
func (s *scan) unit(from int) bool { return s.withUnit(from) < from }

// withUnit returns where the unit before from begins; from where there is none.
func (s *scan) withUnit(from int) int {
	i := from
	for i > 0 && (s.low[i-1] == ' ' || s.low[i-1] == '.') && from-i < 2 {
		i--
	}
	w := s.wordBack(i)
	if w < i && units[string(s.low[w:i])] {
		return w
	}
	return from
}

// counted reports whether the number at from counts something else than houses: "zone 2".
func (s *scan) counted(from int) bool {
	w := s.wordBack(max(0, from-1))
	return w < from-1 && countedWords[string(s.low[w:from-1])]
}

// raised reports whether every word between from and end begins with a capital, and they are at most four: "14
// Trefelin, Llanfair, LL61 5UJ".
func (s *scan) raised(from, end int) bool {
	words := 0
	for i := s.wordEnd(from); i < end; {
		if !wordRune(s.low[i]) {
			i++
			continue
		}
		if s.raw[i] == s.low[i] && !small[string(s.low[i:s.wordEnd(i)])] {
			return false
		}
		words++
		i = s.wordEnd(i)
	}
	return words <= 4
}

// abbreviated reports whether the full stop at i ends an abbreviation of a street.
func (s *scan) abbreviated(i int) bool {
	w := s.wordBack(i)
	return i-w <= 4 && streets[string(s.low[w:i])] || i-w <= 2
}

// houseAfter returns where the number of a house after a postcode at i ends; i where there is none.
func (s *scan) houseAfter(i int) int {
	at := i
	for at < len(s.low) && at-i < 4 && strings.ContainsRune(" ,-(;:", s.low[at]) {
		at++
	}
	named := false
	for range 4 {
		to := s.wordEnd(at)
		if to == at {
			return i
		}
		word := string(s.low[at:to])
		switch {
		case houseNumber(word):
			if named {
				return to
			}
			return i
		case word == "house" || word == "rhif" || word == "tŷ" || word == "ty" || units[word]:
			named = true
		case word == "at" || word == "and" || word == "my" || word == "i'm" || word == "yn" || word == "aig":
		default:
			return i
		}
		at = to
		for at < len(s.low) && at-to < 2 && (s.low[at] == ' ' || s.low[at] == '.' || s.low[at] == ':') {
			at++
		}
	}
	return i
}

var (
	streets  = map[string]bool{} // kinds of streets, in English, Welsh and Gaelic
	sentence = map[string]bool{} // words that no address has: what stands before them is none either
	small    = map[string]bool{} // words within names of places that are written small

	countedWords = map[string]bool{} // what has numbers too
)

func init() {
	for w := range strings.FieldsSeq(`flat flats apartment apt unit room no number num house fflat rhif uned àireamh taigh`) {
		units[w] = true
	}
	for w := range strings.FieldsSeq(`street st road rd lane ln avenue ave av close cl drive dr way court ct place pl terrace ter
		tce crescent cres gardens gdns grove gr hill park square sq row view walk mews green rise parade wharf quay bank
		villas cottages buildings mansions estate loan wynd brae vennel gate yard heights meadow meadows fields croft end
		heol hewl stryd ffordd lôn lon clos maes rhodfa teras bryn cae pentre parc heol-y gerddi cwrt llys tai min gwaun
		rhiw allt dôl dol tyddyn sràid rathad slighe cùrsa ceàrnag lios gàrraidhean`) {
		streets[w] = true
	}
	for w := range strings.FieldsSeq(`is are was were has have had do does did will would can could should why how what when
		who which that this these those because but my our your their we they he she it you people households residents homes
		houses years months weeks days jobs pounds million per from closed open between about than
		yw mae oedd pam sut beth pryd pwy fy ein eich tha carson ciamar dè cuine`) {
		sentence[w] = true
	}
	for w := range strings.FieldsSeq(`zone phase ward year band grade section platform page tier type step part level stage bus route
		chapter item question version class bay gate junction line group stop area parth cam blwyddyn adran tudalen sòn earrann`) {
		countedWords[w] = true
	}
	for w := range strings.FieldsSeq(`the of le la upon under y yr yn ar nan na an a de`) {
		small[w] = true
	}
}
