// Package mastodon listens to a hashtag on a server that speaks Mastodon's API: Mastodon itself, and Pleroma,
// Akkoma or GoToSocial as far as they do as Mastodon does.
//
//	                 ┌ forward: min_id = newest, every 5 s ┐
//	server ──Link────┤ overlap: min_id = 10 min back,  60 s ├─decode─> Post (key ap:URI) ──> ingest.Sink
//	                 └ back:    max_id, at the first run    ┘
//
// A post that another server federates late gets an id from the time of its writing and so sorts below the cursor
// already passed (mastodon/mastodon lib/mastodon/snowflake.rb, read 2026-11). The overlap reads the last ten
// minutes again and again for their sake, and sees edits on the way; what was seen is dropped by its URI.
//
// Invariants: the cursor never passes a post that was not delivered; a token goes to the server that it is for and
// nowhere else; nothing that a server sends stops more than this source, and what of a page cannot be read is
// skipped and counted, the rest of it is kept.
//
// Only public posts that carry the tag are delivered, boosts never. The package posts nothing, follows no stream
// and sees deletions only where the server says so; those come with the re-check of what is shown.
package mastodon
