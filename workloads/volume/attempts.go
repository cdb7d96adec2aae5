package volume

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/job"
)

// WriteAttempt keeps the record of an attempt, durably. A second record of
// the same number replaces the first.
func (v *Volume) WriteAttempt(id string, a job.Attempt) error {
	if err := v.writeAttempt(id, a); err != nil {
		return fmt.Errorf("writing attempt %d of job %q: %w", a.Number, id, err)
	}
	return nil
}

func (v *Volume) writeAttempt(id string, a job.Attempt) error {
	if err := errors.Join(checkID("job id", id), checkNumber(a.Number)); err != nil {
		return err
	}
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return v.store.replace(v.ctx, attemptKey(id, a.Number), data, isDurable)
}

// attemptsOf is the folder of a job's attempts.
func attemptsOf(id string) string { return path.Join(attemptsFolder, shard(id), id) }

func attemptKey(id string, number int) string {
	return path.Join(attemptsOf(id), strconv.Itoa(number)+".json")
}

// Attempts reads the attempts of a job, by number. A broken file is named in
// the error, and the attempts that can be read are returned beside it.
func (v *Volume) Attempts(id string) ([]job.Attempt, error) {
	if err := checkID("job id", id); err != nil {
		return nil, err
	}
	numbers, err := v.numbers(attemptsOf(id), ".json")
	if err != nil {
		return nil, fmt.Errorf("listing attempts of job %q: %w", id, err)
	}
	var attempts []job.Attempt
	var errs []error
	for _, n := range numbers {
		var a job.Attempt
		err := v.readJSON(attemptKey(id, n), &a)
		if err == nil && a.Number != n {
			err = fmt.Errorf("file %q holds attempt %d", attemptKey(id, n), a.Number)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("reading attempt %d of job %q: %w", n, id, err))
			continue
		}
		attempts = append(attempts, a)
	}
	job.SortAttempts(attempts)
	return attempts, errors.Join(errs...)
}

// numbers lists the files of a folder that are named by a number.
func (v *Volume) numbers(folder, suffix string) ([]int, error) {
	var numbers []int
	for key, err := range v.store.list(v.ctx, folder) {
		if errors.Is(err, fs.ErrNotExist) {
			continue // there are none yet
		}
		if err != nil {
			return nil, err
		}
		name, ok := strings.CutSuffix(path.Base(key), suffix)
		if n, err := strconv.Atoi(name); ok && err == nil && checkNumber(n) == nil {
			numbers = append(numbers, n)
		}
	}
	return numbers, nil
}

func checkNumber(n int) error {
	if n < 1 {
		return fmt.Errorf("attempt number is %d, want at least 1", n)
	}
	return nil
}

// ForgetAttempts removes the record of a job's attempts, for one that starts
// anew after it was given up; its dead letter had them. It is nil if there are
// none.
func (v *Volume) ForgetAttempts(id string) error {
	if err := checkID("job id", id); err != nil {
		return err
	}
	if err := v.store.removeBelow(v.ctx, attemptsOf(id)); err != nil {
		return fmt.Errorf("forgetting attempts of job %q: %w", id, err)
	}
	return nil
}
