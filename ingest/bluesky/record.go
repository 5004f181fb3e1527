package bluesky

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/text"
)

// record is what we read of a post: lexicons/app/bsky/feed/post.json of bluesky-social/atproto, read 2026-11. What may
// be missing or wrong without harm is read later, member by member.
type record struct {
	Text      *string         `json:"text"`
	CreatedAt string          `json:"createdAt"`
	Langs     json.RawMessage `json:"langs"`
	Tags      json.RawMessage `json:"tags"`
	Facets    json.RawMessage `json:"facets"`
	Reply     json.RawMessage `json:"reply"`
	Labels    json.RawMessage `json:"labels"`
	// Original is the address of the post that this one is a copy of, brought by Bridgy Fed (snarfed/bridgy-fed
	// docs, read 2026-11).
	Original json.RawMessage `json:"bridgyOriginalUrl"`
	// Whole is the original's text as HTML, where Text was cut to what Bluesky allows.
	Whole json.RawMessage `json:"bridgyOriginalText"`
}

// Limits of lists: the lexicon allows 8 tags and 3 languages.
const (
	facetsMost = 300
	tagsMost   = 32
)

// decodeRecord reads a post's record; errStrange where it has no text.
func decodeRecord(b []byte) (*record, error) {
	var r record
	if json.Unmarshal(b, &r) != nil || r.Text == nil {
		return nil, errStrange
	}
	return &r, nil
}

// facet is a usable stretch of the text that means something.
type facet struct {
	start, end int // UTF-8 bytes, the end exclusive
	tags       []string
	link       string
}

// facets returns the facets that can be used, in order: those that are out of range, split a character or overlap an
// earlier one are left out, as lexicons/app/bsky/richtext/facet.json asks.
func (r *record) facets() []facet {
	var raw []json.RawMessage
	if json.Unmarshal(r.Facets, &raw) != nil {
		return nil
	}
	var out []facet
	for _, b := range raw[:min(len(raw), facetsMost)] {
		var f struct {
			Index struct {
				Start *int `json:"byteStart"`
				End   *int `json:"byteEnd"`
			} `json:"index"`
			Features []struct {
				Type string `json:"$type"`
				Tag  string `json:"tag"`
				URI  string `json:"uri"`
			} `json:"features"`
		}
		if json.Unmarshal(b, &f) != nil || f.Index.Start == nil || f.Index.End == nil || !r.fits(*f.Index.Start, *f.Index.End) {
			continue
		}
		g := facet{start: *f.Index.Start, end: *f.Index.End}
		for _, x := range f.Features {
			switch x.Type {
			case "app.bsky.richtext.facet#tag":
				if x.Tag != "" {
					g.tags = append(g.tags, x.Tag)
				}
			case "app.bsky.richtext.facet#link":
				g.link = x.URI
			}
		}
		out = append(out, g)
	}
	slices.SortStableFunc(out, func(a, b facet) int { return cmp.Compare(a.start, b.start) })
	end := 0
	return slices.DeleteFunc(out, func(f facet) bool {
		if f.start < end {
			return true
		}
		end = f.end
		return false
	})
}

// fits reports whether the text has whole characters from start to end.
func (r *record) fits(start, end int) bool {
	s := *r.Text
	return start >= 0 && start < end && end <= len(s) && utf8.RuneStart(s[start]) && (end == len(s) || utf8.RuneStart(s[end]))
}

// tags returns the hashtags of a post: those of facets, those beside the text, and those that stand in the text
// without a facet, since clients may leave it out.
func (r *record) tags(facets []facet) []string {
	var out []string
	add := func(t string) {
		if len(out) < tagsMost && t != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	at := 0
	for _, f := range facets {
		for _, t := range written((*r.Text)[at:f.start]) {
			add(t)
		}
		for _, t := range f.tags {
			add(t)
		}
		if f.link == "" && len(f.tags) == 0 {
			for _, t := range written((*r.Text)[f.start:f.end]) {
				add(t)
			}
		}
		at = f.end
	}
	for _, t := range written((*r.Text)[at:]) {
		add(t)
	}
	for _, t := range list[string](r.Tags) {
		add(t)
	}
	return out
}

// written returns the hashtags in a piece of text: # and letters, digits, marks and _, after nothing, a space or a
// sign; not in the middle of a word or an address.
func written(s string) []string {
	var out []string
	last := ' '
	for i := 0; i < len(s); {
		c, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if (c == '#' || c == '＃') && !word(last) && !strings.ContainsRune("/&#＃=?", last) {
			j := i
			for j < len(s) {
				d, m := utf8.DecodeRuneInString(s[j:])
				if !word(d) {
					break
				}
				j += m
			}
			if tag := s[i:j]; strings.Trim(tag, "0123456789_") != "" {
				out = append(out, tag)
			}
		}
		last = c
	}
	return out
}

// word reports whether c can stand in a hashtag. The joiners of emoji and of Persian count.
func word(c rune) bool {
	return c == '_' || c == '\u200c' || c == '\u200d' || unicode.In(c, unicode.L, unicode.N, unicode.M)
}

// words returns the text with every link as its whole address: its words are kept where they say something else, so
// that nobody is sent where they did not expect to go.
func (r *record) words(facets []facet) string {
	var b strings.Builder
	at := 0
	for _, f := range facets {
		link := address(f.link)
		if link == "" {
			continue
		}
		b.WriteString((*r.Text)[at:f.start])
		shown := (*r.Text)[f.start:f.end]
		if shortened(shown, link) {
			b.WriteString(link)
		} else {
			b.WriteString(shown + " (" + link + ")")
		}
		at = f.end
	}
	b.WriteString((*r.Text)[at:])
	return b.String()
}

// address returns s where it is an address of the web.
func address(s string) string {
	u, err := url.Parse(s)
	if len(s) > 2000 || err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.ContainsAny(s, " \n\t()<>") {
		return ""
	}
	return s
}

// shortened reports whether shown is the beginning of link, without its scheme or with it, ended by dots or not.
func shortened(shown, link string) bool {
	bare := func(s string) string {
		s = strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(s), "https://"), "http://")
		return strings.TrimSuffix(strings.TrimPrefix(s, "www."), "/")
	}
	shown, link = bare(strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(shown), "…"), "...")), bare(link)
	u, err := url.Parse("https://" + link)
	return err == nil && len(shown) >= len(u.Host) && strings.HasPrefix(link, shown)
}

