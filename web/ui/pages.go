package ui

import (
	"slices"
	"time"

	"github.com/openfloor/openfloor/moderation/text"
)

// Page is one of the page structs below, or a pointer to one.
type Page interface{ template() string }

// Base is what every page has. The zero value is a page in British English.
type Base struct {
	// Lang of the page's own words, BCP 47; empty: en-GB.
	Lang string
}

// Language returns the page's language.
func (b Base) Language() string {
	if b.Lang == "" {
		return "en-GB"
	}
	return b.Lang
}

// HomePage lists the open public events. For a member of an event's team it also leads to the team's pages.
type HomePage struct {
	Base
	Events []HomeEvent
	Name   string // who is signed in; empty: nobody
}

// HomeEvent is one event on the home page, with the pages that its reader may open.
type HomeEvent struct {
	Event                EventView
	Desk, Chair, Display bool // Display: the screen
	Organise             bool // its sources
	Connect              bool // an account on X
}

// Team reports whether there is any link to show beside the event's own.
func (h HomeEvent) Team() bool { return h.Desk || h.Chair || h.Display }

// AttendPage is the attendee's page: /e/SLUG. It is complete without JavaScript.
type AttendPage struct {
	Base
	Event    EventView
	At       time.Time // as of when
	Now      *ItemView
	Blank    bool       // nothing is on the screen by the chair's will: the page says so
	Queue    []ItemView // in order, without stories
	Stories  []ItemView // in order
	Answered []ItemView // newest first
	Mine     []MineView // newest first
	Counts   CountsView
	Form     AttendForm
	Sent     *SentView // just sent; nil: nothing
	// Seq and Epoch are what the page is as of, and Next the id of the one lined up: its script goes on from there
	// rather than ask for all of it again. An empty Epoch: it asks.
	Seq   uint64
	Epoch string
	Next  string
}

// AttendForm is the form as it was sent, or empty.
type AttendForm struct {
	Key     string // idempotency key of this form
	Text    string
	Name    string
	Kind    string // question or story; empty: question
	Anon    bool
	Consent bool
	// Errors are the bad fields, in page order: text, name, kind, consent.
	Errors []FieldError
	// Failed says why nothing could be sent although nothing is wrong with it; its words are kept.
	Failed string
}

// FieldError is one bad field, in words that say what to do.
type FieldError struct {
	Field string // text, name, kind or consent
	Text  string
}

// Error returns the words about a field; empty: nothing wrong.
func (f AttendForm) Error(field string) string {
	for _, e := range f.Errors {
		if e.Field == field {
			return e.Text
		}
	}
	return ""
}

// Bad reports whether the form comes back with something wrong.
func (f AttendForm) Bad() bool { return len(f.Errors) > 0 || f.Failed != "" }

// Story reports whether a story is being sent.
func (f AttendForm) Story() bool { return f.Kind == "story" }

// SentView says that something has been sent.
type SentView struct {
	Receipt string // address of its private page
}

// OnX reports whether any post on X is on the page, which then needs what draws it.
func (p AttendPage) OnX() bool {
	return p.Now != nil && p.Now.X() || slices.ContainsFunc(p.Queue, ItemView.X) || slices.ContainsFunc(p.Stories, ItemView.X) || slices.ContainsFunc(p.Answered, ItemView.X)
}

// ToCome is how many wait in the queue.
func (p AttendPage) ToCome() int { return len(p.Queue) }

// Open reports whether the event takes submissions.
func (p AttendPage) Open() bool { return p.Event.State == "open" }

// ReceiptPage is the private page of one submission: /r/TOKEN. Its forms post to the address it was read at.
type ReceiptPage struct {
	Base
	Event EventView
	Mine  MineView
	At    time.Time
	// CanWithdraw says that it can still be taken back.
	CanWithdraw bool
	// Withdraw is where to post that, such as /r/TOKEN/withdraw.
	Withdraw string
}

// ScreenPage is the projected screen: /e/SLUG/screen.
type ScreenPage struct {
	Base
	Event  EventView
	At     time.Time
	Stage  StageView
	Now    *ItemView
	Queue  []ItemView // in order, the one lined up first, which may be a story; the first four are drawn
	Counts CountsView
	Theme  string // dark (also when empty) or light
	Joined bool   // by a screen link: it says what it shows
	Scale  int    // of the picture, in percent: 70 to 100, in steps of 5; 0: 100. For projectors that cut the edges off
}

// ToCome is how many questions wait.
func (p ScreenPage) ToCome() int { return questions(p.Queue) }

// Joining reports whether the page is the invitation to take part.
func (p ScreenPage) Joining() bool { return !p.Stage.Blank && (p.Now == nil || p.Stage.Mode == "join") }

