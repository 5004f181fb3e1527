package ingest

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/openfloor/openfloor/moderation"
)

var now = time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)

func TestTidy(t *testing.T) {
	t.Parallel()
	many := make([]string, 100)
	for i := range many {
		many[i] = "#tag"
	}
	got, err := Tidy(moderation.Post{
		Event: "e", Source: moderation.FromMastodon, Key: "ap:1", Version: strings.Repeat("v", 100), Text: " a\u202eb ", Lang: "en_GB!",
		Author: moderation.PostAuthor{Account: "x\xff", Name: "Ana\n\u202eLima", Handle: "@ana\u200b", URL: "javascript:alert(1)", Avatar: "https://files.example/a.png"},
		URL:    "https://user:pass@social.example/", ReplyTo: strings.Repeat("r", 5000), Tags: many, PostedAt: now.Add(time.Hour), Warning: "politics\n",
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	want := moderation.Post{
		Event: "e", Source: moderation.FromMastodon, Key: "ap:1", Version: strings.Repeat("v", versionBytes), Text: "ab",
		Author:  moderation.PostAuthor{Account: "x\uFFFD", Name: "Ana Lima", Handle: "@ana", Avatar: "https://files.example/a.png"},
		ReplyTo: strings.Repeat("r", keyBytes), Tags: got.Tags, PostedAt: now, SeenAt: now, Warning: "politics",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if len(got.Tags) != tagsMost || got.Tags[0] != "tag" {
		t.Errorf("%d tags, the first %q", len(got.Tags), got.Tags[0])
	}
}

func TestTidyDeletion(t *testing.T) {
	t.Parallel()
	got, err := Tidy(moderation.Post{Event: "e", Source: moderation.FromMastodon, Key: "ap:1", Deleted: true, Text: "still here"}, now)
	want := moderation.Post{Event: "e", Source: moderation.FromMastodon, Key: "ap:1", Deleted: true, SeenAt: now}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(err, d)
	}
}

func TestTidyRefuses(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]moderation.Post{
		"no key":     {Source: moderation.FromMastodon, Text: "a"},
		"long key":   {Source: moderation.FromMastodon, Text: "a", Key: strings.Repeat("k", 3000)},
		"broken key": {Source: moderation.FromMastodon, Text: "a", Key: "\xff"},
		"no text":    {Source: moderation.FromMastodon, Key: "k", Text: "\u200b \u2800"},
		"no source":  {Key: "k", Text: "a", Source: "telex"},
	} {
		if _, err := Tidy(p, now); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestWebAddress(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://a.example/x?y=1#z": "https://a.example/x?y=1#z", "http://127.0.0.1:80/": "http://127.0.0.1:80/",
		"javascript:alert(1)": "", "data:text/html,x": "", "//a.example": "", "/x": "", "https://": "", "https://a:b@c.example": "",
		"https:a.example": "", "ftp://a.example": "", "https://a.example/" + strings.Repeat("x", 3000): "", "ht tp://a": "",
	} {
		if got := WebAddress(in); got != want {
			t.Errorf("WebAddress(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{"en": true, "en-GB": true, "zh-Hant-TW": true, "": false, "e": false, "en_GB": false, "-en": false,
		"en-": false, `en"`: false, "çy": false, strings.Repeat("a", 36): false, "e@": false, "e[": false} {
		if got := language(s); got != want {
			t.Errorf("language(%q) = %v, want %v", s, got, want)
		}
	}
}

func FuzzTidy(f *testing.F) {
	f.Add("ap:1", "a\u202e", "Ana", "https://a.example", "en", "v1")
	f.Add("\xff", "\x00", strings.Repeat("z\u0301", 300), "javascript:x", "\u202e", "\xff")
	f.Fuzz(func(t *testing.T, key, body, name, url, lang, version string) {
		p, err := Tidy(moderation.Post{Source: moderation.FromMastodon, Key: key, Text: body, Lang: lang, URL: url, Version: version, Warning: name,
			Author: moderation.PostAuthor{Name: name, Handle: name, URL: url, Account: key}, Tags: []string{name}}, now)
		if err != nil {
			return
		}
		all := p.Key + p.Text + p.Author.Name + p.Author.Handle + p.Author.Account + p.URL + p.Lang + p.Version + p.Warning + strings.Join(p.Tags, "")
		if !utf8.ValidString(all) || p.Text == "" || len(all) > 64<<10 {
			t.Errorf("%+q", all)
		}
		for _, r := range p.Text + p.Author.Name + p.Author.Handle + p.Lang + p.Warning + strings.Join(p.Tags, "") {
			if unicode.Is(unicode.Bidi_Control, r) {
				t.Errorf("holds %U", r)
			}
		}
		again, err := Tidy(p, now)
		if d := cmp.Diff(p, again); d != "" || err != nil {
			t.Errorf("tidied again: %v %s", err, d)
		}
	})
}
