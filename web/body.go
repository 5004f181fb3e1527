package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/openfloor/openfloor/moderation"
)

// readBody reads a JSON body of at most limit bytes. An absent body is empty and no error; anything that says it
// is not JSON is 415.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return nil, err
		}
		return nil, badRequest("The body did not arrive whole. Send it again.")
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	if ct := r.Header.Get("Content-Type"); ct != "" {
		kind, _, perr := mime.ParseMediaType(ct)
		if perr != nil || kind != "application/json" && !strings.HasSuffix(kind, "+json") {
			return nil, &failure{status: http.StatusUnsupportedMediaType, name: "bad-request",
				detail: "Send JSON, with Content-Type: application/json."}
		}
	}
	return body, nil
}

// decode reads a JSON object into v, strictly: an unknown field is an error. An absent body leaves v as it is
// where that is allowed.
func decode(w http.ResponseWriter, r *http.Request, limit int64, v any, mayBeEmpty bool) error {
	body, err := readBody(w, r, limit)
	if err != nil {
		return err
	}
	if body == nil {
		if mayBeEmpty {
			return nil
		}
		return badRequest("The body is empty. Send one JSON object.")
	}
	return moderation.DecodeStrict(bytes.NewReader(body), v)
}

func digest(body []byte) [32]byte { return sha256.Sum256(body) }

func hexOf(sum [32]byte) string { return hex.EncodeToString(sum[:]) }
