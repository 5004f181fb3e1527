package inbox

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/text"
)

// intake keeps what it is given, and knows what it was given before.
type intake struct {
	mu    sync.Mutex
	posts []moderation.Post
	err   error
}

func (i *intake) Submit(_ context.Context, p moderation.Post) (bool, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.err != nil {
		return false, i.err
	}
	for _, q := range i.posts {
		if q.MsgID() == p.MsgID() {
			return true, nil
		}
	}
	i.posts = append(i.posts, p)
	return false, nil
}

func event(change func(*moderation.Event)) moderation.Event {
	e := moderation.Event{Slug: "panel", Mode: moderation.Panel, Zone: "Europe/London", MaxLength: 20, OpensAt: time.Now().Add(-time.Hour)}
	if change != nil {
		change(&e)
	}
	return e
}

func newForm(t *testing.T) (*Form, *intake) {
	t.Helper()
	in := &intake{}
	f, err := NewForm(in)
	if err != nil {
		t.Fatal(err)
	}
	return f, in
}

func TestSubmitStores(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, in := newForm(t)
		id, duplicate, err := f.Submit(t.Context(), event(nil), Submission{
			Text: "  Who\u202e leads?\r\n\r\n\r\n ", Name: " Ana\n\u200bLima ", Visitor: "visitor1", Lang: "en-GB", Busy: true, BodyDigest: "unused",
		})
		if err != nil || duplicate {
			t.Fatalf("Submit = %v, %v", duplicate, err)
		}
		now := time.Now().UTC()
		want := []moderation.Post{{
			Event: "panel", Source: moderation.FromForm, Kind: moderation.Question, Text: "Who leads?", Lang: "en-GB",
			Author: moderation.PostAuthor{Account: "visitor1", Name: "Ana Lima"}, PostedAt: now, SeenAt: now, Busy: true,
		}}
		got := in.posts
		if got[0].ID() != id || !strings.HasPrefix(got[0].Key, "form:") || len(got[0].Key) != len("form:")+36 {
			t.Errorf("id %q, key %q", id, got[0].Key)
		}
		got[0].Key = ""
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})
}

func TestSubmitRefuses(t *testing.T) {
	t.Parallel()
	prompt := 2
	consent := func(e *moderation.Event) { e.Consent.Required = true }
	chat := func(e *moderation.Event) { e.Mode = moderation.Chat }
	for name, c := range map[string]struct {
		change func(*moderation.Event)
		s      Submission
		fields []string
	}{
		"fine":                  {nil, Submission{Text: "a"}, nil},
		"story":                 {nil, Submission{Text: "a", Kind: moderation.Story}, nil},
		"as long as it may be":  {nil, Submission{Text: strings.Repeat("👩🏽\u200d⚕\ufe0f", 20)}, nil},
		"counted when composed": {nil, Submission{Text: strings.Repeat("a\u0308", 20)}, nil},
		"trimmed before":        {nil, Submission{Text: strings.Repeat("a", 20) + " \n"}, nil},
		"consent given":         {consent, Submission{Text: "a", Consent: true}, nil},
		"desk without consent":  {consent, Submission{Text: "a", By: &moderation.Actor{Role: moderation.Moderator}}, nil},
		"answer in a chat":      {chat, Submission{Text: "a", Kind: moderation.Answer}, nil},

		"empty":                 {nil, Submission{}, []string{"text"}},
		"blank":                 {nil, Submission{Text: " \u200b\u2800\u3164\n"}, []string{"text"}},
		"too long":              {nil, Submission{Text: strings.Repeat("a", 21)}, []string{"text"}},
		"one endless character": {nil, Submission{Text: strings.Repeat("👩\u200d", 6000) + "👩"}, []string{"text"}},
		"long name":             {nil, Submission{Text: "a", Name: strings.Repeat("n", 81)}, []string{"name"}},
		"answer in a panel":     {nil, Submission{Text: "a", Kind: moderation.Answer}, []string{"kind"}},
		"unknown kind":          {nil, Submission{Text: "a", Kind: "poem"}, []string{"kind"}},
		"story in a chat":       {chat, Submission{Text: "a", Kind: moderation.Story}, []string{"kind"}},
		"prompt in a panel":     {nil, Submission{Text: "a", Prompt: &prompt}, []string{"prompt"}},
		"prompt in a chat":      {chat, Submission{Text: "a", Prompt: &prompt}, []string{"prompt"}},
		"no consent":            {consent, Submission{Text: "a"}, []string{"consent"}},
		"all at once": {consent, Submission{Name: strings.Repeat("n", 81), Kind: "poem", Prompt: &prompt},
			[]string{"text", "name", "kind", "prompt", "consent"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, in := newForm(t)
			_, _, err := f.Submit(t.Context(), event(c.change), c.s)
			if c.fields == nil {
				if err != nil || len(in.posts) != 1 {
					t.Fatalf("Submit = %v, %d posts stored; want it stored", err, len(in.posts))
				}
				return
			}
			problem, ok := errors.AsType[*moderation.Problem](err)
			if !ok || !errors.Is(err, moderation.ErrInvalid) || problem.Detail == "" {
				t.Fatalf("Submit = %v, want a problem", err)
			}
			var got []string
			for _, f := range problem.Fields {
				if f.Detail == "" {
					t.Errorf("nothing is said about %s", f.Field)
				}
				got = append(got, f.Field)
			}
			if d := cmp.Diff(c.fields, got); d != "" {
				t.Error(d)
			}
			if len(in.posts) != 0 {
				t.Error("it was stored")
			}
		})
	}
}

