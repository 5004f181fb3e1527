package floortest_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/floortest"
)

func TestFloor(t *testing.T) {
	t.Parallel()
	floortest.Run(t, func(*testing.T) moderation.Floor { return floortest.NewFloor() })
}

func TestFloorLosesAcknowledgements(t *testing.T) {
	t.Parallel()
	f := floortest.NewFloor()
	f.LoseAcks(1)
	s := floortest.Submission("e", 1, "a")
	_, err := f.Put(t.Context(), "op", moderation.Entry{Submission: &s})
	if !errors.Is(err, moderation.ErrUnavailable) {
		t.Errorf("put with its acknowledgement lost: error %v, want ErrUnavailable", err)
	}
	out, err := f.Put(t.Context(), "op", moderation.Entry{Submission: &s})
	if err != nil || out[0].Rev() != 1 {
		t.Errorf("the same again = %v, %v; want revision 1", out, err)
	}
}

func TestFloorDown(t *testing.T) {
	t.Parallel()
	f := floortest.NewFloor()
	f.SetDown(true)
	s := floortest.Submission("e", 1, "a")
	if _, err := f.Put(t.Context(), "op", moderation.Entry{Submission: &s}); !errors.Is(err, moderation.ErrUnavailable) {
		t.Errorf("put while it is down: error %v, want ErrUnavailable", err)
	}
	f.SetDown(false)
	if last, err := f.Last(t.Context()); err != nil || last != 0 {
		t.Errorf("last = %d, %v; want 0: nothing was stored", last, err)
	}
}

func TestFloorInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := floortest.NewFloor()
		var at time.Time
		go f.Follow(t.Context(), func(r moderation.Revision) error { at = r.At; return nil }, nil, nil)
		time.Sleep(time.Hour) // of the bubble
		s := floortest.Submission("e", 1, "a")
		if _, err := f.Put(t.Context(), "op", moderation.Entry{Submission: &s}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if !at.Equal(time.Now()) {
			t.Errorf("followed a revision of %v, want %v", at, time.Now())
		}
	})
}
