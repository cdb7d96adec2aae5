package volume

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
	return v.inFolder(func(folder string) error {
		return v.replace(folder, strconv.Itoa(a.Number)+".json", data, true)
	}, attemptsFolder, shard(id), id)
}

// Attempts reads the attempts of a job, by number. A broken file is named in
// the error, and the attempts that can be read are returned beside it.
func (v *Volume) Attempts(id string) ([]job.Attempt, error) {
	if err := checkID("job id", id); err != nil {
		return nil, err
	}
	folder := filepath.Join(attemptsFolder, shard(id), id)
	numbers, err := v.numbers(folder, ".json")
	if err != nil {
		return nil, fmt.Errorf("listing attempts of job %q: %w", id, err)
	}
	var attempts []job.Attempt
	var errs []error
	for _, n := range numbers {
		var a job.Attempt
		err := v.readJSON(filepath.Join(folder, strconv.Itoa(n)+".json"), &a)
		if err == nil && a.Number != n {
			err = fmt.Errorf("file %q holds attempt %d", filepath.Join(folder, strconv.Itoa(n)+".json"), a.Number)
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
	entries, err := os.ReadDir(filepath.Join(v.root, folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, classify(err)
	}
	var numbers []int
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), suffix)
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
	if err := os.RemoveAll(filepath.Join(v.root, attemptsFolder, shard(id), id)); err != nil {
		return fmt.Errorf("forgetting attempts of job %q: %w", id, classify(err))
	}
	return nil
}
