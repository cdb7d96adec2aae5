// Package quote is the grid's first function: what a batch of jobs would cost
// on spot machines of each cloud.
package quote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/pricing"
)

// Limits of a Request.
const (
	MaxJobs        = 1_000_000_000
	MaxVCPUSeconds = 1e15
)

// Request asks for the price of a batch.
type Request struct {
	// Jobs in the batch: 1..MaxJobs.
	Jobs int `json:"jobs"`
	// VCPUSeconds that all of them take together: more than 0, at most
	// MaxVCPUSeconds.
	VCPUSeconds float64 `json:"vcpu_seconds"`
}

// Response has a quote for every machine of the price table.
type Response struct {
	// AsOf is when the prices held, as in pricing.Table.
	AsOf string `json:"as_of"`
	// Quotes are ordered by SpotUSD, the cheapest first.
	Quotes []Quote `json:"quotes"`
	// Cheapest is the machine type of the first quote.
	Cheapest string `json:"cheapest"`
}

// Quote is the price of the batch on one machine type, in US dollars.
type Quote struct {
	Cloud       string  `json:"cloud"`
	Machine     string  `json:"machine"`
	Region      string  `json:"region"`
	SpotUSD     float64 `json:"spot_usd"`
	OnDemandUSD float64 `json:"on_demand_usd"`
	// SpotUSDPerJob is SpotUSD divided by the number of jobs.
	SpotUSDPerJob float64 `json:"spot_usd_per_job"`
	// SpotHourlyUSD is the price of the whole machine.
	SpotHourlyUSD float64 `json:"spot_hourly_usd"`
}

// RequestError says what is wrong with a request; callers see its name as the
// type of the error.
type RequestError struct{ Err error }

func (e *RequestError) Error() string { return "bad request: " + e.Err.Error() }
func (e *RequestError) Unwrap() error { return e.Err }

// UnmarshalJSON reads a request strictly, whoever decodes it. The error is a
// *RequestError.
func (r *Request) UnmarshalJSON(b []byte) error {
	type plain Request // without this method
	if err := job.DecodeStrict(b, (*plain)(r)); err != nil {
		return &RequestError{err}
	}
	return nil
}

// Check returns every fault of the request in one *RequestError, or nil.
func (r Request) Check() error {
	var errs []error
	if r.Jobs < 1 || r.Jobs > MaxJobs {
		errs = append(errs, fmt.Errorf("jobs is %d, want 1..%d", r.Jobs, MaxJobs))
	}
	if !(r.VCPUSeconds > 0 && r.VCPUSeconds <= MaxVCPUSeconds) {
		errs = append(errs, fmt.Errorf("vcpu_seconds is %v, want more than 0 and at most %v", r.VCPUSeconds, MaxVCPUSeconds))
	}
	if len(errs) == 0 {
		return nil
	}
	return &RequestError{errors.Join(errs...)}
}

// Handle answers a request from the built-in price table.
func Handle(_ context.Context, r Request) (Response, error) {
	if err := r.Check(); err != nil {
		return Response{}, err
	}
	table, err := pricing.Default()
	if err != nil {
		return Response{}, err
	}
	return For(table, r), nil
}

// For quotes a request that was checked, by a table that was.
func For(table *pricing.Table, r Request) Response {
	quotes := make([]Quote, 0, len(table.Machines))
	for _, m := range table.Machines {
		spot := m.SpotCostUSD(r.VCPUSeconds)
		quotes = append(quotes, Quote{
			Cloud: m.Cloud, Machine: m.Type, Region: m.Region,
			SpotUSD: spot, OnDemandUSD: m.OnDemandCostUSD(r.VCPUSeconds),
			SpotUSDPerJob: spot / float64(r.Jobs), SpotHourlyUSD: m.SpotHourlyUSD,
		})
	}
	slices.SortStableFunc(quotes, func(a, b Quote) int { return cmp.Compare(a.SpotUSD, b.SpotUSD) })
	return Response{AsOf: table.AsOf, Quotes: quotes, Cheapest: quotes[0].Machine}
}
