package x

import (
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The fixture holds the shapes of the developer documents (docs.x.com/x-api, data dictionary and OpenAPI 2.166 and
// 2.167, read 2026-11), written by hand on 2026-11-22; nobody in it exists.
func TestDecodeGolden(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile(filepath.Join("testdata", "search.json"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := decodePage(body)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.tweets) != 6 || p.skipped != 3 || p.newest != "2123841175679926304" || !strings.HasPrefix(p.next, "b26") || len(p.notices) != 1 || len(p.read) != 7 {
		t.Errorf("%d posts, %d skipped, newest %s, next %q, %d notices, %d read", len(p.tweets), p.skipped, p.newest, p.next, len(p.notices), len(p.read))
	}
	var posts []moderation.Post
	for _, x := range p.tweets {
		if x.repost() || x.hidden(p.users) || !x.tagged([]string{"askpanel"}) {
			continue
		}
		post := x.post(p.users)
		post.Event = "panel"
		post, err := ingest.Tidy(post, time.Date(2026, 11, 20, 19, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		posts = append(posts, post)
	}
	got, err := json.MarshalIndent(posts, "", "  ")
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
	if string(got) != string(want) {
		t.Errorf("%s differs (-update writes it anew); got\n%s", file, got)
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	const url = "https://t.co/abc123XYZ0"
	for name, c := range map[string]struct {
		text  string
		links []link
		want  string
	}{
		"nothing":           {"a #b", nil, "a #b"},
		"escapes once":      {"&lt;b&gt; &amp;lt; &amp;amp;amp; &copy; &#39;", nil, "<b> &lt; &amp;amp; &copy; '"},
		"code points":       {"👩‍👩‍👧‍👦 &amp; " + url + " e", []link{{14, 37, url, "example.org/x"}}, "👩‍👩‍👧‍👦 & example.org/x e"},
		"wrong place":       {"👋🏽 &amp; " + url + "!", []link{{5, 28, url, "example.org/x"}}, "👋🏽 & example.org/x!"},
		"out of the text":   {"a " + url, []link{{2000, 2023, url, "example.org/x"}}, "a example.org/x"},
		"negative":          {"a " + url, []link{{-5, 18, url, "example.org/x"}}, "a example.org/x"},
		"not there":         {"a b", []link{{0, 23, url, "example.org/x"}}, "a b"},
		"twice":             {url + " " + url, []link{{24, 47, url, "b.example"}, {0, 23, url, "a.example"}}, "a.example b.example"},
		"overlapping":       {url, []link{{0, 23, url, "a.example"}, {0, 23, url, "b.example"}}, "a.example"},
		"no display":        {"a " + url, []link{{2, 25, url, ""}}, "a " + url},
		"display is no tag": {"a " + url, []link{{2, 25, url, "example.org/&lt;"}}, "a example.org/&lt;"},
	} {
		if got := plain(c.text, &entities{URLs: c.links}); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestTags(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		json string
		want bool
	}{
		"entity":               {`{"text":"x","entities":{"hashtags":[{"tag":"AskPanel"}]}}`, true},
		"accents":              {`{"text":"x","entities":{"hashtags":[{"tag":"äskpanel"}]}}`, true},
		"text without entity":  {`{"text":"#askpanel","entities":{"urls":[]}}`, false},
		"no entities":          {`{"text":"so #AskPanel!"}`, true},
		"full width":           {`{"text":"so ＃AskPanel"}`, true},
		"in a word":            {`{"text":"so#AskPanel"}`, false},
		"longer":               {`{"text":"#AskPanels"}`, false},
		"after 280":            {`{"text":"cut","entities":{},"note_tweet":{"text":"whole","entities":{"hashtags":[{"tag":"askpanel"}]}}}`, true},
		"after 280, bare":      {`{"text":"cut","note_post":{"text":"whole #askpanel"}}`, true},
		"a character's escape": {`{"text":"&#39;askpanel"}`, false},
	} {
		var x tweet
		if err := json.Unmarshal([]byte(c.json), &x); err != nil {
			t.Fatal(err)
		}
		if got := x.tagged([]string{"askpanel"}); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	var s seen
	edited := tweet{ID: "12", HistoryTweet: []string{"9", "12"}}
	s.add(key(s.firstOf(&edited)), version("9", "12"))
	for _, c := range []struct {
		t    tweet
		want string
	}{{tweet{ID: "12"}, "9"}, {tweet{ID: "9"}, "9"}, {tweet{ID: "12", HistoryPost: []string{"9", "12"}}, "9"}, {tweet{ID: "13"}, "13"},
		{tweet{ID: "14", HistoryTweet: []string{"what", "14"}}, "14"}} {
		got := s.firstOf(&c.t)
		if got != c.want {
			t.Errorf("%s of %s, want %s", got, c.t.ID, c.want)
		}
		if k := KeyOf(version(got, c.t.ID)); k != "x:"+c.want {
			t.Errorf("KeyOf %s of %s", k, c.t.ID)
		}
	}
	for _, v := range []string{"", "2026-11-20T18:00:00.000Z", "12", "00000000000000000012.", "00000000000000000000", "00000000000000000012.x"} {
		if k := KeyOf(v); k != "" {
			t.Errorf("KeyOf(%q) = %q", v, k)
		}
	}
	ordered := []string{version("9", "9"), version("9", "12"), version("9", "100"), version("9", "9223372036854775807"), gone}
	for i := range ordered[1:] {
		if ordered[i] >= ordered[i+1] {
			t.Errorf("%s is not before %s", ordered[i], ordered[i+1])
		}
	}
	if !s.has("x:9", version("9", "9")) || !s.has("x:9", version("9", "12")) || s.has("x:9", version("9", "100")) || s.has("x:9", gone) {
		t.Error("versions are not known by their order")
	}
	for i := range 3 * seenMost {
		s.add(key(strconv.Itoa(i)), version(strconv.Itoa(i), strconv.Itoa(i+1)))
	}
	if len(s.version) != seenMost || len(s.order) != seenMost || len(s.first) > seenMost {
		t.Errorf("%d, %d and %d are remembered", len(s.version), len(s.order), len(s.first))
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		header map[string]string
		want   time.Duration
	}{
		"reset, their clock": {map[string]string{"Date": "Fri, 20 Nov 2026 18:09:41 GMT", "x-rate-limit-reset": "1795198200"}, 19 * time.Second},
		"reset, no date":     {map[string]string{"x-rate-limit-reset": "1795197660"}, time.Minute},
		"in the past":        {map[string]string{"x-rate-limit-reset": "1"}, 0},
		"years away":         {map[string]string{"x-rate-limit-reset": "9999999999"}, retryMost},
		"retry-after":        {map[string]string{"Retry-After": "30"}, 30 * time.Second},
		"garbage":            {map[string]string{"x-rate-limit-reset": "soon", "Retry-After": "later"}, time.Minute},
		"nothing":            {nil, time.Minute},
	} {
		h := http.Header{}
		for k, v := range c.header {
			h.Set(k, v)
		}
		if got := wait(h, now); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestCursor(t *testing.T) {
	t.Parallel()
	c := cursor{V: 1, Tags: []string{"x"}, Since: "10", SinceAt: time.Unix(5, 0).UTC(), Next: "n", Newest: "11", Posts: 3, Spent: 4}
	if got := parseCursor(c.String()); got.String() != c.String() {
		t.Errorf("read back as %s, want %s", got, c)
	}
	for name, s := range map[string]string{"future": strings.Replace(c.String(), `"v":1`, `"v":2`, 1), "broken": "{", "empty": ""} {
		if got := parseCursor(s); got.Since != "" || got.Posts != 0 {
			t.Errorf("%s: %+v, want to begin anew", name, got)
		}
	}
	if got := parseCursor(strings.Replace(c.String(), `"10"`, `"1 0"`, 1)); got.Since != "" || got.Next != "" || got.Posts != 3 || got.Spent != 4 {
		t.Errorf("bad id: %+v, want to begin anew with what was spent", got)
	}
}

func FuzzDecode(f *testing.F) {
	body, err := os.ReadFile(filepath.Join("testdata", "search.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	for _, s := range []string{"", "{}", "null", `{"data":null,"meta":{}}`, `{"data":[{"id":"1","text":"#a \ud83d"}]}`, `{"meta":{"result_count":0}}`,
		`{"data":{"id":"1","text":"x"},"matching_rules":[{"tag":"t"}]}`, `{"errors":[{"disconnect_type":"x"}]}`, "[\xff]",
		`{"data":[{"id":"7","text":"https://t.co/a","entities":{"urls":[{"start":-1,"end":99999999,"url":"https://t.co/a","display_url":"b"}]}}]}`} {
		f.Add([]byte(s))
	}
	check := func(t *testing.T, p page) {
		for _, x := range p.tweets {
			post := x.post(p.users)
			if KeyOf(post.Version) != post.Key || post.Author.Account == "" {
				t.Errorf("key %q, version %q, account %q", post.Key, post.Version, post.Author.Account)
			}
			tidy, err := ingest.Tidy(post, time.Now())
			if err != nil {
				continue
			}
			if tidy.Text == "" || len(tidy.Text) > ingest.TextBytes || !utf8.ValidString(tidy.Text+tidy.Author.Name+tidy.URL) || tidy.URL == "" {
				t.Errorf("%+q by %+q at %q", tidy.Text, tidy.Author.Name, tidy.URL)
			}
		}
		if p.newest != "" && !usableID(p.newest) {
			t.Errorf("newest %q", p.newest)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if p, err := decodePage(body); err == nil {
			check(t, p)
		}
		if p, _, err := decodeMessage(body); err == nil {
			check(t, p)
		}
	})
}
