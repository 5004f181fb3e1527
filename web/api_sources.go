package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/openfloor/openfloor/moderation"
)

// sourceView is a source of an event and how it is doing.
type sourceView struct {
	Kind       string      `json:"kind"`
	Server     *string     `json:"server"`   // null: the kind's default
	Hashtags   []string    `json:"hashtags"` // those it listens for
	Enabled    bool        `json:"enabled"`
	State      string      `json:"state"`
	NextTryAt  *time.Time  `json:"next_try_at"`
	LastPostAt *time.Time  `json:"last_post_at"`
	Received   int         `json:"received"`
	Budget     *budgetView `json:"budget"`
	Error      *string     `json:"error"`
}

// budgetView is a budget and what was used of it. Null is no limit.
type budgetView struct {
	Posts *int     `json:"posts"`
	Used  int      `json:"used"`
	Money *float64 `json:"money"`
	Spent float64  `json:"spent"`
}

// sourceBody is what PUT /events/S/sources/NAME takes. What is absent gets its default back.
type sourceBody struct {
	Server   *string  `json:"server"`
	Hashtags []string `json:"hashtags"`
	Enabled  *bool    `json:"enabled"`
	Budget   *struct {
		Posts *int     `json:"posts"`
		Money *float64 `json:"money"`
		Used  *int     `json:"used"`  // as it was read: ignored
		Spent *float64 `json:"spent"` // as it was read: ignored
	} `json:"budget"`
}

// sourceView returns how a source of e is doing now.
func (s *Server) sourceView(e moderation.Event, set moderation.SourceSetting) sourceView {
	st := s.Sources.Status(e, set, s.Now())
	v := sourceView{Kind: string(set.Kind), Hashtags: set.Hashtags, Enabled: set.Enabled, State: st.State, Received: st.Received,
		Budget: &budgetView{Used: st.Used, Spent: st.Money}}
	if set.Server != "" {
		v.Server = &set.Server
	}
	if len(v.Hashtags) == 0 && set.Kind != moderation.FromFeed { // a feed takes everything then
		v.Hashtags = e.Hashtags
	}
	if v.Hashtags == nil {
		v.Hashtags = []string{}
	}
	if !st.NextTryAt.IsZero() {
		at := st.NextTryAt.UTC()
		v.NextTryAt = &at
	}
	if !st.LastPostAt.IsZero() {
		at := st.LastPostAt.UTC()
		v.LastPostAt = &at
	}
	if st.Error != "" {
		v.Error = &st.Error
	}
	if b := set.Budget; b != nil && b.Posts > 0 {
		v.Budget.Posts = &b.Posts
	}
	if b := set.Budget; b != nil && b.Money > 0 {
		v.Budget.Money = &b.Money
	}
	return v
}

// listSources is GET /events/S/sources.
func (s *Server) listSources(w http.ResponseWriter, r *http.Request) error {
	e, _, err := s.organisedEvent(w, r)
	if err != nil {
		return err
	}
	items := make([]sourceView, 0, len(e.Sources))
	for _, set := range e.Sources {
		items = append(items, s.sourceView(e, set))
	}
	return writeJSON(w, http.StatusOK, listOf(items), e.Rev)
}

// getSource is GET /events/S/sources/NAME.
func (s *Server) getSource(w http.ResponseWriter, r *http.Request) error {
	e, _, err := s.organisedEvent(w, r)
	if err != nil {
		return err
	}
	at, err := sourceAddress(r)
	if err != nil {
		return err
	}
	i, err := at.find(e.Sources, "")
	if err != nil {
		return err
	}
	if i < 0 {
		return notFound("This event has no such source. PUT makes one.")
	}
	return writeJSON(w, http.StatusOK, s.sourceView(e, e.Sources[i]), e.Rev)
}

// putSource is PUT /events/S/sources/NAME: the source is there afterwards as the body says, at once and without
// a restart of anything.
func (s *Server) putSource(w http.ResponseWriter, r *http.Request) error {
	_, actor, err := s.organisedEvent(w, r)
	if err != nil {
		return err
	}
	at, err := sourceAddress(r)
	if err != nil {
		return err
	}
	var body sourceBody
	if err := decode(w, r, maxBody, &body, false); err != nil {
		return err
	}
	var name string
	e, err := s.changeSources(r, actor, func(list []moderation.SourceSetting) ([]moderation.SourceSetting, error) {
		set, i, err := at.setting(list, body)
		if err != nil {
			return nil, err
		}
		if i < 0 {
			list = append(list, set)
		} else {
			list[i] = set
		}
		name = set.Name()
		return list, nil
	})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(e.Sources, func(set moderation.SourceSetting) bool { return set.Name() == name })
	if i < 0 {
		return notFound("Somebody else took the source out again just now.")
	}
	return writeJSON(w, http.StatusOK, s.sourceView(e, e.Sources[i]), e.Rev)
}

