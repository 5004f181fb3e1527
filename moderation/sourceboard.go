package moderation

import (
	"sync"
	"time"
)

// SourceSilent is after how long without a word nobody is known to read a source.
const SourceSilent = 15 * time.Second

// SourceBoard remembers how each source was doing when it was last heard of, in whichever process it is read. The
// zero value is ready to use. It is safe for concurrent use.
type SourceBoard struct {
	mu   sync.Mutex // guards last
	last map[sourceKey]heard
}

type sourceKey struct{ event, name string }

type heard struct {
	SourceStatus
	at time.Time
}

// Apply takes in what a process told about the sources it reads.
func (b *SourceBoard) Apply(list []SourceStatus) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.last == nil {
		b.last = map[sourceKey]heard{}
	}
	now := time.Now()
	for _, s := range list {
		b.last[sourceKey{s.Event, s.Name}] = heard{s, now}
	}
}

// Status returns how a source of e is doing at the time now. What was told about other settings than those of e,
// or too long ago, says nothing about its state any more, but its counts stay.
func (b *SourceBoard) Status(e Event, s SourceSetting, now time.Time) SourceStatus {
	b.mu.Lock()
	got, known := b.last[sourceKey{e.Slug, s.Name()}]
	b.mu.Unlock()
	st := got.SourceStatus
	switch {
	case !s.Enabled || e.StateAt(now) != Open:
		st.State, st.Error, st.NextTryAt = "off", "", time.Time{}
	case !known || now.Sub(got.at) > SourceSilent || got.Rev < e.Rev && got.State == "off":
		st.State, st.Error, st.NextTryAt = "connecting", "", time.Time{}
	}
	st.Event, st.Name = e.Slug, s.Name()
	return st
}
