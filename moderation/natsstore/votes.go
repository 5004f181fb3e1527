package natsstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/openfloor/openfloor/moderation"
)

// voteBody is what a vote's message says beside its subject.
type voteBody struct {
	V   int  `json:"v"`
	For bool `json:"for"`
}

// Vote stores a vote in place of the voter's last one for the same submission. It returns, once the vote is stored for
// good, a sequence of VOTES by which it is: whoever has applied that one has applied the vote. Votes that come at once
// cost one write to disk. Errors: ErrInvalid, ErrUnavailable, after which it may or may not be stored.
func (s *Store) Vote(ctx context.Context, v moderation.Vote) (seq uint64, err error) {
	subject, err := voteSubject(v)
	if err != nil {
		return 0, err
	}
	body, err := json.Marshal(voteBody{bodyVersion, v.For})
	if err != nil {
		return 0, fmt.Errorf("vote: %w", err)
	}
	msg := nats.NewMsg(subject)
	msg.Data = body
	msg.Header.Set(jetstream.ExpectedStreamHeader, streamVotes)
	done := s.votes.add(ctx, []*nats.Msg{msg}, s.voteAll)[0]
	return done.Seq, done.Err
}

// voteAll publishes votes in their order and returns what became of each.
func (s *Store) voteAll(ctx context.Context, msgs []*nats.Msg) []moderation.Submitted {
	out := make([]moderation.Submitted, len(msgs))
	if len(msgs) > 1 && s.voteBatches {
		seq, err := s.voteBatch(ctx, msgs)
		if err == nil || errors.Is(err, moderation.ErrUnavailable) {
			for i := range out {
				out[i].Seq, out[i].Err = seq, err
			}
			return out
		}
	}
	s.voteEach(ctx, msgs, out)
	return out
}

// voteBatch publishes all votes or, with an error, none.
func (s *Store) voteBatch(ctx context.Context, msgs []*nats.Msg) (seq uint64, err error) {
	leave, err := s.enterBatch(ctx, len(msgs))
	if err != nil {
		return 0, fmt.Errorf("%d votes: %w", len(msgs), err)
	}
	defer leave()
	err = persist(ctx, func(ctx context.Context) error {
		ack, err := s.publishBatch(ctx, msgs)
		seq = ack.Seq
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("%d votes: %w", len(msgs), err)
	}
	return seq, nil
}

// voteEach publishes votes one behind the other and then waits for all acknowledgements. What was not acknowledged is
// published again by itself; it may then come after a later vote of the same voter in msgs, so those follow it again.
func (s *Store) voteEach(ctx context.Context, msgs []*nats.Msg, out []moderation.Submitted) {
	acks := make([]jetstream.PubAckFuture, len(msgs))
	for i, msg := range msgs {
		apart(msg)
		if len(msgs) > 1 {
			acks[i], _ = s.js.PublishMsgAsync(msg) // an error is as good as no acknowledgement
		}
	}
	wait, cancel := context.WithTimeout(ctx, tryLimit)
	defer cancel()
	again := map[string]bool{}
	for i, msg := range msgs {
		if acks[i] != nil {
			select {
			case ack := <-acks[i].Ok():
				out[i].Seq = ack.Sequence
				if !again[msg.Subject] {
					continue
				}
			case <-acks[i].Err():
			case <-wait.Done():
			}
			msg.Reply = "" // of the acknowledgement that did not come
		}
		again[msg.Subject] = true
		out[i].Err = persist(ctx, func(ctx context.Context) error {
			ack, err := s.publish(ctx, msg)
			out[i].Seq = ack.Seq
			return err
		})
		if errors.Is(out[i].Err, moderation.ErrUnavailable) {
			for j := range out[i+1:] {
				out[i+1+j].Err = out[i].Err
			}
			return
		}
	}
}

// FollowVotes reads VOTES: first the last vote of every voter for every submission, then every vote as it comes, in
// stream order and from one goroutine. caughtUp, which may be nil, is called once, when everything stored at the start
// has been applied. For the rest it is as Follow is.
func (s *Store) FollowVotes(ctx context.Context, apply func(moderation.Vote), caughtUp func()) error {
	f := follower{
		Store: s, stream: streamVotes, filter: allVotes, caughtUp: caughtUp,
		handle: func(subject string, body []byte, seq uint64, _ time.Time) error {
			v, err := decodeVote(subject, body)
			if err != nil {
				return err
			}
			v.Seq = seq
			apply(v)
			return nil
		},
	}
	return f.run(ctx)
}

func decodeVote(subject string, body []byte) (moderation.Vote, error) {
	v, err := parseVoteSubject(subject)
	if err != nil {
		return v, err
	}
	var b voteBody
	if err := decode(subject, body, &b); err != nil {
		return v, err
	}
	v.For = b.For
	return v, nil
}

// forgetVotes removes every vote for a submission.
func (s *Store) forgetVotes(ctx context.Context, event, id string) error {
	ask := struct {
		Filter string `json:"filter"`
	}{"votes." + event + "." + id + ".*"}
	return persist(ctx, func(ctx context.Context) error {
		var answer struct {
			Success bool `json:"success"`
		}
		if err := s.api(ctx, "STREAM.PURGE."+streamVotes, ask, &answer); err != nil {
			return err
		}
		if !answer.Success {
			return errors.New("the server says no")
		}
		return nil
	})
}
