package main

import (
	"crypto/rand"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/grid"
	"github.com/spotgrid/spotgrid/components/grid/multigrid"
	"github.com/spotgrid/spotgrid/stacks/settings"
)

func multiTarget(ctx *pulumi.Context, s settings.Settings, p Place) (grid.Target, error) {
	onGCP, err := gcpOptions(ctx, s, p)
	if err != nil {
		return nil, err
	}
	fleets := map[string]multigrid.Cloud{}
	for name, f := range s.Fleets {
		fleets[name] = multigrid.Cloud(f.Cloud)
	}
	return multigrid.New(multigrid.Options{
		Home: multigrid.Cloud(s.Multicloud.Home), Fleets: fleets, AWS: awsOptions(ctx, s, p), GCP: onGCP, Random: rand.Reader,
	})
}
