package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/openfloor/openfloor"

// rule says what a package may import beside the standard library. A name ending in /... stands for everything
// below it as well; names without a dot in the first element are our own.
type rule struct {
	pkg     string
	may     []string
	mayNot  []string // of the standard library
	forTest bool     // nothing but tests, and packages that are for tests as well, may import it
}

// rules is the import table. Every package of the module has its line; arrows point at the core and never sideways.
//
// It differs from the proposed one where that left no room: several packages clean or compare text and so import
// moderation/text; web compresses, and asks gorilla what an upgrade is; web/ui measures a text in graphemes; natstest
// makes the streams, and checks for goroutines left behind.
var rules = []rule{
	{pkg: "moderation/text", may: []string{"golang.org/x/text/...", "github.com/clipperhouse/uax29/v2/..."}, mayNot: []string{"net", "net/http", "os", "database/sql"}},
	{pkg: "moderation/flag", may: []string{"moderation/text", "golang.org/x/text/unicode/norm", "github.com/nyaruka/phonenumbers"}, mayNot: []string{"net", "net/http", "os", "database/sql"}},
	{pkg: "moderation/similar", may: []string{"moderation/text", "github.com/blevesearch/snowballstem/..."}, mayNot: []string{"net", "net/http", "os", "database/sql"}},
	{pkg: "moderation", may: []string{"moderation/text", "moderation/flag", "moderation/similar"}, mayNot: []string{"net", "net/http", "os", "html/template"}},
	{pkg: "moderation/floortest", may: []string{"moderation", "moderation/text", "github.com/google/go-cmp/...", "pgregory.net/rapid"}, forTest: true},
	{pkg: "moderation/natsstore", may: []string{"moderation", "github.com/nats-io/nats.go/..."}, mayNot: []string{"net/http"}},
	{pkg: "moderation/natsstore/natstest", may: []string{"moderation/natsstore", "github.com/nats-io/nats.go/...", "github.com/nats-io/nats-server/v2/...", "go.uber.org/goleak"}, forTest: true},

	{pkg: "ingest", may: []string{"moderation", "moderation/text", "github.com/cenkalti/backoff/v5", "golang.org/x/net/html/...", "golang.org/x/image/..."}},
	{pkg: "ingest/mastodon", may: []string{"ingest", "moderation", "moderation/text", "golang.org/x/text/unicode/norm", "github.com/gorilla/websocket"}},
	{pkg: "ingest/x", may: []string{"ingest", "moderation", "moderation/text", "golang.org/x/text/unicode/norm", "github.com/dghubble/oauth1"}},
	{pkg: "ingest/bluesky", may: []string{"ingest", "moderation", "moderation/text", "github.com/gorilla/websocket"}},
	{pkg: "ingest/feed", may: []string{"ingest", "moderation", "moderation/text", "golang.org/x/text/encoding/..."}},
	{pkg: "ingest/inbox", may: []string{"ingest", "moderation", "moderation/text", "golang.org/x/time/rate", "golang.org/x/text/encoding/..."}, mayNot: []string{"net/http", "html/template"}},
	{pkg: "ingest/fakenet", may: []string{"github.com/gorilla/websocket"}},
	{pkg: "ingest/simulator", may: []string{"ingest/fakenet"}},
	{pkg: "ingest/sourcetest", may: []string{"ingest", "moderation", "moderation/text"}, forTest: true},

	{pkg: "display", may: []string{"moderation", "moderation/text"}, mayNot: []string{"net", "net/http"}},
	{pkg: "display/live", may: []string{"display", "github.com/gorilla/websocket"}},

	{pkg: "web/auth", may: []string{"moderation", "golang.org/x/crypto/..."}, mayNot: []string{"net/http"}},
	{pkg: "web/ui", may: []string{"moderation", "moderation/text", "display", "rsc.io/qr/...", "github.com/clipperhouse/uax29/v2/graphemes"}},
	{pkg: "web", may: []string{"moderation", "moderation/text", "display", "display/live", "ingest/inbox", "web/auth", "web/ui",
		"github.com/go-chi/chi/v5/...", "github.com/klauspost/compress/gzhttp", "github.com/gorilla/websocket"}},
	{pkg: "web/e2e/fakemastodon", may: []string{"ingest/fakenet"}, forTest: true},
	{pkg: "web/e2e/fakex", may: []string{"ingest/fakenet"}, forTest: true},

	{pkg: "cmd/openfloor/app", may: []string{"moderation/...", "ingest/...", "display/...", "web/...",
		"github.com/nats-io/...", "github.com/prometheus/client_golang/...", "github.com/gofrs/flock"}},
	{pkg: "cmd/openfloor/cli", may: []string{"cmd/openfloor/app", "github.com/alecthomas/kong", "github.com/gorilla/websocket"}},
	{pkg: "cmd/openfloor", may: []string{"cmd/openfloor/cli"}},
}

