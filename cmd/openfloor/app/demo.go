package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/openfloor/openfloor/ingest/fakenet"
	"github.com/openfloor/openfloor/ingest/inbox"
	"github.com/openfloor/openfloor/moderation"
)

// What the demonstration is about.
const (
	demoHashtag = "SMWWhoLeads"
	demoTitle   = "Who’s Leading? Social media access at work"
)

// The pace of the demonstration.
const (
	demoPoll   = time.Second             // the fake network is asked so often
	demoFirst  = 8                       // posts that are there already
	demoPost   = 6 * time.Second         // then one each
	demoForm   = 11 * time.Second        // and one by the form each
	demoDecide = 4 * time.Second         // the moderator decides one each, but the first few at once
	demoTake   = 20 * time.Second        // the chair takes the next one each
	demoLook   = 400 * time.Millisecond  // both look so often whether there is something to do
	demoYield  = time.Minute             // the chair's script rests so long after a person changed the stage
	demoWarm   = 4                       // approvals before the pace begins
	demoLeave  = 4                       // pending ones that are left for people to try
	demoQueue  = 10                      // approved ones that are enough for now
	demoMost   = 24                      // pending ones that are too many: the traffic waits
	demoSettle = 1500 * time.Millisecond // how long people see a new one as pending
)

// demonstration is a panel under way. Posts come from a fake network by the real source, and by the real form; a
// scripted moderator and a scripted chair ask the desk as people do. They act only on what nobody has touched, so
// that whoever tries the pages is never overruled.
type demonstration struct {
	app   *App
	net   *fakenet.Mastodon
	slug  string
	moder moderation.Actor
	chair moderation.Actor
}

// startDemo starts the fake network and asks for the event that listens to it.
func (a *App) startDemo() (*demonstration, error) {
	d := &demonstration{
		app: a, net: fakenet.New(fakenet.Config{Host: "towncrier.example", Limit: -1}),
		moder: moderation.Actor{Role: moderation.Moderator, Name: "Demo moderator", ID: "demo-moderator"},
		chair: moderation.Actor{Role: moderation.Chair, Name: "Demo chair", ID: "demo-chair"},
	}
	base, wait, err := fakenet.Start(a.intake.ctx, d.net, "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	a.intake.run("fake network", func(context.Context) error { return wait() })
	a.cfg.Event = &EventWish{Hashtag: demoHashtag, Title: demoTitle, Sources: []SourceWish{{Kind: "mastodon", Server: base}}, only: true}
	return d, nil
}

// run starts the scripts.
func (d *demonstration) run(slug string) {
	d.slug = slug
	d.app.intake.run("demo posts", d.posts)
	d.app.intake.run("demo form", d.forms)
	d.app.intake.run("demo moderator", d.moderate)
	d.app.intake.run("demo chair", d.preside)
}

// posts publishes on the fake network, round after round.
func (d *demonstration) posts(ctx context.Context) error {
	published := 0
	for seed := uint64(1); ; seed++ {
		for _, s := range fakenet.Panel(seed, demoHashtag) {
			d.net.Post(s)
			if published++; published < demoFirst {
				continue
			}
			if !d.pause(ctx, demoPost, func() bool { return d.pending() < demoMost }) {
				return nil
			}
		}
	}
}

// forms sends by the form, as attendees do.
func (d *demonstration) forms(ctx context.Context) error {
	for n := 0; ; n++ {
		if !d.pause(ctx, demoForm, func() bool { return d.pending() < demoMost }) {
			return nil
		}
		ev, ok := d.app.record.Event(d.slug)
		if !ok || ev.StateAt(time.Now()) != moderation.Open {
			continue // somebody closed it
		}
		s := formTexts[n%len(formTexts)]
		s.Visitor = fmt.Sprintf("demo-%d", n)
		if _, _, err := d.app.form.Submit(ctx, ev, s); err != nil {
			d.app.log.Debug("the demonstration's form", slog.Any("err", err))
		}
	}
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
		case len(s.Flags) > 0:
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
		if warm && len(pending[i].Flags) > 0 {
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

// formTexts are what the demonstration sends by the form. Everything about them is invented.
var formTexts = []inbox.Submission{
	{Text: "I have been told to ask here because everything else is blocked. What would you show a manager first?", Name: "Ruth, Elmbridge Park"},
	{Text: "We opened one account as a trial for six weeks and nobody has remembered to close it. It has been four years. It is our best one.", Kind: moderation.Story, Name: "Anon from a district"},
	{Text: "How do you keep going when only two people read it?"},
	{Text: "What does the panel think of letting each library speak for itself?", Name: "Sam"},
	{Text: "Does anybody here have a good word for \"engagement\" that a chief executive would accept?", Name: "Jo T."},
	{Text: "Our depot answers questions about grit in real time. They asked for a tablet, not a strategy.", Kind: moderation.Story, Name: "Highways team"},
	{Text: "If the network drops in an emergency, what is your plan B?", Name: "Emergency planning"},
	{Text: "Who checks the checker? Our moderators have nobody to talk to."},
	{Text: "Can we get slides with a large font, please?", Name: "Row K"},
	{Text: "How do you reply to somebody who is right, and rude?", Name: "Customer services"},
	{Text: "A resident taught us how to write a reply that a person would read. We hired her.", Kind: moderation.Story, Name: "Comms, north of here"},
	{Text: "Is one good account better than five tired ones?"},
}
