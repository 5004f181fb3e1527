package display

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// golden compares got with testdata/name, byte for byte.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("read golden file: %v (make golden writes it)", err)
	}
	if string(got)+"\n" != string(want) {
		t.Errorf("%s\n got %s\nwant %s", name, got, want)
	}
}

var start = time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)

func ptr[T any](v T) *T { return &v }

// sampleEvent is open at start.
func sampleEvent(rev uint64) *moderation.Event {
	return &moderation.Event{
		Slug: "women-who-lead", Rev: rev, Title: "Women who lead", Mode: moderation.Panel, State: moderation.Open,
		Hashtags: []string{"WomenWhoLead"}, Zone: "Europe/London", OpensAt: start.Add(-time.Hour),
		EndsAt: ptr(start.Add(2 * time.Hour)), ClosesAt: ptr(start.Add(2 * time.Hour)), MaxLength: 500,
		Policy:  moderation.Policy{Arrivals: "review"},
		Reasons: []string{"off topic"}, Label: moderation.Label{Q: "Q", A: "A"}, RetentionDays: 30,
		Sources:   []moderation.SourceSetting{{Kind: moderation.FromMastodon, Server: "https://social.example", Enabled: true, Budget: &moderation.Budget{Posts: 500}}},
		CreatedAt: start.Add(-time.Hour),
	}
}

func sampleSubmission(id string, rev uint64, state moderation.State) *moderation.Submission {
	s := &moderation.Submission{
		ID: id, Event: "women-who-lead", Rev: rev, Kind: moderation.Question, Text: "Text of " + id, Source: moderation.FromForm,
		PostedAt: start, ReceivedAt: start, State: state, Note: "note on " + id,
		Author: moderation.Author{Name: "Name of " + id, Key: "key-" + id},
		Change: moderation.Change{Action: moderation.Approve, At: start},
	}
	if state.Public() {
		s.Rank = "n" + id
	}
	if state == moderation.Pending {
		s.Change.Action = moderation.Receive
	}
	if state == moderation.Answered {
		s.AnsweredAt = ptr(start.Add(time.Duration(rev) * time.Second))
	}
	if state.Gone() {
		s.Text, s.Note, s.Author = "", "", moderation.Author{}
	}
	return s
}

func submission(s *moderation.Submission) moderation.Revision {
	return moderation.Revision{Seq: s.Rev, At: start, Entry: moderation.Entry{Submission: s}}
}

func event(e *moderation.Event) moderation.Revision {
	return moderation.Revision{Seq: e.Rev, At: start, Entry: moderation.Entry{Event: e}}
}

func stage(rev uint64, now, next string) moderation.Revision {
	return moderation.Revision{Seq: rev, At: start, Entry: moderation.Entry{Stage: &moderation.Stage{
		Event: "women-who-lead", Rev: rev, Now: now, Next: next, Since: ptr(start), Mode: moderation.StageLive,
	}}}
}

func signal(id string, rev uint64, at time.Time, acked *time.Time) moderation.Revision {
	return moderation.Revision{Seq: rev, At: start, Entry: moderation.Entry{Signal: &moderation.Signal{
		Event: "women-who-lead", ID: id, Rev: rev, From: moderation.Actor{Role: moderation.Chair, Name: "Fiona", ID: "secret"},
		To: moderation.ToModerators, Text: "Need one on housing", At: at, AckedAt: acked,
	}}}
}

// newHub returns a hub that knows the sample event as sequence 1, and its board.
func newHub(tb rapidOrTest, cfg Config) (*Hub, *Board) {
	tb.Helper()
	if cfg.Epoch == "" {
		cfg.Epoch = "epoch-1"
	}
	if cfg.Now == nil {
		cfg.Now = func() time.Time { return start }
	}
	h, err := NewHub(cfg)
	if err != nil {
		tb.Fatalf("%v", err)
	}
	h.Apply(event(sampleEvent(1)))
	b, ok := h.Board("women-who-lead")
	if !ok {
		tb.Fatalf("no board of an event that was applied")
	}
	return h, b
}

// flush lets the time pass after which counts that were kept back go out.
func flush(b *Board) {
	b.mu.Lock()
	b.sentAt = b.sentAt.Add(-viewersEvery)
	b.presenceSentAt = b.presenceSentAt.Add(-presenceEvery)
	b.votedAt = b.votedAt.Add(-tallyEvery)
	b.mu.Unlock()
	b.flush()
}

func view(tb rapidOrTest, b *Board, name ViewName) *View {
	tb.Helper()
	v, ok := b.View(name)
	if !ok {
		tb.Fatalf("no view %q", name)
	}
	return v
}

