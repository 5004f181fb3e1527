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
	s.chains(groups, s.card)
	s.chains(groups, s.nhs)
	p := phones{scan: s, regions: regions}
	s.chains(groups, p.phone)
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

// chains offers every chain of groups to take, the longest first from each group on, and goes on after the one that
// it took.
func (s *scan) chains(groups []group, take func(chain) bool) {
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
		for ; n > 0; n-- {
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
	b, a := s.at(from-1), s.at(to)
	switch b {
	case '£', '$', '€', '_', '#', '@', '+':
		return false
	}
	return !wordRune(b) && !wordRune(a) && a != '%' && a != '_' &&
		!(b == '-' && letterRune(s.at(from-2))) && !((b == '.' || b == ',' || b == '/') && isDigit(s.at(from-2))) &&
		!((a == ',' || a == '/') && isDigit(s.at(to+1)))
}

// plainlySpaced reports whether one and the same separator of one rune stands between all groups.
func (s *scan) plainlySpaced(c chain) bool {
	for i := 1; i < len(c.groups); i++ {
		at := c.groups[i-1].to
		if c.groups[i].from != at+1 || s.low[at] != s.low[c.groups[0].to] {
			return false
		}
	}
	return true
}
