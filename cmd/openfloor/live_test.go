package main_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// message is one message of the live stream.
type message struct {
	Type  string `json:"type"`
	Seq   uint64 `json:"seq"`
	Item  item   `json:"item"`
	Items []item `json:"items"`
	Stage *struct {
		Now *string `json:"now"`
	} `json:"stage"`
	Who []struct {
		Name    string  `json:"name"`
		Claimed *string `json:"claimed"`
	} `json:"who"`
	Screens []struct {
		Name  string `json:"name"`
		Shown uint64 `json:"shown"`
	} `json:"screens"`
	Signal struct {
		Text    string  `json:"text"`
		AckedAt *string `json:"acked_at"`
	} `json:"signal"`

	at time.Time // when it came
}

// viewer watches a stream of an event.
type viewer struct {
	t    *testing.T
	conn *websocket.Conn

	mu    sync.Mutex // guards the rest
	got   []message
	err   error         // why it ended
	heard chan struct{} // closed and made anew with each message
}

// follow opens a public stream.
func follow(t *testing.T, p *process, slug string) *viewer {
	t.Helper()
	return somebody(t, p, slug).watch(t, p, "public")
}

// watch opens a stream of a view, on a process.
func (who *person) watch(t *testing.T, p *process, view string) *viewer {
	t.Helper()
	header := http.Header{}
	if who.token != "" {
		header.Set("Authorization", "Bearer "+who.token)
	}
	conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(p.url(), "http")+"/api/v1/events/"+who.slug+"/live?view="+view, header)
	if err != nil {
		t.Fatalf("open the stream: %v", err)
	}
	v := &viewer{t: t, conn: conn, heard: make(chan struct{})}
	done := make(chan struct{})
	t.Cleanup(func() {
		conn.Close()
		<-done
	})
	go func() {
		defer close(done)
		for {
			var m message
			_, body, err := conn.ReadMessage()
			if err == nil {
				err = json.Unmarshal(body, &m)
			}
			m.at = time.Now()
			v.mu.Lock()
			if err == nil {
				v.got = append(v.got, m)
			}
			v.err = err
			close(v.heard)
			v.heard = make(chan struct{})
			v.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return v
}

// await returns the first message of a type for which ok holds; nil: the first.
func (v *viewer) await(kind string, ok func(message) bool) message {
	v.t.Helper()
	return v.within(patience, kind, ok)
}

// within is await with a time limit of its own.
func (v *viewer) within(limit time.Duration, kind string, ok func(message) bool) message {
	v.t.Helper()
	late := time.After(limit)
	for next := 0; ; {
		v.mu.Lock()
		for ; next < len(v.got); next++ {
			if m := v.got[next]; m.Type == kind && (ok == nil || ok(m)) {
				v.mu.Unlock()
				return m
			}
		}
		err, heard := v.err, v.heard
		v.mu.Unlock()
		if err != nil {
			v.t.Fatalf("the stream ended before the %s message: %v", kind, err)
		}
		select {
		case <-heard:
		case <-late:
			v.t.Fatalf("no such %s message within %v", kind, limit)
		}
	}
}

// all returns what came so far.
func (v *viewer) all() []message {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]message(nil), v.got...)
}
