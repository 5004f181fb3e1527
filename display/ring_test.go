package display

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"
)

func bodies(messages []Message) string {
	var out []string
	for _, m := range messages {
		out = append(out, string(m.Body))
	}
	return strings.Join(out, " ")
}

func TestRingNext(t *testing.T) {
	t.Parallel()
	r := NewRing(3, 0)
	add := func(key, body string, seq uint64) { r.Append(Message{Key: key, Body: []byte(body), Seq: seq}) }
	add("a", "a1", 1)
	add("b", "b2", 2)
	add("a", "a3", 3) // takes a1's place
	for _, tt := range []struct {
		cursor uint64
		want   string
	}{{0, "b2 a3"}, {1, "b2 a3"}, {2, "a3"}, {3, ""}, {99, ""}} {
		got, ok := r.Next(tt.cursor)
		if bodies(got) != tt.want || !ok {
			t.Errorf("Next(%d): got %q, %t, want %q", tt.cursor, bodies(got), ok, tt.want)
		}
	}
	add("c", "c4", 4)
	if got, ok := r.Next(0); bodies(got) != "b2 a3 c4" || !ok {
		t.Errorf("full ring: got %q, %t", bodies(got), ok)
	}
	add("d", "d5", 5) // b2, the second message, is dropped
	if _, ok := r.Next(1); ok {
		t.Error("Next before what was dropped: got true, want false")
	}
	if got, ok := r.Next(2); bodies(got) != "a3 c4 d5" || !ok {
		t.Errorf("after what was dropped: got %q, %t", bodies(got), ok)
	}
}

func TestRingResume(t *testing.T) {
	t.Parallel()
	r := NewRing(4, 9)
	r.Append(Message{Key: "a", Seq: 10, Body: []byte("a10")}, Message{Key: "s", Seq: 10, Body: []byte("s10")})
	r.Append(Message{Key: "b", Seq: 12, Body: []byte("b12")})
	for _, tt := range []struct {
		since uint64
		want  string
		ok    bool
	}{
		{8, "", false}, {9, "", false},
		{10, "a10 s10 b12", true}, // a viewer can have the first of one sequence and lack the second
		{11, "b12", true}, {12, "b12", true}, {13, "", true},
	} {
		cursor, ok := r.Resume(tt.since)
		if ok != tt.ok {
			t.Errorf("Resume(%d): got %t, want %t", tt.since, ok, tt.ok)
			continue
		}
		if got, _ := r.Next(cursor); ok && bodies(got) != tt.want {
			t.Errorf("Resume(%d): got %q, want %q", tt.since, bodies(got), tt.want)
		}
	}
	r.Append(Message{Key: "c", Seq: 13, Body: []byte("c13")}, Message{Key: "d", Seq: 14, Body: []byte("d14")}) // a10 dropped
	if _, ok := r.Resume(10); ok {
		t.Error("Resume at a sequence that is held in part: got true, want false")
	}
	if _, ok := r.Resume(11); !ok {
		t.Error("Resume after what was dropped: got false, want true")
	}
}

func TestRingAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := NewRing(0, 0)
		ctx, cancel := context.WithCancelCause(t.Context())
		got := make(chan string, 3)
		for range 3 {
			go func() {
				news, ok, err := r.After(ctx, 0)
				got <- fmt.Sprint(bodies(news), " ", ok, " ", err)
				_, _, err = r.After(ctx, 2)
				got <- err.Error()
			}()
		}
		synctest.Wait()
		if len(got) > 0 {
			t.Fatalf("After came back without news: %s", <-got)
		}
		r.Append(Message{Key: "a", Seq: 1, Body: []byte("a")}, Message{Key: "b", Seq: 1, Body: []byte("b")})
		for range 3 {
			if g, want := <-got, "a b true <nil>"; g != want {
				t.Errorf("After: got %q, want %q", g, want)
			}
		}
		cancel(errors.New("the reason"))
		for range 3 {
			if g := <-got; g != "the reason" {
				t.Errorf("After, cancelled: got %q", g)
			}
		}
	})
}

// Whatever is appended, whoever reads from wherever ends with the newest message of each key, is sent none twice
// that a newer one had replaced, and the ring keeps within its bound.
func TestRingProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 12).Draw(t, "size")
		r := NewRing(size, 0)
		type reader struct {
			cursor uint64
			have   map[string]string
		}
		readers := make([]*reader, 3)
		for i := range readers {
			readers[i] = &reader{have: make(map[string]string)}
		}
		newest := make(map[string]string)
		resets := 0
		for i := range rapid.IntRange(0, 80).Draw(t, "ops") {
			if op := rapid.IntRange(0, 5).Draw(t, "op"); op < len(readers) {
				rd := readers[op]
				news, ok := r.Next(rd.cursor)
				if !ok { // what a snapshot does
					rd.have, rd.cursor = make(map[string]string), r.Newest()
					for k, v := range newest {
						rd.have[k] = v
					}
					resets++
				}
				for _, m := range news {
					if string(m.Body) != newest[m.Key] {
						t.Fatalf("got %s, which %s had replaced", m.Body, newest[m.Key])
					}
					if m.Index <= rd.cursor {
						t.Fatalf("index %d after %d", m.Index, rd.cursor)
					}
					rd.have[m.Key], rd.cursor = string(m.Body), m.Index
				}
				if fmt.Sprint(rd.have) != fmt.Sprint(newest) {
					t.Fatalf("reader has %v, want %v", rd.have, newest)
				}
				continue
			}
			key := rapid.StringMatching("[a-h]").Draw(t, "key")
			newest[key] = fmt.Sprint(key, i)
			r.Append(Message{Key: key, Seq: uint64(i), Body: []byte(newest[key])})
			held := 0
			for _, m := range r.slots {
				if m.Body != nil {
					held++
				}
			}
			if held > size || held != r.alive || len(r.slots) > 2*size+17 {
				t.Fatalf("%d messages held, %d counted, %d slots, in a ring of %d", held, r.alive, len(r.slots), size)
			}
		}
	})
}
