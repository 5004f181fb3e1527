package fakenet

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

var at = time.Date(2026, 11, 20, 18, 6, 1, 0, time.UTC)

func get(t *testing.T, h http.Handler, path string) (*http.Response, []map[string]any) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", path, nil))
	var page []map[string]any
	_ = json.Unmarshal(w.Body.Bytes(), &page) // errors are objects: then the page is empty
	return w.Result(), page
}

func ids(page []map[string]any) string {
	var out []string
	for _, s := range page {
		out = append(out, s["id"].(string))
	}
	return strings.Join(out, " ")
}

func TestTimelinePages(t *testing.T) {
	t.Parallel()
	m := New(Config{})
	for _, id := range []string{"3", "10", "1", "2"} { // not in order: late ones sort below
		m.Post(Status{ID: id, Text: "a #AskPanel", CreatedAt: at})
	}
	m.Post(Status{ID: "5", Text: "another #tag", CreatedAt: at})
	for query, want := range map[string]string{
		"":                    "10 3 2 1",
		"?limit=2":            "10 3",
		"?limit=2&max_id=3":   "2 1",
		"?limit=2&min_id=1":   "3 2", // just above
		"?limit=2&since_id=1": "10 3",
		"?min_id=10":          "",
		"?any[]=tag":          "10 5 3 2 1",
	} {
		resp, page := get(t, m.Handler(), "/api/v1/timelines/tag/askpanel"+query)
		if got := ids(page); got != want {
			t.Errorf("%q gave %q, want %q", query, got, want)
		}
		if link := resp.Header.Get("Link"); (link == "") != (want == "") {
			t.Errorf("%q has Link %q", query, link)
		}
	}
	if resp, page := get(t, m.Handler(), "/api/v1/timelines/tag/nothing"); resp.StatusCode != 200 || len(page) != 0 {
		t.Errorf("an unknown tag gave %d and %d statuses, want an empty page", resp.StatusCode, len(page))
	}
}

func TestStatusBytes(t *testing.T) {
	t.Parallel()
	m := New(Config{Host: "social.example"})
	m.Post(Status{ID: "1", CreatedAt: at, Name: "Ana :verified:", Acct: "ana@other.example", Lang: "de", Warning: "politics",
		Text: "Was heißt <b>fett</b> & so?\nhm @tom\n\nhttps://www.example.org/a/very/long/path/to/something?x=1&y=2. #AskPanel"})
	m.Post(Status{ID: "2", CreatedAt: at, Acct: "tom", Text: "no url #AskPanel", NoURL: true})
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/api/v1/timelines/tag/AskPanel", nil))
	var v any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "timeline.golden.json", append(got, '\n'))
}

// golden compares with a file of testdata; -update writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs (-update writes it anew); got\n%s", file, got)
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := New(Config{Limit: 2, Window: time.Minute})
		for _, want := range []struct {
			status    int
			remaining string
		}{{200, "1"}, {200, "0"}, {429, "0"}} {
			resp, _ := get(t, m.Handler(), "/api/v1/timelines/tag/x")
			if resp.StatusCode != want.status || resp.Header.Get("X-RateLimit-Remaining") != want.remaining {
				t.Errorf("got %d with %s left, want %v", resp.StatusCode, resp.Header.Get("X-RateLimit-Remaining"), want)
			}
			reset, err := time.Parse(time.RFC3339, resp.Header.Get("X-RateLimit-Reset"))
			date, err2 := http.ParseTime(resp.Header.Get("Date"))
			if err != nil || err2 != nil || reset.Sub(date) != time.Minute {
				t.Errorf("reset %v after %v, want a minute", reset, date)
			}
		}
		time.Sleep(time.Minute)
		if resp, _ := get(t, m.Handler(), "/api/v1/timelines/tag/x"); resp.StatusCode != 200 {
			t.Errorf("%d in the next window", resp.StatusCode)
		}
	})
}

func TestToken(t *testing.T) {
	t.Parallel()
	m := New(Config{Token: "secret"})
	if resp, _ := get(t, m.Handler(), "/api/v1/timelines/tag/x"); resp.StatusCode != 401 {
		t.Errorf("%d without a token, want 401", resp.StatusCode)
	}
}

func TestControls(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	base, wait, err := Start(ctx, New(Config{}).Handler(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	post := func(path, body string, want int) map[string]string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "POST", base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != want {
			t.Fatalf("POST %s %s = %d %s (%v), want %d", path, body, resp.StatusCode, b, err, want)
		}
		var m map[string]string
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	status := func() int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "GET", base+"/api/v1/timelines/tag/x", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	id := post("/_fake/status", `{"text":"hi #x","name":"Ana","acct":"ana"}`, 200)["id"]
	if id == "" {
		t.Fatal("no id")
	}
	post("/_fake/edit", `{"id":"`+id+`","text":"ho #x"}`, 200)
	post("/_fake/misbehave", `{"kind":"status","status":503}`, 200)
	if got := status(); got != 503 {
		t.Errorf("status %d, want 503 as told", got)
	}
	post("/_fake/misbehave", `{}`, 200)
	if got := status(); got != 200 {
		t.Errorf("status %d after behaving again", got)
	}
	post("/_fake/delete", `{"id":"`+id+`"}`, 200)
	post("/_fake/delete", `{"id":"`+id+`"}`, 404)
	post("/_fake/status", `{"unknown":1}`, 400)
	post("/_fake/status", `{`, 400)
	cancel()
	if err := wait(); err != nil {
		t.Errorf("stopped with %v", err)
	}
}
