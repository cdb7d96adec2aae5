// Package aws is the scaler's view of AWS: queues of SQS and groups of EC2 Auto
// Scaling. On Google Cloud it works through a role that the function's service
// account assumes; see package awsclient.
//
// A queue is sqs://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE, as workers open it, a
// group asg://REGION/GROUP.
//
// It needs sqs:GetQueueAttributes on the queue and cloudwatch:GetMetricData, or
// autoscaling:SetDesiredCapacity on the groups, autoscaling:DescribeAutoScalingGroups
// and autoscaling:DescribeScalingActivities. Those of CloudWatch and those that
// describe know no resources.
package aws

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/spotgrid/spotgrid/workloads/awsclient"
	"github.com/spotgrid/spotgrid/workloads/scaler"
)

// answerTimeout is how long a service may take to answer one call, credentials
// included.
const answerTimeout = 15 * time.Second

// Cloud is AWS. It is safe for concurrent use.
type Cloud struct {
	now func() time.Time

	mu      sync.Mutex
	regions map[string]*clients
}

var _ scaler.Cloud = (*Cloud)(nil)

// clients are those of one region. They do not retry: the next tick does.
type clients struct {
	sqs        *sqs.Client
	cloudwatch *cloudwatch.Client
	groups     *autoscaling.Client
}

// New makes a view. Now is the time. It calls nothing; the error names every fault
// of the settings, which are those of awsclient.Config.
func New(now func() time.Time) (*Cloud, error) {
	if _, _, err := awsclient.FederationOf(os.LookupEnv); err != nil {
		return nil, err
	}
	return &Cloud{now: now, regions: map[string]*clients{}}, nil
}

// in are the clients of a region, made when it is first asked for.
func (c *Cloud) in(ctx context.Context, region string) (*clients, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.regions[region]; known != nil {
		return known, nil
	}
	cfg, err := awsclient.Config(ctx, region)
	if err != nil {
		return nil, err
	}
	cfg.Retryer = func() sdk.Retryer { return sdk.NopRetryer{} }
	made := &clients{sqs: sqs.NewFromConfig(cfg), cloudwatch: cloudwatch.NewFromConfig(cfg), groups: autoscaling.NewFromConfig(cfg)}
	c.regions[region] = made
	return made, nil
}

var errNoAnswer = fmt.Errorf("AWS did not answer within %s", answerTimeout)

// call makes one call with the clients of a region.
func (c *Cloud) call(ctx context.Context, region string, do func(context.Context, *clients) error) error {
	to, err := c.in(ctx, region)
	if err != nil {
		return err
	}
	bound, cancel := context.WithTimeoutCause(ctx, answerTimeout, errNoAnswer)
	defer cancel()
	err = do(bound, to)
	if err != nil && ctx.Err() == nil && errors.Is(context.Cause(bound), errNoAnswer) {
		return fmt.Errorf("%w (%w)", errNoAnswer, err)
	}
	return err
}
