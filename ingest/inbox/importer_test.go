package inbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/text"
)

func newImporter(t testing.TB) (*Importer, *intake) {
	t.Helper()
	in := &intake{}
	m, err := NewImporter(in)
	if err != nil {
		t.Fatal(err)
	}
	return m, in
}

func nothing(string, string) bool { return false }

func long(e *moderation.Event) { e.MaxLength = 500 }

// utf16File encodes s, with a mark at its beginning where bom says so.
func utf16File(s string, order binary.AppendByteOrder, bom bool) []byte {
	if bom {
		s = "\ufeff" + s
	}
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

// TestImportDialects reads the same table in every usual form.
func TestImportDialects(t *testing.T) {
	t.Parallel()
	const csv = "text,name,kind,url,posted_at\r\n" +
		"\"Who, if not we, says \"\"no\"\"?\nAnd when?\",Zoë,question,https://a.example/1,2026-11-20T18:06:00Z\r\n" +
		"A story,,story,,\r\n"
	swap := func(sep string) string {
		return "text" + sep + "name" + sep + "kind" + sep + "url" + sep + "posted_at\n" +
			"\"Who, if not we, says \"\"no\"\"?\nAnd when?\"" + sep + "Zoë" + sep + "question" + sep + "https://a.example/1" + sep + "2026-11-20T18:06:00Z\n" +
			"A story" + sep + sep + "story" + sep + sep + "\n"
	}
	for name, file := range map[string][]byte{
		"comma, CRLF":         []byte(csv),
		"LF":                  []byte(strings.ReplaceAll(csv, "\r\n", "\n")),
		"no last line end":    []byte(strings.TrimSuffix(csv, "\r\n")),
		"semicolon":           []byte(swap(";")),
		"tab":                 []byte(swap("\t")),
		"bar":                 []byte(swap("|")),
		"Excel's hint":        []byte("sep=;\r\n" + swap(";")),
		"Excel's hint of tab": []byte("sep=\t\r\n" + swap("\t")),
		"UTF-8 with a mark":   []byte("\xEF\xBB\xBF" + csv),
		"UTF-16 LE":           utf16File(csv, binary.LittleEndian, true),
		"UTF-16 BE":           utf16File(csv, binary.BigEndian, true),
		"UTF-16 LE, no mark":  utf16File(csv, binary.LittleEndian, false),
		"UTF-16 BE, no mark":  utf16File(csv, binary.BigEndian, false),
		"Windows-1252":        []byte(strings.ReplaceAll(csv, "ë", "\xeb")),
		"other header":        []byte(strings.Replace(csv, "text,name,kind,url,posted_at", " TEXT , Name ,KIND,\"Url\",Posted At", 1)),
		"other order and columns": []byte("id;Posted at;TEXT;remark;name;url;kind\n" +
			"7;20/11/2026 18:06;\"Who, if not we, says \"\"no\"\"?\nAnd when?\";x;Zoë;https://a.example/1;Question\n8;;A story;;;;STORY\n;;;;;;\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, in := newImporter(t)
			got, ids, err := m.Import(t.Context(), event(long), file, false, nothing)
			if err != nil || got.Imported != 2 || got.Known != 0 || len(got.Refused) != 0 || len(ids) != 2 {
				t.Fatalf("Import = %+v, %v", got, err)
			}
			p, q := in.posts[0], in.posts[1]
			if p.Text != "Who, if not we, says \"no\"?\nAnd when?" || p.Author.Name != "Zoë" || p.Kind != moderation.Question || p.URL != "https://a.example/1" ||
				!p.PostedAt.Equal(time.Date(2026, 11, 20, 18, 6, 0, 0, time.UTC)) || p.Source != moderation.FromImport || p.ID() != ids[0] {
				t.Errorf("first: %+v", p)
			}
			if q.Text != "A story" || q.Kind != moderation.Story || q.URL != "" || q.Author.Account == p.Author.Account || q.Author.Account == "" {
				t.Errorf("second: %+v", q)
			}
		})
	}
}

