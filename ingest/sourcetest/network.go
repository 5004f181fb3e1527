package sourcetest

import (
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
)

// Tag is the hashtag of the event.
const Tag = "AskPanel"

// Network is one fake network with the connector under test on it. Functions are called in the bubble, one at a
// time, while the connector runs.
type Network struct {
	Kind    moderation.Source
	Server  string // of the setting; empty: the connector's default
	Factory ingest.Factory

	// Publish makes p public on the network and returns the name by which Edit and Delete know it; "" where the
	// network has no such case.
	Publish func(p Post) string
	// Edit gives what Publish named the text of p; nil: the connector does not see edits.
	Edit func(name string, p Post)
	// EditWithin is how old a post may be to be edited or deleted; 0: any age.
	EditWithin time.Duration
	// Delete takes away what Publish named; nil: the connector does not see deletions.
	Delete func(name string)
	// Misbehave begins a fault that lasts until Behave, or happens as often as fits; false: this network cannot.
	Misbehave func(f Fault) bool
	Behave    func()
	// Attach is called before the connector starts, with a function that returns the newest version of everything on
	// record that is not deleted: what the record knows in production. May be nil.
	Attach func(record func() []moderation.Post)
	// Shows returns the text that a post has to arrive with; nil: Text, and " #" and Hashtag where it is in the text.
	Shows func(p Post) string
	// Close ends what Run's callback started; called after the connector has stopped. May be nil.
	Close func()

	Every  time.Duration // between two posts, on average; 0: 1 s
	Settle time.Duration // what the connector may need to get over everything; 0: 20 min
}

// Post is one post of the script.
type Post struct {
	Mark    string // a word of Text that no other post has
	Text    string // without the hashtag; an edit's: the new one
	Hashtag string // as the author writes it, without #
	Case    Case
	Author  int           // one of a hundred people
	Back    time.Duration // Late: how long ago it was written
}

// Case is what is awkward about a post.
type Case string

// The cases. The last three must never be delivered.
const (
	Plain    Case = "plain"
	Lines    Case = "lines"   // of several lines and paragraphs
	RTL      Case = "rtl"     // Arabic, and English in it
	Emoji    Case = "emoji"   // more than one code point, more than two bytes each
	Markup   Case = "markup"  // what looks like HTML and like entities
	Folded   Case = "folded"  // the hashtag in other letters of the same word
	Outside  Case = "outside" // the hashtag beside the text
	Late     Case = "late"    // arrives minutes after it was written
	Warned   Case = "warned"  // under a content warning: has to say so
	Untagged Case = "untagged"
	Hidden   Case = "hidden" // not for everybody, as its author said
	Repost   Case = "repost" // somebody else's words
)

// Wanted reports whether a post of this case has to be delivered.
func (c Case) Wanted() bool { return c != Untagged && c != Hidden && c != Repost }

// cases are drawn from with equal chances, so that most posts are right ones.
var cases = []Case{Plain, Plain, Plain, Plain, Plain, Lines, RTL, Emoji, Markup, Folded, Outside, Late, Warned, Untagged, Hidden, Repost}

// Fault is a way in which a network fails its clients.
type Fault string

// The faults.
const (
	Duplicate   Fault = "duplicate"
	OutOfOrder  Fault = "out of order"
	Truncated   Fault = "truncated JSON"
	UnknownType Fault = "unknown type"
	Cut         Fault = "cut mid-message"
	TooMany     Fault = "429"
	ServerError Fault = "5xx"
	Hang        Fault = "hang without a byte"
	ClockJump   Fault = "clock jump"
	Gone        Fault = "gap of an hour" // nothing answers
)

// Faults lists every fault.
var Faults = []Fault{Duplicate, OutOfOrder, Truncated, UnknownType, Cut, TooMany, ServerError, Hang, ClockJump, Gone}
