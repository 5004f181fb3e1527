package sourcetest

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/text"
)

var (
	seedFlag  = flag.Uint64("sourcetest.seed", 0, "play the script of this seed; 0: a new one")
	postsFlag = flag.Int("sourcetest.posts", 1_000, "posts in the script; make conformance plays 10,000")
)

// everyFault is how many posts a script has at least in which every fault has to happen.
const everyFault = 5_000

// begin is when the script is played.
var begin = time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)

// Run plays a script against the network that start makes, inside a bubble, and checks what came of it. It calls
// t.Parallel.
func Run(t *testing.T, start func(t *testing.T) Network) {
	t.Helper()
	t.Parallel()
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d: play it again with -run '^%s$' -sourcetest.seed=%d -sourcetest.posts=%d", seed, t.Name(), seed, *postsFlag)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(begin)) // a bubble begins in 2000; networks make ids and cursors of the time
		r := newRunner(t, start(t), seed)
		if r.network.Close != nil {
			defer r.network.Close()
		}
		if r.network.Attach != nil {
			r.network.Attach(r.store.record)
		}
		for _, problem := range r.run(*postsFlag) {
			t.Error(problem)
		}
		t.Log(r.summary())
	})
}

// run plays the script with n posts and returns what is wrong after it.
func (r *runner) run(n int) []string {
	r.begin()
	r.play(n)
	r.settle()
	r.end()
	r.check()
	return r.problems
}

// summary says what the script had in it.
func (r *runner) summary() string {
	wanted, deleted := 0, 0
	for _, p := range r.published {
		if p.deleted {
			deleted++
		}
		if p.Case.Wanted() {
			wanted++
		}
	}
	return fmt.Sprintf("%d posts, %d right ones, %d deleted, %d kills, faults %v", len(r.published), wanted, deleted, r.kills, r.faults)
}

// runner plays a script.
type runner struct {
	t       *testing.T
	network Network
	script  *script
	store   *store
	stop    func()
	event   moderation.Event

	problems  []string
	published []*published
	byMark    map[string]*published
	faults    map[Fault]int
	cannot    map[Fault]bool // what this network cannot do
	kills     int
	until     time.Time // when the fault under way ends; zero: none is
	gap       bool
	mended    time.Time // when the intake takes posts again; zero: it does
}

// published is a post as it stands on the network.
type published struct {
	Post
	name    string
	at      time.Time
	edits   int
	deleted bool
}

func newRunner(t *testing.T, n Network, seed uint64) *runner {
	if n.Every == 0 {
		n.Every = time.Second
	}
	if n.Settle == 0 {
		n.Settle = 20 * time.Minute
	}
	if n.Shows == nil {
		n.Shows = shows
	}
	return &runner{t: t, network: n, script: newScript(seed, n.Every), store: newStore(),
		byMark: map[string]*published{}, faults: map[Fault]int{}, cannot: map[Fault]bool{},
		event: moderation.Event{Slug: "panel", Hashtags: []string{Tag}, OpensAt: time.Now().Add(-time.Hour),
			Sources: []moderation.SourceSetting{{Kind: n.Kind, Server: n.Server, Enabled: true}}}}
}

// shows is how a post reads where the network adds nothing to it.
func shows(p Post) string {
	if p.Case == Outside {
		return p.Text
	}
	return p.Text + " #" + p.Hashtag
}

// begin starts a worker, with nothing but what was stored before it.
func (r *runner) begin() {
	super, err := ingest.NewSupervisor(ingest.Config{Intake: r.store, Cursors: r.store, Log: slog.New(slog.DiscardHandler),
		Factories: map[moderation.Source]ingest.Factory{r.network.Kind: r.network.Factory}})
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- super.Run(ctx) }()
	super.Set(r.event)
	r.stop = func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("the supervisor stopped with %v", err)
		}
	}
	// A worker is there for a moment before anything happens, as it is when an event is made.
	if len(r.published) == 0 {
		time.Sleep(10 * time.Second)
	}
}

func (r *runner) end() { r.stop() }

// play publishes n posts while things go wrong.
func (r *runner) play(n int) {
	for i := range n {
		r.wait(r.script.pause())
		r.publish(i)
		if r.script.chance(20) {
			r.change()
		}
		switch {
		case !r.until.IsZero():
		case i >= n/2 && r.faults[Gone] == 0 && r.network.Misbehave(Gone):
			// Little is said in that hour, since people see that it does not work.
			r.faults[Gone]++
			r.until, r.gap = time.Now().Add(time.Hour), true
		case r.script.chance(80):
			r.misbehave(r.nextFault())
		}
		if r.script.chance(900) {
			r.stop()
			r.kills++
			r.wait(time.Duration(r.script.Int64N(int64(20 * time.Second))))
			r.begin()
		}
		if r.mended.IsZero() && r.script.chance(700) {
			r.store.setBroken(true)
			r.mended = time.Now().Add(time.Duration(r.script.Int64N(int64(15 * time.Second))))
		}
		if r.gap {
			r.wait(20 * r.network.Every)
		}
	}
}

// wait lets time pass, and what was to end in it ends.
func (r *runner) wait(d time.Duration) {
	time.Sleep(d)
	now := time.Now()
	if !r.until.IsZero() && !now.Before(r.until) {
		r.network.Behave()
		r.until, r.gap = time.Time{}, false
	}
	if !r.mended.IsZero() && !now.Before(r.mended) {
		r.store.setBroken(false)
		r.mended = time.Time{}
	}
}

