package alerts

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/spotgrid/spotgrid/workloads/alerts/history"
	"github.com/spotgrid/spotgrid/workloads/alerts/significance"
)

// Bounds of how often the incidents are shuffled against a rule's alerts: the
// more, the smaller the p-value that can be told. All rules share shiftSteps.
const (
	minShifts  = 199
	maxShifts  = 9999
	shiftSteps = 400_000_000
)

// judge looks at times with what all rules have in common.
type judge struct {
	o         Options
	w         *window
	hasList   bool
	incidents []int64 // within the window, sorted
	announce  measure // the times at which an alert announces an incident
	steps     int     // of shifting that one rule may take
}

func newJudge(o Options, w *window, incidents []history.Incident, rules int) *judge {
	j := &judge{o: o, w: w, hasList: incidents != nil, steps: shiftSteps / max(rules, 1)}
	var spans []significance.Span
	before, late := int64(o.HorizonMinutes)*60_000, int64(o.LateMinutes)*60_000
	for _, i := range incidents {
		if i.AtMillis < w.From || i.AtMillis >= w.To {
			continue
		}
		j.incidents = append(j.incidents, i.AtMillis)
		spans = append(spans, significance.Span{From: max(i.AtMillis-before, w.From), To: min(i.AtMillis+late+1, w.To)})
	}
	slices.Sort(j.incidents)
	slices.SortFunc(spans, func(a, b significance.Span) int { return int(a.From - b.From) })
	j.announce = newMeasure(significance.Union(spans))
	return j
}

// judge tells what times say; name sets the random numbers. The q-values are for
// the caller to fill in.
func (j *judge) judge(name string, times []int64) Judgement {
	e := episodesOf(times, int64(j.o.FlapMinutes)*60_000, j.w.Span)
	out := Judgement{Episodes: len(e.starts), FlappingEpisodes: e.flapping, FlappingAlerts: e.flaps}
	if len(e.starts) < j.o.MinFirings {
		return out
	}
	out.Chance = j.chance(e)
	out.Trend = j.trend(e)
	if len(j.incidents) > 0 {
		out.Prediction = j.prediction(name, e)
	}
	return out
}

func (j *judge) chance(e episodes) *Chance {
	positions := e.positions(j.w.Span)
	c := &Chance{}
	var ps []float64
	note := func(p float64, ok bool) *float64 {
		if !ok {
			return nil
		}
		ps = append(ps, p)
		return &p
	}
	gaps := make([]float64, 0, len(positions))
	for i := 1; i < len(positions); i++ {
		gaps = append(gaps, positions[i]-positions[i-1])
	}
	c.RunsP = note(significance.RunsTest(gaps))
	p, index, ok := significance.DispersionTest(positions)
	c.DispersionP, c.DispersionIndex = note(p, ok), index
	counts, exposure := j.byHour(e)
	c.TimeOfDayP = note(significance.UniformityTest(counts, exposure))
	c.PeakHour = peak(counts, exposure)
	if c.P = significance.Bonferroni(ps...); math.IsNaN(c.P) {
		return nil
	}
	return c
}

// byHour counts episodes by the hour they start in, beside how long they could.
func (j *judge) byHour(e episodes) (counts []int, exposure []float64) {
	counts, exposure = make([]int, 24), make([]float64, 24)
	for h, millis := range j.w.hours {
		exposure[h] = float64(millis)
	}
	for i, start := range e.starts {
		counts[j.w.clock(start).Hour()]++
		j.w.observe(e.dead[i], func(hour, _ int, millis int64) { exposure[hour] -= float64(millis) })
	}
	return counts, exposure
}

func peak(counts []int, exposure []float64) int {
	best, most := 0, -1.0
	for h, n := range counts {
		if exposure[h] > 0 && float64(n)/exposure[h] > most {
			best, most = h, float64(n)/exposure[h]
		}
	}
	return best
}

// maxTrendCells bounds the cells of a trend, whose cost grows with their square.
const maxTrendCells = 104

// trend counts episodes by week, or by shorter cells where there are too few
// weeks to tell.
func (j *judge) trend(e episodes) *Trend {
	length := j.w.To - j.w.From
	cells := min(max(int(length/weekMillis), significance.MinTrendValues), maxTrendCells)
	counts := make([]float64, cells)
	for _, start := range e.starts {
		counts[min(int(float64(start-j.w.From)/float64(length)*float64(cells)), cells-1)]++
	}
	p, slope, ok := significance.TrendTest(counts)
	if !ok {
		return nil
	}
	// Both the count and the step are of a cell; per week they grow by both.
	weeks := float64(length) / weekMillis / float64(cells)
	return &Trend{ChangePerWeek: slope / (weeks * weeks), P: p}
}

func (j *judge) prediction(name string, e episodes) *Prediction {
	spans := j.announce.spans
	hits := significance.Inside(e.starts, spans)
	p := &Prediction{
		Precision: significance.Wilson(hits, len(e.starts), confidence),
		Recall:    significance.Wilson(j.announced(e.starts), len(j.incidents), confidence),
	}
	covered, live := j.announce.upTo(j.w.To), j.w.To-j.w.From
	for _, d := range e.dead { // no episode can start there, of whatever pager
		covered -= j.announce.upTo(d.To) - j.announce.upTo(d.From)
		live -= d.To - d.From
	}
	if live > 0 {
		p.RandomPrecision = float64(covered) / float64(live)
	}
	reach := float64(j.o.HorizonMinutes+j.o.LateMinutes) * 60_000 / float64(j.w.To-j.w.From)
	p.RandomRecall = 1 - math.Pow(1-math.Min(reach, 1), float64(len(e.starts)))
	if p.RandomPrecision > 0 {
		p.Lift = p.Precision.Value / p.RandomPrecision
		p.LiftLow, p.LiftHigh = p.Precision.Low/p.RandomPrecision, p.Precision.High/p.RandomPrecision
	}
	shifts := min(max(j.steps/(len(e.starts)+len(spans)+1), minShifts), maxShifts)
	p.P = significance.ShiftTest(e.starts, spans, j.w.Span, shifts, j.random(name))
	return p
}

// announced counts the incidents that a start announces.
func (j *judge) announced(starts []int64) int {
	before, late := int64(j.o.HorizonMinutes)*60_000, int64(j.o.LateMinutes)*60_000
	n, i := 0, 0
	for _, at := range j.incidents {
		for i < len(starts) && starts[i] < at-before {
			i++
		}
		if i < len(starts) && starts[i] <= at+late {
			n++
		}
	}
	return n
}

// random draws the same numbers for a rule whatever other rules there are.
func (j *judge) random(name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(uint64(j.o.Seed), h.Sum64()))
}
