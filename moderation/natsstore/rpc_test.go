package natsstore_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/openfloor/openfloor/moderation"
	"github.com/openfloor/openfloor/moderation/floortest"
	"github.com/openfloor/openfloor/moderation/natsstore"
	"github.com/openfloor/openfloor/moderation/natsstore/natstest"
)

// desk is a DeskHandler made of functions.
type desk struct {
	act    func(context.Context, moderation.ActRequest) (moderation.Submission, error)
	stage  func(context.Context, moderation.StageRequest) (moderation.Stage, error)
	create func(context.Context, moderation.EventRequest) (moderation.Event, error)
	change func(context.Context, moderation.EventRequest) (moderation.Event, error)
	author func(context.Context, moderation.AuthorRequest) (moderation.AuthorDecision, error)
	send   func(context.Context, moderation.SignalRequest) (moderation.Signal, error)
	ack    func(context.Context, moderation.SignalRequest) (moderation.Signal, error)
}

func (d desk) Act(ctx context.Context, r moderation.ActRequest) (moderation.Submission, error) {
	return d.act(ctx, r)
}

func (d desk) SetStage(ctx context.Context, r moderation.StageRequest) (moderation.Stage, error) {
	return d.stage(ctx, r)
}

func (d desk) CreateEvent(ctx context.Context, r moderation.EventRequest) (moderation.Event, error) {
	return d.create(ctx, r)
}

func (d desk) ChangeEvent(ctx context.Context, r moderation.EventRequest) (moderation.Event, error) {
	return d.change(ctx, r)
}

func (d desk) SendSignal(ctx context.Context, r moderation.SignalRequest) (moderation.Signal, error) {
	return d.send(ctx, r)
}

func (d desk) AckSignal(ctx context.Context, r moderation.SignalRequest) (moderation.Signal, error) {
	return d.ack(ctx, r)
}

func (d desk) DecideAuthor(ctx context.Context, r moderation.AuthorRequest) (moderation.AuthorDecision, error) {
	return d.author(ctx, r)
}

