package pubsub

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

// scripted is a Pub/Sub whose pulls end when the test says so.
type scripted struct {
	pubsubpb.UnimplementedSubscriberServer
	pulls  chan *pull
	nacked chan []string
	// obeys: a pull ends when the time is over that the client told.
	obeys bool
	// lag is how long its answers travel.
	lag time.Duration
}

// pull waits for how many messages it gets.
type pull struct {
	told  time.Duration // how long the client said that it waits
	most  int32
	count chan int
}

func (s *scripted) Pull(ctx context.Context, in *pubsubpb.PullRequest) (*pubsubpb.PullResponse, error) {
	p := &pull{most: in.MaxMessages, count: make(chan int, 1)}
	if deadline, ok := ctx.Deadline(); ok {
		p.told = time.Until(deadline)
	}
	s.pulls <- p
	ended := ctx.Done()
	if !s.obeys {
		ended = nil
	}
	select {
	case count := <-p.count:
		out := &pubsubpb.PullResponse{}
		for i := range count {
			out.ReceivedMessages = append(out.ReceivedMessages, &pubsubpb.ReceivedMessage{
				AckId: fmt.Sprint("ack ", i), Message: &pubsubpb.PubsubMessage{MessageId: fmt.Sprint(i)}, DeliveryAttempt: 2,
			})
		}
		return out, nil
	case <-ended:
		return nil, status.FromContextError(ctx.Err()).Err()
	}
}

func (s *scripted) ModifyAckDeadline(_ context.Context, in *pubsubpb.ModifyAckDeadlineRequest) (*emptypb.Empty, error) {
	if in.AckDeadlineSeconds == 0 {
		s.nacked <- in.AckIds
	}
	return &emptypb.Empty{}, nil
}

// talkingTo is a driver of that service.
func talkingTo(t *testing.T, s *scripted) *Driver {
	t.Helper()
	s.pulls, s.nacked = make(chan *pull, 100), make(chan []string, 100)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	pubsubpb.RegisterSubscriberServer(server, s)
	served := make(chan error, 1)
	go func() { served <- server.Serve(far{listener, s.lag}) }()
	t.Cleanup(func() { server.Stop(); assert.NoError(t, <-served) })
	c, err := connect(t.Context(), listener.Addr().String())
	require.NoError(t, err)
	d := newDriver(c, address{project, "jobs", "jobs-topic"})
	d.lease = time.Minute
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	return d
}

// receive starts a Receive and returns a way to cancel it and what it returns.
func receive(t *testing.T, d *Driver, max int) (cancel context.CancelFunc, result chan []queue.Delivery) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	result = make(chan []queue.Delivery, 1)
	go func() {
		got, _ := d.Receive(ctx, max, time.Minute) // none where it fails
		result <- got
	}()
	return cancel, result
}

func TestMessagesOfACancelledReceiveAreGivenBack(t *testing.T) {
	t.Parallel()
	s := &scripted{}
	cancel, result := receive(t, talkingTo(t, s), 2)
	p := <-s.pulls
	cancel()
	require.Empty(t, <-result)
	p.count <- 2
	require.Equal(t, []string{"ack 0", "ack 1"}, <-s.nacked)
}

func TestNextReceiveTakesOverThePollOfACancelledOne(t *testing.T) {
	t.Parallel()
	s := &scripted{}
	d := talkingTo(t, s)
	cancel, result := receive(t, d, 1)
	p := <-s.pulls
	cancel()
	require.Empty(t, <-result)
	cancel, result = receive(t, d, 1)
	defer cancel()
	require.Eventually(t, func() bool {
		d.polls.mu.Lock()
		defer d.polls.mu.Unlock()
		return len(d.polls.left) == 0
	}, 10*time.Second, time.Millisecond)
	p.count <- 1
	got := <-result
	require.Len(t, got, 1)
	require.Equal(t, 2, got[0].Number)
	require.Empty(t, got[0].Body)
	require.NotNil(t, got[0].Body)
	require.Empty(t, s.pulls, "there was a second call")
	require.Empty(t, s.nacked, "the message was given back")
}

func TestPollForMoreThanTheNextReceiveWantsIsNotTakenOver(t *testing.T) {
	t.Parallel()
	now := time.Now()
	left := &poll{most: 5, until: now.Add(20 * time.Second)}
	s := polls{left: []*poll{left}}
	require.Nil(t, s.adopt(4, now.Add(time.Minute)))
	require.Nil(t, s.adopt(5, now.Add(time.Second)))
	require.Same(t, left, s.adopt(5, now.Add(20*time.Second)))
	require.Empty(t, s.left)
}

func TestCloseEndsPolls(t *testing.T) {
	t.Parallel()
	s := &scripted{obeys: true}
	d := talkingTo(t, s)
	_, result := receive(t, d, 1)
	<-s.pulls
	require.NoError(t, d.Close())
	require.Empty(t, <-result)
}

func TestPubSubIsToldHowLongToWaitAndItsEndIsNoError(t *testing.T) {
	t.Parallel()
	s := &scripted{obeys: true}
	d := talkingTo(t, s)
	start := time.Now()
	got, err := d.Receive(t.Context(), 500, 0)
	require.NoError(t, err)
	require.Empty(t, got)
	require.GreaterOrEqual(t, time.Since(start), shortestPoll)
	require.Less(t, time.Since(start), shortestPoll+pollGrace, "the client waited for itself and not for the service")
	p := <-s.pulls
	require.LessOrEqual(t, p.told, shortestPoll)
	require.EqualValues(t, MaxBatch, p.most)
	cancel, _ := receive(t, d, 1)
	defer cancel()
	require.InDelta(t, longestPoll.Seconds(), (<-s.pulls).told.Seconds(), 1, "a minute is several calls")
}

func TestASilentNetworkIsNoEmptyQueue(t *testing.T) {
	t.Parallel()
	mute, err := net.Listen("tcp", "127.0.0.1:0") // connections are made, nobody speaks
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, mute.Close()) })
	c, err := connect(t.Context(), mute.Addr().String())
	require.NoError(t, err)
	d := newDriver(c, address{project, "jobs", "jobs-topic"})
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	_, err = d.pull(1, shortestPoll)
	require.ErrorIs(t, err, errNoAnswer)
	require.Equal(t, queue.KindUnavailable, d.Kind(err))
}

// far is a listener whose answers take a while to arrive.
type far struct {
	net.Listener
	lag time.Duration
}

func (f far) Accept() (net.Conn, error) {
	c, err := f.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return farConn{c, f.lag}, nil
}

type farConn struct {
	net.Conn
	lag time.Duration
}

func (c farConn) Write(b []byte) (int, error) {
	time.Sleep(c.lag)
	return c.Conn.Write(b)
}

func TestMessagesThatArriveWhenTheTimeIsOverAreNotLost(t *testing.T) {
	t.Parallel()
	s := &scripted{lag: 300 * time.Millisecond, obeys: true}
	d := talkingTo(t, s)
	result := make(chan []queue.Delivery, 1)
	go func() {
		got, _ := d.Receive(t.Context(), 1, 0) // none where it fails
		result <- got
	}()
	p := <-s.pulls
	handedOut := p.told - 100*time.Millisecond
	time.AfterFunc(handedOut, func() { p.count <- 1 })
	require.Len(t, <-result, 1, "handed out in time, they arrive 200 ms after it")
	require.Empty(t, s.pulls, "it was the first call")
}
