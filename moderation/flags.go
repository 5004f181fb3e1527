package moderation

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// The kinds of flags.
const (
	FlagEmail   = "email"
	FlagPhone   = "phone"
	FlagLink    = "link"
	FlagWarning = "warning" // the network's content warning or mark
	FlagBusy    = "busy"    // came in a flood
)

var (
	emailPattern = regexp.MustCompile(`[\p{L}\p{N}._%+-]+@(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}`)
	linkPattern  = regexp.MustCompile(`(?i)\b(?:https?://[^\s<>"]+|(?:[\p{L}\p{N}-]+\.)+[a-z]{2,}(?:/[^\s<>"]*)?)`)
	phonePattern = regexp.MustCompile(`(?:\+|\(?\b0)[\d ().\-\x{2011}\x{00A0}]{7,22}\d`)
)

// bareEndings are the last labels that make a word with dots a link even without a path. A full list of the
// network's top-level domains would flag every missing space after a full stop.
var bareEndings = []string{"com", "org", "net", "uk", "gov", "edu", "info", "io", "eu", "ie", "scot", "wales", "cymru", "london", "example", "social", "app", "dev"}

// FlagText returns the flags of a submission's text, in the order of their spans: e-mail addresses, telephone
// numbers and links. It asks for a second look and decides nothing.
func FlagText(text string) []Flag {
	var flags []Flag
	taken := func(from, to int) bool {
		return slices.ContainsFunc(flags, func(f Flag) bool { return from < f.Span[1] && f.Span[0] < to })
	}
	add := func(kind, detail string, at []int) {
		from, to := utf8.RuneCountInString(text[:at[0]]), utf8.RuneCountInString(text[:at[1]])
		if !taken(from, to) {
			flags = append(flags, Flag{Kind: kind, Detail: detail, Span: [2]int{from, to}})
		}
	}
	for _, at := range emailPattern.FindAllStringIndex(text, -1) {
		if at[0] == 0 || text[at[0]-1] != '@' { // a handle such as @ana@social.example
			add(FlagEmail, "an e-mail address", at)
		}
	}
	for _, at := range linkPattern.FindAllStringIndex(text, -1) {
		found := strings.TrimRight(text[at[0]:at[1]], ".,;:!?)]}'’”")
		if at[0] > 0 && text[at[0]-1] == '@' || !isLink(found) {
			continue
		}
		add(FlagLink, found, []int{at[0], at[0] + len(found)})
	}
	for _, at := range phonePattern.FindAllStringIndex(text, -1) {
		if isPhone(text[at[0]:at[1]]) && !digitBefore(text, at[0]) {
			add(FlagPhone, "a phone number", at)
		}
	}
	slices.SortFunc(flags, func(a, b Flag) int { return a.Span[0] - b.Span[0] })
	return flags
}

func isLink(s string) bool {
	if strings.Contains(s, "://") || strings.HasPrefix(strings.ToLower(s), "www.") {
		return true
	}
	host, path, hasPath := strings.Cut(s, "/")
	if strings.Trim(host, "0123456789.") == "" {
		return false
	}
	ending := strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
	return hasPath && path != "" || slices.Contains(bareEndings, ending)
}

// isPhone takes what looks like a number for one when it has as many digits as a number can have: 8 to 15 after
// a + (E.164 allows 15), 10 or 11 with the 0 of a number dialled within the United Kingdom.
func isPhone(s string) bool {
	digits := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	if strings.HasPrefix(s, "+") {
		return digits >= 8 && digits <= 15
	}
	return digits == 10 || digits == 11
}

func digitBefore(s string, at int) bool {
	return at > 0 && s[at-1] >= '0' && s[at-1] <= '9'
}
