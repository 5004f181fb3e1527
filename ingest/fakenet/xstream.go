package fakenet

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// xRule is a rule of the filtered stream.
type xRule struct {
	ID    string `json:"id"`
	Value string `json:"value"`
	Tag   string `json:"tag,omitempty"`
}

// xStream is one connection to the filtered stream. What is sent to it waits in a queue; a client that does not
// read for so long that the queue is full is cut off as a slow reader.
type xStream struct {
	query url.Values
	lines chan []byte
	end   chan string // the disconnect type said in band; empty: cut without a word
}

const xQueue = 20_000

// Rules returns the values of the rules that are set.
func (x *X) Rules() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	var out []string
	for _, r := range x.rules {
		out = append(out, r.Value)
	}
	return out
}

// Streams returns how many connections there are.
func (x *X) Streams() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.streams)
}

// Disconnect ends every stream: with an error in band of that type, such as UpstreamOperationalDisconnect; where
// kind is empty in the middle of a message.
func (x *X) Disconnect(kind string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for s := range x.streams {
		select {
		case s.end <- kind:
		default:
		}
	}
}

// Silence makes the streams send nothing at all, or again what they should, which they look for with each heartbeat.
func (x *X) Silence(silent bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.silent = silent
}

// Twice makes the streams send each post twice, the second time after the next one.
func (x *X) Twice(twice bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.twice = twice
}

// Send puts a line on the streams as it stands.
func (x *X) Send(line string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.send([]byte(line))
}

func (x *X) send(line []byte) {
	for s := range x.streams {
		select {
		case s.lines <- line:
		default:
			select {
			case s.end <- "SlowReader":
			default:
			}
		}
	}
}

// fanOut puts a post on the streams whose rules it matches; the caller holds the lock.
func (x *X) fanOut(s *xStored) {
	if len(x.streams) == 0 || !x.visible(s) {
		return
	}
	matching := []any{}
	for _, rule := range x.rules {
		match, ok := xParse(rule.Value, true)
		quoted := x.find(s.QuoteOf) // the stream looks at the quoted text as well
		if ok && (match(s) || quoted != nil && match(quoted)) {
			matching = append(matching, map[string]any{"id": rule.ID, "tag": rule.Tag})
		}
	}
	if len(matching) == 0 {
		return
	}
	for c := range x.streams {
		m := x.page([]*xStored{s}, c.query, XTweet) // the streaming operations keep the old names
		m["data"] = m["data"].([]any)[0]
		m["matching_rules"] = matching
		line := encode(m)
		for range map[bool]int{false: 1, true: 2}[x.twice] {
			select {
			case c.lines <- line:
			default:
				select {
				case c.end <- "SlowReader":
				default:
				}
			}
		}
	}
}

// stream is GET /2/tweets/search/stream.
func (x *X) stream(w http.ResponseWriter, r *http.Request) {
	if x.config.NoStream {
		xProblem(w, http.StatusForbidden, "Client Forbidden", xProblems+"client-forbidden", "This request must be made using an approved developer account with access to this endpoint.",
			map[string]any{"reason": "client-not-enrolled", "required_enrollment": "Appropriate Level of API Access"})
		return
	}
	if !x.known(w, r, true) {
		return
	}
	x.mu.Lock()
	if len(x.rules) == 0 {
		x.mu.Unlock()
		xProblem(w, http.StatusConflict, "Conflict", xProblems+"rule-configuration-issue", "Stream cannot be opened without rules.", nil)
		return
	}
	if len(x.streams) > 0 {
		if !x.config.Replace {
			x.mu.Unlock()
			xProblem(w, http.StatusTooManyRequests, "ConnectionException", xProblems+"streaming-connection",
				"This stream is currently at the maximum allowed connection limit.", map[string]any{"connection_issue": "TooManyConnections"})
			return
		}
		for s := range x.streams {
			select {
			case s.end <- "ForceDisconnect":
			default:
			}
		}
	}
	s := &xStream{query: r.URL.Query(), lines: make(chan []byte, xQueue), end: make(chan string, 1)}
	x.streams[s] = true
	x.mu.Unlock()
	defer func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		delete(x.streams, s)
	}()
	w.Header().Set("Content-Type", "application/json")
	flush(w, nil)
	beat := time.NewTicker(x.config.Heartbeat)
	defer beat.Stop()
	for {
		lines := s.lines
		x.mu.Lock()
		silent := x.silent
		x.mu.Unlock()
		if silent {
			lines = nil // what there is waits
		}
		select {
		case line := <-lines:
			// In two writes, the cut as likely as not within a character.
			flush(w, line[:len(line)/2])
			flush(w, append(line[len(line)/2:len(line):len(line)], '\r', '\n'))
		case <-beat.C:
			if !silent {
				flush(w, []byte("\r\n"))
			}
		case kind := <-s.end:
			if kind == "" {
				flush(w, []byte(`{"data":{"id":"1","text":"cut in the mid`))
				panic(http.ErrAbortHandler)
			}
			flush(w, append(encode(map[string]any{"errors": []any{map[string]any{"title": "operational-disconnect", "disconnect_type": kind,
				"detail": "This stream has been disconnected for operational reasons.", "type": xProblems + "operational-disconnect"}}}), '\r', '\n'))
			return
		case <-r.Context().Done():
			return
		}
	}
}

