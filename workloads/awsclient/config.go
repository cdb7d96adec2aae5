// Package awsclient is what the drivers for services of AWS share: how the SDK
// is set up and what its errors mean. Only such drivers import it.
package awsclient

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

// ErrNoCredentials means that the SDK's default chain found no credentials, or
// none that still work.
var ErrNoCredentials = errors.New("no AWS credentials: set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, log in (`aws sso login`), or give the machine a role")

// Config loads the SDK's configuration for one region; "" is that of
// RegionVariable, then that of the SDK's own settings. The environment variable
// AWS_ENDPOINT_URL, and one for each service such as AWS_ENDPOINT_URL_LAMBDA, sends
// calls elsewhere. It calls nothing; the error names every fault of the
// environment.
//
// Credentials come from the SDK's default chain, and a call without any fails with
// ErrNoCredentials. Where RoleVariable and AudienceVariable are set, as on machines
// of Google Cloud, they are those of the role and nothing else is looked for: a
// call that cannot get them fails with ErrNoIdentity or ErrNoMetadata of package
// gcpclient, or with what STS answered.
func Config(ctx context.Context, region string) (aws.Config, error) {
	region, regionErr := regionOf(region, os.LookupEnv)
	f, isFederated, federationErr := FederationOf(os.LookupEnv)
	if err := errors.Join(regionErr, federationErr); err != nil {
		return aws.Config{}, fmt.Errorf("reading the AWS settings: %w", err)
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return aws.Config{}, fmt.Errorf("loading the AWS configuration: %w", err)
	}
	switch {
	case isFederated && cfg.Region == "":
		return aws.Config{}, fmt.Errorf("reading the AWS settings: no region is known, want one such as eu-central-1 in %s", RegionVariable)
	case isFederated:
		cfg.Credentials = f.credentials(cfg, sessionName(os.Hostname()))
	case cfg.Credentials != nil:
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
