package migfleet_test

import (
	"testing"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/compute"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/migfleet"
	"github.com/spotgrid/spotgrid/components/gcptest"
)

func preview(t *testing.T, o migfleet.Options, a fleet.Args) ([]string, error) {
	t.Helper()
	return gcptest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		_, err := fleet.New(ctx, "spot", migfleet.New(o), a, opts...)
		return err
	})
}

func TestTheRealProviderPreviewsTheFleet(t *testing.T) {
	o := options(t)
	o.Ranks = ranks("n4d-standard-2", "t2d-standard-2")
	got, err := preview(t, o, valid())
	require.NoError(t, err)
	assert.Equal(t, []string{
		"create pulumi:providers:gcp gcp",
		"create spotgrid:fleet:Fleet spot",
		"create spotgrid:fleet:Fleet$gcp:compute/instanceTemplate:InstanceTemplate spot-on-demand",
		"create spotgrid:fleet:Fleet$gcp:compute/instanceTemplate:InstanceTemplate spot-spot-0",
		"create spotgrid:fleet:Fleet$gcp:compute/instanceTemplate:InstanceTemplate spot-spot-1",
		"create spotgrid:fleet:Fleet$gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager spot-on-demand",
		"create spotgrid:fleet:Fleet$gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager spot-spot-0",
		"create spotgrid:fleet:Fleet$gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager spot-spot-1",
		"create spotgrid:fleet:Fleet$gcp:projects/iAMCustomRole:IAMCustomRole spot-leave",
		"create spotgrid:fleet:Fleet$gcp:projects/iAMMember:IAMMember spot-machine-leave",
		"create spotgrid:fleet:Fleet$gcp:projects/iAMMember:IAMMember spot-machine-log",
		"create spotgrid:fleet:Fleet$gcp:serviceaccount/account:Account spot-machine",
		"create spotgrid:fleet:Fleet$gcp:storage/bucketIAMMember:BucketIAMMember spot-machine-fetch",
	}, got)
}

func TestTheRealProviderTakesEveryChoice(t *testing.T) {
	o := options(t)
	o.KMSKeyName, o.LogDays, o.OnDemandBase, o.Architecture, o.MaxRunHours = pulumi.String(keyName), 3650, 3, "arm64", 2160
	o.Ranks = []migfleet.Rank{{MachineType: "c4a-standard-2"}, {MachineType: "c4a-standard-4", Zones: []string{"europe-west1-b"}}}
	o.ImageFamily, o.ImageProject = "debian-12-arm64", "debian-cloud"
	a := valid()
	a.MinWorkers, a.MaxWorkers, a.IdleSeconds = 5, 1000, 24*3600
	got, err := preview(t, o, a)
	require.NoError(t, err)
	for _, want := range []string{
		"create spotgrid:fleet:Fleet$gcp:compute/instanceGroupManager:InstanceGroupManager spot-spot-1",
		"create spotgrid:fleet:Fleet$gcp:logging/projectBucketConfig:ProjectBucketConfig spot-logs",
		"create spotgrid:fleet:Fleet$gcp:logging/projectSink:ProjectSink spot-logs",
	} {
		assert.Contains(t, got, want)
	}
}

// TestTheRealProviderDoesNotKnowTheNativeAutoscaler fails with the first
// release that does, which AllowBeta is then not needed for.
func TestTheRealProviderDoesNotKnowTheNativeAutoscaler(t *testing.T) {
	o := options(t)
	native(&o)
	_, err := preview(t, o, valid())
	assert.ErrorContains(t, err, "singleInstanceAssignment")
}

func TestTheRealProviderRefusesAnUpdateThatComputeEngineWould(t *testing.T) {
	_, err := gcptest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		_, err := compute.NewRegionInstanceGroupManager(ctx, "group", &compute.RegionInstanceGroupManagerArgs{
			BaseInstanceName: pulumi.String("machine"), Region: pulumi.String(gcptest.Region),
			Versions: compute.RegionInstanceGroupManagerVersionArray{
				compute.RegionInstanceGroupManagerVersionArgs{InstanceTemplate: pulumi.String("template")},
			},
			UpdatePolicy: compute.RegionInstanceGroupManagerUpdatePolicyArgs{
				Type: pulumi.String("SOMETIMES"), MinimalAction: pulumi.String("REPLACE"),
			},
		}, opts...)
		return err
	})
	assert.ErrorContains(t, err, "SOMETIMES")
}
