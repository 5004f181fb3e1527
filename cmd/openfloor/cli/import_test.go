package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImport brings a table in, by a look at it first.
func TestImport(t *testing.T) {
	t.Parallel()
	s := serve(t, 2, nil, "serve")
	var made event
	s.ask(&made, "event", "create", "--title", "Ask the panel", "--slug", "ask")
	env := []string{"OPENFLOOR_SERVER=" + s.url, "OPENFLOOR_DATA=" + s.data}
	write := func(name, body string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	table := write("gathered.csv", "Text;Name;Kind\nWho leads?;Ana;question\nWe did;;story\n;;\nAh;;poem\n")
	type did struct {
		Imported, Known int
		Refused         []struct {
			Line   int
			Detail string
		}
		Lines []struct {
			Line    int
			Outcome string
		}
	}
	for _, step := range []struct {
		name            string
		args            []string
		imported, known int
		lines           int
	}{
		{"a look at it", []string{"import", "ask", table, "--preview"}, 2, 0, 3},
		{"the import", []string{"import", "ask", table}, 2, 0, 0},
		{"again", []string{"import", "ask", table}, 0, 2, 0},
	} {
		got := runOnce(t, env, step.args...)
		var d did
		if err := json.Unmarshal([]byte(got.out), &d); err != nil || got.code != 0 {
			t.Fatalf("%s: exit %d, %s%s", step.name, got.code, got.out, got.err)
		}
		if d.Imported != step.imported || d.Known != step.known || len(d.Refused) != 1 || d.Refused[0].Line != 5 || d.Refused[0].Detail == "" || len(d.Lines) != step.lines {
			t.Errorf("%s: %s", step.name, got.out)
		}
	}
	for name, c := range map[string]struct{ file, out, says string }{
		"nothing usable": {write("a.csv", "text,kind\na,poem\n"), `"refused"`, "no line"},
		"no table":       {write("b.csv", "question\na\n"), "", "422"},
		"an export":      {write("c.json", "{}"), "", "415"},
	} {
		got := runOnce(t, env, "import", "ask", c.file)
		if got.code != 1 || !strings.Contains(got.out, c.out) || strings.Count(got.err, "\n") != 1 || !strings.Contains(got.err, c.says) {
			t.Errorf("%s: exit %d, %s%s; want 1 and one line about %s", name, got.code, got.out, got.err, c.says)
		}
	}
}
