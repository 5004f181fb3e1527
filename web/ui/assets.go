package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base32"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
)

//go:embed static
var staticFiles embed.FS

// asset is one file as it is served.
type asset struct {
	kind   string // Content-Type
	body   []byte
	packed []byte // the same, gzipped; nil where that makes it no smaller
}

var assets, assetsHash = load(staticFiles)

// AssetsPath is where AssetsHandler belongs: /assets/HASH/. The hash is over the names and contents of all files, so
// that the address changes with any of them and relative imports between scripts keep working.
func AssetsPath() string { return "/assets/" + assetsHash + "/" }

// AssetPath returns the address of a file such as css/attend.css. A name that is not there is a fault of the program:
// it panics.
func AssetPath(name string) string {
	if _, ok := assets[name]; !ok {
		panic("ui: no asset " + name)
	}
	return AssetsPath() + name
}

// load reads every file, packs it and hashes the whole.
func load(files fs.FS) (map[string]asset, string) {
	all := map[string]asset{}
	sum := sha256.New()
	err := fs.WalkDir(files, "static", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !served(p) {
			return err
		}
		body, err := fs.ReadFile(files, p)
		if err != nil {
			return err
		}
		kind, err := kindOf(p)
		if err != nil {
			return err
		}
		if ext := path.Ext(p); ext == ".js" || ext == ".css" {
			body = lean(body)
			if ext == ".css" {
				body = tight(body)
			}
		}
		name := strings.TrimPrefix(p, "static/")
		fmt.Fprintf(sum, "%s\x00%d\x00", name, len(body))
		sum.Write(body)
		all[name] = asset{kind: kind, body: body, packed: pack(body)}
		return nil
	})
	if err != nil {
		panic("ui: read assets: " + err.Error())
	}
	hash := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum.Sum(nil))
	return all, strings.ToLower(hash[:16])
}

// served leaves out what only the type checker reads.
func served(p string) bool { return !strings.HasSuffix(p, ".d.ts") }

// typeNote is a type for the checker, beside code. No string of ours has anything of the kind.
var typeNote = regexp.MustCompile(`/\*\* @type \{[^*]*\} \*/ ?`)

// around is white space that says nothing in a style sheet: beside brackets, semicolons and commas, and after the colon
// of a declaration. No string of ours has anything of the kind (TestTightSheets looks), and no selector a colon before
// white space.
var around = regexp.MustCompile(`\s*([{};])\s*|([,:])\s+`)

// tight drops from a lean style sheet what around finds, and the semicolon before a closing bracket.
func tight(sheet []byte) []byte {
	return bytes.ReplaceAll(around.ReplaceAll(sheet, []byte("$1$2")), []byte(";}"), []byte("}"))
}

// lean drops what a browser does not read: indentation, empty lines, comments that have lines to themselves, and
// types beside code. Any other comment stays, and nothing else is touched. It holds for sources in which no string
// or template goes over several lines (TestLeanSources looks).
func lean(source []byte) []byte {
	var b bytes.Buffer
	inside := false // a block comment that began on a line of its own
	for line := range strings.Lines(string(source)) {
		line = strings.TrimSpace(line)
		if inside {
			_, after, ended := strings.Cut(line, "*/")
			if !ended {
				continue
			}
			inside, line = false, strings.TrimSpace(after)
		}
		for strings.HasPrefix(line, "/*") {
			_, after, ended := strings.Cut(line[2:], "*/")
			if !ended {
				inside, line = true, ""
				break
			}
			line = strings.TrimSpace(after)
		}
		if line == "" || strings.HasPrefix(line, "//") {
			continue
		}
		b.WriteString(typeNote.ReplaceAllString(line, ""))
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func kindOf(p string) (string, error) {
	switch ext := path.Ext(p); ext {
	case ".css":
		return "text/css; charset=utf-8", nil
	case ".js":
		return "text/javascript; charset=utf-8", nil
	case ".svg":
		return "image/svg+xml", nil
	case ".woff2":
		return "font/woff2", nil
	case ".txt":
		return "text/plain; charset=utf-8", nil
	default:
		return "", fmt.Errorf("%s: no type for %q", p, ext)
	}
}

func pack(body []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid, and a Buffer takes everything
	z.Write(body)
	z.Close()
	if b.Len() >= len(body) {
		return nil
	}
	return b.Bytes()
}

// AssetsHandler serves the files under AssetsPath, to be kept for ever. Any other path, that of another version
// included, is 404 and not to be kept. It wants the whole path, not a stripped one.
func AssetsHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		// What protects a page says nothing about a file, and on six of them it would be a quarter of what an attendee
		// first loads. An SVG can be opened as a page: that one keeps its policy.
		for _, name := range []string{"Permissions-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "X-Frame-Options", "Referrer-Policy", "X-Request-Id"} {
			h.Del(name)
		}
		if strings.HasSuffix(r.URL.Path, ".svg") {
			h.Set("Content-Security-Policy", "default-src 'none'")
		} else {
			h.Del("Content-Security-Policy")
		}
		name, ok := strings.CutPrefix(r.URL.Path, AssetsPath())
		a, found := assets[name]
		if !ok || !found {
			h.Set("Cache-Control", "no-store")
			http.Error(w, "There is no such file. Reload the page that wanted it.", http.StatusNotFound)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "Files can only be read.", http.StatusMethodNotAllowed)
			return
		}
		body := a.body
		h.Set("Content-Type", a.kind)
		h.Set("Cache-Control", "max-age=31536000, immutable")
		if a.packed != nil {
			h.Set("Vary", "Accept-Encoding")
			if takesGzip(r.Header.Values("Accept-Encoding")) {
				h.Set("Content-Encoding", "gzip")
				body = a.packed
			}
		}
		h.Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(http.StatusOK)
		if r.Method == http.MethodGet {
			w.Write(body)
		}
	})
}

// takesGzip reads Accept-Encoding (RFC 9110, section 12.5.3) as far as gzip goes: named or matched by *, and not
// with a weight of zero.
func takesGzip(values []string) bool {
	takes := false
	for _, part := range strings.Split(strings.Join(values, ","), ",") {
		coding, params, _ := strings.Cut(part, ";")
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip", "x-gzip":
			return !zeroWeight(params)
		case "*":
			takes = !zeroWeight(params)
		}
	}
	return takes
}

func zeroWeight(params string) bool {
	for _, p := range strings.Split(params, ";") {
		if q, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(p)), "q="); ok {
			w, err := strconv.ParseFloat(q, 64)
			return err == nil && w == 0
		}
	}
	return false
}
