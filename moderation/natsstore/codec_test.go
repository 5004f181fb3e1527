package natsstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openfloor/openfloor/moderation"
)

var update = flag.Bool("update", false, "write the golden files anew")

// samples are values with every field set, one of each body. A new field of the types makes TestGolden fail until
// it is set here, and then the golden file shows it.
func samples(t testing.TB) map[string]sample {
	at := time.Date(2026, 3, 14, 18, 30, 15, 123456000, time.UTC)
	later := at.Add(time.Minute)
	two := 2
	actor := moderation.Actor{Role: moderation.Moderator, Name: "Front desk", ID: "s1"}
	change := moderation.Change{Action: moderation.Reject, By: actor, At: at, Reason: "off topic", Op: "op1"}
	sub := moderation.Submission{
		ID: moderation.SubmissionID("town-hall", "form:1"), Event: "town-hall",
		Kind: moderation.Question, Text: "Pwy sy'n talu?", Original: "Pwy sy'n talu??", Lang: "cy",
		Author: moderation.Author{Name: "Siân", Handle: "@sian@example.org", URL: "https://example.org/@sian",
			Avatar: "/assets/avatar/1", Key: "abcdefghijklmnopqrstuvwxyz"},
		Source: moderation.FromMastodon, URL: "https://example.org/@sian/1", PostedAt: at, ReceivedAt: later, Version: "2", Request: "d1",
		State: moderation.Rejected, OnArrival: true, ReviewedBy: &actor, First: true, Reason: "off topic", Rank: "V000005", Note: "ask later",
		Flags:  []moderation.Flag{{Kind: "email", Detail: "sian@example.org", Span: [2]int{3, 19}}},
		Prompt: &two, Part: "1/2", FiledBy: "label", Late: true, Host: true, Relayed: true, ReplyTo: "https://example.org/0",
		Tags: []string{"WhoLeads"}, ParaphraseOf: "p1", MergedInto: "m1", MergedUnder: "m2", SimilarTo: []string{"s2", "s3"}, AnsweredAt: &later, Change: change,
		Past: []moderation.Outline{{Rev: 7, State: moderation.Pending, Change: change}},
	}
	event := moderation.Event{
		Slug: "town-hall", Title: "Town hall", Mode: moderation.Chat, State: moderation.Closed, Shut: true,
		Hashtags: []string{"WhoLeads"}, Zone: "Europe/London", OpensAt: at, StartsAt: &later, EndsAt: &later, ClosesAt: &later,
		MaxLength: 500, Consent: moderation.Consent{Required: true, Text: "May we show it?"},
		Policy: moderation.Policy{Arrivals: "review", HoldFlagged: true, TwoPerson: true, BlockedWords: []string{"x"}}, Frozen: true,
		Reasons: []string{"off topic"}, Languages: []string{"en", "cy"}, Label: moderation.Label{Q: "C", A: "A"},
		RetentionDays: 30, Theme: "dark", CreatedAt: at, Change: change,
		Sources: []moderation.SourceSetting{{Kind: moderation.FromMastodon, Server: "https://example.org", Hashtags: []string{"x"}, Enabled: true,
			Budget: &moderation.Budget{Posts: 1000, Money: 5}}},
	}
	stage := moderation.Stage{Event: "town-hall", Now: sub.ID, Next: "n1", Prompt: &two, Since: &at, Blank: true,
		Mode: moderation.StageHold, Change: change}
	signal := moderation.Signal{Event: "town-hall", ID: sub.ID, From: actor, To: moderation.ToChair, Text: "Four minutes left", At: at,
		AckedAt: &later, Change: change}
	post := moderation.Post{
		Event: "town-hall", Source: moderation.FromMastodon, Key: "ap:https://example.org/1", Aliases: []string{"url:example.org/@sian/1"}, Version: "2", Deleted: true, Renamed: true,
		Kind: moderation.Question, Text: "Pwy sy'n talu?", Lang: "cy",
		Author: moderation.PostAuthor{Account: "acct:sian@example.org", Name: "Siân", Handle: "@sian@example.org",
			URL: "https://example.org/@sian", Avatar: "https://example.org/a.png"},
		URL: "https://example.org/@sian/1", ReplyTo: "ap:0", Tags: []string{"WhoLeads"}, Prompt: &two, PostedAt: at, SeenAt: later,
		Warning: "long", Sensitive: true, Busy: true, Request: "d1", By: &actor,
	}
	author := moderation.AuthorDecision{Event: "town-hall", Key: sub.Author.Key, Trusted: true, Blocked: true, Change: change}
	alias := moderation.Alias{Event: "town-hall", ID: moderation.SubmissionID("town-hall", "ap:https://example.org/0"), Of: sub.ID, At: at}
	portrait := moderation.Portrait{Event: "town-hall", Key: sub.Author.Key, Type: "image/jpeg", Image: []byte{0xff, 0xd8, 0xff}, Of: moderation.PortraitOf("https://example.org/a.png"), At: at}
	return map[string]sample{
		"portrait": {
			value:  portrait,
			encode: func() ([]byte, error) { return encodePortrait(portrait) },
			decode: func(b []byte) (any, error) { return decodePortrait("media.town-hall."+portrait.Key, b) },
		},
		"author":     entrySample("floor.town-hall.author."+author.Key, moderation.Entry{Author: &author}, author),
		"alias":      entrySample("floor.town-hall.alias."+alias.ID, moderation.Entry{Alias: &alias}, alias),
		"submission": entrySample("floor.town-hall.submission."+sub.ID, moderation.Entry{Submission: &sub}, sub),
		"event":      entrySample("floor.town-hall.event", moderation.Entry{Event: &event}, event),
		"stage":      entrySample("floor.town-hall.stage", moderation.Entry{Stage: &stage}, stage),
		"signal":     entrySample("floor.town-hall.signal."+sub.ID, moderation.Entry{Signal: &signal}, signal),
		"post": {
			value:  post,
			encode: func() ([]byte, error) { return encodePost(post) },
			decode: func(b []byte) (any, error) { return decodePost("intake.town-hall.mastodon", b) },
		},
		"cursor": {
			value:  "12345",
			encode: func() ([]byte, error) { return encodeCursor("12345") },
			decode: func(b []byte) (any, error) { return decodeCursor("cursor.town-hall.x", b) },
		},
	}
}

