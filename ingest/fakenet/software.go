package fakenet

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Software is which server software a fake server is.
type Software string

// The software, and how it differs:
//   - GoToSocial shows a hashtag to its own users only (superseriousbusiness/gotosocial docs/api/swagger.yaml,
//     tagTimeline); its ids are ULIDs; it takes the websocket for a hashtag and sends nothing over it but pings each
//     30 s (internal/stream/stream.go knows no such stream); who asks too much gets 503 with Retry-After: 30
//     (docs/api/throttling.md); it has no server-sent events (internal/api/client/streaming has the websocket only).
//   - Akkoma, as Pleroma, says so in version, has Flake ids that are given when a post arrives, an object pleroma in
//     each status with the text as text/plain, and the visibilities local and list (docs.pleroma.social, "Differences in
//     Mastodon API responses"). It says nothing about a rate limit, and has websockets only (unverified).
//
// All read 2026-11.
const (
	Plain      Software = "" // Mastodon itself
	GoToSocial Software = "gotosocial"
	Akkoma     Software = "akkoma"
)

// version is what the server calls itself.
func (s Software) version() string {
	switch s {
	case GoToSocial:
		return "0.19.1+git-57cb4fe"
	case Akkoma:
		return "2.7.2 (compatible; Akkoma 3.15.2)"
	}
	return "4.5.2"
}

// id makes the id of the n-th status, written at created.
func (s Software) id(created time.Time, n uint64) string {
	switch s {
	case GoToSocial: // 48 bits of time, 80 of chance, in Crockford's base 32 (github.com/ulid/spec)
		return digits(uint64(created.UnixMilli()), "0123456789ABCDEFGHJKMNPQRSTVWXYZ", 10) + digits(n, "0123456789ABCDEFGHJKMNPQRSTVWXYZ", 16)
	case Akkoma: // of its arrival, whenever it was written
		return "A" + digits(uint64(time.Now().UnixMilli()), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 8) +
			digits(n, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 9)
	}
	// Mastodon makes ids of the time of writing, also for what arrives later: lib/mastodon/snowflake.rb.
	return strconv.FormatInt(created.UnixMilli()<<16|int64(n&0xffff), 10)
}

// digits writes n in the base of an alphabet, in a fixed width.
func digits(n uint64, alphabet string, width int) string {
	out := make([]byte, width)
	for i := width - 1; i >= 0; i-- {
		out[i] = alphabet[n%uint64(len(alphabet))]
		n /= uint64(len(alphabet))
	}
	return string(out)
}

// dress adds what the software has in a status beside Mastodon's.
func (s Software) dress(m map[string]any, x *stored) {
	if s == Akkoma {
		m["pleroma"] = map[string]any{"local": !strings.Contains(x.Acct, "@"), "conversation_id": 1, "expires_at": nil, "thread_muted": false,
			"content": map[string]any{"text/plain": x.Text}, "spoiler_text": map[string]any{"text/plain": x.Warning}, "emoji_reactions": []any{}}
	}
}

// tooMany answers who asked too much.
func (s Software) tooMany(w http.ResponseWriter) {
	if s == GoToSocial {
		w.Header().Set("Retry-After", "30")
		problem(w, http.StatusServiceUnavailable, "Service Unavailable: server capacity exceeded")
		return
	}
	problem(w, http.StatusTooManyRequests, "Too many requests")
}
