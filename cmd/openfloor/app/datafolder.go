package app

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/openfloor/openfloor/moderation/natsstore"
)

// The files of a data folder, beside the NATS server's own under nats/.
const (
	lockFile   = "openfloor.lock"  // held while a process uses the folder
	markerFile = "openfloor.json"  // there once the streams were made: from then on the folder is not new
	tokenFile  = "organiser.token" // the organiser's server-wide token
	storeDir   = "nats"
)

// dataFolder is a data folder that this process holds the lock of.
type dataFolder struct {
	path string
	lock *flock.Flock
}

// openDataFolder makes the folder where it is not there and takes its lock. NATS itself locks nothing: two
// servers on one folder both acknowledge, and what one of them stored is gone.
func openDataFolder(path string) (*dataFolder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w; choose another with --data", err)
	}
	if err := os.Chmod(path, 0o700); err != nil { // it may have been made by hand, open to everybody
		return nil, fmt.Errorf("data folder: %w; choose one that belongs to you with --data", err)
	}
	lock := flock.New(filepath.Join(path, lockFile), flock.SetPermissions(0o600))
	held, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock data folder %s: %w", path, err)
	}
	if !held {
		return nil, fmt.Errorf("data folder %s is in use by another openfloor; stop that one, or choose another folder with --data", path)
	}
	return &dataFolder{path: path, lock: lock}, nil
}

// close gives the lock back.
func (d *dataFolder) close() error { return d.lock.Close() }

// marker is what markerFile holds.
type marker struct {
	V       int       `json:"v"`
	MadeAt  time.Time `json:"made_at"`
	Version string    `json:"version"`
}

// used reports whether the streams were made in this folder before.
func (d *dataFolder) used() (bool, error) {
	body, err := os.ReadFile(filepath.Join(d.path, markerFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("data folder: %w", err)
	}
	var m marker
	if err := json.Unmarshal(body, &m); err != nil || m.V != 1 {
		return false, fmt.Errorf("%s is not one that this version wrote; use the version that did, or put it back from a backup",
			filepath.Join(d.path, markerFile))
	}
	return true, nil
}

// emptied reports whether the folder was used and not one stream is left in it. It is asked before the server is
// started, which would change the little that there is: it makes folders of its own, and clears empty ones away.
func (d *dataFolder) emptied() (bool, error) {
	used, err := d.used()
	if err != nil || !used {
		return false, err
	}
	left, err := fs.Glob(os.DirFS(d.path), storeDir+"/jetstream/*/streams/*")
	if err != nil {
		return false, fmt.Errorf("data folder: %w", err)
	}
	return len(left) == 0, nil
}

// errLost says that the streams of a folder that was used are not there.
func (d *dataFolder) errLost() error {
	return fmt.Errorf("data folder %s was used before, but its streams are missing or damaged, and nothing was made in their place: %w; "+
		"restore the folder from a backup, or start with a new one with --data", d.path, natsstore.ErrNoStreams)
}

// mark writes down that the streams are made.
func (d *dataFolder) mark(version string) error {
	body, err := json.Marshal(marker{V: 1, MadeAt: time.Now().UTC().Truncate(time.Second), Version: version})
	if err != nil {
		return err
	}
	if err := writeDurably(filepath.Join(d.path, markerFile), append(body, '\n')); err != nil {
		return fmt.Errorf("mark data folder: %w", err)
	}
	return nil
}

// token returns the organiser's token of this folder, made where there is none yet.
func (d *dataFolder) token() (string, error) {
	path := filepath.Join(d.path, tokenFile)
	body, err := os.ReadFile(path)
	if err == nil {
		if t := strings.TrimSpace(string(body)); t != "" {
			return t, nil
		}
		return "", fmt.Errorf("%s is empty; delete it, and a new token is made at the next start", path)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("organiser token: %w", err)
	}
	t := strings.ToLower(rand.Text() + rand.Text()) // 260 bits
	if err := writeDurably(path, []byte(t+"\n")); err != nil {
		return "", fmt.Errorf("organiser token: %w", err)
	}
	return t, nil
}

// writeDurably puts a file in its place, whole or not at all, for its owner only.
func writeDurably(path string, body []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // nothing left to remove once it is renamed
	_, err = f.Write(body)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return err
	}
	return syncDir(dir)
}
