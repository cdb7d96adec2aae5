// Package gcpprovider declares the provider that a stack's Google Cloud
// resources use: there is no default one, so that a resource which names none
// fails.
package gcpprovider

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Version of the provider, that of the Go SDK in go.mod.
const Version = "7.38.0"

// Options of the provider. Credentials are not among them: the provider takes
// the application default credentials of the environment.
type Options struct {
	Project, Region string
	// Offline makes a provider for previews: it checks and plans as ever, but
	// needs no credentials and calls nothing.
	Offline bool
}

// offline keeps the provider from looking for credentials. The token is a word
// that no service would take.
var offline = pulumi.Map{"accessToken": pulumi.String("offline")}

// New registers the provider.
func New(ctx *pulumi.Context, o Options) (pulumi.ProviderResource, error) {
	in := pulumi.Map{"project": pulumi.String(o.Project), "region": pulumi.String(o.Region)}
	if o.Offline {
		maps.Copy(in, offline)
	}
	p := &pulumi.ProviderResourceState{}
	if err := ctx.RegisterResource("pulumi:providers:gcp", "gcp", in, p, pulumi.Version(Version)); err != nil {
		return nil, fmt.Errorf("registering the Google Cloud provider: %w", err)
	}
	return p, nil
}
