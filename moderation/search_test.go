package moderation

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation/text"
)

func put(r *Record, seq uint64, s Submission) Submission {
	s.Event = "smw"
	r.Apply(Revision{Seq: seq, Entry: Entry{Submission: &s}})
	s.Rev = seq
	return s
}

func found(r *Record, query string) (ids string) {
	page, _ := r.List("smw", Filter{Query: query})
	for _, s := range page {
		ids += s.ID
	}
	return ids
}

func TestListQuery(t *testing.T) {
	t.Parallel()
	r := NewRecord()
	at := time.Date(2026, 11, 30, 18, 0, 0, 0, time.UTC)
	a := put(r, 1, Submission{ID: "a", Text: "Wer führt, und wohin?", State: Pending, ReceivedAt: at, Author: Author{Name: "Zoë", Handle: "@zoe@social.example"}})
	put(r, 2, Submission{ID: "b", Text: "Who leads?", State: Approved, ReceivedAt: at.Add(1), Author: Author{Name: "Führer of Leeds"}})
	for query, want := range map[string]string{
		"FUHRT": "a", "führ": "ba", " wohin ": "a", "zoe": "a", "@ZOE@social": "a", "leads": "b", "nobody": "", "": "ba",
		"wohin?\x00": "a", "? zoe": "",
	} {
		for range 2 { // the second time from what was folded
			if got := found(r, query); got != want {
				t.Errorf("%q finds %q, want %q", query, got, want)
			}
		}
	}
	edited := a
	edited.Text = "Who pays?"
	put(r, 3, edited)
	if found(r, "wohin") != "" || found(r, "pays") != "a" {
		t.Errorf("after an edit: wohin finds %q, pays %q", found(r, "wohin"), found(r, "pays"))
	}
	gone := edited
	gone.State, gone.Text, gone.Author = Withdrawn, "", Author{}
	put(r, 4, gone)
	for id, w := range r.rooms["smw"].words.folded {
		if id == "a" {
			t.Errorf("what was withdrawn is kept folded: %q", w)
		}
	}
	if found(r, "pays") != "" || found(r, "zoe") != "" {
		t.Error("what was withdrawn is found")
	}
}

// TestListQueryWhileItChanges: a search that folds an old revision does not bring its words back.
func TestListQueryWhileItChanges(t *testing.T) {
	t.Parallel()
	r := NewRecord()
	at := time.Date(2026, 11, 30, 18, 0, 0, 0, time.UTC)
	var all sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		all.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					found(r, "word")
				}
			}
		})
	}
	for i := range 300 {
		s := put(r, uint64(2*i+1), Submission{ID: fmt.Sprint(i), Text: "secret words", State: Pending, ReceivedAt: at.Add(time.Duration(i))})
		s.State, s.Text = Withdrawn, ""
		put(r, uint64(2*i+2), s)
	}
	close(done)
	all.Wait()
	for id, w := range r.rooms["smw"].words.folded {
		if strings.Contains(w, "secret") {
			t.Errorf("the words of %s, withdrawn, are kept", id)
		}
	}
}

// BenchmarkListQuery looks for a word that is nowhere in 20,000 submissions, beside folding each of them every time.
func BenchmarkListQuery(b *testing.B) {
	r := NewRecord()
	at := time.Date(2026, 11, 30, 18, 0, 0, 0, time.UTC)
	for i := range 20_000 {
		put(r, uint64(i+1), Submission{ID: fmt.Sprint(i), State: Pending, ReceivedAt: at.Add(time.Duration(i)), Author: Author{Name: fmt.Sprint("Siân ", i), Handle: "@sian@social.example"},
			Text: fmt.Sprintf("Who is going to pay for the new tram line to the hospital, number %d, and why wasn’t anybody asked before it was decided?", i)})
	}
	folding := Filter{Match: func(s Submission) bool {
		return strings.Contains(text.Fold(s.Text), "zebra") || strings.Contains(text.Fold(s.Author.Name), "zebra") || strings.Contains(text.Fold(s.Author.Handle), "zebra")
	}}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r.List("smw", Filter{Query: "zebra"})
	runtime.GC()
	runtime.ReadMemStats(&after)
	var old, now time.Duration
	for b.Loop() {
		start := time.Now()
		r.List("smw", folding)
		old += time.Since(start)
		start = time.Now()
		for range 10 {
			r.List("smw", Filter{Query: "zebra"})
		}
		now += time.Since(start) / 10
	}
	b.ReportMetric(old.Seconds()*1000/float64(b.N), "ms/folding")
	b.ReportMetric(now.Seconds()*1000/float64(b.N), "ms/folded")
	b.ReportMetric(old.Seconds()/now.Seconds(), "ratio")
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/20_000, "B/submission")
}
