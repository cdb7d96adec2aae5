package gcp

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spotgrid/spotgrid/workloads/pricing"
)

// sku is one thing that is billed. Source: services.skus of the Cloud Billing API.
type sku struct {
	Description string `json:"description"`
	Category    struct {
		// UsageType is OnDemand, Preemptible or a commitment such as Commit1Yr.
		UsageType string `json:"usageType"`
	} `json:"category"`
	ServiceRegions []string `json:"serviceRegions"`
	PricingInfo    []struct {
		PricingExpression struct {
			// UsageUnit is "h" for a processor and "GiBy.h" for memory.
			UsageUnit   string `json:"usageUnit"`
			TieredRates []struct {
				UnitPrice struct {
					CurrencyCode string `json:"currencyCode"`
					Units        string `json:"units"` // whole dollars
					Nanos        int64  `json:"nanos"` // billionths of one
				} `json:"unitPrice"`
			} `json:"tieredRates"`
		} `json:"pricingExpression"`
	} `json:"pricingInfo"`
}

// described tells the family and the part that a SKU is of: "N2D AMD Instance Core
// running in Iowa", "Spot Preemptible E2 Instance Ram running in Americas". Custom
// machines, sole tenants and reservations are called otherwise.
var described = regexp.MustCompile(`^(?:Spot Preemptible )?(?:([A-Z][0-9]+[A-Z]?)(?: Predefined)?(?: AMD| Arm)? Instance|(Compute optimized)(?: Instance)?) (Core|Ram) running in `)

// units of a part.
var units = map[string]string{"Core": "h", "Ram": "GiBy.h"}

// rate is a processor's or a GiB's place in the list.
type rate struct {
	family, part, region string
	spot                 bool
}

// rates are in US dollars an hour.
type rates map[rate]float64

func (r rates) add(s sku) {
	found := described.FindStringSubmatch(s.Description)
	if found == nil || s.Category.UsageType != "OnDemand" && s.Category.UsageType != "Preemptible" {
		return
	}
	family, part := strings.ToLower(found[1]), found[3]
	if found[2] != "" {
		family = "c2" // which is called by what it is good for
	}
	usd, ok := s.hourlyUSD(units[part])
	if !ok {
		return
	}
	for _, region := range s.ServiceRegions {
		r[rate{family, part, region, s.Category.UsageType == "Preemptible"}] = usd
	}
}

// hourlyUSD is the SKU's newest price, which is the first.
func (s sku) hourlyUSD(unit string) (float64, bool) {
	if len(s.PricingInfo) == 0 {
		return 0, false
	}
	e := s.PricingInfo[0].PricingExpression
	if e.UsageUnit != unit || len(e.TieredRates) != 1 || e.TieredRates[0].UnitPrice.CurrencyCode != "USD" {
		return 0, false
	}
	p := e.TieredRates[0].UnitPrice
	whole, err := strconv.ParseInt("0"+p.Units, 10, 64)
	usd := float64(whole) + float64(p.Nanos)/1e9
	return usd, err == nil && usd > 0
}

// plain are types that cost what their processors and memory cost: no disks of
// their own, no shared processors.
var plain = regexp.MustCompile(`^([a-z0-9]+)-(?:standard|highmem|highcpu)-[0-9]+$`)

// machine is what a type costs in a region, to a millionth of a dollar.
func (r rates) machine(t pricing.Machine, region string) (pricing.Machine, bool) {
	found := plain.FindStringSubmatch(t.Type)
	if found == nil {
		return pricing.Machine{}, false
	}
	sum := func(spot bool) float64 {
		core, memory := r[rate{found[1], "Core", region, spot}], r[rate{found[1], "Ram", region, spot}]
		if core == 0 || memory == 0 {
			return 0
		}
		const digits = 1e6
		return math.Round((core*float64(t.VCPUs)+memory*t.MemoryGiB)*digits) / digits
	}
	m := pricing.Machine{
		Cloud: "gcp", Type: t.Type, Region: region, VCPUs: t.VCPUs, MemoryGiB: t.MemoryGiB,
		OnDemandHourlyUSD: sum(false), SpotHourlyUSD: sum(true), Sources: []string{SourceID(region)},
	}
	return m, m.OnDemandHourlyUSD > 0 && m.SpotHourlyUSD > 0 && m.SpotHourlyUSD <= m.OnDemandHourlyUSD
}

// book has a source for each region, since each may be asked for on another day.
func (r rates) book(types []pricing.Machine, regions []string, url string, day time.Time) (*pricing.Book, []string) {
	b := &pricing.Book{}
	var missing []string
	asOf := day.UTC().Format(time.DateOnly)
	for _, region := range regions {
		before := len(b.Machines)
		for _, t := range types {
			if m, ok := r.machine(t, region); ok {
				b.Machines = append(b.Machines, m)
			} else {
				missing = append(missing, t.Type+" in "+region)
			}
		}
		if len(b.Machines) > before {
			b.Sources = append(b.Sources, pricing.BookSource{
				ID: SourceID(region), URL: url, Version: asOf, AsOf: asOf, Dating: "The day on which the catalog was asked.",
				Method: "On demand and Spot: the Cloud Billing Catalog's price of a processor and of a GiB, for as many as a type has.",
			})
		}
	}
	slices.Sort(missing)
	return b, missing
}
