package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openfloor/openfloor/ingest"
	"github.com/openfloor/openfloor/ingest/mastodon"
	"github.com/openfloor/openfloor/ingest/x"
	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/natsstore"
	"github.com/openfloor/openfloor/web"
)

// What the doctor worries about.
const (
	diskWarn   = 1 << 30 // free
	diskFail   = 100 << 20
	storeWarn  = 80 // percent of what the store may hold
	storeFail  = 95
	waitingLot = 1000 // posts in INTAKE
	// X and webhooks refuse a clock that is off by five minutes (oauth_timestamp; Standard Webhooks); times on pages
	// are wrong long before. Networks tell theirs in whole seconds.
	clockWarn  = 5 * time.Second
	clockFail  = time.Minute
	budgetWarn = 90              // percent
	askTime    = 8 * time.Second // of one question to a network
)

func well(check, detail string, args ...any) web.Finding {
	return web.Finding{Check: check, Result: web.DoctorOK, Detail: fmt.Sprintf(detail, args...)}
}

func worry(check, detail string, args ...any) web.Finding {
	return web.Finding{Check: check, Result: web.DoctorWarn, Detail: fmt.Sprintf(detail, args...)}
}

func fault(check, detail string, args ...any) web.Finding {
	return web.Finding{Check: check, Result: web.DoctorFail, Detail: fmt.Sprintf(detail, args...)}
}

// doctor looks at everything that an operator can do something about: where things are stored, the clock, what the
// networks say to the credentials, and how the sources are doing. What it asks of networks goes by the guarded client.
func (a *App) doctor(ctx context.Context) []web.Finding {
	out := a.doctorData()
	out = append(out, a.doctorStore(ctx)...)
	// Questions to others wait for each other no longer than the slowest takes.
	parts := make([][]web.Finding, 3)
	var wg sync.WaitGroup
	wg.Go(func() { parts[0] = a.doctorClocks(ctx) })
	wg.Go(func() { parts[1] = a.doctorCredentials(ctx) })
	wg.Go(func() { parts[2] = a.doctorSources(time.Now()) })
	wg.Wait()
	return append(out, slices.Concat(parts...)...)
}

