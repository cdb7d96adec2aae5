package kmeans

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"path"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/npy"
)

// gridEngine assigns points by jobs, one for each chunk.
type gridEngine struct {
	fit  GridFit
	plan plan
	// old is the step before the last one; its files are needed no more.
	old, last string
}

// stepName names the centres of a place in the fit.
func stepName(at place) string { return fmt.Sprintf("r%03d-i%05d", at.restart, at.iteration) }

func (e *gridEngine) assign(ctx context.Context, at place, centers []float64, _ bool) (partial, error) {
	step := stepName(at)
	results, err := e.run(ctx, step, AddUp, centers, 0)
	if err != nil {
		return partial{}, err
	}
	total := newPartial(len(centers)/e.plan.Features, e.plan.Features)
	for i, r := range results {
		values, err := readMatrix(e.fit.Files, e.fit.workPath(outputFile(step, AddUp, i+1)), len(total.counts), e.plan.Features+1)
		if err != nil {
			return partial{}, err
		}
		addSums(&total, values)
		total.inertia += r.Inertia
	}
	e.tidy(step)
	return total, nil
}

// tidy removes the files of the step before the last. A late duplicate of one
// of its jobs fails, and its result stands.
func (e *gridEngine) tidy(step string) {
	if e.last == step {
		return
	}
	if e.old != "" {
		e.fit.Files.Remove(e.fit.workPath(centersFile(e.old))) // the end of the fit removes what is left
		for chunk := range e.plan.Chunks {
			e.fit.Files.Remove(e.fit.workPath(outputFile(e.old, AddUp, chunk+1)))
			e.fit.Files.Remove(e.fit.workPath(outputFile(e.old, Farthest, chunk+1)))
		}
	}
	e.old, e.last = e.last, step
}

func (e *gridEngine) farthest(ctx context.Context, at place, centers []float64, most int) ([]farPoint, error) {
	step := stepName(at)
	results, err := e.run(ctx, step, Farthest, centers, most)
	if err != nil {
		return nil, err
	}
	var all []farPoint
	offset, k := 0, int32(len(centers)/e.plan.Features)
	for i, r := range results {
		name := e.fit.workPath(outputFile(step, Farthest, i+1))
		values, err := readMatrix(e.fit.Files, name, -1, farColumns+e.plan.Features)
		if err != nil {
			return nil, err
		}
		far := decodeFar(values, e.plan.Features)
		for _, f := range far {
			if f.label < 0 || f.label >= k {
				return nil, fmt.Errorf("reading %q: it has cluster %d, want 0..%d", name, f.label, k-1)
			}
		}
		all = append(all, atOffset(far, offset)...)
		offset += r.Points
	}
	return farthestOf(all, most), nil
}

// labels are the clusters of all points.
func (e *gridEngine) labels(ctx context.Context, best outcome) ([]int32, error) {
	const step = "labels"
	if _, err := e.run(ctx, step, Label, best.centers, 0); err != nil {
		return nil, err
	}
	labels := make([]int32, 0, e.plan.Points)
	for i := range e.plan.Chunks {
		name := e.fit.workPath(outputFile(step, Label, i+1))
		values, err := e.readVector(name)
		if err != nil {
			return nil, fmt.Errorf("reading %q: %w", name, err)
		}
		for _, v := range values {
			labels = append(labels, int32(v))
		}
	}
	if len(labels) != e.plan.Points {
		return nil, fmt.Errorf("the chunks have %d labels, want %d", len(labels), e.plan.Points)
	}
	return labels, nil
}

func (e *gridEngine) readVector(name string) ([]float64, error) {
	f, err := e.fit.Files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	values, _, err := npy.Read(bufio.NewReaderSize(f, 1<<16), e.plan.Points)
	return values, err
}

// run has every chunk do the work with the centres, which have the step's
// name.
func (e *gridEngine) run(ctx context.Context, step string, work ChunkWork, centers []float64, most int) ([]ChunkResult, error) {
	if err := writeMatrix(e.fit.Files, e.fit.workPath(centersFile(step)), e.plan.Run, centers, e.plan.Features); err != nil {
		return nil, err
	}
	jobs := make([]job.Job, e.plan.Chunks)
	for i := range jobs {
		payload, err := json.Marshal(ChunkPayload{
			Folder: path.Join(e.fit.Folder(), workFolder), Chunk: i + 1, Step: step, Work: work,
			Clusters: len(centers) / e.plan.Features, Most: most, Algorithm: e.plan.Algorithm,
		})
		if err != nil {
			return nil, err
		}
		jobs[i] = job.Job{
			Version: job.Version, ID: fmt.Sprintf("kmeans-%s-%s-%s-%05d", e.plan.Run, step, work, i+1),
			Batch: "kmeans-" + e.plan.Run, Kind: ChunkKindName, Payload: payload,
			Limits: job.Limits{TimeoutSeconds: e.fit.TimeoutSeconds},
		}
	}
	raw, err := e.fit.Grid.Run(ctx, jobs)
	if err != nil {
		return nil, err
	}
	if len(raw) != len(jobs) {
		return nil, fmt.Errorf("the grid gave %d results, want %d", len(raw), len(jobs))
	}
	results := make([]ChunkResult, len(raw))
	for i, r := range raw {
		if err := job.DecodeStrict(r, &results[i]); err != nil {
			return nil, fmt.Errorf("result of job %q: %w", jobs[i].ID, err)
		}
	}
	return results, nil
}
