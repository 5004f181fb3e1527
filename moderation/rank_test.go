package moderation

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestRankBetweenStaysBetween(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	var ranks []string
	for n := range 5000 {
		i := rng.IntN(len(ranks) + 1)
		switch n % 3 { // the ends are used most
		case 0:
			i = 0
		case 1:
			i = len(ranks)
		}
		a, b := "", ""
		if i > 0 {
			a = ranks[i-1]
		}
		if i < len(ranks) {
			b = ranks[i]
		}
		got := RankBetween(a, b, string(rune('a'+n%26)))
		if got <= a || b != "" && got >= b {
			t.Fatalf("step %d: RankBetween(%q, %q) = %q, which is not between", n, a, b, got)
		}
		if strings.HasSuffix(got, "0") {
			t.Fatalf("RankBetween(%q, %q) = %q ends in the lowest digit", a, b, got)
		}
		ranks = slices.Insert(ranks, i, got)
	}
	longest := 0
	for _, r := range ranks {
		longest = max(longest, len(r))
	}
	t.Logf("longest of %d ranks: %d digits", len(ranks), longest)
	if longest > 120 {
		t.Errorf("longest rank has %d digits, want at most 120", longest)
	}
}

func TestRankBetweenSaltSpreads(t *testing.T) {
	t.Parallel()
	a, b := RankBetween("V", "", "one"), RankBetween("V", "", "two")
	if a == b {
		t.Errorf("two salts gave one rank %q", a)
	}
}
