package fakenet

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// FeedFormat is a kind of document.
type FeedFormat string

// The formats: RSS 2.0 with escaped HTML as most write it, Atom (RFC 4287) with XHTML, and JSON Feed 1.1.
const (
	RSS      FeedFormat = "rss"
	Atom     FeedFormat = "atom"
	JSONFeed FeedFormat = "json"
)

// FeedConfig is how a Feed behaves. The zero value is RSS at feed.example.
type FeedConfig struct {
	Format FeedFormat    // empty: RSS
	Host   string        // empty: feed.example
	Window int           // items in the document, the newest; 0: 20
	MaxAge time.Duration // of Cache-Control; 0: none is sent
	Plain  bool          // no validators: every answer is whole
}

// FeedItem is one item. Empty fields are left out of the document.
type FeedItem struct {
	GUID, Link string // empty: made; "-": none
	Title      string // plain text
	Text       string // plain text, of several lines perhaps
	Author     string
	Tags       []string
	Posted     time.Time // zero: now
	NoDate     bool
}

// Feed is a document that a publisher changes. It is safe for concurrent use.
type Feed struct {
	config FeedConfig

	mu       sync.Mutex // guards what follows
	items    []FeedItem // oldest first
	edits    map[int]time.Time
	changed  time.Time
	version  int
	faults   []Fault
	moved    string
	requests int // all
	whole    int // answered with a document
}

// NewFeed returns an empty feed.
func NewFeed(c FeedConfig) *Feed {
	if c.Format == "" {
		c.Format = RSS
	}
	if c.Host == "" {
		c.Host = "feed.example"
	}
	if c.Window == 0 {
		c.Window = 20
	}
	return &Feed{config: c, edits: map[int]time.Time{}, changed: time.Now()}
}

// Publish adds an item and returns its number.
func (f *Feed) Publish(it FeedItem) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(f.items)
	fill := func(s *string, made string) {
		switch *s {
		case "":
			*s = made
		case "-":
			*s = ""
		}
	}
	fill(&it.GUID, fmt.Sprintf("https://%s/?p=%d", f.config.Host, n))
	fill(&it.Link, fmt.Sprintf("https://%s/%d", f.config.Host, n))
	if it.Posted.IsZero() {
		it.Posted = time.Now()
	}
	f.items = append(f.items, it)
	f.touch()
	return n
}

// Change lets change alter an item: its text, or its guid. Atom and JSON Feed tell when that was.
func (f *Feed) Change(n int, change func(*FeedItem)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.items[n])
	f.edits[n] = time.Now()
	f.touch()
}

// Drop takes everything out of the document.
func (f *Feed) Drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.items = nil
	f.touch()
}

// Move answers every request with a permanent redirect to location; empty: not any more.
func (f *Feed) Move(location string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.moved = location
}

// Misbehave makes the next requests go wrong, after those of the faults that were ordered before.
func (f *Feed) Misbehave(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(f.faults, faults...)
}

// Behave takes every fault back.
func (f *Feed) Behave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = nil
}

// Requests returns how many requests there were, and how many of them got the document.
func (f *Feed) Requests() (all, whole int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests, f.whole
}

func (f *Feed) touch() { f.version++; f.changed = time.Now() }

// ServeHTTP answers with the document, whatever the path.
func (f *Feed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.requests++
	var fault Fault
	if len(f.faults) > 0 {
		fault = f.faults[0]
		switch fault.Times {
		case 0:
		case 1:
			f.faults = f.faults[1:]
		default:
			f.faults[0].Times--
		}
	}
	moved, etag, changed := f.moved, fmt.Sprintf(`"v%d"`, f.version), f.changed
	body, kind := f.document(fault.Kind)
	f.mu.Unlock()

	if moved != "" && r.URL.String() != moved {
		http.Redirect(w, r, moved, http.StatusMovedPermanently)
		return
	}
	w.Header().Set("Content-Type", kind)
	if f.config.MaxAge > 0 {
		w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(f.config.MaxAge/time.Second)))
	}
	if fault.Kind != "" && f.misbehave(w, r, fault, body) {
		return
	}
	if !f.config.Plain {
		w.Header().Set("ETag", etag)
		w.Header().Set("Last-Modified", changed.UTC().Format(http.TimeFormat))
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	f.mu.Lock()
	f.whole++
	f.mu.Unlock()
	_, _ = w.Write(body)
}

