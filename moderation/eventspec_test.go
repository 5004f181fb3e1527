package moderation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

var testNow = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func TestNewEventDefaults(t *testing.T) {
	t.Parallel()
	title := "Who’s Leading? Access to social media"
	ends := testNow.Add(2 * time.Hour)
	e, err := NewEvent(EventSpec{Title: &title, EndsAt: &ends, Hashtags: []string{"#SMWWhoLeads", "smwwholeads", ""}}, testNow, Actor{})
	if err != nil {
		t.Fatal(err)
	}
	if e.Mode != Panel || e.MaxLength != 500 || e.RetentionDays != 30 || !e.OpensAt.Equal(testNow) || e.State != Open {
		t.Errorf("defaults: %+v", e)
	}
	if e.ClosesAt == nil || !e.ClosesAt.Equal(ends) {
		t.Errorf("a panel closes at %v, want at its end", e.ClosesAt)
	}
	if len(e.Hashtags) != 1 || e.Hashtags[0] != "SMWWhoLeads" {
		t.Errorf("hashtags %q, want the one tag without #", e.Hashtags)
	}
	if e.Slug != "who-s-leading-access-to-social-media" {
		t.Errorf("slug %q", e.Slug)
	}
}

func TestNewEventFaults(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, spec, field string }{
		{"no title", `{}`, "title"},
		{"reserved slug", `{"title":"T","slug":"api"}`, "slug"},
		{"bad slug", `{"title":"T","slug":"-a-"}`, "slug"},
		{"unknown zone", `{"title":"T","zone":"Europe/Nowhere"}`, "zone"},
		{"ends before it starts", `{"title":"T","starts_at":"2026-11-30T20:00:00Z","ends_at":"2026-11-30T18:00:00Z"}`, "ends_at"},
		{"closes before it opens", `{"title":"T","closes_at":"2020-01-01T00:00:00Z"}`, "closes_at"},
		{"no length", `{"title":"T","max_length":0}`, "max_length"},
		{"consent to nothing", `{"title":"T","consent":{"required":true,"text":""}}`, "consent"},
		{"unknown source", `{"title":"T","sources":[{"kind":"fax","server":"","hashtags":[],"enabled":true}]}`, "sources"},
		{"a source that is not listened to", `{"title":"T","sources":[{"kind":"form","enabled":true}]}`, "sources"},
		{"feed without its address", `{"title":"T","sources":[{"kind":"feed","enabled":true}]}`, "sources"},
		{"websocket of mastodon", `{"title":"T","sources":[{"kind":"mastodon","server":"wss://a.example","enabled":true}]}`, "sources"},
		{"query of a base", `{"title":"T","sources":[{"kind":"x","server":"https://api.example?a=b","enabled":true}]}`, "sources"},
		{"the same place twice", `{"title":"T","sources":[{"kind":"mastodon","server":"https://a.example","enabled":true},{"kind":"mastodon","server":"http://A.example/","enabled":false}]}`, "sources"},
		{"bad hashtag of a source", `{"title":"T","sources":[{"kind":"mastodon","hashtags":["a b"],"enabled":true}]}`, "sources"},
		{"budget below zero", `{"title":"T","sources":[{"kind":"x","budget":{"posts":-1},"enabled":true}]}`, "sources"},
		{"server with a password", `{"title":"T","sources":[{"kind":"mastodon","server":"https://a:b@c.example","enabled":true}]}`, "sources"},
		{"hashtag with a space", `{"title":"T","hashtags":["two words"]}`, "hashtags"},
		{"chat", `{"title":"T","mode":"chat"}`, "mode"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var spec EventSpec
			if err := DecodeStrict(strings.NewReader(tt.spec), &spec); err != nil {
				t.Fatal(err)
			}
			_, err := NewEvent(spec, testNow, Actor{})
			p, ok := errors.AsType[*Problem](err)
			if !ok || p.Kind != ErrInvalid || len(p.Fields) != 1 || p.Fields[0].Field != tt.field {
				t.Errorf("got %v, want one fault, in %s", err, tt.field)
			}
		})
	}
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	title := "T"
	e, err := NewEvent(EventSpec{Title: &title, Policy: &Policy{BlockedWords: []string{" a\tfool ", "", "A Fóol", "ass"}}}, testNow, Actor{})
	if err != nil || e.Policy.Arrivals != ArriveReview || !slices.Equal(e.Policy.BlockedWords, []string{"a fool", "ass"}) {
		t.Fatalf("made with %+v, %v; want review, and each word once", e.Policy, err)
	}
	for _, c := range []struct{ patch, want string }{
		{`{"policy":{"arrivals":"trust"}}`, `{trust false false [a fool ass]}`},
		{`{"policy":{"arrivals":"open_chat","hold_flagged":true,"two_person":true}}`, `{open_chat true true [a fool ass]}`},
		{`{"policy":{"arrivals":null,"two_person":null}}`, `{review true false [a fool ass]}`},
		{`{"policy":{"blocked_words":["x"]}}`, `{review true false [x]}`},
		{`{"title":"New"}`, `{review true false [x]}`},
		{`{"policy":{"blocked_words":null}}`, `{review true false []}`},
		{`{"policy":null}`, `{review false false []}`},
	} {
		if e, err = e.Patched([]byte(c.patch), true, Actor{}, testNow); err != nil || fmt.Sprint(e.Policy) != c.want {
			t.Errorf("%s made %v, %v; want %s", c.patch, e.Policy, err, c.want)
		}
	}
	var many []string
	for i := range 501 {
		many = append(many, fmt.Sprint("w", i))
	}
	for name, list := range map[string][]string{
		"too many":   many,
		"too long":   {strings.Repeat("a", 101)},
		"not a word": {"..."},
	} {
		_, err := NewEvent(EventSpec{Title: &title, Policy: &Policy{BlockedWords: list}}, testNow, Actor{})
		if p, ok := errors.AsType[*Problem](err); !ok || p.Kind != ErrInvalid || p.Fields[0].Field != "policy" {
			t.Errorf("%s: %v, want one fault, in policy", name, err)
		}
	}
}

