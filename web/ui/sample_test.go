package ui

import (
	"slices"
	"strings"
	"time"
)

// The sample is one evening, and the same one in every test, so that golden pages change only with the templates.
var (
	sampleAt    = time.Date(2026, 11, 30, 19, 12, 0, 0, time.UTC)
	sampleStart = time.Date(2026, 11, 30, 18, 30, 0, 0, time.UTC)
	sampleEnd   = time.Date(2026, 11, 30, 20, 0, 0, 0, time.UTC)
)

func sampleEvent() EventView {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err)
	}
	return EventView{
		Slug: "smwwholeads", Title: "Who’s Leading? Access to social media in the workplace", Mode: "panel", State: "open",
		Hashtag: "SMWWhoLeads", Zone: london, StartsAt: &sampleStart, EndsAt: &sampleEnd, MaxLength: 500, RetentionDays: 30,
		Consent: true, ConsentText: "I agree that my question may be read out", JoinURL: "https://ask.example/smw",
		Reasons: []string{"Off topic", "Asked already", "Personal data", "Unkind"},
	}
}

func sampleItem(n int, text, name, handle, source string) ItemView {
	i := ItemView{
		ID: strings.Repeat(string(rune('a'+n)), 26), Rev: uint64(10 + n), Rank: string(rune('a' + n)), State: "approved", Kind: "question",
		Text: text, AuthorName: name, Handle: handle, Source: source, PostedAt: sampleAt.Add(-time.Duration(n) * time.Minute),
	}
	if source == "x" {
		if i.AuthorName == "" {
			i.AuthorName = "D. Morrison"
		}
		i.Handle = "@" + handle
		i.AuthorURL, i.URL = "https://x.com/"+handle, "https://x.com/"+handle+"/status/2123840548446928913"
		i.Avatar = "/e/smwwholeads/avatars/" + strings.Repeat(string(rune('a'+n)), 26)
	}
	return i
}

func sampleNow() *ItemView {
	i := sampleItem(20, "If social media is blocked on our work PCs, how do front-line staff answer the residents who contact us there?", "Janet Okafor", "", "form")
	i.State = "live"
	return &i
}

func sampleQueue() []ItemView {
	return []ItemView{
		sampleItem(0, "What happens when someone’s own post is picked up by the press?", "", "", "form"),
		sampleItem(1, "Has anyone measured what blocking actually saves?", "", "dmorrison", "x"),
		sampleItem(2, "Can small councils share one policy?", "Rhys ap Dafydd", "rhys.example", "bluesky"),
		sampleItem(3, "How do we bring along managers who think every post is time wasted?", "Asha Patel", "", "form"),
		sampleItem(4, "Who should hold the log-ins when the comms officer is on leave?", "", "helen@calder.example", "mastodon"),
		sampleItem(5, "Does the panel let its own staff post from their desks?", "", "tomasz_k", "x"),
	}
}

func sampleStories() []ItemView {
	items := []ItemView{
		sampleItem(6, "We opened one account for six weeks, and nobody remembered to close it. It is our best one.", "Bethan", "", "form"),
		sampleItem(7, "Our depot answers questions about grit. They asked for a tablet, not a strategy.", "", "depot", "x"),
	}
	for i := range items {
		items[i].Kind = "story"
	}
	return items
}

func sampleAnswered() []ItemView {
	var items []ItemView
	for n, s := range []struct{ text, source string }{
		{"Does a social media policy need its own sign-off, or can it sit inside the ICT policy?", "form"},
		{"What was the first thing each of you unblocked, and what happened next?", "mastodon"},
		{"Is anyone here training councillors as well as officers?", "x"},
		{"Do freedom of information requests cover what we post?", "desk"},
	} {
		i := sampleItem(10+n, s.text, "", "", s.source)
		at := sampleAt.Add(-time.Duration(8*(n+1)) * time.Minute)
		i.State, i.AnsweredAt = "answered", &at
		items = append(items, i)
	}
	return items
}

