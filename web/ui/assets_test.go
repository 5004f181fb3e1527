package ui

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func TestAssetsHandler(t *testing.T) {
	t.Parallel()
	h := AssetsHandler()
	get := func(method, path, accept string) *http.Response {
		r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
		if accept != "" {
			r.Header.Set("Accept-Encoding", accept)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result()
	}
	for _, c := range []struct {
		name, method, path, accept string
		status                     int
		kind, encoding, cache      string
	}{
		{"style", "GET", AssetPath("css/attend.css"), "gzip, br", 200, "text/css; charset=utf-8", "gzip", "max-age=31536000, immutable"},
		{"script, no gzip", "GET", AssetPath("js/attend.js"), "", 200, "text/javascript; charset=utf-8", "", "max-age=31536000, immutable"},
		{"script, gzip refused", "GET", AssetPath("js/attend.js"), "gzip;q=0, *", 200, "text/javascript; charset=utf-8", "", "max-age=31536000, immutable"},
		{"font is not packed twice", "GET", AssetPath("fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2"), "gzip", 200, "font/woff2", "", "max-age=31536000, immutable"},
		{"icon, head", "HEAD", AssetPath("icon.svg"), "gzip", 200, "image/svg+xml", "gzip", "max-age=31536000, immutable"},
		{"another version", "GET", "/assets/0123456789abcdef/css/attend.css", "gzip", 404, "text/plain; charset=utf-8", "", "no-store"},
		{"no such file", "GET", AssetsPath() + "css/none.css", "gzip", 404, "text/plain; charset=utf-8", "", "no-store"},
		{"types are not served", "GET", AssetsPath() + "js/types.d.ts", "gzip", 404, "text/plain; charset=utf-8", "", "no-store"},
		{"folder", "GET", AssetsPath(), "gzip", 404, "text/plain; charset=utf-8", "", "no-store"},
		{"post", "POST", AssetPath("icon.svg"), "", 405, "text/plain; charset=utf-8", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			res := get(c.method, c.path, c.accept)
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			h := res.Header
			if res.StatusCode != c.status || h.Get("Content-Type") != c.kind || h.Get("Content-Encoding") != c.encoding || h.Get("Cache-Control") != c.cache {
				t.Fatalf("got %d, %v", res.StatusCode, h)
			}
			if c.status != 200 {
				return
			}
			if c.method == "HEAD" {
				if len(body) != 0 {
					t.Errorf("HEAD has a body of %d bytes", len(body))
				}
				return
			}
			if c.encoding == "gzip" {
				z, err := gzip.NewReader(bytes.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				if body, err = io.ReadAll(z); err != nil {
					t.Fatal(err)
				}
			}
			if want := assets[strings.TrimPrefix(c.path, AssetsPath())].body; !bytes.Equal(body, want) {
				t.Errorf("got %d bytes, want the %d of the file", len(body), len(want))
			}
		})
	}
}

// TestLoadHash: one hash over the whole, so that it changes with any file and relative imports hold.
func TestLoadHash(t *testing.T) {
	t.Parallel()
	base := fstest.MapFS{"static/a.js": {Data: []byte("a()")}, "static/b.css": {Data: []byte("b{}")}}
	_, was := load(base)
	for name, other := range map[string]fstest.MapFS{
		"changed": {"static/a.js": {Data: []byte("x()")}, "static/b.css": {Data: []byte("b{}")}},
		"renamed": {"static/c.js": {Data: []byte("a()")}, "static/b.css": {Data: []byte("b{}")}},
		"more":    {"static/a.js": {Data: []byte("a()")}, "static/b.css": {Data: []byte("b{}")}, "static/c.js": {Data: nil}},
	} {
		if _, is := load(other); is == was {
			t.Errorf("%s: the hash stayed %s", name, is)
		}
	}
	if _, again := load(base); again != was {
		t.Errorf("equal files give %s and %s", was, again)
	}
}

func TestLean(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"comment lines":      {"// a\n/* b */\n/**\n * c\n */\nx();\n", "x();\n"},
		"types beside code":  {"f(/** @type {A | B} */ (x), /** @type {(s: string) => void} */ (y)); /* c */\n", "f((x), (y)); /* c */\n"},
		"beside code":        {"x(); // a\ny(); /* b */ z();\n", "x(); // a\ny(); /* b */ z();\n"},
		"code after":         {"/** @type {T} */ (x).y = 1;\n", "(x).y = 1;\n"},
		"code after block":   {"/* a\n b */ x();\n", "x();\n"},
		"several on a line":  {"/* a */ /* b */\nx();", "x();\n"},
		"in a string":        {"x(\"// no\");\ny('/* no */');\n", "x(\"// no\");\ny('/* no */');\n"},
		"indent and empty":   {"  a {\n\n    b: c;\n  }\n", "a {\nb: c;\n}\n"},
		"regular expression": {`x = y.replace(/^https?:\/\//, "");`, `x = y.replace(/^https?:\/\//, "");` + "\n"},
		"url":                {"@import url(//x);\n", "@import url(//x);\n"},
	} {
		if got := string(lean([]byte(c.in))); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// TestLeanSources: what lean may do rests on no string or template going over several lines.
func TestLeanSources(t *testing.T) {
	t.Parallel()
	err := fs.WalkDir(staticFiles, "static", func(p string, d fs.DirEntry, err error) error {
		if ext := path.Ext(p); err != nil || d.IsDir() || ext != ".js" && ext != ".css" {
			return err
		}
		source, err := fs.ReadFile(staticFiles, p)
		for n, line := range strings.Split(string(source), "\n") {
			if strings.Count(line, "`")%2 != 0 || strings.HasSuffix(line, `\`) {
				t.Errorf("%s:%d: a string over several lines", p, n+1)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTightSheets: what tight may do rests on no string in a style sheet having white space beside what it looks for.
func TestTightSheets(t *testing.T) {
	t.Parallel()
	if got, want := string(tight([]byte("a:hover, b {\nc: d, e;\nf: calc(1px + 2px); }\n@media (x: y) { a { b: \"\"; } }\n"))), `a:hover,b{c:d,e;f:calc(1px + 2px)}@media (x:y){a{b:""}}`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	quoted := regexp.MustCompile(`"[^"\n]*"|'[^'\n]*'`)
	err := fs.WalkDir(staticFiles, "static/css", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		source, err := fs.ReadFile(staticFiles, p)
		for _, s := range quoted.FindAll(lean(source), -1) {
			if !bytes.Equal(tight(s), s) {
				t.Errorf("%s: %s would be another string", p, s)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSourcesKeepThePolicy looks for what the content policy would refuse when it happens.
func TestSourcesKeepThePolicy(t *testing.T) {
	t.Parallel()
	for name, a := range assets {
		for _, bad := range map[string][]string{
			".js":  {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval(", "new Function", ".style.", ".style =", `setAttribute("style"`, "new Worker", "http://", "//cdn"},
			".css": {"data:", "http:", "https:", "@import", "expression("},
		}[path.Ext(name)] {
			if bytes.Contains(a.body, []byte(bad)) {
				t.Errorf("%s has %q", name, bad)
			}
		}
	}
}
