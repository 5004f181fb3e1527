// Package moderation is the core of Openfloor: what a submission is, what may happen to it, and who decides.
//
//	Post ──Take──> Submission ──Apply(Action)──> Submission ──Put──> FLOOR ──Follow──> Record
//
// A source delivers a Post; Take turns it into the first revision of a Submission, and every later change is
// one Action applied by the pure function Submission.Apply. The Desk acts on behalf of people: it decides on the
// newest revision it knows, and the Floor refuses the write if somebody else was faster, so that two moderators
// never both win. The Record is the read model of everything sent; it is rebuilt from FLOOR and holds no truth
// of its own.
//
// Invariants (docs/invariants.md names the test of each):
//   - one submission per event and stable key, for ever;
//   - every revision carries the full state, so the last one is the present;
//   - a submission is Live if and only if it is the stage's Now;
//   - what belongs together is put as one atomic batch.
//
// The package does no I/O and imports the standard library, moderation/text, moderation/flag and
// moderation/similar only. It does not know NATS, HTTP or any network; those satisfy its small interfaces.
package moderation
