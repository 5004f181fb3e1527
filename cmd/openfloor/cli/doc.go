// Package cli is the command line: it reads flags and the environment, and runs one command.
//
//	serve, demo, init ──> app
//	event, link, watch ──> the public API of a running server
//
// Invariants:
//   - wrong use is one line on standard error that says what to do, and exit 2; a failure is one line and exit 1;
//   - every flag is an environment variable too, OPENFLOOR_ and its name; secrets come from the environment or
//     from files alone;
//   - standard output carries results only; logs go to standard error;
//   - the commands that talk to a server use its API and nothing else, which proves that the API is enough.
//
// It holds no logic of the service.
package cli
