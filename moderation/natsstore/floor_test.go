package natsstore_test

import (
	"testing"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/floortest"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

func TestMain(m *testing.M) { natstest.Main(m) }

func TestFloor(t *testing.T) {
	t.Parallel()
	floortest.Run(t, func(t *testing.T) moderation.Floor { return natstest.Store(t) })
}
