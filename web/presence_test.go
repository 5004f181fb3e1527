package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// stream is an open websocket, as somebody reads it.
type stream struct {
	t  *testing.T
	ws *websocket.Conn
}

// watch opens a view by websocket.
func (p *person) watch(view string) *stream {
	p.h.t.Helper()
	header := http.Header{}
	if p.token != "" {
		header.Set("Authorization", "Bearer "+p.token)
	}
	ws, resp, err := websocket.DefaultDialer.DialContext(p.h.t.Context(), "ws"+strings.TrimPrefix(p.h.url, "http")+"/api/v1/events/smw/live?view="+view, header)
	if err != nil {
		p.h.t.Fatalf("open the %s view: %v", view, err)
	}
	_ = resp.Body.Close()
	p.h.t.Cleanup(func() { _ = ws.Close() })
	return &stream{p.h.t, ws}
}

// until reads on to the first message for which ok holds, and returns it.
func (s *stream) until(what string, ok func(answer) bool) answer {
	s.t.Helper()
	_ = s.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
	for {
		_, body, err := s.ws.ReadMessage()
		if err != nil {
			s.t.Fatalf("waiting for %s: %v", what, err)
		}
		if a := (answer{t: s.t, body: string(body)}); ok(a) {
			return a
		}
	}
}

// who waits until everybody is there as want says, such as "moderator one on ID".
func (s *stream) who(want ...string) {
	s.t.Helper()
	s.until(fmt.Sprint("who: ", want), func(a answer) bool {
		var m struct {
			Who []struct {
				Name    string
				Claimed *string
			}
		}
		if err := json.Unmarshal([]byte(a.body), &m); err != nil || m.Who == nil {
			return false
		}
		var got []string
		for _, p := range m.Who {
			if p.Claimed != nil {
				p.Name += " on " + *p.Claimed
			}
			got = append(got, p.Name)
		}
		return slices.Equal(got, want)
	})
}

func (p *person) delete(path string) answer {
	p.h.t.Helper()
	return p.do(http.MethodDelete, path, "", "")
}

func TestClaims(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, _ := h.visitor().ask("Who looks at this?")
	other, _ := h.visitor().ask("And at this?")
	mod, _, link := h.link("moderator")
	desk := h.organiser().watch("moderation")
	desk.who("Organiser")
	mine := mod.watch("moderation")
	mine.who("Organiser", "moderator one")
	desk.who("Organiser", "moderator one")
	const at = "/api/v1/events/smw/submissions/"
	got := mod.post(at+id+"/claim", "")
	until, err := time.Parse(time.RFC3339Nano, got.str("until"))
	if got.status != http.StatusOK || got.str("id") != id || got.str("by.name") != "moderator one" || err != nil ||
		time.Until(until) > time.Minute || time.Until(until) < 50*time.Second {
		t.Errorf("claim: %d %s", got.status, got.body)
	}
	desk.who("Organiser", "moderator one on "+id)
	mod.post(at+other+"/claim", "", "Idempotency-Key", "k")
	desk.who("Organiser", "moderator one on "+other)
	if got := mod.delete(at + id + "/claim"); got.status != http.StatusNoContent {
		t.Errorf("release what is not claimed: %d %s", got.status, got.body)
	}
	if got := mod.delete(at + other + "/claim"); got.status != http.StatusNoContent {
		t.Errorf("release: %d %s", got.status, got.body)
	}
	desk.who("Organiser", "moderator one")
	mod.post(at+id+"/claim", "")
	desk.who("Organiser", "moderator one on "+id)
	if got := h.organiser().act(id, "approve"); got.status != http.StatusOK {
		t.Errorf("a claim locks nothing, but approve answers %d %s", got.status, got.body)
	}
	// Revoked, the moderator is gone with stream and claim.
	if got := h.organiser().delete("/api/v1/events/smw/links/" + link); got.status != http.StatusNoContent {
		t.Fatalf("revoke: %d %s", got.status, got.body)
	}
	desk.who("Organiser")
	mine.lost()
}

// lost reads on until the stream is closed for want of a right.
func (s *stream) lost() {
	s.t.Helper()
	_ = s.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
	for {
		if _, _, err := s.ws.ReadMessage(); err != nil {
			if !websocket.IsCloseError(err, 1008) {
				s.t.Errorf("the stream ended with %v, want 1008", err)
			}
			return
		}
	}
}

