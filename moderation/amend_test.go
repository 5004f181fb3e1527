package moderation

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestApplyEdit(t *testing.T) {
	t.Parallel()
	phone := []Flag{{Kind: FlagPhone, Span: [2]int{8, 20}}}
	edit := func(s Submission, text string, flags ...Flag) Submission {
		t.Helper()
		n, err := s.Apply(Action{Name: Edit, Text: text, Flags: flags})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	s := Submission{State: Approved, Text: "Call me 07700 900142", Flags: phone, Source: FromForm}
	once := edit(s, "Call me")
	if once.Text != "Call me" || once.Original != s.Text || once.Flags != nil || once.State != Approved {
		t.Errorf("edited: %q, originally %q, flags %v, %s", once.Text, once.Original, once.Flags, once.State)
	}
	if twice := edit(once, "Call"); twice.Original != s.Text {
		t.Errorf("edited twice, the original is %q, want what was sent", twice.Original)
	}
	if back := edit(once, s.Text, phone...); back.Original != "" || len(back.Flags) != 1 {
		t.Errorf("edited back: original %q, flags %v; want none, and one", back.Original, back.Flags)
	}
	if _, err := s.Apply(Action{Name: Edit, Text: s.Text}); !errors.Is(err, ErrNothing) {
		t.Errorf("the same text: %v, want that nothing changes", err)
	}
	s.Source = FromX
	if _, err := s.Apply(Action{Name: Edit, Text: "Call me"}); !errors.Is(err, ErrState) {
		t.Errorf("a post from X: %v, want a wrong state", err)
	}
}

// What a moderator tagged stays when the post is edited on its network.
func TestApplyTags(t *testing.T) {
	t.Parallel()
	s := Submission{State: Pending, Tags: []string{"WhoLeads"}}
	tests := []struct {
		name        string
		add, remove []string
		want        []string // nil: nothing changes
	}{
		{"added", []string{"housing"}, nil, []string{"WhoLeads", "housing"}},
		{"there already", []string{"wholeads"}, nil, nil},
		{"not there", nil, []string{"housing"}, nil},
		{"removed, however it is written", nil, []string{"WHOLEADS"}, []string{}},
		{"replaced", []string{"housing"}, []string{"WhoLeads"}, []string{"housing"}},
		{"neither", nil, nil, nil},
	}
	for _, tt := range tests {
		got, err := s.Apply(Action{Name: TagIt, Add: tt.add, Remove: tt.remove})
		if tt.want == nil {
			if !errors.Is(err, ErrNothing) {
				t.Errorf("%s: %q, %v; want that nothing changes", tt.name, got.Tags, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got.Tags, tt.want) {
			t.Errorf("%s: %q, %v; want %q", tt.name, got.Tags, err, tt.want)
		}
	}
	tagged, err := s.Apply(Action{Name: TagIt, Add: []string{"housing"}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := tagged.Apply(Action{Name: Revised, Post: &Post{Text: "new", Version: "2", Tags: []string{"WhoLeads", "news"}}})
	if want := []string{"WhoLeads", "housing", "news"}; err != nil || !slices.Equal(got.Tags, want) {
		t.Errorf("edited on its network: %q, %v; want %q", got.Tags, err, want)
	}
	full := Submission{State: Pending, Tags: slices.Repeat([]string{"x"}, maxTags)}
	if _, err := full.Apply(Action{Name: TagIt, Add: []string{"one more"}}); !errors.Is(err, ErrInvalid) {
		t.Errorf("too many: %v, want ErrInvalid", err)
	}
}

func TestChecked(t *testing.T) {
	t.Parallel()
	ev := Event{MaxLength: 20}
	long := Submission{Text: strings.Repeat("a", 30)}
	tests := []struct {
		name  string
		req   ActRequest
		cur   Submission
		field string // the bad one; empty: it is in order
	}{
		{"edit", ActRequest{Action: Edit, Text: "Why?"}, long, ""},
		{"edit to nothing", ActRequest{Action: Edit, Text: " \u200b\n"}, long, "text"},
		{"edit as long as it was", ActRequest{Action: Edit, Text: strings.Repeat("b", 30)}, long, ""},
		{"edit longer than it was", ActRequest{Action: Edit, Text: strings.Repeat("b", 31)}, long, "text"},
		{"edit longer than the event allows", ActRequest{Action: Edit, Text: strings.Repeat("b", 21)}, Submission{Text: "b"}, "text"},
		{"no note", ActRequest{Action: NoteIt}, long, ""},
		{"long note", ActRequest{Action: NoteIt, Text: strings.Repeat("a", maxNote+1)}, long, "text"},
		{"long reason", ActRequest{Action: Reject, Reason: strings.Repeat("a", maxWhy+1)}, long, "reason"},
		{"kind", ActRequest{Action: SetKind, Kind: Story}, long, ""},
		{"no kind", ActRequest{Action: SetKind}, long, "kind"},
		{"unknown kind", ActRequest{Action: SetKind, Kind: "rant"}, long, "kind"},
		{"tags", ActRequest{Action: TagIt, Add: []string{"#Housing", "housing"}, Remove: []string{"rents"}}, long, ""},
		{"a tag of nothing", ActRequest{Action: TagIt, Add: []string{"# "}}, long, "add"},
		{"a long tag", ActRequest{Action: TagIt, Remove: []string{strings.Repeat("a", maxTag+1)}}, long, "remove"},
		{"both ways", ActRequest{Action: TagIt, Add: []string{"Rents"}, Remove: []string{"rents"}}, long, "add"},
	}
	for _, tt := range tests {
		_, err := tt.req.Checked(ev, tt.cur)
		p, _ := errors.AsType[*Problem](err)
		switch {
		case tt.field == "" && err != nil:
			t.Errorf("%s: %v, want that it is in order", tt.name, err)
		case tt.field != "" && (p == nil || p.Kind != ErrInvalid || p.Fields[0].Field != tt.field):
			t.Errorf("%s: %v, want field %s to be bad", tt.name, err, tt.field)
		}
	}
	got, err := ActRequest{Action: TagIt, Add: []string{" #Housing ", "HOUSING", "two  words"}}.Checked(ev, long)
	if diff := cmp.Diff([]string{"Housing", "two words"}, got.Add); err != nil || diff != "" {
		t.Errorf("cleaned tags (-want +got), %v:\n%s", err, diff)
	}
}

func TestReflagged(t *testing.T) {
	t.Parallel()
	s := Submission{Flags: []Flag{{Kind: FlagPhone, Span: [2]int{0, 12}}, {Kind: FlagLanguage}, {Kind: FlagWarning, Detail: "marked"}}}
	got := reflagged(Event{}, s, "Write to ana@calder.example")
	if len(got) != 2 || got[0].Kind != FlagEmail || got[1].Kind != FlagWarning {
		t.Errorf("flags %+v, want the address found and the network's warning kept", got)
	}
}

func TestApplyFile(t *testing.T) {
	t.Parallel()
	s := Submission{State: Pending, Prompt: new(1), FiledBy: "label"}
	if _, err := s.Apply(Action{Name: FileIt, Prompt: new(1)}); !errors.Is(err, ErrNothing) {
		t.Errorf("where it is: %v, want that nothing changes", err)
	}
	two, err := s.Apply(Action{Name: FileIt, Prompt: new(2)})
	if err != nil || *two.Prompt != 2 || two.FiledBy != FiledByHost {
		t.Errorf("filed under %v by %q, %v; want 2 by host", two.Prompt, two.FiledBy, err)
	}
	none, err := two.Apply(Action{Name: FileIt})
	if err != nil || none.Prompt != nil || none.FiledBy != "" {
		t.Errorf("filed under %v by %q, %v; want none", none.Prompt, none.FiledBy, err)
	}
}