func TestDecodeStrict(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       error
		field      string
	}{
		{"broken", `{"title":`, ErrSyntax, ""},
		{"two values", `{} {}`, ErrSyntax, ""},
		{"unknown field", `{"titel":"T"}`, ErrInvalid, "titel"},
		{"wrong type", `{"title":7}`, ErrInvalid, "title"},
		{"wrong time", `{"starts_at":"yesterday"}`, ErrInvalid, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var spec EventSpec
			err := DecodeStrict(strings.NewReader(tt.body), &spec)
			if !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if p, ok := errors.AsType[*Problem](err); ok && p.Fields[0].Field != tt.field {
				t.Errorf("the fault is in %q, want %q", p.Fields[0].Field, tt.field)
			}
		})
	}
}

func TestPatched(t *testing.T) {
	t.Parallel()
	title := "T"
	starts, ends := testNow.Add(time.Hour), testNow.Add(2*time.Hour)
	e, err := NewEvent(EventSpec{Title: &title, StartsAt: &starts, EndsAt: &ends, Hashtags: []string{"a"}}, testNow, Actor{})
	if err != nil {
		t.Fatal(err)
	}
	patch := func(e Event, p string) Event {
		t.Helper()
		n, err := e.Patched([]byte(p), true, Actor{}, testNow)
		if err != nil {
			t.Fatalf("patch %s: %v", p, err)
		}
		return n
	}
	if n := patch(e, `{"title":"New","hashtags":["b","c"],"consent":{"text":"Be kind"}}`); n.Title != "New" || len(n.Hashtags) != 2 || n.Consent.Text != "Be kind" || n.Consent.Required {
		t.Errorf("patched: %+v", n)
	}
	if n := patch(e, `{"ends_at":"2026-11-22T15:00:00Z"}`); n.ClosesAt == nil || !n.ClosesAt.Equal(*n.EndsAt) {
		t.Errorf("the close did not follow the end: %v", n.ClosesAt)
	}
	if n := patch(e, `{"ends_at":null}`); n.EndsAt != nil || n.ClosesAt != nil {
		t.Errorf("without an end: ends %v closes %v, want neither", n.EndsAt, n.ClosesAt)
	}
	if n := patch(e, `{"max_length":null}`); n.MaxLength != DefaultLength {
		t.Errorf("null gave max_length %d, want the default", n.MaxLength)
	}
	for _, bad := range []string{`{"slug":"x"}`, `{"mode":"chat"}`, `{"title":""}`, `{"title":null}`, `{"nosuch":1}`, `{"max_length":"x"}`} {
		if _, err := e.Patched([]byte(bad), true, Actor{}, testNow); !errors.Is(err, ErrInvalid) {
			t.Errorf("patch %s: %v, want ErrInvalid", bad, err)
		}
	}
}

func FuzzPatched(f *testing.F) {
	f.Add([]byte(`{"title":"x","ends_at":null}`))
	f.Add([]byte(`{"consent":{"required":true,"text":"ok"},"zone":"Europe/London"}`))
	title := "T"
	e, err := NewEvent(EventSpec{Title: &title}, testNow, Actor{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, patch []byte) {
		n, err := e.Patched(patch, false, Actor{}, testNow)
		if err != nil {
			return
		}
		if n.Slug != e.Slug || n.validate() != nil {
			t.Fatalf("patch %q gave an event that may not be stored: %+v", patch, n)
		}
		if _, err := json.Marshal(n); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzDecodeStrict(f *testing.F) {
	f.Add([]byte(`{"title":"x","sources":[{"kind":"mastodon"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var spec EventSpec
		if DecodeStrict(bytes.NewReader(body), &spec) != nil {
			return
		}
		if e, err := NewEvent(spec, testNow, Actor{}); err == nil && e.validate() != nil {
			t.Fatalf("%q made an event that may not be stored", body)
		}
	})
}