func (r *runner) publish(i int) {
	p := &published{Post: r.script.post(i), at: time.Now()}
	if p.name = r.network.Publish(p.Post); p.name == "" {
		p.Case = Plain
		p.Text = r.script.words(p.Post)
		p.Hashtag, p.Back = Tag, 0
		if p.name = r.network.Publish(p.Post); p.name == "" {
			r.t.Fatal("the network does not publish a plain post")
		}
	}
	r.published = append(r.published, p)
	r.byMark[p.Mark] = p
}

// change edits or deletes one of the last posts.
func (r *runner) change() {
	p := r.published[len(r.published)-1-r.script.IntN(min(len(r.published), 200))]
	if p.deleted || r.network.EditWithin > 0 && time.Since(p.at)+p.Back > r.network.EditWithin {
		return
	}
	switch {
	case r.network.Delete != nil && r.script.chance(2):
		r.network.Delete(p.name)
		p.deleted = true
	case r.network.Edit != nil:
		p.edits++
		p.Post = edited(p.Post, p.edits)
		r.network.Edit(p.name, p.Post)
	}
}

// nextFault returns one of those that happened least so far, so that a short script has as many as it can.
func (r *runner) nextFault() Fault {
	var least []Fault
	for _, f := range Faults[:len(Faults)-1] {
		switch {
		case r.cannot[f]:
		case len(least) == 0 || r.faults[f] < r.faults[least[0]]:
			least = []Fault{f}
		case r.faults[f] == r.faults[least[0]]:
			least = append(least, f)
		}
	}
	if len(least) == 0 {
		return Faults[0] // it can do nothing wrong, and says so again
	}
	return least[r.script.IntN(len(least))]
}

func (r *runner) misbehave(f Fault) {
	r.cannot[f] = !r.network.Misbehave(f)
	if !r.cannot[f] {
		r.faults[f]++
		r.until = time.Now().Add(time.Second + time.Duration(r.script.Int64N(int64(40*time.Second))))
	}
}

// settle lets everything end well.
func (r *runner) settle() {
	r.network.Behave()
	r.store.setBroken(false)
	time.Sleep(r.network.Settle)
	synctest.Wait()
}

// check compares what was taken in with what was said.
func (r *runner) check() {
	s := r.store
	r.problems = append(r.problems, s.faults...)
	found := map[*published]string{} // the key
	tombs, deleted := 0, 0
	for key, k := range s.keys {
		if len(k.versions) == 0 {
			tombs++
			continue
		}
		p := r.byMark[mark(k.versions[k.newest].Text)]
		switch {
		case p == nil:
			r.bad("%s: %q was never said", key, k.versions[k.newest].Text)
			continue
		case found[p] != "":
			r.bad("%s is there twice, as %s and as %s", p.Mark, found[p], key)
		}
		found[p] = key
		r.compare(p, k)
	}
	wanted := 0
	for _, p := range r.published {
		if p.deleted {
			deleted++
		}
		if p.Case.Wanted() {
			wanted++
			if found[p] == "" && !p.deleted {
				r.bad("%s (%s, %d edits, published at %s) is lost", p.Mark, p.Case, p.edits, p.at.Format("15:04:05.000"))
			}
		}
	}
	if tombs > deleted {
		r.bad("%d deletions of things never delivered, more than the %d that were deleted", tombs, deleted)
	}
	for _, f := range Faults {
		if len(r.published) >= everyFault && r.faults[f] == 0 && !r.cannot[f] {
			r.bad("%s never happened", f)
		}
	}
	if n := len(r.published); wanted < n/2 || len(found) < wanted/2 {
		r.bad("of %d posts %d were right ones and %d came: that proves little", n, wanted, len(found))
	}
}

func (r *runner) bad(format string, args ...any) {
	r.problems = append(r.problems, fmt.Sprintf(format, args...))
}

// compare checks one post that came.
func (r *runner) compare(p *published, k *taken) {
	newest := k.versions[k.newest]
	bad := func(format string, args ...any) {
		r.bad("%s (%s, %d edits, deleted %v): %s", p.Mark, p.Case, p.edits, p.deleted, fmt.Sprintf(format, args...))
	}
	if !p.Case.Wanted() {
		bad("was delivered, and must not be")
	}
	if len(k.versions) > 1+p.edits {
		bad("has %d versions", len(k.versions))
	}
	if p.deleted != k.deleted {
		bad("stands as deleted: %v", k.deleted)
	}
	if want := text.Normalise(r.network.Shows(p.Post)); !p.deleted && newest.Text != want {
		bad("stands as %q, want %q", newest.Text, want)
	}
	if p.Case == Warned && newest.Warning == "" && !newest.Sensitive {
		bad("lost its warning")
	}
	if newest.Source != r.network.Kind {
		bad("comes from %s", newest.Source)
	}
	if p.Back > 0 && newest.PostedAt.Sub(p.at.Add(-p.Back)).Abs() > time.Minute {
		bad("was written at %v, stands as %v", p.at.Add(-p.Back), newest.PostedAt)
	}
}

// mark returns the mark in a text; empty: there is none.
func mark(s string) string {
	for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return (r < '0' || r > '9') && r != 'q' && r != 'x' }) {
		if len(w) == 7 && w[0] == 'q' && w[6] == 'x' {
			return w
		}
	}
	return ""
}