func TestImportLines(t *testing.T) {
	t.Parallel()
	m, in := newImporter(t)
	file := "text,name,kind,url,posted_at\n" + // line 1
		"One,Ana,,,2026-11-20\n" + // 2
		"\"Two\nlines\",Ana,,,\n" + // 3, 4
		"One,Ana,,,2026-11-20\n" + // 5: as 2
		"One,Ana,,,2026-11-21\n" + // 6: another time
		",Ana,,,\n" + // 7
		"Poem,,poem,,\n" + // 8
		"Bad address,,,javascript:alert(1),\n" + // 9
		"Bad time,,,,soon\n" + // 10
		strings.Repeat("x", 21) + ",,,,\n" + // 11
		"Torn \"quote\" here,Ben,,,\n" + // 12: taken as it stands
		"\"Torn \"quote\" and \"more,Ben,,,\n" + // 13
		"\n" + // 14
		"Same,,,HTTPS://A.example/1,\n" + // 15
		"Other words,,,https://a.example/1,\n" + // 16: the same address
		"Last,,,,\n" // 17
	preview, ids, err := m.Import(t.Context(), event(nil), []byte(file), true, nothing)
	if err != nil || len(in.posts) != 0 || len(ids) != 0 {
		t.Fatalf("preview: %v, %d stored", err, len(in.posts))
	}
	var did []string
	for _, l := range preview.Lines {
		did = append(did, fmt.Sprintf("%d %s", l.Line, l.Outcome))
	}
	want := []string{"2 imported", "3 imported", "5 known", "6 imported", "7 refused", "8 refused", "9 refused", "10 refused", "11 refused", "12 imported",
		"13 refused", "15 imported", "16 known", "17 imported"}
	if d := cmp.Diff(want, did); d != "" {
		t.Errorf("preview: %s", d)
	}
	got, ids, err := m.Import(t.Context(), event(nil), []byte(file), false, nothing)
	if err != nil {
		t.Fatal(err)
	}
	if got.Imported != 6 || got.Known != 2 || len(got.Refused) != 6 || got.Lines != nil || len(ids) != 6 || len(in.posts) != 6 {
		t.Errorf("Import = %+v with %d stored", got, len(in.posts))
	}
	if preview.Imported != got.Imported || preview.Known != got.Known || cmp.Diff(preview.Refused, got.Refused) != "" {
		t.Errorf("the preview said %+v, the import %+v", preview, got)
	}
	for i, text := range []string{"One", "Two\nlines", "One", "Torn \"quote\" here", "Same", "Last"} {
		if in.posts[i].Text != text {
			t.Errorf("post %d is %q, want %q", i, in.posts[i].Text, text)
		}
	}
	for _, r := range got.Refused {
		if r.Detail == "" {
			t.Errorf("line %d: no detail", r.Line)
		}
	}
	again, _, err := m.Import(t.Context(), event(nil), []byte(file), false, nothing)
	if err != nil || again.Imported != 0 || again.Known != 8 || len(in.posts) != 6 {
		t.Errorf("again: %+v, %v, %d stored", again, err, len(in.posts))
	}
}

func TestImportKnown(t *testing.T) {
	t.Parallel()
	m, in := newImporter(t)
	file := []byte("text,url\nOne,https://a.example/1\nTwo,https://a.example/2\n")
	got, _, err := m.Import(t.Context(), event(nil), file, false, func(_, address string) bool { return address == "https://a.example/1" })
	if err != nil || got.Known != 1 || got.Imported != 1 || len(in.posts) != 1 || in.posts[0].Text != "Two" {
		t.Errorf("Import = %+v, %v", got, err)
	}
}

