package x

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
)

// AccountStore keeps keys of ACCESS. It is safe for concurrent use.
type AccountStore interface {
	// PutAccess stores body under key; expect nil: whatever is there.
	PutAccess(ctx context.Context, key string, body []byte, expect *uint64) (rev uint64, err error)
	// GetAccess returns what is stored under key; moderation.ErrNotFound where there is nothing.
	GetAccess(ctx context.Context, key string) (body []byte, rev uint64, err error)
	// EraseAccess removes key and makes what was under it unreadable. There being nothing is no error.
	EraseAccess(ctx context.Context, key string) error
	// FollowAccess calls apply with every key and then with every change; a nil body says that one was deleted.
	FollowAccess(ctx context.Context, apply func(key string, body []byte, rev uint64) error, caughtUp func()) error
}

// What connecting an account may say; ErrDenied too is made one of moderation's.
var (
	// ErrNoFlow: this session has begun nothing, or too long ago.
	ErrNoFlow = &moderation.Problem{Kind: moderation.ErrNotFound, Detail: "Nothing is being connected from this browser, or it was begun more than 15 minutes ago. Begin again."}
	// ErrOtherFlow: what X sent its owner back with is not for what this session has begun.
	ErrOtherFlow = &moderation.Problem{Kind: moderation.ErrInvalid, Detail: "What X sent back belongs to something else than what was begun here, so nothing was connected. Begin again."}
)

// problem puts what may go wrong into words for organisers. No error here holds what X answered, or a token.
func problem(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*moderation.Problem](err); ok || errors.Is(err, moderation.ErrUnavailable) || errors.Is(err, context.Canceled) {
		return err
	}
	if errors.Is(err, ErrDenied) {
		return &moderation.Problem{Kind: moderation.ErrForbidden, Detail: "The owner of the account said no, so nothing was connected."}
	}
	if n, ok := errors.AsType[*ingest.NeedsAttention](err); ok {
		return &moderation.Problem{Kind: moderation.ErrState, Detail: n.Detail}
	}
	return &moderation.Problem{Kind: moderation.ErrState, Detail: "Nothing was connected: " + err.Error() + ". Try again in a moment."}
}

// flowTime is how long an owner may take to say yes.
const flowTime = 15 * time.Minute

const (
	accountVersion = 1
	// Keys of ACCESS: credential.EVENT.x, and flow.x.HASH of the session that began.
	credentialPrefix, credentialSuffix = "credential.", ".x"
	flowPrefix                         = "flow.x."
)

// credentialBody is an account that is connected to an event.
type credentialBody struct {
	V        int       `json:"v"`
	Event    string    `json:"event"`
	Server   string    `json:"server"` // whose the tokens are
	Token    string    `json:"access_token"`
	Secret   string    `json:"access_secret"`
	ID       string    `json:"id"`
	Username string    `json:"username"`
	By       string    `json:"by"` // who connected it
	At       time.Time `json:"at"`
}

// flowBody is a flow that a session has begun.
type flowBody struct {
	V      int       `json:"v"`
	Event  string    `json:"event"`
	Server string    `json:"server"`
	Token  string    `json:"request_token"`
	Secret string    `json:"request_secret"`
	PIN    bool      `json:"pin"`
	At     time.Time `json:"at"`
}

// Accounts connects accounts of the host to events, and knows which is connected to which. It is safe for concurrent
// use. Tokens never leave it but for Keys.
type Accounts struct {
	config  Config
	store   AccountStore
	changed func(event string)
	ready   chan struct{}

	mu    sync.Mutex
	known map[string]credentialBody // by event
}

// NewAccounts returns accounts of the app of c: its Client, CredentialServer and the consumer's half of its Keys.
// Changed is told of each event whose account is another now, from Run's goroutine; nil: nobody is.
func NewAccounts(c Config, store AccountStore, changed func(event string)) *Accounts {
	if changed == nil {
		changed = func(string) {}
	}
	return &Accounts{config: c.withDefaults(), store: store, changed: changed, ready: make(chan struct{}), known: map[string]credentialBody{}}
}

