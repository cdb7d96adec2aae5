package volume

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
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
	_, err := os.Lstat(filepath.Join(v.root, resultsFolder, shard(id), id+".json"))
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return err == nil, nil
	}
	return false, fmt.Errorf("looking for result of job %q: %w", id, classify(err))
}

// ConfirmResult is HasResult for one who is about to forget the job: a result
// that is there is durable when it returns. Whoever committed it may have died
// between giving it its name and syncing that.
func (v *Volume) ConfirmResult(id string) (bool, error) {
	there, err := v.HasResult(id)
	if err != nil || !there {
		return false, err
	}
	if err := syncFolder(filepath.Join(v.root, resultsFolder, shard(id))); err != nil {
		return false, fmt.Errorf("confirming result of job %q: %w", id, classify(err))
	}
	return true, nil
}

// Results yields the results of a batch in the order of its jobs, or with ""
// those of all jobs in no order. Jobs without a result are left out. A broken
// file is yielded as an error that names it, and the others follow.
func (v *Volume) Results(batch string) iter.Seq2[Record, error] {
	if batch == "" {
		return v.records(resultsFolder)
	}
	return func(yield func(Record, error) bool) {
		for j, err := range v.BatchJobs(batch) {
			if err != nil {
				if !yield(Record{}, err) {
					return
				}
				continue
			}
			r, err := v.Result(j.ID)
			if !errors.Is(err, fs.ErrNotExist) && !yield(r, err) {
				return
			}
		}
	}
}

// ResultIDs yields the IDs of all jobs that have a result, in no order. It
// opens no file, so it is the cheap way to count.
func (v *Volume) ResultIDs() iter.Seq2[string, error] { return v.ids(resultsFolder) }

func (v *Volume) record(folder, id string) (Record, error) {
	if err := checkID("job id", id); err != nil {
		return Record{}, err
	}
	name := filepath.Join(folder, shard(id), id+".json")
	data, err := os.ReadFile(filepath.Join(v.root, name))
	if err != nil {
		return Record{}, err
	}
	r, err := findRecord(data, id)
	if err != nil {
		return Record{}, fmt.Errorf("file %q %w", name, err)
	}
	return r, nil
}

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
	return func(yield func(Record, error) bool) {
		for id, err := range v.ids(folder) {
			var r Record
			if err == nil {
				r, err = v.record(folder, id)
			}
			if errors.Is(err, fs.ErrNotExist) {
				continue // removed since the folder was listed
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// ids yields the job IDs that have a file in the shards of a top folder.
func (v *Volume) ids(folder string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		shards, err := os.ReadDir(filepath.Join(v.root, folder))
		if err != nil && !yield("", fmt.Errorf("listing %s: %w", folder, classify(err))) {
			return
		}
		for _, s := range shards {
			if !s.IsDir() {
				continue // temporary
			}
			entries, err := os.ReadDir(filepath.Join(v.root, folder, s.Name()))
			if err != nil && !yield("", fmt.Errorf("listing %s: %w", filepath.Join(folder, s.Name()), err)) {
				return
			}
			for _, e := range entries {
				if id, ok := strings.CutSuffix(e.Name(), ".json"); ok && job.ValidID(id) && !yield(id, nil) {
					return
				}
			}
		}
	}
}

// readJSON reads a file below the root; a broken one is named in the error.
func (v *Volume) readJSON(name string, into any) error {
	data, err := os.ReadFile(filepath.Join(v.root, name))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("file %q is broken: %w", name, err)
	}
	return nil
}
