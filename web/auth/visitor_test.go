package auth

import (
	"encoding/base64"
	"strings"
	"testing"
)

var testKey = []byte(strings.Repeat("k", 32))

func TestVisitor(t *testing.T) {
	t.Parallel()
	id, cookie := NewVisitor(testKey)
	if got, ok := Visitor(testKey, cookie); !ok || got != id || len(id) != 26 {
		t.Fatalf("Visitor(%q) is %q, %v, want %q", cookie, got, ok, id)
	}
	if again, _ := NewVisitor(testKey); again == id {
		t.Error("two visitors are the same")
	}
	other, _ := NewVisitor(testKey)
	otherKey := []byte(strings.Repeat("x", 32))
	_, foreign := NewVisitor(otherKey)
	_, rest, _ := strings.Cut(cookie, ".")
	tests := map[string]string{
		"empty":                 "",
		"id alone":              id,
		"no mac":                "1." + id,
		"empty mac":             "1." + id + ".",
		"another key's name":    "2." + rest,
		"signed by another key": foreign,
		"another's id":          strings.Replace(cookie, id, other, 1),
		"one character less":    cookie[:len(cookie)-1],
		"one character more":    cookie + "A",
		"another part":          cookie + ".x",
		"upper case":            strings.ToUpper(cookie),
		"space before":          " " + cookie,
		"last bits differ":      cookie[:len(cookie)-1] + sibling(cookie[len(cookie)-1]),
	}
	for name, c := range tests {
		if got, ok := Visitor(testKey, c); ok || got != "" {
			t.Errorf("%s: Visitor(%q) is %q, %v, want none", name, c, got, ok)
		}
	}
}

// sibling returns a character that decodes, in the last place, to the same bits and is another one.
func sibling(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, c)^1])
}

func FuzzVisitor(f *testing.F) {
	_, cookie := NewVisitor(testKey)
	for _, seed := range []string{"", ".", "..", "1..", cookie, cookie[2:], "1." + strings.Repeat("a", 26) + ".", strings.Repeat(".", 99)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cookie string) {
		id, ok := Visitor(testKey, cookie)
		switch {
		case !ok && id != "":
			t.Errorf("refused, but with id %q", id)
		case ok && cookie != visitorCookie(testKey, id):
			t.Errorf("%q was taken for the cookie of %q", cookie, id)
		}
	})
}

func TestReceipt(t *testing.T) {
	t.Parallel()
	// printf 'receipt\0town-hall\0abc' | openssl dgst -sha256 -mac HMAC -macopt key:k×32 -binary | head -c16 | base64url
	const want = "5o1_fUtVAhwLEjm-VVT8LA"
	if got := Receipt(testKey, "town-hall", "abc"); got != want {
		t.Errorf("receipt %q, want %q", got, want)
	}
	seen := map[string]string{}
	for name, r := range map[string]string{
		"the one":       Receipt(testKey, "a", "bc"),
		"parts shifted": Receipt(testKey, "ab", "c"),
		"another event": Receipt(testKey, "b", "bc"),
		"another key":   Receipt([]byte(strings.Repeat("x", 32)), "a", "bc"),
	} {
		if raw, err := base64.RawURLEncoding.DecodeString(r); err != nil || len(raw) != 16 {
			t.Errorf("%s: %q is not 128 bits in 22 characters", name, r)
		}
		if seen[r] != "" {
			t.Errorf("%s has the receipt of %s", name, seen[r])
		}
		seen[r] = name
	}
}
