package auth

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// ErrUnreadable says that something stored in ACCESS cannot be read: no JSON, an unknown version, or not what its
// key says. It stops Run: going on would mean to guess who may do what.
var ErrUnreadable = errors.New("unreadable")

// bodyVersion is the version of every body written.
const bodyVersion = 1

// The bodies in ACCESS.
type (
	// linkBody lies under link.ID.
	linkBody struct {
		V         int             `json:"v"`
		ID        string          `json:"id"`
		Hash      digest          `json:"hash"` // SHA-256 of the token
		Event     string          `json:"event"`
		Role      moderation.Role `json:"role"`
		Name      string          `json:"name"`
		Uses      *int            `json:"uses"`
		Expires   *time.Time      `json:"expires"`
		CreatedAt time.Time       `json:"created_at"`
		RevokedAt *time.Time      `json:"revoked_at"`
	}
	// useBody lies under use.ID.N, N from 1.
	useBody struct {
		V  int       `json:"v"`
		At time.Time `json:"at"`
	}
	// sessionBody lies under session.HASH, the SHA-256 of its token in hexadecimal.
	sessionBody struct {
		V         int         `json:"v"`
		ID        string      `json:"id"` // stays while the token changes
		Grants    []grantBody `json:"grants"`
		CreatedAt time.Time   `json:"created_at"`
		ExpiresAt time.Time   `json:"expires_at"`
		Replaces  *digest     `json:"replaces"` // the session that it goes on with; its streams stay open
	}
	grantBody struct {
		Link string    `json:"link"`
		At   time.Time `json:"at"`
	}
	// keyBody lies under key.NAME.
	keyBody struct {
		V      int    `json:"v"`
		Secret []byte `json:"secret"`
	}
	// serverBody lies under organiser.
	serverBody struct {
		V    int       `json:"v"`
		Hash digest    `json:"hash"`
		At   time.Time `json:"at"`
	}
	// answerBody lies under idem.HASH.
	answerBody struct {
		V      int       `json:"v"`
		Sealed []byte    `json:"sealed"`
		At     time.Time `json:"at"`
	}
)

// decode reads body into into, if it is of a version known here. The body itself never gets into an error.
func decode(body []byte, into any) error {
	var head struct {
		V int `json:"v"`
	}
	if err := json.Unmarshal(body, &head); err != nil {
		return fmt.Errorf("no JSON object with a version: %w", ErrUnreadable)
	}
	if head.V != bodyVersion {
		return fmt.Errorf("version %d, this program reads %d; run the version that wrote it, or a newer one: %w",
			head.V, bodyVersion, ErrUnreadable)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("a field is not what it should be: %w", ErrUnreadable)
	}
	return nil
}

// digest is a SHA-256; in JSON and keys 64 hexadecimal characters.
type digest [32]byte

func (d digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText returns the hexadecimal characters.
func (d digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the hexadecimal characters.
func (d *digest) UnmarshalText(b []byte) error {
	got, err := parseDigest(string(b))
	*d = got
	return err
}

func parseDigest(s string) (d digest, err error) {
	if len(s) != hex.EncodedLen(len(d)) {
		return d, fmt.Errorf("no SHA-256: %w", ErrUnreadable)
	}
	if _, err := hex.Decode(d[:], []byte(s)); err != nil {
		return digest{}, fmt.Errorf("no SHA-256: %w", ErrUnreadable)
	}
	return d, nil
}
