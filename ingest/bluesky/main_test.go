package bluesky

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openfloor/openfloor/ingest/fakenet"
)

// wires connect a source to two hosts of a fake Bluesky and to its servers of names, in memory.
type wires struct {
	config Config
	close  func()
}

// wire2 starts the hosts a.example, b.example and names.example.
func wire2(t *testing.T, sky *fakenet.Bluesky) wires {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	type dial = func(context.Context, string, string) (net.Conn, error)
	a, waitA := fakenet.Pipe(ctx, sky.Host(0))
	b, waitB := fakenet.Pipe(ctx, sky.Host(1))
	names, waitNames := fakenet.Pipe(ctx, sky.Host(0))
	hosts := map[string]dial{"a.example": a, "b.example": b, "names.example": names}
	all := func(ctx context.Context, network, address string) (net.Conn, error) {
		name, _, _ := strings.Cut(address, ":")
		if d := hosts[name]; d != nil {
			return d(ctx, network, address)
		}
		return nil, errors.New("no such host")
	}
	transport := &http.Transport{DialContext: all}
	return wires{
		config: Config{Client: &http.Client{Transport: transport, Timeout: 15 * time.Second}, Dial: all, AllowPlain: true,
			Hosts: []string{"http://a.example", "ws://b.example"}, AppView: "http://names.example", PLC: "http://names.example"},
		close: func() { cancel(); transport.CloseIdleConnections(); waitA(); waitB(); waitNames() },
	}
}
