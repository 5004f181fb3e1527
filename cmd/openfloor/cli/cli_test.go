package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the program, built once for all tests.
var binary string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "openfloor-cli-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "openfloor")
	build := exec.Command("go", "build", "-o", binary, "..")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// patience bounds every wait of these tests.
const patience = 30 * time.Second

// command returns the program with arguments, in a folder of its own and without the tester's environment.
func command(ctx context.Context, t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{"HOME=" + cmd.Dir, "TMPDIR=" + cmd.Dir}, env...)
	return cmd
}

// result is what a command left behind.
type result struct {
	code     int
	out, err string
}

// runOnce runs a command to its end.
func runOnce(t *testing.T, env []string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := command(ctx, t, env, args...)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatalf("openfloor %s: %v", strings.Join(args, " "), err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), stderr.String()}
}

func TestWrongUse(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	for _, c := range []struct {
		args string
		env  []string
		says string
	}{
		{args: "frobnicate", says: "frobnicate"},
		{args: "--frobnicate", says: "--frobnicate"},
		{args: "serve now", says: "now"},
		{args: "serve --roles ingest,moderation", says: "--nats"},
		{args: "serve --roles cook --nats nats://127.0.0.1:9", says: "cook"},
		{args: "serve --addr 8080", says: "--addr"},
		{args: "serve --public-url ask.example", says: "--public-url"},
		{args: "serve --limit-visitor many", says: "--limit-visitor"},
		{args: "serve --limit-visitor=-1", says: "--limit-visitor"},
		{args: "serve --log-format xml", says: "--log-format"},
		{args: "serve --trusted-proxies next-door", says: "--trusted-proxies"},
		{args: "serve --hashtag A --mode chat", says: "panels only"},
		{args: "serve --hashtag A --mode debate", says: "--mode"},
		{args: "serve --hashtag A --source fax=https://api.x.com", says: "mastodon"},
		{args: "serve --hashtag A --source mastodon", says: "KIND=URL"},
		{args: "serve --title T", says: "--hashtag"},
		{args: "serve", env: []string{"OPENFLOOR_ADDR=nowhere"}, says: "--addr"},
		{args: "serve", env: []string{"OPENFLOOR_TOKEN=two words"}, says: "OPENFLOOR_TOKEN"},
		{args: "serve", env: []string{"OPENFLOOR_TOKEN=a", "OPENFLOOR_TOKEN_FILE=b"}, says: "OPENFLOOR_TOKEN_FILE"},
		{args: "serve", env: []string{"OPENFLOOR_WEBHOOK_SECRET=whsec_!"}, says: "OPENFLOOR_WEBHOOK_SECRET"},
		{args: "import a", says: "file"},
		{args: "import a nosuchfile.csv --token t", says: "nosuchfile.csv"},
		{args: "demo --nats nats://a", says: "--nats"},
		{args: "init", says: "--nats"},
		{args: "init --nats nats://127.0.0.1:9 --replicas 2", says: "--replicas"},
		{args: "event", says: "create"},
		{args: "event create", says: "--title"},
		{args: "event create --title T --starts tomorrow", says: "RFC 3339"},
		{args: "event create --title T --source fax=https://a.example", says: "mastodon"},
		{args: "event show", says: "slug"},
		{args: "event list", says: "OPENFLOOR_TOKEN"}, // no data folder here
		{args: "event list --server nowhere --token t", says: "--server"},
		{args: "link a --role boss --name N", says: "--role"},
		{args: "link a --role moderator", says: "--name"},
		{args: "watch", says: "slug"},
		{args: "export a", says: "export"}, // comes with a later version
	} {
		t.Run(c.args+strings.Join(c.env, " "), func(t *testing.T) {
			t.Parallel()
			args := strings.Fields(c.args)
			if len(args) > 0 && args[0] == "serve" {
				args = append(args, "--data", filepath.Join(data, "never-made"))
			}
			got := runOnce(t, c.env, args...)
			if got.code != 2 {
				t.Errorf("exit %d, want 2", got.code)
			}
			if strings.Count(got.err, "\n") != 1 || !strings.HasPrefix(got.err, "openfloor: ") || !strings.Contains(got.err, c.says) {
				t.Errorf("standard error %q, want one line about %q", got.err, c.says)
			}
			if got.out != "" {
				t.Errorf("standard output %q, want nothing", got.out)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(data, "never-made")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("wrong use made a data folder: %v", err)
	}
}

func TestFailure(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		env  []string
		says string
	}{
		{args: "serve --data " + file, says: "--data"},
		{args: "serve", env: []string{"OPENFLOOR_MASTODON_TOKEN_FILE=" + file}, says: "is empty"},
		{args: "event list --token t --server http://127.0.0.1:9", says: "openfloor serve"},
		{args: "watch a --server http://127.0.0.1:9", says: "openfloor serve"},
	} {
		t.Run(c.args, func(t *testing.T) {
			t.Parallel()
			got := runOnce(t, c.env, strings.Fields(c.args)...)
			if got.code != 1 || strings.Count(got.err, "\n") != 1 || !strings.Contains(got.err, c.says) {
				t.Errorf("exit %d, standard error %q; want 1 and one line about %q", got.code, got.err, c.says)
			}
		})
	}
}

func TestVersionAndHelp(t *testing.T) {
	t.Parallel()
	if got := runOnce(t, nil, "version"); got.code != 0 || !strings.HasPrefix(got.out, "openfloor ") || !strings.Contains(got.out, "go1.") {
		t.Errorf("version: exit %d, %q", got.code, got.out)
	}
	got := runOnce(t, nil, "serve", "--help")
	for _, flag := range []string{"addr", "data", "public-url", "roles", "nats", "nats-creds", "nats-listen", "trusted-proxies",
		"allow-private-sources", "limit-visitor", "limit-address", "log-format", "hashtag", "title", "mode", "source"} {
		if !strings.Contains(got.out, "--"+flag) || !strings.Contains(got.out, "OPENFLOOR_"+strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))) {
			t.Errorf("serve --help does not tell --%s with its variable", flag)
		}
	}
	if got.code != 0 || got.err != "" || strings.Contains(got.out, "tls-") {
		t.Errorf("serve --help: exit %d, standard error %q", got.code, got.err)
	}
}

