// Package inbox takes what people push to us.
//
//	web ──Limits.Allow──> Form.Submit ──check, clean──> Intake.Submit   stored for good before Submit returns
//
// Invariants:
//   - what Submit accepted is stored; what it refused is not, and the refusal names every bad field at once;
//   - the same idempotency key in the same event is one submission, whoever sends it;
//   - a limiter that is short of memory never refuses everybody: the event's own limit holds what is too much.
//
// The package does no routing, knows no sessions and no templates, and decides nothing about what is sent.
package inbox
