package x

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/text"
)

// Recent search: docs.x.com/x-api/posts/search, read 2026-11.
const (
	searchPath = "/2/tweets/search/recent"
	lookupPath = "/2/tweets"
	pageLeast  = 10
	pageMost   = 100
	queryMost  = 512 // characters, self-serve
	lookupMost = 100 // ids
	// X finds posts of the last seven days; some minutes less, so that our clock may be wrong.
	reach = 7*24*time.Hour - 10*time.Minute
	// pagesMost are read in a row; the next turn goes on from there.
	pagesMost = 50
)

// spelling is a hashtag as it may stand in a query: letters, digits and _ only.
func spelling(tag string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '·' || unicode.In(r, unicode.L, unicode.M, unicode.N) {
			return r
		}
		return -1
	}, strings.ToLower(norm.NFC.String(tag)))
}

// query returns the query for tags. With unfolded, which the stream needs, each is spelt with and without accents.
func query(tags []string, unfolded bool) string {
	var words []string
	for _, t := range tags {
		s := spelling(t)
		if s == "" {
			continue
		}
		words = append(words, "#"+s)
		if f := text.FoldTag(t); unfolded && f != s && f != "" {
			words = append(words, "#"+f)
		}
	}
	slices.Sort(words)
	words = slices.Compact(words)
	q := strings.Join(words, " OR ")
	if len(words) > 1 {
		q = "(" + q + ")"
	}
	return q + " -is:retweet"
}

func queryFits(q string, most int) bool { return utf8.RuneCountInString(q) <= most }

// catchUp searches for what is new since the cursor, and delivers page after page. The cursor that goes with a page
// names the next one, so that what was read and paid for is not read again after a crash; Since follows once all
// pages between were read. It reports whether there is nothing more for now.
func (s *Source) catchUp(ctx context.Context, out ingest.Sink) (done bool, err error) {
	for range pagesMost {
		q := url.Values{"query": {query(s.spelt, false)}, "sort_order": {"recency"}}
		now := time.Now()
		if s.cur.Next != "" {
			q.Set("next_token", s.cur.Next)
		} else if s.cur.Start = ""; s.cur.Since == "" {
			s.cur.Start = s.oldest(now)
		} else if now.Sub(s.cur.SinceAt) > reach { // X refuses an id that old, and when we last looked nothing was newer
			s.cur.Start = now.Add(-reach).UTC().Format(time.RFC3339)
		}
		if s.cur.Start != "" {
			q.Set("start_time", s.cur.Start)
		} else {
			q.Set("since_id", s.cur.Since)
		}
		p, err := s.search(ctx, q)
		if r, ok := errors.AsType[*refusal](err); ok && r.Status == http.StatusBadRequest {
			if s.cur.Next != "" { // the token is not good any more: begin this search again
				s.cur.Next, s.cur.Newest = "", ""
				continue
			}
			if s.cur.Start == "" && r.names("since_id") {
				s.cur.SinceAt = time.Time{}
				continue
			}
		}
		if err != nil {
			return false, err
		}
		if s.cur.Next == "" {
			s.cur.Newest, s.cur.NewestAt = p.newest, newestAt(p, now)
		}
		if s.cur.Next = p.next; p.next == "" {
			if s.cur.Newest != "" && (s.cur.Since == "" || compareIDs(s.cur.Newest, s.cur.Since) > 0) {
				s.cur.Since, s.cur.SinceAt = s.cur.Newest, s.cur.NewestAt
			}
			s.cur.Newest, s.cur.NewestAt = "", time.Time{}
			if s.cur.Tags == nil {
				s.cur.Tags = s.tags
			}
		}
		if err := s.take(ctx, out, p, s.tags); err != nil {
			return false, err
		}
		if p.next == "" {
			return true, nil
		}
		if err := s.breathe(ctx); err != nil {
			return false, err
		}
	}
	return false, nil
}