func TestSignals(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	chair, _, _ := h.link("chair")
	desk, lectern := mod.watch("moderation"), chair.watch("chair")
	for _, s := range []*stream{desk, lectern} {
		s.until("the snapshot", func(a answer) bool { return a.str("type") == "snapshot" && a.at("signals") != nil })
	}
	const at = "/api/v1/events/smw/signals"
	sent := mod.post(at, `{"to":"chair","text":" Four minutes left "}`, "Idempotency-Key", "one")
	id := sent.str("id")
	if sent.status != http.StatusCreated || id == "" || sent.header.Get("Location") != at+"/"+id || sent.str("text") != "Four minutes left" ||
		sent.str("from.name") != "moderator one" || sent.str("from.role") != "moderator" || sent.str("to") != "chair" || sent.str("at") == "" ||
		!strings.Contains(sent.body, `"acked_at":null`) {
		t.Fatalf("sent: %d %v %s", sent.status, sent.header, sent.body)
	}
	if again := mod.post(at, `{"to":"chair","text":" Four minutes left "}`, "Idempotency-Key", "one"); again.status != http.StatusCreated || again.body != sent.body {
		t.Errorf("the same key again: %d %s", again.status, again.body)
	}
	if other := mod.post(at, `{"to":"chair","text":"Two"}`, "Idempotency-Key", "one"); other.status != http.StatusUnprocessableEntity {
		t.Errorf("the same key for another text: %d %s", other.status, other.body)
	}
	seen := func(acked bool) func(answer) bool {
		return func(a answer) bool {
			return a.str("type") == "signal" && a.str("signal.id") == id && a.num("seq") > 0 && (a.str("signal.acked_at") != "") == acked
		}
	}
	desk.until("the signal", seen(false))
	lectern.until("the signal", seen(false))
	acked := chair.post(at+"/"+id+"/ack", "")
	if acked.status != http.StatusOK || acked.str("id") != id || acked.str("acked_at") == "" {
		t.Fatalf("acknowledged: %d %s", acked.status, acked.body)
	}
	if again := mod.post(at+"/"+id+"/ack", ""); again.status != http.StatusOK || again.body != acked.body {
		t.Errorf("acknowledged twice: %d %s, want the first: %s", again.status, again.body, acked.body)
	}
	desk.until("that it was seen", seen(true))
	lectern.until("that it was seen", seen(true))
	if back := chair.post(at, `{"to":"moderators","text":"Will do"}`); back.status != http.StatusCreated || back.str("from.role") != "chair" {
		t.Errorf("the answer: %d %s", back.status, back.body)
	}
	fresh := chair.watch("chair").until("the snapshot", func(a answer) bool { return a.str("type") == "snapshot" })
	if fresh.str("signals.0.id") != id || fresh.str("signals.1.text") != "Will do" || fresh.at("signals.2") != nil || strings.Contains(fresh.body, `"who"`) {
		t.Errorf("the chair's snapshot: %s", fresh.body)
	}
	public := h.visitor().watch("public").until("the snapshot", func(a answer) bool { return a.str("type") == "snapshot" })
	if strings.Contains(public.body, "Will do") || strings.Contains(public.body, `"signals"`) || strings.Contains(public.body, `"who"`) {
		t.Errorf("the public snapshot: %s", public.body)
	}
}

func TestPresenceRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, _ := h.visitor().ask("Why?")
	mod, _, _ := h.link("moderator")
	chair, _, _ := h.link("chair")
	screen, _, _ := h.link("screen")
	nobody, org := h.visitor(), h.organiser()
	const at = "/api/v1/events/smw"
	claim, signals, shown := at+"/submissions/"+id+"/claim", at+"/signals", at+"/live/shown"
	none := strings.Repeat("a", 26)
	for _, tt := range []struct {
		name         string
		who          *person
		method, path string
		body         string
		status       int
		problem      string
	}{
		{"claim without a credential", nobody, "POST", claim, "", 401, "unauthenticated"},
		{"claim by the chair", chair, "POST", claim, "", 403, "forbidden"},
		{"release by the chair", chair, "DELETE", claim, "", 403, "forbidden"},
		{"claim nothing", mod, "POST", at + "/submissions/" + none + "/claim", "", 404, "not-found"},
		{"release nothing", mod, "DELETE", at + "/submissions/" + none + "/claim", "", 404, "not-found"},
		{"claim with a body", mod, "POST", claim, `{"for":"me"}`, 422, "invalid"},
		{"claim in no event", org, "POST", "/api/v1/events/nope/submissions/" + id + "/claim", "", 404, "not-found"},

		{"signal without a credential", nobody, "POST", signals, `{"to":"chair","text":"a"}`, 401, "unauthenticated"},
		{"signal by a screen", screen, "POST", signals, `{"to":"chair","text":"a"}`, 403, "forbidden"},
		{"signal in no event", org, "POST", "/api/v1/events/nope/signals", `{"to":"chair","text":"a"}`, 404, "not-found"},
		{"signal to nobody", mod, "POST", signals, `{"text":"a"}`, 422, "invalid"},
		{"signal without words", mod, "POST", signals, `{"to":"chair","text":" "}`, 422, "invalid"},
		{"signal too long", mod, "POST", signals, `{"to":"chair","text":"` + strings.Repeat("é", 201) + `"}`, 422, "invalid"},
		{"signal with more", mod, "POST", signals, `{"to":"chair","text":"a","at":1}`, 422, "invalid"},
		{"acknowledge nothing", chair, "POST", signals + "/" + none + "/ack", "", 404, "not-found"},
		{"acknowledge without a credential", nobody, "POST", signals + "/" + none + "/ack", "", 401, "unauthenticated"},
		{"signals are not listed", mod, "GET", signals, "", 405, "bad-request"},

		{"screens without a credential", nobody, "GET", at + "/screens", "", 401, "unauthenticated"},
		{"screens by the chair", chair, "GET", at + "/screens", "", 403, "forbidden"},
		{"screens of no event", org, "GET", "/api/v1/events/nope/screens", "", 404, "not-found"},
		{"shown by anybody", nobody, "POST", shown, `{"seq":1}`, 401, "unauthenticated"},
		{"shown by a moderator", mod, "POST", shown, `{"seq":1}`, 403, "forbidden"},
		{"shown by the organiser", org, "POST", shown, `{"seq":1}`, 403, "forbidden"},
		{"shown nothing", screen, "POST", shown, `{}`, 422, "invalid"},
		{"shown less than nothing", screen, "POST", shown, `{"seq":-1}`, 422, "invalid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.who.do(tt.method, tt.path, "application/json", tt.body)
			if got.status != tt.status || got.str("type") != "/problems/"+tt.problem {
				t.Errorf("got %d %s, want %d %s", got.status, got.body, tt.status, tt.problem)
			}
		})
	}
	if got := mod.get(at + "/screens"); got.status != http.StatusOK || got.body != "[]" {
		t.Errorf("screens, when none has joined: %d %s", got.status, got.body)
	}
}