// doctorData looks at the data folder; there is none on a cluster.
func (a *App) doctorData() []web.Finding {
	if a.data == nil {
		return nil
	}
	var out []web.Finding
	path := a.data.path
	switch info, err := os.Stat(path); {
	case err != nil:
		out = append(out, fault("data folder", "%v. What was acknowledged is in there: bring it back before the server is stopped.", err))
	case !a.data.lock.Locked():
		out = append(out, fault("data folder", "The lock of %s is not held. Stop whatever else uses the folder, then start the server again.", path))
	default:
		out = append(out, judgeMode("data folder", path, info.Mode()))
	}
	token := filepath.Join(path, tokenFile)
	if info, err := os.Stat(token); err == nil {
		if f := judgeMode("organiser.token", token, info.Mode()); f.Result != web.DoctorOK {
			out = append(out, f)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		out = append(out, fault("organiser.token", "%v", err))
	}
	free, err := freeDisk(path)
	if err != nil {
		return append(out, worry("disk", "Nobody knows how much is free: %v.", err))
	}
	return append(out, judgeDisk(free))
}

// judgeMode worries about a file that others may read.
func judgeMode(check, path string, mode fs.FileMode) web.Finding {
	if mode.Perm()&0o077 != 0 {
		want := "700"
		if !mode.IsDir() {
			want = "600"
		}
		return fault(check, "Others on this machine can get at %s (mode %o). Run: chmod %s %s", path, mode.Perm(), want, path)
	}
	return well(check, "%s, for its owner only", path)
}

// judgeDisk says whether enough of the disk is free, in bytes.
func judgeDisk(free int64) web.Finding {
	switch {
	case free < diskFail:
		return fault("disk", "%s free. Make room at once: what cannot be stored is refused.", size(free))
	case free < diskWarn:
		return worry("disk", "%s free. Make room before the event: the server starts with no less than %s for its store.", size(free), size(minStore))
	}
	return well("disk", "%s free", size(free))
}

// doctorStore looks at NATS and the streams.
func (a *App) doctorStore(ctx context.Context) []web.Finding {
	st, err := a.store.Inspect(ctx)
	if err != nil {
		return []web.Finding{fault("nats", "NATS does not answer: %v. Look whether it runs and is reached; until then nothing is taken in.", err)}
	}
	where := "embedded"
	if a.natsd == nil {
		where = st.Server
	}
	out := []web.Finding{well("nats", "%s, version %s, %v there and back", where, st.Version, st.RTT.Round(10*time.Microsecond))}
	if a.natsd != nil {
		if c := a.natsd.JetStreamConfig(); c != nil && c.MaxStore > 0 {
			st.Limit = uint64(c.MaxStore)
		}
		if f := a.natsd.fault(); f != "" {
			out[0] = fault("nats", "The embedded server says: %s. Look at the log; stop and start it again.", f)
		}
	}
	for _, s := range st.Streams {
		out = append(out, judgeStream(s, a.natsd == nil))
	}
	out = append(out, judgeStore(st.Used, st.Limit))
	if a.natsd == nil { // else it is the same clock
		out = append(out, judgeClock("clock against NATS", st.Ahead, st.Uncertain))
	}
	return out
}

// judgeStream says how a stream is doing; on a cluster it wants more than one server to keep it.
func judgeStream(s natsstore.StreamState, cluster bool) web.Finding {
	check := "stream " + s.Name
	held := fmt.Sprintf("%d messages, %s", s.Messages, size(int64(min(s.Bytes, 1<<62))))
	switch {
	case errors.Is(s.Fault, natsstore.ErrNoStreams) && s.Replicas == 0:
		return fault(check, "It is missing. On a cluster run openfloor init; a data folder is restored from a backup.")
	case s.Fault != nil:
		return fault(check, "It is not as openfloor init makes it: %v", s.Fault)
	case s.Leaderless:
		return fault(check, "No server leads it, so nothing is taken in. Bring back the servers that are away.")
	case s.Offline > 0:
		return worry(check, "%d of %d servers that keep it are away. Bring them back: with more gone nothing is taken in.", s.Offline, s.Replicas)
	case s.Behind > 0:
		return worry(check, "%d of %d servers that keep it are behind. Wait; where it stays, look at their disks and lines.", s.Behind, s.Replicas)
	case s.MaxBytes > 0 && s.Bytes > uint64(s.MaxBytes)/100*storeWarn:
		return worry(check, "It is nearly full: %s of %s. Look whether a process with the role moderation runs.", size(int64(s.Bytes)), size(s.MaxBytes))
	case s.Name == "INTAKE" && s.Messages > waitingLot:
		return worry(check, "%d posts wait to be taken in. Look whether a process with the role moderation runs.", s.Messages)
	case cluster && s.Replicas == 1:
		return worry(check, "One server keeps it, so what it holds is gone with that one. Make the streams with openfloor init --replicas 3. %s", held)
	case cluster:
		return well(check, "%s, kept by %d servers", held, s.Replicas)
	}
	return well(check, "%s", held)
}

// judgeStore says whether the store has room, in bytes; limit 0: there is no limit but the disk.
func judgeStore(used, limit uint64) web.Finding {
	if limit == 0 {
		return well("store", "%s used", size(int64(used)))
	}
	held := fmt.Sprintf("%s of %s used", size(int64(used)), size(int64(limit)))
	switch {
	case used >= limit/100*storeFail:
		return fault("store", "%s. Make room, or give NATS more: what does not fit is refused.", held)
	case used >= limit/100*storeWarn:
		return worry("store", "%s. Make room, or give NATS more.", held)
	}
	return well("store", "%s", held)
}

// judgeClock says whether another clock, ahead of ours by so much give or take, agrees.
func judgeClock(check string, ahead, uncertain time.Duration) web.Finding {
	off := max(0, ahead.Abs()-uncertain)
	way := "behind"
	if ahead < 0 {
		way = "ahead of"
	}
	said := fmt.Sprintf("This server's clock is %v %s it", ahead.Abs().Round(time.Second), way)
	switch {
	case off > clockFail:
		return fault(check, "%s. Set it by NTP: X and webhooks refuse a wrong clock.", said)
	case off > clockWarn:
		return worry(check, "%s. Set it by NTP.", said)
	}
	return well(check, "It agrees")
}

// doctorClocks compares the clock with those of the servers that open events listen to, as far as they answer.
func (a *App) doctorClocks(ctx context.Context) []web.Finding {
	var hosts []string
	for _, ev := range a.open(time.Now()) {
		for _, s := range ev.Sources {
			if base := a.baseOf(s); s.Enabled && base != "" && !slices.Contains(hosts, base) {
				hosts = append(hosts, base)
			}
		}
	}
	slices.Sort(hosts)
	client := ingest.NewClient(a.guard())
	found := make([]*web.Finding, len(hosts))
	var wg sync.WaitGroup
	for i, base := range hosts {
		wg.Go(func() {
			if ahead, uncertain, ok := dateOf(ctx, client, base); ok {
				_, name, _ := strings.Cut(base, "://")
				f := judgeClock("clock against "+name, ahead, uncertain)
				found[i] = &f
			}
		})
	}
	wg.Wait()
	var out []web.Finding
	for _, f := range found {
		if f != nil {
			out = append(out, *f)
		}
	}
	return out
}

// baseOf is the address of a source's server; empty where it has no single one, or none that is asked by HTTP.
func (a *App) baseOf(s moderation.SourceSetting) string {
	server := s.Server
	switch {
	case server == "" && s.Kind == moderation.FromMastodon:
		server = mastodon.DefaultServer
	case server == "" && s.Kind == moderation.FromX:
		server = x.DefaultServer
	}
	scheme, rest, ok := strings.Cut(server, "://")
	if !ok || scheme != "https" && scheme != "http" {
		return ""
	}
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

// dateOf returns how far a server's clock is before ours, by the Date of its answer, which is in whole seconds.
func dateOf(ctx context.Context, client *http.Client, base string) (ahead, uncertain time.Duration, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, base+"/", nil)
	if err != nil {
		return 0, 0, false
	}
	asked := time.Now()
	resp, err := client.Do(r)
	if err != nil {
		return 0, 0, false
	}
	defer resp.Body.Close()
	at, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return 0, 0, false
	}
	half := time.Since(asked) / 2
	return at.Add(500 * time.Millisecond).Sub(asked.Add(half)), half + 500*time.Millisecond, true
}

