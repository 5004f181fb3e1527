// Package simulator makes occasions that never were, and plays them on the fake networks.
//
//	seed ──Panel, Chat──> Script ──World.Play──> fakenet.X, .Mastodon (two servers), .Bluesky, form ──> connectors
//	                        └──Script.Expected──> what has to be on record in the end
//
// A script says who posts, edits, deletes, reposts and replies where, and when, with the mess that rooms make: greetings,
// reposts, advertisements, answers without the tag or under the wrong label, late ones, and doubles that bridges carry
// from network to network. Each step also says what it truly is, so that what became of it can be measured. Equal seeds
// make equal scripts. How often each kind of mess happens are estimates: nobody has published counts.
//
// It knows nothing of what listens: it speaks to fakenet alone. People, places and numbers in it are invented.
package simulator