// wire is any message, as a client reads it.
type wire struct {
	Type  string            `json:"type"`
	Seq   uint64            `json:"seq"`
	Epoch string            `json:"epoch"`
	Event json.RawMessage   `json:"event"`
	Stage json.RawMessage   `json:"stage"`
	Items []json.RawMessage `json:"items"`
	Item  json.RawMessage   `json:"item"`
	ID    string            `json:"id"`
	// Counts also covers the snapshot's.
	Counts json.RawMessage `json:"counts"`

	Votes   map[string]int `json:"votes"`
	Support map[string]int `json:"support"`

	Signal  *Signal  `json:"signal"`
	Signals []Signal `json:"signals"`
	Who     []Person `json:"who"`
	Screens []Screen `json:"screens"`
}

type wireItem struct {
	ID   string `json:"id"`
	Rev  uint64 `json:"rev"`
	Rank string `json:"rank"`
}

// client does with messages what the contract tells clients to do.
type client struct {
	seq                  uint64
	items                map[string]json.RawMessage
	event, stage, counts string
	signals              []Signal // as a snapshot would have them
	who                  []Person
	screens              []Screen
	unnamed              []string // ids that a stage message named before their item came
}

func (c *client) read(tb rapidOrTest, body []byte) {
	var m wire
	if err := json.Unmarshal(body, &m); err != nil {
		tb.Fatalf("message is not JSON: %v\n%s", err, body)
	}
	if m.Seq < c.seq && m.Type != "snapshot" {
		tb.Fatalf("sequence fell from %d to %d", c.seq, m.Seq)
	}
	c.seq = m.Seq
	switch m.Type {
	case "snapshot":
		c.items = make(map[string]json.RawMessage)
		var order []string
		for _, raw := range m.Items {
			it := c.put(tb, raw)
			order = append(order, it.Rank+"\x00"+it.ID)
		}
		if !slices.IsSorted(order) {
			tb.Fatalf("snapshot not in rank order: %q", order)
		}
		c.event, c.counts = string(m.Event), string(m.Counts)
		c.setStage(tb, m.Stage)
		c.signals, c.who, c.screens = m.Signals, m.Who, m.Screens
	case "signal":
		c.setSignal(*m.Signal)
	case "presence":
		c.who, c.screens = m.Who, m.Screens
	case "item":
		c.put(tb, m.Item)
	case "gone":
		delete(c.items, m.ID)
	case "stage":
		c.setStage(tb, m.Stage)
	case "counts":
		c.counts = string(m.Counts)
	case "event":
		c.event = string(m.Event)
	case "tally":
		for id, n := range m.Votes {
			if raw := c.items[id]; raw != nil {
				raw = votesField.ReplaceAll(raw, fmt.Appendf(nil, `"votes":%d`, n))
				c.items[id] = supportField.ReplaceAll(raw, fmt.Appendf(nil, `"support":%d`, m.Support[id]))
			}
		}
	default:
		tb.Fatalf("unknown message type %q", m.Type)
	}
}

var votesField, supportField = regexp.MustCompile(`"votes":\d+`), regexp.MustCompile(`"support":\d+`)

func (c *client) put(tb rapidOrTest, raw json.RawMessage) wireItem {
	var it, have wireItem
	if err := json.Unmarshal(raw, &it); err != nil {
		tb.Fatalf("item: %v", err)
	}
	if old, ok := c.items[it.ID]; ok {
		if err := json.Unmarshal(old, &have); err != nil {
			tb.Fatalf("item: %v", err)
		}
		if have.Rev > it.Rev {
			return it
		}
	}
	c.items[it.ID] = raw
	return it
}

func (c *client) setStage(tb rapidOrTest, raw json.RawMessage) {
	var s Stage
	if err := json.Unmarshal(raw, &s); err != nil {
		tb.Fatalf("stage: %v", err)
	}
	for _, id := range []*string{s.Now, s.Next} {
		if id != nil && c.items[*id] == nil {
			c.unnamed = append(c.unnamed, *id)
		}
	}
	c.stage = string(raw)
}

func (c *client) setSignal(s Signal) {
	list := slices.DeleteFunc(slices.Clone(c.signals), func(o Signal) bool { return o.ID == s.ID })
	list = append(list, s)
	slices.SortFunc(list, func(x, y Signal) int { return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.ID, y.ID)) })
	c.signals = nil
	for i, o := range list {
		if o.AckedAt == nil || i >= len(list)-newestSignals {
			c.signals = append(c.signals, o)
		}
	}
}

// String is the client's state, without the sequence.
func (c *client) String() string {
	var signals []string
	for _, s := range c.signals {
		signals = append(signals, fmt.Sprint(s.ID, s.AckedAt))
	}
	who := presence{c.who, c.screens}
	for i := range who.screens { // times that only go on are told by the way
		who.screens[i].BehindMS, who.screens[i].LastSeen = 0, time.Time{}
	}
	return fmt.Sprintf("%s %s %s %s %s %s", c.items, c.event, c.stage, c.counts, signals, mustJSON([]any{who.who, who.screens}))
}

// rapidOrTest is what *testing.T and *rapid.T have in common here.
type rapidOrTest interface {
	Helper()
	Fatalf(format string, args ...any)
}
