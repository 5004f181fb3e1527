package live

import "encoding/binary"

// CloseCode says why the server closes a stream (RFC 6455, section 7.4; 1012 and 1013 in the IANA registry of
// WebSocket close code numbers).
type CloseCode uint16

// The codes that the contract promises.
const (
	RightLost CloseCode = 1008 // the link or session was revoked: do not come back with it
	TooLarge  CloseCode = 1009 // the client sent more than 16 KiB in a message
	Restart   CloseCode = 1012 // come back, after a moment drawn at random
	TooBusy   CloseCode = 1013 // come back, later
)

// reasons go out with the codes.
var reasons = map[CloseCode]string{
	RightLost: "right lost",
	TooLarge:  "too large",
	Restart:   "restart",
	TooBusy:   "too busy",
}

// frame returns the close frame.
func (c CloseCode) frame() []byte {
	reason := reasons[c]
	f := append(make([]byte, 0, 4+len(reason)), 0x88, byte(2+len(reason)))
	f = binary.BigEndian.AppendUint16(f, uint16(c))
	return append(f, reason...)
}
