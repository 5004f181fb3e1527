package ui

import (
	"bytes"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation/text"
	"golang.org/x/net/html"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// TestPages draws every page in every state, compares it with its golden file and looks that it is sound.
func TestPages(t *testing.T) {
	t.Parallel()
	for name, p := range samplePages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := render(t, p)
			checkPage(t, got)
			// The address of the assets changes with every byte of them; it is not what a golden page is for.
			got = bytes.ReplaceAll(got, []byte(AssetsPath()), []byte("/assets/HASH/"))
			file := filepath.Join("testdata", name+".html")
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
				t.Errorf("page differs from %s (go test ./web/ui -update renews it); got:\n%s", file, got)
			}
		})
	}
}

// TestHostileWords fills every field of every page with words that try to be something else. The page must have the
// same elements and attributes as with harmless words of the same length, and show the words as they are.
func TestHostileWords(t *testing.T) {
	t.Parallel()
	for name, words := range map[string]string{
		"script":        `</script><script>alert(1)</script>`,
		"element":       `"><img src=x onerror=alert(1)><b>`,
		"attribute":     `x' onmouseover='alert(1)' style='color:red`,
		"textarea":      `</textarea></template></title><script>alert(1)</script>`,
		"json":          `</script><!--<script>"]});alert(1)//`,
		"template":      `{{.}}${1}<%= 1 %>`,
		"address":       `javascript:alert(document.cookie)`,
		"data address":  `data:text/html,<script>alert(1)</script>`,
		"right to left": "\u202Eמה עם \u2067הגישה\u2069 <b>שלנו</b>?",
		"emoji":         strings.Repeat("👩🏽‍🚒", 40) + "🏴󠁧󠁢󠁷󠁬󠁳󠁿",
		"long":          strings.Repeat("W", 500),
		"longer":        strings.Repeat("<i>word</i> ", 60),
		"nul":           "a\x00b\xffc",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			harmless := strings.Repeat("x", text.Length(words))
			for page := range hostilePages("x") {
				bad, good := render(t, hostilePages(words)[page]), render(t, hostilePages(harmless)[page])
				if got, want := skeleton(t, bad), skeleton(t, good); got != want {
					t.Errorf("%s: words changed the page.\ngot:\n%s\nwant:\n%s", page, got, want)
				}
				checkPage(t, bad)
			}
			shown := words
			if name == "nul" {
				shown = "a�b�c" // HTML has no way to say NUL, nor half a character
			}
			if doc := parseHTML(t, render(t, hostilePages(words)["attend"])); !strings.Contains(spoken(find(doc, "li", "data-id")), shown) {
				t.Errorf("the words are not shown as they are: %q", spoken(find(doc, "li", "data-id")))
			}
		})
	}
}

