package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is one process of the program, or a NATS server, that can be killed and started again as it was.
type process struct {
	t    *testing.T
	name string
	path string
	args []string
	env  []string // beside this process's own

	stdout, stderr output

	cmd     *exec.Cmd
	ended   chan struct{} // closed once it has ended and its output is read
	readyIn time.Duration // how long it took until it said ready, the last time
}

// run starts the program with args and returns once it says that it is ready.
func run(t *testing.T, name string, env []string, args ...string) *process {
	t.Helper()
	p := prepare(t, name, env, args...)
	p.start()
	p.awaitReady()
	return p
}

// prepare makes a process that is not started yet. It ends with the test, and what it logged is shown if that failed.
func prepare(t *testing.T, name string, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, name: name, path: program(t), args: args, env: env}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("the log of %s ends with:\n%s", name, p.stderr.tail(4<<10))
		}
	})
	return p
}

// runNATS starts a NATS server that syncs every write, on a port and a folder that it keeps.
func runNATS(t *testing.T) *process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "nats.conf")
	body := fmt.Sprintf("listen: %q\nserver_name: test\njetstream { store_dir: %q, sync_interval: always, max_file_store: 4G }\n", freeAddr(t), filepath.Join(dir, "store"))
	if err := os.WriteFile(config, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	p := prepare(t, "nats", []string{natsConfig + "=" + config})
	p.path = exe
	p.start()
	p.awaitReady()
	return p
}

// start starts the process.
func (p *process) start() {
	p.t.Helper()
	p.stdout.reset()
	p.cmd = exec.Command(p.path, p.args...)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "OPENFLOOR_") {
			p.cmd.Env = append(p.cmd.Env, v)
		}
	}
	p.cmd.Env = append(p.cmd.Env, p.env...)
	begun := time.Now()
	p.stdout.onLine = func(string) { p.readyIn = time.Since(begun) }
	if err := p.cmd.Start(); err != nil {
		p.t.Fatalf("start %s: %v", p.name, err)
	}
	p.ended = make(chan struct{})
	go func(cmd *exec.Cmd, ended chan<- struct{}) {
		_ = cmd.Wait() // how it ended is read from ProcessState
		close(ended)
	}(p.cmd, p.ended)
}

// awaitReady waits for the ready line.
func (p *process) awaitReady() {
	p.t.Helper()
	select {
	case <-p.stdout.first():
		if !strings.HasPrefix(p.stdout.String(), "ready ") {
			p.t.Fatalf("%s begins with %q, want the ready line", p.name, p.stdout.String())
		}
	case <-p.ended:
		p.t.Fatalf("%s ended before it was ready: %v\n%s", p.name, p.cmd.ProcessState, p.stderr.tail(4<<10))
	case <-time.After(patience):
		p.t.Fatalf("%s is not ready after %v", p.name, patience)
	}
}

// url is the address of the ready line.
func (p *process) url() string {
	line, _, _ := strings.Cut(p.stdout.String(), "\n")
	return strings.TrimPrefix(line, "ready ")
}

// kill is kill -9. It returns once the process is gone, and does nothing to one that is gone already.
func (p *process) kill() {
	if p.cmd == nil || p.cmd.Process == nil {
		return
	}
	_ = p.cmd.Process.Kill() // gone already
	<-p.ended
}

// restart starts the process again after kill, as it was.
func (p *process) restart() {
	p.t.Helper()
	p.start()
	p.awaitReady()
}

// alive reports whether the process is running.
func (p *process) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// stop asks the process to end, as a service manager does, and returns its exit code and how long it took.
func (p *process) stop() (code int, took time.Duration) {
	p.t.Helper()
	begun := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatalf("stop %s: %v", p.name, err)
	}
	return p.exit(), time.Since(begun)
}

// exit waits for the process to end by itself and returns its exit code.
func (p *process) exit() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("%s has not ended after %v", p.name, patience)
	}
	return p.cmd.ProcessState.ExitCode()
}

// output is what a process writes. It is safe for concurrent use.
type output struct {
	onLine func(string) // told of the first line; nil: nobody is

	mu   sync.Mutex // guards the rest
	b    bytes.Buffer
	line chan struct{} // closed at the first whole line
	some bool
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.b.Write(p)
	if line, _, whole := strings.Cut(o.b.String(), "\n"); whole && !o.some && o.line != nil {
		o.some = true
		if o.onLine != nil {
			o.onLine(line)
		}
		close(o.line)
	}
	return len(p), nil
}

// reset forgets everything.
func (o *output) reset() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.b.Reset()
	o.line, o.some = make(chan struct{}), false
}

// first is closed once there is a whole line.
func (o *output) first() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.line
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// tail returns the last n bytes.
func (o *output) tail(n int) string {
	s := o.String()
	return s[max(0, len(s)-n):]
}

var (
	portsMu sync.Mutex // guards ports
	ports   = map[int]bool{}
)

// freeAddr returns an address that nobody listens on and that no other test gets. It is none of the ports that
// outgoing connections come from (32768 and above on Linux): while the server is down, one of those could take its
// port, and even connect to itself.
func freeAddr(t *testing.T) string {
	t.Helper()
	portsMu.Lock()
	defer portsMu.Unlock()
	for range 1000 {
		port := 15_000 + rand.IntN(15_000)
		if ports[port] {
			continue
		}
		addr := net.JoinHostPort("127.0.0.1", fmt.Sprint(port))
		l, err := net.Listen("tcp", addr)
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		ports[port] = true
		return addr
	}
	t.Fatal("no free port")
	return ""
}

// eventually calls check until it returns nil, for as long as patience lasts.
func eventually(t *testing.T, check func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %v: %v", patience, err)
		}
		time.Sleep(25 * time.Millisecond) // between two looks
	}
}
