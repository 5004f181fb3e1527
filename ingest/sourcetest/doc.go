// Package sourcetest is the conformance suite of connectors: what every Source has to withstand, whatever network
// it speaks to.
//
//	seed ──> script: posts, edits, deletions, faults, kills ──> fake network ──bytes──> connector
//	            └──> what has to be there at the end ───── compared ──── Intake <── Supervisor <──┘
//
// A connector's own test says how its fake network publishes a post, edits it, deletes it and misbehaves (Network),
// and calls Run. The script is drawn from a seed that a failure prints; -sourcetest.seed plays it again, and
// -sourcetest.posts makes it longer: 1,000 posts by default, 10,000 by make conformance. Everything runs in a synctest bubble, so hours take seconds: the
// network has to be reached by fakenet.Pipe or by a transport in memory.
//
// Invariants that it checks: each right post is one submission, none is lost, none comes twice, no version is made
// up, the newest text wins, a deletion wins over everything, and what nobody wanted to be seen is never delivered.
//
// It knows no network, and nothing of what a connector does inside.
package sourcetest
