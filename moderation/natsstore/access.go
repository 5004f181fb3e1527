package natsstore

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/openfloor/openfloor/moderation"
)

// ACCESS keeps one message a key. A deleted key keeps an empty one, so that those who follow see the deletion.
// Nothing about attendees and nothing that people wrote belongs here: what is overwritten stays on disk a while.

// PutAccess stores body under key and returns its revision. With expect nil it does so whatever is there; with the
// address of a revision, only where that is the key's newest; with the address of 0, only where there is nothing,
// or nothing any more. Errors: moderation.ErrExists where expect was 0 and there is something,
// moderation.ErrStale where it was another revision, moderation.ErrInvalid for an empty body or a bad key,
// moderation.ErrUnavailable.
func (s *Store) PutAccess(ctx context.Context, key string, body []byte, expect *uint64) (rev uint64, err error) {
	if len(body) == 0 {
		return 0, fmt.Errorf("put access: empty body: %w", moderation.ErrInvalid)
	}
	rev, err = s.putAccess(ctx, key, body, expect)
	if err != nil {
		return 0, fmt.Errorf("put access: %w", err) // keys may be hashes of secrets: not in errors
	}
	return rev, nil
}

// DeleteAccess removes key. There being nothing under it is no error.
func (s *Store) DeleteAccess(ctx context.Context, key string) error {
	if _, err := s.putAccess(ctx, key, nil, nil); err != nil {
		return fmt.Errorf("delete access: %w", err)
	}
	return nil
}

// EraseAccess removes key, as DeleteAccess does, and makes what was under it unreadable on disk too.
func (s *Store) EraseAccess(ctx context.Context, key string) error {
	subject, err := accessSubject(key)
	if err != nil {
		return fmt.Errorf("erase access: %w", err)
	}
	m, err := s.find(ctx, streamAccess, subject, 0)
	if err == nil && m != nil && len(m.Data) > 0 {
		if err = s.overwrite(ctx, streamAccess, subject, m.Seq); err == nil {
			_, err = s.putAccess(ctx, key, nil, nil) // for those who follow
		}
	}
	if err != nil {
		return fmt.Errorf("erase access: %w", err)
	}
	return nil
}

func (s *Store) putAccess(ctx context.Context, key string, body []byte, expect *uint64) (rev uint64, err error) {
	subject, err := accessSubject(key)
	if err != nil {
		return 0, err
	}
	op := opHeader("")
	var expected uint64
	if expect != nil {
		expected = *expect
	}
	err = persist(ctx, func(ctx context.Context) error {
		msg := nats.NewMsg(subject)
		msg.Data = body
		msg.Header.Set(jetstream.ExpectedStreamHeader, streamAccess)
		msg.Header.Set(headerOp, op)
		if expect != nil {
			msg.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(expected, 10))
		}
		ack, err := s.publish(ctx, msg)
		if err == nil || !conflict(err) {
			rev = ack.Seq
			return err
		}
		there, getErr := s.get(ctx, streamAccess, subject, 0)
		switch {
		case getErr != nil:
			return getErr
		case there != nil && there.header.Get(headerOp) == op: // an earlier try, its acknowledgement lost
			rev = there.Seq
			return nil
		case *expect == 0 && there != nil && len(there.Data) == 0 && there.Seq != expected: // nothing any more
			expected = there.Seq
			return errAgain
		case there == nil && apiCode(err) == codeWrongSequenceToo: // another write is under way
			return errAgain
		case *expect == 0:
			return moderation.ErrExists
		}
		return moderation.ErrStale
	})
	return rev, err
}

// GetAccess returns what is stored under key, from the stream's leader, and its revision. It returns
// moderation.ErrNotFound where there is nothing, or nothing any more.
func (s *Store) GetAccess(ctx context.Context, key string) (body []byte, rev uint64, err error) {
	subject, err := accessSubject(key)
	if err != nil {
		return nil, 0, err
	}
	m, err := s.find(ctx, streamAccess, subject, 0)
	if err != nil {
		return nil, 0, fmt.Errorf("get access: %w", err)
	}
	if m == nil || len(m.Data) == 0 {
		return nil, 0, fmt.Errorf("get access: %w", moderation.ErrNotFound)
	}
	return m.Data, m.Seq, nil
}

// FollowAccess reads ACCESS as Follow reads FLOOR: everything there is, then every change. A nil body says that the
// key was deleted. apply may keep body. It returns as Follow does.
func (s *Store) FollowAccess(ctx context.Context, apply func(key string, body []byte, rev uint64) error, caughtUp func()) error {
	f := follower{
		Store: s, stream: streamAccess, filter: allAccess, caughtUp: caughtUp,
		handle: func(subject string, body []byte, seq uint64, _ time.Time) error {
			key, err := parseAccessSubject(subject)
			if err != nil {
				return err
			}
			if len(body) == 0 {
				body = nil
			}
			return apply(key, body, seq)
		},
	}
	return f.run(ctx)
}

// Cursor returns how far a source has read for an event, in the source's own terms; empty where it has not begun.
// Source is any text that names it, such as "mastodon@https://mastodon.social".
func (s *Store) Cursor(ctx context.Context, event, source string) (string, error) {
	key, err := cursorKey(event, source)
	if err != nil {
		return "", err
	}
	subject, err := accessSubject(key)
	if err != nil {
		return "", err
	}
	m, err := s.find(ctx, streamAccess, subject, 0)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", key, err)
	}
	if m == nil || len(m.Data) == 0 {
		return "", nil
	}
	return decodeCursor(key, m.Data)
}

// SetCursor stores how far a source has read for an event. Set it only once what was read is in INTAKE.
func (s *Store) SetCursor(ctx context.Context, event, source, cursor string) error {
	key, err := cursorKey(event, source)
	if err != nil {
		return err
	}
	body, err := encodeCursor(cursor)
	if err != nil {
		return err
	}
	if _, err := s.putAccess(ctx, key, body, nil); err != nil {
		return fmt.Errorf("store %s: %w", key, err)
	}
	return nil
}
