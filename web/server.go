package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/openfloor/openfloor/display"
	"github.com/openfloor/openfloor/display/live"
	"github.com/openfloor/openfloor/ingest/inbox"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/web/auth"
)

// Desk is where decisions are made: in this process or another one, over NATS. Its methods are moderation.Desk's.
type Desk interface {
	Act(ctx context.Context, req moderation.ActRequest) (moderation.Submission, error)
	SetStage(ctx context.Context, req moderation.StageRequest) (moderation.Stage, error)
	CreateEvent(ctx context.Context, req moderation.EventRequest) (moderation.Event, error)
	ChangeEvent(ctx context.Context, req moderation.EventRequest) (moderation.Event, error)
	DecideAuthor(ctx context.Context, req moderation.AuthorRequest) (moderation.AuthorDecision, error)
	SendSignal(ctx context.Context, req moderation.SignalRequest) (moderation.Signal, error)
	AckSignal(ctx context.Context, req moderation.SignalRequest) (moderation.Signal, error)
}

// VoteStore stores votes; natsstore.Store does.
type VoteStore interface {
	// Vote stores a vote in place of the voter's last one for the same submission, and returns a sequence of the
	// stream of votes by which it is stored.
	Vote(ctx context.Context, v moderation.Vote) (seq uint64, err error)
}

// Store is what web reads from the record past its read models.
type Store interface {
	// History returns the stored revisions of a submission, oldest first.
	History(ctx context.Context, event, id string) ([]moderation.Submission, error)
	// Last returns the newest sequence of the record.
	Last(ctx context.Context) (uint64, error)
}

// Config is what a Server needs. ServeWeb brings the pages and the API, ServeLive the stream; the fields that a
// part does not use may be nil without it.
type Config struct {
	ServeWeb, ServeLive bool

	// PublicURL is the address people use, such as https://ask.example; empty: that of each request.
	PublicURL string
	// TrustedProxies may say in X-Forwarded-For who their client is.
	TrustedProxies []netip.Prefix

	Record *moderation.Record
	Hub    *display.Hub
	Live   *live.Live
	Desk   Desk
	Store  Store
	Form   *inbox.Form
	// Webhook takes what other programs sign; Importer what organisers bring in.
	Webhook  *inbox.Webhook
	Importer *inbox.Importer
	Limits   *inbox.Limits
	Access   *auth.Access
	Keys     auth.Keys
	// Sources knows how the sources are doing; nil: nobody does.
	Sources *moderation.SourceBoard
	// Portraits keeps authors' pictures; nil: there are none.
	Portraits Portraits
	// Votes stores votes.
	Votes VoteStore
	// XAccounts connects accounts on X; nil: none can be connected.
	XAccounts XAccounts
	// Doctor looks after the server, its store and its sources; nil: nobody does.
	Doctor func(ctx context.Context) []Finding

	// Ready says whether the process can serve, with one word or sentence a check.
	Ready   Readiness
	Metrics http.Handler
	Version string
	Log     *slog.Logger
	Now     func() time.Time // nil: time.Now
}

// Server answers HTTP. It is safe for concurrent use.
type Server struct {
	Config
	public  *url.URL // nil: that of each request
	sent    *sent
	firsts  *firsts
	router  chi.Routes   // what handler routes by
	deaf    atomic.Int64 // until when the store is not asked for its newest, in Unix nanoseconds
	handler http.Handler
}

// New returns a server. It starts nothing.
func New(c Config) (*Server, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Sources == nil {
		c.Sources = &moderation.SourceBoard{}
	}
	if c.Record == nil || c.Hub == nil || c.Access == nil {
		return nil, errors.New("web: needs a record, a hub and access")
	}
	if c.ServeWeb && (c.Desk == nil || c.Store == nil || c.Form == nil || c.Limits == nil || c.Webhook == nil || c.Importer == nil) {
		return nil, errors.New("web: needs a desk, a store, a form and its limits, a webhook and an importer")
	}
	if c.ServeLive && c.Live == nil {
		return nil, errors.New("web: needs the live server")
	}
	s := &Server{Config: c, sent: newSent(c.Now), firsts: newFirsts()}
	if c.PublicURL != "" {
		u, err := url.Parse(strings.TrimRight(c.PublicURL, "/"))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" {
			return nil, errors.New("web: the public URL has to be like https://ask.example, without a path")
		}
		s.public = u
	}
	s.handler = s.routes()
	return s, nil
}

// Handler returns the handler of everything.
func (s *Server) Handler() http.Handler { return s.handler }

// base is the address under which the client of r reaches this server, without a slash at its end.
func (s *Server) base(r *http.Request) string {
	if s.public != nil {
		return s.public.String()
	}
	return s.scheme(r) + "://" + r.Host
}

func (s *Server) scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

// secure reports whether people come by https, so that cookies can be bound to it.
func (s *Server) secure(r *http.Request) bool {
	if s.public != nil {
		return s.public.Scheme == "https"
	}
	return r.TLS != nil
}

// seen waits until this process's read models have seq, so that the next request shows it. A read model that is
// late is no fault of what was done.
func (s *Server) seen(ctx context.Context, seq uint64) {
	wait, cancel := context.WithTimeout(ctx, readLag)
	defer cancel()
	if err := s.Record.Wait(wait, seq); err != nil {
		s.Log.LogAttrs(ctx, slog.LevelDebug, "answered before the read model had it", slog.Uint64("rev", seq))
	}
}

// sync waits until the read models have everything that was acknowledged before the call, on whichever process.
// Where the store does not answer, reading goes on with what there is.
func (s *Server) sync(ctx context.Context) {
	if s.Now().UnixNano() < s.deaf.Load() {
		return // the store did not answer a moment ago, and waiting for it again helps nobody
	}
	wait, cancel := context.WithTimeout(ctx, readLag)
	defer cancel()
	last, err := s.Store.Last(wait)
	if err == nil {
		err = s.Record.Wait(wait, last)
	}
	if err != nil {
		if ctx.Err() == nil {
			s.deaf.Store(s.Now().Add(deafTime).UnixNano())
		}
		s.Log.LogAttrs(ctx, slog.LevelDebug, "read without the newest", slog.Any("err", err))
	}
}

// deafTime is how long reading goes on without asking a store that did not answer.
const deafTime = 2 * time.Second

// readLag is how long a request waits for the read models at most.
const readLag = 2 * time.Second
