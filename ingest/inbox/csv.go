package inbox

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	xunicode "golang.org/x/text/encoding/unicode"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
)

// tornMost is how many lines with broken quotes are looked at one by one.
const tornMost = 100

// row is one line of a table, as it was read.
type row struct {
	line                            int    // where it begins, from 1
	text, name, kind, url, postedAt string // of the columns of these names
	fault                           string // why it could not be read; empty: it was
}

// notTable is what is wrong with a file as a whole.
func notTable(detail string) error { return moderation.Invalid("file", detail) }

// readRows reads a CSV of any usual dialect. An error is a *moderation.Problem about the whole file.
func readRows(file []byte) ([]row, error) {
	if len(file) > ImportBytes {
		return nil, notTable(fmt.Sprintf("The file has more than %d MiB. Divide it.", ImportBytes>>20))
	}
	body, err := decodeText(file)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(body, "\n") { // of an old Mac
		body = strings.ReplaceAll(body, "\r", "\n")
	}
	line, comma := 1, rune(0)
	if first, rest, ok := strings.Cut(body, "\n"); ok { // Excel's own hint
		if sep, hint := strings.CutPrefix(strings.TrimSpace(strings.ToLower(first)), "sep="); hint && utf8.RuneCountInString(sep) <= 1 {
			body, line = rest, 2
			if comma, _ = utf8.DecodeRuneInString(sep); sep == "" {
				comma = '\t' // it was trimmed off
			}
		}
	}
	if strings.TrimSpace(body) == "" {
		return nil, notTable("The file is empty. Its first line names the columns: text, and perhaps name, kind, url, posted_at.")
	}
	columns, comma, err := readHeader(body, comma)
	if err != nil {
		return nil, err
	}
	rows := (&sheet{body: body, line: line, comma: comma}).rows(columns)
	if len(rows) == 0 {
		return nil, notTable("There is nothing below the first line.")
	}
	if len(rows) > importRows {
		return nil, notTable(fmt.Sprintf("The file has %d rows; %d at once are the most. Divide it.", len(rows), importRows))
	}
	return rows, nil
}

// decodeText returns the file as UTF-8, without a mark at its beginning.
func decodeText(file []byte) (string, error) {
	var dec *encoding.Decoder
	switch {
	case bytes.HasPrefix(file, []byte{0xEF, 0xBB, 0xBF}):
		file = file[3:]
	case bytes.HasPrefix(file, []byte{0xFF, 0xFE}), bytes.HasPrefix(file, []byte{0xFE, 0xFF}):
		dec = xunicode.UTF16(xunicode.LittleEndian, xunicode.UseBOM).NewDecoder()
	case len(file) >= 4 && file[0] != 0 && file[1] == 0 && file[3] == 0: // the header is in Latin letters
		dec = xunicode.UTF16(xunicode.LittleEndian, xunicode.IgnoreBOM).NewDecoder()
	case len(file) >= 4 && file[0] == 0 && file[1] != 0 && file[2] == 0:
		dec = xunicode.UTF16(xunicode.BigEndian, xunicode.IgnoreBOM).NewDecoder()
	case !utf8.Valid(file):
		dec = charmap.Windows1252.NewDecoder()
	}
	if dec != nil {
		var err error
		if file, err = dec.Bytes(file); err != nil {
			return "", notTable("The file's characters cannot be read. Save it as CSV UTF-8.")
		}
	}
	if bytes.IndexByte(file, 0) >= 0 || bytes.HasPrefix(file, []byte("PK\x03\x04")) {
		return "", notTable("This is not a text file. Save the table as CSV, and import that.")
	}
	return string(file), nil
}

// Columns of an import.
const (
	columnText = iota
	columnName
	columnKind
	columnURL
	columnPostedAt
	columnsCount
)

var columnNames = map[string]int{"text": columnText, "name": columnName, "kind": columnKind, "url": columnURL, "postedat": columnPostedAt}

