package mastodon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/openfloor/openfloor/ingest"
)

// pageMost is the largest page of a timeline: docs.joinmastodon.org/methods/timelines, read 2026-11.
const pageMost = 40

// retryMost bounds what a server may order; the rate limit's longest window is 15 minutes
// (mastodon/mastodon config/initializers/rack_attack.rb, read 2026-11).
const retryMost = 30 * time.Minute

// unlimited is what is left where the server says nothing about it.
const unlimited = 1 << 30

// client asks one server. It is for one goroutine.
type client struct {
	http  *http.Client
	base  *url.URL // scheme, host and perhaps a path, without a slash at its end
	token string   // empty: none

	// What the last answer said about the rate limit: requests left until reset, by our own clock.
	left  int
	reset time.Time
}

// page returns the page of a tag's timeline that query (min_id or max_id) names, newest first.
func (c *client) page(ctx context.Context, tag string, query url.Values) (page, error) {
	query.Set("limit", strconv.Itoa(pageMost))
	resp, body, err := c.get(ctx, "/api/v1/timelines/tag/", tag, query)
	if err != nil {
		return page{}, err
	}
	if problem := c.refusal(resp); problem != nil {
		return page{}, problem
	}
	if resp.StatusCode == http.StatusNotFound { // no post with this tag yet, by the documents
		return page{}, nil
	}
	p, err := decodePage(body)
	if err != nil {
		return page{}, fmt.Errorf("%s: %w", c.base.Host, err)
	}
	p.bytes = len(body)
	return p, nil
}

// status returns a status as it is now, or that it is gone: deleted, or no longer for us to see
// (docs.joinmastodon.org/methods/statuses, read 2026-11).
func (c *client) status(ctx context.Context, id string) (x status, gone bool, err error) {
	resp, body, err := c.get(ctx, "/api/v1/statuses/", id, nil)
	if err != nil {
		return status{}, false, err
	}
	if resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone {
		// A proxy whose server is away says so too, but not in the server's words.
		var words struct {
			Error string `json:"error"`
		}
		if json.Unmarshal(body, &words) != nil || words.Error == "" {
			return status{}, false, fmt.Errorf("%s: %w", c.base.Host, errGarbage)
		}
		return status{}, true, nil
	}
	if problem := c.refusal(resp); problem != nil {
		return status{}, false, problem
	}
	if json.Unmarshal(body, &x) != nil || x.ID != id || !x.usable() {
		return status{}, false, fmt.Errorf("%s: %w", c.base.Host, errGarbage)
	}
	return x, false, nil
}

// streaming returns where the server says that its streams are (docs.joinmastodon.org/entities/Instance, read
// 2026-11), and its own address where it does not say. A server that is reached by https is not followed to where
// it would be without: the token goes there.
func (c *client) streaming(ctx context.Context) (*url.URL, error) {
	resp, body, err := c.get(ctx, "/api/v2/instance", "", nil)
	if err != nil {
		return nil, err
	}
	if problem := c.refusal(resp); problem != nil {
		return nil, problem
	}
	var instance struct {
		Configuration struct {
			URLs struct {
				Streaming string `json:"streaming"`
			} `json:"urls"`
		} `json:"configuration"`
	}
	own := *c.base
	own.Scheme = map[string]string{"https": "wss", "http": "ws"}[own.Scheme]
	if json.Unmarshal(body, &instance) != nil || instance.Configuration.URLs.Streaming == "" {
		return &own, nil
	}
	u, err := url.Parse(strings.TrimRight(instance.Configuration.URLs.Streaming, "/"))
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "wss" && u.Scheme != own.Scheme {
		return nil, fmt.Errorf("%s names no usable address of its streams", c.base.Host)
	}
	return u, nil
}

// get asks for what stands under path and name and returns the answer, whatever its status is.
func (c *client) get(ctx context.Context, path, name string, query url.Values) (*http.Response, []byte, error) {
	u := *c.base
	u.Path += path + name
	u.RawPath = c.base.EscapedPath() + path + url.PathEscape(name)
	u.RawQuery = query.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, nil, &ingest.NeedsAttention{Detail: "The server's address is not usable. Set it to one such as https://mastodon.social.", Err: err}
	}
	r.Header.Set("Accept", "application/json")
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, nil, c.unreachable(err)
	}
	body, err := ingest.ReadBody(resp) // also of errors, so that the connection can be used again
	c.budget(resp, time.Now())
	if err != nil {
		if problem := c.refusal(resp); problem != nil {
			return nil, nil, problem
		}
		return nil, nil, fmt.Errorf("%s: %w", c.base.Host, ingest.Cause(err))
	}
	return resp, body, nil
}

