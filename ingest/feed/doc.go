// Package feed follows RSS (0.9x, 1.0, 2.0), Atom and JSON Feed documents.
//
//	document ──conditional GET──> decode ──items, oldest first──> remember ──posts, cursor──> Sink
//	                               │ 304: nothing new                │ new, changed, or known by another guid
//
// Invariants:
//   - an item is one submission for as long as its guid, its link or its words stay: publishers change guids;
//   - an item that vanishes from the document was not deleted: documents hold the newest few;
//   - the body is bounded before it is read, no entity but HTML's own is known, and nothing in a document is fetched;
//   - what a broken document holds before its fault counts, and the fault is told.
//
// A feed takes every item, unless its setting names hashtags. No public feed has been read by it yet: it is made after
// the RSS 2.0 specification (rssboard.org/rss-specification), RFC 4287, RFC 9111 and jsonfeed.org/version/1.1, read
// 2026-11.
package feed
