package x

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/dghubble/oauth1"

	"github.com/openfloor/openfloor/ingest"
)

// DefaultServer is X's API.
const DefaultServer = "https://api.x.com"

const (
	requestTimeout = 15 * time.Second
	// retryMost bounds what X may order; its windows are of 15 minutes (docs.x.com/x-api/fundamentals/rate-limits,
	// read 2026-11).
	retryMost = 30 * time.Minute
	unlimited = 1 << 30 // what is left where X says nothing about it
)

// Keys are those of the app and of the account that speaks through it: OAuth 1.0a.
type Keys struct {
	ConsumerKey, ConsumerSecret, AccessToken, AccessSecret string
}

// LogValue keeps secrets out of the logs.
func (Keys) LogValue() slog.Value { return slog.StringValue("…") }

// whole reports whether none is missing.
func (k Keys) whole() bool {
	return k.ConsumerKey != "" && k.ConsumerSecret != "" && k.AccessToken != "" && k.AccessSecret != ""
}

// Dialect is how X names the fields of posts.
type Dialect string

// The dialects.
const (
	Tweet Dialect = "tweet" // tweet.fields and what belongs to it
	Post  Dialect = "post"  // post.fields: the rename of 2026
)

// client asks X. It is for one goroutine.
type client struct {
	http   *http.Client // signs, where there is no bearer token
	base   *url.URL     // without a slash at its end
	bearer string       // empty: http signs
	log    *slog.Logger

	dialect  Dialect
	switched bool // once is enough

	// What the last answer to a search said about the rate limit: requests left until reset, by our own clock.
	left  int
	reset time.Time
}

// signing returns a client that signs every request for the account of keys. Nonces come from noncer, nil: random.
func signing(base *http.Client, k Keys, noncer oauth1.Noncer) *http.Client {
	c := oauth1.Config{ConsumerKey: k.ConsumerKey, ConsumerSecret: k.ConsumerSecret, Noncer: noncer}
	signed := c.Client(context.WithValue(context.Background(), oauth1.HTTPClient, base), oauth1.NewToken(k.AccessToken, k.AccessSecret))
	signed.Timeout = cmp.Or(base.Timeout, requestTimeout)
	signed.CheckRedirect = noRedirect
	return signed
}

// noRedirect: a signature is for one address, and a token for one server.
func noRedirect(*http.Request, []*http.Request) error { return ingest.ErrRedirect }

// bearing returns a client for requests with a bearer token.
func bearing(base *http.Client) *http.Client {
	c := *base
	c.CheckRedirect = noRedirect
	return &c
}

// request makes a request to a path.
func (c *client) request(ctx context.Context, method, path string, query url.Values, body []byte) (*http.Request, error) {
	u := *c.base
	u.Path += path
	// OAuth 1.0a signs %20; a + is another character there.
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	var in io.Reader
	if body != nil {
		in = bytes.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, u.String(), in)
	if err != nil {
		return nil, &ingest.NeedsAttention{Detail: "X's address is not usable. Leave the server of this source out.", Err: err}
	}
	r.Header.Set("Accept", "application/json")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	return r, nil
}

// do returns the body of an answer with a status of 200 to 299, else a *refusal or an error of the connection.
func (c *client) do(ctx context.Context, method, path string, query url.Values, body []byte) ([]byte, http.Header, error) {
	r, err := c.request(ctx, method, path, query, body)
	if err != nil {
		return nil, nil, err
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, nil, c.unreachable(ctx, err)
	}
	answer, err := ingest.ReadBody(resp) // also of errors, so that the connection can be used again
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, resp.Header, c.refused(resp, answer)
	}
	if err != nil {
		return nil, resp.Header, fmt.Errorf("%s: %w", c.base.Host, cause(ctx, err))
	}
	return answer, resp.Header, nil
}

