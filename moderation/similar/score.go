package similar

import "strings"

// Threshold is the score from which two texts are suggested as one. It was chosen on the half called tune of the
// labelled pairs in moderation/testdata/similar.txt.
const Threshold = 0.55

// What differences cost; chosen like Threshold.
const (
	costBoth  = 1.5  // each text says something that the other does not
	costOne   = 0.6  // one says more than the other
	costLight = 0.2  // words that say little
	costSlot  = 1.2  // only one names a number or a day
	vetoed    = 0.3  // a factor: another number, a negation, an opposite
	sameGroup = 0.92 // a word of the same meaning counts as this much of the word itself
	sameSlip  = 0.9  // a slip of one letter
	manyUnits = 0.93 // a factor for each further question that only one text has
	enough    = 1.2  // weight of common words below which a match is doubted
)

// factors weighs lexemes by how common they are in an event.
type factors func(*lexeme) float32

// Score returns how much two texts ask the same, from 0 to 1; 1 where they have the same words. It does not depend
// on their order. An index knows more: how common a word is in its event.
func Score(a, b string) float64 {
	v := newVocabulary()
	return scoreProfiles(v.parse(a), v.parse(b), func(*lexeme) float32 { return 1 })
}

// Same reports whether two texts have the same words in the same order, whatever greetings, labels, hashtags,
// mentions, links and punctuation stand around them.
func Same(a, b string) bool {
	v := newVocabulary()
	p, q := v.parse(a), v.parse(b)
	return p.key == q.key
}

func scoreProfiles(a, b profile, f factors) float64 {
	if a.key == b.key {
		return 1
	}
	if a.order > b.order {
		a, b = b, a
	}
	best := float32(0)
	for i := range a.units {
		for j := range b.units {
			best = max(best, scoreUnits(&a.units[i], &b.units[j], f))
		}
	}
	for range max(len(a.units), len(b.units)) - 1 {
		best *= manyUnits
	}
	return float64(min(best, 0.999))
}

// pairing is what an alignment of two units found.
type pairing struct {
	a, b  []bool // words that have a partner
	match float32
}

func scoreUnits(a, b *unit, f factors) float32 {
	if len(a.words) == 0 || len(b.words) == 0 {
		return 0
	}
	agree := agreement(a.class, b.class)
	p := align(a, b, f)
	if p.match <= 0 {
		return 0
	}
	spA, lightA, slotA := left(a, p.a, f)
	spB, lightB, slotB := left(b, p.b, f)
	both, one := min(spA+lightA, spB+lightB), max(spA, spB)-min(spA, spB)
	score := p.match / (p.match + costOne*one + costLight*(lightA+lightB) + costSlot*max(slotA, slotB))
	score /= 1 + costBoth*both
	score *= agree
	if p.match < enough {
		score *= p.match / enough
	}
	if slotA > 0 && slotB > 0 || a.negative != b.negative || opposed(a, b, p) {
		score *= vetoed
	}
	return score
}

// left sums the weights of the words without a partner: specific ones, light ones, and those that fill a slot.
func left(u *unit, paired []bool, f factors) (sp, light, slot float32) {
	for i, w := range u.words {
		if paired[i] {
			continue
		}
		switch {
		case w.lx.slot:
			slot += w.lx.weight
		case w.lx.weight >= specific:
			sp += w.lx.weight
		default:
			light += w.lx.weight
		}
	}
	return sp, light, slot
}

// align pairs the words of two units, each with one of the other at most.
func align(a, b *unit, f factors) pairing {
	var bufA, bufB [maxWords]bool
	p := pairing{a: bufA[:len(a.words)], b: bufB[:len(b.words)]}
	take := func(i, j int, q float32) {
		p.a[i], p.b[j] = true, true
		x, y := a.words[i].lx, b.words[j].lx
		p.match += q * (x.weight*f(x) + y.weight*f(y)) / 2
	}
	for pass := range 3 {
		for i := range a.words {
			for j := range b.words {
				if p.a[i] || p.b[j] {
					continue
				}
				x, y := a.words[i].lx, b.words[j].lx
				switch pass {
				case 0:
					if x.concepts[0] == y.concepts[0] {
						take(i, j, 1)
					}
				case 1:
					if sharesGroup(x, y) || related(x, y) {
						take(i, j, sameGroup)
					}
				case 2:
					if slip(x, y) {
						take(i, j, sameSlip)
					}
				}
			}
		}
	}
	apart(a, b, p.a, p.b, func(i, j, n int) {
		take(i, j, sameSlip)
		for k := range n {
			p.b[j+k] = true
		}
	})
	apart(b, a, p.b, p.a, func(i, j, n int) {
		take(j, i, sameSlip)
		for k := range n {
			p.a[j+k] = true
		}
	})
	initials(a, b, p.a, p.b, func(i, j, n int) {
		take(i, j, sameSlip)
		for k := range n {
			p.b[j+k] = true
		}
	})
	initials(b, a, p.b, p.a, func(i, j, n int) {
		take(j, i, sameSlip)
		for k := range n {
			p.a[j+k] = true
		}
	})
	joined(a, b, p.a, p.b, func(i, j int) { take(i, j, sameSlip); p.a[i+1] = true })
	joined(b, a, p.b, p.a, func(i, j int) { take(j, i, sameSlip); p.b[i+1] = true })
	return p
}