// lookBack reads what was posted before Since with tags that were added later.
func (s *Source) lookBack(ctx context.Context, out ingest.Sink) error {
	for range pagesMost {
		added := s.cur.missing(s.tags)
		if len(added) == 0 || s.cur.Since == "" {
			return nil
		}
		until, ok := next(s.cur.Since)
		if !ok {
			return nil
		}
		q := url.Values{"query": {query(added, false)}, "sort_order": {"recency"}, "until_id": {until}, "start_time": {s.oldest(time.Now())}}
		if s.cur.Back != "" {
			q.Set("next_token", s.cur.Back)
		}
		p, err := s.search(ctx, q)
		if r, ok := errors.AsType[*refusal](err); ok && r.Status == http.StatusBadRequest && s.cur.Back != "" {
			s.cur.Back = ""
			continue
		}
		if err != nil {
			return err
		}
		if s.cur.Back = p.next; p.next == "" {
			s.cur.Tags = s.tags
		}
		if err := s.take(ctx, out, p, s.tags); err != nil {
			return err
		}
		if err := s.breathe(ctx); err != nil {
			return err
		}
	}
	return nil
}

// next returns the id after id.
func next(id string) (string, bool) {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return "", false
	}
	s := strconv.FormatUint(n+1, 10)
	return s, usableID(s)
}

// oldest is where the event's posts begin, as far back as X goes.
func (s *Source) oldest(now time.Time) string {
	t := now.Add(-reach)
	if s.since.After(t) {
		t = s.since
	}
	if limit := now.Add(-time.Minute); t.After(limit) { // X refuses a start after its end, which is 30 s ago
		t = limit
	}
	return t.UTC().Truncate(time.Second).Format(time.RFC3339)
}

// search asks for one page, as large as the budget allows.
func (s *Source) search(ctx context.Context, q url.Values) (page, error) {
	n := min(s.meter.left(s.client.others()), pageMost)
	if n < pageLeast {
		return page{}, s.meter.exhausted()
	}
	q.Set("max_results", strconv.Itoa(n))
	p, err := s.client.get(ctx, searchPath, q, true)
	if err != nil {
		return page{}, err
	}
	s.meter.charge(p, time.Now())
	return p, nil
}

// newestAt returns when the newest post of a page was written; now where it does not say.
func newestAt(p page, now time.Time) time.Time {
	for _, t := range p.tweets {
		if t.ID == p.newest && !t.CreatedAt.IsZero() && t.CreatedAt.Before(now) {
			return t.CreatedAt
		}
	}
	return now
}

// take delivers what of a page belongs to the event, oldest first, and stores the cursor.
func (s *Source) take(ctx context.Context, out ingest.Sink, p page, tags []string) error {
	slices.SortStableFunc(p.tweets, func(a, b tweet) int { return compareIDs(a.ID, b.ID) })
	var posts []moderation.Post
	for _, t := range p.tweets {
		first := s.seen.firstOf(&t)
		k := key(first)
		if t.hidden(p.users) {
			if s.seen.knows(k) && !s.seen.has(k, gone) { // it was delivered, and is kept from people now
				posts = append(posts, deleted(k))
			}
			continue
		}
		if t.repost() || !t.tagged(tags) || t.CreatedAt.Before(s.since) && !t.CreatedAt.IsZero() {
			continue
		}
		if post := t.postOf(first, p.users); !s.seen.has(k, post.Version) {
			posts = append(posts, post)
		}
	}
	if p.skipped > 0 {
		out.Skipped(p.skipped)
	}
	return s.deliver(ctx, out, posts)
}

// deliver hands posts on and stores the cursor with what was spent.
func (s *Source) deliver(ctx context.Context, out ingest.Sink, posts []moderation.Post) error {
	s.cur.Posts, s.cur.Spent = s.meter.used()
	mark := ""
	if s.cur.Since != "" || s.cur.Next != "" || s.cur.Posts > 0 {
		mark = s.cur.String()
	}
	if err := out.Deliver(ctx, posts, mark); err != nil {
		return &sinkError{err}
	}
	for _, p := range posts {
		v := p.Version
		if p.Deleted {
			v = gone
		}
		s.seen.add(p.Key, v)
	}
	return nil
}

// deleted is the post that says that one is gone from X, or kept from people there.
func deleted(key string) moderation.Post {
	return moderation.Post{Source: moderation.FromX, Key: key, Deleted: true}
}

// breathe waits between two pages where little is left of the rate limit.
func (s *Source) breathe(ctx context.Context) error {
	if s.client.left > spare {
		return nil
	}
	return ingest.Sleep(ctx, s.client.pace(0, s.lines.sharers(), time.Now()))
}

// spare is what is left of the rate limit when pages follow each other more slowly.
const spare = 60
