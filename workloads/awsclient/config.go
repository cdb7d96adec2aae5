// Package awsclient is what the drivers for services of AWS share: how the SDK
// is set up and what its errors mean. Only such drivers import it.
package awsclient

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

// ErrNoCredentials means that the SDK's default chain found no credentials, or
// none that still work.
var ErrNoCredentials = errors.New("no AWS credentials: set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, log in (`aws sso login`), or give the machine a role")

// Config loads the SDK's default configuration for one region. The environment
// variable AWS_ENDPOINT_URL, and one for each service such as
// AWS_ENDPOINT_URL_LAMBDA, sends calls elsewhere. A call without credentials
// fails with ErrNoCredentials.
func Config(ctx context.Context, region string) (aws.Config, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return aws.Config{}, fmt.Errorf("loading the AWS configuration: %w", err)
	}
	if cfg.Credentials != nil {
		cfg.Credentials = explained{cfg.Credentials}
	}
	return cfg, nil
}

// explained makes ErrNoCredentials of the many ways to have none.
type explained struct{ chain aws.CredentialsProvider }

func (e explained) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := e.chain.Retrieve(ctx)
	if err != nil && ctx.Err() == nil {
		return c, fmt.Errorf("%w (%w)", ErrNoCredentials, err)
	}
	return c, err
}
