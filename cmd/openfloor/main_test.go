// The tests here run the program as its operators do: as processes, which they kill. They share what follows:
// process_test.go starts and kills, people_test.go and live_test.go talk to it, ledger_test.go keeps the books.
package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// patience bounds every wait of these tests, but where a shorter time is what is tested.
const patience = 60 * time.Second

// settle bounds how long something acknowledged may be on its way into the list, also after a kill.
const settle = 15 * time.Second

// natsConfig is the variable that makes this test binary a NATS server: it names the server's configuration file.
const natsConfig = "OPENFLOOR_TEST_NATS_CONFIG"

// builds is where the program under test is put.
var builds string

func TestMain(m *testing.M) {
	if path := os.Getenv(natsConfig); path != "" {
		fmt.Fprintln(os.Stderr, serveNATS(path))
		os.Exit(1)
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	var err error
	if builds, err = os.MkdirTemp("", "openfloor-test-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(builds)
	return m.Run()
}

// buildOnce builds the program under test, without what only debuggers read: that links in half the time.
var buildOnce = sync.OnceValues(func() (string, error) {
	path := filepath.Join(builds, "openfloor")
	if out, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// program returns the path of the program under test.
func program(t *testing.T) string {
	t.Helper()
	path, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// serveNATS is a NATS server of its own: what the program runs in itself otherwise, out of reach of its kills. It
// returns only when it could not start.
func serveNATS(config string) error {
	opts, err := server.ProcessConfigFile(config)
	if err != nil {
		return err
	}
	ns, err := server.NewServer(opts)
	if err != nil {
		return err
	}
	ns.ConfigureLogger()
	ns.Start()
	if !ns.ReadyForConnections(patience) || !ns.JetStreamEnabled() {
		return fmt.Errorf("NATS is not ready after %v", patience)
	}
	fmt.Println("ready " + ns.ClientURL())
	ns.WaitForShutdown()
	return fmt.Errorf("NATS stopped")
}
