package moderation

// Role is what somebody may do in an event.
type Role string

// The roles of people; RoleSource is the machine-made Actor of a source, RoleClock that of the clock, and RolePolicy
// that of what people decided beforehand about arrivals.
const (
	Organiser  Role = "organiser"
	Moderator  Role = "moderator"
	Chair      Role = "chair"
	Screen     Role = "screen"
	Attendee   Role = "attendee"
	RoleSource Role = "source"
	RoleClock  Role = "clock"
	RolePolicy Role = "policy"
)

// Right is something a role may do; the names follow the contract's table.
type Right string

// The rights.
const (
	Organise Right = "organise" // create and change events, sources, links; report and export
	Moderate Right = "moderate" // see everything sent, triage
	RunStage Right = "stage"    // line up, take, finish, return, blank
	Notes    Right = "notes"    // read private notes, signals
	Read     Right = "read"     // the public board
	Submit   Right = "submit"   // submit, vote, withdraw one's own
)

var rights = map[Role]map[Right]bool{
	Organiser: {Organise: true, Moderate: true, RunStage: true, Notes: true, Read: true, Submit: true},
	Moderator: {Moderate: true, RunStage: true, Notes: true, Read: true, Submit: true},
	Chair:     {RunStage: true, Notes: true, Read: true, Submit: true},
	Screen:    {Read: true},
	Attendee:  {Read: true, Submit: true},
}

// May reports whether the role has the right. Unknown roles have none.
func (r Role) May(right Right) bool { return rights[r][right] }

// Team reports whether r is given by a join link rather than to everybody.
func (r Role) Team() bool { return r == Organiser || r == Moderator || r == Chair || r == Screen }
