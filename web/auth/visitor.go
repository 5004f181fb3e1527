package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// A visitor's cookie is KEY.ID.MAC: which of the deployment's keys signed it, 26 letters and digits (130 random
// bits), and 22 characters of HMAC-SHA256 over both. It proves itself, so nothing about visitors is stored.

// visitorKey names the present key. Another key gets another name, so that a cookie is never tried with it.
const visitorKey = "1"

const idLength = 26

// NewVisitor returns a new visitor's id and the value of the cookie that carries it. The id is opaque, 26 lower-case
// letters and digits.
func NewVisitor(key []byte) (id, cookie string) {
	id = newID()
	return id, visitorCookie(key, id)
}

// Visitor returns the id that a cookie carries. It is false for anything that NewVisitor did not make with the key.
func Visitor(key []byte, cookie string) (id string, ok bool) {
	name, rest, _ := strings.Cut(cookie, ".")
	id, _, _ = strings.Cut(rest, ".")
	if name != visitorKey || len(id) != idLength {
		return "", false
	}
	if !hmac.Equal([]byte(cookie), []byte(visitorCookie(key, id))) {
		return "", false
	}
	return id, true
}

func visitorCookie(key []byte, id string) string {
	return visitorKey + "." + id + "." + mac(key, "visitor", visitorKey, id)
}

// mac returns the first 16 bytes of HMAC-SHA256 over the parts, a zero byte between them, as 22 characters.
func mac(key []byte, parts ...string) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}
