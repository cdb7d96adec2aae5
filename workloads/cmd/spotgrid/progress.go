package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// progress follows a batch on the volume: which jobs have a result, which were
// given up, which are open.
type progress struct {
	batch volume.Batch
	jobs  []job.Job
	open  map[string]bool
	done  int
	dead  int
	// problem is why some of the jobs could not be looked at.
	problem error

	volume *volume.Volume
}

func loadProgress(v *volume.Volume, batch string) (*progress, error) {
	b, err := v.ReadBatch(batch)
	if err != nil {
		return nil, usageError{fmt.Errorf("%w; `spotgrid jobs` lists the batches", err)}
	}
	p := &progress{batch: b, volume: v, open: map[string]bool{}}
	for j, err := range v.BatchJobs(batch) {
		if err != nil {
			return nil, err
		}
		p.jobs = append(p.jobs, j)
		p.open[j.ID] = true
	}
	return p, nil
}

// refresh looks at the jobs that were open. Those that could not be looked at stay
// open, and problem says why.
func (p *progress) refresh() {
	done, dead, err := p.volume.Over(slices.Collect(maps.Keys(p.open)))
	for _, id := range done {
		p.close(id, &p.done)
	}
	for _, id := range dead {
		p.close(id, &p.dead)
	}
	p.problem = err
}

func (p *progress) close(id string, counter *int) {
	delete(p.open, id)
	*counter++
}

func (p *progress) finished() int { return p.done + p.dead }

// closeGivenUp counts as dead what the queue itself gave up: jobs whose worker
// never lived to write a record.
func (p *progress) closeGivenUp(ctx context.Context, open *session) error {
	letters, err := open.readLetters(ctx)
	if err != nil {
		return err
	}
	defer releaseLetters(ctx, open.dead, letters)
	for _, l := range letters {
		if l.err == nil && p.open[l.job.ID] {
			p.close(l.job.ID, &p.dead)
		}
	}
	return nil
}

// latestBatch is the batch that was submitted last.
func latestBatch(v *volume.Volume) (string, error) {
	batches, err := v.Batches()
	if len(batches) > 0 {
		return batches[0].ID, nil
	}
	if err != nil {
		return "", err
	}
	return "", usageError{fmt.Errorf("no batch was submitted yet; try: spotgrid submit -- echo hello")}
}

// batchArgument is the batch that the arguments name, or the latest.
func batchArgument(v *volume.Volume, args []string) (string, error) {
	if len(args) > 0 {
		return args[0], nil
	}
	return latestBatch(v)
}

// rate is jobs a second over the last samples, so that an ETA follows a fleet
// that grows or shrinks.
type rate struct {
	times  []time.Time
	counts []int
}

const rateSamples = 20

func (r *rate) add(now time.Time, finished int) {
	r.times, r.counts = append(r.times, now), append(r.counts, finished)
	if len(r.times) > rateSamples {
		r.times, r.counts = slices.Delete(r.times, 0, 1), slices.Delete(r.counts, 0, 1)
	}
}

func (r *rate) perSecond() float64 {
	last := len(r.times) - 1
	if last < 1 {
		return 0
	}
	span := r.times[last].Sub(r.times[0]).Seconds()
	if span <= 0 {
		return 0
	}
	return float64(r.counts[last]-r.counts[0]) / span
}