// doctorCredentials asks each network what it says to the credentials that are set.
func (a *App) doctorCredentials(ctx context.Context) []web.Finding {
	client := ingest.NewClient(a.guard())
	reading := a.x(client)
	type question struct {
		check string
		ask   func(context.Context) (string, error)
	}
	var questions []question
	if a.cfg.MastodonToken != "" {
		c := a.mastodon(client)
		questions = append(questions, question{"credentials for Mastodon", func(ctx context.Context) (string, error) {
			return "The server accepts the token", mastodon.CheckToken(ctx, c)
		}})
	}
	if reading.Bearer != "" {
		questions = append(questions, question{"credentials for X, bearer token", func(ctx context.Context) (string, error) {
			return "X accepts it", x.CheckBearer(ctx, reading)
		}})
	}
	who := func(keys x.Keys) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			account, err := x.CheckKeys(ctx, reading, keys)
			return "X accepts them, as @" + account.Username, err
		}
	}
	if reading.Keys.AccessToken != "" {
		questions = append(questions, question{"credentials for X, account keys", who(reading.Keys)})
	}
	for _, ev := range a.open(time.Now()) {
		if keys, ok := a.accounts.Keys(ev.Slug); ok {
			questions = append(questions, question{"account on X of " + ev.Slug, who(keys)})
		}
	}
	out := make([]web.Finding, len(questions))
	var wg sync.WaitGroup
	for i, q := range questions {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, askTime)
			defer cancel()
			said, err := q.ask(ctx)
			out[i] = judgeAnswer(q.check, said, err)
		})
	}
	wg.Wait()
	if a.cfg.WebhookSecret != "" {
		out = append(out, well("secret for webhooks", "%d set", len(strings.Fields(a.cfg.WebhookSecret))))
	}
	return out
}

