package natstest

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Cluster starts a cluster of three servers that listen on free ports of this machine, for tests of what only a
// replicated stream does, and returns them once they have a leader.
func Cluster(t testing.TB, opts ...Option) []*Server {
	t.Helper()
	var routes []*url.URL
	for range 3 {
		routes = append(routes, &url.URL{Scheme: "nats", Host: freeAddress(t)})
	}
	var nodes []*Server
	for i, route := range routes {
		host, port, _ := net.SplitHostPort(route.Host)
		number, _ := strconv.Atoi(port)
		nodes = append(nodes, Start(t, append(opts, func(o *server.Options) {
			o.ServerName = fmt.Sprintf("n%d", i+1)
			o.DontListen, o.Host, o.Port = false, "127.0.0.1", server.RANDOM_PORT
			o.Cluster = server.ClusterOpts{Name: "test", Host: host, Port: number}
			o.Routes = routes
		})...))
	}
	deadline := time.Now().Add(30 * time.Second)
	for !ready(nodes) {
		if time.Now().After(deadline) {
			t.Fatal("natstest: the cluster has no leader after 30 s")
		}
		time.Sleep(20 * time.Millisecond) // nats-server tells nobody
	}
	return nodes
}

// ready reports whether the cluster has a leader that knows of all its nodes.
func ready(nodes []*Server) bool {
	for _, n := range nodes {
		if n.srv.JetStreamIsLeader() {
			return len(n.srv.JetStreamClusterPeers()) == len(nodes)
		}
	}
	return false
}

// freeAddress returns an address of this machine that nobody listens on. A node has to know the ports of the others
// before they have started.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("natstest: %v", err)
	}
	defer l.Close()
	return l.Addr().String()
}
