package x

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openfloor/openfloor/ingest"
)

// Filtered stream: docs.x.com/x-api/posts/filtered-stream and fundamentals/handling-disconnections, read 2026-11.
const (
	streamPath = "/2/tweets/search/stream"
	rulesPath  = "/2/tweets/search/stream/rules"
	ruleMost   = 1024             // characters, self-serve
	silence    = 25 * time.Second // X sends something each 20 s
	ruleDelay  = 45 * time.Second // a new rule acts after 20 s, and search lags 30 s behind
	streamLag  = 2 * time.Minute  // a post that is so much older than another came before it
	healthy    = time.Minute
	takenFor   = 15 * time.Minute
	refusedFor = time.Hour // a plan that has no stream today may have one tomorrow
	// streamLeast is how many posts the budget has to leave for the stream, which sends without being asked.
	streamLeast = 100
	queueMost   = 4096 // posts that may wait for a source
	rulePrefix  = "openfloor:"
)

// lines shares the one stream that an app may have among the sources of this process: one of them reads it for all.
type lines struct {
	client client       // for rules; bearer
	stream *http.Client // without a time limit
	log    *slog.Logger

	rules sync.Mutex // held while rules are set; before mu

	mu      sync.Mutex // guards what follows
	running int        // sources, with or without a stream
	taps    map[*tap]bool
	owner   *tap      // reads; nil: nobody
	up      time.Time // since when there is a connection; zero: there is none
	refused time.Time // until then it is not tried
}

// tap is where a source takes what is for it from the stream.
type tap struct {
	rule  string
	tag   string
	meter *meter
	in    chan page
	wake  chan struct{} // holds one where something changed

	// Guarded by lines.mu.
	ruled time.Time // when its rule was set; zero: it is not
	tried time.Time // when a rule was last asked for
	lost  bool      // something did not fit into the queue
}

// share counts a source that runs, or with -1 one that ended.
func (l *lines) share(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running += n
}

// sharers is how many sources share the rate limits.
func (l *lines) sharers() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.running
}

// refuses reports whether X lets us have no stream now.
func (l *lines) refuses() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Now().Before(l.refused)
}

// join lets t take part, and reads for all in a goroutine of running where nobody does so. It may be called again.
func (l *lines) join(ctx context.Context, t *tap, running *sync.WaitGroup) {
	now := time.Now()
	l.mu.Lock()
	l.taps[t] = true
	own := l.owner == nil
	late := !own && !l.up.IsZero() && t.ruled.IsZero() && now.Sub(t.tried) >= time.Minute
	if own {
		l.owner = t
	}
	if late {
		t.tried = now
	}
	l.mu.Unlock()
	if own {
		running.Go(func() { l.listen(ctx) })
	}
	if late {
		if _, err := l.setRules(ctx); err != nil {
			l.log.Warn("rule not set", slog.Any("error", err))
		}
	}
}

