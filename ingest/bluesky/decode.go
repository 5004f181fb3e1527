package bluesky

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// collection is the kind of record that posts are.
const collection = "app.bsky.feed.post"

// Limits of names, in bytes: atproto.com/specs/did (2 KB allowed; those in use have 32) and record-key, read 2026-11.
const (
	didBytes  = 256
	rkeyBytes = 512
)

// kind is what an event is about.
type kind string

const (
	commitKind   kind = "commit"
	identityKind kind = "identity"
	accountKind  kind = "account"
	noticeKind   kind = "notice"  // of the server, about the stream
	otherKind    kind = "another" // nothing that concerns us
)

// event is one event of a Jetstream, of either version.
type event struct {
	kind kind
	at   int64 // Unix microseconds; 0 for a notice
	did  string

	operation, rkey, rev, cid string // of a commit
	record                    json.RawMessage
	active                    bool // of an account
	status                    string
	name                      string // of a notice
	fatal                     bool   // a notice after which nothing comes
}

// errStrange is a frame that is JSON and no event.
var errStrange = errors.New("not an event")

// commit is a change of one record.
type commit struct {
	Rev        string          `json:"rev"`
	Operation  string          `json:"operation"`
	Collection string          `json:"collection"`
	Rkey       string          `json:"rkey"`
	CID        string          `json:"cid"`
	Record     json.RawMessage `json:"record"`
}

type account struct {
	Active *bool  `json:"active"`
	Status string `json:"status"`
}

// frame is an event on the wire: that of version 1 (docs/README.md section 5 of bluesky-social/jetstream) and the
// envelope of version 2 (lexicons/network/bsky/jetstream/subscribeEvents.json there), both read 2026-11.
type wire struct {
	DID     string   `json:"did"`
	TimeUS  int64    `json:"time_us"`
	Kind    string   `json:"kind"`
	Commit  *commit  `json:"commit"`
	Account *account `json:"account"`

	Type    string `json:"$type"`
	Payload *struct {
		Type string `json:"$type"`
		DID  string `json:"did"`
		Time string `json:"time"`
		commit
		Account *account `json:"account"`
		Name    string   `json:"name"`
	} `json:"payload"`
	Error string `json:"error"`
}

// decodeEvent reads one frame. What it does not know is of otherKind; errStrange is what should be an event and is not.
func decodeEvent(frame []byte) (event, error) {
	var w wire
	if json.Unmarshal(frame, &w) != nil {
		return event{}, errStrange
	}
	switch {
	case w.Type == "error":
		return event{kind: noticeKind, name: w.Error, fatal: true}, nil
	case w.Type == "message" && w.Payload != nil:
		p := w.Payload
		_, name, _ := strings.Cut(p.Type, "#")
		if name == "info" {
			return event{kind: noticeKind, name: p.Name}, nil
		}
		if name != string(commitKind) && name != string(identityKind) && name != string(accountKind) {
			return event{kind: otherKind}, nil
		}
		t, err := time.Parse(time.RFC3339Nano, p.Time)
		if err != nil {
			return event{}, errStrange
		}
		return makeEvent(kind(name), t.UnixMicro(), p.DID, &p.commit, p.Account)
	case w.Type != "":
		return event{kind: otherKind}, nil
	}
	return makeEvent(kind(w.Kind), w.TimeUS, w.DID, w.Commit, w.Account)
}

func makeEvent(k kind, at int64, did string, c *commit, a *account) (event, error) {
	e := event{kind: k, at: at, did: did}
	switch k {
	case commitKind, identityKind, accountKind:
	default:
		return event{kind: otherKind}, nil
	}
	if at <= 0 || !usableDID(did) {
		return event{}, errStrange
	}
	switch k {
	case commitKind:
		if c == nil {
			return event{}, errStrange
		}
		if c.Collection != collection {
			return event{kind: otherKind, at: at}, nil
		}
		change := c.Operation == "create" || c.Operation == "update"
		if !change && c.Operation != "delete" {
			return event{kind: otherKind, at: at}, nil
		}
		if !usableRkey(c.Rkey) || change && (len(c.Record) == 0 || !usableTID(c.Rev)) {
			return event{}, errStrange
		}
		e.operation, e.rkey, e.rev, e.cid, e.record = c.Operation, c.Rkey, c.Rev, c.CID, c.Record
	case accountKind:
		if a == nil || a.Active == nil {
			return event{}, errStrange
		}
		e.active, e.status = *a.Active, a.Status
	}
	return e, nil
}

// gone reports whether an account's event says that its posts are not to be seen. The two states of transport do not
// (desynchronized, throttled); one that we do not know does.
func (e event) gone() bool {
	return !e.active && e.status != "desynchronized" && e.status != "throttled"
}

func usableDID(s string) bool {
	rest, ok := strings.CutPrefix(s, "did:")
	return ok && rest != "" && len(s) <= didBytes && only(rest, "._:%-")
}

func usableRkey(s string) bool {
	return s != "" && s != "." && s != ".." && len(s) <= rkeyBytes && only(s, "._:~-")
}

// usableTID reports whether s is a timestamp identifier, 13 digits of base32 that sort: atproto.com/specs/tid, read
// 2026-11.
func usableTID(s string) bool {
	if len(s) != 13 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '2' || c > '7') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// only reports whether s has nothing but ASCII letters, digits and what more holds.
func only(s, more string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
		if !letter && strings.IndexByte(more, c) < 0 {
			return false
		}
	}
	return true
}

// uri is the stable address of a post: by DID, since handles change.
func uri(did, rkey string) string { return "at://" + did + "/" + collection + "/" + rkey }

// profilePage and permalink are where people see an account and a post. A DID is used as it is, so that the address
// outlives the handle.
func profilePage(did string) string { return "https://bsky.app/profile/" + did }

func permalink(did, rkey string) string { return profilePage(did) + "/post/" + rkey }

// parsePermalink takes apart what permalink made.
func parsePermalink(s string) (did, rkey string, ok bool) {
	rest, ok := strings.CutPrefix(s, profilePage(""))
	if !ok {
		return "", "", false
	}
	did, rkey, ok = strings.Cut(rest, "/post/")
	return did, rkey, ok && usableDID(did) && usableRkey(rkey)
}
