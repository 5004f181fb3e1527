package ingest

import (
	"errors"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/text"
)

// Limits of what a post may hold, in bytes unless it says otherwise. Longer text is cut: the contract's own limit
// for what is sent to us is 16 KiB, and no network known allows more.
const (
	TextBytes    = 16 << 10
	keyBytes     = 2 << 10
	urlBytes     = 2 << 10
	versionBytes = 64
	langBytes    = 35 // RFC 5646 section 4.4.1
	tagsMost     = 32 // tags
	tagBytes     = 200
	aliasesMost  = 3 // aliases; what moderation heeds
)

// Tidy returns a post as it may go on, cleaned and bounded, or why it cannot: it has no key, or nothing to show.
func Tidy(p moderation.Post, now time.Time) (moderation.Post, error) {
	if p.Key == "" || len(p.Key) > keyBytes || !utf8.ValidString(p.Key) {
		return p, errors.New("tidy post: no usable key")
	}
	if !p.Source.Valid() {
		return p, errors.New("tidy post: unknown source")
	}
	p.SeenAt = now.UTC()
	if p.Deleted {
		return moderation.Post{Event: p.Event, Source: p.Source, Key: p.Key, Deleted: true, SeenAt: p.SeenAt}, nil
	}
	if p.Renamed {
		p = moderation.Post{Event: p.Event, Source: p.Source, Key: p.Key, Renamed: true, Author: p.Author, SeenAt: p.SeenAt}
		p.Author = tidyAuthor(p.Author)
		return p, nil
	}
	if p.Text = text.Normalise(CutBytes(p.Text, TextBytes)); p.Text == "" {
		return p, errors.New("tidy post: no text")
	}
	p.Warning = text.Name(CutBytes(p.Warning, TextBytes))
	p.Author, p.URL = tidyAuthor(p.Author), WebAddress(p.URL)
	p.ReplyTo = CutBytes(strings.ToValidUTF8(p.ReplyTo, "\uFFFD"), keyBytes)
	p.Version = CutBytes(strings.ToValidUTF8(p.Version, "\uFFFD"), versionBytes)
	if !language(p.Lang) {
		p.Lang = ""
	}
	p.Tags, p.Aliases = tidyTags(p.Tags), tidyAliases(p.Aliases)
	// Nobody comes first in line by writing with a clock that runs fast.
	if p.PostedAt.IsZero() || p.PostedAt.After(now) {
		p.PostedAt = now
	}
	p.PostedAt = p.PostedAt.UTC()
	return p, nil
}

func tidyAuthor(a moderation.PostAuthor) moderation.PostAuthor {
	a.Name = text.Name(CutBytes(a.Name, TextBytes))
	a.Handle = text.Name(CutBytes(a.Handle, TextBytes))
	a.Account = CutBytes(strings.ToValidUTF8(a.Account, "\uFFFD"), keyBytes)
	a.URL, a.Avatar = WebAddress(a.URL), WebAddress(a.Avatar)
	return a
}

// CutBytes returns as much of s as fits into most bytes without cutting a character.
func CutBytes(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

func tidyTags(tags []string) []string {
	var out []string
	for _, t := range tags {
		if len(out) == tagsMost {
			break
		}
		if t = text.Name(CutBytes(strings.TrimLeft(t, "#"), tagBytes)); t != "" {
			out = append(out, t)
		}
	}
	return out
}

// tidyAliases drops what cannot be a key.
func tidyAliases(aliases []string) []string {
	var out []string
	for _, a := range aliases {
		if a != "" && len(a) <= keyBytes && utf8.ValidString(a) && len(out) < aliasesMost {
			out = append(out, a)
		}
	}
	return out
}

// Canonical returns a URI with its scheme and host in lower case and without the scheme's own port. What is no
// absolute URI stays as it is.
func Canonical(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return s
	}
	host, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	if u, err := url.Parse(s); err != nil || u.Host == "" || u.User != nil {
		return s
	}
	scheme, host = strings.ToLower(scheme), strings.ToLower(host)
	switch scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return scheme + "://" + host + path
}

// AddressKey returns the key by which a post can be named whose page is all that is known of it, as an alias: "url:" and the
// address, without its scheme, fragment and last slash. It is empty where s is no web address.
func AddressKey(s string) string {
	if s = WebAddress(s); s == "" {
		return ""
	}
	s, _, _ = strings.Cut(Canonical(s), "#")
	_, s, _ = strings.Cut(s, "://")
	return "url:" + strings.TrimSuffix(s, "/")
}

// WebAddress returns s where it is an absolute http or https address that may be linked to, else "".
func WebAddress(s string) string {
	if s == "" || len(s) > urlBytes {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.Opaque != "" {
		return ""
	}
	return u.String()
}

// language reports whether s has the form of a BCP 47 language tag.
func language(s string) bool {
	if len(s) < 2 || len(s) > langBytes || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		c := s[i] | 0x20
		if s[i] != '-' && (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}
