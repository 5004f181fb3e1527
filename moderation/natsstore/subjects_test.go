package natsstore

import (
	"errors"
	"strings"
	"testing"

	"github.com/openfloor/openfloor/moderation"
)

const someID = "abcdefghijklmnopqrstuvwx27"

func TestSubjectsRefuse(t *testing.T) {
	t.Parallel()
	for _, event := range []string{"", "-a", "a-", "A", "a.b", "a*", ">", "a b", "é", "a\r\n", strings.Repeat("a", 64)} {
		if _, err := submissionSubject(event, someID); !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("event %q: error %v, want ErrInvalid", event, err)
		}
		if _, err := eventSubject(event); !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("event %q of an event: error %v, want ErrInvalid", event, err)
		}
		if _, err := stageSubject(event); !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("event %q of a stage: error %v, want ErrInvalid", event, err)
		}
		if _, err := signalSubject(event, someID); !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("event %q of a signal: error %v, want ErrInvalid", event, err)
		}
		if _, err := intakeSubject(event, moderation.FromForm); !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("event %q of a post: error %v, want ErrInvalid", event, err)
		}
		if _, err := cursorKey(event, "x"); !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("event %q of a cursor: error %v, want ErrInvalid", event, err)
		}
	}
	for _, id := range []string{"", "*", ">", "x", strings.ToUpper(someID), someID + "a", someID[:25] + "1", someID[:25] + "."} {
		for name, subject := range map[string]func(event, id string) (string, error){"submission": submissionSubject, "author": authorSubject, "alias": aliasSubject} {
			if _, err := subject("e", id); !errors.Is(err, moderation.ErrInvalid) {
				t.Errorf("%s id %q: error %v, want ErrInvalid", name, id, err)
			}
		}
		if _, err := signalSubject("e", id); !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("id %q of a signal: error %v, want ErrInvalid", id, err)
		}
	}
	for _, source := range []moderation.Source{"", "*", "elsewhere"} {
		if _, err := intakeSubject("e", source); !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("source %q: error %v, want ErrInvalid", source, err)
		}
	}
	for _, key := range []string{"", ".", "a.", "a..b", "a.*", ">", "a b", "a\n", "é", strings.Repeat("a", 65), "1.2.3.4.5.6.7.8.9"} {
		if _, err := accessSubject(key); !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("key %q: error %v, want ErrInvalid", key, err)
		}
	}
}

func TestFloorSubjects(t *testing.T) {
	t.Parallel()
	slug := strings.Repeat("a", 63)
	for _, c := range []struct {
		subject string
		kind    entity
		event   string
		id      string
		broken  bool
	}{
		{subject: "floor." + slug + ".submission." + someID, kind: entitySubmission, event: slug, id: someID},
		{subject: "floor.event.event", kind: entityEvent, event: "event"},
		{subject: "floor.e.stage", kind: entityStage, event: "e"},
		{subject: "floor.e.signal." + someID, kind: entitySignal, event: "e", id: someID},
		{subject: "floor.e.author." + someID, kind: entityAuthor, event: "e", id: someID},
		{subject: "floor.e.alias." + someID, kind: entityAlias, event: "e", id: someID},
		{subject: "floor.e.author.x", broken: true},
		{subject: "floor.e.alias", broken: true},
		{subject: "floor.e.prompt.1", event: "e"},
		{subject: "floor.e.stage.left", event: "e"},
		{subject: "floor.e.submission", broken: true},
		{subject: "floor.e.submission.X", broken: true},
		{subject: "floor.e.signal", broken: true},
		{subject: "floor.e.signal.X", broken: true},
		{subject: "floor.e", broken: true},
		{subject: "floor.E.stage", broken: true},
		{subject: "votes.e.stage", broken: true},
		{subject: "", broken: true},
	} {
		kind, event, id, err := parseFloorSubject(c.subject)
		if errors.Is(err, ErrUnreadable) != c.broken || kind != c.kind || event != c.event || id != c.id {
			t.Errorf("parse %q = %q, %q, %q, %v; want %q, %q, %q, broken %t", c.subject, kind, event, id, err, c.kind, c.event, c.id, c.broken)
		}
	}
}

// TestNoTextInSubjects: whatever a source is called, its cursor's key is a slug and a hash of fixed length.
func TestNoTextInSubjects(t *testing.T) {
	t.Parallel()
	for _, source := range []string{"", "x", "mastodon@https://mastodon.social", "a.b.>", strings.Repeat("é", 1000)} {
		key, err := cursorKey("town-hall", source)
		if err != nil {
			t.Fatal(err)
		}
		hash, ok := strings.CutPrefix(key, "cursor.town-hall.")
		if !ok || !validID(hash) {
			t.Errorf("cursor key of source %q = %q", source, key)
		}
		if _, err := accessSubject(key); err != nil {
			t.Errorf("cursor key %q: %v", key, err)
		}
	}
}

func FuzzSubjects(f *testing.F) {
	f.Add("floor.e.submission." + someID)
	f.Add("floor.e.event")
	f.Add("floor.e.signal." + someID)
	f.Add("floor.e.prompt.1")
	f.Add("access.link.x")
	f.Fuzz(func(t *testing.T, subject string) {
		kind, event, id, err := parseFloorSubject(subject)
		if err == nil {
			var again string
			switch kind {
			case entitySubmission:
				again, err = submissionSubject(event, id)
			case entityEvent:
				again, err = eventSubject(event)
			case entitySignal:
				again, err = signalSubject(event, id)
			case entityStage:
				again, err = stageSubject(event)
			default:
				again, err = subject, checkEvent(event)
			}
			if err != nil || again != subject {
				t.Errorf("%q is read as %q %q %q and written as %q, %v", subject, kind, event, id, again, err)
			}
		}
		if key, err := parseAccessSubject(subject); err == nil {
			if again, err := accessSubject(key); err != nil || again != subject {
				t.Errorf("%q is read as key %q and written as %q, %v", subject, key, again, err)
			}
		}
		if h := headerToken(subject); len(h) > 128 || strings.ContainsAny(h, " \r\n\t") {
			t.Errorf("header token of %q is %q", subject, h)
		}
	})
}