// foldColumn returns a column's name without case, spaces and the like.
func foldColumn(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// readHeader finds the separator, where none is given, by which the first line names most columns, and returns
// where each column stands (-1: nowhere).
func readHeader(body string, given rune) (columns [columnsCount]int, comma rune, err error) {
	best := 0
	for _, c := range []rune{',', ';', '\t', '|'} {
		if given != 0 && c != given {
			continue
		}
		r := csv.NewReader(strings.NewReader(body))
		r.Comma, r.LazyQuotes, r.FieldsPerRecord = c, true, -1
		fields, err := r.Read()
		if err != nil {
			continue
		}
		at := [columnsCount]int{-1, -1, -1, -1, -1}
		found := 0
		for i, f := range fields {
			if n, ok := columnNames[foldColumn(f)]; ok && at[n] < 0 {
				at[n] = i
				found++
			}
		}
		if found > best && at[columnText] >= 0 {
			best, columns, comma = found, at, c
		}
	}
	if best == 0 {
		return columns, 0, notTable("The first line names no column text. Name the columns there: text, and perhaps name, kind, url, posted_at, with commas, semicolons or tabs between them.")
	}
	return columns, comma, nil
}

// sheet reads the lines of a file one after the other. A line whose quotes do not match costs itself, not all that
// comes after it.
type sheet struct {
	body  string // from the header on
	line  int    // of the file, at which body begins
	comma rune
	torn  int
}

func (t *sheet) rows(columns [columnsCount]int) []row {
	var out []row
	header := true
	add := func(line int, fields []string, fault string) {
		if header {
			header = false
			return
		}
		if fault == "" && strings.TrimSpace(strings.Join(fields, "")) == "" {
			return // an empty line at the end of a sheet
		}
		r := row{line: line, fault: fault}
		for i, to := range []*string{&r.text, &r.name, &r.kind, &r.url, &r.postedAt} {
			if at := columns[i]; at >= 0 && at < len(fields) {
				*to = fields[at]
			}
		}
		out = append(out, r)
	}
	for t.body != "" && len(out) <= importRows {
		read, torn := t.run(add)
		if !torn {
			break
		}
		t.skip(read)
		if t.torn++; t.torn > tornMost {
			add(t.line, nil, "From here on the quotes do not match. Write a quote within a text twice, and import the file again.")
			break
		}
		// The line by itself, its quotes as they stand.
		physical, _, _ := strings.Cut(t.body, "\n")
		fields, fault := t.loose(physical), ""
		if fields == nil {
			fault = "Its quotes do not match. Write a quote within a text twice, and put one at each end."
		}
		add(t.line, fields, fault)
		t.skip(len(physical))
	}
	return out
}

// run reads rows until the end or until one is torn, and returns how many bytes the whole ones took.
func (t *sheet) run(add func(int, []string, string)) (read int, torn bool) {
	r := csv.NewReader(strings.NewReader(t.body))
	r.Comma, r.FieldsPerRecord = t.comma, -1
	for {
		fields, err := r.Read()
		if _, broken := errors.AsType[*csv.ParseError](err); broken {
			return read, true
		}
		if err != nil {
			return len(t.body), false // io.EOF: there is nothing else that a string can fail with
		}
		begins, _ := r.FieldPos(0)
		for _, f := range fields {
			if len(f) > 2*ingest.TextBytes { // a quote that was never closed, and another one much later
				return read, true
			}
		}
		read = int(r.InputOffset())
		add(t.line+begins-1, fields, "")
	}
}

// loose reads one physical line with quotes that do not match; nil: it does not make sense like that either.
func (t *sheet) loose(line string) []string {
	r := csv.NewReader(strings.NewReader(line))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = t.comma, true, -1
	fields, err := r.Read()
	if err != nil || strings.HasPrefix(strings.TrimSpace(line), `"`) && strings.Count(line, `"`)%2 == 1 {
		return nil
	}
	return fields
}

// skip moves on by n bytes, and over the line ends that follow.
func (t *sheet) skip(n int) {
	for n < len(t.body) && (t.body[n] == '\n' || t.body[n] == '\r') {
		n++
	}
	t.line += strings.Count(t.body[:n], "\n")
	t.body = t.body[n:]
}
