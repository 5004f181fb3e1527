package moderation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/openfloor/openfloor/moderation/text"
)

// Limits of an event's list of blocked words. They are ours.
const (
	maxBlockedWords = 500
	maxBlockedWord  = 100 // grapheme clusters, each
)

// CleanBlockedWords returns the list as it is stored: white space folded, what is empty or there twice dropped.
func CleanBlockedWords(list []string) []string {
	var out []string
	known := map[string]bool{}
	for _, w := range list {
		w = strings.Join(strings.Fields(text.Normalise(w)), " ")
		if f := text.Fold(w); w != "" && !known[f] {
			out, known[f] = append(out, w), true
		}
	}
	return out
}

// faultBlockedWords says what is wrong with a list, and what to do; empty: nothing.
func faultBlockedWords(list []string) string {
	if len(list) > maxBlockedWords {
		return fmt.Sprintf("At most %d words or phrases.", maxBlockedWords)
	}
	for _, w := range list {
		if text.Length(w) > maxBlockedWord {
			return fmt.Sprintf("A word or phrase has at most %d characters.", maxBlockedWord)
		}
		if len(text.Words(w)) == 0 {
			return fmt.Sprintf("There is no word in %q. Write at least one letter, digit or symbol.", w)
		}
	}
	return ""
}

// blocklist finds an event's blocked words in a text: whole words in a row, without regard to case, accents and
// what stands between them. The zero value finds nothing.
type blocklist struct {
	rev     uint64                // of the event it was made of
	phrases map[string][][]string // folded words by the first of them, longest phrase first
}

func newBlocklist(ev Event) blocklist {
	b := blocklist{rev: ev.Rev, phrases: map[string][][]string{}}
	for _, w := range ev.Policy.BlockedWords {
		var phrase []string
		for _, word := range text.Words(w) {
			phrase = append(phrase, word.Fold)
		}
		if len(phrase) > 0 {
			b.phrases[phrase[0]] = append(b.phrases[phrase[0]], phrase)
		}
	}
	for _, list := range b.phrases {
		slices.SortFunc(list, func(a, b []string) int { return len(b) - len(a) })
	}
	return b
}

// flags returns one flag for each place at which s has a blocked word or phrase.
func (b blocklist) flags(s string) []Flag {
	if len(b.phrases) == 0 {
		return nil
	}
	var flags []Flag
	words := text.Words(s)
	for i := 0; i < len(words); {
		n := b.at(words[i:])
		if n == 0 {
			i++
			continue
		}
		flags = append(flags, Flag{Kind: FlagBlockedWord, Detail: "a word that this event holds back", Span: [2]int{words[i].From, words[i+n-1].To}})
		i += n
	}
	return flags
}

// at returns how many words the longest phrase has that words begin with; 0: there is none.
func (b blocklist) at(words []text.Word) int {
	for _, phrase := range b.phrases[words[0].Fold] {
		if len(phrase) <= len(words) && slices.EqualFunc(phrase, words[:len(phrase)], func(f string, w text.Word) bool { return f == w.Fold }) {
			return len(phrase)
		}
	}
	return 0
}

// blocked returns the blocklist of an event, made once for each revision of it.
func (d *Desk) blocked(ev Event) blocklist {
	d.mu.Lock()
	defer d.mu.Unlock()
	b, ok := d.lists[ev.Slug]
	if !ok || b.rev != ev.Rev {
		b = newBlocklist(ev)
		d.lists[ev.Slug] = b
	}
	return b
}
