package auth

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

func TestMain(m *testing.M) { natstest.Main(m) }

// memory is a Store that behaves as ACCESS does: one message a key is kept, a deletion is an empty one, revisions
// are of the whole stream, and who follows late sees only what is still the newest.
type memory struct {
	mu     sync.Mutex
	seq    uint64
	log    []message
	newest map[string]uint64
	puts   int // by the caller; deletions not counted
	news   chan struct{}
	held   chan struct{} // not nil: nothing is delivered until it is closed
	fail   func(key string, deletion bool) error
}

type message struct {
	key  string
	body []byte // nil: deleted
	rev  uint64
}

func newMemory() *memory { return &memory{newest: map[string]uint64{}, news: make(chan struct{})} }

func (m *memory) PutAccess(ctx context.Context, key string, body []byte, expect *uint64) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		if err := m.fail(key, false); err != nil {
			return 0, err
		}
	}
	last := m.newest[key]
	if expect != nil && *expect == 0 && last != 0 && m.log[last-1].body != nil {
		return 0, moderation.ErrExists
	}
	if expect != nil && *expect != 0 && *expect != last {
		return 0, moderation.ErrStale
	}
	m.puts++
	return m.append(key, bytes.Clone(body)), nil
}

func (m *memory) DeleteAccess(ctx context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		if err := m.fail(key, true); err != nil {
			return err
		}
	}
	m.append(key, nil)
	return nil
}

func (m *memory) append(key string, body []byte) uint64 {
	m.seq++
	m.log = append(m.log, message{key, body, m.seq})
	m.newest[key] = m.seq
	close(m.news)
	m.news = make(chan struct{})
	return m.seq
}

func (m *memory) FollowAccess(ctx context.Context, apply func(string, []byte, uint64) error, caughtUp func()) error {
	m.mu.Lock()
	backlog := m.seq
	m.mu.Unlock()
	for passed := uint64(0); ; {
		if passed >= backlog && caughtUp != nil {
			caughtUp()
			caughtUp = nil
		}
		m.mu.Lock()
		news, held := m.news, m.held
		var next message
		if held == nil && passed < m.seq {
			next = m.log[passed]
			passed++
		}
		newest := m.newest[next.key] == next.rev
		m.mu.Unlock()
		switch {
		case next.key != "" && newest:
			if err := apply(next.key, next.body, next.rev); err != nil {
				return err
			}
		case next.key == "":
			select {
			case <-ctx.Done():
				return nil
			case <-news:
			case <-held:
			}
		}
	}
}

// hold keeps everything from being delivered until the function it returns is called.
func (m *memory) hold() (release func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	held := make(chan struct{})
	m.held = held
	return func() {
		m.mu.Lock()
		m.held = nil
		m.mu.Unlock()
		close(held)
	}
}

// failing makes the store refuse what fail says; nil ends that.
func (m *memory) failing(fail func(key string, deletion bool) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = fail
}

// bodies returns what is stored now, by key.
func (m *memory) bodies() map[string][]byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[string][]byte{}
	for key, rev := range m.newest {
		if body := m.log[rev-1].body; body != nil {
			all[key] = body
		}
	}
	return all
}

// everything returns all that was ever written, deleted and replaced bodies too.
func (m *memory) everything() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b bytes.Buffer
	for _, msg := range m.log {
		b.WriteString(msg.key + " ")
		b.Write(msg.body)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func (m *memory) written() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.puts
}

// run starts an Access on the store, a process of its own, and stops it when the test ends.
func run(t *testing.T, store Store, logs ...slog.Handler) *Access {
	t.Helper()
	a, _ := runUntil(t, store, logs...)
	return a
}

// runUntil is run with a way to stop it before.
func runUntil(t *testing.T, store Store, logs ...slog.Handler) (a *Access, stop func()) {
	t.Helper()
	var c Config
	if len(logs) > 0 {
		c.Log = slog.New(logs[0])
	}
	a = New(store, c)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run returned %v, want nil", err)
		}
	})
	t.Cleanup(stop)
	<-a.Ready()
	return a, stop
}

// eventually waits until a process that follows has got to something. It is bounded.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline.C:
			t.Fatalf("never: %s", what)
		case <-tick.C:
		}
	}
}

// newLink makes a link that has to succeed.
func newLink(t *testing.T, a *Access, role moderation.Role, event string, change ...func(*LinkSpec)) (Link, string) {
	t.Helper()
	spec := LinkSpec{Event: event, Role: role, Name: "Front desk"}
	for _, c := range change {
		c(&spec)
	}
	l, token, err := a.NewLink(t.Context(), spec)
	if err != nil {
		t.Fatalf("NewLink(%s, %s): %v", role, event, err)
	}
	return l, token
}

// join makes a session that has to succeed.
func join(t *testing.T, a *Access, token, session string) (string, Grant) {
	t.Helper()
	s, g, err := a.Join(t.Context(), token, session)
	if err != nil {
		t.Fatalf("Join: %v", err)
	}
	return s, g
}

func uses(n int) func(*LinkSpec) { return func(s *LinkSpec) { s.Uses = &n } }

func expires(in time.Duration) func(*LinkSpec) {
	return func(s *LinkSpec) { s.Expires = new(time.Now().Add(in)) }
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func knowsSession(a *Access, token string) bool {
	_, ok := a.BySession(context.Background(), token)
	return ok
}

func knowsBearer(a *Access, token string) bool {
	_, ok := a.ByBearer(token)
	return ok
}

// safeBuffer is a bytes.Buffer for several goroutines.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
