package web

import (
	"bytes"
	"encoding/json"

	"github.com/openfloor/openfloor/moderation"
)

// actionBody reads the body of one action, strictly, into the request. It looks at the form alone; what the words
// may be is the desk's to say.
type actionBody func(body []byte, req *moderation.ActRequest) error

// read reads the body of the action; an empty one says nothing.
func (a actionRoute) read(body []byte, req *moderation.ActRequest) error {
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	if a.body == nil {
		return unpack(body, &struct{}{})
	}
	return a.body(body, req)
}

func unpack(body []byte, v any) error { return moderation.DecodeStrict(bytes.NewReader(body), v) }

func reasonBody(body []byte, req *moderation.ActRequest) error {
	var b struct {
		Reason *string `json:"reason"`
	}
	err := unpack(body, &b)
	if b.Reason != nil {
		req.Reason = *b.Reason
	}
	return err
}

func textBody(body []byte, req *moderation.ActRequest) error {
	var b struct {
		Text *string `json:"text"`
	}
	if err := unpack(body, &b); err != nil {
		return err
	}
	if b.Text == nil {
		return moderation.Invalid("text", "Send the text.")
	}
	req.Text = *b.Text
	return nil
}

func tagBody(body []byte, req *moderation.ActRequest) error {
	var b struct {
		Add    []string `json:"add"`
		Remove []string `json:"remove"`
	}
	err := unpack(body, &b)
	req.Add, req.Remove = b.Add, b.Remove
	return err
}

func kindBody(body []byte, req *moderation.ActRequest) error {
	var b struct {
		Kind moderation.Kind `json:"kind"`
	}
	err := unpack(body, &b)
	req.Kind = b.Kind
	return err
}

func mergeBody(body []byte, req *moderation.ActRequest) error {
	var b struct {
		Into string `json:"into"`
	}
	err := unpack(body, &b)
	req.Into = b.Into
	return err
}

func fileBody(body []byte, req *moderation.ActRequest) error {
	var b struct {
		Prompt json.RawMessage `json:"prompt"`
	}
	if err := unpack(body, &b); err != nil {
		return err
	}
	if b.Prompt == nil || json.Unmarshal(b.Prompt, &req.Prompt) != nil {
		return moderation.Invalid("prompt", "The number of a prompt, or null for none.")
	}
	return nil
}

func moveBody(body []byte, req *moderation.ActRequest) error {
	var b struct {
		After json.RawMessage `json:"after"`
	}
	if err := unpack(body, &b); err != nil {
		return err
	}
	after, err := target("after", b.After)
	if err != nil {
		return err
	}
	if after == nil {
		return moderation.Invalid("after", "Say after which submission, or null for the top.")
	}
	req.After = *after
	return nil
}
