package flag

// Limits of an address: RFC 5321 section 4.5.3.1.
const (
	mostLocal  = 64
	mostDomain = 255
)

// emails finds e-mail addresses: written plainly, and as people write them so that no machine reads them, such as
// "ana (at) calder dot example". A fediverse handle such as @ana@social.example is none.
func (s *scan) emails() {
	for i := 0; i < len(s.low); i++ {
		switch {
		case s.low[i] == '@':
			s.emailAt(i)
		case s.low[i] == 'a' && s.at(i+1) == 't' && !wordRune(s.at(i-1)) && !wordRune(s.at(i+2)):
			s.emailSpelt(i)
		}
	}
}

// emailAt looks around an @.
func (s *scan) emailAt(i int) {
	from := s.local(i)
	to, ok := s.domain(i+1, false)
	if from < i && ok {
		if s.at(from-1) != '@' {
			s.add(Email, "an e-mail address", from, to)
		}
		return
	}
	// With spaces around the @ it is one only where the part before it is no mere word: "see you @ westmere.example".
	left, right := i, s.spaces(i+1, 1)
	if left > 0 && s.low[left-1] == ' ' {
		left--
	}
	from = s.local(left)
	if left == i && right == i+1 || from == left || !s.strange(from, left) {
		return
	}
	if to, ok := s.domain(right, false); ok {
		s.add(Email, "an e-mail address", from, to)
	}
}

// emailSpelt looks around an "at" that may stand for an @.
func (s *scan) emailSpelt(i int) {
	left, right, bracketed := i, i+2, false
	switch open, shut := s.at(i-1), s.at(i+2); {
	case open == '(' && shut == ')', open == '[' && shut == ']', open == '{' && shut == '}', open == '<' && shut == '>':
		left, right, bracketed = i-1, i+3, true
	case open != ' ' || shut != ' ':
		return
	}
	if left > 0 && s.low[left-1] == ' ' {
		left--
	}
	right = s.spaces(right, 1)
	from := s.localSpelt(left)
	if from == left {
		return
	}
	to, ok := s.domain(right, true)
	if ok && (bracketed || s.saysDot(right, to)) {
		s.add(Email, "an e-mail address", from, to)
	}
}

// local returns where the part before an @ at end begins; end where there is none.
func (s *scan) local(end int) int {
	from := end
	for from > 0 && end-from < mostLocal && localRune(s.low[from-1]) {
		from--
	}
	for from < end && !wordRune(s.low[from]) { // "...ana@" and "'ana@"
		from++
	}
	if end > 0 && end <= len(s.low) && from < end && s.low[end-1] == '.' {
		return end
	}
	return from
}

// localSpelt is local with "dot" between its words.
func (s *scan) localSpelt(end int) int {
	from := s.local(end)
	for range 3 {
		if from < 6 || from == end || !s.has(from-5, " dot ") {
			break
		}
		before := s.local(from - 5)
		if before == from-5 {
			break
		}
		from = before
	}
	return from
}

func localRune(r rune) bool {
	switch r {
	case '.', '_', '%', '+', '-', '\'':
		return true
	}
	return wordRune(r)
}

// strange reports whether there is something between from and to that no plain word has.
func (s *scan) strange(from, to int) bool {
	for _, r := range s.low[from:to] {
		if !letterRune(r) {
			return true
		}
	}
	return false
}

// domain reads the domain of an address at from: labels with dots between them, the last one of two letters or more.
// Spelt says that "dot" may stand for a dot, and then the last label has to be a known ending.
func (s *scan) domain(from int, spelt bool) (to int, ok bool) {
	i := from
	for labels := 0; ; labels++ {
		end := i
		for end < len(s.low) && end-from < mostDomain && (wordRune(s.low[end]) || s.low[end] == '-') {
			end++
		}
		if end == i || s.low[i] == '-' {
			return to, ok
		}
		for s.low[end-1] == '-' {
			end--
		}
		if labels > 0 && end-i >= 2 && !s.strange(i, end) || s.has(i, "xn--") {
			if ok && s.startsSentence(i, end) {
				return to, ok // a missing space after the full stop
			}
			if !spelt || isEnding(string(s.low[i:end])) {
				to, ok = end, true
			}
		}
		next := s.dot(end, spelt)
		if next == end {
			return to, ok
		}
		i = next
	}
}

// dot returns where what follows a dot at i begins; i where there is no dot.
func (s *scan) dot(i int, spelt bool) int {
	if s.at(i) == '.' {
		return i + 1
	}
	if !spelt {
		return i
	}
	j := s.spaces(i, 1)
	for _, d := range []string{"dot ", "(dot)", "[dot]", "{dot}"} {
		if s.has(j, d) && (j > i || d != "dot ") {
			return s.spaces(j+len(d), 1)
		}
	}
	return i
}

// saysDot reports whether a dot is spelt out between from and to.
func (s *scan) saysDot(from, to int) bool {
	for i := from; i+3 < to; i++ {
		if s.has(i, "dot") && !wordRune(s.at(i-1)) && !wordRune(s.at(i+3)) {
			return true
		}
	}
	return false
}

// startsSentence reports whether what stands between from and to begins with a capital and goes on without one.
func (s *scan) startsSentence(from, to int) bool {
	return s.raw[from] != s.low[from] && to-from > 1 && s.raw[from+1] == s.low[from+1]
}
