package machinetype

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTypesAreWhatEC2SaysTheyAre(t *testing.T) {
	t.Parallel()
	for _, want := range []Machine{
		{Type: "c7g.large", Architecture: "arm64", VCPUs: 2, MemoryGiB: 4},
		{Type: "m7i.xlarge", Architecture: "amd64", VCPUs: 4, MemoryGiB: 16},
		{Type: "r6a.2xlarge", Architecture: "amd64", VCPUs: 8, MemoryGiB: 64},
		{Type: "c5n.large", Architecture: "amd64", VCPUs: 2, MemoryGiB: 5.25},
	} {
		got, ok := AWS().Lookup(want.Type)
		require.True(t, ok, want.Type)
		assert.True(t, got.In("us-east-1"), want.Type)
		assert.False(t, got.In("mars-north-1"), want.Type)
		got.Regions = nil
		assert.Equal(t, want, got)
	}
	for _, name := range []string{"c7g.metal", "t4g.large", "t2-micro", "p5.48xlarge", "g6.xlarge", ""} {
		_, ok := AWS().Lookup(name)
		assert.False(t, ok, "%q", name)
	}
}

func TestTypesAreWhatComputeEngineSaysTheyAre(t *testing.T) {
	t.Parallel()
	for _, want := range []Machine{
		{Type: "c4a-standard-2", Architecture: "arm64", VCPUs: 2, MemoryGiB: 8},
		{Type: "n2d-highcpu-32", Architecture: "amd64", VCPUs: 32, MemoryGiB: 32},
		{Type: "n1-highmem-2", Architecture: "amd64", VCPUs: 2, MemoryGiB: 13},
		{Type: "e2-standard-2", Architecture: "amd64", VCPUs: 2, MemoryGiB: 8},
	} {
		got, ok := GCP().Lookup(want.Type)
		require.True(t, ok, want.Type)
		assert.True(t, got.In("us-central1"), want.Type)
		assert.False(t, got.In("mars-north1"), want.Type)
		got.Regions = nil
		assert.Equal(t, want, got)
	}
	for _, name := range []string{"e2-micro", "f1-micro", "c3-standard-192-metal", "a3-highgpu-8g", "c4a.standard-2", "h3-standard-88"} {
		_, ok := GCP().Lookup(name)
		assert.False(t, ok, "%q", name)
	}
}

func TestComputeEnginesTableSaysWhereItIsFromAndIsNotEmpty(t *testing.T) {
	t.Parallel()
	table := GCP()
	assert.Equal(t, "2026-08-17", table.AsOf)
	assert.Equal(t, "google-cloud-pricing-cost-calculator dac31281", table.Version)
	assert.True(t, strings.HasPrefix(table.Source, "https://"), table.Source)
	assert.Greater(t, len(table.machines), 400)
	assert.Less(t, len(gcp), 50<<10)
	assert.Len(t, table.Regions(), 43)
	assert.ErrorContains(t, table.Unknown("c4a-standart-2"), "c4a-standard-2")
}

func TestZonesOfComputeEngineHaveTheRegionsNameAHyphenAndALetter(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"europe-west1-b", "europe-west1-c", "europe-west1-d"}, GCP().Zones("europe-west1"))
	assert.Equal(t, []string{"us-central1-a", "us-central1-b", "us-central1-c", "us-central1-f"}, GCP().Zones("us-central1"))
	assert.Empty(t, GCP().Zones("mars-north1"))
	for _, region := range GCP().Regions() {
		zones := GCP().Zones(region)
		assert.GreaterOrEqual(t, len(zones), 3, region)
		for _, zone := range zones {
			assert.Regexp(t, "^"+region+"-[a-f]$", zone)
		}
	}
}

func TestTheTableSaysWhereItIsFromAndIsNotEmpty(t *testing.T) {
	t.Parallel()
	table := AWS()
	assert.Equal(t, "2026-10-27", table.AsOf)
	assert.Equal(t, "moto 5.2.5", table.Version)
	assert.True(t, strings.HasPrefix(table.Source, "https://"), table.Source)
	assert.Greater(t, len(table.machines), 900)
	assert.Less(t, len(aws), 300<<10, "it is part of every program that checks types")
	for _, architecture := range []string{"arm64", "amd64"} {
		found := table.Select(func(m Machine) bool { return m.Architecture == architecture && m.VCPUs == 2 && m.In("eu-west-1") })
		assert.Greater(t, len(found), 20, architecture)
		assert.IsIncreasing(t, names(found))
	}
}

func names(machines []Machine) (list []string) {
	for _, m := range machines {
		list = append(list, m.Type)
	}
	return list
}

func TestZonesAreThoseOfTheRegion(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"eu-west-1a", "eu-west-1b", "eu-west-1c"}, AWS().Zones("eu-west-1"))
	assert.Empty(t, AWS().Zones("mars-north-1"))
	assert.Contains(t, AWS().Regions(), "us-east-1")
	assert.IsIncreasing(t, AWS().Regions())
	for _, region := range AWS().Regions() {
		zones := AWS().Zones(region)
		assert.GreaterOrEqual(t, len(zones), 2, region)
		for _, zone := range zones {
			assert.Regexp(t, "^"+region+"[a-f]$", zone)
		}
	}
	AWS().Zones("eu-west-1")[0] = "changed"
	assert.Equal(t, "eu-west-1a", AWS().Zones("eu-west-1")[0], "callers get a copy")
}

func TestAnUnknownTypeIsAnsweredWithTheNearestOnes(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"c7g-large": "c7g.large", "m7i.lrage": "m7i.large", "r8g.xlarg": "r8g.xlarge"} {
		err := AWS().Unknown(name)
		assert.ErrorContains(t, err, want, name)
		assert.ErrorContains(t, err, "2026-10-27", name)
		assert.ErrorContains(t, err, `"`+name+`"`, name)
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	assert.Equal(t, 3, distance("kitten", "sitting"))
	assert.Equal(t, 4, distance("", "c7g."))
	assert.Equal(t, 4, distance("c7g.", ""))
	assert.Zero(t, distance("c7g.large", "c7g.large"))
}

func TestATableThatCannotBeIsRefusedWithAllItsFaults(t *testing.T) {
	t.Parallel()
	_, err := parse([]byte(`{"as_of":"lately","zones":{},"families":[
		{"family":"c9","architecture":"mips","sizes":{"large":[1.5,0]},"regions":["moon-1"]},
		{"family":"c9","architecture":"arm64","sizes":{"large":[2,4]},"regions":[]}]}`))
	for _, want := range []string{`as_of is "lately"`, "no url", `architecture is "mips"`, `region "moon-1"`, `size "large" is [1.5 0]`, "there twice"} {
		assert.ErrorContains(t, err, want)
	}
	_, err = parse([]byte(`{"as_of":"2026-01-31","source":{"url":"u","version":"v"},"famlies":[]}`))
	assert.ErrorContains(t, err, "famlies")
	_, err = parse([]byte(`{"as_of":"2026-01-31","source":{"url":"u","version":"v"}}`))
	assert.ErrorContains(t, err, "families is empty")
}
