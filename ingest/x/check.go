package x

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/openfloor/openfloor/ingest"
)

// ErrNoStream says that X accepts the bearer token, and lets its app have no stream: X is searched then.
var ErrNoStream = errors.New("the app may not use the filtered stream")

// CheckBearer asks X whether it accepts c.Bearer, by a request that reads no post and so costs nothing: the rules of
// its stream. Errors: ErrNoStream, *ingest.NeedsAttention, *ingest.RetryAfter, those of the connection.
func CheckBearer(ctx context.Context, c Config) error {
	c = c.withDefaults()
	base, err := parseServer(c.CredentialServer)
	if err != nil {
		return err
	}
	asking := client{http: bearing(c.Client), base: base, bearer: c.Bearer, log: c.Log, left: unlimited}
	_, _, err = asking.do(ctx, http.MethodGet, rulesPath, url.Values{}, nil)
	if r, ok := errors.AsType[*refusal](err); ok && r.Status == http.StatusForbidden {
		return ErrNoStream
	}
	return reaction(err)
}

// CheckKeys asks X whose account keys speak for. X may bill it as the reading of one profile.
func CheckKeys(ctx context.Context, c Config, keys Keys) (Account, error) {
	c = c.withDefaults()
	p, err := NewPoster(Config{Client: c.Client, Server: c.CredentialServer, Keys: keys, Log: c.Log, noncer: c.noncer})
	if err != nil {
		return Account{}, &ingest.NeedsAttention{Detail: err.Error(), Err: err}
	}
	return p.Me(ctx)
}
