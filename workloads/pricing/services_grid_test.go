package pricing

import (
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestIdleCosts(t *testing.T) {
	t.Parallel()
	book, err := Services()
	require.NoError(t, err)
	grids := map[string]AWSGrid{}
	for _, g := range AWSGrids() {
		grids[g.Name] = g
	}
	for name, want := range map[string]struct {
		items   map[string]int
		monthly float64
	}{
		"aws-dev":  {map[string]int{"nat_gateway_hour": 1, "public_ipv4_hour": 1, "alarm_metric_month": 13}, 730*(0.045+0.005) + 1.3},
		"aws-prod": {map[string]int{"interface_endpoint_hour": 24, "kms_key_month": 1, "alarm_metric_month": 13}, 730*24*0.01 + 1 + 1.3},
	} {
		costs, err := book.Idle(grids[name])
		require.NoError(t, err)
		got := map[string]int{}
		for _, c := range costs {
			got[c.Price.Item] = c.Count
		}
		assert.Equal(t, want.items, got, name)
		hourly, err := book.IdleHourlyUSD(grids[name])
		require.NoError(t, err)
		assert.InDelta(t, want.monthly, hourly*HoursPerMonth, 1e-9, name)
	}
}

func TestIdleCostsOfARegionWithoutPrices(t *testing.T) {
	t.Parallel()
	book, err := Services()
	require.NoError(t, err)
	_, err = book.Idle(AWSGrid{Name: "far", Region: "ap-south-2", NATGateways: 1, Keys: 1})
	assert.EqualError(t, err, "pricing grid \"far\": no price of nat_gateway_hour in ap-south-2\nno price of public_ipv4_hour in ap-south-2\nno price of kms_key_month in ap-south-2")
	_, err = book.IdleHourlyUSD(AWSGrid{Region: "ap-south-2", Fleets: 1})
	assert.ErrorContains(t, err, "no price of alarm_metric_month in ap-south-2")
	costs, err := book.Idle(AWSGrid{Region: "ap-south-2"})
	require.NoError(t, err)
	assert.Empty(t, costs, "what there is none of needs no price")
}

func TestAWSKinds(t *testing.T) {
	t.Parallel()
	kinds := AWSKinds()
	assert.Equal(t, slices.Compact(slices.Clone(kinds)), kinds, "a type is of one part")
	shape := regexp.MustCompile(`^(aws:[a-z0-9]+/[a-z][A-Za-z0-9]*|spotgrid:[a-z]+):[A-Z][A-Za-z0-9]*$`)
	for _, k := range kinds {
		assert.Regexp(t, shape, k)
	}
	for _, g := range AWSGrids() {
		for kind := range g.Billed() {
			assert.Contains(t, kinds, kind)
		}
	}
}

func TestEveryIdleItemIsCounted(t *testing.T) {
	t.Parallel()
	every := AWSGrid{Zones: 1, NATGateways: 1, EndpointServices: 1, Keys: 1, Fleets: 1}
	for _, item := range idleItems() {
		assert.Positive(t, every.count(item), item)
	}
	assert.Zero(t, every.count("sqs_requests_million"))
	for _, p := range AWSParts() {
		assert.NotEmpty(t, p.Name)
		assert.NotEmpty(t, p.Why, p.Name)
		assert.NotEmpty(t, append(p.Idle, kindsOfUse(p)...), "%s costs something, or the book says that it does not", p.Name)
	}
}

func kindsOfUse(p AWSPart) []string {
	var items []string
	for _, u := range p.Use {
		items = append(items, u.Item)
	}
	return items
}
