package auth

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

func TestNewLinkRefuses(t *testing.T) {
	t.Parallel()
	a := run(t, newMemory())
	tests := []struct {
		name   string
		spec   LinkSpec
		fields []string
	}{
		{"no role", LinkSpec{Event: "e", Name: "n"}, []string{"role"}},
		{"a role nobody is invited to", LinkSpec{Event: "e", Role: moderation.Attendee, Name: "n"}, []string{"role"}},
		{"a machine's role", LinkSpec{Event: "e", Role: moderation.RoleSource, Name: "n"}, []string{"role"}},
		{"a moderator of everything", LinkSpec{Role: moderation.Moderator, Name: "n"}, []string{"event"}},
		{"no name", LinkSpec{Event: "e", Role: moderation.Chair}, []string{"name"}},
		{"blank name", LinkSpec{Event: "e", Role: moderation.Chair, Name: " \t "}, []string{"name"}},
		{"invisible name", LinkSpec{Event: "e", Role: moderation.Chair, Name: "\u200d"}, []string{"name"}},
		{"name of 81", LinkSpec{Event: "e", Role: moderation.Chair, Name: strings.Repeat("é", 81)}, []string{"name"}},
		{"name that turns text round", LinkSpec{Event: "e", Role: moderation.Chair, Name: "a\u202eb"}, []string{"name"}},
		{"name of broken text", LinkSpec{Event: "e", Role: moderation.Chair, Name: "a\xff"}, []string{"name"}},
		{"name of two lines", LinkSpec{Event: "e", Role: moderation.Chair, Name: "a\nb"}, []string{"name"}},
		{"no uses", LinkSpec{Event: "e", Role: moderation.Chair, Name: "n", Uses: new(0)}, []string{"uses"}},
		{"too many uses", LinkSpec{Event: "e", Role: moderation.Chair, Name: "n", Uses: new(10001)}, []string{"uses"}},
		{"expired", LinkSpec{Event: "e", Role: moderation.Chair, Name: "n", Expires: new(time.Now().Add(-time.Second))}, []string{"expires"}},
		{"everything", LinkSpec{Uses: new(-1), Expires: new(time.Time{})}, []string{"role", "name", "uses", "expires"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, token, err := a.NewLink(t.Context(), tt.spec)
			p, ok := errors.AsType[*moderation.Problem](err)
			if !ok || !errors.Is(err, moderation.ErrInvalid) || token != "" {
				t.Fatalf("NewLink gave token %q and %v, want none and an invalid problem", token, err)
			}
			var got []string
			for _, f := range p.Fields {
				got = append(got, f.Field)
				if f.Detail == "" {
					t.Errorf("field %s has no words", f.Field)
				}
			}
			if !slices.Equal(got, tt.fields) {
				t.Errorf("fields %v, want %v", got, tt.fields)
			}
		})
	}
}

func TestNewLinkTakes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		spec LinkSpec
		want string // name of the link
	}{
		{"moderator", LinkSpec{Event: "e", Role: moderation.Moderator, Name: "Front desk"}, "Front desk"},
		{"organiser of one event", LinkSpec{Event: "e", Role: moderation.Organiser, Name: "A"}, "A"},
		{"organiser of everything", LinkSpec{Role: moderation.Organiser, Name: "A"}, "A"},
		{"spaces around", LinkSpec{Event: "e", Role: moderation.Screen, Name: "  Hall 1 "}, "Hall 1"},
		{"80 characters", LinkSpec{Event: "e", Role: moderation.Chair, Name: strings.Repeat("é", 80)}, strings.Repeat("é", 80)},
		{"a joined emoji", LinkSpec{Event: "e", Role: moderation.Chair, Name: "👩\u200d💻 desk"}, "👩\u200d💻 desk"},
		{"most uses", LinkSpec{Event: "e", Role: moderation.Chair, Name: "A", Uses: new(10000)}, "A"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := run(t, newMemory())
			l, token, err := a.NewLink(t.Context(), tt.spec)
			if err != nil {
				t.Fatal(err)
			}
			if l.Name != tt.want || l.Role != tt.spec.Role || l.Event != tt.spec.Event || len(l.ID) != 26 || l.CreatedAt.IsZero() {
				t.Errorf("link %+v, want name %q and what was asked for", l, tt.want)
			}
			if len(token) != 52 {
				t.Errorf("token of %d characters, want 52", len(token))
			}
			got, err := a.Peek(token)
			if err != nil || got.ID != l.ID {
				t.Errorf("Peek gave %+v, %v, want the link", got, err)
			}
		})
	}
}

func TestLinksAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := run(t, newMemory())
		var want []string
		for range 3 {
			l, _ := newLink(t, a, moderation.Moderator, "e", uses(2))
			want = append([]string{l.ID}, want...)
			time.Sleep(time.Second)
		}
		newLink(t, a, moderation.Moderator, "another")
		server, _ := newLink(t, a, moderation.Organiser, "")

		links := a.Links("e")
		var got []string
		for _, l := range links {
			got = append(got, l.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("links of e %v, want %v", got, want)
		}
		if all := a.Links(""); len(all) != 1 || all[0].ID != server.ID {
			t.Errorf("links of the server %v, want %s alone", all, server.ID)
		}
		if none := a.Links("unknown"); none == nil || len(none) != 0 {
			t.Errorf("links of an unknown event %#v, want an empty list", none)
		}
		*links[0].Uses = 99
		if *a.Links("e")[0].Uses != 2 {
			t.Error("a caller changed the link itself")
		}
		if err := a.RevokeLink(t.Context(), "e", want[1]); err != nil {
			t.Fatal(err)
		}
		if got := a.Links("e")[1]; got.RevokedAt == nil || !got.RevokedAt.Equal(time.Now()) {
			t.Errorf("revoked at %v, want now", got.RevokedAt)
		}
	})
}

// Every way in which a link can be of no use, to those who look, join and come with it as a Bearer token.
func TestLinksOfNoUse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spec  func(*LinkSpec)
		spoil func(t *testing.T, a *Access, l Link, token string)
		words string
	}{
		{"revoked", uses(5), func(t *testing.T, a *Access, l Link, _ string) {
			if err := a.RevokeLink(t.Context(), l.Event, l.ID); err != nil {
				t.Fatal(err)
			}
		}, "revoked"},
		{"expired", expires(time.Hour), func(*testing.T, *Access, Link, string) { time.Sleep(time.Hour) }, "expired"},
		{"used up", uses(1), func(t *testing.T, a *Access, _ Link, token string) { join(t, a, token, "") }, "used"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := newMemory()
				a, other := run(t, store), run(t, store)
				l, token := newLink(t, a, moderation.Moderator, "e", tt.spec)
				synctest.Wait()
				bearer, ok := other.ByBearer(token)
				if !ok || isClosed(bearer.Revoked()) {
					t.Fatal("the link is of no use from the beginning")
				}
				tt.spoil(t, a, l, token)
				time.Sleep(time.Second) // streams are closed within that
				for who, a := range map[string]*Access{"the same process": a, "another process": other} {
					_, peek := a.Peek(token)
					_, _, err := a.Join(t.Context(), token, "")
					for what, err := range map[string]error{"Peek": peek, "Join": err} {
						p, ok := errors.AsType[*moderation.Problem](err)
						if !ok || !errors.Is(err, moderation.ErrNotFound) || !strings.Contains(p.Detail, tt.words) {
							t.Errorf("%s on %s: %v, want not found, with the word %s", what, who, err, tt.words)
						}
					}
					if knowsBearer(a, token) {
						t.Errorf("still a Bearer token on %s", who)
					}
				}
				if !isClosed(bearer.Revoked()) || !isClosed(bearer.Grants[0].Revoked()) {
					t.Error("a stream open with it as a Bearer token was not told")
				}
			})
		})
	}
	t.Run("unknown", func(t *testing.T) {
		t.Parallel()
		a := run(t, newMemory())
		for _, token := range []string{"", "x", newToken()} {
			_, peek := a.Peek(token)
			_, _, err := a.Join(t.Context(), token, "")
			if !errors.Is(peek, moderation.ErrNotFound) || !errors.Is(err, moderation.ErrNotFound) || knowsBearer(a, token) {
				t.Errorf("%q: Peek %v, Join %v, want not found", token, peek, err)
			}
		}
	})
}

