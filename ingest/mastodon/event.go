package mastodon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// event is one thing that a stream tells: docs.joinmastodon.org/methods/streaming, read 2026-11. The zero value
// tells nothing: a sign of life, or something that is not about posts.
type event struct {
	status *status // a new post, or one as it is after an edit
	gone   string  // the server's id of a post that was deleted
}

var errFrame = errors.New("a message of the stream that cannot be read")

// streamError is what a websocket says instead of an event.
type streamError struct{ status int }

// Error implements error, without the server's words: they are for who wrote the client.
func (e *streamError) Error() string {
	return fmt.Sprintf("the stream refuses with status %d", e.status)
}

// decodeFrame reads a text message of a websocket. The payload is JSON in a string; an object in its place is
// understood too.
func decodeFrame(b []byte) (event, error) {
	var f struct {
		Event   string          `json:"event"`
		Payload json.RawMessage `json:"payload"`
		Error   json.RawMessage `json:"error"`
		Status  int             `json:"status"`
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return event{}, errFrame
	}
	if f.Event == "" {
		if len(f.Error) > 0 {
			return event{}, &streamError{f.Status}
		}
		return event{}, errFrame
	}
	payload := []byte(f.Payload)
	if len(payload) > 0 && payload[0] == '"' {
		var s string
		if err := json.Unmarshal(payload, &s); err != nil {
			return event{}, errFrame
		}
		payload = []byte(s)
	}
	return decodeEvent(f.Event, payload)
}

// decodeEvent reads an event by its name and payload. Names that are not about posts give the zero event: there are
// many, and more with each version.
func decodeEvent(name string, payload []byte) (event, error) {
	switch name {
	case "update", "status.update":
		var s status
		if json.Unmarshal(payload, &s) != nil || !usableID(s.ID) || !s.usable() {
			return event{}, errFrame
		}
		return event{status: &s}, nil
	case "delete":
		id := string(bytes.Trim(bytes.TrimSpace(payload), `"`))
		if !usableID(id) {
			return event{}, errFrame
		}
		return event{gone: id}, nil
	}
	return event{}, nil
}
