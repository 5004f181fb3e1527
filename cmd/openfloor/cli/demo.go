package cli

// demoCmd is openfloor demo.
type demoCmd struct {
	serverFlags
	Data string `placeholder:"DIR" help:"Folder to store in; without it, a temporary one that is deleted at the end."`
}

// Run runs the demonstration until the process is told to stop.
func (c *demoCmd) Run(s *streams) error {
	cfg, err := c.config(s)
	if err != nil {
		return err
	}
	cfg.Data, cfg.Demo = c.Data, true
	return run(s, cfg)
}
