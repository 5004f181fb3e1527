package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// answerTime is how long a server may take over one request.
	answerTime = 30 * time.Second
	// maxAnswer is the largest answer read.
	maxAnswer = 64 << 20
)

// clientFlags say which server to talk to, and as whom.
type clientFlags struct {
	Server string `default:"http://127.0.0.1:8080" placeholder:"URL" help:"The running server."`
	Token  string `placeholder:"TOKEN" help:"The organiser's token; by default what organiser.token in the data folder holds."`
	Data   string `default:"./openfloor-data" placeholder:"DIR" help:"Data folder to find the token in."`
}

// client talks to a server's API.
type client struct {
	base  string
	token string
	http  *http.Client
}

// client returns a client with the organiser's token.
func (f clientFlags) client() (*client, error) {
	c, err := newClient(f.Server)
	if err != nil {
		return nil, err
	}
	if c.token = strings.TrimSpace(f.Token); c.token != "" {
		return c, nil
	}
	if c.token, err = secret("OPENFLOOR_TOKEN"); err != nil || c.token != "" {
		return c, err
	}
	body, err := os.ReadFile(filepath.Join(f.Data, "organiser.token"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("there is no organiser.token in %s; name the server's data folder with --data, or the token with OPENFLOOR_TOKEN", f.Data)
	}
	if err != nil {
		return nil, fmt.Errorf("read the organiser's token: %w", err)
	}
	c.token = strings.TrimSpace(string(body))
	return c, nil
}

// newClient returns a client without a token.
func newClient(server string) (*client, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, usagef("--server %q is not the address of a server; write it as in http://127.0.0.1:8080", server)
	}
	return &client{base: u.Scheme + "://" + u.Host, http: &http.Client{Timeout: answerTime}}, nil
}

// problem is what the API answers a fault with.
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Errors []struct {
		Field  string `json:"field"`
		Detail string `json:"detail"`
	} `json:"errors"`
}

// Error returns what the server says, in one line.
func (p *problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the server says %d", p.Status)
	for _, s := range []string{p.Title, p.Detail} {
		if s != "" {
			b.WriteString(": " + s)
		}
	}
	for _, e := range p.Errors {
		if e.Detail != p.Detail {
			b.WriteString(" (" + e.Field + ": " + e.Detail + ")")
		}
	}
	return b.String()
}

// do asks the API for one thing and returns the JSON it answers with. A POST carries an Idempotency-Key, and is
// sent once more where the connection broke.
func (c *client) do(ctx context.Context, method, path string, body any) (json.RawMessage, error) {
	var sent []byte
	if body != nil {
		var err error
		if sent, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	kind := ""
	if sent != nil {
		kind = "application/json"
	}
	return c.repeated(ctx, method, path, kind, sent)
}

// repeated is do for a body of any kind; empty: there is none.
func (c *client) repeated(ctx context.Context, method, path, kind string, sent []byte) (json.RawMessage, error) {
	key := rand.Text()
	answer, err := c.once(ctx, method, path, key, kind, sent)
	if _, answered := errors.AsType[*problem](err); err != nil && !answered && !refused(err) && ctx.Err() == nil {
		answer, err = c.once(ctx, method, path, key, kind, sent)
	}
	if err != nil && refused(err) {
		return nil, fmt.Errorf("no server answers at %s; start it with openfloor serve, or name another with --server", c.base)
	}
	return answer, err
}

func (c *client) once(ctx context.Context, method, path, key, kind string, sent []byte) (json.RawMessage, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+"/api/v1"+path, bytes.NewReader(sent))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if method == http.MethodPost {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the server: %w", err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the server's answer: %w", err)
	}
	if res.StatusCode >= 300 {
		p := &problem{}
		_ = json.Unmarshal(answer, p) // whatever it says, the status is known
		p.Status = res.StatusCode
		if p.Title == "" {
			p.Title = http.StatusText(res.StatusCode)
		}
		return nil, p
	}
	if !json.Valid(answer) {
		return nil, fmt.Errorf("%s answers, but not as an Openfloor server does; name another with --server", c.base)
	}
	return answer, nil
}

// refused reports whether nobody listens at the address.
func refused(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// printJSON writes v for people and programs: indented, one value.
func printJSON(w io.Writer, v any) error {
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(body, '\n'))
	return err
}
