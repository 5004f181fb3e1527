package main_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openfloor/openfloor/ingest/fakenet"
)

// house is the program with its roles apart: five processes on one NATS server.
type house struct {
	t                        *testing.T
	nats                     *process
	ingest, display, web     *process
	moderation1, moderation2 *process
}

// openHouse makes the streams, once, and starts every role.
func openHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, nats: runNATS(t)}
	h.init()
	h.ingest = h.role("ingest", "ingest", "--allow-private-sources")
	h.moderation1 = h.role("moderation 1", "moderation")
	h.moderation2 = h.role("moderation 2", "moderation")
	h.display = h.role("display", "display")
	h.web = h.role("web", "web", "--limit-visitor", "0", "--limit-address", "0")
	return h
}

// init runs openfloor init, which serve does not do by the way.
func (h *house) init() {
	h.t.Helper()
	early := prepare(h.t, "too early", nil, "serve", "--roles", "moderation", "--nats", h.nats.url(), "--addr", "127.0.0.1:0")
	early.start()
	early.wantRefusal("openfloor init")
	made := prepare(h.t, "init", nil, "init", "--nats", h.nats.url(), "--replicas", "1")
	made.start()
	if code := made.exit(); code != 0 {
		h.t.Fatalf("openfloor init: exit code %d: %s", code, made.stderr.String())
	}
}

// role starts one process.
func (h *house) role(name, roles string, more ...string) *process {
	h.t.Helper()
	args := append([]string{"serve", "--roles", roles, "--nats", h.nats.url(), "--addr", freeAddr(h.t),
		"--data", filepath.Join(h.t.TempDir(), "data")}, more...)
	return run(h.t, name, organiserEnv, args...)
}

// processes are all of them, in the order in which they are killed.
func (h *house) processes() []*process {
	return []*process{h.ingest, h.moderation1, h.display, h.web, h.nats, h.moderation2}
}

// awaitAll waits until every process says that it can do its work, and makes sure that none has ended.
func (h *house) awaitAll() {
	h.t.Helper()
	for _, p := range h.processes() {
		if !p.alive() {
			h.t.Fatalf("%s has ended: %v", p.name, p.cmd.ProcessState)
		}
		if p == h.nats {
			continue
		}
		health := somebody(h.t, p, "")
		eventually(h.t, func() error {
			a, err := health.do(h.t.Context(), "GET", "/readyz", nil)
			if err == nil && a.status != http.StatusOK {
				err = fmt.Errorf("%s: status %d: %s", p.name, a.status, a.body)
			}
			return err
		})
	}
}

// TestRolesKilledInTurn runs the roles apart and kills each of them, and the NATS server, while people send and
// posts come from a network.
func TestRolesKilledInTurn(t *testing.T) {
	t.Parallel()
	rnd := seeded(t)
	network := fakenet.New(fakenet.Config{Limit: -1})
	base, wait, err := fakenet.Start(t.Context(), network.Handler(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := wait(); err != nil {
			t.Error(err)
		}
	})
	h := openHouse(t)
	const slug = "apart"
	makeEvent(t, h.web, slug, map[string]any{"hashtags": []string{"Apart"},
		"sources": []map[string]any{{"kind": "mastodon", "server": base, "enabled": true}}})
	mod := moderator(t, h.web, slug, "Front desk")
	books := newLedger(slug)
	publish := func(text string) {
		// What a network shows is there for good, so it counts as acknowledged.
		books.add(&entry{text: text + " #Apart", acked: true})
		network.Post(fakenet.Status{Text: text + " #Apart", Acct: "ana", Name: "Ana"})
	}
	victims := h.processes()
	// Each is killed at least once, and as often as the program itself is where that is more.
	kills := (*crashRounds + len(victims) - 1) / len(victims) * len(victims)
	for n := range kills {
		victim := victims[n%len(victims)]
		books.burst(t, h.web, fmt.Sprintf("Kill %d, of %s", n, victim.name), rnd, func() {
			victim.kill()
			publish(fmt.Sprintf("Posted at kill %d, of %s", n, victim.name))
			victim.restart()
		})
		h.awaitAll()
	}
	sum := books.compare(t, mod, true)
	sum.clean(t)
	fmt.Fprintf(t.Output(), "%d kills of %d processes in turn: %d acknowledged, %d lost, %d doubled\n", kills, len(victims), sum.acked, sum.lost, sum.doubled)
	if least := kills * 20; sum.acked < least {
		t.Errorf("only %d acknowledged, want at least %d", sum.acked, least)
	}
	for _, p := range []*process{h.web, h.display, h.moderation1, h.moderation2, h.ingest} {
		if code, took := p.stop(); code != 0 || took > 10*time.Second {
			t.Errorf("%s: exit code %d after %v, want 0 within 10 s", p.name, code, took)
		}
	}
}

