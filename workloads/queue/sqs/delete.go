package sqs

import (
	"context"
	"strconv"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// deleteWindow is how many calls that delete may be under way.
const deleteWindow = 8

// deleter puts deletions together that come while a call is under way. None
// waits for others to come.
type deleter struct {
	// send deletes up to batchEntries messages and returns an error or nil for
	// each.
	send func([]*receipt) []error

	mu      sync.Mutex
	waiting []*deletion
	pending map[*receipt]*deletion // waiting or under way
	under   int                    // calls
}

type deletion struct {
	own  *receipt
	done chan struct{}
	err  error // set before done is closed
}

func newDeleter(send func([]*receipt) []error) *deleter {
	return &deleter{send: send, pending: map[*receipt]*deletion{}}
}

// delete removes the message of a receipt. When ctx ends first, it may be
// removed later.
func (q *deleter) delete(ctx context.Context, own *receipt) error {
	x := q.enqueue(own)
	select {
	case <-x.done:
		return x.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (q *deleter) enqueue(own *receipt) *deletion {
	q.mu.Lock()
	defer q.mu.Unlock()
	if x, ok := q.pending[own]; ok {
		return x
	}
	x := &deletion{own: own, done: make(chan struct{})}
	q.pending[own] = x
	q.waiting = append(q.waiting, x)
	// A second call at a time is worth its price only when it is a full one.
	if q.under == 0 || len(q.waiting) >= batchEntries && q.under < deleteWindow {
		q.under++
		go q.run()
	}
	return x
}

// run makes calls while deletions wait.
func (q *deleter) run() {
	for {
		batch := q.next()
		if len(batch) == 0 {
			return
		}
		receipts := make([]*receipt, len(batch))
		for i, x := range batch {
			receipts[i] = x.own
		}
		errs := q.send(receipts)
		q.mu.Lock()
		for i, x := range batch {
			delete(q.pending, x.own)
			x.err = errs[i]
			close(x.done)
		}
		q.mu.Unlock()
	}
}

// next takes the deletions of one call, or counts the caller out.
func (q *deleter) next() []*deletion {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.waiting), batchEntries)
	batch := q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	if n == 0 {
		q.under--
	}
	return batch
}

// deleteBatch deletes messages whose leases have not run out while they waited.
func (d *Driver) deleteBatch(receipts []*receipt) []error {
	errs := make([]error, len(receipts))
	var entries []types.DeleteMessageBatchRequestEntry
	for i, own := range receipts {
		if errs[i] = d.check(own, d.now()); errs[i] == nil {
			entries = append(entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: &own.handle})
		}
	}
	if len(entries) == 0 {
		return errs
	}
	var out *awssqs.DeleteMessageBatchOutput
	err := d.call(context.Background(), answerTimeout, func(ctx context.Context) (err error) {
		out, err = d.client.DeleteMessageBatch(ctx, &awssqs.DeleteMessageBatchInput{QueueUrl: &d.queueURL, Entries: entries})
		return err
	})
	answers := deleteAnswers(out, err)
	for i, own := range receipts {
		if errs[i] != nil {
			continue
		}
		if errs[i] = answers(strconv.Itoa(i)); errs[i] == nil {
			own.EndAcked()
			d.acked.Add(own.messageID)
		}
	}
	return errs
}

// deleteAnswers returns the answer to each entry of a call by its id.
func deleteAnswers(out *awssqs.DeleteMessageBatchOutput, err error) func(id string) error {
	if err != nil {
		return func(string) error { return err }
	}
	answers := map[string]error{}
	for _, e := range out.Successful {
		answers[aws.ToString(e.Id)] = nil
	}
	for _, e := range out.Failed {
		answers[aws.ToString(e.Id)] = entryError(e)
	}
	return func(id string) error {
		if answer, ok := answers[id]; ok {
			return answer
		}
		return errUnconfirmed
	}
}
