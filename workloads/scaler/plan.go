package scaler

import (
	"fmt"
	"strings"
	"time"
)

// plan is how the targets of a fleet's groups change.
type plan struct {
	fleet Fleet
	was   []State
	// targets are those that the groups are to have.
	targets []int
	// isDry: the group has no capacity. isBlocked: it should not be asked for more
	// while others have room.
	isDry, isBlocked []bool
}

func newPlan(now time.Time, f Fleet, groups []State) *plan {
	p := &plan{fleet: f, was: groups}
	for _, s := range groups {
		isDry := s.isDry(now, f.patience())
		p.targets = append(p.targets, s.Target)
		p.isDry = append(p.isDry, isDry)
		p.isBlocked = append(p.isBlocked, isDry || !s.FailedAt.IsZero() && now.Sub(s.FailedAt) < retryAfter)
	}
	return p
}

// sum of all targets.
func (p *plan) sum() (n int) {
	for _, t := range p.targets {
		n += t
	}
	return n
}

// room is how many more machines the fleet may be asked for.
func (p *plan) room() int { return max(0, p.fleet.MaxWorkers-p.sum()) }

// raiseToMinimum brings every group up to its minimum.
func (p *plan) raiseToMinimum() {
	for i, g := range p.fleet.Groups {
		p.targets[i] += min(max(0, g.MinWorkers-p.targets[i]), p.room())
	}
}

// pending is how many machines a group has not started and need not: those up to
// its minimum stay asked for.
func (p *plan) pending(i int) int {
	return max(0, p.targets[i]-max(p.was[i].Running, p.fleet.Groups[i].MinWorkers))
}

// grow asks for the machines that are wanted and not to be expected yet, beyond
// the minimum: first fit by rank. It says what it did.
func (p *plan) grow(wanted int) string {
	p.raiseToMinimum()
	expected, owed := 0, 0
	for i, t := range p.targets {
		if p.isDry[i] {
			expected += min(t, p.was[i].Running)
			owed += p.pending(i)
		} else {
			expected += t
		}
	}
	before := p.sum()
	placed := p.ask(min(max(0, wanted-expected), owed+p.room()), false)
	moved := p.takeBack(placed)
	stands := p.ask(min(max(0, wanted-p.sum()), p.room()), true)
	switch {
	case moved > 0:
		return fmt.Sprintf("%d machines of groups without capacity are asked of the next ones", moved)
	case placed+stands > 0:
		return fmt.Sprintf("%d more machines for the jobs", placed+stands)
	case before >= wanted && expected < wanted:
		return "no group with room has capacity: those that were asked keep trying"
	case expected < wanted:
		return "all groups are as large as they may be"
	}
	return "there are as many machines as are wanted, or more; those without work leave by themselves"
}

// ask raises targets in the order of the ranks, by most at most: of the groups
// that are not blocked, or of those that are.
func (p *plan) ask(most int, blocked bool) (asked int) {
	for i, g := range p.fleet.Groups {
		if p.isBlocked[i] == blocked {
			n := min(max(0, g.MaxWorkers-p.targets[i]), most-asked)
			p.targets[i] += n
			asked += n
		}
	}
	return asked
}

// takeBack takes back up to most machines that dry groups owe, the last rank's
// first.
func (p *plan) takeBack(most int) (taken int) {
	for i := len(p.targets) - 1; i >= 0; i-- {
		if p.isDry[i] {
			n := min(p.pending(i), most-taken)
			p.targets[i] -= n
			taken += n
		}
	}
	return taken
}

// settle takes back what groups without capacity owe, now that nothing waits or
// runs. What others were asked for by hand, say, may come.
func (p *plan) settle() string {
	taken := 0
	for i := range p.targets {
		if p.isDry[i] {
			n := p.pending(i)
			p.targets[i] -= n
			taken += n
		}
	}
	if taken > 0 {
		return fmt.Sprintf("no job waits or runs: %d machines that have not come are not needed any more", taken)
	}
	return "no job waits or runs; machines without work leave by themselves"
}

// rest sets every group to its minimum that has been above it for long enough:
// whoever asks for machines by hand has that time to give them work.
func (p *plan) rest(now time.Time, quiet time.Duration) string {
	for i, g := range p.fleet.Groups {
		if since := p.was[i].LargeSince; !since.IsZero() && now.Sub(since) >= p.fleet.quiet() {
			p.targets[i] = min(p.targets[i], g.MinWorkers)
		}
	}
	return fmt.Sprintf("no job has waited or run for %s: groups go down to their minimum, when they have been above it for so long", quiet.Round(time.Second))
}

// changes are the differences, what is taken away first. Lower is the action of
// those.
func (p *plan) changes(lower Action) []Change {
	changes := []Change{}
	for i, g := range p.fleet.Groups {
		if p.targets[i] < p.was[i].Target {
			changes = append(changes, Change{Group: g.URL, Action: lower, From: p.was[i].Target, To: p.targets[i]})
		}
	}
	for i, g := range p.fleet.Groups {
		if p.targets[i] > p.was[i].Target {
			changes = append(changes, Change{Group: g.URL, Action: Raise, From: p.was[i].Target, To: p.targets[i]})
		}
	}
	return changes
}

// String is for logs of tests.
func (c Change) String() string {
	return fmt.Sprintf("%s %s %d→%d", c.Action, c.Group[strings.LastIndex(c.Group, "/")+1:], c.From, c.To)
}
