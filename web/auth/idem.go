package auth

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"github.com/openfloor/openfloor/moderation"
)

// ErrKeyReused says that an idempotency key was used before, with another request.
var ErrKeyReused = errors.New("idempotency key reused")

// MaxAnswer is the largest answer that Remember takes, in bytes of body and headers. Sealed and encoded it fits
// a message of ACCESS.
const MaxAnswer = 30 << 10

// Answer is the first answer to a request, as it is to be given again.
type Answer struct {
	Status int               `json:"status"`
	Header map[string]string `json:"header"`
	Body   []byte            `json:"body"`
}

// LogValue keeps what was answered out of the logs.
func (a Answer) LogValue() slog.Value { return slog.IntValue(a.Status) }

// sealed is what is inside answerBody.Sealed: the digest too, because that of a short request could be guessed from.
type sealed struct {
	Digest digest `json:"digest"`
	Answer
}

// Once returns the answer remembered for key in scope, nil where there is none yet, or ErrKeyReused where it was
// given to a request with another digest. Scope is the event and the route, key the client's (1 to 128 visible
// characters), digest that of everything that makes the request what it is. It knows this process's own answers at
// once, and others' milliseconds later; requests on their way at the same time are the caller's to keep apart.
func (a *Access) Once(ctx context.Context, scope, key string, digest [32]byte) (*Answer, error) {
	name, aead, err := a.sealer(ctx, scope, key)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	box := a.answers[name]
	a.mu.Unlock()
	if box == nil {
		return nil, nil
	}
	plain, err := aead.Open(nil, nil, box, []byte(name))
	if err != nil {
		return nil, fmt.Errorf("open a remembered answer: %w", ErrUnreadable)
	}
	var s sealed
	if err := json.Unmarshal(plain, &s); err != nil {
		return nil, fmt.Errorf("read a remembered answer: %w", ErrUnreadable)
	}
	if s.Digest != digest {
		return nil, ErrKeyReused
	}
	return &s.Answer, nil
}

// Remember keeps the answer to the request with this digest. It is sealed (AES-256-GCM) under a key made of the
// deployment's secret and of the client's key, which is not stored: what lies in the store opens for nobody who
// does not send that key again. Where another answer was first, that one stays and Remember returns nil.
func (a *Access) Remember(ctx context.Context, scope, key string, digest [32]byte, answer Answer) error {
	size := len(answer.Body)
	for k, v := range answer.Header {
		size += len(k) + len(v)
	}
	if size > MaxAnswer {
		return fmt.Errorf("remember an answer of %d bytes: more than %d: %w", size, MaxAnswer, moderation.ErrInvalid)
	}
	name, aead, err := a.sealer(ctx, scope, key)
	if err != nil {
		return err
	}
	plain, err := json.Marshal(sealed{digest, answer})
	if err != nil {
		return err
	}
	box := aead.Seal(nil, nil, plain, []byte(name))
	err = a.put(ctx, "idem."+name, answerBody{bodyVersion, box, a.now()}, new(uint64))
	if err != nil && !conflict(err) {
		return fmt.Errorf("remember an answer: %w", err)
	}
	return nil
}

// sealer returns the name of the answer to key in scope, 64 characters, and what opens it.
func (a *Access) sealer(ctx context.Context, scope, key string) (name string, aead cipher.AEAD, err error) {
	secret, err := a.key(ctx, "idempotency")
	if err != nil {
		return "", nil, fmt.Errorf("key idempotency: %w", err)
	}
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("idem\x00" + scope + "\x00" + key))
	name = hex.EncodeToString(h.Sum(nil))
	sealing, err := hkdf.Key(sha256.New, secret, nil, "idem answer\x00"+scope+"\x00"+key, 32)
	if err != nil {
		return "", nil, err
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return "", nil, err
	}
	aead, err = cipher.NewGCMWithRandomNonce(block)
	return name, aead, err
}

func (a *Access) setAnswer(name string, body []byte) error {
	if body == nil {
		delete(a.answers, name)
		return nil
	}
	var b answerBody
	if err := decode(body, &b); err != nil {
		return err
	}
	a.answers[name] = b.Sealed
	return nil
}
