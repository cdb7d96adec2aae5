package scaler

import (
	"fmt"
	"time"
)

const (
	// staleAfter is the age at which a count says nothing any more. Counts of
	// Pub/Sub are made every minute and visible up to two minutes later. Source:
	// "Google Cloud metrics", subscription/num_undelivered_messages.
	staleAfter = 5 * time.Minute
	// retryAfter is how long a group that failed to start a machine is not asked for
	// more, while others have room.
	retryAfter = 10 * time.Minute
)

// Observed is what there is to decide by.
type Observed struct {
	// Backlog are counts of the queue's jobs, in any order.
	Backlog []Point
	// Groups are those of the fleet, in its order.
	Groups []State
}

// State is what is known of a group.
type State struct {
	Size
	// ShortSince is since when it has fewer machines than it should without getting
	// any; zero: it is not short, or nobody knows for how long.
	ShortSince time.Time
	// LargeSince is since when it should have more machines than its minimum; zero:
	// it should not, or nobody knows for how long.
	LargeSince time.Time
	// FailedAt is when it last failed to start a machine, or was seen to be dry;
	// zero: not lately.
	FailedAt time.Time
}

// isDry reports whether the group has no capacity.
func (s State) isDry(now time.Time, patience time.Duration) bool {
	return s.Running < s.Target && !s.ShortSince.IsZero() && now.Sub(s.ShortSince) >= patience
}

// Action is how a group's target is changed.
type Action string

// The actions.
const (
	Raise  Action = "raise"  // ask for more
	Cancel Action = "cancel" // take back what was asked for and has not come
	Rest   Action = "rest"   // go down to the minimum
)

// Change is one change of a group's target.
type Change struct {
	Group  string `json:"group"`
	Action Action `json:"action"`
	From   int    `json:"from"`
	To     int    `json:"to"`
}

// Decision is what is to be done about one fleet, and why.
type Decision struct {
	Fleet string `json:"fleet"`
	// Jobs waiting and running, as counted at MeasuredAt; -1: nobody counted.
	Jobs       int       `json:"jobs"`
	MeasuredAt time.Time `json:"measuredAt,omitzero"`
	// Wanted is how many machines the jobs ask for, within the fleet's bounds.
	Wanted int `json:"wanted"`
	// Groups are the sizes before, by the group's URL, Dry those without capacity.
	Groups map[string]Size `json:"groups,omitempty"`
	Dry    []string        `json:"dry,omitempty"`
	// Changes in the order in which to make them.
	Changes []Change `json:"changes"`
	Why     string   `json:"why"`
	// Error is what went wrong, "" for nothing.
	Error string `json:"error,omitempty"`
}

// Decide says what to do about a fleet. Without a fresh count it changes nothing.
// It never takes the sum of all targets above the fleet's MaxWorkers, or further
// above where somebody else has taken it, and takes no running machine away while
// there is work. Deciding again when the changes are made changes nothing, if
// those that were dry are known to have been.
func Decide(now time.Time, f Fleet, o Observed) Decision {
	d := Decision{Fleet: f.Name, Jobs: -1, Changes: []Change{}}
	b, ok := backlogOf(now, o.Backlog)
	if !ok {
		d.Why = fmt.Sprintf("nobody counted the jobs in the last %s: nothing is changed", staleAfter)
		return d
	}
	if len(o.Groups) != len(f.Groups) {
		d.Why = "the groups cannot be seen: nothing is changed"
		return d
	}
	d.Jobs, d.MeasuredAt, d.Wanted = b.jobs, b.at, wanted(f, b.jobs)
	d.Groups = map[string]Size{}
	for i, s := range o.Groups {
		d.Groups[f.Groups[i].URL] = s.Size
		if s.isDry(now, f.patience()) {
			d.Dry = append(d.Dry, f.Groups[i].URL)
		}
	}
	p := newPlan(now, f, o.Groups)
	action := Cancel
	switch {
	case b.jobs > 0:
		d.Why = p.grow(d.Wanted)
	case now.Sub(b.emptySince) >= f.quiet():
		action = Rest
		d.Why = p.rest(now, now.Sub(b.emptySince))
	default:
		d.Why = p.settle()
	}
	p.raiseToMinimum() // last, where room was made; grow has done it
	d.Changes = p.changes(action)
	return d
}

// wanted is one machine for every JobsPerWorker jobs, within the fleet's bounds.
func wanted(f Fleet, jobs int) int {
	n := jobs / f.JobsPerWorker
	if jobs%f.JobsPerWorker > 0 {
		n++
	}
	return min(max(n, f.min()), f.MaxWorkers)
}

// backlog is what the counts say.
type backlog struct {
	jobs int
	at   time.Time
	// emptySince is the first of the counts that were all zero until now.
	emptySince time.Time
}

// backlogOf reports false if no count is fresh.
func backlogOf(now time.Time, points []Point) (b backlog, ok bool) {
	for _, p := range points {
		if p.At.After(b.at) {
			b.jobs, b.at = p.Jobs, p.At
		}
	}
	b.emptySince = b.at
	lastBusy := time.Time{}
	for _, p := range points {
		if p.Jobs > 0 && p.At.After(lastBusy) {
			lastBusy = p.At
		}
	}
	for _, p := range points {
		if p.At.After(lastBusy) && p.At.Before(b.emptySince) {
			b.emptySince = p.At
		}
	}
	return b, !b.at.IsZero() && now.Sub(b.at) <= staleAfter
}
