package simulator

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/openfloor/openfloor/ingest/fakenet"
)

func TestEqualSeedsMakeEqualScripts(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(Config) Script{"panel": Panel, "chat": Chat} {
		a, b, c := write(Config{Seed: 1, Tag: "#AskPanel"}), write(Config{Seed: 1, Tag: "AskPanel"}), write(Config{Seed: 2, Tag: "AskPanel"})
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s: equal seeds make different scripts", name)
		}
		if reflect.DeepEqual(a, c) {
			t.Errorf("%s: another seed makes the same script", name)
		}
	}
}

// Every script has to be playable: what a step refers to was posted before, on the same network.
func TestScriptsHoldTogether(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		for name, s := range map[string]Script{"panel": Panel(Config{Seed: seed, Tag: "AskPanel"}), "chat": Chat(Config{Seed: seed, Tag: "AskPanel"})} {
			posted := map[int]Step{}
			last := time.Duration(0)
			for i, step := range s.Steps {
				if step.At < last {
					t.Fatalf("%s %d: step %d is before the one before it", name, seed, i)
				}
				last = step.At
				if step.Deed == Post {
					if _, twice := posted[step.Ref]; twice || step.Ref == 0 {
						t.Fatalf("%s %d: step %d posts %d again", name, seed, i, step.Ref)
					}
					posted[step.Ref] = step
					if n := utf8.RuneCountInString(step.Text); n == 0 || n > 500 || strings.Contains(step.Text, "{") {
						t.Errorf("%s %d: %q", name, seed, step.Text)
					}
					if tagged := strings.Count(step.Text, "#AskPanel"); step.Network != Form && (tagged == 1) == step.Untagged || tagged > 1 {
						t.Errorf("%s %d: %q with %d tags, untagged: %t", name, seed, step.Text, tagged, step.Untagged)
					}
					if to, ok := posted[step.Reply]; step.Reply != 0 && (!ok || to.Network != step.Network) {
						t.Errorf("%s %d: post %d replies to %d, which is not there", name, seed, step.Ref, step.Reply)
					}
					continue
				}
				of, ok := posted[step.Ref]
				if !ok || of.Network != step.Network && step.Deed != Bridge {
					t.Errorf("%s %d: step %d (%s) refers to %d, which is not there", name, seed, i, step.Deed, step.Ref)
				}
			}
		}
	}
}

// The shares are those of the constants, within what chance allows.
func TestAChatHasTheUsualMess(t *testing.T) {
	t.Parallel()
	n := map[Deed]int{}
	answers, untagged, own, on := 0, 0, 0, map[Network]int{}
	for seed := range uint64(5) {
		for _, step := range Chat(Config{Seed: seed, Tag: "AskPanel"}).Steps {
			n[step.Deed]++
			if step.Deed == Post {
				own++
				on[step.Network]++
			}
			if step.Deed == Post && step.Sort == Answer {
				answers++
				if step.Untagged {
					untagged++
				}
			}
		}
	}
	within := func(what string, got, low, high float64) {
		t.Helper()
		if got < low || got > high {
			t.Errorf("%s: %.3f, want %.3f to %.3f", what, got, low, high)
		}
	}
	all := float64(n[Post] + n[Repost])
	within("posts and reposts of a chat", all/5, 1200, 1600)
	within("reposts", float64(n[Repost])/all, 0.2, 0.32)
	within("edits", float64(n[Edit])/all, 0.005, 0.015)
	within("deletions", float64(n[Delete])/all, 0.015, 0.03)
	within("bridged copies", float64(n[Bridge])/all, 0.005, 0.015)
	within("answers", float64(answers)/float64(own), 0.75, 0.9)
	within("untagged answers", float64(untagged)/float64(answers), 0.04, 0.12)
	for _, network := range []Network{X, Town, Village, Sky, Form} {
		within(string(network), float64(on[network])/float64(own), 0.05, 0.4)
	}
}

func TestAPanelIsDiverse(t *testing.T) {
	t.Parallel()
	all := ""
	for _, s := range Panel(Config{Seed: 1, Tag: "AskPanel"}).Steps {
		all += s.Text + " " + s.Lang + "\n"
	}
	for _, want := range []string{"07700 900142", "example.org ", "https://www.example.org/", " cy\n", " ur\n", "🐕", "FOLLOWERS"} {
		if !strings.Contains(all, want) {
			t.Errorf("nobody sends %q", want)
		}
	}
}

// What is played stands on the networks afterwards, at its time, and what was deleted does not.
func TestPlay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sent []string
		w := World{
			X: fakenet.NewX(fakenet.XConfig{}), Sky: fakenet.NewBluesky(fakenet.BlueskyConfig{}),
			Town: fakenet.New(fakenet.Config{Host: "town.example"}), Village: fakenet.New(fakenet.Config{Host: "village.example"}),
			TownHost: "town.example", VillageHost: "village.example",
			Form: func(_ context.Context, s Step) error { sent = append(sent, s.Text); return nil },
		}
		s := Chat(Config{Seed: 3, Tag: "AskPanel", Posts: 400})
		begun := time.Now()
		if err := w.Play(t.Context(), s, Options{Speed: 60}); err != nil {
			t.Fatal(err)
		}
		if took, want := time.Since(begun), s.Steps[len(s.Steps)-1].At/60; (took - want).Abs() > time.Second {
			t.Errorf("it took %v, want %v", took, want)
		}
		form := 0
		for ref, o := range s.Expected() {
			if o.Step.Network == Form {
				form++
				continue
			}
			if _, ok := w.ID(ref); !ok {
				t.Errorf("post %d was not posted", ref)
			}
		}
		if form == 0 || len(sent) != form {
			t.Errorf("%d by the form, want %d", len(sent), form)
		}
	})
}

// Whoever plays may hold the posts back, begin in the middle and stop.
func TestPlayWaitsBeginsAndStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, hold := 0, time.Now().Add(10*time.Minute)
		w := World{Form: func(context.Context, Step) error { n++; return nil }}
		s := Script{Length: time.Hour}
		for i := range 4 {
			s.Steps = append(s.Steps, Step{At: time.Duration(i) * time.Minute, Deed: Post, Network: Form, Ref: i + 1, Text: "x"})
		}
		begun := time.Now()
		if err := w.Play(t.Context(), s, Options{Begun: time.Minute, Ready: func() bool { return time.Now().After(hold) }}); err != nil || n != 4 {
			t.Fatalf("%d sent, %v", n, err)
		}
		// Two at once; the third waits until minute ten, the fourth a minute more.
		if took := time.Since(begun); (took - 11*time.Minute).Abs() > time.Second {
			t.Errorf("it took %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		if err := w.Play(ctx, s, Options{}); !errors.Is(err, context.DeadlineExceeded) || n != 6 {
			t.Errorf("%d sent, %v", n, err)
		}
		w.Form = func(context.Context, Step) error { return errors.ErrUnsupported }
		if err := w.Play(t.Context(), s, Options{}); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("a failing form: %v", err)
		}
	})
}
