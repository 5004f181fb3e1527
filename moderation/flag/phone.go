package flag

import (
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// asked is how often the library of numbering plans is asked about one text: it costs a few microseconds. From then
// on anything shaped like a number counts as one.
const asked = 64

const home = "GB"

// phones looks for telephone numbers in one text.
type phones struct {
	*scan
	regions []string // whose national numbers are known, the first one first
	asked   int      // how often the library was
	last    struct { // what it was asked last
		number, region string
		parsed         *phonenumbers.PhoneNumber // nil: it is none
	}
}

// phone takes a chain that is a telephone number: an international one, or a national one of the event's regions.
func (p *phones) phone(c chain) bool {
	if p.full(Phone) {
		return false
	}
	from, to := c.from(), c.to()
	n, first := len(c.digits), c.digits[0]
	plus := p.at(from-1) == '+' || p.at(from-1) == '(' && p.at(from-2) == '+'
	switch {
	case n > 17:
		return false
	case !plus && first != '0' && first != '4' && first != '7' && len(p.regions) == 1 && p.regions[0] == home:
		return false
	case p.barred(c):
		return false
	case plus:
		start := from - 1
		if p.at(start) == '(' {
			start--
		}
		if n > 15 || wordRune(p.at(start-1)) || p.at(start-1) == '+' || wordRune(p.at(to)) || p.at(to) == ',' && isDigit(p.at(to+1)) {
			return false
		}
		return p.possible("+"+string(c.digits), "ZZ") && p.note(start, c)
	}
	if p.at(from-1) == '(' && slices.Contains(p.low[from:to], ')') {
		from--
	}
	if !p.alone(from, to) {
		return false
	}
	for _, region := range p.regions {
		if p.national(c, region) {
			return p.note(from, c)
		}
	}
	return false
}

// barred reports whether c has a shape that no telephone number is written in: groups of one digit in a row, three
// separators between digits that are no brackets, a stroke after anything but an area code.
func (p *phones) barred(c chain) bool {
	single := 0
	for i, g := range c.groups {
		if g.to-g.from == 1 {
			single++
		}
		if i == 0 {
			continue
		}
		before := c.groups[i-1]
		switch at, n := before.to, g.from-before.to; {
		case n == 1 && p.low[at] == '/' && (i > 1 || p.low[before.from] != '0' || before.to-before.from < 3):
			return true
		case n == 2 && (p.low[at] == '.' && p.low[at+1] == ' ' || p.low[at] == ' ' && p.low[at+1] == '.'): // the end of a sentence
			return true
		}
	}
	return single > 2 && single*2 > len(c.groups) && len(c.groups) != len(c.digits)
}

// national reports whether c is a number as it is dialled within region.
func (p *phones) national(c chain, region string) bool {
	n, first := len(c.digits), c.groups[0].to-c.groups[0].from
	if first == 1 && len(c.groups) > 1 && p.low[c.groups[0].to] != '.' { // "0 7700 900142"
		first += c.groups[1].to - c.groups[1].from
	}
	digits := string(c.digits)
	if region != home {
		return n >= 8 && n <= 12 && p.valid(digits, region)
	}
	switch {
	case strings.HasPrefix(digits, "00"):
		return n >= 11 && p.possible(digits, home)
	case digits[0] == '0':
		if n > 11 || first < 2 {
			return false
		}
		if p.valid(digits, home) {
			return true
		}
		// Not given out (yet), or one of the ranges that are kept for drama, such as 07700 900000 to 900999
		// (ofcom.org.uk, "Telephone numbers for use in TV and radio drama programmes"), and yet
		// written as one.
		return n >= 10 && first >= 3 && digits[1] != '0' && digits[1] != '4' && digits[1] != '6' && !p.reference(c) &&
			(n == 11 || digits[1] == '1' || digits[1] == '8') && p.possible(digits, home)
	case strings.HasPrefix(digits, "44") && n == 12:
		return digits[2] == '7' && p.possible("+"+digits, "ZZ") || p.valid("+"+digits, "ZZ")
	case strings.HasPrefix(digits, "440") && n == 13: // 44 (0)20 …
		return p.possible("+"+digits, "ZZ")
	case digits[0] == '7' && n == 10:
		return p.called(c) && p.possible("0"+digits, home)
	}
	return false
}

// called reports whether the words before c say that it is to be rung.
func (p *phones) called(c chain) bool {
	return p.said(c.from(), 40, "phone", "telephone", "mobile", "mob", "tel", "call", "ring", "text", "whatsapp", "sms",
		"ffôn", "ffoniwch", "ffonio", "ffonia", "symudol", "tecstiwch", "tecst", "galwch", "fòn", "fòn-làimhe", "cuir fòn")
}

// reference reports whether the words before c say that it is a number of something else.
func (p *phones) reference(c chain) bool {
	return p.said(c.from(), 24, "ref", "reference", "order", "invoice", "case", "account", "meter", "barcode", "isbn", "serial",
		"application", "ticket", "asset", "permit", "policy", "licence", "cyfeirnod", "archeb", "cyfrif", "iomradh")
}

// note adds c, with the extension after it.
func (p *phones) note(from int, c chain) bool {
	return p.add(Phone, "a phone number", from, p.extension(c.to()))
}

// extension returns where the extension after a number at i ends; i where there is none.
func (p *phones) extension(i int) int {
	at := p.spaces(i, 1)
	if p.at(at) == ',' {
		at = p.spaces(at+1, 1)
	}
	for _, word := range []string{"extension", "estyniad", "ext", "est", "x"} {
		if !p.has(at, word) {
			continue
		}
		j := at + len(word)
		if p.at(j) == '.' {
			j++
		}
		j = p.spaces(j, 1)
		to := j
		for isDigit(p.at(to)) && to-j < 6 {
			to++
		}
		if to > j && !wordRune(p.at(to)) {
			return to
		}
	}
	return i
}

// valid asks whether number is one of a range that is in use.
func (p *phones) valid(number, region string) bool {
	return p.ask(number, region, phonenumbers.IsValidNumber)
}

// possible asks whether number has a length that numbers of its country have.
func (p *phones) possible(number, region string) bool {
	return p.ask(number, region, phonenumbers.IsPossibleNumber)
}

func (p *phones) ask(number, region string, what func(*phonenumbers.PhoneNumber) bool) bool {
	if p.last.number != number || p.last.region != region {
		if p.asked++; p.asked > asked {
			return len(number) >= 10
		}
		n, err := phonenumbers.Parse(number, region)
		if err != nil {
			n = nil
		}
		p.last.number, p.last.region, p.last.parsed = number, region, n
	}
	return p.last.parsed != nil && what(p.last.parsed)
}

// regionsOf returns the regions whose national numbers are known: the zone's and those named in the languages, then
// the United Kingdom.
func regionsOf(h Hints) []string {
	if (h.Zone == "" || h.Zone == "Europe/London") && !slices.ContainsFunc(h.Languages, func(l string) bool { return strings.ContainsRune(l, '-') }) {
		return atHome
	}
	var out []string
	for _, r := range append([]string{zoneRegion[h.Zone]}, tagRegions(h.Languages)...) {
		if r != "" && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	if !slices.Contains(out, home) {
		out = append(out, home)
	}
	return out
}

var atHome = []string{home}

// tagRegions returns the regions that language tags name, such as IE of en-IE.
func tagRegions(tags []string) []string {
	var out []string
	for _, t := range tags {
		for i, sub := range strings.Split(t, "-") {
			if up := strings.ToUpper(sub); i > 0 && len(sub) == 2 && strings.Trim(up, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
				out = append(out, up)
			}
		}
	}
	return out
}

// zoneRegion is the region of a time zone: those of Europe, and the largest of countries where English is spoken
// (the IANA time zone database's zone1970.tab). Any other zone hints at nothing; a number with + is
// known wherever it is.
var zoneRegion = map[string]string{
	"Europe/Amsterdam": "NL", "Europe/Andorra": "AD", "Europe/Athens": "GR", "Europe/Belfast": "GB", "Europe/Belgrade": "RS",
	"Europe/Berlin": "DE", "Europe/Bratislava": "SK", "Europe/Brussels": "BE", "Europe/Bucharest": "RO",
	"Europe/Budapest": "HU", "Europe/Chisinau": "MD", "Europe/Copenhagen": "DK", "Europe/Dublin": "IE",
	"Europe/Gibraltar": "GI", "Europe/Guernsey": "GG", "Europe/Helsinki": "FI", "Europe/Isle_of_Man": "IM",
	"Europe/Istanbul": "TR", "Europe/Jersey": "JE", "Europe/Kyiv": "UA", "Europe/Lisbon": "PT", "Europe/Ljubljana": "SI",
	"Europe/London": "GB", "Europe/Luxembourg": "LU", "Europe/Madrid": "ES", "Europe/Malta": "MT", "Europe/Monaco": "MC",
	"Europe/Oslo": "NO", "Europe/Paris": "FR", "Europe/Podgorica": "ME", "Europe/Prague": "CZ", "Europe/Riga": "LV",
	"Europe/Rome": "IT", "Europe/San_Marino": "SM", "Europe/Sarajevo": "BA", "Europe/Skopje": "MK", "Europe/Sofia": "BG",
	"Europe/Stockholm": "SE", "Europe/Tallinn": "EE", "Europe/Tirane": "AL", "Europe/Vaduz": "LI", "Europe/Vienna": "AT",
	"Europe/Vilnius": "LT", "Europe/Warsaw": "PL", "Europe/Zagreb": "HR", "Europe/Zurich": "CH",
	"Asia/Nicosia": "CY", "Atlantic/Reykjavik": "IS",
	"America/New_York": "US", "America/Chicago": "US", "America/Denver": "US", "America/Los_Angeles": "US",
	"America/Toronto": "CA", "America/Vancouver": "CA", "America/Halifax": "CA", "America/Winnipeg": "CA",
	"Australia/Sydney": "AU", "Australia/Melbourne": "AU", "Australia/Brisbane": "AU", "Australia/Perth": "AU",
	"Australia/Adelaide": "AU", "Pacific/Auckland": "NZ", "Africa/Johannesburg": "ZA", "Africa/Lagos": "NG",
	"Africa/Nairobi": "KE", "Africa/Accra": "GH", "Asia/Kolkata": "IN", "Asia/Singapore": "SG", "Asia/Hong_Kong": "HK",
}
