package gcptest

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/enginetest"
	"github.com/spotgrid/spotgrid/components/gcpprovider"
)

// Program declares resources with the options it is given, which name the
// provider: there is no default one.
type Program func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error

// Preview runs the program through the real engine and the real provider,
// which checks names and values as Google Cloud does but calls nothing. It
// returns the lines of enginetest.Preview, and skips the test where Pulumi or
// the provider is missing.
func Preview(t *testing.T, program Program) ([]string, error) {
	t.Helper()
	return enginetest.Preview(t, NewStack(t, "test", withProvider(program)))
}

// NewStack is a stack of the test's own with the real provider.
func NewStack(t *testing.T, name string, program pulumi.RunFunc) auto.Stack {
	t.Helper()
	return enginetest.New(t, enginetest.Stack{
		Name: name, Program: program, Plugins: map[string]string{"gcp": gcpprovider.Version},
	})
}

// withProvider declares a provider that checks everything and calls nothing.
func withProvider(program Program) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		p, err := gcpprovider.New(ctx, gcpprovider.Options{Project: Project, Region: Region, Offline: true})
		if err != nil {
			return err
		}
		return program(ctx, pulumi.Providers(p))
	}
}
