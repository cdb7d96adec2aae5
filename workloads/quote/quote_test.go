package quote

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/pricing"
)

func TestHandle(t *testing.T) {
	t.Parallel()
	r, err := Handle(t.Context(), Request{Jobs: 10, VCPUSeconds: 7200})
	require.NoError(t, err)
	table, err := pricing.Default()
	require.NoError(t, err)
	assert.Equal(t, table.AsOf, r.AsOf)
	require.Len(t, r.Quotes, len(table.Machines))
	assert.Equal(t, r.Quotes[0].Machine, r.Cheapest)
	for i, q := range r.Quotes {
		assert.Less(t, q.SpotUSD, q.OnDemandUSD, q.Machine)
		assert.InEpsilon(t, q.SpotUSD, 10*q.SpotUSDPerJob, 1e-12, q.Machine)
		if i > 0 {
			assert.GreaterOrEqual(t, q.SpotUSD, r.Quotes[i-1].SpotUSD)
		}
	}
	i := slices.IndexFunc(r.Quotes, func(q Quote) bool { return q.Machine == "c7i.large" })
	require.GreaterOrEqual(t, i, 0)
	q := r.Quotes[i]
	assert.Equal(t, "aws us-east-1", q.Cloud+" "+q.Region)
	// Two vCPU-hours are an hour of a machine with two vCPUs.
	assert.InDelta(t, 0.0363, q.SpotUSD, 1e-12)
	assert.InDelta(t, 0.08925, q.OnDemandUSD, 1e-12)
	assert.InDelta(t, 0.0363, q.SpotHourlyUSD, 0)
}

func TestBadRequests(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		payload string
		want    []string
	}{
		"empty object":  {`{}`, []string{"jobs is 0, want 1..1000000000", "vcpu_seconds is 0, want more than 0 and at most 1e+15"}},
		"out of range":  {`{"jobs":-1,"vcpu_seconds":1e16}`, []string{"jobs is -1", "vcpu_seconds is 1e+16"}},
		"unknown field": {`{"jobs":1,"vcpu_seconds":1,"cloud":"aws"}`, []string{`unknown field "cloud"`}},
		"wrong type":    {`{"jobs":"ten"}`, []string{"jobs"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r Request
			err := json.Unmarshal([]byte(c.payload), &r)
			if err == nil {
				_, err = Handle(t.Context(), r)
			}
			var bad *RequestError
			require.ErrorAs(t, err, &bad)
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}
