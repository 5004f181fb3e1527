package display

import (
	"fmt"
	"testing"

	"github.com/openfloor/openfloor/moderation"
)

// BenchmarkApply is one change of an approved item among 1,000, with all three views watched.
func BenchmarkApply(b *testing.B) {
	h, board := newHub(b, Config{})
	seq := uint64(1)
	for i := range 1000 {
		seq++
		h.Apply(submission(sampleSubmission(fmt.Sprintf("item-%04d", i), seq, moderation.Approved)))
	}
	for _, name := range []ViewName{PublicView, ChairView, ModerationView} {
		view(b, board, name)
	}
	b.ReportAllocs()
	for b.Loop() {
		seq++
		h.Apply(submission(sampleSubmission(fmt.Sprintf("item-%04d", seq%1000), seq, moderation.Approved)))
	}
}

// BenchmarkSnapshot is a snapshot of 1,000 items, each after a change.
func BenchmarkSnapshot(b *testing.B) {
	h, board := newHub(b, Config{})
	seq := uint64(1)
	for i := range 1000 {
		seq++
		h.Apply(submission(sampleSubmission(fmt.Sprintf("item-%04d", i), seq, moderation.Approved)))
	}
	v := view(b, board, PublicView)
	b.ReportAllocs()
	for b.Loop() {
		seq++
		h.Apply(stage(seq, "item-0001", ""))
		body := v.Snapshot().Body
		b.SetBytes(int64(len(body)))
	}
}

// BenchmarkReplay is what one revision costs at the start, when nobody watches yet.
func BenchmarkReplay(b *testing.B) {
	h, _ := newHub(b, Config{})
	subs := make([]*moderation.Submission, 4096)
	for i := range subs {
		subs[i] = sampleSubmission(fmt.Sprintf("item-%04d", i), uint64(i+2), moderation.Approved)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		s := *subs[i%len(subs)]
		s.Rev = uint64(i + 2)
		h.Apply(submission(&s))
		i++
	}
}

// BenchmarkRing is one message read by 1,000 cursors.
func BenchmarkRing(b *testing.B) {
	r := NewRing(0, 0)
	body := make([]byte, 400)
	seq := uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		seq++
		r.Append(Message{Key: fmt.Sprint(seq % 500), Seq: seq, Body: body})
		for range 1000 {
			if news, _ := r.Next(seq - 1); len(news) != 1 {
				b.Fatal("no news")
			}
		}
	}
}
