package natsstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/openfloor/openfloor/moderation"
)

// The desk answers requests on these subjects, any one of the processes in deskQueue each of them.
const (
	rpcAct         = "rpc.desk.act"
	rpcSetStage    = "rpc.desk.stage"
	rpcCreateEvent = "rpc.desk.event.create"
	rpcChangeEvent = "rpc.desk.event.change"
	rpcAuthor      = "rpc.desk.author"
	rpcSendSignal  = "rpc.desk.signal.send"
	rpcAckSignal   = "rpc.desk.signal.ack"

	deskQueue = "moderation"
)

const (
	// deskTry is how long a client waits for one answer; totalLimit bounds all tries together.
	deskTry = 3 * time.Second
	// deskWork bounds the work on one request. Who asked has given up by then, and asks again with the same op.
	deskWork = 6 * time.Second
	// deskAtOnce is how many requests one process works on at once; more wait in line.
	deskAtOnce = 64
	// deskBacklog is how many may wait; what comes then is not answered, and asked again.
	deskBacklog = 4096
)

// DeskHandler is what ServeDesk serves; *moderation.Desk is one. With moderation.ErrStale each method returns the
// present state beside the error. Doing one request (by its op) twice has to come to the same as once.
type DeskHandler interface {
	Act(ctx context.Context, req moderation.ActRequest) (moderation.Submission, error)
	SetStage(ctx context.Context, req moderation.StageRequest) (moderation.Stage, error)
	CreateEvent(ctx context.Context, req moderation.EventRequest) (moderation.Event, error)
	ChangeEvent(ctx context.Context, req moderation.EventRequest) (moderation.Event, error)
	DecideAuthor(ctx context.Context, req moderation.AuthorRequest) (moderation.AuthorDecision, error)
	SendSignal(ctx context.Context, req moderation.SignalRequest) (moderation.Signal, error)
	AckSignal(ctx context.Context, req moderation.SignalRequest) (moderation.Signal, error)
}

var (
	_ DeskHandler = (*moderation.Desk)(nil)
	_ DeskHandler = (*DeskClient)(nil)
)

// ServeDesk answers the requests of every DeskClient on the same NATS, together with whoever else serves there, at
// most 64 at once. Once ctx is done it takes no more, finishes what is in hand and returns nil; it returns an
// error when it cannot subscribe or when the connection has been closed for good. Log may be nil.
func ServeDesk(ctx context.Context, nc *nats.Conn, desk DeskHandler, log *slog.Logger) error {
	if log == nil {
		log = slog.Default()
	}
	sv := &deskServer{log: log, slots: make(chan struct{}, deskAtOnce), work: context.WithoutCancel(ctx)}
	ended := nc.StatusChanged(nats.CLOSED)
	defer nc.RemoveStatusListener(ended)
	for subject, answer := range map[string]func(context.Context, []byte) []byte{
		rpcAct:         answerer(log, desk.Act),
		rpcSetStage:    answerer(log, desk.SetStage),
		rpcCreateEvent: answerer(log, desk.CreateEvent),
		rpcChangeEvent: answerer(log, desk.ChangeEvent),
		rpcAuthor:      answerer(log, desk.DecideAuthor),
		rpcSendSignal:  answerer(log, desk.SendSignal),
		rpcAckSignal:   answerer(log, desk.AckSignal),
	} {
		sub, err := nc.QueueSubscribe(subject, deskQueue, func(m *nats.Msg) { sv.serve(m, answer) })
		if err != nil {
			return fmt.Errorf("serve the desk: %w", err)
		}
		if err := sub.SetPendingLimits(deskBacklog, -1); err != nil {
			return fmt.Errorf("serve the desk: %w", err)
		}
		sv.subs = append(sv.subs, sub)
	}
	var err error
	select {
	case <-ctx.Done():
	case <-ended:
		err = fmt.Errorf("serve the desk: %w", nats.ErrConnectionClosed)
	}
	sv.finish()
	return err
}

// deskServer is one ServeDesk.
type deskServer struct {
	log   *slog.Logger
	work  context.Context // of all handlers: it outlives ServeDesk's own, so that what is in hand is finished
	slots chan struct{}
	subs  []*nats.Subscription

	mu     sync.Mutex // guards closed; held while a request is let in
	closed bool
	inHand sync.WaitGroup
}

