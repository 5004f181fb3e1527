package ui

import (
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/openfloor/openfloor/moderation/text"
	"rsc.io/qr"
)

// TestSizes reads the table that jstest/size.test.js reads too.
func TestSizes(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("jstest/testdata/sizes.json")
	if err != nil {
		t.Fatal(err)
	}
	var table struct {
		Sizes []struct {
			Length int
			Class  string
			Long   bool
		}
		Lengths []struct {
			Text   string
			Length int
		}
		Shown []struct {
			Repeat string
			Times  int
			More   bool
			Length int
		}
		Tags []struct{ Source, Text, Shown string }
	}
	if err := json.Unmarshal(b, &table); err != nil {
		t.Fatal(err)
	}
	if len(table.Sizes) < 12 || len(table.Lengths) < 6 || len(table.Shown) < 4 || len(table.Tags) < 7 {
		t.Fatal("the table has lost cases")
	}
	for _, c := range table.Sizes {
		if got := SizeOf(c.Length); got != (Size{c.Class, c.Long}) {
			t.Errorf("SizeOf(%d) = %+v, want %s, %v", c.Length, got, c.Class, c.Long)
		}
	}
	for _, c := range table.Lengths {
		if got := text.Length(c.Text); got != c.Length {
			t.Errorf("Length(%q) = %d, want %d", c.Text, got, c.Length)
		}
	}
	for _, c := range table.Tags {
		if got := WithoutTags(c.Source, c.Text); got != c.Shown {
			t.Errorf("WithoutTags(%q) = %q, want %q", c.Text, got, c.Shown)
		}
	}
	for _, c := range table.Shown {
		shown, more := ScreenText(strings.Repeat(c.Repeat, c.Times))
		if got := text.Length(shown); got != c.Length || more != c.More {
			t.Errorf("ScreenText(%q times %d): %d characters, %v, want %d, %v", c.Repeat, c.Times, got, more, c.Length, c.More)
		}
	}
}

// TestQR reads the drawing back, module by module.
func TestQR(t *testing.T) {
	t.Parallel()
	const address = "https://ask.example/smw"
	svg := string(QR(address, `QR code for "ask.example/smw" <b>`))
	if !strings.Contains(svg, `aria-label="QR code for &#34;ask.example/smw&#34; &lt;b&gt;"`) {
		t.Errorf("label is not escaped: %.120s", svg)
	}
	code, err := qr.Encode(address, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	if want := `viewBox="-4 -4 ` + strconv.Itoa(code.Size+8) + ` ` + strconv.Itoa(code.Size+8) + `"`; !strings.Contains(svg, want) {
		t.Errorf("no quiet zone of four modules: want %s in %.80s", want, svg)
	}
	dark := map[[2]int]bool{}
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)`).FindAllStringSubmatch(svg, -1) {
		x, _ := strconv.Atoi(m[1])
		y, _ := strconv.Atoi(m[2])
		w, _ := strconv.Atoi(m[3])
		if m[3] != m[4] {
			t.Fatalf("the run %s is not closed", m[0])
		}
		for i := range w {
			dark[[2]int{x + i, y}] = true
		}
	}
	for y := range code.Size {
		for x := range code.Size {
			if dark[[2]int{x, y}] != code.Black(x, y) {
				t.Fatalf("module %d, %d is drawn %v", x, y, dark[[2]int{x, y}])
			}
		}
	}
	if got := QR(strings.Repeat("x", 5000), "x"); got != "" {
		t.Errorf("a text that fits no code gives %d bytes, want none", len(got))
	}
}

func TestStripClass(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ join, tag, want string }{
		{"https://ask.example/smw", "SMWWhoLeads", "floor--s"},
		{"http://127.0.0.1:8080/smwwholeads", "SMWWhoLeads", "floor--l"},
		{"https://questions.council.example/annual-general-meeting", "AnnualGeneralMeeting", "floor--xl"},
	} {
		if got := (EventView{JoinURL: c.join, Hashtag: c.tag}).StripClass(); got != c.want {
			t.Errorf("%s #%s: %s, want %s", c.join, c.tag, got, c.want)
		}
	}
}
