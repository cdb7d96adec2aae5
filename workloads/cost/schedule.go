package cost

import (
	"fmt"
	"math"
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
		first := 0.0
		if i == 2 || i == 3 {
			first = 1
		}
		n, err := matches(fields[i], first, period)
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

// matches is how many of a field's values it names. They begin at first.
func matches(field string, first, period float64) (float64, error) {
	total := 0.0
	for part := range strings.SplitSeq(field, ",") {
		span, step, stepped := strings.Cut(part, "/")
		by := 1.0
		if stepped {
			var err error
			if by, err = strconv.ParseFloat(step, 64); err != nil || !(by >= 1) {
				return 0, fmt.Errorf("step %q, want a number from 1", part)
			}
		}
		n, err := spanned(span, first, period, stepped)
		if err != nil {
			return 0, err
		}
		total += math.Ceil(n / by)
	}
	return min(total, period), nil
}

// spanned is how many values a part without its step names: *, 5, MON, 1-5 or
// MON-FRI; with a step, 5 is from 5 on.
func spanned(span string, first, period float64, stepped bool) (float64, error) {
	if span == "*" || span == "?" {
		return period, nil
	}
	from, to, isRange := strings.Cut(span, "-")
	a, errA := strconv.ParseFloat(from, 64)
	b, errB := strconv.ParseFloat(to, 64)
	last := first + period // Sunday is 0 and 7
	switch {
	case isRange && (errA == nil) != (errB == nil):
		return 0, fmt.Errorf("range %q, want such as 1-5 or MON-FRI", span)
	case errA == nil && !(a >= 0 && a <= last), isRange && errA == nil && errB == nil && !(b >= a && b <= last):
		return 0, fmt.Errorf("value %q, want %g..%g", span, first, last-1)
	case isRange && errA == nil && errB == nil:
		return b - a + 1, nil
	case isRange:
		return 5, nil // named days, of which a range is most often a working week
	case stepped && errA == nil:
		return period - a + first, nil
	}
	return 1, nil
}
