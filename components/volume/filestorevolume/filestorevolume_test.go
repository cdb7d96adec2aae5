package filestorevolume_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/gcptest"
	"github.com/spotgrid/spotgrid/components/volume"
	"github.com/spotgrid/spotgrid/components/volume/filestorevolume"
	"github.com/spotgrid/spotgrid/components/volume/volumetest"
)

const (
	instanceType = "gcp:filestore/instance:Instance"
	ruleType     = "gcp:compute/firewall:Firewall"
	keyName      = "projects/acme-grid/locations/europe-west1/keyRings/grid/cryptoKeys/files"
	machines     = "machines@acme-grid.iam.gserviceaccount.com"
)

var labels = map[string]string{"project": "spotgrid", "stack": "test"}

func options() filestorevolume.Options {
	return filestorevolume.Options{
		Tier: filestorevolume.TierZonal, Location: "europe-west1-b", SizeGiB: 1024, Clients: 2000,
		Network: pulumi.String("projects/acme-grid/global/networks/net"), SubnetCIDR: "10.20.0.0/16",
		FleetServiceAccounts: []pulumi.StringInput{pulumi.String(machines)}, Labels: labels,
	}
}

func driver(t *testing.T, o filestorevolume.Options) *filestorevolume.Driver {
	t.Helper()
	d, err := filestorevolume.New(o)
	require.NoError(t, err)
	return d
}

func TestConformance(t *testing.T) { volumetest.Run(t, driver(t, options()), gcptest.Compute) }

// run declares one volume with the options and checks its tree, twice.
func run(t *testing.T, o filestorevolume.Options, check func(t *testing.T, tree *componenttest.Tree)) {
	t.Helper()
	componenttest.Run(t, gcptest.Compute, func(ctx *pulumi.Context) error {
		_, err := volume.New(ctx, "shared", driver(t, o), volume.Args{})
		return err
	}, check)
}

func TestTheShareIsForTheAddressesOfTheSubnet(t *testing.T) {
	for squash, want := range map[bool]string{false: "NO_ROOT_SQUASH", true: "ROOT_SQUASH"} {
		o := options()
		o.SquashRoot = squash
		run(t, o, func(t *testing.T, tree *componenttest.Tree) {
			gcptest.Labelled(t, tree, labels)
			files := tree.One(t, instanceType, "shared-files").Inputs
			assert.Equal(t, map[string]any{"name": "grid", "capacityGb": 1024.0, "nfsExportOptions": []any{map[string]any{
				"ipRanges": []any{"10.20.0.0/16"}, "accessMode": "READ_WRITE", "squashMode": want,
			}}}, files["fileShares"].Mappable())
			assert.Equal(t, []any{map[string]any{
				"network": "projects/acme-grid/global/networks/net", "modes": []any{"MODE_IPV4"}, "connectMode": "DIRECT_PEERING",
			}}, files["networks"].Mappable())
			assert.NotContains(t, files, resource.PropertyKey("kmsKeyName"))
			assert.NotContains(t, files, resource.PropertyKey("name"), "a unique name is made")
		})
	}
}

func TestAVolumeStandsInAZoneOrInARegion(t *testing.T) {
	regional := options()
	regional.Tier, regional.Location, regional.SizeGiB, regional.Clients = filestorevolume.TierRegional, "europe-west1", 100, 100
	for _, o := range []filestorevolume.Options{options(), regional} {
		run(t, o, func(t *testing.T, tree *componenttest.Tree) {
			files := tree.One(t, instanceType, "shared-files").Inputs
			assert.Equal(t, string(o.Tier), files["tier"].StringValue())
			assert.Equal(t, o.Location, files["location"].StringValue())
		})
	}
}

func TestAKeyOfTheUsersOwn(t *testing.T) {
	o := options()
	o.KMSKeyName = pulumi.String(keyName)
	run(t, o, func(t *testing.T, tree *componenttest.Tree) {
		assert.Equal(t, keyName, tree.One(t, instanceType, "shared-files").Inputs["kmsKeyName"].StringValue())
	})
}

func TestOnlyTheFleetIsLetOutToTheInstance(t *testing.T) {
	run(t, options(), func(t *testing.T, tree *componenttest.Tree) {
		require.Len(t, tree.Of(ruleType), 1)
		rule := tree.One(t, ruleType, "shared-nfs-out").Inputs
		assert.Equal(t, "EGRESS", rule["direction"].StringValue())
		assert.Equal(t, 1000.0, rule["priority"].NumberValue())
		assert.Equal(t, []any{machines}, rule["targetServiceAccounts"].Mappable())
		assert.Equal(t, []any{map[string]any{"protocol": "tcp", "ports": []any{"111", "2046", "2049", "2050", "4045"}}}, rule["allows"].Mappable())
		if ranges := rule["destinationRanges"].ArrayValue(); ranges[0].IsString() { // not in a preview: Filestore takes it
			assert.Equal(t, []any{gcptest.FilestoreRange}, rule["destinationRanges"].Mappable())
		}
	})
}

func TestAFleetFindsWhatItMounts(t *testing.T) {
	d := driver(t, options())
	_, ok := d.Built("shared")
	assert.False(t, ok, "nothing is declared yet")
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		v, err := volume.New(ctx, "shared", d, volume.Args{})
		require.NoError(t, err)
		r, ok := d.Built("shared")
		require.True(t, ok)
		for want, o := range map[string]pulumi.Output{
			"file:///mnt/grid/volume": v.URL,
			gcptest.FilestoreAddress:  r.Address,
			"shared-files-id":         v.ID,
			"https://www.googleapis.com/compute/v1/projects/acme-grid/global/firewalls/shared-nfs-out": r.Rule.SelfLink,
		} {
			got, err := internals.UnsafeAwaitOutput(ctx.Context(), o)
			require.NoError(t, err)
			assert.Equal(t, want, got.Value)
		}
		return nil
	}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(gcptest.Compute))))
}

func TestOptionsThatCannotBeAreRefusedTogether(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*filestorevolume.Options)
		want  []string
	}{
		"nothing": {func(o *filestorevolume.Options) { *o = filestorevolume.Options{} }, []string{
			`tier is "", want "ZONAL" or "REGIONAL"`, "clients is 0", "no network", "fleetServiceAccounts is 0, want 1..10", `subnetCidr is ""`,
		}},
		"too small for its clients, in a region, with odd labels": {func(o *filestorevolume.Options) {
			o.Location, o.SizeGiB, o.Clients, o.Labels = "europe-west1", 1000, 2001, map[string]string{"Owner": "me"}
		}, []string{
			`location is "europe-west1", want a zone, as tier ZONAL`, "sizeGiB is 1000, want 1024..9984 by 256 or 10240..102400 by 2560 for tier ZONAL",
			"serves 1500 clients and not 2001: that takes 1280", `label "Owner"`,
		}},
		"a region's in a zone": {func(o *filestorevolume.Options) {
			o.Tier, o.SizeGiB = filestorevolume.TierRegional, 99
		}, []string{`location is "europe-west1-b", want a region`, "sizeGiB is 99, want 100..10239 or 10240..102400 by 2560", "that takes 1024"}},
		"more clients than there is a size for": {func(o *filestorevolume.Options) { o.Clients = 80001 }, []string{"no size does"}},
		"the internet":                          {func(o *filestorevolume.Options) { o.SubnetCIDR = "0.0.0.0/0" }, []string{`subnetCidr is "0.0.0.0/0"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options()
			c.spoil(&o)
			_, err := filestorevolume.New(o)
			for _, want := range append(c.want, "reading options of volumes on Filestore") {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}
