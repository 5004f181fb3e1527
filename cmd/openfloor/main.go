// Openfloor gathers the questions for a panel from a hashtag and a web form, has people approve them, and puts
// them on a screen live. This is its one program; openfloor --help lists what it can be asked to do.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // time zones also where the system has none

	"github.com/openfloor/openfloor/cmd/openfloor/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends it at once
	os.Exit(cli.Main(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
