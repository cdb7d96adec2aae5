package pubsub

import (
	"context"
	"slices"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

const (
	// pollSlack is how much later than a Receive wants to end a poll may end
	// that it takes over.
	pollSlack = 500 * time.Millisecond
	// pollGrace is how much longer than Pub/Sub is told a poll waits for the
	// answer, so that no message is handed out to a call that was cut off.
	pollGrace = 5 * time.Second
	// giveBackTimeout is how long giving messages back may take; then their
	// leases run out.
	giveBackTimeout = 2 * time.Second
)

// poll is one call that receives messages. It does not end with the Receive
// that made it: Pub/Sub may have handed out messages to a call that is cut off.
type poll struct {
	most  int
	until time.Time // when Pub/Sub ends it at the latest

	left     bool // no Receive waits for it; polls.mu
	finished bool // polls.mu

	// Set before done is closed.
	done     chan struct{}
	messages []*pubsubpb.ReceivedMessage
	at       time.Time
	err      error
}

// polls are those that were left and go on.
type polls struct {
	mu     sync.Mutex
	left   []*poll
	giving sync.WaitGroup
	closed bool
}

// adopt returns a poll that was left and suits a Receive of up to most messages
// until then, or nil.
func (s *polls) adopt(most int, until time.Time) *poll {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.left, func(p *poll) bool {
		return p.most <= most && !p.until.After(until.Add(pollSlack))
	})
	if i < 0 {
		return nil
	}
	p := s.left[i]
	s.left = slices.Delete(s.left, i, i+1)
	p.left = false
	return p
}

// close waits until messages are given back, and lets no more be.
func (s *polls) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.giving.Wait()
}

func (d *Driver) startPoll(most int, wait time.Duration) *poll {
	p := &poll{most: most, until: d.now().Add(wait), done: make(chan struct{})}
	go func() {
		p.messages, p.err = d.pull(most, wait)
		p.at = d.now()
		d.polls.mu.Lock()
		defer d.polls.mu.Unlock()
		p.finished = true
		close(p.done)
		if p.left {
			d.polls.left = slices.DeleteFunc(d.polls.left, func(other *poll) bool { return other == p })
			d.giveBack(p.messages)
		}
	}()
	return p
}

// leave ends the wait for a poll.
func (d *Driver) leave(p *poll) {
	d.polls.mu.Lock()
	defer d.polls.mu.Unlock()
	if p.finished {
		d.giveBack(p.messages)
		return
	}
	p.left = true
	d.polls.left = append(d.polls.left, p)
}

// told is a context that ends later than the deadline which the server is told.
type told struct {
	context.Context
	deadline time.Time
}

func (t told) Deadline() (time.Time, bool) { return t.deadline, true }

// pull is one call, which Pub/Sub ends after wait: it fails with
// DEADLINE_EXCEEDED then, or has nothing in its answer sooner. A call that the
// service took and did not end in time is no failure either: it may just have
// kept quiet.
func (d *Driver) pull(most int, wait time.Duration) ([]*pubsubpb.ReceivedMessage, error) {
	var out *pubsubpb.PullResponse
	var service peer.Peer // known once there is a connection
	silent := false
	err := d.call(d.life, wait+pollGrace, func(ctx context.Context) (err error) {
		out, err = d.clients.subscriber.Pull(told{ctx, time.Now().Add(wait)}, &pubsubpb.PullRequest{
			Subscription: d.address.subscriptionPath(), MaxMessages: int32(most),
		}, gax.WithGRPCOptions(grpc.Peer(&service)))
		silent = status.Code(err) == codes.DeadlineExceeded && service.Addr != nil
		return err
	})
	switch {
	case err == nil:
		return out.ReceivedMessages, nil
	case d.life.Err() != nil:
		return nil, errClosed
	case silent:
		return nil, nil
	}
	return nil, err
}

// giveBack makes messages visible again that nobody waits for. It is called
// with polls.mu held.
func (d *Driver) giveBack(messages []*pubsubpb.ReceivedMessage) {
	if len(messages) == 0 || d.polls.closed {
		return
	}
	nack := &pubsubpb.ModifyAckDeadlineRequest{Subscription: d.address.subscriptionPath()}
	for _, m := range messages {
		nack.AckIds = append(nack.AckIds, m.AckId)
	}
	d.polls.giving.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), giveBackTimeout)
		defer cancel()
		_ = d.clients.subscriber.ModifyAckDeadline(ctx, nack) // on failure the leases run out
	})
}
