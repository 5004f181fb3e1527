package x

import (
	"slices"
	"strings"
	"unicode"
)

// unescape undoes X's escaping, once: "&amp;lt;" is "&lt;". X escapes <, > and &; anything else is the author's own
// (docs.x.com data dictionary, samples, read 2026-11).
var unescape = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#39;", "'")

// plain returns a text as people read it on X: links by the words that X shows for them, escapes undone.
func plain(s string, found *entities) string {
	runes := []rune(bounded(s))
	var b strings.Builder
	last := 0
	if found != nil {
		links := slices.Clone(found.URLs[:min(len(found.URLs), linksMost)])
		slices.SortStableFunc(links, func(a, b link) int { return a.Start - b.Start })
		for _, l := range links {
			if l.URL == "" || l.Display == "" {
				continue
			}
			at, ok := place(runes, last, l)
			if !ok {
				continue
			}
			b.WriteString(unescape.Replace(string(runes[last:at])))
			b.WriteString(l.Display)
			last = at + len([]rune(l.URL))
		}
	}
	b.WriteString(unescape.Replace(string(runes[last:])))
	return b.String()
}

// linksMost is more than anybody puts into a post.
const linksMost = 200

// place returns where a link stands, from last on: where X says so, else where it is found. The places that X
// gives are not always right.
func place(runes []rune, last int, l link) (int, bool) {
	literal := []rune(l.URL)
	if l.Start >= last && l.End <= len(runes) && l.End-l.Start == len(literal) && slices.Equal(runes[l.Start:l.End], literal) {
		return l.Start, true
	}
	rest := string(runes[last:])
	i := strings.Index(rest, l.URL)
	if i < 0 {
		return 0, false
	}
	return last + len([]rune(rest[:i])), true
}

// hashtags finds the hashtags of an escaped text: # or ＃ that follows no word, then letters, digits and _, not
// digits alone (help.x.com, how to use hashtags, read 2026-11).
func hashtags(s string) []string {
	var out []string
	before := ' '
	runes := []rune(unescape.Replace(bounded(s)))
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		if (r == '#' || r == '＃') && !wordRune(before) && before != '&' {
			end := i + 1
			for end < len(runes) && wordRune(runes[end]) {
				end++
			}
			if tag := string(runes[i+1 : end]); strings.IndexFunc(tag, func(r rune) bool { return !unicode.IsDigit(r) }) >= 0 {
				out = append(out, tag)
			}
		}
		before = r
	}
	return out
}

func wordRune(r rune) bool {
	return r == '_' || r == '·' || unicode.In(r, unicode.L, unicode.M, unicode.N)
}
