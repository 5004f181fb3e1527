// Package natsstore keeps everything Openfloor stores, in NATS JetStream, and carries requests to the desk.
//
//	sources ──Submit──> INTAKE ──TakeIn──> moderation ──Put──> FLOOR ──Follow──> every process
//	web ──DeskClient.Act──> rpc.desk.act ──ServeDesk──> moderation.Desk ──┘
//	web/auth, ingest ──PutAccess, SetCursor──> ACCESS ──FollowAccess──> web, display
//	web ──Vote──> VOTES ──FollowVotes──> web, display
//	ingest ──PutPortrait──> MEDIA ──Portrait──> web
//
// FLOOR is the record. The last message on a subject is the present, the ones before it are its history, and a
// revision is the message's stream sequence. Store satisfies moderation.Floor.
//
// Invariants:
//   - a change of the record is put with the expected last sequence of its subject; several at once are one
//     atomic batch, so all of them stand or none does;
//   - every put carries the name of its operation in a header, so that a retry after a lost acknowledgement is
//     known for what it is and not taken for a conflict;
//   - INTAKE is acknowledged only once the handler has returned nil;
//   - streams are made by Create alone. Open, Follow and TakeIn never make one: a missing stream is a fault to
//     report, because "make it if it is missing" destroys the store when its key or folder went missing;
//   - no text, name, handle or address is ever part of a subject: every token is a slug, an id or a hash;
//   - bodies say "v":1; readers skip fields they do not know and refuse a v they do not know.
//
// Nothing here starts or configures a server (cmd/openfloor/app does), keeps a read model (moderation.Record and
// display do) or decides anything about a submission.
package natsstore