// misbehave reports whether it has answered.
func (f *Feed) misbehave(w http.ResponseWriter, r *http.Request, fault Fault, body []byte) bool {
	chunk := bytes.Repeat([]byte(" "), 64<<10)
	switch fault.Kind {
	case FaultStatus, FaultTooMany:
		if fault.Retry > 0 {
			w.Header().Set("Retry-After", fmt.Sprint(fault.Retry))
		}
		status := fault.Status
		if fault.Kind == FaultTooMany {
			status = http.StatusTooManyRequests
		}
		http.Error(w, "The server was told to say so", status)
	case FaultHang:
		<-r.Context().Done()
	case FaultStall:
		flush(w, body[:len(body)/2])
		<-r.Context().Done()
	case FaultCut:
		w.Header().Set("Content-Length", fmt.Sprint(len(body)+100))
		flush(w, body[:len(body)/2])
		panic(http.ErrAbortHandler)
	case FaultTruncated:
		_, _ = w.Write(body[:len(body)/2])
	case FaultGarbage:
		_, _ = w.Write([]byte("\x00\xff\xfe{]]\"\x1f" + string(chunk[:100])))
	case FaultHTML:
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!DOCTYPE html><title>We will be back soon</title><p>Sorry"))
	case FaultHuge, FaultEndless:
		for i := 0; (fault.Kind == FaultEndless || i < 50<<20/len(chunk)) && r.Context().Err() == nil; i++ {
			if _, err := w.Write(chunk); err != nil {
				return true
			}
		}
	case FaultBomb:
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		for range 64 << 20 / len(chunk) {
			if _, err := z.Write(chunk); err != nil {
				return true
			}
		}
		_ = z.Close()
	case FaultRedirect:
		http.Redirect(w, r, fault.Location, http.StatusFound)
	default:
		return false // in the document itself, or not of this network
	}
	return true
}

// document writes the feed as it is now; the caller holds the lock.
func (f *Feed) document(fault FaultKind) (body []byte, contentType string) {
	first := max(0, len(f.items)-f.config.Window)
	order := make([]int, 0, len(f.items)-first)
	for n := len(f.items) - 1; n >= first; n-- {
		order = append(order, n)
	}
	if fault == FaultDoubled {
		order = append(order, order...)
		slices.SortFunc(order, func(a, b int) int { return (a*7919)%31 - (b*7919)%31 })
	}
	switch f.config.Format {
	case Atom:
		return f.atom(order, fault), "application/atom+xml; charset=utf-8"
	case JSONFeed:
		return f.json(order, fault), "application/feed+json"
	}
	return f.rss(order, fault), "application/rss+xml; charset=utf-8"
}

// escaped returns s for XML.
func escaped(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}

// paragraphs returns plain text as HTML.
func paragraphs(s string) string {
	var b strings.Builder
	for p := range strings.SplitSeq(s, "\n\n") {
		b.WriteString("<p>" + strings.ReplaceAll(escaped(p), "&#xA;", "<br/>") + "</p>")
	}
	return b.String()
}

// put writes an element unless it is empty.
func put(b *bytes.Buffer, name, attributes, inner string) {
	if inner != "" {
		fmt.Fprintf(b, "<%s%s>%s</%s>\n", name, attributes, inner, name)
	}
}

