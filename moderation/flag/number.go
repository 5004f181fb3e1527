package flag

// group is one run of digits, and what stands between it and the one before.
type group struct {
	from, to int
	joined   bool // it may be one number with the group before
}

// chainMost is the most digits of anything that is looked for: a payment card's 19, and a telephone number's
// 15 with 00 in front.
const chainMost = 19

// numbers finds what is made of digits: payment cards, National Insurance and NHS numbers, telephone numbers.
func (s *scan) numbers(regions []string) {
	groups := s.groups()
	if len(groups) == 0 {
		return
	}
	s.insuranceNumbers(groups)
	s.chains(groups, 13, s.card)
	s.chains(groups, 10, s.nhs)
	p := phones{scan: s, regions: regions}
	s.chains(groups, 8, p.phone)
}

// groups returns the runs of digits that no link and no address holds.
func (s *scan) groups() []group {
	var out []group
	for i := 0; i < len(s.low); i++ {
		if !isDigit(s.low[i]) {
			continue
		}
		to := i + 1
		for to < len(s.low) && isDigit(s.low[to]) {
			to++
		}
		if s.free(i, to) {
			joined := len(out) > 0 && s.joins(out[len(out)-1].to, i)
			out = append(out, group{from: i, to: to, joined: joined})
		}
		i = to
	}
	return out
}

// joins reports whether digits that end at from and digits that begin at to may be of one number: up to three of
// space, hyphen, full stop and brackets between them, or one stroke.
func (s *scan) joins(from, to int) bool {
	if to-from > 3 {
		return false
	}
	for i := from; i < to; i++ {
		switch s.low[i] {
		case ' ', '-', '.', '(', ')':
		case '/':
			if to-from > 1 {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// chain is some groups in a row that may be one number.
type chain struct {
	groups []group
	digits []byte
}

func (c chain) from() int { return c.groups[0].from }
func (c chain) to() int   { return c.groups[len(c.groups)-1].to }

// shaped reports whether the groups have these lengths.
func (c chain) shaped(lengths ...int) bool {
	if len(lengths) != len(c.groups) {
		return false
	}
	for i, g := range c.groups {
		if g.to-g.from != lengths[i] {
			return false
		}
	}
	return true
}

// chains offers every chain of groups with at least so many digits to take, the longest first from each group on, and
// goes on after the one that it took.
func (s *scan) chains(groups []group, least int, take func(chain) bool) {
	var buf [chainMost]byte
	for i := 0; i < len(groups); {
		n, size := 1, groups[i].to-groups[i].from
		if size > chainMost {
			i++
			continue
		}
		for i+n < len(groups) && groups[i+n].joined {
			more := groups[i+n].to - groups[i+n].from
			if size+more > chainMost {
				break
			}
			size += more
			n++
		}
		digits := buf[:0]
		for _, g := range groups[i : i+n] {
			for _, r := range s.low[g.from:g.to] {
				digits = append(digits, byte(r))
			}
		}
		took := 0
		for ; n > 0 && len(digits) >= least; n-- {
			if s.free(groups[i].from, groups[i+n-1].to) && take(chain{groups: groups[i : i+n], digits: digits}) {
				took = n
				break
			}
			last := groups[i+n-1]
			digits = digits[:len(digits)-(last.to-last.from)]
		}
		i += max(1, took)
	}
}

// alone reports whether no letter, digit or sign that would make it part of something else stands at either end.
func (s *scan) alone(from, to int) bool {
	switch b := s.at(from - 1); b {
	case '£', '$', '€', '_', '@', '+':
		return false
	case '#':
		if !letterRune(s.at(from - 2)) { // a hashtag, but not "NHS#"
			return false
		}
	case '-':
		if letterRune(s.at(from - 2)) {
			return false
		}
	case '.', ',', '/':
		if n := s.digitsBefore(from - 1); n > 0 && (b == '.' || n < enough) {
			return false
		}
	}
	switch a := s.at(to); a {
	case '%', '_':
		return false
	case '-':
		if letterRune(s.at(to + 1)) {
			return false
		}
	case ',', '/':
		if n := s.digitsAfter(to + 1); n > 0 && n < enough {
			return false
		}
	}
	return !wordRune(s.at(from-1)) && !wordRune(s.at(to))
}

// enough digits stand beside a comma or stroke where two numbers do, and fewer where it is all one.
const enough = 9

func (s *scan) digitsBefore(i int) int {
	n := 0
	for n < enough && isDigit(s.at(i-1-n)) {
		n++
	}
	return n
}

func (s *scan) digitsAfter(i int) int {
	n := 0
	for n < enough && isDigit(s.at(i+n)) {
		n++
	}
	return n
}

// plainlySpaced reports whether one and the same space, hyphen or full stop stands between all groups.
func (s *scan) plainlySpaced(c chain) bool {
	for i := 1; i < len(c.groups); i++ {
		at := c.groups[i-1].to
		if c.groups[i].from != at+1 || s.low[at] != s.low[c.groups[0].to] || s.low[at] == '/' {
			return false
		}
	}
	return true
}
