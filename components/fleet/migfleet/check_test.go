package migfleet_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/migfleet"
	"github.com/spotgrid/spotgrid/components/gcptest"
	"github.com/spotgrid/spotgrid/components/machinetype"
)

func ranks(types ...string) (list []migfleet.Rank) {
	for _, name := range types {
		list = append(list, migfleet.Rank{MachineType: name})
	}
	return list
}

func TestOptionsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*migfleet.Options)
		want  string
	}{
		"project":           {func(o *migfleet.Options) { o.Project = "Grid" }, `project is "Grid", want the ID of one`},
		"region":            {func(o *migfleet.Options) { o.Region = "eu-west-1" }, `region is "eu-west-1"`},
		"architecture":      {func(o *migfleet.Options) { o.Architecture = "mips" }, `architecture is "mips", want arm64 or amd64`},
		"no types":          {func(o *migfleet.Options) { o.Ranks = []migfleet.Rank{} }, "there are no types of machines"},
		"unknown type":      {func(o *migfleet.Options) { o.Ranks = ranks("n2.standard-2") }, `type "n2.standard-2" is not in the table of 2026-08-17, which has n2-standard-2`},
		"no type at all":    {func(o *migfleet.Options) { o.Ranks, o.AllowUnknownTypes = ranks("n9 standard"), true }, `type is "n9 standard"`},
		"type twice":        {func(o *migfleet.Options) { o.Ranks = ranks("n2-standard-2", "n2-standard-2") }, `type "n2-standard-2" is there twice for the same zones`},
		"other processor":   {func(o *migfleet.Options) { o.Ranks = ranks("c4a-standard-2") }, `type "c4a-standard-2" is of architecture arm64, want amd64`},
		"not in the region": {func(o *migfleet.Options) { o.Ranks = ranks(elsewhere(t)) }, "is not offered in europe-west1, by the table of 2026-08-17"},
		"zone of elsewhere": {func(o *migfleet.Options) { o.Zones = []string{"us-central1-a"} }, `zone is "us-central1-a", want one of region "europe-west1"`},
		"no such zone":      {func(o *migfleet.Options) { o.Zones = []string{"europe-west1-a"} }, `has no zone "europe-west1-a", by the table of 2026-08-17, but europe-west1-b, europe-west1-c`},
		"zone twice":        {func(o *migfleet.Options) { o.Zones = []string{"europe-west1-b", "europe-west1-b"} }, `zone "europe-west1-b" is there twice`},
		"zone of a type": {func(o *migfleet.Options) {
			o.Ranks = []migfleet.Rank{{MachineType: "n2-standard-2", Zones: []string{"europe-west1-x"}}}
		}, `has no zone "europe-west1-x"`},
		"no zones":       {func(o *migfleet.Options) { o.Region = "europe-west99" }, `no zones are given, and the table of 2026-08-17 has none of region "europe-west99"`},
		"base":           {func(o *migfleet.Options) { o.OnDemandBase = -1 }, "onDemandBase is -1, want 0..1000"},
		"disk":           {func(o *migfleet.Options) { o.RootGiB = 8 }, "rootGib is 8, want 10..1024"},
		"lifetime":       {func(o *migfleet.Options) { o.MaxRunHours = 2161 }, "maxRunHours is 2161, want 1..2160"},
		"retention":      {func(o *migfleet.Options) { o.LogDays = 3651 }, "logDays is 3651, want 0..3650"},
		"labels":         {func(o *migfleet.Options) { o.Labels = map[string]string{"Owner": "me"} }, `label "Owner"`},
		"half an image":  {func(o *migfleet.Options) { o.ImageFamily = "debian-12" }, `image is of family "debian-12" in project "", want both or neither`},
		"native, beta":   {func(o *migfleet.Options) { o.NativeAutoscaler = true }, "this release of the provider does not know"},
		"native, groups": {func(o *migfleet.Options) { o.NativeAutoscaler, o.AllowBeta = true, true }, "want one type in one zone and nothing on demand"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			c.spoil(&o)
			assert.ErrorContains(t, migfleet.New(o).Check(valid()), c.want)
		})
	}
}

// elsewhere is a type of the right architecture that europe-west1 does not
// have.
func elsewhere(t *testing.T) string {
	t.Helper()
	found := machinetype.GCP().Select(func(m machinetype.Machine) bool { return m.Architecture == "amd64" && !m.In("europe-west1") })
	require.NotEmpty(t, found)
	return found[0].Type
}

// native is a choice that Compute Engine's autoscaler can follow.
func native(o *migfleet.Options) {
	o.NativeAutoscaler, o.AllowBeta = true, true
	o.Ranks = []migfleet.Rank{{MachineType: "n2-standard-2", Zones: []string{"europe-west1-d"}}}
}

