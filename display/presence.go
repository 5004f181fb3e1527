package display

import (
	"cmp"
	"slices"
	"time"

	"github.com/openfloor/openfloor/moderation"
)

const (
	// presenceEvery is how often a presence message may go out, but for somebody arriving, who is shown at once.
	presenceEvery = 250 * time.Millisecond
	// screenSilent is after how long without a word a screen counts as not heard from (the contract's).
	screenSilent = time.Minute
	// screenKept is after how long it is not listed any more. Until then it may still hang in the hall, with something
	// on it that was taken down.
	screenKept = time.Hour
	// screenLate is how far behind a screen may be before that alone is worth a message.
	screenLate = 5 * time.Second
	// maxMarks bounds what is remembered of when the public view changed.
	maxMarks = 512
)

// Person is somebody of the team who is there, in the contract's JSON.
type Person struct {
	Name    string  `json:"name"`
	Role    string  `json:"role"`
	Claimed *string `json:"claimed"` // id of what they look at
}

// Screen is a joined screen, in the contract's JSON and with Heard.
type Screen struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Shown    uint64    `json:"shown"`     // it shows everything up to this sequence; 0: it has not said yet
	BehindMS int64     `json:"behind_ms"` // since when the public view has something that the screen does not show
	LastSeen time.Time `json:"last_seen"` // UTC
	Heard    bool      `json:"heard"`     // within the last 60 s
}

// crowd is who is at work on an event, in this process and elsewhere. The board's mu guards it.
type crowd struct {
	people  map[string]*attending // open streams here, by session
	claims  map[string]claiming   // made here, by session
	screens map[string]reporting  // heard of here, by session
	others  map[string]moderation.Presence
	lost    map[string]moderation.ScreenReport // last word by way of processes that are gone
}

type attending struct {
	moderation.Present
	streams int
}

type claiming struct {
	moderation.Claim
	revoked <-chan struct{} // nil: never
}

type reporting struct {
	moderation.ScreenReport
	revoked <-chan struct{} // nil: never
}

// mark says when the public view came to a sequence.
type mark struct {
	seq uint64
	at  time.Time
}

func over(revoked <-chan struct{}) bool {
	select {
	case <-revoked:
		return true
	default:
		return false
	}
}

// tidy forgets what has ended by itself.
func (c *crowd) tidy(now time.Time) {
	for session, cl := range c.claims {
		if now.Sub(cl.At) >= moderation.ClaimTime || over(cl.revoked) {
			delete(c.claims, session)
		}
	}
	for session, s := range c.screens {
		if now.Sub(s.At) >= screenKept || over(s.revoked) {
			delete(c.screens, session)
		}
	}
	for session, s := range c.lost {
		if now.Sub(s.At) >= screenKept {
			delete(c.lost, session)
		}
	}
}

// claim returns the newest claim of a session, wherever it was made.
func (c *crowd) claim(session string) (newest moderation.Claim) {
	if cl, ok := c.claims[session]; ok {
		newest = cl.Claim
	}
	for _, p := range c.others {
		for _, cl := range p.Claims {
			if cl.Session == session && cl.At.After(newest.At) {
				newest = cl
			}
		}
	}
	return newest
}

// who returns everybody who is there: with an open stream, or having just claimed something.
func (c *crowd) who() []Person {
	there := map[string]moderation.Present{}
	for session, a := range c.people {
		there[session] = a.Present
	}
	claims := map[string]moderation.Claim{}
	add := func(cl moderation.Claim) {
		if cl.At.After(claims[cl.Session].At) {
			claims[cl.Session] = cl
		}
	}
	for _, cl := range c.claims {
		add(cl.Claim)
	}
	for _, o := range c.others {
		for _, p := range o.People {
			there[p.Session] = p
		}
		for _, cl := range o.Claims {
			add(cl)
		}
	}
	for session, cl := range claims {
		if _, ok := there[session]; !ok && cl.Submission != "" {
			there[session] = cl.Present
		}
	}
	list := make([]moderation.Present, 0, len(there))
	for _, p := range there {
		list = append(list, p)
	}
	slices.SortFunc(list, comparePresent)
	who := make([]Person, len(list))
	for i, p := range list {
		who[i] = Person{Name: p.Name, Role: string(p.Role), Claimed: optional(claims[p.Session].Submission)}
	}
	return who
}

func comparePresent(a, b moderation.Present) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Role, b.Role), cmp.Compare(a.Session, b.Session))
}