// get is do for reading posts: whole, or only whether they are there and which version is the newest. Where X names the
// fields otherwise than we do, it is asked once more in its own words.
func (c *client) get(ctx context.Context, path string, query url.Values, whole bool) (page, error) {
	for {
		q := url.Values{}
		for k, v := range query {
			q[k] = v
		}
		c.fields(q, whole || c.bearer == "")
		body, header, err := c.do(ctx, http.MethodGet, path, q, nil)
		if path == searchPath && header != nil {
			c.budget(header, time.Now())
		}
		if r, ok := errors.AsType[*refusal](err); ok && r.Status == http.StatusBadRequest && !c.switched && r.names(".fields", "expansions") {
			c.switched = true
			if c.dialect == Tweet {
				c.dialect = Post
			} else {
				c.dialect = Tweet
			}
			c.log.Warn("X names the fields of posts otherwise than expected; asking in the other dialect", slog.String("dialect", string(c.dialect)))
			continue
		}
		if err != nil {
			return page{}, err
		}
		p, err := decodePage(body)
		if err != nil {
			return page{}, fmt.Errorf("%s: %w", c.base.Host, err)
		}
		return p, nil
	}
}

// fields asks for what we read of a post, in the dialect that X speaks to us. Fewer expansions cost less: of posts
// that are referred to we need no more than the id. To an app X shows no protected posts, so that their authors, who
// cost more than posts, need not be asked for to know that one is gone; an account may see those whom it follows.
func (c *client) fields(q url.Values, whole bool) {
	switch {
	case !whole && c.dialect == Post:
		q.Set("post.fields", "created_at,edit_history_post_ids,withheld")
		return
	case !whole:
		q.Set("tweet.fields", "created_at,edit_history_tweet_ids,withheld")
		return
	}
	q.Set("user.fields", "name,username,protected,profile_image_url")
	if c.dialect == Post {
		q.Set("post.fields", "created_at,entities,edit_history_post_ids,note_post,lang,possibly_sensitive,withheld")
		q.Set("expansions", "author_id,referenced_posts")
		return
	}
	tweetFields(q)
}

// tweetFields are those of the stream in either dialect.
func tweetFields(q url.Values) {
	q.Set("tweet.fields", "created_at,author_id,referenced_tweets,entities,edit_history_tweet_ids,note_tweet,lang,possibly_sensitive,withheld")
	q.Set("expansions", "author_id")
	q.Set("user.fields", "name,username,protected,profile_image_url")
}

// others is how many posts a post may bring with it.
func (c *client) others() int {
	if c.dialect == Post {
		return 1
	}
	return 0
}

// unreachable turns an error of the connection into one for organisers.
func (c *client) unreachable(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, ingest.ErrAddress):
		return &ingest.NeedsAttention{Detail: c.base.Host + " is inside a network that sources may not reach. Leave the server of this source out, or start with --allow-private-sources.", Err: err}
	case errors.Is(err, ingest.ErrScheme):
		return &ingest.NeedsAttention{Detail: c.base.Host + " has to be reached by https. Set its address to https://" + c.base.Host + ".", Err: err}
	case errors.Is(err, ingest.ErrRedirect):
		return &ingest.NeedsAttention{Detail: c.base.Host + " sends us to another address. Leave the server of this source out.", Err: err}
	}
	return fmt.Errorf("%s: %w", c.base.Host, cause(ctx, err))
}

// cause takes the request's address off an error.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return ingest.Cause(err)
}

// budget notes what is left of the rate limit of searches.
func (c *client) budget(h http.Header, now time.Time) {
	left, err := strconv.Atoi(h.Get("x-rate-limit-remaining"))
	if err != nil || left < 0 {
		c.left = unlimited
		return
	}
	c.left, c.reset = left, now.Add(wait(h, now))
}

// wait returns how long it takes until the window ends, by x-rate-limit-reset (Unix seconds) and Date, so that our
// clock may be wrong; a minute where they do not say.
func wait(h http.Header, now time.Time) time.Duration {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	if n, err := strconv.ParseInt(h.Get("x-rate-limit-reset"), 10, 64); err == nil && n > 0 && n < 1<<40 {
		return min(max(time.Unix(n, 0).Sub(now), 0), retryMost)
	}
	if n, err := strconv.Atoi(strings.TrimSpace(h.Get("Retry-After"))); err == nil && n >= 0 {
		return min(time.Duration(min(n, 1<<20))*time.Second, retryMost)
	}
	return time.Minute
}

// pace returns how long to wait before the next search, so that what is left of the rate limit lasts until its
// window ends, shared with the other sources of this process; at least every.
func (c *client) pace(every time.Duration, sharers int, now time.Time) time.Duration {
	until := c.reset.Sub(now)
	if c.left == unlimited || until <= 0 {
		return every
	}
	return max(every, until*time.Duration(max(sharers, 1))/time.Duration(max(c.left, 1)))
}
