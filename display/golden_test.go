package display

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

// One file for each message type and view; the scripts' tests read the same files.
func TestGolden(t *testing.T) {
	t.Parallel()
	votes := moderation.NewVotes()
	h, b := newHub(t, Config{Votes: votes})
	full := sampleSubmission("b", 2, moderation.Live)
	full.Text, full.Original = "How do you say <no> & mean it? “Nein”, 不", "How do you say no"
	full.Kind, full.Lang, full.Source, full.URL = moderation.Story, "en", moderation.FromMastodon, "https://social.example/@ana/1"
	full.Author = moderation.Author{Name: "Ana", Handle: "@ana@social.example", URL: "https://social.example/@ana", Avatar: "/avatars/0a", Key: "k1"}
	full.Prompt, full.Part, full.FiledBy = ptr(2), "a", "label"
	full.Late, full.Host, full.Relayed, full.ReplyTo, full.ParaphraseOf = true, true, true, "c", "d"
	full.Tags = []string{"WomenWhoLead"}
	full.First, full.ReviewedBy = true, &moderation.Actor{Role: moderation.Moderator, Name: "Priti", ID: "p1"}
	full.Flags = []moderation.Flag{{Kind: "email", Detail: "an e-mail address", Span: [2]int{3, 9}}}
	anonymous := sampleSubmission("a", 3, moderation.Approved)
	anonymous.Author, anonymous.Note = moderation.Author{Key: "k2"}, ""
	waiting := sampleSubmission("c", 4, moderation.Held)
	waiting.Reason, waiting.Change.Action = "personal data", moderation.Hold
	waiting.SimilarTo = []string{"a", "b"}
	for _, s := range []*moderation.Submission{full, anonymous, waiting} {
		h.Apply(submission(s))
	}
	for _, name := range []ViewName{PublicView, ChairView, ModerationView} {
		v := view(t, b, name)
		flush(b)
		golden(t, string(name)+"-snapshot-early.json", v.mustSnapshot())
	}
	h.Apply(stage(5, "b", "a"))
	h.Apply(event(sampleEvent(6)))
	again := *full
	again.Rev = 7
	h.Apply(submission(&again))
	h.Apply(signal("s", 8, start, nil))
	h.Apply(signal("r", 9, start.Add(-time.Minute), ptr(start)))
	desk := moderation.Present{Session: "d", Name: "Front desk", Role: moderation.Moderator}
	for _, p := range []moderation.Present{desk, {Session: "c", Name: "Fiona", Role: moderation.Chair}} {
		defer b.Arrive(p)()
	}
	b.Claim(desk, "c", nil)
	b.Shown("hall", "Main hall", ptr(uint64(7)), nil)
	for _, voter := range []string{"v1", "v2", full.Author.Key} {
		votes.Apply(moderation.Vote{Event: "women-who-lead", ID: "b", Voter: voter, For: true})
	}
	h.Voted("women-who-lead", "b")
	flush(b)
	for _, name := range []ViewName{PublicView, ChairView, ModerationView} {
		v := view(t, b, name)
		golden(t, string(name)+"-snapshot.json", v.mustSnapshot())
		messages, _ := v.Next(0)
		seen := ""
		for _, m := range messages {
			var w wire
			if err := json.Unmarshal(m.Body, &w); err != nil {
				t.Fatal(err)
			}
			if w.Type == "gone" || w.Type == "item" && !strings.Contains(string(m.Body), `"id":"b"`) || w.Type == "signal" && w.Signal.ID != "r" {
				continue
			}
			seen += w.Type + " "
			golden(t, string(name)+"-"+w.Type+".json", m.Body)
		}
		want := map[ViewName]string{PublicView: "counts event item stage tally ", ChairView: "counts event item stage signal tally ",
			ModerationView: "counts event item stage signal tally presence "}
		if seen != want[name] {
			t.Errorf("%s view: got %s, want %s", name, seen, want[name])
		}
	}
	h.Apply(submission(sampleSubmission("a", 10, moderation.Withdrawn)))
	for _, name := range []ViewName{PublicView, ChairView, ModerationView} {
		messages, _ := view(t, b, name).Next(0)
		for _, m := range messages {
			if m.Key == itemKey("a") {
				golden(t, string(name)+"-gone.json", m.Body)
			}
		}
	}
}
