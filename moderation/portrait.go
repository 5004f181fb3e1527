package moderation

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"time"
)

// Portrait is our own copy of an author's picture, kept while anything of the author's is: X wants it beside its posts,
// and a page of ours loads nothing from elsewhere.
type Portrait struct {
	Event string `json:"event"`
	Key   string `json:"key"`   // AuthorKey
	Type  string `json:"type"`  // media type of Image: image/jpeg
	Image []byte `json:"image"` // made here out of what the network has, so that nothing of its file is left
	// Of tells which picture of the network it is a copy of: PortraitOf its address. Never shown.
	Of string    `json:"of"`
	At time.Time `json:"at"` // when it was made
}

// Portraits keeps portraits, as the Desk needs them. It is safe for concurrent use.
type Portraits interface {
	// ErasePortrait makes the picture of an author unreadable, on disk too. There being none is no error.
	ErasePortrait(ctx context.Context, event, key string) error
}

// PortraitOf returns what Portrait.Of says of a picture at this address.
func PortraitOf(address string) string {
	sum := sha256.Sum256([]byte("portrait\x00" + address))
	return idEncoding.EncodeToString(sum[:])[:26]
}

// Path is where the picture is served: it is another one for another picture of the same author.
func (p Portrait) Path() string {
	return "/e/" + p.Event + "/avatars/" + p.Key + "?v=" + p.Of[:min(8, len(p.Of))]
}

// LogValue keeps pictures out of the logs.
func (p Portrait) LogValue() slog.Value {
	return slog.GroupValue(slog.String("event", p.Event), slog.String("author", p.Key))
}
