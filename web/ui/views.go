package ui

import (
	"strconv"
	"strings"
	"time"

	"github.com/openfloor/openfloor/moderation/text"
)

// EventView is an event as pages show it.
type EventView struct {
	Slug  string
	Title string
	Mode  string // panel or chat
	State string // draft, open or closed

	// Hashtag is the first one, without #; empty: none.
	Hashtag string
	// Zone is where the event takes place; nil: UTC. All clocks of its pages are in it.
	Zone *time.Location
	// OpensAt is shown while the event is not open yet.
	OpensAt  time.Time
	StartsAt *time.Time
	EndsAt   *time.Time

	MaxLength     int  // of a submission, in grapheme clusters; 0: 500
	Consent       bool // asked for
	ConsentText   string
	RetentionDays int

	// JoinURL is the short address of the attendee's page, with its scheme: what the screen and the QR code show.
	JoinURL string
	// Reasons are offered for a rejection.
	Reasons []string
}

// Path returns /e/SLUG and what follows it.
func (e EventView) Path(rest ...string) string { return "/e/" + e.Slug + strings.Join(rest, "") }

// Max returns the longest submission, in grapheme clusters.
func (e EventView) Max() int {
	if e.MaxLength <= 0 {
		return 500
	}
	return e.MaxLength
}

// Join returns the join address as people type it: without its scheme.
func (e EventView) Join() string {
	for _, scheme := range []string{"https://", "http://"} {
		if rest, ok := strings.CutPrefix(e.JoinURL, scheme); ok {
			return strings.TrimSuffix(rest, "/")
		}
	}
	return e.JoinURL
}

// StripClass says how big the join address and the hashtag may be for both to fit the screen's strip whole.
func (e EventView) StripClass() string {
	switch n := text.Length(e.Join()) + text.Length(e.Hashtag); {
	case n <= 27:
		return "floor--s"
	case n <= 36:
		return "floor--m"
	case n <= 50:
		return "floor--l"
	}
	return "floor--xl"
}

// ZoneName is the IANA name of the event's zone, for scripts.
func (e EventView) ZoneName() string { return e.zone().String() }

func (e EventView) zone() *time.Location {
	if e.Zone == nil {
		return time.UTC
	}
	return e.Zone
}

// Clock returns the time of day at the event, "19:12"; empty for the zero time.
func (e EventView) Clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(e.zone()).Format("15:04")
}

// Day returns the date at the event, "Monday 30 November".
func (e EventView) Day(t time.Time) string { return t.In(e.zone()).Format("Monday 2 January") }

// When says when the event takes place, "Monday 30 November, 18:30 to 20:00"; empty where no start is known.
func (e EventView) When() string {
	if e.StartsAt == nil {
		return ""
	}
	from := e.StartsAt.In(e.zone())
	s := e.Day(from) + ", " + from.Format("15:04")
	if e.EndsAt == nil {
		return s
	}
	to := e.EndsAt.In(e.zone())
	if from.YearDay() == to.YearDay() && from.Year() == to.Year() {
		return s + " to " + to.Format("15:04")
	}
	return s + " to " + e.Day(to) + ", " + to.Format("15:04")
}

// ItemView is a submission as pages show it.
type ItemView struct {
	ID    string
	Rev   uint64
	Rank  string
	State string // approved, live, answered; elsewhere any
	Kind  string // question, story or answer
	Text  string
	Lang  string // BCP 47; empty: unknown

	AuthorName string // empty: none given
	Handle     string
	AuthorURL  string // profile page on the network
	Avatar     string // path of our own copy of the author's picture; empty: none
	Source     string // form, x, mastodon, bluesky, feed, webhook, import, desk
	// SourceLabel is the name to show instead of the source's own, such as a feed's title.
	SourceLabel string
	URL         string // permalink, http(s) only

	PostedAt   time.Time
	AnsweredAt *time.Time
	Zone       *time.Location // of the event; nil: UTC

	// Named says that there is no room for the card of a post on X, which is only named.
	Named bool

	Votes int
	Voted bool   // the reader's vote is among them
	Note  string // to the chair, and shown to nobody else; empty: none
}

// VoteWords says how many voted: "1 vote", "57 votes".
func (i ItemView) VoteWords() string {
	if i.Votes == 1 {
		return "1 vote"
	}
	return strconv.Itoa(i.Votes) + " votes"
}

// Story reports whether it is told rather than asked.
func (i ItemView) Story() bool { return i.Kind == "story" }

// X reports whether it is a post on X, which is shown as X's own card.
func (i ItemView) X() bool { return i.Source == "x" }

// Said is the text where the item is no card; a card says it itself.
func (i ItemView) Said() string {
	if i.X() {
		return ""
	}
	return i.Text
}

