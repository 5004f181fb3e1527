package live_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/openfloor/openfloor/display/live"
)

// bubble runs f in a synctest bubble and ends all streams after it.
func bubble(t *testing.T, cfg live.Config, f func(t *testing.T, l *live.Live, stream *feed)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := live.New(cfg)
		f(t, l, newFeed())
		if err := l.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if n := l.Open(); n != 0 {
			t.Errorf("open streams after Shutdown: %d", n)
		}
	})
}

func TestStart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		since *uint64
		epoch string
		want  []string
	}{
		{"nothing known", nil, "", []string{"snapshot 3", "4"}},
		{"resumed", ptr(uint64(2)), "epoch-1", []string{"2", "3", "4"}},
		{"another epoch", ptr(uint64(2)), "epoch-0", []string{"snapshot 3", "4"}},
		{"nothing missed", ptr(uint64(4)), "epoch-1", []string{"4"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, live.Config{}, func(t *testing.T, l *live.Live, stream *feed) {
				stream.publish(3)
				ws := dialPipe(t, l, live.Request{Stream: stream, Since: tt.since, Epoch: tt.epoch})
				synctest.Wait()
				wantNext(t, ws, tt.want[:len(tt.want)-1]...)
				synctest.Wait()
				stream.publish(1)
				wantNext(t, ws, "4")
				_ = ws.Close()
			})
		})
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	bubble(t, live.Config{}, func(t *testing.T, l *live.Live, stream *feed) {
		a := dialPipe(t, l, live.Request{Stream: stream, Join: stream.Join})
		b := dialPipe(t, l, live.Request{Stream: stream})
		wantNext(t, a, "snapshot 0")
		wantNext(t, b, "snapshot 0")
		if got := stream.joined(); got != 1 {
			t.Errorf("joined: got %d, want the one that counts", got)
		}
		_ = a.Close()
		_ = b.Close()
		synctest.Wait()
		if got := stream.joined(); got != 0 {
			t.Errorf("after they left: got %d", got)
		}
	})
}

