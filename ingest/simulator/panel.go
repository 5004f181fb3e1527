package simulator

import (
	"strings"
	"time"
)

// panelPosts is how many posts a panel has where nothing else is asked for: one each 15 s.
const panelPosts = 240

// Panel writes the hour of a panel: questions and stories about social media at work as an audience from councils asks
// and tells them, many of them more than once in other words, and what comes with them.
func Panel(c Config) Script {
	w, posts := newWriter(c, panelPosts)
	reposts := posts * sharedReposts / 200 // a panel's audience listens: half as many as in a chat
	own := max(1, posts-reposts)
	texts := w.r.Perm(len(panel))
	for i := range own {
		s := Step{Person: w.people[i%len(people)], Sort: Question, At: w.spread(i, own)}
		if i >= len(people) {
			s.Person = pick(w.r, w.people)
		}
		switch draw := w.r.IntN(100); {
		case draw < 6:
			s.Sort, s.Text = Greeting, pick(w.r, greetings)
		case draw < 9:
			s.Sort, s.Text = Spam, pick(w.r, adverts)
		default:
			text := panel[texts[i%len(texts)]]
			if i >= len(texts) { // asked already: again, as people do
				text = pick(w.r, againBefore) + lowerFirst(text)
			}
			s.Text = strings.ReplaceAll(text, "{tag}", "#"+w.Tag)
			s.Lang = language(text)
			if strings.HasPrefix(text, "Story:") {
				s.Sort = Story
			}
			if told, ok := strings.CutPrefix(s.Text, "Story: "); ok && w.network(s.Person) == Form { // which asks for the kind
				s.Text = strings.ToUpper(told[:1]) + told[1:]
			}
		}
		w.add(s)
	}
	w.mess(reposts)
	return w.Script
}

// spread returns when the i-th of n posts comes: evenly over the length, give or take.
func (w *writer) spread(i, n int) time.Duration {
	step := w.Length / time.Duration(n)
	return time.Duration(i)*step + time.Duration(w.r.Int64N(int64(step)+1))
}
