package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"slices"

	"github.com/openfloor/openfloor/display"
	"github.com/openfloor/openfloor/display/live"
	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/ingest/bluesky"
	"github.com/openfloor/openfloor/ingest/feed"
	"github.com/openfloor/openfloor/ingest/inbox"
	"github.com/openfloor/openfloor/ingest/mastodon"
	"github.com/openfloor/openfloor/ingest/x"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/natsstore"
	"github.com/openfloor/openfloor/web"
	"github.com/openfloor/openfloor/web/auth"
)

// buildRoles makes what the roles need. It starts nothing.
func (a *App) buildRoles() (err error) {
	if a.cfg.Has(Display) || a.cfg.Has(Web) {
		if a.hub, err = display.NewHub(display.Config{Epoch: a.store.Epoch(), Votes: a.record.Votes(), Log: a.part("display")}); err != nil {
			return err
		}
	}
	if a.cfg.Has(Display) {
		a.live = live.New(live.Config{Refuse: a.refuseStream, Log: a.part("live")})
	}
	a.access = auth.New(a.store, auth.Config{Log: a.part("access")})
	a.accounts = x.NewAccounts(a.x(ingest.NewClient(a.guard())), a.store, a.renewX)
	if a.form, err = inbox.NewForm(a.store); err != nil {
		return err
	}
	if a.webhook, err = inbox.NewWebhook(a.store, a.cfg.WebhookSecret); err != nil {
		return err
	}
	if a.importer, err = inbox.NewImporter(a.store); err != nil {
		return err
	}
	if a.cfg.Has(Ingest) {
		gallery, err := a.gallery()
		if err != nil {
			return err
		}
		if a.supervisor, err = ingest.NewSupervisor(ingest.Config{
			Intake: a.store, Cursors: a.store, Factories: a.factories(), Leases: a.leases(), Gallery: gallery, Log: a.part("ingest"),
		}); err != nil {
			return err
		}
	}
	return nil
}

// renewX reads X anew for an event whose account is another now.
func (a *App) renewX(event string) {
	if a.supervisor != nil {
		a.supervisor.Renew(event, moderation.FromX)
	}
}

// guard is how addresses that come from outside are reached.
func (a *App) guard() ingest.ClientConfig {
	return ingest.ClientConfig{AllowPrivate: a.cfg.AllowPrivateSources || a.cfg.quick, UserAgent: "Openfloor/" + a.cfg.Version}
}

// gallery returns what keeps the pictures of authors on X, whose rules ask for them beside their posts.
func (a *App) gallery() (*ingest.Gallery, error) {
	return ingest.NewGallery(ingest.GalleryConfig{
		Client: ingest.NewClient(a.guard()), Portraits: a.store, Sources: []moderation.Source{moderation.FromX}, Larger: x.LargerPicture,
		Key: func(event string, source moderation.Source, account string) string {
			return moderation.AuthorKey(a.keys.Authors, event, source, account)
		},
		Log: a.part("gallery"),
	})
}

// leases returns what keeps two processes from reading one source; nil where there is no other process.
func (a *App) leases() ingest.Leases {
	if a.cfg.NATS == "" && a.cfg.NATSListen == "" {
		return nil
	}
	return natsstore.NewLeases(a.store, rand.Text(), 0)
}

// factories returns what makes a source, by kind.
func (a *App) factories() map[moderation.Source]ingest.Factory {
	guard := a.guard()
	client := ingest.NewClient(guard)
	sky := bluesky.Config{
		Client: client, Dial: ingest.NewDialer(guard).DialContext, AllowPlain: guard.AllowPrivate, UserAgent: guard.UserAgent, Known: a.known,
		AppView: a.cfg.skyPages, PLC: a.cfg.skyPages,
	}
	reading := a.x(client)
	reading.Account = a.accounts.Keys
	return map[moderation.Source]ingest.Factory{
		moderation.FromMastodon: mastodon.Factory(a.mastodon(client)), moderation.FromBluesky: bluesky.Factory(sky), moderation.FromX: x.Factory(reading),
		moderation.FromFeed: feed.Factory(feed.Config{Client: client}),
	}
}

