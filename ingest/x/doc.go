// Package x listens to hashtags on X, by the app's keys or an account's, and posts for an account.
//
//	        ┌ recent search: since_id, every 15 s ─────────────┐
//	X API ──┤ filtered stream (bearer): one an app, shared ────┼─decode─> Post (key x:FIRST-ID) ──> ingest.Sink
//	        └ lookup of what is shown: every 5 min ────────────┘             meter: posts and money, kept in the cursor
//
// Search finds what is older than 30 s; the stream has it at once. While the stream is up and nothing is missing
// before it, there is no search; after each disconnect search fills the gap, until it reaches beyond the reconnect.
// Neither tells of deletions, protected accounts or edits that lose the hashtag: those come by the lookup.
//
// Invariants:
//   - the cursor never passes a post that was not delivered, and what was read and paid for is not read again;
//   - the budget is never passed: a page is asked for no larger than it allows, the stream ends before;
//   - credentials go to the server that they are for and nowhere else, never into errors or logs; nothing that
//     people wrote goes there either;
//   - each refusal of X has its own reaction (reaction): 402 and caps stop and say so, 429 waits for the window,
//     401 and 403 stop, what may pass backs off;
//   - edits are versions of one post: its key is the first id of its history, its version the id it has now.
//
// Text is the author's own, whole: of long posts the note, links by the words that X shows for them, escapes undone
// once. Reposts and quotes whose own words lack the tag are dropped. Authors come with the address of their picture, for
// ingest.Gallery. The package finds no replies without the hashtag.
package x
