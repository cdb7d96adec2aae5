package sqs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
)

// connect makes a client that does not retry: queue.Queue does.
func connect(ctx context.Context, a address) (*awssqs.Client, error) {
	cfg, err := config.LoadDefaultConfig(ctx,
		config.WithRegion(a.region),
		config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }))
	if err != nil {
		return nil, fmt.Errorf("loading the AWS configuration: %w", err)
	}
	if cfg.Credentials != nil {
		cfg.Credentials = explained{cfg.Credentials}
	}
	return awssqs.NewFromConfig(cfg, func(o *awssqs.Options) {
		if !a.ofAWS && o.BaseEndpoint == nil {
			o.BaseEndpoint = aws.String("https://" + a.host)
		}
	}), nil
}

// explained makes errNoCredentials of the many ways to have none.
type explained struct{ chain aws.CredentialsProvider }

func (e explained) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := e.chain.Retrieve(ctx)
	if err != nil {
		return c, fmt.Errorf("%w (%w)", errNoCredentials, err)
	}
	return c, nil
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
