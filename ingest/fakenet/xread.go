package fakenet

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// recent is GET /2/tweets/search/recent.
func (x *X) recent(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if !x.known(w, r, false) {
		return
	}
	query := q.Get("query")
	if n := len([]rune(query)); n == 0 || n > xQueryMost {
		xInvalid(w, "query", query, "query: length must be between 1 and 512")
		return
	}
	match, ok := xParse(query, false)
	if !ok {
		xInvalid(w, "query", query, "There were errors processing your request: no viable alternative at input")
		return
	}
	most := 10
	if s := q.Get("max_results"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 10 || n > 100 {
			xInvalid(w, "max_results", s, "The `max_results` query parameter value ["+s+"] is not between 10 and 100")
			return
		}
		most = n
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	now := time.Now()
	from, until, ok := x.span(w, q, now)
	if !ok {
		return
	}
	since, below := q.Get("since_id"), q.Get("until_id")
	if s := q.Get("next_token") + q.Get("pagination_token"); s != "" {
		id, found := strings.CutPrefix(s, "b26v89c19zqg8o3fobd8v")
		if !found || !xDigits(id) {
			xInvalid(w, "next_token", s, "Invalid 'next_token'")
			return
		}
		below = id
	}
	var found []*xStored // newest first
	more := false
	for _, s := range slices.Backward(x.posts) {
		if since != "" && compareIDs(s.ID, since) <= 0 {
			break
		}
		if below != "" && compareIDs(s.ID, below) >= 0 || len(s.later) > 0 || !x.visible(s) || s.CreatedAt.Before(from) || !s.CreatedAt.Before(until) || !match(s) {
			continue
		}
		if len(found) == most {
			more = true
			break
		}
		found = append(found, s)
	}
	m := x.page(found, q, x.config.Dialect)
	meta := map[string]any{"result_count": len(found)}
	if len(found) > 0 {
		meta["newest_id"], meta["oldest_id"] = found[0].ID, found[len(found)-1].ID
	}
	if more {
		meta["next_token"] = "b26v89c19zqg8o3fobd8v" + found[len(found)-1].ID
	}
	m["meta"] = meta
	answer(w, m)
}

// span reads the times and ids that bound a search; the caller holds the lock.
func (x *X) span(w http.ResponseWriter, q url.Values, now time.Time) (from, until time.Time, ok bool) {
	from, until = now.Add(-xReach), now.Add(-max(x.config.Horizon, 0)).Add(time.Nanosecond)
	for _, name := range []string{"since_id", "until_id"} {
		if s := q.Get(name); s != "" && !xDigits(s) {
			xInvalid(w, name, s, "Invalid '"+name+"'")
			return from, until, false
		}
	}
	for _, name := range []string{"start_time", "end_time"} {
		s := q.Get(name)
		if s == "" {
			continue
		}
		t, err := time.Parse(time.RFC3339, s)
		if err != nil || t.Nanosecond() != 0 || t.Before(from) {
			xInvalid(w, name, s, "Invalid '"+name+"': it has to be RFC 3339, within the last 7 days")
			return from, until, false
		}
		if name == "start_time" {
			from = t
		} else {
			until = t
		}
	}
	if s := q.Get("since_id"); s != "" {
		if p := x.find(s); p != nil && p.CreatedAt.Before(now.Add(-xReach)) {
			xInvalid(w, "since_id", s, "'since_id' must be a tweet id created after "+now.Add(-xReach).UTC().Format(time.RFC3339))
			return from, until, false
		}
	}
	return from, until, true
}

var xOperand = regexp.MustCompile(`[#＃][\p{L}\p{M}\p{N}_]+|conversation_id:\d+`)

// xParse understands "#a -is:retweet" and "(#a OR #b) -is:retweet", as far as that goes. Search folds accents and
// ignores quoted text; the stream does neither (docs.x.com build-a-query and build-a-rule, read 2026-11).
func xParse(query string, stream bool) (func(*xStored) bool, bool) {
	operands := xOperand.FindAllString(query, -1)
	rest := strings.Join(strings.Fields(xOperand.ReplaceAllString(query, "")), " ")
	noReposts := strings.Contains(rest, "-is:retweet")
	rest = strings.TrimSpace(strings.ReplaceAll(rest, "-is:retweet", ""))
	if len(operands) == 0 || strings.Trim(strings.ReplaceAll(rest, "OR", ""), "() ") != "" || strings.Count(query, "(") != strings.Count(query, ")") {
		return nil, false
	}
	return func(s *xStored) bool {
		if noReposts && s.RepostOf != "" {
			return false
		}
		tags := s.tags(stream)
		for _, o := range operands {
			if id, ok := strings.CutPrefix(o, "conversation_id:"); ok {
				if s.ReplyTo == id {
					return true
				}
				continue
			}
			tag := strings.ToLower(strings.TrimLeft(o, "#＃"))
			if !stream {
				tag = fold(tag)
			}
			if slices.Contains(tags, tag) {
				return true
			}
		}
		return false
	}, true
}

// lookup is GET /2/tweets?ids= and GET /2/tweets/:id.
func (x *X) lookup(w http.ResponseWriter, r *http.Request) {
	if !x.known(w, r, false) {
		return
	}
	ids := strings.Split(r.URL.Query().Get("ids"), ",")
	if id := r.PathValue("id"); id != "" {
		ids = []string{id}
	}
	if len(ids) > 100 {
		xInvalid(w, "ids", strings.Join(ids, ","), "size of array must be 1 to 100")
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	var found []*xStored
	errs := []any{}
	for _, id := range ids {
		s := x.find(id)
		switch {
		case !xDigits(id):
			xInvalid(w, "ids", id, "The `ids` query parameter value ["+id+"] is not valid")
			return
		case s == nil || s.deleted || x.users[s.AuthorID].suspended:
			errs = append(errs, xMissing(id, "ids", "Not Found Error", "resource-not-found"))
		case x.users[s.AuthorID].Protected:
			errs = append(errs, xMissing(id, "ids", "Authorization Error", "not-authorized-for-resource"))
		default:
			found = append(found, s)
		}
	}
	m := x.page(found, r.URL.Query(), x.config.Dialect)
	if len(errs) > 0 {
		m["errors"] = errs
	}
	answer(w, m)
}

// lookupUsers is GET /2/users?ids= and GET /2/users/by/username/:username.
func (x *X) lookupUsers(w http.ResponseWriter, r *http.Request) {
	ids, name := strings.Split(r.URL.Query().Get("ids"), ","), r.PathValue("name")
	x.mu.Lock()
	defer x.mu.Unlock()
	data := []any{}
	for id, u := range x.users {
		if !u.suspended && (slices.Contains(ids, id) || name != "" && strings.EqualFold(u.Username, name)) {
			data = append(data, u)
		}
	}
	if name != "" && len(data) == 1 {
		answer(w, map[string]any{"data": data[0]})
		return
	}
	answer(w, map[string]any{"data": data})
}

// me is GET /2/users/me.
func (x *X) me(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]any{"data": x.config.Me})
}