// serve serves d until stop is called, or the test ends; it returns once d can be asked.
func serve(t testing.TB, nc *nats.Conn, d natsstore.DeskHandler) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- natsstore.ServeDesk(ctx, nc, d, slog.New(slog.DiscardHandler)) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve the desk returned %v once its context was done, want nil", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// TestDeskCarriesEverything: requests and answers arrive whole, with the revisions that bodies do not hold.
func TestDeskCarriesEverything(t *testing.T) {
	t.Parallel()
	nc := natstest.Run(t)
	rev, blank, mode, id := uint64(9), true, moderation.StageHold, "x"
	actor := moderation.Actor{Role: moderation.Moderator, Name: "N", ID: "s1"}
	act := moderation.ActRequest{Op: "o", Event: "e", ID: "i", Rev: 7, Action: moderation.Reject, By: actor, Reason: "r", Text: "t",
		Kind: moderation.Story, Prompt: new(2), Add: []string{"a"}, Remove: []string{"b"}, Into: "j", After: "k"}
	if v := reflect.ValueOf(act); slices.ContainsFunc(reflect.VisibleFields(v.Type()), func(f reflect.StructField) bool { return v.FieldByIndex(f.Index).IsZero() }) {
		t.Errorf("a field of %+v is not set", act)
	}
	stage := moderation.StageRequest{Op: "o", Event: "e", Rev: &rev, Now: &id, Next: &id, Take: true, Finish: true, Blank: &blank, Mode: &mode, By: actor}
	event := moderation.EventRequest{Op: "o", Action: moderation.ChangeEvent, Slug: "e", Rev: &rev, Patch: []byte(`{"title":"T"}`), By: actor}
	signal := moderation.SignalRequest{Op: "o", Event: "e", To: moderation.ToChair, Text: "t", ID: "i", By: actor}
	author := moderation.AuthorRequest{Op: "o", Event: "e", Key: "k", Rev: &rev, Trusted: &blank, Blocked: &blank, By: actor}
	sub := floortest.Submission("e", 1, "a")
	sub.Rev = 12
	same := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s arrived as %+v, want %+v", what, got, want)
		}
	}
	serve(t, nc, desk{
		act: func(_ context.Context, r moderation.ActRequest) (moderation.Submission, error) {
			same("the action", r, act)
			return sub, nil
		},
		stage: func(_ context.Context, r moderation.StageRequest) (moderation.Stage, error) {
			same("the stage", r, stage)
			return moderation.Stage{Event: "e", Rev: 13, Now: "x"}, nil
		},
		create: func(_ context.Context, r moderation.EventRequest) (moderation.Event, error) {
			same("the event", r, event)
			return moderation.Event{Slug: "e", Rev: 14}, nil
		},
		change: func(_ context.Context, r moderation.EventRequest) (moderation.Event, error) {
			same("the change", r, event)
			return moderation.Event{Slug: "e", Rev: 15}, nil
		},
		author: func(_ context.Context, r moderation.AuthorRequest) (moderation.AuthorDecision, error) {
			same("the decision", r, author)
			return moderation.AuthorDecision{Event: "e", Key: "k", Rev: 16, Blocked: true}, nil
		},
		send: func(_ context.Context, r moderation.SignalRequest) (moderation.Signal, error) {
			same("the signal", r, signal)
			return moderation.Signal{Event: "e", Rev: 16}, nil
		},
		ack: func(_ context.Context, r moderation.SignalRequest) (moderation.Signal, error) {
			same("what was seen", r, signal)
			return moderation.Signal{Event: "e", Rev: 17}, nil
		},
	})
	c := natsstore.NewDeskClient(nc)
	gotSub, err := c.Act(t.Context(), act)
	same("the submission", gotSub, sub)
	gotStage, err2 := c.SetStage(t.Context(), stage)
	same("the new stage", gotStage, moderation.Stage{Event: "e", Rev: 13, Now: "x"})
	made, err3 := c.CreateEvent(t.Context(), event)
	same("the new event", made, moderation.Event{Slug: "e", Rev: 14})
	changed, err4 := c.ChangeEvent(t.Context(), event)
	same("the changed event", changed, moderation.Event{Slug: "e", Rev: 15})
	sent, err5 := c.SendSignal(t.Context(), signal)
	same("the new signal", sent, moderation.Signal{Event: "e", Rev: 16})
	seen, err6 := c.AckSignal(t.Context(), signal)
	same("the seen signal", seen, moderation.Signal{Event: "e", Rev: 17})
	decided, err7 := c.DecideAuthor(t.Context(), author)
	same("the new decision", decided, moderation.AuthorDecision{Event: "e", Key: "k", Rev: 16, Blocked: true})
	if err := errors.Join(err, err2, err3, err4, err5, err6, err7); err != nil {
		t.Error(err)
	}
}

func TestDeskErrors(t *testing.T) {
	t.Parallel()
	nc := natstest.Run(t)
	var fails error
	present := floortest.Submission("e", 1, "as it is now")
	present.Rev = 99
	serve(t, nc, desk{act: func(context.Context, moderation.ActRequest) (moderation.Submission, error) { return present, fails }})
	c := natsstore.NewDeskClient(nc)
	for _, kind := range []error{
		moderation.ErrNotFound, moderation.ErrInvalid, moderation.ErrStale, moderation.ErrState, moderation.ErrForbidden, moderation.ErrClosed,
		moderation.ErrGone, moderation.ErrExists, moderation.ErrUnavailable, moderation.ErrSyntax, moderation.ErrNothing,
	} {
		for name, err := range map[string]error{
			"bare": kind, "wrapped": fmt.Errorf("put floor.e.event: %w", kind),
			"with words": &moderation.Problem{Kind: kind, Detail: "Do this.", Fields: []moderation.Field{{Field: "f", Detail: "d"}}},
		} {
			fails = err
			got, err := c.Act(t.Context(), moderation.ActRequest{})
			if !errors.Is(err, kind) {
				t.Errorf("%v, %s: error %v", kind, name, err)
			}
			if !reflect.DeepEqual(got, present) {
				t.Errorf("%v, %s: came with %+v, want the present state", kind, name, got)
			}
			p, ok := errors.AsType[*moderation.Problem](err)
			if want, _ := errors.AsType[*moderation.Problem](fails); ok != (name == "with words") || !reflect.DeepEqual(p, want) {
				t.Errorf("%v, %s: problem %+v, want %+v", kind, name, p, want)
			}
		}
	}
	fails = errors.New("dial 10.0.0.1: secret detail")
	_, err := c.Act(t.Context(), moderation.ActRequest{})
	if err == nil || errors.Is(err, moderation.ErrUnavailable) || err.Error() == fails.Error() {
		t.Errorf("an internal error arrives as %v, want one without its cause", err)
	}
	fails = context.DeadlineExceeded
	if _, err = c.Act(t.Context(), moderation.ActRequest{}); !errors.Is(err, moderation.ErrUnavailable) {
		t.Errorf("a desk out of time: error %v, want ErrUnavailable", err)
	}
}

