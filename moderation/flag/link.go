package flag

import (
	"slices"
	"strings"
)

// endings are the last labels that make a word with dots a link without anything after it. A full list of the
// network's top-level domains would flag every missing space after a full stop: at, be, in, is, it, me, my, no, so
// and us are countries too.
var endings = map[string]bool{}

func init() {
	for e := range strings.FieldsSeq(`com org net uk gov edu info io eu ie scot wales cymru london example test social app
		dev biz online site website shop blog news page link live xyz club store tech cloud media digital agency network
		community foundation gle charity coop school academy health care support help
		de fr nl pl ch se dk cz pt gr hu bg lt lv ee fi nz ca au jp cn br tv co ai gg ly fm`) {
		endings[e] = true
	}
}

// isEnding reports whether label is the last one of a host's name that people are likely to write.
func isEnding(label string) bool { return endings[label] }

// wordy are the endings that are words or names of everyday life as well: without www, a path, or a second
// dot before them they are taken for a missing space.
var wordy = []string{"live", "news", "page", "link", "store", "shop", "club", "help", "support", "care", "health", "school",
	"community", "charity", "media", "network", "test", "site", "blog", "online", "cloud", "digital", "tech", "agency",
	"foundation", "academy", "london", "wales", "social", "app", "co", "ai"}

// public are hosts that are known in spite of their wordy ending.
var public = map[string]bool{"gov.wales": true, "senedd.wales": true, "nhs.wales": true, "visit.wales": true}

const mostLink = 2048 // code points

// links finds addresses of pages: with a scheme, with www, with a path, or with a well-known ending. The detail is
// the address.
func (s *scan) links() {
	for i := 0; i < len(s.low); {
		if !wordRune(s.low[i]) || i > 0 && (wordRune(s.low[i-1]) || s.low[i-1] == '@' || s.low[i-1] == '-') {
			i++
			continue
		}
		to, ok := s.link(i)
		if ok && s.add(Link, string(s.raw[i:to]), i, to) {
			i = to
			continue
		}
		i = max(i+1, s.hostEnd(i))
	}
}

// hostEnd returns where the word with dots that begins at i ends.
func (s *scan) hostEnd(i int) int {
	for i < len(s.low) && hostRune(s.low[i]) {
		i++
	}
	return i
}

func hostRune(r rune) bool { return wordRune(r) || r == '.' || r == '-' }

// link reads the address that begins at from.
func (s *scan) link(from int) (to int, ok bool) {
	for _, scheme := range []string{"http://", "https://", "ftp://", "hxxp://", "hxxps://"} {
		if s.has(from, scheme) {
			to = s.linkEnd(from + len(scheme))
			return to, to > from+len(scheme)
		}
	}
	end := min(s.hostEnd(from), from+mostDomain)
	for end > from && !wordRune(s.low[end-1]) {
		end--
	}
	if s.at(end) == '@' {
		return from, false
	}
	// A missing space after the full stop: "see westmere.example.Then".
	for dot := end - 1; dot > from; dot-- {
		if s.low[dot] != '.' {
			continue
		}
		if !s.startsSentence(dot+1, end) || s.has(from, "www.") && !slices.Contains(s.low[from+4:dot], '.') {
			break
		}
		end = dot
	}
	host := string(s.low[from:end])
	dot := strings.LastIndexByte(host, '.')
	if dot <= 0 || strings.Contains(host, "..") {
		return from, false
	}
	ending := host[dot+1:]
	if strings.Trim(ending, "abcdefghijklmnopqrstuvwxyz") != "" && !strings.HasPrefix(ending, "xn--") || len(ending) < 2 {
		return from, false
	}
	path := s.path(end)
	switch {
	case strings.HasPrefix(host, "www.") && strings.Count(host, ".") > 1:
	case path > end && (endings[ending] || len(ending) == 2):
	case endings[ending] && (strings.Count(host, ".") > 1 || !slices.Contains(wordy, ending) || public[host]) && !initials(host):
	default:
		return from, false
	}
	return path, true
}

// initials reports whether host is one letter a label, such as u.k and e.g.
func initials(host string) bool {
	for label := range strings.SplitSeq(host, ".") {
		if len(label) > 2 {
			return false
		}
	}
	return true
}

// path returns where the path, query or port after a host at i ends; i where there is none.
func (s *scan) path(i int) int {
	switch {
	case s.at(i) == ':' && isDigit(s.at(i+1)):
	case s.at(i) == '/' && (wordRune(s.at(i+1)) || s.at(i+1) == '@' || s.at(i+1) == '~' || s.at(i+1) == '?' || s.at(i+1) == '#'):
	case (s.at(i) == '?' || s.at(i) == '#') && wordRune(s.at(i+1)):
	case s.at(i) == '/' && (s.at(i+1) == 0 || s.at(i+1) == ' ' || s.at(i+1) == '\n'):
		return i + 1
	default:
		return i
	}
	return s.linkEnd(i)
}

// linkEnd returns where an address that is open at i ends, without the punctuation of the sentence around it.
func (s *scan) linkEnd(i int) int {
	from, open := i, 0
	for i < len(s.low) && i-from < mostLink {
		r := s.low[i]
		if r <= ' ' || r == '<' || r == '>' || r == '"' || r == '“' || r == '”' || r == '«' || r == '»' {
			break
		}
		switch r {
		case '(':
			open++
		case ')':
			open--
		}
		if open < 0 {
			break
		}
		i++
	}
	for i > from && strings.ContainsRune(".,;:!?)]}'*_…", s.low[i-1]) {
		if s.low[i-1] == ')' && slices.Contains(s.low[from:i-1], '(') {
			break
		}
		i--
	}
	// A missing space after the full stop: "see westmere.example/bins.Then tell us".
	word := i
	for word > from && i-word < 20 && letterRune(s.low[word-1]) {
		word--
	}
	if word-1 > from && word < i && s.low[word-1] == '.' && s.startsSentence(word, i) {
		return word - 1
	}
	return i
}