// Streams are told within a second of an end, however their process learned of it. Each case is the only thing that
// happens, so that nothing else makes the process look.
func TestStreamsAreToldInTime(t *testing.T) {
	t.Parallel()
	const in = 20 * time.Second
	write := func(t *testing.T, store *memory, key string, v any) {
		t.Helper()
		body, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.PutAccess(t.Context(), key, body, nil); err != nil {
			t.Fatal(err)
		}
	}
	hash := hashOf("token")
	link := func(expires, revoked *time.Time, uses *int) linkBody {
		return linkBody{1, "abc", hash, "e", moderation.Moderator, "n", uses, expires, time.Now(), revoked}
	}
	session := func(lasts time.Duration) sessionBody { // its last days: it is renewed no more
		until := time.Now().Add(lasts)
		return sessionBody{1, "x", []grantBody{{"abc", time.Now()}}, until.Add(-SessionMost), until, nil}
	}
	byBearer := func(a *Access) (Caller, bool) { return a.ByBearer("token") }
	bySession := func(a *Access) (Caller, bool) { return a.BySession(context.Background(), "token") }
	linkKey, sessionKey := "link.abc", "session."+hash.String()
	tests := []struct {
		name  string
		first func(t *testing.T, s *memory) // before the process starts
		then  func(t *testing.T, s *memory) // a little later
		by    func(a *Access) (Caller, bool)
		end   func(t *testing.T, s *memory) // what ends it; nil: the clock
	}{
		{
			name:  "a link known from the start expires",
			first: func(t *testing.T, s *memory) { write(t, s, linkKey, link(new(time.Now().Add(in)), nil, nil)) },
			by:    byBearer,
		},
		{
			name: "a new link expires",
			then: func(t *testing.T, s *memory) { write(t, s, linkKey, link(new(time.Now().Add(in)), nil, nil)) },
			by:   byBearer,
		},
		{
			name:  "a new session expires",
			first: func(t *testing.T, s *memory) { write(t, s, linkKey, link(nil, nil, nil)) },
			then:  func(t *testing.T, s *memory) { write(t, s, sessionKey, session(in)) },
			by:    bySession,
		},
		{
			name:  "a link is used up elsewhere",
			first: func(t *testing.T, s *memory) { write(t, s, linkKey, link(nil, nil, new(1))) },
			by:    byBearer,
			end:   func(t *testing.T, s *memory) { write(t, s, useKey("abc", 1), useBody{1, time.Now()}) },
		},
		{
			name:  "a link is revoked elsewhere",
			first: func(t *testing.T, s *memory) { write(t, s, linkKey, link(nil, nil, nil)) },
			by:    byBearer,
			end:   func(t *testing.T, s *memory) { write(t, s, linkKey, link(nil, new(time.Now()), nil)) },
		},
		{
			name:  "a link is deleted elsewhere",
			first: func(t *testing.T, s *memory) { write(t, s, linkKey, link(nil, nil, nil)) },
			by:    byBearer,
			end:   func(t *testing.T, s *memory) { _ = s.DeleteAccess(t.Context(), linkKey) },
		},
		{
			name: "a session's link is deleted elsewhere",
			first: func(t *testing.T, s *memory) {
				write(t, s, linkKey, link(nil, nil, nil))
				write(t, s, sessionKey, session(SessionIdle))
			},
			by:  bySession,
			end: func(t *testing.T, s *memory) { _ = s.DeleteAccess(t.Context(), linkKey) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := newMemory()
				if tt.first != nil {
					tt.first(t, store)
				}
				began := time.Now()
				a := run(t, store)
				synctest.Wait()
				if tt.then != nil {
					time.Sleep(time.Second)
					began = time.Now()
					tt.then(t, store)
					synctest.Wait()
				}
				c, ok := tt.by(a)
				if !ok {
					t.Fatal("no caller")
				}
				if tt.end != nil {
					time.Sleep(in)
					if isClosed(c.Revoked()) {
						t.Error("told before the end")
					}
					tt.end(t, store)
				}
				<-c.Revoked()
				<-c.Grants[0].Revoked()
				if took := time.Since(began) - in; took < 0 || took > time.Second {
					t.Errorf("told %v after the end, want within 1 s", took)
				}
			})
		})
	}
}

// A use that was given back makes a link good again for those who come with it.
func TestUseGivenBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		a := run(t, store)
		l, token := newLink(t, a, moderation.Moderator, "e", uses(1))
		if _, err := store.PutAccess(t.Context(), useKey(l.ID, 1), []byte(`{"v":1}`), nil); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if knowsBearer(a, token) {
			t.Fatal("used up, and of use")
		}
		if err := store.DeleteAccess(t.Context(), useKey(l.ID, 1)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if c, ok := a.ByBearer(token); !ok || isClosed(c.Revoked()) {
			t.Error("the use was given back, and the link is of no use")
		}
	})
}

