package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// organiserToken is the server-wide token of every process here.
const organiserToken = "the-organiser-of-these-tests-0123456789"

// organiserEnv gives it to a process.
var organiserEnv = []string{"OPENFLOOR_TOKEN=" + organiserToken}

// person is somebody who talks to one process, on connections of their own.
type person struct {
	base   string // address of the process
	slug   string // of the event
	token  string // empty: an attendee
	client *http.Client
}

// somebody returns an attendee of the event.
func somebody(t *testing.T, p *process, slug string) *person {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &person{base: p.url(), slug: slug, client: &http.Client{Transport: transport, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// organiser returns the organiser of the whole server.
func organiser(t *testing.T, p *process, slug string) *person {
	t.Helper()
	o := somebody(t, p, slug)
	o.token = organiserToken
	return o
}

// moderator returns somebody who joined the event by a moderator's link.
func moderator(t *testing.T, p *process, slug, name string) *person {
	t.Helper()
	return joined(t, p, slug, "moderator", name)
}

// joined returns somebody who joined the event by a link.
func joined(t *testing.T, p *process, slug, role, name string) *person {
	t.Helper()
	var link struct {
		Token string `json:"token"`
	}
	organiser(t, p, slug).must(t, http.StatusCreated, "POST", "/links", map[string]string{"role": role, "name": name}).decode(t, &link)
	m := somebody(t, p, slug)
	m.token = link.Token
	return m
}

// makeEvent makes an event that is open. Fields are the API's, beside title and slug.
func makeEvent(t *testing.T, p *process, slug string, fields map[string]any) {
	t.Helper()
	body := map[string]any{"title": "Who's Leading?", "slug": slug}
	for name, v := range fields {
		body[name] = v
	}
	organiser(t, p, slug).must(t, http.StatusCreated, "POST", "/api/v1/events", body)
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) decode(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal(a.body, into); err != nil {
		t.Fatalf("%v in %q", err, a.body)
	}
}

// problem is RFC 9457 in the contract's form.
type problem struct {
	Type    string `json:"type"`
	Title   string `json:"title"`
	Status  int    `json:"status"`
	Detail  string `json:"detail"`
	Current *item  `json:"current"`
}

// wantProblem checks that a is a problem of that name and status.
func (a answer) wantProblem(t *testing.T, status int, name string) problem {
	t.Helper()
	var p problem
	if got := a.header.Get("Content-Type"); a.status != status || got != "application/problem+json" {
		t.Errorf("status %d with %s, want %d with application/problem+json: %.300s", a.status, got, status, a.body)
		return p
	}
	a.decode(t, &p)
	if p.Type != "/problems/"+name || p.Status != status || p.Detail == "" || p.Title == "" {
		t.Errorf("problem %+v, want type /problems/%s, status %d and what to do", p, name, status)
	}
	return p
}

// wantRetry checks that a says when to come again.
func (a answer) wantRetry(t *testing.T) {
	t.Helper()
	if got := a.header.Get("Retry-After"); got == "" || strings.Trim(got, "0123456789") != "" {
		t.Errorf("status %d with Retry-After %q, want seconds", a.status, got)
	}
}

// do asks for a path: one of the API below the event, or a whole one, which begins with /api/, /e/ or http. Body is
// encoded as JSON, but for url.Values, which make a form; nil: none. Headers come in pairs.
func (p *person) do(ctx context.Context, method, path string, body any, headers ...string) (answer, error) {
	if !strings.HasPrefix(path, "http") {
		if !strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/e/") && path != "/" && path != "/readyz" {
			path = "/api/v1/events/" + p.slug + path
		}
		path = p.base + path
	}
	var sent io.Reader
	contentType := ""
	switch b := body.(type) {
	case nil:
	case url.Values:
		sent, contentType = strings.NewReader(b.Encode()), "application/x-www-form-urlencoded"
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			return answer{}, err
		}
		sent, contentType = bytes.NewReader(raw), "application/json"
	}
	req, err := http.NewRequestWithContext(ctx, method, path, sent)
	if err != nil {
		return answer{}, err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := p.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, got}, err
}

// must is do for what has to succeed with a status. It may be called by the test's own goroutine alone.
func (p *person) must(t *testing.T, status int, method, path string, body any, headers ...string) answer {
	t.Helper()
	a, err := p.do(t.Context(), method, path, body, headers...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	if a.status != status {
		t.Fatalf("%s %s: status %d, want %d: %.500s", method, path, a.status, status, a.body)
	}
	return a
}

// item is a submission as a moderator sees it.
type item struct {
	ID     string `json:"id"`
	Rev    uint64 `json:"rev"`
	Text   string `json:"text"`
	Source string `json:"source"`
	State  string `json:"state"`
}

// list reads the moderators' list from end to end, in pages.
func (p *person) list(ctx context.Context) ([]item, error) {
	var all []item
	for after := ""; ; {
		a, err := p.do(ctx, "GET", "/submissions?limit=200&after="+after, nil)
		if err != nil {
			return nil, err
		}
		if a.status != http.StatusOK {
			return nil, fmt.Errorf("the list: status %d: %s", a.status, a.body)
		}
		var page struct {
			Items []item  `json:"items"`
			Next  *string `json:"next"`
		}
		if err := json.Unmarshal(a.body, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.Next == nil {
			return all, nil
		}
		after = *page.Next
	}
}

// find returns the submission with a text, which has to be in the list.
func (p *person) find(t *testing.T, text string) item {
	t.Helper()
	list, err := p.list(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(it item) bool { return it.Text == text })
	if i < 0 {
		t.Fatalf("%q is not in the list", text)
	}
	return list[i]
}

// decide asks for an action on a revision.
func (p *person) decide(ctx context.Context, id string, rev uint64, action string) (answer, error) {
	return p.do(ctx, "POST", "/submissions/"+id+"/"+action, nil, "If-Match", fmt.Sprintf(`"%d"`, rev))
}
