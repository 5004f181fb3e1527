package display

import (
	"strings"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// Author is who sent something, as far as everybody may see. Nil means "not known".
type Author struct {
	Name   *string `json:"name"`
	Handle *string `json:"handle"`
	URL    *string `json:"url"`    // http or https
	Avatar *string `json:"avatar"` // a path on this server
}

// item is what every view shows of a submission. It is unexported so that no other package can put one together.
type item struct {
	ID           string    `json:"id"`
	Rev          uint64    `json:"rev"`
	Kind         string    `json:"kind"`
	Text         string    `json:"text"`
	Edited       bool      `json:"edited"`
	Lang         *string   `json:"lang"`
	Author       Author    `json:"author"`
	Source       string    `json:"source"`
	URL          *string   `json:"url"`
	PostedAt     time.Time `json:"posted_at"` // UTC
	State        string    `json:"state"`
	Rank         string    `json:"rank"` // sorts byte-wise; empty where it has no place yet
	Votes        int       `json:"votes"`
	Prompt       *int      `json:"prompt"`
	Part         *string   `json:"part"`
	Late         bool      `json:"late"`
	Host         bool      `json:"host"`
	Relayed      bool      `json:"relayed"`
	ReplyTo      *string   `json:"reply_to"`
	Tags         []string  `json:"tags"`
	Similar      int       `json:"similar"` // how many were merged in
	ParaphraseOf *string   `json:"paraphrase_of"`
}

// PublicItem is a submission as the whole world may see it, in the contract's JSON. Public alone makes one; the
// zero value is empty. Its fields are id, rev, kind, text and so on, promoted from what all views share.
type PublicItem struct{ item }

// ChairItem is a PublicItem with the moderators' note to the chair.
type ChairItem struct {
	PublicItem
	Note *string `json:"note"`
}

// ModerationAuthor is an Author with the opaque key that tells authors of one event apart.
type ModerationAuthor struct {
	Author
	Key *string `json:"key"`
}

// ModerationItem is a submission as moderators see it, in any state, in the contract's JSON.
type ModerationItem struct {
	item
	Author     ModerationAuthor  `json:"author"` // hides item's
	Original   *string           `json:"original"`
	Flags      []moderation.Flag `json:"flags"`
	SimilarTo  []string          `json:"similar_to"`
	MergedInto *string           `json:"merged_into"`
	Support    int               `json:"support"`
	Note       *string           `json:"note"`
	ReceivedAt time.Time         `json:"received_at"` // UTC
	First      bool              `json:"first"`       // the first that its author sent
	ReviewedBy *Reviewer         `json:"reviewed_by"` // where two people have to approve; null: nobody yet
	Reason     *string           `json:"reason"`
	FiledBy    *string           `json:"filed_by"`
}

// Reviewer is who approved a submission first.
type Reviewer struct {
	Role string `json:"role"`
	Name string `json:"name"`
}

func reviewer(a *moderation.Actor) *Reviewer {
	if a == nil {
		return nil
	}
	return &Reviewer{Role: string(a.Role), Name: a.Name}
}

// Public returns s, with what was merged into it, as everybody may see it, and false unless s is approved, live or
// answered and not merged into another. It is the only way to a PublicItem.
func Public(s moderation.Submission, p moderation.Pool) (PublicItem, bool) {
	if !s.Shown() {
		return PublicItem{}, false
	}
	return PublicItem{shared(s, p)}, true
}

// Chair returns s as the chair sees it; false where Public is.
func Chair(s moderation.Submission, p moderation.Pool) (ChairItem, bool) {
	it, ok := Public(s, p)
	if !ok {
		return ChairItem{}, false
	}
	return ChairItem{PublicItem: it, Note: optional(s.Note)}, true
}

// Moderation returns s as moderators see it; false once it is erased.
func Moderation(s moderation.Submission, p moderation.Pool) (ModerationItem, bool) {
	if s.State == moderation.Erased {
		return ModerationItem{}, false
	}
	it := shared(s, p)
	return ModerationItem{
		item:       it,
		Author:     ModerationAuthor{Author: it.Author, Key: optional(s.Author.Key)},
		Original:   optional(s.Original),
		Flags:      list(s.Flags),
		SimilarTo:  list(s.SimilarTo),
		MergedInto: optional(s.MergedInto),
		Support:    p.Support(),
		Note:       optional(s.Note),
		ReceivedAt: utc(s.ReceivedAt),
		First:      s.First,
		ReviewedBy: reviewer(s.ReviewedBy),
		Reason:     optional(s.Reason),
		FiledBy:    optional(s.FiledBy),
	}, true
}

func shared(s moderation.Submission, p moderation.Pool) item {
	return item{
		ID: s.ID, Rev: s.Rev, Kind: string(s.Kind), Text: s.Text, Edited: s.Original != "", Lang: optional(s.Lang),
		Author: AuthorView(s.Author),
		Source: string(s.Source), URL: webAddress(s.URL), PostedAt: utc(s.PostedAt),
		State: string(s.State), Rank: s.Rank, Prompt: s.Prompt, Part: optional(s.Part),
		Late: s.Late, Host: s.Host, Relayed: s.Relayed, ReplyTo: optional(s.ReplyTo),
		Tags: list(s.Tags), Votes: p.Votes, Similar: p.Similar, ParaphraseOf: optional(s.ParaphraseOf),
	}
}

// AuthorView returns what everybody may see of an author.
func AuthorView(a moderation.Author) Author {
	return Author{Name: optional(a.Name), Handle: optional(a.Handle), URL: webAddress(a.URL), Avatar: localPath(a.Avatar)}
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// list makes JSON say [] rather than null.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

// webAddress keeps javascript: and its like out of every link, whatever a source delivered.
func webAddress(s string) *string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || rest == "" || !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http") {
		return nil
	}
	return &s
}

// localPath lets through a path on this server, and no address that a browser would take for another's.
func localPath(s string) *string {
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\t\r\n") {
		return nil
	}
	return &s
}

// utc returns t in UTC; a time that RFC 3339 cannot write becomes the zero time rather than an unreadable message.
func utc(t time.Time) time.Time {
	t = t.UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		return time.Time{}
	}
	return t
}

func optionalTime(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := utc(*t)
	return &u
}
