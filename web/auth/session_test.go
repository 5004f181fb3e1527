package auth

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

func TestJoinMakesASession(t *testing.T) {
	t.Parallel()
	store := newMemory()
	a, other := run(t, store), run(t, store)
	l, token := newLink(t, a, moderation.Moderator, "e")
	session, g := join(t, a, token, "")
	if session == token || len(session) != 52 {
		t.Errorf("session token %q, want 52 characters of its own", session)
	}
	if g.LinkID != l.ID || g.Event != "e" || g.Role != moderation.Moderator || g.Name != "Front desk" || g.Session == "" || isClosed(g.Revoked()) {
		t.Errorf("grant %+v, want the link's, valid", g)
	}
	eventually(t, "the session is known on the other process", func() bool { return knowsSession(other, session) })
	for _, a := range []*Access{a, other} {
		c, ok := a.BySession(t.Context(), session)
		got, has := c.For("e")
		if !ok || !has || got.Session != g.Session || got.Role != g.Role || c.Renewed || c.Expires.IsZero() {
			t.Errorf("caller %+v, want the grant, not renewed", c)
		}
		if knowsBearer(a, session) {
			t.Error("a session's token is a Bearer token")
		}
	}
	if _, again, _ := a.Join(t.Context(), token, ""); again.Session == g.Session {
		t.Error("two browsers that share a link share an id too")
	}
}

// Session fixation (CWE-384): whatever token a browser came with, it leaves with another one, and the old one is
// worth nothing on any process.
func TestJoinNeverKeepsAToken(t *testing.T) {
	t.Parallel()
	store := newMemory()
	a, other := run(t, store), run(t, store)
	_, chair := newLink(t, a, moderation.Chair, "e")
	_, moderator := newLink(t, a, moderation.Moderator, "e")
	_, third := newLink(t, a, moderation.Screen, "f")

	first, g1 := join(t, a, chair, newToken()) // of a session that never was
	eventually(t, "the session is known on the other process", func() bool { return knowsSession(other, first) })
	before, _ := other.BySession(t.Context(), first)

	second, g2 := join(t, a, moderator, first)
	eventually(t, "the second session is known on the other process", func() bool { return knowsSession(other, second) })
	last, g3 := join(t, a, third, second)
	eventually(t, "the last session is known on the other process", func() bool { return knowsSession(other, last) })
	for name, a := range map[string]*Access{"the same process": a, "another process": other} {
		if knowsSession(a, first) || knowsSession(a, second) {
			t.Errorf("an old token is still good on %s", name)
		}
		c, ok := a.BySession(t.Context(), last)
		if !ok || len(c.Grants) != 3 {
			t.Fatalf("%d grants on %s, want 3", len(c.Grants), name)
		}
		if best, _ := c.For("e"); best.Role != moderation.Moderator {
			t.Errorf("strongest in e is %s, want moderator", best.Role)
		}
		if best, _ := c.For("f"); best.Role != moderation.Screen {
			t.Errorf("strongest in f is %s, want screen", best.Role)
		}
	}
	if g1.Session != g2.Session || g2.Session != g3.Session {
		t.Errorf("ids %s %s %s, want one: the same person goes on", g1.Session, g2.Session, g3.Session)
	}
	for i, g := range []Grant{g1, g2, g3, before.Grants[0]} {
		if isClosed(g.Revoked()) {
			t.Errorf("grant %d went over into the new session, but its stream was closed", i)
		}
	}
	for key := range store.bodies() {
		if key == "session."+hashOf(first).String() || key == "session."+hashOf(second).String() {
			t.Errorf("%s is still stored", key)
		}
	}
	// And the streams that were opened under the old token still end with the link.
	if err := a.RevokeLink(t.Context(), "e", g1.LinkID); err != nil {
		t.Fatal(err)
	}
	if !isClosed(g1.Revoked()) || isClosed(g2.Revoked()) {
		t.Error("revoking the first link has to end its grant and no other")
	}
	eventually(t, "the stream on the other process ends", func() bool { return isClosed(before.Grants[0].Revoked()) })
	if !isClosed(before.Revoked()) {
		t.Error("the caller as a whole was not told")
	}
}