// judgeAnswer says what a network's answer to credentials means.
func judgeAnswer(check, said string, err error) web.Finding {
	if err == nil {
		return well(check, "%s", said)
	}
	if errors.Is(err, x.ErrNoStream) {
		return worry(check, "X accepts it, but lets the app have no stream. X is searched instead; what is new is found half a minute later.")
	}
	if n, ok := errors.AsType[*ingest.NeedsAttention](err); ok {
		return fault(check, "%s", n.Detail)
	}
	if r, ok := errors.AsType[*ingest.RetryAfter](err); ok {
		return worry(check, "It takes no more questions for now. Ask again in %v.", r.After.Round(time.Second))
	}
	return worry(check, "Nobody knows: %v. Look whether this machine reaches the network, and ask again.", err)
}

// doctorSources looks at each source of each open event.
func (a *App) doctorSources(now time.Time) []web.Finding {
	var out []web.Finding
	for _, ev := range a.open(now) {
		for _, s := range ev.Sources {
			out = append(out, judgeSource(ev.Slug, s, a.sources.Status(ev, s, now), now))
		}
	}
	return out
}

// judgeSource says how a source of an event is doing.
func judgeSource(event string, s moderation.SourceSetting, st moderation.SourceStatus, now time.Time) web.Finding {
	check := "source " + event + " " + s.Name()
	numbers := fmt.Sprintf("%d posts received", st.Received)
	if !st.LastPostAt.IsZero() {
		numbers += fmt.Sprintf(", the last %v ago", now.Sub(st.LastPostAt).Round(time.Second))
	}
	part := 0.0
	if b := s.Budget; b != nil {
		var limits []string
		if b.Posts > 0 {
			limits = append(limits, fmt.Sprintf("%d of %d posts", st.Used, b.Posts))
			part = max(part, float64(st.Used)/float64(b.Posts))
		}
		if b.Money > 0 {
			limits = append(limits, fmt.Sprintf("%.2f of %.2f dollars", st.Money, b.Money))
			part = max(part, st.Money/b.Money)
		}
		if len(limits) > 0 {
			numbers += "; budget: " + strings.Join(limits, ", ") + " used"
		}
	}
	switch ingest.State(st.State) {
	case ingest.Off:
		return well(check, "off; %s", numbers)
	case ingest.Failed:
		return fault(check, "%s (%s)", st.Error, numbers)
	case ingest.BackingOff:
		again := ""
		if d := st.NextTryAt.Sub(now); d > 0 {
			again = fmt.Sprintf(" Tried again in %v.", d.Round(time.Second))
		}
		return worry(check, "%s.%s It goes on by itself; where it stays, look at the network's own pages (%s)", strings.TrimSuffix(st.Error, "."), again, numbers)
	case ingest.Live:
		if part*100 >= budgetWarn {
			return worry(check, "live, but its budget is nearly used up. Raise it in time (%s)", numbers)
		}
		return well(check, "live; %s", numbers)
	}
	return worry(check, "No answer yet, or no process reads it. Where it stays, look whether a process with the role ingest runs (%s)", numbers)
}

// open returns the events that are open.
func (a *App) open(now time.Time) []moderation.Event {
	return slices.DeleteFunc(a.record.Events(), func(e moderation.Event) bool { return e.StateAt(now) != moderation.Open })
}

// size writes a number of bytes for people.
func size(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", (n+1023)>>10)
}