func TestImportOfClosedEvents(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*moderation.Event){
		"draft":  func(e *moderation.Event) { e.OpensAt = time.Now().Add(time.Hour) },
		"closed": func(e *moderation.Event) { e.Shut = true },
	} {
		m, _ := newImporter(t)
		if got, _, err := m.Import(t.Context(), event(change), []byte("text\nOne\n"), false, nothing); err != nil || got.Imported != 1 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestImportRefusesFiles(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"nothing": "", "only a mark": "\xEF\xBB\xBF", "no column text": "question,name\nOne,Ana\n", "only a header": "text,name\n",
		"a workbook": "PK\x03\x04aaaaaaaaaa", "zeros": "text\n\x00\x01\x02", "too many rows": "text\n" + strings.Repeat("a\n", importRows+1),
		"too large": "text\n" + strings.Repeat("a", ImportBytes),
	} {
		m, in := newImporter(t)
		_, _, err := m.Import(t.Context(), event(nil), []byte(file), false, nothing)
		problem, ok := errors.AsType[*moderation.Problem](err)
		if !ok || !errors.Is(err, moderation.ErrInvalid) || problem.Detail == "" || len(in.posts) != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestImportStoreFails(t *testing.T) {
	t.Parallel()
	m, in := newImporter(t)
	in.err = moderation.ErrUnavailable
	if _, _, err := m.Import(t.Context(), event(nil), []byte("text\nOne\n"), false, nothing); !errors.Is(err, moderation.ErrUnavailable) {
		t.Errorf("Import = %v", err)
	}
}

// TestImportAllTorn makes sure that a file of nothing but broken quotes is dealt with quickly.
func TestImportAllTorn(t *testing.T) {
	t.Parallel()
	m, _ := newImporter(t)
	file := "text,name\n" + strings.Repeat("\"a\" b\" c,Ana\n", 4000)
	got, _, err := m.Import(t.Context(), event(nil), []byte(file), false, nothing)
	if err != nil || got.Imported != 0 || len(got.Refused) != tornMost+1 {
		t.Errorf("Import = %d, %d refused, %v", got.Imported, len(got.Refused), err)
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 7, 2, 17, 6, 1, 0, time.UTC)
	minute, day := at.Truncate(time.Minute), time.Date(2026, 7, 1, 23, 0, 0, 0, time.UTC) // midnight in London
	e := event(nil)
	for in, want := range map[string]time.Time{
		"2026-07-02T17:06:01Z": at, "2026-07-02T18:06:01+01:00": at, "2026-07-02 17:06:01Z": at, "2026-07-02T18:06:01": at, "2026-07-02T18:06:01.000": at,
		"2026-07-02 18:06": minute, "2026-7-2 6:06 pm": minute, "2/7/2026 18:06": minute, "02/07/2026 18:06:01": at, "2.7.2026 18:06": minute, "02/07/26 18:06": minute,
		"2026/07/02 6:06:01 PM GMT": at.Add(time.Hour), "2026/07/02 6:06:01 pm GMT+1": at, "2026/07/02 6:06:01 pm GMT-5:30": at.Add(6*time.Hour + 30*time.Minute),
		"2 July 2026 18:06": minute, "2 jul 2026": day, "2026-07-02": day, "02/07/2026": day, "Thu, 02 Jul 2026 17:06:01 +0000": at, "Thu, 02 Jul 2026 17:06:01 GMT": at,
	} {
		c := clockOf(e, []row{{postedAt: in}})
		if got, ok := c.parse(in); !ok || !got.Equal(want) {
			t.Errorf("%q = %v, %v; want %v", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "soon", "31/31/2026", "1", "0001-01-01T00:00:00Z", "2026-13-01"} {
		if got, ok := (clock{zone: time.UTC}).parse(in); ok {
			t.Errorf("%q = %v, want nothing", in, got)
		}
	}
	c := clockOf(e, []row{{postedAt: "1/2/2026"}, {postedAt: "11/20/2026 18:06:01"}, {}})
	if got, ok := c.parse("1/2/2026"); !ok || got.Month() != time.January {
		t.Errorf("in a file with the month first: %v", got)
	}
}

func FuzzImport(f *testing.F) {
	f.Add([]byte("text,name,kind,url,posted_at\nWho?,Ana,question,https://a.example,2026-11-20\n"))
	f.Add([]byte("sep=;\n\"te\"xt;\"\n\"\"\"\n;;\n"))
	f.Add(utf16File("text\tname\na\tb\n", binary.BigEndian, true))
	f.Add([]byte("text\r\r\"\r\n\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		m, in := newImporter(t)
		e := event(long)
		got, ids, err := m.Import(t.Context(), e, file, false, nothing)
		if err != nil {
			if !errors.Is(err, moderation.ErrInvalid) || len(in.posts) > 0 {
				t.Fatalf("Import = %v with %d stored", err, len(in.posts))
			}
			return
		}
		if got.Imported != len(in.posts) || len(ids) != got.Imported {
			t.Errorf("%d imported, %d stored, %d ids", got.Imported, len(in.posts), len(ids))
		}
		last := 1
		for _, r := range got.Refused {
			if r.Line < last || r.Detail == "" {
				t.Errorf("refused line %d after %d: %q", r.Line, last, r.Detail)
			}
			last = r.Line
		}
		for _, p := range in.posts {
			if p.Text == "" || text.Length(p.Text) > e.MaxLength || len(p.Text) > ingest.TextBytes || !utf8.ValidString(p.Text+p.Author.Name) || p.Author.Account == "" {
				t.Errorf("stored %+q by %+q", p.Text, p.Author.Name)
			}
		}
		again, _, err := m.Import(t.Context(), e, file, false, nothing)
		if err != nil || again.Imported != 0 || again.Known != got.Imported+got.Known {
			t.Errorf("the second time: %+v, %v; the first time %+v", again, err, got)
		}
	})
}
