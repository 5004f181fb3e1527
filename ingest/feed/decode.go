package feed

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	xunicode "golang.org/x/text/encoding/unicode"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation/text"
)

// Limits of what is taken from a document.
const (
	itemsMost = 500 // items, the first in the document; readers keep as many
	partBytes = 256 << 10
)

// What is wrong with a document.
var (
	errNoFeed = errors.New("the answer is no feed; check the address")
	errBroken = errors.New("the feed is broken in the middle")
)

// item is one entry of a document, as words.
type item struct {
	guid, link   string // as the publisher has them; link is absolute
	title, body  string // plain text
	author       string
	authorURL    string
	tags         []string
	lang         string
	posted, made time.Time // published, and updated; zero: not told
}

// decode reads a document, whose own address is base. With errBroken it returns the items before the fault.
func decode(body []byte, base *url.URL) ([]item, error) {
	body = bytes.TrimSpace(toUTF8(body))
	if bytes.HasPrefix(body, []byte("{")) {
		return decodeJSON(body, base)
	}
	return decodeXML(body, base)
}

// toUTF8 returns a document as UTF-8 without what XML cannot hold.
func toUTF8(b []byte) []byte {
	var dec *encoding.Decoder
	switch {
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE}), bytes.HasPrefix(b, []byte{0xFE, 0xFF}):
		dec = xunicode.UTF16(xunicode.LittleEndian, xunicode.UseBOM).NewDecoder()
	case bytes.HasPrefix(b, []byte("<?xml")):
		head, _, _ := bytes.Cut(b[:min(len(b), 200)], []byte("?>"))
		_, name, _ := bytes.Cut(bytes.ToLower(head), []byte("encoding="))
		if c := charsets[strings.Trim(string(bytes.TrimSpace(name)), `"' `)]; c != nil {
			dec = c.NewDecoder()
		}
	}
	if dec == nil && !utf8.Valid(b) && bytes.Count(b, []byte{0xC3}) == 0 {
		dec = charmap.Windows1252.NewDecoder() // says UTF-8 and is not
	}
	if dec != nil {
		if out, err := dec.Bytes(b); err == nil {
			b = out
		}
	}
	b = bytes.ToValidUTF8(bytes.TrimPrefix(b, []byte{0xEF, 0xBB, 0xBF}), []byte("\uFFFD"))
	return bytes.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, b)
}

var charsets = map[string]encoding.Encoding{
	"iso-8859-1": charmap.Windows1252, "latin1": charmap.Windows1252, "us-ascii": charmap.Windows1252, "windows-1252": charmap.Windows1252,
	"iso-8859-2": charmap.ISO8859_2, "windows-1250": charmap.Windows1250, "iso-8859-5": charmap.ISO8859_5, "windows-1251": charmap.Windows1251,
	"koi8-r": charmap.KOI8R, "iso-8859-7": charmap.ISO8859_7, "windows-1253": charmap.Windows1253, "iso-8859-9": charmap.ISO8859_9,
	"windows-1254": charmap.Windows1254, "iso-8859-15": charmap.ISO8859_15, "windows-1256": charmap.Windows1256, "iso-8859-14": charmap.ISO8859_14,
}

// Namespaces whose elements are the feed's own, beside none.
var own = map[string]bool{"": true, "http://www.w3.org/2005/Atom": true, "http://purl.org/rss/1.0/": true, "http://my.netscape.com/rdf/simple/0.9/": true,
	"http://channel.netscape.com/rdf/simple/0.9/": true, "http://backend.userland.com/rss2": true, "http://purl.org/atom/ns#": true}

const (
	dublinCore = "http://purl.org/dc/elements/1.1/"
	contentNS  = "http://purl.org/rss/1.0/modules/content/"
)

// element is a child of an item, of whatever kind.
type element struct {
	XMLName xml.Name
	Type    string `xml:"type,attr"`
	Href    string `xml:"href,attr"`
	Rel     string `xml:"rel,attr"`
	Term    string `xml:"term,attr"`
	Plain   string `xml:"isPermaLink,attr"`
	Name    string `xml:"name"`
	URI     string `xml:"uri"`
	Inner   string `xml:",innerxml"`
	Text    string `xml:",chardata"`
}

