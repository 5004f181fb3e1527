package moderation

import (
	"slices"

	"github.com/openfloor/openfloor/moderation/flag"
)

// The kinds of flags. What is found in a text, or in its author's name, has the kind that moderation/flag gives it.
const (
	FlagEmail             = flag.Email
	FlagPhone             = flag.Phone
	FlagLink              = flag.Link
	FlagNationalInsurance = flag.NationalInsurance
	FlagNHSNumber         = flag.NHSNumber
	FlagAddress           = flag.Address
	FlagCard              = flag.Card
	FlagProfanity         = flag.Profanity
	FlagLanguage          = flag.Language // the text is probably in none of the event's languages
	FlagUnicode           = flag.Unicode  // letters that pretend or hide
	FlagWarning           = "warning"     // the network's content warning or mark
	FlagBusy              = "busy"        // came in a flood

	// Of who sent it, and when.
	FlagBurst     = "burst"      // one of several by its author within a minute
	FlagFoundLate = "found-late" // posted long before it was found; a notice

	FlagBlockedWord = "blocked-word" // on the event's list
)

// FlagText returns the flags of a text that was sent to ev, in the order of their spans. It asks for a second look
// and decides nothing.
func FlagText(ev Event, text string) []Flag {
	found := flag.Find(text, flag.Hints{Languages: ev.Languages, Zone: ev.Zone})
	var flags []Flag
	for _, f := range found {
		flags = append(flags, Flag(f))
	}
	return flags
}

// Personal reports whether f says that there may be something about a person that is nobody else's business.
func (f Flag) Personal() bool {
	switch f.Kind {
	case FlagEmail, FlagPhone, FlagNationalInsurance, FlagNHSNumber, FlagAddress, FlagCard:
		return true
	}
	return false
}

// ofText reports whether f is about what the text says, so that another text would not have it.
func (f Flag) ofText() bool { return f.Span != [2]int{} || f.Kind == FlagLanguage }

// flagsOf returns the flags of the text and the event's blocked words in it, of its author's name, and of what its network said about it.
func (d *Desk) flagsOf(ev Event, by Author, p Post) []Flag {
	flags := append(FlagText(ev, p.Text), d.blocked(ev).flags(p.Text)...)
	flags = append(flags, d.flagName(ev, by)...)
	switch {
	case p.Warning != "":
		flags = append(flags, Flag{Kind: FlagWarning, Detail: "content warning: " + p.Warning})
	case p.Sensitive:
		flags = append(flags, Flag{Kind: FlagWarning, Detail: "marked as sensitive by its author"})
	}
	if p.Busy {
		flags = append(flags, Flag{Kind: FlagBusy, Detail: "it came when more was sent than usual"})
	}
	return flags
}

// flagName returns the flags of an author's name and handle, which stand on the board beside the text. People write
// their e-mail address into a field for their name, and worse. Their span is [0, 0].
func (d *Desk) flagName(ev Event, by Author) []Flag {
	var flags []Flag
	add := func(kind, detail string) {
		f := Flag{Kind: kind, Detail: detail}
		if !slices.Contains(flags, f) {
			flags = append(flags, f)
		}
	}
	for _, f := range FlagText(ev, by.Name) {
		if f.Kind != FlagLanguage {
			add(f.Kind, "in the name: "+f.Detail)
		}
	}
	for _, f := range FlagText(ev, by.Handle) { // which is like an address and like a link by nature
		if f.Kind == FlagProfanity || f.Kind == FlagUnicode {
			add(f.Kind, "in the name: "+f.Detail)
		}
	}
	if d.record.Lookalike(ev.Slug, by) {
		add(FlagUnicode, "the name looks like that of somebody else on the board, and is written with other characters")
	}
	return flags
}

// ofName reports whether f is about the author's name, so that another name would not have it.
func (f Flag) ofName() bool { return !f.ofText() && slices.Contains(flag.Kinds, f.Kind) }

// faces are the names and handles that the board of an event shows, by what they look like, with the ids of the
// submissions they stand on.
type faces map[string]map[string]bool

// show takes in that s is as it is now, and not as old was.
func (f faces) show(old, s Submission) {
	was, is := old.State.Public(), s.State.Public()
	if was == is && old.Author == s.Author {
		return
	}
	for _, name := range []string{old.Author.Name, old.Author.Handle} {
		if k := flag.Skeleton(name); was && f[k] != nil {
			if delete(f[k], old.ID); len(f[k]) == 0 {
				delete(f, k)
			}
		}
	}
	for _, name := range []string{s.Author.Name, s.Author.Handle} {
		if k := flag.Skeleton(name); is && k != "" {
			if f[k] == nil {
				f[k] = map[string]bool{}
			}
			f[k][s.ID] = true
		}
	}
}

// Lookalike reports whether a's name or handle looks like one of another author on the event's board, and yet is
// written otherwise: with letters of another alphabet, or 1 for l. Two people of one name are no lookalikes.
func (r *Record) Lookalike(event string, a Author) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	rm := r.rooms[event]
	if rm == nil {
		return false
	}
	for _, name := range []string{a.Name, a.Handle} {
		for id := range rm.faces[flag.Skeleton(name)] {
			b := rm.submissions[id].Author
			if b.Key != a.Key && (flag.Alike(name, b.Name) || flag.Alike(name, b.Handle)) {
				return true
			}
		}
	}
	return false
}
