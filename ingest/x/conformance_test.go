package x

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/ingest/fakenet"
	"github.com/openfloor/openfloor/ingest/sourcetest"
	"github.com/openfloor/openfloor/moderation"
)

// Search alone, by an account's keys, of an X that names its fields in the new way.
func TestConformanceSearch(t *testing.T) {
	conform(t, fakenet.XConfig{Dialect: fakenet.XPosts, SearchLimit: -1}, Config{Keys: testKeys})
}

// The stream, and search for what it misses.
func TestConformanceStream(t *testing.T) { conform(t, fakenet.XConfig{}, Config{Bearer: testBearer}) }

func conform(t *testing.T, xc fakenet.XConfig, c Config) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Network {
		server := fake(xc)
		client, stop := piped(t, server)
		c.Client, c.Server = client, "http://api.x.example"
		w := &watcher{keys: map[string]bool{}}
		c.Watching, c.Recheck = w.watching, 15*time.Minute
		return sourcetest.Network{
			Kind: moderation.FromX, Factory: w.around(c),
			Publish: func(p sourcetest.Post) string { return publish(server, p) },
			Edit:    func(name string, p sourcetest.Post) { server.Edit(name, shown(p)) },
			Delete:  func(name string) { server.Delete(name) },
			Misbehave: func(f sourcetest.Fault) bool {
				return misbehave(server, f)
			},
			Behave: func() { server.Behave(); server.Skew(0); server.Twice(false); server.Silence(false) },
			Close:  stop,
		}
	})
}

// watcher knows what was delivered, as the program knows what is on the board.
type watcher struct {
	mu   sync.Mutex
	keys map[string]bool
}

func (w *watcher) watching(string) (shown, kept []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for k, there := range w.keys {
		if there {
			shown = append(shown, k)
		}
	}
	return shown, nil
}

// around is the factory of c, whose sources' posts are noted. Each worker has the app's stream for itself.
func (w *watcher) around(c Config) ingest.Factory {
	return func(e moderation.Event, s moderation.SourceSetting) (ingest.Source, error) {
		made, err := Factory(c)(e, s)
		if err != nil {
			return nil, err
		}
		return noted{made, w}, nil
	}
}

type noted struct {
	ingest.Source
	w *watcher
}

func (n noted) Run(ctx context.Context, from string, out ingest.Sink) error {
	return n.Source.Run(ctx, from, notedSink{out, n.w})
}

type notedSink struct {
	ingest.Sink
	w *watcher
}

func (n notedSink) Deliver(ctx context.Context, posts []moderation.Post, cursor string) error {
	if err := n.Sink.Deliver(ctx, posts, cursor); err != nil {
		return err
	}
	n.w.mu.Lock()
	defer n.w.mu.Unlock()
	for _, p := range posts {
		if p.Deleted {
			n.w.keys[p.Key] = false
		} else if _, known := n.w.keys[p.Key]; !known {
			n.w.keys[p.Key] = true
		}
	}
	return nil
}

func shown(p sourcetest.Post) string {
	if p.Case == sourcetest.Untagged {
		return p.Text
	}
	return p.Text + " #" + p.Hashtag
}

func publish(server *fakenet.X, p sourcetest.Post) string {
	x := fakenet.XPost{Text: shown(p), Name: fmt.Sprint("Person ", p.Author), Username: fmt.Sprintf("person%d", p.Author)}
	switch p.Case {
	case sourcetest.Outside, sourcetest.Late: // X has neither
		return ""
	case sourcetest.Warned:
		x.Sensitive = true
	case sourcetest.Hidden:
		x.Withheld = true
	case sourcetest.Repost:
		x.RepostOf = "1"
	}
	return server.Post(x)
}

func misbehave(server *fakenet.X, f sourcetest.Fault) bool {
	both := func(f fakenet.XFault) {
		server.Misbehave(f)
		f.Path = streamPath
		server.Misbehave(f)
	}
	switch f {
	case sourcetest.Duplicate, sourcetest.OutOfOrder:
		server.Twice(true)
		server.Misbehave(fakenet.XFault{Kind: fakenet.FaultDoubled})
	case sourcetest.Truncated:
		server.Send(`{"data":{"id":"21238400730`)
		server.Misbehave(fakenet.XFault{Kind: fakenet.FaultTruncated})
	case sourcetest.UnknownType:
		server.Send(`{"kind":["of","its","own"],"data":7}`)
		server.Misbehave(fakenet.XFault{Kind: fakenet.FaultStrange})
	case sourcetest.Cut:
		server.Disconnect("")
		server.Misbehave(fakenet.XFault{Kind: fakenet.FaultCut})
	case sourcetest.TooMany:
		server.Disconnect("UpstreamOperationalDisconnect")
		both(fakenet.XFault{Kind: fakenet.FaultTooMany, Reset: 30 * time.Second})
	case sourcetest.ServerError:
		server.Disconnect("OperationalDisconnect")
		both(fakenet.XFault{Kind: fakenet.FaultStatus, Status: http.StatusBadGateway})
	case sourcetest.Hang:
		server.Silence(true)
		both(fakenet.XFault{Kind: fakenet.FaultHang})
	case sourcetest.Gone:
		server.Disconnect("")
		both(fakenet.XFault{Kind: fakenet.FaultStatus, Status: http.StatusServiceUnavailable})
	case sourcetest.ClockJump:
		server.Skew(7 * time.Minute)
	default:
		return false
	}
	return true
}
