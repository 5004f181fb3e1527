package x

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/text"
)

// tweet is what we read of a post, in either dialect: the fields that were renamed in 2026 have both their names
// (docs.x.com/x-api, the data dictionary and the OpenAPI documents 2.166 and 2.167, read 2026-11).
type tweet struct {
	ID        string    `json:"id"`
	Text      string    `json:"text"`
	AuthorID  string    `json:"author_id"`
	CreatedAt time.Time `json:"created_at"`
	Lang      string    `json:"lang"`
	Sensitive bool      `json:"possibly_sensitive"`
	Entities  *entities `json:"entities"`
	Withheld  *struct{} `json:"withheld"`

	HistoryTweet []string    `json:"edit_history_tweet_ids"`
	HistoryPost  []string    `json:"edit_history_post_ids"`
	RefsTweet    []reference `json:"referenced_tweets"`
	RefsPost     []reference `json:"referenced_posts"`
	NoteTweet    *note       `json:"note_tweet"`
	NotePost     *note       `json:"note_post"`
}

type reference struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// note holds the whole of a post of more than 280 characters.
type note struct {
	Text     string    `json:"text"`
	Entities *entities `json:"entities"`
}

// entities are what X found in a text; places count code points of the escaped text, end exclusive.
type entities struct {
	Hashtags []struct {
		Tag string `json:"tag"`
	} `json:"hashtags"`
	URLs []link `json:"urls"`
}

type link struct {
	Start   int    `json:"start"`
	End     int    `json:"end"`
	URL     string `json:"url"`
	Display string `json:"display_url"`
}

// user is an author.
type user struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Username  string `json:"username"`
	Protected bool   `json:"protected"`
	Image     string `json:"profile_image_url"`
}

// notice is a member of errors: beside data in an answer, or alone on the stream.
type notice struct {
	ResourceID     string `json:"resource_id"`
	Value          string `json:"value"`
	Type           string `json:"type"`
	DisconnectType string `json:"disconnect_type"`
}

// kind returns the last part of the type: its host is not always the same.
func (n notice) kind() string { return lastPart(n.Type) }

func lastPart(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }

var errGarbage = errors.New("the answer is not what X sends")

// page is an answer with posts.
type page struct {
	tweets  []tweet // those that can be read, in X's order
	users   map[string]user
	notices []notice
	read    []string // ids of all posts in it, those that we cannot use and included ones too: X bills them
	skipped int      // members that are no post
	newest  string   // of the page, by X or where it does not say of its posts; empty: none
	next    string   // token of the next page; empty: it was the last
}

// decodePage reads an answer of search or lookup; one that is no object is errGarbage. What of it has a wrong shape
// is left out.
func decodePage(body []byte) (page, error) {
	var raw struct {
		Data     []json.RawMessage `json:"data"`
		Includes json.RawMessage   `json:"includes"`
		Errors   json.RawMessage   `json:"errors"`
		Meta     json.RawMessage   `json:"meta"`
	}
	if err := json.Unmarshal(body, &raw); err != nil || raw.Data == nil && raw.Errors == nil && raw.Meta == nil {
		return page{}, errGarbage
	}
	p := page{}
	for _, r := range raw.Data[:min(len(raw.Data), membersMost)] {
		p.add(r)
	}
	p.include(raw.Includes)
	p.notices = members[notice](raw.Errors)
	var meta struct {
		Newest json.RawMessage `json:"newest_id"`
		Next   json.RawMessage `json:"next_token"`
	}
	_ = json.Unmarshal(raw.Meta, &meta) // none: the posts say it themselves
	if newest := str(meta.Newest); usableID(newest) {
		p.newest = newest
	} else {
		for _, id := range p.read {
			if p.newest == "" || compareIDs(id, p.newest) > 0 {
				p.newest = id
			}
		}
	}
	if p.next = str(meta.Next); len(p.next) > tokenBytes {
		p.next = ""
	}
	return p, nil
}

