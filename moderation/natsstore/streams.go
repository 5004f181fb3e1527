package natsstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrNoStreams says that the server does not hold Openfloor's streams. Nothing here makes them by the way: on a
// cluster an operator does so once, and in a used data folder their absence is a loss that wants looking at.
var ErrNoStreams = errors.New("the streams are missing")

// The newest server feature in use is the atomic batch, of 2.12 (nats-io/nats-architecture-and-design ADR-50).
const minMajor, minMinor = 2, 12

const (
	// duplicateWindow is how long INTAKE knows a post again. Longer than any source's own retries; for ever is
	// FLOOR's part.
	duplicateWindow = 10 * time.Minute

	// Largest messages, headers included. A submission's text is bounded long before; what grows is Past.
	maxIntakeMsg = 128 << 10
	maxFloorMsg  = 512 << 10
	maxVotesMsg  = 4 << 10
	maxAccessMsg = 64 << 10
	maxMediaMsg  = 128 << 10 // a picture of 64 KiB, in base64

	// maxIntake bounds what may wait for moderation, about 200,000 posts: then Submit fails cleanly, long before
	// the disk does. The server sets as much of its JetStreamMaxStore aside.
	maxIntake = 256 << 20
)

// streamConfigs returns what Create makes. File storage, no compression (one flipped bit would cost the whole
// stream), new messages refused rather than old ones dropped, and never DenyDelete, which blocks erasing for good.
func streamConfigs(replicas int) []jetstream.StreamConfig {
	base := jetstream.StreamConfig{
		Storage: jetstream.FileStorage, Discard: jetstream.DiscardNew, Compression: jetstream.NoCompression,
		Replicas: replicas, AllowDirect: true,
		MaxMsgs: -1, MaxBytes: -1, MaxMsgsPerSubject: -1, MaxConsumers: -1,
	}
	intake, floor, votes, access, media := base, base, base, base, base

	intake.Name, intake.Subjects, intake.MaxMsgSize = streamIntake, []string{allIntake}, maxIntakeMsg
	intake.Description = "What the ingest workers gathered, until moderation has taken it into FLOOR"
	intake.Retention, intake.Duplicates, intake.MaxBytes = jetstream.WorkQueuePolicy, duplicateWindow, maxIntake
	intake.AllowAtomicPublish = true

	floor.Name, floor.Subjects, floor.MaxMsgSize = streamFloor, []string{allFloor}, maxFloorMsg
	floor.Description = "The record: every change, the full new state in each message"
	floor.AllowAtomicPublish = true

	votes.Name, votes.Subjects, votes.MaxMsgSize = streamVotes, []string{allVotes}, maxVotesMsg
	votes.Description = "One message per voter and submission"
	votes.MaxMsgsPerSubject = 1
	votes.AllowAtomicPublish = true

	access.Name, access.Subjects, access.MaxMsgSize = streamAccess, []string{allAccess}, maxAccessMsg
	access.Description = "Links, sessions, keys, cursors: nothing about attendees"
	access.MaxMsgsPerSubject = 1

	media.Name, media.Subjects, media.MaxMsgSize = streamMedia, []string{allMedia}, maxMediaMsg
	media.Description = "Our copies of authors' pictures, erased with the last of their words"
	media.MaxMsgsPerSubject = 1

	return []jetstream.StreamConfig{intake, floor, votes, access, media}
}

// Create makes the streams, each kept by replicas servers (1 on a server of its own, 3 on a cluster). Streams that
// are there already with the same configuration are left alone; one with another is an error. It is for init and
// for a new data folder only.
func Create(ctx context.Context, nc *nats.Conn, replicas int) error {
	if replicas < 1 {
		return fmt.Errorf("make the streams: %d replicas; use 1, 3 or 5", replicas)
	}
	if err := checkServer(nc); err != nil {
		return err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return fmt.Errorf("make the streams: %w", err)
	}
	for _, cfg := range streamConfigs(replicas) {
		switch _, err := js.CreateStream(ctx, cfg); {
		case errors.Is(err, jetstream.ErrStreamNameAlreadyInUse):
			return fmt.Errorf("make stream %s: it is there already with another configuration; nothing was changed: %w", cfg.Name, err)
		case err != nil:
			return fmt.Errorf("make stream %s: %w", cfg.Name, unavailable(err))
		}
	}
	return nil
}

