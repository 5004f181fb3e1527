package moderation_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

func TestSignal(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	send := moderation.SignalRequest{Op: "s1", Event: "smw", To: moderation.ToChair, Text: "  Need one on housing\r\n", By: priti}
	sent, err := h.desk.SendSignal(t.Context(), send)
	if err != nil {
		t.Fatal(err)
	}
	if sent.Text != "Need one on housing" || sent.From != priti || sent.To != moderation.ToChair || sent.At != h.now || sent.AckedAt != nil || sent.Rev == 0 {
		t.Errorf("sent: %+v", sent)
	}
	h.floor.LoseAcks(1)
	send.Op = "s2"
	if _, err := h.desk.SendSignal(t.Context(), send); !errors.Is(err, moderation.ErrUnavailable) {
		t.Fatalf("a lost answer: error %v, want ErrUnavailable", err)
	}
	again, err := h.desk.SendSignal(t.Context(), send)
	if err != nil || again.ID == sent.ID {
		t.Fatalf("asked again: %+v, %v", again, err)
	}
	if third, err := h.desk.SendSignal(t.Context(), send); err != nil || third.Rev != again.Rev {
		t.Errorf("asked a third time: %+v, %v; want the same", third, err)
	}

	h.now = h.now.Add(time.Minute)
	acked, err := h.desk.AckSignal(t.Context(), moderation.SignalRequest{Op: "a1", Event: "smw", ID: sent.ID, By: fiona})
	if err != nil || acked.AckedAt == nil || *acked.AckedAt != h.now || acked.Rev <= sent.Rev || acked.Change.By != fiona || acked.From != priti {
		t.Fatalf("acknowledged: %+v, %v", acked, err)
	}
	h.now = h.now.Add(time.Minute)
	twice, err := h.desk.AckSignal(t.Context(), moderation.SignalRequest{Op: "a2", Event: "smw", ID: sent.ID, By: callum})
	if err != nil || twice.Rev != acked.Rev || !twice.AckedAt.Equal(*acked.AckedAt) {
		t.Errorf("acknowledged twice: %+v, %v; want the first", twice, err)
	}
}

func TestSignalRefused(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	for name, c := range map[string]struct {
		to    moderation.Side
		text  string
		event string
		kind  error
		field string
	}{
		"to nobody":   {"", "Hello", "smw", moderation.ErrInvalid, "to"},
		"to the hall": {"attendees", "Hello", "smw", moderation.ErrInvalid, "to"},
		"empty":       {moderation.ToChair, " \n ", "smw", moderation.ErrInvalid, "text"},
		"too long":    {moderation.ToChair, strings.Repeat("👨‍👩‍👧‍👦", moderation.MaxSignal+1), "smw", moderation.ErrInvalid, "text"},
		"no event":    {moderation.ToChair, "Hello", "nope", moderation.ErrNotFound, ""},
	} {
		_, err := h.desk.SendSignal(t.Context(), moderation.SignalRequest{Op: name, Event: c.event, To: c.to, Text: c.text, By: priti})
		p, _ := errors.AsType[*moderation.Problem](err)
		if !errors.Is(err, c.kind) || p == nil || c.field != "" && (len(p.Fields) != 1 || p.Fields[0].Field != c.field) {
			t.Errorf("%s: error %v, want %v about %q", name, err, c.kind, c.field)
		}
	}
	longest := moderation.SignalRequest{Op: "most", Event: "smw", To: moderation.ToModerators, Text: strings.Repeat("👨‍👩‍👧‍👦", moderation.MaxSignal), By: fiona}
	if _, err := h.desk.SendSignal(t.Context(), longest); err != nil {
		t.Errorf("%d graphemes: %v", moderation.MaxSignal, err)
	}
	if _, err := h.desk.AckSignal(t.Context(), moderation.SignalRequest{Event: "smw", ID: "nope", By: fiona}); !errors.Is(err, moderation.ErrNotFound) {
		t.Errorf("acknowledge nothing: error %v, want ErrNotFound", err)
	}
}
