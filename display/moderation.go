package display

import (
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// moderationSpec is what moderators see: everything that is still somebody's to decide about, and the newest of the
// rest. What was withdrawn is off every view, this one too; its record can still be asked for.
var moderationSpec = &spec{
	name: ModerationView,
	render: func(s moderation.Submission, p moderation.Pool) (any, bool) {
		if s.State.Gone() {
			return nil, false
		}
		it, ok := Moderation(s, p)
		return it, ok
	},
	event:  func(e moderation.Event, now time.Time) any { return TeamEventView(e, now) },
	counts: func(c Counts) Counts { return c },
	rest: func(s moderation.Submission) bool {
		return s.State != moderation.Pending && s.State != moderation.Held && !s.State.Public()
	},
	signals:  true,
	presence: true,
	support:  true,
}
