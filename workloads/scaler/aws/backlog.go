package aws

import (
	"context"
	"fmt"
	"strconv"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/spotgrid/spotgrid/workloads/scaler"
)

// counts are the attributes of a queue that together are its jobs: those that wait,
// those that run, and those that wait for their time. SQS may be a minute behind
// with them. Source: GetQueueAttributes in the SQS API reference.
var counts = []types.QueueAttributeName{
	types.QueueAttributeNameApproximateNumberOfMessages,
	types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
	types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
}

// Backlog is the count of now, which SQS itself gives, and while that is none the
// counts of before, which CloudWatch keeps: they say for how long there has been
// nothing to do. Where CloudWatch does not know, it is not said to be long.
func (c *Cloud) Backlog(ctx context.Context, raw string, since time.Time) ([]scaler.Point, error) {
	q, err := queueOf(raw)
	if err != nil {
		return nil, err
	}
	jobs, err := c.count(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("counting the messages now: %w", err)
	}
	now := scaler.Point{At: c.now(), Jobs: jobs}
	if jobs > 0 {
		return []scaler.Point{now}, nil
	}
	before, err := c.history(ctx, q, since, now.At)
	if err != nil {
		return nil, fmt.Errorf("reading the counts of before: %w", err)
	}
	return append(unbroken(now, before), now), nil
}

func (c *Cloud) count(ctx context.Context, q queue) (jobs int, err error) {
	var got *sqs.GetQueueAttributesOutput
	err = c.call(ctx, q.region, func(ctx context.Context, to *clients) (err error) {
		got, err = to.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: sdk.String(q.url()), AttributeNames: counts})
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, name := range counts {
		n, err := strconv.Atoi(got.Attributes[string(name)])
		if err != nil || n < 0 {
			return 0, fmt.Errorf("%s is %q, want a whole number from 0", name, got.Attributes[string(name)])
		}
		jobs += n
	}
	return jobs, nil
}

// maxGap is how far apart counts may be that show one stretch of time. The newest
// of CloudWatch is settleAfter old, and a minute or two more.
const maxGap = settleAfter + 2*period

// unbroken are the counts from now back to the first gap: what was in the gap
// nobody knows. Before is sorted, the earliest first.
func unbroken(now scaler.Point, before []scaler.Point) []scaler.Point {
	next := now.At
	for i := len(before) - 1; i >= 0; i-- {
		if next.Sub(before[i].At) > maxGap {
			return before[i+1:]
		}
		next = before[i].At
	}
	return before
}