// TestNoDesk: nobody answers, or the one who does never comes to an end.
func TestNoDesk(t *testing.T) {
	for name, handler := range map[string]natsstore.DeskHandler{
		"nobody": nil,
		"silent": desk{act: func(ctx context.Context, _ moderation.ActRequest) (moderation.Submission, error) {
			<-ctx.Done()
			return moderation.Submission{}, nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nc := natstest.Run(t)
				if handler != nil {
					serve(t, nc, handler)
					synctest.Wait()
				}
				begun := time.Now()
				_, err := natsstore.NewDeskClient(nc).Act(t.Context(), moderation.ActRequest{})
				if took := time.Since(begun); !errors.Is(err, moderation.ErrUnavailable) || took < 4*time.Second || took > 6*time.Second {
					t.Errorf("error %v after %v, want ErrUnavailable after about 5 s", err, took)
				}
			})
		})
	}
}

// TestDeskComesBack: the request waits for a desk that is being restarted.
func TestDeskComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := natstest.Start(t)
		var answer sync.WaitGroup
		answer.Go(func() {
			if _, err := natsstore.NewDeskClient(srv.Conn(t)).Act(t.Context(), moderation.ActRequest{}); err != nil {
				t.Errorf("act: %v", err)
			}
		})
		time.Sleep(2 * time.Second) // of the bubble
		serve(t, srv.Conn(t), desk{act: func(context.Context, moderation.ActRequest) (moderation.Submission, error) {
			return moderation.Submission{}, nil
		}})
		answer.Wait()
	})
}

// TestDeskLimits: 64 requests are worked on at once, the rest waits, and stopping finishes what is in hand.
func TestDeskLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := natstest.Start(t)
		var now, most, done atomic.Int32
		stop := serve(t, srv.Conn(t), desk{act: func(context.Context, moderation.ActRequest) (moderation.Submission, error) {
			n := now.Add(1)
			defer now.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			time.Sleep(time.Second) // of the bubble
			done.Add(1)
			return moderation.Submission{}, nil
		}})
		synctest.Wait()
		c := natsstore.NewDeskClient(srv.Conn(t))
		var wg sync.WaitGroup
		for range 128 {
			wg.Go(func() {
				if _, err := c.Act(t.Context(), moderation.ActRequest{}); err != nil {
					t.Errorf("act: %v", err)
				}
			})
		}
		wg.Wait()
		if most.Load() != 64 {
			t.Errorf("%d requests at once, want 64", most.Load())
		}
		wg.Go(func() {
			if _, err := c.Act(t.Context(), moderation.ActRequest{}); err != nil {
				t.Errorf("act while it stops: %v", err)
			}
		})
		synctest.Wait()
		stop()
		if done.Load() != 129 {
			t.Errorf("%d requests were finished when serving ended, want 129", done.Load())
		}
		wg.Wait()
	})
}

// TestTwoDesks share what comes.
func TestTwoDesks(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	var by [2]atomic.Int32
	for i := range by {
		serve(t, srv.Conn(t), desk{act: func(context.Context, moderation.ActRequest) (moderation.Submission, error) {
			by[i].Add(1)
			return moderation.Submission{}, nil
		}})
	}
	c := natsstore.NewDeskClient(srv.Conn(t))
	deadline := time.Now().Add(20 * time.Second)
	n := 0
	for ; by[0].Load() == 0 || by[1].Load() == 0; n++ {
		if _, err := c.Act(t.Context(), moderation.ActRequest{}); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(deadline) {
			t.Fatalf("of %d requests the desks got %d and %d", n, by[0].Load(), by[1].Load())
		}
	}
	if got := int(by[0].Load() + by[1].Load()); got != n {
		t.Errorf("%d requests were answered %d times", n, got)
	}
}
