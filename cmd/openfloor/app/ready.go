package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/openfloor/openfloor/ingest/mastodon"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/text"
	"github.com/openfloor/openfloor/web/auth"
)

// linkTime is how long the links of the ready lines are valid.
const linkTime = 24 * time.Hour

// Link is one address of the ready lines.
type Link struct {
	Role string // organiser, attendee, moderator, chair or screen
	URL  string
}

// xMoney is what an event made by --hashtag may spend on X, in US dollars: 2,000 posts at 0.005 each
// (docs.x.com/x-api/getting-started/pricing, read 2026-11).
const xMoney = 10

// welcome makes sure of the event that was asked for, whose slug it returns, makes the links and prints the ready
// lines.
func (a *App) welcome(ctx context.Context) (slug string, err error) {
	if a.cfg.Has(Web) {
		if a.cfg.Event != nil {
			if slug, err = a.ensureEvent(ctx, *a.cfg.Event); err != nil {
				return "", err
			}
		}
		if a.links, err = a.makeLinks(ctx, slug); err != nil {
			return "", err
		}
	}
	lines := "ready http://" + a.Addr() + "\n"
	for _, l := range a.links {
		lines += l.Role + " " + l.URL + "\n"
	}
	if _, err := a.cfg.Out.Write([]byte(lines)); err != nil {
		a.log.Warn("nobody reads the ready lines", slog.Any("err", err))
	}
	return slug, nil
}

// makeLinks returns the organiser's join link, and the set of the event's where slug names one.
func (a *App) makeLinks(ctx context.Context, slug string) ([]Link, error) {
	expires := time.Now().Add(linkTime)
	join := func(event string, role moderation.Role, name string) (Link, error) {
		_, token, err := a.access.NewLink(ctx, auth.LinkSpec{Event: event, Role: role, Name: name, Expires: &expires})
		if err != nil {
			return Link{}, fmt.Errorf("make the %s link: %w", role, err)
		}
		return Link{Role: string(role), URL: a.base() + "/join/" + token}, nil
	}
	organiser, err := join("", moderation.Organiser, "Organiser")
	if err != nil || slug == "" {
		return []Link{organiser}, err
	}
	moderator, err := join(slug, moderation.Moderator, "Moderator")
	if err != nil {
		return nil, err
	}
	chair, err := join(slug, moderation.Chair, "Chair")
	if err != nil {
		return nil, err
	}
	page := a.base() + "/e/" + slug
	return []Link{organiser, {"attendee", page}, moderator, chair, {"screen", page + "/screen"}}, nil
}

// ensureEvent makes the event of w where it is not there yet, and returns its slug. One that is there stays as it
// is, but for sources that w names. X bills each post it lets us read, so it starts with a limit that an organiser
// raises knowingly.
func (a *App) ensureEvent(ctx context.Context, w EventWish) (string, error) {
	tag := strings.TrimLeft(strings.TrimSpace(w.Hashtag), "#＃")
	named := settings(w.Sources)
	if ev, ok := a.eventFor(tag); ok {
		return ev.Slug, a.setSources(ctx, ev, named, w.only)
	}
	slug := text.Slug(tag)
	if !text.ValidSlug(slug) {
		slug = "event-" + strings.ToLower(rand.Text()[:6])
	}
	title := w.Title
	if title == "" {
		title = "#" + tag
	}
	if len(named) == 0 {
		named = []moderation.SourceSetting{ // the networks that need no account
			{Kind: moderation.FromMastodon, Server: mastodon.DefaultServer, Enabled: true},
			{Kind: moderation.FromBluesky, Enabled: true},
		}
		if a.cfg.X.reads() {
			named = append(named, moderation.SourceSetting{Kind: moderation.FromX, Enabled: true, Budget: &moderation.Budget{Money: xMoney}})
		}
	}
	req := moderation.EventRequest{Op: moderation.NewOp(), Action: moderation.CreateEvent, By: operator, Spec: &moderation.EventSpec{
		Title: &title, Slug: &slug, Hashtags: []string{tag}, Sources: named,
	}}
	ev, err := a.decide(ctx, "make the event of --hashtag", func(ctx context.Context) (moderation.Event, error) {
		return a.desk().CreateEvent(ctx, req)
	})
	if errors.Is(err, moderation.ErrExists) { // another process was faster
		return slug, nil
	}
	if err != nil {
		return "", err
	}
	return ev.Slug, a.record.Wait(ctx, ev.Rev)
}

