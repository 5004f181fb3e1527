// Package display decides who sees what, live. It follows the record and keeps, per event, one read model and one
// bounded ring of encoded messages for each view: public, chair and moderation.
//
//	Revision ──Hub.Apply──> Board ──> View (public)     ──> Ring ──> a cursor per viewer (display/live)
//	                          ├─────> View (chair)      ──> Ring
//	                          └─────> View (moderation) ──> Ring
//
// A change is encoded once for each view, however many are watching. A viewer holds a cursor into the ring and
// nothing else; one who cannot keep up, or comes back too late, is given a snapshot.
//
// Invariants (docs/invariants.md names the test of each):
//   - a PublicItem is made by Public alone, and only from an approved, live or answered submission that is not
//     merged: neither a snapshot nor a ring of the public view can hold anything else;
//   - nothing is ever published about an item that was never public, not even its id;
//   - what leaves a view leaves its ring and its cached snapshot with the same change;
//   - a stage message never names an item that its view has not carried before it;
//   - a resumed viewer ends with what a fresh snapshot says.
//
// A view comes to life when somebody first asks for it; a board that nobody watches is a map and starts no
// goroutine. The package writes to no socket and knows no HTTP; it holds no truth either, and is rebuilt from the
// record at each start.
package display