type sample struct {
	value  any
	encode func() ([]byte, error)
	decode func([]byte) (any, error)
}

func entrySample(subject string, e moderation.Entry, value any) sample {
	return sample{
		value:  value,
		encode: func() ([]byte, error) { return encodeEntry(e) },
		decode: func(b []byte) (any, error) {
			e, _, err := decodeEntry(subject, b, 0)
			switch {
			case e.Submission != nil:
				return *e.Submission, err
			case e.Event != nil:
				return *e.Event, err
			case e.Stage != nil:
				return *e.Stage, err
			case e.Author != nil:
				return *e.Author, err
			case e.Alias != nil:
				return *e.Alias, err
			case e.Signal != nil:
				return *e.Signal, err
			}
			return nil, err
		},
	}
}

func golden(name string) string { return filepath.Join("testdata", "v1", name+".json") }

// TestGolden holds every body to what version 1 wrote: what is stored has to be readable for ever.
func TestGolden(t *testing.T) {
	for name, s := range samples(t) {
		t.Run(name, func(t *testing.T) {
			wantSet(t, name, reflect.ValueOf(s.value))
			body, err := s.encode()
			if err != nil {
				t.Fatal(err)
			}
			var pretty bytes.Buffer
			if err := json.Indent(&pretty, body, "", "  "); err != nil {
				t.Fatal(err)
			}
			pretty.WriteByte('\n')
			if *update {
				if err := os.WriteFile(golden(name), pretty.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden(name))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), pretty.String()); diff != "" {
				t.Errorf("the body is not what version 1 writes (-golden +now):\n%s", diff)
			}
			got, err := s.decode(want)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(s.value, got); diff != "" {
				t.Errorf("the golden body is read differently (-want +got):\n%s", diff)
			}
		})
	}
}

