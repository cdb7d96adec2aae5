package volume

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
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
	// PeriodSeconds is how often it writes its state at least. One that is older
	// than three periods is that of a dead worker.
	PeriodSeconds int `json:"period_seconds"`
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
		err = v.store.replace(v.ctx, workerKey(w.Name), data, isVisible)
	}
	if err != nil {
		return fmt.Errorf("writing state of worker %q: %w", w.Name, err)
	}
	return nil
}

func workerKey(name string) string { return path.Join(workersFolder, name+".json") }

// Worker reads the state of one worker. Without one the error is
// fs.ErrNotExist.
func (v *Volume) Worker(name string) (Worker, error) {
	var w Worker
	err := checkID("worker name", name)
	if err == nil {
		err = v.readJSON(workerKey(name), &w)
	}
	if err != nil {
		return Worker{}, fmt.Errorf("reading state of worker %q: %w", name, err)
	}
	return w, nil
}

// Workers lists the states of the workers, by name. A broken file is named in
// the error, and those that can be read are returned beside it.
func (v *Volume) Workers() ([]Worker, error) {
	var workers []Worker
	var errs []error
	for key, err := range v.store.list(v.ctx, workersFolder) {
		if err != nil {
			errs = append(errs, fmt.Errorf("listing workers: %w", err))
			continue
		}
		name, ok := strings.CutSuffix(path.Base(key), ".json")
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
	if err := v.store.remove(v.ctx, workerKey(name)); err != nil {
		return fmt.Errorf("removing state of worker %q: %w", name, err)
	}
	return nil
}
