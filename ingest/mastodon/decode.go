package mastodon

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/text"
)

// status is what we read of a status: docs.joinmastodon.org/entities/Status, read 2026-11.
type status struct {
	ID          string          `json:"id"`
	URI         string          `json:"uri"`
	URL         string          `json:"url"`
	CreatedAt   time.Time       `json:"created_at"`
	EditedAt    *time.Time      `json:"edited_at"`
	InReplyToID string          `json:"in_reply_to_id"`
	Sensitive   bool            `json:"sensitive"`
	SpoilerText string          `json:"spoiler_text"`
	Visibility  string          `json:"visibility"`
	Language    string          `json:"language"`
	Content     string          `json:"content"`
	Reblog      json.RawMessage `json:"reblog"`
	Pleroma     json.RawMessage `json:"pleroma"` // of Pleroma and Akkoma
	Account     account         `json:"account"`
	Tags        []struct {
		Name string `json:"name"`
	} `json:"tags"`
}

type account struct {
	Username    string `json:"username"`
	Acct        string `json:"acct"`
	DisplayName string `json:"display_name"`
	URL         string `json:"url"`
	Avatar      string `json:"avatar"`
	Limited     bool   `json:"limited"`   // appears only when true
	Suspended   bool   `json:"suspended"` // appears only when true
}

// plain is what Pleroma and Akkoma say beside: docs.pleroma.social, "Differences in Mastodon API responses", read
// 2026-11.
type plain struct {
	Content struct {
		Text string `json:"text/plain"`
	} `json:"content"`
}

var errGarbage = errors.New("the answer is not a list of posts")

// Limits of what is taken from a status, in bytes.
const (
	idBytes  = 128
	uriBytes = 2000
)

// page is one page of a timeline.
type page struct {
	statuses []status // those that can be read, in the server's order
	skipped  int      // members that are no status
	members  int      // all of them
	bytes    int      // of the answer
	highest  string   // of all ids that can be read, those of skipped members too; empty: none
	lowest   string
}

// decodePage reads a page; one that is no list is errGarbage.
func decodePage(body []byte) (page, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil || raw == nil {
		return page{}, errGarbage
	}
	p := page{members: len(raw)}
	for _, r := range raw {
		var s status
		fault := json.Unmarshal(r, &s)
		if fault != nil { // its id counts all the same
			var named struct {
				ID string `json:"id"`
			}
			if json.Unmarshal(r, &named) != nil {
				named.ID = ""
			}
			s.ID = named.ID
		}
		if !usableID(s.ID) {
			p.skipped++
			continue
		}
		if p.highest == "" || compareIDs(s.ID, p.highest) > 0 {
			p.highest = s.ID
		}
		if p.lowest == "" || compareIDs(s.ID, p.lowest) < 0 {
			p.lowest = s.ID
		}
		if fault != nil || !s.usable() {
			p.skipped++
			continue
		}
		p.statuses = append(p.statuses, s)
	}
	return p, nil
}

func (s *status) usable() bool {
	return s.URI != "" && len(s.URI) <= uriBytes && !s.CreatedAt.IsZero() && s.Account.Acct != ""
}

// usableID reports whether an id may go into addresses and cursors.
func usableID(id string) bool {
	for i := range len(id) {
		if c := id[i]; c <= ' ' || c > '~' {
			return false
		}
	}
	return id != "" && len(id) <= idBytes
}

// public reports whether a status is one for everybody's eyes. What a server says that we do not know (Pleroma has
// local and list) is not.
func (s *status) public() bool { return s.Visibility == "public" && !s.Account.Suspended }

// wanted reports whether a status is a public one, by its author, with the tag (folded).
func (s *status) wanted(tag string) bool {
	if !s.public() || len(s.Reblog) > 0 && string(s.Reblog) != "null" || s.Account.Limited {
		return false
	}
	for _, t := range s.Tags {
		if text.FoldTag(t.Name) == tag {
			return true
		}
	}
	return false
}

// version is the version of the text: empty for the first, else the time of the edit in a form that sorts as bytes.
// A copy of a post of another network has none: the original's versions are not ours to count.
func (s *status) version() string {
	if !strings.HasPrefix(Key(s.URI), "ap:") {
		return ""
	}
	if s.EditedAt == nil || s.EditedAt.IsZero() {
		return ""
	}
	return s.EditedAt.UTC().Format("2006-01-02T15:04:05.000Z")
}

// text returns the words of a status.
func (s *status) text() string {
	var p plain
	if s.Content == "" && json.Unmarshal(s.Pleroma, &p) == nil {
		return p.Content.Text // Tidy cleans and bounds it
	}
	return ingest.CleanHTML(s.Content)
}

// post makes a post of a status as the server host shows it.
func (s *status) post(host string) moderation.Post {
	p := moderation.Post{
		Source: moderation.FromMastodon, Key: Key(s.URI), Version: s.version(),
		Text: s.text(), Lang: s.Language, URL: s.URL, ReplyTo: s.InReplyToID, PostedAt: s.CreatedAt,
		Warning: s.SpoilerText, Sensitive: s.Sensitive,
		Author: moderation.PostAuthor{Name: s.Account.DisplayName, Handle: "@" + s.Account.address(host), URL: s.Account.URL, Avatar: s.Account.Avatar},
	}
	if p.Author.Account = ingest.Canonical(s.Account.URL); p.Author.Account == "" {
		p.Author.Account = s.Account.address(host)
	}
	if p.Author.Name == "" {
		p.Author.Name = s.Account.Username
	}
	// A bridge calls what it carries on by its page, which is at home where the post is.
	if page := ingest.AddressKey(s.URL); page != "" && strings.HasPrefix(p.Key, "ap:") && sameHost(s.URL, s.URI) {
		p.Aliases = []string{page}
	}
	if p.URL == "" {
		p.URL = s.URI
	}
	for _, t := range s.Tags {
		p.Tags = append(p.Tags, t.Name)
	}
	return p
}

// sameHost reports whether two addresses are at one host.
func sameHost(a, b string) bool {
	u, err := url.Parse(a)
	v, err2 := url.Parse(b)
	return err == nil && err2 == nil && u.Host != "" && strings.EqualFold(u.Host, v.Host)
}

// address returns the address of an account with its domain, which a server leaves out for its own: that of the
// account's page, since a server may be asked under another name than its accounts have.
func (a *account) address(host string) string {
	if strings.Contains(a.Acct, "@") {
		return a.Acct
	}
	if u, err := url.Parse(a.URL); err == nil && u.Host != "" {
		host = u.Host
	}
	return a.Acct + "@" + host
}

// compareIDs orders the ids of one server, whatever software it runs: by length, then as bytes
// (docs.joinmastodon.org/api/guidelines, read 2026-11).
func compareIDs(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}
