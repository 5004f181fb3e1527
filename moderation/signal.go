package moderation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/openfloor/openfloor/moderation/text"
)

// Side is whom a signal is for.
type Side string

// The two sides of a signal.
const (
	ToChair      Side = "chair"
	ToModerators Side = "moderators"
)

// MaxSignal is the longest text of a signal, in grapheme clusters.
const MaxSignal = 200

// Signal is a short word between the moderators and the chair, such as "four minutes left", whole, as of revision
// Rev. The first revision sends it, the second says that it was seen; there is no third.
type Signal struct {
	Event   string     `json:"event"`
	ID      string     `json:"id"`
	Rev     uint64     `json:"-"` // stream sequence of this revision; 0 before it is stored
	From    Actor      `json:"from"`
	To      Side       `json:"to"`
	Text    string     `json:"text"`
	At      time.Time  `json:"at"`
	AckedAt *time.Time `json:"acked_at,omitempty"` // nil: not yet
	Change  Change     `json:"change"`
}

// LogValue keeps what was said out of the logs.
func (s Signal) LogValue() slog.Value {
	return slog.GroupValue(slog.String("event", s.Event), slog.String("signal", s.ID), slog.String("to", string(s.To)))
}

// SignalRequest asks the desk to send a signal, or to note that one was seen.
type SignalRequest struct {
	Op    string `json:"op"`
	Event string `json:"event"`
	To    Side   `json:"to,omitempty"`   // for SendSignal
	Text  string `json:"text,omitempty"` // for SendSignal
	ID    string `json:"id,omitempty"`   // for AckSignal
	By    Actor  `json:"by"`
}

// SignalReply is the text of a signal that answers another with a few words, "Will do: “Four minutes left”", cut to
// what a signal may hold.
func SignalReply(words, to string) string {
	const around = 5 // colon, space, quotes, and an ellipsis
	to, cut := text.Clip(to, max(0, MaxSignal-around-text.Length(words)))
	if cut {
		to += "…"
	}
	return words + ": “" + to + "”"
}

// SendSignal stores a signal and returns it. Asked again with the same op, it returns the first. Errors: ErrInvalid,
// ErrNotFound, ErrUnavailable.
func (d *Desk) SendSignal(ctx context.Context, req SignalRequest) (Signal, error) {
	if req.Op == "" {
		req.Op = NewOp()
	}
	said := text.Normalise(req.Text)
	var bad []Field
	if req.To != ToChair && req.To != ToModerators {
		bad = append(bad, Field{Field: "to", Detail: "A signal goes to chair or moderators."})
	}
	if n := text.Length(said); n < 1 || n > MaxSignal {
		bad = append(bad, Field{Field: "text", Detail: fmt.Sprintf("Write 1 to %d characters.", MaxSignal)})
	}
	if len(bad) > 0 {
		return Signal{}, &Problem{Kind: ErrInvalid, Detail: bad[0].Detail, Fields: bad}
	}
	if err := d.sync(ctx); err != nil {
		return Signal{}, err
	}
	if _, ok := d.record.Event(req.Event); !ok {
		return Signal{}, &Problem{Kind: ErrNotFound, Detail: "There is no such event."}
	}
	at := d.time()
	s := Signal{
		Event: req.Event, ID: SubmissionID(req.Event, "signal\x00"+req.Op), // one op, one signal, whoever asks again and where
		From: req.By, To: req.To, Text: said, At: at, Change: Change{Action: SendSignal, By: req.By, At: at, Op: req.Op},
	}
	if first, ok := d.record.Signal(s.Event, s.ID); ok {
		return first, nil
	}
	stored, err := d.floor.Put(ctx, req.Op, Entry{Signal: &s})
	if err != nil {
		return s, fmt.Errorf("send signal to %s: %w", req.Event, err)
	}
	return *stored[0].Signal, nil
}

// AckSignal notes that a signal was seen and returns it; one that was seen already stays as it is. Errors:
// ErrNotFound, ErrUnavailable.
func (d *Desk) AckSignal(ctx context.Context, req SignalRequest) (Signal, error) {
	var cur Signal
	for range tries {
		if err := d.sync(ctx); err != nil {
			return cur, err
		}
		var ok bool
		if cur, ok = d.record.Signal(req.Event, req.ID); !ok {
			return cur, &Problem{Kind: ErrNotFound, Detail: "There is no such signal in this event."}
		}
		if cur.AckedAt != nil {
			return cur, nil
		}
		next, at := cur, d.time()
		next.AckedAt, next.Change = &at, Change{Action: AckSignal, By: req.By, At: at, Op: req.Op}
		stored, err := d.floor.Put(ctx, req.Op, Entry{Signal: &next})
		if err == nil {
			return *stored[0].Signal, nil
		}
		if !errors.Is(err, ErrStale) { // otherwise somebody else has seen it
			return cur, fmt.Errorf("acknowledge signal %s: %w", req.ID, err)
		}
	}
	return cur, &Problem{Kind: ErrUnavailable, Detail: "The signal is being changed. Try again."}
}
