package text

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// SlugBytes is the length of the longest slug.
const SlugBytes = 63

// reserved holds the slugs that would hide a path of the server.
var reserved = map[string]bool{
	"api": true, "assets": true, "e": true, "events": true, "healthz": true, "join": true, "metrics": true,
	"organise": true, "problems": true, "r": true, "readyz": true,
}

// Slug makes an address of a hashtag or title: leading # dropped, NFKC, lower case, and runs of anything but a-z
// and 0-9 as one '-', none at the ends, at most 63 bytes. Where nothing is left it is empty, and it may be a
// reserved word: ask ValidSlug.
func Slug(s string) string {
	s = norm.NFKC.String(strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.ToLower(strings.TrimLeft(strings.TrimSpace(s), "#"))
	var b strings.Builder
	gap := false
	for _, r := range s {
		if r < 'a' || r > 'z' {
			if r < '0' || r > '9' {
				gap = b.Len() > 0
				continue
			}
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteRune(r)
		if b.Len() >= SlugBytes {
			break
		}
	}
	out := b.String()
	return strings.TrimRight(out[:min(len(out), SlugBytes)], "-")
}

// ValidSlug reports whether s may be the address of an event: 1 to 63 of a-z, 0-9 and '-', no '-' at either end,
// and not reserved.
func ValidSlug(s string) bool {
	if s == "" || len(s) > SlugBytes || s[0] == '-' || s[len(s)-1] == '-' || reserved[s] {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
