package ingest

import (
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// hoursBefore is how long before its start an event's hours begin: the room fills, and people ask already.
const hoursBefore = time.Hour

// Hours returns when an event's hours begin, from which on its sources are to be quick; they last until it closes.
// Before them, between its making and its day, a source is slow, so that it costs little. The zero time means at
// once: the event has no start.
func Hours(e moderation.Event) time.Time {
	if e.StartsAt == nil {
		return time.Time{}
	}
	return e.StartsAt.Add(-hoursBefore)
}

// Pace returns how long to wait before looking again: quick within the hours that begin at hours, slow before them,
// but never beyond their beginning.
func Pace(hours, now time.Time, quick, slow time.Duration) time.Duration {
	if left := hours.Sub(now); left > 0 {
		return min(max(quick, slow), max(left, quick))
	}
	return quick
}

// chatsApart is less than the week between two chats of a series under one hashtag.
const chatsApart = 6 * 24 * time.Hour

// LookBack returns how much older than an event's opening its posts may be. People use a panel's hashtag before
// somebody makes the event; a chat's own is of its week.
func LookBack(e moderation.Event) time.Duration {
	if e.Mode == moderation.Chat {
		return chatsApart
	}
	return 30 * 24 * time.Hour // as good as no limit where a network has a week of posts
}
