package volume

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/spotgrid/spotgrid/workloads/job"
)

// Batch is the manifest of one submission.
type Batch struct {
	// Version of the manifest: Version.
	Version     int       `json:"version"`
	ID          string    `json:"id"`
	SubmittedAt time.Time `json:"submitted_at"`
	// Jobs is how many jobs the batch has.
	Jobs int `json:"jobs"`
}

// WriteBatch keeps what is about to be submitted, durably: call it before the
// first job is sent. The error is ErrExist if there is a batch of this ID.
func (v *Volume) WriteBatch(id string, submittedAt time.Time, jobs []job.Job) error {
	if err := v.writeBatch(id, submittedAt, jobs); err != nil {
		return fmt.Errorf("writing batch %q: %w", id, err)
	}
	return nil
}

func (v *Volume) writeBatch(id string, submittedAt time.Time, jobs []job.Job) error {
	if err := checkID("batch id", id); err != nil {
		return err
	}
	manifest, err := json.Marshal(Batch{Version: Version, ID: id, SubmittedAt: submittedAt.UTC(), Jobs: len(jobs)})
	if err != nil {
		return err
	}
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	for _, j := range jobs {
		if err := encoder.Encode(j); err != nil {
			return fmt.Errorf("encoding job %q: %w", j.ID, err)
		}
	}
	// The jobs claim the ID, so that no one's are overwritten; the manifest comes
	// last, so that a batch that is listed is whole.
	first, err := v.store.putOnce(v.ctx, jobsKey(id), lines.Bytes())
	if err != nil {
		return err
	}
	if !first {
		return ErrExist
	}
	if _, err := v.store.putOnce(v.ctx, manifestKey(id), manifest); err != nil {
		return errors.Join(err, v.store.remove(v.ctx, jobsKey(id)))
	}
	return nil
}

func manifestKey(id string) string { return path.Join(batchesFolder, id+".json") }

func jobsKey(id string) string { return path.Join(batchesFolder, id+".jobs.jsonl") }

// ReadBatch reads a manifest. Without one the error is fs.ErrNotExist.
func (v *Volume) ReadBatch(id string) (Batch, error) {
	b, err := v.readBatch(id)
	if err != nil {
		return Batch{}, fmt.Errorf("reading batch %q: %w", id, err)
	}
	return b, nil
}

func (v *Volume) readBatch(id string) (Batch, error) {
	if err := checkID("batch id", id); err != nil {
		return Batch{}, err
	}
	name := manifestKey(id)
	var b Batch
	if err := v.readJSON(name, &b); err != nil {
		return Batch{}, err
	}
	if b.Version != Version || b.ID != id {
		return Batch{}, fmt.Errorf("file %q is version %d of batch %q, want version %d of batch %q", name, b.Version, b.ID, Version, id)
	}
	return b, nil
}

// Batches lists the manifests, the latest first. A broken one is named in the
// error, and those that can be read are returned beside it.
func (v *Volume) Batches() ([]Batch, error) {
	var batches []Batch
	var errs []error
	for key, err := range v.store.list(v.ctx, batchesFolder) {
		if err != nil {
			errs = append(errs, fmt.Errorf("listing batches: %w", err))
			continue
		}
		id, ok := strings.CutSuffix(path.Base(key), ".json")
		if !ok || !job.ValidID(id) {
			continue
		}
		b, err := v.ReadBatch(id)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		batches = append(batches, b)
	}
	slices.SortStableFunc(batches, func(a, b Batch) int { return b.SubmittedAt.Compare(a.SubmittedAt) })
	return batches, errors.Join(errs...)
}

// BatchJobs yields the jobs of a batch as they were submitted. A broken line
// is yielded as an error that names it, and the others follow.
func (v *Volume) BatchJobs(id string) iter.Seq2[job.Job, error] {
	return func(yield func(job.Job, error) bool) {
		if err := checkID("batch id", id); err != nil {
			yield(job.Job{}, err)
			return
		}
		f, err := v.store.open(v.ctx, jobsKey(id))
		if err != nil {
			yield(job.Job{}, fmt.Errorf("reading jobs of batch %q: %w", id, err))
			return
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 2*job.MaxEnvelopeBytes)
		for number := 1; lines.Scan(); number++ {
			var j job.Job
			if err := json.Unmarshal(lines.Bytes(), &j); err != nil {
				err = fmt.Errorf("reading jobs of batch %q: line %d of file %q is broken: %w", id, number, path.Base(jobsKey(id)), err)
				if !yield(job.Job{}, err) {
					return
				}
				continue
			}
			if !yield(j, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(job.Job{}, fmt.Errorf("reading jobs of batch %q: %w", id, err))
		}
	}
}