func TestOptionsThatCanBeAreTaken(t *testing.T) {
	t.Parallel()
	for name, choose := range map[string]func(*migfleet.Options){
		"defaults":               func(*migfleet.Options) {},
		"one type":               func(o *migfleet.Options) { o.Ranks = ranks("e2-standard-4") },
		"a type that is too new": func(o *migfleet.Options) { o.Ranks, o.AllowUnknownTypes = ranks("n9-standard-2"), true },
		"one type in other zones": func(o *migfleet.Options) {
			o.Ranks = append(ranks("e2-standard-4"), migfleet.Rank{MachineType: "e2-standard-4", Zones: []string{"europe-west1-b"}})
		},
		"a region that is too new": func(o *migfleet.Options) { o.Region, o.Zones = "europe-west99", []string{"europe-west99-a"} },
		"an image":                 func(o *migfleet.Options) { o.ImageFamily, o.ImageProject = "ubuntu-2404-lts", "ubuntu-os-cloud" },
		"the native autoscaler":    native,
	} {
		o := options(t)
		choose(&o)
		assert.NoError(t, migfleet.New(o).Check(valid()), name)
	}
}

func TestNearlyEveryRegionHasADefaultTypeOfEachArchitecture(t *testing.T) {
	t.Parallel()
	o := options(t)
	without := map[string]int{}
	for _, region := range machinetype.GCP().Regions() {
		for architecture, types := range migfleet.DefaultTypes {
			for _, name := range types {
				m, ok := machinetype.GCP().Lookup(name)
				require.True(t, ok, name)
				assert.Equal(t, architecture, m.Architecture, name)
				assert.Equal(t, 2, m.VCPUs, name)
			}
			o.Region, o.Architecture = region, architecture
			if err := migfleet.New(o).Check(valid()); err != nil {
				assert.ErrorContains(t, err, "none of the usual ones for arm64 in "+region)
				without[architecture]++
			}
		}
	}
	assert.Equal(t, map[string]int{"arm64": 9}, without, "Arm is not everywhere")
}

func TestAllFaultsComeInOneErrorAndNothingIsRegistered(t *testing.T) {
	t.Parallel()
	a := valid()
	a.Slots, a.DrainSeconds, a.IdleSeconds = 0, 26, 0
	a.Environment = pulumi.StringMap{"SPOTGRID_SLOTS": pulumi.String("9"), "lower": pulumi.String("x")}
	err := componenttest.Refused(t, func(ctx *pulumi.Context) error {
		_, err := fleet.New(ctx, "spot", migfleet.New(migfleet.Options{Architecture: "arm64", Ranks: ranks("t2-micro"), OnDemandBase: -1}), a)
		return err
	})
	for _, want := range []string{
		"slots is 0", "drainSeconds is 26, want 0..25", "idleSeconds is 0, want 1 or more", `type "t2-micro"`, "onDemandBase is -1", `project is ""`, `region is ""`, "no zones", "no subnet",
		"no store", "no grants", "no mount", "environment has SPOTGRID_SLOTS", `environment has "lower"`,
	} {
		assert.ErrorContains(t, err, want)
	}
}

// declaring returns the error of declaring the fleet.
func declaring(o migfleet.Options, a fleet.Args) error {
	return pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := fleet.New(ctx, "spot", migfleet.New(o), a)
		return err
	}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(gcptest.Compute)))
}

func TestMountsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	good := migfleet.Mount{Server: pulumi.String("10.0.0.2"), Share: pulumi.String("grid"), Path: "/mnt/grid"}
	for want, spoil := range map[string]func(*migfleet.Mount){
		`mount path is "/mnt/two words"`:                        func(m *migfleet.Mount) { m.Path = "/mnt/two words" },
		`mount path is "mnt"`:                                   func(m *migfleet.Mount) { m.Path = "mnt" },
		"mount names no server or no share":                     func(m *migfleet.Mount) { m.Server = nil },
		`mount is of NFS version "4", want 3 or 4.1`:            func(m *migfleet.Mount) { m.Version = "4" },
		`server of the volume is "files", want an IPv4 address`: func(m *migfleet.Mount) { m.Server = pulumi.String("files") },
		`share of the volume is "grid,exec"`:                    func(m *migfleet.Mount) { m.Share = pulumi.String("grid,exec") },
		`it is mounted at "/mnt/other"`:                         func(m *migfleet.Mount) { m.Path = "/mnt/other" },
	} {
		o, m := options(t), good
		spoil(&m)
		o.Mount = func(fleet.Args) (migfleet.Mount, error) { return m, nil }
		assert.ErrorContains(t, declaring(o, valid()), want)
	}
}

func TestAVolumeThatIsMountedElsewhereIsRefused(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"file:///mnt/other", "file:///mnt/grid2", "file:///mnt/grid/../etc", "nfs://10.0.0.2/grid"} {
		a := valid()
		a.Environment["SPOTGRID_VOLUME_URL"] = pulumi.String(url)
		assert.ErrorContains(t, declaring(options(t), a), `the volume's URL is "`+url+`", but it is mounted at "/mnt/grid"`)
	}
}

func TestAnEnvironmentThatIsTooLongIsRefused(t *testing.T) {
	t.Parallel()
	a := valid()
	a.Environment["LONG"] = pulumi.String(strings.Repeat("x", 256<<10))
	assert.ErrorContains(t, declaring(options(t), a), "Compute Engine takes 262144: shorten it")
}