// Light reports whether the room's lights are on.
func (p ScreenPage) Light() bool { return p.Theme == "light" }

// ScaleClass is the class for Scale; empty for what is not one of the steps.
func (p ScreenPage) ScaleClass() string {
	switch p.Scale {
	case 70, 75, 80, 85, 90, 95:
		return "stage--scale-" + itoa(p.Scale)
	}
	return ""
}

// Size returns how to set the question.
func (p ScreenPage) Size() Size {
	if p.Now == nil {
		return Size{Class: "now--s"}
	}
	if p.Now.X() {
		return cardSize(p.Now.Text)
	}
	return SizeOf(text.Length(p.Now.Text))
}

// UpNext returns at most four of the queue, or one beside a long question. Posts on X that would not show whole are
// only named.
func (p ScreenPage) UpNext() []ItemView {
	n := 4
	if p.Size().Long {
		n = 1
	}
	queue := slices.Clone(p.Queue[:min(n, len(p.Queue))])
	for i := range queue {
		queue[i].Named = queue[i].X() && (n == 1 || text.Rows(queue[i].Text, nextCard) > 1)
	}
	return queue
}

// ModeratePage is the moderators' tablet: /e/SLUG/moderate. It draws the frame; its script fills it from the live
// stream's moderation view.
type ModeratePage struct {
	Base
	Event EventView
	Me    string // the reader's name
	At    time.Time
}

// Reasons are offered for a rejection; never nil, for the script that reads them.
func (p ModeratePage) Reasons() []string {
	if p.Event.Reasons == nil {
		return []string{}
	}
	return p.Event.Reasons
}

// ChairPage is the chair's tablet: /e/SLUG/chair. Its buttons post to /e/SLUG/chair without JavaScript.
type ChairPage struct {
	Base
	Event    EventView
	Me       string
	At       time.Time
	Stage    StageView
	Now      *ItemView
	Queue    []ItemView // in order, the one lined up first, which may be a story; the first three are drawn
	Stories  []ItemView // in order, without one that is lined up
	Counts   CountsView
	Previous string // id of what was on the screen before; empty: nothing to go back to
	Notice   string // what came of a post that could not be carried out

	Signal  *SignalView // the newest from the moderators that the chair has not answered; nil: none
	Signals int         // how many of them there are
	Told    *SignalView // the newest that the chair sent; nil: none
}

// SignalView is a short word between the moderators and the chair.
type SignalView struct {
	ID, Text string
	Seen     bool
}

// MoreSignals says how many wait behind the newest one; empty: none.
func (p ChairPage) MoreSignals() string {
	if p.Signals < 2 {
		return ""
	}
	return "and " + itoa(p.Signals-1) + " more before it"
}

// Later returns what comes after the first three of the queue.
func (p ChairPage) Later() []ItemView { return p.Queue[len(p.Three()):] }

// ToCome is how many questions wait.
func (p ChairPage) ToCome() int { return questions(p.Queue) }

// questions counts what is to come: no story.
func questions(queue []ItemView) (n int) {
	for _, i := range queue {
		if !i.Story() {
			n++
		}
	}
	return n
}

// Three returns the first three of the queue.
func (p ChairPage) Three() []ItemView { return p.Queue[:min(3, len(p.Queue))] }

// MinutesLeft until the end, rounded up; negative when it is over; 0, false where no end is known.
func (p ChairPage) MinutesLeft() (int, bool) {
	if p.Event.EndsAt == nil {
		return 0, false
	}
	d := p.Event.EndsAt.Sub(p.At)
	if d < 0 {
		return int(d/time.Minute) - 1, true
	}
	return int((d + time.Minute - 1) / time.Minute), true
}

// TimeLeft is the chair's big line: "48 min left", "Over by 3 min", "Starts at 18:30", or empty.
func (p ChairPage) TimeLeft() string {
	if p.Event.StartsAt != nil && p.At.Before(*p.Event.StartsAt) {
		if p.Event.Day(p.At) != p.Event.Day(*p.Event.StartsAt) {
			return "Starts " + p.Event.Day(*p.Event.StartsAt)
		}
		return "Starts at " + p.Event.Clock(*p.Event.StartsAt)
	}
	switch n, ok := p.MinutesLeft(); {
	case !ok:
		return ""
	case n < 0:
		return "Over by " + itoa(-n) + " min"
	default:
		return itoa(n) + " min left"
	}
}

// Gone is how many of how many minutes have passed; 0, 0 where start or end is not known.
func (p ChairPage) Gone() [2]int {
	if p.Event.StartsAt == nil || p.Event.EndsAt == nil || !p.Event.EndsAt.After(*p.Event.StartsAt) {
		return [2]int{}
	}
	whole := p.Event.EndsAt.Sub(*p.Event.StartsAt)
	gone := min(max(p.At.Sub(*p.Event.StartsAt), 0), whole)
	return [2]int{int(gone / time.Minute), int(whole / time.Minute)}
}

