package natsstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/openfloor/openfloor/moderation"
)

// Time limits of what is asked of the server.
const (
	tryLimit   = 2 * time.Second // one try
	totalLimit = 5 * time.Second // all tries together

	retryFirst = 20 * time.Millisecond
	retryMost  = 500 * time.Millisecond
)

// Codes of nats-server, as of 2.15 (server/errors.json), that nats.go has no names for or that decide here.
const (
	codeNotAvailable     jetstream.ErrorCode = 10008 // the cluster has no leader now
	codeInsufficient     jetstream.ErrorCode = 10023 // the server's storage limit
	codeNotFound         jetstream.ErrorCode = 10037 // no such message
	codeTooLarge         jetstream.ErrorCode = 10054
	codeWrongSequence    jetstream.ErrorCode = 10071
	codeStreamFull       jetstream.ErrorCode = 10077
	codeWrongSequenceToo jetstream.ErrorCode = 10164 // the same, where another write of the subject is under way
	codeBatchIncomplete  jetstream.ErrorCode = 10176 // a part of it was lost on the way
	codeTooManyBatches   jetstream.ErrorCode = 10210
)

// errAgain marks a failure that another try may overcome.
var errAgain = errors.New("try again")

// request sends msg and waits for the answer, or for tryLimit.
func (s *Store) request(ctx context.Context, msg *nats.Msg) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, tryLimit)
	defer cancel()
	return s.nc.RequestMsgWithContext(ctx, msg)
}

// pubAck is what a stream answers to a publish.
type pubAck struct {
	Seq       uint64              `json:"seq"`
	Duplicate bool                `json:"duplicate"`
	Error     *jetstream.APIError `json:"error"`
}

// publish sends msg to its stream and returns once the stream has it for good.
func (s *Store) publish(ctx context.Context, msg *nats.Msg) (pubAck, error) {
	answer, err := s.request(ctx, msg)
	if err != nil {
		return pubAck{}, err
	}
	var ack pubAck
	switch err := json.Unmarshal(answer.Data, &ack); {
	case err != nil:
		return ack, fmt.Errorf("acknowledgement: %w", err)
	case ack.Error != nil:
		return ack, ack.Error
	case ack.Seq == 0:
		return ack, errors.New("acknowledgement without a sequence")
	}
	return ack, nil
}

// stored is a message of a stream.
type stored struct {
	Subject string      `json:"subject"`
	Seq     uint64      `json:"seq"`
	Header  []byte      `json:"hdrs"`
	Data    []byte      `json:"data"`
	Time    time.Time   `json:"time"`
	header  nats.Header // decoded
}

// get asks a stream's leader for the first message on subject from sequence from on, or for the newest where from
// is 0. It returns nil where there is none. Followers may lag behind, so AllowDirect is not made use of.
func (s *Store) get(ctx context.Context, stream, subject string, from uint64) (*stored, error) {
	ask := struct {
		Seq  uint64 `json:"seq,omitempty"`
		Last string `json:"last_by_subj,omitempty"`
		Next string `json:"next_by_subj,omitempty"`
	}{}
	if from == 0 {
		ask.Last = subject
	} else {
		ask.Seq, ask.Next = from, subject
	}
	var answer struct {
		Message *stored `json:"message"`
	}
	err := s.api(ctx, "STREAM.MSG.GET."+stream, ask, &answer)
	if apiCode(err) == codeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if answer.Message == nil {
		return nil, errors.New("the server's answer holds no message")
	}
	if len(answer.Message.Header) > 0 {
		if answer.Message.header, err = nats.DecodeHeadersMsg(answer.Message.Header); err != nil {
			return nil, fmt.Errorf("header of message %d: %w", answer.Message.Seq, err)
		}
	}
	return answer.Message, nil
}

// api asks the JetStream API once.
func (s *Store) api(ctx context.Context, method string, ask, answer any) error {
	body, err := json.Marshal(ask)
	if err != nil {
		return err
	}
	reply, err := s.request(ctx, &nats.Msg{Subject: "$JS.API." + method, Data: body})
	if err != nil {
		return err
	}
	var head struct {
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(reply.Data, &head); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	if head.Error != nil {
		return head.Error
	}
	return json.Unmarshal(reply.Data, answer)
}

// persist calls try until it succeeds, fails for good or totalLimit has passed, with growing jittered pauses.
// What remains of a failure to reach the store is moderation.ErrUnavailable.
func persist(ctx context.Context, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, totalLimit)
	defer cancel()
	for pause := retryFirst; ; pause = min(2*pause, retryMost) {
		err := try(ctx)
		if err == nil || !worthAnotherTry(err) {
			return unavailable(err)
		}
		if !sleep(ctx, jitter(pause)) {
			return unavailable(err)
		}
	}
}

// worthAnotherTry reports whether the same request may succeed soon.
func worthAnotherTry(err error) bool {
	switch apiCode(err) {
	case codeNotAvailable, codeBatchIncomplete, codeTooManyBatches:
		return true
	}
	return errors.Is(err, errAgain) || errors.Is(err, nats.ErrNoResponders) || errors.Is(err, nats.ErrTimeout) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrDisconnected) ||
		errors.Is(err, nats.ErrConnectionReconnecting)
}

// unavailable adds the moderation kind to an error of NATS: ErrUnavailable where the store cannot be reached or
// takes nothing now, ErrInvalid where a message is too large. Other errors stay as they are.
func unavailable(err error) error {
	switch code := apiCode(err); {
	case err == nil || errors.Is(err, moderation.ErrUnavailable):
		return err
	case code == codeTooLarge || errors.Is(err, nats.ErrMaxPayload):
		return fmt.Errorf("%w: %w", moderation.ErrInvalid, err)
	case code == codeInsufficient || code == codeStreamFull || worthAnotherTry(err),
		errors.Is(err, context.Canceled), errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrConnectionDraining),
		errors.Is(err, jetstream.ErrNoStreamResponse), isServerFault(err):
		return fmt.Errorf("%w: %w", moderation.ErrUnavailable, err)
	}
	return err
}

// isServerFault reports whether the server said that the fault is its own (code 500 and above).
func isServerFault(err error) bool {
	e, ok := errors.AsType[*jetstream.APIError](err)
	return ok && e.Code >= 500
}

// apiCode returns the server's error code, 0 where err is none of the server's.
func apiCode(err error) jetstream.ErrorCode {
	if e, ok := errors.AsType[*jetstream.APIError](err); ok {
		return e.ErrorCode
	}
	return 0
}

// conflict reports whether err says that another write of the subject came first.
func conflict(err error) bool {
	code := apiCode(err)
	return code == codeWrongSequence || code == codeWrongSequenceToo
}

// jitter returns a time between half of d and d.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }

// sleep waits for d and reports whether ctx lasted that long.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
