// Package web is the HTTP face of Openfloor: the pages, the API and the way to the live stream.
//
//	request ─> middleware (headers, origin, client, limits) ─> handler(w, r) error ─> respond
//	                                                              │
//	      reads: Record, Hub (this process's own, fed from FLOOR) ┤
//	      decisions: Desk (request and reply over NATS)           ┤
//	      what people send: inbox.Form (INTAKE)                   ┘
//
// A handler parses, makes one call into the core and renders; it returns errors, and respond.go alone turns them
// into a page or problem+json. After an action the handler waits until this process's read model has it, so that
// people see their own change.
//
// The package holds no truth: what it shows comes from the read models, what it changes goes through the desk.
// Everything public is made from display.PublicItem, which only what is approved, live or answered can become.
// It does not know NATS, and it decides nothing about submissions.
package web
