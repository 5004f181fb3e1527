package simulator

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/openfloor/openfloor/ingest/fakenet"
)

// World is the networks on which scripts are played. The zero value has none: what happens on a network that is
// missing is left out. Play may be called again once it has returned, not at once.
type World struct {
	X       *fakenet.X
	Town    *fakenet.Mastodon
	Village *fakenet.Mastodon
	Sky     *fakenet.Bluesky
	// Form sends by the web form; nil: nobody does. An error ends the play.
	Form func(ctx context.Context, s Step) error

	// TownHost and VillageHost are the servers' names in accounts and addresses.
	TownHost, VillageHost string

	mu     sync.Mutex
	posted map[int]place // by number, in the script being played
}

// place is where a post stands.
type place struct {
	id    string // of its own network; X: of the newest version
	copy  string // its id on the other Mastodon server
	uri   string // Mastodon: the same on both
	acct  string
	first string // X: the id of its first version
}

// Options say how to play.
type Options struct {
	// Speed is how many times as fast as life; 0: 1.
	Speed float64
	// Ready is asked before each post of somebody's own, which waits until it is true; nil: always. The clock of the
	// script waits along.
	Ready func() bool
	// Begun is how far into the script to begin: what comes before happens at once.
	Begun time.Duration
}

// Play does what the script says, each step at its time, until the end or until ctx is done, whose error it returns.
func (w *World) Play(ctx context.Context, s Script, o Options) error {
	if o.Speed <= 0 {
		o.Speed = 1
	}
	w.mu.Lock()
	w.posted = map[int]place{}
	w.mu.Unlock()
	zero := time.Now().Add(-time.Duration(float64(o.Begun) / o.Speed))
	for _, step := range s.Steps {
		if step.At > o.Begun {
			if err := sleep(ctx, time.Until(zero.Add(time.Duration(float64(step.At)/o.Speed)))); err != nil {
				return err
			}
			for asked := time.Now(); step.Deed == Post && o.Ready != nil && !o.Ready(); {
				if err := sleep(ctx, readyEvery); err != nil {
					return err
				}
				zero = zero.Add(time.Since(asked))
				asked = time.Now()
			}
		}
		if err := w.do(ctx, step); err != nil {
			return fmt.Errorf("play: %w", err)
		}
	}
	return nil
}

// readyEvery is how often Options.Ready is asked again.
const readyEvery = 200 * time.Millisecond

// ID returns the id by which its network knows a post of the script that was played last, and false where it was not
// posted: X's id of the first version, the URI of a Mastodon status, an at-uri.
func (w *World) ID(ref int) (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, ok := w.posted[ref]
	switch {
	case p.first != "":
		return p.first, ok
	case p.uri != "":
		return p.uri, ok
	}
	return p.id, ok
}

// do does one step.
func (w *World) do(ctx context.Context, s Step) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case s.Network == Form:
		if w.Form == nil || s.Deed != Post {
			return nil
		}
		return w.Form(ctx, s)
	case s.Network == X && w.X != nil:
		w.onX(s)
	case s.Network == Sky && w.Sky != nil:
		w.onSky(s)
	case (s.Network == Town || s.Network == Village) && w.server(s.Network) != nil:
		w.onMastodon(s)
	}
	return nil
}

func (w *World) onX(s Step) {
	at := w.posted[s.Ref]
	switch s.Deed {
	case Post:
		id := w.X.Post(fakenet.XPost{Text: s.Text, Name: s.Person.Name, Username: s.Person.Handle, Lang: s.Lang, ReplyTo: w.posted[s.Reply].id})
		w.posted[s.Ref] = place{id: id, first: id}
	case Repost:
		if at.id != "" {
			w.X.Post(fakenet.XPost{Text: "RT @" + s.Person.Handle + ": " + s.Text, Name: s.Person.Name, Username: s.Person.Handle, Lang: s.Lang, RepostOf: at.id})
		}
	case Edit:
		if id := w.X.Edit(at.id, s.Text); id != "" {
			at.id = id
			w.posted[s.Ref] = at
		}
	case Delete:
		w.X.Delete(at.id)
	}
}

func (w *World) onSky(s Step) {
	did := fakenet.SkyDID(s.Person.Handle)
	at := w.posted[s.Ref]
	skeet := fakenet.Skeet{DID: did, Text: s.Text, Langs: []string{s.Lang}, ReplyTo: w.posted[s.Reply].id}
	switch s.Deed {
	case Post:
		w.Sky.Account(fakenet.SkyProfile{DID: did, Handle: strings.ReplaceAll(s.Person.Handle, "_", "-") + ".bsky.example", Name: s.Person.Name})
		w.posted[s.Ref] = place{id: w.Sky.Post(skeet)}
	case Bridge:
		if at.uri == "" {
			return
		}
		skeet.DID, skeet.ReplyTo = fakenet.SkyDID("bridged-"+s.Person.Handle), ""
		user, host, _ := strings.Cut(at.acct, "@")
		skeet.Extra = map[string]any{"bridgyOriginalUrl": "https://" + host + "/@" + user + "/" + at.id}
		w.Sky.Account(fakenet.SkyProfile{DID: skeet.DID, Handle: strings.ReplaceAll(user, "_", "-") + "." + host + ".ap.brid.gy", Name: s.Person.Name})
		w.Sky.Post(skeet)
	case Edit:
		w.Sky.Update(at.id, s.Text)
	case Delete:
		w.Sky.Delete(at.id)
	}
}

func (w *World) server(n Network) *fakenet.Mastodon {
	if n == Village {
		return w.Village
	}
	return w.Town
}

// onMastodon acts on the server where the person is at home, and on the other one, which hears of it.
func (w *World) onMastodon(s Step) {
	home, host, other := w.server(s.Network), w.TownHost, w.server(Village)
	if s.Network == Village {
		host, other = w.VillageHost, w.server(Town)
	}
	at := w.posted[s.Ref]
	status := fakenet.Status{Text: s.Text, Name: s.Person.Name, Acct: s.Person.Handle, Lang: s.Lang, CreatedAt: time.Now()}
	switch s.Deed {
	case Post:
		status.ReplyTo = w.posted[s.Reply].id
		id := home.Post(status)
		acct := s.Person.Handle + "@" + host
		at = place{id: id, acct: acct, uri: "https://" + host + "/users/" + s.Person.Handle + "/statuses/" + id}
		if other != nil {
			status.Acct, status.URI, status.ReplyTo = acct, at.uri, w.posted[s.Reply].copy
			at.copy = other.Post(status)
		}
		w.posted[s.Ref] = at
	case Repost:
		if at.id != "" {
			status.Reblog = true
			home.Post(status)
		}
	case Bridge:
		if at.id == "" {
			return
		}
		status.Acct, status.URI = strings.ReplaceAll(s.Person.Handle, "_", "-")+".bsky.example@bsky.brid.gy", "https://bsky.brid.gy/convert/ap/"+at.id
		home.Post(status)
	case Edit:
		home.Edit(at.id, s.Text)
		if other != nil {
			other.Edit(at.copy, s.Text)
		}
	case Delete:
		home.Delete(at.id)
		if other != nil {
			other.Delete(at.copy)
		}
	}
}

// sleep waits for d, or until ctx is done, and returns its error then.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