func (f *Feed) rss(order []int, fault FaultKind) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:media=\"http://search.yahoo.com/mrss/\">\n"+
		"<channel><title>Feed</title><link>https://%s/</link><description>All of it</description><language>en</language>\n", f.config.Host)
	if fault == FaultStrange {
		b.WriteString("<item/><item><title></title><guid>x</guid></item><media:item><title>not one</title></media:item><cloud domain=\"a\"/>\n")
	}
	for _, n := range order {
		it := f.items[n]
		b.WriteString("<item>\n")
		put(&b, "media:title", "", "Not the title")
		put(&b, "title", "", escaped(it.Title))
		put(&b, "guid", ` isPermaLink="false"`, escaped(it.GUID))
		put(&b, "link", "", escaped(it.Link))
		if !it.NoDate {
			put(&b, "pubDate", "", it.Posted.UTC().Format(time.RFC1123Z))
		}
		put(&b, "dc:creator", "", escaped(it.Author))
		for _, t := range it.Tags {
			put(&b, "category", "", escaped(t))
		}
		put(&b, "description", "", escaped(paragraphs(it.Text)))
		b.WriteString("</item>\n")
	}
	b.WriteString("</channel></rss>\n")
	return b.Bytes()
}

func (f *Feed) atom(order []int, fault FaultKind) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<?xml version=\"1.0\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\"><title>Feed</title><id>urn:feed</id><author><name>The feed</name></author><link rel=\"self\" href=\"https://%s/atom\"/>\n", f.config.Host)
	if fault == FaultStrange {
		b.WriteString("<entry/><entry><id>x</id><content type=\"image/png\">AAAA</content></entry><link/>\n")
	}
	for _, n := range order {
		it := f.items[n]
		b.WriteString("<entry>\n")
		put(&b, "id", "", escaped(it.GUID))
		put(&b, "title", "", escaped(it.Title))
		if it.Link != "" {
			fmt.Fprintf(&b, "<link rel=\"replies\" href=\"https://elsewhere.example/\"/><link href=%q/>\n", escaped(it.Link))
		}
		if !it.NoDate {
			put(&b, "published", "", it.Posted.UTC().Format(time.RFC3339))
		}
		if at, ok := f.edits[n]; ok {
			put(&b, "updated", "", at.UTC().Format(time.RFC3339))
		}
		if it.Author != "" {
			put(&b, "author", "", "<name>"+escaped(it.Author)+"</name>")
		}
		for _, t := range it.Tags {
			fmt.Fprintf(&b, "<category term=%q/>\n", escaped(t))
		}
		put(&b, "content", ` type="xhtml"`, `<div xmlns="http://www.w3.org/1999/xhtml">`+paragraphs(it.Text)+"</div>")
		b.WriteString("</entry>\n")
	}
	b.WriteString("</feed>\n")
	return b.Bytes()
}

func (f *Feed) json(order []int, fault FaultKind) []byte {
	items := []any{}
	if fault == FaultStrange {
		items = append(items, 7, nil, map[string]any{"id": 3}, map[string]any{"id": "4", "tags": "none"})
	}
	for _, n := range order {
		it := f.items[n]
		j := map[string]any{"content_text": it.Text, "tags": it.Tags}
		for name, v := range map[string]string{"id": it.GUID, "url": it.Link, "title": it.Title} {
			if v != "" {
				j[name] = v
			}
		}
		if !it.NoDate {
			j["date_published"] = it.Posted.UTC().Format(time.RFC3339Nano)
		}
		if at, ok := f.edits[n]; ok {
			j["date_modified"] = at.UTC().Format(time.RFC3339)
		}
		if it.Author != "" {
			j["authors"] = []any{map[string]any{"name": it.Author}}
		}
		items = append(items, j)
	}
	b, err := json.Marshal(map[string]any{"version": "https://jsonfeed.org/version/1.1", "title": "Feed", "language": "en", "items": items})
	if err != nil {
		panic("BUG: fakenet feed: " + err.Error()) // strings and lists of them
	}
	return b
}
