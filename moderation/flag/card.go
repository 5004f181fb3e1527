package flag

// iin is a range of issuer identification numbers and the lengths that its cards have.
type iin struct {
	digits   int // how many digits of the number from and to are about
	from, to int
	lengths  []int
}

// iins are the ranges of payment cards. The networks publish their own (Visa, Mastercard, American Express, Discover,
// JCB, UnionPay); put together as in en.wikipedia.org/wiki/Payment_card_number. ISO/IEC 7812-1 says
// what an IIN is. Maestro is at home to 12 digits; below 16 it is left out, since barcodes and meters have 12 and 13.
var iins = []iin{
	{1, 4, 4, []int{13, 16, 19}},           // Visa
	{2, 51, 55, []int{16}},                 // Mastercard
	{4, 2221, 2720, []int{16}},             // Mastercard
	{2, 34, 34, []int{15}},                 // American Express
	{2, 37, 37, []int{15}},                 // American Express
	{3, 300, 305, []int{14, 16, 19}},       // Diners Club
	{4, 3095, 3095, []int{14, 16, 19}},     // Diners Club
	{2, 36, 36, []int{14, 16, 19}},         // Diners Club
	{2, 38, 39, []int{14, 16, 19}},         // Diners Club
	{4, 3528, 3589, []int{16, 17, 18, 19}}, // JCB
	{4, 6011, 6011, []int{16, 19}},         // Discover
	{3, 644, 649, []int{16, 19}},           // Discover
	{2, 65, 65, []int{16, 19}},             // Discover
	{2, 62, 62, []int{16, 17, 18, 19}},     // UnionPay
	{2, 81, 81, []int{16, 17, 18, 19}},     // UnionPay
	{4, 5018, 5018, []int{16, 18, 19}},     // Maestro
	{4, 5020, 5020, []int{16, 18, 19}},     // Maestro
	{4, 5038, 5038, []int{16, 18, 19}},     // Maestro
	{4, 5893, 5893, []int{16, 18, 19}},     // Maestro
	{4, 6304, 6304, []int{16, 18, 19}},     // Maestro
	{4, 6759, 6763, []int{16, 18, 19}},     // Maestro, with the former Switch of the United Kingdom
}

// card takes a chain that is the number of a payment card: an issuer's range, a length that it has, groups as on a
// card, and the check digit.
func (s *scan) card(c chain) bool {
	if !issued(c.digits) || !luhn(c.digits) || !s.alone(c.from(), c.to()) || !s.plainlySpaced(c) {
		return false
	}
	if len(c.groups) > 1 {
		for _, g := range c.groups[:len(c.groups)-1] {
			if g.to-g.from < 4 {
				return false
			}
		}
	}
	return s.add(Card, "a card number", c.from(), c.to())
}

// issued reports whether a card of some network begins like digits and has as many.
func issued(digits []byte) bool {
	for _, r := range iins {
		n := 0
		for _, d := range digits[:r.digits] {
			n = 10*n + int(d-'0')
		}
		if n < r.from || n > r.to {
			continue
		}
		for _, l := range r.lengths {
			if l == len(digits) {
				return true
			}
		}
	}
	return false
}

// luhn reports whether the last digit is the check digit of ISO/IEC 7812-1 annex B: every second digit from the
// right doubled, the digits of all that added up, a multiple of ten.
func luhn(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
