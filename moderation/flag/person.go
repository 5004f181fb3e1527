package flag

import "slices"

// insuranceNumbers finds National Insurance numbers: two letters, six digits, and one of A to D
// (gov.uk/hmrc-internal-manuals/national-insurance-manual/nim39110, read 2026-11). They have no check digit. The
// last letter may be missing where the text says that it is such a number.
func (s *scan) insuranceNumbers(groups []group) {
	for i := range groups {
		from := s.insurancePrefix(groups[i].from)
		if from < 0 {
			continue
		}
		last, digits := i, groups[i].to-groups[i].from
		for digits < 6 && last+1 < len(groups) && groups[last+1].joined && groups[last+1].from-groups[last].to == 1 {
			last++
			digits += groups[last].to - groups[last].from
		}
		if digits != 6 {
			continue
		}
		pairs := last-i == 2 && groups[i].to-groups[i].from == 2 && groups[last].to-groups[last].from == 2
		to := groups[last].to
		context := func() bool {
			return s.said(from, 60, "ni", "nino", "national insurance", "insurance number", "ni number", "yswiriant gwladol",
				"yswiriant", "yg", "rhif yg", "àrachas nàiseanta", "àrachais nàiseanta", "àrachas", "àrachais")
		}
		end := s.insuranceSuffix(to)
		switch {
		case end == to: // no last letter
			if wordRune(s.at(to)) || s.at(to) == '-' && wordRune(s.at(to+1)) || !context() {
				continue
			}
		case s.at(to) != ' ' && groups[i].from-from == 2: // written in one
		case pairs && s.raw[from] != s.low[from]: // capitals and pairs, as on the letter
		case s.at(end) == ' ' && letterRune(s.at(end+1)) && !context():
			continue // "pay rose at 150000 a year"
		case s.raw[from] == s.low[from] && !context():
			continue // "we have by 20 11 14 a …"
		}
		s.add(NationalInsurance, "a National Insurance number", from, end)
	}
}

// insurancePrefix returns where the two letters before digits at i begin; -1 where there are none that are given out.
func (s *scan) insurancePrefix(i int) int {
	at := i - 2
	if c := s.at(i - 1); c == ' ' || c == '-' || c == '.' {
		at--
	}
	if at < 0 || wordRune(s.at(at-1)) || s.at(at-1) == '-' {
		return -1
	}
	a, b := s.at(at), s.at(at+1)
	if !isASCIILetter(a) || !isASCIILetter(b) {
		return -1
	}
	if a == 'q' && b == 'q' {
		return at // never given out: the manual's own example, with which people are taught
	}
	if slices.Contains([]rune("dfiquv"), a) || slices.Contains([]rune("dfiquvo"), b) ||
		slices.Contains([]string{"bg", "gb", "kn", "nk", "nt", "tn", "zz"}, string([]rune{a, b})) {
		return -1
	}
	return at
}

// insuranceSuffix returns where the last letter ends; i where there is none.
func (s *scan) insuranceSuffix(i int) int {
	at := i
	if c := s.at(at); c == ' ' || c == '-' || c == '.' {
		at++
	}
	if r := s.at(at); r < 'a' || r > 'd' || wordRune(s.at(at+1)) || s.at(at+1) == '\'' || s.at(at+1) == '-' && wordRune(s.at(at+2)) {
		return i
	}
	return at + 1
}

// nhs takes a chain that is an NHS number, a CHI number of Scotland or a Health and Care number of Northern Ireland:
// ten digits in one or as 3 3 4, of a range that is given out or meant for training, with its check digit. A CHI
// number is a date of birth and four more, so 6 4 is known for it as well.
func (s *scan) nhs(c chain) bool {
	if len(c.digits) != 10 || !nhsCheck(c.digits) || !nhsRange(c.digits) || !s.alone(c.from(), c.to()) || !s.plainlySpaced(c) {
		return false
	}
	said := func() bool {
		return s.said(c.from(), 60, "nhs", "chi", "gig", "health and care number", "hcn", "nhs scotland")
	}
	switch {
	case c.shaped(3, 3, 4):
	case c.shaped(10), c.shaped(6, 4):
		if c.digits[0] == '0' && !said() { // more likely a telephone number
			return false
		}
	default:
		if !said() {
			return false
		}
	}
	return s.add(NHSNumber, "an NHS number", c.from(), c.to())
}

// nhsCheck reports whether the tenth digit is right: the first nine times ten down to two, the sum modulo 11 taken
// from 11; 11 is written 0 and 10 is never given out (NHS Data Dictionary, data element NHS NUMBER, read 2026-11).
func nhsCheck(d []byte) bool {
	sum := 0
	for i := range 9 {
		sum += int(d[i]-'0') * (10 - i)
	}
	want := 11 - sum%11
	if want == 11 {
		want = 0
	}
	return want == int(d[9]-'0')
}

// nhsRange reports whether numbers of this range exist: 400 to 499 and 600 to 799 in England, Wales and the Isle of
// Man, 320 to 399 in Northern Ireland, 01 01 to 31 12 (a date of birth) in Scotland; 9 is for tests and training
// (en.wikipedia.org/wiki/NHS_number).
func nhsRange(d []byte) bool {
	switch {
	case d[0] == '4' || d[0] == '6' || d[0] == '7' || d[0] == '9':
		return true
	case d[0] == '3' && d[1] >= '2':
		return true
	}
	day, month := int(d[0]-'0')*10+int(d[1]-'0'), int(d[2]-'0')*10+int(d[3]-'0')
	return day >= 1 && day <= 31 && month >= 1 && month <= 12
}