// labels returns what the author labelled the post as. What cannot be read says so, so that somebody looks at it.
func (r *record) labels() []string {
	if len(r.Labels) == 0 || string(r.Labels) == "null" {
		return nil
	}
	var l struct {
		Values []struct {
			Val string `json:"val"`
		} `json:"values"`
	}
	if json.Unmarshal(r.Labels, &l) != nil {
		return []string{"unreadable"}
	}
	var out []string
	for _, v := range l.Values {
		if v.Val != "" && len(out) < tagsMost {
			out = append(out, v.Val)
		}
	}
	return out
}

// hidden reports whether labels say that something is not for people without an account, or for nobody
// (BD docs/advanced-guides/moderation.md: docs.bsky.app, read 2026-11).
func hidden(labels []string) bool {
	return slices.Contains(labels, "!no-unauthenticated") || slices.Contains(labels, "!hide")
}

// carries reports whether one of the tags is wanted, which holds folded ones.
func carries(tags []string, wanted map[string]bool) bool {
	return slices.ContainsFunc(tags, func(t string) bool { return wanted[text.FoldTag(t)] })
}

// original returns the address of what this post is a copy of; empty: it is none.
func (r *record) original() string { return address(quoted(r.Original)) }

// post makes a post of a record. Its author is the DID until somebody knows more.
func (r *record) post(e event, facets []facet, tags []string) moderation.Post {
	p := moderation.Post{
		Source: moderation.FromBluesky, Key: uri(e.did, e.rkey), Text: r.words(facets), Tags: tags,
		URL: permalink(e.did, e.rkey), PostedAt: r.written(time.UnixMicro(e.at)),
		Author: moderation.PostAuthor{Account: e.did, Handle: e.did, URL: profilePage(e.did)},
	}
	if e.operation == "update" {
		p.Version = e.rev
	}
	if whole := ingest.CleanHTML(quoted(r.Whole)); whole != "" && r.original() != "" {
		p.Text = whole
	}
	if of := r.original(); of != "" {
		p.Aliases = []string{ingest.AddressKey(of), "ap:" + ingest.Canonical(of)}
	}
	if langs := list[string](r.Langs); len(langs) > 0 {
		p.Lang = langs[0]
	}
	var reply struct {
		Parent struct {
			URI string `json:"uri"`
		} `json:"parent"`
	}
	if json.Unmarshal(r.Reply, &reply) == nil {
		p.ReplyTo = reply.Parent.URI
	}
	if labels := r.labels(); len(labels) > 0 {
		p.Sensitive, p.Warning = true, strings.Join(labels, ", ")
	}
	return p
}

// written returns when a post was written, as its author's client says: it may say anything, so never later than the
// network saw it.
func (r *record) written(seen time.Time) time.Time {
	t, err := time.Parse(time.RFC3339Nano, r.CreatedAt)
	if err != nil || t.After(seen) || t.Year() < 2000 {
		return seen
	}
	return t
}

// quoted reads a string; empty where it is none.
func quoted(b json.RawMessage) string {
	var s string
	if json.Unmarshal(b, &s) != nil {
		return ""
	}
	return s
}

// list reads a list, without members of other types; nil where it is none.
func list[T any](b json.RawMessage) []T {
	var raw []json.RawMessage
	if json.Unmarshal(b, &raw) != nil {
		return nil
	}
	var out []T
	for _, r := range raw[:min(len(raw), tagsMost)] {
		var v T
		if json.Unmarshal(r, &v) == nil {
			out = append(out, v)
		}
	}
	return out
}