// AtName is the handle as X shows it; empty: not known.
func (i ItemView) AtName() string {
	if i.Handle == "" {
		return ""
	}
	return "@" + strings.TrimPrefix(i.Handle, "@")
}

// Initial stands where a card has no picture.
func (i ItemView) Initial() string {
	first, _ := text.Clip(strings.ToUpper(i.AuthorName), 1)
	return first
}

// Posted is when it was posted, as a card says it: "18:07, 20 November 2026"; empty for the zero time. It must agree
// with posted in static/js/lib/xcard.js.
func (i ItemView) Posted() string {
	if i.PostedAt.IsZero() {
		return ""
	}
	return i.PostedAt.In(EventView{Zone: i.Zone}.zone()).Format("15:04, 2 January 2006")
}

// By says who asked: the name, else the handle, else "Anonymous".
func (i ItemView) By() string {
	switch {
	case i.AuthorName != "":
		return i.AuthorName
	case i.Handle != "":
		return "@" + strings.TrimPrefix(i.Handle, "@")
	}
	return "Anonymous"
}

// Src returns where it came from.
func (i ItemView) Src() SourceView {
	s := sourceOf(i.Source)
	if i.SourceLabel != "" {
		s.Word = i.SourceLabel
	}
	return s
}

// SourceView is a source's glyph and word.
type SourceView struct {
	Glyph string // web, room, x, mastodon, bluesky or in: the icon's name and the class's
	Word  string
}

// sourceOf must agree with SOURCES in static/js/lib/dom.js.
func sourceOf(source string) SourceView {
	switch source {
	case "form":
		return SourceView{"web", "Web form"}
	case "desk":
		return SourceView{"room", "In the room"}
	case "x":
		return SourceView{"x", "X"}
	case "mastodon":
		return SourceView{"mastodon", "Mastodon"}
	case "bluesky":
		return SourceView{"bluesky", "Bluesky"}
	}
	return SourceView{"in", "Brought in"}
}

// StageView is what the room looks at.
type StageView struct {
	Rev   uint64
	Now   string // id
	Next  string // id
	Since *time.Time
	Blank bool
	Mode  string // live, join or hold; empty: live
}

// CountsView are an event's numbers.
type CountsView struct {
	Approved int // live included
	Answered int
	Received int
}

// MineView is one of the reader's own submissions.
type MineView struct {
	ID     string
	Kind   string
	Text   string
	Lang   string
	Status string // its state; a merged one is "merged"
	Joined string // state of what a merged one was merged into, where that is public
	Other  string // and its text
	Sent   string // its words as they were sent, where a moderator has edited them
	Place  int    // in the queue, from 1; 0: not in it
	Reason string // why it was not used
	// Receipt is the address of its private page.
	Receipt  string
	PostedAt time.Time
}

// Words says what became of it, in words for its sender. They must agree with statusWords in static/js/attend.js.
func (m MineView) Words() string {
	switch m.Status {
	case "approved":
		if m.Place > 0 {
			return "In the queue, " + ordinal(m.Place)
		}
		if m.Kind == "story" {
			return "Among the stories"
		}
		return "In the queue"
	case "live":
		return "Now"
	case "answered":
		return "Answered"
	case "rejected":
		if m.Reason != "" {
			return "Not used: " + lowerFirst(reasonWords(m.Reason))
		}
		return "Not used"
	case "withdrawn", "erased":
		return "Taken back"
	case "merged":
		if m.Joined != "" {
			return "Joined with another: " + lowerFirst(MineView{Status: m.Joined}.Words())
		}
		return "Joined with another"
	}
	return "Waiting for a moderator"
}

// Tone is the colour of its tag, Icon its icon: both repeat the words.
func (m MineView) Tone() string {
	switch m.Status {
	case "approved", "answered":
		return "go"
	case "live":
		return "lamp"
	case "rejected", "withdrawn", "erased", "merged":
		return "off"
	}
	return "wait"
}

// Icon is the name of the icon that repeats Words.
func (m MineView) Icon() string {
	switch m.Status {
	case "approved":
		return "list"
	case "live", "answered":
		return "check"
	case "rejected", "withdrawn", "erased":
		return "cross"
	case "merged":
		return "list"
	}
	return "clock"
}

// reasonWords turns the machine's own reasons into words; a person's reason stays as it is.
func reasonWords(reason string) string {
	switch reason {
	case "blocked":
		return "the moderators take nothing more from this sender"
	case "flagged":
		return "it needs a second look"
	}
	return reason
}

func lowerFirst(s string) string {
	r := []rune(s)
	if len(r) > 1 && 'A' <= r[0] && r[0] <= 'Z' && 'a' <= r[1] && r[1] <= 'z' {
		r[0] += 'a' - 'A'
	}
	return string(r)
}

// ordinal returns 1st, 2nd, 3rd, 4th, 11th, 21st.
func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}
