package moderation_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/openfloor/openfloor/moderation"
)

// named is a post by an account with a name and a handle.
func (h *hall) named(key, account, name, handle string) moderation.Submission {
	h.t.Helper()
	p := moderation.Post{Event: "smw", Source: moderation.FromMastodon, Key: key, Version: "1", Text: "Why?", PostedAt: h.now,
		Author: moderation.PostAuthor{Account: account, Name: name, Handle: handle}}
	if err := h.desk.Take(h.t.Context(), p); err != nil {
		h.t.Fatal(err)
	}
	return h.stored(p.ID())
}

// pretends reports whether s has a flag about the name of its author.
func pretends(s moderation.Submission) bool {
	for _, f := range s.Flags {
		if f.Kind == moderation.FlagUnicode && f.Span == [2]int{} {
			return true
		}
	}
	return false
}

func TestDeskFlagsNamesThatPretend(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	elin := h.named("1", "elin", "Elin Owen", "@elin@social.example")
	if pretends(elin) || pretends(h.named("2", "x", "E1in Owen", "@e1in@social.example")) {
		t.Error("a name is flagged while nobody of that look is on the board")
	}
	elin = h.act(elin, moderation.Approve, priti)
	tests := []struct {
		name, account, is, handle string

		want bool
	}{
		{name: "a 1 for an l", account: "x", is: "E1in Owen", want: true},
		{name: "Greek capital", account: "y", is: "Elin Οwen", want: true},
		{name: "the handle", account: "z", is: "Somebody", handle: "@eIin@social.example", want: true},
		{name: "the same name", account: "v", is: "Elin Owen"},
		{name: "her own other way to write it", account: "elin", is: "E1in Owen"},
		{name: "another name", account: "w", is: "Eilin Owens"},
		{name: "two alphabets in one word, like nobody's", account: "u", is: "Саrуs Puw", want: true},
		{name: "no name", account: "s"},
	}
	for _, tt := range tests {
		if got := pretends(h.named("3"+tt.name, tt.account, tt.is, tt.handle)); got != tt.want {
			t.Errorf("%s: flagged %v, want %v", tt.name, got, tt.want)
		}
	}

	elin = h.act(elin, moderation.Reject, callum)
	if pretends(h.named("4", "x", "E1in Owen", "")) {
		t.Error("flagged by the name of somebody who is no longer on the board")
	}
	h.act(elin, moderation.Restore, callum)
	if pretends(h.named("5", "x", "E1in Owen", "")) {
		t.Error("flagged by the name of somebody who is not on the board again yet")
	}
}

func TestDeskFlagsWhatNamesSay(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	tests := []struct{ name, handle, want string }{
		{"Ana Smith", "@ana@social.example", ""},
		{"ana.smith@calder.example", "", "email: in the name: an e-mail address"},
		{"Ana 07700 900142", "", "phone: in the name: a phone number"},
		{"Wanker of Westmere", "@wanker@social.example", "profanity: in the name: Wanker profanity: in the name: wanker"},
		{"Dick from Scunthorpe", "@dick@social.example", ""},
		{"Pam nad oes neb yn ateb y ffôn", "", ""},
	}
	for i, tt := range tests {
		var got []string
		for _, f := range h.named(tt.name, "account "+strconv.Itoa(i), tt.name, tt.handle).Flags {
			if f.Span != [2]int{} {
				t.Errorf("%s: a flag of the name marks the text: %+v", tt.name, f)
			}
			got = append(got, f.Kind+": "+f.Detail)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: flags %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestFlagsKnowTheEvent(t *testing.T) {
	t.Parallel()
	kinds := func(ev moderation.Event, text string) (got string) {
		for _, f := range moderation.FlagText(ev, text) {
			got += f.Kind + " "
		}
		return got
	}
	const welsh = "Pam nad yw'r cyngor yn ateb llythyrau yn Gymraeg?"
	if got := kinds(moderation.Event{Languages: []string{"en"}}, welsh); got != "language " {
		t.Errorf("Welsh in an event in English: %q", got)
	}
	if got := kinds(moderation.Event{Languages: []string{"cy", "en"}}, welsh); got != "" {
		t.Errorf("Welsh in an event in Welsh: %q", got)
	}
	const paris = "Appelez le 01 99 00 12 34"
	if got := kinds(moderation.Event{Languages: []string{"en", "fr"}, Zone: "Europe/Paris"}, paris); got != "phone " {
		t.Errorf("a French number in Paris: %q", got)
	}
	// The detectors speak of what they found in words for people.
	flags := moderation.FlagText(moderation.Event{}, "👋 Ring 07700 900142")
	want := moderation.Flag{Kind: moderation.FlagPhone, Detail: "a phone number", Span: [2]int{7, 19}}
	if len(flags) != 1 || flags[0] != want {
		t.Errorf("flags %+v, want %+v", flags, want)
	}
}
