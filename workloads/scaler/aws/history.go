package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/spotgrid/spotgrid/workloads/scaler"
)

const (
	// period is how often SQS tells CloudWatch.
	period = time.Minute
	// settleAfter is the age from which on the counts of one minute are all there:
	// SQS gives that of messages in flight only when there are some, so that one
	// which is late looks like none.
	settleAfter = 3 * time.Minute
)

// metrics are what SQS tells of counts, in the namespace AWS/SQS. It tells the
// first while the queue is active, the others while they are not zero. A queue is
// active for six hours after the last call on it, and the scaler calls every
// minute. Source: "Available CloudWatch metrics for Amazon SQS" in the SQS developer
// guide.
var metrics = []string{
	"ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed",
}

// history are the counts from since until shortly before now, the earliest first.
func (c *Cloud) history(ctx context.Context, q queue, since, now time.Time) ([]scaler.Point, error) {
	until := now.Add(-settleAfter).Truncate(period)
	since = since.Truncate(period)
	if !since.Before(until) {
		return nil, nil
	}
	jobs := map[time.Time]int{}
	err := c.call(ctx, q.region, func(ctx context.Context, to *clients) error {
		pages := cloudwatch.NewGetMetricDataPaginator(to.cloudwatch, &cloudwatch.GetMetricDataInput{
			MetricDataQueries: queries(q.name), StartTime: &since, EndTime: &until, ScanBy: types.ScanByTimestampAscending,
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return err
			}
			if err := add(jobs, page.MetricDataResults); err != nil {
				return err
			}
		}
		return nil
	})
	var points []scaler.Point
	for start, n := range jobs {
		// The sample is of some moment of the minute: as late as it can be.
		points = append(points, scaler.Point{At: start.Add(period), Jobs: n})
	}
	slices.SortFunc(points, func(a, b scaler.Point) int { return a.At.Compare(b.At) })
	return points, err
}

func queries(name string) []types.MetricDataQuery {
	var all []types.MetricDataQuery
	for i, metric := range metrics {
		all = append(all, types.MetricDataQuery{
			Id: sdk.String(fmt.Sprintf("m%d", i)),
			MetricStat: &types.MetricStat{
				Period: sdk.Int32(int32(period / time.Second)), Stat: sdk.String("Maximum"),
				Metric: &types.Metric{
					Namespace: sdk.String("AWS/SQS"), MetricName: sdk.String(metric),
					Dimensions: []types.Dimension{{Name: sdk.String("QueueName"), Value: sdk.String(name)}},
				},
			},
		})
	}
	return all
}

// add sums the values of each minute.
func add(jobs map[time.Time]int, results []types.MetricDataResult) error {
	for _, r := range results {
		if r.StatusCode != types.StatusCodeComplete && r.StatusCode != types.StatusCodePartialData {
			return fmt.Errorf("CloudWatch says %s of a metric", cmp.Or(string(r.StatusCode), "nothing"))
		}
		if len(r.Timestamps) != len(r.Values) {
			return errors.New("CloudWatch gave more times than values, or fewer")
		}
		for i, at := range r.Timestamps {
			n := r.Values[i]
			if !(n >= 0 && n < math.MaxInt32) { // which is also false for what is no number
				return fmt.Errorf("a count is %g, want a number from 0", n)
			}
			jobs[at.UTC()] += int(math.Ceil(n))
		}
	}
	return nil
}
