package cli

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"
)

var doctorLine = regexp.MustCompile(`^(ok  |warn|FAIL)  [^:]+: .+$`)

// examine runs openfloor doctor against a server.
func (s *server) examine(args ...string) result {
	s.t.Helper()
	return runOnce(s.t, []string{"OPENFLOOR_SERVER=" + s.url, "OPENFLOOR_DATA=" + s.data}, append([]string{"doctor"}, args...)...)
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	well := serve(t, 2, nil)
	got := well.examine()
	for line := range strings.Lines(got.out) {
		if !doctorLine.MatchString(strings.TrimSuffix(line, "\n")) {
			t.Errorf("no line of a check: %q", line)
		}
	}
	if got.code != 0 || got.err != "" || !strings.Contains(got.out, "ok    data folder: ") || !strings.Contains(got.out, "ok    stream FLOOR: ") || strings.Contains(got.out, "FAIL") {
		t.Errorf("a server that is well: exit %d, %q, standard error %q", got.code, got.out, got.err)
	}

	// A source that may not be asked: a fault, with what to do.
	ill := serve(t, 6, nil, "--hashtag", "AskPanel", "--source", "mastodon=http://127.0.0.1:9")
	for deadline := time.Now().Add(patience); ; {
		if got = ill.examine(); strings.Contains(got.out, "FAIL  source askpanel mastodon@127.0.0.1:9: ") || time.Now().After(deadline) {
			break
		}
	}
	if got.code != 1 || !strings.Contains(got.out, "by https") || !strings.Contains(got.err, "checks failed") {
		t.Errorf("a source out of reach: exit %d, %q, standard error %q", got.code, got.out, got.err)
	}
	got = ill.examine("--json")
	var report struct {
		OK     bool `json:"ok"`
		Checks []struct{ Check, Result, Detail string }
	}
	if err := json.Unmarshal([]byte(got.out), &report); err != nil || got.code != 1 || report.OK || len(report.Checks) < 8 {
		t.Errorf("--json: exit %d, %v, %q", got.code, err, got.out)
	}
}

func TestDoctorWithoutAServer(t *testing.T) {
	t.Parallel()
	got := runOnce(t, nil, "doctor", "--token", "t", "--server", "http://127.0.0.1:9")
	if got.code != 1 || !strings.HasPrefix(got.out, "FAIL  server: ") || !strings.Contains(got.out, "openfloor serve") {
		t.Errorf("nobody there: exit %d, %q, standard error %q", got.code, got.out, got.err)
	}
	if got := runOnce(t, nil, "doctor", "--token", "t", "--deep"); got.code != 2 || !strings.Contains(got.err, "--deep") {
		t.Errorf("a flag that is not there: exit %d, standard error %q", got.code, got.err)
	}
}
