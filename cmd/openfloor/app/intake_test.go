package app

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	runtimemetrics "runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/openfloor/openfloor/ingest/fakenet"
	"github.com/openfloor/openfloor/moderation"
)

var (
	intakeRate = flag.Int("intake.rate", 2000, "posts a second that the fake networks say")
	intakeFor  = flag.Duration("intake.for", 500*time.Millisecond, "how long they say them")
)

// crowdEnv is the variable that makes this test binary the networks: posts a second, and for how long.
const crowdEnv = "OPENFLOOR_TEST_CROWD"

const (
	crowdTag     = "AskPanel"
	crowdToken   = "crowd-token"
	crowdPeople  = 5000
	crowdChanges = 500 // every so many posts on Bluesky one is edited and another one deleted
	crowdTick    = 5 * time.Millisecond
)

// crowd is the networks, in a process of their own so that what they cost is not measured. Of ten posts eight are on
// Bluesky, one is on Mastodon and one on X; all of them stream. It prints their addresses, begins once all are
// listened to, prints how many posts there are, and stays until its input ends.
func crowd(setting string) error {
	var rate int
	var span time.Duration
	if _, err := fmt.Sscanf(setting, "%d %d", &rate, &span); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	sky := fakenet.NewBluesky(fakenet.BlueskyConfig{})
	town := fakenet.New(fakenet.Config{Limit: -1, Token: crowdToken})
	bird := fakenet.NewX(fakenet.XConfig{Bearer: crowdToken, SearchLimit: -1})
	for n := range crowdPeople {
		sky.Account(fakenet.SkyProfile{DID: crowdDID(n), Handle: fmt.Sprintf("person%d.example", n), Name: fmt.Sprint("Person ", n)})
	}
	for _, h := range []http.Handler{sky.Handler(), town.Handler(), bird.Handler()} {
		base, _, err := fakenet.Start(ctx, h, "127.0.0.1:0")
		if err != nil {
			return err
		}
		fmt.Println(base)
	}
	in := bufio.NewReader(os.Stdin)
	for sky.Streams() == 0 || town.Streams() == 0 || bird.Streams() == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	if _, err := in.ReadString('\n'); err != nil {
		return err
	}
	var uris []string
	rnd := rand.New(rand.NewPCG(1, 2))
	begun := time.Now()
	n, most := 0, int(span.Seconds()*float64(rate))
	for n < most {
		due := min(int(time.Since(begun).Seconds()*float64(rate))+1, most)
		for ; n < due; n++ {
			words := fmt.Sprintf("Question %d: %s? #%s", n, crowdWords(rnd), crowdTag)
			switch who := n % crowdPeople; n % 10 {
			case 0:
				town.Post(fakenet.Status{Text: words, Acct: fmt.Sprint("person", who), Name: fmt.Sprint("Person ", who)})
			case 1:
				bird.Post(fakenet.XPost{Text: words, Username: fmt.Sprint("person", who), Name: fmt.Sprint("Person ", who)})
			default:
				uris = append(uris, sky.Post(fakenet.Skeet{DID: crowdDID(who), Text: words}))
			}
		}
		for ; len(uris) >= crowdChanges; uris = uris[crowdChanges:] {
			sky.Update(uris[0], "Edited: what would you change first? #"+crowdTag)
			sky.Delete(uris[1])
		}
		time.Sleep(crowdTick)
	}
	fmt.Println("said", n)
	_, _ = in.ReadString('\n')
	return nil
}

// crowdWords returns some words that nobody else says in that order: made ones, drawn as often as people use theirs (the
// n-th word one n-th as often as the first).
func crowdWords(rnd *rand.Rand) string {
	syllables := strings.Fields("ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo yu za bre cli dro flu gra")
	var out []string
	for range 8 + rnd.IntN(8) {
		word := ""
		for n := int(math.Pow(20_000, rnd.Float64())); n > 0; n /= len(syllables) {
			word += syllables[n%len(syllables)]
		}
		out = append(out, word)
	}
	return strings.Join(out, " ")
}

func crowdDID(n int) string { return fmt.Sprint("did:plc:person", n) }

