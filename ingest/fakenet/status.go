package fakenet

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Status is a post as a test or the demo writes it. Text is plain; hashtags, mentions and links in it are found as
// a server finds them.
type Status struct {
	Text       string    `json:"text"`
	HTML       string    `json:"html,omitempty"` // the content itself, in place of Text
	Name       string    `json:"name"`           // display name
	Acct       string    `json:"acct"`           // "ana", or "ana@social.example" for somebody of another server; empty: "somebody"
	Lang       string    `json:"lang,omitempty"`
	Warning    string    `json:"warning,omitempty"`
	Sensitive  bool      `json:"sensitive,omitempty"`
	Visibility string    `json:"visibility,omitempty"` // empty: public
	Bot        bool      `json:"bot,omitempty"`
	Reblog     bool      `json:"reblog,omitempty"` // it is a boost of another post
	ReplyTo    string    `json:"reply_to,omitempty"`
	CreatedAt  time.Time `json:"created_at,omitzero"` // zero: now. Earlier ones get an earlier id, as on a real server
	Tags       []string  `json:"tags,omitempty"`      // beside those in the text
	URI        string    `json:"uri,omitempty"`       // empty: made
	NoURL      bool      `json:"no_url,omitempty"`    // url is null
	ID         string    `json:"id,omitempty"`        // empty: made from CreatedAt
}

// stored is a status as the server keeps it.
type stored struct {
	Status
	folded []string // tags
	edited time.Time
}

var (
	inText  = regexp.MustCompile(`https?://[^\s<>"]+[^\s<>".,;:!?)]|#[\p{L}\p{N}_]+|@[A-Za-z0-9_]+(?:@[A-Za-z0-9.-]+[A-Za-z0-9])?`)
	hashtag = regexp.MustCompile(`#([\p{L}\p{N}_]+)`)
	escape  = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")
)

// tags returns the folded tags of a status.
func (s *Status) tags() []string {
	var out []string
	for _, m := range hashtag.FindAllStringSubmatch(s.Text, -1) {
		out = append(out, fold(m[1]))
	}
	for _, t := range s.Tags {
		out = append(out, fold(t))
	}
	return out
}

// json returns the status as the server host shows it, with base as its own address.
func (s *stored) json(host string) map[string]any {
	user, domain, remote := strings.Cut(s.Acct, "@")
	if !remote {
		domain = host
	}
	home := "https://" + domain
	uri := s.URI
	if uri == "" {
		uri = home + "/users/" + user + "/statuses/" + s.ID
	}
	visibility := s.Visibility
	if visibility == "" {
		visibility = "public"
	}
	tags := []any{}
	for _, t := range s.folded {
		tags = append(tags, map[string]any{"name": t, "url": "https://" + host + "/tags/" + url.PathEscape(t)})
	}
	m := map[string]any{
		"id": s.ID, "uri": uri, "url": home + "/@" + user + "/" + s.ID, "created_at": stamp(s.CreatedAt), "edited_at": nil,
		"in_reply_to_id": nil, "in_reply_to_account_id": nil, "sensitive": s.Sensitive || s.Warning != "", "spoiler_text": s.Warning,
		"visibility": visibility, "language": nil, "replies_count": 0, "reblogs_count": 0, "favourites_count": 0, "quotes_count": 0,
		"content": s.content(host), "reblog": nil, "quote": nil, "application": nil,
		"account": map[string]any{
			"id": strconv.Itoa(100 + len(s.Acct)), "username": user, "acct": s.Acct, "display_name": s.Name, "locked": false, "bot": s.Bot,
			"url": home + "/@" + user, "uri": home + "/users/" + user, "avatar": home + "/avatars/original/missing.png",
			"avatar_static": home + "/avatars/original/missing.png", "emojis": []any{}, "fields": []any{}, "note": "", "group": false,
		},
		"media_attachments": []any{}, "mentions": []any{}, "tags": tags, "emojis": []any{}, "card": nil, "poll": nil,
	}
	if !s.edited.IsZero() {
		m["edited_at"] = stamp(s.edited)
	}
	if s.Lang != "" {
		m["language"] = s.Lang
	}
	if s.NoURL {
		m["url"] = nil
	}
	if s.ReplyTo != "" {
		m["in_reply_to_id"] = s.ReplyTo
	}
	if s.Reblog {
		m["reblog"] = map[string]any{"id": "1", "uri": home + "/users/other/statuses/1", "content": m["content"]}
	}
	return m
}

// content is the text as Mastodon writes HTML (app/lib/text_formatter.rb, read 2026-11).
func (s *stored) content(host string) string {
	if s.HTML != "" {
		return s.HTML
	}
	var b strings.Builder
	for _, paragraph := range strings.Split(strings.TrimSpace(s.Text), "\n\n") {
		b.WriteString("<p>")
		last := 0
		for _, at := range inText.FindAllStringIndex(paragraph, -1) {
			b.WriteString(lines(paragraph[last:at[0]]))
			b.WriteString(linked(paragraph[at[0]:at[1]], host))
			last = at[1]
		}
		b.WriteString(lines(paragraph[last:]))
		b.WriteString("</p>")
	}
	return b.String()
}

func lines(s string) string { return strings.ReplaceAll(escape.Replace(s), "\n", "<br />") }

func linked(s, host string) string {
	switch {
	case s[0] == '#':
		return `<a href="https://` + host + `/tags/` + url.PathEscape(s[1:]) + `" class="mention hashtag" rel="tag">#<span>` + escape.Replace(s[1:]) + `</span></a>`
	case s[0] == '@':
		user, domain, ok := strings.Cut(s[1:], "@")
		if !ok {
			domain = host
		}
		return `<span class="h-card" translate="no"><a href="https://` + domain + `/@` + user + `" class="u-url mention">@<span>` + user + `</span></a></span>`
	}
	prefix := s[:strings.Index(s, "//")+2]
	shown, rest, class := s[len(prefix):], "", ""
	if len(shown) > 30 {
		shown, rest, class = shown[:30], shown[30:], "ellipsis"
	}
	return `<a href="` + escape.Replace(s) + `" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">` + prefix +
		`</span><span class="` + class + `">` + escape.Replace(shown) + `</span><span class="invisible">` + escape.Replace(rest) + `</span></a>`
}

// stamp writes a time as Mastodon does.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// fold makes tags comparable, in its own plain way.
func fold(s string) string { return accents.Replace(strings.ToLower(s)) }

var accents = strings.NewReplacer("ä", "a", "à", "a", "á", "a", "â", "a", "ö", "o", "ó", "o", "ô", "o", "ü", "u", "ú", "u", "û", "u",
	"é", "e", "è", "e", "ê", "e", "í", "i", "î", "i", "ŵ", "w", "ŷ", "y", "ç", "c", "ñ", "n", "a\u0308", "a", "e\u0301", "e")

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("BUG: fakenet: " + err.Error()) // only maps of plain values get here
	}
	return b
}
