package live

import (
	"encoding/binary"
	"sort"
	"strconv"

	"github.com/openfloor/openfloor/display"
)

// framing is how messages look on one kind of wire.
type framing struct {
	head func(b []byte, m display.Message) []byte // appends what comes before a message's body
	tail string                                   // comes after it
	idle []byte                                   // what is said when there is nothing to say
	bye  func(code CloseCode) []byte              // ends the stream; nil: it just ends
}

// headMost bounds what head and tail add to a body.
const headMost = 40

// socketFraming is a websocket's: one unmasked text frame each (RFC 6455, section 5.2), and a ping without a payload.
var socketFraming = &framing{
	head: func(b []byte, m display.Message) []byte { return appendHeader(b, len(m.Body)) },
	idle: []byte{0x89, 0},
	bye:  CloseCode.frame,
}

// eventFraming is that of server-sent events (HTML Living Standard, section 9.2.6): the sequence as the id, a body
// that JSON keeps in one line, and a comment to keep what is between awake.
var eventFraming = &framing{
	head: func(b []byte, m display.Message) []byte {
		return append(strconv.AppendUint(append(b, "id: "...), m.Seq, 10), "\ndata: "...)
	},
	tail: "\n\n",
	idle: []byte(":\n\n"),
}

// appendHeader appends the header of an unmasked text frame of n bytes.
func appendHeader(b []byte, n int) []byte {
	switch {
	case n < 126:
		return append(b, 0x81, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, 0x81, 126), uint16(n))
	}
	return binary.BigEndian.AppendUint64(append(b, 0x81, 127), uint64(n))
}

// run is some messages in a row, each framed, ready for the wire.
type run struct {
	frames []byte
	index  []uint64 // of each message
	start  []int    // where its frame begins
}

// newRun frames messages, of which there is at least one.
func newRun(f *framing, messages []display.Message) run {
	size := 0
	for _, m := range messages {
		size += len(m.Body) + headMost
	}
	r := run{frames: make([]byte, 0, size), index: make([]uint64, len(messages)), start: make([]int, len(messages))}
	for i, m := range messages {
		r.index[i], r.start[i] = m.Index, len(r.frames)
		r.frames = append(append(f.head(r.frames, m), m.Body...), f.tail...)
	}
	return r
}

// last is the cursor of somebody who has it all.
func (r run) last() uint64 { return r.index[len(r.index)-1] }

// after returns the frames of the messages after cursor.
func (r run) after(cursor uint64) []byte {
	i := sort.Search(len(r.index), func(i int) bool { return r.index[i] > cursor })
	if i == len(r.index) {
		return nil
	}
	return r.frames[r.start[i]:]
}
