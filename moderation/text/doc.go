// Package text makes what people write safe to keep, to compare and to show.
//
//	outside ──Normalise / Name──> stored text ──Length / Clip──> limits
//	                                    └──Fold / FoldTag / Slug──> keys for search, tags and addresses
//
// Invariants (each has a fuzz test): every result is valid UTF-8 in NFC (the folding functions: NFKC) and holds
// no bidirectional control, no invisible format control outside the sequences that need one, and no control
// character but line feed and tab; every function gives its own result back unchanged. Text that went through
// Normalise can therefore not change how the text around it is shown.
//
// The package does not escape for HTML, decides nothing about content and does no I/O. Everything in it may be
// called at any time by any number of goroutines.
package text