// unreachable turns an error of the connection into one for organisers. The address goes out of it: it is long,
// and the host says enough.
func (c *client) unreachable(err error) error {
	switch {
	case errors.Is(err, ingest.ErrAddress):
		return &ingest.NeedsAttention{Detail: c.base.Host + " is inside a network that sources may not reach. Use another server, or start with --allow-private-sources.", Err: err}
	case errors.Is(err, ingest.ErrScheme):
		return &ingest.NeedsAttention{Detail: c.base.Host + " has to be reached by https. Set its address to https://" + c.base.Host + ".", Err: err}
	case errors.Is(err, ingest.ErrRedirect):
		return &ingest.NeedsAttention{Detail: c.base.Host + " sends us to another server. Set the source to the address of that one.", Err: err}
	}
	return fmt.Errorf("%s: %w", c.base.Host, ingest.Cause(err))
}

// refusal returns what an answer's status asks of us; nil for 200 and for 404.
func (c *client) refusal(resp *http.Response) error {
	host := c.base.Host
	err := fmt.Errorf("%s answers %s", host, resp.Status)
	switch code := resp.StatusCode; {
	case code == http.StatusOK || code == http.StatusNotFound:
		return nil
	case code == http.StatusUnauthorized && c.token == "", code == http.StatusForbidden && c.token == "":
		return &ingest.NeedsAttention{Detail: host + " shows hashtags to its own users only. Set OPENFLOOR_MASTODON_TOKEN to a token of an account there, or use another server.", Err: err}
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return &ingest.NeedsAttention{Detail: host + " does not accept OPENFLOOR_MASTODON_TOKEN. Make a new token there with the right read:statuses.", Err: err}
	case code == http.StatusUnprocessableEntity || code == http.StatusGone || code == http.StatusBadRequest:
		return &ingest.NeedsAttention{Detail: host + " does not understand what we ask (" + resp.Status + "). Check the hashtag and that it is a server with Mastodon's API.", Err: err}
	case code == http.StatusTooManyRequests:
		// Reset is measured against the server's own clock, so that ours may be wrong.
		return &ingest.RetryAfter{After: max(c.wait(resp, time.Now()), time.Second), Err: err}
	case resp.Header.Get("Retry-After") != "":
		return &ingest.RetryAfter{After: retryAfter(resp), Err: err}
	}
	return err
}

// budget notes what is left of the rate limit.
func (c *client) budget(resp *http.Response, now time.Time) {
	left, err := strconv.Atoi(resp.Header.Get("X-RateLimit-Remaining"))
	if err != nil || left < 0 {
		c.left = unlimited
		return
	}
	c.left, c.reset = left, now.Add(c.wait(resp, now))
}

// wait returns how long it takes until the rate limit's window ends, by the headers X-RateLimit-Reset (ISO 8601;
// a Unix time is understood too) and Date, else Retry-After; a minute where they do not say.
func (c *client) wait(resp *http.Response, now time.Time) time.Duration {
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		now = date
	}
	reset := resp.Header.Get("X-RateLimit-Reset")
	if t, err := time.Parse(time.RFC3339, reset); err == nil {
		return min(max(t.Sub(now), 0), retryMost)
	}
	if n, err := strconv.ParseInt(reset, 10, 64); err == nil && n > 0 && n < 1<<40 {
		return min(max(time.Unix(n, 0).Sub(now), 0), retryMost)
	}
	if resp.Header.Get("Retry-After") != "" {
		return retryAfter(resp)
	}
	return time.Minute
}

// retryAfter reads Retry-After, in seconds or as a date (RFC 9110 section 10.2.3).
func retryAfter(resp *http.Response) time.Duration {
	s := strings.TrimSpace(resp.Header.Get("Retry-After"))
	if n, err := strconv.Atoi(s); err == nil && n >= 0 {
		return min(time.Duration(min(n, 1<<20))*time.Second, retryMost)
	}
	t, err := http.ParseTime(s)
	if err != nil {
		return time.Minute
	}
	now := time.Now()
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		now = date
	}
	return min(max(t.Sub(now), time.Second), retryMost)
}

// pace returns how long to wait before the next request, so that what is left of the rate limit lasts until its
// window ends; at least every.
func (c *client) pace(every time.Duration, now time.Time) time.Duration {
	until := c.reset.Sub(now)
	if c.left == unlimited || until <= 0 {
		return every
	}
	return max(every, until/time.Duration(max(c.left, 1)))
}

// checkTag is asked for by CheckToken: any would do.
const checkTag = "openfloor"

// CheckToken asks TokenServer whether it accepts Token, by what the token is for: the page of a hashtag. Errors:
// *ingest.NeedsAttention, *ingest.RetryAfter, those of the connection.
func CheckToken(ctx context.Context, c Config) error {
	c = c.withDefaults()
	base, err := parseServer(c.TokenServer)
	if err != nil {
		return err
	}
	asking := client{http: c.Client, base: base, token: c.Token, left: unlimited}
	_, err = asking.page(ctx, checkTag, url.Values{})
	return err
}
