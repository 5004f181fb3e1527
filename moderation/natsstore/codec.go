package natsstore

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/openfloor/openfloor/moderation"
)

// ErrUnreadable says that something stored cannot be read: a body that is no JSON, one of an unknown version, or
// one that does not belong to its subject. It is never papered over: the process that meets it stops.
var ErrUnreadable = errors.New("unreadable message")

// bodyVersion is the version of every body written.
const bodyVersion = 1

// The bodies: the version beside the fields of what they hold. Rev and time of storing are the message's own.
type (
	submissionBody struct {
		V int `json:"v"`
		moderation.Submission
	}
	eventBody struct {
		V int `json:"v"`
		moderation.Event
	}
	stageBody struct {
		V int `json:"v"`
		moderation.Stage
	}
	signalBody struct {
		V int `json:"v"`
		moderation.Signal
	}
	authorBody struct {
		V int `json:"v"`
		moderation.AuthorDecision
	}
	aliasBody struct {
		V int `json:"v"`
		moderation.Alias
	}
	postBody struct {
		V int `json:"v"`
		moderation.Post
	}
	cursorBody struct {
		V      int    `json:"v"`
		Cursor string `json:"cursor"`
	}
)

// encodeEntry returns the body of whatever e holds.
func encodeEntry(e moderation.Entry) ([]byte, error) {
	switch {
	case e.Submission != nil:
		return json.Marshal(submissionBody{bodyVersion, *e.Submission})
	case e.Event != nil:
		return json.Marshal(eventBody{bodyVersion, *e.Event})
	case e.Stage != nil:
		return json.Marshal(stageBody{bodyVersion, *e.Stage})
	case e.Author != nil:
		return json.Marshal(authorBody{bodyVersion, *e.Author})
	case e.Alias != nil:
		return json.Marshal(aliasBody{bodyVersion, *e.Alias})
	case e.Signal != nil:
		return json.Marshal(signalBody{bodyVersion, *e.Signal})
	}
	return nil, fmt.Errorf("encode an empty entry: %w", moderation.ErrInvalid)
}

// decodeEntry reads a message of FLOOR. Ok is false, without an error, for what a later version keeps there.
func decodeEntry(subject string, body []byte, rev uint64) (e moderation.Entry, ok bool, err error) {
	kind, event, id, err := parseFloorSubject(subject)
	if err != nil {
		return e, false, err
	}
	var named, namedID string // what the body itself says it is
	switch kind {
	case entitySubmission:
		var b submissionBody
		if err := decode(subject, body, &b); err != nil {
			return e, false, err
		}
		b.Rev = rev
		e.Submission, named, namedID = &b.Submission, b.Submission.Event, b.ID
	case entityEvent:
		var b eventBody
		if err := decode(subject, body, &b); err != nil {
			return e, false, err
		}
		b.Rev = rev
		e.Event, named = &b.Event, b.Slug
	case entityStage:
		var b stageBody
		if err := decode(subject, body, &b); err != nil {
			return e, false, err
		}
		b.Rev = rev
		e.Stage, named = &b.Stage, b.Stage.Event
	case entityAuthor:
		var b authorBody
		if err := decode(subject, body, &b); err != nil {
			return e, false, err
		}
		b.Rev = rev
		e.Author, named, namedID = &b.AuthorDecision, b.Event, b.Key
	case entityAlias:
		var b aliasBody
		if err := decode(subject, body, &b); err != nil {
			return e, false, err
		}
		b.Rev = rev
		e.Alias, named, namedID = &b.Alias, b.Event, b.ID
	case entitySignal:
		var b signalBody
		if err := decode(subject, body, &b); err != nil {
			return e, false, err
		}
		b.Rev = rev
		e.Signal, named, namedID = &b.Signal, b.Signal.Event, b.ID
	default:
		return e, false, nil
	}
	if named != event || namedID != id {
		return moderation.Entry{}, false, fmt.Errorf("%s: its body is about another thing: %w", subject, ErrUnreadable)
	}
	return e, true, nil
}

func encodePost(p moderation.Post) ([]byte, error) {
	return json.Marshal(postBody{bodyVersion, p})
}

func decodePost(subject string, body []byte) (moderation.Post, error) {
	var b postBody
	if err := decode(subject, body, &b); err != nil {
		return moderation.Post{}, err
	}
	if want, err := intakeSubject(b.Event, b.Source); err != nil || want != subject {
		return moderation.Post{}, fmt.Errorf("%s: its body is about another event or source: %w", clip(subject), ErrUnreadable)
	}
	return b.Post, nil
}

func encodeCursor(cursor string) ([]byte, error) {
	return json.Marshal(cursorBody{bodyVersion, cursor})
}

func decodeCursor(key string, body []byte) (string, error) {
	var b cursorBody
	err := decode(key, body, &b)
	return b.Cursor, err
}

// decode reads body into into, if it is of a version known here. The body itself never gets into an error.
func decode(subject string, body []byte, into any) error {
	var head struct {
		V int `json:"v"`
	}
	if err := json.Unmarshal(body, &head); err != nil {
		return fmt.Errorf("%s: no JSON object with a version: %w", clip(subject), ErrUnreadable)
	}
	if head.V != bodyVersion {
		return fmt.Errorf("%s: version %d, this program reads %d; run the version that wrote it, or a newer one: %w",
			clip(subject), head.V, bodyVersion, ErrUnreadable)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%s: a field is not what it should be: %w", clip(subject), ErrUnreadable)
	}
	return nil
}
