package feed

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/openfloor/openfloor/moderation/text"
)

const cursorVersion = 1

// cursor is what is remembered of a document. It is stored as JSON, of 50 KiB at most.
type cursor struct {
	V        int     `json:"v"`
	Feed     string  `json:"feed"` // hash of the address; validators and items mean something there only
	ETag     string  `json:"etag,omitempty"`
	Modified string  `json:"modified,omitempty"`
	Items    []known `json:"items"` // those seen longest ago first
}

// known is an item that was delivered. Everything but the key is a short hash, empty where there is nothing.
type known struct {
	Key   string `json:"k"`
	GUID  string `json:"g,omitempty"`
	Link  string `json:"l,omitempty"`
	Words string `json:"w,omitempty"` // of words, author and time
	Text  string `json:"t"`           // of the words alone: another is an edit
}

// validatorBytes bounds what is kept of ETag and Last-Modified; a longer one is not sent back.
const validatorBytes = 512

// parseCursor returns the cursor stored as s for the feed at address, an empty one where none can be used.
func parseCursor(s, address string) cursor {
	var c cursor
	if json.Unmarshal([]byte(s), &c) != nil || c.V != cursorVersion || c.Feed != short(address) {
		return cursor{V: cursorVersion, Feed: short(address)}
	}
	c.Items = c.Items[max(0, len(c.Items)-itemsMost):]
	return c
}

func (c cursor) String() string {
	b, err := json.Marshal(c)
	if err != nil {
		panic("BUG: feed cursor: " + err.Error()) // strings alone
	}
	return string(b)
}

// short returns a hash that tells the items of one feed apart; empty of nothing.
func short(s string) string { return hashed(s, 8) }

func hashed(s string, bytes int) string {
	if s == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:bytes])
}

// document is what is in a feed now, with what tells its items apart.
type document struct {
	feed  string // address
	guids map[string]int
	links map[string]int
}

// single drops what is in a document twice: the same guid and link, or where there is neither the same words.
func single(items []item) []item {
	seen := map[[3]string]bool{}
	var out []item
	for _, it := range items {
		k := [3]string{it.guid, it.link, ""}
		if it.guid == "" && it.link == "" {
			k[2] = it.words() + "\x00" + it.author + "\x00" + it.posted.String()
		}
		if !seen[k] {
			seen[k] = true
			out = append(out, it)
		}
	}
	return out
}

// inspect counts what several items share: that tells nothing apart.
func inspect(feed string, items []item) document {
	d := document{feed, map[string]int{}, map[string]int{}}
	for _, it := range items {
		d.guids[it.guid]++
		d.links[it.link]++
	}
	return d
}

// marks returns the hashes of an item, and the key it gets where it is new.
func (d document) marks(it item) known {
	k := known{Text: short(it.words())}
	if it.guid != "" && d.guids[it.guid] == 1 {
		k.GUID = short(it.guid)
	}
	if it.link != "" && d.links[it.link] == 1 {
		k.Link = short(it.link)
	}
	when := ""
	if !it.posted.IsZero() {
		when = it.posted.Format(time.RFC3339)
	}
	words := text.Fold(it.words()) + "\x00" + it.author + "\x00" + when
	if when != "" || k.Link == "" {
		k.Words = short(words)
	}
	identity := d.feed + "\x00" + words
	switch {
	case k.GUID != "" && global(it.guid):
		identity = it.guid
	case k.GUID != "":
		identity = d.feed + "\x00" + it.guid
	case k.Link != "":
		identity = it.link
	}
	k.Key = "feed:" + hashed(identity, 16)
	return k
}

// global reports whether a guid names the item all over the world, so that it is the same when the feed moves.
func global(guid string) bool {
	u, err := url.Parse(guid)
	return err == nil && (u.Host != "" || strings.HasPrefix(guid, "urn:") || strings.HasPrefix(guid, "tag:"))
}

// match finds for each item the one it was before: by its guid, else by its link, else by its words; what one item
// is, no other is. -1: it is new.
func (c *cursor) match(marks []known) []int {
	found := make([]int, len(marks))
	taken := make([]bool, len(c.Items))
	for i := range found {
		found[i] = -1
	}
	for _, of := range []func(known) string{
		func(k known) string { return k.GUID },
		func(k known) string { return k.Link },
		func(k known) string { return k.Words },
	} {
		index := map[string]int{}
		for i, k := range c.Items {
			if h := of(k); h != "" && !taken[i] {
				index[h] = i
			}
		}
		for i, k := range marks {
			if at, ok := index[of(k)]; ok && found[i] < 0 && of(k) != "" && !taken[at] {
				found[i], taken[at] = at, true
			}
		}
	}
	return found
}

// see remembers items as they are now.
func (c *cursor) see(now []known) {
	c.Items = slices.DeleteFunc(slices.Clone(c.Items), func(k known) bool {
		return slices.ContainsFunc(now, func(n known) bool { return n.Key == k.Key })
	})
	c.Items = append(c.Items, now...)
	c.Items = c.Items[max(0, len(c.Items)-itemsMost):]
}
