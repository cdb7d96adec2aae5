package sqs

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

// scripted is SQS whose long polls end when the test says so; it reports calls.
type scripted struct {
	polls  chan chan int // each poll waits for how many messages it gets
	others chan string   // the body of every other call
}

func newScripted() *scripted {
	return &scripted{make(chan chan int, 100), make(chan string, 100)}
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in map[string]any
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	action := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS.")
	if action != "ReceiveMessage" {
		s.others <- fmt.Sprint(action, " ", in["Entries"])
		_, _ = w.Write([]byte("{}")) // the client notices
		return
	}
	count := 0
	if in["WaitTimeSeconds"] == nil {
		count = int(in["MaxNumberOfMessages"].(float64))
	} else {
		messages := make(chan int, 1)
		s.polls <- messages
		count = <-messages
	}
	out := []map[string]any{}
	for i := range count {
		out = append(out, map[string]any{
			"Body": "body", "ReceiptHandle": fmt.Sprint("handle ", i),
			"MessageId": fmt.Sprint(i), "Attributes": map[string]string{"ApproximateReceiveCount": "2"},
		})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"Messages": out}) // the client notices
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
	s := newScripted()
	d := talkingTo(t, s)
	cancel, result := receive(t, d, 2)
	poll := <-s.polls
	cancel()
	require.Empty(t, <-result)
	poll <- 2
	given := <-s.others
	require.Contains(t, given, "ChangeMessageVisibilityBatch")
	require.Contains(t, given, "ReceiptHandle:handle 0 VisibilityTimeout:0")
	require.Contains(t, given, "ReceiptHandle:handle 1 VisibilityTimeout:0")
}

func TestNextReceiveTakesOverThePollOfACancelledOne(t *testing.T) {
	t.Parallel()
	s := newScripted()
	d := talkingTo(t, s)
	cancel, result := receive(t, d, 1)
	poll := <-s.polls
	cancel()
	require.Empty(t, <-result)
	cancel, result = receive(t, d, 1)
	defer cancel()
	require.Eventually(t, func() bool {
		d.polls.mu.Lock()
		defer d.polls.mu.Unlock()
		return len(d.polls.left) == 0
	}, 10*time.Second, time.Millisecond)
	poll <- 1
	got := <-result
	require.Len(t, got, 1)
	require.Equal(t, 2, got[0].Number)
	require.Empty(t, s.polls, "there was a second call")
	require.Empty(t, s.others, "the message was given back")
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

func TestReceiveOfManyTakesFurtherCallsAfterAFullOne(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ max, first, want int }{
		"full":          {35, 10, 35},
		"not full":      {35, 9, 9},
		"no more asked": {10, 10, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScripted()
			cancel, result := receive(t, talkingTo(t, s), c.max)
			defer cancel()
			poll := <-s.polls
			poll <- c.first
			require.Len(t, <-result, c.want)
		})
	}
}

func TestCloseEndsPolls(t *testing.T) {
	t.Parallel()
	s := newScripted()
	d := talkingTo(t, s)
	_, result := receive(t, d, 1)
	poll := <-s.polls
	require.NoError(t, d.Close())
	require.Empty(t, <-result)
	poll <- 0 // so that the server can stop
}

func TestCloseLetsAPollThatWasLeftGiveBackWhatItGets(t *testing.T) {
	t.Parallel()
	s := newScripted()
	d := talkingTo(t, s)
	cancel, result := receive(t, d, 1)
	poll := <-s.polls
	cancel()
	require.Empty(t, <-result)
	poll <- 1 // a message that was released just now
	require.NoError(t, d.Close())
	require.Contains(t, <-s.others, "ReceiptHandle:handle 0 VisibilityTimeout:0")
}