// What a viewer says is heard message by message, in order; what is no text is not.
func TestSaid(t *testing.T) {
	t.Parallel()
	bubble(t, live.Config{}, func(t *testing.T, l *live.Live, stream *feed) {
		var said []string
		ws := dialPipe(t, l, live.Request{Stream: stream, Said: func(m []byte) { said = append(said, string(m)) }})
		wantNext(t, ws, "snapshot 0")
		long := strings.Repeat("x", 16<<10-10)
		for _, m := range []string{`{"type":"shown","seq":1}`, "", long} {
			if err := ws.WriteMessage(websocket.TextMessage, []byte(m)); err != nil {
				t.Fatal(err)
			}
		}
		if err := ws.WriteMessage(websocket.BinaryMessage, []byte("no text")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if want := []string{`{"type":"shown","seq":1}`, "", long}; !slices.Equal(said, want) {
			t.Errorf("heard %.60q, want %.60q", said, want)
		}
		stream.publish(1)
		wantNext(t, ws, "1")
		_ = ws.Close()
	})
}

func TestPings(t *testing.T) {
	t.Parallel()
	bubble(t, live.Config{}, func(t *testing.T, l *live.Live, stream *feed) {
		ws := dialPipe(t, l, live.Request{Stream: stream})
		began := time.Now()
		var pings []time.Duration
		answer := ws.PingHandler()
		ws.SetPingHandler(func(data string) error {
			pings = append(pings, time.Since(began))
			return answer(data)
		})
		wantNext(t, ws, "snapshot 0")
		time.AfterFunc(10*time.Minute+time.Second, func() { stream.publish(1) })
		_ = ws.SetReadDeadline(time.Time{})
		if _, body, err := ws.ReadMessage(); err != nil || string(body) != "1" {
			t.Fatalf("after ten quiet minutes: got %q, %v", body, err)
		}
		if len(pings) != 30 || pings[0] != 20*time.Second || pings[29] != 10*time.Minute {
			t.Errorf("pings: got %d at %v, want one each 20 s", len(pings), pings)
		}
		_ = ws.Close()
	})
}

func TestSilence(t *testing.T) {
	t.Parallel()
	bubble(t, live.Config{}, func(t *testing.T, l *live.Live, stream *feed) {
		ws := dialPipe(t, l, live.Request{Stream: stream})
		ws.SetPingHandler(func(string) error { return nil }) // reads, but never says anything
		began := time.Now()
		wantNext(t, ws, "snapshot 0")
		_ = ws.SetReadDeadline(time.Time{})
		if _, _, err := ws.ReadMessage(); err == nil {
			t.Fatal("got a message, want the end")
		}
		if d := time.Since(began); d != 60*time.Second {
			t.Errorf("a silent viewer was dropped after %s, want 60 s", d)
		}
	})
}

func TestWordsKeepAStream(t *testing.T) {
	t.Parallel()
	bubble(t, live.Config{}, func(t *testing.T, l *live.Live, stream *feed) {
		ws := dialPipe(t, l, live.Request{Stream: stream})
		ws.SetPingHandler(func(string) error { return nil })
		wantNext(t, ws, "snapshot 0")
		go func() {
			for range 6 {
				time.Sleep(50 * time.Second)
				if err := ws.WriteMessage(1, []byte(`{"type":"unheard of"}`)); err != nil {
					t.Errorf("write: %v", err)
				}
			}
			stream.publish(1)
		}()
		_ = ws.SetReadDeadline(time.Time{})
		if _, body, err := ws.ReadMessage(); err != nil || string(body) != "1" {
			t.Errorf("after five minutes: got %q, %v", body, err)
		}
		_ = ws.Close()
	})
}

// A viewer who stops reading for a while is given a fresh snapshot, not what it missed; one who never reads again is
// closed once a write has waited for 10 s; and the others notice neither.
func TestSlowViewer(t *testing.T) {
	t.Parallel()
	bubble(t, live.Config{}, func(t *testing.T, l *live.Live, stream *feed) {
		slow := dialPipe(t, l, live.Request{Stream: stream})
		dead := dialPipe(t, l, live.Request{Stream: stream})
		quick := dialPipe(t, l, live.Request{Stream: stream})
		for _, ws := range []interface{ ReadMessage() (int, []byte, error) }{slow, dead, quick} {
			if _, _, err := ws.ReadMessage(); err != nil {
				t.Fatal(err)
			}
		}
		stream.publish(1) // the two are being written this one from now on
		synctest.Wait()
		began := time.Now()
		wantNext(t, quick, "1")
		for i := range 600 {
			stream.publish(1)
			wantNext(t, quick, fmt.Sprint(i+2))
		}
		if d := time.Since(began); d != 0 {
			t.Errorf("the quick one waited %s for the slow ones", d)
		}
		time.Sleep(9 * time.Second)
		wantNext(t, slow, "1", "snapshot 601")
		stream.publish(1)
		wantNext(t, slow, "602")
		time.Sleep(1100 * time.Millisecond)
		synctest.Wait()
		if n := l.Open(); n != 2 {
			t.Errorf("open streams: got %d, want 2: a write has waited for more than 10 s", n)
		}
		wantNext(t, quick, "602")
		_ = slow.Close()
		_ = quick.Close()
	})
}

// A few missed messages are simply sent.
func TestShortPause(t *testing.T) {
	t.Parallel()
	bubble(t, live.Config{}, func(t *testing.T, l *live.Live, stream *feed) {
		ws := dialPipe(t, l, live.Request{Stream: stream})
		wantNext(t, ws, "snapshot 0")
		stream.publish(3)
		synctest.Wait()
		stream.publish(3)
		time.Sleep(5 * time.Second)
		wantNext(t, ws, "1", "2", "3", "4", "5", "6")
		_ = ws.Close()
	})
}

// Snapshots go out a few at a time; who is slow to take one holds others up for a second at most, and who waits too
// long is told.
func TestSnapshotsInTurn(t *testing.T) {
	t.Parallel()
	bubble(t, live.Config{Snapshots: 1}, func(t *testing.T, l *live.Live, stream *feed) {
		dialPipe(t, l, live.Request{Stream: stream}) // never reads
		synctest.Wait()
		second := dialPipe(t, l, live.Request{Stream: stream})
		began := time.Now()
		wantNext(t, second, "snapshot 0")
		if d := time.Since(began); d != time.Second {
			t.Errorf("the second snapshot came after %s, want 1 s", d)
		}
		for range 9 {
			dialPipe(t, l, live.Request{Stream: stream})
			synctest.Wait()
		}
		// Nine slow ones before it: 9 s.
		last := dialPipe(t, l, live.Request{Stream: stream})
		wantNext(t, last, "snapshot 0")
		for range 11 {
			dialPipe(t, l, live.Request{Stream: stream})
			synctest.Wait()
		}
		late := dialPipe(t, l, live.Request{Stream: stream})
		wantClose(t, late, live.TooBusy)
	})
}

func TestCloseFrames(t *testing.T) {
	t.Parallel()
	bubble(t, live.Config{}, func(t *testing.T, l *live.Live, stream *feed) {
		lost := make(chan struct{})
		ws := dialPipe(t, l, live.Request{Stream: stream, Lost: lost})
		other := dialPipe(t, l, live.Request{Stream: stream, Lost: make(chan struct{})})
		wantNext(t, ws, "snapshot 0")
		wantNext(t, other, "snapshot 0")
		close(lost)
		began := time.Now()
		wantClose(t, ws, live.RightLost)
		if d := time.Since(began); d != 0 {
			t.Errorf("told after %s, want at once", d)
		}
		stream.publish(1)
		wantNext(t, other, "1")
		done := make(chan error)
		go func() { done <- l.Shutdown(t.Context()) }()
		wantClose(t, other, live.Restart)
		if err := <-done; err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if d := time.Since(began); d > 1500*time.Millisecond {
			t.Errorf("Shutdown took %s", d)
		}
	})
}

// Somebody who lost the right and does not read is cut within a moment, in the middle of whatever it was being sent.
func TestRightLostWhileBlocked(t *testing.T) {
	t.Parallel()
	bubble(t, live.Config{}, func(t *testing.T, l *live.Live, stream *feed) {
		lost := make(chan struct{})
		ws := dialPipe(t, l, live.Request{Stream: stream, Lost: lost})
		wantNext(t, ws, "snapshot 0")
		stream.publish(1)
		synctest.Wait() // it is waiting for the viewer to read
		close(lost)
		began := time.Now()
		for l.Open() > 0 {
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
		}
		if d := time.Since(began); d > 2*time.Second {
			t.Errorf("cut after %s, want a second or so", d)
		}
	})
}