// TestIntakeRate has networks say as many posts a second as -intake.rate, for -intake.for, listens to them with the real
// sources, and takes all of it into FLOOR in this process, syncing every write. None may be lost or doubled; make
// bench-intake plays a minute, and prints how far behind it was and what it took.
func TestIntakeRate(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	networks := exec.CommandContext(t.Context(), exe)
	networks.Env = append(os.Environ(), fmt.Sprintf("%s=%d %d", crowdEnv, *intakeRate, *intakeFor))
	networks.Stderr = t.Output()
	say, err := networks.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	told, err := networks.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := networks.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = say.Close(); _ = networks.Wait() })
	lines := bufio.NewScanner(told)
	var bases [3]string
	for i := range bases {
		if !lines.Scan() {
			t.Fatal("the networks did not start")
		}
		bases[i] = lines.Text()
	}

	cfg := local(t)
	cfg.Event = &EventWish{Hashtag: crowdTag, Sources: []SourceWish{{"bluesky", bases[0]}, {"mastodon", bases[1]}, {"x", bases[2]}}, only: true}
	cfg.MastodonToken, cfg.X, cfg.skyPages = crowdToken, XCredentials{Bearer: crowdToken}, bases[0]
	a := launch(t, cfg)
	slug := a.record.Events()[0].Slug
	if _, err := fmt.Fprintln(say); err != nil {
		t.Fatal(err)
	}
	peak := watchMemory(t)
	var said int
	var ended time.Time
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		for lines.Scan() {
			if _, err := fmt.Sscanf(lines.Text(), "said %d", &said); err == nil {
				ended = time.Now()
				return
			}
		}
	}()
	select {
	case <-heard:
	case <-time.After(5**intakeFor + 2*patience):
		t.Fatal("the networks did not say everything")
	}
	atEnd := a.record.Received(slug)
	deadline := time.Now().Add(2*patience + 5**intakeFor) // however slow: late is not lost
	for a.record.Received(slug) < said && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	behind := time.Since(ended)
	heap, rss := peak()

	// Edits and deletions follow their posts.
	changes := (said - 2*(said/10)) / crowdChanges
	var got crowdSeen
	for {
		got = a.crowdSeen(slug)
		if got.edited == changes && got.withdrawn == changes || time.Now().After(deadline) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	lost := said - got.numbers - got.edited - got.withdrawn
	fmt.Fprintf(t.Output(), "%d posts a second for %v: %d offered, %d taken, %d lost, %d doubled, %d of %d edits and %d of %d deletions followed\n",
		*intakeRate, *intakeFor, said, got.all, lost, got.doubled, got.edited, changes, got.withdrawn, changes)
	fmt.Fprintf(t.Output(), "behind at the end: %.2f s (%d posts); peak heap %d MiB, peak RSS %d MiB, with %d submissions in memory\n",
		behind.Seconds(), said-atEnd, heap>>20, rss>>20, got.all)
	if lost != 0 || got.doubled != 0 || got.all != said || got.edited != changes || got.withdrawn != changes {
		t.Error("not what was said")
	}
}

// crowdSeen is what became of what the crowd said.
type crowdSeen struct{ all, numbers, edited, withdrawn, doubled int }

func (r *running) crowdSeen(slug string) (s crowdSeen) {
	page, _ := r.record.List(slug, moderation.Filter{Limit: math.MaxInt})
	s.all = len(page)
	seen := make(map[string]bool, len(page))
	for _, x := range page {
		switch words, _, _ := strings.Cut(x.Text, ":"); {
		case x.State == moderation.Withdrawn:
			s.withdrawn++
		case words == "Edited":
			s.edited++
		case seen[words]:
			s.doubled++
		default:
			seen[words] = true
			s.numbers++
		}
	}
	return s
}

// watchMemory returns a function that ends watching, and returns the most that the heap held and that the process had
// in memory, in bytes; the latter is 0 where the system does not tell.
func watchMemory(t *testing.T) (peak func() (heap, rss uint64)) {
	sample := []runtimemetrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	var most uint64
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			runtimemetrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	}()
	end := func() {
		select {
		case <-stop:
		default:
			close(stop)
		}
		<-done
	}
	t.Cleanup(end)
	return func() (uint64, uint64) {
		end()
		var kib uint64
		status, err := os.ReadFile("/proc/self/status")
		if err == nil {
			for line := range strings.Lines(string(status)) {
				if n, err := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 && err == nil {
					break
				}
			}
		}
		return most, kib << 10
	}
}
