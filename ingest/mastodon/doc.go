// Package mastodon listens to a hashtag on a server that speaks Mastodon's API: Mastodon itself, and Pleroma,
// Akkoma or GoToSocial as far as they do as Mastodon does.
//
//	           ┌ forward: min_id = newest, every 5 s ─────┐
//	           ├ overlap: min_id = 10 min back,   60 s ───┤ poll ──┐
//	server ────┤ back:    max_id, at the first run ───────┤        ├─> take: decode, Post (key ap:URI) ──> ingest.Sink
//	           ├ look at each post on the board,  5 min ──┘        │
//	           └ websocket, else SSE, with a token ──────── follow ┘
//
// Where a user's token is set a stream brings what is new, edits and deletions within moments. No stream sends anything
// again, and each leaves out what the token's account does not want to see (its languages, mutes and blocks) or, with
// GoToSocial, everything. So polling goes on, and is trusted alone: it alone moves the cursor; it reads what a stream
// may have missed whenever one is opened; it slows down to the pace of the overlap only once the stream has brought
// something, and is quick again for a while as soon as it finds what the stream left out.
//
// A post that another server federates late gets an id from the time of its writing and so sorts below the cursor
// already passed (mastodon/mastodon lib/mastodon/snowflake.rb, read 2026-11). The overlap reads the last ten
// minutes again and again for their sake, and sees edits on the way; what was seen is dropped by its URI.
//
// A deletion names the server's own id of a post. Which post that is, is remembered of what was read (bounded), and
// stored with the cursor of what people can see; a deletion of anything else is nothing to us. What was deleted unheard
// is noticed by looking at what is on the board, and more seldom at what else is stored. A post that its author makes less than public is deleted to us.
//
// Until a day before the event starts, and a day after its end, it polls every five minutes and opens no stream.
//
// Invariants: the cursor never passes a post that was not delivered; a token goes to the server that it is for, to where
// that server says over https that its streams are, and nowhere else, in a header alone; nothing that a server sends
// stops more than this source, and what of a page or stream cannot be read is skipped and counted, the rest of it is
// kept; one goroutine delivers, and Run returns after the others.
//
// Only public posts that carry the tag are delivered, boosts never. The package posts nothing. Several servers for one
// tag are several sources: keys are equal over all of them, and that of a bridged Bluesky post is the original's.
// A server's deletion is believed of posts of other servers too, as when it removes them itself.
package mastodon
