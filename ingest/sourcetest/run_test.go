package sourcetest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
)

// plain is the simplest network there can be, and its connector: a list that is read from where the cursor says.
// Bug is what the connector does wrong.
type plain struct {
	bug string

	mu   sync.Mutex
	list []moderation.Post
}

func (n *plain) publish(p Post) string {
	if !p.Case.Wanted() && n.bug != "shows everything" {
		return "hidden" + p.Mark
	}
	post := moderation.Post{Source: moderation.FromMastodon, Key: p.Mark, Text: shows(p), PostedAt: time.Now().Add(-p.Back),
		Author: moderation.PostAuthor{Account: "a", Handle: "@a"}}
	if p.Case == Warned && n.bug != "forgets warnings" {
		post.Warning = "warned"
	}
	n.add(post)
	return p.Mark
}

func (n *plain) add(p moderation.Post) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = append(n.list, p)
}

func (n *plain) edit(name string, p Post) {
	if strings.HasPrefix(name, "hidden") || n.bug == "misses edits" {
		return
	}
	n.mu.Lock()
	first := n.list[slices.IndexFunc(n.list, func(q moderation.Post) bool { return q.Key == name })]
	n.mu.Unlock()
	n.add(moderation.Post{Source: moderation.FromMastodon, Key: name, Text: shows(p), Version: time.Now().Format(time.RFC3339Nano), Warning: first.Warning,
		PostedAt: first.PostedAt, Author: moderation.PostAuthor{Account: "a", Handle: "@a"}})
}

func (n *plain) delete(name string) {
	if !strings.HasPrefix(name, "hidden") && n.bug != "misses deletions" {
		n.add(moderation.Post{Source: moderation.FromMastodon, Key: name, Deleted: true})
	}
}

// Run implements ingest.Source.
func (n *plain) Run(ctx context.Context, from string, out ingest.Sink) error {
	at, _ := strconv.Atoi(from) // empty: 0
	for {
		n.mu.Lock()
		news := n.list[at:]
		at = len(n.list)
		n.mu.Unlock()
		for i, p := range news {
			switch {
			case n.bug == "loses some" && i == 3:
				continue
			case n.bug == "changes keys" && !p.Deleted && at%40 == 0:
				p.Key += "-again"
			case n.bug == "makes up versions" && p.Version == "" && !p.Deleted:
				p.Version = time.Now().Format(time.RFC3339Nano)
			}
			if n.bug == "stores the cursor first" {
				if err := out.Deliver(ctx, nil, strconv.Itoa(at)); err != nil {
					return err
				}
			}
			if err := out.Deliver(ctx, []moderation.Post{p}, ""); err != nil {
				return err
			}
			if n.bug == "changes keys" || n.bug == "makes up versions" {
				if err := sleepFor(ctx, time.Millisecond); err != nil {
					return err
				}
				if n.bug == "makes up versions" && p.Version != "" {
					p.Version += "x"
				}
				p.Key = strings.TrimSuffix(p.Key, "-again")
				if err := out.Deliver(ctx, []moderation.Post{p}, ""); err != nil {
					return err
				}
			}
		}
		if err := out.Deliver(ctx, nil, strconv.Itoa(at)); err != nil {
			return err
		}
		if err := sleepFor(ctx, time.Second); err != nil {
			return err
		}
	}
}

func sleepFor(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// TestBites makes sure that the suite finds what it is there to find, and nothing where there is nothing.
func TestBites(t *testing.T) {
	for _, bug := range []string{"", "shows everything", "forgets warnings", "misses edits", "misses deletions", "loses some", "changes keys",
		"makes up versions", "stores the cursor first"} {
		t.Run("bug "+bug, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(begin))
				n := &plain{bug: bug}
				r := newRunner(t, Network{
					Kind:    moderation.FromMastodon,
					Factory: func(moderation.Event, moderation.SourceSetting) (ingest.Source, error) { return n, nil },
					Publish: n.publish, Edit: n.edit, Delete: n.delete,
					Misbehave: func(Fault) bool { return false }, Behave: func() {},
				}, 7)
				problems := r.run(3000)
				if (len(problems) > 0) != (bug != "") {
					t.Errorf("%d problems found: %.400s", len(problems), fmt.Sprint(problems))
				}
			})
		})
	}
}
