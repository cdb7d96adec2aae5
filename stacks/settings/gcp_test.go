package settings

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// validGCP is the least that a stack on Google Cloud says.
func validGCP() config {
	return config{
		"spotgrid:target": "gcp", "spotgrid:tags": `{"owner":"platform","costCentre":"4711"}`,
		"spotgrid:gcp": `{"project":"acme-grid","projectNumber":"123456789012","region":"europe-west1","zones":["europe-west1-b","europe-west1-c"]}`,
	}
}

func TestAStackOnGCPHasDefaultsForAllButPlaceAndOwner(t *testing.T) {
	t.Parallel()
	c := validGCP()
	s, err := Load(c, c.keys())
	require.NoError(t, err)
	want := defaultGCP
	want.Project, want.ProjectNumber = "acme-grid", "123456789012"
	want.Region, want.Zones = "europe-west1", []string{"europe-west1-b", "europe-west1-c"}
	assert.Equal(t, want, s.GCP)
}

func TestEveryValueOfGCPIsRead(t *testing.T) {
	t.Parallel()
	c := validGCP().with(t, "gcp", `{
		"cidr":"10.0.0.0/16","egress":"nat","architecture":"arm64","encryption":"key","exactlyOnce":true,"logDays":30,"forceDelete":true,
		"files":{"tier":"regional","sizeGib":512,"clients":50,"squashRoot":true},"scaleEvery":"*/2 * * * *",
		"machines":{"ranks":[{"type":"c4a-standard-2","zones":["europe-west1-b"]},{"type":"t2a-standard-2"}],"onDemandBase":1,"maxRunHours":24,"rootGib":40},
		"fleetMachines":{"big":{"ranks":[{"type":"c9a-standard-2"}],"allowUnknownTypes":true,"nativeAutoscaler":true,"allowBeta":true}}}`).
		with(t, "fleets", `{"big":{"drainSeconds":25}}`)
	s, err := Load(c, c.keys())
	require.NoError(t, err)
	assert.Equal(t, GCP{
		Project: "acme-grid", ProjectNumber: "123456789012", Region: "europe-west1", Zones: []string{"europe-west1-b", "europe-west1-c"},
		CIDR: "10.0.0.0/16", Egress: "nat", Architecture: "arm64", Encryption: "key", ExactlyOnce: true, LogDays: 30, ForceDelete: true,
		Files: Files{Tier: "regional", SizeGiB: 512, Clients: 50, SquashRoot: true}, ScaleEvery: "*/2 * * * *",
		Machines: GCPMachines{
			Ranks:        []Rank{{Type: "c4a-standard-2", Zones: []string{"europe-west1-b"}}, {Type: "t2a-standard-2"}},
			OnDemandBase: 1, MaxRunHours: 24, RootGiB: 40,
		},
		FleetMachines: map[string]GCPMachines{"big": {
			Ranks: []Rank{{Type: "c9a-standard-2"}}, MaxRunHours: 168, RootGiB: 16, AllowUnknownTypes: true, NativeAutoscaler: true, AllowBeta: true,
		}},
	}, s.GCP, "what is not said has its default, however deep")
}

func TestFaultsOfGCPAreNamedWithWhatIsAllowed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ key, parts, want string }{
		"no project":           {"gcp", `{"project":""}`, `spotgrid:gcp.project is "", want a project's ID: 6..30`},
		"a name for a number":  {"gcp", `{"projectNumber":"acme"}`, `spotgrid:gcp.projectNumber is "acme", want the project's number`},
		"no region":            {"gcp", `{"region":""}`, `spotgrid:gcp.region is not set, want one such as europe-west1`},
		"a zone it has not":    {"gcp", `{"zones":["europe-west1-a"]}`, `spotgrid:gcp.zones has "europe-west1-a", want zones of europe-west1: europe-west1-b`},
		"unknown egress":       {"gcp", `{"egress":"endpoints"}`, `spotgrid:gcp.egress is "endpoints", want private, nat`},
		"unknown architecture": {"gcp", `{"architecture":"mips"}`, `spotgrid:gcp.architecture is "mips", want arm64, amd64`},
		"unknown encryption":   {"gcp", `{"encryption":"none"}`, `spotgrid:gcp.encryption is "none", want service, key`},
		"unknown tier":         {"gcp", `{"files":{"tier":"basic"}}`, `spotgrid:gcp.files.tier is "basic", want zonal, regional`},
		"a nested unknown":     {"gcp", `{"files":{"size":1}}`, `spotgrid:gcp.files.size is not known, want one of tier, sizeGib, clients, squashRoot`},
		"machines of no fleet": {"gcp", `{"fleetMachines":{"large":{}}}`, `spotgrid:gcp.fleetMachines.large is of no fleet`},
		"a type that is not":   {"gcp", `{"machines":{"ranks":[{"type":"n9-standard-2"}]}}`, `spotgrid:gcp.machines.ranks[1].type: `},
		"another architecture": {"gcp", `{"machines":{"ranks":[{"type":"t2a-standard-2"}]}}`, `"t2a-standard-2", which is arm64, want types of gcp.architecture amd64`},
		"a rank's zone":        {"gcp", `{"machines":{"ranks":[{"type":"e2-standard-2","zones":["europe-west1-d"]}]}}`, `spotgrid:gcp.machines.ranks[1].zones has "europe-west1-d", want zones of gcp.zones`},
		"a schedule":           {"gcp", `{"scaleEvery":"often"}`, `spotgrid:gcp.scaleEvery: `},
		"a long drain":         {"fleets", `{"spot":{"drainSeconds":26}}`, `spotgrid:fleets.spot.drainSeconds is 26, want 0..25`},
		"a batch":              {"functions", `{"quote":{"source":{}}}`, `spotgrid:functions.quote.source.batchSize is 10, want 1`},
		"nobody answers":       {"tags", `{"owner":""}`, `spotgrid:tags.owner is "", want who answers`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src := validGCP().with(t, c.key, c.parts)
			_, err := Load(src, src.keys())
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestAVolumeIsFilesOrInACloudABucket(t *testing.T) {
	t.Parallel()
	c := validGCP().with(t, "volume", `{"kind":"bucket"}`)
	s, err := Load(c, c.keys())
	require.NoError(t, err)
	assert.Equal(t, Volume{Kind: "bucket"}, s.Volume)
	for value, want := range map[string]string{
		"disk":   `spotgrid:volume.kind is "disk", want files, bucket`,
		"bucket": `spotgrid:volume.kind is bucket, want files on target local`,
	} {
		c := config{}.with(t, "volume", `{"kind":"`+value+`"}`)
		_, err := Load(c, c.keys())
		assert.ErrorContains(t, err, want)
	}
}