// decodeMessage reads a line of the stream.
func decodeMessage(line []byte) (p page, tags []string, err error) {
	var raw struct {
		Data     json.RawMessage `json:"data"`
		Includes json.RawMessage `json:"includes"`
		Errors   json.RawMessage `json:"errors"`
		Rules    json.RawMessage `json:"matching_rules"`
	}
	if err := json.Unmarshal(line, &raw); err != nil {
		return page{}, nil, errGarbage
	}
	if len(raw.Data) > 0 {
		p.add(raw.Data)
	}
	p.include(raw.Includes)
	p.notices = members[notice](raw.Errors)
	for _, r := range members[struct {
		Tag string `json:"tag"`
	}](raw.Rules) {
		tags = append(tags, r.Tag)
	}
	return p, tags, nil
}

// add takes a post in.
func (p *page) add(raw json.RawMessage) {
	var named struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(raw, &named) != nil || !usableID(named.ID) {
		p.skipped++
		return
	}
	if !slices.Contains(p.read, named.ID) {
		p.read = append(p.read, named.ID)
	}
	var t tweet
	if json.Unmarshal(raw, &t) != nil || t.Text == "" {
		p.skipped++
		return
	}
	p.tweets = append(p.tweets, t)
}

// include takes in what came beside the posts: their authors, and posts that they refer to, which are billed.
func (p *page) include(raw json.RawMessage) {
	var in struct {
		Users  json.RawMessage `json:"users"`
		Tweets json.RawMessage `json:"tweets"`
		Posts  json.RawMessage `json:"posts"`
	}
	if len(raw) == 0 || json.Unmarshal(raw, &in) != nil {
		return
	}
	p.users = map[string]user{}
	for _, u := range members[user](in.Users) {
		if u.ID != "" {
			p.users[u.ID] = u
		}
	}
	for _, t := range slices.Concat(members[reference](in.Tweets), members[reference](in.Posts)) {
		if usableID(t.ID) && !slices.Contains(p.read, t.ID) {
			p.read = append(p.read, t.ID)
		}
	}
}

// members returns the members of a list that have the shape of T.
func members[T any](raw json.RawMessage) []T {
	var list []json.RawMessage
	if len(raw) == 0 || json.Unmarshal(raw, &list) != nil {
		return nil
	}
	var out []T
	for _, r := range list[:min(len(list), membersMost)] {
		var v T
		if json.Unmarshal(r, &v) == nil {
			out = append(out, v)
		}
	}
	return out
}

