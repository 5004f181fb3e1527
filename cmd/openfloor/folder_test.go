package main_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// wantRefusal waits for the process to end and checks that it refused: exit code 1, one line that says why, which
// holds words, and nothing on standard output.
func (p *process) wantRefusal(words string) {
	p.t.Helper()
	code, said := p.exit(), p.stderr.String()
	complaints := slices.DeleteFunc(strings.Split(strings.TrimSpace(said), "\n"), func(line string) bool {
		return !strings.HasPrefix(line, "openfloor: ")
	})
	if code != 1 || len(complaints) != 1 || !strings.Contains(complaints[0], words) {
		p.t.Errorf("%s: exit code %d, says %q; want 1 and one line with %q", p.name, code, said, words)
	}
	if out := p.stdout.String(); out != "" {
		p.t.Errorf("%s: prints %q, want nothing", p.name, out)
	}
}

// again returns another process with the same arguments, but for the address.
func (p *process) again(name string) *process {
	q := prepare(p.t, name, p.env, slices.Clone(p.args)...)
	q.args[slices.Index(q.args, "--addr")+1] = "127.0.0.1:0"
	return q
}

// data is the process's data folder.
func (p *process) data() string { return p.args[slices.Index(p.args, "--data")+1] }

// hashes returns the SHA-256 of every file of a folder, by path. Folders are there with none.
func hashes(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || d.IsDir() {
			all[name+"/"] = ""
			return err
		}
		body, err := os.ReadFile(path)
		all[name] = fmt.Sprintf("%x", sha256.Sum256(body))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestSecondProcess starts a second process on a data folder that is in use.
func TestSecondProcess(t *testing.T) {
	t.Parallel()
	first := run(t, "first", organiserEnv, serve(t)...)
	makeEvent(t, first, "smw", nil)
	mod := moderator(t, first, "smw", "Front desk")
	books := newLedger("smw")
	ask := func(text string) { books.send(t.Context(), somebody(t, first, "smw"), books.add(&entry{text: text})) }
	ask("Was this here before?")
	books.compare(t, mod, true).clean(t)
	for range 3 {
		second := first.again("second")
		second.start()
		second.wantRefusal("in use by another openfloor")
	}
	ask("Does the first go on?")
	books.compare(t, mod, true).clean(t)
	if code, _ := first.stop(); code != 0 {
		t.Errorf("the first: exit code %d, want 0", code)
	}
	before := hashes(t, first.data())
	first.start()
	first.awaitReady()
	books.compare(t, mod, true).clean(t)
	if code, _ := first.stop(); code != 0 {
		t.Errorf("the first, started again: exit code %d, want 0", code)
	}
	if len(before) < 10 {
		t.Errorf("%d files, want a store", len(before))
	}
}

// TestUsedFolderWithoutStreams starts the program on a folder that it used, and of which something is gone. It has
// to say so and leave alone what there is: that may be all that is left.
func TestUsedFolderWithoutStreams(t *testing.T) {
	t.Parallel()
	const streams = "nats/jetstream/$G/streams"
	for _, lost := range []string{"nats", "nats/jetstream", "nats/jetstream/$G", streams,
		streams + "/FLOOR", streams + "/INTAKE", streams + "/ACCESS", streams + "/VOTES", streams + "/MEDIA"} {
		t.Run(filepath.Base(lost), func(t *testing.T) {
			t.Parallel()
			server := run(t, "openfloor", organiserEnv, serve(t)...)
			makeEvent(t, server, "smw", nil)
			if code, _ := server.stop(); code != 0 {
				t.Fatalf("exit code %d, want 0", code)
			}
			if err := os.Rename(filepath.Join(server.data(), lost), filepath.Join(t.TempDir(), "lost")); err != nil {
				t.Fatal(err)
			}
			before := hashes(t, server.data())
			for range 2 {
				next := server.again("started again")
				next.start()
				next.wantRefusal("was used before")
				if diff := cmp.Diff(before, hashes(t, server.data())); diff != "" {
					t.Errorf("the folder was changed (-before +after):\n%s", diff)
				}
			}
		})
	}
}