func TestJoinTwiceInOneBrowser(t *testing.T) {
	t.Parallel()
	store := newMemory()
	a := run(t, store)
	_, token := newLink(t, a, moderation.Moderator, "e", uses(1))
	first, g1 := join(t, a, token, "")
	second, g2 := join(t, a, token, first) // the last use is this browser's own
	if first == second || knowsSession(a, first) || isClosed(g1.Revoked()) || isClosed(g2.Revoked()) {
		t.Error("want a new token, and the old stream to stay open")
	}
	c, ok := a.BySession(t.Context(), second)
	if !ok || len(c.Grants) != 1 {
		t.Errorf("grants %v, want one", c.Grants)
	}
	if _, _, err := a.Join(t.Context(), token, ""); !errors.Is(err, moderation.ErrNotFound) {
		t.Errorf("another browser: %v, want not found", err)
	}
}

// A limited link joined again and again gives no more than the two weeks of its first use.
func TestJoiningAgainDoesNotProlong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := run(t, newMemory())
		_, token := newLink(t, a, moderation.Moderator, "e", uses(1))
		session, _ := join(t, a, token, "")
		began := time.Now()
		var g Grant
		again := func() {
			next, got, err := a.Join(t.Context(), token, session)
			if err != nil {
				t.Fatalf("after %v: %v", time.Since(began), err)
			}
			session, g = next, got
		}
		for time.Since(began) < SessionMost-6*time.Hour {
			time.Sleep(6 * time.Hour)
			again()
		}
		time.Sleep(SessionMost - 70*time.Second - time.Since(began))
		for range 3 { // each makes a session that is to end within the minute
			time.Sleep(21 * time.Second)
			again()
		}
		<-g.Revoked()
		if late := time.Since(began) - SessionMost; late < 0 || late > time.Second {
			t.Errorf("the stream was told %v after two weeks, want within 1 s", late)
		}
		if knowsSession(a, session) {
			t.Errorf("the session is good after %v", time.Since(began))
		}
		if _, _, err := a.Join(t.Context(), token, session); !errors.Is(err, moderation.ErrNotFound) {
			t.Errorf("Join after two weeks: %v, want not found", err)
		}
	})
}

func TestJoinGathersNoMoreThanItCanStore(t *testing.T) {
	t.Parallel()
	a := run(t, newMemory())
	session := ""
	var newest string
	for range maxGrants + 3 {
		l, token := newLink(t, a, moderation.Chair, "e")
		session, _ = join(t, a, token, session)
		newest = l.ID
	}
	c, _ := a.BySession(t.Context(), session)
	if len(c.Grants) != maxGrants || c.Grants[maxGrants-1].LinkID != newest {
		t.Errorf("%d grants, the newest %v, want %d with the last one joined", len(c.Grants), c.Grants[len(c.Grants)-1], maxGrants)
	}
}

