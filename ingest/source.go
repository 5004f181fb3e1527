package ingest

import (
	"context"
	"fmt"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// Source listens in one place for one event.
type Source interface {
	// Run delivers to out what is sent there, from the place that the cursor from names (empty: the source's
	// beginning), until ctx ends. It returns why it stopped: RetryAfter where the other side said when to come
	// again, NeedsAttention where trying again is of no use, anything else for a fault that may pass. The
	// Supervisor calls it again, with the newest cursor stored; never twice at once. It starts no goroutine that
	// outlives it or may panic.
	Run(ctx context.Context, from string, out Sink) error
}

// Sink takes what a Source found. It is for the goroutine that runs the Source.
type Sink interface {
	// Deliver hands on posts, in order, and returns nil once all of them are stored for good; then cursor is
	// stored too (empty: the cursor stays). The event, and the source where it is empty, are filled in. After an
	// error the Source returns it: what was delivered since the last cursor will be delivered again.
	Deliver(ctx context.Context, posts []moderation.Post, cursor string) error
	// Alive says that the other side answered as it should, with posts or without.
	Alive()
	// Skipped counts n things that could not be represented.
	Skipped(n int)
}

// Intake stores posts until moderation has taken them. It is safe for concurrent use.
type Intake interface {
	// SubmitAll stores posts, in their order, and returns what became of each, once whatever is stored is stored for
	// good. It returns as many as it was given.
	SubmitAll(ctx context.Context, posts []moderation.Post) []moderation.Submitted
}

// Cursors keeps for each event and source how far it was read. It is safe for concurrent use.
type Cursors interface {
	// Cursor returns the newest cursor, and "" where there is none.
	Cursor(ctx context.Context, event, source string) (string, error)
	SetCursor(ctx context.Context, event, source, cursor string) error
}

// Factory makes the Source of a setting. The error is shown to organisers, so it says what to do.
type Factory func(moderation.Event, moderation.SourceSetting) (Source, error)

// SourceName names a source within its event: its kind, and its host where one is set, such as
// "mastodon@social.example". It holds what a host and port may hold: a store has to encode it.
func SourceName(s moderation.SourceSetting) string { return s.Name() }

// Spender is a Source that costs something by the post. The Supervisor asks it whenever somebody asks for Health.
type Spender interface {
	// Spent returns how many posts were read for the budget so far, in this and earlier runs, and what they cost in
	// the budget's currency. It is safe for concurrent use.
	Spent() (posts int, money float64)
}

// Watcher is a Source that can look again at what people see of it, and take in nothing new.
type Watcher interface {
	// Watch looks, until ctx ends, whether what is shown is still there and as it was, and delivers what is not. It is
	// called in Run's place once the event has closed, and while Run waits for somebody to do something; what is said
	// of Run holds for it. Alive says that a look went well.
	Watch(ctx context.Context, from string, out Sink) error
}

// RetryAfter is the error of a Source whose other side said when to come again.
type RetryAfter struct {
	After time.Duration // from now; the Supervisor adds jitter and waits an hour at most
	Err   error
}

// Error returns the cause and the time.
func (e *RetryAfter) Error() string {
	return fmt.Sprintf("%v (again in %v)", e.Err, e.After.Round(time.Second))
}

// Unwrap returns the cause.
func (e *RetryAfter) Unwrap() error { return e.Err }

// NeedsAttention is the error of a Source that cannot go on until somebody does something.
type NeedsAttention struct {
	Detail string // what to do, in words for organisers
	Err    error
}

// Error returns what to do.
func (e *NeedsAttention) Error() string { return e.Detail }

// Unwrap returns the cause.
func (e *NeedsAttention) Unwrap() error { return e.Err }
