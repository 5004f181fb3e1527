package auth

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

func TestCallerForAndCan(t *testing.T) {
	t.Parallel()
	grant := func(event string, role moderation.Role) Grant { return Grant{Event: event, Role: role} }
	tests := []struct {
		name   string
		caller Caller
		event  string
		best   moderation.Role // empty: none
		may    []moderation.Right
		mayNot []moderation.Right
	}{
		{"nobody", Caller{}, "e", "", nil, []moderation.Right{moderation.Read, moderation.Submit, moderation.Moderate}},
		{"screen", Caller{Grants: []Grant{grant("e", moderation.Screen)}}, "e", moderation.Screen,
			[]moderation.Right{moderation.Read}, []moderation.Right{moderation.RunStage, moderation.Submit, moderation.Moderate}},
		{"chair then moderator", Caller{Grants: []Grant{grant("e", moderation.Chair), grant("e", moderation.Moderator)}}, "e", moderation.Moderator,
			[]moderation.Right{moderation.Moderate, moderation.RunStage}, []moderation.Right{moderation.Organise}},
		{"moderator then chair", Caller{Grants: []Grant{grant("e", moderation.Moderator), grant("e", moderation.Chair)}}, "e", moderation.Moderator,
			[]moderation.Right{moderation.Moderate}, []moderation.Right{moderation.Organise}},
		{"another event", Caller{Grants: []Grant{grant("f", moderation.Organiser)}}, "e", "", nil, []moderation.Right{moderation.Read, moderation.Organise}},
		{"the stronger one elsewhere", Caller{Grants: []Grant{grant("f", moderation.Organiser), grant("e", moderation.Chair)}}, "e", moderation.Chair,
			[]moderation.Right{moderation.RunStage}, []moderation.Right{moderation.Moderate, moderation.Organise}},
		{"organiser of an event", Caller{Grants: []Grant{grant("e", moderation.Organiser)}}, "e", moderation.Organiser,
			[]moderation.Right{moderation.Organise, moderation.Moderate}, nil},
		{"organiser of an event, asked for the server", Caller{Grants: []Grant{grant("e", moderation.Organiser)}}, "", "", nil, []moderation.Right{moderation.Organise}},
		{"organiser of the server", Caller{Grants: []Grant{grant("e", moderation.Chair), grant("", moderation.Organiser)}}, "e", moderation.Organiser,
			[]moderation.Right{moderation.Organise}, nil},
		{"organiser of the server, asked for it", Caller{Grants: []Grant{grant("", moderation.Organiser)}}, "", moderation.Organiser,
			[]moderation.Right{moderation.Organise}, nil},
		{"a grant of nothing", Caller{Grants: []Grant{{}}}, "", "", nil, []moderation.Right{moderation.Read}},
		{"a moderator of no event", Caller{Grants: []Grant{grant("", moderation.Moderator)}}, "e", "", nil, []moderation.Right{moderation.Read}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g, ok := tt.caller.For(tt.event)
			if g.Role != tt.best || ok != (tt.best != "") {
				t.Errorf("For(%q) is %q, %v, want %q", tt.event, g.Role, ok, tt.best)
			}
			for _, r := range tt.may {
				if !tt.caller.Can(tt.event, r) {
					t.Errorf("may not %s, want it", r)
				}
			}
			for _, r := range tt.mayNot {
				if tt.caller.Can(tt.event, r) {
					t.Errorf("may %s, want not", r)
				}
			}
		})
	}
	if !isClosed(Caller{}.Revoked()) || !isClosed(Grant{}.Revoked()) {
		t.Error("what was never valid does not count as revoked")
	}
}

func TestServerToken(t *testing.T) {
	t.Parallel()
	store := newMemory()
	a, other := run(t, store), run(t, store)
	if knowsBearer(a, "") {
		t.Error("no token at all is the server token")
	}
	for _, bad := range []string{"", "two words", "new\nline", "ümlaut-ümlaut-ümlaut"} {
		if err := a.EnsureServerToken(t.Context(), bad); !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("EnsureServerToken(%q): %v, want invalid", bad, err)
		}
	}
	first, second := newToken(), newToken()
	for range 2 {
		if err := a.EnsureServerToken(t.Context(), first); err != nil {
			t.Fatal(err)
		}
	}
	if got := store.written(); got != 1 {
		t.Errorf("%d writes for the same token twice, want 1", got)
	}
	eventually(t, "the other process knows it", func() bool { return knowsBearer(other, first) })
	c, _ := other.ByBearer(first)
	if g, ok := c.For("any-event"); !ok || g.Role != moderation.Organiser || g.Event != "" || !c.Can("", moderation.Organise) || isClosed(c.Revoked()) {
		t.Errorf("the server token has %v, want organiser of everything", c.Grants)
	}
	if knowsSession(a, first) {
		t.Error("the server token is a session")
	}
	if err := a.EnsureServerToken(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	if knowsBearer(a, first) || !knowsBearer(a, second) {
		t.Error("want the new token in place of the old one")
	}
	eventually(t, "streams on the old token end", func() bool { return isClosed(c.Revoked()) })
	if restarted := run(t, store); !knowsBearer(restarted, second) || knowsBearer(restarted, first) {
		t.Error("after a restart it is not the second token alone")
	}
}

func TestBearerOfALink(t *testing.T) {
	t.Parallel()
	a := run(t, newMemory())
	l, token := newLink(t, a, moderation.Chair, "e", uses(1))
	for range 3 { // no use is counted
		c, ok := a.ByBearer(token)
		if g, has := c.For("e"); !ok || !has || g.Role != moderation.Chair || g.LinkID != l.ID || g.Session == "" {
			t.Fatalf("Bearer has %v, want the link's role", c.Grants)
		}
		if c.Can("f", moderation.RunStage) || c.Can("e", moderation.Moderate) || !c.Expires.IsZero() || c.Renewed {
			t.Errorf("Bearer %+v, want the link's event and role alone, and nothing of a session", c)
		}
	}
	join(t, a, token, "")
}

// Who cannot send the cookie again must not use its renewal up: nobody else would send it.
func TestLookDoesNotRenew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := run(t, newMemory())
		_, token := newLink(t, a, moderation.Moderator, "e")
		session, _ := join(t, a, token, "")
		time.Sleep(2 * renewEvery)
		looked, ok := a.Look(session)
		if !ok || looked.Renewed || !looked.Can("e", moderation.Moderate) {
			t.Fatalf("Look: %v, renewed %v, may moderate %v; want it known and not renewed", ok, looked.Renewed, looked.Can("e", moderation.Moderate))
		}
		used, ok := a.BySession(t.Context(), session)
		if !ok || !used.Renewed || !used.Expires.After(looked.Expires) {
			t.Errorf("BySession after it: %v, renewed %v", ok, used.Renewed)
		}
	})
}
