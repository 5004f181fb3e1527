package moderation

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// SourceSetting is one source an event listens to.
type SourceSetting struct {
	Kind     Source   `json:"kind"`
	Server   string   `json:"server,omitempty"`   // API base, of a feed the document; empty: the kind's default
	Hashtags []string `json:"hashtags,omitempty"` // empty: the event's; a feed then takes everything
	Enabled  bool     `json:"enabled"`
	Budget   *Budget  `json:"budget,omitempty"` // nil: no limit
}

// Budget is how much a source may read for its event, over all its days. The zero value sets no limit.
type Budget struct {
	Posts int     `json:"posts,omitempty"` // posts read; 0: no limit
	Money float64 `json:"money,omitempty"` // in the currency in which the network bills, US dollars for X; 0: no limit
}

// Name names a source within its event: its kind, and its host where a server is set, such as
// "mastodon@social.example". Two sources of one event never have the same.
func (s SourceSetting) Name() string {
	if s.Server == "" {
		return string(s.Kind)
	}
	return string(s.Kind) + "@" + s.Host()
}

// Host returns the host of the server, in lower case with its port; empty where no server is set.
func (s SourceSetting) Host() string {
	if u, err := url.Parse(s.Server); err == nil && u.Host != "" {
		return strings.ToLower(u.Host)
	}
	return strings.ToLower(s.Server)
}

// listens is what can be set about each kind of source that an event may listen to.
var listens = map[Source]struct {
	schemes []string
	query   bool   // its address may have one
	needed  bool   // there is no default
	example string // of an address
}{
	FromX:        {[]string{"https", "http"}, false, false, "https://api.x.com"},
	FromMastodon: {[]string{"https", "http"}, false, false, "https://mastodon.example"},
	FromBluesky:  {[]string{"wss", "https", "ws", "http"}, false, false, "wss://jetstream.example"},
	FromFeed:     {[]string{"https", "http"}, true, true, "https://blog.example/feed.xml"},
}

// Listens reports whether an event can be told to listen to sources of this kind. Of the others, what comes is
// sent to us.
func (s Source) Listens() bool {
	_, ok := listens[s]
	return ok
}

// Fault says what is wrong with the kind, the server and the budget, and what to do; empty: nothing.
func (s SourceSetting) Fault() string {
	kind, ok := listens[s.Kind]
	if !ok {
		return fmt.Sprintf("An event listens to x, mastodon, bluesky and feed; it cannot listen to %q.", s.Kind)
	}
	if b := s.Budget; b != nil && (b.Posts < 0 || !(b.Money >= 0) || b.Money > 1e9) {
		return fmt.Sprintf("The budget of %s cannot be below zero. Leave it out for no limit.", s.Kind)
	}
	if s.Server == "" {
		if kind.needed {
			return fmt.Sprintf("Say in server where the %s is, such as %s.", s.Kind, kind.example)
		}
		return ""
	}
	u, err := url.Parse(s.Server)
	if err != nil || !slices.Contains(kind.schemes, u.Scheme) || u.Host == "" || u.User != nil || u.RawQuery != "" && !kind.query || u.Fragment != "" {
		return fmt.Sprintf("The server of %s has to be an address such as %s, without a name or password in it.", s.Kind, kind.example)
	}
	return ""
}

// FaultTags says what is wrong with the hashtags of a source; empty: nothing.
func (s SourceSetting) FaultTags() string {
	if len(s.Hashtags) > maxHashtags {
		return fmt.Sprintf("At most %d hashtags.", maxHashtags)
	}
	for _, t := range s.Hashtags {
		if !validTag(t) {
			return fmt.Sprintf("%q is not a hashtag. Use letters and digits, without spaces.", t)
		}
	}
	return ""
}

// SourceStatus is how one source of an event is doing, as the process that reads it last told.
type SourceStatus struct {
	Event string `json:"event"`
	Name  string `json:"name"`  // SourceSetting.Name
	Rev   uint64 `json:"rev"`   // revision of the event that it goes by
	State string `json:"state"` // connecting, live, backing-off, failed or off
	Error string `json:"error,omitempty"`
	// NextTryAt is when it is tried again, and LastPostAt when its last post was stored; zero: neither.
	NextTryAt  time.Time `json:"next_try_at,omitzero"`
	LastPostAt time.Time `json:"last_post_at,omitzero"`
	Received   int       `json:"received"` // posts stored
	Used       int       `json:"used"`     // posts read, for the budget
	Money      float64   `json:"money"`    // what they cost
}
