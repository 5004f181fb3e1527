package main_test
import ("testing";"time";"fmt")
func TestZZDebug(t *testing.T) {
	server := run(t, "openfloor", organiserEnv, serve(t)...)
	t.Log("ready", server.readyIn)
	makeEvent(t, server, "smw", nil)
	mod := moderator(t, server, "smw", "Front desk")
	books := newLedger("smw")
	for round := range 3 {
		e := books.add(&entry{text: fmt.Sprintf("Is this stored, in round %d?", round)})
		who := somebody(t, server, "smw")
		b := time.Now()
		books.send(t.Context(), who, e)
		t.Log("sent", time.Since(b)); b=time.Now()
		server.kill()
		t.Log("killed", time.Since(b)); b=time.Now()
		server.restart()
		t.Log("restarted", time.Since(b)); b=time.Now()
		l, err := mod.list(t.Context())
		t.Log("list", len(l), err, time.Since(b)); b=time.Now()
		books.compare(t, mod, false)
		t.Log("compared", time.Since(b)); b=time.Now()
	}
	t.Log(server.stderr.String())
}
