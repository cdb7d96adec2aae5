package alerts

import (
	"slices"
	"sort"

	"github.com/spotgrid/spotgrid/workloads/alerts/history"
	"github.com/spotgrid/spotgrid/workloads/alerts/significance"
)

// flapFirings is how many firings make an episode one of flapping: it went and
// came back at least twice.
const flapFirings = 3

// distinct leaves out firings that tell an alert again: those with the key of
// one no more than duplicateMillis before. The others' times come back, sorted.
func distinct(firings []history.Firing, duplicateMillis int64) (times []int64, duplicates int) {
	times = make([]int64, 0, len(firings))
	last := map[uint64]int64{}
	for _, f := range firings {
		before, seen := last[f.Key]
		last[f.Key] = f.AtMillis
		if seen && f.AtMillis-before <= duplicateMillis {
			duplicates++
			continue
		}
		times = append(times, f.AtMillis)
	}
	return times, duplicates
}

// episodes are the firings of a rule, with what flaps after each as one.
type episodes struct {
	starts []int64
	// dead are the spans in which a further firing would belong to an episode.
	// Outside of them episodes of a Poisson process start as its events do, since
	// it forgets what was.
	dead     []significance.Span
	flapping int // episodes of flapFirings or more
	flaps    int // firings in these
}

// episodesOf puts firings together that follow each other within flapMillis.
func episodesOf(times []int64, flapMillis int64, w significance.Span) episodes {
	var e episodes
	for i := 0; i < len(times); {
		end := i + 1
		for end < len(times) && times[end]-times[end-1] <= flapMillis {
			end++
		}
		e.starts = append(e.starts, times[i])
		e.dead = append(e.dead, significance.Span{From: times[i], To: min(times[end-1]+flapMillis, w.To)})
		if n := end - i; n >= flapFirings {
			e.flapping++
			e.flaps += n
		}
		i = end
	}
	return e
}

// positions are the episodes' starts as a share of the time that is not dead.
func (e episodes) positions(w significance.Span) []float64 {
	live := float64(w.To - w.From - significance.Coverage(e.dead))
	out := make([]float64, len(e.starts))
	dead := int64(0)
	for i, start := range e.starts {
		out[i] = float64(start-w.From-dead) / live
		dead += e.dead[i].To - e.dead[i].From
	}
	return out
}

// measure tells how much of spans, sorted and apart, lies before a time.
type measure struct {
	spans  []significance.Span
	before []int64 // covered by the spans up to each
}

func newMeasure(spans []significance.Span) measure {
	m := measure{spans: spans, before: make([]int64, len(spans))}
	sum := int64(0)
	for i, s := range spans {
		m.before[i] = sum
		sum += s.To - s.From
	}
	return m
}

func (m measure) upTo(t int64) int64 {
	i := sort.Search(len(m.spans), func(i int) bool { return m.spans[i].From > t }) - 1
	if i < 0 {
		return 0
	}
	return m.before[i] + min(t, m.spans[i].To) - m.spans[i].From
}

// merged are all rules' times, in order.
func merged(all [][]int64) []int64 { return slices.Sorted(slices.Values(slices.Concat(all...))) }