// mastodon says how Mastodon and its relatives are listened to.
func (a *App) mastodon(client *http.Client) mastodon.Config {
	guard := a.guard()
	c := mastodon.Config{
		Client: client, Dial: ingest.NewDialer(guard).DialContext, UserAgent: guard.UserAgent, Board: board{a.record}, Token: a.cfg.MastodonToken,
	}
	if a.cfg.Event != nil {
		for _, w := range a.cfg.Event.Sources {
			if w.Kind == string(moderation.FromMastodon) && c.TokenServer == "" {
				c.TokenServer = w.Server // the operator named it, so the token is for it
			}
		}
	}
	if a.cfg.quick {
		c.Every = demoPoll
	}
	return c
}

// x says how X is listened to.
func (a *App) x(client *http.Client) x.Config {
	have := a.cfg.X
	c := x.Config{
		Client: client, Bearer: have.Bearer, Log: a.part("x"), Watching: board{a.record}.onX,
		Keys: x.Keys{ConsumerKey: have.ConsumerKey, ConsumerSecret: have.ConsumerSecret, AccessToken: have.AccessToken, AccessSecret: have.AccessSecret},
	}
	if a.cfg.quick {
		c.Every, c.Recheck, c.KeptEvery = demoPoll, demoRecheck, demoRecheck
	}
	if a.cfg.Event != nil {
		for _, w := range a.cfg.Event.Sources {
			if w.Kind == string(moderation.FromX) && c.CredentialServer == "" {
				c.CredentialServer = w.Server // the operator named it, so the credentials are for it
			}
		}
	}
	return c
}

// board is what people can see, as sources ask for it.
type board struct{ record *moderation.Record }

// boardMost is more than anybody scrolls through, and as much as a source looks up again in a quarter of an hour.
const boardMost = 500

// Shown returns the newest submissions of a source that are on the board.
func (b board) Shown(event string, source moderation.Source) []moderation.Submission {
	page, _ := b.record.List(event, moderation.Filter{
		States:  []moderation.State{moderation.Approved, moderation.Live, moderation.Answered},
		Sources: []moderation.Source{source}, Limit: boardMost,
	})
	return page
}

// Kept returns all other submissions of a source that are not gone.
func (b board) Kept(event string, source moderation.Source) []moderation.Submission {
	page, _ := b.record.List(event, moderation.Filter{
		States:  []moderation.State{moderation.Pending, moderation.Held, moderation.Rejected},
		Sources: []moderation.Source{source}, Limit: math.MaxInt,
	})
	return page
}

// onX returns the keys of all posts of X that are on the board, and of those that are stored besides: X wants all of
// them gone that are gone there.
func (b board) onX(event string) (shown, kept []string) {
	page, _ := b.record.List(event, moderation.Filter{Sources: []moderation.Source{moderation.FromX}, Limit: math.MaxInt})
	for _, s := range page {
		switch k := x.KeyOf(s.Version); {
		case k == "" || s.State.Gone():
		case s.State.Public():
			shown = append(shown, k)
		default:
			kept = append(kept, k)
		}
	}
	return shown, kept
}

// known returns the permalinks of everything that an event has on record and that is not gone.
func (a *App) known(event string) []string {
	page, _ := a.record.List(event, moderation.Filter{Limit: math.MaxInt, Match: func(s moderation.Submission) bool {
		return s.URL != "" && !s.State.Gone()
	}})
	out := make([]string, 0, len(page))
	for _, s := range page {
		out = append(out, s.URL)
	}
	return out
}

// follow feeds the read models of this process with FLOOR: first what people see, then what decisions are made on,
// so that nobody can act on what no screen could have shown.
func (a *App) follow(ctx context.Context) error {
	apply := func(rev moderation.Revision) error {
		if a.hub != nil {
			a.hub.Apply(rev)
		}
		a.record.Apply(rev)
		if a.supervisor != nil && rev.Event != nil {
			a.supervisor.Set(*rev.Event)
		}
		return nil
	}
	return a.store.Follow(ctx, apply, a.record.Passed, a.record.CaughtUp)
}

// followVotes feeds the votes of this process with VOTES.
func (a *App) followVotes(ctx context.Context) error {
	votes := a.record.Votes()
	return a.store.FollowVotes(ctx, func(v moderation.Vote) {
		votes.Apply(v)
		a.hub.Voted(v.Event, v.ID)
	}, votes.CaughtUp)
}

// startRoles starts the workers of each role, once the read models have everything that was stored before.
func (a *App) startRoles(ctx context.Context) error {
	select {
	case <-a.record.Ready():
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if a.hub != nil {
		select {
		case <-a.record.Votes().Ready():
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	keys, err := a.access.Keys(ctx)
	if err != nil {
		return fmt.Errorf("the deployment's keys: %w", err)
	}
	a.keys = keys
	select {
	case <-a.accounts.Ready(): // so that no source begins with other keys than its event's
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if a.cfg.Has(Moderation) {
		if err := a.startDesk(ctx, keys); err != nil {
			return err
		}
	}
	if a.cfg.Has(Web) || a.cfg.Has(Display) {
		if err := a.startWeb(ctx, keys); err != nil {
			return err
		}
	}
	if a.cfg.Has(Ingest) {
		a.intake.run("sources", a.supervisor.Run)
		a.intake.run("sources told", func(ctx context.Context) error { return natsstore.ShareSources(ctx, a.nc, a.supervisor.Status) })
	}
	return nil
}

// startDesk starts the desk: it takes in what came, answers whoever asks for a decision, and lets time pass.
func (a *App) startDesk(ctx context.Context, keys auth.Keys) error {
	desk, err := moderation.NewDesk(moderation.DeskConfig{Floor: a.store, Record: a.record, Secret: keys.Authors, Log: a.part("desk"), Portraits: a.store})
	if err != nil {
		return err
	}
	erased, err := a.store.FinishErasures(ctx, a.gone)
	if err != nil {
		a.log.Error("what was withdrawn is not erased everywhere; it is tried again at the next start", slog.Any("err", err))
	}
	if erased > 0 {
		a.log.Info("finished erasing what was withdrawn", slog.Int("submissions", erased))
	}
	if n, err := a.store.FinishPortraits(ctx, a.nothingLeft); err != nil {
		a.log.Error("not every picture of authors who withdrew is erased; it is tried again at the next start", slog.Any("err", err))
	} else if n > 0 {
		a.log.Info("finished erasing pictures of authors who withdrew", slog.Int("pictures", n))
	}
	a.work.run("take in", func(ctx context.Context) error { return a.store.TakeIn(ctx, desk.TakeAll) })
	a.work.run("desk", func(ctx context.Context) error { return natsstore.ServeDesk(ctx, a.nc, desk, a.part("desk")) })
	a.work.run("clock", desk.Run)
	return nil
}

// gone returns the revision at which a submission was withdrawn or erased.
func (a *App) gone(event, id string) (uint64, bool) {
	s, ok := a.record.Submission(event, id)
	return s.Rev, ok && s.State.Gone()
}

// nothingLeft reports whether everything that an author sent is gone.
func (a *App) nothingLeft(event, key string) bool {
	theirs := a.record.ByAuthor(event, key)
	return len(theirs) > 0 && !slices.ContainsFunc(theirs, func(s moderation.Submission) bool { return !s.State.Gone() })
}

// startWeb puts the pages, the API and the live stream behind the port.
func (a *App) startWeb(ctx context.Context, keys auth.Keys) error {
	if a.cfg.Has(Web) {
		if err := a.ensureToken(ctx); err != nil {
			return err
		}
		a.reading.run("sources followed", func(ctx context.Context) error { return natsstore.FollowSources(ctx, a.nc, a.sources.Apply) })
	}
	trusted, err := a.cfg.trusted()
	if err != nil {
		return err
	}
	limits := inbox.DefaultLimits()
	limits.Visitor, limits.Address = a.cfg.LimitVisitor, a.cfg.LimitAddress
	server, err := web.New(web.Config{
		ServeWeb: a.cfg.Has(Web), ServeLive: a.cfg.Has(Display),
		PublicURL: a.cfg.PublicURL, TrustedProxies: trusted,
		Record: a.record, Hub: a.hub, Live: a.live, Desk: a.desk(), Store: a.store,
		Form: a.form, Webhook: a.webhook, Importer: a.importer, Limits: inbox.NewLimits(limits), Access: a.access, Keys: keys, Sources: &a.sources,
		Portraits: a.store, Votes: a.store, XAccounts: a.accounts, Doctor: a.doctor,
		Ready: a.checks, Metrics: a.metrics.handler(), Version: a.cfg.Version, Log: a.part("web"),
	})
	if err != nil {
		return err
	}
	a.web.Store(server)
	return nil
}

// refuseStream answers a request that becomes no stream. It comes through the server, so there is one.
func (a *App) refuseStream(w http.ResponseWriter, r *http.Request, status int, detail string) {
	a.web.Load().RefuseStream(w, r, status, detail)
}

// desk returns the way to the desk, in this process or another.
func (a *App) desk() *natsstore.DeskClient { return natsstore.NewDeskClient(a.nc) }
