//go:build unix

package live_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/openfloor/openfloor/display/live"
)

const (
	frameBytes  = 404 // a 400-byte message and its header
	clientEnv   = "OPENFLOOR_BENCH_CLIENT"
	benchRounds = 30
)

// The readers are a process of their own, so that the server's CPU can be told from theirs: the test binary runs
// itself with clientEnv set to "KIND ADDRESS VIEWERS" and says in a line each time all viewers have one more frame.
func init() {
	if spec := os.Getenv(clientEnv); spec != "" {
		if err := benchClient(spec); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

func benchClient(spec string) error {
	var kind, address string
	var viewers int
	if _, err := fmt.Sscan(spec, &kind, &address, &viewers); err != nil {
		return err
	}
	var total, seen atomic.Int64
	progress := make(chan struct{}, 1)
	for range viewers {
		conn, err := benchConn(kind, address)
		if err != nil {
			return err
		}
		go func() {
			buf := make([]byte, 16<<10)
			for {
				n, err := conn.Read(buf)
				if err != nil {
					return
				}
				if total.Add(int64(n)) >= seen.Load() {
					select {
					case progress <- struct{}{}:
					default:
					}
				}
			}
		}()
	}
	each := int64(viewers) * frameBytes
	fmt.Println("ready")
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends with the server
		os.Exit(0)
	}()
	for next := each; ; next += each {
		seen.Store(next)
		for total.Load() < next {
			<-progress
		}
		fmt.Println("got")
	}
}

// benchConn opens a connection of one kind, up to where nothing comes any more until something is published.
func benchConn(kind, address string) (net.Conn, error) {
	if kind == "live" {
		ws, resp, err := websocket.DefaultDialer.Dial("ws://"+address, nil)
		if err != nil {
			return nil, err
		}
		_ = resp.Body.Close()
		_, _, err = ws.ReadMessage() // the snapshot
		return ws.NetConn(), err
	}
	conn, err := net.Dial("tcp", address)
	if err != nil || kind == "tcp" {
		return conn, err
	}
	in := bufio.NewReader(conn)
	if kind == "events" {
		_, err = fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n")
		for line := ""; err == nil && !strings.HasPrefix(line, "data: snapshot"); {
			line, err = in.ReadString('\n')
		}
		return conn, err
	}
	at := ""
	for range 2 { // the second one waits
		if _, err = fmt.Fprintf(conn, "GET /?at=%s HTTP/1.1\r\nHost: bench\r\n\r\n", at); err != nil || at != "" {
			return conn, err
		}
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			return nil, err
		}
		_ = resp.Body.Close()
		at = resp.Header.Get(live.HeaderAt)
	}
	return conn, nil
}

// BenchmarkViewer tells what an idle viewer of each kind holds of this process's memory, heap and stacks.
func BenchmarkViewer(b *testing.B) {
	for _, kind := range []string{"live", "events", "poll"} {
		b.Run(kind, func(b *testing.B) {
			const viewers = 2000
			stream, l := newFeed(), live.New(live.Config{})
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				l.Serve(w, r, live.Request{Stream: stream, At: r.URL.Query().Get("at")})
			}))
			defer s.Close()
			held := func() uint64 {
				runtime.GC()
				runtime.GC() // buffers in a sync.Pool go with the second
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				return m.HeapAlloc + m.StackInuse
			}
			before := held()
			newContender(b, kind, s.Listener.Addr().String(), viewers)
			for b.Loop() {
				time.Sleep(100 * time.Millisecond) // what was under way has come to rest
			}
			b.ReportMetric(float64(held()-before)/viewers, "B/viewer")
			b.ReportMetric(0, "ns/op")
			if err := l.Shutdown(b.Context()); err != nil {
				b.Error(err)
			}
		})
	}
}

// contender is one way to get a frame to all viewers.
type contender struct {
	publish func(n int)
	lines   *bufio.Scanner
	last    []time.Duration // publish to the last viewer
	cpu     time.Duration
}

func (c *contender) await(tb testing.TB, n int) {
	for range n {
		if !c.lines.Scan() {
			tb.Fatalf("the client ended: %v", c.lines.Err())
		}
	}
}

func newContender(b *testing.B, kind, address string, viewers int) *contender {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), clientEnv+"="+fmt.Sprint(kind, " ", address, " ", viewers))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	c := &contender{lines: bufio.NewScanner(out)}
	c.await(b, 1)
	return c
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkFanOut compares the stream with bare TCP (the same bytes by net.Conn.Write, one write a frame) in one run,
// in rounds that take turns: CPU of this process per delivery, and publish to last viewer, as ratios to bare TCP.
// OPENFLOOR_BENCH_VIEWERS sets how many viewers (1,000).
func BenchmarkFanOut(b *testing.B) {
	viewers := 1000
	if n, err := strconv.Atoi(os.Getenv("OPENFLOOR_BENCH_VIEWERS")); err == nil {
		viewers = n
	}
	for _, burst := range []int{1, 8} {
		b.Run(fmt.Sprintf("viewers=%d/outstanding=%d", viewers, burst), func(b *testing.B) {
			frame := append([]byte{0x81, 126, 400 >> 8, 400 & 0xff}, make([]byte, 400)...)
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = listener.Close() }()
			accepted := make(chan net.Conn, viewers)
			go func() {
				for range viewers {
					c, err := listener.Accept()
					if err != nil {
						return
					}
					accepted <- c
				}
			}()
			tcp := newContender(b, "tcp", listener.Addr().String(), viewers)
			conns := make([]net.Conn, viewers)
			for i := range conns {
				conns[i] = <-accepted
				defer func() { _ = conns[i].Close() }()
			}
			tcp.publish = func(n int) {
				for range n {
					for _, c := range conns {
						if _, err := c.Write(frame); err != nil {
							b.Error(err)
						}
					}
				}
			}

			stream, l := newFeed(), live.New(live.Config{})
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				l.Serve(w, r, live.Request{Stream: stream})
			}))
			defer s.Close()
			stream.pad = strings.Repeat("x", 400)
			ours := newContender(b, "live", s.Listener.Addr().String(), viewers)
			ours.publish = func(n int) {
				for range n {
					stream.pad = strings.Repeat("x", 400-len(fmt.Sprint(stream.n+1)))
					stream.publish(1)
				}
			}
			// A kick-off brings both into their stride.
			for _, c := range []*contender{tcp, ours} {
				c.publish(2)
				c.await(b, 2)
			}
			deliveries := 0
			for b.Loop() {
				for range benchRounds {
					for _, c := range []*contender{tcp, ours} {
						cpu, began := cpuTime(b), time.Now()
						c.publish(burst)
						c.await(b, burst)
						c.last = append(c.last, time.Since(began))
						c.cpu += cpuTime(b) - cpu
						time.Sleep(30 * time.Millisecond) // what comes alone: longer than any gathering
					}
					deliveries += burst * viewers
				}
			}
			median := func(d []time.Duration) float64 {
				slices.Sort(d)
				return float64(d[len(d)/2])
			}
			b.ReportMetric(float64(tcp.cpu.Nanoseconds())/float64(deliveries), "tcp-ns-cpu/delivery")
			b.ReportMetric(float64(ours.cpu.Nanoseconds())/float64(deliveries), "ns-cpu/delivery")
			b.ReportMetric(float64(ours.cpu)/float64(tcp.cpu), "cpu-to-tcp")
			b.ReportMetric(median(ours.last)/1e6, "ms-to-last")
			b.ReportMetric(median(ours.last)/median(tcp.last), "last-to-tcp")
			b.ReportMetric(0, "ns/op")
		})
	}
}
