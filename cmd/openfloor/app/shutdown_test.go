package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// The order matters more than any step: what stops has to leave behind what the ones after it need.
func TestStepsInOrder(t *testing.T) {
	t.Parallel()
	var names []string
	var limits time.Duration
	for _, s := range new(App).steps() {
		names = append(names, s.name)
		limits += s.limit
	}
	want := []string{"readiness off", "sources stop", "streams closed", "http", "desk", "follower", "nats drained", "nats stopped"}
	if !slices.Equal(names, want) {
		t.Errorf("steps %v, want %v", names, want)
	}
	if stopTime >= 10*time.Second {
		t.Errorf("stopping may take %v, want less than 10 s", stopTime)
	}
	if limits > 12*time.Second {
		t.Errorf("the steps' own limits come to %v, far above the whole", limits)
	}
}

// A stream is told to come back, a request in hand is answered, and the store is closed cleanly.
func TestShutdown(t *testing.T) {
	t.Parallel()
	cfg := local(t)
	cfg.Event = &EventWish{Hashtag: "AskPanel", Sources: nowhere}
	a := launch(t, cfg)
	ws, res, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+a.Addr()+"/api/v1/events/askpanel/live?view=public", nil)
	if err != nil {
		t.Fatalf("stream: %v", err)
	}
	res.Body.Close()
	defer ws.Close()
	if _, _, err := ws.ReadMessage(); err != nil {
		t.Fatalf("first message: %v", err)
	}
	reading, writing := io.Pipe()
	answered, inHand := make(chan error, 1), make(chan struct{})
	go func() { // half a request, which is in hand when the stop comes: the server asks for its body
		ctx := httptrace.WithClientTrace(context.WithoutCancel(t.Context()), &httptrace.ClientTrace{Got100Continue: func() { close(inHand) }})
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+a.Addr()+"/api/v1/events/askpanel/submissions", reading)
		if err != nil {
			answered <- err
			return
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Expect", "100-continue")
		transport := &http.Transport{ExpectContinueTimeout: patience}
		defer transport.CloseIdleConnections()
		res, err := transport.RoundTrip(req)
		if err == nil {
			res.Body.Close()
			if res.StatusCode != http.StatusAccepted {
				err = fmt.Errorf("status %d, want 202", res.StatusCode)
			}
		}
		answered <- err
	}()
	select {
	case <-inHand:
	case err := <-answered:
		t.Fatalf("the request was never in hand: %v", err)
	}
	if _, err := io.WriteString(writing, `{"text":"What is`); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	begun := time.Now()
	go func() { stopped <- a.stop() }()
	for {
		if _, _, err = ws.ReadMessage(); err != nil {
			break
		}
	}
	if !websocket.IsCloseError(err, websocket.CloseServiceRestart) {
		t.Errorf("the stream ended with %v, want close code 1012", err)
	}
	if _, err := io.WriteString(writing, ` the smallest first step?"}`); err != nil {
		t.Fatal(err)
	}
	writing.Close()
	if err := <-answered; err != nil {
		t.Errorf("the request in hand: %v", err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Run = %v, want nil", err)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("it took %v, want 10 s at most", took)
	}
	if !a.nc.IsClosed() || a.natsd.Running() {
		t.Error("NATS goes on")
	}
	b := launch(t, cfg) // what was answered 202 is there
	if n := b.record.Received("askpanel"); n != 1 {
		checkFor(t, func() error { // it may have stood in INTAKE still
			if n := b.record.Received("askpanel"); n != 1 {
				return fmt.Errorf("%d submissions, want 1", n)
			}
			return nil
		})
	}
}

// A client that never finishes its request holds up nothing.
func TestShutdownCutsWhatIsTooSlow(t *testing.T) {
	t.Parallel()
	cfg := local(t)
	cfg.Event = &EventWish{Hashtag: "AskPanel", Sources: nowhere}
	a := launch(t, cfg)
	reading, writing := io.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost, "http://"+a.Addr()+"/api/v1/events/askpanel/submissions", reading)
		if err != nil {
			return
		}
		if res, err := a.http.Do(req); err == nil {
			res.Body.Close()
		}
	}()
	if _, err := io.WriteString(writing, `{"text":"`); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if err := a.stop(); err != nil {
		t.Errorf("Run = %v, want nil", err)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("it took %v, want 10 s at most", took)
	}
	writing.CloseWithError(errors.New("enough"))
	<-ended
}

// Each step has its limit, and one that takes too long is left behind.
func TestStepTooSlow(t *testing.T) {
	t.Parallel()
	a := &App{log: quiet}
	release := make(chan struct{})
	defer close(release)
	err := a.take(t.Context(), step{"stuck", 10 * time.Millisecond, func(ctx context.Context) error {
		return wait(ctx, func() { <-release })
	}})
	if !errors.Is(err, errSlow) || !strings.Contains(err.Error(), "stuck") {
		t.Errorf("take = %v, want it to name the step and say that it was too slow", err)
	}
}
