// Package app is the program as a value: Build makes it, Run runs it, Close ends it. main and the tests start the
// same one.
//
//	            ┌ ingest ──────┐   ┌ moderation ┐      ┌ display ─┐   ┌ web ──────────┐
//	networks ──>│ Supervisor   │──>│ TakeIn     │──┐   │ Hub      │   │ pages, API    │<── people
//	            └──────────────┘   │ Desk, RPC  │<─┼───│ live     │   │ inbox, access │
//	                               └────────────┘  │   └──────────┘   └───────────────┘
//	                 INTAKE            FLOOR <─────┘ one follower per process feeds Hub, then Record
//	                      NATS: embedded and in process, or a cluster
//
// A role brings its workers and its routes. Any subset of the roles makes a process; with all four in one, the
// same code runs over an in-process connection to an embedded server.
//
// Invariants:
//   - a data folder belongs to one process: a lock says so before anything in it is opened;
//   - streams are made in a data folder that is new, and nowhere else; a folder that was used and lacks them is
//     reported and left alone;
//   - the server listens on no port of its own unless asked to, and syncs every write to disk;
//   - /readyz says yes only while the record is complete and NATS is there;
//   - shutdown is one ordered list (shutdown.go) and ends within 10 s.
//
// Nothing here decides anything about a submission, and no other package reads the configuration or imports
// nats-server outside tests.
package app