// server is a running openfloor.
type server struct {
	t     *testing.T
	cmd   *exec.Cmd
	err   *bytes.Buffer
	lines []string // the ready lines, in order
	url   string   // of the ready line
	data  string
}

// serve starts the program and waits for its ready lines, of which there are n.
func serve(t *testing.T, n int, env []string, args ...string) *server {
	t.Helper()
	s := &server{t: t, err: &bytes.Buffer{}, data: filepath.Join(t.TempDir(), "data")}
	s.cmd = command(context.WithoutCancel(t.Context()), t, append(env, "OPENFLOOR_ADDR=127.0.0.1:0", "OPENFLOOR_DATA="+s.data), args...)
	s.cmd.Stderr = s.err
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(patience, func() { _ = s.cmd.Process.Kill() }) // the test fails by what it misses then
	t.Cleanup(func() {
		if s.cmd.ProcessState == nil {
			_ = s.cmd.Process.Kill()
			_ = s.cmd.Wait()
		}
	})
	scan := bufio.NewScanner(out)
	for len(s.lines) < n && scan.Scan() {
		s.lines = append(s.lines, scan.Text())
	}
	kill.Stop()
	if len(s.lines) < n {
		_ = s.cmd.Wait()
		t.Fatalf("%d ready lines, want %d; standard error: %s", len(s.lines), n, s.err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	s.url, _ = strings.CutPrefix(s.lines[0], "ready ")
	return s
}

// line returns the address of one ready line.
func (s *server) line(name string) string {
	s.t.Helper()
	for _, l := range s.lines {
		if url, ok := strings.CutPrefix(l, name+" "); ok {
			return url
		}
	}
	s.t.Fatalf("no %s line in %d", name, len(s.lines))
	return ""
}

// stop sends a signal and returns how the process ended.
func (s *server) stop(sig os.Signal) (code int, took time.Duration) {
	s.t.Helper()
	begun := time.Now()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
	timer := time.AfterFunc(patience, func() { _ = s.cmd.Process.Kill() })
	defer timer.Stop()
	_ = s.cmd.Wait() // the code says it
	return s.cmd.ProcessState.ExitCode(), time.Since(begun)
}

// ask runs a command against the server and decodes what it prints.
func (s *server) ask(into any, args ...string) {
	s.t.Helper()
	got := runOnce(s.t, []string{"OPENFLOOR_SERVER=" + s.url, "OPENFLOOR_DATA=" + s.data}, args...)
	if got.code != 0 {
		s.t.Fatalf("openfloor %s: exit %d: %s", strings.Join(args, " "), got.code, got.err)
	}
	if err := json.Unmarshal([]byte(got.out), into); err != nil {
		s.t.Fatalf("openfloor %s: %v in %q", strings.Join(args, " "), err, got.out)
	}
}

func TestServeAndSignals(t *testing.T) {
	t.Parallel()
	for _, sig := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			// No command at all is serve.
			s := serve(t, 6, nil, "--hashtag", "SMWWhoLeads", "--source", "mastodon=http://127.0.0.1:9")
			var names []string
			for _, l := range s.lines {
				name, _, _ := strings.Cut(l, " ")
				names = append(names, name)
			}
			if want := []string{"ready", "organiser", "attendee", "moderator", "chair", "screen"}; !slices.Equal(names, want) {
				t.Errorf("lines %v, want %v", names, want)
			}
			if got, want := s.line("screen"), s.url+"/e/smwwholeads/screen"; got != want {
				t.Errorf("screen %s, want %s", got, want)
			}
			if code, took := s.stop(sig); code != 0 || took > 10*time.Second {
				t.Errorf("exit %d after %v, want 0 within 10 s", code, took)
			}
			for _, l := range s.lines[1:] {
				if _, token, ok := strings.Cut(l, "/join/"); ok && strings.Contains(s.err.String(), token) {
					t.Error("a link's token is in the log")
				}
			}
		})
	}
}

func TestSecondProcessRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, 2, nil, "serve")
	got := runOnce(t, nil, "serve", "--addr", "127.0.0.1:0", "--data", s.data)
	if got.code != 1 || strings.Count(got.err, "\n") != 1 || !strings.Contains(got.err, "in use") {
		t.Errorf("exit %d, standard error %q; want 1 and one line", got.code, got.err)
	}
	if code, _ := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("the first one: exit %d, want 0", code)
	}
}

// event is what these tests read of an event.
type event struct {
	Slug     string   `json:"slug"`
	Title    string   `json:"title"`
	State    string   `json:"state"`
	Hashtags []string `json:"hashtags"`
	EndsAt   string   `json:"ends_at"`
	Links    []link   `json:"links"`
}

type link struct {
	Role  string `json:"role"`
	Name  string `json:"name"`
	URL   string `json:"url"`
	Token string `json:"token"`
}

func TestEventsAndLinks(t *testing.T) {
	t.Parallel()
	s := serve(t, 2, []string{"OPENFLOOR_LOG_FORMAT=json"}, "serve")
	var made event
	s.ask(&made, "event", "create", "--title", "Ask the panel", "--hashtag", "AskPanel", "--hashtag", "AskUs",
		"--ends", "2099-11-30T20:00:00Z", "--zone", "Europe/London", "--source", "mastodon=https://mastodon.example")
	if made.Slug != "ask-the-panel" || made.State != "open" || !slices.Equal(made.Hashtags, []string{"AskPanel", "AskUs"}) || made.EndsAt != "2099-11-30T20:00:00Z" {
		t.Errorf("made %+v", made)
	}
	var roles []string
	for _, l := range made.Links {
		roles = append(roles, l.Role)
		switch l.Role {
		case "attendee":
			if l.URL != s.url+"/e/ask-the-panel" {
				t.Errorf("attendee %s", l.URL)
			}
		default:
			if l.Token == "" || l.URL != s.url+"/join/"+l.Token {
				t.Errorf("%s: the address does not end in the token", l.Role)
			}
		}
	}
	if want := []string{"attendee", "moderator", "chair", "screen"}; !slices.Equal(roles, want) {
		t.Errorf("links for %v, want %v", roles, want)
	}

	var l link
	s.ask(&l, "link", "ask-the-panel", "--role", "moderator", "--name", "Front desk")
	if l.Role != "moderator" || l.Name != "Front desk" {
		t.Errorf("link %s %q", l.Role, l.Name)
	}
	if got := s.get("/api/v1/events/ask-the-panel/submissions", l.Token); got != http.StatusOK {
		t.Errorf("its token gets %d, want 200", got)
	}

	var list struct {
		Items []event `json:"items"`
	}
	s.ask(&list, "event", "list")
	if len(list.Items) != 1 || list.Items[0].Slug != made.Slug {
		t.Errorf("list %+v, want the one event", list)
	}
	for _, step := range []struct{ command, state string }{{"show", "open"}, {"close", "closed"}, {"show", "closed"}, {"reopen", "open"}} {
		var got event
		s.ask(&got, "event", step.command, "ask-the-panel")
		if got.State != step.state {
			t.Errorf("after event %s it is %s, want %s", step.command, got.State, step.state)
		}
	}

	// What the server refuses is a failure, in its words.
	env := []string{"OPENFLOOR_SERVER=" + s.url, "OPENFLOOR_DATA=" + s.data}
	for args, says := range map[string]string{
		"event show nobody":                               "404",
		"event create --title Ask\u00a0the\u00a0panel":    "409",
		"event create --title T --mode chat --prompt Why": "422",
		"link nobody --role chair --name C":               "404",
		"watch nobody":                                    "404",
		"event list --token wrong":                        "401",
	} {
		got := runOnce(t, env, strings.Split(args, " ")...)
		if got.code != 1 || strings.Count(got.err, "\n") != 1 || !strings.Contains(got.err, says) {
			t.Errorf("%s: exit %d, standard error %q; want 1 and one line about %s", args, got.code, got.err, says)
		}
	}
	if code, _ := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit %d, want 0", code)
	}
	for line := range strings.Lines(s.err.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("with --log-format json, the log says %q", line)
		}
	}
}

