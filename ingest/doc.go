// Package ingest brings what people say elsewhere to the event's intake.
//
//	network ──Source.Run──> Sink.Deliver(posts, cursor) ──tidy──> Intake.SubmitAll   until all are stored for good
//	                              └─────────────────────────────> Cursors.SetCursor     and only then
//	                                        Gallery: our own copies of authors' pictures ──> Portraits
//	Supervisor: one Source per event and setting; started, restarted with backoff, stopped; Health of each
//
// Invariants:
//   - a cursor is stored only after every post before it was accepted, so a crash repeats posts and loses none;
//     what comes twice is one submission, by its stable key;
//   - whatever a source meets (garbage, floods, hangs, a panic of its own) ends at that source: it backs off and
//     is shown as backing off, the others and the process go on;
//   - what a Source delivers is bounded and cleaned before it goes on, whether the Source did it or not;
//   - where processes share the work (Leases), one at a time reads a source; it stops before another begins;
//   - of an author's picture nothing goes on but our own drawing of it, and only where the network's rules ask for one;
//   - connections to addresses inside our own network are refused where they are dialled, after DNS.
//
// The package knows no network: each has a package of its own below this one. It does not know NATS either,
// decides nothing about a post, and keeps nothing but cursors.
package ingest
