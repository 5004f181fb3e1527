package x

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
)

// What Post may say besides errors of the connection, *ingest.NeedsAttention and *ingest.RetryAfter.
var (
	// ErrDuplicate: the account posted the same before. After ErrUnknown it means that the post was made.
	ErrDuplicate = errors.New("the account has posted this text already")
	// ErrUnknown: no answer came, so that the post may have been made or not. Find says which.
	ErrUnknown = errors.New("X did not answer whether the post was made")
	// ErrTooLong: the text has a Length of more than 280.
	ErrTooLong = errors.New("the text is too long for X")
)

// TextMost is the greatest Length of a post (docs.x.com/fundamentals/counting-characters, read 2026-11).
const TextMost = 280

// Poster posts for one account. It never posts by itself, nor twice for one call. It is safe for concurrent use.
type Poster struct{ client client }

// NewPoster returns a poster for the account of c.Keys, at c.Server.
func NewPoster(c Config) (*Poster, error) {
	c = c.withDefaults()
	if c.Client == nil {
		return nil, errors.New("x: a client is needed")
	}
	if !c.Keys.whole() {
		return nil, errors.New("To post on X set OPENFLOOR_X_CONSUMER_KEY, OPENFLOOR_X_CONSUMER_SECRET, OPENFLOOR_X_ACCESS_TOKEN and OPENFLOOR_X_ACCESS_SECRET, or connect an account.") //nolint:staticcheck // shown as it stands
	}
	base, err := parseServer(c.Server)
	if err != nil {
		return nil, err
	}
	return &Poster{client{http: signing(c.Client, c.Keys, c.noncer), base: base, log: c.Log, left: unlimited}}, nil
}

// Post publishes text and returns the id of the post. With replyTo, which has to be a post of the account itself or
// one that mentions it, it becomes a reply: so the prompts of a chat are one thread. X knows no idempotency key:
// note that the post is being made before the call, and after ErrUnknown ask Find before trying again.
func (p *Poster) Post(ctx context.Context, text, replyTo string) (id string, err error) {
	if Length(text) > TextMost {
		return "", ErrTooLong
	}
	in := map[string]any{"text": text}
	if replyTo != "" {
		in["reply"] = map[string]any{"in_reply_to_tweet_id": replyTo}
	}
	body, err := json.Marshal(in)
	if err != nil {
		return "", err
	}
	answer, _, err := p.client.do(ctx, http.MethodPost, "/2/tweets", nil, body)
	if r, ok := errors.AsType[*refusal](err); ok {
		switch {
		case r.duplicate:
			return "", ErrDuplicate
		case r.Status >= 500 || r.Status == http.StatusRequestTimeout:
			return "", errors.Join(ErrUnknown, err)
		}
		return "", reaction(err)
	}
	if err != nil {
		if _, ok := errors.AsType[*ingest.NeedsAttention](err); ok {
			return "", err // it was not sent
		}
		return "", errors.Join(ErrUnknown, err)
	}
	var out struct {
		Data struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if json.Unmarshal(answer, &out) != nil || !usableID(out.Data.ID) {
		return "", ErrUnknown
	}
	return out.Data.ID, nil
}

// Delete takes a post of the account back. It is no error where there is none.
func (p *Poster) Delete(ctx context.Context, id string) error {
	if !usableID(id) {
		return moderation.ErrInvalid
	}
	_, _, err := p.client.do(ctx, http.MethodDelete, "/2/tweets/"+id, nil, nil)
	if r, ok := errors.AsType[*refusal](err); ok && r.Status == http.StatusNotFound {
		return nil
	}
	return reaction(err)
}

// Find returns the id of the account's post with text that was made since, and "" where there is none. Posts are
// found half a minute after they were made. It reads, and so costs, up to ten posts.
func (p *Poster) Find(ctx context.Context, username, text string, since time.Time) (string, error) {
	if !usernames.MatchString(username) {
		return "", moderation.ErrInvalid
	}
	q := url.Values{"query": {"from:" + username + " -is:retweet"}, "max_results": {"10"},
		"start_time": {since.UTC().Truncate(time.Second).Format(time.RFC3339)}, "tweet.fields": {"entities,note_tweet"}}
	body, _, err := p.client.do(ctx, http.MethodGet, searchPath, q, nil)
	if err != nil {
		return "", reaction(err)
	}
	found, err := decodePage(body)
	if err != nil {
		return "", err
	}
	for _, t := range found.tweets {
		if words, _ := t.body(); same(text, words) {
			return t.ID, nil
		}
	}
	return "", nil
}

// same reports whether a post says what was sent, links being other ones there.
func same(sent, words string) bool {
	strip := func(s string) string {
		return strings.Join(slices.DeleteFunc(strings.Fields(norm.NFC.String(s)), isLink), " ")
	}
	return strip(sent) == strip(plain(words, nil)) // links stay t.co ones, and are left out
}

func isLink(s string) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
}
