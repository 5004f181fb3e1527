package natstest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

func TestMain(m *testing.M) { natstest.Main(m) }

// TestBubble guards the one thing that synctest with a real server hangs on (see Main): hours of fake time pass for
// JetStream's own timers, here INTAKE's duplicate window of ten minutes.
func TestBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := natstest.Store(t)
		post := moderation.Post{Event: "e", Source: moderation.FromForm, Key: "form:1", Text: "x"}
		for _, step := range []struct {
			wait time.Duration
			want bool
		}{{0, false}, {5 * time.Minute, true}, {2 * time.Hour, false}} {
			time.Sleep(step.wait) // of the bubble
			duplicate, err := st.Submit(t.Context(), post)
			if err != nil {
				t.Fatal(err)
			}
			if duplicate != step.want {
				t.Errorf("submitted again after %v: duplicate = %t, want %t", step.wait, duplicate, step.want)
			}
		}
	})
}

func TestListen(t *testing.T) {
	t.Parallel()
	nc, err := nats.Connect(natstest.Listen(t))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if _, err := nc.RTT(); err != nil {
		t.Error(err)
	}
}

func TestRestartKeepsWhatWasStored(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	st := srv.Store(t)
	ctx := t.Context()
	if _, err := st.PutAccess(ctx, "link.a", []byte("x"), nil); err != nil {
		t.Fatal(err)
	}
	srv.Restart()
	body, _, err := st.GetAccess(ctx, "link.a")
	if err != nil || string(body) != "x" {
		t.Errorf("after a restart: %q, %v; want x", body, err)
	}
}
