// Package cron reads schedules as crontab writes them and says them as the
// clouds' schedulers want them.
package cron

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// field is one of the five, with what crontab allows in it.
type field struct {
	name   string
	lo, hi int
	names  []string // of lo, lo+1 and so on
}

var fields = [5]field{
	{name: "minute", lo: 0, hi: 59},
	{name: "hour", lo: 0, hi: 23},
	{name: "day of the month", lo: 1, hi: 31},
	{name: "month", lo: 1, hi: 12, names: []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}},
	{name: "day of the week", lo: 0, hi: 7, names: []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}},
}

const (
	dayOfMonth = 2
	dayOfWeek  = 4
)

// Schedule is a checked schedule.
type Schedule struct{ fields [5]string }

// Parse reads five fields: numbers, names, *, ranges, lists and steps. A
// schedule that names both a day of the month and one of the week is refused:
// crontab takes either of them to match, which no cloud's scheduler can say.
func Parse(text string) (Schedule, error) {
	parts := strings.Fields(text)
	if len(parts) != len(fields) {
		return Schedule{}, fmt.Errorf("schedule is %q, want five fields such as \"30 4 * * 1\" (minute, hour, day of the month, month, day of the week)", text)
	}
	s := Schedule{}
	for i, part := range parts {
		if err := fields[i].check(part); err != nil {
			return Schedule{}, fmt.Errorf("schedule is %q: %w", text, err)
		}
		s.fields[i] = strings.ToUpper(part)
	}
	if s.fields[dayOfMonth] != "*" && s.fields[dayOfWeek] != "*" {
		return Schedule{}, fmt.Errorf("schedule is %q, want a day of the month or one of the week, not both: make it two schedules", text)
	}
	return s, nil
}

func (f field) check(part string) error {
	for _, item := range strings.Split(part, ",") {
		span, step, hasStep := strings.Cut(item, "/")
		if n, err := strconv.Atoi(step); hasStep && (err != nil || n < 1 || n > f.hi) {
			return fmt.Errorf("step of %s is %q, want 1..%d", f.name, step, f.hi)
		}
		if span == "*" {
			continue
		}
		first, last, isRange := strings.Cut(span, "-")
		if hasStep && !isRange {
			return fmt.Errorf("%s is %q, want a step behind * or a range", f.name, item)
		}
		lo, err := f.value(first)
		if err != nil {
			return err
		}
		if !isRange {
			continue
		}
		hi, err := f.value(last)
		if err != nil {
			return err
		}
		if hi < lo {
			return fmt.Errorf("%s is %q, want a range that goes upwards", f.name, item)
		}
	}
	return nil
}

// value reads a number or a name.
func (f field) value(text string) (int, error) {
	for i, name := range f.names {
		if strings.EqualFold(name, text) {
			return f.lo + i, nil
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < f.lo || n > f.hi {
		return 0, fmt.Errorf("%s is %q, want %d..%d", f.name, text, f.lo, f.hi)
	}
	return n, nil
}

// Unix is the schedule as crontab has it, which Cloud Scheduler takes.
func (s Schedule) Unix() string { return strings.Join(s.fields[:], " ") }

// AWS is the schedule as EventBridge has it: with a year, a question mark for
// the day that does not count, steps only from a first value on, and days of
// the week by name, since its numbers are others (Sunday is 1).
// Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
func (s Schedule) AWS() string {
	var said [len(fields)]string
	for i, text := range s.fields {
		said[i] = fields[i].aws(text)
	}
	if s.fields[dayOfWeek] == "*" {
		said[dayOfWeek] = "?"
	} else {
		said[dayOfMonth], said[dayOfWeek] = "?", days(s.fields[dayOfWeek])
	}
	return fmt.Sprintf("cron(%s *)", strings.Join(said[:], " "))
}

// aws says a field with EventBridge's steps: FIRST/STEP is its */STEP, and a
// range with a step is a list.
func (f field) aws(text string) string {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		span, step, hasStep := strings.Cut(item, "/")
		switch {
		case !hasStep:
			items = append(items, item)
		case span == "*":
			items = append(items, strconv.Itoa(f.lo)+"/"+step)
		default:
			for _, n := range f.values(item) {
				items = append(items, strconv.Itoa(n))
			}
		}
	}
	return strings.Join(items, ",")
}

// values are what a checked item stands for.
func (f field) values(item string) []int {
	span, step, _ := strings.Cut(item, "/")
	by, err := strconv.Atoi(step)
	if err != nil {
		by = 1
	}
	first, last, isRange := strings.Cut(span, "-")
	lo, hi := f.lo, f.hi
	if span != "*" {
		lo, _ = f.value(first)
		hi = lo
	}
	if isRange {
		hi, _ = f.value(last)
	}
	var values []int
	for n := lo; n <= hi; n += by {
		values = append(values, n)
	}
	return values
}

// days writes each day of the week by its name, ranges as lists: crontab's 5-7
// ends on a Sunday, with which EventBridge's week begins.
func days(text string) string {
	week := fields[dayOfWeek]
	var names []string
	for item := range strings.SplitSeq(text, ",") {
		for _, day := range week.values(item) {
			name := week.names[day%len(week.names)]
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return strings.Join(names, ",")
}
