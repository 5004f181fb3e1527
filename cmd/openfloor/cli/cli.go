package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/openfloor/openfloor/cmd/openfloor/app"
)

// Exit codes.
const (
	exitOK    = 0
	exitFault = 1
	exitUsage = 2
)

// commands is the whole command line.
type commands struct {
	Serve   serveCmd   `cmd:"" default:"withargs" help:"Run Openfloor. This is what openfloor does when no command is given."`
	Demo    demoCmd    `cmd:"" help:"Run a panel that is under way, with posts replayed from a made-up network."`
	Init    initCmd    `cmd:"" help:"Make the streams on an external NATS cluster, once."`
	Event   eventCmd   `cmd:"" help:"Make, list, show, close and reopen events."`
	Link    linkCmd    `cmd:"" help:"Make a join link for somebody of the team."`
	Import  importCmd  `cmd:"" help:"Bring in submissions that were gathered before."`
	Doctor  doctorCmd  `cmd:"" help:"Say what is wrong with the running server, its store and its sources, and what to do."`
	Watch   watchCmd   `cmd:"" help:"Print the public board of an event as JSON lines, live."`
	Version versionCmd `cmd:"" help:"Print version, commit and Go version."`
}

// streams is what a command writes to.
type streams struct {
	ctx      context.Context // of the process: done at SIGTERM and SIGINT
	out, err io.Writer
}

// usageError is a wrong use that kong cannot see.
type usageError struct{ error }

// usagef makes a usageError.
func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Main runs one command and returns the exit code.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var c commands
	parser, err := kong.New(&c,
		kong.Name("openfloor"),
		kong.Description("Questions for a panel, from a hashtag and a web form, moderated, on a screen live."),
		kong.DefaultEnvars("OPENFLOOR"),
		kong.Writers(stdout, stderr),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}),
	)
	if err != nil {
		return complain(stderr, exitFault, err)
	}
	k, err := parser.Parse(args)
	if err != nil {
		return complain(stderr, exitUsage, fmt.Errorf("%w; openfloor --help shows how it is used", err))
	}
	err = k.Run(&streams{ctx: ctx, out: stdout, err: stderr})
	if err == nil {
		return exitOK
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return complain(stderr, exitUsage, err)
	}
	if _, ok := errors.AsType[*app.ConfigError](err); ok {
		return complain(stderr, exitUsage, err)
	}
	return complain(stderr, exitFault, err)
}

// complain says what is wrong, in one line.
func complain(stderr io.Writer, code int, err error) int {
	fmt.Fprintln(stderr, "openfloor: "+strings.Join(strings.Fields(err.Error()), " "))
	return code
}

// newLog returns the logger for --log-format.
func newLog(format string, w io.Writer) *slog.Logger {
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}