// wantSet fails for every field that a sample leaves at zero, but for Rev, which is no part of a body.
func wantSet(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	if v.IsZero() {
		t.Errorf("%s is not set in the sample, so the golden file does not show it", path)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		wantSet(t, path, v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			wantSet(t, path, v.Index(i))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.Tag.Get("json") != "-" {
				wantSet(t, path+"."+f.Name, v.Field(i))
			}
		}
	}
}

func TestReadersSkipUnknownFieldsAndRefuseUnknownVersions(t *testing.T) {
	t.Parallel()
	for name, s := range samples(t) {
		body, err := s.encode()
		if err != nil {
			t.Fatal(err)
		}
		later := bytes.Replace(body, []byte(`{`), []byte(`{"later":{"x":[1]},`), 1)
		if got, err := s.decode(later); err != nil || !cmp.Equal(got, s.value) {
			t.Errorf("%s with a field of a later version: %v", name, err)
		}
		for what, broken := range map[string]string{
			"version 2":      strings.Replace(string(body), `"v":1`, `"v":2`, 1),
			"version 0":      strings.Replace(string(body), `"v":1`, `"v":0`, 1),
			"no version":     strings.Replace(string(body), `"v":1,`, ``, 1),
			"a text version": strings.Replace(string(body), `"v":1`, `"v":"1"`, 1),
			"half of it":     string(body[:len(body)/2]),
			"an empty body":  "",
			"a list":         "[]",
			"two values":     string(body) + "{}",
		} {
			if _, err := s.decode([]byte(broken)); !errors.Is(err, ErrUnreadable) {
				t.Errorf("%s, %s: error %v, want ErrUnreadable", name, what, err)
			}
		}
	}
}

func TestDecodeRefusesABodyOfAnotherThing(t *testing.T) {
	t.Parallel()
	s := samples(t)
	subject := "floor.town-hall.submission." + moderation.SubmissionID("town-hall", "form:2")
	body, err := s["submission"].encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, subject := range map[string]string{
		"another id":    subject,
		"another event": "floor.elsewhere.submission." + moderation.SubmissionID("town-hall", "form:1"),
		"another kind":  "floor.town-hall.event",
		"a bad id":      "floor.town-hall.submission.x",
	} {
		if _, _, err := decodeEntry(subject, body, 1); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s: error %v, want ErrUnreadable", name, err)
		}
	}
	post, err := s["post"].encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, subject := range []string{"intake.town-hall.form", "intake.elsewhere.mastodon", "intake"} {
		if _, err := decodePost(subject, post); !errors.Is(err, ErrUnreadable) {
			t.Errorf("a post on %s: error %v, want ErrUnreadable", subject, err)
		}
	}
}

// FuzzDecode: no body makes a reader panic or read what it would not write again as the same.
func FuzzDecode(f *testing.F) {
	all := samples(f)
	for _, s := range all {
		body, err := s.encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Add([]byte(`{"v":1,"Slug":"town-hall","v":1}`))
	id := moderation.SubmissionID("town-hall", "form:1")
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, subject := range []string{"floor.town-hall.submission." + id, "floor.town-hall.event", "floor.town-hall.stage",
			"floor.town-hall.author." + id, "floor.town-hall.alias." + id} {
			e, ok, err := decodeEntry(subject, body, 9)
			if err != nil {
				if !errors.Is(err, ErrUnreadable) {
					t.Errorf("%s: error %v is not ErrUnreadable", subject, err)
				}
				continue
			}
			if !ok || e.Rev() != 9 {
				t.Fatalf("%s: read as %+v, %t", subject, e, ok)
			}
			again, err := encodeEntry(e)
			if err != nil {
				continue // a year that JSON cannot hold
			}
			if e2, _, err := decodeEntry(subject, again, 9); err != nil || !cmp.Equal(e, e2) {
				t.Errorf("%s: read again differently: %v\n%s", subject, err, cmp.Diff(e, e2))
			}
		}
		if p, err := decodePost("intake.town-hall.mastodon", body); err == nil && p.Source != moderation.FromMastodon {
			t.Errorf("a post of %q read from another source's subject", p.Source)
		}
		decodeReply[moderation.Submission](body)
	})
}
