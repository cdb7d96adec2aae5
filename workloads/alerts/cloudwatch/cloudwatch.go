// Package cloudwatch reads the history of a region's alarms from CloudWatch. It
// needs the permission cloudwatch:DescribeAlarmHistory on all resources (*):
// with less CloudWatch says nothing of composite alarms.
package cloudwatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/spotgrid/spotgrid/workloads/alerts/history"
	"github.com/spotgrid/spotgrid/workloads/awsclient"
)

const (
	// pageItems is the most items that one call answers with.
	// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
	pageItems = 100
	// maxPages ends a reading that would not end: 200,000 changes of state.
	maxPages = 2000
	// attempts of a call that CloudWatch refuses because of too many: a history
	// of many pages meets the limit of the account.
	attempts = 5
)

// ErrTooMany means that there is more history than is read.
var ErrTooMany = fmt.Errorf("the alarms' history has more than %d changes of state; want fewer days", maxPages*pageItems)

// Reader reads the history of one region.
type Reader struct{ client *cloudwatch.Client }

// New makes a reader for a region, "" for that of the environment. It finds
// credentials as the SDK does.
func New(ctx context.Context, region string) (*Reader, error) {
	cfg, err := awsclient.Config(ctx, region)
	if err != nil {
		return nil, err
	}
	if cfg.Region == "" {
		return nil, errors.New("no AWS region: set AWS_REGION, or name one")
	}
	return &Reader{cloudwatch.NewFromConfig(cfg, func(o *cloudwatch.Options) {
		o.Retryer = retry.AddWithMaxAttempts(retry.NewStandard(), attempts)
	})}, nil
}

// Read gives add each alarm that fired in a time, in order.
func (r *Reader) Read(ctx context.Context, from, until time.Time, add func(history.Alert) error) (history.Source, error) {
	source := history.Source{Name: "cloudwatch", Format: history.CloudWatch}
	pages := cloudwatch.NewDescribeAlarmHistoryPaginator(r.client, &cloudwatch.DescribeAlarmHistoryInput{
		// Left out, they mean metric alarms only.
		AlarmTypes:      types.AlarmType("").Values(),
		HistoryItemType: types.HistoryItemTypeStateUpdate,
		StartDate:       aws.Time(from), EndDate: aws.Time(until),
		MaxRecords: aws.Int32(pageItems), ScanBy: types.ScanByTimestampAscending,
	})
	for n := 0; pages.HasMorePages(); n++ {
		if n == maxPages {
			return source, ErrTooMany
		}
		page, err := pages.NextPage(ctx)
		if err != nil {
			return source, fmt.Errorf("reading the history of alarms: %w", err)
		}
		for _, i := range page.AlarmHistoryItems {
			alert, fires := history.CloudWatchAlert(aws.ToString(i.AlarmName), aws.ToTime(i.Timestamp), string(i.HistoryItemType), aws.ToString(i.HistorySummary), aws.ToString(i.HistoryData))
			if !fires || alert.Rule == "" || i.Timestamp == nil {
				source.Skipped++
				continue
			}
			if err := add(alert); err != nil {
				return source, fmt.Errorf("reading the history of alarms: %w", err)
			}
			source.Alerts++
		}
	}
	return source, nil
}
