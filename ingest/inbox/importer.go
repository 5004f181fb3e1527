package inbox

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/text"
)

// What an import may bring. Each row is stored for good before the next, so more would take too long for one request.
const (
	ImportBytes = 4 << 20 // of the file
	importRows  = 5000
)

// Importer takes submissions that were gathered before, as CSV. It is safe for concurrent use.
type Importer struct {
	intake Intake
}

// NewImporter returns an Importer that stores in intake.
func NewImporter(intake Intake) (*Importer, error) {
	if intake == nil {
		return nil, errors.New("importer: an intake is needed")
	}
	return &Importer{intake: intake}, nil
}

// Imported says what became of a file; of a preview, what would.
type Imported struct {
	Imported int            `json:"imported"` // rows stored
	Known    int            `json:"known"`    // rows that are there already, erased ones included
	Refused  []RefusedLine  `json:"refused"`
	Lines    []ImportedLine `json:"lines,omitempty"` // each row in its order; of a preview only
}

// RefusedLine is a row that cannot be taken.
type RefusedLine struct {
	Line   int    `json:"line"`   // of the file, from 1; where the row begins
	Detail string `json:"detail"` // what to do about it
}

// ImportedLine is what will become of a row.
type ImportedLine struct {
	Line    int    `json:"line"`
	Outcome string `json:"outcome"` // imported, known or refused
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Text    string `json:"text"`
}

// Import reads file, a CSV of any usual dialect and encoding whose first line names the columns: text, and where
// there are any name, kind, url and posted_at, in any order and case. It stores its rows in their order, in events
// of every state, or with preview says what it would do. Known reports whether the event has a submission with
// this id, or with this address where that is not empty. An error is a *moderation.Problem of kind ErrInvalid
// about the whole file, before anything was stored, or the intake's; the rows before it are stored then, and the
// same file can be imported again.
func (m *Importer) Import(ctx context.Context, e moderation.Event, file []byte, preview bool, known func(id, address string) bool) (Imported, []string, error) {
	out := Imported{Refused: []RefusedLine{}}
	var ids []string
	rows, err := readRows(file)
	if err != nil {
		return out, nil, err
	}
	now := time.Now()
	clock := clockOf(e, rows)
	seen := map[string]bool{} // in this file
	for _, r := range rows {
		post, fault := r.post(e, clock, now)
		outcome := ""
		switch {
		case fault != "":
			outcome = "refused"
			out.Refused = append(out.Refused, RefusedLine{r.line, fault})
		case seen[post.ID()] || known(post.ID(), post.URL):
			outcome = "known"
			out.Known++
		case preview:
			outcome = "imported"
			out.Imported++
		default:
			duplicate, err := m.intake.Submit(ctx, post)
			switch {
			case errors.Is(err, moderation.ErrInvalid):
				out.Refused = append(out.Refused, RefusedLine{r.line, "It is too large. Shorten it."})
			case err != nil:
				return out, ids, fmt.Errorf("import line %d: %w", r.line, err)
			case duplicate:
				out.Known++
			default:
				out.Imported++
				ids = append(ids, post.ID())
			}
		}
		if fault == "" {
			seen[post.ID()] = true
		}
		if preview {
			out.Lines = append(out.Lines, ImportedLine{r.line, outcome, string(post.Kind), post.Author.Name, post.Text})
		}
	}
	return out, ids, nil
}

// post makes a post of a row, or says why it cannot be one.
func (r row) post(e moderation.Event, c clock, now time.Time) (moderation.Post, string) {
	p := moderation.Post{Event: e.Slug, Source: moderation.FromImport, Text: Clean(r.text), Kind: moderation.Kind(strings.ToLower(strings.TrimSpace(r.kind))),
		Author: moderation.PostAuthor{Name: text.Name(strings.Join(strings.Fields(r.name), " "))}, PostedAt: now}
	if r.fault != "" {
		return p, r.fault
	}
	most := e.MaxLength
	if most <= 0 {
		most = defaultLength
	}
	switch n := text.Length(p.Text); {
	case n == 0:
		return p, "There is no text in it. Fill in the column text, or delete the line."
	case n > most:
		return p, fmt.Sprintf("The text has %d characters. Shorten it to %d, or let the event allow more.", n, most)
	case len(p.Text) > ingest.TextBytes:
		return p, "The text is too long. Shorten it."
	}
	if detail := kind(e.Mode, &p.Kind); detail != "" {
		return p, "The kind fits no submission of this event. " + detail
	}
	if address := strings.TrimSpace(r.url); address != "" {
		if p.URL = ingest.WebAddress(address); p.URL == "" {
			return p, "The url is not an address such as https://social.example/@ana/1. Correct it, or leave it empty."
		}
	}
	at := ""
	if given := strings.TrimSpace(r.postedAt); given != "" {
		t, ok := c.parse(given)
		if !ok {
			return p, "The posted_at is not a time that we can read. Write it as in 2026-11-30T18:30:00Z, or leave it empty."
		}
		p.PostedAt, at = t, t.UTC().Format(time.RFC3339)
	}
	p.Key = importKey(p.URL, p.Text, p.Author.Name, at)
	p.Author.Account = authorOf(p)
	p, err := ingest.Tidy(p, now)
	if err != nil {
		return p, "There is nothing in it to show. Fill in the column text, or delete the line."
	}
	return p, ""
}

