package asgfleet_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/asgfleet"
	"github.com/spotgrid/spotgrid/components/machinetype"
	"github.com/spotgrid/spotgrid/components/network"
)

// ten types that eu-west-1 has.
func ten() []string {
	return []string{
		"c6g.large", "c7g.large", "c8g.large", "m6g.large", "m7g.large", "m8g.large", "r6g.large", "r7g.large", "r8g.large", "c6gd.large",
	}
}

func TestOptionsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*asgfleet.Options)
		want  string
	}{
		"architecture":      {func(o *asgfleet.Options) { o.Architecture = "mips" }, `architecture is "mips", want arm64 or amd64`},
		"few types":         {func(o *asgfleet.Options) { o.Types = ten()[:9] }, "there are 9 types, want 10 or more"},
		"no types":          {func(o *asgfleet.Options) { o.Types = []string{} }, "there are 0 types"},
		"unknown type":      {func(o *asgfleet.Options) { o.Types = append(ten(), "c7g-large") }, `type "c7g-large" is not in the table of 2026-10-27, which has c7g.large`},
		"type twice":        {func(o *asgfleet.Options) { o.Types = append(ten(), "c7g.large") }, `type "c7g.large" is there twice`},
		"other processor":   {func(o *asgfleet.Options) { o.Types = append(ten(), "c7i.large") }, `type "c7i.large" is of architecture amd64, want arm64`},
		"not in the region": {func(o *asgfleet.Options) { o.Types = append(ten(), elsewhere(t)) }, `is not offered in eu-west-1, by the table of 2026-10-27`},
		"both ways": {func(o *asgfleet.Options) {
			o.Types, o.Requirements = ten(), &asgfleet.Requirements{MinVCPUs: 2, MaxVCPUs: 4, MinMemoryGiB: 4, MaxMemoryGiB: 16}
		}, "types and requirements are both given"},
		"requirements of few": {func(o *asgfleet.Options) {
			o.Requirements = &asgfleet.Requirements{MinVCPUs: 3, MaxVCPUs: 3, MinMemoryGiB: 4, MaxMemoryGiB: 16}
		}, "requirements are met by 0 types of the table of 2026-10-27, want 10 or more"},
		"requirements upside down": {func(o *asgfleet.Options) {
			o.Requirements = &asgfleet.Requirements{MinVCPUs: 4, MaxVCPUs: 2, MinMemoryGiB: 4, MaxMemoryGiB: 16}
		}, "maxVcpus is 2, want 4..192"},
		"protection":        {func(o *asgfleet.Options) { o.Requirements = &asgfleet.Requirements{SpotPriceProtectionPercent: -1} }, "spotPriceProtectionPercent is -1"},
		"base":              {func(o *asgfleet.Options) { o.OnDemandBase = -1 }, "onDemandBase is -1"},
		"percent":           {func(o *asgfleet.Options) { o.OnDemandPercent = 101 }, "onDemandPercent is 101, want 0..100"},
		"lifetime":          {func(o *asgfleet.Options) { o.MaxLifetimeDays = 366 }, "maxLifetimeDays is 366, want 1..365"},
		"disk":              {func(o *asgfleet.Options) { o.RootGiB = 4 }, "rootGib is 4, want 8..1024"},
		"retention":         {func(o *asgfleet.Options) { o.LogDays = 10 }, "logDays is 10, want one of"},
		"image":             {func(o *asgfleet.Options) { o.ImageID = "al2023" }, `image is "al2023"`},
		"zone of elsewhere": {func(o *asgfleet.Options) { o.Subnets = []network.Subnet{{Zone: "us-east-1a"}} }, `zone of a subnet is "us-east-1a", want one of region eu-west-1`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			c.spoil(&o)
			assert.ErrorContains(t, asgfleet.New(o).Check(valid()), c.want)
		})
	}
}

// elsewhere is a type of the right architecture that eu-west-1 does not have.
func elsewhere(t *testing.T) string {
	t.Helper()
	found := machinetype.AWS().Select(func(m machinetype.Machine) bool { return m.Architecture == "arm64" && !m.In("eu-west-1") })
	require.NotEmpty(t, found)
	return found[0].Type
}

