package moderation

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ActionName names what is done to a submission.
type ActionName string

// The actions. Receive is the first revision; Stage, Unstage and Finish come with a change of the stage.
const (
	Receive    ActionName = "receive"
	Approve    ActionName = "approve"
	Review     ActionName = "review" // the first of the two approvals that an event with the two-person rule asks for
	Reject     ActionName = "reject"
	Hold       ActionName = "hold"
	Restore    ActionName = "restore"
	Return     ActionName = "return"
	AnswerIt   ActionName = "answer"
	Undo       ActionName = "undo"
	Withdraw   ActionName = "withdraw"
	Revised    ActionName = "revised" // edited on its network
	Renamed    ActionName = "renamed" // its author has another handle there
	PutOnStage ActionName = "stage"   // onto the stage
	OffStage   ActionName = "unstage" // off it, back to the top of the queue
	Finish     ActionName = "finish"  // off it, answered
	Edit       ActionName = "edit"    // by a moderator
	NoteIt     ActionName = "note"
	TagIt      ActionName = "tag"
	SetKind    ActionName = "kind"
	Move       ActionName = "move" // within the queue
	Merge      ActionName = "merge"
	Split      ActionName = "split"
	Paraphrase ActionName = "paraphrase"
	FileIt     ActionName = "file" // under a prompt, or none

	// Of an event and its stage.
	CreateEvent ActionName = "create"
	ChangeEvent ActionName = "change"
	CloseEvent  ActionName = "close"
	ReopenEvent ActionName = "reopen"
	ChangeStage ActionName = "set"

	// Of an author.
	ChangeAuthor ActionName = "author"

	// Of a signal.
	SendSignal ActionName = "send"
	AckSignal  ActionName = "acknowledge"
)

// Action is one decision about one submission. Time, ranks and names come in with it: Apply makes up nothing.
type Action struct {
	Name   ActionName
	By     Actor
	At     time.Time
	Reason string
	Op     string
	// Rank is the place the submission gets where the action puts it into the queue, moves it there, or gives its own
	// away to a paraphrase.
	Rank string
	// Text is the new text of Edit, or the note of NoteIt.
	Text string
	// Kind is SetKind's.
	Kind Kind
	// Add and Remove are TagIt's.
	Add, Remove []string
	// Frozen says that nothing may become public now.
	Frozen bool
	// TwoPerson says that an approval is only a review, unless somebody else has reviewed it.
	TwoPerson bool
	// Revised: what the post says now. Renamed: who its author is.
	Post *Post
	// Undo: the revision before the newest.
	Before *Submission
	// Prompt is FileIt's; nil: under none.
	Prompt *int
	// Target is what Merge merges into, what Undo would bring it back under, and the paraphrase of Paraphrase; nil:
	// there is none.
	Target *Submission
	// Flags of the new text, for Revised and Edit.
	Flags []Flag
	// Past outlines what is erased with a withdrawal.
	Past []Outline
}

// ErrNothing is returned by Apply when what the action asks for already holds: there is nothing to store.
var ErrNothing = errors.New("nothing to change")

// from lists, for each action, the states it leads out of.
var from = map[ActionName][]State{
	Approve:    {Pending, Held},
	Reject:     {Pending, Held, Approved, Live, Answered, Rejected},
	Hold:       {Pending, Approved, Live, Answered, Held},
	Restore:    {Held, Rejected},
	Return:     {Live, Answered},
	AnswerIt:   {Live, Approved},
	PutOnStage: {Approved, Answered},
	OffStage:   {Live},
	Finish:     {Live},
	Revised:    {Pending, Held, Approved, Live, Answered, Rejected},
	Renamed:    {Pending, Held, Approved, Live, Answered, Rejected},
	Withdraw:   {Pending, Held, Approved, Live, Answered, Rejected},
	Undo:       {Pending, Held, Approved, Live, Answered, Rejected},
	Edit:       {Pending, Held, Approved, Live, Answered, Rejected},
	NoteIt:     {Pending, Held, Approved, Live, Answered, Rejected},
	TagIt:      {Pending, Held, Approved, Live, Answered, Rejected},
	SetKind:    {Pending, Held, Approved, Live, Answered, Rejected},
	Move:       {Approved},
	Merge:      {Pending, Held, Approved, Answered, Rejected},
	Split:      {Pending, Held, Approved, Live, Answered, Rejected},
	Paraphrase: {Pending, Held, Approved, Live, Answered, Rejected},
	FileIt:     {Pending, Held, Approved, Live, Answered, Rejected},
}

