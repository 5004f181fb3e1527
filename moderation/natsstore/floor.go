package natsstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/openfloor/openfloor/moderation"
)

var _ moderation.Floor = (*Store)(nil)

// headerOp carries the name of the operation that put a message.
const headerOp = "Openfloor-Op"

// write is one message of a Put.
type write struct {
	subject  string
	body     []byte
	expected uint64 // the sequence that has to be the newest on subject; 0: there is nothing yet
}

// Put implements moderation.Floor. One entry is one conditional publish, several are one atomic batch. Op may be
// any text; an empty one is made up, and then a repetition is not recognised. Entries of one Put have to be about
// different things, at most 1,000.
//
// An operation is found again if the entries carry the same Revs as the first time. Put takes about 5 s at most.
func (s *Store) Put(ctx context.Context, op string, entries ...moderation.Entry) ([]moderation.Entry, error) {
	writes, err := prepare(entries)
	if err != nil {
		return nil, err
	}
	op = opHeader(op)
	leave, err := s.enterBatch(ctx, len(writes))
	if err != nil {
		return nil, fmt.Errorf("put %s: %w", writes[0].subject, err)
	}
	defer leave()
	var out []moderation.Entry
	err = persist(ctx, func(ctx context.Context) error {
		last, err := s.append(ctx, op, writes)
		switch {
		case err == nil:
			out = renumber(entries, last)
			return nil
		case conflict(err):
			out, err = s.settle(ctx, op, writes, apiCode(err))
			return err
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("put %s: %w", writes[0].subject, err)
	}
	return out, nil
}

func prepare(entries []moderation.Entry) ([]write, error) {
	if len(entries) == 0 || len(entries) > maxBatch {
		return nil, fmt.Errorf("put %d entries: %w", len(entries), moderation.ErrInvalid)
	}
	writes := make([]write, 0, len(entries))
	taken := make(map[string]bool, len(entries))
	for _, e := range entries {
		subject, err := entrySubject(e)
		if err != nil {
			return nil, err
		}
		if taken[subject] {
			return nil, fmt.Errorf("put %s twice at once: %w", subject, moderation.ErrInvalid)
		}
		taken[subject] = true
		body, err := encodeEntry(e)
		if err != nil {
			return nil, fmt.Errorf("put %s: %w", subject, err)
		}
		writes = append(writes, write{subject, body, e.Rev()})
	}
	return writes, nil
}

// append publishes the writes and returns the sequence of the last one; those of a batch are contiguous.
func (s *Store) append(ctx context.Context, op string, writes []write) (uint64, error) {
	msgs := make([]*nats.Msg, len(writes))
	for i, w := range writes {
		msg := nats.NewMsg(w.subject)
		msg.Data = w.body
		msg.Header.Set(jetstream.ExpectedStreamHeader, streamFloor)
		msg.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(w.expected, 10))
		msg.Header.Set(headerOp, op)
		msgs[i] = msg
	}
	ack, err := s.publishBatch(ctx, msgs)
	return ack.Seq, err
}

// settle finds out what a refused Put came to. The first message after the expected one on a subject is what
// followed it: ours, if an earlier try was stored and its acknowledgement lost, or somebody else's.
func (s *Store) settle(ctx context.Context, op string, writes []write, code jetstream.ErrorCode) ([]moderation.Entry, error) {
	out := make([]moderation.Entry, 0, len(writes))
	for _, w := range writes {
		next, err := s.get(ctx, streamFloor, w.subject, w.expected+1)
		if err != nil {
			return nil, err
		}
		if next == nil {
			continue
		}
		if next.header.Get(headerOp) != op {
			return nil, moderation.ErrStale
		}
		e, ok, err := decodeEntry(next.Subject, next.Data, next.Seq)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fmt.Errorf("%s: %w", next.Subject, ErrUnreadable)
		}
		out = append(out, e)
	}
	switch {
	case len(out) == len(writes):
		return out, nil
	case len(out) == 0 && code == codeWrongSequence:
		return nil, moderation.ErrStale // expected a revision that there never was
	}
	return nil, errAgain // another write of the subject is under way
}

