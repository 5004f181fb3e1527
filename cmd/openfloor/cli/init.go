package cli

import (
	"fmt"

	"github.com/openfloor/openfloor/cmd/openfloor/app"
)

// initCmd is openfloor init.
type initCmd struct {
	NATS      string `name:"nats" required:"" placeholder:"URL,…" help:"The cluster."`
	NATSCreds string `name:"nats-creds" placeholder:"FILE" help:"Credentials for the cluster."`
	Replicas  int    `default:"3" placeholder:"N" help:"Servers that keep each stream: 1, 3 or 5."`
}

// Run makes the streams.
func (c *initCmd) Run(s *streams) error {
	switch c.Replicas {
	case 1, 3, 5:
	default:
		return usagef("--replicas %d: use 1, 3 or 5", c.Replicas)
	}
	if err := app.Init(s.ctx, c.NATS, c.NATSCreds, c.Replicas); err != nil {
		return err
	}
	fmt.Fprintln(s.out, "the streams are there; now start: openfloor serve --nats URL")
	return nil
}
