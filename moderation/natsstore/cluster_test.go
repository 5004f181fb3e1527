package natsstore_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/floortest"
	"github.com/openfloor/openfloor/moderation/natsstore"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

// TestFloorOnACluster: a stream of three replicas takes other ways through the server, with other error codes.
func TestFloorOnACluster(t *testing.T) {
	t.Parallel()
	floortest.Run(t, func(t *testing.T) moderation.Floor {
		_, st := cluster(t)
		return st
	})
}

func cluster(t *testing.T) ([]*natstest.Server, *natsstore.Store) {
	t.Helper()
	nodes := natstest.Cluster(t, natstest.Fast())
	nc := nodes[0].Conn(t)
	if err := natsstore.Create(t.Context(), nc, len(nodes)); err != nil {
		t.Fatal(err)
	}
	st, err := natsstore.Open(t.Context(), nc, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return nodes, st
}

// TestClusterLosesItsLeader: the server that leads FLOOR goes away while somebody writes. Whoever gets no answer
// asks again with the same op; everything is stored once and followed once, in order.
func TestClusterLosesItsLeader(t *testing.T) {
	t.Parallel()
	nodes, st := cluster(t)
	stream, err := mustJS(t, nodes[0]).Stream(t.Context(), "FLOOR")
	if err != nil {
		t.Fatal(err)
	}
	leader := slices.IndexFunc(nodes, func(n *natstest.Server) bool { return n.Name() == stream.CachedInfo().Cluster.Leader })
	if leader < 0 {
		t.Fatalf("no node is called %q", stream.CachedInfo().Cluster.Leader)
	}
	if st, err = natsstore.Open(t.Context(), nodes[(leader+1)%len(nodes)].Conn(t), quiet); err != nil {
		t.Fatal(err)
	}
	r := follow(t, st)
	var acked []uint64
	deadline := time.Now().Add(2 * time.Minute)
	for i := range 60 {
		if i == 20 {
			nodes[leader].Stop()
		}
		if i == 40 {
			nodes[leader].Resume()
		}
		s := floortest.Submission("e", i, "x")
		for {
			out, err := st.Put(t.Context(), s.ID, moderation.Entry{Submission: &s})
			if err == nil {
				acked = append(acked, out[0].Rev())
				break
			}
			if !errors.Is(err, moderation.ErrUnavailable) || time.Now().After(deadline) {
				t.Fatalf("put %d: %v", i, err)
			}
		}
	}
	if got := r.until(t, acked[len(acked)-1]); !slices.Equal(got, acked) {
		t.Errorf("applied %v, acknowledged %v", got, acked)
	}
}
