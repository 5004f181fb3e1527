package bluesky

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
)

var update = flag.Bool("update", false, "write the golden files anew")

func frames(t testing.TB) [][]byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "frames.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSpace(b), []byte("\n"))
}

// decoded is what the golden file holds of one frame.
type decoded struct {
	Kind      kind             `json:"kind"`
	At        int64            `json:"at"`
	Operation string           `json:"operation,omitempty"`
	Gone      bool             `json:"gone,omitempty"`
	Notice    string           `json:"notice,omitempty"`
	Original  string           `json:"original,omitempty"`
	Wanted    bool             `json:"wanted,omitempty"`
	Post      *moderation.Post `json:"post,omitempty"`
}

// The fixture holds the shapes of docs/README.md and lexicons/network/bsky/jetstream of bluesky-social/jetstream, and of
// app/bsky/feed/post.json of bluesky-social/atproto, written by hand on 2026-11-22; nobody in it exists.
func TestDecodeGolden(t *testing.T) {
	t.Parallel()
	var all []decoded
	for _, f := range frames(t) {
		e, err := decodeEvent(f)
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		d := decoded{Kind: e.kind, At: e.at, Operation: e.operation, Gone: e.kind == accountKind && e.gone(), Notice: e.name}
		if e.record != nil {
			rec, err := decodeRecord(e.record)
			if err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			facets := rec.facets()
			tags := rec.tags(facets)
			p := rec.post(e, facets, tags)
			p.Event = "panel"
			if p, err = ingest.Tidy(p, time.Date(2026, 11, 20, 19, 0, 0, 0, time.UTC)); err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			d.Post, d.Original, d.Wanted = &p, rec.original(), carries(tags, map[string]bool{"askpanel": true})
		}
		all = append(all, d)
	}
	got, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	file := filepath.Join("testdata", "posts.golden.json")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("posts differ from %s; look at them and run the test with -update:\n%s", file, got)
	}
}

func TestDecodeStrange(t *testing.T) {
	t.Parallel()
	commit := func(change string) string {
		return `{"did":"did:plc:abc","time_us":1795197962345678,"kind":"commit","commit":{"rev":"3n2r6ghruki27","operation":"create","collection":"app.bsky.feed.post","rkey":"1","cid":"b","record":{"text":"x"}` + change + `}}`
	}
	for frame, want := range map[string]error{
		commit(""):                              nil,
		commit(`,"operation":"explode"`):        nil, // another operation is none of ours
		commit(`,"rkey":"../x"`):                errStrange,
		commit(`,"rkey":""`):                    errStrange,
		commit(`,"rev":"not a tid"`):            errStrange,
		commit(`,"record":5,"rkey":[]`):         errStrange,
		`{"kind":"commit","did":"did:plc:abc"}`: errStrange,
		`{"kind":"commit","did":"x","time_us":5,"commit":{"collection":"app.bsky.feed.post","operation":"delete","rkey":"1"}}`: errStrange,
		`{"kind":"account","did":"did:plc:abc","time_us":5,"account":{}}`:                                                      errStrange,
		`{"$type":"message","payload":{"$type":"a#commit","did":"did:plc:abc","time":"yesterday"}}`:                            errStrange,
		`{"$type":"message","payload":{"$type":"a#sync","did":"did:plc:abc","time":"yesterday"}}`:                              nil,
		`{"$type":"message"}`: nil,
		`{}`:                  nil,
		`[]`:                  errStrange,
	} {
		if _, err := decodeEvent([]byte(frame)); err != want {
			t.Errorf("%s: %v, want %v", frame, err, want)
		}
	}
}

func TestGone(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]bool{"takendown": true, "suspended": true, "deleted": true, "deactivated": true, "": true, "new one": true,
		"desynchronized": false, "throttled": false} {
		if got := (event{status: status}).gone(); got != want {
			t.Errorf("%s: gone %v, want %v", status, got, want)
		}
		if (event{active: true, status: status}).gone() {
			t.Errorf("an active account, %s, counts as gone", status)
		}
	}
}

