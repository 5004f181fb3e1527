package x

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/dghubble/oauth1"

	"github.com/openfloor/openfloor/ingest"
)

// PIN is the callback of the PIN flow: X shows a number, and its owner types it in.
const PIN = "oob"

// ErrDenied says that the owner of the account said no.
var ErrDenied = errors.New("the owner of the account said no")

// Flow connects an account to the app: ask for a RequestToken, send its owner to AuthorizeURL, and exchange what
// comes back, by ParseCallback or typed in as a PIN, for an AccessToken. It is safe for concurrent use.
// (docs.x.com/fundamentals/authentication/oauth-1-0a, read 2026-11.)
type Flow struct {
	config oauth1.Config
	client *http.Client
	server string
}

// RequestToken is what a flow goes on with. It belongs to the session that began it, and to nobody else.
type RequestToken struct{ Token, Secret string }

// LogValue keeps secrets out of the logs.
func (RequestToken) LogValue() slog.Value { return slog.StringValue("…") }

// Account is who an access token speaks for.
type Account struct{ ID, Name, Username string }

// NewFlow returns a flow of the app of c: its Client, CredentialServer and the consumer's half of its Keys. Callback
// is where X sends the account's owner back to, an address that is registered with the app, or PIN.
func NewFlow(c Config, callback string) (*Flow, error) {
	c = c.withDefaults()
	if c.Client == nil || callback == "" {
		return nil, errors.New("x: a flow needs a client and a callback")
	}
	if c.Keys.ConsumerKey == "" || c.Keys.ConsumerSecret == "" {
		return nil, errors.New("To connect an account set OPENFLOOR_X_CONSUMER_KEY and OPENFLOOR_X_CONSUMER_SECRET, and start again.") //nolint:staticcheck // shown as it stands
	}
	base, err := parseServer(c.CredentialServer)
	if err != nil {
		return nil, err
	}
	server := base.String()
	return &Flow{client: c.Client, server: server, config: oauth1.Config{
		ConsumerKey: c.Keys.ConsumerKey, ConsumerSecret: c.Keys.ConsumerSecret, CallbackURL: callback, Noncer: noncer(c),
		// One host throughout: it is inside the signature.
		Endpoint: oauth1.Endpoint{RequestTokenURL: server + "/oauth/request_token", AuthorizeURL: server + "/oauth/authorize", AccessTokenURL: server + "/oauth/access_token"},
	}}, nil
}

func noncer(c Config) oauth1.Noncer {
	if c.noncer != nil {
		return c.noncer
	}
	return oauth1.Base64Noncer{}
}

// within returns the configuration for one exchange: the library takes no context, and reads without a bound.
func (f *Flow) within(ctx context.Context, status *int) *oauth1.Config {
	c, hc := f.config, *f.client
	hc.CheckRedirect = noRedirect
	next := hc.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	hc.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(r.WithContext(ctx))
		if err == nil {
			*status = resp.StatusCode
			resp.Body = struct {
				io.Reader
				io.Closer
			}{io.LimitReader(resp.Body, 64<<10), resp.Body}
		}
		return resp, err
	})
	c.HTTPClient = &hc
	return &c
}

type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// RequestToken begins.
func (f *Flow) RequestToken(ctx context.Context) (RequestToken, error) {
	status := 0
	token, secret, err := f.within(ctx, &status).RequestToken()
	if err != nil {
		return RequestToken{}, f.fault(ctx, "X gives no token to begin with. Check OPENFLOOR_X_CONSUMER_KEY, OPENFLOOR_X_CONSUMER_SECRET, that this server's clock is right, and that the callback is registered with the app.", status, err)
	}
	return RequestToken{token, secret}, nil
}

// AuthorizeURL is the page of X on which the account's owner says yes or no.
func (f *Flow) AuthorizeURL(t RequestToken) string {
	return f.server + "/oauth/authorize?" + url.Values{"oauth_token": {t.Token}}.Encode()
}

// ParseCallback returns the verifier that X sent the account's owner back with. It has to be for the token that was
// issued to this session, else somebody else's account would be connected. ErrDenied: they said no.
func ParseCallback(r *http.Request, issued RequestToken) (verifier string, err error) {
	if denied := r.URL.Query().Get("denied"); denied != "" {
		return "", ErrDenied
	}
	token, verifier, err := oauth1.ParseAuthorizationCallback(r)
	if err != nil {
		return "", errors.New("the callback carries no token and verifier")
	}
	if token != issued.Token || issued.Token == "" {
		return "", errors.New("the callback is for another token than the one that was issued")
	}
	return verifier, nil
}

// AccessToken ends the flow: it exchanges the verifier, or the PIN, and asks whose account it is.
func (f *Flow) AccessToken(ctx context.Context, t RequestToken, verifier string) (Keys, Account, error) {
	status := 0
	token, secret, err := f.within(ctx, &status).AccessToken(t.Token, t.Secret, verifier)
	if err != nil {
		return Keys{}, Account{}, f.fault(ctx, "X does not accept the PIN, or it is too old. Connect the account again.", status, err)
	}
	keys := Keys{ConsumerKey: f.config.ConsumerKey, ConsumerSecret: f.config.ConsumerSecret, AccessToken: token, AccessSecret: secret}
	p, err := NewPoster(Config{Client: f.client, Server: f.server, Keys: keys, noncer: f.config.Noncer})
	if err != nil {
		return Keys{}, Account{}, err
	}
	who, err := p.Me(ctx) // the library drops the name that came with the token
	return keys, who, err
}

// fault leaves out what X answered: the library quotes it.
func (f *Flow) fault(ctx context.Context, words string, status int, err error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case status >= 500 || status == http.StatusTooManyRequests:
		return fmt.Errorf("X answers %d; try again in a while", status)
	case status == 0:
		return fmt.Errorf("X cannot be reached: %w", cause(ctx, err))
	}
	return &ingest.NeedsAttention{Detail: words, Err: fmt.Errorf("X answers %d", status)}
}

// Me returns whose account the keys speak for.
func (p *Poster) Me(ctx context.Context) (Account, error) {
	body, _, err := p.client.do(ctx, http.MethodGet, "/2/users/me", url.Values{"user.fields": {"name,username"}}, nil)
	if err != nil {
		return Account{}, reaction(err)
	}
	var out struct {
		Data user `json:"data"`
	}
	if json.Unmarshal(body, &out) != nil || !usableID(out.Data.ID) {
		return Account{}, errGarbage
	}
	return Account{ID: out.Data.ID, Name: out.Data.Name, Username: out.Data.Username}, nil
}
