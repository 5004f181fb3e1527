package auth

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/openfloor/openfloor/moderation"
)

// keySize is the length of a deployment's secrets in bytes.
const keySize = 32

// Keys are the secrets of a deployment, 32 bytes each, the same in every process and for as long as the store lasts.
type Keys struct {
	Authors     []byte // for moderation.AuthorKey and the voters in VOTES
	Receipts    []byte // for Receipt
	Visitors    []byte // for NewVisitor and Visitor
	Idempotency []byte // for Once and Remember, which take it themselves
}

// LogValue keeps the secrets out of the logs.
func (Keys) LogValue() slog.Value { return slog.StringValue("keys") }

// String keeps the secrets out of everything printed.
func (Keys) String() string { return "keys" }

// Keys returns the deployment's secrets and makes those that are missing. It waits until Run has caught up. Of
// several processes that make one at once, one wins and the others take its. The caller owns the slices.
func (a *Access) Keys(ctx context.Context) (Keys, error) {
	var k Keys
	for _, want := range []struct {
		name string
		to   *[]byte
	}{
		{"authors", &k.Authors}, {"receipts", &k.Receipts}, {"visitors", &k.Visitors}, {"idempotency", &k.Idempotency},
	} {
		secret, err := a.key(ctx, want.name)
		if err != nil {
			return Keys{}, fmt.Errorf("key %s: %w", want.name, err)
		}
		*want.to = bytes.Clone(secret)
	}
	return k, nil
}

func (a *Access) key(ctx context.Context, name string) ([]byte, error) {
	if err := a.waitReady(ctx); err != nil {
		return nil, err
	}
	for tried := false; ; {
		a.mu.Lock()
		secret, changed := a.keys[name], a.changed
		a.mu.Unlock()
		if secret != nil {
			return secret, nil
		}
		if tried { // another process was first: its key is on its way
			select {
			case <-changed:
				continue
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		}
		tried = true
		fresh := make([]byte, keySize)
		_, _ = rand.Read(fresh) // never fails
		err := a.put(ctx, "key."+name, keyBody{bodyVersion, fresh}, new(uint64))
		if err != nil && !conflict(err) {
			return nil, err
		}
	}
}

func (a *Access) setKey(name string, body []byte) error {
	if body == nil {
		delete(a.keys, name)
		return nil
	}
	var b keyBody
	if err := decode(body, &b); err != nil {
		return err
	}
	if len(b.Secret) != keySize {
		return fmt.Errorf("a secret of %d bytes: %w", len(b.Secret), ErrUnreadable)
	}
	a.keys[name] = b.Secret
	a.announce()
	return nil
}

// serverToken is the token that may do everything.
type serverToken struct {
	hash  digest
	ended chan struct{} // closed when another one takes its place
}

// weakToken is the length under which a token given by an operator is worth a warning.
const weakToken = 20

// EnsureServerToken makes token the server-wide organiser token, in place of an older one, whose streams end. Only
// its hash is stored, and nothing is written where it is that token already. It waits until Run has caught up.
// It returns a moderation.Problem (ErrInvalid) for an empty token or one that no header could carry.
func (a *Access) EnsureServerToken(ctx context.Context, token string) error {
	if token == "" || strings.IndexFunc(token, invisible) >= 0 {
		return moderation.Invalid("token", "The server token has to be visible characters without spaces, best 26 or more at random.")
	}
	if len(token) < weakToken {
		a.log.LogAttrs(ctx, slog.LevelWarn, "the server token is short; take 26 or more random characters")
	}
	if err := a.waitReady(ctx); err != nil {
		return err
	}
	hash := hashOf(token)
	a.mu.Lock()
	known := a.server != nil && a.server.hash == hash
	a.mu.Unlock()
	if known {
		return nil
	}
	if err := a.put(ctx, "organiser", serverBody{bodyVersion, hash, a.now()}, nil); err != nil {
		return fmt.Errorf("store the server token: %w", err)
	}
	return nil
}

func (a *Access) setServer(body []byte) error {
	var b serverBody
	if body != nil {
		if err := decode(body, &b); err != nil {
			return err
		}
	}
	if a.server != nil && (body == nil || a.server.hash != b.Hash) {
		close(a.server.ended)
		a.server = nil
	}
	if a.server == nil && body != nil {
		a.server = &serverToken{hash: b.Hash, ended: make(chan struct{})}
	}
	return nil
}

// is reports whether the token with this hash is the server's.
func (t *serverToken) is(hash digest) bool {
	return t != nil && subtle.ConstantTimeCompare(t.hash[:], hash[:]) == 1
}

// invisible reports whether r is anything but a visible ASCII character.
func invisible(r rune) bool { return r <= ' ' || r > '~' }

// conflict reports whether the store refused a write because another one came first.
func conflict(err error) bool {
	return errors.Is(err, moderation.ErrExists) || errors.Is(err, moderation.ErrStale)
}
