package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// eventCmd groups the commands about events.
type eventCmd struct {
	Create eventCreateCmd `cmd:"" help:"Make an event and print it, with its links."`
	List   eventListCmd   `cmd:"" help:"Print every event."`
	Show   eventShowCmd   `cmd:"" help:"Print one event."`
	Close  eventCloseCmd  `cmd:"" help:"Close an event: it takes nothing more."`
	Reopen eventReopenCmd `cmd:"" help:"Open a closed event again."`
}

// eventCreateCmd is openfloor event create.
type eventCreateCmd struct {
	clientFlags
	Title   string   `required:"" placeholder:"TEXT" help:"What the event is called."`
	Mode    string   `default:"panel" enum:"panel,chat" help:"What it is: panel or chat."`
	Slug    string   `placeholder:"SLUG" help:"Its address; by default made of the title."`
	Hashtag []string `placeholder:"TAG" help:"Hashtag to listen for; may repeat."`
	Starts  string   `placeholder:"RFC3339" help:"When it starts, such as 2026-11-30T18:30:00Z."`
	Ends    string   `placeholder:"RFC3339" help:"When it ends; without it, it is closed by hand."`
	Zone    string   `placeholder:"ZONE" help:"Its time zone, such as Europe/London."`
	Source  []string `sep:" " placeholder:"KIND=URL" help:"Source to listen to, such as mastodon=https://mastodon.example; may repeat."`
	Prompt  []string `sep:"none" placeholder:"TEXT" help:"Prompt of a chat; may repeat."`
}

// roles that an event's links are printed for.
var linkRoles = []string{"moderator", "chair", "screen"}

// Run makes the event, then a link for each role of the team.
func (c *eventCreateCmd) Run(s *streams) error {
	spec := map[string]any{"title": c.Title, "mode": c.Mode}
	for name, value := range map[string]string{"slug": c.Slug, "zone": c.Zone} {
		if value != "" {
			spec[name] = value
		}
	}
	if len(c.Hashtag) > 0 {
		spec["hashtags"] = c.Hashtag
	}
	for _, f := range []struct{ flag, name, value string }{{"--starts", "starts_at", c.Starts}, {"--ends", "ends_at", c.Ends}} {
		if f.value == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, f.value)
		if err != nil {
			return usagef("%s %q is not a time as RFC 3339 has it; write it as in 2026-11-30T18:30:00Z", f.flag, f.value)
		}
		spec[f.name] = at
	}
	wishes, err := sources(c.Source)
	if err != nil {
		return err
	}
	if len(wishes) > 0 {
		var list []map[string]any
		for _, w := range wishes {
			list = append(list, map[string]any{"kind": w.Kind, "server": w.Server, "enabled": true})
		}
		spec["sources"] = list
	}
	if len(c.Prompt) > 0 {
		var list []map[string]any
		for _, p := range c.Prompt {
			list = append(list, map[string]any{"text": p})
		}
		spec["prompts"] = list
	}
	api, err := c.client()
	if err != nil {
		return err
	}
	answer, err := api.do(s.ctx, http.MethodPost, "/events", spec)
	if err != nil {
		return err
	}
	var event struct {
		Slug string `json:"slug"`
	}
	if err := json.Unmarshal(answer, &event); err != nil || event.Slug == "" {
		return fmt.Errorf("the server made the event, but its answer names no slug; look with: openfloor event list")
	}
	links, err := eventLinks(s, api, event.Slug)
	if err != nil {
		return fmt.Errorf("the event %s is made, but not its links: %w; make them with: openfloor link %s --role moderator --name NAME", event.Slug, err, event.Slug)
	}
	return printJSON(s.out, withLinks(answer, links))
}

// eventLinks makes a join link for each role of the team and lists them after the attendees' plain address.
func eventLinks(s *streams, api *client, slug string) ([]json.RawMessage, error) {
	var base string
	var links []json.RawMessage
	for _, role := range linkRoles {
		answer, err := api.do(s.ctx, http.MethodPost, "/events/"+slug+"/links", map[string]any{"role": role, "name": strings.ToUpper(role[:1]) + role[1:]})
		if err != nil {
			return nil, err
		}
		var link struct {
			URL string `json:"url"`
		}
		if err := json.Unmarshal(answer, &link); err != nil {
			return nil, err
		}
		if u, err := url.Parse(link.URL); err == nil && u.Host != "" {
			base = u.Scheme + "://" + u.Host
		}
		links = append(links, answer)
	}
	if base == "" {
		base = api.base
	}
	attendee, err := json.Marshal(map[string]string{"role": "attendee", "url": base + "/e/" + slug})
	if err != nil {
		return nil, err
	}
	return append([]json.RawMessage{attendee}, links...), nil
}

// withLinks puts links into the event that the server answered with, leaving the rest as it is.
func withLinks(event json.RawMessage, links []json.RawMessage) any {
	var fields map[string]json.RawMessage
	if json.Unmarshal(event, &fields) != nil {
		return event
	}
	body, err := json.Marshal(links)
	if err != nil {
		return event
	}
	fields["links"] = body
	return fields
}

// eventListCmd is openfloor event list.
type eventListCmd struct{ clientFlags }

// Run prints every event, page by page.
func (c *eventListCmd) Run(s *streams) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	items := []json.RawMessage{}
	for after := ""; ; {
		path := "/events?limit=200"
		if after != "" {
			path += "&after=" + url.QueryEscape(after)
		}
		answer, err := api.do(s.ctx, http.MethodGet, path, nil)
		if err != nil {
			return err
		}
		var page struct {
			Items []json.RawMessage `json:"items"`
			Next  *string           `json:"next"`
		}
		if err := json.Unmarshal(answer, &page); err != nil {
			return fmt.Errorf("read the list of events: %w", err)
		}
		items = append(items, page.Items...)
		if page.Next == nil || *page.Next == "" || *page.Next == after {
			break
		}
		after = *page.Next
	}
	return printJSON(s.out, map[string]any{"items": items, "next": nil})
}

// eventRef names an event.
type eventRef struct {
	Event string `arg:"" name:"slug" help:"The event's slug."`
}

// path returns the event's path in the API.
func (r eventRef) path(rest string) string { return "/events/" + url.PathEscape(r.Event) + rest }

// ask makes one request and prints its answer.
func (f clientFlags) ask(s *streams, method, path string, body any) error {
	api, err := f.client()
	if err != nil {
		return err
	}
	answer, err := api.do(s.ctx, method, path, body)
	if err != nil {
		return err
	}
	return printJSON(s.out, answer)
}

// eventShowCmd is openfloor event show.
type eventShowCmd struct {
	clientFlags
	eventRef
}

// Run prints the event.
func (c *eventShowCmd) Run(s *streams) error { return c.ask(s, http.MethodGet, c.path(""), nil) }

// eventCloseCmd is openfloor event close.
type eventCloseCmd struct {
	clientFlags
	eventRef
}

// Run closes the event and prints it.
func (c *eventCloseCmd) Run(s *streams) error {
	return c.ask(s, http.MethodPost, c.path("/close"), nil)
}

// eventReopenCmd is openfloor event reopen.
type eventReopenCmd struct {
	clientFlags
	eventRef
}

// Run reopens the event and prints it.
func (c *eventReopenCmd) Run(s *streams) error {
	return c.ask(s, http.MethodPost, c.path("/reopen"), nil)
}
