package natsstore_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/floortest"
	"github.com/openfloor/openfloor/moderation/natsstore"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

func TestOpenMakesNothing(t *testing.T) {
	t.Parallel()
	nc := natstest.Run(t)
	_, err := natsstore.Open(t.Context(), nc)
	if !errors.Is(err, natsstore.ErrNoStreams) || !strings.Contains(err.Error(), "openfloor init --nats ") {
		t.Errorf("open without streams: error %v, want ErrNoStreams that says what to run", err)
	}
	if names := streams(t, mustJS(t, natstest.Start(t))); len(names) != 0 {
		t.Errorf("open made streams %v", names)
	}
}

func TestCreateTwice(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	js := mustJS(t, srv)
	nc := js.Conn()
	for range 2 {
		if err := natsstore.Create(t.Context(), nc, 1); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(streams(t, js), " "); got != "ACCESS FLOOR INTAKE MEDIA VOTES" {
		t.Errorf("streams %q, want ACCESS FLOOR INTAKE MEDIA VOTES", got)
	}
	a, err := natsstore.Open(t.Context(), nc)
	if err != nil {
		t.Fatal(err)
	}
	srv.Restart()
	b, err := natsstore.Open(t.Context(), srv.Conn(t))
	if err != nil {
		t.Fatal(err)
	}
	if a.Epoch() == "" || a.Epoch() != b.Epoch() {
		t.Errorf("the epoch was %q and is %q after a restart", a.Epoch(), b.Epoch())
	}
	if err := natsstore.Create(t.Context(), nc, 0); err == nil {
		t.Error("create with 0 replicas: no error")
	}
}

// TestOpenRefusesWhatBreaksAPromise: each change of a stream loses words, or keeps them against somebody's will.
func TestOpenRefusesWhatBreaksAPromise(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stream string
		change func(*jetstream.StreamConfig)
	}{
		"denies deletion":   {"FLOOR", func(c *jetstream.StreamConfig) { c.DenyDelete = true }},
		"drops old":         {"FLOOR", func(c *jetstream.StreamConfig) { c.Discard = jetstream.DiscardOld }},
		"expires":           {"FLOOR", func(c *jetstream.StreamConfig) { c.MaxAge = 1e15 }},
		"no history":        {"FLOOR", func(c *jetstream.StreamConfig) { c.MaxMsgsPerSubject = 1 }},
		"no batches":        {"FLOOR", func(c *jetstream.StreamConfig) { c.AllowAtomicPublish = false }},
		"in memory":         {"ACCESS", func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage }},
		"another retention": {"INTAKE", func(c *jetstream.StreamConfig) { c.Retention = jetstream.InterestPolicy }},
		"other subjects":    {"VOTES", func(c *jetstream.StreamConfig) { c.Subjects = []string{"votes.x"} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			js := mustJS(t, natstest.Start(t))
			if err := natsstore.Create(t.Context(), js.Conn(), 1); err != nil {
				t.Fatal(err)
			}
			st, err := js.Stream(t.Context(), c.stream)
			if err != nil {
				t.Fatal(err)
			}
			cfg := st.CachedInfo().Config
			c.change(&cfg)
			if err := js.DeleteStream(t.Context(), c.stream); err != nil {
				t.Fatal(err)
			}
			if _, err := js.CreateStream(t.Context(), cfg); err != nil {
				t.Fatal(err)
			}
			if _, err := natsstore.Open(t.Context(), js.Conn()); !errors.Is(err, natsstore.ErrNoStreams) {
				t.Errorf("open: error %v, want ErrNoStreams", err)
			}
			if err := natsstore.Create(t.Context(), js.Conn(), 1); err == nil {
				t.Error("create over it: no error")
			}
		})
	}
}

func TestEraseLeavesNothingOnDisk(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	st := srv.Store(t)
	ctx := t.Context()
	const secret = "mae gen i gyfrinach fawr"
	first := floortest.Submission("e", 1, secret)
	a := put(t, st, "1", moderation.Entry{Submission: &first})[0].Submission
	b := put(t, st, "2", moderation.Entry{Submission: a})[0].Submission
	if found := grep(t, srv.Dir(), secret); found == 0 {
		t.Fatal("the text is not on disk before it is erased, so this test finds nothing out")
	}
	gone := *b
	gone.State, gone.Text = moderation.Withdrawn, ""
	c := put(t, st, "3", moderation.Entry{Submission: &gone})[0].Submission

	// A crash came between the tombstone and the erasing: the next start finishes it.
	n, err := st.FinishErasures(ctx, func(event, id string) (uint64, bool) {
		return c.Rev, event == "e" && id == first.ID
	})
	if n != 1 || err != nil {
		t.Errorf("finish erasures = %d, %v; want 1", n, err)
	}
	if found := grep(t, srv.Dir(), secret); found != 0 {
		t.Errorf("the erased text is still on disk in %d files", found)
	}
	n, err = st.FinishErasures(ctx, func(string, string) (uint64, bool) { return c.Rev, true })
	if n != 0 || err != nil {
		t.Errorf("finish erasures again = %d, %v; want 0", n, err)
	}
	srv.Restart()
	if h, err := st.History(ctx, "e", first.ID); err != nil || len(h) != 1 || h[0].Rev != c.Rev {
		t.Errorf("history after a restart = %+v, %v; want revision %d alone", h, err, c.Rev)
	}
}

func TestFinishErasuresLeavesTheRestAlone(t *testing.T) {
	t.Parallel()
	st := natstest.Store(t)
	s := floortest.Submission("e", 1, "a")
	a := put(t, st, "1", moderation.Entry{Submission: &s})
	put(t, st, "2", a...)
	n, err := st.FinishErasures(t.Context(), func(string, string) (uint64, bool) { return 0, false })
	if n != 0 || err != nil {
		t.Errorf("finish erasures = %d, %v; want 0", n, err)
	}
	if h, err := st.History(t.Context(), "e", s.ID); err != nil || len(h) != 2 {
		t.Errorf("history has %d revisions, %v; want 2", len(h), err)
	}
}

// put puts and wants success.
func put(t testing.TB, st *natsstore.Store, op string, entries ...moderation.Entry) []moderation.Entry {
	t.Helper()
	out, err := st.Put(t.Context(), op, entries...)
	if err != nil {
		t.Fatalf("put %s: %v", op, err)
	}
	return out
}

func mustJS(t testing.TB, srv *natstest.Server) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(srv.Conn(t))
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func streams(t testing.TB, js jetstream.JetStream) (names []string) {
	t.Helper()
	list := js.StreamNames(t.Context())
	for name := range list.Name() {
		names = append(names, name)
	}
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return names
}

// grep counts the files under dir that hold text.
func grep(t testing.TB, dir, text string) (files int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		if err == nil && bytes.Contains(body, []byte(text)) {
			files++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
