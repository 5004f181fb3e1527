package sourcetest

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// script draws what happens from a seed.
type script struct {
	*rand.Rand
	every time.Duration
}

func newScript(seed uint64, every time.Duration) *script {
	return &script{rand.New(rand.NewPCG(seed, 0x50fa)), every} // a test's choice, no secret
}

// chance is true once in n times.
func (s *script) chance(n int) bool { return s.IntN(n) == 0 }

// pause is the time before the next post: often none, so that posts come in bursts.
func (s *script) pause() time.Duration {
	if s.chance(3) {
		return 0
	}
	return time.Duration(s.Int64N(int64(3*s.every) + 1))
}

// post writes the i-th post.
func (s *script) post(i int) Post {
	p := Post{Mark: fmt.Sprintf("q%05dx", i), Hashtag: Tag, Case: cases[s.IntN(len(cases))], Author: s.IntN(100)}
	if p.Case == Folded {
		p.Hashtag = []string{"askpanel", "ASKPANEL", "AskPAnel"}[s.IntN(3)]
	}
	if p.Case == Late {
		p.Back = time.Duration(s.Int64N(int64(6 * time.Minute)))
	}
	p.Text = s.words(p)
	return p
}

// words returns a text for p with its mark.
func (s *script) words(p Post) string {
	switch p.Case {
	case Lines:
		return "First line " + p.Mark + "\nsecond line\n\nanother paragraph"
	case RTL:
		return "كيف نبدأ؟ " + p.Mark + " (really) في المدينة"
	case Emoji:
		return "👩‍👩‍👧‍👦 " + p.Mark + " 🏴󠁧󠁢󠁷󠁬󠁳󠁿 é 👋🏽"
	case Markup:
		return "Is <b>" + p.Mark + "</b> &amp; <script>alert(1)</script> &lt;i&gt; right?"
	}
	return fmt.Sprintf("Why %s, and who pays %d?", p.Mark, s.IntN(1000))
}

// edited returns p with another text, the n-th.
func edited(p Post, n int) Post {
	p.Text = fmt.Sprintf("Corrected %d: %s", n, p.Mark)
	return p
}