// TestRolesDown takes away what the web process needs, and looks at what people get meanwhile.
func TestRolesDown(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	const slug = "down"
	makeEvent(t, h.web, slug, nil)
	mod := moderator(t, h.web, slug, "Front desk")
	ana := somebody(t, h.web, slug)
	books := newLedger(slug)
	books.send(t.Context(), ana, books.add(&entry{text: "Is everything there?"}))
	books.compare(t, mod, true).clean(t)
	before, err := mod.list(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first := before[0]
	public := follow(t, h.display, slug)
	public.await("snapshot", nil)

	// Without moderation what comes in is stored, and nothing can be decided.
	h.moderation1.kill()
	h.moderation2.kill()
	for n := range 5 {
		e := books.add(&entry{text: fmt.Sprintf("Does anybody read this, take %d?", n)})
		if books.send(t.Context(), ana, e); !e.acked {
			t.Errorf("not acknowledged while moderation is down: %v", books.faults)
		}
	}
	books.openReceipts(t, ana)
	a, err := mod.decide(t.Context(), first.ID, first.Rev, "approve")
	if err != nil {
		t.Fatal(err)
	}
	a.wantProblem(t, http.StatusServiceUnavailable, "unavailable")
	a.wantRetry(t)
	h.moderation1.restart()
	h.moderation2.restart()
	books.compare(t, mod, true).clean(t)
	a, err = mod.decide(t.Context(), first.ID, first.Rev, "approve")
	if err != nil || a.status != http.StatusOK {
		t.Fatalf("approve once moderation is back: %d, %v: %s", a.status, err, a.body)
	}
	public.await("item", func(m message) bool { return m.Item.ID == first.ID && m.Item.State == "approved" })

	// Without NATS nothing can be stored, which is said, and what was written stays on the page; reading goes on.
	h.nats.kill()
	const words = "Will these words be kept, every one of them?"
	var api, form answer
	var errAPI, errForm error
	var asking sync.WaitGroup // each waits for NATS as long as it may
	asking.Go(func() { api, errAPI = ana.do(t.Context(), "POST", "/submissions", map[string]string{"text": words}) })
	asking.Go(func() {
		form, errForm = ana.do(t.Context(), "POST", "/e/"+slug+"/submissions", url.Values{"text": {words}, "kind": {"story"}, "key": {"one-key"}})
	})
	for path, who := range map[string]*person{"/": ana, "/e/" + slug: ana, "/e/" + slug + "/screen": ana, "": ana, "/submissions": mod, "/stage": mod} {
		asking.Go(func() {
			got, err := who.do(t.Context(), "GET", path, nil)
			if err != nil || got.status != http.StatusOK {
				t.Errorf("without NATS, GET %s answers %d, %v: %.300s", path, got.status, err, got.body)
			}
			if strings.HasPrefix(path, "/e/") && !strings.Contains(string(got.body), slug) || path == "/e/"+slug && !strings.Contains(string(got.body), first.Text) {
				t.Errorf("without NATS, %s lacks what was approved before", path)
			}
		})
	}
	asking.Wait()
	if err := errors.Join(errAPI, errForm); err != nil {
		t.Fatal(err)
	}
	api.wantProblem(t, http.StatusServiceUnavailable, "unavailable")
	api.wantRetry(t)
	form.wantRetry(t)
	if page := string(form.body); form.status != http.StatusServiceUnavailable || !strings.Contains(page, words) || !strings.Contains(page, `value="one-key"`) {
		t.Errorf("the form comes back with status %d, want 503 with its words and its key: %.2000s", form.status, page)
	}
	for _, p := range []*process{h.web, h.display, h.moderation1, h.ingest} {
		if got, err := somebody(t, p, slug).do(t.Context(), "GET", "/readyz", nil); err != nil || got.status != http.StatusServiceUnavailable {
			t.Errorf("%s without NATS: /readyz says %d, %v, want 503", p.name, got.status, err)
		}
	}
	h.nats.restart()
	h.awaitAll()

	// It was sent twice and acknowledged neither time, so it may be there once by each way and no more.
	books.add(&entry{text: words})
	sent := ana.must(t, http.StatusSeeOther, "POST", "/e/"+slug+"/submissions", url.Values{"text": {words}, "kind": {"story"}, "key": {"one-key"}})
	if !strings.Contains(sent.header.Get("Location"), "/e/"+slug) {
		t.Errorf("sent again, the form goes to %q", sent.header.Get("Location"))
	}
	books.send(t.Context(), ana, books.add(&entry{text: "Is everything back?"}))
	eventually(t, func() error {
		list, err := mod.list(t.Context())
		if err != nil {
			return err
		}
		have := map[string]int{}
		for _, it := range list {
			have[it.Text]++
		}
		if have["Is everything back?"] != 1 || have[words] < 1 {
			return fmt.Errorf("the list lacks what was sent after NATS was back: %v", have)
		}
		if have[words] > 2 {
			t.Fatalf("%q is there %d times", words, have[words])
		}
		return nil
	})
	second := mod.find(t, "Is everything back?")
	if a, err = mod.decide(t.Context(), second.ID, second.Rev, "approve"); err != nil || a.status != http.StatusOK {
		t.Fatalf("approve once NATS is back: %d, %v: %s", a.status, err, a.body)
	}
	public.await("item", func(m message) bool { return m.Item.ID == second.ID })
	h.display.kill()
	h.display.restart()
	follow(t, h.display, slug).await("snapshot", func(m message) bool { return len(m.Items) == 2 })
}
