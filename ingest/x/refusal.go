package x

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/openfloor/openfloor/ingest"
)

// refusal is an answer that is none: its status, and what X says about it in one of its two forms, problem JSON or
// the older list of errors (docs.x.com/x-api/fundamentals/response-codes-and-errors, read 2026-11). What X says in
// words goes no further: it may quote what people wrote.
type refusal struct {
	Host   string
	Status int
	Kind   string   // last part of the problem's type, such as usage-capped
	Params []string // the parameters that it finds fault with
	After  time.Duration

	duplicate bool // it was posted already
	userKeys  bool // the request was signed with the account's keys
}

// Error names the server and the status, and nothing that somebody wrote.
func (r *refusal) Error() string {
	s := fmt.Sprintf("%s answers %d %s", r.Host, r.Status, http.StatusText(r.Status))
	if r.Kind != "" {
		s += " (" + r.Kind + ")"
	}
	return s
}

// refused reads a refusal.
func (c *client) refused(resp *http.Response, body []byte) *refusal {
	r := &refusal{Host: c.base.Host, Status: resp.StatusCode, After: max(wait(resp.Header, time.Now()), time.Second), userKeys: c.bearer == ""}
	var said struct {
		Type   string          `json:"type"`
		Title  string          `json:"title"`
		Detail string          `json:"detail"`
		Errors json.RawMessage `json:"errors"`
	}
	_ = json.Unmarshal(body, &said) // nothing that can be read: the status says enough
	r.Kind = kindName(lastPart(said.Type))
	if said.Title == "UsageCapExceeded" {
		r.Kind = "usage-capped"
	}
	r.duplicate = r.Status == http.StatusForbidden && strings.Contains(said.Detail, "duplicate content")
	for _, e := range members[struct {
		Parameters map[string]json.RawMessage `json:"parameters"`
	}](said.Errors) {
		for name := range e.Parameters {
			r.Params = append(r.Params, name)
		}
	}
	return r
}

// kindName returns s where it is the name of a problem, as it may go into an error.
func kindName(s string) string {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && c != '-' {
			return ""
		}
	}
	if len(s) > 60 || s == "blank" {
		return ""
	}
	return s
}

// names reports whether the request was refused because of a parameter whose name ends like that.
func (r *refusal) names(ends ...string) bool {
	for _, p := range r.Params {
		for _, e := range ends {
			if strings.HasSuffix(p, e) {
				return true
			}
		}
	}
	return false
}

// reaction turns a refusal into what the Supervisor understands, each in its own way; other errors it leaves.
func reaction(err error) error {
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		return err
	}
	stop := func(words string) error { return &ingest.NeedsAttention{Detail: words, Err: r} }
	switch {
	case r.Status == http.StatusPaymentRequired:
		return stop("X's credits are used up (402). Buy credits in X's developer console; until then nothing is read from X.")
	case r.Kind == "usage-capped":
		return stop("The app has used up what X lets it read in this period. Raise the cap in X's developer console; until then nothing is read from X.")
	case r.Status == http.StatusTooManyRequests:
		return &ingest.RetryAfter{After: r.After, Err: r}
	case r.Status == http.StatusUnauthorized && r.userKeys:
		return stop("X does not accept the keys. Where an account is connected, connect it again; else check OPENFLOOR_X_CONSUMER_KEY, OPENFLOOR_X_CONSUMER_SECRET, OPENFLOOR_X_ACCESS_TOKEN and OPENFLOOR_X_ACCESS_SECRET, and that this server's clock is right.")
	case r.Status == http.StatusUnauthorized:
		return stop("X does not accept OPENFLOOR_X_BEARER_TOKEN. Make a new one in X's developer console.")
	case r.Status == http.StatusForbidden:
		return stop("X does not allow this app to do that (" + r.short() + "). Check in X's developer console what the app and its project may do.")
	case r.Status == http.StatusNotFound || r.Status == http.StatusGone:
		return stop(r.Host + " does not know X's API (" + r.short() + "). Leave the server of this source out.")
	case r.Status >= 400 && r.Status < 500 && r.Status != http.StatusRequestTimeout && r.Status != http.StatusConflict:
		return stop("X does not understand what we ask (" + r.short() + "). Check the hashtags: letters, digits and _, not digits alone, and not very many.")
	}
	return r
}

func (r *refusal) short() string {
	if r.Kind == "" {
		return fmt.Sprint(r.Status)
	}
	return fmt.Sprintf("%d, %s", r.Status, r.Kind)
}
