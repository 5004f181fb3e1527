package app

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/openfloor/openfloor/ingest/fakenet"
	"github.com/openfloor/openfloor/ingest/inbox"
	"github.com/openfloor/openfloor/ingest/simulator"
	"github.com/openfloor/openfloor/moderation"
)

// What the demonstration is about.
const (
	demoHashtag = "SMWWhoLeads"
	demoTitle   = "Who’s Leading? Social media access at work"
)

// The pace of the demonstration.
const (
	demoPoll    = time.Second             // the fake networks are asked so often
	demoRecheck = 15 * time.Second        // and whether what is shown is still there
	demoFirst   = 4 * time.Minute         // of the panel is over at the start
	demoSpeed   = 4                       // times as fast as a panel of an hour: a post each 4 s
	demoDecide  = 4 * time.Second         // the moderator decides one each, but the first few at once
	demoTake    = 20 * time.Second        // the chair takes the next one each
	demoLook    = 400 * time.Millisecond  // both look so often whether there is something to do
	demoYield   = time.Minute             // the chair's script rests so long after a person changed the stage
	demoWarm    = 4                       // approvals before the pace begins
	demoLeave   = 4                       // pending ones that are left for people to try
	demoQueue   = 10                      // approved ones that are enough for now
	demoMost    = 24                      // pending ones that are too many: the traffic waits
	demoSettle  = 1500 * time.Millisecond // how long people see a new one as pending
)

// demonstration is a panel under way. Posts come from fake networks by the real sources, and by the real form; a
// scripted moderator and a scripted chair ask the desk as people do. They act only on what nobody has touched, so
// that whoever tries the pages is never overruled.
type demonstration struct {
	world simulator.World
	stop  context.CancelFunc
	ended []func() error // wait until a fake network has stopped

	// Set by run.
	app   *App
	slug  string
	moder moderation.Actor
	chair moderation.Actor
}

// newDemonstration starts the fake networks, and makes cfg listen to them, and to them alone: with credentials of
// their own, since those of the real networks have no business there.
func newDemonstration(cfg *Config) (_ *demonstration, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	bearer, token := rand.Text(), rand.Text()
	d := &demonstration{stop: cancel, world: simulator.World{
		TownHost: "towncrier.example", VillageHost: "village.example",
		X: fakenet.NewX(fakenet.XConfig{Bearer: bearer, SearchLimit: -1, Pictures: true}), Sky: fakenet.NewBluesky(fakenet.BlueskyConfig{}),
	}}
	w := &d.world
	w.Town = fakenet.New(fakenet.Config{Host: w.TownHost, Limit: -1, Token: token}) // so it is the first: it streams
	w.Village = fakenet.New(fakenet.Config{Host: w.VillageHost, Limit: -1})
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	wish := &EventWish{Hashtag: demoHashtag, Title: demoTitle, only: true}
	for _, n := range []struct {
		kind    moderation.Source
		handler http.Handler
	}{
		{moderation.FromMastodon, w.Town.Handler()}, {moderation.FromMastodon, w.Village.Handler()},
		{moderation.FromBluesky, w.Sky.Handler()}, {moderation.FromX, w.X.Handler()},
	} {
		base, wait, err := fakenet.Start(ctx, n.handler, "127.0.0.1:0")
		if err != nil {
			return d, err
		}
		d.ended = append(d.ended, wait)
		if n.kind == moderation.FromBluesky {
			cfg.skyPages = base
		}
		wish.Sources = append(wish.Sources, SourceWish{Kind: string(n.kind), Server: base})
	}
	cfg.Event, cfg.MastodonToken, cfg.X, cfg.quick = wish, token, XCredentials{Bearer: bearer}, true
	return d, nil
}

// close ends the fake networks.
func (d *demonstration) close() {
	d.stop()
	for _, wait := range d.ended {
		_ = wait() // they have nothing to lose
	}
}

// run starts the scripts.
func (d *demonstration) run(a *App, slug string) {
	d.app, d.slug, d.world.Form = a, slug, d.send
	d.moder = moderation.Actor{Role: moderation.Moderator, Name: "Demo moderator", ID: "demo-moderator"}
	d.chair = moderation.Actor{Role: moderation.Chair, Name: "Demo chair", ID: "demo-chair"}
	a.intake.run("demo posts", d.posts)
	a.intake.run("demo moderator", d.moderate)
	a.intake.run("demo chair", d.preside)
}

// posts plays panel after panel on the fake networks.
func (d *demonstration) posts(ctx context.Context) error {
	begun := demoFirst
	for seed := uint64(1); ; seed++ {
		script := simulator.Panel(simulator.Config{Seed: seed, Tag: demoHashtag})
		err := d.world.Play(ctx, script, simulator.Options{Speed: demoSpeed, Begun: begun, Ready: func() bool { return d.pending() < demoMost }})
		if err != nil {
			return err
		}
		begun = 0
	}
}