// importKey is the stable key of a row: its address where it has one, else a hash of text, name and time.
func importKey(address, body, name, at string) string {
	if u, err := url.Parse(address); err == nil && address != "" {
		u.Host = strings.ToLower(u.Host)
		return "import:" + u.String()
	}
	sum := sha256.Sum256([]byte(body + "\x00" + name + "\x00" + at))
	return "import:" + hex.EncodeToString(sum[:16])
}

// clock reads the times of one file.
type clock struct {
	zone       *time.Location // of times that name none
	monthFirst bool           // 11/30/2026 rather than 30/11/2026
}

// Times as people and their programs write them; those without a zone in capitals, and with a dash in their dates.
var (
	zonedTimes = []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02T15:04:05-0700",
		time.RFC1123Z, time.RFC822Z, time.RubyDate}
	plainTimes = []string{"2006-1-2T15:04:05", "2006-1-2T15:04", "2006-1-2 15:04:05", "2006-1-2 15:04", "2006-1-2 3:04:05 PM", "2006-1-2 3:04 PM", "2006-1-2",
		"2 January 2006 15:04", "2 January 2006", "2 Jan 2006 15:04", "2 Jan 2006", "Mon 2 Jan 2006 15:04:05"}
	timesOfDay = []string{"", " 15:04", " 15:04:05", " 3:04 PM", " 3:04:05 PM"}
	offset     = regexp.MustCompile(` (?:GMT|UTC)(?:([+-]\d{1,2})(?::?(\d\d))?)?$`)
)

// clockOf finds out how the times of a file are written. In which order day and month stand is a matter of the
// whole file: day first, unless only the other way every row can be read.
func clockOf(e moderation.Event, rows []row) clock {
	c := clock{zone: time.UTC}
	if zone, err := time.LoadLocation(e.Zone); err == nil && e.Zone != "" {
		c.zone = zone
	}
	other := c
	other.monthFirst = true
	faults := func(c clock) (n int) {
		for _, r := range rows {
			if given := strings.TrimSpace(r.postedAt); given != "" {
				if _, ok := c.parse(given); !ok {
					n++
				}
			}
		}
		return n
	}
	if n := faults(c); n > 0 && faults(other) < n {
		return other
	}
	return c
}

func (c clock) parse(s string) (time.Time, bool) {
	for _, layout := range zonedTimes {
		if t, err := time.Parse(layout, s); err == nil {
			return usable(t)
		}
	}
	s = strings.ToUpper(strings.Join(strings.Fields(s), " "))
	zone := c.zone
	if m := offset.FindStringSubmatch(s); m != nil {
		hours, _ := strconv.Atoi(cmp.Or(m[1], "0"))
		minutes, _ := strconv.Atoi(cmp.Or(m[2], "0"))
		if strings.HasPrefix(m[1], "-") {
			minutes = -minutes
		}
		s, zone = strings.TrimSuffix(s, m[0]), time.FixedZone("", hours*3600+minutes*60)
	}
	date, rest, _ := strings.Cut(strings.Replace(s, ", ", " ", 1), " ")
	if !strings.Contains(date, ":") {
		date = strings.NewReplacer("/", "-", ".", "-").Replace(date)
	}
	s = strings.TrimSpace(date + " " + rest)
	layouts := slices.Clone(plainTimes)
	for _, year := range []string{"2006", "06"} {
		day := "2-1-" + year
		if c.monthFirst {
			day = "1-2-" + year
		}
		for _, t := range timesOfDay {
			layouts = append(layouts, day+t)
		}
	}
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return usable(t)
		}
	}
	return time.Time{}, false
}

// usable refuses years that JSON cannot hold or that nobody means.
func usable(t time.Time) (time.Time, bool) { return t, t.Year() >= 1970 && t.Year() < 10_000 }