// Pace says how long each question may take: "about 7 min each"; empty where that says nothing.
func (p ChairPage) Pace() string {
	n, ok := p.MinutesLeft()
	if !ok || n <= 0 || p.ToCome() == 0 || p.Event.StartsAt != nil && p.At.Before(*p.Event.StartsAt) {
		return ""
	}
	if each := n / (p.ToCome() + 1); each > 0 {
		return "about " + itoa(each) + " min each"
	}
	return "less than a minute each"
}

// JoinPage shows what a link is for and a button that uses it; the form posts to the address it was read at.
type JoinPage struct {
	Base
	Event EventView // zero: the link is for the whole server
	Role  string    // organiser, moderator, chair or screen
	Name  string    // whom the link was made for; may be empty
}

// RoleWords says what the link lets its holder do.
func (p JoinPage) RoleWords() string {
	switch p.Role {
	case "organiser":
		return "You will be able to set up events, invite people and read everything that is sent."
	case "moderator":
		return "You will be able to read everything that is sent and decide what the room sees."
	case "chair":
		return "You will be able to see what is next and move on from one question to the next."
	case "screen":
		return "This device will show the event’s screen. It can only look."
	}
	return "You will be able to take part."
}

// RoleName is the role with its article.
func (p JoinPage) RoleName() string {
	switch p.Role {
	case "organiser":
		return "an organiser"
	case "moderator":
		return "a moderator"
	case "chair":
		return "the chair"
	case "screen":
		return "a screen"
	}
	return "a guest"
}

// SourcesPage is /organise/SLUG/sources: how each source of an event is doing. Its script brings it up to date every
// five seconds.
type SourcesPage struct {
	Base
	Event    EventView
	At       time.Time // as of when
	Form     bool      // the web form takes questions
	ConnectX bool      // an account on X can be connected
	Sources  []SourceHealth
}

// SourceHealth is how one source is doing.
type SourceHealth struct {
	Kind, Server          string // as the event has them; an empty server is the kind's default
	State                 string // connecting, live, backing-off, failed or off
	Error                 string // why, and what to do
	Received              int
	NextTryAt, LastPostAt time.Time // zero: none
	Left                  string    // what of the budget is used, in words; empty: not limited
	Used, Most            int       // the same as numbers
}

// Src returns the source's tile and word.
func (s SourceHealth) Src() SourceView { return sourceOf(s.Kind) }

// Words says the state in words.
func (s SourceHealth) Words() string {
	switch s.State {
	case "live":
		return "Working"
	case "connecting":
		return "Connecting"
	case "backing-off":
		return "Lost, retrying"
	case "failed":
		return "Refused, needs you"
	}
	return "Off"
}

// Tone is the class of the state's tag.
func (s SourceHealth) Tone() string {
	return map[string]string{"live": "go", "connecting": "info", "backing-off": "wait", "failed": "stop"}[s.State]
}

// Icon is the state's drawing.
func (s SourceHealth) Icon() string {
	switch s.State {
	case "live":
		return "check"
	case "failed":
		return "warn"
	case "off":
		return "cross"
	}
	return "clock"
}

// ConnectXPage is /organise/SLUG/connect/x: the account on X that an event reads and posts by. Its forms post to the
// address it was read at.
type ConnectXPage struct {
	Base
	Event EventView
	// Account is the name of the connected one, without @; empty: none. By connected it, at At.
	Account, By string
	At          time.Time
	// Unable says why none can be connected; empty: one can.
	Unable string
	// Authorize is the page of X that the account's owner has to open; empty: nothing was begun. PIN: X shows a number
	// there, which is typed in here.
	Authorize string
	PIN       bool
	Notice    string // what came of the last press; empty: nothing to say
	Callback  string // where X sends the owner back to, as the app on X has to know it
}

// ErrorPage is a problem as a page.
type ErrorPage struct {
	Base
	Status int
	Title  string // what happened: "We could not find that page"
	Detail string // what to do
	// Words are a person's own, which must not be lost; empty: none.
	Words string
	// Back is where to go from here; empty: the home page.
	Back     string
	BackText string
}

func (HomePage) template() string     { return "home" }
func (AttendPage) template() string   { return "attend" }
func (ReceiptPage) template() string  { return "receipt" }
func (ScreenPage) template() string   { return "screen" }
func (ModeratePage) template() string { return "moderate" }
func (ChairPage) template() string    { return "chair" }
func (JoinPage) template() string     { return "join" }
func (ConnectXPage) template() string { return "connectx" }
func (SourcesPage) template() string  { return "sources" }
func (ErrorPage) template() string    { return "error" }