func TestRevokingEndsEverythingOfTheLink(t *testing.T) {
	t.Parallel()
	store := newMemory()
	a, other := run(t, store), run(t, store)
	l, token := newLink(t, a, moderation.Moderator, "e")
	_, chair := newLink(t, a, moderation.Chair, "e")
	one, _ := join(t, a, token, "")
	eventually(t, "the links are known", func() bool { return knowsBearer(other, token) && knowsBearer(other, chair) })
	two, _ := join(t, other, chair, "")
	two, _ = join(t, other, token, two)
	eventually(t, "both sessions are known everywhere", func() bool {
		return knowsSession(a, two) && knowsSession(other, one) && knowsSession(a, one) && knowsSession(other, two)
	})
	type watched struct {
		caller Caller
		kept   bool // the caller has something left
	}
	var all []watched
	for _, a := range []*Access{a, other} {
		c1, _ := a.BySession(t.Context(), one)
		c2, _ := a.BySession(t.Context(), two)
		c3, _ := a.ByBearer(token)
		all = append(all, watched{c1, false}, watched{c2, true}, watched{c3, false})
	}
	if err := a.RevokeLink(t.Context(), "e", l.ID); err != nil {
		t.Fatal(err)
	}
	for i, w := range all {
		eventually(t, "the caller is told", func() bool { return isClosed(w.caller.Revoked()) })
		for _, g := range w.caller.Grants {
			if got, want := isClosed(g.Revoked()), g.LinkID == l.ID; got != want {
				t.Errorf("caller %d: grant %v closed is %v, want %v", i, g.Role, got, want)
			}
		}
	}
	for name, a := range map[string]*Access{"the same process": a, "another process": other} {
		if knowsSession(a, one) || knowsBearer(a, token) {
			t.Errorf("what stood on the link alone is still good on %s", name)
		}
		c, ok := a.BySession(t.Context(), two)
		if !ok || c.Can("e", moderation.Moderate) || !c.Can("e", moderation.RunStage) {
			t.Errorf("on %s the second browser has %v, want the chair's role alone", name, c.Grants)
		}
		if isClosed(c.Revoked()) {
			t.Errorf("on %s what is looked up after the revocation counts as revoked", name)
		}
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	store := newMemory()
	a, other := run(t, store), run(t, store)
	_, token := newLink(t, a, moderation.Moderator, "e")
	session, g := join(t, a, token, "")
	eventually(t, "the session is known on the other process", func() bool { return knowsSession(other, session) })
	c, _ := other.BySession(t.Context(), session)
	if err := a.SignOut(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	if knowsSession(a, session) || !isClosed(g.Revoked()) {
		t.Error("signed out, but the session is still good here")
	}
	eventually(t, "the other process closes its streams", func() bool { return isClosed(c.Revoked()) && isClosed(c.Grants[0].Revoked()) })
	if knowsSession(other, session) {
		t.Error("signed out, but the session is still good on the other process")
	}
	rev := store.seq
	for _, unknown := range []string{"", "x", newToken(), session} {
		if err := a.SignOut(t.Context(), unknown); err != nil {
			t.Errorf("SignOut of an unknown session: %v", err)
		}
	}
	if store.seq != rev {
		t.Error("signing out of sessions that never were writes to the store")
	}
}

// An older message that is still on its way brings nothing back that was deleted here.
func TestDeletedSessionStaysDeleted(t *testing.T) {
	t.Parallel()
	store := newMemory()
	a := run(t, store)
	_, token := newLink(t, a, moderation.Moderator, "e")
	session, _ := join(t, a, token, "")
	key := "session." + hashOf(session).String()
	body := store.bodies()[key]
	eventually(t, "the session has been followed", func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		return len(a.ahead) == 0
	})
	release := store.hold()
	renewedElsewhere, err := store.PutAccess(t.Context(), key, body, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.SignOut(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	if err := a.follow(key, body, renewedElsewhere); err != nil {
		t.Fatal(err)
	}
	if knowsSession(a, session) {
		t.Error("a renewal from before brought the session back")
	}
	release()
	eventually(t, "the deletion has been followed", func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		return len(a.ahead) == 0
	})
	if knowsSession(a, session) {
		t.Error("the session is back")
	}
}

// A write whose answer comes after the deletion of what it wrote has been followed brings nothing back either.
func TestLateAnswerToAWrite(t *testing.T) {
	t.Parallel()
	store := &lateAnswers{memory: newMemory()}
	a := run(t, store)
	_, token := newLink(t, a, moderation.Moderator, "e")
	store.after = func(key string) {
		if err := store.memory.DeleteAccess(t.Context(), key); err != nil {
			t.Error(err)
		}
		eventually(t, "the deletion has been followed", func() bool {
			a.mu.Lock()
			defer a.mu.Unlock()
			return a.position >= store.seq
		})
	}
	session, g, err := a.Join(t.Context(), token, "")
	if err != nil {
		t.Fatal(err)
	}
	if knowsSession(a, session) || !isClosed(g.Revoked()) {
		t.Error("the session was deleted before its making was answered, and is good")
	}
}

type lateAnswers struct {
	*memory
	after func(key string)
}

func (l *lateAnswers) PutAccess(ctx context.Context, key string, body []byte, expect *uint64) (uint64, error) {
	rev, err := l.memory.PutAccess(ctx, key, body, expect)
	if l.after != nil {
		l.after(key)
	}
	return rev, err
}

func TestSessionEndsWhenUnused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		a, other := run(t, store), run(t, store)
		_, token := newLink(t, a, moderation.Moderator, "e", expires(time.Hour))
		session, g := join(t, a, token, "")
		began := time.Now()
		synctest.Wait()
		watch, _ := other.BySession(t.Context(), session)

		time.Sleep(SessionIdle - time.Millisecond)
		if isClosed(g.Revoked()) || isClosed(watch.Revoked()) {
			t.Fatalf("ended after %v, want %v, whatever became of the link", time.Since(began), SessionIdle)
		}
		time.Sleep(time.Millisecond)
		if knowsSession(a, session) || knowsSession(other, session) {
			t.Errorf("still good after %v", time.Since(began))
		}
		<-g.Revoked()
		<-watch.Revoked()
		<-watch.Grants[0].Revoked()
		if late := time.Since(began) - SessionIdle; late > time.Second {
			t.Errorf("streams were told after %v, want within 1 s", late)
		}
	})
}