func TestOptionsThatCanBeAreTaken(t *testing.T) {
	t.Parallel()
	for name, choose := range map[string]func(*asgfleet.Options){
		"defaults":               func(*asgfleet.Options) {},
		"ten types":              func(o *asgfleet.Options) { o.Types = ten() },
		"a type that is too new": func(o *asgfleet.Options) { o.Types, o.AllowUnknownTypes = append(ten(), "c99g.large"), true },
		"requirements": func(o *asgfleet.Options) {
			o.Requirements = &asgfleet.Requirements{MinVCPUs: 2, MaxVCPUs: 2, MinMemoryGiB: 4, MaxMemoryGiB: 8}
		},
		"a region that is too new": func(o *asgfleet.Options) { o.Region, o.Subnets = "eu-west-9", []network.Subnet{{Zone: "eu-west-9a"}} },
		"an image":                 func(o *asgfleet.Options) { o.ImageID = "ami-0123456789abcdef0" },
	} {
		o := options(t)
		choose(&o)
		assert.NoError(t, asgfleet.New(o).Check(valid()), name)
	}
}

func TestNearlyEveryRegionHasEnoughDefaultTypesOfEachArchitecture(t *testing.T) {
	t.Parallel()
	o := options(t)
	for _, region := range machinetype.AWS().Regions() {
		for architecture, types := range asgfleet.DefaultTypes {
			for _, name := range types {
				m, ok := machinetype.AWS().Lookup(name)
				require.True(t, ok, name)
				assert.Equal(t, architecture, m.Architecture, name)
				assert.Equal(t, 2, m.VCPUs, name)
			}
			o.Region, o.Architecture = region, architecture
			o.Subnets = []network.Subnet{{Zone: region + "a"}}
			if err := asgfleet.New(o).Check(valid()); region == "me-south-1" && architecture == "arm64" {
				assert.ErrorContains(t, err, "there are 9 types", "the one region with fewer than ten of that size")
			} else {
				assert.NoError(t, err, "%s %s", region, architecture)
			}
		}
	}
}

func TestAllFaultsComeInOneErrorAndNothingIsRegistered(t *testing.T) {
	t.Parallel()
	a := valid()
	a.Slots = 0
	a.Environment = pulumi.StringMap{"SPOTGRID_SLOTS": pulumi.String("9"), "lower": pulumi.String("x")}
	err := componenttest.Refused(t, func(ctx *pulumi.Context) error {
		_, err := fleet.New(ctx, "spot", asgfleet.New(asgfleet.Options{Architecture: "arm64", Types: []string{"t2-micro"}, OnDemandPercent: -1}), a)
		return err
	})
	for _, want := range []string{
		"slots is 0", "there are 1 types", `type "t2-micro"`, "onDemandPercent is -1", "no region", "no vpc", "no security group", "no subnet",
		"no store", "no grants", "no mount", "environment has SPOTGRID_SLOTS", `environment has "lower"`,
	} {
		assert.ErrorContains(t, err, want)
	}
}

func TestNamesThatWouldBeReadAsSomethingElseAreRefused(t *testing.T) {
	t.Parallel()
	for want, spoil := range map[string]func(*asgfleet.Options){
		"name of the group is":          func(o *asgfleet.Options) { o.GroupName = func(string) string { return "a b" } },
		"name of the group is ":         func(o *asgfleet.Options) { o.GroupName = func(string) string { return strings.Repeat("a", 201) } },
		`mount path is "/mnt/two words`: func(o *asgfleet.Options) { o.Mount = mountAt("/mnt/two words") },
		`mount path is "mnt"`:           func(o *asgfleet.Options) { o.Mount = mountAt("mnt") },
		"mount names no file system": func(o *asgfleet.Options) {
			o.Mount = func(fleet.Args) (asgfleet.Mount, error) { return asgfleet.Mount{Path: "/mnt/grid"}, nil }
		},
	} {
		o := options(t)
		spoil(&o)
		err := pulumi.RunErr(func(ctx *pulumi.Context) error {
			_, err := fleet.New(ctx, "spot", asgfleet.New(o), valid())
			return err
		}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(nil)))
		assert.ErrorContains(t, err, strings.TrimSpace(want))
	}
}

func mountAt(path string) func(fleet.Args) (asgfleet.Mount, error) {
	return func(fleet.Args) (asgfleet.Mount, error) {
		return asgfleet.Mount{FileSystemID: pulumi.String("fs-1"), AccessPointID: pulumi.String("fsap-1"), Path: path}, nil
	}
}