func sampleMine() []MineView {
	return []MineView{
		{ID: strings.Repeat("d", 26), Kind: "question", Text: "How do we bring along managers who think every post is time wasted?", Status: "approved", Place: 4, Receipt: "/r/AAAAAAAAAAAAAAAAAAAAAA", PostedAt: sampleAt},
		{ID: strings.Repeat("y", 26), Kind: "question", Text: "Would the panel publish their own policies?", Status: "pending", Receipt: "/r/BBBBBBBBBBBBBBBBBBBBBB", PostedAt: sampleAt},
		{ID: strings.Repeat("z", 26), Kind: "story", Text: "Is YouTube staying blocked?", Status: "rejected", Reason: "Asked already", Receipt: "/r/CCCCCCCCCCCCCCCCCCCCCC", PostedAt: sampleAt},
	}
}

func sampleCounts() CountsView { return CountsView{Approved: 7, Answered: 4, Received: 40} }

func sampleAttend() AttendPage {
	return AttendPage{
		Event: sampleEvent(), At: sampleAt, Now: sampleNow(), Queue: sampleQueue(), Stories: sampleStories(), Answered: sampleAnswered(), Mine: sampleMine(),
		Counts: sampleCounts(), Form: AttendForm{Key: "k-1"},
	}
}

func sampleScreen() ScreenPage {
	return ScreenPage{Event: sampleEvent(), At: sampleAt, Stage: StageView{Rev: 40, Now: sampleNow().ID, Mode: "live"}, Now: sampleNow(), Queue: sampleQueue(), Counts: sampleCounts()}
}

func sampleChair() ChairPage {
	since := sampleAt.Add(-160 * time.Second)
	return ChairPage{
		Event: sampleEvent(), Me: "Fiona", At: sampleAt, Stage: StageView{Rev: 40, Now: sampleNow().ID, Since: &since}, Now: sampleNow(),
		Queue: sampleQueue(), Stories: sampleStories(), Counts: sampleCounts(), Previous: sampleAnswered()[0].ID,
	}
}