// operator is who acts for the command line.
var operator = moderation.Actor{Role: moderation.Organiser, Name: "Organiser", ID: "serve"}

// eventFor returns the event for a hashtag: the one with its slug or, where the tag makes none, one that
// listens to it.
func (a *App) eventFor(tag string) (moderation.Event, bool) {
	if slug := text.Slug(tag); text.ValidSlug(slug) {
		return a.record.Event(slug)
	}
	want := text.FoldTag(tag)
	for _, ev := range a.record.Events() {
		if strings.HasPrefix(ev.Slug, "event-") && slices.ContainsFunc(ev.Hashtags, func(t string) bool { return text.FoldTag(t) == want }) {
			return ev, true
		}
	}
	return moderation.Event{}, false
}

// setSources makes ev listen to what is named and it does not listen to yet; to nothing else, with only.
func (a *App) setSources(ctx context.Context, ev moderation.Event, named []moderation.SourceSetting, only bool) error {
	if len(named) == 0 {
		return nil
	}
	sources := slices.Clone(ev.Sources)
	if only {
		sources = nil
	}
	for _, n := range named {
		i := slices.IndexFunc(sources, func(s moderation.SourceSetting) bool { return s.Name() == n.Name() })
		if i < 0 {
			sources = append(sources, n)
		} else {
			sources[i].Enabled, sources[i].Server = true, n.Server
		}
	}
	patch, err := json.Marshal(map[string]any{"sources": sources})
	if err != nil {
		return err
	}
	if same, err := json.Marshal(map[string]any{"sources": ev.Sources}); err != nil || string(same) == string(patch) {
		return err
	}
	req := moderation.EventRequest{Op: moderation.NewOp(), Action: moderation.ChangeEvent, Slug: ev.Slug, Patch: patch, By: operator}
	changed, err := a.decide(ctx, "set the sources of the event", func(ctx context.Context) (moderation.Event, error) {
		return a.desk().ChangeEvent(ctx, req)
	})
	if err != nil {
		return err
	}
	return a.record.Wait(ctx, changed.Rev)
}

func settings(wishes []SourceWish) []moderation.SourceSetting {
	var out []moderation.SourceSetting
	for _, w := range wishes {
		out = append(out, moderation.SourceSetting{Kind: moderation.Source(w.Kind), Server: strings.TrimRight(w.Server, "/"), Enabled: true})
	}
	return out
}

// decide asks the desk, and goes on asking while none answers: on a cluster it may start after this process.
func (a *App) decide(ctx context.Context, what string, ask func(context.Context) (moderation.Event, error)) (moderation.Event, error) {
	for {
		ev, err := ask(ctx)
		if err == nil {
			return ev, nil
		}
		if !errors.Is(err, moderation.ErrUnavailable) || ctx.Err() != nil {
			return ev, fmt.Errorf("%s: %w", what, err)
		}
		a.log.Warn("no moderation process answers yet; asking again", slog.String("to", what), slog.Any("err", err))
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return ev, context.Cause(ctx)
		}
	}
}

// ensureToken makes sure that there is a server-wide organiser token: the one given, else the one of the data
// folder. On a cluster that has one already it is left alone, unless one is given.
func (a *App) ensureToken(ctx context.Context) error {
	token := a.cfg.Token
	if token == "" {
		data := a.data
		if data == nil {
			switch _, _, err := a.store.GetAccess(ctx, "organiser"); {
			case err == nil:
				return nil
			case !errors.Is(err, moderation.ErrNotFound):
				return fmt.Errorf("look for the organiser token: %w", err)
			}
			path, err := filepath.Abs(a.cfg.Data)
			if err == nil {
				err = os.MkdirAll(path, 0o700)
			}
			if err != nil {
				return fmt.Errorf("organiser token: %w; give one with OPENFLOOR_TOKEN", err)
			}
			data = &dataFolder{path: path}
		}
		var err error
		if token, err = data.token(); err != nil {
			return err
		}
	}
	if err := a.access.EnsureServerToken(ctx, token); err != nil {
		return fmt.Errorf("organiser token: %w", err)
	}
	return nil
}
