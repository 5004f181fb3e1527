package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const (
	// natsStart is how long the embedded server may take: 1,000,000 messages took 4 s after a kill -9.
	natsStart = 60 * time.Second
	// natsMemory bounds memory streams and consumers; Openfloor keeps none of the former.
	natsMemory = 64 << 20
	// minStore is what the streams need to be made at all: INTAKE sets 256 MiB aside.
	minStore = 512 << 20
	// maxReserve is the most that the store leaves free on the disk.
	maxReserve = 4 << 30
)

// natsd is the embedded NATS server.
type natsd struct {
	*server.Server
}

// startNATS starts a server that stores under data, syncing every write, and listens on listen, or on no port.
func startNATS(data *dataFolder, listen string, log *slog.Logger) (*natsd, error) {
	dir := filepath.Join(data.path, storeDir)
	space, err := storeSize(dir, data.path)
	if err != nil {
		return nil, err
	}
	opts := &server.Options{
		ServerName: "openfloor", DontListen: true, NoSigs: true, DisableJetStreamBanner: true,
		JetStream: true, StoreDir: dir, JetStreamMaxStore: space, JetStreamMaxMemory: natsMemory,
		SyncAlways: true, // without it, an acknowledged write reaches the disk up to two minutes later
	}
	if listen != "" {
		opts.DontListen = false
		if opts.Host, opts.Port, err = splitHostPort(listen); err != nil {
			return nil, fmt.Errorf("--nats-listen: %w", err)
		}
		if opts.Port == 0 {
			opts.Port = server.RANDOM_PORT
		}
		if ip := net.ParseIP(opts.Host); ip == nil || !ip.IsLoopback() {
			log.Warn("NATS listens beyond this machine without asking who is there; let only your own processes reach it", slog.String("listen", listen))
		}
	}
	ns, err := server.NewServer(opts)
	if err != nil {
		return nil, fmt.Errorf("embedded NATS: %w", err)
	}
	ns.SetLoggerV2(natsLog{log.With(slog.String("component", "nats"))}, false, false, false)
	ns.Start()
	if !ns.ReadyForConnections(natsStart) || !ns.JetStreamEnabled() {
		n := &natsd{ns}
		n.stop()
		return nil, errors.New("embedded NATS did not start; the log says why")
	}
	return &natsd{ns}, nil
}

// stop ends the server and waits until everything is written. Lame-duck mode does nothing for a server without a
// port, so its clients are to be drained before.
func (n *natsd) stop() {
	n.Shutdown()
	n.WaitForShutdown()
}

// fault says what is wrong with the server or its store; empty: nothing.
func (n *natsd) fault() string {
	if h := n.Healthz(&server.HealthzOptions{}); h.Status != "ok" {
		return cmp.Or(h.Error, h.Status)
	}
	return ""
}

// storeSize says how much the store may hold: what it holds already, and what is free but for a reserve, so that
// a full store is refused cleanly before the disk is full.
func storeSize(dir, data string) (int64, error) {
	var held int64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			held += info.Size()
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("look at the store: %w", err)
	}
	free, err := freeDisk(data)
	if err != nil {
		return 0, fmt.Errorf("look for free space: %w", err)
	}
	size := held + free - min(free/10, maxReserve)
	if size < minStore {
		return 0, fmt.Errorf("the disk of %s has %d MiB free, and the store needs %d MiB; make room, or choose another folder with --data",
			data, free>>20, int64(minStore)>>20)
	}
	return size, nil
}

func splitHostPort(s string) (string, int, error) {
	host, p, err := net.SplitHostPort(s)
	if err != nil {
		return "", 0, err
	}
	port, err := strconv.ParseUint(p, 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("port %q is not a number up to 65535", p)
	}
	return host, int(port), nil
}

// natsLog passes on what the server has to say. Its notices are about itself, so they are Debug here.
type natsLog struct{ log *slog.Logger }

func (l natsLog) put(level slog.Level, format string, v []any) {
	l.log.Log(context.Background(), level, strings.TrimSpace(fmt.Sprintf(format, v...)))
}

func (l natsLog) Noticef(format string, v ...any) { l.put(slog.LevelDebug, format, v) }
func (l natsLog) Warnf(format string, v ...any)   { l.put(slog.LevelWarn, format, v) }
func (l natsLog) Fatalf(format string, v ...any)  { l.put(slog.LevelError, format, v) }
func (l natsLog) Errorf(format string, v ...any)  { l.put(slog.LevelError, format, v) }
func (l natsLog) Debugf(format string, v ...any)  { l.put(slog.LevelDebug, format, v) }
func (l natsLog) Tracef(format string, v ...any)  { l.put(slog.LevelDebug, format, v) }
