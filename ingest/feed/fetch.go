package feed

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/openfloor/openfloor/ingest"
)

// retryMost bounds what a server may order (protocols differ; nobody asks for more than an hour in good faith).
const retryMost = time.Hour

// answer is what a server said.
type answer struct {
	changed  bool // else it is as it was
	body     []byte
	from     *url.URL // after redirects
	etag     string
	modified string
	fresh    time.Duration // how long it asks not to be asked again
}

// fetch asks for the document, unless it is as c knows it.
func (s *Source) fetch(ctx context.Context, c cursor) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address.String(), nil)
	if err != nil {
		return answer{}, &ingest.NeedsAttention{Detail: "The feed's address is not usable. Set it to one such as https://blog.example/feed.xml.", Err: err}
	}
	r.Header.Set("Accept", "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, application/json;q=0.9, */*;q=0.5")
	if c.ETag != "" {
		r.Header.Set("If-None-Match", c.ETag)
	}
	if c.Modified != "" {
		r.Header.Set("If-Modified-Since", c.Modified)
	}
	resp, err := s.config.Client.Do(r)
	if err != nil {
		return answer{}, s.unreachable(err)
	}
	body, err := ingest.ReadBody(resp) // also of errors, so that the connection can be used again
	if refusal := s.refusal(resp); refusal != nil {
		return answer{}, refusal
	}
	a := answer{fresh: maxAge(resp), from: resp.Request.URL}
	if resp.StatusCode == http.StatusNotModified {
		return a, nil
	}
	if err != nil {
		return answer{}, s.told(ingest.Cause(err))
	}
	a.changed, a.body = true, body
	a.etag, a.modified = validator(resp, "ETag"), validator(resp, "Last-Modified")
	return a, nil
}

// told names the host: an address may hold a secret.
func (s *Source) told(err error) error { return fmt.Errorf("%s: %w", s.address.Host, err) }

func validator(resp *http.Response, name string) string {
	v := resp.Header.Get(name)
	if len(v) > validatorBytes || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r > '~' }) {
		return ""
	}
	return v
}

// unreachable turns an error of the connection into one for organisers.
func (s *Source) unreachable(err error) error {
	host := s.address.Host
	switch {
	case errors.Is(err, ingest.ErrAddress):
		return &ingest.NeedsAttention{Detail: host + " is inside a network that sources may not reach. Use another address, or start with --allow-private-sources.", Err: err}
	case errors.Is(err, ingest.ErrScheme):
		return &ingest.NeedsAttention{Detail: host + " has to be reached by https. Set the feed's address to one that begins with https.", Err: err}
	case errors.Is(err, ingest.ErrRedirect):
		return &ingest.NeedsAttention{Detail: "The feed has moved from " + host + " to another server. Open its address in a browser and set the source to where it leads.", Err: err}
	}
	return s.told(ingest.Cause(err))
}

// refusal returns what an answer's status asks of us; nil for 200 and 304.
func (s *Source) refusal(resp *http.Response) error {
	host := s.address.Host
	err := fmt.Errorf("%s answers %s", host, resp.Status)
	switch resp.StatusCode {
	case http.StatusOK, http.StatusNotModified:
		return nil
	case http.StatusGone:
		return &ingest.NeedsAttention{Detail: "The feed at " + host + " is gone for good. Take the source out, or set it to the feed's new address.", Err: err}
	case http.StatusUnauthorized, http.StatusForbidden:
		return &ingest.NeedsAttention{Detail: "The feed at " + host + " is not for everybody. Ask its publisher for a public address.", Err: err}
	case http.StatusNotFound:
		return s.told(errors.New("there is no feed at this address; check it"))
	}
	if after := resp.Header.Get("Retry-After"); after != "" || resp.StatusCode == http.StatusTooManyRequests {
		return &ingest.RetryAfter{After: retryAfter(after, resp.Header.Get("Date")), Err: err}
	}
	return err
}

// retryAfter reads Retry-After, in seconds or as a date (RFC 9110 section 10.2.3), by the server's own clock.
func retryAfter(s, date string) time.Duration {
	if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil && n >= 0 {
		return min(time.Duration(min(n, 1<<20))*time.Second, retryMost)
	}
	t, err := http.ParseTime(s)
	if err != nil {
		return time.Minute
	}
	now := time.Now()
	if d, err := http.ParseTime(date); err == nil {
		now = d
	}
	return min(max(t.Sub(now), time.Second), retryMost)
}

// maxAge returns how long an answer says that it is fresh (RFC 9111 section 5.2.2.1); 0 where it does not.
func maxAge(resp *http.Response) time.Duration {
	for d := range strings.SplitSeq(strings.ToLower(resp.Header.Get("Cache-Control")), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(d), "=")
		switch name {
		case "no-cache", "no-store":
			return 0
		case "max-age":
			n, err := strconv.Atoi(strings.Trim(value, `"`))
			if err != nil || n < 0 {
				return 0
			}
			return time.Duration(min(n, 1<<20)) * time.Second
		}
	}
	return 0
}
