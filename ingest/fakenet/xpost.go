package fakenet

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// XPost is a post as a test or the demo writes it. Text is what its author typed: hashtags and links in it are
// found, links become t.co ones and the whole is escaped as X does it.
type XPost struct {
	Text      string    `json:"text"`
	Name      string    `json:"name"`
	Username  string    `json:"username"` // empty: somebody
	AuthorID  string    `json:"author_id,omitempty"`
	Lang      string    `json:"lang,omitempty"`
	ReplyTo   string    `json:"reply_to,omitempty"`  // id
	QuoteOf   string    `json:"quote_of,omitempty"`  // id
	RepostOf  string    `json:"repost_of,omitempty"` // id
	Sensitive bool      `json:"sensitive,omitempty"`
	CreatedAt time.Time `json:"created_at,omitzero"` // zero: now
	ID        string    `json:"id,omitempty"`        // empty: made from CreatedAt
	NoAuthor  bool      `json:"no_author,omitempty"` // includes lacks its author
	Bare      bool      `json:"bare,omitempty"`      // without entities, history and conversation, as the stream may be
	Withheld  bool      `json:"withheld,omitempty"`  // in one country
	Gone      string    `json:"gone,omitempty"`      // what it refers to is reported as not to be found
}

// xStored is a post as X keeps it.
type xStored struct {
	XPost
	history []string // ids, oldest first, its own at the end
	later   []string // ids of later versions
	deleted bool
}

// Post publishes a post and returns its id.
func (x *X) Post(p XPost) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.publish(&xStored{XPost: p}).ID
}

// publish stores s and puts it on the streams; the caller holds the lock.
func (x *X) publish(s *xStored) *xStored {
	if s.CreatedAt.IsZero() {
		s.CreatedAt = time.Now()
	}
	s.CreatedAt = s.CreatedAt.UTC().Truncate(time.Millisecond)
	if s.Username == "" {
		s.Username, s.Name = "somebody", "Somebody"
	}
	if s.AuthorID == "" {
		var n uint64 = 1469598103934665603 // FNV-1a
		for _, c := range []byte(s.Username) {
			n = (n ^ uint64(c)) * 1099511628211
		}
		s.AuthorID = strconv.FormatUint(n%1_000_000_007+1000, 10)
	}
	if _, ok := x.users[s.AuthorID]; !ok {
		x.users[s.AuthorID] = XUser{ID: s.AuthorID, Name: s.Name, Username: s.Username}
	}
	if s.ID == "" {
		x.made++
		s.ID = strconv.FormatUint(uint64(max(s.CreatedAt.UnixMilli()-xLate, 1<<20))<<22|x.made&0x3fffff, 10)
	}
	s.history = append(s.history, s.ID)
	i, _ := slices.BinarySearchFunc(x.posts, s.ID, func(p *xStored, id string) int { return compareIDs(p.ID, id) })
	x.posts = slices.Insert(x.posts, i, s)
	x.fanOut(s)
	return s
}

// Edit makes a new version of a post and returns its id; empty: there is no such post.
func (x *X) Edit(id, text string) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	old := x.find(id)
	if old == nil {
		return ""
	}
	for len(old.later) > 0 { // the newest is edited
		old = x.find(old.later[len(old.later)-1])
	}
	p := old.XPost
	p.Text, p.ID, p.CreatedAt = text, "", time.Time{}
	s := x.publish(&xStored{XPost: p, history: slices.Clone(old.history)})
	for _, h := range s.history[:len(s.history)-1] {
		if o := x.find(h); o != nil {
			o.later = append(o.later, s.ID)
		}
	}
	return s.ID
}

// Delete takes a post with all its versions away and reports whether there was one.
func (x *X) Delete(id string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.find(id)
	if s == nil || s.deleted {
		return false
	}
	for _, id := range slices.Concat(s.history, s.later) {
		if v := x.find(id); v != nil {
			v.deleted = true
		}
	}
	return true
}

// Withhold keeps a post back in one country.
func (x *X) Withhold(id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if s := x.find(id); s != nil {
		s.Withheld = true
	}
}

// Protect hides or shows again the posts of a user.
func (x *X) Protect(username string, protected bool) {
	x.change(username, func(u *XUser) { u.Protected = protected })
}

// Suspend takes an account away, with all its posts.
func (x *X) Suspend(username string) { x.change(username, func(u *XUser) { u.suspended = true }) }

func (x *X) change(username string, do func(*XUser)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for id, u := range x.users {
		if u.Username == username {
			do(&u)
			x.users[id] = u
		}
	}
}

// find returns a post by id, deleted ones too; the caller holds the lock.
func (x *X) find(id string) *xStored {
	i, ok := slices.BinarySearchFunc(x.posts, id, func(p *xStored, id string) int { return compareIDs(p.ID, id) })
	if !ok {
		return nil
	}
	return x.posts[i]
}

// visible reports whether anybody may read s.
func (x *X) visible(s *xStored) bool {
	u := x.users[s.AuthorID]
	return !s.deleted && !u.Protected && !u.suspended
}

var (
	xToken1 = regexp.MustCompile(`https?://[^\s<>"]+[^\s<>".,;:!?)]|[#＃][\p{L}\p{M}\p{N}_]+`)
	// X escapes these three and no others in text (developer documents, data dictionary samples, read 2026-11).
	xEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
)

