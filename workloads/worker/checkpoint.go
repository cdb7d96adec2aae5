package worker

import (
	"context"
	"sync/atomic"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// checkpoint is the one of a job, on the volume.
type checkpoint struct {
	volume *volume.Volume
	id     string
	// isUsed: there may be something to remove when the job is over. Kinds that
	// keep nothing cost the volume nothing.
	isUsed atomic.Bool
}

var _ job.Checkpoint = (*checkpoint)(nil)

func (c *checkpoint) Load(ctx context.Context) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	data, err := c.volume.WithContext(ctx).LoadCheckpoint(c.id)
	if data != nil {
		c.isUsed.Store(true)
	}
	return data, err
}

// Save refuses once ctx has ended: another worker may hold the job by then. One
// that has begun is finished, as it may be the last.
func (c *checkpoint) Save(ctx context.Context, data []byte) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	c.isUsed.Store(true)
	return c.volume.SaveCheckpoint(c.id, data)
}

// dropCheckpoint removes what a job kept that is over. One that stays is never
// read again.
func (r *run) dropCheckpoint() {
	if c := r.checkpoint; c != nil && c.isUsed.Load() {
		if err := r.w.Volume.DropCheckpoint(r.job.ID); err != nil {
			r.w.Log.Warn("the job's checkpoint stays on the volume", "job", r.job.ID, "error", err)
		}
	}
}