// renumber returns copies of the entries with their new revisions, the last of which is last.
func renumber(entries []moderation.Entry, last uint64) []moderation.Entry {
	out := make([]moderation.Entry, len(entries))
	rev := last - uint64(len(entries))
	for i, e := range entries {
		rev++
		out[i] = withRev(e, rev)
	}
	return out
}

// withRev returns a copy of e at rev.
func withRev(e moderation.Entry, rev uint64) moderation.Entry {
	switch {
	case e.Submission != nil:
		c := *e.Submission
		c.Rev = rev
		return moderation.Entry{Submission: &c}
	case e.Event != nil:
		c := *e.Event
		c.Rev = rev
		return moderation.Entry{Event: &c}
	case e.Stage != nil:
		c := *e.Stage
		c.Rev = rev
		return moderation.Entry{Stage: &c}
	case e.Author != nil:
		c := *e.Author
		c.Rev = rev
		return moderation.Entry{Author: &c}
	case e.Alias != nil:
		c := *e.Alias
		c.Rev = rev
		return moderation.Entry{Alias: &c}
	case e.Signal != nil:
		c := *e.Signal
		c.Rev = rev
		return moderation.Entry{Signal: &c}
	}
	return e
}

// opHeader returns op as it can stand in a header: itself, or a hash where it is long or holds odd bytes.
func opHeader(op string) string {
	if op == "" {
		return rand.Text()
	}
	return headerToken(op)
}

func headerToken(v string) string {
	if len(v) > 128 {
		return "h:" + hashToken(v)
	}
	for i := range len(v) {
		if v[i] <= ' ' || v[i] > '~' {
			return "h:" + hashToken(v)
		}
	}
	return v
}

// History implements moderation.Floor. It reads revision by revision from the stream's leader.
func (s *Store) History(ctx context.Context, event, id string) ([]moderation.Submission, error) {
	subject, err := submissionSubject(event, id)
	if err != nil {
		return nil, err
	}
	var out []moderation.Submission
	err = s.each(ctx, subject, func(m *stored) error {
		e, _, err := decodeEntry(m.Subject, m.Data, m.Seq)
		if err != nil {
			return err
		}
		out = append(out, *e.Submission)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("history of %s: %w", subject, err)
	}
	return out, nil
}

// NewestSubmission implements moderation.Floor: it asks the stream's leader, past every cache.
func (s *Store) NewestSubmission(ctx context.Context, event, id string) (moderation.Submission, error) {
	subject, err := submissionSubject(event, id)
	if err != nil {
		return moderation.Submission{}, err
	}
	m, err := s.find(ctx, streamFloor, subject, 0)
	if err != nil {
		return moderation.Submission{}, fmt.Errorf("newest of %s: %w", subject, err)
	}
	if m == nil {
		return moderation.Submission{}, fmt.Errorf("newest of %s: %w", subject, moderation.ErrNotFound)
	}
	e, _, err := decodeEntry(m.Subject, m.Data, m.Seq)
	if err != nil {
		return moderation.Submission{}, err
	}
	return *e.Submission, nil
}

// Last returns FLOOR's last sequence: who has seen it has seen everything stored so far.
func (s *Store) Last(ctx context.Context) (uint64, error) {
	var info struct {
		State jetstream.StreamState `json:"state"`
	}
	err := persist(ctx, func(ctx context.Context) error {
		return s.api(ctx, "STREAM.INFO."+streamFloor, struct{}{}, &info)
	})
	if err != nil {
		return 0, fmt.Errorf("last revision: %w", err)
	}
	return info.State.LastSeq, nil
}

// find is get with retries.
func (s *Store) find(ctx context.Context, stream, subject string, from uint64) (m *stored, err error) {
	err = persist(ctx, func(ctx context.Context) error {
		m, err = s.get(ctx, stream, subject, from)
		return err
	})
	return m, err
}

// each calls f with the messages on a subject of FLOOR, oldest first.
func (s *Store) each(ctx context.Context, subject string, f func(*stored) error) error {
	for from := uint64(1); ; {
		m, err := s.find(ctx, streamFloor, subject, from)
		if err != nil || m == nil {
			return err
		}
		if err := f(m); err != nil {
			return err
		}
		from = m.Seq + 1
	}
}

// errStop ends each early.
var errStop = errors.New("stop")