// get asks for a path and returns the status.
func (s *server) get(path, token string) int {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// watch goes on by itself where the server was restarted, and repeats nothing that it has printed.
func TestWatch(t *testing.T) {
	t.Parallel()
	s := serve(t, 6, nil, "serve", "--hashtag", "AskPanel", "--source", "mastodon=http://127.0.0.1:9")
	addr := strings.TrimPrefix(s.url, "http://")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	watch := command(ctx, t, []string{"OPENFLOOR_SERVER=" + s.url}, "watch", "askpanel")
	out, err := watch.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	watch.Stderr = &stderr
	if err := watch.Start(); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var lines []string
	done := make(chan struct{})
	go func() {
		defer close(done)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			mu.Lock()
			lines = append(lines, scan.Text())
			mu.Unlock()
		}
	}()
	saw := func(part string) {
		t.Helper()
		for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
			mu.Lock()
			n := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, part) })
			mu.Unlock()
			if n >= 0 {
				return
			}
			if time.Now().After(deadline) {
				mu.Lock()
				defer mu.Unlock()
				t.Fatalf("no line with %s among %d; standard error %q", part, len(lines), stderr.String())
			}
		}
	}
	saw(`"type":"snapshot"`)
	_ = s.cmd.Process.Kill() // as hard as it gets
	_ = s.cmd.Wait()
	again := serve(t, 2, []string{"OPENFLOOR_DATA=" + s.data}, "serve", "--data", s.data, "--addr", addr)
	_, token, _ := strings.Cut(again.line("organiser"), "/join/")
	if got := again.post("/api/v1/events/askpanel/close", token); got != http.StatusOK {
		t.Fatalf("close: %d", got)
	}
	saw(`"state":"closed"`)
	if err := watch.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-done
	if err := watch.Wait(); err != nil {
		t.Errorf("watch ended with %v, want exit 0; standard error %q", err, stderr.String())
	}
	snapshots := 0
	for _, l := range lines {
		if !json.Valid([]byte(l)) {
			t.Errorf("no JSON: %q", l)
		}
		if strings.Contains(l, `"type":"snapshot"`) {
			snapshots++
		}
	}
	if snapshots > 2 {
		t.Errorf("%d snapshots for two connections", snapshots)
	}
	if code, _ := again.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit %d, want 0", code)
	}
}

// post posts nothing to a path and returns the status.
func (s *server) post(path, token string) int {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func TestDemo(t *testing.T) {
	t.Parallel()
	s := serve(t, 6, nil, "demo", "--data", "")
	if got, want := s.line("attendee"), s.url+"/e/smwwholeads"; got != want {
		t.Errorf("attendee %s, want %s", got, want)
	}
	if code, took := s.stop(syscall.SIGTERM); code != 0 || took > 10*time.Second {
		t.Errorf("exit %d after %v, want 0 within 10 s", code, took)
	}
}
