package feed

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/ingest/fakenet"
	"github.com/openfloor/openfloor/ingest/sourcetest"
	"github.com/openfloor/openfloor/moderation"
)

func TestConformanceRSS(t *testing.T)  { conform(t, fakenet.RSS) }
func TestConformanceAtom(t *testing.T) { conform(t, fakenet.Atom) }
func TestConformanceJSON(t *testing.T) { conform(t, fakenet.JSONFeed) }

// conform plays the script slowly enough that nothing leaves the document before it is read: what has left it,
// nobody can know. Nothing is deleted, since a document cannot say so.
func conform(t *testing.T, format fakenet.FeedFormat) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Network {
		server := fakenet.NewFeed(fakenet.FeedConfig{Format: format, Window: 150})
		ctx, cancel := context.WithCancel(t.Context())
		dial, wait := fakenet.Pipe(ctx, server)
		transport := &http.Transport{DialContext: dial}
		client := &http.Client{Transport: transport, Timeout: 15 * time.Second}
		return sourcetest.Network{
			Kind: moderation.FromFeed, Server: "http://feed.example/feed",
			Factory: func(_ moderation.Event, s moderation.SourceSetting) (ingest.Source, error) {
				s.Hashtags = []string{sourcetest.Tag}
				return New(Config{Client: client}, moderation.Event{}, s)
			},
			Publish:    func(p sourcetest.Post) string { return publish(server, p) },
			Edit:       func(name string, p sourcetest.Post) { edit(server, name, p) },
			EditWithin: 8 * time.Minute,
			Misbehave:  func(f sourcetest.Fault) bool { return misbehave(server, f) },
			Behave:     server.Behave,
			Close:      func() { cancel(); transport.CloseIdleConnections(); wait() },
			Every:      10 * time.Second,
		}
	})
}

func shown(p sourcetest.Post) string {
	if p.Case == sourcetest.Outside || p.Case == sourcetest.Untagged {
		return p.Text
	}
	return p.Text + " #" + p.Hashtag
}

func publish(server *fakenet.Feed, p sourcetest.Post) string {
	it := fakenet.FeedItem{Text: shown(p), Link: fmt.Sprintf("https://feed.example/@person%d/%s", p.Author, p.Mark)}
	switch p.Case {
	case sourcetest.Hidden, sourcetest.Repost, sourcetest.Warned:
		return "" // a feed has no such thing
	case sourcetest.Outside:
		it.Tags = []string{p.Hashtag}
	case sourcetest.Late:
		it.Posted = time.Now().Add(-p.Back)
	}
	if p.Author%10 == 0 {
		it.GUID = "-" // what is left is its link
	}
	return strconv.Itoa(server.Publish(it))
}

func edit(server *fakenet.Feed, name string, p sourcetest.Post) {
	n, err := strconv.Atoi(name)
	if err != nil {
		panic(err)
	}
	server.Change(n, func(it *fakenet.FeedItem) { it.Text = shown(p) })
}

func misbehave(server *fakenet.Feed, f sourcetest.Fault) bool {
	fault, ok := map[sourcetest.Fault]fakenet.Fault{
		sourcetest.Duplicate:   {Kind: fakenet.FaultDoubled},
		sourcetest.OutOfOrder:  {Kind: fakenet.FaultDoubled},
		sourcetest.Truncated:   {Kind: fakenet.FaultTruncated},
		sourcetest.UnknownType: {Kind: fakenet.FaultStrange},
		sourcetest.Cut:         {Kind: fakenet.FaultCut},
		sourcetest.TooMany:     {Kind: fakenet.FaultTooMany, Retry: 90},
		sourcetest.ServerError: {Kind: fakenet.FaultStatus, Status: http.StatusBadGateway},
		sourcetest.Hang:        {Kind: fakenet.FaultHang},
		sourcetest.Gone:        {Kind: fakenet.FaultStatus, Status: http.StatusServiceUnavailable},
	}[f]
	if ok {
		server.Misbehave(fault)
	}
	return ok
}
