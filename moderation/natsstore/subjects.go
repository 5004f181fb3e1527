package natsstore

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"

	"github.com/openfloor/openfloor/moderation"
)

// The streams.
const (
	streamIntake = "INTAKE"
	streamFloor  = "FLOOR"
	streamVotes  = "VOTES"
	streamAccess = "ACCESS"
	streamMedia  = "MEDIA"
)

// What each stream listens to.
const (
	allIntake = "intake.*.*"
	allFloor  = "floor.>"
	allVotes  = "votes.*.*.*"
	allAccess = "access.>"
	allMedia  = "media.*.*"

	allSubmissions = "floor.*.submission.*"
)

// maxKeyTokens and maxKeyToken bound a key of ACCESS.
const (
	maxKeyTokens = 8
	maxKeyToken  = 64
)

// entity names what a subject of FLOOR is about. The zero value is something that a later version wrote.
type entity string

const (
	entityUnknown    entity = ""
	entitySubmission entity = "submission"
	entityEvent      entity = "event"
	entityStage      entity = "stage"
	entityAuthor     entity = "author"
	entityAlias      entity = "alias"
	entitySignal     entity = "signal"
)

var tokenEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func submissionSubject(event, id string) (string, error) {
	if err := checkEvent(event); err != nil {
		return "", err
	}
	if !validID(id) {
		return "", fmt.Errorf("submission id %q: %w", clip(id), moderation.ErrInvalid)
	}
	return "floor." + event + ".submission." + id, nil
}

func eventSubject(event string) (string, error) {
	return "floor." + event + ".event", checkEvent(event)
}

func stageSubject(event string) (string, error) {
	return "floor." + event + ".stage", checkEvent(event)
}

func signalSubject(event, id string) (string, error) {
	if !validID(id) {
		return "", fmt.Errorf("signal id %q: %w", clip(id), moderation.ErrInvalid)
	}
	return "floor." + event + ".signal." + id, checkEvent(event)
}

// authorSubject is where the decisions about an author lie; a key is as long as an id, of the same letters.
func authorSubject(event, key string) (string, error) {
	if err := checkEvent(event); err != nil {
		return "", err
	}
	if !validID(key) {
		return "", fmt.Errorf("author key: %w", moderation.ErrInvalid)
	}
	return "floor." + event + ".author." + key, nil
}

func aliasSubject(event, id string) (string, error) {
	if err := checkEvent(event); err != nil {
		return "", err
	}
	if !validID(id) {
		return "", fmt.Errorf("alias %q: %w", clip(id), moderation.ErrInvalid)
	}
	return "floor." + event + ".alias." + id, nil
}

// entrySubject returns the subject of whatever e holds.
func entrySubject(e moderation.Entry) (string, error) {
	switch {
	case e.Submission != nil:
		return submissionSubject(e.Submission.Event, e.Submission.ID)
	case e.Event != nil:
		return eventSubject(e.Event.Slug)
	case e.Stage != nil:
		return stageSubject(e.Stage.Event)
	case e.Author != nil:
		return authorSubject(e.Author.Event, e.Author.Key)
	case e.Alias != nil:
		return aliasSubject(e.Alias.Event, e.Alias.ID)
	case e.Signal != nil:
		return signalSubject(e.Signal.Event, e.Signal.ID)
	}
	return "", fmt.Errorf("put an empty entry: %w", moderation.ErrInvalid)
}

// parseFloorSubject takes a subject of FLOOR apart. What stands under floor.EVENT. and is not known to this
// version is entityUnknown, without an error; a known entity with a bad name is an error.
func parseFloorSubject(subject string) (kind entity, event, id string, err error) {
	tokens := strings.Split(subject, ".")
	if len(tokens) < 3 || tokens[0] != "floor" || !validSlug(tokens[1]) {
		return entityUnknown, "", "", fmt.Errorf("subject %q: %w", clip(subject), ErrUnreadable)
	}
	event, rest := tokens[1], tokens[2:]
	switch {
	case rest[0] == "submission" && len(rest) == 2 && validID(rest[1]):
		return entitySubmission, event, rest[1], nil
	case rest[0] == "submission":
		return entityUnknown, "", "", fmt.Errorf("subject %q: %w", clip(subject), ErrUnreadable)
	case rest[0] == "signal" && len(rest) == 2 && validID(rest[1]):
		return entitySignal, event, rest[1], nil
	case rest[0] == "signal":
		return entityUnknown, "", "", fmt.Errorf("subject %q: %w", clip(subject), ErrUnreadable)
	case rest[0] == "event" && len(rest) == 1:
		return entityEvent, event, "", nil
	case rest[0] == "stage" && len(rest) == 1:
		return entityStage, event, "", nil
	case (rest[0] == "author" || rest[0] == "alias") && len(rest) == 2 && validID(rest[1]):
		return entity(rest[0]), event, rest[1], nil
	case rest[0] == "author" || rest[0] == "alias":
		return entityUnknown, "", "", fmt.Errorf("subject %q: %w", clip(subject), ErrUnreadable)
	}
	return entityUnknown, event, "", nil
}

