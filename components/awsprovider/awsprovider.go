// Package awsprovider declares the provider that a stack's AWS resources use:
// there is no default one, so that a resource which names none fails.
package awsprovider

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Version of the provider, that of the Go SDK in go.mod.
const Version = "6.83.2"

// Options of the provider. Credentials are not among them: the provider takes
// those of the environment, a profile or the machine's role.
type Options struct {
	Region string
	// Offline makes a provider for previews: it checks and plans as ever, but
	// needs no credentials and calls nothing.
	Offline bool
	// Endpoint answers in the place of AWS, such as http://127.0.0.1:5000 of an
	// emulator; empty: AWS does.
	Endpoint string
}

// offline keeps the provider from looking for an account. The keys are words
// that no service would take.
var offline = pulumi.Map{
	"accessKey": pulumi.String("offline"), "secretKey": pulumi.String("offline"),
	"skipCredentialsValidation": pulumi.Bool(true), "skipMetadataApiCheck": pulumi.Bool(true),
	"skipRequestingAccountId": pulumi.Bool(true), "skipRegionValidation": pulumi.Bool(true),
}

// emulated are the services that a grid uses, by the provider's names.
var emulated = []string{
	"autoscaling", "cloudwatch", "ec2", "ecr", "efs", "iam", "kms", "lambda", "logs", "s3", "scheduler", "sqs", "sts",
}

// emulator sends every call to one address.
func emulator(endpoint string) pulumi.Map {
	services := pulumi.Map{}
	for _, service := range emulated {
		services[service] = pulumi.String(endpoint)
	}
	return pulumi.Map{
		"endpoints":      pulumi.Array{services},
		"s3UsePathStyle": pulumi.Bool(true), "skipMetadataApiCheck": pulumi.Bool(true), "skipCredentialsValidation": pulumi.Bool(true),
		// What an emulator answers with 5xx it will not answer better later.
		"maxRetries": pulumi.Int(2),
	}
}

// New registers the provider.
func New(ctx *pulumi.Context, o Options) (pulumi.ProviderResource, error) {
	in := pulumi.Map{"region": pulumi.String(o.Region)}
	if o.Endpoint != "" {
		maps.Copy(in, emulator(o.Endpoint))
	}
	if o.Offline {
		maps.Copy(in, offline)
	}
	p := &pulumi.ProviderResourceState{}
	if err := ctx.RegisterResource("pulumi:providers:aws", "aws", in, p, pulumi.Version(Version)); err != nil {
		return nil, fmt.Errorf("registering the AWS provider: %w", err)
	}
	return p, nil
}
