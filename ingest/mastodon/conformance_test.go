package mastodon

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openfloor/openfloor/ingest/fakenet"
	"github.com/openfloor/openfloor/ingest/sourcetest"
	"github.com/openfloor/openfloor/moderation"
)

// Polling sees an edit where it reads the last ten minutes again, and no deletion at all.
func TestConformancePolling(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Network {
		server := fakenet.New(fakenet.Config{Limit: 3000}) // the script is busier than a server allows
		ctx, cancel := context.WithCancel(t.Context())
		dial, wait := fakenet.Pipe(ctx, server.Handler())
		transport := &http.Transport{DialContext: dial, MaxConnsPerHost: 8}
		return sourcetest.Network{
			Kind:       moderation.FromMastodon,
			Factory:    Factory(Config{Client: &http.Client{Transport: transport, Timeout: 15 * time.Second}, Server: "http://social.example"}),
			Publish:    func(p sourcetest.Post) string { return publish(server, p) },
			Edit:       func(name string, p sourcetest.Post) { server.Edit(name, shown(p)) },
			EditWithin: 3 * time.Minute,
			Misbehave:  func(f sourcetest.Fault) bool { return misbehave(server, f) },
			Behave:     func() { server.Behave(); server.Skew(0) },
			Close:      func() { cancel(); transport.CloseIdleConnections(); wait() },
		}
	})
}

// shown is the text of p with its hashtag where it belongs.
func shown(p sourcetest.Post) string {
	if p.Case == sourcetest.Outside || p.Case == sourcetest.Untagged {
		return p.Text
	}
	return p.Text + " #" + p.Hashtag
}

func publish(server *fakenet.Mastodon, p sourcetest.Post) string {
	s := fakenet.Status{Text: shown(p), Name: fmt.Sprint("Person ", p.Author), Acct: fmt.Sprintf("person%d", p.Author)}
	if p.Author%3 == 0 {
		s.Acct += "@other.example"
	}
	switch p.Case {
	case sourcetest.Outside:
		s.Tags = []string{strings.ToLower(p.Hashtag)}
	case sourcetest.Late:
		s.CreatedAt = time.Now().Add(-p.Back)
	case sourcetest.Warned:
		s.Warning = "Politics"
	case sourcetest.Hidden:
		s.Visibility = "unlisted"
	case sourcetest.Repost:
		s.Reblog = true
	}
	return server.Post(s)
}

func misbehave(server *fakenet.Mastodon, f sourcetest.Fault) bool {
	kind, ok := map[sourcetest.Fault]fakenet.Fault{
		sourcetest.Duplicate:   {Kind: fakenet.FaultDoubled},
		sourcetest.OutOfOrder:  {Kind: fakenet.FaultDoubled},
		sourcetest.Truncated:   {Kind: fakenet.FaultTruncated},
		sourcetest.UnknownType: {Kind: fakenet.FaultStrange},
		sourcetest.Cut:         {Kind: fakenet.FaultCut},
		sourcetest.TooMany:     {Kind: fakenet.FaultTooMany, Reset: 30 * time.Second},
		sourcetest.ServerError: {Kind: fakenet.FaultStatus, Status: http.StatusBadGateway},
		sourcetest.Hang:        {Kind: fakenet.FaultHang},
		sourcetest.Gone:        {Kind: fakenet.FaultStatus, Status: http.StatusServiceUnavailable},
	}[f]
	if f == sourcetest.ClockJump {
		server.Skew(7 * time.Minute)
		return true
	}
	if ok {
		server.Misbehave(kind)
	}
	return ok
}

// With a stream, over websockets or server-sent events, edits and deletions are told at once; what happened while it
// was away is found by looking again at what is shown.
func TestConformanceStreaming(t *testing.T) {
	for name, lacks := range map[string][]string{"websocket": nil, "sse": {"websocket"}} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) sourcetest.Network {
				server := fakenet.New(fakenet.Config{Token: "secret", Limit: 3000, NoStream: lacks})
				ctx, cancel := context.WithCancel(t.Context())
				dial, wait := fakenet.Pipe(ctx, server.Handler())
				transport := &http.Transport{DialContext: dial, MaxConnsPerHost: 8}
				b := &approvals{}
				return sourcetest.Network{
					Kind: moderation.FromMastodon,
					Factory: Factory(Config{Client: &http.Client{Transport: transport, Timeout: 15 * time.Second}, Server: "http://social.example",
						Token: "secret", Dial: dial, Board: b}),
					Publish: func(p sourcetest.Post) string {
						p.Author -= p.Author % 3 // of this server all of them: their ids are in their addresses
						p.Author++
						id := publish(server, p)
						b.add(p, id)
						return id
					},
					Edit:      func(name string, p sourcetest.Post) { b.approve(name); server.Edit(name, shown(p)) },
					Delete:    func(name string) { b.approve(name); server.Delete(name) },
					Misbehave: func(f sourcetest.Fault) bool { return misbehave(server, f) && misstream(server, f) },
					Behave:    func() { server.Behave(); server.Skew(0); server.RefuseStreams(0) },
					Close:     func() { cancel(); transport.CloseIdleConnections(); wait() },
					Settle:    time.Hour,
				}
			})
		})
	}
}

// misstream does to streams what f is for them.
func misstream(server *fakenet.Mastodon, f sourcetest.Fault) bool {
	switch f {
	case sourcetest.Truncated:
		server.Break(fakenet.BreakRune)
	case sourcetest.UnknownType:
		server.Remark(fakenet.RemarkUnknown)
		server.Remark(fakenet.RemarkWrong)
		server.Remark(fakenet.RemarkGarbage)
	case sourcetest.Cut:
		server.Break(fakenet.BreakMessage)
	case sourcetest.Hang:
		server.Break(fakenet.BreakSilent)
	case sourcetest.ServerError, sourcetest.Gone:
		server.RefuseStreams(http.StatusBadGateway)
		server.Break(fakenet.BreakCut)
	}
	return true
}

// approvals is a board of whatever is edited or deleted after it, and of nothing else: of more posts than a server lets
// us look at.
type approvals struct {
	mu    sync.Mutex
	posts map[string]moderation.Submission // by id of the status
	shown []moderation.Submission
}

func (b *approvals) add(p sourcetest.Post, id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !p.Case.Wanted() {
		return
	}
	if b.posts == nil {
		b.posts = map[string]moderation.Submission{}
	}
	name := fmt.Sprintf("person%d", p.Author)
	b.posts[id] = moderation.Submission{URL: "https://social.example/@" + name + "/" + id, PostedAt: time.Now().Add(-p.Back),
		ID: moderation.SubmissionID("panel", "ap:https://social.example/users/"+name+"/statuses/"+id)}
}

func (b *approvals) approve(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if x, ok := b.posts[id]; ok {
		delete(b.posts, id) // once
		b.shown = append(b.shown, x)
	}
}

// Kept implements Board.
func (b *approvals) Kept(string, moderation.Source) []moderation.Submission { return nil }

// Shown implements Board.
func (b *approvals) Shown(string, moderation.Source) []moderation.Submission {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.shown)
}
