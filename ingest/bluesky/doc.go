// Package bluesky listens to hashtags on Bluesky, by Jetstream: everything that is posted on the network comes by, and
// what carries a tag of the event is kept.
//
//	Jetstreams ──live──> reader ─┐                      ┌ profiles: DID → handle, name, opt-out
//	           ──back──> reader ─┴─ decode ─ match ─ queue ──> ingest.Sink
//	                                           └ memory: what is on record, what was deleted
//
// The live reader follows what is said now. Where a place is far behind (an event made after its first posts, a
// process that was down) a second reader goes through the past beside it, so that nobody waits for history: 36 hours
// at most, which is what a Jetstream keeps, and gigabytes of other people's posts where all of them are asked for.
// Each reader has several hosts, speaks version 2 and falls back to version 1, resumes five seconds before the last
// event it handled, by time, since numbers mean something on one host only, and leaves a host that is silent.
//
// Invariants: a place is stored only after everything before it was accepted; an event that comes twice is delivered
// once; a deletion counts in whatever order it comes, and only those of posts on record are passed on; no post waits
// longer than half a second for its author's name; who asked not to be shown to people without an account
// (!no-unauthenticated) is not shown.
//
// The version of a post is empty, and of an update the revision (rev) of its repository: that is the same on every
// host and grows, where times differ from host to host, so that a replay by another one would look like an edit.
//
// Who was not known when a post of theirs was delivered, or is called otherwise since, is asked for until they are
// known; then what is on record is renamed.
//
// The package posts nothing, shows no media and knows no moderation labels of other services.
package bluesky
