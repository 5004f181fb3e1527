package ingest

import (
	"strings"

	"golang.org/x/net/html"

	"github.com/openfloor/openfloor/moderation/text"
)

// Limits of what CleanHTML reads.
const (
	htmlBytes  = 256 << 10
	htmlTokens = 20_000
)

// CleanHTML returns the words of a post that its network delivers as HTML: paragraphs with an empty line
// between them, <br> as a line end, hashtags and mentions as they read, a link as its whole address (its words
// are kept where they say something else), what the author's server hides or shortens for show left out or
// ended by "…", entities decoded once. Nothing in the result is markup, whatever it looks like; it went through
// text.Normalise and is of TextBytes at most. Broken markup gives what can be made of it.
func CleanHTML(s string) string {
	c := cleaner{z: html.NewTokenizer(strings.NewReader(CutBytes(s, htmlBytes)))}
	for range htmlTokens {
		if c.z.Next() == html.ErrorToken || c.out.Len() > 2*TextBytes {
			break
		}
		c.token(c.z.Token())
	}
	c.closeLink()
	return CutBytes(text.Normalise(CutBytes(c.out.String(), TextBytes)), TextBytes)
}

// cleaner turns tokens into text.
type cleaner struct {
	z     *html.Tokenizer
	out   strings.Builder
	space bool // a space is due before the next word
	lines int  // line ends that are due before the next word
	pre   int  // open <pre>
	skip  int  // open elements that hide what is in them, and those inside
	spans []span
	link  *link
}

// link is an open <a>. Its words are written once it is known what they are.
type link struct {
	href  string
	tag   bool   // a hashtag or mention
	words string // as shown
	whole string // with what is hidden, without "…"
}

// span is an open <span>.
type span struct{ hidden, ellipsis bool }

// raw holds the elements whose content is not text of the post.
var raw = map[string]bool{"script": true, "style": true, "template": true, "iframe": true, "noscript": true, "textarea": true,
	"title": true, "object": true, "svg": true, "math": true, "select": true, "noembed": true, "noframes": true, "xmp": true}

var blocks = map[string]bool{"p": true, "div": true, "blockquote": true, "ul": true, "ol": true, "pre": true, "h1": true, "h2": true,
	"h3": true, "h4": true, "h5": true, "h6": true, "hr": true, "table": true, "section": true, "article": true}

func (c *cleaner) token(t html.Token) {
	if c.skip > 0 {
		switch {
		case t.Type == html.StartTagToken && raw[t.Data]:
			c.skip++
		case t.Type == html.EndTagToken && raw[t.Data]:
			c.skip--
		}
		return
	}
	switch t.Type {
	case html.TextToken:
		c.text(t.Data)
	case html.StartTagToken, html.SelfClosingTagToken:
		c.start(t)
	case html.EndTagToken:
		c.end(t.Data)
	}
}

func (c *cleaner) start(t html.Token) {
	switch {
	case raw[t.Data]:
		if t.Type == html.StartTagToken {
			c.skip++
		}
	case t.Data == "br":
		c.breakLine(1, true)
	case t.Data == "li":
		c.breakLine(1, false)
		c.word("- ")
	case t.Data == "tr":
		c.breakLine(1, false)
	case t.Data == "td" || t.Data == "th":
		c.space = true
	case t.Data == "img":
		c.text(attr(t, "alt"))
	case t.Data == "a":
		c.closeLink()
		class := strings.Fields(attr(t, "class"))
		c.link = &link{href: WebAddress(attr(t, "href"))}
		for _, w := range class {
			c.link.tag = c.link.tag || w == "hashtag" || w == "mention"
		}
	case t.Data == "span" && t.Type == html.StartTagToken:
		class := " " + attr(t, "class") + " "
		c.spans = append(c.spans, span{strings.Contains(class, " invisible "), strings.Contains(class, " ellipsis ")})
	case blocks[t.Data]:
		c.closeLink()
		c.spans = c.spans[:0]
		c.breakLine(2, false)
		if t.Data == "pre" {
			c.pre++
		}
	}
}

func (c *cleaner) end(name string) {
	switch {
	case name == "a":
		c.closeLink()
	case name == "span":
		if n := len(c.spans); n > 0 {
			ellipsis := c.spans[n-1].ellipsis
			c.spans = c.spans[:n-1]
			if ellipsis && !c.hidden() {
				c.shorten()
			}
		}
	case blocks[name]:
		c.closeLink()
		c.spans = c.spans[:0]
		c.breakLine(2, false)
		if name == "pre" && c.pre > 0 {
			c.pre--
		}
	}
}

func (c *cleaner) hidden() bool {
	for _, s := range c.spans {
		if s.hidden {
			return true
		}
	}
	return false
}

// text takes the words of a text token.
func (c *cleaner) text(s string) {
	if c.link != nil {
		c.link.whole += s
		if !c.hidden() {
			c.link.words += s
		}
		return
	}
	if !c.hidden() {
		c.flow(s)
	}
}

// shorten marks that the words before it were cut for show.
func (c *cleaner) shorten() {
	if c.link != nil {
		c.link.words += "…"
		return
	}
	c.word("…")
}

// closeLink writes the link that is open: a tag or mention as it reads, a bare address in full, and both words
// and address where the words say something else, so that nobody is sent where they did not expect to go.
func (c *cleaner) closeLink() {
	l := c.link
	if l == nil {
		return
	}
	c.link = nil
	whole := strings.TrimSpace(l.whole)
	switch {
	case l.href == "" || l.tag || strings.HasPrefix(whole, "#") || strings.HasPrefix(whole, "@"):
		c.flow(l.words)
	case whole == "" || sameAddress(whole, l.href):
		c.flow(l.href)
	default:
		c.flow(l.words)
		c.flow(" (" + l.href + ")")
	}
}

// sameAddress reports whether shown is the address href, perhaps without its scheme and last slash.
func sameAddress(shown, href string) bool {
	bare := func(s string) string {
		s = strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://")
		return strings.TrimSuffix(s, "/")
	}
	shown = strings.ToValidUTF8(shown, "")
	return strings.EqualFold(bare(shown), bare(href)) || strings.EqualFold(bare(WebAddress("https://"+bare(shown))), bare(href))
}

// flow writes words with white space as HTML shows it: a run of it is one space, none begins a line.
func (c *cleaner) flow(s string) {
	if c.pre > 0 {
		c.word(s)
		return
	}
	for i, w := range strings.FieldsFunc(s, htmlSpace) {
		if i > 0 || htmlSpace(rune(s[0])) {
			c.space = true
		}
		c.word(w)
	}
	if s != "" && htmlSpace(rune(s[len(s)-1])) {
		c.space = true
	}
}

// word writes s after the line ends and the space that are due.
func (c *cleaner) word(s string) {
	if s == "" {
		return
	}
	switch {
	case c.out.Len() == 0:
	case c.lines > 0:
		c.out.WriteString("\n\n"[:c.lines])
	case c.space:
		c.out.WriteByte(' ')
	}
	c.space, c.lines = false, 0
	c.out.WriteString(s)
}

// breakLine makes n line ends due, n more than are already where more says so, two at most.
func (c *cleaner) breakLine(n int, more bool) {
	if c.link != nil {
		c.link.words += " "
		c.link.whole += " "
		return
	}
	if more {
		n += c.lines
	}
	c.lines = min(2, max(c.lines, n))
}

// htmlSpace reports whether HTML collapses r; a no-break space it does not.
func htmlSpace(r rune) bool { return r == ' ' || r == '\n' || r == '\t' || r == '\r' || r == '\f' }

func attr(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