// samplePages are all pages, in each of the states that draw something else, by the name of their golden file.
func samplePages() map[string]Page {
	pages := map[string]Page{
		"attend":   sampleAttend(),
		"screen":   sampleScreen(),
		"moderate": ModeratePage{Event: sampleEvent(), Me: "Priti Shah", At: sampleAt},
		"chair":    sampleChair(),
		"home": HomePage{Name: "Priti Shah", Events: []HomeEvent{
			{Event: sampleEvent(), Desk: true, Chair: true, Display: true}, {Event: EventView{Slug: "lgovsm", Title: "#lgovsm chat", State: "open"}},
		}},
		"home-empty": HomePage{},
		"receipt":    ReceiptPage{Event: sampleEvent(), Mine: sampleMine()[0], At: sampleAt, CanWithdraw: true, Withdraw: "/r/AAAAAAAAAAAAAAAAAAAAAA/withdraw"},
		"receipt-merged": ReceiptPage{Event: sampleEvent(), Mine: MineView{Kind: "question", Text: "How many of us are women?", Status: "merged", Joined: "approved",
			Other: "How many women are there?", Sent: "How many of us are women? Call 07700 900142", Receipt: sampleMine()[0].Receipt, PostedAt: sampleAt}, At: sampleAt,
			CanWithdraw: true, Withdraw: "/r/AAAAAAAAAAAAAAAAAAAAAA/withdraw"},
		"receipt-withdrawn": ReceiptPage{Event: sampleEvent(), Mine: MineView{Kind: "question", Status: "withdrawn", PostedAt: sampleAt}, At: sampleAt},
		"join":              JoinPage{Event: sampleEvent(), Role: "moderator", Name: "Front desk"},
		"join-server":       JoinPage{Role: "organiser"},
		"sources": SourcesPage{Event: sampleEvent(), At: sampleAt, Form: true, ConnectX: true, Sources: []SourceHealth{
			{Kind: "x", State: "failed", Error: "X needs credentials.", Left: "12 of 60 posts read", Used: 12, Most: 60},
			{Kind: "mastodon", Server: "https://social.example", State: "live", Received: 143, LastPostAt: sampleAt},
			{Kind: "bluesky", State: "backing-off", Error: "It does not answer.", NextTryAt: sampleAt}, {Kind: "feed", Server: "https://feed.example/rss", State: "off"},
		}},
		"connect-x":        ConnectXPage{Event: sampleEvent(), Callback: "https://ask.example/organise/connect/x/callback"},
		"connect-x-begun":  ConnectXPage{Event: sampleEvent(), Authorize: "https://api.x.com/oauth/authorize?oauth_token=rt", Callback: "https://ask.example/organise/connect/x/callback"},
		"connect-x-pin":    ConnectXPage{Event: sampleEvent(), Authorize: "https://api.x.com/oauth/authorize?oauth_token=rt", PIN: true, Notice: "The PIN is the number that X shows: digits alone."},
		"connect-x-on":     ConnectXPage{Event: sampleEvent(), Account: "smw_london", By: "Asha Patel", At: sampleAt, Callback: "https://ask.example/organise/connect/x/callback"},
		"connect-x-unable": ConnectXPage{Event: sampleEvent(), Unable: "To connect an account set OPENFLOOR_X_CONSUMER_KEY and OPENFLOOR_X_CONSUMER_SECRET, and start again."},
		"error":            ErrorPage{Status: 404, Title: "We could not find that page", Detail: "Look at the address again, or start from the list of events."},
		"error-words":      ErrorPage{Status: 503, Title: "We could not send it", Detail: "Your words are still here. Go back and try again.", Words: "Is YouTube staying blocked?", Back: "/e/smwwholeads", BackText: "Back to the event"},
	}
	empty := AttendPage{Event: sampleEvent(), At: sampleAt, Form: AttendForm{Key: "k-2"}}
	empty.Event.Consent = false
	pages["attend-empty"] = empty

	bad := sampleAttend()
	bad.Form = AttendForm{Key: "k-3", Text: "Too long", Name: "Asha", Kind: "story", Errors: []FieldError{
		{"text", "Your question is 96 characters too long"}, {"consent", "Agree that your question may be read out"}}}
	pages["attend-error"] = bad

	failed := sampleAttend()
	failed.Form = AttendForm{Key: "k-3", Text: "Kept words", Failed: "We could not send it. Your words are still here. Try again."}
	pages["attend-failed"] = failed

	sent := sampleAttend()
	sent.Sent = &SentView{Receipt: "https://ask.example/r/BBBBBBBBBBBBBBBBBBBBBB"}
	pages["attend-sent"] = sent

	draft := sampleAttend()
	draft.Event.State, draft.Event.OpensAt, draft.Now, draft.Queue, draft.Stories, draft.Answered, draft.Mine = "draft", sampleStart.Add(-48*time.Hour), nil, nil, nil, nil, nil
	pages["attend-draft"] = draft

	closed := sampleAttend()
	closed.Event.State, closed.Now, closed.Queue = "closed", nil, nil
	closed.Form.Text = "Came too late"
	pages["attend-closed"] = closed

	join := sampleScreen()
	join.Now, join.Stage.Now, join.Queue = nil, "", nil
	pages["screen-join"] = join

	blank := sampleScreen()
	blank.Stage.Blank, blank.Theme, blank.Scale = true, "light", 90
	pages["screen-blank"] = blank

	long := sampleScreen()
	long.Now.Text = "I manage a home care team of forty who never sit at a desk. They hear about road closures from Facebook groups before they hear from us, on their own phones. If we will not open access at work, what is the plan for reaching them first, and who would own it?"
	pages["screen-long"] = long

	told := sampleStories()
	screenStory := sampleScreen()
	screenStory.Stage.Next, screenStory.Queue = told[0].ID, slices.Insert(screenStory.Queue, 0, told[0])
	pages["screen-story"] = screenStory
	chairStory := sampleChair()
	chairStory.Stage.Next, chairStory.Queue, chairStory.Stories = told[0].ID, slices.Insert(chairStory.Queue, 0, told[0]), told[1:]
	pages["chair-story"] = chairStory

	idle := sampleChair()
	idle.Now, idle.Stage, idle.Queue, idle.Stories, idle.Previous, idle.Notice = nil, StageView{}, nil, nil, "", "Somebody else moved on first. Look at what is on the screen now."
	pages["chair-empty"] = idle
	return pages
}
