package similar

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// crowd returns n texts as an event may get them: the labelled ones, with other words in the place of theirs.
func crowd(t testing.TB, n int) []string {
	t.Helper()
	pairs := readPairs(t)
	r := rand.New(rand.NewPCG(1, 2))
	var vocabulary []string
	for _, p := range pairs {
		vocabulary = append(vocabulary, strings.Fields(p.a)...)
	}
	out := make([]string, n)
	for i := range out {
		p := pairs[r.IntN(len(pairs))]
		words := strings.Fields(p.a)
		if r.IntN(2) == 0 {
			words = strings.Fields(p.b)
		}
		for range r.IntN(5) {
			words[r.IntN(len(words))] = vocabulary[r.IntN(len(vocabulary))]
		}
		if r.IntN(4) == 0 {
			words = append(words, fmt.Sprintf("in Placename%d", r.IntN(3000)))
		}
		out[i] = strings.Join(words, " ")
	}
	return out
}

func BenchmarkSimilar(b *testing.B) {
	const texts = 20_000
	many := crowd(b, texts+1000)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	x := New(0)
	start := time.Now()
	for i, s := range many[:texts] {
		x.Add(fmt.Sprint(i), s)
	}
	built := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	took := make([]time.Duration, 0, b.N)
	i := 0
	for b.Loop() {
		at := time.Now()
		x.Similar(many[texts+i%1000])
		took = append(took, time.Since(at))
		i++
	}
	report(b, took)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/texts, "B/text")
	b.ReportMetric(float64(built.Microseconds())/texts, "µs/add")
	runtime.KeepAlive(x)
}

// BenchmarkSimilarFlood looks up where all texts are nearly the same.
func BenchmarkSimilarFlood(b *testing.B) {
	x := New(0)
	for i := range 20_000 {
		x.Add(fmt.Sprint(i), fmt.Sprintf("Why was the number %d bus to the hospital cut without asking anybody?", i))
	}
	took := make([]time.Duration, 0, b.N)
	i := 0
	for b.Loop() {
		at := time.Now()
		x.Similar(fmt.Sprintf("Why was the number %d bus to the hospital cut without asking people?", i%40_000))
		took = append(took, time.Since(at))
		i++
	}
	report(b, took)
}

// report prints the middle and the slow end of lookups.
func report(b *testing.B, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms/median")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms/p99")
}