// leave takes t out. Its reader, if it has one, is stopped by whoever started it.
func (l *lines) leave(t *tap) {
	l.mu.Lock()
	delete(l.taps, t)
	t.ruled, t.tried, t.lost = time.Time{}, time.Time{}, false
	others := len(l.taps) > 0 && !l.up.IsZero() && l.owner != t
	l.mu.Unlock()
	if !others { // the next who connects takes the rule out, and until then it costs nothing
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	old, err := l.setRules(ctx)
	if err == nil {
		err = l.dropRules(ctx, old)
	}
	if err != nil {
		l.log.Warn("rule not taken back", slog.Any("error", err))
	}
}

// state returns since when everything for t comes by the stream, zero where it does not, and whether something was
// lost since the last call.
func (l *lines) state(t *tap) (up time.Time, lost bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lost, t.lost = t.lost, false
	if l.up.IsZero() || t.ruled.IsZero() || !l.taps[t] {
		return time.Time{}, lost
	}
	if t.ruled.After(l.up) {
		return t.ruled, lost
	}
	return l.up, lost
}

// connected says since when there is a connection; zero: there is none any more.
func (l *lines) connected(at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.up = at
	l.wakeAll()
}

func (l *lines) wakeAll() {
	for t := range l.taps {
		select {
		case t.wake <- struct{}{}:
		default:
		}
	}
}

// listen reads the stream until ctx ends, X refuses it, or nobody can afford it. It goes on after faults, as X asks:
// at once, then after 250 ms more each time up to 16 s; after server errors 5 s, doubled up to 320 s; after 429 a
// minute, doubled (handling-disconnections, read 2026-11).
func (l *lines) listen(ctx context.Context) {
	defer func() {
		if v := recover(); v != nil {
			l.log.Error("the stream's reader broke on what it received", slog.String("cause", fmt.Sprintf("%T", v)))
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.owner, l.up = nil, time.Time{}
		l.wakeAll()
	}()
	faults, server, limit := 0, 5*time.Second, time.Minute
	for ctx.Err() == nil {
		began := time.Now()
		err := l.read(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) >= healthy {
			faults, server, limit = 0, 5*time.Second, time.Minute
		}
		var wait time.Duration
		r, refused := errors.AsType[*refusal](err)
		switch {
		case errors.Is(err, errPoor):
			return
		case errors.Is(err, errTaken): // likely another process of ours: it may have it, and we search
			wait = takenFor
		case !refused:
			wait = min(time.Duration(faults)*250*time.Millisecond, 16*time.Second)
			faults++
		case r.Kind == "usage-capped":
			l.refuse(r)
			return
		case r.Status == http.StatusTooManyRequests:
			wait, limit = limit, min(2*limit, 15*time.Minute)
			if r.Kind != "streaming-connection" { // somebody else has it, and may let go
				wait = max(wait, r.After)
			}
		case r.Status >= 500 || r.Status == http.StatusConflict || r.Status == http.StatusRequestTimeout:
			wait, server = server, min(2*server, 320*time.Second)
		default: // no such right: polling does without
			l.refuse(r)
			return
		}
		l.log.Info("stream ended", slog.Any("error", err), slog.Duration("wait", wait))
		if ingest.Sleep(ctx, wait) != nil {
			return
		}
	}
}

func (l *lines) refuse(r *refusal) {
	l.log.Warn("X refuses the stream, so posts are found by search", slog.Any("error", r))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused = time.Now().Add(refusedFor)
}

var (
	errSilent = errors.New("nothing came for 25 s")
	errEnded  = errors.New("the stream was ended")
	errTaken  = errors.New("another connection took the place of this one")
	errPoor   = errors.New("the budget leaves no stream")
)

// read sets the rules, connects, and hands on what comes until it ends.
func (l *lines) read(ctx context.Context) error {
	old, err := l.setRules(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	q := url.Values{}
	tweetFields(q)
	r, err := l.client.request(ctx, http.MethodGet, streamPath, q, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept-Encoding", "identity") // what is compressed comes when a block is full
	watch := time.AfterFunc(silence, func() { cancel(errSilent) })
	defer watch.Stop()
	resp, err := l.stream.Do(r)
	if err != nil {
		return cause(ctx, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		body, _ := ingest.ReadBody(resp) // the status says enough
		return l.client.refused(resp, body)
	}
	l.connected(time.Now())
	defer l.connected(time.Time{})
	if err := l.dropRules(ctx, old); err != nil {
		return err
	}
	watch.Reset(silence)
	lines := bufio.NewScanner(&alive{resp.Body, func() { watch.Reset(silence) }})
	lines.Buffer(make([]byte, 0, 64<<10), ingest.BodyBytes)
	for lines.Scan() {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		p, tags, err := decodeMessage(line)
		if err != nil {
			p.skipped++
		}
		if len(p.read) == 0 && len(p.notices) > 0 { // X says why, and then hangs up
			if slices.ContainsFunc(p.notices, func(n notice) bool { return n.DisconnectType == "ForceDisconnect" }) {
				return errTaken
			}
			return errEnded
		}
		if !l.hand(p, tags) {
			return errPoor
		}
	}
	if err := lines.Err(); err != nil {
		return cause(ctx, err)
	}
	return errEnded
}

// alive calls beat whenever something is read.
type alive struct {
	io.Reader
	beat func()
}

// Read implements io.Reader.
func (a *alive) Read(b []byte) (int, error) {
	n, err := a.Reader.Read(b)
	if n > 0 {
		a.beat()
	}
	return n, err
}

// hand gives a post to the sources, each of which looks for its own tags, and charges those whose rules it came by.
// It reports whether the budget of any of them has room for more.
func (l *lines) hand(p page, tags []string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	rich := false
	now := time.Now()
	for t := range l.taps {
		if len(tags) == 0 || slices.Contains(tags, t.tag) {
			t.meter.charge(p, now)
		}
		rich = rich || t.meter.left(0) >= streamLeast
		mine := p
		mine.tweets = slices.Clone(p.tweets)
		select {
		case t.in <- mine:
		default:
			t.lost = true
			select {
			case t.wake <- struct{}{}:
			default:
			}
		}
	}
	return rich
}

// rule is one of the stream's.
type rule struct {
	ID    string `json:"id,omitempty"`
	Value string `json:"value"`
	Tag   string `json:"tag,omitempty"`
}

// setRules adds the rules of the sources that take part. It returns the ids of those that Openfloor set and nobody here
// needs: whoever has the connection may drop them. Before that they may be those of another process that has it.
func (l *lines) setRules(ctx context.Context) (old []string, err error) {
	l.rules.Lock()
	defer l.rules.Unlock()
	l.mu.Lock()
	var want []rule
	var taps []*tap
	for t := range l.taps {
		taps = append(taps, t)
		if !slices.ContainsFunc(want, func(r rule) bool { return strings.EqualFold(r.Value, t.rule) }) {
			want = append(want, rule{Value: t.rule, Tag: t.tag})
		}
	}
	l.mu.Unlock()
	body, _, err := l.client.do(ctx, http.MethodGet, rulesPath, nil, nil)
	if err != nil {
		return nil, err
	}
	var have struct {
		Data json.RawMessage `json:"data"`
	}
	if json.Unmarshal(body, &have) != nil {
		return nil, errGarbage
	}
	for _, r := range members[rule](have.Data) {
		// Whatever its tag: X takes no value twice, and each source looks for its own.
		i := slices.IndexFunc(want, func(w rule) bool { return strings.EqualFold(w.Value, r.Value) })
		switch {
		case i >= 0:
			want = slices.Delete(want, i, i+1)
		case strings.HasPrefix(r.Tag, rulePrefix) && r.ID != "":
			old = append(old, r.ID)
		}
	}
	if len(want) > 0 {
		if err := l.change(ctx, map[string]any{"add": want}); err != nil {
			return nil, err
		}
	}
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range taps {
		if t.ruled.IsZero() {
			t.ruled = now
		}
	}
	return old, nil
}

// dropRules takes rules away. They would go on to cost what they match.
func (l *lines) dropRules(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	return l.change(ctx, map[string]any{"delete": map[string]any{"ids": ids}})
}

var errRule = errors.New("X does not take a rule for the stream")

// change posts rules. One that is there already is as good as new.
func (l *lines) change(ctx context.Context, what map[string]any) error {
	in, err := json.Marshal(what)
	if err != nil {
		return err
	}
	body, _, err := l.client.do(ctx, http.MethodPost, rulesPath, nil, in)
	if err != nil {
		return err
	}
	var out struct {
		Errors json.RawMessage `json:"errors"`
	}
	if json.Unmarshal(body, &out) != nil {
		return errGarbage
	}
	for _, n := range members[notice](out.Errors) {
		if n.kind() != "duplicate-rules" {
			return errRule
		}
	}
	return nil
}
