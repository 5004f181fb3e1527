package mastodon

import (
	"context"
	"fmt"
	"net/http"
	"strings"
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
