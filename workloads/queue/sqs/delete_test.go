package sqs

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

// calls are those of a deleter: each waits to be let go.
type calls struct {
	mu    sync.Mutex
	sizes []int
	let   chan struct{}
	fail  map[string]error // by receipt handle
}

func (c *calls) send(receipts []*receipt) []error {
	c.mu.Lock()
	c.sizes = append(c.sizes, len(receipts))
	c.mu.Unlock()
	<-c.let
	errs := make([]error, len(receipts))
	for i, r := range receipts {
		errs[i] = c.fail[r.handle]
	}
	return errs
}

func (c *calls) seen() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]int(nil), c.sizes...)
}

func TestDeletionsThatComeDuringACallShareTheNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refused := errors.New("refused")
		c := &calls{let: make(chan struct{}), fail: map[string]error{"c": refused}}
		q := newDeleter(c.send)
		errs := map[string]chan error{}
		start := func(handles ...string) {
			for _, h := range handles {
				errs[h] = make(chan error, 1)
				go func() { errs[h] <- q.delete(t.Context(), &receipt{handle: h}) }()
				synctest.Wait()
			}
		}
		start("a")
		require.Equal(t, []int{1}, c.seen(), "the first must not wait for others")
		start("b", "c", "d")
		require.Equal(t, []int{1}, c.seen())
		c.let <- struct{}{}
		require.NoError(t, <-errs["a"])
		synctest.Wait()
		require.Equal(t, []int{1, 3}, c.seen())
		c.let <- struct{}{}
		require.NoError(t, <-errs["b"])
		require.ErrorIs(t, <-errs["c"], refused, "each caller gets the answer to its own")
		require.NoError(t, <-errs["d"])
	})
}

func TestFullBatchesOfDeletionsDoNotWaitForACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &calls{let: make(chan struct{})}
		q := newDeleter(c.send)
		var all sync.WaitGroup
		for range 26 {
			all.Go(func() { _ = q.delete(t.Context(), &receipt{}) }) // the sizes are what counts
			synctest.Wait()
		}
		require.Equal(t, []int{1, 10, 10}, c.seen())
		close(c.let)
		all.Wait()
		require.Equal(t, []int{1, 10, 10, 5}, c.seen())
	})
}

func TestDeletingOneReceiptTwiceAtATimeIsOneDeletion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &calls{let: make(chan struct{})}
		q := newDeleter(c.send)
		var both sync.WaitGroup
		own := &receipt{}
		for range 2 {
			both.Go(func() { require.NoError(t, q.delete(t.Context(), own)) })
		}
		synctest.Wait()
		close(c.let)
		both.Wait()
		require.Equal(t, []int{1}, c.seen())
	})
}

func TestDeletionReturnsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &calls{let: make(chan struct{})}
		q := newDeleter(c.send)
		ctx, cancel := context.WithCancel(t.Context())
		err := make(chan error, 1)
		go func() { err <- q.delete(ctx, &receipt{}) }()
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-err, context.Canceled)
		close(c.let)
	})
}

func TestDeleteAnswersAreByEntry(t *testing.T) {
	t.Parallel()
	answers := deleteAnswers(&awssqs.DeleteMessageBatchOutput{
		Successful: []types.DeleteMessageBatchResultEntry{{Id: aws.String("0")}},
		Failed:     []types.BatchResultErrorEntry{{Id: aws.String("2"), Code: aws.String("ReceiptHandleIsInvalid"), SenderFault: true}},
	}, nil)
	require.NoError(t, answers("0"))
	require.ErrorIs(t, answers("1"), errUnconfirmed)
	require.Equal(t, queue.KindLeaseLost, kindOf(answers("2")))
	require.ErrorIs(t, deleteAnswers(nil, errNoAnswer)("0"), errNoAnswer)
}
