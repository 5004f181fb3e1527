package inbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
)

const (
	oneSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	twoSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
)

func newWebhook(t testing.TB, secrets string) (*Webhook, *intake) {
	t.Helper()
	in := &intake{}
	w, err := NewWebhook(in, secrets)
	if err != nil {
		t.Fatal(err)
	}
	return w, in
}

// sign signs as a sender does, by hand.
func sign(key []byte, id, at, body string) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, at, body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func keyOf(t testing.TB, secret string) []byte {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestVerifyVector is the example of the specification's libraries.
func TestVerifyVector(t *testing.T) {
	t.Parallel()
	w, _ := newWebhook(t, oneSecret)
	h := WebhookHeader{ID: "msg_p5jXN8AQM9LWM0D4loKWxJek", Timestamp: "1614265330", Signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}
	if err := w.Verify(h, []byte(`{"test": 2432232314}`), time.Unix(1614265330, 0)); err != nil {
		t.Error(err)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	at := func(d time.Duration) string { return strconv.FormatInt(now.Add(d).Unix(), 10) }
	const id, body = "msg_1", `{"type":"question.submitted"}`
	one, two := keyOf(t, oneSecret), keyOf(t, twoSecret)
	both := oneSecret + " " + twoSecret
	good := sign(one, id, at(0), body)
	for name, c := range map[string]struct {
		secrets             string
		id, at, sent, given string
		ok                  bool
	}{
		"good":                        {oneSecret, id, at(0), body, good, true},
		"the second of two secrets":   {both, id, at(0), body, sign(two, id, at(0), body), true},
		"two signatures":              {twoSecret, id, at(0), body, good + " " + sign(two, id, at(0), body), true},
		"another version beside it":   {oneSecret, id, at(0), body, "v1a,AAAA " + good + " v2,x", true},
		"five minutes old":            {oneSecret, id, at(-5 * time.Minute), body, sign(one, id, at(-5*time.Minute), body), true},
		"five minutes ahead":          {oneSecret, id, at(5 * time.Minute), body, sign(one, id, at(5*time.Minute), body), true},
		"without the prefix":          {strings.TrimPrefix(oneSecret, "whsec_"), id, at(0), body, good, true},
		"no base64 at all":            {"a plain+secret!", id, at(0), body, sign([]byte("plain+secret!"), id, at(0), body), true},
		"too old":                     {oneSecret, id, at(-5*time.Minute - time.Second), body, sign(one, id, at(-5*time.Minute-time.Second), body), false},
		"too far ahead":               {oneSecret, id, at(5*time.Minute + time.Second), body, sign(one, id, at(5*time.Minute+time.Second), body), false},
		"another secret":              {twoSecret, id, at(0), body, good, false},
		"no secret":                   {"", id, at(0), body, sign(nil, id, at(0), body), false},
		"another body":                {oneSecret, id, at(0), body + " ", good, false},
		"another id":                  {oneSecret, "msg_2", at(0), body, good, false},
		"another time":                {oneSecret, id, at(time.Second), body, good, false},
		"only another version":        {oneSecret, id, at(0), body, strings.Replace(good, "v1,", "v1a,", 1), false},
		"no version":                  {oneSecret, id, at(0), body, strings.TrimPrefix(good, "v1,"), false},
		"nothing":                     {oneSecret, id, at(0), body, "", false},
		"no id":                       {oneSecret, "", at(0), body, sign(one, "", at(0), body), false},
		"a dot moved from id to time": {oneSecret, "msg.1", at(0), body, sign(one, "msg.1", at(0), body), false},
		"a time that is none":         {oneSecret, id, "now", body, sign(one, id, "now", body), false},
		"a time written otherwise":    {oneSecret, id, "+" + at(0), body, sign(one, id, "+"+at(0), body), false},
		"the end of time":             {oneSecret, id, "-9223372036854775808", body, sign(one, id, "-9223372036854775808", body), false},
	} {
		w, _ := newWebhook(t, c.secrets)
		err := w.Verify(WebhookHeader{c.id, c.at, c.given}, []byte(c.sent), now)
		if (err == nil) != c.ok || err != nil && !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v, want it to be good: %v", name, err, c.ok)
		}
	}
}

func TestWebhookSecrets(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"whsec_", "whsec_!!!", oneSecret + " whsec_*", strings.Repeat("a ", 17)} {
		_, err := NewWebhook(&intake{}, bad)
		if err == nil || strings.Contains(err.Error(), "!!!") {
			t.Errorf("secrets %q: %v, want an error that does not repeat them", bad, err)
		}
	}
	if _, err := NewWebhook(nil, ""); err == nil {
		t.Error("no intake is needed")
	}
}

