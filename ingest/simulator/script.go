package simulator

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Network is where a step happens.
type Network string

// The networks. Town and Village are two Mastodon servers that know each other: what is posted on one appears on the
// other a moment later.
const (
	X       Network = "x"
	Town    Network = "town"
	Village Network = "village"
	Sky     Network = "bluesky"
	Form    Network = "form"
)

// Deed is what a step does.
type Deed string

// The deeds.
const (
	Post   Deed = "post"
	Repost Deed = "repost" // of another's post, as networks do it: no words of its own
	Bridge Deed = "bridge" // a copy of the post that a bridge carries to another network
	Edit   Deed = "edit"
	Delete Deed = "delete"
)

// Sort is what a post truly is.
type Sort string

// The sorts of post.
const (
	Question Sort = "question"
	Story    Sort = "story"
	Prompt   Sort = "prompt" // by the host
	Answer   Sort = "answer"
	Talk     Sort = "talk"     // about an answer
	Greeting Sort = "greeting" // and thanks
	Spam     Sort = "spam"
)

// Person is somebody who takes part.
type Person struct {
	Name   string // as shown; may be empty
	Handle string // without @ and server
	Host   bool   // runs the chat
}

// Step is one thing that somebody does.
type Step struct {
	At      time.Duration // since the start
	Deed    Deed
	Network Network
	// Ref numbers the posts of a script from 1. For a Post it is its own number; else, of the post that is reposted,
	// bridged, edited or deleted.
	Ref    int
	Person Person
	Text   string // for Post and Edit
	Lang   string // BCP 47
	// Reply is the number of the post that this one answers, on the same network; 0: none.
	Reply int
	// Untagged says that the text lacks the hashtag, so that only its place in a thread tells where it belongs.
	Untagged bool

	Sort   Sort
	Prompt int // number of the prompt that an Answer is to, or that a Prompt is; 0: none
}

// Script is what happens on one occasion, in order of time.
type Script struct {
	Tag    string // without #
	Length time.Duration
	Steps  []Step
}

// Outcome is what has to have become of a post when a script has been played to its end.
type Outcome struct {
	Step Step   // as it was posted
	Text string // as it is now
	Gone bool   // its author deleted it
}

// Expected returns what becomes of each post that carries the tag, by its number. Reposts and bridged copies are none of
// them: they make nothing new.
func (s Script) Expected() map[int]Outcome {
	out := map[int]Outcome{}
	for _, step := range s.Steps {
		o := out[step.Ref]
		switch step.Deed {
		case Post:
			if step.Untagged {
				continue
			}
			o.Step, o.Text = step, step.Text
		case Edit:
			o.Text = step.Text
		case Delete:
			o.Gone = true
		default:
			continue
		}
		if o.Step.Ref != 0 {
			out[step.Ref] = o
		}
	}
	return out
}

// Config says what a script is to be like.
type Config struct {
	Seed   uint64
	Tag    string        // with or without #
	Length time.Duration // 0: an hour
	Posts  int           // about how many posts, reposts and copies included; 0: 240 for a panel, 1,500 for a chat
	// Prompts are the texts of a chat's questions; none: seven of our own.
	Prompts []string
	// Unasked leaves out the host's posts that ask the prompts: whoever plays the script posts them.
	Unasked bool
}

// The shares of mess among all posts, in per cent: estimates, for want of counts.
const (
	sharedReposts   = 30
	sharedUntagged  = 10 // of the answers
	sharedMistaken  = 5  // of the answers: Q for A, or another number
	sharedEdits     = 1
	sharedDeletions = 2
	sharedBridged   = 1
)

// writer makes a script.
type writer struct {
	Script
	r      *rand.Rand
	people []Person
	refs   int
}