// Ready is closed once everything that was connected when Run began is known.
func (a *Accounts) Ready() <-chan struct{} { return a.ready }

// Run follows what is connected, in whichever process, until ctx is done. It is called once.
func (a *Accounts) Run(ctx context.Context) error {
	return a.store.FollowAccess(ctx, a.apply, func() { close(a.ready) })
}

func (a *Accounts) apply(key string, body []byte, _ uint64) error {
	if !strings.HasPrefix(key, credentialPrefix) || !strings.HasSuffix(key, credentialSuffix) {
		return nil
	}
	event := strings.TrimSuffix(strings.TrimPrefix(key, credentialPrefix), credentialSuffix)
	if body == nil {
		a.mu.Lock()
		delete(a.known, event)
		a.mu.Unlock()
		a.changed(event)
		return nil
	}
	var b credentialBody
	if err := json.Unmarshal(body, &b); err != nil || b.V != accountVersion || b.Event != event {
		return fmt.Errorf("the account connected to %s cannot be read; run the version that stored it, or a newer one", event)
	}
	a.mu.Lock()
	a.known[event] = b
	a.mu.Unlock()
	a.changed(event)
	return nil
}

// Keys returns those of the account that is connected to an event, and false where there is none.
func (a *Accounts) Keys(event string) (Keys, bool) {
	a.mu.Lock()
	b, ok := a.known[event]
	a.mu.Unlock()
	if !ok || b.Server != a.server() {
		return Keys{}, false
	}
	return Keys{ConsumerKey: a.config.Keys.ConsumerKey, ConsumerSecret: a.config.Keys.ConsumerSecret, AccessToken: b.Token, AccessSecret: b.Secret}, true
}

// server is whose tokens count.
func (a *Accounts) server() string {
	base, err := parseServer(a.config.CredentialServer)
	if err != nil {
		return ""
	}
	return base.String()
}

// Able says why no account can be connected on this server; nil: one can.
func (a *Accounts) Able() error {
	_, err := NewFlow(a.config, PIN)
	return err
}

// Connected returns the account that is connected to an event: its name without @, who connected it and when.
func (a *Accounts) Connected(ctx context.Context, event string) (username, by string, at time.Time, ok bool, err error) {
	body, _, err := a.store.GetAccess(ctx, credentialPrefix+event+credentialSuffix)
	if errors.Is(err, moderation.ErrNotFound) {
		return "", "", time.Time{}, false, nil
	}
	if err != nil {
		return "", "", time.Time{}, false, err
	}
	var b credentialBody
	if err := json.Unmarshal(body, &b); err != nil {
		return "", "", time.Time{}, false, errors.New("the connected account cannot be read")
	}
	return b.Username, b.By, b.At, true, nil
}

// Begin begins to connect an account to an event, for a session, and returns the page of X that its owner has to open.
// Callback is where X sends the owner back to; empty: X shows a PIN. What the session began before is dropped.
func (a *Accounts) Begin(ctx context.Context, session, event, callback string) (authorize string, err error) {
	pin := callback == ""
	if pin {
		callback = PIN
	}
	f, err := NewFlow(a.config, callback)
	if err != nil {
		return "", &moderation.Problem{Kind: moderation.ErrState, Detail: err.Error()}
	}
	t, err := f.RequestToken(ctx)
	if err != nil {
		return "", problem(err)
	}
	body, err := json.Marshal(flowBody{V: accountVersion, Event: event, Server: f.server, Token: t.Token, Secret: t.Secret, PIN: pin, At: time.Now().UTC()})
	if err != nil {
		return "", err
	}
	if _, err := a.store.PutAccess(ctx, flowKey(session), body, nil); err != nil {
		return "", err
	}
	return f.AuthorizeURL(t), nil
}

