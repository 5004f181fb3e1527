// Package fakenet is the networks that Openfloor listens to, made here: for tests, and for the demo.
//
//	test, demo ──Post, Edit, Delete, Misbehave──> Mastodon ──HTTP, real bytes──> connector under test
//	           ──Break, Remark, Deaf────────────> its streams ──websocket, SSE──┘
//	     ──Post, Edit, Delete, Misbehave, Disconnect, Silence──> X ──HTTP, stream──> connector under test
//	browser test ──POST /_fake/status, /_fake/misbehave──┘
//
// It shares no code with the connectors, so that it cannot share their mistakes: what it sends is made after
// the networks' own documents (docs.joinmastodon.org entities/Status, methods/timelines, api/rate-limits, read
// 2026-11; for X docs.x.com/x-api and fundamentals, read 2026-11) and can be wrong in every way that a network can be wrong (Fault, XFault). It returns whatever it was given, also
// what a real server would keep back. Panel makes a seeded hour of believable posts.
//
// It is no server for the open internet: who reaches it controls it.
package fakenet
