package display

import (
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// chairSpec is what the chair sees: the public view with the moderators' notes.
var chairSpec = &spec{
	name: ChairView,
	render: func(s moderation.Submission, p moderation.Pool) (any, bool) {
		it, ok := Chair(s, p)
		return it, ok
	},
	event:   func(e moderation.Event, now time.Time) any { return EventView(e, now) },
	counts:  publicCounts,
	signals: true,
}
