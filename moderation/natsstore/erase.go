package natsstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/openfloor/openfloor/moderation"
)

// Erase implements moderation.Floor. Each revision before rev is overwritten on disk, and the votes are removed; the subject keeps rev, so
// that the post can never come back as new. On a cluster the text leaves the servers' own logs within minutes, as
// they are compacted.
//
// Erase refuses, with ErrInvalid, where nothing stands at rev or after it: without a tombstone the subject would be
// free again.
func (s *Store) Erase(ctx context.Context, event, id string, rev uint64) error {
	subject, err := submissionSubject(event, id)
	if err != nil {
		return err
	}
	newest, err := s.find(ctx, streamFloor, subject, 0)
	if err != nil {
		return fmt.Errorf("erase %s: %w", subject, err)
	}
	if newest == nil || newest.Seq < rev {
		return fmt.Errorf("erase %s: no revision %d or later to keep: %w", subject, rev, moderation.ErrInvalid)
	}
	if err := s.forgetVotes(ctx, event, id); err != nil {
		return fmt.Errorf("erase %s: %w", subject, err)
	}
	err = s.each(ctx, subject, func(m *stored) error {
		if m.Seq >= rev {
			return errStop
		}
		return s.overwrite(ctx, streamFloor, subject, m.Seq)
	})
	if err != nil && !errors.Is(err, errStop) {
		return fmt.Errorf("erase %s: %w", subject, err)
	}
	return nil
}

// overwrite erases one message of a stream, as a message and on disk.
func (s *Store) overwrite(ctx context.Context, stream, subject string, seq uint64) error {
	return persist(ctx, func(ctx context.Context) error {
		var answer struct {
			Success bool `json:"success"`
		}
		// Without no_erase: the bytes are overwritten, not only marked.
		deleted := s.api(ctx, "STREAM.MSG.DELETE."+stream, map[string]uint64{"seq": seq}, &answer)
		if deleted == nil && answer.Success {
			return nil
		}
		// Perhaps an earlier try, or somebody else, has done it.
		next, err := s.get(ctx, stream, subject, seq)
		switch {
		case err != nil:
			return err
		case next == nil || next.Seq != seq:
			return nil
		case deleted == nil:
			return errors.New("the server says no")
		}
		return deleted
	})
}

// FinishErasures carries out, at start, the erasures that a crash cut short: where a subject of FLOOR holds more
// than one revision of a submission that isGone knows as withdrawn or erased at rev, the ones before rev are
// erased. It returns how many submissions it has dealt with. Call it once the record has caught up.
func (s *Store) FinishErasures(ctx context.Context, isGone func(event, id string) (rev uint64, gone bool)) (n int, err error) {
	st, err := s.js.Stream(ctx, streamFloor)
	if err != nil {
		return 0, fmt.Errorf("finish erasures: %w", unavailable(err))
	}
	info, err := st.Info(ctx, jetstream.WithSubjectFilter(allSubmissions))
	if err != nil {
		return 0, fmt.Errorf("finish erasures: %w", unavailable(err))
	}
	for subject, messages := range info.State.Subjects {
		if messages < 2 {
			continue
		}
		_, event, id, err := parseFloorSubject(subject)
		if err != nil {
			return n, fmt.Errorf("finish erasures: %w", err)
		}
		rev, gone := isGone(event, id)
		if !gone {
			continue
		}
		if err := s.Erase(ctx, event, id, rev); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