// listed is what go list tells about a package.
type listed struct {
	ImportPath string
	Standard   bool
	GoFiles    []string
	Imports    []string
}

func TestImports(t *testing.T) {
	t.Parallel()
	packages := listPackages(t)
	std := map[string]bool{}
	ours := map[string]listed{}
	for _, p := range packages {
		if p.Standard {
			std[p.ImportPath] = true
		} else if name, ok := strings.CutPrefix(p.ImportPath, module+"/"); ok && len(p.GoFiles) > 0 {
			ours[name] = p
		}
	}
	byName := map[string]rule{}
	for _, r := range rules {
		byName[r.pkg] = r
		if _, ok := ours[r.pkg]; !ok {
			t.Errorf("the import table names %s, which is not there any more; take its line out, or give it the new name", r.pkg)
		}
	}
	for name, p := range ours {
		r, ok := byName[name]
		if !ok {
			t.Errorf("%s has no line in the import table; give it one, or put the code where it belongs", name)
			continue
		}
		for _, imported := range p.Imports {
			if fault := r.fault(imported, std[imported], byName); fault != "" {
				t.Errorf("%s imports %s: %s", name, imported, fault)
			}
		}
	}
}

// fault says what is wrong with r's package importing another; empty: nothing.
func (r rule) fault(imported string, standard bool, byName map[string]rule) string {
	name, own := strings.CutPrefix(imported, module+"/")
	switch {
	case standard && slices.Contains(r.mayNot, imported):
		return "this package does without it"
	case standard:
		return ""
	case own && byName[name].forTest && !r.forTest:
		return "that one is for tests"
	case r.forTest && own && byName[name].forTest:
		return ""
	}
	for _, may := range r.may {
		if below, ok := strings.CutSuffix(may, "/..."); ok && (name == below || strings.HasPrefix(name, below+"/")) || may == name {
			return ""
		}
	}
	return "the import table does not allow it"
}

// TestImportsBite makes sure that the table refuses what it is there to refuse.
func TestImportsBite(t *testing.T) {
	t.Parallel()
	byName := map[string]rule{}
	for _, r := range rules {
		byName[r.pkg] = r
	}
	for _, c := range []struct {
		pkg, imports string
		std, bad     bool
	}{
		{pkg: "moderation", imports: "net/http", std: true, bad: true},
		{pkg: "moderation", imports: "github.com/nats-io/nats.go", bad: true},
		{pkg: "moderation", imports: module + "/moderation/text"},
		{pkg: "ingest", imports: module + "/ingest/mastodon", bad: true},
		{pkg: "ingest", imports: module + "/display", bad: true},
		{pkg: "ingest/fakenet", imports: module + "/ingest", bad: true},
		{pkg: "display", imports: module + "/web", bad: true},
		{pkg: "display/live", imports: module + "/moderation", bad: true},
		{pkg: "web", imports: module + "/moderation/natsstore", bad: true},
		{pkg: "web", imports: module + "/web/ui"},
		{pkg: "web", imports: "github.com/go-chi/chi/v5/middleware"},
		{pkg: "cmd/openfloor/cli", imports: module + "/moderation", bad: true},
		{pkg: "cmd/openfloor/app", imports: module + "/moderation/natsstore/natstest", bad: true},
		{pkg: "moderation/natsstore", imports: "github.com/nats-io/nats-server/v2/server", bad: true},
		{pkg: "cmd/openfloor/app", imports: "github.com/nats-io/nats-server/v2/server"},
	} {
		if fault := byName[c.pkg].fault(c.imports, c.std, byName); (fault != "") != c.bad {
			t.Errorf("%s importing %s: fault %q, want a fault: %v", c.pkg, c.imports, fault, c.bad)
		}
	}
}

// listPackages asks the Go tool for every package of the module and what it depends on.
func listPackages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Standard,GoFiles,Imports", "./...")
	cmd.Dir = "../../.."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("read go list: %v", err)
		}
		all = append(all, p)
	}
}
