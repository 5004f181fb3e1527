//go:build !unix

package live

// canTry: elsewhere every viewer has a goroutine of its own.
const canTry = false

type trier struct{}

func newTrier() *trier { return &trier{} }

func (*trier) write(*wire, []byte) (int, error) { panic("BUG: live: try without canTry") }
