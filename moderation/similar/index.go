package similar

import (
	"cmp"
	"container/heap"
	"math"
	"slices"
	"strings"
	"sync"
)

// DefaultMax is how many texts an Index keeps unless told otherwise.
const DefaultMax = 50_000

// Bounds of one lookup, whatever the index holds.
const (
	mostPostings = 3000 // looked at, rarest words first, newest texts first
	mostScored   = 48   // compared in full
	mostMissing  = 1.2  // weight of the lighter text's words that a candidate may lack
	mostFound    = 50   // returned
)

// Found is one text that asks the same, or nearly.
type Found struct {
	ID    string
	Score float64 // from Threshold to 1
}

// Index holds the texts of one event. It is safe for concurrent use. The zero value is not usable.
type Index struct {
	mu       sync.Mutex // guards everything below
	max      int
	voc      *vocabulary
	texts    []*entryText // by number; nil: removed
	byID     map[string]uint32
	byKey    map[uint64][]uint32
	postings map[uint32][]uint32 // concept to texts, ascending
	near     map[uint64][]*lexeme
	live     int
	scores   []float32 // of candidates, by number; zero between lookups
	oldest   int       // nothing before it is live

	parsed     profile // of lastParsed: a text is often looked up, compared and then added
	lastParsed string
}

// entryText is a text in the index.
type entryText struct {
	id      string
	hash    uint64 // of the text as it was added
	profile profile
	weight  float32 // of its lightest question
}

// New returns an empty index of at most max texts; 0: DefaultMax. When one more is added, the oldest is forgotten.
func New(max int) *Index {
	if max <= 0 {
		max = DefaultMax
	}
	x := &Index{max: max}
	x.reset()
	return x
}

func (x *Index) reset() {
	x.voc = newVocabulary()
	x.voc.grown = x.learn
	x.texts, x.oldest, x.live = nil, 0, 0
	x.parsed, x.lastParsed = profile{}, ""
	x.byID = map[string]uint32{}
	x.byKey = map[uint64][]uint32{}
	x.postings = map[uint32][]uint32{}
	x.near = map[uint64][]*lexeme{}
	x.scores = nil
}

// Add puts a text into the index. An id that is there already gets the new text, and becomes the newest.
func (x *Index) Add(id, text string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.remove(id)
	for x.live >= x.max {
		x.removeOldest()
	}
	x.compact()
	x.put(id, hash(text, ""), x.parse(text))
}

// Update is Add, but leaves an id that has this text already where it is. It reports whether anything changed.
func (x *Index) Update(id, text string) bool {
	x.mu.Lock()
	n, ok := x.byID[id]
	same := ok && x.texts[n].hash == hash(text, "")
	x.mu.Unlock()
	if same {
		return false
	}
	x.Add(id, text)
	return true
}

// Compare returns the scores of the texts with these ids against this text, in the order of ids, whatever the score;
// ids that are not in the index are left out.
func (x *Index) Compare(text string, ids []string) []Found {
	if len(ids) == 0 {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	p := x.parse(text)
	out := make([]Found, 0, len(ids))
	for _, id := range ids {
		if n, ok := x.byID[id]; ok {
			out = append(out, Found{id, scoreProfiles(p, x.texts[n].profile, x.factor)})
		}
	}
	return out
}

// Remove takes a text out of the index. An unknown id is no error.
func (x *Index) Remove(id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.remove(id)
}

// parse makes the profile of a text, or returns that of the last one again.
func (x *Index) parse(text string) profile {
	if text != x.lastParsed || x.parsed.units == nil {
		x.parsed, x.lastParsed = x.voc.parse(text), text
	}
	return x.parsed
}

// Len returns how many texts are in the index.
func (x *Index) Len() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.live
}

