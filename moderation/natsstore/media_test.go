package natsstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

const sitter = "abcdefghijklmnopqrstuvwxyz"

func portrait(image string) moderation.Portrait {
	return moderation.Portrait{Event: "e", Key: sitter, Type: "image/jpeg", Image: []byte(image), Of: moderation.PortraitOf(image),
		At: time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)}
}

func TestPortraits(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	st, ctx := srv.Store(t), t.Context()
	if _, err := st.Portrait(ctx, "e", sitter); !errors.Is(err, moderation.ErrNotFound) {
		t.Errorf("a portrait that was never put: %v, want ErrNotFound", err)
	}
	if err := st.ErasePortrait(ctx, "e", sitter); err != nil {
		t.Errorf("erase what is not there: %v", err)
	}
	// Base64 of both: what would be on disk.
	const first, second = "Zmlyc3QgcGljdHVyZSBvZiBhbGw=", "YW5vdGhlciBwaWN0dXJlIG9mIHNvbWVib2R5"
	for _, image := range []string{"first picture of all", "another picture of somebody"} {
		if err := st.PutPortrait(ctx, portrait(image)); err != nil {
			t.Fatal(err)
		}
		got, err := st.Portrait(ctx, "e", sitter)
		if err != nil || string(got.Image) != image || got.Of != moderation.PortraitOf(image) || got.Type != "image/jpeg" {
			t.Fatalf("portrait = %+v, %v; want %q", got, err, image)
		}
	}
	if grep(t, srv.Dir(), second) == 0 {
		t.Fatal("the picture is not on disk, so this test finds nothing out")
	}
	if n := grep(t, srv.Dir(), first); n != 0 {
		t.Errorf("the replaced picture is still on disk in %d files", n)
	}
	// A crash came between a withdrawal and the erasing.
	if n, err := st.FinishPortraits(ctx, func(string, string) bool { return false }); n != 0 || err != nil {
		t.Errorf("finish portraits of those who are there = %d, %v; want 0", n, err)
	}
	n, err := st.FinishPortraits(ctx, func(event, key string) bool { return event == "e" && key == sitter })
	if n != 1 || err != nil {
		t.Errorf("finish portraits = %d, %v; want 1", n, err)
	}
	if _, err := st.Portrait(ctx, "e", sitter); !errors.Is(err, moderation.ErrNotFound) {
		t.Errorf("an erased portrait: %v, want ErrNotFound", err)
	}
	if n := grep(t, srv.Dir(), second); n != 0 {
		t.Errorf("the erased picture is still on disk in %d files", n)
	}
	for _, bad := range []moderation.Portrait{{Event: "E", Key: sitter}, {Event: "e", Key: "../x"}, {Event: "e"}} {
		if err := st.PutPortrait(ctx, bad); !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("put %q, %q: %v, want ErrInvalid", bad.Event, bad.Key, err)
		}
	}
}