// Begun returns the page of X of what a session has begun for an event, and whether it ends with a PIN. ErrNoFlow:
// nothing.
func (a *Accounts) Begun(ctx context.Context, session, event string) (authorize string, pin bool, err error) {
	b, err := a.flow(ctx, session)
	if err != nil {
		return "", false, err
	}
	if b.Event != event {
		return "", false, ErrNoFlow
	}
	f, err := NewFlow(a.config, PIN)
	if err != nil {
		return "", false, ErrNoFlow
	}
	return f.AuthorizeURL(RequestToken{b.Token, b.Secret}), b.PIN, nil
}

// Cancel drops what a session has begun.
func (a *Accounts) Cancel(ctx context.Context, session string) error {
	return a.store.EraseAccess(ctx, flowKey(session))
}

// Returned ends what a session has begun by what X sent the owner back with. It returns the event, also beside an error
// where it is known. Allowed is asked before anything is connected, and says who connects it. Errors: ErrNoFlow, ErrDenied, ErrOtherFlow, those
// of the exchange.
func (a *Accounts) Returned(ctx context.Context, session string, r *http.Request, allowed func(event string) (by string, err error)) (event string, err error) {
	b, err := a.flow(ctx, session)
	if err != nil {
		return "", err
	}
	by, err := allowed(b.Event)
	if err != nil {
		return "", err
	}
	verifier, err := ParseCallback(r, RequestToken{b.Token, b.Secret})
	switch {
	case errors.Is(err, ErrDenied) && r.URL.Query().Get("denied") == b.Token:
		return b.Event, errors.Join(problem(ErrDenied), a.Cancel(ctx, session))
	case err != nil, b.PIN:
		return b.Event, ErrOtherFlow
	}
	return b.Event, a.connect(ctx, session, by, b, verifier)
}

// Typed ends what a session has begun for an event by the PIN that X showed.
func (a *Accounts) Typed(ctx context.Context, session, by, event, pin string) error {
	b, err := a.flow(ctx, session)
	if err != nil {
		return err
	}
	if b.Event != event || !b.PIN {
		return ErrNoFlow
	}
	return a.connect(ctx, session, by, b, pin)
}

// Disconnect forgets the account of an event. There being none is no error.
func (a *Accounts) Disconnect(ctx context.Context, event string) error {
	return a.store.EraseAccess(ctx, credentialPrefix+event+credentialSuffix)
}

// connect exchanges the verifier and stores the account.
func (a *Accounts) connect(ctx context.Context, session, by string, b flowBody, verifier string) error {
	f, err := NewFlow(a.config, PIN)
	if err != nil || f.server != b.Server {
		return ErrNoFlow // the server was set up anew meanwhile
	}
	keys, who, err := f.AccessToken(ctx, RequestToken{b.Token, b.Secret}, verifier)
	if err != nil {
		return problem(err)
	}
	body, err := json.Marshal(credentialBody{V: accountVersion, Event: b.Event, Server: f.server, Token: keys.AccessToken, Secret: keys.AccessSecret,
		ID: who.ID, Username: who.Username, By: by, At: time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	key := credentialPrefix + b.Event + credentialSuffix
	if err := a.store.EraseAccess(ctx, key); err != nil { // another account's tokens do not stay on disk
		return err
	}
	if _, err := a.store.PutAccess(ctx, key, body, nil); err != nil {
		return err
	}
	a.config.Log.LogAttrs(ctx, slog.LevelInfo, "an account on X was connected", slog.String("event", b.Event))
	return a.Cancel(ctx, session)
}

// flow returns what a session has begun.
func (a *Accounts) flow(ctx context.Context, session string) (flowBody, error) {
	var b flowBody
	body, _, err := a.store.GetAccess(ctx, flowKey(session))
	if errors.Is(err, moderation.ErrNotFound) {
		return b, ErrNoFlow
	}
	if err != nil {
		return b, err
	}
	if err := json.Unmarshal(body, &b); err != nil || b.V != accountVersion || time.Since(b.At) > flowTime {
		return b, ErrNoFlow
	}
	return b, nil
}

// flowKey is where a session's flow lies.
func flowKey(session string) string {
	sum := sha256.Sum256([]byte("x flow\x00" + session))
	return flowPrefix + hex.EncodeToString(sum[:])
}