func TestSessionIsRenewedWhileUsed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		a, other := run(t, store), run(t, store)
		_, token := newLink(t, a, moderation.Moderator, "e")
		session, g := join(t, a, token, "")
		began := time.Now()
		synctest.Wait()
		watch, _ := other.BySession(t.Context(), session)
		before, renewals := store.written(), 0

		const step = 7 * time.Minute
		for time.Since(began)+step < SessionMost {
			time.Sleep(step)
			c, ok := a.BySession(t.Context(), session)
			if !ok {
				t.Fatalf("lost after %v of use", time.Since(began))
			}
			if c.Renewed {
				renewals++
			}
			if c.Expires.After(began.Add(SessionMost)) {
				t.Fatalf("expires %v after it began, want %v at most", c.Expires.Sub(began), SessionMost)
			}
			if isClosed(g.Revoked()) || isClosed(watch.Revoked()) {
				t.Fatalf("streams ended after %v of use", time.Since(began))
			}
		}
		hours := int(SessionMost / time.Hour)
		if got := store.written() - before; got != renewals || got > hours || got < hours*3/4 {
			t.Errorf("%d writes and %d renewals in %d hours, want about one an hour", got, renewals, hours)
		}
		time.Sleep(step)
		if knowsSession(a, session) || knowsSession(other, session) {
			t.Errorf("still good after %v", time.Since(began))
		}
		<-g.Revoked()
		<-watch.Revoked()
		if late := time.Since(began) - SessionMost; late > step+time.Second {
			t.Errorf("streams were told %v after the end", late)
		}
	})
}

// A session is used here and there; whichever process renews it, it is good on both, and ends on both at once.
func TestSessionIsRenewedFromSeveralProcesses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		all := []*Access{run(t, store), run(t, store)}
		_, token := newLink(t, all[0], moderation.Moderator, "e")
		session, _ := join(t, all[0], token, "")
		before := store.written()
		const rounds = 30
		for i := range rounds {
			time.Sleep(2 * time.Hour)
			for _, a := range []*Access{all[i%2], all[(i+1)%2]} { // both renew at once: one write is refused
				if !knowsSession(a, session) {
					t.Fatalf("round %d: the session is lost", i)
				}
				time.Sleep(time.Millisecond)
			}
		}
		time.Sleep(2 * time.Second)
		if got := store.written() - before; got != rounds {
			t.Errorf("%d writes in %d rounds, want one each", got, rounds)
		}
		release := store.hold() // once more, with a conflict
		time.Sleep(2 * time.Hour)
		for _, a := range all {
			if c, ok := a.BySession(t.Context(), session); !ok || !c.Renewed {
				t.Error("not renewed on each")
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(2 * time.Second)
		for _, a := range all {
			a.mu.Lock()
			for _, s := range a.sessions {
				if s.renewed {
					t.Error("a renewal is still to be stored")
				}
			}
			a.mu.Unlock()
		}
		release()
		synctest.Wait()
		c0, _ := all[0].BySession(t.Context(), session)
		c1, _ := all[1].BySession(t.Context(), session)
		if !c0.Expires.Equal(c1.Expires) {
			t.Errorf("one process has it end at %v, the other at %v", c0.Expires, c1.Expires)
		}
	})
}

// The store being away costs nobody the session: lookups go on, and what was renewed is stored later.
func TestRenewalWaitsForTheStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		a := run(t, store)
		_, token := newLink(t, a, moderation.Moderator, "e")
		session, _ := join(t, a, token, "")
		store.failing(func(string, bool) error { return moderation.ErrUnavailable })
		time.Sleep(11 * time.Hour)
		c, ok := a.BySession(t.Context(), session)
		if !ok || !c.Renewed {
			t.Fatalf("caller %v, renewed %v, want both while the store is away", ok, c.Renewed)
		}
		time.Sleep(5 * time.Hour)
		if !knowsSession(a, session) {
			t.Fatal("the session was lost while the store was away")
		}
		store.failing(nil)
		time.Sleep(time.Minute)
		restarted := run(t, store)
		if !knowsSession(restarted, session) {
			t.Error("the renewal was never stored")
		}
	})
}