// written returns a text as X stores it, with its entities, counted in code points of the escaped text.
func xWritten(text string) (string, map[string]any) {
	var b strings.Builder
	hashtags, links := []any{}, []any{}
	last := 0
	for _, at := range xToken1.FindAllStringIndex(text, -1) {
		b.WriteString(xEscape.Replace(text[last:at[0]]))
		start, word := utf8.RuneCountInString(b.String()), text[at[0]:at[1]]
		if strings.HasPrefix(word, "http") {
			short := "https://t.co/" + xShortened(word)
			b.WriteString(short)
			display := strings.TrimPrefix(strings.TrimPrefix(word, "https://"), "http://")
			if r := []rune(display); len(r) > 26 {
				display = string(r[:26]) + "…"
			}
			links = append(links, map[string]any{"start": start, "end": start + 23, "url": short, "expanded_url": word, "display_url": display})
		} else {
			b.WriteString(word)
			_, n := utf8.DecodeRuneInString(word)
			hashtags = append(hashtags, map[string]any{"start": start, "end": start + utf8.RuneCountInString(word), "tag": word[n:]})
		}
		last = at[1]
	}
	b.WriteString(xEscape.Replace(text[last:]))
	entities := map[string]any{}
	if len(hashtags) > 0 {
		entities["hashtags"] = hashtags
	}
	if len(links) > 0 {
		entities["urls"] = links
	}
	return b.String(), entities
}

// xShortened returns ten characters for a link.
func xShortened(s string) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	var n uint64 = 1469598103934665603
	for _, c := range []byte(s) {
		n = (n ^ uint64(c)) * 1099511628211
	}
	out := make([]byte, 10)
	for i := range out {
		out[i], n = letters[n%62], n/62
	}
	return string(out)
}

// tags returns the folded tags of the whole text.
func (s *xStored) tags(accents bool) []string {
	var out []string
	for _, w := range xToken1.FindAllString(s.Text, -1) {
		if r, n := utf8.DecodeRuneInString(w); r == '#' || r == '＃' {
			t := strings.ToLower(w[n:])
			if !accents {
				t = fold(t)
			}
			out = append(out, t)
		}
	}
	return out
}

// json returns a post in a dialect.
func (x *X) json(s *xStored, d XDialect) map[string]any {
	name := func(tweet, post string) string {
		if d == XPosts {
			return post
		}
		return tweet
	}
	text, entities := xWritten(s.Text)
	m := map[string]any{"id": s.ID, "text": text, "author_id": s.AuthorID, "created_at": s.CreatedAt.Format("2006-01-02T15:04:05.000Z"),
		name("edit_history_tweet_ids", "edit_history_post_ids"): slices.Concat(s.history, s.later), "lang": cmp.Or(s.Lang, "en"),
		"possibly_sensitive": s.Sensitive, "reply_settings": "everyone", "conversation_id": cmp.Or(s.ReplyTo, s.history[0])}
	if len(entities) > 0 {
		m["entities"] = entities
	}
	if utf8.RuneCountInString(s.Text) > xShort {
		cut := string([]rune(s.Text)[:xShort-1]) + "…"
		m[name("note_tweet", "note_post")] = map[string]any{"text": text, "entities": entities}
		short, some := xWritten(cut)
		m["text"] = short
		delete(m, "entities")
		if len(some) > 0 {
			m["entities"] = some
		}
	}
	var refs []any
	ref := func(kind, id string) {
		if id != "" {
			refs = append(refs, map[string]any{"type": kind, "id": id})
		}
	}
	ref("replied_to", s.ReplyTo)
	ref("quoted", s.QuoteOf)
	ref(name("retweeted", "reposted"), s.RepostOf)
	if refs != nil {
		m[name("referenced_tweets", "referenced_posts")] = refs
	}
	if s.ReplyTo != "" {
		m["in_reply_to_user_id"] = "783214"
	}
	if s.RepostOf != "" {
		m["text"] = "RT @" + s.Username + ": " + text
	}
	if s.Withheld {
		m["text"] = "This Post from @" + s.Username + " has been withheld in Germany."
		m["withheld"] = map[string]any{"copyright": false, "country_codes": []string{"DE"}, "scope": "post"}
		delete(m, "entities")
	}
	if s.Bare {
		for _, k := range []string{"entities", name("edit_history_tweet_ids", "edit_history_post_ids"), "conversation_id", "lang", "possibly_sensitive", "reply_settings"} {
			delete(m, k)
		}
	}
	return m
}

// page returns an answer's data, includes and errors for posts, and counts them as read; the caller holds the lock.
func (x *X) page(posts []*xStored, q url.Values, d XDialect) map[string]any {
	data, users, errs := []any{}, []any{}, []any{}
	seen := map[string]bool{}
	day := time.Now().UTC().Format(time.DateOnly)
	for _, s := range posts {
		data = append(data, x.json(s, d))
		x.reads++
		x.billed[s.ID+" "+day] = true
		if !seen[s.AuthorID] && !s.NoAuthor && strings.Contains(q.Get("expansions"), "author_id") {
			seen[s.AuthorID] = true
			u := x.users[s.AuthorID]
			user := map[string]any{"id": u.ID, "name": u.Name, "username": u.Username, "protected": u.Protected, "verified": false}
			if picture := x.picture(u); picture != "" && strings.Contains(q.Get("user.fields"), "profile_image_url") {
				user["profile_image_url"] = picture
			}
			users = append(users, user)
		}
		if s.Gone != "" {
			errs = append(errs, xMissing(s.Gone, "referenced_tweets.id", "Not Found Error", "resource-not-found"))
		}
	}
	m := map[string]any{}
	if len(data) > 0 {
		m["data"] = data
	}
	if len(users) > 0 {
		m["includes"] = map[string]any{"users": users}
	}
	if len(errs) > 0 {
		m["errors"] = errs
	}
	return m
}

func xMissing(id, parameter, title, kind string) map[string]any {
	return map[string]any{"resource_type": "tweet", "resource_id": id, "parameter": parameter, "value": id, "title": title,
		"detail": "Could not find tweet with " + parameter + ": [" + id + "].", "type": xProblems + kind}
}
