// Package inbox takes what people and programs push to us.
//
//	web ──Limits.Allow───────> Form.Submit ─────────check, clean──┐
//	web ──Webhook.Verify─────> Webhook.Receive ─────check, clean──┼─> Intake.Submit   stored for good before each returns
//	web ──a whole table──────> Importer.Import ──each row, in order┘
//
// Invariants:
//   - what was accepted is stored; what was refused is not, and the refusal names every bad field at once, or each line;
//   - the same idempotency key, webhook-id or row in the same event is one submission, whoever sends it;
//   - a webhook is nothing before its signature is verified, in constant time, with every secret there is;
//   - a line of a table whose quotes do not match costs itself, not what comes after it;
//   - a limiter that is short of memory never refuses everybody: the event's own limit holds what is too much.
//
// The package does no routing, knows no sessions and no templates, and decides nothing about what is sent.
package inbox
