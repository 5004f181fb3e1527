package mastodon

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/ingest/fakenet"
	"github.com/openfloor/openfloor/moderation"
)

// board shows everything that a store holds and that is not gone, as after approval.
type board struct {
	mu    sync.Mutex
	store *store
	waits bool // nobody has approved anything
}

func (b *board) use(st *store) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.store = st
}

// Shown implements Board.
func (b *board) Shown(event string, source moderation.Source) []moderation.Submission {
	return b.list(event, source, false)
}

// Kept implements Board.
func (b *board) Kept(event string, source moderation.Source) []moderation.Submission {
	return b.list(event, source, true)
}

func (b *board) list(event string, source moderation.Source, waiting bool) []moderation.Submission {
	b.mu.Lock()
	st := b.store
	if b.waits != waiting {
		st = nil
	}
	b.mu.Unlock()
	if st == nil {
		return nil
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	gone := map[string]bool{}
	for _, p := range st.posts {
		gone[p.Key] = gone[p.Key] || p.Deleted
	}
	var out []moderation.Submission
	for _, p := range st.posts {
		if p.Event == event && p.Source == source && !gone[p.Key] {
			gone[p.Key] = true // once
			out = append(out, moderation.Submission{ID: p.ID(), Event: event, Source: source, URL: p.URL, PostedAt: p.PostedAt, State: moderation.Approved})
		}
	}
	return out
}

func checking(t *testing.T, f func(t *testing.T, server *fakenet.Mastodon, b *board, begin func() *world)) {
	t.Helper()
	bubble(t, func(t *testing.T, server *fakenet.Mastodon, st *store) {
		b := &board{}
		b.use(st)
		f(t, server, b, func() *world { return start(t, server, st, Config{Board: b}, nil) })
	})
}

func remote(text string, age time.Duration) fakenet.Status {
	s := status1(text, age)
	s.Acct = "ana@other.example"
	return s
}

// last returns the keys of the last n posts stored, all of which have to be deletions.
func deletions(t *testing.T, st *store, n int) []string {
	t.Helper()
	st.mu.Lock()
	defer st.mu.Unlock()
	var out []string
	for _, p := range st.posts {
		if p.Deleted {
			out = append(out, p.Key)
		}
	}
	if len(out) != n {
		t.Errorf("%d deletions, want %d", len(out), n)
	}
	return out
}

// Polling tells of no deletion, and of no edit of what is older than ten minutes: what is shown is looked at.
func TestShownIsLookedAt(t *testing.T) {
	checking(t, func(t *testing.T, server *fakenet.Mastodon, b *board, begin func() *world) {
		gone, hidden := server.Post(remote("gone", time.Hour)), server.Post(status1("hidden", 2*time.Hour))
		edited, untagged := server.Post(remote("edited", 3*time.Hour)), server.Post(remote("untagged", 3*time.Hour))
		server.Post(remote("stays", 4*time.Hour))
		w := begin()
		defer w.stop()
		w.after(time.Minute)
		server.Delete(gone)
		server.Restrict(hidden, "private")
		server.Edit(edited, "edited, newer #AskPanel")
		server.Edit(untagged, "without it")
		w.after(6 * time.Minute)
		keys := deletions(t, w.store, 2)
		for _, id := range []string{gone, hidden} {
			if !slices.ContainsFunc(keys, func(k string) bool { return strings.HasSuffix(k, "/"+id) }) {
				t.Errorf("gone are %q, and not %s", keys, id)
			}
		}
		texts := w.store.texts()
		if !slices.Contains(texts, "edited, newer") || !slices.Contains(texts, "without it") {
			t.Errorf("stored %q, want the edits", texts)
		}
		n := len(w.store.texts())
		w.after(20 * time.Minute)
		if got := w.store.texts(); len(got) != n {
			t.Errorf("stored %q, want nothing more", got)
		}
	})
}

// What waits, is held or was rejected has words too that their author may take back: it is looked at four times a day.
func TestWhatIsKeptIsLookedAtToo(t *testing.T) {
	checking(t, func(t *testing.T, server *fakenet.Mastodon, b *board, begin func() *world) {
		b.waits = true
		gone := server.Post(remote("gone", time.Hour))
		for i := range 50 {
			server.Post(status1(fmt.Sprint("stays ", i), 2*time.Hour))
		}
		w := begin()
		defer w.stop()
		w.after(10 * time.Minute)
		server.Delete(gone)
		before := len(server.Requests())
		w.after(5 * time.Hour)
		deletions(t, w.store, 0)
		w.after(2 * time.Hour)
		deletions(t, w.store, 1)
		looks := 0
		for _, r := range server.Requests()[before:] {
			if strings.HasPrefix(r.Path, "/api/v1/statuses/") {
				looks++
			}
		}
		if looks > 60 {
			t.Errorf("%d looks in seven hours, want one at each post", looks)
		}
	})
}

func TestLooksKeepTheLimit(t *testing.T) {
	checking(t, func(t *testing.T, server *fakenet.Mastodon, b *board, begin func() *world) {
		for i := range 400 {
			server.Post(status1(fmt.Sprint(i), time.Hour))
		}
		w := begin()
		defer w.stop()
		w.after(time.Minute)
		before := len(server.Requests())
		w.after(5 * time.Minute)
		looks := 0
		for _, r := range server.Requests()[before:] {
			if strings.HasPrefix(r.Path, "/api/v1/statuses/") {
				looks++
			}
		}
		if looks > 150 || looks < 60 {
			t.Errorf("%d looks in 5 minutes at 400 posts, want as many as the limit leaves", looks)
		}
		server.Post(status1("new", 0))
		w.after(15 * time.Second)
		if got := w.store.texts(); got[len(got)-1] != "new" {
			t.Errorf("what is new waits for the looks: %q", got[len(got)-1])
		}
	})
}

// TestShownAfterClosing: as long as something is shown it is looked at, each hour once the event has closed.
func TestShownAfterClosing(t *testing.T) {
	checking(t, func(t *testing.T, server *fakenet.Mastodon, b *board, begin func() *world) {
		gone := server.Post(remote("gone", time.Hour))
		server.Post(remote("stays", time.Hour))
		w := begin()
		defer w.stop()
		w.after(6 * time.Minute)
		w.event.Rev, w.event.Shut = 2, true
		w.super.Set(w.event)
		w.after(2 * time.Hour)
		before := len(server.Requests())
		server.Delete(gone)
		server.Post(status1("too late", 0))
		w.after(65 * time.Minute)
		if keys := deletions(t, w.store, 1); len(keys) == 1 && !strings.HasSuffix(keys[0], "/"+gone) {
			t.Errorf("gone is %q, want %s", keys, gone)
		}
		if n := len(server.Requests()) - before; n > 4 {
			t.Errorf("%d requests in an hour, want one for each post that is shown", n)
		}
		if texts := w.store.texts(); slices.Contains(texts, "too late") {
			t.Errorf("stored %q after it closed", texts)
		}
		if h := w.health(); h.State != ingest.Off {
			t.Errorf("health %+v, want off", h)
		}
	})
}

// What was deleted while nobody listened is in no timeline any more.
func TestDeletedWhileDown(t *testing.T) {
	for name, post := range map[string]func(string, time.Duration) fakenet.Status{"after a round": remote, "of this server, approved since": status1} {
		t.Run(name, func(t *testing.T) {
			checking(t, func(t *testing.T, server *fakenet.Mastodon, b *board, begin func() *world) {
				id := server.Post(post("gone", time.Hour))
				server.Post(remote("stays", 2*time.Hour))
				if name != "after a round" {
					b.use(nil)
				}
				w := begin()
				w.after(6 * time.Minute)
				w.stop()
				b.use(w.store)
				server.Delete(id)
				w = begin()
				defer w.stop()
				w.after(6 * time.Minute)
				if keys := deletions(t, w.store, 1); len(keys) == 1 && !strings.HasSuffix(keys[0], "/"+id) {
					t.Errorf("gone is %q, want %s", keys, id)
				}
			})
		})
	}
}

// What was approved while nobody listened is in the timeline.
func TestShownIsLocated(t *testing.T) {
	checking(t, func(t *testing.T, server *fakenet.Mastodon, b *board, begin func() *world) {
		id := server.Post(remote("old", 5*time.Hour))
		for i := range 100 {
			server.Post(remote(fmt.Sprint(i), time.Duration(200-i)*time.Minute))
		}
		b.use(nil)
		w := begin()
		w.after(6 * time.Minute)
		w.stop()
		b.use(w.store)
		w = begin()
		defer w.stop()
		w.after(4 * time.Minute)
		server.Delete(id)
		w.after(11 * time.Minute)
		deletions(t, w.store, 1)
		backwards := 0
		for _, r := range server.Requests() {
			if r.Query.Get("max_id") != "" {
				backwards++
			}
		}
		if backwards != 4 {
			t.Errorf("%d pages read backwards, want the timeline once at first and once to locate", backwards)
		}
	})
}

// A server that is away, or lets nobody look, is no reason to take anything off the screens.
func TestFaultsDeleteNothing(t *testing.T) {
	for name, f := range map[string]fakenet.Fault{
		"500": {Kind: fakenet.FaultStatus, Status: 500}, "401": {Kind: fakenet.FaultStatus, Status: 401},
		"page": {Kind: fakenet.FaultHTML}, "truncated": {Kind: fakenet.FaultTruncated}, "429": {Kind: fakenet.FaultTooMany, Reset: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			checking(t, func(t *testing.T, server *fakenet.Mastodon, b *board, begin func() *world) {
				id := server.Post(status1("one", time.Hour))
				w := begin()
				defer w.stop()
				w.after(time.Minute)
				server.Misbehave(f)
				w.after(12 * time.Minute)
				deletions(t, w.store, 0)
				server.Behave()
				server.Delete(id)
				w.after(40 * time.Minute)
				deletions(t, w.store, 1)
			})
		})
	}
}

func TestStatusGone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status     int
		body       string
		gone, good bool
	}{
		"404":           {404, `{"error":"Record not found"}`, true, true},
		"410":           {410, `{"error":"Gone"}`, true, true},
		"a page of 404": {404, `<html>Not found</html>`, false, false},
		"empty 404":     {404, ``, false, false},
		"wordless 404":  {404, `{}`, false, false},
		"another post":  {200, `{"id":"2","uri":"https://a.example/2","created_at":"2026-11-20T18:06:01Z","account":{"acct":"a"}}`, false, false},
		"the post":      {200, `{"id":"1","uri":"https://a.example/1","created_at":"2026-11-20T18:06:01Z","account":{"acct":"a"}}`, false, true},
		"null":          {200, `null`, false, false},
		"502":           {502, ``, false, false},
	} {
		base, err := parseServer("https://social.example")
		if err != nil {
			t.Fatal(err)
		}
		cl := client{http: answering(c.status, c.body), base: base, left: unlimited}
		_, gone, err := cl.status(t.Context(), "1")
		if gone != c.gone || (err == nil) != c.good {
			t.Errorf("%s: gone %v, %v; want %v, without fault: %v", name, gone, err, c.gone, c.good)
		}
	}
}
