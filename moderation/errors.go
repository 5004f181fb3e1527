package moderation

import (
	"errors"
	"strings"
)

// The kinds of failure that callers tell apart with errors.Is. Everything else is internal.
var (
	ErrNotFound    = errors.New("not found")
	ErrInvalid     = errors.New("invalid")     // a bad field; *Problem says which
	ErrStale       = errors.New("stale")       // somebody else was first; the present state comes with it
	ErrState       = errors.New("wrong state") // the action does not fit the state
	ErrForbidden   = errors.New("forbidden")
	ErrClosed      = errors.New("closed")      // the event takes nothing now
	ErrGone        = errors.New("gone")        // erased
	ErrExists      = errors.New("exists")      // the name is taken
	ErrUnavailable = errors.New("unavailable") // the store or the desk does not answer; try again
)

// Field is one bad field of a request.
type Field struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

// Problem is a failure with words for people. Kind is one of the sentinels above.
type Problem struct {
	Kind   error
	Detail string // says what to do; safe to show
	Fields []Field
}

// Error returns the kind and the detail.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Kind.Error())
	if p.Detail != "" {
		b.WriteString(": " + p.Detail)
	}
	for _, f := range p.Fields {
		b.WriteString("; " + f.Field + ": " + f.Detail)
	}
	return b.String()
}

// Unwrap returns the kind, for errors.Is.
func (p *Problem) Unwrap() error { return p.Kind }

// Invalid is a Problem about one field.
func Invalid(field, detail string) *Problem {
	return &Problem{Kind: ErrInvalid, Detail: detail, Fields: []Field{{Field: field, Detail: detail}}}
}