func TestSubmitClosed(t *testing.T) {
	t.Parallel()
	opens := time.Date(2126, 7, 2, 17, 30, 0, 0, time.UTC)
	closes := time.Date(2026, 1, 2, 17, 30, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		change func(*moderation.Event)
		says   string
	}{
		"draft":   {func(e *moderation.Event) { e.OpensAt = opens }, "2 July 2126 at 18:30 BST"},
		"over":    {func(e *moderation.Event) { e.ClosesAt = &closes }, "2 January 2026 at 17:30 GMT"},
		"by hand": {func(e *moderation.Event) { e.Shut = true }, "It is closed"},
		"no zone": {func(e *moderation.Event) { e.Zone, e.OpensAt = "Mars/Base", opens }, "2 July 2126 at 17:30 UTC"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, in := newForm(t)
			_, _, err := f.Submit(t.Context(), event(c.change), Submission{Text: "a"})
			problem, ok := errors.AsType[*moderation.Problem](err)
			if !ok || !errors.Is(err, moderation.ErrClosed) || !strings.Contains(problem.Detail, c.says) {
				t.Errorf("Submit = %v, want closed and %q", err, c.says)
			}
			if len(in.posts) != 0 {
				t.Error("it was stored")
			}
		})
	}
}

func TestSubmitRepeated(t *testing.T) {
	t.Parallel()
	f, in := newForm(t)
	send := func(slug, key, visitor string) (string, bool) {
		t.Helper()
		id, duplicate, err := f.Submit(t.Context(), event(func(e *moderation.Event) { e.Slug = slug }),
			Submission{Text: "a", IdempotencyKey: key, BodyDigest: "d", Visitor: visitor})
		if err != nil {
			t.Fatal(err)
		}
		return id, duplicate
	}
	first, _ := send("one", "k1", "v1")
	if again, duplicate := send("one", "k1", "v2"); again != first || !duplicate {
		t.Errorf("the same key gave %q (duplicate %v), want %q again", again, duplicate, first)
	}
	for _, c := range [][2]string{{"one", "k2"}, {"two", "k1"}, {"one", ""}, {"one", ""}} {
		if id, duplicate := send(c[0], c[1], "v1"); id == first || duplicate {
			t.Errorf("event %q, key %q is taken for a repetition", c[0], c[1])
		}
	}
	if in.posts[0].Request != "d" || in.posts[len(in.posts)-1].Request != "" {
		t.Errorf("digest kept: %q with a key, %q without", in.posts[0].Request, in.posts[len(in.posts)-1].Request)
	}
}

func TestSubmitStoreFails(t *testing.T) {
	t.Parallel()
	f, in := newForm(t)
	in.err = moderation.ErrUnavailable
	if _, _, err := f.Submit(t.Context(), event(nil), Submission{Text: "a"}); !errors.Is(err, moderation.ErrUnavailable) {
		t.Errorf("Submit = %v, want ErrUnavailable", err)
	}
}

func TestSubmitUnknownVisitors(t *testing.T) {
	t.Parallel()
	f, in := newForm(t)
	for range 2 {
		if _, _, err := f.Submit(t.Context(), event(nil), Submission{Text: "a"}); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := in.posts[0].Author.Account, in.posts[1].Author.Account; a == b || a == "" {
		t.Errorf("accounts %q and %q, want two people", a, b)
	}
}

func TestSubmitDesk(t *testing.T) {
	t.Parallel()
	f, in := newForm(t)
	by := &moderation.Actor{Role: moderation.Moderator, Name: "Front desk"}
	if _, _, err := f.Submit(t.Context(), event(nil), Submission{Text: "a", By: by}); err != nil {
		t.Fatal(err)
	}
	if p := in.posts[0]; p.Source != moderation.FromDesk || p.By != by {
		t.Errorf("source %q by %v, want the desk", p.Source, p.By)
	}
}

func FuzzSubmit(f *testing.F) {
	f.Add("Who leads?", "Ana", "question", "k", "en")
	f.Add("\xff\u202e\x00", "\u200b", "", "", "x")
	f.Add(strings.Repeat("\u0301", 30), strings.Repeat("z\u0301", 90), "story", "\x00", "-")
	f.Fuzz(func(t *testing.T, body, name, kind, key, lang string) {
		in := &intake{}
		form, err := NewForm(in)
		if err != nil {
			t.Fatal(err)
		}
		e := event(nil)
		id, _, err := form.Submit(t.Context(), e, Submission{Text: body, Name: name, Kind: moderation.Kind(kind), IdempotencyKey: key, Lang: lang})
		if err != nil {
			if !errors.Is(err, moderation.ErrInvalid) || len(in.posts) > 0 {
				t.Fatalf("Submit = %v with %d stored", err, len(in.posts))
			}
			return
		}
		p := in.posts[0]
		if p.ID() != id || text.Length(p.Text) > e.MaxLength || p.Text == "" || len(p.Text) > ingest.TextBytes || !utf8.ValidString(p.Text+p.Author.Name+p.Lang) {
			t.Errorf("stored %+q by %+q", p.Text, p.Author.Name)
		}
	})
}
