package gcp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/pricing"
	"github.com/spotgrid/spotgrid/workloads/pricing/gcp"
)

var day = time.Date(2026, 8, 3, 12, 0, 0, 0, time.UTC)

// sku is one as the catalog writes it: a price of nanos billionths of a dollar.
func sku(description, usage, unit string, nanos int64, regions ...string) map[string]any {
	return map[string]any{
		"description": description, "serviceRegions": regions,
		"category": map[string]string{"resourceFamily": "Compute", "usageType": usage},
		"pricingInfo": []any{map[string]any{"pricingExpression": map[string]any{"usageUnit": unit, "tieredRates": []any{
			map[string]any{"startUsageAmount": 0, "unitPrice": map[string]any{"currencyCode": "USD", "units": "0", "nanos": nanos}},
		}}}},
	}
}

// pages are answered one after another; the second is asked for by its token.
var pages = [][]map[string]any{{
	sku("E2 Instance Core running in Americas", "OnDemand", "h", 21_811_590, "us-central1", "us-east1"),
	sku("E2 Instance Ram running in Americas", "OnDemand", "GiBy.h", 2_923_530, "us-central1", "us-east1"),
	sku("E2 Custom Instance Core running in Americas", "OnDemand", "h", 99_000_000, "us-central1"),
	sku("Commitment v1: E2 Cpu in Americas for 1 Year", "Commit1Yr", "h", 1, "us-central1"),
	sku("Compute optimized Core running in Americas", "OnDemand", "h", 30_000_000, "us-central1"),
	sku("Compute optimized Ram running in Americas", "OnDemand", "GiBy.h", 4_000_000, "us-central1"),
	sku("Spot Preemptible Compute optimized Core running in Americas", "Preemptible", "h", 10_000_000, "us-central1"),
	sku("Spot Preemptible Compute optimized Ram running in Americas", "Preemptible", "GiBy.h", 1_000_000, "us-central1"),
}, {
	sku("Spot Preemptible E2 Instance Core running in Americas", "Preemptible", "h", 8_720_000, "us-central1"),
	sku("Spot Preemptible E2 Instance Ram running in Americas", "Preemptible", "GiBy.h", 1_170_000, "us-central1"),
	sku("E2 Instance Core running in Americas", "OnDemand", "mo", 5, "us-central1"),
	sku("C4A Arm Instance Core running in Americas", "OnDemand", "h", 30_000_000, "us-central1"),
	sku("C4A Arm Instance Ram running in Americas", "OnDemand", "GiBy.h", 4_000_000, "us-central1"),
	sku("Spot Preemptible C4A Arm Instance Core running in Americas", "Preemptible", "h", 90_000_000, "us-central1"),
	sku("Spot Preemptible C4A Arm Instance Ram running in Americas", "Preemptible", "GiBy.h", 4_000_000, "us-central1"),
}}

func catalog(t *testing.T, answer http.HandlerFunc) gcp.Catalog {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return gcp.Catalog{Endpoint: s.URL, Client: s.Client(), Token: func(context.Context) (string, error) { return "token", nil }}
}

func inPages(t *testing.T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/v1/services/6F81-5844-456A/skus", r.URL.Path)
		assert.Equal(t, "Bearer token", r.Header.Get("Authorization"))
		assert.Equal(t, "USD", r.URL.Query().Get("currencyCode"))
		answer := map[string]any{"skus": pages[0], "nextPageToken": "second"}
		if r.URL.Query().Get("pageToken") == "second" {
			answer = map[string]any{"skus": pages[1], "nextPageToken": ""}
		}
		assert.NoError(t, json.NewEncoder(w).Encode(answer))
	}
}

var types = []pricing.Machine{
	{Type: "e2-standard-2", VCPUs: 2, MemoryGiB: 8}, {Type: "n2-standard-2", VCPUs: 2, MemoryGiB: 8}, {Type: "c2-standard-4", VCPUs: 4, MemoryGiB: 16},
}

func TestAMachineCostsItsProcessorsAndItsMemory(t *testing.T) {
	t.Parallel()
	book, missing, err := catalog(t, inPages(t)).Book(t.Context(), types, []string{"us-central1", "us-east1"}, day)
	require.NoError(t, err)
	require.NoError(t, book.Check())
	id := []string{gcp.SourceID("us-central1")}
	assert.Equal(t, []pricing.Machine{
		{Cloud: "gcp", Type: "e2-standard-2", Region: "us-central1", VCPUs: 2, MemoryGiB: 8, OnDemandHourlyUSD: 0.067011, SpotHourlyUSD: 0.0268, Sources: id},
		{Cloud: "gcp", Type: "c2-standard-4", Region: "us-central1", VCPUs: 4, MemoryGiB: 16, OnDemandHourlyUSD: 0.184, SpotHourlyUSD: 0.056, Sources: id},
	}, book.Machines)
	assert.Equal(t, []string{"c2-standard-4 in us-east1", "e2-standard-2 in us-east1", "n2-standard-2 in us-central1", "n2-standard-2 in us-east1"}, missing,
		"of one there is no spot price, of the other no price at all")
	require.Len(t, book.Sources, 1, "of a region without prices there is no source")
	assert.Equal(t, "2026-08-03", book.Sources[0].AsOf)
}

func TestTheCatalogAgreesWithTheBook(t *testing.T) {
	t.Parallel()
	got, _, err := catalog(t, inPages(t)).Book(t.Context(), types[:1], []string{"us-central1"}, day)
	require.NoError(t, err)
	book, err := pricing.Embedded()
	require.NoError(t, err)
	want, ok := book.Machine("gcp", "us-central1", "e2-standard-2")
	require.True(t, ok)
	assert.InEpsilon(t, want.OnDemandHourlyUSD, got.Machines[0].OnDemandHourlyUSD, 0.05, "list prices of E2 did not change")
}

func TestMachinesThatAreMoreThanProcessorsAndMemoryAreLeftOut(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"e2-standard-2-lssd", "e2-micro", "c4a-standard-2", "e2"} {
		book, missing, err := catalog(t, inPages(t)).Book(t.Context(), []pricing.Machine{{Type: name, VCPUs: 2, MemoryGiB: 8}}, []string{"us-central1"}, day)
		require.NoError(t, err)
		assert.Empty(t, book.Machines, "C4A costs more on spot than on demand here")
		assert.Equal(t, []string{name + " in us-central1"}, missing)
	}
}

func TestFaultsOfTheCatalogAreSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status     int
		text, want string
	}{
		"denied":       {http.StatusForbidden, `{"error":{"message":"Cloud Billing API has not been used"}}`, "403 Forbidden: Cloud Billing API has not been used"},
		"a proxy":      {http.StatusBadGateway, "<html>", "502 Bad Gateway: <html>"},
		"not JSON":     {http.StatusOK, "{", "decoding an answer"},
		"without end":  {http.StatusOK, `{"nextPageToken":"again"}`, "more than 200 pages"},
		"a wrong type": {http.StatusOK, `{"skus":7}`, "decoding an answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := catalog(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.text)
			}).Book(t.Context(), types, []string{"us-central1"}, day)
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestWithoutATokenNothingIsAsked(t *testing.T) {
	t.Parallel()
	none := errors.New("no login")
	c := catalog(t, func(http.ResponseWriter, *http.Request) { t.Error("asked") })
	c.Token = func(context.Context) (string, error) { return "", none }
	_, _, err := c.Book(t.Context(), types, []string{"us-central1"}, day)
	assert.ErrorIs(t, err, none)
}