func decodeXML(body []byte, base *url.URL) ([]item, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	d.Strict, d.Entity = false, xml.HTMLEntity
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is UTF-8 by now
	var out []item
	feed, lang := false, ""
	for len(out) < itemsMost {
		t, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return out, broken(feed)
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		switch name := start.Name.Local; {
		case !feed && name != "rss" && name != "RDF" && name != "feed":
			return nil, errNoFeed
		case !feed:
			feed = true
			lang = attrOf(start, "lang")
		case name == "language" && own[start.Name.Space]:
			var e element
			if d.DecodeElement(&e, &start) != nil {
				return out, broken(feed)
			}
			lang = cmp.Or(strings.TrimSpace(e.Text), lang)
		case (name == "item" || name == "entry") && own[start.Name.Space]:
			var raw struct {
				Elements []element `xml:",any"`
			}
			if d.DecodeElement(&raw, &start) != nil {
				return out, broken(feed)
			}
			it := itemOf(raw.Elements, name == "entry", base)
			it.lang = cmp.Or(attrOf(start, "lang"), lang)
			out = append(out, it)
		}
	}
	if !feed {
		return nil, errNoFeed
	}
	return out, nil
}

func broken(feed bool) error {
	if feed {
		return errBroken
	}
	return errNoFeed
}

