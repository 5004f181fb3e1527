package moderation

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestSourceBoard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b SourceBoard
		s := SourceSetting{Kind: FromMastodon, Server: "https://A.example/", Enabled: true}
		e := Event{Slug: "panel", Rev: 7, OpensAt: time.Now().Add(-time.Hour), Sources: []SourceSetting{s}}
		state := func() SourceStatus { return b.Status(e, s, time.Now()) }
		if got := state(); got.State != "connecting" || got.Name != "mastodon@a.example" {
			t.Errorf("of which nothing was heard: %+v", got)
		}
		b.Apply([]SourceStatus{{Event: "panel", Name: "mastodon@a.example", Rev: 7, State: "backing-off", Error: "no answer", NextTryAt: time.Now(), Received: 3}})
		if got := state(); got.State != "backing-off" || got.Error == "" || got.Received != 3 {
			t.Errorf("as told: %+v", got)
		}
		time.Sleep(SourceSilent + time.Second)
		if got := state(); got.State != "connecting" || got.Error != "" || !got.NextTryAt.IsZero() || got.Received != 3 {
			t.Errorf("of which nothing was heard for long: %+v", got)
		}
		b.Apply([]SourceStatus{{Event: "panel", Name: "mastodon@a.example", Rev: 7, State: "live"}, {Event: "other", Name: "mastodon@a.example", State: "failed"}})
		if got := state(); got.State != "live" {
			t.Errorf("of another event: %+v", got)
		}
		s.Enabled = false
		if got := state(); got.State != "off" {
			t.Errorf("disabled: %+v", got)
		}
		s.Enabled = true
		b.Apply([]SourceStatus{{Event: "panel", Name: "mastodon@a.example", Rev: 7, State: "off"}})
		if e.Rev = 8; state().State != "connecting" {
			t.Errorf("switched on, and its process has not heard of it: %+v", state())
		}
		e.Shut = true
		if got := state(); got.State != "off" {
			t.Errorf("closed: %+v", got)
		}
	})
}
