package moderation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/openfloor/openfloor/moderation/text"
)

// Limits of what people may write about a submission, in grapheme clusters.
const (
	maxWhy  = 200 // a reason
	maxNote = 1000
	maxTag  = 50
	maxTags = 20 // number of tags that one action adds or takes away, and that a submission is given
)

// FiledByHost says that a person has put a submission under its prompt.
const FiledByHost = "host"

// Checked returns the request with its words cleaned as they are stored, or a *Problem that names all its bad
// fields. Cur is the submission it is about as far as it is known: an edit may be as long as what it replaces.
func (r ActRequest) Checked(e Event, cur Submission) (ActRequest, error) {
	var bad []Field
	add := func(field, detail string) { bad = append(bad, Field{Field: field, Detail: detail}) }
	if r.Reason = text.Normalise(r.Reason); text.Length(r.Reason) > maxWhy {
		add("reason", fmt.Sprintf("A reason has at most %d characters.", maxWhy))
	}
	switch r.Action {
	case Edit, Paraphrase:
		r.Text = text.ClipMarks(text.Normalise(r.Text))
		most := max(e.MaxLength, text.Length(cur.Text))
		switch n := text.Length(r.Text); {
		case n == 0:
			add("text", "Write something first.")
		case n > most:
			add("text", fmt.Sprintf("It has %d characters. Shorten it to %d.", n, most))
		}
	case NoteIt:
		if r.Text = text.ClipMarks(text.Normalise(r.Text)); text.Length(r.Text) > maxNote {
			add("text", fmt.Sprintf("A note has at most %d characters.", maxNote))
		}
	case Merge:
		if r.Into == "" {
			add("into", "Say which submission it is merged into.")
		}
	case FileIt:
		if r.Prompt != nil {
			add("prompt", fmt.Sprintf("This event has no prompt %d. Name one that it has, or null for none.", *r.Prompt))
		}
	case SetKind:
		if r.Kind != Question && r.Kind != Story && r.Kind != Answer {
			add("kind", "The kind is question, story or answer.")
		}
	case TagIt:
		var detail string
		if r.Add, detail = cleanTags(r.Add); detail != "" {
			add("add", detail)
		}
		if r.Remove, detail = cleanTags(r.Remove); detail != "" {
			add("remove", detail)
		}
		if slices.ContainsFunc(r.Add, func(t string) bool { return hasTag(r.Remove, t) }) {
			add("add", "A tag cannot be added and removed at once.")
		}
	}
	if len(bad) > 0 {
		return r, &Problem{Kind: ErrInvalid, Detail: bad[0].Detail, Fields: bad}
	}
	return r, nil
}

// cleanTags returns tags as they are stored, each once, or what is wrong with them.
func cleanTags(tags []string) (clean []string, detail string) {
	for _, t := range tags {
		t = text.Name(strings.TrimLeft(text.Name(t), "#＃"))
		switch n := text.Length(t); {
		case n == 0:
			return nil, "A tag needs a letter or a digit."
		case n > maxTag:
			return nil, fmt.Sprintf("A tag has at most %d characters.", maxTag)
		}
		if !hasTag(clean, t) {
			clean = append(clean, t)
		}
	}
	if len(clean) > maxTags {
		return nil, fmt.Sprintf("At most %d tags at once.", maxTags)
	}
	return clean, ""
}

// hasTag reports whether tag is among tags, however it is written.
func hasTag(tags []string, tag string) bool {
	tag = text.Fold(tag)
	return slices.ContainsFunc(tags, func(t string) bool { return text.Fold(t) == tag })
}

// amend changes what is said about n without moving it; ErrNothing where it says that already.
func (n *Submission) amend(a Action) error {
	switch a.Name {
	case Edit:
		return n.edit(a)
	case NoteIt:
		if n.Note == a.Text {
			return ErrNothing
		}
		n.Note = a.Text
	case SetKind:
		if n.Kind == a.Kind {
			return ErrNothing
		}
		n.Kind = a.Kind
	case TagIt:
		return n.tag(a)
	case FileIt:
		return n.file(a)
	}
	return nil
}

// edit replaces the text. What was sent is kept beside it, until it is the text again.
func (n *Submission) edit(a Action) error {
	switch {
	case n.Text == a.Text:
		return ErrNothing
	case n.Source == FromX:
		return &Problem{Kind: ErrState, Detail: "A post from X is shown in its own words. Paraphrase it instead."}
	case n.Original == "":
		n.Original = n.Text
	case n.Original == a.Text:
		n.Original = ""
	}
	n.Text, n.Flags = a.Text, a.Flags
	return nil
}

// tag adds and removes tags. Those that stay keep their order and their spelling.
func (n *Submission) tag(a Action) error {
	var tags []string
	for _, t := range n.Tags {
		if !hasTag(a.Remove, t) {
			tags = append(tags, t)
		}
	}
	same := len(tags) == len(n.Tags)
	for _, t := range a.Add {
		if !hasTag(tags, t) {
			tags, same = append(tags, t), false
		}
	}
	if same {
		return ErrNothing
	}
	if len(tags) > maxTags && len(tags) > len(n.Tags) {
		return Invalid("add", fmt.Sprintf("It would have more than %d tags. Remove some first.", maxTags))
	}
	n.Tags = tags
	return nil
}

// file puts n under a prompt, as a person says; nil: under none.
func (n *Submission) file(a Action) error {
	switch {
	case a.Prompt == nil && n.Prompt == nil, a.Prompt != nil && n.Prompt != nil && *a.Prompt == *n.Prompt:
		return ErrNothing
	case a.Prompt == nil:
		n.Prompt, n.FiledBy = nil, ""
	default:
		n.Prompt, n.FiledBy = a.Prompt, FiledByHost
	}
	return nil
}

// reflagged returns the flags of an edited text: what is found in it, and what is known of the submission whatever
// its text says, such as its network's warning.
func reflagged(ev Event, s Submission, text string) []Flag {
	flags := FlagText(ev, text)
	for _, f := range s.Flags {
		if !f.ofText() {
			flags = append(flags, f)
		}
	}
	return flags
}