func str(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// Limits of what is taken from X, in bytes. Ids are of 19 digits at most (docs.x.com/x-api/fundamentals/x-ids, read
// 2026-11).
const (
	idBytes    = 19
	tokenBytes = 512
	// membersMost is more than any list of an answer has: a page has 100 posts.
	membersMost = 1000
)

// usableID reports whether an id is one of X's.
func usableID(id string) bool {
	return id != "" && len(id) <= idBytes && id[0] != '0' && strings.Trim(id, "0123456789") == ""
}

// compareIDs orders ids: the later post has the greater one.
func compareIDs(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// history returns the ids of all versions, oldest first.
func (t *tweet) history() []string {
	h := t.HistoryTweet
	if len(h) == 0 {
		h = t.HistoryPost
	}
	for _, id := range h {
		if !usableID(id) {
			return []string{t.ID}
		}
	}
	if len(h) == 0 {
		return []string{t.ID}
	}
	return h
}

func (t *tweet) refersTo(kinds ...string) string {
	for _, r := range slices.Concat(t.RefsTweet, t.RefsPost) {
		if slices.Contains(kinds, r.Type) {
			return r.ID
		}
	}
	return ""
}

// repost reports whether t is somebody else's words.
func (t *tweet) repost() bool { return t.refersTo("retweeted", "reposted") != "" }

// body returns the whole text, escaped, and what was found in it.
func (t *tweet) body() (string, *entities) {
	for _, n := range []*note{t.NoteTweet, t.NotePost} {
		if n != nil && n.Text != "" {
			return n.Text, n.Entities
		}
	}
	return t.Text, t.Entities
}

// tags returns the hashtags of the post's own text: those that X found, or where it does not say our own finding.
// The text of a quoted post is not among it.
func (t *tweet) tags() []string {
	words, found := t.body()
	if found == nil {
		return hashtags(words)
	}
	var out []string
	for _, h := range found.Hashtags {
		if h.Tag != "" {
			out = append(out, h.Tag)
		}
	}
	return out
}

// tagged reports whether the own text has one of the tags (folded).
func (t *tweet) tagged(want []string) bool {
	return slices.ContainsFunc(t.tags(), func(tag string) bool { return slices.Contains(want, text.FoldTag(tag)) })
}

// hidden reports whether a post is kept from people: withheld somewhere, or of an author who shows it to followers.
func (t *tweet) hidden(users map[string]user) bool {
	return t.Withheld != nil || users[t.AuthorID].Protected
}

// key is the stable key of a post, the same for all its versions.
func key(first string) string { return "x:" + first }

// version grows with each edit, compared as bytes: the id of the version with zeros before it, and for an edit the
// first id behind it, so that KeyOf can tell.
func version(first, id string) string {
	v := strings.Repeat("0", max(0, idBytes+1-len(id))) + id
	if first != id {
		v += "." + first
	}
	return v
}

// KeyOf returns the key of the post that a version, as it is stored with a submission, belongs to; empty: it is no
// version of a post on X.
func KeyOf(version string) string {
	newest, first, edited := strings.Cut(version, ".")
	if !edited {
		first = strings.TrimLeft(newest, "0")
	}
	if len(newest) != idBytes+1 || !usableID(first) {
		return ""
	}
	return key(first)
}

var usernames = regexp.MustCompile(`^[A-Za-z0-9_]{1,50}$`)

// post makes a post of t. Its text is that of the version t is.
func (t *tweet) post(users map[string]user) moderation.Post { return t.postOf(t.history()[0], users) }

// postOf is post for a version of the post whose first id is known.
func (t *tweet) postOf(first string, users map[string]user) moderation.Post {
	words, found := t.body()
	p := moderation.Post{
		Source: moderation.FromX, Key: key(first), Version: version(first, t.ID), Text: plain(words, found), Lang: language(t.Lang),
		ReplyTo: t.refersTo("replied_to"), Tags: t.tags(), PostedAt: t.CreatedAt, Sensitive: t.Sensitive,
		URL: "https://x.com/i/status/" + t.ID, Author: moderation.PostAuthor{Account: t.AuthorID},
	}
	u, known := users[t.AuthorID]
	switch {
	case t.AuthorID == "": // nobody's words are taken for somebody else's
		p.Author.Account = "post " + t.ID
	case !known || !usernames.MatchString(u.Username): // gone or withheld: the id is all that there is
		p.Author.Name = t.AuthorID
	default:
		p.Author.Name, p.Author.Handle, p.Author.URL = u.Name, "@"+u.Username, "https://x.com/"+u.Username
		p.URL = "https://x.com/" + u.Username + "/status/" + t.ID
		p.Author.Avatar = u.Image // for the gallery, which makes our own copy
	}
	if p.Author.Name == "" {
		p.Author.Name = strings.TrimPrefix(p.Author.Handle, "@")
	}
	return p
}

// LargerPicture returns the address of the picture that X made the one at address of, which is of 48 pixels: the same
// name without its size (developer documents, user profile images, read 2026-11). Empty: the name says no size.
func LargerPicture(address string) string {
	at := strings.LastIndex(address, sizeNormal)
	if at < 0 || strings.ContainsAny(address[at:], "/?#") {
		return ""
	}
	return address[:at] + address[at+len(sizeNormal):]
}

const sizeNormal = "_normal"

// language returns a language as BCP 47 has it; X's own codes (und, qme, qht, zxx and others) say that there is none.
func language(s string) string {
	if s == "und" || s == "zxx" || len(s) == 3 && s[0] == 'q' {
		return ""
	}
	return s
}

// bounded returns s cut where it is longer than a post may be, at four bytes a character's escape.
func bounded(s string) string { return ingest.CutBytes(s, 4*ingest.TextBytes) }
