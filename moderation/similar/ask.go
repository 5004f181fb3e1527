package similar

import "slices"

// class is the kind of a question: what an answer to it would have to say.
type class uint8

const (
	statement class = iota
	yesNo
	what
	which
	how
	why
	when
	where
	who
	howMuch
	howLong
)

// agreement returns how well two kinds of question go together, 1 being the same.
func agreement(a, b class) float32 {
	if a == b {
		return 1
	}
	if a > b {
		a, b = b, a
	}
	switch [2]class{a, b} {
	case [2]class{what, how}, [2]class{what, which}: // what will you do, how will you
		return 1
	case [2]class{statement, yesNo}, [2]class{statement, what}, [2]class{statement, which}, [2]class{statement, how}, [2]class{statement, why}:
		return 0.9
	case [2]class{yesNo, what}, [2]class{yesNo, which}, [2]class{which, how}, [2]class{yesNo, how}, [2]class{what, howMuch}, [2]class{what, howLong}:
		return 0.88
	case [2]class{which, where}, [2]class{which, who}, [2]class{what, where}, [2]class{what, when}, [2]class{what, who}:
		return 0.6
	}
	if a == statement {
		return 0.75
	}
	return 0.4
}

// auxiliaries begin a question that is answered by yes or no, and follow the word of any other.
var auxiliaries = set(`is are am was were do does did has have had will would shall should can could may might must`)

// negations say that something is not so.
var negations = set(`not no never none nobody without cannot neither nor hardly`)

// ask returns the class of a question, whether it is put in the negative, and the tokens that its class is made of,
// which say no more.
func ask(l language, ts []token) (c class, negative bool, used []int) {
	if l != anyLanguage {
		return celticAsk(l, ts)
	}
	at := -1
	word := func(i int) string {
		if i < 0 || i >= len(ts) || ts[i].number {
			return ""
		}
		return ts[i].word
	}
	ignore := -1 // the negation of "isn't it time to …", which denies nothing
find:
	for i := range ts {
		next := word(i + 1)
		at = i
		switch w := word(i); w {
		case "why":
			c = why
		case "how":
			switch next {
			case "come":
				c, used = why, append(used, i+1)
			case "much", "many", "big", "high", "large":
				c, used = howMuch, append(used, i+1)
			case "long", "often", "far", "old":
				c, used = howLong, append(used, i+1)
			case "soon":
				c, used = when, append(used, i+1)
			default:
				c = how
			}
		case "what", "which":
			c = what
			if w == "which" {
				c = which
			}
			for j := i + 1; j < len(ts) && j < i+6; j++ {
				switch word(j) {
				case "reason", "reasons":
					c, used = why, append(used, j)
				case "made", "makes", "caused":
					if j == i+1 {
						c, used = why, append(used, j)
					}
				case "date":
					c, used = when, append(used, j)
				case "number", "proportion", "percentage", "amount":
					c, used = howMuch, append(used, j)
				}
			}
		case "who", "whom", "whose":
			c = who
		case "where":
			if i > 0 && !auxiliaries[next] {
				continue
			}
			c = where
		case "when":
			if !auxiliaries[next] && next != "" {
				continue // when it rains
			}
			c = when
		default:
			if auxiliaries[w] && (i == 0 || ts[i].comma) {
				c = yesNo
				for j := i + 1; j < len(ts) && j <= i+3; j++ {
					if word(j) == "not" {
						ignore = j
						break
					}
				}
				if ignore > i+1 { // Should pupils not …
					ignore = -1
				}
				break find
			}
			continue
		}
		break
	}
	if c == statement {
		at = -1
	}
	if at >= 0 {
		used = append(used, at)
	}
	count := 0
	for i := range ts {
		switch w := word(i); {
		case i == ignore:
		case negations[w]:
			if w == "no" && i+1 < len(ts) && (ts[i+1].number || ts[i+1].hyphen) {
				continue // bus no 42, no-fault
			}
			count++
			used = append(used, i)
		case w == "few" || w == "fewer" || w == "less" || w == "lack" || w == "shortage" || w == "short" && word(i+1) == "of":
			// so few women is not more women
			if word(i-1) != "a" || w == "lack" || w == "shortage" {
				count++
				used = append(used, i)
			}
		}
	}
	return c, count%2 == 1, used
}

func celticAsk(l language, ts []token) (c class, negative bool, used []int) {
	for i, t := range ts {
		if celticNegations[l][t.word] {
			negative = true
		}
		if q, ok := celticClasses[l][t.word]; ok && (c == statement || c == yesNo && q > yesNo) {
			if t.word == "de" && i > 0 || t.word == "bi" && i > 1 {
				continue
			}
			c = q
			if q != yesNo {
				used = append(used, i)
			}
		}
	}
	return c, negative, used
}

// question reports whether a segment asks something.
func (s segment) asks(l language) bool {
	if s.question {
		return true
	}
	c, _, used := ask(l, s.tokens)
	if c == statement || c == yesNo && l != anyLanguage {
		return false
	}
	return len(used) > 0 && slices.Min(used) == 0
}
