package natsstore

import (
	"errors"
	"testing"

	"github.com/openfloor/openfloor/moderation"
)

func TestDecodeVote(t *testing.T) {
	t.Parallel()
	v := moderation.Vote{Event: "e", ID: someID, Voter: someID, For: true}
	subject, err := voteSubject(v)
	if err != nil || subject != "votes.e."+someID+"."+someID {
		t.Fatalf("subject %q, error %v", subject, err)
	}
	for body, want := range map[string]bool{`{"v":1,"for":true}`: true, `{"v":1,"for":false,"later":2}`: false} {
		got, err := decodeVote(subject, []byte(body))
		if err != nil || got.For != want || got.ID != v.ID || got.Event != v.Event || got.Voter != v.Voter {
			t.Errorf("%s: %+v, error %v", body, got, err)
		}
	}
	for _, bad := range [][2]string{{subject, `{"v":2,"for":true}`}, {subject, `{"for":true}`}, {subject, `true`}, {subject, ``},
		{"votes.e." + someID, `{"v":1}`}, {"votes.e." + someID + ".Ana", `{"v":1}`}, {"floor.e." + someID + "." + someID, `{"v":1}`}} {
		if _, err := decodeVote(bad[0], []byte(bad[1])); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s %s: %v, want ErrUnreadable", bad[0], bad[1], err)
		}
	}
}

func FuzzDecodeVote(f *testing.F) {
	f.Add("votes.e."+someID+"."+someID, `{"v":1,"for":true}`)
	f.Add("votes.*.>", `{"v":"1"}`)
	f.Fuzz(func(t *testing.T, subject, body string) {
		v, err := decodeVote(subject, []byte(body))
		if err != nil {
			return
		}
		if again, err := voteSubject(v); err != nil || again != subject {
			t.Errorf("subject %q gives %+v, which belongs to %q: %v", subject, v, again, err)
		}
	})
}
