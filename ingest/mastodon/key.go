package mastodon

import (
	"net/url"
	"strings"
)

// bridged begins the URI under which Bridgy Fed shows a Bluesky post to the fediverse; the post's own at-uri follows
// (snarfed/bridgy-fed ids.py and templates/docs.html, read 2026-11).
const bridged = "https://bsky.brid.gy/convert/ap/"

// Key returns the stable key of the post that uri names: "ap:" and the URI with its scheme and host in lower case,
// the same on every server that shows the post; for a Bluesky post that was bridged, the at-uri of the original, which
// is the key that it has on its own network.
func Key(uri string) string {
	uri = canonical(uri)
	if at, ok := strings.CutPrefix(uri, bridged); ok {
		if at := atURI(at); at != "" {
			return at
		}
	}
	return "ap:" + uri
}

// atURI returns s as at://did/collection/rkey, and "" where it is none. Proxies collapse the slashes, and clients
// escape the colon. The forms are those of atproto.com/specs/at-uri-scheme, read 2026-11.
func atURI(s string) string {
	s, err := url.PathUnescape(s)
	if err != nil {
		return ""
	}
	rest, ok := strings.CutPrefix(s, "at:/")
	if !ok {
		return ""
	}
	part := strings.Split(strings.TrimPrefix(rest, "/"), "/")
	if len(part) != 3 || !strings.HasPrefix(part[0], "did:") {
		return ""
	}
	for _, p := range part {
		if p == "" || strings.Trim(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:~") != "" || len(p) > 512 {
			return ""
		}
		if p == "." || p == ".." {
			return ""
		}
	}
	return "at://" + strings.Join(part, "/")
}

// canonical returns a URI with its scheme and host in lower case and without the scheme's own port. What is no
// absolute URI stays as it is.
func canonical(s string) string {
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