func newWriter(c Config, posts int) (*writer, int) {
	if c.Length <= 0 {
		c.Length = time.Hour
	}
	if c.Posts > 0 {
		posts = c.Posts
	}
	w := &writer{r: rand.New(rand.NewPCG(c.Seed, 0x0f1007))} // believable traffic, no secret
	w.Tag, w.Length = strings.TrimLeft(c.Tag, "#"), c.Length
	w.people = slices.Clone(people)
	for len(w.people) < max(len(people), posts/8) {
		w.people = append(w.people, w.somebody(len(w.people)))
	}
	return w, posts
}

// somebody makes up one more person.
func (w *writer) somebody(n int) Person {
	first, last := pick(w.r, firstNames), pick(w.r, lastNames)
	return Person{Name: first + " " + last, Handle: strings.ToLower(fold(first+"_"+last)) + digits(n)}
}

// network draws where somebody is at home: always the same for the same person.
func (w *writer) network(p Person) Network {
	var sum uint32
	for _, c := range []byte(p.Handle) {
		sum = sum*31 + uint32(c)
	}
	return []Network{X, X, X, Town, Town, Sky, Sky, Village, Form, Form}[sum%10]
}

// add gives a post its number and puts it into the script.
func (w *writer) add(s Step) Step {
	w.refs++
	s.Deed, s.Ref = Post, w.refs
	if s.Network == "" {
		s.Network = w.network(s.Person)
	}
	if s.Lang == "" {
		s.Lang = "en"
	}
	if !s.Untagged && s.Network != Form && !strings.Contains(s.Text, "#"+w.Tag) {
		s.Text += " #" + w.Tag
	}
	w.Steps = append(w.Steps, s)
	return s
}

// mess adds reposts, edits, deletions and bridged copies to the posts so far, and sorts the script.
func (w *writer) mess(reposts int) {
	posted := slices.DeleteFunc(slices.Clone(w.Steps), func(s Step) bool { return s.Network == Form || s.Untagged })
	for range reposts {
		s := pick(w.r, posted)
		if s.Network == Sky { // whose reposts are no posts at all
			continue
		}
		w.Steps = append(w.Steps, Step{At: w.after(s.At, 5*time.Minute), Deed: Repost, Network: s.Network, Ref: s.Ref,
			Person: pick(w.r, w.people), Text: s.Text, Lang: s.Lang, Sort: s.Sort})
	}
	n := len(w.Steps)
	touched := map[int]bool{}
	some := func(percent int, may func(Step) bool, do func(Step)) {
		for range n * percent / 100 {
			for range 20 {
				if s := pick(w.r, posted); s.Person.Host || touched[s.Ref] || !may(s) {
					continue
				} else {
					touched[s.Ref] = true
					do(s)
				}
				break
			}
		}
	}
	some(sharedBridged, func(s Step) bool { return s.Network != X && s.Network != Village && s.Reply == 0 }, func(s Step) {
		to := Sky
		if s.Network == Sky {
			to = Town
		}
		w.Steps = append(w.Steps, Step{At: w.after(s.At, time.Minute), Deed: Bridge, Network: to, Ref: s.Ref, Person: s.Person, Text: s.Text, Lang: s.Lang, Sort: s.Sort, Prompt: s.Prompt})
	})
	some(sharedEdits, func(s Step) bool { return true }, func(s Step) {
		s.At, s.Deed = w.after(s.At, 4*time.Minute), Edit
		s.Text = "Correction: " + s.Text
		if s.Sort == Answer {
			s.Text = strings.Replace(s.Text, "Correction: ", "", 1) + " (corrected)"
		}
		w.Steps = append(w.Steps, s)
	})
	some(sharedDeletions, func(s Step) bool { return true }, func(s Step) {
		s.At, s.Deed, s.Text = w.after(s.At, 10*time.Minute), Delete, ""
		w.Steps = append(w.Steps, s)
	})
	slices.SortStableFunc(w.Steps, func(a, b Step) int { return cmp.Compare(a.At, b.At) })
}

// after draws a time later than t by up to most, within the occasion and a little beyond it.
func (w *writer) after(t, most time.Duration) time.Duration {
	return t + time.Second + time.Duration(w.r.Int64N(int64(most)))
}

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }
