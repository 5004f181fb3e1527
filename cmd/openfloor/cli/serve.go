package cli

import (
	"strings"

	"github.com/openfloor/openfloor/cmd/openfloor/app"
)

// serverFlags are what serve and demo share.
type serverFlags struct {
	Addr                string   `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to serve HTTP. Port 0 picks a free one."`
	PublicURL           string   `placeholder:"URL" help:"Where people reach this server, such as https://ask.example."`
	TrustedProxies      []string `placeholder:"PREFIX,…" help:"Proxies that may say, in X-Forwarded-For, who is behind them."`
	AllowPrivateSources bool     `help:"Let sources be at loopback and private addresses."`
	LimitVisitor        int      `default:"3" placeholder:"N" help:"Submissions a visitor may send at once, then one each 20 s; 0: no limit."`
	LimitAddress        int      `default:"12000" placeholder:"N" help:"Submissions an address may send a minute; 0: no limit."`
	LogFormat           string   `default:"text" enum:"text,json" help:"How logs are written: text or json."`
}

// config is what the flags and the environment say.
func (f serverFlags) config(s *streams) (app.Config, error) {
	token, err := secret("OPENFLOOR_TOKEN")
	if err != nil {
		return app.Config{}, err
	}
	mastodon, err := secret("OPENFLOOR_MASTODON_TOKEN")
	if err != nil {
		return app.Config{}, err
	}
	webhook, err := secret("OPENFLOOR_WEBHOOK_SECRET")
	if err != nil {
		return app.Config{}, err
	}
	var x app.XCredentials
	for name, to := range map[string]*string{
		"OPENFLOOR_X_BEARER_TOKEN": &x.Bearer, "OPENFLOOR_X_CONSUMER_KEY": &x.ConsumerKey, "OPENFLOOR_X_CONSUMER_SECRET": &x.ConsumerSecret,
		"OPENFLOOR_X_ACCESS_TOKEN": &x.AccessToken, "OPENFLOOR_X_ACCESS_SECRET": &x.AccessSecret,
	} {
		if *to, err = secret(name); err != nil {
			return app.Config{}, err
		}
	}
	return app.Config{
		Addr: f.Addr, PublicURL: strings.TrimRight(f.PublicURL, "/"), TrustedProxies: f.TrustedProxies,
		AllowPrivateSources: f.AllowPrivateSources, LimitVisitor: f.LimitVisitor, LimitAddress: f.LimitAddress,
		Token: token, MastodonToken: mastodon, X: x, WebhookSecret: webhook, Version: readBuild().version,
		Log: newLog(f.LogFormat, s.err), Out: s.out,
	}, nil
}

// serveCmd is openfloor serve.
type serveCmd struct {
	serverFlags
	Data       string   `default:"./openfloor-data" placeholder:"DIR" help:"Folder that everything is stored in."`
	Roles      string   `default:"ingest,moderation,display,web" placeholder:"ROLE,…" help:"What this process does; fewer than all need --nats."`
	NATS       string   `name:"nats" placeholder:"URL,…" help:"External NATS cluster; without it, an embedded server."`
	NATSCreds  string   `name:"nats-creds" placeholder:"FILE" help:"Credentials for the external cluster."`
	NATSListen string   `name:"nats-listen" placeholder:"HOST:PORT" help:"Let the embedded NATS server listen; without it, it does on no port."`
	Hashtag    string   `placeholder:"TAG" help:"Make sure that an event for this hashtag exists, listening to Mastodon, and to X where credentials are set."`
	Mode       string   `default:"panel" enum:"panel,chat" help:"What the event of --hashtag is."`
	Title      string   `placeholder:"TEXT" help:"Title of the event of --hashtag."`
	Source     []string `sep:" " placeholder:"KIND=URL" help:"Source of the event of --hashtag, such as mastodon=https://mastodon.example; may repeat."`
}

// Run runs the server until the process is told to stop.
func (c *serveCmd) Run(s *streams) error {
	cfg, err := c.config(s)
	if err != nil {
		return err
	}
	cfg.Data, cfg.NATS, cfg.NATSCreds, cfg.NATSListen = c.Data, c.NATS, c.NATSCreds, c.NATSListen
	if cfg.Roles, err = app.ParseRoles(c.Roles); err != nil {
		return usageError{err}
	}
	if c.Mode != "panel" {
		return usagef("--mode %s: this version runs panels only; leave --mode out", c.Mode)
	}
	if c.Hashtag == "" && (c.Title != "" || len(c.Source) > 0) {
		return usagef("--title and --source belong to an event; add --hashtag TAG")
	}
	if c.Hashtag != "" {
		cfg.Event = &app.EventWish{Hashtag: c.Hashtag, Title: c.Title}
		if cfg.Event.Sources, err = sources(c.Source); err != nil {
			return err
		}
	}
	return run(s, cfg)
}

// run builds the program and runs it.
func run(s *streams, cfg app.Config) error {
	a, err := app.Build(s.ctx, cfg)
	if err != nil {
		if s.ctx.Err() != nil {
			return nil // told to stop while it was starting
		}
		return err
	}
	return a.Run(s.ctx)
}

// sources reads the --source flags.
func sources(flags []string) ([]app.SourceWish, error) {
	var out []app.SourceWish
	for _, f := range flags {
		w, err := app.ParseSource(f)
		if err != nil {
			return nil, usageError{err}
		}
		out = append(out, w)
	}
	return out, nil
}