// reports returns the newest word of every screen.
func (c *crowd) reports() []moderation.ScreenReport {
	newest := map[string]moderation.ScreenReport{}
	add := func(s moderation.ScreenReport) {
		if old, ok := newest[s.Session]; !ok || s.At.After(old.At) {
			newest[s.Session] = s
		}
	}
	for _, s := range c.lost {
		add(s)
	}
	for _, o := range c.others {
		for _, s := range o.Screens {
			add(s)
		}
	}
	for _, s := range c.screens {
		add(s.ScreenReport)
	}
	list := make([]moderation.ScreenReport, 0, len(newest))
	for _, s := range newest {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b moderation.ScreenReport) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Session, b.Session))
	})
	return list
}

// here returns what other processes are to know.
func (c *crowd) here() moderation.Presence {
	var p moderation.Presence
	for _, a := range c.people {
		p.People = append(p.People, a.Present)
	}
	for _, cl := range c.claims {
		p.Claims = append(p.Claims, cl.Claim)
	}
	for _, s := range c.screens {
		p.Screens = append(p.Screens, s.ScreenReport)
	}
	slices.SortFunc(p.People, comparePresent)
	slices.SortFunc(p.Claims, func(a, b moderation.Claim) int { return cmp.Compare(a.Session, b.Session) })
	slices.SortFunc(p.Screens, func(a, b moderation.ScreenReport) int { return cmp.Compare(a.Session, b.Session) })
	return p
}

// Arrive counts an open stream of the team until leave is called, once. The moderation view shows them at once.
func (b *Board) Arrive(p moderation.Present) (leave func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.crowd.people[p.Session]
	if a == nil {
		a = &attending{}
		if b.crowd.people == nil {
			b.crowd.people = map[string]*attending{}
		}
		b.crowd.people[p.Session] = a
	}
	a.Present = p
	a.streams++
	b.peopled.Store(true)
	b.presenceSentAt = time.Time{}
	b.presenceNews()
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if a.streams--; a.streams == 0 && b.crowd.people[p.Session] == a {
			delete(b.crowd.people, p.Session)
		}
		b.presenceNews()
	}
}

// Claim says that p looks at a submission, and returns until when that holds unless it is said again. It takes the
// place of whatever else the session claimed. Revoked ends it early; nil: nothing does.
func (b *Board) Claim(p moderation.Present, id string, revoked <-chan struct{}) (until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.claim(p, id, revoked).Add(moderation.ClaimTime)
}

// Release takes back p's claim of a submission. Where p claims another, or none, nothing changes.
func (b *Board) Release(p moderation.Present, id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.crowd.claim(p.Session).Submission == id {
		b.claim(p, "", nil) // kept as long as a claim, so that it outlives the one it takes back
	}
}

func (b *Board) claim(p moderation.Present, id string, revoked <-chan struct{}) (at time.Time) {
	// Clocks differ: what comes after another claim of the session says so.
	at = b.now().UTC()
	if last := b.crowd.claim(p.Session).At; !at.After(last) {
		at = last.Add(time.Microsecond)
	}
	if b.crowd.claims == nil {
		b.crowd.claims = map[string]claiming{}
	}
	b.crowd.claims[p.Session] = claiming{moderation.Claim{Present: p, Submission: id, At: at}, revoked}
	b.peopled.Store(true)
	b.presenceNews()
	return at
}

// Shown takes a joined screen's word that it shows everything up to seq. Nil says that it is there and no more.
// Revoked ends its being listed; nil: nothing does.
func (b *Board) Shown(session, name string, seq *uint64, revoked <-chan struct{}) {
	b.View(PublicView) // which tells how far behind it is
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.crowd.screens == nil {
		b.crowd.screens = map[string]reporting{}
	}
	s := reporting{moderation.ScreenReport{Session: session, Name: name, At: b.now().UTC()}, revoked}
	for _, known := range b.crowd.reports() {
		if known.Session == session {
			s.Seq = known.Seq
		}
	}
	if seq != nil {
		s.Seq = *seq
	}
	b.crowd.screens[session] = s
	b.peopled.Store(true)
	b.presenceNews()
}

// Who returns everybody of the team who is there, with their claims, over all processes.
func (b *Board) Who() []Person {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.crowd.tidy(b.now())
	return b.crowd.who()
}

// Screens returns the joined screens, over all processes.
func (b *Board) Screens() []Screen {
	b.View(PublicView)
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	b.crowd.tidy(now)
	return b.screens(now)
}

func (b *Board) screens(now time.Time) []Screen {
	reports := b.crowd.reports()
	list := make([]Screen, len(reports))
	for i, r := range reports {
		list[i] = Screen{
			ID: r.Session, Name: r.Name, Shown: r.Seq, BehindMS: b.behind(r.Seq, now).Milliseconds(),
			LastSeen: r.At, Heard: now.Sub(r.At) < screenSilent,
		}
	}
	return list
}

// reached remembers when the public view came to a sequence.
func (b *Board) reached(seq uint64) {
	if n := len(b.marks); n > 0 && b.marks[n-1].seq >= seq {
		return
	}
	if len(b.marks) >= maxMarks {
		b.marks = slices.Delete(b.marks, 0, maxMarks/2)
	}
	b.marks = append(b.marks, mark{seq, b.now()})
}

// behind returns for how long the public view has had something that is beyond seq.
func (b *Board) behind(seq uint64, now time.Time) time.Duration {
	i, _ := slices.BinarySearchFunc(b.marks, seq, func(m mark, seq uint64) int {
		if m.seq <= seq {
			return -1
		}
		return 1 // the first beyond it
	})
	if i == len(b.marks) {
		return 0
	}
	return max(0, now.Sub(b.marks[i].at))
}

// presence is what a moderation view was last sent.
type presence struct {
	who     []Person
	screens []Screen
}

// same reports whether p says nothing new after q: times that only go on are no news.
func (p presence) same(q presence) bool {
	return slices.EqualFunc(p.who, q.who, func(a, b Person) bool {
		return a.Name == b.Name && a.Role == b.Role && valueOf(a.Claimed) == valueOf(b.Claimed)
	}) && slices.EqualFunc(p.screens, q.screens, func(a, b Screen) bool {
		late := func(s Screen) bool { return s.BehindMS >= screenLate.Milliseconds() }
		return a.ID == b.ID && a.Name == b.Name && a.Shown == b.Shown && a.Heard == b.Heard && late(a) == late(b)
	})
}

func valueOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (b *Board) presenceNow() presence {
	now := b.now()
	b.crowd.tidy(now)
	return presence{b.crowd.who(), b.screens(now)}
}

// presenceNews sends what has changed about who is there, if it may go now. The caller holds b.mu.
func (b *Board) presenceNews() {
	b.presenceDue()
	b.send()
}

// presenceDue is presenceNews without the sending.
func (b *Board) presenceDue() {
	v := b.views[ModerationView]
	if v == nil {
		return
	}
	now := b.now()
	if since := now.Sub(b.presenceSentAt); since >= 0 && since < presenceEvery {
		return
	}
	p := b.presenceNow()
	if p.same(b.presence) {
		return
	}
	b.presence, b.presenceSentAt = p, now
	v.sendPresence()
}

// Present returns what this process knows of who is at work on each event, for the other processes; events without
// anybody are left out.
func (h *Hub) Present() map[string]moderation.Presence {
	h.mu.RLock()
	defer h.mu.RUnlock()
	all := map[string]moderation.Presence{}
	for slug, b := range h.boards {
		if !b.peopled.Load() {
			continue
		}
		b.mu.Lock()
		b.crowd.tidy(b.now())
		p := b.crowd.here()
		b.peopled.Store(!p.Empty())
		b.mu.Unlock()
		if !p.Empty() {
			all[slug] = p
		}
	}
	return all
}

// SetPresent takes over what another process knows of who is at work on an event. Nil says that nothing is heard of
// that process any more: its people go with it, but a screen may still hang where it was.
func (h *Hub) SetPresent(process, event string, p *moderation.Presence) {
	b, ok := h.Board(event)
	if !ok {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	c := &b.crowd
	if p == nil {
		for _, s := range c.others[process].Screens {
			if c.lost == nil {
				c.lost = map[string]moderation.ScreenReport{}
			}
			if s.At.After(c.lost[s.Session].At) {
				c.lost[s.Session] = s
			}
		}
	}
	if p == nil || p.Empty() {
		delete(c.others, process)
	} else {
		if c.others == nil {
			c.others = map[string]moderation.Presence{}
		}
		c.others[process] = *p
		// What it learned later than we did is its to tell from here on, and not ours again when it dies.
		for _, cl := range p.Claims {
			if cl.At.After(c.claims[cl.Session].At) {
				delete(c.claims, cl.Session)
			}
		}
		for _, s := range p.Screens {
			delete(c.lost, s.Session)
			if s.At.After(c.screens[s.Session].At) {
				delete(c.screens, s.Session)
			}
		}
	}
	b.presenceNews()
}