func (x *Index) put(id string, text uint64, p profile) {
	n := uint32(len(x.texts))
	e := &entryText{id: id, hash: text, profile: p}
	x.texts = append(x.texts, e)
	x.scores = append(x.scores, 0)
	x.byID[id] = n
	x.byKey[p.key] = append(x.byKey[p.key], n)
	x.live++
	seen := map[uint32]bool{}
	post := func(c uint32) {
		if !seen[c] {
			seen[c] = true
			x.postings[c] = append(x.postings[c], n)
		}
	}
	e.weight = p.lightest()
	for _, u := range p.units {
		for _, w := range u.words {
			for _, c := range w.lx.concepts {
				post(c)
			}
			for _, part := range w.lx.parts {
				post(part.concepts[0])
			}
		}
	}
}

func (x *Index) remove(id string) {
	n, ok := x.byID[id]
	if !ok {
		return
	}
	key := x.texts[n].profile.key
	x.byKey[key] = slices.DeleteFunc(x.byKey[key], func(m uint32) bool { return m == n })
	if len(x.byKey[key]) == 0 {
		delete(x.byKey, key)
	}
	delete(x.byID, id)
	x.texts[n] = nil
	x.live--
}

func (x *Index) removeOldest() {
	for ; x.oldest < len(x.texts); x.oldest++ {
		if e := x.texts[x.oldest]; e != nil {
			x.remove(e.id)
			return
		}
	}
}

// compact builds everything anew where more than half of it is of texts that are gone, or lookups have left words
// that no text has.
func (x *Index) compact() {
	if (len(x.texts) < 1024 || len(x.texts) < 2*x.live) && len(x.voc.lexemes) < 64*max(x.live, 1024) {
		return
	}
	old := x.texts
	x.reset()
	for _, e := range old {
		if e != nil {
			x.put(e.id, e.hash, x.again(e.profile))
		}
	}
}

// again makes p anew in the vocabulary of now.
func (x *Index) again(p profile) profile {
	for i := range p.units {
		u := &p.units[i]
		for j := range u.words {
			lx := u.words[j].lx
			l := anyLanguage
			if lx.celtic {
				l = u.lang
			}
			u.words[j].lx = x.voc.lexeme(l, lx.raw, lx.stem, lx.number)
		}
	}
	return p
}

// Similar returns the texts of the index that ask the same as this one, best first, at most 50; of equal ones the
// newest first. The text need not be in the index; where it is, its own id is among them.
func (x *Index) Similar(text string) []Found {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.compact()
	p := x.parse(text)
	var found []Found
	var numbers []uint32
	same := x.byKey[p.key]
	for _, n := range slices.Backward(same[max(0, len(same)-mostFound):]) {
		found, numbers = append(found, Found{x.texts[n].id, 1}), append(numbers, n)
	}
	for _, n := range x.candidates(p) {
		if e := x.texts[n]; e.profile.key != p.key {
			if s := scoreProfiles(p, e.profile, x.factor); s >= Threshold {
				found, numbers = append(found, Found{e.id, s}), append(numbers, n)
			}
		}
	}
	order := make([]int, len(found))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		if c := cmp.Compare(found[j].Score, found[i].Score); c != 0 {
			return c
		}
		return cmp.Compare(numbers[j], numbers[i])
	})
	out := make([]Found, 0, min(len(found), mostFound))
	for _, i := range order[:min(len(found), mostFound)] {
		out = append(out, found[i])
	}
	return out
}

// factor weighs a lexeme less where half of the event speaks of it.
func (x *Index) factor(lx *lexeme) float32 {
	share := float64(len(x.postings[lx.concepts[0]])) / float64(len(x.texts)+50)
	return float32(1 - 0.6*math.Min(1, share/0.3))
}