// A screen that joined says what it shows, and a recall is confirmed by it.
func TestScreens(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mod, _, _ := h.link("moderator")
	hall, _, link := h.link("screen")
	id, _ := h.visitor().ask("On every screen")
	desk := mod.watch("moderation")
	screen, stranger := hall.watch("public"), h.visitor().watch("public")
	confirmed := func(seq int) func(answer) bool {
		return func(a answer) bool {
			return a.at("screens.0") != nil && a.str("screens.0.name") == "screen one" && a.num("screens.0.shown") == seq
		}
	}
	desk.until("the screen", confirmed(0))
	approved := mod.act(id, "approve").num("rev")
	reached := func(s *stream, seq int) {
		t.Helper()
		s.until(fmt.Sprint("sequence ", seq), func(a answer) bool { return a.num("seq") >= seq })
	}
	say := func(s *stream, message string) {
		t.Helper()
		if err := s.ws.WriteMessage(websocket.TextMessage, []byte(message)); err != nil {
			t.Fatal(err)
		}
	}
	reached(screen, approved)
	reached(stranger, approved)
	for _, nonsense := range []string{`{"type":"shown"}`, `{"type":"shown","seq":"5"}`, `{"type":"seen","seq":5}`, `[]`, `shown`, ``} {
		say(screen, nonsense)
	}
	say(stranger, fmt.Sprintf(`{"type":"shown","seq":%d}`, approved+100))
	say(screen, fmt.Sprintf(`{"type":"shown","seq":%d}`, approved))
	desk.until("its word", confirmed(approved))
	recalled := mod.act(id, "reject").num("rev")
	reached(screen, recalled)
	if got := mod.get("/api/v1/events/smw/screens"); got.num("0.shown") != approved || got.num("0.behind_ms") < 0 || got.at("1") != nil {
		t.Errorf("before it confirms: %s", got.body)
	}
	if got := hall.post("/api/v1/events/smw/live/shown", fmt.Sprintf(`{"seq":%d}`, recalled)); got.status != http.StatusNoContent {
		t.Errorf("confirmed by POST: %d %s", got.status, got.body)
	}
	desk.until("the confirmation", confirmed(recalled))
	got := mod.get("/api/v1/events/smw/screens")
	seen, err := time.Parse(time.RFC3339Nano, got.str("0.last_seen"))
	if got.num("0.shown") != recalled || got.num("0.behind_ms") != 0 || got.str("0.id") == "" || err != nil || time.Since(seen) > 10*time.Second {
		t.Errorf("confirmed: %s", got.body)
	}
	// A screen is no viewer, and a right that is lost ends its stream.
	if n := h.visitor().watch("public").until("the snapshot", func(a answer) bool { return a.str("type") == "snapshot" }).num("counts.viewers"); n > 2 {
		t.Errorf("%d viewers, want the two that are no screen", n)
	}
	h.organiser().delete("/api/v1/events/smw/links/" + link)
	screen.lost()
	if got := mod.get("/api/v1/events/smw/screens"); got.body != "[]" {
		t.Errorf("after its link was revoked: %s", got.body)
	}
}