// send sends by the form, as attendees do.
func (d *demonstration) send(ctx context.Context, s simulator.Step) error {
	ev, ok := d.app.record.Event(d.slug)
	if !ok || ev.StateAt(time.Now()) != moderation.Open {
		return nil // somebody closed it
	}
	in := inbox.Submission{Text: s.Text, Name: s.Person.Name, Visitor: "demo-" + s.Person.Handle}
	if s.Sort == simulator.Story {
		in.Kind = moderation.Story
	}
	if _, _, err := d.app.form.Submit(ctx, ev, in); err != nil {
		d.app.log.Debug("the demonstration's form", slog.Any("err", err))
	}
	return nil
}

// moderate decides about what came, the oldest first.
func (d *demonstration) moderate(ctx context.Context) error {
	for n := 0; ; {
		wait := demoDecide
		if n < demoWarm {
			wait = demoLook
		}
		if !d.pause(ctx, wait, nil) {
			return nil
		}
		s, ok := d.next(n < demoWarm)
		if !ok {
			continue
		}
		req := moderation.ActRequest{Op: moderation.NewOp(), Event: d.slug, ID: s.ID, Rev: s.Rev, Action: moderation.Approve, By: d.moder}
		switch {
		case slices.ContainsFunc(s.Flags, moderation.Flag.Personal):
			req.Action, req.Reason = moderation.Hold, "Personal data"
		case n%9 == 6:
			req.Action, req.Reason = moderation.Reject, "Off topic"
		case n%9 == 8:
			req.Action = moderation.Hold
		}
		if _, err := d.app.desk().Act(ctx, req); d.went(err) {
			n++
		}
	}
}

// next returns the oldest pending submission that nobody has touched, where there are enough left for people.
func (d *demonstration) next(warm bool) (moderation.Submission, bool) {
	pending, more := d.app.record.List(d.slug, moderation.Filter{States: []moderation.State{moderation.Pending}, Limit: demoMost, Match: untouched})
	if !warm && (len(pending) <= demoLeave || len(d.app.record.Queue(d.slug)) >= demoQueue && !more) {
		return moderation.Submission{}, false
	}
	for i := len(pending) - 1; i >= 0; i-- {
		if warm && pending[i].Flagged() {
			continue
		}
		if warm || time.Since(pending[i].ReceivedAt) > demoSettle {
			return pending[i], true
		}
	}
	return moderation.Submission{}, false
}

// untouched reports whether s is as its source delivered it.
func untouched(s moderation.Submission) bool { return s.Change.By.Role == moderation.RoleSource }

// preside takes one question after the other, unless a person does.
func (d *demonstration) preside(ctx context.Context) error {
	taken := time.Time{}
	for {
		if !d.pause(ctx, demoLook, nil) {
			return nil
		}
		stage, queue := d.app.record.Stage(d.slug), d.app.record.Queue(d.slug)
		by := stage.Change
		if by.By.ID != "" && by.By.ID != d.chair.ID && time.Since(by.At) < demoYield {
			continue
		}
		if len(queue) == 0 {
			continue
		}
		req := moderation.StageRequest{Op: moderation.NewOp(), Event: d.slug, Rev: &stage.Rev, By: d.chair}
		switch {
		case stage.Now == "" || time.Since(taken) >= demoTake:
			req.Take, req.Finish = true, stage.Now != ""
			taken = time.Now()
		case stage.Next == "" && len(queue) > 1 && time.Since(taken) >= demoTake/4:
			req.Next = &queue[0].ID
		default:
			continue
		}
		_, err := d.app.desk().SetStage(ctx, req)
		d.went(err)
	}
}

// went reports whether something was done. That a person was faster is no fault.
func (d *demonstration) went(err error) bool {
	if err != nil && !errors.Is(err, moderation.ErrStale) && !errors.Is(err, moderation.ErrState) {
		d.app.log.Debug("the demonstration goes on", slog.Any("err", err))
	}
	return err == nil
}

// pending counts what nobody has decided about.
func (d *demonstration) pending() int {
	page, _ := d.app.record.List(d.slug, moderation.Filter{States: []moderation.State{moderation.Pending}, Limit: demoMost})
	return len(page)
}

// pause waits for t, and then until ok holds; nil: no longer. It reports whether ctx lasted.
func (d *demonstration) pause(ctx context.Context, t time.Duration, ok func() bool) bool {
	for {
		select {
		case <-time.After(t):
		case <-ctx.Done():
			return false
		}
		if ok == nil || ok() {
			return true
		}
		t = demoLook
	}
}
