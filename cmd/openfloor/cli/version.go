package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Version is set by the release build; empty: what the Go tool knows.
var Version string

// build is what this program was made of.
type build struct{ version, commit, goVersion string }

// readBuild reads it from the program itself.
func readBuild() build {
	b := build{version: Version, commit: "unknown", goVersion: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if ok {
		if b.version == "" && info.Main.Version != "(devel)" {
			b.version = info.Main.Version
		}
		changed := false
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				b.commit = s.Value
			case "vcs.modified":
				changed = s.Value == "true"
			}
		}
		if changed {
			b.commit += " with changes"
		}
	}
	if b.version == "" {
		b.version = "devel"
	}
	return b
}

// versionCmd is openfloor version.
type versionCmd struct{}

// Run prints one line.
func (versionCmd) Run(s *streams) error {
	b := readBuild()
	_, err := fmt.Fprintf(s.out, "openfloor %s, commit %s, %s\n", b.version, b.commit, b.goVersion)
	return err
}