// serve runs on a subscription's goroutine: waiting for a slot keeps the rest in line.
func (sv *deskServer) serve(m *nats.Msg, answer func(context.Context, []byte) []byte) {
	sv.slots <- struct{}{}
	sv.mu.Lock()
	defer sv.mu.Unlock()
	if sv.closed {
		<-sv.slots
		return // not answered: the client asks again, and another process answers
	}
	sv.inHand.Go(func() {
		defer func() { <-sv.slots }()
		ctx, cancel := context.WithTimeout(sv.work, deskWork)
		defer cancel()
		if err := m.Respond(answer(ctx, m.Data)); err != nil {
			sv.log.LogAttrs(ctx, slog.LevelWarn, "answer of the desk not sent", slog.String("subject", m.Subject), slog.Any("error", err))
		}
	})
}

// finish takes no more requests and waits for those in hand.
func (sv *deskServer) finish() {
	for _, sub := range sv.subs {
		_ = sub.Unsubscribe() // closed already: nothing comes either
	}
	sv.mu.Lock()
	sv.closed = true
	sv.mu.Unlock()
	sv.inHand.Wait()
}

// DeskClient asks the desk over NATS. It is safe for concurrent use. Its methods are those of moderation.Desk and
// return its errors, by kind, with words and fields; moderation.ErrUnavailable says that no desk has answered
// within 5 s, and then the request may or may not have been carried out: ask again with the same op.
type DeskClient struct{ nc *nats.Conn }

// NewDeskClient returns a client on nc.
func NewDeskClient(nc *nats.Conn) *DeskClient { return &DeskClient{nc} }

// Act asks for one action on one submission.
func (c *DeskClient) Act(ctx context.Context, req moderation.ActRequest) (moderation.Submission, error) {
	return call[moderation.Submission](ctx, c.nc, rpcAct, req)
}

// SetStage asks for a change of the stage.
func (c *DeskClient) SetStage(ctx context.Context, req moderation.StageRequest) (moderation.Stage, error) {
	return call[moderation.Stage](ctx, c.nc, rpcSetStage, req)
}

// CreateEvent asks for a new event.
func (c *DeskClient) CreateEvent(ctx context.Context, req moderation.EventRequest) (moderation.Event, error) {
	return call[moderation.Event](ctx, c.nc, rpcCreateEvent, req)
}

// ChangeEvent asks for a change of an event.
func (c *DeskClient) ChangeEvent(ctx context.Context, req moderation.EventRequest) (moderation.Event, error) {
	return call[moderation.Event](ctx, c.nc, rpcChangeEvent, req)
}

// SendSignal asks for a new signal.
func (c *DeskClient) SendSignal(ctx context.Context, req moderation.SignalRequest) (moderation.Signal, error) {
	return call[moderation.Signal](ctx, c.nc, rpcSendSignal, req)
}

// AckSignal asks to note that a signal was seen.
func (c *DeskClient) AckSignal(ctx context.Context, req moderation.SignalRequest) (moderation.Signal, error) {
	return call[moderation.Signal](ctx, c.nc, rpcAckSignal, req)
}

// DecideAuthor asks for a decision about an author.
func (c *DeskClient) DecideAuthor(ctx context.Context, req moderation.AuthorRequest) (moderation.AuthorDecision, error) {
	return call[moderation.AuthorDecision](ctx, c.nc, rpcAuthor, req)
}

// question is a request on the wire.
type question struct {
	V    int             `json:"v"`
	Body json.RawMessage `json:"body"`
}

// reply is an answer on the wire. Body and Rev are the outcome, or what there is now beside a failure.
type reply struct {
	V     int             `json:"v"`
	Body  json.RawMessage `json:"body"`
	Rev   uint64          `json:"rev"` // of the body: a revision is no part of what is stored
	Error *failure        `json:"error,omitempty"`
}

// failure is an error on the wire: a kind and words for people, never the cause.
type failure struct {
	Kind   string             `json:"kind"`
	Detail string             `json:"detail,omitempty"`
	Fields []moderation.Field `json:"fields,omitempty"`
}

// kinds are the errors that travel; of several in one error the first here does. What is none of them is internal
// on the other side.
var kinds = []struct {
	name string
	err  error
}{
	{"stale", moderation.ErrStale}, {"not-found", moderation.ErrNotFound}, {"gone", moderation.ErrGone},
	{"exists", moderation.ErrExists}, {"forbidden", moderation.ErrForbidden}, {"closed", moderation.ErrClosed},
	{"wrong-state", moderation.ErrState}, {"syntax", moderation.ErrSyntax}, {"invalid", moderation.ErrInvalid},
	{"nothing", moderation.ErrNothing}, {"unavailable", moderation.ErrUnavailable},
	{"unavailable", context.DeadlineExceeded}, {"unavailable", context.Canceled}, // the desk ran out of time
}

// errInternal is what a client sees of an error that is none of the kinds.
var errInternal = errors.New("the desk met an error of its own; its log says which")

