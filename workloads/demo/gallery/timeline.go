package gallery

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/volume"
	"github.com/spotgrid/spotgrid/workloads/wording"
)

// Sizes of the timeline, in units of the picture.
const (
	laneHeight, laneGap = 26.0, 8.0
	timeLeft, timeWidth = 12.0, 960.0
	nameHeight          = 20.0
	axisHeight          = 30.0
	// leastBar is how narrow a bar may be to be seen.
	leastBar = 2.0
)

// timeline shows who ran what when.
type timeline struct {
	Width, Height, Bottom, Right float64
	Workers                      []lanes
	Ticks                        []tick
	Kinds                        []legend
	// Unfinished attempts were interrupted, failed or lost.
	Attempts, Unfinished int
	Seconds              float64
}

// lanes are the attempts of one worker, those at a time below each other.
type lanes struct {
	Name   string
	NameAt float64
	Jobs   int
	Bars   []bar
}

// bar is one attempt.
type bar struct {
	X, Width     string
	Y            float64
	Color        int
	IsUnfinished bool
	Title        string
}

// legend is a kind of job with its color.
type legend struct {
	Kind  string
	Color int
	Jobs  int
}

// run is an attempt with its job.
type run struct {
	job.Attempt
	record *volume.Record
}

func newTimeline(records []volume.Record) *timeline {
	t := &timeline{Width: timeWidth, Right: timeWidth - timeLeft}
	byWorker, colors := t.collect(records)
	if len(byWorker) == 0 {
		return nil
	}
	var begin, end time.Time
	for _, runs := range byWorker {
		for _, r := range runs {
			if begin.IsZero() || r.StartedAt.Before(begin) {
				begin = r.StartedAt
			}
			if r.EndedAt.After(end) {
				end = r.EndedAt
			}
		}
	}
	t.Seconds = max(end.Sub(begin).Seconds(), 1e-3)
	a := axis{0, t.Seconds, timeLeft, t.Right}
	t.Ticks = a.ticks()
	y := 0.0
	for _, name := range sortedKeys(byWorker) {
		l := lanes{Name: name, NameAt: y + nameHeight - 6}
		y += nameHeight
		y += l.place(byWorker[name], a, begin, y, colors) + laneGap
		t.Workers = append(t.Workers, l)
	}
	t.Bottom, t.Height = y, y+axisHeight
	return t
}

// collect sorts attempts by worker and gives each kind a color.
func (t *timeline) collect(records []volume.Record) (map[string][]run, map[string]int) {
	byWorker, jobs, colors := map[string][]run{}, map[string]int{}, map[string]int{}
	for i := range records {
		jobs[records[i].Kind]++
		for _, a := range records[i].Attempts {
			if a.StartedAt.IsZero() || a.EndedAt.Before(a.StartedAt) {
				continue
			}
			t.Attempts++
			if a.Outcome != job.Succeeded {
				t.Unfinished++
			}
			byWorker[a.Worker] = append(byWorker[a.Worker], run{a, &records[i]})
		}
	}
	for i, kind := range sortedKeys(jobs) {
		colors[kind] = i % palette
		t.Kinds = append(t.Kinds, legend{kind, i % palette, jobs[kind]})
	}
	return byWorker, colors
}

// place puts each attempt into the first lane that is free and returns the
// height of all.
func (l *lanes) place(runs []run, a axis, begin time.Time, top float64, colors map[string]int) float64 {
	slices.SortStableFunc(runs, func(a, b run) int { return a.StartedAt.Compare(b.StartedAt) })
	var busyUntil []time.Time
	jobs := map[string]bool{}
	for _, r := range runs {
		lane := slices.IndexFunc(busyUntil, func(t time.Time) bool { return !r.StartedAt.Before(t) })
		if lane < 0 {
			lane = len(busyUntil)
			busyUntil = append(busyUntil, time.Time{})
		}
		busyUntil[lane] = r.EndedAt
		from, width := r.StartedAt.Sub(begin).Seconds(), r.Seconds()
		jobs[r.record.JobID] = true
		l.Bars = append(l.Bars, bar{
			X: a.place(from), Width: fmt.Sprintf("%.1f", max(leastBar, width/a.high*(a.to-a.from))),
			Y: top + float64(lane)*laneHeight, Color: colors[r.record.Kind], IsUnfinished: r.Outcome != job.Succeeded,
			Title: fmt.Sprintf("%s (%s), attempt %d: %s in %s", r.record.JobID, r.record.Kind, r.Number, r.Outcome, wording.Seconds(width)),
		})
	}
	l.Jobs = len(jobs)
	return float64(len(busyUntil)) * laneHeight
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
