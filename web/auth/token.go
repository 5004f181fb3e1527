package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"strings"
)

// newToken returns a fresh token: 52 lower-case letters and digits, 260 random bits.
func newToken() string { return strings.ToLower(rand.Text() + rand.Text()) }

// newID returns a fresh name that is no secret: 26 lower-case letters and digits, 130 random bits.
func newID() string { return strings.ToLower(rand.Text()) }

// hashOf is what is kept of a token. Tokens are random and long, so a plain hash is enough, and looking one up by
// it tells nothing by its timing: who can steer the hash's bits knows the token.
func hashOf(token string) digest { return sha256.Sum256([]byte(token)) }