func TestWrittenTags(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"#one two": "one", "(#one)": "one", "x#one": "", "#": "", "#1": "", "#1st": "1st", "a #one#two": "one",
		"https://example.org/#one": "", "&#39; #one": "one", "＃one": "one", "#Qualität!": "Qualität", "#سؤال، ok": "سؤال",
		"#one\n#two": "one two", "#snake_case-x": "snake_case", "##one": "", "?q=#one": "",
	} {
		if got := strings.Join(written(s), " "); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestFoldedTags(t *testing.T) {
	t.Parallel()
	wanted := map[string]bool{"qualitat": true}
	for tag, want := range map[string]bool{"Qualität": true, "QUALITÄT": true, "qualitat": true, "Qualita\u0308t": true, "qualit": false, "": false} {
		if carries([]string{"x", tag}, wanted) != want {
			t.Errorf("%q: want %v", tag, want)
		}
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ shown, link, want string }{
		{"example.org/a…", "https://example.org/a/b", "https://example.org/a/b"},
		{"https://example.org", "https://example.org/", "https://example.org/"},
		{"bank.example", "https://evil.example/", "bank.example (https://evil.example/)"},
		{"bank.example", "https://bank.example.evil.example/", "bank.example (https://bank.example.evil.example/)"},
		{"here", "javascript:alert(1)", "here"},
		{"here", "https://user:pw@example.org/", "here"},
	} {
		r := record{Text: &c.shown}
		if got := r.words([]facet{{0, len(c.shown), nil, c.link}}); got != c.want {
			t.Errorf("%q to %s: %q, want %q", c.shown, c.link, got, c.want)
		}
	}
}

func TestPermalinks(t *testing.T) {
	t.Parallel()
	did, rkey, ok := parsePermalink(permalink("did:plc:abc", "3n2r6ghlrai27"))
	if did != "did:plc:abc" || rkey != "3n2r6ghlrai27" || !ok {
		t.Errorf("%s %s %v", did, rkey, ok)
	}
	for _, s := range []string{"", "https://social.example/@ana/1", "https://bsky.app/profile/ana.example/post/1", "https://bsky.app/profile/did:plc:abc", "https://bsky.app/profile/did:plc:abc/post/"} {
		if _, _, ok := parsePermalink(s); ok {
			t.Errorf("%q is taken for a post", s)
		}
	}
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	got, err := decodeProfiles([]byte(`{"profiles":[
		{"did":"did:plc:a","handle":"Ana.Example","displayName":"Ana","avatar":"https://cdn.example/a.jpg","labels":[{"val":"!no-unauthenticated"}]},
		{"did":"did:plc:b","handle":"handle.invalid","avatar":"javascript:1","labels":[{"val":"!no-unauthenticated","neg":true}]},
		{"did":"nobody","handle":"x.example"}, 7, {"did":"did:plc:c","handle":"no dots here"}]}`))
	if err != nil || len(got) != 3 {
		t.Fatalf("%v, %v", got, err)
	}
	if a := got["did:plc:a"]; a.handle != "ana.example" || a.name != "Ana" || !a.hidden || a.avatar == "" {
		t.Errorf("a is %+v", a)
	}
	if b := got["did:plc:b"]; b.handle != "" || b.hidden || b.avatar != "" {
		t.Errorf("b is %+v", b)
	}
	if c := got["did:plc:c"]; c.handle != "" {
		t.Errorf("c is %+v", c)
	}
	for _, s := range []string{"", "[]", "{}", "<!DOCTYPE html>", `{"profiles":null}`} {
		if _, err := decodeProfiles([]byte(s)); err == nil {
			t.Errorf("%q is taken for profiles", s)
		}
	}
}

func FuzzEvent(f *testing.F) {
	for _, b := range frames(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := decodeEvent(b)
		if err != nil || e.record == nil {
			return
		}
		if !usableDID(e.did) || !usableRkey(e.rkey) || e.at <= 0 {
			t.Errorf("%+q %+q at %d", e.did, e.rkey, e.at)
		}
		fuzzRecord(t, e, e.record)
	})
}

func FuzzRecord(f *testing.F) {
	for _, b := range frames(f) {
		if e, err := decodeEvent(b); err == nil && e.record != nil {
			f.Add([]byte(e.record))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzRecord(t, event{kind: commitKind, operation: "create", did: "did:plc:abc", rkey: "1", at: 1795197962345678}, b)
	})
}

func fuzzRecord(t *testing.T, e event, b []byte) {
	rec, err := decodeRecord(b)
	if err != nil {
		return
	}
	facets := rec.facets()
	end := 0
	for _, x := range facets {
		if x.start < end || x.end <= x.start || x.end > len(*rec.Text) || !utf8.ValidString((*rec.Text)[x.start:x.end]) {
			t.Errorf("facet from %d to %d of %+q", x.start, x.end, *rec.Text)
		}
		end = x.end
	}
	tags := rec.tags(facets)
	if len(tags) > tagsMost || slices.Contains(tags, "") {
		t.Errorf("tags %+q", tags)
	}
	p, err := ingest.Tidy(rec.post(e, facets, tags), time.UnixMicro(e.at))
	if err != nil {
		return
	}
	if p.Text == "" || len(p.Text) > ingest.TextBytes || !utf8.ValidString(p.Text+p.Warning+p.Key+p.ReplyTo+p.Lang) || p.PostedAt.After(time.UnixMicro(e.at)) {
		t.Errorf("%+q, written %v", p.Text, p.PostedAt)
	}
}

func FuzzProfiles(f *testing.F) {
	f.Add([]byte(`{"profiles":[{"did":"did:plc:a","handle":"ana.example","displayName":"Ana","labels":[]}]}`))
	f.Add([]byte(`{"id":"did:plc:a","alsoKnownAs":["at://ana.example"]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if h := decodeDocument(b, "did:plc:a"); h != usableHandle(h) {
			t.Errorf("handle %+q", h)
		}
		list, err := decodeProfiles(b)
		if err != nil {
			return
		}
		for did, p := range list {
			if !usableDID(did) || p.handle != usableHandle(p.handle) || len(p.name) > nameBytes {
				t.Errorf("%+q: %+v", did, p)
			}
		}
	})
}
