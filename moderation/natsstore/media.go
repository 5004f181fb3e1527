package natsstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/openfloor/openfloor/moderation"
)

// MEDIA keeps our copies of authors' pictures, one a subject. What is replaced or erased is overwritten on disk, as
// words are.

// portraitBody is a portrait as it is stored.
type portraitBody struct {
	V int `json:"v"`
	moderation.Portrait
}

func portraitSubject(event, key string) (string, error) {
	if err := checkEvent(event); err != nil {
		return "", err
	}
	if !validID(key) {
		return "", fmt.Errorf("author key %q: %w", clip(key), moderation.ErrInvalid)
	}
	return "media." + event + "." + key, nil
}

func encodePortrait(p moderation.Portrait) ([]byte, error) {
	return json.Marshal(portraitBody{bodyVersion, p})
}

func decodePortrait(subject string, body []byte) (moderation.Portrait, error) {
	var b portraitBody
	if err := decode(subject, body, &b); err != nil {
		return moderation.Portrait{}, err
	}
	if want, err := portraitSubject(b.Event, b.Key); err != nil || want != subject {
		return moderation.Portrait{}, fmt.Errorf("%s holds the portrait of another: %w", subject, ErrUnreadable)
	}
	return b.Portrait, nil
}

// Portrait returns the picture of an author. It returns moderation.ErrNotFound where there is none.
func (s *Store) Portrait(ctx context.Context, event, key string) (moderation.Portrait, error) {
	subject, err := portraitSubject(event, key)
	if err != nil {
		return moderation.Portrait{}, err
	}
	m, err := s.find(ctx, streamMedia, subject, 0)
	if err != nil {
		return moderation.Portrait{}, fmt.Errorf("get portrait: %w", err)
	}
	if m == nil {
		return moderation.Portrait{}, fmt.Errorf("get portrait: %w", moderation.ErrNotFound)
	}
	return decodePortrait(subject, m.Data)
}

// PutPortrait keeps p in the place of what was kept of its author before.
func (s *Store) PutPortrait(ctx context.Context, p moderation.Portrait) error {
	subject, err := portraitSubject(p.Event, p.Key)
	if err != nil {
		return err
	}
	body, err := encodePortrait(p)
	if err != nil {
		return fmt.Errorf("put portrait: %w", err)
	}
	if err := s.ErasePortrait(ctx, p.Event, p.Key); err != nil {
		return err
	}
	err = persist(ctx, func(ctx context.Context) error {
		msg := nats.NewMsg(subject)
		msg.Data = body
		msg.Header.Set(jetstream.ExpectedStreamHeader, streamMedia)
		_, err := s.publish(ctx, msg)
		return err
	})
	if err != nil {
		return fmt.Errorf("put portrait: %w", err)
	}
	return nil
}

// ErasePortrait makes the picture of an author unreadable, on disk too. There being none is no error.
func (s *Store) ErasePortrait(ctx context.Context, event, key string) error {
	subject, err := portraitSubject(event, key)
	if err != nil {
		return err
	}
	for {
		m, err := s.find(ctx, streamMedia, subject, 0)
		if err != nil {
			return fmt.Errorf("erase portrait: %w", err)
		}
		if m == nil {
			return nil
		}
		if err := s.overwrite(ctx, streamMedia, subject, m.Seq); err != nil {
			return fmt.Errorf("erase portrait: %w", err)
		}
	}
}

// FinishPortraits erases, at start, the pictures that a crash left behind: those of authors of whom isGone says that
// nothing is left. It returns how many. Call it once the record has caught up.
func (s *Store) FinishPortraits(ctx context.Context, isGone func(event, key string) bool) (n int, err error) {
	st, err := s.js.Stream(ctx, streamMedia)
	if err != nil {
		return 0, fmt.Errorf("finish portraits: %w", unavailable(err))
	}
	info, err := st.Info(ctx, jetstream.WithSubjectFilter(allMedia))
	if err != nil {
		return 0, fmt.Errorf("finish portraits: %w", unavailable(err))
	}
	for subject := range info.State.Subjects {
		event, key, ok := parsePortraitSubject(subject)
		if !ok {
			return n, fmt.Errorf("finish portraits: subject %q: %w", clip(subject), ErrUnreadable)
		}
		if !isGone(event, key) {
			continue
		}
		if err := s.ErasePortrait(ctx, event, key); err != nil {
			return n, errors.Join(fmt.Errorf("finish portraits: %d done", n), err)
		}
		n++
	}
	return n, nil
}
