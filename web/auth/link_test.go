package auth

import (
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

// A stream open with a link as its Bearer token is told within a second, whoever learns of the end and how.
func TestBearersAreToldInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		a := run(t, store)
		time.Sleep(5 * time.Second)
		_, token := newLink(t, a, moderation.Moderator, "e", expires(20*time.Second))
		late := run(t, store) // knows it from the backlog
		used, usedToken := newLink(t, a, moderation.Moderator, "e", uses(1))
		synctest.Wait()
		made := time.Now()
		c1, _ := a.ByBearer(token)
		c2, _ := late.ByBearer(token)
		c3, _ := late.ByBearer(usedToken)

		time.Sleep(3 * time.Second)
		if _, err := store.PutAccess(t.Context(), useKey(used.ID, 1), []byte(`{"v":1}`), nil); err != nil {
			t.Fatal(err)
		}
		<-c3.Revoked()
		if took := time.Since(made) - 3*time.Second; took > time.Second {
			t.Errorf("told %v after it was used up elsewhere", took)
		}
		if err := store.DeleteAccess(t.Context(), useKey(used.ID, 1)); err != nil { // that join failed
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if c, ok := late.ByBearer(usedToken); !ok || isClosed(c.Revoked()) {
			t.Error("the use was given back, and the link is of no use")
		}
		<-c1.Revoked()
		<-c2.Revoked()
		if took := time.Since(made) - 20*time.Second; took < 0 || took > time.Second {
			t.Errorf("told %v after it had expired", took)
		}
	})
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
