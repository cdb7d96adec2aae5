package photojob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/spotgrid/spotgrid/workloads/job"
)

// checkpointEvery is how often what was done is saved: an attempt that is
// killed loses that much, and a save, which syncs a file, takes milliseconds.
const checkpointEvery = time.Second

// checkpointVersion is the layout of saved; another one is not read.
const checkpointVersion = 1

// saved is what is kept in the job's checkpoint.
type saved struct {
	Version int `json:"version"`
	// Payload is a digest of the payload that it belongs to.
	Payload string `json:"payload"`
	// Files are the photos, as the first attempt found them: photos that come
	// later are not part of the job.
	Files []string `json:"files"`
	// Done are what is known, by their index in Files.
	Done map[int]Photo `json:"done"`
}

// progress is what an attempt knows. It is safe for concurrent use.
type progress struct {
	checkpoint job.Checkpoint
	output     *output
	now        func() time.Time

	mu    sync.Mutex
	state saved
	// lastSave is when state was saved.
	lastSave time.Time
}

// loadProgress reads what an earlier attempt saved. A checkpoint that is not of
// this payload is as good as none, and so is a missing keeper.
func loadProgress(ctx context.Context, task job.Task, o *output, now func() time.Time) (*progress, error) {
	digest := sha256.Sum256(task.Payload)
	p := &progress{checkpoint: task.Checkpoint, output: o, now: now, lastSave: now()}
	fresh := saved{Version: checkpointVersion, Payload: hex.EncodeToString(digest[:]), Done: map[int]Photo{}}
	p.state = fresh
	if task.Checkpoint == nil {
		return p, nil
	}
	raw, err := task.Checkpoint.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("loading the checkpoint: %w", err)
	}
	if raw == nil {
		return p, nil
	}
	var s saved
	if err := json.Unmarshal(raw, &s); err != nil || s.Version != fresh.Version || s.Payload != fresh.Payload || s.Done == nil {
		task.Log.Warn("the checkpoint is not of this job as it is, beginning anew", "error", err)
		return p, nil
	}
	p.state = s
	return p, nil
}

// done is what is known of photo i, if it is.
func (p *progress) done(i int) (Photo, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	photo, ok := p.state.Done[i]
	return photo, ok
}

// add notes what was found, and saves if it is time to.
func (p *progress) add(ctx context.Context, log *slog.Logger, i int, photo Photo) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Done[i] = photo
	if photo.Error != "" {
		log.Warn("photo could not be read", "file", photo.File, "error", photo.Error)
	}
	now := p.now()
	if p.checkpoint == nil || now.Sub(p.lastSave) < checkpointEvery {
		return nil
	}
	log.Info("photos", "done", len(p.state.Done), "of", len(p.state.Files))
	if err := p.save(ctx); err != nil {
		return err
	}
	p.lastSave = p.now()
	return nil
}

// save is called with the lock held. What is said to be done must be there
// after a power cut, so the folders are synced first.
func (p *progress) save(ctx context.Context) error {
	if err := p.output.settle(); err != nil {
		return err
	}
	raw, err := json.Marshal(p.state)
	if err == nil {
		err = p.checkpoint.Save(ctx, raw)
	}
	if err != nil {
		return fmt.Errorf("saving the checkpoint: %w", err)
	}
	return nil
}

// photos are all that is known, in the order of the files.
func (p *progress) photos() []Photo {
	p.mu.Lock()
	defer p.mu.Unlock()
	photos := make([]Photo, len(p.state.Files))
	for i := range photos {
		photos[i] = p.state.Done[i]
	}
	return photos
}
