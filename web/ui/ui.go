package ui

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

//go:embed templates
var templateFiles embed.FS

// pages holds one parsed set per page: its own file with every partial and the frame. A fault in any of them is a
// fault of the program, so it panics at start and not when somebody asks for the page.
var pages = parse(templateFiles)

// pageNames lists every page; parse looks that each has its template, and no template is without its page.
var pageNames = []string{"home", "attend", "receipt", "screen", "moderate", "chair", "join", "connectx", "sources", "error"}

func parse(files fs.FS) map[string]*template.Template {
	common := template.New("").Funcs(template.FuncMap{
		"asset":     AssetPath,
		"icon":      icon,
		"glyph":     glyph,
		"sprite":    sprite,
		"qr":        QR,
		"iso":       iso,
		"shown":     shown,
		"screen":    func(s string) string { t, _ := ScreenText(s); return t },
		"more":      func(s string) bool { _, more := ScreenText(s); return more },
		"list":      func(v ...any) []any { return v },
		"add":       func(a, b int) int { return a + b },
		"even":      func(n int) bool { return n%2 == 0 },
		"item":      func(e EventView, i ItemView) itemData { return itemData{e, i} },
		"blank":     func() ItemView { return ItemView{} },
		"emptyMine": func() MineView { return MineView{} },
		"emptySent": func() SentView { return SentView{} },
		"limit":     func(n int, items []ItemView) []ItemView { return items[:min(n, len(items))] },
		"rest":      func(n int, items []ItemView) []ItemView { return items[min(n, len(items)):] },
	})
	template.Must(common.ParseFS(files, "templates/base/*.tmpl", "templates/parts/*.tmpl"))
	sets := map[string]*template.Template{}
	for _, name := range pageNames {
		set := template.Must(common.Clone())
		template.Must(set.ParseFS(files, path.Join("templates/pages", name+".tmpl")))
		sets[name] = set
	}
	if found, _ := fs.Glob(files, "templates/pages/*.tmpl"); len(found) != len(pageNames) {
		panic(fmt.Sprintf("ui: %d page templates for %d pages", len(found), len(pageNames)))
	}
	return sets
}

// itemData is what the partials that draw an item get.
type itemData struct {
	Event EventView
	Item  ItemView
}

// Render writes the page to w. Nothing is written where the template fails. It is safe for concurrent use.
func Render(w io.Writer, p Page) error {
	var b bytes.Buffer
	if err := pages[p.template()].ExecuteTemplate(&b, "page", p); err != nil {
		return fmt.Errorf("render page %s: %w", p.template(), err)
	}
	_, err := b.WriteTo(w)
	return err
}

// Write answers with the page, as HTML that nobody may store, with this status. Where the page cannot be rendered
// it writes nothing and returns the error.
func Write(w http.ResponseWriter, status int, p Page) error {
	var b bytes.Buffer
	if err := Render(&b, p); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	_, err := b.WriteTo(w)
	return err
}

func iso(t any) string {
	switch t := t.(type) {
	case time.Time:
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	case *time.Time:
		if t != nil {
			return iso(*t)
		}
	}
	return ""
}

// shown is an address as people read it: without its scheme.
func shown(url string) string { return EventView{JoinURL: url}.Join() }

func itoa(n int) string { return strconv.Itoa(n) }

// icon draws one of our icons, hidden from assistive technology: a word stands beside it, always.
func icon(name string, class ...string) template.HTML {
	if _, ok := icons["i-"+name]; !ok {
		panic("ui: no icon " + name)
	}
	return template.HTML(`<svg class="` + strings.Join(append([]string{"i"}, class...), " ") +
		`" width="20" height="20" aria-hidden="true"><use href="#i-` + name + `"/></svg>`) // #nosec: names from templates
}

// glyph draws a source's tile.
func glyph(name string) template.HTML {
	if _, ok := icons["s-"+name]; !ok {
		panic("ui: no glyph " + name)
	}
	return template.HTML(`<svg class="src__g" width="22" height="22" aria-hidden="true"><use href="#s-` + name + `"/></svg>`)
}

// sprite defines the icons that a page uses; "sources" stands for the tiles of all sources.
func sprite(names ...string) template.HTML {
	var b strings.Builder
	b.WriteString(`<svg class="sprite" width="0" height="0" aria-hidden="true">`)
	add := func(id string) {
		body, ok := icons[id]
		if !ok {
			panic("ui: no icon " + id)
		}
		fmt.Fprintf(&b, `<symbol id="%s" viewBox="0 0 24 24">%s</symbol>`, id, body)
	}
	for _, n := range names {
		if n != "sources" {
			add(n)
			continue
		}
		for _, s := range []string{"web", "room", "x", "mastodon", "bluesky", "in"} {
			add("s-" + s)
		}
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) // #nosec: constants
}
