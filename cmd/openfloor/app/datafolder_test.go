package app

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/openfloor/openfloor/moderation/natsstore"
)

func TestNewDataFolder(t *testing.T) {
	t.Parallel()
	cfg := local(t)
	cfg.Data = filepath.Join(cfg.Data, "deep", "down")
	a := launch(t, cfg)
	for name, want := range map[string]fs.FileMode{"": 0o700, tokenFile: 0o600, markerFile: 0o600, lockFile: 0o600, storeDir: 0o700} {
		info, err := os.Stat(filepath.Join(cfg.Data, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := info.Mode().Perm(); got&^want != 0 {
			t.Errorf("%s has mode %v, want %v at most", name, got, want)
		}
	}
	token, err := os.ReadFile(filepath.Join(cfg.Data, tokenFile))
	if err != nil {
		t.Fatal(err)
	}
	if res := a.request("GET", "/api/v1/events", strings.TrimSpace(string(token)), nil, nil); res.StatusCode != 200 {
		t.Errorf("the token of the file gets status %d, want 200", res.StatusCode)
	}
}

func TestTokenLastsAndCanBeSet(t *testing.T) {
	t.Parallel()
	cfg := local(t)
	first := launch(t, cfg)
	before, err := os.ReadFile(filepath.Join(cfg.Data, tokenFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	cfg.Token = "a-token-of-the-operators-own"
	second := launch(t, cfg)
	after, err := os.ReadFile(filepath.Join(cfg.Data, tokenFile))
	if err != nil || string(before) != string(after) {
		t.Errorf("the token file changed, or is gone: %v", err)
	}
	if res := second.request("GET", "/api/v1/events", cfg.Token, nil, nil); res.StatusCode != 200 {
		t.Errorf("OPENFLOOR_TOKEN gets status %d, want 200", res.StatusCode)
	}
	if res := second.request("GET", "/api/v1/events", strings.TrimSpace(string(before)), nil, nil); res.StatusCode != 401 {
		t.Errorf("the file's token gets status %d beside OPENFLOOR_TOKEN, want 401", res.StatusCode)
	}
}

func TestDataFolderBelongsToOne(t *testing.T) {
	t.Parallel()
	cfg := local(t)
	a := launch(t, cfg)
	if second, err := Build(t.Context(), cfg); err == nil {
		t.Error("a second process got the folder", second.Close())
	} else if !strings.Contains(err.Error(), "in use by another openfloor") {
		t.Errorf("Build = %v, want it to say who has the folder", err)
	}
	if err := a.stop(); err != nil {
		t.Fatal(err)
	}
	launch(t, cfg) // and once the first has gone, the folder is free
}

func TestUsedFolderWithoutStreams(t *testing.T) {
	t.Parallel()
	for _, lost := range []string{storeDir, filepath.Join(storeDir, "jetstream", "$G", "streams", "FLOOR")} {
		t.Run(filepath.Base(lost), func(t *testing.T) {
			t.Parallel()
			cfg := local(t)
			cfg.Event = &EventWish{Hashtag: "AskPanel", Sources: []SourceWish{{Kind: "mastodon", Server: "http://127.0.0.1:9"}}}
			if err := launch(t, cfg).stop(); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(cfg.Data, lost)
			if _, err := os.Stat(path); err != nil {
				t.Fatalf("nothing to lose: %v", err)
			}
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
			for range 2 { // also the second time: nothing was made by the way
				a, err := Build(t.Context(), cfg)
				if err == nil {
					t.Fatal("it starts as if nothing were missing", a.Close())
				}
				if !strings.Contains(err.Error(), "was used before") || strings.Contains(err.Error(), "openfloor init") {
					t.Fatalf("Build = %v, want it to say that the streams are missing, and no way to make them", err)
				}
			}
		})
	}
}

// A crash between making the streams and writing it down leaves a folder that is still new; one that lost its mark
// but holds something is not.
func TestFolderWithoutMark(t *testing.T) {
	t.Parallel()
	t.Run("half made", func(t *testing.T) {
		t.Parallel()
		cfg := local(t)
		withServer(t, cfg.Data, func(nc *nats.Conn) {
			if err := natsstore.Create(t.Context(), nc, 1); err != nil {
				t.Fatal(err)
			}
		})
		launch(t, cfg)
		if _, err := os.Stat(filepath.Join(cfg.Data, markerFile)); err != nil {
			t.Errorf("not marked: %v", err)
		}
	})
	t.Run("mark lost", func(t *testing.T) {
		t.Parallel()
		cfg := local(t)
		if err := launch(t, cfg).stop(); err != nil {
			t.Fatal(err)
		}
		for _, lost := range []string{markerFile, filepath.Join(storeDir, "jetstream", "$G", "streams", "FLOOR")} {
			if err := os.RemoveAll(filepath.Join(cfg.Data, lost)); err != nil {
				t.Fatal(err)
			}
		}
		if a, err := Build(t.Context(), cfg); err == nil {
			t.Fatal("it starts as if nothing were missing", a.Close())
		}
	})
	t.Run("mark of another", func(t *testing.T) {
		t.Parallel()
		cfg := local(t)
		if err := os.WriteFile(filepath.Join(cfg.Data, markerFile), []byte(`{"v":2}`), 0o600); err != nil {
			t.Fatal(err)
		}
		if a, err := Build(t.Context(), cfg); err == nil {
			t.Fatal("it reads a mark of another version", a.Close())
		}
	})
}

// withServer runs the embedded server on a folder for as long as do takes.
func withServer(t *testing.T, path string, do func(*nats.Conn)) {
	t.Helper()
	data, err := openDataFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	defer data.close()
	server, err := startNATS(data, "", quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer server.stop()
	nc, err := nats.Connect("", nats.InProcessServer(server.Server), nats.Timeout(5*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	do(nc)
}

func TestEmbeddedServerListensOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	a := launch(t, local(t))
	if addr := a.natsd.Addr(); addr != nil {
		t.Errorf("NATS listens on %v", addr)
	}
	cfg := local(t)
	cfg.NATSListen = "127.0.0.1:0"
	b := launch(t, cfg)
	nc, err := nats.Connect(b.natsd.ClientURL())
	if err != nil {
		t.Fatalf("--nats-listen: %v", err)
	}
	nc.Close()
}
