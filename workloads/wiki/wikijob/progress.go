package wikijob

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spotgrid/spotgrid/workloads/job"
)

// Timings of a run.
const (
	// checkpointEvery is how often what was done is saved: an attempt that is
	// killed loses that much, and a save, which syncs two files, takes
	// milliseconds.
	checkpointEvery = time.Second
	// logEvery is how often the log says how far a job is.
	logEvery = 30 * time.Second
)

// checkpointVersion is the layout of saved; another one is not read.
const checkpointVersion = 1

// saved is what is kept in the job's checkpoint.
type saved struct {
	Version int `json:"version"`
	// Digest of the payload and of the file of entities.
	Digest string `json:"digest"`
	// Part is the attempt's file, of which the first Bytes are good: they have
	// the first Done entities.
	Part   string `json:"part"`
	Bytes  int64  `json:"bytes"`
	Done   int    `json:"done"`
	Counts Counts `json:"counts"`
}

// loadSaved reads what an earlier attempt saved. What is not of this payload
// and these entities is as good as nothing, and so is a missing keeper.
func loadSaved(ctx context.Context, task job.Task, all entities) (saved, error) {
	fresh := saved{Version: checkpointVersion, Digest: all.digest}
	if task.Checkpoint == nil {
		return fresh, nil
	}
	raw, err := task.Checkpoint.Load(ctx)
	if err != nil {
		return fresh, fmt.Errorf("loading the checkpoint: %w", err)
	}
	if raw == nil {
		return fresh, nil
	}
	var s saved
	err = json.Unmarshal(raw, &s)
	if err != nil || s.Version != fresh.Version || s.Digest != fresh.Digest || s.Done < 0 || s.Done > len(all.names) || s.Bytes < 0 || !isBelow(s.Part) {
		task.Log.Warn("the checkpoint is not of this job as it is, beginning anew", "error", err)
		return fresh, nil
	}
	return s, nil
}

// save keeps the state, once the file has what it says.
func (s saved) save(ctx context.Context, c job.Checkpoint, o *output) error {
	if c == nil {
		return nil
	}
	if err := o.sync(); err != nil {
		return err
	}
	s.Part, s.Bytes = o.part, o.bytes
	raw, err := json.Marshal(s)
	if err == nil {
		err = c.Save(ctx, raw)
	}
	if err != nil {
		return fmt.Errorf("saving the checkpoint: %w", err)
	}
	return nil
}