// answerer returns a function that answers one question with do.
func answerer[Req, Resp any](log *slog.Logger, do func(context.Context, Req) (Resp, error)) func(context.Context, []byte) []byte {
	return func(ctx context.Context, data []byte) []byte {
		var q question
		var req Req
		err := json.Unmarshal(data, &q)
		if err == nil && q.V != bodyVersion {
			err = fmt.Errorf("version %d", q.V)
		}
		if err == nil {
			err = json.Unmarshal(q.Body, &req)
		}
		if err != nil {
			// Ours is the other side too, so this is a mixture of versions, not somebody's mistake.
			log.LogAttrs(ctx, slog.LevelError, "a request to the desk cannot be read", slog.Any("error", err))
			return encodeReply(struct{}{}, errInternal)
		}
		resp, err := do(ctx, req)
		if err != nil && kindOf(err) == "" {
			log.LogAttrs(ctx, slog.LevelError, "the desk failed", slog.Any("error", err))
		}
		return encodeReply(resp, err)
	}
}

func encodeReply(resp any, err error) []byte {
	r := reply{V: bodyVersion, Rev: revOf(resp)}
	var bodyErr error
	if r.Body, bodyErr = json.Marshal(resp); bodyErr != nil {
		r.Body, err = nil, errInternal
	}
	if err != nil {
		r.Error = &failure{Kind: kindOf(err)}
		if p, ok := errors.AsType[*moderation.Problem](err); ok && r.Error.Kind != "" {
			r.Error.Detail, r.Error.Fields = p.Detail, p.Fields
		}
	}
	out, _ := json.Marshal(r) // of a struct that always can be
	return out
}

// call asks the desk until it answers or totalLimit has passed.
func call[Resp, Req any](ctx context.Context, nc *nats.Conn, subject string, req Req) (resp Resp, err error) {
	body, err := json.Marshal(req)
	if err != nil {
		return resp, fmt.Errorf("%s: %w", subject, err)
	}
	data, err := json.Marshal(question{bodyVersion, body})
	if err != nil {
		return resp, fmt.Errorf("%s: %w", subject, err)
	}
	err = persist(ctx, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, deskTry)
		defer cancel()
		m, err := nc.RequestWithContext(ctx, subject, data)
		if err != nil {
			return err
		}
		resp, err = decodeReply[Resp](m.Data)
		if err != nil {
			return answered{err}
		}
		return nil
	})
	if a, ok := errors.AsType[answered](err); ok {
		return resp, a.error
	}
	if err != nil {
		return resp, fmt.Errorf("%s: %w", subject, err)
	}
	return resp, nil
}

// answered is an error that the desk itself has given: there is nothing to try again. It does not unwrap, so that
// nobody takes it for one of NATS.
type answered struct{ error }

func decodeReply[Resp any](data []byte) (resp Resp, err error) {
	var r reply
	if err := json.Unmarshal(data, &r); err != nil {
		return resp, fmt.Errorf("answer of the desk: %w", ErrUnreadable)
	}
	if r.V != bodyVersion {
		return resp, fmt.Errorf("answer of the desk: version %d: %w", r.V, ErrUnreadable)
	}
	if len(r.Body) > 0 {
		if err := json.Unmarshal(r.Body, &resp); err != nil {
			return resp, fmt.Errorf("answer of the desk: %w", ErrUnreadable)
		}
	}
	setRev(&resp, r.Rev)
	if r.Error == nil {
		return resp, nil
	}
	kind := kindNamed(r.Error.Kind)
	switch {
	case kind == nil:
		return resp, errInternal
	case r.Error.Detail == "" && len(r.Error.Fields) == 0:
		return resp, kind
	}
	return resp, &moderation.Problem{Kind: kind, Detail: r.Error.Detail, Fields: r.Error.Fields}
}

// kindOf returns the name of err's kind, empty where it is internal.
func kindOf(err error) string {
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			return k.name
		}
	}
	return ""
}

// kindNamed returns the kind of that name, nil where there is none.
func kindNamed(name string) error {
	for _, k := range kinds {
		if k.name == name {
			return k.err
		}
	}
	return nil
}

func revOf(v any) uint64 {
	switch v := v.(type) {
	case moderation.Submission:
		return v.Rev
	case moderation.Stage:
		return v.Rev
	case moderation.Event:
		return v.Rev
	case moderation.AuthorDecision:
		return v.Rev
	case moderation.Signal:
		return v.Rev
	}
	return 0
}

func setRev(v any, rev uint64) {
	switch v := v.(type) {
	case *moderation.Submission:
		v.Rev = rev
	case *moderation.Stage:
		v.Rev = rev
	case *moderation.Event:
		v.Rev = rev
	case *moderation.AuthorDecision:
		v.Rev = rev
	case *moderation.Signal:
		v.Rev = rev
	}
}
