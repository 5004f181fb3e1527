package inbox

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/text"
)

// WebhookWindow is how far a webhook's timestamp may be from our clock, in both directions: what the reference
// libraries of Standard Webhooks 1.0.0 allow (standard-webhooks/libraries/go/webhook.go, read 2026-11).
const WebhookWindow = 5 * time.Minute

// Limits of what a webhook's headers may hold, in bytes.
const (
	webhookIDBytes     = 256
	webhookSigsMost    = 32
	webhookSecretsMost = 16
)

// ErrSignature says that a webhook was not signed by anybody who knows a secret of ours, or not now. It never says
// which of these, so that nobody can try.
var ErrSignature = errors.New("the signature is not one of ours, or not of now")

// Webhook takes what other programs push, signed as Standard Webhooks 1.0.0 has it. It is safe for concurrent use.
type Webhook struct {
	intake Intake
	keys   [][]byte // every one may sign
}

// NewWebhook returns a Webhook that stores in intake. Secrets are separated by white space; each is "whsec_" and
// base64, or anything else, which is taken both as it stands and, where it is base64, as what that means. Without a
// secret every signature is refused. The error says what is wrong and never quotes a secret.
func NewWebhook(intake Intake, secrets string) (*Webhook, error) {
	if intake == nil {
		return nil, errors.New("webhook: an intake is needed")
	}
	keys, err := webhookKeys(secrets)
	if err != nil {
		return nil, err
	}
	return &Webhook{intake: intake, keys: keys}, nil
}

// CheckWebhookSecrets returns what NewWebhook would say about the secrets.
func CheckWebhookSecrets(secrets string) error {
	_, err := webhookKeys(secrets)
	return err
}

func webhookKeys(secrets string) (keys [][]byte, err error) {
	list := strings.Fields(secrets)
	if len(list) > webhookSecretsMost {
		return nil, fmt.Errorf("OPENFLOOR_WEBHOOK_SECRET holds %d secrets; %d are enough to rotate", len(list), webhookSecretsMost)
	}
	for i, s := range list {
		encoded, prefixed := strings.CutPrefix(s, "whsec_")
		key, err := decodeBase64(encoded)
		if prefixed && (err != nil || len(key) == 0) {
			return nil, fmt.Errorf("OPENFLOOR_WEBHOOK_SECRET: secret %d is not whsec_ and base64; copy it again as its sender shows it", i+1)
		}
		if err == nil && len(key) > 0 {
			keys = append(keys, key)
		}
		if !prefixed {
			keys = append(keys, []byte(s))
		}
	}
	return keys, nil
}

// decodeBase64 reads standard base64, with padding or without.
func decodeBase64(s string) ([]byte, error) {
	return base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(s, "="))
}

// WebhookHeader is what the headers of the same names say.
type WebhookHeader struct {
	ID        string // webhook-id
	Timestamp string // webhook-timestamp: Unix seconds
	Signature string // webhook-signature: "v1," and base64, several separated by spaces
}

// Verify returns ErrSignature where no secret has signed body with these headers within WebhookWindow of now.
func (w *Webhook) Verify(h WebhookHeader, body []byte, now time.Time) error {
	if h.ID == "" || len(h.ID) > webhookIDBytes || strings.ContainsAny(h.ID, ". \t\r\n") {
		return ErrSignature // a dot would let one id and time stand for another
	}
	sent, err := strconv.ParseInt(h.Timestamp, 10, 64)
	if err != nil || strconv.FormatInt(sent, 10) != h.Timestamp {
		return ErrSignature
	}
	if now.Unix()-sent > int64(WebhookWindow/time.Second) || sent-now.Unix() > int64(WebhookWindow/time.Second) {
		return ErrSignature
	}
	var given [][]byte
	for _, s := range strings.Fields(h.Signature) {
		encoded, ok := strings.CutPrefix(s, "v1,")
		if !ok {
			continue // another version, such as v1a
		}
		if sig, err := base64.StdEncoding.DecodeString(encoded); err == nil && len(given) < webhookSigsMost {
			given = append(given, sig)
		}
	}
	good := false
	for _, key := range w.keys {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(h.ID + "." + h.Timestamp + "."))
		mac.Write(body)
		want := mac.Sum(nil)
		for _, sig := range given {
			if hmac.Equal(sig, want) { // in constant time
				good = true
			}
		}
	}
	if !good {
		return ErrSignature
	}
	return nil
}

// webhookKinds are the types that we know.
var webhookKinds = map[string]moderation.Kind{
	"question.submitted": moderation.Question, "story.submitted": moderation.Story, "answer.submitted": moderation.Answer,
}

