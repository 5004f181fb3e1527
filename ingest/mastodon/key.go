package mastodon

import (
	"net/url"
	"strings"

	"github.com/openfloor/openfloor/ingest"
)

// bridged begins the URI under which Bridgy Fed shows a Bluesky post to the fediverse; the post's own at-uri follows
// (snarfed/bridgy-fed ids.py and templates/docs.html, read 2026-11).
const bridged = "https://bsky.brid.gy/convert/ap/"

// Key returns the stable key of the post that uri names: "ap:" and the URI with its scheme and host in lower case,
// the same on every server that shows the post; for a Bluesky post that was bridged, the at-uri of the original, which
// is the key that it has on its own network.
func Key(uri string) string {
	uri = ingest.Canonical(uri)
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