// voteSubject is where one voter's vote for one submission lies; a voter is an author's key.
func voteSubject(v moderation.Vote) (string, error) {
	if err := checkEvent(v.Event); err != nil {
		return "", err
	}
	if !validID(v.ID) || !validID(v.Voter) {
		return "", fmt.Errorf("vote for %q: %w", clip(v.ID), moderation.ErrInvalid)
	}
	return "votes." + v.Event + "." + v.ID + "." + v.Voter, nil
}

// parseVoteSubject takes a subject of VOTES apart.
func parseVoteSubject(subject string) (v moderation.Vote, err error) {
	tokens := strings.Split(subject, ".")
	if len(tokens) != 4 || tokens[0] != "votes" || !validSlug(tokens[1]) || !validID(tokens[2]) || !validID(tokens[3]) {
		return v, fmt.Errorf("subject %q: %w", clip(subject), ErrUnreadable)
	}
	return moderation.Vote{Event: tokens[1], ID: tokens[2], Voter: tokens[3]}, nil
}

func intakeSubject(event string, source moderation.Source) (string, error) {
	if err := checkEvent(event); err != nil {
		return "", err
	}
	if !source.Valid() {
		return "", fmt.Errorf("source %q: %w", clip(string(source)), moderation.ErrInvalid)
	}
	return "intake." + event + "." + string(source), nil
}

// parsePortraitSubject takes a subject of MEDIA apart.
func parsePortraitSubject(subject string) (event, key string, ok bool) {
	tokens := strings.Split(subject, ".")
	if len(tokens) != 3 || tokens[0] != "media" || !validSlug(tokens[1]) || !validID(tokens[2]) {
		return "", "", false
	}
	return tokens[1], tokens[2], true
}

// accessSubject returns the subject of a key: up to 8 tokens of 1 to 64 letters, digits, "-" and "_", with dots
// between them.
func accessSubject(key string) (string, error) {
	tokens := strings.Split(key, ".")
	if len(tokens) > maxKeyTokens {
		return "", fmt.Errorf("access key of %d tokens: %w", len(tokens), moderation.ErrInvalid)
	}
	for _, t := range tokens {
		if t == "" || len(t) > maxKeyToken || strings.IndexFunc(t, notKeyRune) >= 0 {
			return "", fmt.Errorf("access key: bad token: %w", moderation.ErrInvalid) // may be secret: not quoted
		}
	}
	return "access." + key, nil
}

func parseAccessSubject(subject string) (key string, err error) {
	key, ok := strings.CutPrefix(subject, "access.")
	if !ok {
		return "", fmt.Errorf("subject %q: %w", clip(subject), ErrUnreadable)
	}
	if _, err := accessSubject(key); err != nil {
		return "", fmt.Errorf("subject in ACCESS: %w", ErrUnreadable)
	}
	return key, nil
}

// cursorKey is where the cursor of a source lies. Source may be any text, so it is hashed.
func cursorKey(event, source string) (string, error) {
	return "cursor." + event + "." + hashToken(source), checkEvent(event)
}

// hashToken makes a token of fixed length of any text: the first 26 characters of base32 of its SHA-256.
func hashToken(s string) string {
	sum := sha256.Sum256([]byte(s))
	return tokenEncoding.EncodeToString(sum[:])[:26]
}

func checkEvent(slug string) error {
	if !validSlug(slug) {
		return fmt.Errorf("event %q: %w", clip(slug), moderation.ErrInvalid)
	}
	return nil
}

// validSlug reports whether s can be an event's slug: [a-z0-9] and "-", 1 to 63 characters, no "-" at either end.
func validSlug(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// validID reports whether s can be a submission's id: 26 characters of lower-case base32.
func validID(s string) bool {
	if len(s) != 26 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}

func notKeyRune(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
}

// clip shortens what may be anything before it goes into an error.
func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
