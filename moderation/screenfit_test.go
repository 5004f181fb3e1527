package moderation_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/openfloor/openfloor/moderation"
)

func TestFitsScreen(t *testing.T) {
	t.Parallel()
	words := strings.Repeat("word ", 60)
	for _, c := range []struct {
		name   string
		source moderation.Source
		text   string
		want   bool
	}{
		{"as long as X's own usual posts", moderation.FromX, words[:280], true},
		{"longer", moderation.FromX, words[:300], false},
		{"few words on many lines", moderation.FromX, "a\nb\nc\nd\ne\nf\ng", false},
		{"lines that wrap on a narrow screen", moderation.FromX, strings.Repeat(words[:45]+"\n", 4) + "a", false},
		{"as many wide letters as X takes", moderation.FromX, strings.Repeat("問", 140), true},
		{"more of them", moderation.FromX, strings.Repeat("問", 150), false},
		{"another network's may be cut", moderation.FromMastodon, strings.Repeat(words, 9), true},
		{"a short version in the host's words", moderation.FromDesk, words[:300], true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := (moderation.Submission{Source: c.source, Text: c.text}).FitsScreen(); got != c.want {
				t.Errorf("FitsScreen() = %v, want %v", got, c.want)
			}
		})
	}
}

// TestStageOnX: a post on X that the screen cannot show whole comes onto no stage, whichever way, and is not passed
// over either.
func TestStageOnX(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	take := func(key, text string) moderation.Submission {
		p := moderation.Post{Event: "smw", Source: moderation.FromX, Key: "x:" + key, Version: key, Text: text, Author: moderation.PostAuthor{Account: key}}
		if err := h.desk.Take(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		return h.act(h.stored(p.ID()), moderation.Approve, fiona)
	}
	long, short := take("1", strings.Repeat("too long ", 50)), take("2", "Who leads?")
	for name, req := range map[string]moderation.StageRequest{
		"now": {Now: &long.ID}, "next": {Next: &long.ID}, "take": {Take: true},
	} {
		req.Op, req.Event, req.By = name, "smw", fiona
		_, err := h.desk.SetStage(t.Context(), req)
		p, ok := errors.AsType[*moderation.Problem](err)
		if !ok || !errors.Is(err, moderation.ErrInvalid) || !strings.Contains(p.Error(), "short version") {
			t.Errorf("%s: got %v, want a refusal that says to make a short version", name, err)
		}
	}
	if st := h.record.Stage("smw"); st.Now != "" || st.Next != "" {
		t.Errorf("the stage has changed: %+v", st)
	}
	h.stage(moderation.StageRequest{Next: &short.ID})
	if st := h.stage(moderation.StageRequest{Take: true}); st.Now != short.ID {
		t.Errorf("now is %s, want the one that was lined up", st.Now)
	}
}