// joined calls match for each two words in a row of u that are written as one in v.
func joined(u, v *unit, inU, inV []bool, match func(i, j int)) {
	for i := 0; i+1 < len(u.words); i++ {
		x, y := u.words[i].lx, u.words[i+1].lx
		if inU[i+1] && inU[i] || u.words[i+1].pos != u.words[i].pos+1 || x.slot || y.slot {
			continue
		}
		for j := range v.words {
			z := v.words[j].lx
			if inV[j] || len(z.raw) != len(x.raw)+len(y.raw) && z.stem != x.raw+y.stem {
				continue
			}
			if z.raw == x.raw+y.raw || z.stem == x.raw+y.stem {
				if !inU[i] && !inU[i+1] {
					match(i, j)
				}
				break
			}
		}
	}
}

// apart calls match for each phrase of u whose words stand in v one by one, one of them mistyped.
func apart(u, v *unit, inU, inV []bool, match func(i, j, n int)) {
	for i, w := range u.words {
		n := len(w.lx.parts)
		if inU[i] || n < 2 {
			continue
		}
	next:
		for j := 0; j+n <= len(v.words); j++ {
			for k, part := range w.lx.parts {
				if inV[j+k] || part.stem != v.words[j+k].lx.stem && !slip(part, v.words[j+k].lx) {
					continue next
				}
			}
			match(i, j, n)
			break
		}
	}
}

// initials calls match for each word of u that is made of the first letters of three or more words in a row of v.
func initials(u, v *unit, inU, inV []bool, match func(i, j, n int)) {
	for i, w := range u.words {
		short := w.lx.raw
		if inU[i] || len(short) < 3 || len(short) > 8 || w.lx.slot || len(w.lx.parts) > 0 {
			continue
		}
	next:
		for j := range v.words {
			at, n := 0, 0
			for ; at < len(short) && j+n < len(v.words) && !inV[j+n]; n++ {
				for part := range strings.FieldsSeq(v.words[j+n].lx.raw) {
					switch {
					case at < len(short) && part[0] == short[at]:
						at++
					case !lex.entries[part].drop: // and, of, the
						continue next
					}
				}
			}
			if at == len(short) && n >= 2 {
				match(i, j, n)
				break
			}
		}
	}
}

func sharesGroup(x, y *lexeme) bool {
	for _, g := range x.concepts[1:] {
		for _, h := range y.concepts[1:] {
			if g == h {
				return true
			}
		}
	}
	return false
}

// endings make one word of another: inspire, inspiration.
var endings = set(`e y ed er or ing ion ation ition ment ist ism al ial ic ical ity ness ful ive able ible ure ance ence ant ent ise iser`)

// related reports whether x and y are of one family of words. What the lexicon knows has its families there.
func related(x, y *lexeme) bool {
	if x.known && y.known || x.slot || y.slot || x.celtic || y.celtic {
		return false
	}
	a, b := x.stem, y.stem
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	a, b = a[n:], b[n:]
	return n >= 5 && (a == "" || endings[a]) && (b == "" || endings[b])
}

// opposed reports whether one unit says the opposite of what the other says.
func opposed(a, b *unit, p pairing) bool {
	for i, x := range a.words {
		for j, y := range b.words {
			if !p.a[i] && !p.b[j] && lex.opposed(x.lx, y.lx) {
				return true
			}
		}
	}
	return false
}

// slip reports whether x and y are one word, typed wrong once.
func slip(x, y *lexeme) bool {
	if x.number || y.number || x.known && y.known || x.slot || y.slot {
		return false
	}
	known := x.known || y.known || x.celtic && y.celtic
	return slipOf(x.raw, y.raw, known) || slipOf(x.stem, y.stem, known)
}

// slipOf reports whether a and b differ by one slip. Where neither is known, both may be names, and only slips that
// hardly ever lead from one name to another count.
func slipOf(a, b string, known bool) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 4 || len(a) < 3 || len(a) == 3 && !known {
		return false
	}
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	switch {
	case len(y)-len(x) > 1:
		return false
	case len(x) == len(y):
		i := 0
		for i < len(x) && x[i] == y[i] {
			i++
		}
		if i == len(x) {
			return true
		}
		if i+1 < len(x) && x[i] == y[i+1] && x[i+1] == y[i] && string(x[i+2:]) == string(y[i+2:]) {
			return known && len(x) >= 4 || len(x) >= 6
		}
		if string(x[i+1:]) != string(y[i+1:]) || i == 0 {
			return false
		}
		if known {
			return len(x) >= 5 || len(x) == 4 && vowel(x[i]) && vowel(y[i])
		}
		return len(x) >= 8 && i < len(x)-1 || len(x) >= 6 && vowel(x[i]) && vowel(y[i]) && i < len(x)-1
	}
	i := 0
	for i < len(x) && x[i] == y[i] {
		i++
	}
	if string(x[i:]) != string(y[i+1:]) {
		return false
	}
	doubled := i > 0 && y[i] == y[i-1]
	if known {
		return doubled || i > 0 && len(x) >= 4
	}
	return doubled && len(x) >= 5 || i > 0 && len(x) >= 7
}

func vowel(r rune) bool { return r == 'a' || r == 'e' || r == 'i' || r == 'o' || r == 'u' }
