// Package auth decides who a caller is: join links, tokens, sessions, and the rights that go with them.
//
//	NewLink ──link.ID──────────────┐
//	Join ────use.ID.N, session.HASH─┼──> ACCESS ──Run──> memory ──> BySession, ByBearer ──> Caller.For, Can
//	RevokeLink, SignOut ────────────┘                       └─────> Grant.Revoked: open streams end
//
// Every process that answers people has one Access. It follows ACCESS into memory and answers from there alone, so
// that a lookup costs no round trip and goes on while the store is away. What it writes itself it knows at once;
// what another process wrote it knows milliseconds later.
//
// Invariants:
//   - of a token only its SHA-256 is stored, and it is never part of a log line or an error;
//   - what a session may do is never stored with it: it names its links, and each lookup asks what those are worth
//     now. So one write revokes a link, every session made with it and every stream open on those;
//   - a limited link is used up by creating use.ID.N, which the store lets succeed once on however many machines;
//   - a session gets a new token whenever something is added to it;
//   - bodies say "v":1; readers skip fields they do not know, and refuse a v they do not know by stopping;
//   - nothing here is about attendees: a visitor's cookie proves itself (NewVisitor), a receipt is derived (Receipt),
//     and a stored answer is sealed with a key that only the client's idempotency key opens.
//
// The package speaks no HTTP: cookies, headers, origins and limits are web's. It does not know which events exist.
package auth
