package alerts

import (
	"cmp"
	"slices"
)

// awake is a stretch of a night that an alert takes.
type awake struct {
	from, to int64
	rule     int
}

// nights are all of them, by their start. Their ends are in order, too: all last
// equally long, or until the night's end.
type nights []awake

// nightsOf finds what the alerts of each rule take.
func nightsOf(times [][]int64, w *window, lostMillis int64) nights {
	var out nights
	for rule, list := range times {
		for _, at := range list {
			if w.isNight[w.clock(at).Hour()] {
				out = append(out, awake{at, min(at+lostMillis, w.nightEnd(at)), rule})
			}
		}
	}
	slices.SortFunc(out, func(a, b awake) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.rule, b.rule))
	})
	return out
}

// sweep goes through all time that is lost, in stretches in which the same
// rules take it: their number, and which it is if it is one.
func (n nights) sweep(rules int, stretch func(millis int64, active, only int)) {
	count := make([]int, rules)
	active, sum := 0, 0 // rules that take the time now, and their indices' sum
	last := int64(0)
	for begun, ended := 0, 0; ended < len(n); {
		at, isStart := n[ended].to, false
		if begun < len(n) && n[begun].from < at {
			at, isStart = n[begun].from, true
		}
		if active > 0 && at > last {
			stretch(at-last, active, sum)
		}
		last = at
		if isStart {
			rule := n[begun].rule
			begun++
			if count[rule]++; count[rule] == 1 {
				active, sum = active+1, sum+rule
			}
			continue
		}
		rule := n[ended].rule
		ended++
		if count[rule]--; count[rule] == 0 {
			active, sum = active-1, sum-rule
		}
	}
}

// alone is the time that each rule takes and no other, and lost all of it, in
// milliseconds.
func (n nights) alone(rules int) (alone []int64, lost int64) {
	alone = make([]int64, rules)
	n.sweep(rules, func(millis int64, active, only int) {
		lost += millis
		if active == 1 {
			alone[only] += millis
		}
	})
	return alone, lost
}

// without is the time that is lost without some rules.
func (n nights) without(rules int, isSilent func(rule int) bool) (lost int64) {
	rest := slices.DeleteFunc(slices.Clone(n), func(a awake) bool { return isSilent(a.rule) })
	_, lost = rest.alone(rules)
	return lost
}

// wakeUps counts the stretches that do not begin while awake already.
func (n nights) wakeUps() int {
	count, until := 0, int64(0)
	for _, a := range n {
		if a.from >= until {
			count++
		}
		until = max(until, a.to)
	}
	return count
}
