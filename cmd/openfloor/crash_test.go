package main_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
)

var (
	crashRounds = flag.Int("crash.rounds", 3, "how often the program is killed in the middle of a burst")
	crashSeed   = flag.Uint64("crash.seed", 0, "seed of what is random about the kills; 0: another one each time")
)

// seeded returns a source of random numbers whose seed a failure shows.
func seeded(t *testing.T) *rand.Rand {
	seed := *crashSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("run it again with -crash.seed=%d", seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 0))
}

// serve returns how a server is started that keeps its address and its folder over a restart.
func serve(t *testing.T, more ...string) []string {
	t.Helper()
	return append([]string{"serve", "--addr", freeAddr(t), "--data", filepath.Join(t.TempDir(), "data"),
		"--limit-visitor", "0", "--limit-address", "0"}, more...)
}

// TestKillDuringBurst kills the program again and again while people send. All rounds share one data folder, and
// after each everything that was ever acknowledged has to be there once.
func TestKillDuringBurst(t *testing.T) {
	t.Parallel()
	rnd := seeded(t)
	const slug = "smwwholeads"
	server := run(t, "openfloor", organiserEnv, serve(t, "--hashtag", "SMWWhoLeads", "--source", "mastodon=http://127.0.0.1:1", "--allow-private-sources")...)
	mod := moderator(t, server, slug, "Front desk")
	books := newLedger(slug)
	var sum tally
	for round := range *crashRounds {
		books.burst(t, server, fmt.Sprintf("Round %d", round), rnd, func() {
			server.kill()
			server.restart()
		})
		sum = books.compare(t, mod, round == *crashRounds-1)
		if sum.clean(t); t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	fmt.Fprintf(t.Output(), "%d rounds: %d acknowledged, %d lost, %d doubled\n", *crashRounds, sum.acked, sum.lost, sum.doubled)
	if least := *crashRounds * 20; sum.acked < least {
		t.Errorf("only %d acknowledged in %d rounds, want at least %d", sum.acked, *crashRounds, least)
	}
	if code, took := server.stop(); code != 0 {
		t.Errorf("exit code %d after %v, want 0", code, took)
	}
}

// TestAcknowledgedIsStored kills the program the moment that a submission is acknowledged, with nothing else going
// on that could have written it down by the way.
func TestAcknowledgedIsStored(t *testing.T) {
	t.Parallel()
	t.Run("in one process", func(t *testing.T) {
		t.Parallel()
		server := run(t, "openfloor", organiserEnv, serve(t)...)
		acknowledgeAndKill(t, server, nil, server)
	})
	// Without moderation nothing has been taken in, so that INTAKE alone has to hold what was acknowledged.
	t.Run("not taken in", func(t *testing.T) {
		t.Parallel()
		h := openHouse(t)
		h.moderation2.kill()
		acknowledgeAndKill(t, h.web, h.moderation1, h.nats, h.web)
	})
}

// acknowledgeAndKill sends one submission a round to server and kills the others, in order, once it is acknowledged.
// Moderation, where it is a process of its own, is away meanwhile.
func acknowledgeAndKill(t *testing.T, server, moderation *process, victims ...*process) {
	t.Helper()
	makeEvent(t, server, "smw", nil)
	mod := moderator(t, server, "smw", "Front desk")
	books := newLedger("smw")
	for round := range *crashRounds {
		e := books.add(&entry{text: fmt.Sprintf("Is this stored, in round %d?", round)})
		who := somebody(t, server, "smw")
		if moderation != nil {
			moderation.kill()
		}
		books.send(t.Context(), who, e)
		for _, p := range victims {
			p.kill()
		}
		if !e.acked {
			t.Fatalf("not acknowledged: %v", books.faults)
		}
		for _, p := range victims {
			p.restart()
		}
		if moderation != nil {
			moderation.restart()
		}
	}
	books.compare(t, mod, true).clean(t)
}
