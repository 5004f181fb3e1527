package fakenet

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// ask asks x, with an Authorization header where one is given.
func (x *X) ask(method, address, authorization, body string) (int, map[string]any) {
	r := httptest.NewRequest(method, address, strings.NewReader(body))
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	x.Handler().ServeHTTP(w, r)
	var out map[string]any
	_ = json.Unmarshal(w.Body.Bytes(), &out)
	return w.Code, out
}

func oauthHeader(nonce, timestamp, signature string) string {
	return fmt.Sprintf(`OAuth oauth_consumer_key="ck_test", oauth_nonce="%s", oauth_signature="%s", oauth_signature_method="HMAC-SHA1", oauth_timestamp="%s", oauth_token="at_test", oauth_version="1.0"`,
		nonce, url.QueryEscape(signature), timestamp)
}

// The signatures are those that another implementation computed for these secrets.
func TestXVerifies(t *testing.T) {
	t.Parallel()
	const at = "1767225600"
	config := XConfig{ConsumerKey: "ck_test", ConsumerSecret: "cs_test", AccessToken: "at_test", AccessSecret: "ats_test", Bearer: "b"}
	search := "https://api.x.com/2/tweets/search/recent?query=%23askpanel%20-is%3Aretweet&max_results=100"
	for name, c := range map[string]struct {
		method, address, header, body string
		secret                        string
		late                          time.Duration
		want                          int
	}{
		"post":             {"POST", "https://api.x.com/2/tweets", oauthHeader("nonce123", at, "iyyoI1pNUs2GaoF7ExV28Cv1qlc="), `{"text":"a"}`, "cs_test", 0, 201},
		"with a port":      {"POST", "http://127.0.0.1:8080/2/tweets", oauthHeader("nonce123", at, "RdVis1CQV45yJNQbsoSWKEUTHnI="), `{"text":"a"}`, "cs_test", 0, 201},
		"search":           {"GET", search, oauthHeader("nonce123", at, "Gx+JcMFNZetwiItka52pxIzGu98="), "", "cs_test", 0, 200},
		"other query":      {"GET", search + "1", oauthHeader("nonce123", at, "Gx+JcMFNZetwiItka52pxIzGu98="), "", "cs_test", 0, 401},
		"other secret":     {"GET", search, oauthHeader("nonce123", at, "Gx+JcMFNZetwiItka52pxIzGu98="), "", "cs", 0, 401},
		"other nonce":      {"GET", search, oauthHeader("nonce124", at, "Gx+JcMFNZetwiItka52pxIzGu98="), "", "cs_test", 0, 401},
		"four minutes old": {"GET", search, oauthHeader("nonce123", at, "Gx+JcMFNZetwiItka52pxIzGu98="), "", "cs_test", 4 * time.Minute, 200},
		"six minutes old":  {"GET", search, oauthHeader("nonce123", at, "Gx+JcMFNZetwiItka52pxIzGu98="), "", "cs_test", 6 * time.Minute, 401},
		"garbage":          {"GET", search, "OAuth what", "", "cs_test", 0, 401},
		"none":             {"GET", search, "", "", "cs_test", 0, 401},
		"bearer":           {"GET", search, "Bearer b", "", "cs_test", 0, 200},
		"other bearer":     {"GET", search, "Bearer c", "", "cs_test", 0, 401},
		"bearer posts":     {"POST", "https://api.x.com/2/tweets", "Bearer b", `{"text":"a"}`, "cs_test", 0, 403},
	} {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Until(time.Unix(1767225600, 0)) + c.late)
			config := config
			config.ConsumerSecret = c.secret
			x := NewX(config)
			got, _ := x.ask(c.method, c.address, c.header, c.body)
			if got != c.want {
				t.Errorf("%s: %d, want %d", name, got, c.want)
			}
			if got == http.StatusOK && strings.HasPrefix(c.header, "OAuth") {
				if again, _ := x.ask(c.method, c.address, c.header, c.body); again != http.StatusUnauthorized {
					t.Errorf("%s: a nonce is taken again: %d", name, again)
				}
			}
		})
	}
}

