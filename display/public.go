package display

import (
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// publicSpec is what everybody sees: nothing that Public does not let through.
var publicSpec = &spec{
	name: PublicView,
	render: func(s moderation.Submission, p moderation.Pool) (any, bool) {
		it, ok := Public(s, p)
		return it, ok
	},
	event:  func(e moderation.Event, now time.Time) any { return EventView(e, now) },
	counts: publicCounts,
}

// publicCounts keeps back how much waits for a moderator.
func publicCounts(c Counts) Counts {
	c.Pending = nil
	return c
}