// closeAll is DELETE /2/connections/all.
func (x *X) closeAll(w http.ResponseWriter, _ *http.Request) {
	x.Disconnect("ForceDisconnect")
	answer(w, map[string]any{"data": map[string]any{"successful_kills": 1, "failed_kills": 0}})
}

// getRules is GET /2/tweets/search/stream/rules.
func (x *X) getRules(w http.ResponseWriter, r *http.Request) {
	x.mu.Lock()
	defer x.mu.Unlock()
	m := map[string]any{"meta": map[string]any{"sent": stamp(time.Now()), "result_count": len(x.rules)}}
	if len(x.rules) > 0 {
		m["data"] = slices.Clone(x.rules)
	}
	answer(w, m)
}

// setRules is POST /2/tweets/search/stream/rules.
func (x *X) setRules(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Add    []xRule `json:"add"`
		Delete *struct {
			IDs    []string `json:"ids"`
			Values []string `json:"values"`
		} `json:"delete"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&in); err != nil || (in.Add == nil) == (in.Delete == nil) {
		xInvalid(w, "add", "", "Rule must have non-empty value")
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if in.Delete != nil {
		before := len(x.rules)
		x.rules = slices.DeleteFunc(x.rules, func(r xRule) bool {
			return slices.Contains(in.Delete.IDs, r.ID) || slices.Contains(in.Delete.Values, r.Value)
		})
		gone := before - len(x.rules)
		answer(w, map[string]any{"meta": map[string]any{"sent": stamp(time.Now()), "summary": map[string]any{"deleted": gone, "not_deleted": len(in.Delete.IDs) + len(in.Delete.Values) - gone}}})
		return
	}
	data, errs := []any{}, []any{}
	for _, add := range in.Add {
		if i := slices.IndexFunc(x.rules, func(r xRule) bool { return strings.EqualFold(r.Value, add.Value) }); i >= 0 {
			errs = append(errs, map[string]any{"value": add.Value, "id": x.rules[i].ID, "title": "DuplicateRule", "type": xProblems + "duplicate-rules"})
			continue
		}
		if _, ok := xParse(add.Value, true); !ok || len([]rune(add.Value)) > 1024 {
			errs = append(errs, map[string]any{"value": add.Value, "title": "UnprocessableEntity", "type": xProblems + "invalid-rules", "details": []string{"There were errors"}})
			continue
		}
		x.ruleID++
		add.ID = strconv.Itoa(1273026480 + x.ruleID)
		x.rules = append(x.rules, add)
		data = append(data, add)
	}
	m := map[string]any{"meta": map[string]any{"sent": stamp(time.Now()), "summary": map[string]any{"created": len(data), "not_created": len(errs), "valid": len(data), "invalid": len(errs)}}}
	if len(data) > 0 {
		m["data"] = data
	}
	if len(errs) > 0 {
		m["errors"] = errs
	}
	answer(w, m)
}
