package pricing

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func source(id, asOf string) BookSource {
	return BookSource{ID: id, URL: "https://prices.example", Version: "1", AsOf: asOf, Method: "asked", Dating: "known"}
}

func ownBook() *Book {
	return &Book{
		Sources:  []BookSource{source("mine", "2026-01-31")},
		Prices:   []Price{{Cloud: "aws", Region: "us-east-1", Item: "nat_gateway_hour", Unit: "hour", USD: 1, Source: "mine", Entry: "NAT"}},
		Machines: []Machine{{Cloud: "aws", Region: "us-east-1", Type: "c7g.large", VCPUs: 2, MemoryGiB: 4, OnDemandHourlyUSD: 0.08, SpotHourlyUSD: 0.05, Sources: []string{"mine"}}},
	}
}

func TestAUsersBookGoesBeforeTheEmbeddedOne(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "new", "prices.json")
	plain, err := Load(file)
	require.NoError(t, err, "there need not be one")
	require.NoError(t, ownBook().Save(file))
	b, err := Load(file)
	require.NoError(t, err)
	require.NoError(t, b.Check())
	p, _ := b.Find("aws", "us-east-1", "nat_gateway_hour")
	assert.Equal(t, 1.0, p.USD)
	m, _ := b.Machine("aws", "us-east-1", "c7g.large")
	assert.Equal(t, 0.05, m.SpotHourlyUSD)
	assert.Len(t, b.Machines, len(plain.Machines), "it takes the place of the other")
	assert.Len(t, b.Prices, len(plain.Prices))
	embedded, err := Embedded()
	require.NoError(t, err)
	was, _ := embedded.Machine("aws", "us-east-1", "c7g.large")
	assert.NotEqual(t, 0.05, was.SpotHourlyUSD, "the embedded book is as it was")
	left, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	assert.Len(t, left, 1, "nothing but the book")
}

// TestWhatANewerAnswerLacksIsNotDatedByIt: a type that it leaves out has no newer
// price, and its source of the same name would say so.
func TestWhatANewerAnswerLacksIsNotDatedByIt(t *testing.T) {
	t.Parallel()
	newer := ownBook()
	newer.Machines[0].Type, newer.Sources[0].AsOf = "c7g.xlarge", "2026-03-31"
	own := ownBook()
	b := own.Without(newer.Sources).Overlay(newer)
	require.NoError(t, b.Check())
	require.Len(t, b.Machines, 1)
	assert.Equal(t, "c7g.xlarge", b.Machines[0].Type)
	assert.Len(t, own.Machines, 1, "the other book is as it was")
}

func TestANewerAnswerTakesThePlaceOfAnOlderOne(t *testing.T) {
	t.Parallel()
	newer := ownBook()
	newer.Prices = nil
	newer.Machines[0].SpotHourlyUSD = 0.06
	newer.Sources[0].AsOf = "2026-03-31"
	b := ownBook().Overlay(newer)
	require.NoError(t, b.Check())
	assert.Equal(t, 0.06, b.Machines[0].SpotHourlyUSD)
	require.Len(t, b.Sources, 1, "one of an ID")
	assert.Equal(t, "2026-03-31", b.Sources[0].AsOf)
}

func TestABadUsersBookIsRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "prices.json")
	for text, want := range map[string]string{
		"{": "decoding price book", "{}": "prices is empty, want at least one of them or of machines",
		`{"prices":[{"usd":-1}]}`: "usd is -1", `{"price":[]}`: "unknown field",
	} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		_, err := Load(file)
		assert.ErrorContains(t, err, want)
		assert.ErrorContains(t, err, "`spotgrid prices refresh` writes a new one")
	}
	bad := ownBook()
	bad.Prices[0].USD = -1
	require.ErrorContains(t, bad.Save(file), "usd is -1")
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.NotContains(t, string(b), "nat_gateway_hour", "what is bad is not written")
}

func TestOldPricesAreWarnedOf(t *testing.T) {
	t.Parallel()
	b := ownBook()
	all := func(string) bool { return true }
	day := func(s string) time.Time {
		at, err := time.Parse(time.DateOnly, s)
		require.NoError(t, err)
		return at
	}
	assert.Empty(t, b.Warnings(day("2026-05-01"), all), "90 days")
	assert.Equal(t, []string{"prices of machines are days old (mine 91): 'spotgrid prices refresh' asks the clouds"}, b.Warnings(day("2026-05-02"), all))
	assert.Empty(t, b.Warnings(day("2026-05-02"), func(string) bool { return false }), "nothing of it is used")
	b.Machines = nil
	assert.Empty(t, b.Warnings(day("2027-07-25"), all), "list prices move seldom: 540 days")
	assert.Equal(t, []string{"prices of mine are 541 days old"}, b.Warnings(day("2027-07-26"), all))
}

func TestTheSpotBand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		m                 Machine
		low, likely, high float64
	}{
		{Machine{OnDemandHourlyUSD: 1, SpotHourlyUSD: 0.4, SpotLowHourlyUSD: 0.3, SpotHighHourlyUSD: 0.6}, 0.3, 0.4, 0.6},
		{Machine{OnDemandHourlyUSD: 1, SpotHourlyUSD: 0.4}, 0.28, 0.4, 0.58},
		{Machine{OnDemandHourlyUSD: 0.5, SpotHourlyUSD: 0.4}, 0.28, 0.4, 0.5},
	} {
		low, likely, high := c.m.SpotBand()
		assert.InDeltaSlice(t, []float64{c.low, c.likely, c.high}, []float64{low, likely, high}, 1e-12)
	}
}
