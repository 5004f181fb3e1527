package live

import (
	"encoding/binary"
	"sort"

	"github.com/openfloor/openfloor/display"
)

// pingFrame is a ping without a payload.
var pingFrame = []byte{0x89, 0}

// appendHeader appends the header of an unmasked text frame (RFC 6455, section 5.2) of n bytes.
func appendHeader(b []byte, n int) []byte {
	switch {
	case n < 126:
		return append(b, 0x81, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, 0x81, 126), uint16(n))
	}
	return binary.BigEndian.AppendUint64(append(b, 0x81, 127), uint64(n))
}

// run is some messages in a row, each as a frame of its own, ready for the wire.
type run struct {
	frames []byte
	index  []uint64 // of each message
	start  []int    // where its frame begins
}

// newRun frames messages, of which there is at least one.
func newRun(messages []display.Message) run {
	size := 0
	for _, m := range messages {
		size += len(m.Body) + 10
	}
	r := run{frames: make([]byte, 0, size), index: make([]uint64, len(messages)), start: make([]int, len(messages))}
	for i, m := range messages {
		r.index[i], r.start[i] = m.Index, len(r.frames)
		r.frames = append(appendHeader(r.frames, len(m.Body)), m.Body...)
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
