package volume

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"strings"
	"time"

	"github.com/spotgrid/spotgrid/workloads/job"
)

// Record is how a job ended: a result, or a dead letter.
type Record struct {
	// Version of the record: Version.
	Version int         `json:"version"`
	JobID   string      `json:"job_id"`
	Batch   string      `json:"batch,omitempty"`
	Kind    string      `json:"kind"`
	Outcome job.Outcome `json:"outcome"`
	// Result is what the kind returned; a failed job may have one too.
	Result json.RawMessage `json:"result,omitempty"`
	// Cause says why the job did not succeed.
	Cause string `json:"cause,omitempty"`
	// Attempts are all attempts, this last one included, by number.
	Attempts []job.Attempt `json:"attempts"`
	Worker   string        `json:"worker"`
	// StartedAt and EndedAt bound the last attempt, Seconds is its length.
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at"`
	Seconds   float64   `json:"seconds"`
	// Log is the last attempt's log, relative to the volume; "" if it said
	// nothing.
	Log string `json:"log,omitempty"`
	// Job is the envelope, in dead letters only.
	Job *job.Job `json:"job,omitempty"`
}

// ChargedSeconds are those of all attempts: a machine is paid for one that failed or
// was interrupted too.
func (r Record) ChargedSeconds() float64 {
	sum := r.Seconds
	for _, a := range r.Attempts[:max(0, len(r.Attempts)-1)] {
		sum += max(0, a.Seconds())
	}
	return sum
}

func encodeRecord(r Record) ([]byte, error) {
	if err := checkID("job id", r.JobID); err != nil {
		return nil, err
	}
	r.Version = Version
	return json.Marshal(r)
}

// Result reads a job's result. Without one the error is fs.ErrNotExist.
func (v *Volume) Result(id string) (Record, error) {
	r, err := v.record(resultsFolder, id)
	if err != nil {
		return Record{}, fmt.Errorf("reading result of job %q: %w", id, err)
	}
	return r, nil
}

// HasResult tells whether the job has a result, without reading it.
func (v *Volume) HasResult(id string) (bool, error) {
	if err := checkID("job id", id); err != nil {
		return false, err
	}
	there, err := v.store.has(v.ctx, recordKey(resultsFolder, id), isVisible)
	if err != nil {
		return false, fmt.Errorf("looking for result of job %q: %w", id, err)
	}
	return there, nil
}

// ConfirmResult is HasResult for one who is about to forget the job: a result
// that is there is durable when it returns.
func (v *Volume) ConfirmResult(id string) (bool, error) {
	if err := checkID("job id", id); err != nil {
		return false, err
	}
	there, err := v.store.has(v.ctx, recordKey(resultsFolder, id), isDurable)
	if err != nil {
		return false, fmt.Errorf("confirming result of job %q: %w", id, err)
	}
	return there, nil
}

// Results yields the results of a batch in the order of its jobs, or with ""
// those of all jobs in no order. Jobs without a result are left out. A broken
// file is yielded as an error that names it, and the others follow.
func (v *Volume) Results(batch string) iter.Seq2[Record, error] {
	if batch == "" {
		return v.records(resultsFolder)
	}
	return v.look(resultsFolder, func(yield func(string, error) bool) {
		for j, err := range v.BatchJobs(batch) {
			if !yield(j.ID, err) {
				return
			}
		}
	})
}

// ResultIDs yields the IDs of all jobs that have a result, in no order. It
// opens no file, so it is the cheap way to count.
func (v *Volume) ResultIDs() iter.Seq2[string, error] { return v.ids(resultsFolder) }

func (v *Volume) record(folder, id string) (Record, error) {
	if err := checkID("job id", id); err != nil {
		return Record{}, err
	}
	name := recordKey(folder, id)
	data, err := v.store.get(v.ctx, name)
	if err != nil {
		return Record{}, err
	}
	r, err := findRecord(data, id)
	if err != nil {
		return Record{}, fmt.Errorf("file %q %w", name, err)
	}
	return r, nil
}

// recordKey is the file of a job's record below one of the top folders.
func recordKey(folder, id string) string { return path.Join(folder, shard(id), id+".json") }

// findRecord finds a job's record among the lines of a file. Lines of others
// are not looked into, so that a broken one does no harm.
func findRecord(data []byte, id string) (r Record, err error) {
	start := fmt.Appendf(nil, `{"version":%d,"job_id":"%s",`, Version, id)
	for line := range bytes.Lines(data) {
		if bytes.HasPrefix(line, start) {
			if err := json.Unmarshal(line, &r); err != nil {
				return Record{}, fmt.Errorf("is broken: %w", err)
			}
			return r, nil
		}
	}
	first, _, _ := bytes.Cut(data, []byte("\n"))
	if err := json.Unmarshal(first, &r); err != nil {
		return Record{}, fmt.Errorf("is broken: %w", err)
	}
	return Record{}, fmt.Errorf("is version %d of job %q, want version %d of job %q", r.Version, r.JobID, Version, id)
}

// records yields the records below one of the top folders.
func (v *Volume) records(folder string) iter.Seq2[Record, error] {
	return v.look(folder, v.ids(folder))
}

// errNoRecord stands for a job that has none, in what look looks ahead.
var errNoRecord = errors.New("the job has no record")

// look yields the records of jobs below one of the top folders, in their order.
// Jobs without one are left out.
func (v *Volume) look(folder string, ids iter.Seq2[string, error]) iter.Seq2[Record, error] {
	records := ahead(v.store.readsAtOnce(), ids, func(id string) (Record, error) {
		r, err := v.record(folder, id)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return Record{}, errNoRecord
		case err != nil:
			return Record{}, fmt.Errorf("reading record of job %q: %w", id, err)
		}
		return r, nil
	})
	return func(yield func(Record, error) bool) {
		for r, err := range records {
			if err != errNoRecord && !yield(r, err) {
				return
			}
		}
	}
}

// ids yields the job IDs that have a file in the shards of a top folder.
func (v *Volume) ids(folder string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for key, err := range v.store.list(v.ctx, folder) {
			if err != nil {
				if !yield("", fmt.Errorf("listing %s: %w", folder, err)) {
					return
				}
				continue
			}
			id, ok := strings.CutSuffix(path.Base(key), ".json")
			if ok && job.ValidID(id) && key == recordKey(folder, id) && !yield(id, nil) {
				return
			}
		}
	}
}

// readJSON reads a file; a broken one is named in the error.
func (v *Volume) readJSON(key string, into any) error {
	data, err := v.store.get(v.ctx, key)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("file %q is broken: %w", key, err)
	}
	return nil
}
