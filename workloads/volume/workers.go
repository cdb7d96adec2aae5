package volume

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spotgrid/spotgrid/workloads/job"
)

// WorkerState is what a worker does.
type WorkerState string

// The states of a worker.
const (
	Idle     WorkerState = "idle"
	Busy     WorkerState = "busy"
	Draining WorkerState = "draining"
)

// Worker is the state of a worker, as it last wrote it. A worker that died
// leaves its file: see UpdatedAt.
type Worker struct {
	Version int         `json:"version"`
	Name    string      `json:"name"`
	State   WorkerState `json:"state"`
	// Problem is what keeps the worker from working, such as a full volume.
	Problem string `json:"problem,omitempty"`
	// Slots is how many jobs it runs at a time, Jobs are those running.
	Slots int      `json:"slots"`
	Jobs  []string `json:"jobs"`
	// Done and Failed count jobs committed and attempts that did not succeed
	// since the start, interrupted ones excepted.
	Done        int64     `json:"done"`
	Failed      int64     `json:"failed"`
	PID         int       `json:"pid"`
	MemoryBytes int64     `json:"memory_bytes"`
	StartedAt   time.Time `json:"started_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// WriteWorker keeps a worker's state. It is replaced at once but not synced:
// after a power loss the worker is gone anyway.
func (v *Volume) WriteWorker(w Worker) error {
	err := checkID("worker name", w.Name)
	var data []byte
	if err == nil {
		w.Version = Version
		data, err = json.Marshal(w)
	}
	if err == nil {
		err = v.inFolder(func(folder string) error {
			return v.replace(folder, w.Name+".json", data, false)
		}, workersFolder)
	}
	if err != nil {
		return fmt.Errorf("writing state of worker %q: %w", w.Name, err)
	}
	return nil
}

// Worker reads the state of one worker. Without one the error is
// fs.ErrNotExist.
func (v *Volume) Worker(name string) (Worker, error) {
	var w Worker
	err := checkID("worker name", name)
	if err == nil {
		err = v.readJSON(filepath.Join(workersFolder, name+".json"), &w)
	}
	if err != nil {
		return Worker{}, fmt.Errorf("reading state of worker %q: %w", name, err)
	}
	return w, nil
}

// Workers lists the states of the workers, by name. A broken file is named in
// the error, and those that can be read are returned beside it.
func (v *Volume) Workers() ([]Worker, error) {
	entries, err := os.ReadDir(filepath.Join(v.root, workersFolder))
	if err != nil {
		return nil, fmt.Errorf("listing workers: %w", classify(err))
	}
	var workers []Worker
	var errs []error
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || !job.ValidID(name) {
			continue
		}
		w, err := v.Worker(name)
		switch {
		case errors.Is(err, fs.ErrNotExist): // it has just ended
		case err != nil:
			errs = append(errs, err)
		default:
			workers = append(workers, w)
		}
	}
	return workers, errors.Join(errs...)
}

// RemoveWorker removes a worker's state. It is nil if there is none.
func (v *Volume) RemoveWorker(name string) error {
	if err := checkID("worker name", name); err != nil {
		return err
	}
	err := os.Remove(filepath.Join(v.root, workersFolder, name+".json"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing state of worker %q: %w", name, classify(err))
	}
	return nil
}
