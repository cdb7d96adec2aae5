package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/kinds"
)

// faultsShown is how many faults of a submission are printed.
const faultsShown = 20

// jobs makes the jobs that the flags describe, without id and batch yet.
func (s *submission) jobs(in io.Reader, args []string) ([]job.Job, error) {
	sources := 0
	for _, given := range []bool{len(args) > 0, s.kind != "", s.file != ""} {
		if given {
			sources++
		}
	}
	switch {
	case sources != 1:
		return nil, errors.New("want one of: a command after --, --kind with --payload, --file, --resume; see `spotgrid submit --help`")
	case s.count < 1 || s.count > maxCount:
		return nil, fmt.Errorf("--count is %d, want 1..%d", s.count, maxCount)
	case s.file != "":
		return s.fromFile(in)
	case len(args) > 0:
		payload, err := json.Marshal(map[string][]string{"argv": args})
		return s.repeat("command", string(payload)), err
	}
	if s.payload == "" {
		s.payload = "{}"
	}
	return s.repeat(s.kind, s.payload), nil
}

func (s *submission) repeat(kind, payload string) []job.Job {
	jobs := make([]job.Job, s.count)
	for i := range jobs {
		jobs[i] = job.Job{Kind: kind, Payload: json.RawMessage(strings.ReplaceAll(payload, "{index}", strconv.Itoa(i+1)))}
	}
	return s.limited(jobs)
}

// line is one job of a file.
type line struct {
	ID      string          `json:"id"`
	Kind    string          `json:"kind"`
	Payload json.RawMessage `json:"payload"`
	Limits  job.Limits      `json:"limits"`
}

func (s *submission) fromFile(in io.Reader) ([]job.Job, error) {
	if s.file != "-" {
		f, err := os.Open(s.file)
		if err != nil {
			return nil, fmt.Errorf("reading jobs: %w", err)
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(in)
	if err != nil {
		return nil, fmt.Errorf("reading jobs from %q: %w", s.file, err)
	}
	var jobs []job.Job
	var errs []error
	for n, text := range bytes.Split(b, []byte("\n")) {
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		var l line
		if err := job.DecodeStrict(text, &l); err != nil {
			errs = append(errs, fmt.Errorf("line %d: %w", n+1, err))
			continue
		}
		jobs = append(jobs, job.Job{ID: l.ID, Kind: l.Kind, Payload: l.Payload, Limits: l.Limits})
	}
	if len(errs) == 0 && len(jobs) == 0 {
		errs = append(errs, fmt.Errorf("%q holds no job", s.file))
	}
	return s.limited(jobs), faults(errs)
}

// limited fills in the limits that the flags give.
func (s *submission) limited(jobs []job.Job) []job.Job {
	for i := range jobs {
		l := &jobs[i].Limits
		if l.TimeoutSeconds == 0 {
			l.TimeoutSeconds = s.timeoutSeconds
		}
		if l.MaxAttempts == 0 {
			l.MaxAttempts = s.maxAttempts
		}
	}
	return jobs
}

// complete gives every job its id and batch and checks all of them.
func complete(jobs []job.Job, batch string, now time.Time) error {
	known := kinds.All()
	seen := map[string]int{}
	digits := len(strconv.Itoa(len(jobs)))
	var errs []error
	for i := range jobs {
		j := &jobs[i]
		j.Version, j.Batch, j.SubmittedAt = job.Version, batch, now
		if j.ID == "" {
			j.ID = fmt.Sprintf("%s-%0*d", batch, digits, i+1)
		}
		_, err := job.Encode(*j)
		if err == nil {
			err = known.CheckPayload(*j)
		}
		if first, twice := seen[j.ID]; err == nil && twice {
			err = fmt.Errorf("id %q is that of job %d too", j.ID, first)
		}
		seen[j.ID] = i + 1
		if err != nil {
			errs = append(errs, fmt.Errorf("job %d: %w", i+1, err))
		}
	}
	return faults(errs)
}

// faults joins errors, the first of them if there are many.
func faults(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	shown := slices.Clone(errs[:min(len(errs), faultsShown)])
	if more := len(errs) - len(shown); more > 0 {
		shown = append(shown, fmt.Errorf("and %d more", more))
	}
	return fmt.Errorf("nothing was submitted, %s:\n%w", count(len(errs), "fault"), errors.Join(shown...))
}
