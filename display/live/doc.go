// Package live puts the messages of a view on the wire, by websocket, as server-sent events or by long-poll.
//
//	Stream ──Next, After──> pump ──one ready-made run of frames──> every viewer that keeps up
//	   ├──────Next, Open──> a goroutine of its own, for a viewer that is new, slow or behind
//	   └──────────After───> one poll, which is answered once and ends
//
// A viewer is a socket and a cursor, whether the messages are framed for a websocket or as events. Those that keep up are parked with the pump of their stream, which encodes what
// is new once and writes it to each without waiting. One whose socket is full is handed to a goroutine that waits for
// it alone and gives it what came meanwhile, or a snapshot where that is too much; then it is parked again.
//
// Invariants:
//   - no viewer waits for another: the pump never blocks on a socket;
//   - every write to a socket, gorilla's own answers included, passes wire, which keeps frames whole;
//   - a viewer is closed only when it is silent for 60 s (by websocket), lets a write wait for 10 s, loses its right,
//     sends too much, or the server stops;
//   - what somebody has is never news to them: a poll that repeats where it was cut off does not end at once for ever.
//
// It knows encoded messages and cursors, and nothing about what they say, who may see them or where they come from:
// the web layer resolves and checks all that before it calls Serve.
package live