// candidates returns the numbers of the texts that share most with p.
func (x *Index) candidates(p profile) []uint32 {
	type source struct {
		list   []uint32
		weight float32
	}
	var from []source
	seen := map[uint32]bool{}
	add := func(c uint32, w float32) {
		if !seen[c] && len(x.postings[c]) > 0 {
			seen[c] = true
			from = append(from, source{x.postings[c], w})
		}
	}
	for _, u := range p.units {
		for _, w := range u.words {
			for i, c := range w.lx.concepts {
				q := float32(1)
				if i > 0 {
					q = sameGroup
				}
				add(c, q*w.lx.weight)
			}
		}
	}
	for _, u := range p.units {
		for i, w := range u.words {
			for _, lx := range x.neighbours(w.lx) {
				add(lx.concepts[0], sameSlip*w.lx.weight)
			}
			if i+1 < len(u.words) {
				if lx := x.voc.lexemes[w.lx.raw+u.words[i+1].lx.raw]; lx != nil {
					add(lx.concepts[0], sameSlip*lx.weight)
				}
			}
		}
	}
	slices.SortStableFunc(from, func(a, b source) int { return cmp.Compare(len(a.list), len(b.list)) })
	budget := mostPostings
	var touched []uint32
	unseen := float32(0) // weight of what the budget did not reach
	for _, s := range from {
		if budget <= 0 {
			unseen += s.weight
			continue
		}
		if len(s.list) > budget {
			unseen += s.weight
		}
		list := s.list[max(0, len(s.list)-budget):]
		for _, n := range list {
			if x.texts[n] == nil {
				continue
			}
			if x.scores[n] == 0 {
				touched = append(touched, n)
			}
			x.scores[n] += s.weight
		}
		budget -= len(list)
	}
	best := candidates{}
	mine := p.lightest()
	slices.Sort(touched)
	for _, n := range slices.Backward(touched) { // of equal ones the newest, without moving them all through the heap
		lighter := min(mine, x.texts[n].weight)
		has := x.scores[n]
		x.scores[n] = 0
		if lighter-has-unseen > mostMissing {
			continue
		}
		share := has / max(least, lighter)
		c := candidate{share, n}
		if len(best) < mostScored {
			heap.Push(&best, c)
		} else if best[0].before(c) {
			best[0] = c
			heap.Fix(&best, 0)
		}
	}
	out := make([]uint32, len(best))
	for i, c := range best {
		out[i] = c.number
	}
	return out
}

// candidate is a text that may be worth comparing in full.
type candidate struct {
	share  float32
	number uint32
}

// before reports whether c is worth less than d.
func (c candidate) before(d candidate) bool {
	return c.share < d.share || c.share == d.share && c.number < d.number
}

// candidates is a heap with the least of them on top.
type candidates []candidate

func (h candidates) Len() int           { return len(h) }
func (h candidates) Less(i, j int) bool { return h[i].before(h[j]) }
func (h candidates) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *candidates) Push(c any)        { *h = append(*h, c.(candidate)) }
func (h *candidates) Pop() any          { panic("never popped") }

// learn makes a new lexeme known to those that look like it.
func (x *Index) learn(lx *lexeme) {
	if !spelled(lx) {
		return
	}
	for _, k := range deletions(lx.raw) {
		x.near[k] = append(x.near[k], lx)
	}
}

// neighbours returns the lexemes that may be lx with a slip, or that lx may be a slip of.
func (x *Index) neighbours(lx *lexeme) []*lexeme {
	if !spelled(lx) {
		return nil
	}
	var out []*lexeme
	for _, k := range deletions(lx.raw) {
		for _, other := range x.near[k] {
			if other != lx && other.stem != lx.stem && !slices.Contains(out, other) && slip(lx, other) {
				out = append(out, other)
			}
		}
	}
	return out
}

// spelled reports whether lx is of a length at which slips are looked for.
func spelled(lx *lexeme) bool {
	return !lx.slot && len(lx.raw) >= 4 && len(lx.raw) <= 20 && !strings.Contains(lx.raw, " ")
}

// deletions returns a hash of w, and of w without each of its characters.
func deletions(w string) []uint64 {
	out := []uint64{hash(w, "")}
	for i, r := range w {
		out = append(out, hash(w[:i], w[i+len(string(r)):]))
	}
	return out
}

// hash is FNV-1a over two parts.
func hash(a, b string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(a) {
		h = (h ^ uint64(a[i])) * 1099511628211
	}
	for i := range len(b) {
		h = (h ^ uint64(b[i])) * 1099511628211
	}
	return h
}