// whileMerged lists what may be done to a submission that was merged into another: what neither shows it nor asks
// where it stands.
var whileMerged = []ActionName{Withdraw, Undo, Revised, Renamed, Edit, NoteIt, TagIt, SetKind, FileIt, Merge, Split}

// to is the state that an action leads to, where it is always the same.
var to = map[ActionName]State{
	Approve: Approved, Reject: Rejected, Hold: Held, Restore: Pending, Return: Approved, AnswerIt: Answered,
	PutOnStage: Live, OffStage: Approved, Finish: Answered, Withdraw: Withdrawn,
}

// Apply returns the submission as it is after a. It is the contract's table of states and nothing else: no
// clock, no I/O. It returns ErrNothing when the outcome already holds, and a *Problem of kind ErrState when a
// does not fit the state s is in, or would make something public while the event is frozen.
func (s Submission) Apply(a Action) (Submission, error) {
	allowed, known := from[a.Name]
	if !known {
		return s, fmt.Errorf("apply %q: %w", a.Name, ErrInvalid)
	}
	if s.State == Erased {
		return s, &Problem{Kind: ErrGone, Detail: "It was erased."}
	}
	if target, ok := to[a.Name]; ok && s.State == target && s.outcomeHolds(a) {
		return s, ErrNothing
	}
	if !slices.Contains(allowed, s.State) {
		return s, &Problem{Kind: ErrState, Detail: fmt.Sprintf("You cannot %s a submission that is %s. Look at it as it is now and decide again.", a.Name, s.State)}
	}
	if s.MergedInto != "" && !slices.Contains(whileMerged, a.Name) {
		return s, &Problem{Kind: ErrState, Detail: "It was merged into another. Split it first, or act on the other one."}
	}
	n := s
	n.Change = Change{Action: a.Name, By: a.By, At: a.At, Reason: a.Reason, Op: a.Op}
	if a.Name == Approve && a.TwoPerson {
		switch {
		case s.ReviewedBy == nil:
			n.ReviewedBy, n.Change.Action = &a.By, Review
			return n, nil
		case s.ReviewedBy.ID == a.By.ID:
			return s, &Problem{Kind: ErrState, Detail: "You have reviewed it. Two people look at everything in this event, so somebody else has to release it."}
		}
	}
	if target, ok := to[a.Name]; ok {
		n.State = target
	}
	var err error
	switch a.Name {
	case Revised:
		err = n.revise(s, a)
	case Renamed:
		err = n.rename(s, a)
	case Undo:
		err = n.undo(s, a)
	case Edit, NoteIt, TagIt, SetKind, FileIt:
		err = n.amend(a)
	case Approve, Return, OffStage:
		n.Rank, n.Reason = a.Rank, ""
	case Move:
		n.Rank = a.Rank
	case Merge:
		err = n.merge(a)
	case Split:
		err = n.split()
	case Paraphrase:
		n.MergedInto, n.Rank = a.Target.ID, a.Rank
		if s.State == Live {
			n.State = Approved // its paraphrase is the live one now
		}
	case Reject, Hold:
		n.Reason = a.Reason
	case Restore:
		n.Reason = ""
	case Withdraw:
		n.forget()
		n.Past = a.Past
	}
	if err != nil {
		return s, err
	}
	switch a.Name {
	case Approve:
		n.OnArrival = false
	case Reject, Hold, Restore, Revised, Edit:
		if !n.State.Public() {
			n.ReviewedBy = nil // what was reviewed is no longer what would be released
		}
	}
	switch {
	case n.State != Answered:
		n.AnsweredAt = nil
	case s.State != Answered && a.Name != Undo: // which brings back when it was
		n.AnsweredAt = &a.At
	}
	newly := n.Shown() && !s.Shown()
	if a.Name == Paraphrase {
		newly = a.Target.Shown() // other words, although what they replace is public
	}
	if a.Frozen && newly {
		return s, &Problem{Kind: ErrState, Detail: "The event is frozen: nothing new becomes public until an organiser or moderator takes that back."}
	}
	return n, nil
}