func attrOf(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// itemOf makes an item of an RSS item's or an Atom entry's elements. The first of each counts.
func itemOf(elements []element, atom bool, base *url.URL) item {
	var it item
	var summary, content, permalink string
	set := func(to *string, value string) {
		if *to == "" {
			*to = strings.TrimSpace(value)
		}
	}
	for _, e := range elements {
		name := e.XMLName.Local
		switch space := e.XMLName.Space; {
		case space == dublinCore && name == "creator":
			set(&it.author, plain(e.Text))
		case space == dublinCore && name == "date" && it.posted.IsZero():
			it.posted = date(e.Text)
		case space == contentNS && name == "encoded":
			set(&content, words(e, false))
		case !own[space]:
			continue
		case name == "guid":
			set(&it.guid, e.Text)
			if !strings.EqualFold(e.Plain, "false") {
				set(&permalink, e.Text)
			}
		case name == "id":
			set(&it.guid, e.Text)
		case name == "link":
			if e.Href == "" {
				set(&it.link, e.Text)
			} else if e.Rel == "" || e.Rel == "alternate" {
				set(&it.link, e.Href)
			}
		case name == "title":
			set(&it.title, words(e, atom))
		case name == "description", name == "summary":
			set(&summary, words(e, atom))
		case name == "content":
			set(&content, words(e, atom))
		case name == "author":
			set(&it.author, plain(cmp.Or(e.Name, address(e.Text))))
			set(&it.authorURL, e.URI)
		case name == "category":
			it.tags = append(it.tags, strings.TrimSpace(cmp.Or(e.Term, e.Text)))
		case name == "pubDate", name == "published", name == "issued":
			it.posted = date(e.Text)
		case name == "updated", name == "modified":
			it.made = date(e.Text)
		}
	}
	it.body = cmp.Or(summary, content)
	it.link = absolute(base, it.link)
	if it.link == "" {
		it.link = ingest.WebAddress(permalink)
	}
	return it
}

// words returns the text of an element: of Atom as its type says, of RSS as HTML, which plain text mostly is too.
func words(e element, atom bool) string {
	switch kind := strings.ToLower(e.Type); {
	case atom && (kind == "xhtml" || strings.Contains(kind, "xml")):
		return ingest.CleanHTML(ingest.CutBytes(e.Inner, partBytes))
	case atom && kind != "html" && kind != "text/html":
		return plain(e.Text)
	case strings.TrimSpace(e.Text) == "" && strings.Contains(e.Inner, "<"): // markup that nobody escaped
		return ingest.CleanHTML(ingest.CutBytes(e.Inner, partBytes))
	}
	return ingest.CleanHTML(ingest.CutBytes(e.Text, partBytes))
}

func plain(s string) string { return text.Normalise(ingest.CutBytes(s, ingest.TextBytes)) }

// address returns the name of an RSS author, which is "ana@a.example (Ana)": an e-mail address is nobody's name.
func address(s string) string {
	if before, name, ok := strings.Cut(strings.TrimSuffix(strings.TrimSpace(s), ")"), "("); ok && strings.Contains(before, "@") {
		return name
	}
	if strings.Contains(s, "@") {
		return ""
	}
	return s
}

// absolute returns link as seen from base, "" where it leads nowhere.
func absolute(base *url.URL, link string) string {
	if link == "" {
		return ""
	}
	u, err := base.Parse(link)
	if err != nil {
		return ""
	}
	return ingest.WebAddress(u.String())
}

// dates are what publishers write, the right forms first (RFC 822 as RFC 2822 has it, RFC 3339).
var dates = []string{time.RFC1123Z, time.RFC3339, "Mon, 2 Jan 2006 15:04:05 MST", "Mon, 2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 MST",
	"Mon, 2 Jan 2006 15:04 -0700", "Mon, 2 Jan 2006 15:04 MST", "Mon, 2 Jan 06 15:04:05 -0700", "Mon, 2 Jan 06 15:04:05 MST", "2 Jan 06 15:04 -0700", "2 Jan 06 15:04 MST",
	"Mon, 2 January 2006 15:04:05 -0700", "Mon, 2 January 2006 15:04:05 MST", "2006-01-02T15:04:05-0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05 -0700",
	"2006-01-02 15:04:05", "2006-01-02", time.ANSIC}

// zones of RFC 822 section 5.1, and London's, whose names time.Parse does not know by themselves.
var zones = strings.NewReplacer(" BST", " +0100", " EST", " -0500", " EDT", " -0400", " CST", " -0600", " CDT", " -0500", " MST", " -0700", " MDT", " -0600", " PST", " -0800",
	" PDT", " -0700", " CEST", " +0200", " CET", " +0100", " UT", " +0000", " Z", " +0000", " GMT", " +0000", " UTC", " +0000")

// date reads a date; zero where it is none.
func date(s string) time.Time {
	s = zones.Replace(strings.Join(strings.Fields(s), " ") + " ")
	s = strings.TrimSpace(s)
	if day, rest, ok := strings.Cut(s, ", "); ok && len(day) != 3 { // "Friday, 20 Nov 2026 …", or in another language
		s = rest
	}
	for _, layout := range dates {
		for _, l := range []string{layout, strings.TrimPrefix(layout, "Mon, ")} {
			if t, err := time.Parse(l, s); err == nil && t.Year() >= 1970 && t.Year() < 10_000 {
				return t.UTC()
			}
		}
	}
	return time.Time{}
}

func decodeJSON(body []byte, base *url.URL) ([]item, error) {
	var doc struct {
		Version  string            `json:"version"`
		Language string            `json:"language"`
		Items    []json.RawMessage `json:"items"`
	}
	if json.Unmarshal(body, &doc) != nil || !strings.Contains(doc.Version, "jsonfeed.org") {
		return nil, errNoFeed
	}
	type author struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	}
	var out []item
	for _, raw := range doc.Items[:min(len(doc.Items), itemsMost)] {
		var j struct {
			ID        json.RawMessage `json:"id"` // a string; some send numbers
			URL       string          `json:"url"`
			Title     string          `json:"title"`
			HTML      string          `json:"content_html"`
			Text      string          `json:"content_text"`
			Summary   string          `json:"summary"`
			Published string          `json:"date_published"`
			Modified  string          `json:"date_modified"`
			Author    author          `json:"author"`
			Authors   []author        `json:"authors"`
			Tags      []string        `json:"tags"`
			Language  string          `json:"language"`
		}
		if json.Unmarshal(raw, &j) != nil {
			out = append(out, item{}) // counted as skipped
			continue
		}
		it := item{guid: strings.Trim(string(j.ID), `"`), link: absolute(base, j.URL), title: plain(j.Title), tags: j.Tags,
			lang: cmp.Or(j.Language, doc.Language), posted: date(j.Published), made: date(j.Modified)}
		var id string
		if json.Unmarshal(j.ID, &id) == nil {
			it.guid = id
		}
		if it.body = plain(j.Summary); it.body == "" {
			it.body = plain(j.Text)
		}
		if it.body == "" {
			it.body = ingest.CleanHTML(ingest.CutBytes(j.HTML, partBytes))
		}
		who := j.Author
		if len(j.Authors) > 0 {
			who = j.Authors[0]
		}
		it.author, it.authorURL = plain(who.Name), who.URL
		out = append(out, it)
	}
	return out, nil
}

// words returns what an item says: its title, and what the body says beyond it.
func (it item) words() string {
	title, body := strings.TrimSpace(it.title), strings.TrimSpace(it.body)
	bare := strings.TrimRight(title, "….: ")
	switch {
	case title == "" || bare != "" && strings.HasPrefix(body, bare):
		return body
	case body == "":
		return title
	}
	return title + "\n\n" + body
}