// The backlog may hold what ends soon, and nobody looked while it was being read.
func TestCaughtUpLooksAtOnce(t *testing.T) {
	t.Parallel()
	a := New(newMemory(), Config{})
	a.caughtUp()
	if len(a.nudge) != 1 {
		t.Error("nobody looks what has ended when the backlog is through")
	}
}

func TestRevokeLinkOfAnotherEvent(t *testing.T) {
	t.Parallel()
	store := newMemory()
	a := run(t, store)
	l, token := newLink(t, a, moderation.Moderator, "e")
	before := store.written()
	for _, ask := range [][2]string{{"another", l.ID}, {"", l.ID}, {"e", "unknown"}} {
		if err := a.RevokeLink(t.Context(), ask[0], ask[1]); err != nil {
			t.Errorf("RevokeLink%q: %v, want nil", ask, err)
		}
	}
	if _, err := a.Peek(token); err != nil || store.written() != before {
		t.Errorf("after revoking others: Peek %v, %d writes, want no change", err, store.written()-before)
	}
	for range 2 {
		if err := a.RevokeLink(t.Context(), "e", l.ID); err != nil {
			t.Error(err)
		}
	}
	if got := store.written() - before; got != 1 {
		t.Errorf("%d writes for revoking twice, want 1", got)
	}
}

// However many join at once, on however many processes, however late those hear of each other: no more than uses.
func TestLimitedUsesAreNeverExceeded(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		t.Run(map[bool]string{false: "following", true: "late"}[late], func(t *testing.T) {
			t.Parallel()
			const limit, racers = 5, 40
			store := newMemory()
			all := []*Access{run(t, store), run(t, store), run(t, store)}
			_, token := newLink(t, all[0], moderation.Moderator, "e", uses(limit))
			for _, a := range all {
				eventually(t, "the link is known", func() bool { return knowsBearer(a, token) })
			}
			if late {
				defer store.hold()()
			}
			var won, lost atomic.Int32
			var wg sync.WaitGroup
			for i := range racers {
				wg.Go(func() {
					switch s, _, err := all[i%len(all)].Join(t.Context(), token, ""); {
					case err == nil && knowsSession(all[i%len(all)], s):
						won.Add(1)
					case errors.Is(err, moderation.ErrNotFound):
						lost.Add(1)
					default:
						t.Errorf("Join: %v", err)
					}
				})
			}
			wg.Wait()
			if won.Load() != limit || lost.Load() != racers-limit {
				t.Errorf("%d joined and %d were refused, want %d and %d", won.Load(), lost.Load(), limit, racers-limit)
			}
		})
	}
}

func TestUsedIsCounted(t *testing.T) {
	t.Parallel()
	a := run(t, newMemory())
	l, token := newLink(t, a, moderation.Chair, "e", uses(3))
	_, free := newLink(t, a, moderation.Chair, "e")
	for want := range 3 {
		if got, err := a.Peek(token); err != nil || got.Used != want {
			t.Errorf("used %d, %v, want %d", got.Used, err, want)
		}
		join(t, a, token, "")
		join(t, a, free, "")
	}
	for _, got := range a.Links("e") {
		if want := map[bool]int{true: 3, false: 0}[got.ID == l.ID]; got.Used != want {
			t.Errorf("link with limit %v was used %d times, want %d", got.Uses, got.Used, want)
		}
	}
}

// A join that fails after taking the last use gives it back: nobody got in by it.
func TestFailedJoinGivesItsUseBack(t *testing.T) {
	t.Parallel()
	store := newMemory()
	a, other := run(t, store), run(t, store)
	_, token := newLink(t, a, moderation.Moderator, "e", uses(1))
	store.failing(func(key string, deletion bool) error {
		if strings.HasPrefix(key, "session.") {
			return moderation.ErrUnavailable
		}
		return nil
	})
	if _, _, err := a.Join(t.Context(), token, ""); !errors.Is(err, moderation.ErrUnavailable) {
		t.Fatalf("Join: %v, want unavailable", err)
	}
	store.failing(nil)
	eventually(t, "the link is of use again on the other process", func() bool {
		c, ok := other.ByBearer(token)
		return ok && !isClosed(c.Revoked())
	})
	join(t, other, token, "")
}
