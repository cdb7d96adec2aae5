// Package cost estimates what a Pulumi stack costs a month, before it is made:
// it reads what `pulumi preview --json` or `pulumi stack export` printed, maps
// each resource to a price book (package pricing) and says low, likely and high.
//
//   - Low is a grid to which nobody sends a job: what is there all the time, and
//     the least machines of each fleet at the lowest spot prices.
//   - Likely is the declared Load at likely prices.
//   - High is every fleet full around the clock at the highest spot prices, and
//     what its jobs use with it.
//
// What has no price is listed with its reason and is never counted as 0. Nothing
// is asked over a network.
package cost

// HoursPerMonth and daysPerMonth are a twelfth of a year of 365 days, as in the
// clouds' own estimates.
const (
	HoursPerMonth = 730.0
	daysPerMonth  = HoursPerMonth / 24
)

// Range is a number in three cases.
type Range struct {
	Low    float64 `json:"low"`
	Likely float64 `json:"likely"`
	High   float64 `json:"high"`
}

// always is a number that is the same in all cases.
func always(n float64) Range { return Range{n, n, n} }

// Plus and Minus go case by case.
func (r Range) Plus(o Range) Range { return Range{r.Low + o.Low, r.Likely + o.Likely, r.High + o.High} }
func (r Range) Minus(o Range) Range {
	return Range{r.Low - o.Low, r.Likely - o.Likely, r.High - o.High}
}

func (r Range) times(o Range) Range {
	return Range{r.Low * o.Low, r.Likely * o.Likely, r.High * o.High}
}

func (r Range) scale(by float64) Range { return Range{r.Low * by, r.Likely * by, r.High * by} }

// ordered mends numbers that are out of order: low is never above likely, high
// never below it.
func (r Range) ordered() Range { return Range{min(r.Low, r.Likely), r.Likely, max(r.High, r.Likely)} }