func TestReceive(t *testing.T) {
	t.Parallel()
	w, in := newWebhook(t, oneSecret)
	e := event(nil)
	const body = `{"data":{"id":7,"posted_at":"2026-11-20T18:06:00Z","url":"https://a.example/1","kind":"story","name":"  Ana   K ","text":"Who\u200b leads?","extra":[1]},"timestamp":"x","type":"story.submitted"}`
	id, duplicate, err := w.Receive(t.Context(), e, "msg_1", []byte(body), true)
	if err != nil || duplicate || len(in.posts) != 1 {
		t.Fatalf("Receive = %v, %v", duplicate, err)
	}
	p := in.posts[0]
	if p.ID() != id || p.Source != moderation.FromWebhook || p.Kind != moderation.Story || p.Text != "Who leads?" || p.Author.Name != "Ana K" || !p.Busy ||
		p.URL != "https://a.example/1" || !p.PostedAt.Equal(time.Date(2026, 11, 20, 18, 6, 0, 0, time.UTC)) {
		t.Errorf("stored %+v", p)
	}
	if again, duplicate, err := w.Receive(t.Context(), e, "msg_1", []byte(`{"type":"question.submitted","data":{"text":"Another"}}`), false); err != nil || !duplicate || again != id {
		t.Errorf("the same id again: %q, %v, %v", again, duplicate, err)
	}
	if other, duplicate, err := w.Receive(t.Context(), e, "msg_2", []byte(`{"type":"question.submitted","data":{"text":"Another, and longer than the form allows","name":null}}`), false); err != nil || duplicate || other == id {
		t.Errorf("another id: %q, %v, %v", other, duplicate, err)
	}
	if a, b := in.posts[0].Author.Account, in.posts[1].Author.Account; a == b || b == "" {
		t.Errorf("accounts %q and %q, want two people", a, b)
	}
}

func TestReceiveRefuses(t *testing.T) {
	t.Parallel()
	chat := func(e *moderation.Event) { e.Mode = moderation.Chat }
	for name, c := range map[string]struct {
		change func(*moderation.Event)
		body   string
		kind   error
		fields string
	}{
		"broken":             {nil, `{"type"`, moderation.ErrSyntax, ""},
		"wrong type":         {nil, `{"type":"question.submitted","data":{"text":7}}`, moderation.ErrInvalid, "data.text"},
		"a list":             {nil, `[]`, moderation.ErrInvalid, ""},
		"unknown type":       {nil, `{"type":"question.deleted","data":{"text":"a"}}`, moderation.ErrInvalid, "type"},
		"everything":         {nil, `{"data":{"url":"javascript:1","posted_at":"soon"}}`, moderation.ErrInvalid, "type data.text data.url data.posted_at"},
		"another kind":       {nil, `{"type":"question.submitted","data":{"text":"a","kind":"story"}}`, moderation.ErrInvalid, "data.kind"},
		"answer in a panel":  {nil, `{"type":"answer.submitted","data":{"text":"a"}}`, moderation.ErrInvalid, "type"},
		"story in a chat":    {chat, `{"type":"story.submitted","data":{"text":"a"}}`, moderation.ErrInvalid, "type"},
		"answer in a chat":   {chat, `{"type":"answer.submitted","data":{"text":"a"}}`, nil, ""},
		"nothing to be seen": {nil, `{"type":"question.submitted","data":{"text":"\u200b \u3164"}}`, moderation.ErrInvalid, "data.text"},
		"much too long":      {nil, `{"type":"question.submitted","data":{"text":"` + strings.Repeat("a", ingest.TextBytes+1) + `"}}`, moderation.ErrInvalid, "data.text"},
		"closed":             {func(e *moderation.Event) { e.Shut = true }, `{"type":"question.submitted","data":{"text":"a"}}`, moderation.ErrClosed, ""},
	} {
		w, in := newWebhook(t, oneSecret)
		_, _, err := w.Receive(t.Context(), event(c.change), "msg_1", []byte(c.body), false)
		if !errors.Is(err, c.kind) || (err == nil) != (len(in.posts) == 1) {
			t.Errorf("%s: %v with %d stored, want %v", name, err, len(in.posts), c.kind)
		}
		var fields []string
		if p, ok := errors.AsType[*moderation.Problem](err); ok {
			for _, f := range p.Fields {
				fields = append(fields, f.Field)
			}
		}
		if got := strings.Join(fields, " "); got != c.fields {
			t.Errorf("%s: fields %q, want %q", name, got, c.fields)
		}
	}
}

func FuzzWebhook(f *testing.F) {
	f.Add("msg_1", "1800000000", "v1,AAAA", `{"type":"question.submitted","data":{"text":"Who?","name":"Ana","url":"https://a.example","posted_at":"2026-11-20T18:06:00Z"}}`)
	f.Add("", "", "v1, v1,=", `{"type":"story.submitted","data":null}`)
	f.Fuzz(func(t *testing.T, id, at, signature, body string) {
		w, in := newWebhook(t, oneSecret)
		if w.Verify(WebhookHeader{id, at, signature}, []byte(body), time.Unix(1_800_000_000, 0)) == nil {
			t.Fatal("nobody knows the secret, and it is taken")
		}
		_, _, err := w.Receive(t.Context(), event(nil), id, []byte(body), false)
		if err != nil {
			if !errors.Is(err, moderation.ErrInvalid) && !errors.Is(err, moderation.ErrSyntax) || len(in.posts) > 0 {
				t.Fatalf("Receive = %v with %d stored", err, len(in.posts))
			}
			return
		}
		if p := in.posts[0]; p.Text == "" || len(p.Text) > ingest.TextBytes || !utf8.ValidString(p.Text+p.Author.Name+p.URL) {
			t.Errorf("stored %+q", p.Text)
		}
	})
}
