package cli

import "net/http"

// linkCmd is openfloor link.
type linkCmd struct {
	clientFlags
	eventRef
	Role string `required:"" enum:"organiser,moderator,chair,screen" placeholder:"ROLE" help:"What the link lets do: organiser, moderator, chair or screen."`
	Name string `required:"" placeholder:"NAME" help:"Who it is for; shown to the rest of the team."`
}

// Run makes the link and prints it.
func (c *linkCmd) Run(s *streams) error {
	return c.ask(s, http.MethodPost, c.path("/links"), map[string]any{"role": c.Role, "name": c.Name})
}
