package simulator

import (
	"fmt"
	"strings"
	"time"
)

const (
	// chatPosts is how many posts a busy chat of an hour has.
	chatPosts = 1500
	// chatLate is the share of answers that come after the end, in per cent.
	chatLate = 2
	// chatTalk and chatGreet are the shares of what is no answer.
	chatTalk, chatGreet, chatSpam = 9, 5, 1
)

// Chat writes a chat: the host welcomes people and asks the prompts one after the other, and answers come in a burst
// after each. Most begin with their label in one of the ways that people write it; some with a wrong one; some are
// replies without the tag.
func Chat(c Config) Script {
	w, posts := newWriter(c, chatPosts)
	prompts := c.Prompts
	if len(prompts) == 0 {
		prompts = chatPrompts
	}
	host := Person{Name: "Chat host", Handle: "chathost", Host: true}
	asked := w.ask(host, prompts, c.Unasked)
	reposts := posts * sharedReposts / 100
	own := max(1, posts-reposts-len(asked))
	var answers []Step
	for i := range own {
		p := pick(w.r, w.people)
		n := 1 + i*len(prompts)/own
		s := Step{Person: p, Network: w.network(p), At: w.burst(n, len(prompts))}
		switch draw := w.r.IntN(100); {
		case draw < chatGreet:
			s.Sort, s.Text, s.At = Greeting, pick(w.r, greetings), w.spread(i%len(prompts)*3, own)
		case draw < chatGreet+chatSpam:
			s.Sort, s.Text = Spam, pick(w.r, adverts)
		case draw < chatGreet+chatSpam+chatTalk && len(answers) > 0:
			to := pick(w.r, answers)
			if to.Network == Form {
				s.Sort, s.Text = Greeting, pick(w.r, greetings)
				break
			}
			s.Sort, s.Text, s.Network, s.Reply, s.At = Talk, pick(w.r, talk), to.Network, to.Ref, w.after(to.At, 3*time.Minute)
		default:
			s.Sort, s.Prompt, s.Text = Answer, n, w.answer(n, i)
			answers = append(answers, w.add(w.label(s, asked, len(prompts))))
			continue
		}
		w.add(s)
	}
	w.mess(reposts)
	return w.Script
}

// ask adds what the host posts, on each network, and returns the numbers of the posts by network and prompt.
func (w *writer) ask(host Person, prompts []string, unasked bool) map[Network][]int {
	asked := map[Network][]int{}
	if unasked {
		return asked
	}
	for _, n := range []Network{X, Town, Sky} {
		w.add(Step{Person: host, Network: n, Sort: Greeting, Text: "Welcome, everybody. Say who you are and where you work. Answers begin with A1, A2 and so on"})
		for i, text := range prompts {
			s := w.add(Step{Person: host, Network: n, At: w.opens(i+1, len(prompts)), Sort: Prompt, Prompt: i + 1, Text: fmt.Sprintf("Q%d: %s", i+1, text)})
			asked[n] = append(asked[n], s.Ref)
		}
		w.add(Step{Person: host, Network: n, At: w.Length - time.Second, Sort: Greeting, Text: "That was all for tonight. Thank you, the transcript follows"})
	}
	return asked
}

// Opens returns when prompt n of count opens: after a welcome of a twelfth of the time, evenly.
func Opens(length time.Duration, n, count int) time.Duration {
	welcome := length / 12
	return welcome + time.Duration(n-1)*(length-welcome)/time.Duration(count)
}

func (w *writer) opens(n, count int) time.Duration { return Opens(w.Length, n, count) }

// burst draws when somebody answers prompt n: soon after it opened, most of them; a few after the end.
func (w *writer) burst(n, count int) time.Duration {
	if w.r.IntN(100) < chatLate {
		return w.Length + time.Duration(w.r.Int64N(int64(w.Length/4)+1))
	}
	slot := w.opens(2, 2+count) - w.opens(1, 2+count)
	wait := time.Duration(w.r.ExpFloat64() * float64(slot) / 3)
	return w.opens(n, count) + slot/20 + min(wait, 2*slot)
}

// answer makes up the words of an answer to prompt n.
func (w *writer) answer(n, i int) string {
	body := pick(w.r, answersOpen) + pick(w.r, answersMiddle) + pick(w.r, answersEnd)
	if i%7 == 3 {
		body = pick(w.r, answersShort)
	}
	return fmt.Sprintf("%s (%s)", body, pick(w.r, places))
}

// label puts the label in front of an answer, in one way or another; or leaves it, and the tag, to the thread.
func (w *writer) label(s Step, asked map[Network][]int, prompts int) Step {
	if thread := asked[s.Network]; len(thread) >= s.Prompt && w.r.IntN(100) < sharedUntagged {
		s.Untagged, s.Reply = true, thread[s.Prompt-1]
		if w.r.IntN(2) == 0 {
			s.Text = fmt.Sprintf("A%d: %s", s.Prompt, s.Text)
		}
		return s
	}
	if w.r.IntN(100) < sharedMistaken {
		if w.r.IntN(2) == 0 || prompts == 1 {
			s.Text = fmt.Sprintf("Q%d %s", s.Prompt, s.Text) // meant as an answer
		} else if thread := asked[s.Network]; len(thread) >= s.Prompt {
			s.Text = fmt.Sprintf("A: %s", s.Text) // the number forgotten, in a reply
			s.Reply = thread[s.Prompt-1]
		} else {
			s.Text = fmt.Sprintf("Q%d: %s", s.Prompt, s.Text)
		}
		return s
	}
	s.Text = strings.NewReplacer("{n}", digits(s.Prompt), "{tag}", "#"+w.Tag).Replace(pick(w.r, labels)) + s.Text
	return s
}
