// Package floortest says what a moderation.Floor has to do, as a suite of tests that every one must pass, and holds
// an in-memory Floor that passes it.
//
//	floortest.Run(t, newFloor)    the suite; natsstore runs it too
//	floortest.NewFloor()          the Floor in memory, with faults on request
//
// The Floor in memory is for tests of the desk that need a clock of their own (testing/synctest) or faults that a
// real store does not show on request. It keeps what it is given as JSON, like the real one, so that what does not
// survive storing does not survive here either. It is for tests only.
package floortest
