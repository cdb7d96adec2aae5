package sqs

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	// pollSlack is how much later than a Receive wants to end a poll may end
	// that it takes over.
	pollSlack = 500 * time.Millisecond
	// settleLimit is how long Close waits for polls that nobody waits for any
	// more. A message that was released just before is handed to such a poll at
	// once, and given back if the poll may end by itself: cut off, it would be
	// hidden for its whole lease.
	settleLimit = time.Second
	// giveBackTimeout is how long giving messages back may take; then their
	// leases run out.
	giveBackTimeout = 2 * time.Second
)

// poll is one call that receives messages. It does not end with the Receive
// that made it: SQS may have handed out messages to a call that is cut off.
type poll struct {
	most  int
	until time.Time // when SQS ends it at the latest

	left     bool // no Receive waits for it; polls.mu
	finished bool // polls.mu

	// Set before done is closed.
	done     chan struct{}
	messages []types.Message
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

// settle waits for the polls that were left, at most for limit.
func (s *polls) settle(limit time.Duration) {
	s.mu.Lock()
	left := slices.Clone(s.left)
	s.mu.Unlock()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for _, p := range left {
		select {
		case <-p.done:
		case <-timer.C:
			return
		}
	}
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
		p.messages, p.err = d.receiveMessages(most, wait)
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

func (d *Driver) receiveMessages(most int, wait time.Duration) ([]types.Message, error) {
	var out *awssqs.ReceiveMessageOutput
	err := d.call(d.life, longestPoll+answerTimeout, func(ctx context.Context) (err error) {
		out, err = d.client.ReceiveMessage(ctx, &awssqs.ReceiveMessageInput{
			QueueUrl:                    &d.queueURL,
			MaxNumberOfMessages:         int32(most),
			WaitTimeSeconds:             int32(wait / time.Second),
			VisibilityTimeout:           int32(d.lease / time.Second),
			MessageAttributeNames:       []string{encodingAttribute},
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameApproximateReceiveCount},
		})
		return err
	})
	if d.life.Err() != nil && err != nil {
		return nil, errClosed
	}
	if err != nil {
		return nil, err
	}
	return out.Messages, nil
}

// giveBack makes messages visible again that nobody waits for. It is called
// with polls.mu held.
func (d *Driver) giveBack(messages []types.Message) {
	if len(messages) == 0 || d.polls.closed {
		return
	}
	entries := make([]types.ChangeMessageVisibilityBatchRequestEntry, len(messages))
	for i, m := range messages {
		entries[i] = types.ChangeMessageVisibilityBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m.ReceiptHandle}
	}
	d.polls.giving.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), giveBackTimeout)
		defer cancel()
		// On failure the leases run out.
		_, _ = d.client.ChangeMessageVisibilityBatch(ctx, &awssqs.ChangeMessageVisibilityBatchInput{QueueUrl: &d.queueURL, Entries: entries})
	})
}