// webhookBody is what a webhook carries. Members that we do not know are left alone: senders add some as they grow.
type webhookBody struct {
	Type string `json:"type"`
	Data struct {
		Text     string  `json:"text"`
		Name     *string `json:"name"`
		Kind     *string `json:"kind"`
		URL      *string `json:"url"`
		PostedAt *string `json:"posted_at"`
		// The sender's own id may be there too. It names nothing here, since webhook-id says what is the same.
	} `json:"data"`
}

// Receive stores what a webhook brings to e and returns the submission's id once it is stored for good. The same
// webhook-id is one submission for ever; duplicate says that it was stored before. The text may be longer than the
// event allows its attendees, as that of a network's post may: nobody is there to shorten it. Busy: more than the
// event's limit comes in, so it is held. Call Verify first.
//
// Errors: moderation.ErrSyntax where body is no JSON; a *moderation.Problem of kind ErrInvalid with all bad fields, and
// of kind ErrClosed where the event takes nothing now; otherwise the intake's, after which it may or may not be
// stored.
func (w *Webhook) Receive(ctx context.Context, e moderation.Event, webhookID string, body []byte, busy bool) (id string, duplicate bool, err error) {
	now := time.Now()
	if err := closed(e, now); err != nil {
		return "", false, err
	}
	var b webhookBody
	if err := json.Unmarshal(body, &b); err != nil {
		if te, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return "", false, moderation.Invalid(te.Field, "This has to be of another type: a text, or an object for data.")
		}
		return "", false, fmt.Errorf("%w: %w", moderation.ErrSyntax, err)
	}
	post, err := b.post(e, now)
	if err != nil {
		return "", false, err
	}
	post.Key, post.Busy = "hook:"+webhookID, busy
	post.Author.Account = authorOf(post)
	if post, err = ingest.Tidy(post, now); err != nil {
		return "", false, moderation.Invalid("data.text", "There is nothing in it to show.")
	}
	duplicate, err = w.intake.Submit(ctx, post)
	if err != nil {
		return "", false, fmt.Errorf("submit %s: %w", post.ID(), err)
	}
	return post.ID(), duplicate, nil
}

// post makes a post of b, or tells all that is wrong with it.
func (b webhookBody) post(e moderation.Event, now time.Time) (moderation.Post, error) {
	var bad []moderation.Field
	add := func(field, detail string) { bad = append(bad, moderation.Field{Field: field, Detail: detail}) }
	p := moderation.Post{Event: e.Slug, Source: moderation.FromWebhook, Text: Clean(b.Data.Text), PostedAt: now}
	of, known := webhookKinds[b.Type]
	if !known {
		add("type", "Send question.submitted, story.submitted or answer.submitted.")
	}
	p.Kind = of
	if k := b.Data.Kind; k != nil && *k != "" && known && moderation.Kind(*k) != of {
		add("data.kind", fmt.Sprintf("A %s has the kind %s, or leaves it out.", b.Type, of))
	} else if detail := kind(e.Mode, &p.Kind); detail != "" && known {
		add("type", detail)
	}
	switch {
	case p.Text == "":
		add("data.text", "There is nothing in it to show.")
	case len(p.Text) > ingest.TextBytes:
		add("data.text", fmt.Sprintf("It has %d bytes. Shorten it to %d.", len(p.Text), ingest.TextBytes))
	}
	if n := b.Data.Name; n != nil {
		p.Author.Name = text.Name(strings.Join(strings.Fields(*n), " "))
	}
	if u := b.Data.URL; u != nil && *u != "" {
		if p.URL = ingest.WebAddress(*u); p.URL == "" {
			add("data.url", "This has to be an address such as https://social.example/@ana/1.")
		}
	}
	if at := b.Data.PostedAt; at != nil && *at != "" {
		t, err := time.Parse(time.RFC3339, *at)
		if err != nil {
			add("data.posted_at", "A time as RFC 3339 has it, such as 2026-11-30T18:30:00Z.")
		}
		p.PostedAt = t
	}
	if len(bad) > 0 {
		detail := bad[0].Detail
		if len(bad) > 1 {
			detail = fmt.Sprintf("There are %d things to put right.", len(bad))
		}
		return p, &moderation.Problem{Kind: moderation.ErrInvalid, Detail: detail, Fields: bad}
	}
	return p, nil
}

// authorOf returns the account of an author of whom only a name is known: the same for the same name, and nobody
// else's where there is none.
func authorOf(p moderation.Post) string {
	if name := text.Fold(p.Author.Name); name != "" {
		return "name:" + name
	}
	return p.Key
}
