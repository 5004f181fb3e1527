// Package flag finds what deserves a second look in what people send: a telephone number, a swear word, a text in
// another language. It asks, and decides nothing.
//
//	text ──Find──> findings: kind, what it is in plain words, where in code points
//	name ──Skeleton──> what a name looks like, for comparing it with the names of others
//
// Invariants (FuzzFind): a span lies within the text, its end exclusive; spans of one kind never overlap; spans of
// different kinds overlap only where one of them is of kind Unicode, which may lie in anything. A finding about the
// text as a whole has the span [0, 0]. The time is linear in the length of the text: nothing looks further than a
// bounded distance, and at most perKind findings of a kind are told.
//
// How well it does is measured on the labelled texts in testdata: `make quality`, recorded in docs/quality.md.
//
// The package does no I/O and knows nothing of submissions. Everything in it may be called at any time by any
// number of goroutines.
package flag
