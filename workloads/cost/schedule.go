package cost

import (
	"fmt"
	"strconv"
	"strings"
)

// runsPerMonth is how often a schedule fires in a month of 730 hours: crontab's
// five fields, AWS's cron() of six, or its rate(). A month's days and a week's are
// taken for as many as there are on average.
func runsPerMonth(schedule string) (float64, error) {
	if inner, ok := between(schedule, "rate(", ")"); ok {
		return runsOfRate(inner)
	}
	fields := strings.Fields(schedule)
	if inner, ok := between(schedule, "cron(", ")"); ok {
		if fields = strings.Fields(inner); len(fields) == 6 {
			fields = fields[:5] // the sixth is the year
		}
	}
	if len(fields) != 5 {
		return 0, fmt.Errorf("schedule %q, want five fields, cron() or rate()", schedule)
	}
	runs := daysPerMonth
	for i, period := range []float64{60, 24, 31, 12, 7} {
		n, err := matches(fields[i], period)
		if err != nil {
			return 0, fmt.Errorf("schedule %q: %w", schedule, err)
		}
		switch i {
		case 0, 1:
			runs *= n
		default:
			runs *= n / period
		}
	}
	return runs, nil
}

func between(s, prefix, suffix string) (string, bool) {
	rest, ok := strings.CutPrefix(s, prefix)
	inner, ends := strings.CutSuffix(rest, suffix)
	return inner, ok && ends
}

// hoursOfUnit are those of AWS's rate().
var hoursOfUnit = map[string]float64{"minute": 1.0 / 60, "hour": 1, "day": 24}

func runsOfRate(inner string) (float64, error) {
	number, unit, _ := strings.Cut(strings.TrimSpace(inner), " ")
	n, err := strconv.ParseFloat(number, 64)
	hours, ok := hoursOfUnit[strings.TrimSuffix(unit, "s")]
	if err != nil || !ok || !(n >= 1 && n <= mostOf) {
		return 0, fmt.Errorf("rate(%s), want such as rate(5 minutes)", inner)
	}
	return HoursPerMonth / (n * hours), nil
}

// matches is how many of a field's values it names.
func matches(field string, period float64) (float64, error) {
	total := 0.0
	for part := range strings.SplitSeq(field, ",") {
		span, step, stepped := strings.Cut(part, "/")
		n, by := 1.0, 1.0
		if stepped {
			var err error
			if by, err = strconv.ParseFloat(step, 64); err != nil || !(by >= 1) {
				return 0, fmt.Errorf("step %q, want a number", part)
			}
		}
		first, last, isRange := strings.Cut(span, "-")
		a, errA := strconv.ParseFloat(first, 64)
		b, errB := strconv.ParseFloat(last, 64)
		switch {
		case span == "*" || span == "?":
			n = period
		case isRange && errA == nil && errB == nil && b >= a:
			n = b - a + 1
		case isRange && errA != nil && errB != nil:
			n = 5 // named days, of which a range is most often a working week
		case stepped && errA == nil:
			n = period - a
		}
		total += ceil(n / by)
	}
	return min(total, period), nil
}

func ceil(n float64) float64 {
	whole := float64(int(n))
	if whole < n {
		whole++
	}
	return whole
}