// deleteSource is DELETE /events/S/sources/NAME.
func (s *Server) deleteSource(w http.ResponseWriter, r *http.Request) error {
	e, actor, err := s.organisedEvent(w, r)
	if err != nil {
		return err
	}
	at, err := sourceAddress(r)
	if err != nil {
		return err
	}
	if i, err := at.find(e.Sources, ""); err != nil || i < 0 {
		if err == nil {
			w.WriteHeader(http.StatusNoContent)
		}
		return err
	}
	if _, err := s.changeSources(r, actor, func(list []moderation.SourceSetting) ([]moderation.SourceSetting, error) {
		i, err := at.find(list, "")
		if err != nil || i < 0 {
			return list, err
		}
		return slices.Delete(list, i, i+1), nil
	}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// organisedEvent returns the event that the path names, to somebody who may organise it.
func (s *Server) organisedEvent(w http.ResponseWriter, r *http.Request) (moderation.Event, moderation.Actor, error) {
	g, err := s.need(w, r, chi.URLParam(r, "event"), moderation.Organise)
	if err != nil {
		return moderation.Event{}, moderation.Actor{}, err
	}
	s.sync(r.Context())
	e, err := s.event(r)
	return e, actor(g), err
}

// changeSources stores what change makes of the event's sources, and tries again where the event changed meanwhile.
func (s *Server) changeSources(r *http.Request, by moderation.Actor, change func([]moderation.SourceSetting) ([]moderation.SourceSetting, error)) (moderation.Event, error) {
	for tries := 5; ; tries-- {
		e, err := s.event(r)
		if err != nil {
			return e, err
		}
		list, err := change(slices.Clone(e.Sources))
		if err != nil {
			return e, err
		}
		if list == nil {
			list = []moderation.SourceSetting{}
		}
		patch, err := json.Marshal(map[string]any{"sources": list})
		if err != nil {
			return e, err
		}
		changed, err := s.Desk.ChangeEvent(r.Context(), moderation.EventRequest{Op: moderation.NewOp(), Action: moderation.ChangeEvent,
			Slug: e.Slug, Rev: &e.Rev, Patch: patch, By: by})
		switch {
		case err == nil:
			s.seen(r.Context(), changed.Rev)
			return changed, nil
		case !isStale(err) || tries == 0:
			return e, err
		}
		s.sync(r.Context())
	}
}

// address is KIND or KIND@HOST.
type address struct {
	kind moderation.Source
	host string // lower case; empty: not given
}

// sourceAddress reads the last segment of the path.
func sourceAddress(r *http.Request) (address, error) {
	name, err := url.PathUnescape(chi.URLParam(r, "source"))
	kind, host, named := strings.Cut(name, "@")
	a := address{moderation.Source(kind), strings.ToLower(host)}
	if err != nil || !a.kind.Listens() || named && host == "" {
		return a, notFound("An event listens to x, mastodon, bluesky and feed: name one of them, or one with its host as in mastodon@social.example.")
	}
	return a, nil
}

// find returns the index of the source that a names, -1 where there is none: with a host the one there, else the
// one at the same host as server, else the kind's one without a server, else its only one.
func (a address) find(list []moderation.SourceSetting, server string) (int, error) {
	host := a.host
	if host == "" {
		host = (moderation.SourceSetting{Server: server}).Host()
	}
	only, several := -1, false
	for i, s := range list {
		if s.Kind != a.kind {
			continue
		}
		if s.Host() == host {
			return i, nil
		}
		several = several || only >= 0
		only = i
	}
	switch {
	case a.host != "":
		return -1, nil
	case several:
		return -1, moderation.Invalid("source", "This event has several sources of kind "+string(a.kind)+". Name one with its host, as in "+list[only].Name()+".")
	}
	return only, nil
}

// setting returns what body makes of the source that a names in list, and its index there; -1: it is new.
func (a address) setting(list []moderation.SourceSetting, body sourceBody) (set moderation.SourceSetting, i int, err error) {
	server := ""
	if body.Server != nil {
		server = strings.TrimSpace(*body.Server)
	}
	if i, err = a.find(list, server); err != nil {
		return set, i, err
	}
	set = moderation.SourceSetting{Kind: a.kind, Server: server, Hashtags: moderation.CleanTags(body.Hashtags), Enabled: true}
	if server == "" && a.host != "" {
		if set.Server = "https://" + a.host; i >= 0 {
			set.Server = list[i].Server
		} else if a.kind == moderation.FromFeed {
			return set, i, moderation.Invalid("server", "Say in server where the feed is, such as https://"+a.host+"/feed.xml.")
		}
	}
	if a.host != "" && set.Host() != a.host {
		return set, i, moderation.Invalid("server", "This address is not at "+a.host+". Name its own host in the path, or leave the host out.")
	}
	if body.Enabled != nil {
		set.Enabled = *body.Enabled
	}
	if b := body.Budget; b != nil && (b.Posts != nil || b.Money != nil) {
		set.Budget = &moderation.Budget{}
		if b.Posts != nil {
			set.Budget.Posts = *b.Posts
		}
		if b.Money != nil {
			set.Budget.Money = *b.Money
		}
	}
	if fault := set.Fault(); fault != "" {
		field := "server"
		if b := set.Budget; b != nil && (moderation.SourceSetting{Kind: set.Kind, Server: set.Server}).Fault() == "" {
			field = "budget"
		}
		return set, i, moderation.Invalid(field, fault)
	}
	if fault := set.FaultTags(); fault != "" {
		return set, i, moderation.Invalid("hashtags", fault)
	}
	return set, i, nil
}