func TestSessionsSurviveARestart(t *testing.T) {
	t.Parallel()
	store := newMemory()
	a, stop := runUntil(t, store)
	_, token := newLink(t, a, moderation.Moderator, "e")
	gone, goneToken := newLink(t, a, moderation.Chair, "e")
	session, _ := join(t, a, token, "")
	session, _ = join(t, a, goneToken, session)
	if err := a.RevokeLink(t.Context(), "e", gone.ID); err != nil {
		t.Fatal(err)
	}
	stop()
	a = run(t, store)
	c, ok := a.BySession(t.Context(), session)
	if !ok || len(c.Grants) != 1 || c.Grants[0].Role != moderation.Moderator || isClosed(c.Grants[0].Revoked()) || isClosed(c.Revoked()) {
		t.Errorf("after a restart %v, want the moderator's grant, valid", c.Grants)
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		a, other := run(t, store), run(t, store)
		_, kept := newLink(t, a, moderation.Moderator, "e", uses(9))
		_, dies := newLink(t, a, moderation.Moderator, "e", uses(2), expires(time.Hour))
		revoked, revokedToken := newLink(t, a, moderation.Chair, "e")
		long, _ := join(t, a, kept, "")
		short, _ := join(t, a, dies, "")
		join(t, a, revokedToken, "")
		if err := a.RevokeLink(t.Context(), "e", revoked.ID); err != nil {
			t.Fatal(err)
		}
		count := func(kind string) (n int) {
			for key := range store.bodies() {
				if len(key) > len(kind) && key[:len(kind)] == kind {
					n++
				}
			}
			return n
		}
		if count("session.") != 3 || count("link.") != 3 || count("use.") != 2 {
			t.Fatalf("stored %v", slices.Sorted(keysOf(store.bodies())))
		}
		time.Sleep(2 * time.Hour) // the revoked link's session goes with the first sweep
		if got := count("session."); got != 2 {
			t.Errorf("%d sessions, want the two with valid grants", got)
		}
		for range 13 * 24 { // both links are over, but a session may still stand on one
			time.Sleep(time.Hour)
			if !knowsSession(a, long) || !knowsSession(a, short) {
				t.Fatal("a session in use was swept")
			}
		}
		if count("session.") != 2 || count("link.") != 3 {
			t.Errorf("before two weeks: %v", slices.Sorted(keysOf(store.bodies())))
		}
		time.Sleep(4 * 24 * time.Hour)
		if count("session.") != 0 || count("link.") != 1 || count("use.") != 1 {
			t.Errorf("in the end: %v, want one link and its use", slices.Sorted(keysOf(store.bodies())))
		}
		synctest.Wait()
		for _, a := range []*Access{a, other} {
			if len(a.Links("e")) != 1 || len(a.sessions) != 0 || len(a.uses) != 1 || len(a.tokens) != 1 || len(a.ahead) != 0 {
				t.Errorf("in memory: %d links, %d sessions, uses of %d, %d tokens, %d ahead; want 1, 0, 1, 1, 0",
					len(a.Links("e")), len(a.sessions), len(a.uses), len(a.tokens), len(a.ahead))
			}
		}
	})
}

func TestSweepGoesOnAfterAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		a := run(t, store)
		_, token := newLink(t, a, moderation.Moderator, "e")
		join(t, a, token, "")
		join(t, a, token, "")
		time.Sleep(SessionIdle + sweepGrace/2)
		time.Sleep(sweepGrace/2 - time.Minute) // over, and not yet due
		time.Sleep(2 * time.Minute)
		first := true
		store.failing(func(string, bool) error {
			if first {
				first = false
				return moderation.ErrUnavailable
			}
			return nil
		})
		if err := a.Sweep(t.Context()); !errors.Is(err, moderation.ErrUnavailable) {
			t.Errorf("Sweep: %v, want unavailable", err)
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		if len(a.sessions) != 1 {
			t.Errorf("%d sessions left, want 1: the other was deleted all the same", len(a.sessions))
		}
	})
}

func keysOf(m map[string][]byte) iter.Seq[string] { return maps.Keys(m) }
