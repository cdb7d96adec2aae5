package sqs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/spotgrid/spotgrid/workloads/awsclient"
)

// connect makes a client that does not retry: queue.Queue does.
func connect(ctx context.Context, a address) (*awssqs.Client, error) {
	cfg, err := awsclient.Config(ctx, a.region)
	if err != nil {
		return nil, err
	}
	return awssqs.NewFromConfig(cfg, func(o *awssqs.Options) {
		o.Retryer = aws.NopRetryer{}
		if !a.ofAWS && o.BaseEndpoint == nil {
			o.BaseEndpoint = aws.String("https://" + a.host)
		}
	}), nil
}

// call runs do with a context that also ends after limit and when the driver
// closes, and says which of these it was.
func (d *Driver) call(ctx context.Context, limit time.Duration, do func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.life.Err() != nil {
		return errClosed
	}
	bound, cancel := context.WithTimeoutCause(ctx, limit, errNoAnswer)
	defer cancel()
	defer context.AfterFunc(d.life, cancel)()
	err := do(bound)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case d.life.Err() != nil:
		return errClosed
	case errors.Is(context.Cause(bound), errNoAnswer):
		return fmt.Errorf("%w (%w)", errNoAnswer, err)
	}
	return err
}