func TestXSearch(t *testing.T) {
	t.Parallel()
	x := NewX(XConfig{Bearer: "b", Horizon: -1, SearchLimit: 12})
	first := x.Post(XPost{Text: "1 & <2> #Tag https://example.org/a/very/long/address/indeed"})
	second := x.Post(XPost{Text: "👋🏽 second #tag", Username: "ana", Name: "Ana"})
	x.Post(XPost{Text: "a repost #tag", RepostOf: first})
	x.Post(XPost{Text: strings.Repeat("long ", 80) + "#Täg"})
	edited := x.Edit(second, "edited #tag")
	get := func(query string) (int, map[string]any) {
		return x.ask("GET", "http://x.example/2/tweets/search/recent?"+query, "Bearer b", "")
	}
	status, m := get("query=%23TAG%20-is%3Aretweet&tweet.fields=entities&expansions=author_id")
	data, _ := m["data"].([]any)
	if status != 200 || len(data) != 3 {
		t.Fatalf("%d with %d posts: %v", status, len(data), m)
	}
	newest, oldest := data[0].(map[string]any), data[2].(map[string]any)
	if newest["id"] != edited || fmt.Sprint(newest["edit_history_tweet_ids"]) != fmt.Sprint([]string{second, edited}) {
		t.Errorf("newest %v", newest)
	}
	text, _ := oldest["text"].(string)
	link := oldest["entities"].(map[string]any)["urls"].([]any)[0].(map[string]any)
	if from, to := int(link["start"].(float64)), int(link["end"].(float64)); !strings.HasPrefix(text, "1 &amp; &lt;2&gt; #Tag https://t.co/") || string([]rune(text)[from:to]) != link["url"] {
		t.Errorf("text %q, link %v", text, link)
	}
	if long := data[1].(map[string]any); long["note_tweet"] == nil || long["entities"] != nil || len([]rune(long["text"].(string))) != 280 {
		t.Errorf("long post %v", long)
	}
	for query, want := range map[string]int{
		"query=%23tag&since_id=" + first: 200, "query=%23tag&since_id=abc": 400, "query=%23tag&max_results=9": 400, "query=%23tag&post.fields=id": 400,
		"query=tag": 400, "query=" + strings.Repeat("%23a", 300): 400, "query=%23tag&next_token=x": 400, "query=%23tag&start_time=2001-01-01T00:00:00Z": 400,
	} {
		if status, m := get(query); status != want {
			t.Errorf("%s: %d, want %d: %v", query, status, want, m)
		}
	}
	if _, m := get("query=%23nothing"); m["data"] != nil || fmt.Sprint(m["meta"]) != "map[result_count:0]" {
		t.Errorf("empty page %v", m)
	}
	get("query=%23tag")
	get("query=%23tag")
	if status, m := get("query=%23tag"); status != http.StatusTooManyRequests || m["title"] != "Too Many Requests" {
		t.Errorf("beyond the limit: %d %v", status, m)
	}
}

func TestXStream(t *testing.T) {
	t.Parallel()
	x := NewX(XConfig{Bearer: "b"})
	srv := httptest.NewServer(x.Handler())
	defer srv.Close()
	open := func() (*http.Response, error) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/2/tweets/search/stream?expansions=author_id", nil)
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer b")
		return http.DefaultClient.Do(r)
	}
	expect := func(what string, want int) {
		t.Helper()
		resp, err := open()
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", what, resp.StatusCode, want)
		}
	}
	expect("no rules", http.StatusConflict)
	const rules = "http://x.example/2/tweets/search/stream/rules"
	for body, want := range map[string]string{
		`{"add":[{"value":"#tag -is:retweet","tag":"event:1"}]}`: "created:1",
		`{"add":[{"value":"#TAG -is:retweet","tag":"event:2"}]}`: "not_created:1",
	} {
		if _, m := x.ask("POST", rules, "Bearer b", body); len(x.Rules()) != 1 || !strings.Contains(fmt.Sprint(m), want) && want == "not_created:1" && !strings.Contains(fmt.Sprint(m), "created:1") {
			t.Errorf("%s: %v", body, m)
		}
	}
	resp, err := open()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	expect("a second connection", http.StatusTooManyRequests)
	x.Post(XPost{Text: "not for it"})
	x.Post(XPost{Text: "for it #Tag"})
	x.Disconnect("ForceDisconnect")
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	// The end may overtake the post: a stream promises nothing else.
	lines := strings.Split(strings.TrimSpace(string(body)), "\r\n")
	if last := lines[len(lines)-1]; !strings.Contains(last, `"disconnect_type":"ForceDisconnect"`) {
		t.Errorf("the last line is %s", last)
	}
	for _, l := range lines[:len(lines)-1] {
		if l != "" && (!strings.Contains(l, "for it #Tag") || !strings.Contains(l, `"matching_rules"`)) {
			t.Errorf("line %s", l)
		}
	}
}
