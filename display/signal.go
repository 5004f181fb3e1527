package display

import (
	"cmp"
	"slices"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// newestSignals is how many signals a snapshot holds beside those that nobody has acknowledged.
const newestSignals = 20

// SignalBy is who sent a signal.
type SignalBy struct {
	Role string `json:"role"`
	Name string `json:"name"`
}

// Signal is a short word between the moderators and the chair, in the contract's JSON.
type Signal struct {
	ID      string     `json:"id"`
	From    SignalBy   `json:"from"`
	To      string     `json:"to"` // chair or moderators
	Text    string     `json:"text"`
	At      time.Time  `json:"at"`       // UTC
	AckedAt *time.Time `json:"acked_at"` // UTC; nil: nobody has yet
}

// SignalView returns s in the contract's form.
func SignalView(s moderation.Signal) Signal {
	return Signal{
		ID: s.ID, From: SignalBy{string(s.From.Role), s.From.Name}, To: string(s.To), Text: s.Text,
		At: utc(s.At), AckedAt: optionalTime(s.AckedAt),
	}
}

// signal takes over a revision of a signal, and reports whether it is news. What nobody will be shown any more is
// forgotten.
func (b *Board) signal(s *moderation.Signal) bool {
	i := slices.IndexFunc(b.signals, func(o *moderation.Signal) bool { return o.ID == s.ID })
	switch {
	case i >= 0 && b.signals[i].Rev >= s.Rev:
		return false
	case i >= 0:
		b.signals[i] = s
	default:
		b.signals = append(b.signals, s)
	}
	slices.SortFunc(b.signals, func(x, y *moderation.Signal) int {
		return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.ID, y.ID))
	})
	older := b.signals[:max(0, len(b.signals)-newestSignals)]
	kept := slices.DeleteFunc(slices.Clone(older), func(o *moderation.Signal) bool { return o.AckedAt != nil })
	b.signals = append(kept, b.signals[len(older):]...)
	return true
}

// Signals returns what moderators and chair have told each other: what nobody has acknowledged, and the newest, the
// oldest first.
func (b *Board) Signals() []Signal {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.signalViews()
}

// signalViews returns the signals that a snapshot holds, the oldest first.
func (b *Board) signalViews() []Signal {
	list := make([]Signal, len(b.signals))
	for i, s := range b.signals {
		list[i] = SignalView(*s)
	}
	return list
}