// Store is the way to everything stored. It is safe for concurrent use and holds no state of its own but the
// connection, which stays its maker's.
type Store struct {
	nc    *nats.Conn
	js    jetstream.JetStream
	log   *slog.Logger
	epoch string
	// batches bounds the atomic batches under way from here: the server takes 50 a stream at once.
	batches chan struct{}
	submits submits // into INTAKE
	// intakeBatches says that INTAKE takes batches too. One that was made before they were used for it does not.
	intakeBatches bool
	votes         submits // into VOTES
	voteBatches   bool    // that VOTES takes batches too
}

// Option changes what most callers leave alone.
type Option func(*Store)

// WithLogger makes the store log to log rather than to slog.Default.
func WithLogger(log *slog.Logger) Option { return func(s *Store) { s.log = log } }

// Open returns the store behind nc. It makes nothing. It returns ErrNoStreams when a stream is missing or is not
// as Create makes it, an error that says so when the server is older than 2.12, and moderation.ErrUnavailable when
// the server does not answer.
func Open(ctx context.Context, nc *nats.Conn, opts ...Option) (*Store, error) {
	if err := checkServer(nc); err != nil {
		return nil, err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	s := &Store{nc: nc, js: js, log: slog.Default(), batches: make(chan struct{}, maxBatches), submits: submits{turn: make(chan struct{}, 1)}, votes: submits{turn: make(chan struct{}, 1)}}
	for _, o := range opts {
		o(s)
	}
	for _, want := range streamConfigs(1) {
		st, err := js.Stream(ctx, want.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			return nil, fmt.Errorf("open the store: no stream %s at %s: %w; on a new cluster run: openfloor init --nats %s",
				want.Name, address(nc), ErrNoStreams, address(nc))
		}
		if err != nil {
			return nil, fmt.Errorf("open the store: stream %s: %w", want.Name, unavailable(err))
		}
		info := st.CachedInfo()
		if err := checkStream(want, info.Config); err != nil {
			return nil, fmt.Errorf("open the store: stream %s: %w", want.Name, err)
		}
		switch want.Name {
		case streamFloor:
			s.epoch = epochOf(info)
		case streamIntake:
			s.intakeBatches = info.Config.AllowAtomicPublish
		case streamVotes:
			s.voteBatches = info.Config.AllowAtomicPublish
		}
	}
	return s, nil
}

// Epoch names this FLOOR: positions (revisions) taken in another epoch mean nothing here.
func (s *Store) Epoch() string { return s.epoch }

func epochOf(info *jetstream.StreamInfo) string {
	return strconv.FormatInt(info.Created.UnixNano(), 36)
}

// checkStream refuses a stream that would break a promise. Sizes, replicas and placement are the operator's.
func checkStream(want, got jetstream.StreamConfig) error {
	var wrong string
	switch {
	case got.Storage != want.Storage:
		wrong = "it is not on file storage"
	case got.Retention != want.Retention:
		wrong = "its retention is another"
	case got.Discard != want.Discard:
		wrong = "it drops old messages when it is full"
	case got.MaxAge != 0:
		wrong = "its messages expire"
	case got.MaxMsgsPerSubject > 0 && got.MaxMsgsPerSubject != want.MaxMsgsPerSubject:
		wrong = "it keeps too little history"
	case want.Name == streamFloor && !got.AllowAtomicPublish:
		wrong = "it takes no atomic batches"
	case got.DenyDelete:
		wrong = "it denies deletion, so nothing could be erased"
	case got.PersistMode != want.PersistMode:
		wrong = "it acknowledges before it has stored"
	case strings.Join(got.Subjects, " ") != strings.Join(want.Subjects, " "):
		wrong = "it listens to other subjects"
	default:
		return nil
	}
	return fmt.Errorf("%s; it was not made by openfloor init: %w", wrong, ErrNoStreams)
}

// checkServer refuses servers that lack atomic batches.
func checkServer(nc *nats.Conn) error {
	version := nc.ConnectedServerVersion()
	if version == "" {
		return fmt.Errorf("NATS at %s is not connected: %w", address(nc), unavailable(nats.ErrDisconnected))
	}
	var major, minor int
	if n, _ := fmt.Sscanf(strings.TrimPrefix(version, "v"), "%d.%d", &major, &minor); n < 2 ||
		major < minMajor || major == minMajor && minor < minMinor {
		return fmt.Errorf("NATS at %s is %s; Openfloor needs %d.%d or newer", address(nc), version, minMajor, minMinor)
	}
	return nil
}

// address is where nc goes, without credentials, for people.
func address(nc *nats.Conn) string {
	if a := nc.ConnectedUrlRedacted(); a != "" {
		return a
	}
	return "URL"
}