// outcomeHolds reports whether s, already in the state that a leads to, is all that a asks for.
func (s Submission) outcomeHolds(a Action) bool {
	if a.Name == Reject || a.Name == Hold {
		return a.Reason == "" || a.Reason == s.Reason
	}
	return true
}

// revise takes over what the post says now. What was public goes back to a moderator.
func (n *Submission) revise(s Submission, a Action) error {
	if a.Post == nil {
		return fmt.Errorf("revise %s: no post: %w", s.ID, ErrInvalid)
	}
	if a.Post.Version <= s.Version {
		return ErrNothing
	}
	n.Text, n.Lang, n.Version, n.Flags, n.Original = a.Post.Text, a.Post.Lang, a.Post.Version, a.Flags, ""
	for _, f := range s.Flags {
		if f.ofAuthor() {
			n.Flags = append(n.Flags, f)
		}
	}
	n.Tags = slices.Clone(s.Tags) // with those that a moderator has added
	for _, t := range a.Post.Tags {
		if !hasTag(n.Tags, t) {
			n.Tags = append(n.Tags, t)
		}
	}
	if s.State.Public() {
		n.State, n.Reason = Pending, ""
	}
	return nil
}

// rename takes over the handle that its author has now. The display name, which can be anything, stays the one that
// somebody decided about, unless there was none but the handle.
func (n *Submission) rename(s Submission, a Action) error {
	if a.Post == nil {
		return fmt.Errorf("rename the author of %s: no post: %w", s.ID, ErrInvalid)
	}
	now := a.Post.Author
	if now.Handle != "" {
		n.Author.Handle = now.Handle
	}
	if was := s.Author; was.Name == "" || was.Name == strings.TrimPrefix(was.Handle, "@") {
		n.Author.Name = now.Name
	}
	if n.Author == s.Author {
		return ErrNothing
	}
	n.Flags = slices.DeleteFunc(slices.Clone(s.Flags), Flag.ofName)
	return nil
}

// undo restores what the caller's newest revision changed, from the revision before it. A recall is not undone
// onto the stage: nothing comes there unless somebody says so.
func (n *Submission) undo(s Submission, a Action) error {
	switch s.Change.Action {
	case Withdraw, PutOnStage, OffStage, Finish:
		return &Problem{Kind: ErrState, Detail: "A change of the stage cannot be undone here. Change the stage instead."}
	case Receive:
		return &Problem{Kind: ErrState, Detail: "Nobody has decided anything about it yet, so there is nothing to undo."}
	case Revised:
		return &Problem{Kind: ErrStale, Detail: "It was edited on its network since. Look at it as it is now and decide again."}
	case Renamed:
		return &Problem{Kind: ErrStale, Detail: "Its author was renamed on the network since. Look at it as it is now and decide again."}
	}
	if a.Before == nil {
		return &Problem{Kind: ErrState, Detail: "There is nothing before it to go back to."}
	}
	if s.Change.By.ID != a.By.ID {
		return &Problem{Kind: ErrStale, Detail: "Somebody else changed it after you. Look at it as it is now and decide again."}
	}
	b := *a.Before
	b.Rev, b.Change = s.Rev, n.Change
	b.ReceivedAt, b.Version = s.ReceivedAt, s.Version
	if b.State == Live {
		b.State = Approved
	}
	if b.MergedInto != s.MergedInto && b.MergedInto != "" {
		if t := a.Target; t == nil || t.State.Gone() || t.MergedInto != "" {
			return &Problem{Kind: ErrState, Detail: "What it was merged into was merged or taken back since. Merge it into another."}
		}
	}
	*n = b
	return nil
}

// forget drops what was sent and who sent it, and whom it was merged with.
func (n *Submission) forget() {
	n.Text, n.Original, n.Flags, n.Tags, n.Note, n.URL, n.Lang, n.Reason = "", "", nil, nil, "", "", "", ""
	n.Author = Author{Key: n.Author.Key}
	n.ReplyTo, n.MergedInto, n.MergedUnder = "", "", ""
	n.SimilarTo = nil
}
