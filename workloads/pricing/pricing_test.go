package pricing

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDefault(t *testing.T) {
	t.Parallel()
	table, err := Default()
	require.NoError(t, err)
	assert.Equal(t, "2025-08-14/2026-11-23", table.AsOf)
	require.Len(t, table.Machines, 8)
	aws, err := table.Reference("aws")
	require.NoError(t, err)
	assert.Equal(t, Machine{
		Cloud: "aws", Type: "c7i.large", Region: "us-east-1", VCPUs: 2, MemoryGiB: 4,
		OnDemandHourlyUSD: 0.08925, SpotHourlyUSD: 0.0363,
	}, aws)
	gcp, err := table.Reference("gcp")
	require.NoError(t, err)
	assert.Equal(t, "n2-standard-2", gcp.Type)
	_, err = table.Reference("azure")
	assert.EqualError(t, err, `no prices for cloud "azure", want one of aws, gcp`)
	for _, s := range table.Sources {
		assert.Contains(t, s.URL, s.Version, "the link leads to the very version")
	}
}

func TestCost(t *testing.T) {
	t.Parallel()
	m := Machine{VCPUs: 4, OnDemandHourlyUSD: 0.20, SpotHourlyUSD: 0.04}
	assert.InDelta(t, 0.04, m.SpotCostUSD(4*3600), 1e-15, "all vCPUs for an hour are the whole machine")
	assert.InDelta(t, 0.01, m.SpotCostUSD(3600), 1e-15)
	assert.InDelta(t, 0.05, m.OnDemandCostUSD(3600), 1e-15)
	assert.Zero(t, m.SpotCostUSD(0))
}

func TestBadTables(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Table)
		want   []string
	}{
		"many faults": {
			func(t *Table) {
				t.AsOf = "yesterday"
				t.Machines[0].SpotHourlyUSD = 0
				t.Machines[0].OnDemandHourlyUSD = -1
				t.Machines[1].VCPUs = 0
				t.Machines[1].Region = ""
			},
			[]string{
				`as_of is "yesterday"`, "machines[0] (aws c6i.large in us-east-1): spot_hourly_usd is 0, want more than 0",
				"on_demand_hourly_usd is -1", "vcpus is 0, want 1 or more", "region is empty",
			},
		},
		"spot over on-demand": {
			func(t *Table) { t.Machines[2].SpotHourlyUSD = 0.5 },
			[]string{"machines[2] (aws c7i.large in us-east-1): spot_hourly_usd is 0.5, want at most on_demand_hourly_usd, 0.08925"},
		},
		"not a number":            {func(t *Table) { t.Machines[2].MemoryGiB = math.NaN() }, []string{"memory_gib is NaN"}},
		"twice":                   {func(t *Table) { t.Machines[1] = t.Machines[0] }, []string{"machines[1] (aws c6i.large in us-east-1) is there twice"}},
		"no reference":            {func(t *Table) { delete(t.References, "gcp") }, []string{`references["gcp"] is ""`}},
		"reference to a stranger": {func(t *Table) { t.References["aws"] = "n2-standard-2" }, []string{`references["aws"] is "n2-standard-2"`}},
		"reference to no cloud":   {func(t *Table) { t.References["azure"] = "x" }, []string{`references has "azure"`}},
		"no source":               {func(t *Table) { t.Sources = t.Sources[:1] }, []string{`sources has 0 entries for cloud "gcp"`}},
		"source without a link":   {func(t *Table) { t.Sources[1].URL = "" }, []string{"sources[1] (gcp) wants url"}},
		"no machines":             {func(t *Table) { t.Machines = nil }, []string{"machines is empty"}},
		"period backwards":        {func(t *Table) { t.AsOf = "2026-02-01/2026-01-01" }, []string{"as_of is"}},
		"half a period":           {func(t *Table) { t.AsOf = "2026-02-01/" }, []string{"as_of is"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var table Table
			require.NoError(t, json.Unmarshal(prices, &table))
			require.NoError(t, table.Check())
			c.change(&table)
			err := table.Check()
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}

func TestParseIsStrict(t *testing.T) {
	t.Parallel()
	_, err := Parse(bytes.Replace(prices, []byte(`"vcpus": 2`), []byte(`"cpus": 2`), 1))
	assert.ErrorContains(t, err, `decoding price table: json: unknown field "cpus"`)
	_, err = Parse(bytes.Replace(prices, []byte(`"vcpus": 2`), []byte(`"vcpus": 0`), 1))
	assert.ErrorContains(t, err, "checking price table: machines[0]")
	table, err := Parse(bytes.Replace(prices, []byte("2025-08-14/2026-11-23"), []byte("2026-01-31"), 1))
	require.NoError(t, err)
	assert.Equal(t, "2026-01-31", table.AsOf)
}