// hostilePages are the pages with s wherever a person, a network or an organiser can put words.
func hostilePages(s string) map[string]Page {
	event := sampleEvent()
	event.Title, event.Hashtag, event.ConsentText, event.Reasons, event.JoinURL = s, s, s, []string{s}, s
	item := ItemView{ID: s, Rank: s, State: "approved", Kind: s, Text: s, Lang: s, AuthorName: s, Handle: s, Source: s, SourceLabel: s, URL: s}
	post := item // the same as a post on X: its card
	post.Source, post.AuthorURL, post.Avatar, post.PostedAt = "x", s, s, sampleAt
	mine := MineView{ID: s, Kind: s, Text: s, Lang: s, Status: "rejected", Reason: s, Receipt: s, Other: s, Sent: s}
	form := AttendForm{Key: s, Text: s, Name: s, Kind: s, Failed: s, Errors: []FieldError{{"text", s}, {"name", s}, {"consent", s}}}
	return map[string]Page{
		"attend":            AttendPage{Event: event, Now: &item, Queue: []ItemView{item}, Stories: []ItemView{item}, Answered: []ItemView{item}, Mine: []MineView{mine}, Form: form},
		"sent":              AttendPage{Event: event, Sent: &SentView{Receipt: s}},
		"receipt":           ReceiptPage{Event: event, Mine: mine, CanWithdraw: true, Withdraw: s},
		"screen":            ScreenPage{Event: event, Now: &item, Queue: []ItemView{item, item}, Theme: s},
		"moderate":          ModeratePage{Event: event, Me: s},
		"chair":             ChairPage{Event: event, Me: s, Now: &item, Queue: []ItemView{item}, Stories: []ItemView{item}, Previous: s, Notice: s, Stage: StageView{Now: s}},
		"join":              JoinPage{Event: event, Role: s, Name: s},
		"sources":           SourcesPage{Event: event, Sources: []SourceHealth{{Kind: s, Server: s, State: s, Error: s, Left: s}}},
		"connect":           ConnectXPage{Event: event, Account: s, By: s, Authorize: s, PIN: true, Notice: s, Callback: s},
		"error":             ErrorPage{Title: s, Detail: s, Words: s, Back: s, BackText: s},
		"attend with cards": AttendPage{Event: event, Now: &post, Queue: []ItemView{post}, Stories: []ItemView{post}, Answered: []ItemView{post}},
		"screen with cards": ScreenPage{Event: event, Now: &post, Queue: []ItemView{post, post}},
		"chair with cards":  ChairPage{Event: event, Now: &post, Queue: []ItemView{post}, Stories: []ItemView{post}},
		"home":              HomePage{Name: s, Events: []HomeEvent{{Event: event, Desk: true, Chair: true, Display: true}}},
	}
}

func TestWriteSendsNothingThatMayBeStored(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	if err := Write(w, 404, ErrorPage{Title: "We could not find that page"}); err != nil {
		t.Fatal(err)
	}
	if w.Code != 404 || w.Header().Get("Content-Type") != "text/html; charset=utf-8" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("got %d %v", w.Code, w.Header())
	}
}

// TestFirstLoad keeps the attendee's first load within the first flight of a TCP connection: ten segments of 1,460
// bytes (RFC 6928) less what TLS and TCP take. Ids and keys are as random as real ones.
func TestFirstLoad(t *testing.T) {
	t.Parallel()
	// A page that shows posts on X brings their cards with it; they may take this much more.
	const cards = 1024
	for name, files := range map[string]int{"no card": 5, "cards of X": 6} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := sampleAttend()
			p.Queue = append(p.Queue, p.Queue[:4]...)
			p.Stories = nil // ten questions are what is measured
			if name == "no card" {
				for _, list := range [][]ItemView{p.Queue, p.Answered} {
					for i := range list {
						if list[i].X() {
							list[i].Source = "mastodon"
						}
					}
				}
			}
			checkFirstLoad(t, p, files, 14336+cards*(files-5))
		})
	}
}

