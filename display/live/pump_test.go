package live

import (
	"net"
	"testing"

	"github.com/openfloor/openfloor/display"
)

// Between a viewer's last look at the ring and its parking, the pump may have read and written more: parked then, it
// would never be given that.
func TestParkOnlyUpToDate(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for _, tt := range []struct {
		name    string
		cursor  uint64
		leaving bool
		want    bool
	}{
		{"behind the pump", 4, false, false},
		{"level with it", 5, false, true},
		{"ahead of it", 6, false, true},
		{"leaving", 5, true, false},
	} {
		p := &pump{cursor: 5, stop: func() {}}
		v := &viewer{wire: newWire(conn), cursor: tt.cursor, slot: -1}
		v.leaving.Store(tt.leaving)
		if got := p.park(v); got != tt.want {
			t.Errorf("park a viewer %s: got %t, want %t", tt.name, got, tt.want)
		}
		if got := len(p.viewers) == 1; got != tt.want {
			t.Errorf("a viewer %s is in the pump's list: %t, want %t", tt.name, got, tt.want)
		}
		p.unpark(v)
		if len(p.viewers) != 0 || v.slot != -1 {
			t.Errorf("a viewer %s is still in the pump's list", tt.name)
		}
	}
}

// Parked viewers have what is between the pump's cursor and their own already.
func TestRunAfter(t *testing.T) {
	t.Parallel()
	long := make([]byte, 70_000)
	r := newRun(socketFraming, []display.Message{{Index: 3, Body: []byte("three")}, {Index: 7, Body: make([]byte, 200)}, {Index: 8, Body: long}})
	const first, second, third = 2 + 5, 4 + 200, 10 + 70_000
	for _, tt := range []struct {
		cursor uint64
		want   int
	}{{0, first + second + third}, {2, first + second + third}, {3, second + third}, {6, second + third}, {7, third}, {8, 0}, {9, 0}} {
		if got := len(r.after(tt.cursor)); got != tt.want {
			t.Errorf("after(%d): got %d bytes, want %d", tt.cursor, got, tt.want)
		}
	}
	if got := r.last(); got != 8 {
		t.Errorf("last: got %d, want 8", got)
	}
}
