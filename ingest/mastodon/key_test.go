package mastodon

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfloor/openfloor/ingest/fakenet"
	"github.com/openfloor/openfloor/moderation"
)

// answering is a client whose every answer is the same.
func answering(status int, body string) *http.Client {
	return &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Status: fmt.Sprint(status), Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(body))}, nil
	})}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestKey(t *testing.T) {
	t.Parallel()
	const post = "at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/3n2r6ghlrai27"
	for uri, want := range map[string]string{
		"https://social.example/users/ana/statuses/1":                                 "ap:https://social.example/users/ana/statuses/1",
		"HTTPS://Social.Example:443/users/Ana/statuses/1":                             "ap:https://social.example/users/Ana/statuses/1",
		"http://social.example:80/1":                                                  "ap:http://social.example/1",
		"https://social.example:8443/1":                                               "ap:https://social.example:8443/1",
		"tag:social.example,2026:1":                                                   "ap:tag:social.example,2026:1",
		"https://bsky.brid.gy/convert/ap/" + post:                                     post,
		"https://BSKY.brid.gy/convert/ap/" + post:                                     post,
		"https://bsky.brid.gy/convert/ap/" + strings.Replace(post, "://", ":/", 1):    post,
		"https://bsky.brid.gy/convert/ap/" + strings.ReplaceAll(post, ":", "%3A"):     post,
		"https://bsky.brid.gy/convert/ap/at://did:web:a.example/app.bsky.feed.post/1": "at://did:web:a.example/app.bsky.feed.post/1",

		"https://bsky.brid.gy/convert/ap/at://ana.example/app.bsky.feed.post/1":            "ap:https://bsky.brid.gy/convert/ap/at://ana.example/app.bsky.feed.post/1",
		"https://bsky.brid.gy/convert/ap/at://did:plc:a/app.bsky.feed.post":                "ap:https://bsky.brid.gy/convert/ap/at://did:plc:a/app.bsky.feed.post",
		"https://bsky.brid.gy/convert/ap/at://did:plc:a/app.bsky.feed.post/1/2":            "ap:https://bsky.brid.gy/convert/ap/at://did:plc:a/app.bsky.feed.post/1/2",
		"https://bsky.brid.gy/convert/ap/at://did:plc:a/app.bsky.feed.post/..":             "ap:https://bsky.brid.gy/convert/ap/at://did:plc:a/app.bsky.feed.post/..",
		"https://bsky.brid.gy/convert/ap/at://did:plc:a/app.bsky.feed.post/a%20b":          "ap:https://bsky.brid.gy/convert/ap/at://did:plc:a/app.bsky.feed.post/a%20b",
		"https://evil.example/convert/ap/" + post:                                          "ap:https://evil.example/convert/ap/" + post,
		"https://bsky.brid.gy.evil.example/convert/ap/at://did:plc:a/app.bsky.feed.post/1": "ap:https://bsky.brid.gy.evil.example/convert/ap/at://did:plc:a/app.bsky.feed.post/1",
	} {
		if got := Key(uri); got != want {
			t.Errorf("Key(%q) = %q, want %q", uri, got, want)
		}
	}
}

// The same post on two servers, whose ids and writing differ, has one key and one author.
func TestServersAgree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &store{}
		at := time.Now().Add(-time.Minute)
		for _, c := range []struct{ host, acct, uri string }{
			{"one.example", "ana", "https://one.example/users/ana/statuses/77"},
			{"two.example", "ana@one.example", "https://One.Example/users/ana/statuses/77"},
		} {
			server := fakenet.New(fakenet.Config{Host: c.host})
			server.Post(fakenet.Status{Text: "the same #AskPanel", Acct: c.acct, URI: c.uri, CreatedAt: at})
			server.Post(fakenet.Status{Text: "bridged #AskPanel", Acct: "bob.bsky.social@bsky.brid.gy", CreatedAt: at,
				URI: "https://bsky.brid.gy/convert/ap/at://did:plc:bob/app.bsky.feed.post/3n2r6ghlrai27"})
			w := start(t, server, st, Config{}, func(e *moderation.Event) {
				e.Sources[0].Server = "https://" + c.host
				e.Sources = append(e.Sources, moderation.SourceSetting{Kind: moderation.FromMastodon, Server: "HTTPS://" + strings.ToUpper(c.host), Enabled: true})
			})
			w.after(6 * time.Second)
			if h := w.super.Health("panel"); len(h) != 1 {
				t.Errorf("%d sources for one server in two spellings", len(h))
			}
			w.stop()
		}
		w := &world{t: t, store: st}
		w.want("the same", "bridged")
		keys := []string{st.posts[0].Key, st.posts[1].Key}
		if want := []string{"ap:https://one.example/users/ana/statuses/77", "at://did:plc:bob/app.bsky.feed.post/3n2r6ghlrai27"}; !slices.Equal(keys, want) {
			t.Errorf("keys %q, want %q", keys, want)
		}
		if st.posts[0].Author.Handle != "@ana@one.example" {
			t.Errorf("author %q", st.posts[0].Author.Handle)
		}
	})
}
