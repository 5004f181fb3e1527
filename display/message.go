package display

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// Message is one encoded message of a view, as it goes out. Body is shared between viewers: never change it.
type Message struct {
	// Index is the place in the ring, counted from 1; a viewer's cursor is the Index of the last one it has.
	Index uint64
	// Seq is the FLOOR sequence that the message carries; it never falls within a ring.
	Seq uint64
	// Key says what the message is about. A newer message of the same key makes this one superfluous.
	Key string
	// Body is one JSON object.
	Body []byte
}

// The keys of messages that there is one of; items are keyed by itemKey.
const (
	keyStage  = "stage"
	keyCounts = "counts"
	keyEvent  = "event"

	keyPresence = "presence"
)

func itemKey(id string) string { return "item/" + id }

// mustJSON encodes one of this package's own types. They hold nothing that JSON cannot say, so that a failure is a
// fault of ours, and stops the process rather than let a view say something false.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("BUG: display: encode %T: %v", v, err))
	}
	return b
}

// envelope encodes {"type":kind,"seq":seq,member:payload} and returns it with the payload's own bytes inside it.
func envelope(kind string, seq uint64, member string, payload []byte) (body, inside []byte) {
	b := make([]byte, 0, len(payload)+len(kind)+len(member)+48)
	b = append(b, `{"type":"`...)
	b = append(b, kind...)
	b = append(b, `","seq":`...)
	b = strconv.AppendUint(b, seq, 10)
	b = append(b, `,"`...)
	b = append(b, member...)
	b = append(b, `":`...)
	from := len(b)
	b = append(b, payload...)
	to := len(b)
	return append(b, '}'), b[from:to:to]
}

// itemMessage also returns the bytes of the item alone, for snapshots.
func itemMessage(seq uint64, id string, encoded []byte) (Message, []byte) {
	body, inside := envelope("item", seq, "item", encoded)
	return Message{Seq: seq, Key: itemKey(id), Body: body}, inside
}

func goneMessage(seq uint64, id string) Message {
	body, _ := envelope("gone", seq, "id", mustJSON(id))
	return Message{Seq: seq, Key: itemKey(id), Body: body}
}

func stageMessage(seq uint64, encoded []byte) Message {
	body, _ := envelope("stage", seq, "stage", encoded)
	return Message{Seq: seq, Key: keyStage, Body: body}
}

func countsMessage(seq uint64, encoded []byte) Message {
	body, _ := envelope("counts", seq, "counts", encoded)
	return Message{Seq: seq, Key: keyCounts, Body: body}
}

func eventMessage(seq uint64, encoded []byte) Message {
	body, _ := envelope("event", seq, "event", encoded)
	return Message{Seq: seq, Key: keyEvent, Body: body}
}

func signalMessage(seq uint64, id string, encoded []byte) Message {
	body, _ := envelope("signal", seq, "signal", encoded)
	return Message{Seq: seq, Key: "signal/" + id, Body: body}
}

// presenceMessage carries the screens beside the people: the one without the other tells no desk what it needs.
func presenceMessage(seq uint64, who, screens []byte) Message {
	payload := append(append(slices.Clone(who), `,"screens":`...), screens...)
	body, _ := envelope("presence", seq, "who", payload)
	return Message{Seq: seq, Key: keyPresence, Body: body}
}

// snapshot is a whole view. Its parts come encoded; extra holds the members that only some views have.
type snapshot struct {
	seq           uint64
	epoch         string
	event, stage  []byte
	counts, extra []byte
	items         [][]byte
}

func (s snapshot) encode() []byte {
	size := 256 + len(s.event) + len(s.stage) + len(s.counts) + len(s.extra)
	for _, it := range s.items {
		size += len(it) + 1
	}
	b := make([]byte, 0, size)
	b = append(b, `{"type":"snapshot","seq":`...)
	b = strconv.AppendUint(b, s.seq, 10)
	b = append(b, `,"epoch":`...)
	b = append(b, mustJSON(s.epoch)...)
	b = append(b, `,"event":`...)
	b = append(b, s.event...)
	b = append(b, `,"stage":`...)
	b = append(b, s.stage...)
	b = append(b, `,"items":[`...)
	for i, it := range s.items {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, it...)
	}
	b = append(b, `],"prompts":[],"counts":`...)
	b = append(b, s.counts...)
	b = append(b, s.extra...)
	return append(b, '}')
}