func checkFirstLoad(t *testing.T, p AttendPage, files, limit int) {
	t.Helper()
	const headers = 1536 // assumed for all answers together
	seed := uint64(2463534242)
	id := func(n int) string {
		var b strings.Builder
		for range n {
			seed ^= seed << 13
			seed ^= seed >> 7
			seed ^= seed << 17
			b.WriteByte("abcdefghijklmnopqrstuvwxyz234567"[seed%32])
		}
		return b.String()
	}
	for i := range p.Queue {
		p.Queue[i].ID = id(26)
	}
	for i := range p.Answered {
		p.Answered[i].ID = id(26)
	}
	for i := range p.Mine {
		p.Mine[i].ID, p.Mine[i].Receipt = id(26), "/r/"+id(22)
	}
	p.Form.Key = id(32)
	page := render(t, p)
	sum := headers + len(pack(page))
	t.Logf("page %d", len(pack(page)))
	doc := parseHTML(t, page)
	loaded := map[string]bool{}
	each(doc, func(n *html.Node) {
		for _, a := range n.Attr {
			name, ok := strings.CutPrefix(a.Val, AssetsPath())
			if !ok || loaded[name] {
				continue
			}
			loaded[name] = true
			size := len(assets[name].body)
			if assets[name].packed != nil {
				size = len(assets[name].packed)
			}
			t.Logf("%s %d", name, size)
			sum += size
		}
	})
	// What a script imports and the page does not name would be missing from the sum.
	for name := range loaded {
		for _, line := range strings.Split(string(assets[name].body), "\n") {
			if i := strings.Index(line, ` from "./`); strings.HasPrefix(line, "import ") && i >= 0 {
				target := strings.TrimPrefix(filepath.Join(filepath.Dir(name), strings.Trim(line[i+7:], `";`)), "/")
				if !loaded[target] {
					t.Errorf("%s imports %s, which the page does not preload", name, target)
				}
			}
		}
	}
	if len(loaded) != files {
		t.Errorf("the page loads %d files, want %d: %v", len(loaded), files, loaded)
	}
	t.Logf("first load %d bytes of %d", sum, limit)
	if sum >= limit {
		t.Errorf("the attendee's first load is %d bytes, want less than %d", sum, limit)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mine MineView
		want string
	}{
		{MineView{Status: "pending"}, "Waiting for a moderator"},
		{MineView{Status: "held"}, "Waiting for a moderator"},
		{MineView{Status: "approved", Place: 4}, "In the queue, 4th"},
		{MineView{Status: "approved"}, "In the queue"},
		{MineView{Status: "live"}, "Now"},
		{MineView{Status: "answered"}, "Answered"},
		{MineView{Status: "rejected", Reason: "Asked already"}, "Not used: asked already"},
		{MineView{Status: "rejected", Reason: "GDPR"}, "Not used: GDPR"},
		{MineView{Status: "rejected"}, "Not used"},
		{MineView{Status: "withdrawn"}, "Taken back"},
	} {
		if got := c.mine.Words(); got != c.want {
			t.Errorf("Words of %+v = %q, want %q", c.mine, got, c.want)
		}
	}
	for n, want := range map[int]string{1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 112: "112th"} {
		if got := ordinal(n); got != want {
			t.Errorf("ordinal(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestWhen(t *testing.T) {
	t.Parallel()
	e := sampleEvent()
	if got, want := e.When(), "Monday 30 November, 18:30 to 20:00"; got != want {
		t.Errorf("When = %q, want %q", got, want)
	}
	summer, next := time.Date(2026, 6, 1, 17, 30, 0, 0, time.UTC), time.Date(2026, 6, 2, 0, 0, 0, 0, time.UTC)
	e.StartsAt, e.EndsAt = &summer, &next
	if got, want := e.When(), "Monday 1 June, 18:30 to Tuesday 2 June, 01:00"; got != want {
		t.Errorf("When = %q, want %q", got, want)
	}
	e.StartsAt = nil
	if got := e.When(); got != "" {
		t.Errorf("When without a start = %q, want nothing", got)
	}
}

func TestChairTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at         time.Time
		left, pace string
	}{
		{sampleStart.Add(-72 * time.Hour), "Starts Monday 30 November", ""},
		{sampleStart.Add(-time.Hour), "Starts at 18:30", ""},
		{sampleAt, "48 min left", "about 6 min each"},
		{sampleEnd.Add(-5 * time.Minute), "5 min left", "less than a minute each"},
		{sampleEnd.Add(time.Second), "Over by 1 min", ""},
	} {
		p := sampleChair()
		p.At = c.at
		if p.TimeLeft() != c.left || p.Pace() != c.pace {
			t.Errorf("at %s: %q, %q, want %q, %q", c.at, p.TimeLeft(), p.Pace(), c.left, c.pace)
		}
	}
}

/* helpers */

func render(t *testing.T, p Page) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Render(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func parseHTML(t *testing.T, page []byte) *html.Node {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func each(n *html.Node, f func(*html.Node)) {
	if n.Type == html.ElementNode {
		f(n)
	}
	for c := range n.ChildNodes() {
		each(c, f)
	}
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func find(doc *html.Node, tag, with string) *html.Node {
	var found *html.Node
	each(doc, func(n *html.Node) {
		if _, ok := attr(n, with); ok && n.Data == tag && found == nil {
			found = n
		}
	})
	return found
}

func spoken(n *html.Node) string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// skeleton is a page's elements and the names of their attributes.
func skeleton(t *testing.T, page []byte) string {
	t.Helper()
	var b strings.Builder
	each(parseHTML(t, page), func(n *html.Node) {
		b.WriteString("<" + n.Data)
		for _, a := range n.Attr {
			b.WriteString(" " + a.Key)
		}
		b.WriteString(">\n")
	})
	return b.String()
}

// checkPage looks for what no page may have, and for what each must have.
func checkPage(t *testing.T, page []byte) {
	t.Helper()
	doc := parseHTML(t, page)
	ids, labels := map[string]int{}, map[string]bool{}
	counts := map[string]int{}
	each(doc, func(n *html.Node) {
		counts[n.Data]++
		if id, ok := attr(n, "id"); ok && (ids[id] == 0 || !inTemplate(n)) { // what is in a template stands nowhere yet
			ids[id]++
		}
		if f, ok := attr(n, "for"); ok && n.Data == "label" && strings.TrimSpace(spoken(n)) != "" {
			labels[f] = true
		}
	})
	for _, tag := range []string{"h1", "main", "title"} {
		if counts[tag] != 1 {
			t.Errorf("%d <%s>, want one", counts[tag], tag)
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("id %q stands %d times", id, n)
		}
	}
	each(doc, func(n *html.Node) {
		if n.Data == "style" {
			t.Error("an inline style sheet")
		}
		_, src := attr(n, "src")
		if kind, _ := attr(n, "type"); n.Data == "script" && !src && kind != "application/json" {
			t.Error("an inline script")
		}
		for _, a := range n.Attr {
			switch {
			case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			case slices.Contains([]string{"href", "src", "action", "formaction"}, a.Key):
				if scheme, _, ok := strings.Cut(strings.ToLower(strings.TrimSpace(a.Val)), ":"); ok && (scheme == "javascript" || scheme == "data" || scheme == "vbscript") {
					t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
				}
				if ref, ok := strings.CutPrefix(a.Val, "#"); ok && ref != "" && n.Data != "form" && ids[ref] == 0 && !strings.HasPrefix(ref, "ZgotmplZ") && n.Parent != nil && !tab(n) {
					t.Errorf("<%s %s=%q> leads nowhere", n.Data, a.Key, a.Val)
				}
			case a.Key == "aria-labelledby" || a.Key == "aria-describedby" || a.Key == "for" || a.Key == "form":
				for _, ref := range strings.Fields(a.Val) {
					if ids[ref] == 0 {
						t.Errorf("<%s %s=%q> names nothing", n.Data, a.Key, a.Val)
					}
				}
			}
		}
		switch n.Data {
		case "input", "textarea":
			kind, _ := attr(n, "type")
			id, _ := attr(n, "id")
			if name, _ := attr(n, "aria-label"); kind != "hidden" && !labels[id] && name == "" && !within(n, "label") {
				t.Errorf("<%s id=%q> has no label", n.Data, id)
			}
		case "img":
			if _, ok := attr(n, "alt"); !ok {
				t.Error("an <img> without alt")
			}
		case "svg":
			hidden, _ := attr(n, "aria-hidden")
			if label, _ := attr(n, "aria-label"); hidden != "true" && label == "" {
				t.Error("an <svg> neither hidden nor named")
			}
		case "button", "summary":
			label, _ := attr(n, "aria-label")
			_, filled := attr(n, "data-f")
			if strings.TrimSpace(spoken(n)) == "" && label == "" && !filled && !byScript(n) {
				t.Error("a <" + n.Data + "> without words")
			}
		case "html":
			if lang, _ := attr(n, "lang"); lang == "" {
				t.Error("no language")
			}
		}
	})
}

// tab reports whether n is one of the tabs, whose lists are drawn by script in one place.
func tab(n *html.Node) bool { _, ok := attr(n, "data-tab"); return ok }

func inTemplate(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n.Data == "template" {
			return true
		}
	}
	return false
}

// byScript reports whether n is hidden, or stands in a template, until a script gives it words.
func byScript(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if _, hidden := attr(n, "hidden"); hidden || n.Data == "template" {
			return true
		}
	}
	return false
}

// within reports whether n stands in an element of this name.
func within(n *html.Node, name string) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == name {
			return true
		}
	}
	return false
}
